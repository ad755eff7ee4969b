//! Backups: the database at one moment, the files of the media library that it names, and the configuration without its
//! secrets. Made while the site is served; checked by their sums; restored into an empty installation in one step.
//!
//! A backup is a folder of `backup.dir` with a manifest. The files of the media library lie once in a pool beside all
//! backups, by their content: one that did not change is neither read nor copied again.

mod create;
mod database;
mod error;
mod file;
mod folder;
mod manifest;
mod media;
mod pool;
mod progress;
mod restore;
mod retention;
mod state;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{self, Config};
use crate::db::Db;
use crate::jobs::Schedule;
use crate::keys::{Keys, Purpose};
use crate::media::storage::Storage;
use crate::telemetry::Telemetry;
pub use create::Made;
pub use error::BackupError;
pub(crate) use file::{Hashing, digest};
pub(crate) use folder::make_private;
pub use manifest::{DatabasePart, Kind, Manifest, MediaPart};
pub(crate) use media::{Brought, copy_out, take_in};
pub use progress::Progress;
pub use restore::{Existing, Restored, SecretKey};
pub use state::QUERIES;
pub use verify::{Depth, Verified};

/// What the commands are called in PostgreSQL's list of connections: a restore goes on only where nothing else is in it.
pub const NAME: &str = "vitrine backup";
/// The word of `backup.schedule` for backups that somebody else begins.
const EXTERNAL: &str = "external";

/// The backups of one installation.
pub struct Backups {
    db: Arc<Db>,
    storage: Storage,
    telemetry: Arc<Telemetry>,
    folder: folder::Folder,
    config: config::Backup,
    schedule: Option<Schedule>,
    /// Whether there should be regular backups, however they are made.
    watched: bool,
    /// What a backup says of the settings.
    settings: String,
    /// Where types and templates are, unless they are the binary's own.
    site: Option<PathBuf>,
    /// Tells whether a restored installation has the same secret key; says nothing of the key.
    secret_key: Option<String>,
}

impl Backups {
    /// Nothing is read or written yet.
    ///
    /// # Errors
    /// When `backup.schedule` is none, or the settings name no media storage.
    pub fn open(
        config: &Config,
        db: Arc<Db>,
        keys: Option<&Keys>,
        telemetry: Arc<Telemetry>,
    ) -> Result<Arc<Self>, BackupError> {
        let given = config.backup.schedule.trim();
        let schedule = Some(given).filter(|text| !text.is_empty() && *text != EXTERNAL);
        let schedule = schedule.map(str::parse::<Schedule>).transpose();
        Ok(Arc::new(Self {
            db,
            storage: Storage::of(config, telemetry.clone())?,
            telemetry,
            folder: folder::Folder::new(config.backup_dir()),
            config: config.backup.clone(),
            watched: !given.is_empty(),
            schedule: schedule.map_err(|error| BackupError::Schedule(error.to_string()))?,
            settings: config.without_secrets(),
            site: config.site.folder().map(PathBuf::from),
            secret_key: keys.map(|keys| keys.sign(Purpose::Backup, &["fingerprint"])),
        }))
    }

    /// When a backup is made by itself; `None`: never.
    pub fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref()
    }

    /// All backups, the newest first; those that cannot be read with the reason.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, BackupError> {
        self.folder.list()
    }
}

/// A backup as a list shows it.
#[derive(Debug)]
pub struct Listed {
    pub id: String,
    pub manifest: Result<Manifest, BackupError>,
}
