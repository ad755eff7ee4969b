//! `vitrine revision purge`: old revisions, deleted for good.

use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::with_app;
use crate::config::Loaded;
use crate::content::purge::{Of, Purged, Purging};

#[derive(Subcommand)]
pub enum Action {
    /// Delete what is older than so many days. The newest of each page and snippet stays, and so does what is live or
    /// scheduled.
    Purge {
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: u32,
        /// Those of pages alone.
        #[arg(long, conflicts_with = "objects")]
        pages: bool,
        /// Those of snippets alone.
        #[arg(long)]
        objects: bool,
        /// Delete nothing: count.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one action.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    let Action::Purge { days, pages, objects, dry_run, json: as_json } = action;
    let sorts: &[Of] = match (pages, objects) {
        (true, _) => &[Of::Pages],
        (_, true) => &[Of::Objects],
        _ => &[Of::Pages, Of::Objects],
    };
    with_app(loaded, async |app| {
        let bar = progress_bar();
        let purging = if dry_run { Purging::Count } else { Purging::Delete };
        let mut told = |done: i64, end: i64| {
            bar.set_length(end.unsigned_abs());
            bar.set_position(done.unsigned_abs());
        };
        let Purged { pages, objects } = app.content.purge_revisions(days, sorts, purging, &mut told).await?;
        bar.finish_and_clear();
        if as_json {
            println!("{:#}", json!({ "pages": pages, "objects": objects, "dry_run": dry_run }));
        } else {
            let done = if dry_run { "would be deleted" } else { "deleted" };
            println!("{pages} revisions of pages and {objects} of snippets {done}");
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// On a terminal; a log gets the lines alone.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent} % of the revisions, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
