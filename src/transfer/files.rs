//! The files of the media library, brought into the storage before the rows that name them.

use super::export::Named;
use super::import::{Mode, Run};
use super::parts::{PARTS, Part};
use super::reader::Parts;
use super::{MEDIA, Told, TransferError};
use crate::backup::{BackupError, Brought, Progress, digest, take_in};
use crate::media::Key;

const FILES: &str = "files";

impl Run<'_> {
    /// Brings all files: those that are there already are only looked at.
    pub(super) async fn bring_files(&mut self, told: Told<'_>) -> Result<(), TransferError> {
        let total = self.manifest.media.files;
        let mut done = 0;
        for part in PARTS.iter().filter(|part| part.has_files() && self.manifest.find(part.name).is_some()) {
            let (mut lines, _) = Parts::open(&self.options.folder, part)?;
            loop {
                let batch = lines.next_part()?;
                if batch.is_empty() {
                    break;
                }
                for line in batch {
                    // What is no row is told when the rows are read.
                    let Ok(object) = &line.object else { continue };
                    self.report.read(&part.file(), line.number);
                    let name = super::import::name_of(part, object);
                    self.bring_file(part, &name, &Named::of(object)).await?;
                    done += 1;
                    told(FILES, done, total);
                }
            }
        }
        Ok(())
    }

    async fn bring_file(&mut self, part: &Part, name: &str, file: &Named) -> Result<(), TransferError> {
        let Ok(key) = file.key.parse::<Key>() else { return Ok(()) };
        let path = self.options.folder.join(MEDIA).join(key.as_str());
        let storage = &self.to.media.storage;
        let is_there = path.is_file();
        let is_stored = storage.size(&key).await.map_err(BackupError::from)? == Some(file.size_bytes);
        if is_stored && (!is_there || self.options.mode == Mode::Try) {
            self.report.known(FILES);
            return Ok(());
        }
        if !is_there {
            self.report.refused(FILES, name, format!("its file {MEDIA}/{key} is not in the export"));
            return Ok(());
        }
        let progress = Progress::default();
        if self.options.mode == Mode::Try {
            let (_, sum) = digest(&path, &progress).map_err(TransferError::at(&path))?;
            if sum == file.digest {
                self.report.made(FILES);
            } else {
                self.report.refused(FILES, name, format!("{MEDIA}/{key} is not the file of {}", part.name));
            }
            return Ok(());
        }
        match take_in(storage, &path, (&file.key, &file.digest), &progress).await {
            Ok(Brought::New) => self.report.made(FILES),
            Ok(Brought::Known) => self.report.known(FILES),
            Err(BackupError::Stopped(why)) => self.report.refused(FILES, name, why),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
