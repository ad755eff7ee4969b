//! The log of what was done to snippets, settings, redirects, tags, sites, languages and collections: rows are added, in the transaction
//! of the operation, and never changed.

use serde_json::Value;

use super::{Actor, EditError};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx};
use crate::telemetry::label::{ObjectEvent, ObjectKind};
use crate::telemetry::scope;
use crate::{queries, record};

/// Entries on one page of the log.
pub const PAGE_SIZE: i64 = 50;

/// What something was done to, as it was called then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'s> {
    pub kind: ObjectKind,
    /// Of settings the site; 0 where several are meant, and of languages.
    pub id: i64,
    pub title: &'s str,
    pub type_name: &'s str,
    pub revision: Option<i64>,
}

record! {
    /// One entry of the log.
    #[derive(Clone, Debug)]
    pub struct Entry {
        pub id: i64, pub at: i64, pub actor: String, pub account_id: Option<i64>, pub channel: String,
        pub event: String, pub title: String, pub type_name: String, pub revision_id: Option<i64>, pub detail: String,
        pub trace_id: String,
    }
}

/// One thing, by its kind and number; of settings also the type.
#[derive(Clone, Copy, Debug)]
pub struct Of<'o> {
    pub kind: ObjectKind,
    pub id: i64,
    /// Empty: whatever type.
    pub type_name: &'o str,
}

queries! {
    INSERT = write "object_event.insert"
        "INSERT INTO object_event (at, actor, account_id, channel, event, kind, object_id, title, type, revision_id,
                                   detail, trace_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    LIST = read "object_event.list"
        "SELECT id, at, actor, account_id, channel, event, title, type AS type_name, revision_id, detail, trace_id
         FROM object_event WHERE kind = $1 AND object_id = $2 AND ($3 = '' OR type = $3) AND id < $4
         ORDER BY id DESC LIMIT $5";
}

/// Adds an entry with the trace of the current request. `detail` is an object, or null.
pub(crate) async fn append(
    tx: &mut Tx,
    actor: &Actor,
    event: ObjectEvent,
    subject: Subject<'_>,
    detail: &Value,
) -> Result<(), DbError> {
    let trace = scope::current_trace();
    let call = Exec::from(tx).query(&INSERT).bind(Micros::now()).bind(&actor.name).bind(actor.account);
    let call = call.bind(actor.channel.as_str()).bind(event.as_str()).bind(subject.kind.as_str()).bind(subject.id);
    let detail = if detail.is_null() { String::new() } else { detail.to_string() };
    let trace_id = trace.as_ref().map_or("", |trace| trace.trace_id());
    let call = call.bind(subject.title).bind(subject.type_name).bind(subject.revision).bind(detail).bind(trace_id);
    call.execute().await.map(|_| ())
}

/// Entries behind the one with the id `before`, the newest first, at most [`PAGE_SIZE`].
///
/// # Errors
/// When the database is out of reach.
pub async fn list(on: impl Into<Exec<'_>>, of: Of<'_>, before: i64) -> Result<Vec<Entry>, DbError> {
    let call = on.into().query(&LIST).bind(of.kind.as_str()).bind(of.id).bind(of.type_name).bind(before);
    call.bind(PAGE_SIZE).list().await
}

/// Who did what was done last.
///
/// # Errors
/// When the database is out of reach.
pub async fn find_last(on: impl Into<Exec<'_>>, of: Of<'_>) -> Result<Option<Entry>, DbError> {
    let call = on.into().query(&LIST).bind(of.kind.as_str()).bind(of.id).bind(of.type_name).bind(i64::MAX);
    call.bind(1_i64).optional().await
}

/// What is told to somebody who edited an older version than the one of `version`.
pub(super) async fn conflict(tx: &mut Tx, of: Of<'_>, version: i64) -> Result<EditError, DbError> {
    let last = find_last(tx, of).await?;
    let by = last.map(|entry| entry.actor).filter(|name| !name.is_empty()).unwrap_or_else(|| "Somebody".to_owned());
    let at = if version > 0 { Micros(version) } else { Micros::now() };
    Ok(EditError::Conflict { revision: version, by, at: at.to_rfc3339() })
}
