//! The log of what was done to pages: rows are added, in the transaction of the operation, and never changed.

use serde_json::{Value, json};

use super::page::Page;
use super::{Actor, notice, tree};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Tx};
use crate::telemetry::label::PageEvent;
use crate::telemetry::scope;
use crate::{queries, record};

/// Entries on one page of the log.
pub const PAGE_SIZE: i64 = 50;

/// The page that something was done to, as it was called then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'s> {
    pub page: i64,
    pub title: &'s str,
    pub type_name: &'s str,
    pub revision: Option<i64>,
    /// Whoever is told when somebody else does it.
    pub owner: Option<i64>,
}

impl<'s> From<&'s Page> for Subject<'s> {
    fn from(page: &'s Page) -> Self {
        Self {
            page: page.id,
            title: &page.draft_title,
            type_name: &page.type_name,
            revision: page.latest_revision_id,
            owner: page.owner,
        }
    }
}

record! {
    /// One entry of the log.
    #[derive(Clone, Debug)]
    pub struct Entry {
        pub id: i64, pub at: i64, pub actor: String, pub account_id: Option<i64>, pub channel: String,
        pub event: String, pub page_id: i64, pub title: String, pub type_name: String, pub revision_id: Option<i64>,
        pub detail: String, pub trace_id: String,
    }
}

/// Which entries of a page are listed; what is `None` does not restrict them.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub page: i64,
    pub account: Option<i64>,
    pub event: Option<PageEvent>,
    pub since: Option<Micros>,
    /// Before this time.
    pub until: Option<Micros>,
    /// Entries older than this one, by id.
    pub before: Option<i64>,
}

queries! {
    INSERT = write "page_event.insert"
        "INSERT INTO page_event (at, actor, account_id, channel, event, page_id, title, type, revision_id, detail, trace_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// Of what is live below $1, aliases aside; $9: the page itself, $10 and $11: what is told of it, and of the others.
    INSERT_LIVE_BELOW = write "page_event.insert_live_below"
        "INSERT INTO page_event (at, actor, account_id, channel, event, page_id, title, type, revision_id, detail, trace_id)
         SELECT CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT), CAST($7 AS TEXT), id, draft_title,
                type, latest_revision_id, CASE WHEN id = $9 THEN CAST($10 AS TEXT) ELSE CAST($11 AS TEXT) END,
                CAST($8 AS TEXT)
         FROM page WHERE path >= $1 AND path < $2 AND live AND alias_of IS NULL ORDER BY path DESC";
    OF_PAGE = read "page_event.list_of_page"
        "SELECT id, at, actor, account_id, channel, event, page_id, title, type AS type_name, revision_id, detail, trace_id
         FROM page_event WHERE page_id = $1 AND id < $2 AND ($3 = 0 OR +account_id = $3) AND ($4 = '' OR event || '' = $4)
           AND +at >= $5 AND +at < $6
         ORDER BY id DESC LIMIT $7";
}

/// Adds an entry with the trace of the current request. `detail` is an object, or null. Whoever the page belongs to is
/// told in a while when somebody else did it.
pub(super) async fn append(
    tx: &mut Tx,
    actor: &Actor,
    event: PageEvent,
    subject: Subject<'_>,
    detail: &Value,
) -> Result<(), DbError> {
    let trace = scope::current_trace();
    let call = Exec::from(&mut *tx).query(&INSERT).bind(Micros::now()).bind(&actor.name).bind(actor.account);
    let call = call.bind(actor.channel.as_str()).bind(event.as_str()).bind(subject.page).bind(subject.title);
    let detail = if detail.is_null() { String::new() } else { detail.to_string() };
    let trace_id = trace.as_ref().map_or("", |trace| trace.trace_id());
    let call = call.bind(subject.type_name).bind(subject.revision).bind(detail).bind(trace_id);
    call.execute().await?;
    notice::want(tx, actor, event, subject.owner).await
}

/// Adds an entry for each page of a subtree that is live and no alias, that of the page at its top the last; it says how
/// many there are, the others with which page it happened to them.
pub(super) async fn append_for_live_below(
    tx: &mut Tx,
    actor: &Actor,
    event: PageEvent,
    top: &Page,
    pages: i64,
) -> Result<(), DbError> {
    let trace = scope::current_trace();
    let end = tree::after_subtree(&top.path);
    notice::want(tx, actor, event, top.owner).await?;
    let call = Exec::from(tx).query(&INSERT_LIVE_BELOW).bind(&top.path).bind(end).bind(Micros::now());
    let call = call.bind(&actor.name).bind(actor.account).bind(actor.channel.as_str()).bind(event.as_str());
    let call = call.bind(trace.as_ref().map_or("", |trace| trace.trace_id())).bind(top.id);
    let told = [json!({ "pages": pages }), json!({ "with": top.id })];
    call.bind(told[0].to_string()).bind(told[1].to_string()).execute().await.map(|_| ())
}

/// Entries, the newest first, at most [`PAGE_SIZE`] and one more, which tells that there are more.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, asked: &Asked) -> Result<Vec<Entry>, DbError> {
    let call = db.query(&OF_PAGE).bind(asked.page).bind(asked.before.unwrap_or(i64::MAX));
    let call = call.bind(asked.account.unwrap_or(0)).bind(asked.event.map_or("", PageEvent::as_str));
    let call = call.bind(asked.since.map_or(i64::MIN, |at| at.0)).bind(asked.until.map_or(i64::MAX, |at| at.0));
    call.bind(PAGE_SIZE + 1).list().await
}
