//! The security log: rows are added and never changed. No password and no token comes near it.

use super::Accounts;
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec};
use crate::telemetry::label::AuditEvent;
use crate::telemetry::scope;
use crate::{queries, record};

/// Entries that are listed at once.
const MAX_LISTED: i64 = 1_000;

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
}

impl Accounts {
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
