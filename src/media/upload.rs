//! Taking files in: name, extension, size and content are checked before anything is stored, and every refusal says why.

use tokio::io::AsyncRead;

use super::document::{self, StoredFile};
use super::file_log::Deed;
use super::storage::Received;
use super::tagging::{self, Owner};
use super::{FileName, Key, Media, MediaError, arrival, collection, discard, text};
use crate::config::Extensions;
use crate::content::change::{self, Tag};
use crate::content::{Actor, Seen};
use crate::db::TxName;
use crate::telemetry::label::{MediaKind, ObjectEvent, UploadOutcome};

/// What to do with a file that is there already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// Say which one it is.
    #[default]
    Refuse,
    /// Say so when it is in a collection with one of these paths. Of others whoever asks must not learn what they hold:
    /// there it is stored a second time.
    RefuseWithin(Vec<String>),
    /// Store it a second time.
    Keep,
}

/// A file to be added, beside its bytes.
#[derive(Clone, Debug, Default)]
pub struct NewFile {
    /// As its sender calls it; folders in it are dropped.
    pub name: String,
    /// Empty: made from the name.
    pub title: String,
    /// What an image shows; documents have none.
    pub description: String,
    /// `None`: the root collection.
    pub collection: Option<i64>,
    pub tags: Vec<String>,
    pub duplicates: Duplicates,
    /// Who adds it; none for what a site comes with, which is not noted in the log.
    pub by: Option<Actor>,
    /// Identifies the file across installations and repeated seeds; `None`: a new one.
    pub uuid: Option<String>,
    /// The one that it had in the system that it comes from; `None`: the next one.
    pub id: Option<i64>,
}

impl NewFile {
    /// The account that adds it; none for programs.
    pub(super) fn account(&self) -> Option<i64> {
        self.by.as_ref().and_then(|by| by.account)
    }
}

/// A file that comes in the place of another.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'n> {
    /// As its sender calls it.
    pub name: &'n str,
    /// When what it replaces was changed; none: whatever is there.
    pub base: Option<i64>,
}

impl<'n> From<&'n str> for Replacement<'n> {
    fn from(name: &'n str) -> Self {
        Self { name, base: None }
    }
}

/// Whether somebody changed a file since whoever changes it now saw it.
pub(super) fn refuse_stale(seen: impl Into<Seen>, updated_at: i64) -> Result<(), MediaError> {
    if seen.into().takes(updated_at) { Ok(()) } else { Err(MediaError::Stale { updated_at }) }
}

impl Media {
    /// Adds a document; the new id.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is stored then.
    pub async fn add_document(&self, source: impl AsyncRead + Send, new: NewFile) -> Result<i64, MediaError> {
        let result = self.take_document(source, &new).await;
        self.count_upload(MediaKind::Document, UploadOutcome::Stored, result.as_ref().err());
        result
    }

