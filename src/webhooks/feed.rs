//! The feed of changes: events in the order of their commits, from where a reader left off.

use std::fmt::{self, Display, Formatter};

use super::event::Event;
use crate::db::{Db, DbError};
use crate::{queries, sql_parts};

/// Events of one reading.
pub const MAX_EVENTS: i64 = 200;

/// Where a reader is: behind this event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub tx: i64,
    pub id: i64,
}

impl Cursor {
    pub fn of(event: &Event) -> Self {
        Self { tx: event.tx, id: event.id }
    }

    /// As it was told.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0);
        let (tx, id) = text.split_once('-')?;
        Some(Self { tx: number(tx)?, id: number(id)? })
    }
}

impl Display for Cursor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.tx, self.id)
    }
}

sql_parts! {
    /// Where it is now: paths are given to others when what had them moves or goes, so the one that an event was written
    /// with says nothing of who may know of it later. In the trash, where the first eight letters of a path are those of
    /// what was put there, it is below what it was below; what is gone has none.
    place_now = "CASE event.kind
            WHEN 'page' THEN
                (SELECT CASE WHEN p.trashed
                             THEN (SELECT up.path || '0000' FROM page top JOIN trash t ON t.page_id = top.id
                                   JOIN page up ON up.id = t.parent_id WHERE top.path = SUBSTR(p.path, 1, 8))
                             ELSE p.path END
                 FROM page p WHERE p.id = event.object_id)
            WHEN 'form' THEN
                (SELECT p.path FROM form_submission s JOIN page p ON p.id = s.page_id WHERE s.id = event.object_id)
            WHEN 'image' THEN
                (SELECT c.path FROM image f JOIN collection c ON c.id = f.collection_id WHERE f.id = event.object_id)
            WHEN 'document' THEN
                (SELECT c.path FROM document f JOIN collection c ON c.id = f.collection_id WHERE f.id = event.object_id)
            END";
    columns = ("id, tx, at, kind, action, object_id, title, type AS type_name, revision_id,
                COALESCE(" place_now ", '') AS place, actor, channel, detail");
    /// Nothing of a transaction that is seen before an earlier one: that one's events would be passed over.
    settled = "tx < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)" sqlite "TRUE";
}

queries! {
    /// From the event that a reader has told last.
    FROM = read "event.list_from" ("SELECT " columns " FROM event WHERE (tx, id) >= ($1, $2) AND " settled "
         ORDER BY tx, id LIMIT $3");
    NEWEST = read "event.newest" ("SELECT " columns " FROM event WHERE " settled " ORDER BY tx DESC, id DESC LIMIT 1");
}

/// Events behind a cursor, the oldest first, at most `limit`; `None` when the event of the cursor is forgotten, and others
/// with it perhaps.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_after(db: &Db, cursor: Cursor, limit: i64) -> Result<Option<Vec<Event>>, DbError> {
    let is_start = cursor == Cursor::default();
    let limit = limit.min(MAX_EVENTS) + i64::from(!is_start);
    let mut events: Vec<Event> = db.query(&FROM).bind(cursor.tx).bind(cursor.id).bind(limit).list().await?;
    if is_start {
        return Ok(Some(events));
    }
    match events.first() {
        Some(told) if Cursor::of(told) == cursor => Ok(Some(events.split_off(1))),
        _ => Ok(None),
    }
}

/// Where somebody begins who wants to know what happens from now on.
///
/// # Errors
/// When the database is out of reach.
pub async fn newest(db: &Db) -> Result<Cursor, DbError> {
    let newest: Option<Event> = db.query(&NEWEST).optional().await?;
    Ok(newest.as_ref().map_or_else(Cursor::default, Cursor::of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_told() {
        let cursor = Cursor { tx: 7, id: 12 };
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        assert!(Cursor { tx: 6, id: 90 } < cursor && cursor < Cursor { tx: 7, id: 13 });
        for wrong in ["", "7", "7-", "-12", "7-12-1", "a-1", "7--12", "99999999999999999999-1"] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
