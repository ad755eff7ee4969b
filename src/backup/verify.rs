//! Reading a backup again: its sums, its files of the media library, and its database, opened.

use std::path::Path;
use std::sync::Arc;

use super::file::{self, blocking};
use super::manifest::Manifest;
use super::pool::Line;
use super::{BackupError, Backups, Progress, database};
use crate::db::Target;
use crate::telemetry::label::DbSystem;

/// Findings that are told of.
const MAX_FINDINGS: usize = 50;
/// Where the database is unpacked to be looked at.
const EXAMINED: &str = ".examined.db";

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All but the content of the media files, which were read when they came into the pool.
    Quick,
    /// Every byte.
    Whole,
    /// The same, and the rows are restored into a schema that nobody sees (PostgreSQL).
    Rehearsal,
}

/// A backup that is whole.
#[derive(Debug)]
pub struct Verified {
    pub id: String,
    pub files: u64,
    pub bytes: u64,
    pub depth: Depth,
}

impl Backups {
    /// Reads a backup, the newest one when none is named.
    ///
    /// # Errors
    /// [`BackupError::Damaged`] with what was found, and when it cannot be read.
    pub async fn verify(
        &self,
        id: Option<&str>,
        depth: Depth,
        progress: &Arc<Progress>,
    ) -> Result<(Manifest, Verified), BackupError> {
        let _locked = self.folder.lock()?;
        let manifest = self.folder.find(id)?;
        let verified = self.verify_locked(&manifest, depth, progress).await?;
        // A copy is also verified where there is no such installation.
        if self.db.file().is_none_or(Path::exists)
            && let Err(error) = self.note_verified(&manifest, None).await
        {
            tracing::debug!(%error, "the database was not told");
        }
        Ok((manifest, verified))
    }

    pub(super) async fn verify_locked(
        &self,
        manifest: &Manifest,
        depth: Depth,
        progress: &Arc<Progress>,
    ) -> Result<Verified, BackupError> {
        let mut findings = Vec::new();
        let mut verified = Verified { id: manifest.id.clone(), files: 0, bytes: 0, depth };
        self.check_sums(manifest, &mut findings, &mut verified, progress).await?;
        if findings.is_empty() {
            self.check_media(manifest, &mut findings, &mut verified, progress).await?;
            self.check_database(manifest, depth, &mut findings, progress).await?;
        }
        findings.truncate(MAX_FINDINGS);
        if findings.is_empty() { Ok(verified) } else { Err(BackupError::Damaged { id: manifest.id.clone(), findings }) }
    }

    /// The files of the backup itself.
    async fn check_sums(
        &self,
        manifest: &Manifest,
        findings: &mut Vec<String>,
        verified: &mut Verified,
        progress: &Arc<Progress>,
    ) -> Result<(), BackupError> {
        progress.begin("sums", manifest.own_bytes());
        let folder = self.folder.of(&manifest.id);
        for part in &manifest.files {
            let path = folder.join(&part.path);
            match digested(&path, progress).await {
                Ok((size, sum)) if (size, sum.as_str()) == (part.size_bytes, part.sha256.as_str()) => {
                    verified.files += 1;
                    verified.bytes += size;
                }
                Ok((size, sum)) => {
                    let (was, expected) = (part.size_bytes, &part.sha256);
                    findings.push(format!("{}: {size} bytes with sum {sum}, not {was} with {expected}", part.path));
                }
                Err(error) if error.is_of_the_machine() => return Err(error),
                Err(error) => findings.push(error.to_string()),
            }
        }
        Ok(())
    }

    /// The files of the media library, which lie in the pool.
    async fn check_media(
        &self,
        manifest: &Manifest,
        findings: &mut Vec<String>,
        verified: &mut Verified,
        progress: &Arc<Progress>,
    ) -> Result<(), BackupError> {
        progress.begin("media sums", manifest.media.size_bytes);
        let (mut lacking, mut lines) = (0, 0);
        for line in self.folder.media_lines(&manifest.id)? {
            let Line { digest, key } = line?;
            lines += 1;
            let path = self.folder.pooled(&digest);
            let Ok(meta) = std::fs::metadata(&path) else {
                lacking += 1;
                if lacking > manifest.media.lacking && findings.len() < MAX_FINDINGS {
                    findings.push(format!("{key}: {} is not there", path.display()));
                }
                continue;
            };
            if verified.depth == Depth::Quick {
                progress.add(meta.len());
            } else {
                let (_, sum) = digested(&path, progress).await?;
                if sum != digest && findings.len() < MAX_FINDINGS {
                    findings.push(format!("{key}: {} has the sum {sum}", path.display()));
                }
            }
            verified.files += 1;
            verified.bytes += meta.len();
        }
        if lines != manifest.media.files {
            findings.push(format!("the list of media has {lines} files, and had {}", manifest.media.files));
        }
        Ok(())
    }

    async fn check_database(
        &self,
        manifest: &Manifest,
        depth: Depth,
        findings: &mut Vec<String>,
        progress: &Arc<Progress>,
    ) -> Result<(), BackupError> {
        progress.begin("database", manifest.database.size_bytes);
        let folder = self.folder.of(&manifest.id);
        if manifest.database.system == DbSystem::Sqlite.as_str() {
            let copy = self.folder.root.join(EXAMINED);
            remove(&copy)?;
            let found = match database::unpack(&folder, &copy, progress).await {
                Ok(()) => database::examine(&copy, manifest).await,
                Err(error) if error.is_of_the_machine() => Err(error),
                Err(error) => Ok(vec![error.to_string()]),
            };
            remove(&copy)?;
            findings.extend(found?);
        } else if depth == Depth::Rehearsal {
            if self.db.system() != DbSystem::Postgres {
                return Err(other_system(manifest, self.db.system()));
            }
            match database::refill(&self.db, Target::Rehearsal, (&folder, manifest), progress).await {
                Ok(()) => {}
                Err(BackupError::Damaged { findings: found, .. }) => findings.extend(found),
                Err(error) if error.is_of_the_machine() => return Err(error),
                Err(error) => findings.push(format!("it cannot be restored: {error}")),
            }
        }
        Ok(())
    }
}

pub(super) fn other_system(manifest: &Manifest, configured: DbSystem) -> BackupError {
    BackupError::OtherSystem { backup: manifest.database.system.clone(), configured: configured.as_str() }
}

async fn digested(path: &Path, progress: &Arc<Progress>) -> Result<(u64, String), BackupError> {
    let (of, told) = (path.to_owned(), progress.clone());
    blocking(path.to_owned(), move || file::digest(&of, &told)).await
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(BackupError::at(path)(error)),
        _ => Ok(()),
    }
}
