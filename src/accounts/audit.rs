//! The security log: rows are added and never changed. No password and no token comes near it.

use std::time::Duration;

use super::{Accounts, earlier};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec};
use crate::telemetry::label::AuditEvent;
use crate::telemetry::scope;
use crate::{queries, record};

/// Entries that are listed at once.
const MAX_LISTED: i64 = 1_000;
/// Entries that are deleted at once, and how often in one run; the next run goes on.
const PRUNE_PART: i64 = 1_000;
const PRUNE_ROUNDS: usize = 100;
/// Entries on one page of the log.
pub const PAGE_SIZE: i64 = 50;

/// Who does something, and from where.
#[derive(Clone, Debug, Default)]
pub struct By {
    /// A user's name, `cli`, or empty for a visitor.
    pub actor: String,
    /// The client's address without its last part; empty for a command.
    pub network: String,
}

impl By {
    pub fn cli() -> Self {
        Self { actor: "cli".into(), network: String::new() }
    }
}

record! {
    /// One entry of the log.
    #[derive(Clone, Debug)]
    pub struct Entry {
        pub id: i64, pub at: i64, pub actor: String, pub event: String, pub subject: String, pub detail: String,
        pub network: String, pub trace_id: String,
    }
}

queries! {
    INSERT = write "security_event.insert"
        "INSERT INTO security_event (at, actor, event, subject, detail, network, trace_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST = read "security_event.list"
        "SELECT id, at, actor, event, subject, detail, network, trace_id FROM security_event ORDER BY id DESC LIMIT $1";
    BEFORE = read "security_event.list_before"
        "SELECT id, at, actor, event, subject, detail, network, trace_id FROM security_event
         WHERE id < $1 ORDER BY id DESC LIMIT $2";
    /// In parts, so that no transaction is long. The database refuses to delete what is younger than 30 days.
    PRUNE = write "security_event.prune"
        "DELETE FROM security_event WHERE id IN (SELECT id FROM security_event WHERE at < $1 ORDER BY at LIMIT $2)";
    OF_EVENT = read "security_event.list_of_event"
        "SELECT id, at, actor, event, subject, detail, network, trace_id FROM security_event
         WHERE event = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    /// What somebody did, and what was done to them: each half ends where the page does.
    OF_NAME = read "security_event.list_of_name"
        "SELECT id, at, actor, event, subject, detail, network, trace_id FROM security_event WHERE id IN (
             SELECT id FROM (SELECT id FROM security_event WHERE subject = $1 AND id < $2 AND ($4 = '' OR event = $4)
                             ORDER BY id DESC LIMIT $3) AS passive
             UNION
             SELECT id FROM (SELECT id FROM security_event WHERE actor = $1 AND id < $2 AND ($4 = '' OR event = $4)
                             ORDER BY id DESC LIMIT $3) AS active)
         ORDER BY id DESC LIMIT $3";
}

/// Which entries are listed; what is empty does not restrict them.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Of this name: what it did, and what was done to it.
    pub name: String,
    pub event: Option<AuditEvent>,
    /// Entries older than this one, by id.
    pub before: Option<i64>,
}

impl Accounts {
    /// Entries, the newest first: at most [`PAGE_SIZE`] and one more, which tells that there are more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_events(&self, asked: &Asked) -> Result<Vec<Entry>, DbError> {
        let db: &Db = &self.db;
        let (before, limit) = (asked.before.unwrap_or(i64::MAX), PAGE_SIZE + 1);
        let event = asked.event.map_or("", AuditEvent::as_str);
        match (asked.name.as_str(), event) {
            ("", "") => db.query(&BEFORE).bind(before).bind(limit).list().await,
            ("", event) => db.query(&OF_EVENT).bind(event).bind(before).bind(limit).list().await,
            (name, event) => db.query(&OF_NAME).bind(name).bind(before).bind(limit).bind(event).list().await,
        }
    }

    /// Deletes entries that are older than they are kept; how many.
    ///
    /// # Errors
    /// When the database is out of reach; what was deleted until then stays deleted.
    pub async fn prune_log(&self) -> Result<u64, DbError> {
        let days = u64::from(self.settings.log_days);
        let mut deleted = 0;
        if days == 0 {
            return Ok(deleted);
        }
        let until = earlier(Micros::now(), Duration::from_secs(days * 24 * 3600));
        let db: &Db = &self.db;
        for _ in 0..PRUNE_ROUNDS {
            let part = db.query(&PRUNE).bind(until).bind(PRUNE_PART).execute().await?;
            deleted += part;
            if part < PRUNE_PART as u64 {
                break;
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, days, "deleted old entries of the security log");
        }
        Ok(deleted)
    }

    /// Adds an entry, with the trace of the current request, in the caller's transaction where there is one.
    pub(super) async fn log(
        &self,
        on: impl Into<Exec<'_>>,
        event: AuditEvent,
        by: &By,
        subject: &str,
        detail: &str,
    ) -> Result<(), DbError> {
        let trace = scope::current_trace();
        let call = on.into().query(&INSERT).bind(Micros::now()).bind(&by.actor).bind(event.as_str()).bind(subject);
        let trace_id = trace.as_ref().map_or("", |trace| trace.trace_id());
        call.bind(detail).bind(&by.network).bind(trace_id).execute().await?;
        self.telemetry.families.audit_events.with_label_values(&[event.as_str()]).inc();
        Ok(())
    }

    /// The latest entries first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_log(&self) -> Result<Vec<Entry>, DbError> {
        let db: &Db = &self.db;
        db.query(&LIST).bind(MAX_LISTED).list().await
    }
}
