//! `vitrine collection`: rows of collections, brought in and taken out as files.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::with_app;
use crate::app::App;
use crate::config::Loaded;
use crate::content::form::export::harmless;
use crate::content::records::{Asked, AtMost, Count, Filter, Format, Reader, head, line};
use crate::content::types::{ContentType, FieldError, Kind, RecordOptions, RecordOrder, Types};
use crate::content::{Actor, FieldRights};
use crate::telemetry::Timer;
use crate::telemetry::label::Channel;

/// Rows that are written, or read, at once.
const PART: usize = 500;
/// Longest file, in bytes.
const MAX_BYTES: u64 = 4 << 30;
/// Refused rows that are shown; a report has all.
const SHOWN: usize = 20;

#[derive(Subcommand)]
pub enum Action {
    /// Show the collections of the site.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Add the rows of a file to a collection; what is refused is told with its line, and the rest is added.
    Import(Import),
    /// Write the rows of a collection into a file.
    Export(Export),
    /// Make the indexes that changed types want.
    Index,
}

#[derive(Args)]
pub struct Import {
    /// The name of its type, or its path in the API.
    collection: String,
    /// JSON lines (.jsonl) or comma-separated values (.csv) with the names of the fields above; - for standard input.
    file: String,
    /// What the file is [default: as its name ends].
    #[arg(long, value_parser = ["jsonl", "csv"])]
    format: Option<String>,
    /// Check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write every refused row into this file (CSV), with its line, the field and the reason.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct Export {
    /// The name of its type, or its path in the API.
    collection: String,
    /// The file; - for standard output.
    file: String,
    #[arg(long, value_parser = ["jsonl", "csv"])]
    format: Option<String>,
    /// Rows for which this holds, as in the API: booked__gte=2026-01-01; may be repeated.
    #[arg(long = "filter", value_name = "NAME=VALUE", value_parser = super::pair)]
    filters: Vec<(String, String)>,
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, |app| async move {
        match action {
            Action::List { json } => {
                list(&app.content.types(), json);
                Ok(ExitCode::SUCCESS)
            }
            Action::Import(options) => import(&app, &options).await,
            Action::Export(options) => export(&app, &options).await,
            Action::Index => {
                let rows = app.content.build_record_indexes().await?;
                println!("{rows} rows were put into new indexes");
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}

fn list(types: &Types, as_json: bool) {
    let path = |of_type: &ContentType| {
        format!("/api/v1/{}/", of_type.records.as_ref().map_or("", |records| records.path.as_str()))
    };
    if as_json {
        let shown =
            |of_type: &ContentType| json!({ "type": of_type.name, "path": path(of_type), "label": of_type.label });
        println!("{:#}", types.collections().map(shown).collect::<Value>());
        return;
    }
    for of_type in types.collections() {
        println!("{}  {}  {}", of_type.name, path(of_type), of_type.label);
    }
}

fn find<'t>(types: &'t Types, name: &str) -> anyhow::Result<(&'t ContentType, &'t RecordOptions)> {
    let by_name = types.find(name).and_then(|of_type| Some((of_type, of_type.records.as_ref()?)));
    let Some(found) = by_name.or_else(|| types.collection_at(name)) else {
        let known: Vec<&str> = types.collections().map(|of_type| of_type.name.as_str()).collect();
        let kind = Kind::Collection.name();
        bail!(
            "{name:?} is no type of kind {kind}; there are: {}",
            if known.is_empty() { "none".into() } else { known.join(", ") }
        );
    };
    Ok(found)
}

fn format(file: &str, said: Option<&str>) -> anyhow::Result<Format> {
    let ending = Path::new(file).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    Format::parse(said.unwrap_or(ending)).context("say what the file is: --format jsonl or --format csv")
}

/// The rows of a file that wait to be written, with their lines, and what became of the others.
struct Importing<'i> {
    app: &'i App,
    of_type: &'i ContentType,
    dry_run: bool,
    by: Actor,
    lines: Vec<u64>,
    waiting: Vec<Map<String, Value>>,
    added: u64,
    refused: u64,
    shown: Vec<String>,
    report: Option<csv::Writer<File>>,
}

impl Importing<'_> {
    fn refuse(&mut self, line: u64, field: &str, reason: &str) -> anyhow::Result<()> {
        if self.shown.len() < SHOWN {
            let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
            self.shown.push(format!("line {line}: {field}{reason}"));
        }
        if let Some(report) = &mut self.report {
            let cells = [line.to_string(), harmless(field.to_owned()), harmless(reason.to_owned())];
            report.write_record(cells)?;
        }
        Ok(())
    }

    fn refuse_all(&mut self, line: u64, errors: &[FieldError]) -> anyhow::Result<()> {
        self.refused += 1;
        for error in errors {
            self.refuse(line, &error.path, &error.message)?;
        }
        Ok(())
    }

