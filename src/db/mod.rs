//! The database: SQLite or PostgreSQL behind one door. A statement has a name and is measured, or it does not run.
//!
//! [`queries!`](crate::queries) declares statements beside the functions that run them; [`Db`] keeps its pools
//! private, so nothing reaches a database unmeasured.

mod call;
mod connect;
mod error;
mod hold;
mod hosts;
mod loan;
mod measure;
mod migrate;
mod place;
mod prepare;
mod query;
mod refill;
mod row;
mod size;
mod snapshot;
mod transaction;
mod value;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

use crate::telemetry::label::{DbSystem, PoolName, PoolState};
use crate::telemetry::{Telemetry, Timer};

pub use call::{Call, Exec};
pub use error::{Constraint, DbError};
pub use hold::Held;
pub use migrate::{MigrationState, unknown as unknown_migration};
pub use query::{Access, Query};
pub use refill::{Refill, Target};
pub use row::{Record, Row};
pub use size::QUERIES;
pub use snapshot::{NamedFile, Sequence, Snapshot, Table};
pub use transaction::{Tx, TxName};
pub use value::Value;

/// The pools of one database.
pub struct Db {
    pools: Pools,
    telemetry: Arc<Telemetry>,
    slow_query: Duration,
    /// For one statement, seen from here.
    deadline: Duration,
    opened: Timer,
    /// When a statement last succeeded, since `opened`.
    answered_ms: AtomicU64,
}

enum Pools {
    /// One writer; readers cannot write.
    Sqlite { read: SqlitePool, write: SqlitePool, file: std::path::PathBuf },
    Postgres {
        read: PgPool,
        write: PgPool,
        /// When it must be looked for which host takes writes.
        hosts: Option<Arc<hosts::Hosts>>,
    },
}

impl Db {
    pub fn system(&self) -> DbSystem {
        match self.pools {
            Pools::Sqlite { .. } => DbSystem::Sqlite,
            Pools::Postgres { .. } => DbSystem::Postgres,
        }
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.pools {
            Pools::Sqlite { file, .. } => Some(file),
            Pools::Postgres { .. } => None,
        }
    }

    pub fn query(&self, query: &'static Query) -> Call<'_> {
        Exec::from(self).query(query)
    }

    fn mark_answered(&self) {
        self.answered_ms.store(self.opened.elapsed().as_millis() as u64, Relaxed);
    }

    /// Whether a statement succeeded lately: a database that answers others is busy, not lost.
    pub fn answered_within(&self, time: Duration) -> bool {
        let last = Duration::from_millis(self.answered_ms.load(Relaxed));
        self.opened.elapsed().saturating_sub(last) <= time
    }

    /// Closes both pools after their connections are returned; SQLite checkpoints its log.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }

    /// Keeps the pool gauges true at every scrape.
    fn publish_pool_gauges(&self) {
        let gauges: Vec<PoolGauge> = match &self.pools {
            Pools::Sqlite { read, write, .. } => {
                vec![pool_gauge(PoolName::Read, read), pool_gauge(PoolName::Write, write)]
            }
            Pools::Postgres { read, write, .. } => {
                vec![pool_gauge(PoolName::Read, read), pool_gauge(PoolName::Write, write)]
            }
        };
        self.telemetry.before_scrape(move |families| {
            for (name, counts, max) in &gauges {
                let (size, idle) = counts();
                let set = |state: PoolState, value: f64| {
                    families.db_connection_count.with_label_values(&[name.as_str(), state.as_str()]).set(value);
                };
                set(PoolState::Idle, idle as f64);
                set(PoolState::Used, f64::from(size) - idle as f64);
                families.db_connection_max.with_label_values(&[name.as_str()]).set(f64::from(*max));
            }
        });
    }
}

type PoolGauge = (PoolName, Box<dyn Fn() -> (u32, usize) + Send + Sync>, u32);

fn pool_gauge<D: sqlx::Database>(name: PoolName, pool: &sqlx::Pool<D>) -> PoolGauge {
    let pool = pool.clone();
    let max = pool.options().get_max_connections();
    (name, Box::new(move || (pool.size(), pool.num_idle())), max)
}
