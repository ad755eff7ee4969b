//! What the database says of itself: how large it is, and what time it has.

use super::{Db, DbError};
use crate::clock::Micros;
use crate::queries;

queries! {
    SIZE = read "schema.size" "SELECT PG_DATABASE_SIZE(CURRENT_DATABASE())"
        sqlite "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
    CLOCK = read "schema.clock" "SELECT CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000000 AS BIGINT)"
        sqlite "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
}

impl Db {
    /// Brings `vitrine_db_size_bytes` up to date.
    ///
    /// # Errors
    /// When the database is out of reach; the gauge keeps its last value.
    pub async fn refresh_size(&self) -> Result<(), DbError> {
        let size: i64 = self.query(&SIZE).one().await?;
        self.telemetry.families.db_size.with_label_values::<&str>(&[]).set(size as f64);
        Ok(())
    }

    /// The time that the database has: of its machine, which may be another one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn clock(&self) -> Result<Micros, DbError> {
        Ok(Micros(self.query(&CLOCK).one().await?))
    }
}
