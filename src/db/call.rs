//! Running a named statement, on the database or within a transaction.

use sqlx::{Pool, Postgres, Sqlite};

use super::loan;
use super::measure::Operation;
use super::row::Row;
use super::transaction::Connection;
use super::value::Value;
use super::{Access, Db, DbError, Pools, Query, Record, Tx};
use crate::telemetry::label::{DbFailure, DbOperation, PoolName};

/// Where a statement runs.
pub enum Exec<'e> {
    Db(&'e Db),
    Tx(&'e mut Tx),
}

impl<'e> From<&'e Db> for Exec<'e> {
    fn from(db: &'e Db) -> Self {
        Self::Db(db)
    }
}

impl<'e> From<&'e mut Tx> for Exec<'e> {
    fn from(tx: &'e mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl<'e> Exec<'e> {
    pub fn query(self, query: &'static Query) -> Call<'e> {
        Call { exec: self, query, values: Vec::new() }
    }
}

/// A statement with its values, ready to run.
#[must_use = "a call does nothing until it is awaited through one of its methods"]
pub struct Call<'e> {
    exec: Exec<'e>,
    query: &'static Query,
    values: Vec<Value>,
}

/// What a statement did.
struct Done {
    rows: Vec<Row>,
    changed: u64,
}

impl Call<'_> {
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// All rows; the statement bounds their number.
    ///
    /// # Errors
    /// What [`DbError`] says, here and in the other methods.
    pub async fn list<T: Record>(self) -> Result<Vec<T>, DbError> {
        self.run(true).await?.rows.iter().map(T::from_row).collect()
    }

    /// The first row, if there is one.
    pub async fn optional<T: Record>(self) -> Result<Option<T>, DbError> {
        self.run(true).await?.rows.first().map(T::from_row).transpose()
    }

    /// The first row.
    pub async fn one<T: Record>(self) -> Result<T, DbError> {
        self.optional().await?.ok_or(DbError::NoRow)
    }

    /// Runs a statement without result; the number of changed rows.
    pub async fn execute(self) -> Result<u64, DbError> {
        Ok(self.run(false).await?.changed)
    }

    async fn run(self, fetch: bool) -> Result<Done, DbError> {
        let (kind, pool) = match self.query.access {
            Access::Read => (DbOperation::Read, PoolName::Read),
            Access::Write => (DbOperation::Write, PoolName::Write),
        };
        match self.exec {
            Exec::Tx(tx) => tx.run(self.query, self.values, kind, fetch).await,
            Exec::Db(db) => match &db.pools {
                Pools::Sqlite { read, write, .. } => {
                    let chosen = if pool == PoolName::Read { read } else { write };
                    let mut loan = loan::borrow(db, pool, chosen).await?;
                    let done =
                        measured(db, self.query, kind, run_sqlite(&mut loan, self.query, self.values, fetch)).await?;
                    loan.finish();
                    Ok(done)
                }
                Pools::Postgres { read, write, .. } => {
                    let chosen = if pool == PoolName::Read { read } else { write };
                    let once = on_postgres(db, chosen, pool, self.query, self.values.clone(), fetch);
                    match once.await {
                        // The server went away under this connection; a read may be asked again on another one.
                        Err(DbError::Unavailable(_)) if kind == DbOperation::Read => {
                            on_postgres(db, chosen, pool, self.query, self.values, fetch).await
                        }
                        result => result,
                    }
                }
            },
        }
    }
}

async fn on_postgres(
    db: &Db,
    from: &Pool<Postgres>,
    pool: PoolName,
    query: &'static Query,
    values: Vec<Value>,
    fetch: bool,
) -> Result<Done, DbError> {
    let kind = if pool == PoolName::Read { DbOperation::Read } else { DbOperation::Write };
    let mut loan = loan::borrow(db, pool, from).await?;
    let done = measured(db, query, kind, run_postgres(&mut loan, query, values, fetch)).await?;
    loan.finish();
    Ok(done)
}

impl Tx {
    async fn run(
        &mut self,
        query: &'static Query,
        values: Vec<Value>,
        kind: DbOperation,
        fetch: bool,
    ) -> Result<Done, DbError> {
        let db = self.db.clone();
        match self.connection() {
            Connection::Sqlite(tx) => measured(&db, query, kind, run_sqlite(tx, query, values, fetch)).await,
            Connection::Postgres(tx) => measured(&db, query, kind, run_postgres(tx, query, values, fetch)).await,
        }
    }
}

async fn measured(
    db: &Db,
    query: &'static Query,
    kind: DbOperation,
    work: impl Future<Output = Result<Done, sqlx::Error>>,
) -> Result<Done, DbError> {
    let operation = Operation::start(db, query.name, kind);
    // The server's own limit does not help when the server, or the way to it, is frozen.
    let answered = tokio::time::timeout(db.deadline, work).await;
    match answered.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into())) {
        Ok(done) => {
            db.mark_answered();
            let rows = if done.rows.is_empty() { done.changed } else { done.rows.len() as u64 };
            operation.finish(DbFailure::None, rows);
            Ok(done)
        }
        Err(error) => {
            db.heed(&error);
            let error = DbError::from(error);
            operation.finish(error.failure(), 0);
            Err(error)
        }
    }
}

async fn run_sqlite(
    connection: &mut sqlx::SqliteConnection,
    query: &'static Query,
    values: Vec<Value>,
    fetch: bool,
) -> Result<Done, sqlx::Error> {
    let call = values.into_iter().fold(sqlx::query::<Sqlite>(query.sqlite), |call, value| value.bind_sqlite(call));
    if fetch {
        let rows = call.fetch_all(connection).await?;
        return Ok(Done { rows: rows.into_iter().map(Row::Sqlite).collect(), changed: 0 });
    }
    let changed = call.execute(connection).await?.rows_affected();
    Ok(Done { rows: Vec::new(), changed })
}

async fn run_postgres(
    connection: &mut sqlx::PgConnection,
    query: &'static Query,
    values: Vec<Value>,
    fetch: bool,
) -> Result<Done, sqlx::Error> {
    let call =
        values.into_iter().fold(sqlx::query::<Postgres>(query.postgres), |call, value| value.bind_postgres(call));
    if fetch {
        let rows = call.fetch_all(connection).await?;
        return Ok(Done { rows: rows.into_iter().map(Row::Postgres).collect(), changed: 0 });
    }
    let changed = call.execute(connection).await?.rows_affected();
    Ok(Done { rows: Vec::new(), changed })
}
