//! `vitrine search`: ask the index, build it anew, and see what was searched for in vain.

use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::with_app;
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::search::{self, Extent, Kind, Scope};
use crate::content::site;

#[derive(Subcommand)]
pub enum Action {
    /// Search the default site, as a visitor does.
    Query {
        words: String,
        /// One JSON object with everything that was found.
        #[arg(long)]
        json: bool,
        /// Results that are shown.
        #[arg(long, default_value = "10", value_parser = clap::value_parser!(u16).range(1..=300))]
        limit: u16,
    },
    /// Build the index anew beside the one that answers, then swap; goes on where a killed one stopped.
    Rebuild {
        /// Only the pages of this type, in place.
        #[arg(long, value_name = "TYPE")]
        r#type: Option<String>,
    },
    /// What was searched for in vain, the most frequent first.
    Misses {
        #[arg(long)]
        json: bool,
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
}

/// Runs one action.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| match action {
        Action::Query { words, json, limit } => query(&app, &words, json, limit.into()).await,
        Action::Rebuild { r#type } => {
            let extent = r#type.as_deref().map_or(Extent::Everything, Extent::Type);
            let bar = progress_bar();
            let told = &mut |done: u64, total: u64| {
                bar.set_length(total.max(done));
                bar.set_position(done);
            };
            let done = app.content.rebuild_search(extent, told).await?;
            bar.finish_and_clear();
            println!("{done} pages indexed");
            Ok(ExitCode::SUCCESS)
        }
        Action::Misses { json, limit } => {
            let misses = app.content.search_misses(limit.into()).await?;
            if json {
                println!("{:#}", serde_json::to_value(&misses)?);
            }
            for miss in misses.iter().filter(|_| !json) {
                println!("{:>8}  {}  {}", miss.misses, Micros(miss.last_at).to_rfc3339(), miss.query);
            }
            Ok(ExitCode::SUCCESS)
        }
    })
}

/// Exits with 1 when nothing was found, as grep does.
async fn query(app: &App, words: &str, json: bool, limit: usize) -> anyhow::Result<ExitCode> {
    let sites = site::list(&*app.db, &app.config.server.base_url).await?;
    let on = sites.iter().find(|site| site.is_default).or_else(|| sites.first());
    let root = on.map_or((0, ""), |site| (site.root_page_id, site.root_path.as_str()));
    let scope = Scope { kind: Kind::Page, root_id: root.0, root_path: root.1, locale: "" };
    let results = search::find(&app.db, words, scope).await?;
    let types = app.content.types();
    let mut items = Vec::new();
    let ranked: Vec<_> = results.ranked.iter().take(limit).collect();
    for some in ranked.chunks(search::PER_PAGE) {
        let ids: Vec<i64> = some.iter().map(|ranked| ranked.object_id).collect();
        for hit in search::hits(&app.db, &types, &ids, &results.words).await? {
            let url = on.map_or(hit.url_path.clone().into(), |site| site.public_path(&hit.url_path));
            let score = some.iter().find(|ranked| ranked.object_id == hit.id).map(|ranked| ranked.score);
            items.push(serde_json::json!({
                "id": hit.id, "title": hit.title, "url": url, "type": hit.type_name, "score": score,
            }));
        }
    }
    let found = if items.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if json {
        let answer = serde_json::json!({
            "found": format!("{:?}", results.found).to_lowercase(),
            "searched_for": results.shown,
            "total": results.ranked.len(),
            "more": results.more,
            "items": items,
        });
        println!("{answer:#}");
        return Ok(found);
    }
    let words = if results.shown.is_empty() { words } else { &results.shown };
    println!("{:?}: {} found for {words}", results.found, results.ranked.len());
    for item in &items {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        println!("{:>8}  {}  {}", item["id"], text("title"), text("url"));
    }
    Ok(found)
}

/// On a terminal; a log gets the last line alone.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} pages, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
