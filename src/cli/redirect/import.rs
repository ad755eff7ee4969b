//! `vitrine redirect import`: a table is read row by row and written in batches; what is refused is told with its line
//! and the reason, and the rest is written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use csv::{ByteRecord, ReaderBuilder, StringRecord};
use indicatif::{ProgressBar, ProgressStyle};

use super::site_id;
use super::table::{Columns, Defaults, separator};
use crate::app::App;
use crate::content::redirect::{Existing, Import, MAX_BATCH, Mode, NewRedirect, Written};
use crate::telemetry::Timer;
use crate::telemetry::label::Channel;

/// Longest table, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// Rows one table may have: what was accepted is kept in memory, so that circles are found.
const MAX_ROWS: u64 = 500_000;
/// Longest first line that is looked at.
const MAX_FIRST_LINE: u64 = 64 << 10;
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
    let mut input = BufReader::new(input.take(MAX_BYTES));
    let mut first = Vec::new();
    input.by_ref().take(MAX_FIRST_LINE).read_until(b'\n', &mut first)?;
    let separator = match options.separator {
        Some(character) => u8::try_from(character).context("the separator is one ASCII character")?,
        None => separator(&String::from_utf8_lossy(&first)),
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(Lines(std::io::Cursor::new(first).chain(input).chain(&b"\n"[..])));
    let mut record = ByteRecord::new();
    let header = match options.no_header || !reader.read_byte_record(&mut record)? {
        true => None,
        false => Some(StringRecord::from_byte_record(record.clone()).context("the first row is not UTF-8")?),
    };
    let columns = Columns::of(header.as_ref(), &options.columns)?;
    let bar = progress_bar(length)?;
    let mut waiting: Vec<Waiting> = Vec::with_capacity(MAX_BATCH);
    let mut rows = 0;
    while reader.read_byte_record(&mut record)? {
        rows += 1;
        anyhow::ensure!(rows <= MAX_ROWS, "the table has more than {MAX_ROWS} rows: import it in parts");
        let line = first_line(&reader, &record);
        let Ok(text) = StringRecord::from_byte_record(record.clone()) else {
            outcome.refuse(line, ("", ""), "the row is not UTF-8")?;
            continue;
        };
        let (from, to) = columns.ends(&text);
        match columns.read(&text, import.sites(), defaults) {
            Ok(redirect) => waiting.push(Waiting { line, from: from.to_owned(), to: to.to_owned(), redirect }),
            Err(_) if text.iter().all(|cell| cell.trim().is_empty()) => {}
            Err(error) => outcome.refuse(line, (from, to), &error.to_string())?,
        }
        if waiting.len() == MAX_BATCH {
            write(app, import, &mut waiting, outcome).await?;
            bar.set_position(reader.position().byte());
            bar.set_message(format!("{rows} rows"));
        }
    }
    write(app, import, &mut waiting, outcome).await?;
    bar.finish_and_clear();
    anyhow::ensure!(
        reader.position().byte() < MAX_BYTES,
        "the table is longer than {MAX_BYTES} bytes: import it in parts"
    );
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

/// A table whose lines end in one way, so that the reader is behind a line when it has read it.
struct Lines<R>(R);

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.0.read(into)?;
            let mut kept = 0;
            for at in 0..read {
                if into[at] != b'\r' {
                    into[kept] = into[at];
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

/// The line on which the row begins that was read last; blank ones before it are not its own.
fn first_line<R: Read>(reader: &csv::Reader<R>, record: &ByteRecord) -> u64 {
    let breaks = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
    (reader.position().line() - 1).saturating_sub(breaks)
}

/// The table, and its length when that is known.
fn open(file: &str) -> anyhow::Result<(Box<dyn Read>, Option<u64>)> {
    if file == "-" {
        return Ok((Box::new(std::io::stdin().lock()), None));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "\"c\nd\",e", "", "", "f,g", "h,i"].join(end);
            let lines = Lines(text.as_bytes().chain(&b"\n"[..]));
            let mut reader = ReaderBuilder::new().has_headers(false).from_reader(lines);
            let mut record = ByteRecord::new();
            let mut found = Vec::new();
            while reader.read_byte_record(&mut record).expect("in memory") {
                found.push(first_line(&reader, &record));
            }
            assert_eq!(found, [1, 2, 6, 7], "{end:?}");
        }
    }
}
