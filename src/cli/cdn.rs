//! `vitrine cdn`: what the cache in front of the site still keeps, and taking something out of it by hand.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use url::Url;

use super::with_app;
use crate::cdn::{Cdn, Status, Wanted};
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::change::Tag;

/// Tags of one command.
const MAX_TAGS: usize = 256;

#[derive(Subcommand)]
pub enum Action {
    /// Show how far changes are taken out; exit 1 while the CDN takes none.
    Status {
        #[arg(long)]
        json: bool,
    },
    /// Take pages out now. Changes of content are taken out by themselves.
    Purge {
        #[command(flatten)]
        what: What,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct What {
    /// All pages.
    #[arg(long)]
    all: bool,
    /// What shows this, such as page:7, image:3, setting:site.SiteSettings or menu; may be repeated.
    #[arg(long = "tag", value_name = "TAG", value_parser = tag)]
    tags: Vec<Tag>,
    /// What is at this address, such as <https://example.org/about/>.
    #[arg(long, value_name = "URL", value_parser = address)]
    url: Option<Url>,
}

fn tag(text: &str) -> Result<Tag, String> {
    text.parse().map_err(|()| format!("{text:?} is no tag such as page:7"))
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.has_host() && matches!(url.scheme(), "http" | "https") {
        return Ok(url);
    }
    Err("expected a whole address, such as https://example.org/about/".to_owned())
}

pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let Some(cdn) = &app.cdn else { bail!("no CDN is configured: cdn.provider is none") };
        match action {
            Action::Status { json } => {
                let status = cdn.status().await?;
                print(&status, json);
                let code = if status.failing_since.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
                return Ok(code);
            }
            Action::Purge { what, json } => purge(cdn, what, json).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn purge(cdn: &Cdn, what: What, as_json: bool) -> anyhow::Result<()> {
    if what.tags.len() > MAX_TAGS {
        bail!("at most {MAX_TAGS} tags at once, or --all");
    }
    let wanted = match what.url {
        Some(url) => Wanted::Address(url),
        None if what.all => Wanted::Everything,
        None => Wanted::Tags(what.tags),
    };
    cdn.purge(&wanted).await.map_err(|unsent| anyhow!("it is still there: {unsent}"))?;
    match as_json {
        true => println!("{:#}", json!({ "ok": true })),
        false => println!("taken out"),
    }
    Ok(())
}

fn print(status: &Status, as_json: bool) {
    let time = |at: i64| Micros(at).to_rfc3339();
    let failing_since = status.failing_since.map(time);
    let waits_s = status.age().as_secs();
    if as_json {
        let document = json!({
            "target": status.target,
            "everything_is_due": status.everything,
            "last_change": status.sent,
            "current_at": (status.reached_at > 0).then(|| time(status.reached_at)),
            "held_until": (status.lease_until > 0).then(|| time(status.lease_until)),
            "waits_s": waits_s,
            "failing_since": failing_since,
            "error": status.error,
        });
        println!("{document:#}");
        return;
    }
    match (&failing_since, status.target.as_str()) {
        (Some(since), _) => println!("failing since {since}: {}", status.error),
        (None, "") => println!("no server has begun: one with server.role all or worker does"),
        (None, target) => println!("{target}: taken out up to change {}", status.sent),
    }
    if status.everything {
        println!("all pages are being taken out");
    }
    println!("the oldest change waits for {waits_s} s");
}
