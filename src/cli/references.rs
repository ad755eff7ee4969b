//! `vitrine references`: who uses what, from a terminal.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{snippet, with_app};
use crate::config::Loaded;
use crate::content::reference::{self, Source};
use crate::content::reference_check::{self, MISSING_LIMIT, Repair};
use crate::content::types::ReferenceKind;

#[derive(Subcommand)]
pub enum Action {
    /// List what uses a page, snippet, image or document.
    Usage {
        kind: KindArgument,
        id: i64,
        #[arg(long, default_value = "1")]
        page: i64,
        #[arg(long)]
        json: bool,
    },
    /// Compare the index with the content; exit 1 when they differ.
    Check {
        #[arg(long)]
        json: bool,
    },
    /// Write the index, and the tags of live pages, from the content where they differ.
    Rebuild,
    /// List references to what is not there, or not live.
    Missing {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum KindArgument {
    Page,
    Snippet,
    Image,
    Document,
}

/// Runs one operation on the index.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let as_json = matches!(action, Action::Check { json: true });
        let repair = match action {
            Action::Usage { kind, id, page, json } => {
                let kind = match kind {
                    KindArgument::Page => ReferenceKind::Page,
                    KindArgument::Snippet => ReferenceKind::Snippet,
                    KindArgument::Image => ReferenceKind::Image,
                    KindArgument::Document => ReferenceKind::Document,
                };
                let offset = (page.max(1) - 1).saturating_mul(reference::PAGE_SIZE);
                snippet::print_uses(&app.content.usage(kind, id, offset).await?, json);
                return Ok(ExitCode::SUCCESS);
            }
            Action::Missing { json: true } => {
                let entry = |found: reference_check::Missing| {
                    json!({
                        "page_id": found.page_id, "snippet_id": found.snippet_id, "live": found.live,
                        "title": found.title, "path": found.path, "kind": found.kind, "id": found.target_id,
                        "is_gone": !found.hidden,
                    })
                };
                let missing = app.content.missing_references().await?;
                println!("{:#}", Value::from_iter(missing.into_iter().map(entry)));
                return Ok(ExitCode::SUCCESS);
            }
            Action::Missing { json: false } => {
                let missing = app.content.missing_references().await?;
                for found in &missing {
                    let source = match (found.page_id, found.snippet_id) {
                        (Some(id), _) => format!("page {id}"),
                        (None, Some(id)) => format!("snippet {id}"),
                        (None, None) => "settings".to_owned(),
                    };
                    let state = if found.live { "live" } else { "draft" };
                    let why = if found.hidden { "is not live" } else { "is gone" };
                    let (kind, id, title, path) = (&found.kind, found.target_id, &found.title, &found.path);
                    println!("{source:16}  {state:5}  {title}  {path}: {kind} {id} {why}");
                }
                let more = if missing.len() as i64 == MISSING_LIMIT { " or more" } else { "" };
                println!("{}{more}", missing.len());
                return Ok(ExitCode::SUCCESS);
            }
            Action::Check { .. } => Repair::Report,
            Action::Rebuild => Repair::Write,
        };
        let bar = indicatif::ProgressBar::new_spinner().with_message("pages, snippets and settings read");
        let checked = app.content.check_references(repair, &mut |done| bar.set_position(done as u64)).await?;
        bar.finish_and_clear();
        let (all, differing) = (checked.sources, checked.differing.len());
        if as_json {
            let entry = |source: &Source| {
                let (kind, id) = named(source);
                json!({ "kind": kind, "id": id })
            };
            let listed: Vec<Value> = checked.differing.iter().map(entry).collect();
            println!("{:#}", json!({ "ok": differing == 0, "read": all, "differing": listed }));
        } else {
            for (kind, id) in checked.differing.iter().map(named) {
                println!("{kind} {id}");
            }
            let said = if repair == Repair::Write { "were written" } else { "differ" };
            println!("{differing} of {all} {said}");
        }
        let failed = repair == Repair::Report && differing > 0;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    })
}

fn named(source: &Source) -> (&'static str, i64) {
    match source {
        Source::Page(id) => ("page", *id),
        Source::Snippet(id) => ("snippet", *id),
        Source::Setting(id) => ("setting", *id),
    }
}
