//! Bringing a backup back: the files first, which harm nobody, then the database in one step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::{Manifest, new_id};
use super::media::{Brought, bring};
use super::verify::{other_system, remove};
use super::{BackupError, Backups, Depth, Kind, Progress, database};
use crate::clock::Micros;
use crate::config::{Config, SecretUrl};
use crate::db::{Target, unknown_migration};

/// What becomes of what is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Refuse,
    /// A SQLite file is moved aside; of a PostgreSQL database a backup is made first.
    Replace,
    /// The same, and no backup is made of a PostgreSQL database: it cannot be read any more.
    Discard,
}

/// Whether the installation has the key that the database was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKey {
    Same,
    /// Tokens, second steps and secrets of webhooks of the backup are void.
    Other,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    pub manifest: Manifest,
    pub new_files: u64,
    pub known_files: u64,
    /// Files of the media library that the backup lacks, as it did when it was made.
    pub lacking_files: u64,
    /// Where the SQLite database is that was there before.
    pub moved_to: Option<PathBuf>,
    /// The backup of the PostgreSQL database that was there before.
    pub kept_as: Option<String>,
    pub secret_key: SecretKey,
}

impl Backups {
    /// Restores a backup, the newest one when none is named. Until the last step the installation is as it was.
    ///
    /// # Errors
    /// What [`BackupError`] says; the database is as it was then.
    pub async fn restore(
        &self,
        config: &Config,
        id: Option<&str>,
        existing: Existing,
        progress: &Arc<Progress>,
    ) -> Result<Restored, BackupError> {
        let locked = self.folder.lock()?;
        let manifest = self.folder.find(id)?;
        let system = self.db.system();
        if manifest.database.system != system.as_str() {
            return Err(other_system(&manifest, system));
        }
        if let Some(migration) = unknown_migration(&manifest.database.migrations) {
            return Err(BackupError::Newer { made_by: manifest.vitrine.clone(), migration });
        }
        self.check_target(&config.database_url(), existing).await?;
        self.verify_locked(&manifest, Depth::Quick, progress).await?;
        let kept_as = match (self.db.file(), existing) {
            (None, Existing::Replace) if self.db.holds_something().await? => {
                Some(self.create_locked(&locked, Kind::BeforeRestore, progress).await?.manifest.id)
            }
            _ => None,
        };
        let mut restored = Restored {
            new_files: 0,
            known_files: 0,
            lacking_files: 0,
            moved_to: None,
            kept_as,
            secret_key: match &self.secret_key {
                Some(fingerprint) if *fingerprint == manifest.secret_key_fingerprint => SecretKey::Same,
                _ => SecretKey::Other,
            },
            manifest,
        };
        self.bring_media(&mut restored, progress).await?;
        self.bring_database(&config.database_url(), &mut restored, progress).await?;
        self.db.migrate().await?;
        self.release_restored().await?;
        Ok(restored)
    }

    async fn check_target(&self, url: &SecretUrl, existing: Existing) -> Result<(), BackupError> {
        if self.db.processes().await? > 0 || self.db.is_open_elsewhere().await.unwrap_or_default() {
            return Err(in_use(url));
        }
        let newer = match existing {
            // It may be too damaged to tell.
            Existing::Discard => self.db.unknown_migration().await.unwrap_or_default(),
            Existing::Refuse | Existing::Replace => self.db.unknown_migration().await?,
        };
        if let Some(migration) = newer {
            return Err(BackupError::NewerTarget { target: url.to_string(), migration });
        }
        // What cannot be read is something, too.
        let holds_something = match existing {
            Existing::Refuse => self.db.holds_something().await.unwrap_or(true),
            Existing::Replace | Existing::Discard => false,
        };
        if holds_something { Err(BackupError::NotEmpty(url.to_string())) } else { Ok(()) }
    }

    async fn bring_media(&self, restored: &mut Restored, progress: &Arc<Progress>) -> Result<(), BackupError> {
        progress.begin("media", restored.manifest.media.size_bytes);
        for line in self.folder.media_lines(&restored.manifest.id)? {
            let line = line?;
            if !self.folder.pooled(&line.digest).exists() {
                // The look at the whole backup has allowed it: it was lacking when the backup was made.
                restored.lacking_files += 1;
                continue;
            }
            match bring(&self.folder, &self.storage, &line, progress).await? {
                Brought::New => restored.new_files += 1,
                Brought::Known => restored.known_files += 1,
            }
        }
        Ok(())
    }

    /// Looks again whether a server runs: one may have been started since.
    async fn bring_database(
        &self,
        url: &SecretUrl,
        restored: &mut Restored,
        progress: &Arc<Progress>,
    ) -> Result<(), BackupError> {
        let manifest = &restored.manifest;
        progress.begin("database", manifest.database.size_bytes);
        let folder = self.folder.of(&manifest.id);
        let Some(file) = self.db.file() else {
            if self.db.processes().await? > 0 {
                return Err(in_use(url));
            }
            return database::refill(&self.db, Target::Database, (&folder, manifest), progress).await;
        };
        if let Some(parent) = file.parent().filter(|parent| *parent != Path::new("")) {
            std::fs::create_dir_all(parent).map_err(BackupError::at(parent))?;
        }
        let beside = |what: &str| PathBuf::from(format!("{}.{what}", file.display()));
        let copy = beside("restoring");
        remove(&copy)?;
        database::unpack(&folder, &copy, progress).await?;
        let findings = database::examine(&copy, manifest).await?;
        if !findings.is_empty() {
            remove(&copy)?;
            return Err(BackupError::Damaged { id: manifest.id.clone(), findings });
        }
        // With microseconds: what an earlier restore put aside stays.
        let aside = beside(&format!("before-restore-{}", new_id(Micros::now())));
        let was_there = file.exists();
        if !self.db.put_in_place(&copy, &aside).await.map_err(BackupError::at(file))? {
            remove(&copy)?;
            return Err(in_use(url));
        }
        restored.moved_to = was_there.then_some(aside);
        Ok(())
    }

    /// The folder that backups are looked for in.
    pub fn root(&self) -> &Path {
        &self.folder.root
    }
}

fn in_use(url: &SecretUrl) -> BackupError {
    BackupError::InUse(url.to_string())
}
