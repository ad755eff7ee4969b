//! How large the database is.

use super::{Db, DbError};
use crate::queries;

queries! {
    SIZE = read "schema.size" "SELECT PG_DATABASE_SIZE(CURRENT_DATABASE())"
        sqlite "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
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
}
