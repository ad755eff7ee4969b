//! How much the library holds.

use super::{Media, MediaError};
use crate::{queries, record};

queries! {
    CENSUS = read "media.census"
        "SELECT 'image' AS kind, COUNT(*) AS files, CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) AS size_bytes FROM image
         UNION ALL
         SELECT 'document', COUNT(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM document
         UNION ALL
         SELECT 'rendition', COUNT(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM rendition";
}

record! {
    struct Count { kind: String, files: i64, size_bytes: i64 }
}

impl Media {
    /// What is to be done now and then: counts, and the deletion of discarded files.
    ///
    /// # Errors
    /// When the database or the storage fails; the next time goes on.
    pub async fn keep_house(&self) -> Result<(), MediaError> {
        self.refresh_census().await?;
        self.sweep().await.map(|_| ())
    }

    /// Brings `vitrine_media_files` and `vitrine_media_size_bytes` up to date.
    ///
    /// # Errors
    /// When the database fails; the gauges keep their last values.
    pub async fn refresh_census(&self) -> Result<(), MediaError> {
        let counts: Vec<Count> = self.db.query(&CENSUS).list().await?;
        let families = &self.telemetry.families;
        for count in counts {
            families.media_files.with_label_values(&[count.kind.as_str()]).set(count.files as f64);
            families.media_bytes.with_label_values(&[count.kind.as_str()]).set(count.size_bytes as f64);
        }
        Ok(())
    }
}
