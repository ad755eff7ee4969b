//! `vitrine form`: what visitors sent with forms.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::with_app;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::form::export::{Export, Format};
use crate::content::form::submission::{self, FORMS_AT_ONCE, FormsAsked, LIST_LIMIT, Period, Submission};
use crate::db::Db;
use crate::telemetry::label::Channel;

#[derive(Subcommand)]
pub enum Action {
    /// Pages that visitors sent forms from.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Show submissions, the newest first.
    Submissions {
        /// The id of the page.
        page: i64,
        #[command(flatten)]
        period: PeriodArgs,
        /// How many, at most 1000.
        #[arg(long, default_value_t = 20)]
        limit: i64,
        /// Only those older than the one with this id: the next part.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// Write all submissions as CSV, JSON lines or a workbook; a million take no more memory than a few.
    Export {
        /// The id of the page.
        page: i64,
        #[command(flatten)]
        period: PeriodArgs,
        #[arg(long, value_enum, default_value = "csv")]
        format: FormatName,
        /// Where to; standard output when absent.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Delete submissions, for good.
    Delete {
        /// The id of the page.
        page: i64,
        #[command(flatten)]
        what: DeleteArgs,
    },
}

#[derive(Args)]
pub struct PeriodArgs {
    /// From this day on, UTC, such as 2026-01-31.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Until before this day, UTC.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct DeleteArgs {
    /// The one with this id.
    #[arg(long)]
    id: Option<i64>,
    /// Those from before this day, UTC.
    #[arg(long, value_name = "DATE")]
    before: Option<Date>,
    /// All of them.
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum FormatName {
    Csv,
    Jsonl,
    Xlsx,
}

impl PeriodArgs {
    fn period(&self) -> anyhow::Result<Period> {
        Ok(Period {
            from: self.from.map_or(Ok(Period::ALWAYS.from), start_of)?,
            until: self.until.map_or(Ok(Period::ALWAYS.until), start_of)?,
        })
    }
}

fn start_of(day: Date) -> anyhow::Result<Micros> {
    Ok(Micros(day.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_microsecond()))
}

/// Runs one of the commands.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    with_app(loaded, async |app| {
        let db = &app.db;
        match action {
            Action::List { json } => list(db, json).await?,
            Action::Submissions { page, period, limit, before, json } => {
                let part = (period.period()?, before, limit.min(LIST_LIMIT));
                list_submissions(db, page, part, json).await?;
            }
            Action::Export { page, period, format, output } => {
                let format = match format {
                    FormatName::Csv => Format::Csv,
                    FormatName::Jsonl => Format::JsonLines,
                    FormatName::Xlsx => Format::Xlsx,
                };
                let mut out: Box<dyn Write> = match output {
                    Some(path) => Box::new(std::fs::File::create(path)?),
                    None => Box::new(std::io::stdout().lock()),
                };
                let mut export = Export::begin(db.clone(), page, period.period()?, format).await?;
                while let Some(part) = export.next().await? {
                    out.write_all(&part)?;
                }
                out.flush()?;
            }
            Action::Delete { page, what } => {
                let deleted = match what.id {
                    Some(id) => app.content.delete_submission(page, id, Channel::Cli).await.map(|()| 1)?,
                    None => {
                        let until = what.before.map_or(Ok(Period::ALWAYS.until), start_of)?;
                        app.content.delete_submissions(page, Period { until, ..Period::ALWAYS }, Channel::Cli).await?
                    }
                };
                println!("{deleted} submissions deleted");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn list(db: &Db, as_json: bool) -> anyhow::Result<()> {
    let mut forms: Vec<submission::Form> = Vec::new();
    loop {
        let after = forms.last().map_or(0, |last| last.page_id);
        let asked = FormsAsked { after, has_trashed: true, limit: FORMS_AT_ONCE, ..FormsAsked::default() };
        let part = submission::list_forms(db, asked).await?;
        let is_last = (part.len() as i64) < FORMS_AT_ONCE;
        forms.extend(part);
        if is_last {
            break;
        }
    }
    if as_json {
        let entry = |form: &submission::Form| {
            json!({
                "page_id": form.page_id, "title": form.title, "url_path": form.url_path,
                "submissions": form.submissions, "last_submitted_at": Micros(form.last_submitted_at).to_rfc3339(),
            })
        };
        println!("{:#}", Value::from_iter(forms.iter().map(entry)));
        return Ok(());
    }
    for form in forms {
        let last = Micros(form.last_submitted_at).to_rfc3339();
        println!("{:>6}  {}  {} submissions, the last {last}", form.page_id, form.url_path, form.submissions);
    }
    Ok(())
}

/// Of a period, those before one of them, so many.
async fn list_submissions(
    db: &Db,
    page: i64,
    (period, before, limit): (Period, Option<i64>, i64),
    as_json: bool,
) -> anyhow::Result<()> {
    let labels = submission::columns(db, page).await?;
    let found = submission::list(db, page, period, before, limit).await?;
    let total = submission::count(db, page, period).await?;
    if as_json {
        let entry = |submission: &Submission| {
            let at = submission.submitted_at.to_rfc3339();
            json!({ "id": submission.id, "submitted_at": at, "answers": submission.answers })
        };
        println!("{:#}", json!({ "total": total, "items": found.iter().map(entry).collect::<Vec<_>>() }));
        return Ok(());
    }
    for submission in &found {
        println!("{}  {}", submission.id, submission.submitted_at.to_rfc3339());
        for column in &labels {
            if let Some(value) = submission.answers.get(&column.name) {
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                println!("    {}: {shown}", column.label);
            }
        }
    }
    println!("{} of {total}", found.len());
    Ok(())
}
