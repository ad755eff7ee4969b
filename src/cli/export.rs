//! `vitrine export`: the whole site as readable files, for another environment or another database.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::HumanBytes;
use serde_json::json;

use super::import::{bar, tell};
use super::with_app;
use crate::app::App;
use crate::config::Loaded;
use crate::telemetry::Timer;
use crate::transfer::{self, ExportOptions, Exported, Place};

#[derive(Args)]
pub struct Options {
    /// A new folder, or an empty one: manifest.json, a file of JSON lines for each kind of object, and media/.
    folder: PathBuf,
    /// Leave out revisions but the newest of each page and snippet, those that are live, and those that will be.
    #[arg(long)]
    without_history: bool,
    /// With what visitors sent with forms.
    #[arg(long)]
    with_submissions: bool,
    /// With users and the hashes of their passwords, and with groups and what they may do.
    #[arg(long)]
    with_users: bool,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

/// The site of an installation, for a transfer.
pub(super) fn place(app: &App) -> Place {
    Place { content: app.content.clone(), media: app.media.clone(), accounts: app.accounts.clone() }
}

/// The exit code is 1 when files of the media library were not there.
pub fn run(loaded: Loaded, given: Options) -> anyhow::Result<ExitCode> {
    let as_json = given.json;
    let options = ExportOptions {
        folder: given.folder,
        history: !given.without_history,
        submissions: given.with_submissions,
        users: given.with_users,
    };
    with_app(loaded, async move |app| {
        let timer = Timer::start();
        let bar = bar()?;
        let mut told = |what: &'static str, done: u64, total: u64| tell(&bar, what, done, total);
        let exported = transfer::export(&place(&app), &options, &mut told).await;
        bar.finish_and_clear();
        let exported = exported?;
        let is_whole = exported.manifest.media.lacking == 0;
        if as_json {
            println!("{}", json!({ "folder": options.folder, "manifest": exported.manifest }));
        } else {
            print!("{}", summary(&options, &exported, timer.elapsed_s()));
        }
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

fn summary(options: &ExportOptions, exported: &Exported, elapsed_s: f64) -> String {
    let (media, mut text) = (&exported.manifest.media, String::new());
    for file in exported.manifest.files.iter().filter(|file| file.rows > 0) {
        text += &format!("{}: {}\n", file.path.trim_end_matches(".jsonl"), file.rows);
    }
    text += &format!("files: {}, {}\n", media.files, HumanBytes(media.size_bytes));
    if media.lacking > 0 {
        text += &format!("{} files that rows name were not in the storage, or had another content:\n", media.lacking);
        media.lacking_keys.iter().for_each(|key| text += &format!("  {key}\n"));
    }
    text + &format!("{} in {elapsed_s:.1} s\n", options.folder.display())
}
