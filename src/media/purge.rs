//! Removing renditions, and making them again: after a change of codecs or qualities, or to win room.

use std::sync::Arc;

use super::image::FilterSpec;
use super::rendition::{self, Listed};
use super::storage::MAX_LISTED;
use super::{Key, Media, MediaError, RenditionError};

/// Which renditions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// `None`: of all images.
    pub image: Option<i64>,
    /// Only those with a larger id: where an earlier run ended.
    pub after: i64,
}

/// What a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub renditions: u64,
    /// Files that no row named.
    pub strays: u64,
}

/// What a run made again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub made: u64,
    /// Of a file or focal point that the image no longer has.
    pub outdated: u64,
    /// With the reason.
    pub failed: Vec<(i64, String)>,
    /// The last one that was looked at: the next run goes on behind it.
    pub last: i64,
}

/// Failures that are kept with their reason.
const MAX_FAILED: usize = 100;

impl Media {
    /// Removes renditions: they are made again when somebody asks. Running servers notice by themselves. Cut short, it
    /// goes on when it is run again.
    ///
    /// # Errors
    /// When the database or the storage fails.
    pub async fn purge_renditions(&self, scope: Scope) -> Result<Purged, MediaError> {
        let mut purged = Purged::default();
        let mut after = scope.after;
        loop {
            let rows = rendition::list(&self.db, after, scope.image.unwrap_or(0)).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for row in &rows {
                if let Ok(key) = row.file_key.parse::<Key>() {
                    self.storage.delete(&key).await?;
                }
                purged.renditions += rendition::delete(&self.db, row.id).await?;
                self.renditions.known.forget_image(row.image_id);
            }
        }
        let below = match scope.image {
            Some(id) => format!("renditions/{id}"),
            None => "renditions".to_owned(),
        };
        purged.strays = self.remove_strays(&below).await?;
        Ok(purged)
    }

    /// Removes files that no row names.
    async fn remove_strays(&self, below: &str) -> Result<u64, MediaError> {
        let mut removed = 0;
        let mut after: Option<Key> = None;
        loop {
            let files = self.storage.list(below, after.as_ref()).await?;
            let full = files.len() >= MAX_LISTED;
            let keys: Vec<String> = files.iter().map(|file| file.key.to_string()).collect();
            after = files.last().map(|file| file.key.clone());
            let known = rendition::known_keys(&self.db, keys).await?;
            for file in files.iter().filter(|file| !known.iter().any(|known| known == file.key.as_str())) {
                removed += u64::from(self.storage.delete(&file.key).await?);
            }
            if !full {
                return Ok(removed);
            }
        }
    }

    /// Makes renditions again, one after the other; `progress` sees the id of each.
    ///
    /// # Errors
    /// When the database or the storage fails; what cannot be made is in the result.
    pub async fn rebuild_renditions(
        self: &Arc<Self>,
        scope: Scope,
        mut progress: impl FnMut(i64),
    ) -> Result<Rebuilt, MediaError> {
        let mut rebuilt = Rebuilt { last: scope.after, ..Rebuilt::default() };
        loop {
            let rows = rendition::list(&self.db, rebuilt.last, scope.image.unwrap_or(0)).await?;
            if rows.is_empty() {
                return Ok(rebuilt);
            }
            for row in rows {
                match self.rebuild(&row).await? {
                    Again::Made => rebuilt.made += 1,
                    Again::Outdated => rebuilt.outdated += 1,
                    Again::Failed(error) if rebuilt.failed.len() < MAX_FAILED => {
                        rebuilt.failed.push((row.id, error.to_string()));
                    }
                    Again::Failed(_) => {}
                }
                rebuilt.last = row.id;
                progress(row.id);
            }
        }
    }

    async fn rebuild(self: &Arc<Self>, row: &Listed) -> Result<Again, MediaError> {
        let (Ok(spec), Ok(key)) = (FilterSpec::parse(&row.spec), row.file_key.parse::<Key>()) else {
            return Ok(Again::Outdated);
        };
        let Some(known) = rendition::find(&self.db, row.image_id, &spec, &row.digest).await? else {
            return Ok(Again::Outdated);
        };
        if known.facts.version(&spec) != row.digest {
            return Ok(Again::Outdated);
        }
        self.storage.delete(&key).await?;
        match self.make_rendition(Arc::new(known), &spec).await {
            Ok(_) => Ok(Again::Made),
            Err(error) => Ok(Again::Failed(error)),
        }
    }
}

/// What became of one rendition.
enum Again {
    Made,
    Outdated,
    Failed(RenditionError),
}
