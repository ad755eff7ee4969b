//! Writing a site into a folder: all of it as it is at one moment, while it is served and written to.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::manifest::{FORMAT, Listed, Manifest, MediaPart};
use super::parts::{BATCH, IMAGES, PARTS, Part, When};
use super::row::{self, Object};
use super::{MEDIA, Place, Told, TransferError, people};
use crate::backup::{Hashing, Progress, copy_out, make_private};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::media::{Key, tagging};
use crate::record;
use crate::telemetry::COMMIT;

/// Rows that have no ids, and are read at once: there are a few languages and content migrations.
const MAX_NAMED: usize = 10_000;
/// Keys that a manifest names of what is lacking.
const MAX_LACKING: usize = 100;

record! {
    /// A row, with its key and as an object.
    pub(super) struct Row { pub key: String, pub line: String }
}

/// What is exported.
#[derive(Clone, Debug)]
pub struct Options {
    /// A new folder, or an empty one.
    pub folder: PathBuf,
    /// Every revision; else the newest of each page and snippet, those that are live, and those that will be.
    pub history: bool,
    /// What visitors sent with forms.
    pub submissions: bool,
    /// Users with the hashes of their passwords, and groups with what they may do.
    pub users: bool,
}

/// What was written.
#[derive(Debug)]
pub struct Exported {
    pub manifest: Manifest,
}

/// A file of the media library that a row names.
pub(super) struct Named {
    pub key: String,
    pub digest: String,
    pub size_bytes: u64,
}

impl Named {
    pub fn of(object: &Object) -> Self {
        let text = |name: &str| row::text(object, name).to_owned();
        let size_bytes = row::number(object, "size_bytes").unwrap_or_default().unsigned_abs();
        Self { key: text("file_key"), digest: text("digest"), size_bytes }
    }
}

/// Writes a site into a folder.
///
/// # Errors
/// What [`TransferError`] says; the folder has no manifest then.
pub async fn export(from: &Place, options: &Options, told: Told<'_>) -> Result<Exported, TransferError> {
    let folder = options.folder.as_path();
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(TransferError::NotEmpty(folder.to_owned()));
    }
    make_private(&folder.join(MEDIA)).map_err(TransferError::at(folder))?;
    let created_at = Micros::now().to_rfc3339();
    let (mut files, mut named) = (Vec::new(), Vec::new());
    let mut tx = from.content.db.begin_reading(TxName("transfer.export")).await?;
    let wanted = |part: &&Part| match part.when {
        When::Always => true,
        When::WithHistory => options.history,
        When::WithSubmissions => options.submissions,
    };
    for part in PARTS.iter().filter(wanted) {
        files.push(write_part(&mut tx, part, options, &mut named, told).await?);
    }
    if options.users {
        files.push(write_all(folder, people::USERS, &people::users(&mut tx).await?)?);
        files.push(write_all(folder, people::GROUPS, &people::groups(&mut tx).await?)?);
    }
    tx.commit().await?;
    let media = copy_files(from, folder, &named, told).await?;
    let manifest = Manifest {
        format: FORMAT,
        vitrine: env!("CARGO_PKG_VERSION").to_owned(),
        commit: COMMIT.to_owned(),
        created_at,
        with_history: options.history,
        with_submissions: options.submissions,
        with_users: options.users,
        media,
        files,
    };
    manifest.write(folder)?;
    Ok(Exported { manifest })
}

/// A file of lines that is being written.
struct Lines {
    path: PathBuf,
    name: String,
    file: Hashing,
    rows: u64,
}

impl Lines {
    fn create(folder: &Path, name: &str) -> Result<Self, TransferError> {
        let name = format!("{name}.jsonl");
        let path = folder.join(&name);
        let file = Hashing::create(&path).map_err(TransferError::at(&path))?;
        Ok(Self { path, name, file, rows: 0 })
    }

    fn write(&mut self, object: &impl Serialize) -> Result<(), TransferError> {
        let line = serde_json::to_string(object).map_err(std::io::Error::from);
        let written = line.and_then(|line| writeln!(self.file, "{line}"));
        self.rows += 1;
        written.map_err(TransferError::at(&self.path))
    }

