//! Proof that a publish is visible: right after a change, this node answers for the changed pages as it would for a
//! visitor, and measures how long it took from the commit to the first fresh answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use http::header::ETAG;
use http::{HeaderMap, Method, Uri};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::PublicSite;
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::content::page;
use crate::http::stack::PageRequest;
use crate::telemetry::label::Scheme;

/// Changed pages that wait for their proof; more are not measured.
const QUEUE: usize = 256;
/// Pages of one change that are proven: an edit has one, a moved subtree would have thousands.
const PAGES_PER_CHANGE: usize = 8;

/// Proofs that are remembered, for whoever asks whether a publish is live.
const REMEMBERED: usize = 100;

/// A published page as it was first served fresh.
#[derive(Clone, Debug)]
pub struct Proof {
    pub page_id: i64,
    pub etag: String,
    /// From the commit to the fresh answer.
    pub seconds: f64,
}

/// A page that changed.
struct Changed {
    page_id: i64,
    at: Micros,
}

/// Pages on their way to their proof.
pub struct Proofs {
    send: mpsc::Sender<Changed>,
    receive: Mutex<Option<mpsc::Receiver<Changed>>>,
    given: Mutex<VecDeque<Proof>>,
}

impl Default for Proofs {
    fn default() -> Self {
        let (send, receive) = mpsc::channel(QUEUE);
        Self { send, receive: Mutex::new(Some(receive)), given: Mutex::default() }
    }
}

/// What visitors get of a page.
enum Visible {
    /// With this validator.
    Served(String),
    NotPublic,
    /// An error, or a stale copy.
    Failed,
}

impl Proofs {
    /// Takes the pages of a change in; a full queue drops them, since a backlog would measure itself.
    pub fn note(&self, tags: &[Tag], at: Micros) {
        let pages = tags.iter().filter_map(|tag| match tag {
            Tag::Page(id) => Some(*id),
            _ => None,
        });
        for page_id in pages.take(PAGES_PER_CHANGE) {
            if self.send.try_send(Changed { page_id, at }).is_err() {
                return;
            }
        }
    }
}

impl PublicSite {
    /// Proves one change after the other until it is dropped.
    pub async fn prove_publishes(self: Arc<Self>) {
        let Some(mut receive) = self.proofs.receive.lock().take() else { return };
        while let Some(changed) = receive.recv().await {
            let telemetry = &self.app.telemetry;
            match self.prove(&changed).await {
                Visible::Served(etag) => {
                    let time = Duration::from_micros((Micros::now().0 - changed.at.0).max(0).unsigned_abs());
                    let seconds = time.as_secs_f64();
                    telemetry.families.publish_propagation.with_label_values::<&str>(&[]).observe(seconds);
                    telemetry.publish_ended(Some(time));
                    tracing::debug!(page = changed.page_id, etag, seconds, "a published page is served");
                    telemetry.note_change("publish", format!("page {}, visible after {seconds:.3} s", changed.page_id));
                    let mut given = self.proofs.given.lock();
                    given.push_back(Proof { page_id: changed.page_id, etag, seconds });
                    if given.len() > REMEMBERED {
                        given.pop_front();
                    }
                }
                Visible::NotPublic => {}
                Visible::Failed => {
                    telemetry.publish_ended(None);
                    tracing::warn!(page = changed.page_id, "a published page is not served");
                }
            }
        }
    }

    /// The newest proofs of this node, oldest first.
    pub fn recent_proofs(&self) -> Vec<Proof> {
        self.proofs.given.lock().iter().cloned().collect()
    }

    /// How the page is served now.
    async fn prove(self: &Arc<Self>, changed: &Changed) -> Visible {
        let page = match page::find(&*self.app.db, changed.page_id).await {
            Ok(Some(page)) if page.live && !page.restricted => page,
            Ok(_) => return Visible::NotPublic,
            Err(_) => return Visible::Failed,
        };
        let sites = self.sites.load_full();
        let Some(site) = sites.of_page(&page) else { return Visible::NotPublic };
        let Ok(uri) = super::pages::encoded(&site.public_path(&page.url_path)).parse::<Uri>() else {
            return Visible::Failed;
        };
        let host = format!("{}:{}", site.hostname, site.port);
        // HEAD is no view.
        let request = PageRequest {
            method: &Method::HEAD,
            uri: &uri,
            host: &host,
            scheme: Scheme::Http,
            headers: &HeaderMap::new(),
        };
        let answer = self.answer(&request).await;
        let fresh = answer.response.status().is_success() && answer.note.cache != "stale";
        let etag = answer.response.headers().get(ETAG).and_then(|etag| etag.to_str().ok());
        match etag.filter(|_| fresh) {
            Some(etag) => Visible::Served(etag.to_owned()),
            None => Visible::Failed,
        }
    }
}
