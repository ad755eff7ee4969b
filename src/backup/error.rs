//! Why there is no backup, or no restore; each says what to do next.

use std::io;
use std::path::{Path, PathBuf};

use crate::db::DbError;
use crate::media::storage::StorageError;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("{path}: {error}{hint}", path = path.display(), hint = hint(error))]
    Io { path: PathBuf, error: io::Error },
    #[error("backup.schedule: {0}")]
    Schedule(String),
    #[error("another backup, or its restore, is under way in {0}: wait for it to end")]
    Busy(PathBuf),
    #[error("there is no backup in {0}: vitrine backup create makes one, --set backup.dir=FOLDER looks elsewhere")]
    None(PathBuf),
    #[error("there is no backup {0:?}: vitrine backup list shows all")]
    NotFound(String),
    #[error("{path} is not the manifest of a backup that this version can read: {reason}", path = path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error("the backup {id} is damaged: take another one, vitrine backup list shows all\n  {}", findings.join("\n  "))]
    Damaged { id: String, findings: Vec<String> },
    #[error(
        "the backup holds a {backup} database, and database.url names {configured}: set database.url to one of its kind"
    )]
    OtherSystem { backup: String, configured: &'static str },
    #[error(
        "the backup was made by a newer Vitrine ({made_by}): it has migration {migration}, which this one does not know; restore it with that version"
    )]
    Newer { made_by: String, migration: i64 },
    #[error(
        "the database has migration {migration}, which this version does not know: make the backup with the version that serves the site"
    )]
    UnknownSchema { migration: i64 },
    #[error(
        "{target} has migration {migration}, which this version does not know: restore into a new database, or with the version that served the site"
    )]
    NewerTarget { target: String, migration: i64 },
    #[error(
        "{0} holds a site already. Restore into an empty database and folder, or replace it: --force-into-existing"
    )]
    NotEmpty(String),
    #[error("Vitrine is running on {0}: stop it first, on every node")]
    InUse(String),
    #[error("{0}")]
    Stopped(String),
}

impl BackupError {
    /// For `map_err`: what went wrong with this path.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }

    /// Whether it tells of the machine, and not of what lies there: of a backup it says nothing.
    pub(super) fn is_of_the_machine(&self) -> bool {
        use io::ErrorKind as Kind;
        match self {
            Self::Db(error) => error.is_outage(),
            Self::Io { error, .. } => matches!(
                error.kind(),
                Kind::StorageFull
                    | Kind::QuotaExceeded
                    | Kind::FileTooLarge
                    | Kind::PermissionDenied
                    | Kind::ReadOnlyFilesystem
            ),
            _ => false,
        }
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ": make room, or name another folder with backup.dir"
        }
        io::ErrorKind::PermissionDenied => ": the user that runs Vitrine needs to write there",
        _ => "",
    }
}
