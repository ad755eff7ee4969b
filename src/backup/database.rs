//! The database of a backup: written from a snapshot, and brought back.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::file::{self, PIECES, Writing, blocking};
use super::manifest::{DatabasePart, FilePart, Manifest, TablePart};
use super::{BackupError, Progress};
use crate::db::{Db, DbError, Snapshot, Table, Target, unknown_migration};

/// The file of SQLite, compressed.
const SQLITE_NAME: &str = "database/vitrine.db.zst";
/// The same before it is compressed; it is no part of the backup.
const COPY_NAME: &str = "vitrine.db";

/// A database that was written into a backup.
pub(super) struct Dumped {
    pub(super) part: DatabasePart,
    pub(super) files: Vec<FilePart>,
    /// Still open: which files of the media library the rows name.
    pub(super) snapshot: Snapshot,
}

/// The rows of a table, as `COPY` reads them.
fn rows_name(table: &str) -> String {
    format!("database/{table}.copy.zst")
}

/// Writes the database as it is now.
pub(super) async fn dump(db: &Db, folder: &Path, progress: &Arc<Progress>) -> Result<Dumped, BackupError> {
    progress.begin("database", 0);
    let copy = folder.join(COPY_NAME);
    let mut snapshot = db.snapshot(&copy).await?;
    let mut part = DatabasePart {
        system: db.system().as_str().to_owned(),
        migrations: snapshot.versions().await?,
        tables: Vec::new(),
        sequences: snapshot.sequences().await?,
        size_bytes: 0,
    };
    // A file is copied whole; of a schema that this version does not know, tables would be left out.
    if let (None, Some(migration)) = (db.file(), unknown_migration(&part.migrations)) {
        return Err(BackupError::UnknownSchema { migration });
    }
    let mut files = Vec::new();
    let tables = snapshot.tables().await?;
    if db.file().is_some() {
        for Table { name, columns } in tables {
            let rows = snapshot.count(&Table { name: name.clone(), columns: Vec::new() }).await?;
            part.tables.push(TablePart { name, columns, rows });
        }
        let (from, into, told) = (copy.clone(), folder.to_owned(), progress.clone());
        let compress = move || {
            part.size_bytes = fs::metadata(&from)?.len();
            told.begin("database", part.size_bytes);
            let mut writing = Writing::create(&into, SQLITE_NAME)?;
            io::copy(&mut Told { inner: fs::File::open(&from)?, progress: &told }, &mut writing)?;
            Ok((part, writing.finish()?))
        };
        let (part, file) = blocking(copy, compress).await?;
        files.push(file);
        return Ok(Dumped { part, files, snapshot });
    }
    for table in tables {
        let (into, rows) = mpsc::channel(PIECES);
        let before = progress.now().1;
        let written = file::pour(folder, rows_name(&table.name), rows, progress.clone());
        let copied = async {
            let copied = snapshot.copy_out(&table, &into).await;
            drop(into);
            copied
        };
        // What the disk said comes first: a database whose rows nobody takes only follows.
        let (copied, written) = tokio::join!(copied, written);
        let (file, rows) = written?;
        copied?;
        part.size_bytes += progress.now().1 - before;
        part.tables.push(TablePart { name: table.name, columns: table.columns, rows });
        files.push(file);
    }
    Ok(Dumped { part, files, snapshot })
}

/// Removes what [`dump`] needed and a backup has not.
pub(super) fn tidy(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(COPY_NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Reads, and tells how much.
struct Told<'p, R> {
    inner: R,
    progress: &'p Progress,
}

impl<R: io::Read> io::Read for Told<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

/// Writes the SQLite database of a backup to `copy`, which is on the disk then.
pub(super) async fn unpack(folder: &Path, copy: &Path, progress: &Arc<Progress>) -> Result<(), BackupError> {
    let (from, into, told) = (folder.join(SQLITE_NAME), copy.to_owned(), progress.clone());
    blocking(from.clone(), move || {
        let mut inner = file::create(&into)?;
        io::copy(&mut Told { inner: file::open(&from)?, progress: &told }, &mut inner)?;
        inner.sync_all()
    })
    .await
}

/// What is wrong with an unpacked SQLite database: its structure, rows that name what is not there, and numbers of rows.
pub(super) async fn examine(copy: &Path, manifest: &Manifest) -> Result<Vec<String>, BackupError> {
    let mut snapshot = match Snapshot::open_copy(copy).await {
        Ok(snapshot) => snapshot,
        Err(error) => return Ok(vec![format!("the database cannot be opened: {error}")]),
    };
    let findings = async {
        let mut findings = snapshot.findings().await?;
        for TablePart { name, columns, rows } in &manifest.database.tables {
            let found = snapshot.count(&Table { name: name.clone(), columns: columns.clone() }).await?;
            if found != *rows {
                findings.push(format!("the table {name} has {found} rows, and had {rows}"));
            }
        }
        Ok::<_, DbError>(findings)
    };
    let findings = findings.await.unwrap_or_else(|error| vec![format!("the database cannot be read: {error}")]);
    snapshot.close().await?;
    Ok(findings)
}

/// Brings the rows of a backup into PostgreSQL, in one transaction.
pub(super) async fn refill(
    db: &Db,
    target: Target,
    (folder, manifest): (&Path, &Manifest),
    progress: &Arc<Progress>,
) -> Result<(), BackupError> {
    let mut refill = db.refill(target, &manifest.database.migrations).await?;
    for TablePart { name, columns, rows } in &manifest.database.tables {
        let table = Table { name: name.clone(), columns: columns.clone() };
        let (into, from) = mpsc::channel(PIECES);
        let drawn = file::draw(folder.join(rows_name(name)), into, progress.clone());
        let (drawn, copied) = tokio::join!(drawn, refill.copy_in(&table, from));
        drawn?;
        let copied = copied?;
        if copied != *rows {
            let findings = vec![format!("the table {name} has {copied} rows, and had {rows}")];
            return Err(BackupError::Damaged { id: manifest.id.clone(), findings });
        }
    }
    Ok(refill.finish(&manifest.database.sequences).await?)
}
