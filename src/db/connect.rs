//! Opening the pools. Nothing connects before the first statement: a server starts, and says so, without its database.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::hosts::{Host, Hosts};
use super::{Db, DbError, Pools};
use crate::config::{Config, DatabaseHosts};
use crate::telemetry::{Telemetry, Timer};

/// How long a writer waits for another process's lock on the SQLite file.
const SQLITE_BUSY: Duration = Duration::from_secs(5);
/// A statement that the server has not ended this long after its limit gets no answer any more.
const DEADLINE_GRACE: Duration = Duration::from_millis(500);
/// A PostgreSQL connection that lay idle this long is tested before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(1);
/// Idle connections are returned to the system after this time.
const IDLE: Duration = Duration::from_secs(300);

impl Db {
    /// The pools for `database.url`.
    ///
    /// # Errors
    /// [`DbError::Url`] for an address that names no database; outages show at the first statement.
    pub fn open(config: &Config, telemetry: &Arc<Telemetry>) -> Result<Arc<Self>, DbError> {
        Self::open_as("vitrine", config, telemetry)
    }

    /// The same under another name for PostgreSQL: what works on the database beside a server is no server.
    ///
    /// # Errors
    /// Those of [`Db::open`].
    pub fn open_as(name: &str, config: &Config, telemetry: &Arc<Telemetry>) -> Result<Arc<Self>, DbError> {
        let url = config.database_url();
        let url = url.expose();
        let pools = if url.starts_with("sqlite:") {
            sqlite(config, url)?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            postgres(config, name, telemetry)?
        } else {
            return Err(DbError::Url("use sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME".into()));
        };
        let db = Self {
            pools,
            telemetry: telemetry.clone(),
            slow_query: config.database.slow_query(),
            deadline: config.database.statement_timeout() + DEADLINE_GRACE,
            opened: Timer::start(),
            answered_ms: AtomicU64::new(0),
        };
        db.publish_pool_gauges();
        Ok(Arc::new(db))
    }
}

fn sqlite(config: &Config, url: &str) -> Result<Pools, DbError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| DbError::Url(error.to_string()))?;
    let file: PathBuf = options.get_filename().to_owned();
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder)
            .map_err(|error| DbError::Url(format!("cannot make the folder {}: {error}", folder.display())))?;
    }
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Durable at every commit: an acknowledged publish survives a power cut, not only a crash of the process.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(SQLITE_BUSY)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        // Of each connection, in KiB. What is mapped instead would count as memory of the process, once per connection.
        .pragma("cache_size", "-2048")
        // In pages of 4 KiB: what many commits write to the same page goes into the database once.
        .pragma("wal_autocheckpoint", "8192")
        .pragma("temp_store", "MEMORY");
    let acquire = Duration::from_secs_f64(config.database.acquire_timeout_s);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone().optimize_on_close(true, 400));
    let read = SqlitePoolOptions::new()
        .max_connections(config.database.read_connections)
        .acquire_timeout(acquire)
        .idle_timeout(IDLE)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true).create_if_missing(false));
    Ok(Pools::Sqlite { read, write, file })
}

fn postgres(config: &Config, name: &str, telemetry: &Arc<Telemetry>) -> Result<Pools, DbError> {
    let named = DatabaseHosts::parse(&config.database_url()).map_err(DbError::Url)?;
    let hosts = named.urls.iter().map(|url| host(config, url.expose(), name)).collect::<Result<Vec<_>, _>>()?;
    let first = hosts.first().ok_or_else(|| DbError::Url("names no host".to_owned()))?;
    let (reading, writing) = (first.reading.clone(), first.writing.clone());
    let hosts = named.choosing.then(|| Arc::new(Hosts::new(hosts, telemetry)));
    let acquire = Duration::from_secs_f64(config.database.acquire_timeout_s);
    let pool = |connections: u32| {
        let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(acquire).idle_timeout(IDLE);
        tested(options, hosts.as_ref())
    };
    let read = pool(config.database.read_connections).connect_lazy_with(reading);
    let write = pool(config.database.max_connections).connect_lazy_with(writing);
    Ok(Pools::Postgres { read, write, hosts })
}

/// How both pools connect to one server.
fn host(config: &Config, url: &str, name: &str) -> Result<Host, DbError> {
    let statement_timeout_ms = (config.database.statement_timeout_s * 1000.0) as u64;
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| DbError::Url(error.to_string()))?
        .application_name(name)
        .statement_cache_capacity(256)
        .options([("statement_timeout", statement_timeout_ms.to_string())])
        // One plan for a statement whatever its values: planning once is cheaper, what tests saw is what runs, and no
        // value brings a plan of its own (for frequent words that was to read all texts, for seconds).
        .options([("plan_cache_mode", "force_generic_plan")]);
    // In kB. Who searches reads the insertions that are not in the index proper yet: they are kept few.
    let writing = options.clone().options([("gin_pending_list_limit", "256")]);
    let reading = options.options([("default_transaction_read_only", "on")]);
    Ok(Host { reading, writing })
}

/// A round trip for every borrow would double the cost of a query: only a connection that lay idle is tested, and a read
/// that meets a broken one is tried once more (see `Call`).
fn tested(options: PgPoolOptions, hosts: Option<&Arc<Hosts>>) -> PgPoolOptions {
    let (opening, borrowing) = (hosts.cloned(), hosts.cloned());
    options
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let hosts = opening.clone();
            Box::pin(async move {
                match hosts {
                    Some(hosts) => hosts.check(connection).await,
                    None => Ok(()),
                }
            })
        })
        .before_acquire(move |connection, meta| {
            let hosts = borrowing.clone();
            Box::pin(async move {
                if hosts.is_some_and(|hosts| !hosts.is_current(meta.age)) {
                    return Ok(false);
                }
                if meta.idle_for >= TESTED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;

    use super::*;

    #[tokio::test]
    async fn the_embedded_sqlite_is_compiled_as_the_configuration_of_cargo_says() {
        let options = SqliteConnectOptions::new().in_memory(true);
        let mut connection = options.connect().await.expect("a database in memory opens");
        let compiled: Vec<String> =
            sqlx::query_scalar("PRAGMA compile_options").fetch_all(&mut connection).await.expect("SQLite tells");
        let has = |name: &str| compiled.iter().any(|option| option == name);
        assert!(has("ENABLE_QPSG"), "every statement with a LIMIT is planned anew each time: {compiled:?}");
        assert!(has("DEFAULT_MEMSTATUS=0"), "all threads wait at one lock to count their bytes: {compiled:?}");
        assert!(!has("ENABLE_STAT4"), "{compiled:?}");
    }
}
