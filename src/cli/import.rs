//! `vitrine import`: moving in from another system, or with an export of this one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::export::place;
use super::with_app;
use crate::config::Loaded;
use crate::import::wagtail::{self, Mode, Target};
use crate::import::{Alike, Report};
use crate::telemetry::Timer;
use crate::transfer::{self, ImportOptions};

#[derive(Subcommand)]
pub enum Source {
    /// A site of Wagtail 5 to 8: what `manage.py dumpdata` wrote, and its media folder.
    Wagtail(WagtailOptions),
    /// A site of Vitrine: what `vitrine export` wrote, into an empty site or one that it was imported into before.
    Site(SiteOptions),
}

#[derive(Args)]
pub struct SiteOptions {
    /// The folder of the export.
    folder: PathBuf,
    /// Read and check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The files were changed by hand: take them as they are, whatever their sums in the manifest.
    #[arg(long)]
    edited: bool,
    /// Write everything that was not taken over as it stands into this file, as JSON lines: file, line, object, field,
    /// message.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct WagtailOptions {
    /// The dump: JSON, indented or not, or JSON lines; with or without natural keys.
    dump: PathBuf,
    /// Wagtail's folder of media files (MEDIA_ROOT), with original_images/ and documents/.
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,
    /// Write a site folder with types, blocks and plain templates made of the dump into this directory, to start from, and
    /// import nothing.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["media", "dry_run", "json"])]
    infer_types: Option<PathBuf>,
    /// Read and check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Revisions of each page that are taken over, the newest; the live one comes along.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    revisions: usize,
    /// Write everything that was not understood into this file, as JSON lines: file, object, field, message.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(loaded: Loaded, source: Source) -> anyhow::Result<ExitCode> {
    match source {
        Source::Wagtail(options) => run_wagtail(loaded, options),
        Source::Site(options) => run_site(loaded, options),
    }
}

fn open_report(source: &Path, into: Option<&Path>) -> anyhow::Result<Report> {
    let writer = into.map(|path| {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        anyhow::Ok(Box::new(BufWriter::new(file)) as Box<dyn Write + Send>)
    });
    Ok(Report::new(source.display().to_string(), writer.transpose()?))
}

/// Tells what was done; the exit code is 1 when something was left out.
fn conclude(report: &mut Report, (dry_run, as_json): (bool, bool), timer: Timer) -> anyhow::Result<ExitCode> {
    report.finish().context("the report could not be written")?;
    if as_json {
        println!("{}", outcome(report, dry_run));
    } else {
        print!("{}", summary(report, dry_run, timer.elapsed_s()));
    }
    Ok(if report.is_incomplete() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn run_site(loaded: Loaded, given: SiteOptions) -> anyhow::Result<ExitCode> {
    let mut report = open_report(&given.folder, given.report.as_deref())?;
    let said = (given.dry_run, given.json);
    let options = ImportOptions {
        folder: given.folder,
        mode: if given.dry_run { transfer::Mode::Try } else { transfer::Mode::Write },
        files: if given.edited { transfer::Files::Edited } else { transfer::Files::AsWritten },
    };
    with_app(loaded, async move |app| {
        let timer = Timer::start();
        app.db.migrate().await?;
        let bar = bar()?;
        let mut told = |what: &'static str, done: u64, total: u64| tell(&bar, what, done, total);
        let done = transfer::import(&place(&app), &options, &mut report, &mut told).await;
        bar.finish_and_clear();
        done?;
        conclude(&mut report, said, timer)
    })
}

/// The exit code is 1 when something was left out.
fn run_wagtail(loaded: Loaded, given: WagtailOptions) -> anyhow::Result<ExitCode> {
    let mut report = open_report(&given.dump, given.report.as_deref())?;
    if let Some(folder) = &given.infer_types {
        return infer(&given.dump, folder, &mut report);
    }
    let (dry_run, as_json) = (given.dry_run, given.json);
    let options = wagtail::Options {
        dump: given.dump,
        media: given.media,
        mode: if dry_run { Mode::Try } else { Mode::Write },
        revisions: given.revisions,
    };
    with_app(loaded, async move |app| {
        let timer = Timer::start();
        app.db.migrate().await?;
        let target = Target { content: app.content.clone(), media: app.media.clone(), accounts: app.accounts.clone() };
        let bar = bar()?;
        let mut told = |what: &'static str, done: u64, total: u64| tell(&bar, what, done, total);
        let done = wagtail::import(&target, &options, &mut report, &mut told).await;
        bar.finish_and_clear();
        let code = conclude(&mut report, (dry_run, as_json), timer)?;
        done.with_context(|| options.dump.display().to_string())?;
        Ok(code)
    })
}

/// Drawn on a terminal alone.
pub(super) fn bar() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}  {eta} left")?);
    Ok(bar)
}

pub(super) fn tell(bar: &ProgressBar, what: &'static str, done: u64, total: u64) {
    bar.set_message(what);
    bar.set_length(total);
    bar.set_position(done);
}

/// Writes a site folder made of the dump.
fn infer(dump: &Path, folder: &Path, report: &mut Report) -> anyhow::Result<ExitCode> {
    let occupied = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!occupied, "{} is not empty: choose another directory", folder.display());
    let bar = bar()?;
    let mut told = |what: &'static str, done: u64, total: u64| tell(&bar, what, done, total);
    let inferred = wagtail::infer(dump, folder, report, &mut told).with_context(|| dump.display().to_string())?;
    bar.finish_and_clear();
    report.finish().context("the report could not be written")?;
    for line in lines(report) {
        println!("{line}");
    }
    println!("{} types and {} blocks in {}", inferred.types, inferred.blocks, folder.display());
    println!("look through them, then check them: vitrine check --site {}", folder.display());
    Ok(ExitCode::SUCCESS)
}

fn outcome(report: &Report, dry_run: bool) -> serde_json::Value {
    json!({ "dry_run": dry_run, "objects": report.tallies(), "notices": report.notices(), "first": report.shown() })
}

/// What was not understood, the same of many objects once.
fn lines(report: &Report) -> impl Iterator<Item = String> {
    report.shown().iter().map(|Alike { first, times }| {
        let field = if first.field.is_empty() { String::new() } else { format!(" {}", first.field) };
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        let place = first.line.map_or_else(String::new, |line| format!("{} line {line}: ", first.file));
        format!("{place}{}{field}: {}{times}", first.object, first.message)
    })
}

fn summary(report: &Report, dry_run: bool, elapsed_s: f64) -> String {
    let mut text = String::new();
    let (made, changed) = if dry_run { ("to be made", "to be changed") } else { ("made", "changed") };
    for (kind, tally) in report.tallies() {
        let parts =
            [(tally.made, made), (tally.changed, changed), (tally.known, "there already"), (tally.refused, "left out")];
        let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        text += &format!("{kind}: {}\n", parts.collect::<Vec<_>>().join(", "));
    }
    if report.notices() > 0 {
        text += &format!("\n{} times something was not taken over as it stands in the dump:\n", report.notices());
    }
    for line in lines(report) {
        text += &format!("  {line}\n");
    }
    let shown: u64 = report.shown().iter().map(|alike| alike.times).sum();
    if report.notices() > shown {
        text += "  … and others: --report FILE has them all.\n";
    }
    text + &format!("{elapsed_s:.1} s\n")
}
