//! `vitrine redirect import`: a table is read row by row and written in batches; what is refused is told with its line
//! and the reason, and the rest is written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::site_id;
use crate::app::App;
use crate::content::redirect::{
    Defaults, Existing, Format, Import, MAX_BATCH, Mode, NewRedirect, Table, TableError, Written,
};
use crate::telemetry::Timer;
use crate::telemetry::label::Channel;

/// Longest table, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// Refused rows that are shown; a report has all.
const SHOWN: usize = 20;

#[derive(Args)]
pub struct Options {
    /// The table; - for standard input.
    file: String,
    /// Check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take the place of redirects from the same addresses; without it they are refused.
    #[arg(long)]
    replace: bool,
    /// For rows that name no site [default: every site].
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Rows that do not say are temporary (302) instead of permanent.
    #[arg(long)]
    temporary: bool,
    /// Rows that do not say cover all that is below their address.
    #[arg(long)]
    subtree: bool,
    /// Which column is which, such as from="Old address" or to=2; may be repeated.
    #[arg(long = "column", value_name = "NAME=COLUMN", value_parser = crate::cli::pair)]
    columns: Vec<(String, String)>,
    /// The first row is a redirect as well: the first column is the old address, the second the new one.
    #[arg(long)]
    no_header: bool,
    /// What separates the cells [default: what the first line has most of].
    #[arg(long, value_name = "CHARACTER")]
    separator: Option<char>,
    /// Write every refused row into this file, with its line and the reason.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Outcome {
    added: u64,
    replaced: u64,
    unchanged: u64,
    refused: u64,
    /// The first of them, by line.
    shown: Vec<String>,
    report: Option<csv::Writer<File>>,
}

/// A row on its way into the database.
struct Waiting {
    line: u64,
    from: String,
    to: String,
    redirect: NewRedirect,
}

