//! Holding connections without using them: what a leak or a stuck request does to a pool, for fault injection.

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite};

use super::{Db, DbError, Pools};
use crate::telemetry::label::PoolName;

/// A connection that nobody else gets; returned when dropped.
pub struct Held {
    _connection: Connection,
}

enum Connection {
    Sqlite { _connection: PoolConnection<Sqlite> },
    Postgres { _connection: PoolConnection<Postgres> },
}

impl Db {
    /// Takes a connection out of a pool.
    ///
    /// # Errors
    /// When none is to be had within `database.acquire_timeout_s`.
    pub async fn hold(&self, pool: PoolName) -> Result<Held, DbError> {
        let connection = match &self.pools {
            Pools::Sqlite { read, write, .. } => {
                let pool = if pool == PoolName::Read { read } else { write };
                Connection::Sqlite { _connection: pool.acquire().await? }
            }
            Pools::Postgres { read, write, .. } => {
                let pool = if pool == PoolName::Read { read } else { write };
                Connection::Postgres { _connection: self.connection(pool).await? }
            }
        };
        Ok(Held { _connection: connection })
    }

    /// How many connections a pool may have.
    pub fn max_connections(&self, pool: PoolName) -> u32 {
        match &self.pools {
            Pools::Sqlite { read, write, .. } => {
                if pool == PoolName::Read { read } else { write }.options().get_max_connections()
            }
            Pools::Postgres { read, write, .. } => {
                if pool == PoolName::Read { read } else { write }.options().get_max_connections()
            }
        }
    }
}
