//! What can go wrong with a database, as facts that callers act on.

use crate::telemetry::label::DbFailure;

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("no connection became free in time")]
    PoolTimeout,
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Of several hosts, after as long as a connection may take: each was asked.
    #[error("{0}")]
    NoHost(String),
    #[error("the statement ran longer than database.statement_timeout_s")]
    Timeout,
    #[error("{0:?} constraint: {1}")]
    Constraint(Constraint, String),
    #[error("the transaction conflicts with another one")]
    Conflict,
    #[error("the database is locked by another writer")]
    Busy,
    #[error("the disk of the database is full")]
    StorageFull,
    #[error("the database is read-only")]
    ReadOnly,
    #[error("column {column}: {source}")]
    Decode { column: &'static str, source: sqlx::Error },
    #[error("expected one row, found none")]
    NoRow,
    #[error("migrations: {0}")]
    Migrate(String),
    #[error("database.url: {0}")]
    Url(String),
    #[error("{0}")]
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    Unique,
    ForeignKey,
    Other,
}

impl DbError {
    pub fn failure(&self) -> DbFailure {
        match self {
            Self::PoolTimeout => DbFailure::PoolTimeout,
            Self::Unavailable(_) | Self::NoHost(_) => DbFailure::Connection,
            Self::Timeout => DbFailure::Timeout,
            Self::Constraint(..) => DbFailure::Constraint,
            Self::Conflict => DbFailure::Serialization,
            Self::Busy => DbFailure::Busy,
            Self::StorageFull => DbFailure::StorageFull,
            Self::ReadOnly => DbFailure::ReadOnly,
            Self::Decode { .. } => DbFailure::Decode,
            Self::NoRow | Self::Migrate(_) | Self::Url(_) | Self::Other(_) => DbFailure::Other,
        }
    }

    /// Whether the database, rather than the statement, is the trouble: stale pages may be served.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::PoolTimeout
                | Self::Unavailable(_)
                | Self::NoHost(_)
                | Self::Timeout
                | Self::Busy
                | Self::StorageFull
                | Self::ReadOnly
        )
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::PoolTimeout,
            sqlx::Error::PoolClosed => Self::Unavailable("the pool is closed".into()),
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Self::StorageFull,
            // Those of the system have nothing within.
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::NotConnected && io.get_ref().is_some() => {
                Self::NoHost(io.to_string())
            }
            sqlx::Error::Io(io) => Self::Unavailable(io.to_string()),
            sqlx::Error::Tls(tls) => Self::Unavailable(tls.to_string()),
            sqlx::Error::Protocol(text) => Self::Unavailable(text),
            sqlx::Error::WorkerCrashed => Self::Unavailable("the connection's thread ended".into()),
            sqlx::Error::RowNotFound => Self::NoRow,
            sqlx::Error::Database(database) => from_database(&*database),
            other => Self::Other(other.to_string()),
        }
    }
}

fn from_database(error: &dyn sqlx::error::DatabaseError) -> DbError {
    use sqlx::error::ErrorKind;
    let text = error.message().to_owned();
    match error.kind() {
        ErrorKind::UniqueViolation => return DbError::Constraint(Constraint::Unique, text),
        ErrorKind::ForeignKeyViolation => return DbError::Constraint(Constraint::ForeignKey, text),
        ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ExclusionViolation => {
            return DbError::Constraint(Constraint::Other, text);
        }
        _ => {}
    }
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        from_sqlstate(&code, text)
    } else {
        from_sqlite(&code, text)
    }
}

/// PostgreSQL, appendix A: error codes.
fn from_sqlstate(code: &str, text: String) -> DbError {
    match code {
        "57014" => DbError::Timeout,
        "40001" | "40P01" => DbError::Conflict,
        "25006" => DbError::ReadOnly,
        "53100" => DbError::StorageFull,
        // Too many connections, and shutdown, crash, start-up, idle-in-transaction.
        "53300" | "57P01" | "57P02" | "57P03" | "57P05" => DbError::Unavailable(text),
        // Connection, authorisation, no such database, resources, system.
        _ if ["08", "28", "3D", "53", "58"].iter().any(|class| code.starts_with(class)) => DbError::Unavailable(text),
        _ => DbError::Other(text),
    }
}

/// SQLite result codes; the low byte is the primary one.
fn from_sqlite(code: &str, text: String) -> DbError {
    match code.parse::<u32>().unwrap_or(0) & 0xff {
        5 | 6 => DbError::Busy,
        8 => DbError::ReadOnly,
        9 => DbError::Timeout,
        // I/O error, corruption, cannot open, not a database.
        10 | 11 | 14 | 26 => DbError::Unavailable(text),
        13 => DbError::StorageFull,
        _ => DbError::Other(text),
    }
}
