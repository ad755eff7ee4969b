//! Several servers of one PostgreSQL database, of which one takes writes: both pools connect to that one, and after a
//! fail-over to another. The driver knows one host alone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, PgPool, Postgres};

use super::loan::Acquiring;
use super::{Db, Pools};
use crate::telemetry::{Telemetry, Timer};

/// How long a host may take to say whether it takes writes.
const ANSWER: Duration = Duration::from_secs(1);
/// Between two rounds of asking, while no host takes writes.
const ROUND: Duration = Duration::from_millis(250);
/// Who has waited this long for a connection finds out whether the host is still there.
const PATIENCE: Duration = Duration::from_millis(500);
const TAKES_WRITES: &str = "SELECT CURRENT_SETTING('transaction_read_only') = 'off'";
const IN_RECOVERY: &str = "SELECT PG_IS_IN_RECOVERY()";

/// One of the servers, and how each pool connects to it.
pub(super) struct Host {
    pub(super) reading: PgConnectOptions,
    pub(super) writing: PgConnectOptions,
}

pub(super) struct Hosts {
    hosts: Vec<Host>,
    state: Mutex<State>,
    /// Held by whoever asks the hosts: the others wait for what it finds.
    asking: tokio::sync::Mutex<()>,
    telemetry: Arc<Telemetry>,
}

struct State {
    /// The host that the pools connect to.
    current: usize,
    /// Whether it took writes when it was asked last, and nothing has spoken against it since.
    trusted: bool,
    asked: Timer,
    /// Counts what makes all earlier connections useless.
    epoch: u64,
    /// Connections from before are not used any more.
    since: Timer,
    /// Why none of the hosts takes writes, as far as they were asked.
    trouble: String,
}

/// The pools of reads and of writes.
#[derive(Clone, Copy)]
struct Both<'p> {
    read: &'p PgPool,
    write: &'p PgPool,
}

impl Host {
    /// As logs and errors name it.
    fn name(&self) -> String {
        match self.writing.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => format!("{}:{}", self.writing.get_host(), self.writing.get_port()),
        }
    }

    async fn takes_writes(&self) -> Result<bool, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.writing).await?;
        let answer = sqlx::query_scalar(TAKES_WRITES).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(answer)
    }
}

impl Hosts {
    pub(super) fn new(hosts: Vec<Host>, telemetry: &Arc<Telemetry>) -> Self {
        let state = State {
            current: 0,
            trusted: false,
            asked: Timer::start(),
            epoch: 0,
            since: Timer::start(),
            trouble: "no host of the database was asked yet".to_owned(),
        };
        let asking = tokio::sync::Mutex::default();
        Self { hosts, state: Mutex::new(state), asking, telemetry: telemetry.clone() }
    }

    /// Whether a connection of this age is of the host that is used, as far as anybody knows.
    pub(super) fn is_current(&self, age: Duration) -> bool {
        age < self.state.lock().since.elapsed()
    }

    /// Something says that the host is gone, or takes no writes any more: its connections are not used again, and the
    /// next one is opened after the hosts were asked.
    pub(super) fn leave(&self) {
        let mut state = self.state.lock();
        state.trusted = false;
        state.epoch += 1;
        state.since = Timer::start();
    }

    /// Leaves the host of a new connection if that is a standby.
    pub(super) async fn check(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if sqlx::query_scalar(IN_RECOVERY).fetch_one(connection).await? {
            self.leave();
        }
        Ok(())
    }

