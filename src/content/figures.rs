//! The figures of pages by the hour, from all nodes: what editors see of their pages.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, TxName};
use crate::telemetry::figures::{Figures, Kept, PageFigures};
use crate::{queries, record};

/// Days that are kept: a week can be compared with the one before.
const KEEP: Duration = Duration::from_secs(15 * 24 * 3600);
/// Rows written in one transaction.
const BATCH: usize = 500;
/// Rows of one page that are read: a week of hours, from so many processes.
const MAX_ROWS: i64 = 168 * 20;
const HOUR_US: i64 = 3_600_000_000;

record! { struct Row { hour: i64, figures: String } }

queries! {
    KEEP_ROW = write "page_figures.keep"
        "INSERT INTO page_figures (page_id, hour, node, figures) VALUES ($1, $2, $3, $4)
         ON CONFLICT (page_id, hour, node) DO UPDATE SET figures = excluded.figures";
    LOAD = read "page_figures.list"
        "SELECT hour, figures FROM page_figures WHERE page_id = $1 AND hour > $2 ORDER BY hour DESC LIMIT $3";
    PRUNE = write "page_figures.prune" "DELETE FROM page_figures WHERE hour < $1";
}

/// Keeps what this process counted since the last time. `node`: a name that no other process has.
///
/// # Errors
/// When the database is out of reach; the next call keeps these, too.
pub async fn keep_counted(db: &Arc<Db>, node: &str, pages: &PageFigures) -> Result<(), DbError> {
    let changed = pages.take(Micros::now());
    let kept = keep(db, node, &changed).await;
    if kept.is_err() {
        pages.put_back(changed);
    }
    kept
}

/// Keeps the figures of pages in an hour, in the place of those of before.
///
/// # Errors
/// When the database is out of reach; some of them may be kept then.
pub async fn keep(db: &Arc<Db>, node: &str, changed: &[Kept]) -> Result<(), DbError> {
    for part in changed.chunks(BATCH) {
        let mut tx = db.begin(TxName("page_figures.keep")).await?;
        for kept in part {
            let figures = serde_json::to_string(&kept.figures).map_err(|error| DbError::Other(error.to_string()))?;
            let call = Exec::from(&mut tx).query(&KEEP_ROW).bind(kept.page).bind(kept.hour).bind(node);
            call.bind(figures).execute().await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The figures of a page for the last 24 hours and for the last seven days, the hour that goes on included.
///
/// # Errors
/// When the database is out of reach.
pub async fn load(db: &Db, page: i64, now: Micros) -> Result<(Figures, Figures), DbError> {
    let hour = now.0.div_euclid(HOUR_US);
    let rows: Vec<Row> = db.query(&LOAD).bind(page).bind(hour - 168).bind(MAX_ROWS).list().await?;
    let (mut day, mut week) = (Figures::default(), Figures::default());
    for row in rows {
        // What an older version wrote in another form is left out.
        let Ok(figures) = serde_json::from_str::<Figures>(&row.figures) else { continue };
        week.add(&figures);
        if row.hour > hour - 24 {
            day.add(&figures);
        }
    }
    Ok((day, week))
}

/// Deletes what is too old.
///
/// # Errors
/// When the database is out of reach.
pub async fn prune(db: &Db) -> Result<u64, DbError> {
    let oldest = (Micros::now().0 - KEEP.as_micros() as i64).div_euclid(HOUR_US);
    db.query(&PRUNE).bind(oldest).execute().await
}
