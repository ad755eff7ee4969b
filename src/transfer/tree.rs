//! Rows that have a place in a tree: whether it is free, and making room for those that change places with one another.

use std::collections::HashSet;

use super::parts::{BATCH, PAGES, Part};
use super::reader::Spot;
use crate::content::arrival;
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record};

record! { struct Placed { id: i64, path: String, label: String, latest: i64 } }

queries! {
    PAGES_PLACED = write "transfer.list_places_of_pages"
        ("SELECT id, path, slug AS label, COALESCE(latest_revision_id, 0) AS latest FROM page WHERE id " [any "$1"]);
    COLLECTIONS_PLACED = write "transfer.list_places_of_collections"
        ("SELECT id, path, name AS label, CAST(0 AS BIGINT) AS latest FROM collection WHERE id " [any "$1"]);
    LIFT_PAGES = write "transfer.lift_pages"
        ("UPDATE page SET path = '!' || CAST(id AS TEXT), slug = '!' || CAST(id AS TEXT) WHERE id " [any "$1"]);
    LIFT_COLLECTIONS = write "transfer.lift_collections"
        ("UPDATE collection SET path = '!' || CAST(id AS TEXT), name = '!' || CAST(id AS TEXT) WHERE id " [any "$1"]);
    LIFTED = write "transfer.count_lifted"
        "SELECT (SELECT COUNT(*) FROM page WHERE SUBSTR(path, 1, 1) = '!')
              + (SELECT COUNT(*) FROM collection WHERE SUBSTR(path, 1, 1) = '!')";
}

/// Lifts what has another place here, within a transaction that puts all of it down again: two that change places would
/// meet.
pub(super) async fn lift(tx: &mut Tx, part: &Part, spots: &[Spot]) -> Result<(), DbError> {
    let (placed, lift) =
        if part.name == PAGES { (&PAGES_PLACED, &LIFT_PAGES) } else { (&COLLECTIONS_PLACED, &LIFT_COLLECTIONS) };
    for batch in spots.chunks(BATCH) {
        let ids: Vec<i64> = batch.iter().map(|spot| spot.id).collect();
        let here: Vec<Placed> = Exec::from(&mut *tx).query(placed).bind(ids).list().await?;
        let moves = |known: &Placed| {
            let is_other = |spot: &Spot| spot.path != known.path || spot.label != known.label;
            // One that was edited here stays as it is.
            batch.iter().any(|spot| spot.id == known.id && is_other(spot) && known.latest <= spot.latest)
        };
        let moving: Vec<i64> = here.iter().filter(|known| moves(known)).map(|known| known.id).collect();
        if !moving.is_empty() {
            Exec::from(&mut *tx).query(lift).bind(moving).execute().await?;
        }
    }
    Ok(())
}

/// How many were lifted, and not put down again.
pub(super) async fn count_lifted(tx: &mut Tx) -> Result<i64, DbError> {
    Exec::from(tx).query(&LIFTED).one().await
}

/// Pages of this site that stand where pages of an export go, and are not among them.
pub(super) async fn residents(db: &Db, spots: &[Spot], most: usize) -> Result<Vec<String>, DbError> {
    let ids: HashSet<i64> = spots.iter().map(|spot| spot.id).collect();
    let mut found = Vec::new();
    for batch in spots.chunks(BATCH) {
        let paths: Vec<String> = batch.iter().map(|spot| spot.path.clone()).collect();
        let here = arrival::residents(db, &[], &paths).await?;
        let strangers = here.iter().filter(|page| !ids.contains(&page.id));
        found.extend(strangers.map(|page| {
            let wanted = batch.iter().find(|spot| spot.path == page.path).map_or(0, |spot| spot.id);
            format!("page {}, {:?}, stands in the tree where page {wanted} goes", page.id, page.title)
        }));
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}
