//! The CDN or cache in front of the site: it keeps finished pages under words for their dependency tags (`edge`), and is told
//! which words have to go when something changes (`work`), from the log of changes that every change is written to in its own
//! transaction. What is committed is taken out, however often a process dies on the way.

mod edge;
mod send;
mod state;
mod word;
mod work;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::config;
use crate::content::change::Tag;
use crate::db::{Db, Query};
use crate::telemetry::Telemetry;
pub use edge::{Edge, withhold};
pub use send::Unsent;
use send::{Sender, Target};
pub use state::Status;
use word::Purge;

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[state::QUERIES];

/// Requests for what changed in one go; beyond them everything is taken out, with one.
const MAX_REQUESTS: usize = 16;

/// The CDN of one installation, as one process sees it.
pub struct Cdn {
    pub edge: Edge,
    db: Arc<Db>,
    sender: Sender,
    telemetry: Arc<Telemetry>,
    /// Until what changed is taken out once more.
    again: Duration,
}

/// What somebody wants to be taken out.
#[derive(Clone, Debug)]
pub enum Wanted {
    Everything,
    Tags(Vec<Tag>),
    Address(Url),
}

/// Asks every server to take out what nothing carries: whether it answers, and may be asked. `None` without a provider.
pub async fn check(settings: &config::Cdn, telemetry: &Telemetry) -> Option<Result<(), Unsent>> {
    let sender = match Sender::open(settings) {
        Ok(sender) => sender?,
        Err(error) => return Some(Err(Unsent { error: error.to_string(), wait: None })),
    };
    Some(sender.send(Target::Words(&[word::NOTHING]), &telemetry.families).await)
}

impl Cdn {
    /// `None` without a provider.
    ///
    /// # Errors
    /// When the system has no TLS to offer.
    pub fn open(
        settings: &config::Cdn,
        db: Arc<Db>,
        telemetry: Arc<Telemetry>,
    ) -> Result<Option<Arc<Self>>, reqwest::Error> {
        let Some((edge, sender)) = Edge::of(settings).zip(Sender::open(settings)?) else { return Ok(None) };
        Ok(Some(Arc::new(Self { edge, db, sender, telemetry, again: settings.again() })))
    }

    /// Takes it out now, and once.
    ///
    /// # Errors
    /// When a server does not take the purge.
    pub async fn purge(&self, wanted: &Wanted) -> Result<(), Unsent> {
        let tags = match wanted {
            Wanted::Everything => return self.send_everything().await,
            Wanted::Address(url) => return self.sender.send(Target::Address(url), &self.telemetry.families).await,
            Wanted::Tags(tags) => tags,
        };
        let purge = Purge::of(tags);
        let batches = self.sender.batches(purge.words.iter().map(String::as_str));
        if purge.everything || batches.len() > MAX_REQUESTS {
            return self.send_everything().await;
        }
        for words in &batches {
            self.send_words(words).await?;
        }
        Ok(())
    }
}
