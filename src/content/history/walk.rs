//! The statements of the history: numbers of entries by an index, then the entries with what has become of their objects.

use super::{Asked, Entry, Kind, Log};
use crate::clock::Micros;
use crate::content::explore;
use crate::db::{Call, Db, DbError};
use crate::queries;
use crate::telemetry::label::ObjectKind;

// Of each walk: $1 and $2 the ids from and before which, $3 and $4 the times; then what its index does not tell.
// `+at`: the ids are the order, and the index of times has no part in it. `|| ''`: nor has the index of that column.
queries! {
    /// $9 and $10: channel and event, or empty.
    PAGES = read "page_event.walk"
        "SELECT id FROM page_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5)
           AND ($6 = '' OR EXISTS (SELECT 1 FROM page p WHERE p.id = page_event.page_id AND p.path >= $6 AND p.path < $7))
           AND ($9 = '' OR channel || '' = $9) AND ($10 = '' OR event || '' = $10)
         ORDER BY id DESC LIMIT $8";
    PAGES_OF_EVENT = read "page_event.walk_event"
        "SELECT id FROM page_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5)
           AND ($6 = '' OR EXISTS (SELECT 1 FROM page p WHERE p.id = page_event.page_id AND p.path >= $6 AND p.path < $7))
           AND ($9 = '' OR channel || '' = $9) AND event = $10
         ORDER BY id DESC LIMIT $8";
    PAGES_OF_CHANNEL = read "page_event.walk_channel"
        "SELECT id FROM page_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5)
           AND ($6 = '' OR EXISTS (SELECT 1 FROM page p WHERE p.id = page_event.page_id AND p.path >= $6 AND p.path < $7))
           AND channel = $9 AND ($10 = '' OR event || '' = $10)
         ORDER BY id DESC LIMIT $8";
    PAGES_OF_ACCOUNT = read "page_event.walk_account"
        "SELECT id FROM page_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5)
           AND ($6 = '' OR EXISTS (SELECT 1 FROM page p WHERE p.id = page_event.page_id AND p.path >= $6 AND p.path < $7))
           AND ($9 = '' OR channel || '' = $9) AND ($10 = '' OR event || '' = $10) AND account_id = $11
         ORDER BY id DESC LIMIT $8";
    PAGES_OF_BOTH = read "page_event.walk_account_event"
        "SELECT id FROM page_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5)
           AND ($6 = '' OR EXISTS (SELECT 1 FROM page p WHERE p.id = page_event.page_id AND p.path >= $6 AND p.path < $7))
           AND ($9 = '' OR channel || '' = $9) AND event = $10 AND account_id = $11
         ORDER BY id DESC LIMIT $8";
    /// $6: the kinds that may be read, with commas around each; empty: all. $7, $8 and $10: event, kind, channel, or empty.
    OBJECTS = read "object_event.walk"
        "SELECT id FROM object_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($6 = '' OR $6 LIKE '%,' || kind || ',%')
           AND ($7 = '' OR event || '' = $7) AND ($8 = '' OR kind || '' = $8)
           AND ($10 = '' OR channel || '' = $10)
         ORDER BY id DESC LIMIT $9";
    OBJECTS_OF_EVENT = read "object_event.walk_event"
        "SELECT id FROM object_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($6 = '' OR $6 LIKE '%,' || kind || ',%')
           AND event = $7 AND ($8 = '' OR kind || '' = $8)
           AND ($10 = '' OR channel || '' = $10)
         ORDER BY id DESC LIMIT $9";
    OBJECTS_OF_KIND = read "object_event.walk_kind"
        "SELECT id FROM object_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($6 = '' OR $6 LIKE '%,' || kind || ',%')
           AND ($7 = '' OR event || '' = $7) AND kind = $8
           AND ($10 = '' OR channel || '' = $10)
         ORDER BY id DESC LIMIT $9";
    OBJECTS_OF_CHANNEL = read "object_event.walk_channel"
        "SELECT id FROM object_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($6 = '' OR $6 LIKE '%,' || kind || ',%')
           AND ($7 = '' OR event || '' = $7) AND ($8 = '' OR kind || '' = $8)
           AND channel = $10
         ORDER BY id DESC LIMIT $9";
    OBJECTS_OF_ACCOUNT = read "object_event.walk_account"
        "SELECT id FROM object_event WHERE id >= $1 AND id < $2 AND +at >= $3 AND +at < $4
           AND ($5 = '' OR LOWER(title) LIKE $5) AND ($6 = '' OR $6 LIKE '%,' || kind || ',%')
           AND ($7 = '' OR event || '' = $7) AND ($8 = '' OR kind || '' = $8)
           AND ($10 = '' OR channel || '' = $10) AND account_id = $11
         ORDER BY id DESC LIMIT $9";
    /// Of the security log what changed users and groups: the names of events of groups and grants begin with `gr`, and no
    /// others. $6: who did it, by user name, $7: which event, $8: `user` or `group`, $9: the channel; or empty. SQLite is
    /// told of the index: that the log is mostly about signing in, it does not know.
    CHANGES = read "security_event.walk"
        "SELECT id FROM security_event
         WHERE event IN ('user_created', 'user_changed', 'user_deactivated', 'user_activated', 'group_created',
                         'group_renamed', 'group_deleted', 'member_added', 'member_removed', 'granted', 'grant_revoked')
           AND id >= $1 AND id < $2 AND +at >= $3 AND +at < $4 AND ($5 = '' OR LOWER(subject) LIKE $5)
           AND ($6 = '' OR actor || '' = $6) AND ($7 = '' OR event || '' = $7)
           AND ($8 = '' OR $8 = CASE WHEN event || '' LIKE 'gr%' THEN 'group' ELSE 'user' END)
           AND ($9 = '' OR $9 = CASE WHEN actor || '' = 'cli' THEN 'cli' ELSE 'admin' END)
         ORDER BY id DESC LIMIT $10"
        sqlite
        "SELECT id FROM security_event INDEXED BY security_event_change
         WHERE event IN ('user_created', 'user_changed', 'user_deactivated', 'user_activated', 'group_created',
                         'group_renamed', 'group_deleted', 'member_added', 'member_removed', 'granted', 'grant_revoked')
           AND id >= $1 AND id < $2 AND +at >= $3 AND +at < $4 AND ($5 = '' OR LOWER(subject) LIKE $5)
           AND ($6 = '' OR actor || '' = $6) AND ($7 = '' OR event || '' = $7)
           AND ($8 = '' OR $8 = CASE WHEN event || '' LIKE 'gr%' THEN 'group' ELSE 'user' END)
           AND ($9 = '' OR $9 = CASE WHEN actor || '' = 'cli' THEN 'cli' ELSE 'admin' END)
         ORDER BY id DESC LIMIT $10";
    CHANGES_SINCE = read "security_event.first_since"
        "SELECT id FROM security_event WHERE at >= $1 ORDER BY at, id LIMIT 1";
    NEWEST_OF_CHANGES = read "security_event.newest" "SELECT COALESCE(MAX(id), 0) FROM security_event";
    /// Users are found by their names, which are compared by more than the database can.
    LOAD_CHANGES = read "security_event.load"
        "SELECT e.id, e.at, e.actor, CAST(NULL AS BIGINT) AS account_id,
                CASE WHEN e.actor = 'cli' THEN 'cli' ELSE 'admin' END AS channel, e.event,
                CASE WHEN e.event LIKE 'gr%' THEN 'group' ELSE 'user' END AS kind,
                CAST(COALESCE(g.id, 0) AS BIGINT) AS object_id, e.subject AS title, e.detail AS type_name,
                CAST(NULL AS BIGINT) AS revision_id, e.trace_id, '' AS path,
                CAST(CASE WHEN e.event LIKE 'gr%' AND g.id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_there,
                CAST(NULL AS BIGINT) AS kept, CAST(NULL AS BIGINT) AS earlier
         FROM security_event e LEFT JOIN account_group g ON g.name = e.subject AND e.event LIKE 'gr%'
         WHERE e.id = ANY($1) ORDER BY e.id DESC LIMIT $2"
        sqlite
        "SELECT e.id, e.at, e.actor, CAST(NULL AS BIGINT) AS account_id,
                CASE WHEN e.actor = 'cli' THEN 'cli' ELSE 'admin' END AS channel, e.event,
                CASE WHEN e.event LIKE 'gr%' THEN 'group' ELSE 'user' END AS kind,
                CAST(COALESCE(g.id, 0) AS BIGINT) AS object_id, e.subject AS title, e.detail AS type_name,
                CAST(NULL AS BIGINT) AS revision_id, e.trace_id, '' AS path,
                CAST(CASE WHEN e.event LIKE 'gr%' AND g.id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_there,
                CAST(NULL AS BIGINT) AS kept, CAST(NULL AS BIGINT) AS earlier
         FROM security_event e LEFT JOIN account_group g ON g.name = e.subject AND e.event LIKE 'gr%'
         WHERE e.id IN (SELECT value FROM json_each($1)) ORDER BY e.id DESC LIMIT $2";
    PAGES_SINCE = read "page_event.first_since" "SELECT id FROM page_event WHERE at >= $1 ORDER BY at, id LIMIT 1";
    OBJECTS_SINCE = read "object_event.first_since" "SELECT id FROM object_event WHERE at >= $1 ORDER BY at, id LIMIT 1";
    NEWEST_OF_PAGES = read "page_event.newest" "SELECT COALESCE(MAX(id), 0) FROM page_event";
    NEWEST_OF_OBJECTS = read "object_event.newest" "SELECT COALESCE(MAX(id), 0) FROM object_event";
    LOAD_PAGES = read "page_event.load"
        "SELECT e.id, e.at, e.actor, e.account_id, e.channel, e.event, 'page' AS kind, e.page_id AS object_id, e.title,
                e.type AS type_name, e.revision_id, e.trace_id, COALESCE(p.path, '') AS path,
                CAST(CASE WHEN p.id IS NULL OR p.trashed THEN 0 ELSE 1 END AS BIGINT) AS is_there,
                (SELECT r.id FROM revision r WHERE r.id = e.revision_id AND r.page_id = e.page_id) AS kept,
                (SELECT r.id FROM revision r WHERE r.page_id = e.page_id AND r.id < e.revision_id
                 ORDER BY r.id DESC LIMIT 1) AS earlier
         FROM page_event e LEFT JOIN page p ON p.id = e.page_id WHERE e.id = ANY($1) ORDER BY e.id DESC LIMIT $2"
        sqlite
        "SELECT e.id, e.at, e.actor, e.account_id, e.channel, e.event, 'page' AS kind, e.page_id AS object_id, e.title,
                e.type AS type_name, e.revision_id, e.trace_id, COALESCE(p.path, '') AS path,
                CAST(CASE WHEN p.id IS NULL OR p.trashed THEN 0 ELSE 1 END AS BIGINT) AS is_there,
                (SELECT r.id FROM revision r WHERE r.id = e.revision_id AND r.page_id = e.page_id) AS kept,
                (SELECT r.id FROM revision r WHERE r.page_id = e.page_id AND r.id < e.revision_id
                 ORDER BY r.id DESC LIMIT 1) AS earlier
         FROM page_event e LEFT JOIN page p ON p.id = e.page_id WHERE e.id IN (SELECT value FROM json_each($1))
         ORDER BY e.id DESC LIMIT $2";
    /// Settings, languages and jobs have a list to go to, also when they are gone.
    LOAD_OBJECTS = read "object_event.load"
        "SELECT e.id, e.at, e.actor, e.account_id, e.channel, e.event, e.kind, e.object_id, e.title,
                e.type AS type_name, e.revision_id, e.trace_id,
                COALESCE(CASE e.kind
                    WHEN 'image' THEN (SELECT c.path FROM image f JOIN collection c ON c.id = f.collection_id WHERE f.id = e.object_id)
                    WHEN 'document' THEN (SELECT c.path FROM document f JOIN collection c ON c.id = f.collection_id WHERE f.id = e.object_id)
                    WHEN 'collection' THEN (SELECT c.path FROM collection c WHERE c.id = e.object_id) END, '') AS path,
                CAST(CASE e.kind WHEN 'image' THEN (SELECT COUNT(*) FROM image f WHERE f.id = e.object_id)
                    WHEN 'document' THEN (SELECT COUNT(*) FROM document f WHERE f.id = e.object_id)
                    WHEN 'collection' THEN (SELECT COUNT(*) FROM collection c WHERE c.id = e.object_id)
                    WHEN 'snippet' THEN (SELECT COUNT(*) FROM snippet s WHERE s.id = e.object_id)
                    WHEN 'tag' THEN (SELECT COUNT(*) FROM tag t WHERE t.id = e.object_id)
                    WHEN 'redirect' THEN (SELECT COUNT(*) FROM redirect r WHERE r.id = e.object_id)
                    WHEN 'site' THEN (SELECT COUNT(*) FROM site s WHERE s.id = e.object_id)
                    WHEN 'record' THEN (SELECT COUNT(*) FROM record w WHERE w.id = e.object_id)
                    WHEN 'webhook' THEN (SELECT COUNT(*) FROM webhook w WHERE w.id = e.object_id) ELSE 1 END AS BIGINT) AS is_there,
                CAST(NULL AS BIGINT) AS kept, CAST(NULL AS BIGINT) AS earlier
         FROM object_event e WHERE e.id = ANY($1) ORDER BY e.id DESC LIMIT $2"
        sqlite
        "SELECT e.id, e.at, e.actor, e.account_id, e.channel, e.event, e.kind, e.object_id, e.title,
                e.type AS type_name, e.revision_id, e.trace_id,
                COALESCE(CASE e.kind
                    WHEN 'image' THEN (SELECT c.path FROM image f JOIN collection c ON c.id = f.collection_id WHERE f.id = e.object_id)
                    WHEN 'document' THEN (SELECT c.path FROM document f JOIN collection c ON c.id = f.collection_id WHERE f.id = e.object_id)
                    WHEN 'collection' THEN (SELECT c.path FROM collection c WHERE c.id = e.object_id) END, '') AS path,
                CAST(CASE e.kind WHEN 'image' THEN (SELECT COUNT(*) FROM image f WHERE f.id = e.object_id)
                    WHEN 'document' THEN (SELECT COUNT(*) FROM document f WHERE f.id = e.object_id)
                    WHEN 'collection' THEN (SELECT COUNT(*) FROM collection c WHERE c.id = e.object_id)
                    WHEN 'snippet' THEN (SELECT COUNT(*) FROM snippet s WHERE s.id = e.object_id)
                    WHEN 'tag' THEN (SELECT COUNT(*) FROM tag t WHERE t.id = e.object_id)
                    WHEN 'redirect' THEN (SELECT COUNT(*) FROM redirect r WHERE r.id = e.object_id)
                    WHEN 'site' THEN (SELECT COUNT(*) FROM site s WHERE s.id = e.object_id)
                    WHEN 'record' THEN (SELECT COUNT(*) FROM record w WHERE w.id = e.object_id)
                    WHEN 'webhook' THEN (SELECT COUNT(*) FROM webhook w WHERE w.id = e.object_id) ELSE 1 END AS BIGINT) AS is_there,
                CAST(NULL AS BIGINT) AS kept, CAST(NULL AS BIGINT) AS earlier
         FROM object_event e WHERE e.id IN (SELECT value FROM json_each($1)) ORDER BY e.id DESC LIMIT $2";
}

/// Words in their order, anywhere in a title.
fn pattern(words: &str) -> String {
    // Neither sign of LIKE is a word; as blanks they match between words.
    let words = words.to_lowercase().replace(['%', '_', '\\'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    if words.is_empty() { String::new() } else { format!("%{}%", words.join("%")) }
}

/// What every walk begins with.
fn begun<'d>(call: Call<'d>, asked: &Asked, (from, before): (i64, i64)) -> Call<'d> {
    let since = asked.since.map_or(i64::MIN, |at| at.0);
    let until = asked.until.map_or(i64::MAX, |at| at.0);
    call.bind(from).bind(before).bind(since).bind(until).bind(pattern(&asked.words))
}

/// The numbers of entries from and before these ids, the newest first.
pub(super) async fn list(db: &Db, log: Log, asked: &Asked, range: (i64, i64), limit: i64) -> Result<Vec<i64>, DbError> {
    match log {
        Log::Pages => list_pages(db, asked, range, limit).await,
        Log::Objects => list_objects(db, asked, range, limit).await,
        Log::Accounts => list_changes(db, asked, range, limit).await,
    }
}

async fn list_pages(db: &Db, asked: &Asked, range: (i64, i64), limit: i64) -> Result<Vec<i64>, DbError> {
    let (start, end) = match &asked.sight.root {
        Some(root) => explore::bounds(root),
        None => Default::default(),
    };
    let (channel, event) = (asked.channel_name(), asked.event.unwrap_or_default());
    let query = match (asked.person.as_ref(), event, channel) {
        (Some(_), "", _) => &PAGES_OF_ACCOUNT,
        (Some(_), ..) => &PAGES_OF_BOTH,
        (None, _, "") if !event.is_empty() => &PAGES_OF_EVENT,
        (None, _, "") => &PAGES,
        (None, ..) => &PAGES_OF_CHANNEL,
    };
    let call = begun(db.query(query), asked, range).bind(start).bind(end).bind(limit).bind(channel).bind(event);
    match &asked.person {
        Some(person) => call.bind(person.id).list().await,
        None => call.list().await,
    }
}

async fn list_objects(db: &Db, asked: &Asked, range: (i64, i64), limit: i64) -> Result<Vec<i64>, DbError> {
    let query = match (asked.person.as_ref(), asked.channel, asked.kind, asked.event) {
        (Some(_), ..) => &OBJECTS_OF_ACCOUNT,
        (None, Some(_), ..) => &OBJECTS_OF_CHANNEL,
        (None, None, Some(_), _) => &OBJECTS_OF_KIND,
        (None, None, None, Some(_)) => &OBJECTS_OF_EVENT,
        (None, None, None, None) => &OBJECTS,
    };
    let kinds = match asked.sight.kinds.len() < ObjectKind::ALL.len() {
        true => asked.sight.kinds.iter().fold(",".to_owned(), |all, kind| format!("{all}{},", kind.as_str())),
        false => String::new(),
    };
    let call = begun(db.query(query), asked, range).bind(kinds).bind(asked.event.unwrap_or_default());
    let call = call.bind(asked.kind.map_or("", Kind::as_str)).bind(limit).bind(asked.channel_name());
    match &asked.person {
        Some(person) => call.bind(person.id).list().await,
        None => call.list().await,
    }
}

async fn list_changes(db: &Db, asked: &Asked, range: (i64, i64), limit: i64) -> Result<Vec<i64>, DbError> {
    let actor = asked.person.as_ref().map_or("", |person| &person.username);
    let call = begun(db.query(&CHANGES), asked, range).bind(actor).bind(asked.event.unwrap_or_default());
    call.bind(asked.kind.map_or("", Kind::as_str)).bind(asked.channel_name()).bind(limit).list().await
}

/// The entries with these numbers, the newest first.
pub(super) async fn load(db: &Db, log: Log, ids: Vec<i64>) -> Result<Vec<Entry>, DbError> {
    let query = match log {
        Log::Pages => &LOAD_PAGES,
        Log::Objects => &LOAD_OBJECTS,
        Log::Accounts => &LOAD_CHANGES,
    };
    let limit = ids.len() as i64;
    db.query(query).bind(ids).bind(limit).list().await
}

/// The first entry at a time or after it.
pub(super) async fn first_since(db: &Db, log: Log, at: Micros) -> Result<Option<i64>, DbError> {
    let query = match log {
        Log::Pages => &PAGES_SINCE,
        Log::Objects => &OBJECTS_SINCE,
        Log::Accounts => &CHANGES_SINCE,
    };
    db.query(query).bind(at).optional().await
}

pub(super) async fn newest(db: &Db, log: Log) -> Result<i64, DbError> {
    let query = match log {
        Log::Pages => &NEWEST_OF_PAGES,
        Log::Objects => &NEWEST_OF_OBJECTS,
        Log::Accounts => &NEWEST_OF_CHANGES,
    };
    db.query(query).one().await
}
