//! When a drill last succeeded: written by the command, read by every server, so that an overdue drill is told.

use super::seconds;
use crate::clock::Micros;
use crate::db::{Db, DbError};
use crate::telemetry::Telemetry;
use crate::{queries, record};

queries! {
    /// One row: the last drill in which every receiver acknowledged every alert.
    SUCCEED = write "drill.succeed"
        "INSERT INTO drill (id, succeeded_at, alerts) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET succeeded_at = excluded.succeeded_at, alerts = excluded.alerts";
    /// A second text because each dialect has its own seconds since the epoch.
    TIMES = read "drill.times"
        "SELECT (SELECT succeeded_at FROM drill WHERE id = 1) AS succeeded_at,
            (SELECT CAST(EXTRACT(EPOCH FROM MIN(installed_on)) * 1000000 AS BIGINT) FROM _sqlx_migrations) AS created_at"
        sqlite "SELECT (SELECT succeeded_at FROM drill WHERE id = 1) AS succeeded_at,
            (SELECT CAST(STRFTIME('%s', MIN(installed_on)) AS INTEGER) * 1000000 FROM _sqlx_migrations) AS created_at";
}

record! {
    struct Times {
        succeeded_at: Option<i64>,
        created_at: Option<i64>,
    }
}

/// Notes that every receiver acknowledged all of `alerts`.
///
/// # Errors
/// When the database is out of reach.
pub async fn succeeded(db: &Db, at: Micros, alerts: usize) -> Result<(), DbError> {
    db.query(&SUCCEED).bind(at).bind(alerts as i64).execute().await?;
    Ok(())
}

/// Brings the time of the last success up to date, and that of the database's first migration, from which a drill that
/// never was counts as due.
///
/// # Errors
/// When the database is out of reach; the gauges keep their last values.
pub async fn refresh(db: &Db, telemetry: &Telemetry) -> Result<(), DbError> {
    let times: Times = db.query(&TIMES).one().await?;
    let none: &[&str] = &[];
    if let Some(at) = times.succeeded_at {
        telemetry.families.drill_last_success.with_label_values(none).set(seconds(Micros(at)));
    }
    if let Some(at) = times.created_at {
        telemetry.families.db_created.with_label_values(none).set(seconds(Micros(at)));
    }
    Ok(())
}