    async fn acquire(&self, both: Both<'_>, pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let limit = pool.options().get_acquire_timeout();
        let acquired = tokio::time::timeout(limit, self.connection(both, pool)).await;
        let state = self.state.lock();
        match acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Err(sqlx::Error::PoolTimedOut) if !state.trusted => {
                Err(io::Error::new(io::ErrorKind::NotConnected, state.trouble.clone()).into())
            }
            acquired => acquired,
        }
    }

    async fn connection(&self, both: Both<'_>, pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        loop {
            self.settle(both).await;
            let epoch = self.epoch();
            let acquired = tokio::select! {
                biased;
                acquired = pool.acquire() => acquired,
                // What is on the way to the old host may never arrive.
                () = self.watch(both, epoch) => continue,
            };
            match acquired {
                // One that was being opened to the host that was left meanwhile.
                Ok(mut connection) if self.epoch() != epoch => connection.close_on_drop(),
                // The driver waits by itself for a server that refuses, but not for one that cannot be reached.
                Err(error) if is_gone(&error) => {
                    self.leave();
                    tokio::time::sleep(ROUND).await;
                }
                acquired => return acquired,
            }
        }
    }

    /// Asks the host again and again, since a connection is long in coming, until it is left.
    async fn watch(&self, both: Both<'_>, epoch: u64) {
        while self.epoch() == epoch {
            tokio::time::sleep(PATIENCE).await;
            {
                let mut state = self.state.lock();
                // Many may wait for a pool that is full: the host is asked once for all of them.
                if state.asked.elapsed() >= PATIENCE {
                    state.trusted = false;
                }
            }
            self.settle(both).await;
        }
    }

    /// Returns when the pools connect to a host that takes writes.
    async fn settle(&self, both: Both<'_>) {
        if self.state.lock().trusted {
            return;
        }
        let _asking = self.asking.lock().await;
        while !self.state.lock().trusted {
            match self.ask().await {
                Some(found) => self.take(found, both),
                None => tokio::time::sleep(ROUND).await,
            }
        }
    }

    /// The first host that takes writes, from the one that did last.
    async fn ask(&self) -> Option<usize> {
        let current = self.state.lock().current;
        let mut trouble = Vec::new();
        for offset in 0..self.hosts.len() {
            let at = (current + offset) % self.hosts.len();
            let host = &self.hosts[at];
            let why = match tokio::time::timeout(ANSWER, host.takes_writes()).await {
                Ok(Ok(true)) => return Some(at),
                Ok(Ok(false)) => "takes no writes, as a standby".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", ANSWER.as_secs()),
            };
            trouble.push(format!("{}: {why}", host.name()));
        }
        self.state.lock().trouble = format!("no host of the database takes writes ({})", trouble.join("; "));
        None
    }

    fn take(&self, found: usize, both: Both<'_>) {
        let host = &self.hosts[found];
        let mut state = self.state.lock();
        state.trusted = true;
        state.asked = Timer::start();
        if state.current == found {
            return;
        }
        both.read.set_connect_options(host.reading.clone());
        both.write.set_connect_options(host.writing.clone());
        let (before, now) = (self.hosts[state.current].name(), host.name());
        state.current = found;
        state.epoch += 1;
        state.since = Timer::start();
        drop(state);
        tracing::warn!(before, now, "the database is on another host now");
        self.telemetry.note_change("database", format!("on {now} now, before on {before}"));
    }

    fn epoch(&self) -> u64 {
        self.state.lock().epoch
    }
}

/// Whether a server, or the way to it, is away, or it takes no writes any more.
fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        // Read-only, and shutdown, crash, start-up.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| matches!(&*code, "25006" | "57P01" | "57P02" | "57P03"))
        }
        _ => false,
    }
}

impl Db {
    /// A connection of one of the two PostgreSQL pools, to the host that takes writes; `None` where there is but one.
    pub(super) fn among_hosts<'d>(&'d self, pool: &'d PgPool) -> Option<Acquiring<'d, Postgres>> {
        match &self.pools {
            Pools::Postgres { read, write, hosts: Some(hosts) } => {
                Some(Box::pin(hosts.acquire(Both { read, write }, pool)))
            }
            _ => None,
        }
    }

    /// Looks for the host that takes writes when an error says that the one in use is gone, or takes none any more.
    pub(super) fn heed(&self, error: &sqlx::Error) {
        let Pools::Postgres { hosts: Some(hosts), .. } = &self.pools else { return };
        if is_gone(error) {
            hosts.leave();
        }
    }

    /// Which of several hosts the database is on.
    pub fn host(&self) -> Option<String> {
        let Pools::Postgres { hosts: Some(hosts), .. } = &self.pools else { return None };
        let current = hosts.state.lock().current;
        Some(hosts.hosts[current].name())
    }
}
