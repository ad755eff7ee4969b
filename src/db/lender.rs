//! What lends connections. sqlx asks the server about every connection that comes back to its pool, a round trip and
//! a task of its own each time; connections for reads change hands here instead, as long as they are in use.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Connection, Database, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connect::TESTED_AFTER;
use crate::telemetry::Timer;

/// So long a connection stays away from its pool, which then tests it, and closes it when it is too old.
const AWAY: Duration = Duration::from_secs(60);

/// Lends the connections of a pool.
pub(super) struct Lender<D: Database> {
    pool: Pool<D>,
    /// Connections between two borrowers; none where each goes back to the pool, as after transactions.
    warm: Option<Arc<Warm<D>>>,
}

struct Warm<D: Database> {
    /// As many as the pool may have connections: who has a place finds a connection, or room for a new one.
    places: Arc<Semaphore>,
    /// The one that came back last is lent first.
    idle: Mutex<Vec<Idle<D>>>,
}

struct Idle<D: Database> {
    connection: PoolConnection<D>,
    left_pool: Timer,
    since: Timer,
}

/// A connection on loan.
pub(super) struct Lent<D: Database> {
    /// Only taken out when this is dropped.
    connection: Option<PoolConnection<D>>,
    left_pool: Timer,
    place: Option<(Arc<Warm<D>>, OwnedSemaphorePermit)>,
    /// Whether the work with it went well so far; else its pool has a look at it.
    clean: bool,
}

impl<D: Database> Lender<D> {
    /// Connections change hands without a look at them.
    pub(super) fn for_reads(pool: Pool<D>) -> Self {
        let places = Arc::new(Semaphore::new(pool.options().get_max_connections() as usize));
        Self { pool, warm: Some(Arc::new(Warm { places, idle: Mutex::default() })) }
    }

    /// Each connection goes back to the pool, which rolls back what was left open.
    pub(super) fn for_writes(pool: Pool<D>) -> Self {
        Self { pool, warm: None }
    }

    pub(super) fn pool(&self) -> &Pool<D> {
        &self.pool
    }

    pub(super) fn num_idle(&self) -> usize {
        self.pool.num_idle() + self.warm.as_ref().map_or(0, |warm| warm.idle().len())
    }

    /// What the gauges of the pool ask: how many connections it has, and how many of them are idle.
    pub(super) fn counts(&self) -> impl Fn() -> (u32, usize) + Send + Sync + 'static {
        let counted = Self { pool: self.pool.clone(), warm: self.warm.clone() };
        move || (counted.pool.size(), counted.num_idle())
    }

    /// A connection, waited for as long as the pool lets wait.
    pub(super) async fn lend(&self) -> Result<Lent<D>, sqlx::Error> {
        let Some(warm) = &self.warm else {
            let connection = Some(self.pool.acquire().await?);
            return Ok(Lent { connection, left_pool: Timer::start(), place: None, clean: false });
        };
        let waited = tokio::time::timeout(self.pool.options().get_acquire_timeout(), self.wait(warm));
        waited.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    async fn wait(&self, warm: &Arc<Warm<D>>) -> Result<Lent<D>, sqlx::Error> {
        let place = warm.places.clone().acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let last = warm.idle().pop();
        if let Some(mut idle) = last {
            if idle.since.elapsed() < TESTED_AFTER || idle.connection.ping().await.is_ok() {
                return Ok(Lent::of(idle.connection, idle.left_pool, warm, place));
            }
            warm.clear();
        }
        Ok(Lent::of(self.pool.acquire().await?, Timer::start(), warm, place))
    }

    /// Closes the pool after its connections came back.
    pub(super) async fn close(&self) {
        if let Some(warm) = &self.warm {
            warm.places.close();
            warm.clear();
        }
        self.pool.close().await;
    }
}

impl<D: Database> Warm<D> {
    fn idle(&self) -> MutexGuard<'_, Vec<Idle<D>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives all back to the pool, which keeps those that the server still knows.
    fn clear(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    fn take_back(&self, connection: PoolConnection<D>, left_pool: Timer) {
        if self.places.is_closed() || left_pool.elapsed() >= AWAY {
            return;
        }
        let mut idle = self.idle();
        // The pool ends what nobody needs any more, one at a time.
        let unneeded = idle.first().is_some_and(|first| first.since.elapsed() >= TESTED_AFTER).then(|| idle.remove(0));
        idle.push(Idle { connection, left_pool, since: Timer::start() });
        drop(idle);
        drop(unneeded);
    }
}

/// When a server is dropped with its runtime, nothing can be given back any more: connections just end.
impl<D: Database> Drop for Warm<D> {
    fn drop(&mut self) {
        for idle in std::mem::take(&mut *self.idle()) {
            drop(idle.connection.leak());
        }
    }
}

impl<D: Database> Lent<D> {
    fn of(connection: PoolConnection<D>, left_pool: Timer, warm: &Arc<Warm<D>>, place: OwnedSemaphorePermit) -> Self {
        Self { connection: Some(connection), left_pool, place: Some((warm.clone(), place)), clean: false }
    }

    /// Whether the next borrower may have it as it is.
    pub(super) fn set_clean(&mut self, clean: bool) {
        self.clean = clean;
    }
}

impl<D: Database> Drop for Lent<D> {
    fn drop(&mut self) {
        let (Some(connection), Some((warm, _))) = (self.connection.take(), &self.place) else { return };
        if self.clean {
            warm.take_back(connection, self.left_pool);
        } else {
            // If the server went away under this one, so it did under the others.
            warm.clear();
        }
    }
}

impl<D: Database> Deref for Lent<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        self.connection.as_ref().expect("only drop takes the connection")
    }
}

impl<D: Database> DerefMut for Lent<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        self.connection.as_mut().expect("only drop takes the connection")
    }
}
