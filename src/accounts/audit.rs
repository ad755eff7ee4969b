//! The security log: rows are added and never changed. No password and no token comes near it.

use super::{Accounts, chain};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::telemetry::label::AuditEvent;
use crate::telemetry::scope;
use crate::{queries, record};

/// Entries that are listed at once.
const MAX_LISTED: i64 = 1_000;
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
    LIST = read "security_event.list"
        "SELECT id, at, actor, event, subject, detail, network, trace_id FROM security_event ORDER BY id DESC LIMIT $1";
    BEFORE = read "security_event.list_before"
        "SELECT id, at, actor, event, subject, detail, network, trace_id FROM security_event
         WHERE id < $1 ORDER BY id DESC LIMIT $2";
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

    /// Adds an entry, with the trace of the current request, in the caller's transaction where there is one.
    pub(super) async fn log(
        &self,
        on: impl Into<Exec<'_>>,
        event: AuditEvent,
        by: &By,
        subject: &str,
        detail: &str,
    ) -> Result<(), DbError> {
        match on.into() {
            Exec::Tx(tx) => self.log_all(tx, by, &[(event, subject, detail)]).await,
            Exec::Db(_) => {
                let mut tx = self.db.begin(TxName("security_event.insert")).await?;
                self.log_all(&mut tx, by, &[(event, subject, detail)]).await?;
                tx.commit().await
            }
        }
    }

    /// As [`Accounts::log`], some entries at once: each with its subject and its detail.
    pub(super) async fn log_all(
        &self,
        tx: &mut Tx,
        by: &By,
        events: &[(AuditEvent, &str, &str)],
    ) -> Result<(), DbError> {
        let (trace, at) = (scope::current_trace(), Micros::now().0);
        let entry = |(event, subject, detail): &(AuditEvent, &str, &str)| Entry {
            id: 0,
            at,
            actor: by.actor.clone(),
            event: event.as_str().to_owned(),
            subject: (*subject).to_owned(),
            detail: (*detail).to_owned(),
            network: by.network.clone(),
            trace_id: trace.as_ref().map_or("", |trace| trace.trace_id()).to_owned(),
        };
        chain::append(tx, &events.iter().map(entry).collect::<Vec<Entry>>()).await?;
        for (event, ..) in events {
            self.telemetry.families.audit_events.with_label_values(&[event.as_str()]).inc();
        }
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
