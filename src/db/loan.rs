//! Connections on loan from a pool. Work that reads several things one after the other may share one: each loan and
//! each return costs a turn of its own, on PostgreSQL a round trip.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool, Postgres, Sqlite};

use super::measure::Wait;
use super::{Db, DbError};
use crate::telemetry::label::PoolName;
use crate::telemetry::{Telemetry, Timer};

tokio::task_local! {
    /// The connection that the reads of this work take turns with, while none of them uses it.
    static SHARED: RefCell<Option<Kept>>;
}

/// A borrowed connection; dropped, it goes back to its pool, and the time it was away is recorded.
pub(super) struct Loan<D: Database> {
    connection: PoolConnection<D>,
    pool: PoolName,
    telemetry: Arc<Telemetry>,
    borrowed: Timer,
}

/// A loan between two reads.
pub(super) enum Kept {
    Sqlite(Loan<Sqlite>),
    Postgres(Loan<Postgres>),
}

/// Boxed: requests nest deeply, and most databases have one host.
pub(super) type Acquiring<'d, D> = Pin<Box<dyn Future<Output = Result<PoolConnection<D>, sqlx::Error>> + Send + 'd>>;

/// A database whose connections can be kept between two reads.
pub(super) trait Keepable: Database {
    /// How a connection is come by where the database has several hosts.
    fn among_hosts<'d>(db: &'d Db, pool: &'d Pool<Self>) -> Option<Acquiring<'d, Self>>;
    fn keep(loan: Loan<Self>) -> Kept;
    fn kept(kept: Kept) -> Option<Loan<Self>>;
}

impl Keepable for Sqlite {
    fn among_hosts<'d>(_: &'d Db, _: &'d Pool<Self>) -> Option<Acquiring<'d, Self>> {
        None
    }

    fn keep(loan: Loan<Self>) -> Kept {
        Kept::Sqlite(loan)
    }

    fn kept(kept: Kept) -> Option<Loan<Self>> {
        if let Kept::Sqlite(loan) = kept { Some(loan) } else { None }
    }
}

impl Keepable for Postgres {
    fn among_hosts<'d>(db: &'d Db, pool: &'d Pool<Self>) -> Option<Acquiring<'d, Self>> {
        db.among_hosts(pool)
    }

    fn keep(loan: Loan<Self>) -> Kept {
        Kept::Postgres(loan)
    }

    fn kept(kept: Kept) -> Option<Loan<Self>> {
        if let Kept::Postgres(loan) = kept { Some(loan) } else { None }
    }
}

impl Db {
    /// Runs work whose reads share one connection. It should read one thing after the other and wait for nothing else:
    /// the connection is its own until it is over.
    pub async fn with_one_connection<T>(&self, work: impl Future<Output = T>) -> T {
        SHARED.scope(RefCell::default(), work).await
    }

    /// A connection of a pool, to the host that takes writes where there are several; nothing of it is measured.
    pub(super) async fn connection<D: Keepable>(&self, pool: &Pool<D>) -> Result<PoolConnection<D>, sqlx::Error> {
        match D::among_hosts(self, pool) {
            None => pool.acquire().await,
            Some(acquiring) => acquiring.await,
        }
    }
}

/// The connection that this work shares, if it has one and nobody is using it, else one from the pool.
pub(super) async fn borrow<D: Keepable>(db: &Db, name: PoolName, pool: &Pool<D>) -> Result<Loan<D>, DbError> {
    if name == PoolName::Read
        && let Ok(Some(kept)) = SHARED.try_with(RefCell::take)
        && let Some(loan) = D::kept(kept)
        && Arc::ptr_eq(&loan.telemetry, &db.telemetry)
    {
        return Ok(loan);
    }
    let connection = acquire(db, name, pool).await?;
    Ok(Loan { connection, pool: name, telemetry: db.telemetry.clone(), borrowed: Timer::start() })
}

pub(super) async fn acquire<D: Keepable>(
    db: &Db,
    name: PoolName,
    pool: &Pool<D>,
) -> Result<PoolConnection<D>, DbError> {
    let size = pool.size();
    let wait = Wait::start(db, name, pool.num_idle() == 0);
    let result = db.connection(pool).await;
    wait.finish(&result, pool.size() > size);
    Ok(result?)
}

impl<D: Keepable> Loan<D> {
    /// After a read that succeeded: kept for the next one of the same work, if its reads share a connection.
    pub(super) fn finish(self) {
        if self.pool == PoolName::Read {
            // Outside of such work it is dropped here.
            let _ = SHARED.try_with(|shared| shared.replace(Some(D::keep(self))));
        }
    }
}

impl<D: Database> Deref for Loan<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        &self.connection
    }
}

impl<D: Database> DerefMut for Loan<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        &mut self.connection
    }
}

impl<D: Database> Drop for Loan<D> {
    fn drop(&mut self) {
        if self.telemetry.enabled {
            let families = &self.telemetry.families;
            let used_s = self.borrowed.elapsed().as_secs_f64();
            families.db_connection_use.with_label_values(&[self.pool.as_str()]).observe(used_s);
        }
    }
}
