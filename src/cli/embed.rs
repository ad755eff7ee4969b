//! `vitrine embed`: what providers say of embedded media. Running servers follow within a second.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::embed::{self, Asked, Embed, Fetcher, Reach};

#[derive(Subcommand)]
pub enum Action {
    /// Show every recorded address with its state.
    List {
        /// As a JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Forget what providers said, of one address or of all; it is asked for again.
    Purge { url: Option<String> },
    /// Ask the provider of an address now; without one, ask for all that is due.
    Fetch { url: Option<String> },
}

pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    super::with_app(loaded, async |app| {
        let content = &app.content;
        match action {
            Action::List { json } => print(&embed::list_all(&app.db).await?, json),
            Action::Purge { url } => println!("{} forgotten", content.purge_embeds(url.as_deref()).await?),
            Action::Fetch { url } => {
                let reach = if app.config.embeds.allow_private { Reach::Private } else { Reach::Public };
                let fetcher = Fetcher::new(reach)?;
                let Some(url) = url else {
                    let mut asked = 0;
                    while let batch @ 1.. = content.fetch_due_embeds(&fetcher).await? {
                        asked += batch;
                    }
                    println!("{asked} asked for");
                    return Ok(ExitCode::SUCCESS);
                };
                match content.fetch_embed(&fetcher, &url).await? {
                    Asked::Ready(said) => println!("ready: {}", said.title),
                    Asked::Failed(error) => anyhow::bail!("{error}"),
                    Asked::Nobody => anyhow::bail!("no provider is known for {url}: embeds.toml of the site adds one"),
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn print(embeds: &[Embed], as_json: bool) {
    let time = |micros: Option<i64>| micros.map(|micros| Micros(micros).to_rfc3339());
    if as_json {
        let rows: Vec<_> = embeds
            .iter()
            .map(|embed| {
                json!({
                    "url": embed.url, "provider": embed.provider, "state": embed.state, "title": embed.title,
                    "author": embed.author, "frame_url": embed.frame_url, "width": embed.width, "height": embed.height,
                    "fetched_at": time(embed.fetched_at), "expires_at": time(embed.expires_at),
                    "attempts": embed.attempts, "next_attempt_at": time(Some(embed.next_attempt_at)), "error": embed.error,
                })
            })
            .collect();
        println!("{:#}", json!(rows));
        return;
    }
    for embed in embeds {
        let about = if embed.error.is_empty() { &embed.title } else { &embed.error };
        println!("{:<7} {}  {about}", embed.state, embed.url);
    }
    println!("{} embeds", embeds.len());
}