    async fn take_document(&self, source: impl AsyncRead + Send, new: &NewFile) -> Result<i64, MediaError> {
        let settings = &self.settings;
        let name = accepted_name(&new.name, &settings.document_extensions)?;
        let title = title(new, &name)?;
        text::tags(&new.tags)?;
        let collection_id = self.existing_collection(new.collection).await?;
        let received = self.receive(source, settings.max_document_bytes).await?;
        if let Some(id) = document::find_by_digest(&*self.db, &received.digest, &new.duplicates).await? {
            return Err(MediaError::Duplicate(id));
        }
        let file = self.store("documents", received, name).await?;
        let uuid = new.uuid.clone().unwrap_or_else(new_uuid);
        let mut tx = self.db.begin(TxName("document.add")).await?;
        let Some(id) = document::insert(&mut tx, &uuid, &title, &file, (collection_id, new.account())).await? else {
            drop(tx);
            // The stored file is discarded already, and deleted in a while.
            let known = document::find_by_uuid(&*self.db, &uuid).await?;
            return Err(MediaError::Duplicate(known.unwrap_or_default()));
        };
        let id = arrival::keep_id(&mut tx, Owner::Document(id), new.id).await?;
        discard::claim(&mut tx, &file.key).await?;
        tagging::replace(&mut tx, Owner::Document(id), &new.tags).await?;
        let deed = Deed::document(ObjectEvent::Upload, id, &title);
        deed.note(&mut tx, new.by.as_ref()).await?;
        let tags = [Tag::Document(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, new.by.as_ref());
        self.content.announce_own(change, &tags);
        Ok(id)
    }

    /// Puts a new file in a document's place: its URL stays, what it serves changes.
    ///
    /// # Errors
    /// What [`MediaError`] says; the old file stays then.
    pub async fn replace_document(
        &self,
        id: i64,
        source: impl AsyncRead + Send,
        file: impl Into<Replacement<'_>>,
        by: impl Into<Actor>,
    ) -> Result<(), MediaError> {
        let result = self.take_replacement(id, source, file.into(), &by.into()).await;
        self.count_upload(MediaKind::Document, UploadOutcome::Replaced, result.as_ref().err());
        result
    }

    async fn take_replacement(
        &self,
        id: i64,
        source: impl AsyncRead + Send,
        Replacement { name, base }: Replacement<'_>,
        by: &Actor,
    ) -> Result<(), MediaError> {
        let name = accepted_name(name, &self.settings.document_extensions)?;
        let found = document::find(&*self.db, id).await?.ok_or(MediaError::DocumentNotFound(id))?;
        refuse_stale(base, found.updated_at)?;
        let received = self.receive(source, self.settings.max_document_bytes).await?;
        let file = self.store("documents", received, name).await?;
        let mut tx = self.db.begin(TxName("document.replace")).await?;
        let old = document::lock(&mut tx, id).await?.ok_or(MediaError::DocumentNotFound(id))?;
        refuse_stale(base, old.updated_at)?;
        document::set_file(&mut tx, id, &file).await?;
        discard::claim(&mut tx, &file.key).await?;
        discard::add(&mut tx, &old.file_key).await?;
        let deed = Deed::document(ObjectEvent::Replace, id, &old.title);
        deed.note(&mut tx, Some(by)).await?;
        let tags = [Tag::Document(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, Some(by));
        self.content.announce_own(change, &tags);
        Ok(())
    }

    pub(super) async fn receive(&self, source: impl AsyncRead + Send, max_bytes: u64) -> Result<Received, MediaError> {
        let received = self.storage.receive(source, max_bytes).await?;
        if received.size_bytes == 0 { Err(MediaError::Empty) } else { Ok(received) }
    }

    /// Stores a file that no row names yet: if none ever does, it is deleted in a while.
    pub(super) async fn store(
        &self,
        folder: &str,
        received: Received,
        name: FileName,
    ) -> Result<StoredFile, MediaError> {
        let key = Key::random(folder, &name.extension());
        let (size_bytes, digest) = (received.size_bytes.cast_signed(), received.digest.clone());
        discard::add(&*self.db, key.as_str()).await?;
        self.storage.keep(received, &key).await?;
        Ok(StoredFile { key, name, size_bytes, digest })
    }

    pub(super) async fn existing_collection(&self, id: Option<i64>) -> Result<i64, MediaError> {
        let id = id.unwrap_or(collection::ROOT_ID);
        collection::find(&*self.db, id).await?.map(|found| found.id).ok_or(MediaError::CollectionNotFound(id))
    }

    pub(super) fn count_upload(&self, kind: MediaKind, success: UploadOutcome, error: Option<&MediaError>) {
        let outcome = error.map_or(success, MediaError::outcome);
        self.telemetry.families.uploads.with_label_values(&[kind.as_str(), outcome.as_str()]).inc();
    }
}

pub(super) fn new_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The file's name, when files like it are taken.
pub(super) fn accepted_name(given: &str, allowed: &Extensions) -> Result<FileName, MediaError> {
    let name = FileName::of(given).ok_or(MediaError::NameInvalid)?;
    let found = name.extension();
    if allowed.contains(&found) {
        return Ok(name);
    }
    Err(MediaError::ExtensionRefused { found, allowed: allowed.clone() })
}

pub(super) fn title(new: &NewFile, name: &FileName) -> Result<String, MediaError> {
    let given = text::line("title", &new.title)?;
    Ok(if given.is_empty() { name.title() } else { given.to_owned() })
}
