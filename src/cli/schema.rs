//! `vitrine schema`: content follows its types, from a terminal.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::with_app;
use crate::app::App;
use crate::clock::Micros;
use crate::config::Loaded;
use crate::content::schema::{self, Example, Migration, MigrationReport, Misfit, OperationReport, Orphan, Report, Run};
use crate::site::{SiteFolder, load_migrations};

/// Misfits that are printed.
const SHOWN: usize = 50;

#[derive(Subcommand)]
pub enum Action {
    /// Rewrite live content and revisions as the migrations in the site folder say; goes on where a killed one stopped.
    Migrate {
        /// Change nothing: count, with the first values before and after.
        #[arg(long)]
        dry_run: bool,
    },
    /// List the migrations, and stored fields that their types do not have any more; exit 1 when something is to be done.
    Status {
        #[arg(long)]
        json: bool,
    },
    /// Read all live content and newest drafts; exit 1 when something does not fit its type.
    Check {
        #[arg(long)]
        json: bool,
    },
}

/// Runs one action.
pub fn run(loaded: Loaded, action: Action) -> anyhow::Result<ExitCode> {
    let folder = SiteFolder::of(loaded.config.site.folder());
    with_app(loaded, async |app| {
        if app.db.migration_state().await?.pending > 0 {
            anyhow::bail!("the database is of an older version: run vitrine migrate first");
        }
        let migrations = load_migrations(&folder, &app.content.types())
            .map_err(|problems| anyhow::anyhow!("the migrations have mistakes:\n{}", problems.join("\n")))?;
        match action {
            Action::Migrate { dry_run } => {
                migrate(&app, &migrations, if dry_run { Run::Preview } else { Run::Write }).await
            }
            Action::Status { json } => status(&app, &migrations, json).await,
            Action::Check { json } => {
                let bar = progress_bar();
                let report = app.content.check_fit(&mut |done, total| show(&bar, done, total)).await?;
                bar.finish_and_clear();
                let fits = if json {
                    misfits_as_json(&report)
                } else {
                    let fits = print_misfits(&report);
                    println!("{} read", counted(report.documents, "row"));
                    fits
                };
                Ok(if fits { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
        }
    })
}

async fn migrate(app: &App, migrations: &[Migration], run: Run) -> anyhow::Result<ExitCode> {
    let bar = progress_bar();
    let told = &mut |done, total| show(&bar, done, total);
    let report = app.content.migrate_schema(migrations, run, told).await;
    bar.finish_and_clear();
    let report = report.context("what was done until then stays; run it again to go on")?;
    report.migrations.iter().for_each(print_migration);
    print_misfits(&report);
    match run {
        _ if report.migrations.is_empty() => {
            println!("nothing to do: {} applied", counted(migrations.len() as u64, "migration"))
        }
        Run::Preview => {
            println!("{} would change, of {}; nothing was written", counted(report.changed, "row"), report.documents)
        }
        Run::Write => println!("{} changed, of {}", counted(report.changed, "row"), report.documents),
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(app: &App, migrations: &[Migration], as_json: bool) -> anyhow::Result<ExitCode> {
    let standings = schema::list(&app.db).await?;
    let mut is_done = true;
    let mut told = Vec::new();
    for migration in migrations {
        let standing = standings.iter().find(|known| known.name == migration.name);
        let said = match standing {
            None => "pending".to_owned(),
            Some(known) if known.digest != migration.digest => "changed since it was applied".to_owned(),
            Some(known) => match known.finished_at {
                Some(at) => {
                    format!("applied {}, {} changed", Micros(at).to_rfc3339(), counted(known.changed as u64, "row"))
                }
                None => format!("under way: {} up to {}", known.stage, known.position),
            },
        };
        is_done &= said.starts_with("applied");
        told.push((&migration.name, said));
    }
    for known in standings.iter().filter(|known| !migrations.iter().any(|migration| migration.name == known.name)) {
        let said =
            known.finished_at.map_or("not finished".to_owned(), |at| format!("applied {}", Micros(at).to_rfc3339()));
        told.push((&known.name, format!("{said}; its file is gone")));
    }
    let orphans = app.content.orphaned_fields().await?;
    is_done &= orphans.is_empty();
    if as_json {
        let migration = |(name, said): &(&String, String)| json!({ "name": name, "state": said });
        let orphan =
            |orphan: &Orphan| json!({ "type": orphan.type_name, "field": orphan.field, "live_rows": orphan.objects });
        let migrations: Vec<_> = told.iter().map(migration).collect();
        let orphans: Vec<_> = orphans.iter().map(orphan).collect();
        println!("{:#}", json!({ "ok": is_done, "migrations": migrations, "orphaned_fields": orphans }));
    } else {
        tell_status(&told, &orphans, is_done);
    }
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_status(told: &[(&String, String)], orphans: &[Orphan], is_done: bool) {
    for (name, said) in told {
        println!("{name:40}  {said}");
    }
    for orphan in orphans {
        let objects = counted(orphan.objects as u64, "live row");
        println!("{} has no field {}, which {objects} hold", orphan.type_name, orphan.field);
    }
    if is_done {
        println!("content has the form of its types");
    }
}

fn print_migration(migration: &MigrationReport) {
    let resumed = if migration.resumed { " (goes on)" } else { "" };
    println!("{}{resumed}  {}", migration.name, migration.description);
    migration.operations.iter().for_each(print_operation);
}

fn print_operation(operation: &OperationReport) {
    println!("  {}  ({})", operation.title, operation.place);
    if operation.by_type.is_empty() {
        println!("    nothing to change");
    }
    for (type_name, counts) in &operation.by_type {
        let refused = if counts.refused > 0 { format!(", {} left as they are", counts.refused) } else { String::new() };
        println!(
            "    {type_name}: {} live, {}, {}{refused}",
            counts.live,
            counted(counts.revisions, "revision"),
            counted(counts.places, "value"),
        );
    }
    for Example { place, before, after } in &operation.examples {
        println!("      {place}  {before} -> {after}");
    }
    for Example { place, before, after } in &operation.refusals {
        println!("      {place}  {before} stays: it {after}");
    }
}

/// All of them; whether there are none.
fn misfits_as_json(report: &Report) -> bool {
    let misfits = report.misfits();
    let entry = |misfit: &Misfit| {
        json!({
            "type": misfit.type_name, "path": misfit.path, "message": misfit.message, "rows": misfit.documents,
            "example": misfit.example,
        })
    };
    let listed: Vec<_> = misfits.iter().map(entry).collect();
    println!("{:#}", json!({ "ok": misfits.is_empty(), "rows": report.documents, "misfits": listed }));
    misfits.is_empty()
}

/// Whether there are none.
fn print_misfits(report: &Report) -> bool {
    let misfits = report.misfits();
    for misfit in misfits.iter().take(SHOWN) {
        let documents = counted(misfit.documents, "row");
        println!("{} {}: {}; {documents}, such as {}", misfit.type_name, misfit.path, misfit.message, misfit.example);
    }
    if misfits.len() > SHOWN {
        println!("{} more", misfits.len() - SHOWN);
    }
    misfits.is_empty()
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn show(bar: &ProgressBar, done: u64, total: u64) {
    bar.set_length(total.max(done));
    bar.set_position(done);
}

/// On a terminal; a log gets the lines alone.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {per_sec}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
