//! Preparing a statement without running it: whether the database takes its text.

use sqlx::{Executor as _, SqlSafeStr as _};

use super::{Access, Db, DbError, Pools, Query};

impl Db {
    /// Prepares `query` on a connection of the pool that it runs on; nothing is changed or measured.
    ///
    /// # Errors
    /// With what the database has against the text.
    pub async fn prepare(&self, query: &'static Query) -> Result<(), DbError> {
        match &self.pools {
            Pools::Sqlite { read, write, .. } => {
                let pool = if query.access == Access::Read { read } else { write };
                pool.acquire().await?.prepare(query.sqlite.into_sql_str()).await?;
            }
            Pools::Postgres { read, write, .. } => {
                let pool = if query.access == Access::Read { read } else { write };
                self.connection(pool).await?.prepare(query.postgres.into_sql_str()).await?;
            }
        }
        Ok(())
    }
}
