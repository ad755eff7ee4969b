//! Making a backup, while the site is served and written to.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::file::Writing;
use super::folder::{Locked, Partial};
use super::manifest::{self, FORMAT, FilePart, Kind, Manifest};
use super::{BackupError, Backups, Depth, Progress, Verified, database, media};
use crate::clock::Micros;
use crate::telemetry::{COMMIT, Timer};

/// Files of a site folder that are taken; it has no more.
const MAX_SITE_FILES: usize = 20_000;

/// A backup that was made.
#[derive(Debug)]
pub struct Made {
    pub manifest: Manifest,
    pub duration_s: f64,
    pub verified: Verified,
    /// Old backups that went.
    pub deleted: Vec<String>,
}

impl Backups {
    /// Makes a backup, reads it again, and deletes regular ones that are too old.
    ///
    /// # Errors
    /// What [`BackupError`] says; there is no such backup then.
    pub fn create<'b>(&'b self, kind: Kind, progress: &'b Arc<Progress>) -> BoxFuture<'b, Result<Made, BackupError>> {
        Box::pin(async move {
            let locked = self.folder.lock()?;
            self.create_locked(&locked, kind, progress).await
        })
    }

    pub(super) async fn create_locked(
        &self,
        locked: &Locked,
        kind: Kind,
        progress: &Arc<Progress>,
    ) -> Result<Made, BackupError> {
        let (timer, began) = (Timer::start(), Micros::now());
        let id = manifest::new_id(began);
        let partial = self.folder.begin(locked, &id)?;
        let hold = self.hold().await?;
        let manifest = tokio::select! {
            manifest = self.fill(&partial, (id, kind, began), progress) => manifest,
            error = self.keep_holding(&hold) => Err(error.into()),
        };
        // It ends by itself when the database is out of reach now.
        let released = self.release(hold).await;
        let manifest = manifest?;
        released?;
        self.folder.take_in(&partial.path.join(media::STAGED))?;
        manifest.write(&partial.path).map_err(BackupError::at(&partial.path))?;
        partial.keep().map_err(BackupError::at(&self.folder.root))?;
        if manifest.media.lacking > 0 {
            tracing::error!(
                files = manifest.media.lacking,
                first = manifest.media.lacking_keys.first(),
                "the media library lacks files that rows name, or has them with another content: they are not in the backup"
            );
        }
        let verified = match self.verify_locked(&manifest, Depth::Quick, progress).await {
            Ok(verified) => verified,
            Err(error) => {
                // Nobody is to take it for one that is whole, and no older one is to go for it.
                if let Err(error) = self.folder.delete(locked, &manifest.id) {
                    tracing::error!(id = manifest.id, %error, "a backup that was not found whole could not be deleted");
                }
                return Err(error);
            }
        };
        let duration_s = timer.elapsed_s();
        self.note_verified(&manifest, Some(duration_s)).await?;
        let deleted = if kind == Kind::Scheduled { self.thin_out(locked, &manifest.id)? } else { Vec::new() };
        tracing::info!(
            id = manifest.id,
            kind = kind.as_str(),
            duration_s,
            bytes = manifest.size_bytes(),
            "backup made"
        );
        Ok(Made { manifest, duration_s, verified, deleted })
    }

    async fn fill(
        &self,
        partial: &Partial,
        (id, kind, began): (String, Kind, Micros),
        progress: &Arc<Progress>,
    ) -> Result<Manifest, BackupError> {
        let folder = partial.path.as_path();
        let database::Dumped { part, mut files, snapshot } = database::dump(&self.db, folder, progress).await?;
        let mut media = media::name_files(snapshot, folder).await?;
        database::tidy(folder).map_err(BackupError::at(folder))?;
        files.push(media::list_part(folder).await?);
        self.copy_media(folder, &mut media, progress).await?;
        files.extend(self.copy_configuration(folder)?);
        // What goes into the pool is on the disk before it has its name there.
        partial.sync().map_err(BackupError::at(folder))?;
        Ok(Manifest {
            format: FORMAT,
            id,
            kind,
            created_at: began.to_rfc3339(),
            created_us: began.0,
            vitrine: env!("CARGO_PKG_VERSION").to_owned(),
            commit: COMMIT.to_owned(),
            secret_key_fingerprint: self.secret_key.clone().unwrap_or_default(),
            database: part,
            media,
            files,
        })
    }

    /// The settings without their secrets, and the site's own types and templates.
    fn copy_configuration(&self, folder: &Path) -> Result<Vec<FilePart>, BackupError> {
        let settings = || {
            let mut writing = Writing::create(folder, "settings.toml.zst")?;
            writing.write_all(self.settings.as_bytes())?;
            writing.finish()
        };
        let mut files = vec![settings().map_err(BackupError::at(folder))?];
        let Some(root) = &self.site else { return Ok(files) };
        let mut open = vec![root.clone()];
        while let Some(inside) = open.pop() {
            for entry in std::fs::read_dir(&inside).map_err(BackupError::at(&inside))? {
                let path = entry.map_err(BackupError::at(&inside))?.path();
                let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str).filter(|_| !hidden) else {
                    continue;
                };
                match std::fs::metadata(&path) {
                    Ok(found) if found.is_dir() => open.push(path),
                    Ok(found) if found.is_file() => files.push(copy_file(&path, folder, name)?),
                    Ok(_) => tracing::warn!(path = %path.display(), "neither file nor folder: not in the backup"),
                    // The server cannot read it either.
                    Err(error) if error.kind() == ErrorKind::NotFound => {
                        tracing::warn!(path = %path.display(), "a link to what is not there: not in the backup");
                    }
                    Err(error) => return Err(BackupError::at(&path)(error)),
                }
                if files.len() > MAX_SITE_FILES {
                    let text = format!("site.dir {} has more than {MAX_SITE_FILES} files", root.display());
                    return Err(BackupError::Stopped(text));
                }
            }
        }
        Ok(files)
    }
}

/// A file of the site, as one of the backup.
fn copy_file(path: &Path, folder: &Path, name: &str) -> Result<FilePart, BackupError> {
    let mut file = std::fs::File::open(path).map_err(BackupError::at(path))?;
    let mut copied = || {
        let mut writing = Writing::create(folder, &format!("site/{name}.zst"))?;
        std::io::copy(&mut file, &mut writing)?;
        writing.finish()
    };
    copied().map_err(BackupError::at(path))
}