    async fn write(&mut self) -> anyhow::Result<()> {
        let (lines, rows) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.waiting));
        let content = &self.app.content;
        let done = match self.dry_run {
            true => content.try_records(&self.of_type.name, rows, &self.by),
            false => content.add_records(&self.of_type.name, rows, &self.by).await,
        };
        let first = lines.first().copied().unwrap_or_default();
        let done = done.with_context(|| format!("nothing was added from line {first} on"))?;
        self.added += done.rows;
        for (at, errors) in done.refused {
            self.refuse_all(lines.get(at).copied().unwrap_or_default(), &errors)?;
        }
        Ok(())
    }

    /// Adds the rows of a file, as far as it goes.
    async fn read(&mut self, reader: &mut Reader, bar: &ProgressBar) -> anyhow::Result<()> {
        let ended = loop {
            match reader.next_row() {
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
                Ok(Some((line, Ok(values)))) => {
                    self.lines.push(line);
                    self.waiting.push(values);
                }
                Ok(Some((line, Err(reason)))) => {
                    self.refused += 1;
                    self.refuse(line, "", &reason)?;
                }
            }
            if self.waiting.len() == PART {
                self.write().await?;
                bar.set_message(format!("{} rows", self.added));
            }
        };
        self.write().await?;
        ended.context("the rest was not read")
    }

    fn tell(&self, options: &Import, seconds: f64) {
        for line in &self.shown {
            eprintln!("{line}");
        }
        if self.refused as usize > self.shown.len() && options.report.is_none() {
            eprintln!("… and more; --report FILE writes all of them");
        }
        if options.json {
            let rows = json!({ "added": self.added, "refused": self.refused });
            println!("{}", json!({ "dry_run": self.dry_run, "rows": rows, "seconds": seconds }));
            return;
        }
        let would = if self.dry_run { "would be " } else { "" };
        println!("{} {would}added, {} refused, in {seconds:.1} s", self.added, self.refused);
    }
}

async fn import(app: &App, options: &Import) -> anyhow::Result<ExitCode> {
    let timer = Timer::start();
    let types = app.content.types();
    let (of_type, _) = find(&types, &options.collection)?;
    let format = format(&options.file, options.format.as_deref())?;
    let (input, length): (Box<dyn Read + Send>, Option<u64>) = match options.file.as_str() {
        "-" => (Box::new(std::io::stdin()), None),
        file => {
            let opened = File::open(file).with_context(|| file.to_owned())?;
            let length = opened.metadata()?.len();
            ensure!(length <= MAX_BYTES, "{file}: longer than {MAX_BYTES} bytes: import it in parts");
            (Box::new(opened), Some(length))
        }
    };
    let bar = match length {
        Some(length) => ProgressBar::new(length)
            .with_style(ProgressStyle::with_template("{bar:30} {percent} %  {msg}  {eta} left")?),
        None => ProgressBar::no_length().with_style(ProgressStyle::with_template("{spinner} {msg}")?),
    };
    let mut reader = Reader::open(Box::new(bar.wrap_read(AtMost::new(input, MAX_BYTES))), format, of_type)?;
    let mut importing = Importing {
        app,
        of_type,
        dry_run: options.dry_run,
        by: Actor::from(Channel::Cli),
        lines: Vec::new(),
        waiting: Vec::new(),
        added: 0,
        refused: 0,
        shown: Vec::new(),
        report: options.report.as_ref().map(|path| begin_report(path)).transpose()?,
    };
    let ended = importing.read(&mut reader, &bar).await;
    bar.finish_and_clear();
    // What was added stays, so it is noted and told however the rest ended.
    let noted = match importing.added > 0 && !options.dry_run {
        true => app.content.note_records(&of_type.name, importing.added, &importing.by).await,
        false => Ok(()),
    };
    let written = importing.report.as_mut().map_or(Ok(()), csv::Writer::flush);
    importing.tell(options, timer.elapsed_s());
    ended?;
    noted?;
    written?;
    Ok(if importing.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn begin_report(path: &Path) -> anyhow::Result<csv::Writer<File>> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    let mut report = csv::Writer::from_writer(file);
    report.write_record(["line", "field", "reason"])?;
    Ok(report)
}

async fn export(app: &App, options: &Export) -> anyhow::Result<ExitCode> {
    let types = app.content.types();
    let (of_type, records) = find(&types, &options.collection)?;
    let format = format(&options.file, options.format.as_deref())?;
    let mut out: Box<dyn std::io::Write + Send> = match options.file.as_str() {
        "-" => Box::new(std::io::stdout()),
        file => Box::new(std::io::BufWriter::new(File::create(file).with_context(|| file.to_owned())?)),
    };
    let filters = options.filters.iter().map(|(name, value)| Filter::parse((of_type, records), name, value));
    let order = RecordOrder { name: "id".to_owned(), is_turned: false };
    let mut asked = Asked {
        type_name: &of_type.name,
        filters: filters.collect::<Result<_, _>>()?,
        order,
        after: None,
        limit: PART as i64,
        count: Count::None,
    };
    out.write_all(&head(format, of_type, &FieldRights::All))?;
    let mut rows = 0;
    loop {
        let part = app.content.list_records(&asked).await?;
        for row in &part.rows {
            out.write_all(&line(format, of_type, &FieldRights::All, row))?;
        }
        rows += part.rows.len();
        asked.after = part.next;
        if asked.after.is_none() {
            break;
        }
    }
    out.flush()?;
    eprintln!("{rows} rows");
    Ok(ExitCode::SUCCESS)
}
