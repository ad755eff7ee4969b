//! Files that no row names, or will not name for long: written down before they could be lost, deleted later.

use super::{Key, Media, MediaError};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// How long a discarded file stays: pages that still show its URL are gone from every cache by then.
const KEEP_S: i64 = 3600;
/// Files deleted at once.
const BATCH: i64 = 500;

queries! {
    ADD = write "media.discard"
        "INSERT INTO discarded_file (file_key, discarded_at) VALUES ($1, $2) ON CONFLICT (file_key) DO NOTHING";
    ADD_RENDITIONS = write "media.discard_renditions"
        "INSERT INTO discarded_file (file_key, discarded_at)
         SELECT DISTINCT file_key, CAST($2 AS BIGINT) FROM rendition WHERE image_id = $1 AND spec LIKE $3
         ON CONFLICT (file_key) DO NOTHING"
        sqlite
        "INSERT INTO discarded_file (file_key, discarded_at)
         SELECT DISTINCT file_key, $2 FROM rendition WHERE image_id = $1 AND spec LIKE $3
         ON CONFLICT (file_key) DO NOTHING";
    CLAIM = write "media.claim_file" "DELETE FROM discarded_file WHERE file_key = $1";
    /// None while a backup copies files that were named when it began.
    DUE = read "media.list_discarded"
        "SELECT file_key FROM discarded_file
         WHERE discarded_at < $1 AND NOT EXISTS (SELECT 1 FROM backup WHERE hold_until > $3) ORDER BY discarded_at LIMIT $2";
    FORGET_RENDITIONS = write "rendition.delete_by_file"
        ("DELETE FROM rendition WHERE file_key " [any "$1"]);
    FORGET = write "media.forget_discarded"
        ("DELETE FROM discarded_file WHERE file_key " [any "$1"]);
}

record! {
    struct Discarded { file_key: String }
}

/// Marks a file as one that nothing names: before it is stored, or when its row lets it go.
pub(super) async fn add(on: impl Into<Exec<'_>>, key: &str) -> Result<(), DbError> {
    on.into().query(&ADD).bind(key).bind(Micros::now()).execute().await.map(|_| ())
}

/// Which renditions of an image are let go.
#[derive(Clone, Copy)]
pub(super) enum Which {
    All,
    /// Those that depend on the focal point.
    Focal,
}

/// Marks renditions of an image.
pub(super) async fn add_renditions(tx: &mut Tx, image_id: i64, which: Which) -> Result<(), DbError> {
    let pattern = match which {
        Which::All => "%",
        Which::Focal => "%fill-%",
    };
    Exec::from(tx).query(&ADD_RENDITIONS).bind(image_id).bind(Micros::now()).bind(pattern).execute().await.map(|_| ())
}

/// A row names the file now.
pub(super) async fn claim(tx: &mut Tx, key: &Key) -> Result<(), DbError> {
    Exec::from(tx).query(&CLAIM).bind(key.as_str()).execute().await.map(|_| ())
}

impl Media {
    /// Deletes files that were discarded a while ago, and what cut-off uploads left; how many of the first.
    ///
    /// # Errors
    /// When the database or the storage fails; what is left is tried again the next time.
    pub async fn sweep(&self) -> Result<usize, MediaError> {
        self.storage.sweep().await?;
        self.sweep_before(Micros(Micros::now().0 - KEEP_S * 1_000_000)).await
    }

    /// Deletes the files that were discarded before then.
    pub(super) async fn sweep_before(&self, time: Micros) -> Result<usize, MediaError> {
        let mut swept = 0;
        loop {
            let due: Vec<Discarded> = self.db.query(&DUE).bind(time).bind(BATCH).bind(Micros::now()).list().await?;
            let keys: Vec<String> = due.into_iter().map(|discarded| discarded.file_key).collect();
            if keys.is_empty() {
                return Ok(swept);
            }
            // The rows first: a rendition whose row is gone is made again, one whose file is gone would be missing.
            self.db.query(&FORGET_RENDITIONS).bind(keys.clone()).execute().await?;
            for key in &keys {
                if let Ok(key) = key.parse::<Key>() {
                    self.storage.delete(&key).await?;
                }
            }
            swept += keys.len();
            self.db.query(&FORGET).bind(keys).execute().await?;
        }
    }
}
