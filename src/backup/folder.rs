//! The folder of all backups: one at a time is made, and it is there whole or not at all.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::manifest::{Manifest, is_id};
use super::{BackupError, Listed};

/// What a backup begins with until it is whole.
const PARTIAL: &str = ".partial-";
const LOCK: &str = ".lock";
/// Backups that are looked at.
const MAX_BACKUPS: usize = 10_000;

pub(super) struct Folder {
    pub(super) root: PathBuf,
}

/// Nobody else makes, deletes or restores a backup of the folder until it is dropped, also by a crash.
pub(super) struct Locked {
    _file: File,
}

/// A backup that is being made; dropped before [`Partial::keep`], it is gone.
pub(super) struct Partial {
    pub(super) path: PathBuf,
    whole: PathBuf,
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Kept, it is not there any more; what stays is removed by the next one.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A folder that its owner alone reads.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn of(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }

    /// Makes the folder if it is not there.
    pub(super) fn lock(&self) -> Result<Locked, BackupError> {
        make_private(&self.root).map_err(BackupError::at(&self.root))?;
        let path = self.root.join(LOCK);
        let file = File::options().create(true).append(true).open(&path).map_err(BackupError::at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Locked { _file: file }),
            Err(TryLockError::WouldBlock) => Err(BackupError::Busy(self.root.clone())),
            Err(TryLockError::Error(error)) => Err(BackupError::at(&path)(error)),
        }
    }

    /// Begins a backup, and removes what one left that was cut off.
    pub(super) fn begin(&self, _locked: &Locked, id: &str) -> Result<Partial, BackupError> {
        for name in self.names()?.into_iter().filter(|name| name.starts_with(PARTIAL)) {
            let path = self.root.join(name);
            fs::remove_dir_all(&path).map_err(BackupError::at(&path))?;
        }
        let path = self.root.join(format!("{PARTIAL}{id}"));
        make_private(&path).map_err(BackupError::at(&path))?;
        Ok(Partial { path, whole: self.of(id) })
    }

    /// The names of all whole backups, the newest first.
    pub(super) fn ids(&self) -> Result<Vec<String>, BackupError> {
        let mut ids: Vec<String> = self.names()?.into_iter().filter(|name| is_id(name)).collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.truncate(MAX_BACKUPS);
        Ok(ids)
    }

    /// All that lies in the folder and is not on its way in or out.
    pub(super) fn whole_names(&self) -> Result<Vec<String>, BackupError> {
        Ok(self.names()?.into_iter().filter(|name| !name.starts_with(PARTIAL)).collect())
    }

    fn names(&self) -> Result<Vec<String>, BackupError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(BackupError::at(&self.root)(error)),
        };
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect::<io::Result<_>>().map_err(BackupError::at(&self.root))
    }

    pub(super) fn list(&self) -> Result<Vec<Listed>, BackupError> {
        let listed = |id: String| Listed { manifest: Manifest::read(&self.of(&id)), id };
        Ok(self.ids()?.into_iter().map(listed).collect())
    }

    /// The backup of that name, or the newest one that can be read.
    pub(super) fn find(&self, id: Option<&str>) -> Result<Manifest, BackupError> {
        let Some(id) = id else {
            let mut newest = Err(BackupError::None(self.root.clone()));
            for listed in self.list()? {
                match listed.manifest {
                    Ok(manifest) => return Ok(manifest),
                    Err(error) if matches!(newest, Err(BackupError::None(_))) => newest = Err(error),
                    Err(_) => {}
                }
            }
            return newest;
        };
        if !is_id(id) || !self.of(id).is_dir() {
            return Err(BackupError::NotFound(id.to_owned()));
        }
        Manifest::read(&self.of(id))
    }

    /// Deletes a backup; what is cut off is no backup any more.
    pub(super) fn delete(&self, _locked: &Locked, id: &str) -> Result<(), BackupError> {
        let (path, partial) = (self.of(id), self.root.join(format!("{PARTIAL}{id}")));
        fs::rename(&path, &partial).map_err(BackupError::at(&path))?;
        fs::remove_dir_all(&partial).map_err(BackupError::at(&partial))
    }
}

impl Partial {
    /// Makes all that was written outlive a power cut.
    pub(super) fn sync(&self) -> io::Result<()> {
        rustix::fs::syncfs(File::open(&self.path)?).map_err(io::Error::from)
    }

    /// It is a backup from now on.
    pub(super) fn keep(self) -> io::Result<()> {
        self.sync()?;
        fs::rename(&self.path, &self.whole)?;
        File::open(self.whole.parent().unwrap_or(&self.whole))?.sync_all()
    }
}