    fn finish(self) -> Result<Listed, TransferError> {
        let (size_bytes, sha256) = self.file.finish().map_err(TransferError::at(&self.path))?;
        Ok(Listed { path: self.name, rows: self.rows, size_bytes, sha256 })
    }
}

fn write_all(folder: &Path, name: &str, objects: &[impl Serialize]) -> Result<Listed, TransferError> {
    let mut file = Lines::create(folder, name)?;
    objects.iter().try_for_each(|object| file.write(object))?;
    file.finish()
}

async fn write_part(
    tx: &mut Tx,
    part: &'static Part,
    options: &Options,
    named: &mut Vec<Named>,
    told: Told<'_>,
) -> Result<Listed, TransferError> {
    let list = part.brief.filter(|_| !options.history).unwrap_or(part.list);
    let limit = if part.has_ids() { BATCH } else { MAX_NAMED };
    let mut file = Lines::create(&options.folder, part.name)?;
    let (mut id, mut name) = (0_i64, String::new());
    loop {
        let call = Exec::from(&mut *tx).query(list);
        let call = if part.has_ids() { call.bind(id) } else { call.bind(&name) };
        let mut rows: Vec<Row> = call.bind(limit as i64).list().await?;
        let full = rows.len() == limit;
        if let Some(last) = rows.last() {
            id = last.key.parse().unwrap_or_default();
            name.clone_from(&last.key);
        }
        if !part.has_ids() {
            // Each database has an order of texts of its own.
            rows.sort_by(|one, other| one.key.cmp(&other.key));
            if full && part.key().name != "digest" {
                return Err(TransferError::TooMany(part.name));
            }
        }
        for object in objects(tx, part, &rows).await? {
            if part.has_files() {
                named.push(Named::of(&object));
            }
            file.write(&object)?;
        }
        told(part.name, file.rows, 0);
        if !full {
            return file.finish();
        }
    }
}

/// Rows as files have them.
pub(super) async fn objects(tx: &mut Tx, part: &Part, rows: &[Row]) -> Result<Vec<Object>, DbError> {
    let mut objects: Vec<Object> = rows.iter().map(|row| row::of_database(part.columns, &row.line)).collect();
    if part.has_files() && !objects.is_empty() {
        let ids: Vec<i64> = objects.iter().filter_map(|object| row::number(object, "id")).collect();
        let tags = if part.name == IMAGES {
            tagging::of_images(tx, ids).await?
        } else {
            tagging::of_documents(tx, ids).await?
        };
        for object in &mut objects {
            let id = row::number(object, "id");
            let of = tags.iter().filter(|tag| Some(tag.owner_id) == id);
            let mut names: Vec<&str> = of.map(|tag| tag.name.as_str()).collect();
            names.sort_unstable();
            object.insert("tags".to_owned(), names.into_iter().map(Value::from).collect());
        }
    }
    Ok(objects)
}

async fn copy_files(from: &Place, folder: &Path, named: &[Named], told: Told<'_>) -> Result<MediaPart, TransferError> {
    let mut part = MediaPart::default();
    let progress = Progress::default();
    for (at, file) in named.iter().enumerate() {
        told("files", at as u64 + 1, named.len() as u64);
        let into = match file.key.parse::<Key>() {
            Ok(key) => folder.join(MEDIA).join(key.as_str()),
            Err(_) => continue,
        };
        if let Some(above) = into.parent() {
            make_private(above).map_err(TransferError::at(above))?;
        }
        match copy_out(&from.media.storage, &file.key, &file.digest, &into, &progress).await? {
            Some(size_bytes) => {
                part.files += 1;
                part.size_bytes += size_bytes;
            }
            None => {
                part.lacking += 1;
                if part.lacking_keys.len() < MAX_LACKING {
                    part.lacking_keys.push(file.key.clone());
                }
            }
        }
    }
    Ok(part)
}