/// Imports a table; the exit code is 1 when something was refused.
pub async fn run(app: &App, options: Options) -> anyhow::Result<ExitCode> {
    let timer = Timer::start();
    let existing = if options.replace { Existing::Replaced } else { Existing::Refused };
    let mode = if options.dry_run { Mode::Try } else { Mode::Write };
    let mut import = app.content.begin_redirects(&app.config.server.base_url, existing, mode).await?;
    let defaults = Defaults {
        site: site_id(import.sites(), options.site.as_deref())?,
        covers_subtree: options.subtree,
        is_permanent: !options.temporary,
    };
    let mut outcome = Outcome::begin(options.report.as_ref())?;
    read(app, &mut import, &options, &defaults, &mut outcome).await?;
    if let Some(report) = &mut outcome.report {
        report.flush()?;
    }
    outcome.tell(&options, timer.elapsed_s());
    Ok(if outcome.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn read(
    app: &App,
    import: &mut Import,
    options: &Options,
    defaults: &Defaults,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let (input, length) = open(&options.file)?;
    let separator = match options.separator {
        Some(character) => Some(u8::try_from(character).context("the separator is one ASCII character")?),
        None => None,
    };
    let format =
        Format { separator, is_bare: options.no_header, columns: options.columns.clone(), ..Format::default() };
    let mut table = Table::open(Box::new(input.take(MAX_BYTES)), &format).map_err(|error| match error {
        TableError::EndsMissing => {
            anyhow::anyhow!("{error}: say which they are with --column from=…, or --no-header")
        }
        other => other.into(),
    })?;
    let bar = progress_bar(length)?;
    let mut waiting: Vec<Waiting> = Vec::with_capacity(MAX_BATCH);
    while let Some(row) = table.read_row(import.sites(), defaults)? {
        match row.redirect {
            Ok(redirect) => waiting.push(Waiting { line: row.line, from: row.from, to: row.to, redirect }),
            Err(error) => outcome.refuse(row.line, (&row.from, &row.to), &error.to_string())?,
        }
        if waiting.len() == MAX_BATCH {
            write(app, import, &mut waiting, outcome).await?;
            bar.set_position(table.position());
            bar.set_message(format!("{} rows", table.rows()));
        }
    }
    write(app, import, &mut waiting, outcome).await?;
    bar.finish_and_clear();
    anyhow::ensure!(table.position() < MAX_BYTES, "the table is longer than {MAX_BYTES} bytes: import it in parts");
    Ok(())
}

async fn write(
    app: &App,
    import: &mut Import,
    waiting: &mut Vec<Waiting>,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let (mut ends, mut batch) = (Vec::with_capacity(waiting.len()), Vec::with_capacity(waiting.len()));
    for Waiting { line, from, to, redirect } in waiting.drain(..) {
        ends.push((line, from, to));
        batch.push((line, redirect));
    }
    let results = app.content.import_redirects(import, &batch, Channel::Cli).await?;
    for ((line, from, to), result) in ends.iter().zip(results) {
        match result {
            Ok(Written::Added) => outcome.added += 1,
            Ok(Written::Replaced) => outcome.replaced += 1,
            Ok(Written::Unchanged) => outcome.unchanged += 1,
            Err(reason) => outcome.refuse(*line, (from, to), &reason.to_string())?,
        }
    }
    Ok(())
}

impl Outcome {
    fn begin(report: Option<&PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = report else { return Ok(Self::default()) };
        let file = File::create(path).with_context(|| path.display().to_string())?;
        let mut report = csv::Writer::from_writer(file);
        report.write_record(["line", "from", "to", "reason"])?;
        Ok(Self { report: Some(report), ..Self::default() })
    }

    fn refuse(&mut self, line: u64, (from, to): (&str, &str), reason: &str) -> anyhow::Result<()> {
        self.refused += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(format!("line {line}: {reason}"));
        }
        if let Some(report) = &mut self.report {
            report.write_record([line.to_string().as_str(), from, to, reason])?;
        }
        Ok(())
    }

    fn tell(&self, options: &Options, seconds: f64) {
        let Self { added, replaced, unchanged, refused, shown, .. } = self;
        for line in shown {
            eprintln!("{line}");
        }
        let hidden = refused - shown.len() as u64;
        if hidden > 0 {
            let whole = match &options.report {
                Some(path) => format!("all are in {}", path.display()),
                None => "--report FILE writes all of them".to_owned(),
            };
            eprintln!("… and {hidden} more; {whole}");
        }
        if options.json {
            let outcome = BTreeMap::from([
                ("added", *added),
                ("replaced", *replaced),
                ("unchanged", *unchanged),
                ("refused", *refused),
            ]);
            println!("{}", serde_json::json!({ "dry_run": options.dry_run, "rows": outcome, "seconds": seconds }));
            return;
        }
        let would = if options.dry_run { "would be " } else { "" };
        println!(
            "{added} {would}added, {replaced} {would}replaced, {unchanged} there already, {refused} refused, in \
             {seconds:.1} s"
        );
    }
}

/// The table, and its length when that is known.
fn open(file: &str) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if file == "-" {
        return Ok((Box::new(std::io::stdin()), None));
    }
    let opened = File::open(file).with_context(|| file.to_owned())?;
    let length = opened.metadata()?.len();
    anyhow::ensure!(length <= MAX_BYTES, "{file}: longer than {MAX_BYTES} bytes: import it in parts");
    Ok((Box::new(opened), Some(length)))
}

/// Drawn on a terminal alone.
fn progress_bar(length: Option<u64>) -> anyhow::Result<ProgressBar> {
    Ok(match length {
        Some(length) => ProgressBar::new(length)
            .with_style(ProgressStyle::with_template("{bar:30} {percent} %  {msg}  {eta} left")?),
        None => ProgressBar::no_length().with_style(ProgressStyle::with_template("{spinner} {msg}")?),
    })
}
