//! The database: whether it answers, whether its schema is this binary's, and whether it has the same time.

use std::sync::Arc;

use super::report::Report;
use crate::clock::Micros;
use crate::config::Config;
use crate::db::Db;
use crate::telemetry::label::DbSystem;
use crate::telemetry::{Telemetry, Timer};

/// A statement for every page that is not cached: a slower network is felt.
const SLOW_S: f64 = 0.05;
/// Sessions, schedules and leases of several nodes compare times.
const SKEW_S: f64 = 1.0;

pub async fn examine(config: &Config, telemetry: &Arc<Telemetry>, report: &mut Report) {
    let first_start = "the first start makes it, with all migrations";
    if config.database.url.is_empty() && !config.data.dir.join("vitrine.db").exists() {
        return report.note("database", "there is no SQLite database in data.dir yet", first_start);
    }
    let db = match Db::open(config, telemetry) {
        Ok(db) => db,
        Err(error) => return report.problem("database", error.to_string(), "correct database.url"),
    };
    if db.file().is_some_and(|file| !file.exists()) {
        return report.note("database", "database.url names a file that is not there yet", first_start);
    }
    look(&db, report).await;
    db.close().await;
}

async fn look(db: &Db, report: &mut Report) {
    let name = match db.system() {
        DbSystem::Sqlite => "SQLite",
        DbSystem::Postgres => "PostgreSQL",
    };
    // The first call connects.
    let state = match db.migration_state().await {
        Ok(state) => state,
        Err(error) => {
            let advice = "is it running, and are host, user and password of database.url right? `vitrine config show` has them; \
                          docs/runbooks/VitrineDatabaseDown.md";
            return report.problem("database", format!("{name}: {error}"), advice);
        }
    };
    let timer = Timer::start();
    let there = db.clock().await;
    let (took_s, here) = (timer.elapsed_s(), Micros::now());
    match &there {
        Err(error) => report.problem("database", format!("{name}: {error}"), "docs/runbooks/VitrineDatabaseDown.md"),
        Ok(_) if took_s > SLOW_S => report.warning(
            "database",
            format!("{name} takes {:.0} ms for the smallest statement", took_s * 1e3),
            "bring it nearer: the same rack, or the same machine",
        ),
        Ok(_) => {
            let host = db.host().map(|host| format!(" on {host}, which takes writes,")).unwrap_or_default();
            report.ok("database", format!("{name}{host} answers in {:.1} ms", took_s * 1e3));
        }
    }
    if state.pending > 0 {
        let text = format!("{} of {} migrations are missing", state.pending, state.applied + state.pending);
        report.warning("migrations", text, "the next start applies them; or now: vitrine migrate");
    } else {
        report.ok("migrations", format!("all {} are applied", state.applied));
    }
    if let Ok(there) = there {
        let skew_s = (there.0 - here.0) as f64 / 1e6;
        if skew_s.abs() > SKEW_S + took_s {
            let text = format!("the database is {skew_s:+.1} s from this machine");
            report.problem("clock", text, "keep both clocks: timedatectl set-ntp true");
        } else {
            report.ok("clock", "the database has the same time");
        }
    }
}
