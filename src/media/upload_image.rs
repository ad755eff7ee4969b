//! Taking images in: what passes is one picture and nothing else, and what is stored has no metadata.

use sha2::Digest as _;
use tokio::io::AsyncRead;

use super::discard::{self, Which};
use super::document::StoredFile;
use super::file_log::Deed;
use super::image::{self, FocalBy, FocalPoint, ImageInfo, Limits};
use super::stored_image::{self, NewRow};
use super::tagging::{self, Owner};
use super::upload::{NewFile, Replacement, accepted_name, new_uuid, refuse_stale, title};
use super::{FileName, Key, Media, MediaError, arrival, text};
use crate::content::Actor;
use crate::content::change::{self, Tag};
use crate::db::TxName;
use crate::telemetry::label::{MediaKind, ObjectEvent, UploadOutcome};

/// A picture that was checked and cleaned.
struct Picture {
    name: FileName,
    info: ImageInfo,
    bytes: Vec<u8>,
    digest: String,
}

impl Media {
    /// Adds an image; the new id.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is stored then.
    pub async fn add_image(
        &self,
        source: impl AsyncRead + Send,
        new: NewFile,
        focal: Option<FocalPoint>,
    ) -> Result<i64, MediaError> {
        let result = self.take_image(source, &new, focal).await;
        self.count_upload(MediaKind::Image, UploadOutcome::Stored, result.as_ref().err());
        result
    }

    async fn take_image(
        &self,
        source: impl AsyncRead + Send,
        new: &NewFile,
        focal: Option<FocalPoint>,
    ) -> Result<i64, MediaError> {
        let name = accepted_name(&new.name, &self.settings.image_extensions)?;
        let title = title(new, &name)?;
        let description = text::line("description", &new.description)?;
        text::tags(&new.tags)?;
        let collection_id = self.existing_collection(new.collection).await?;
        let picture = self.read_picture(source, name).await?;
        check_focal(focal, &picture.info)?;
        if let Some(id) = stored_image::find_by_digest(&*self.db, &picture.digest, &new.duplicates).await? {
            return Err(MediaError::Duplicate(id));
        }
        let info = picture.info;
        let file = self.store_picture(picture).await?;
        let uuid = new.uuid.clone().unwrap_or_else(new_uuid);
        let mut tx = self.db.begin(TxName("image.add")).await?;
        let row = NewRow { uuid: &uuid, title: &title, description, collection_id, uploaded_by: new.account() };
        let Some(id) = stored_image::insert(&mut tx, row, &file, &info).await? else {
            drop(tx);
            // The stored file is discarded already, and deleted in a while.
            let known = stored_image::find_by_uuid(&*self.db, &uuid).await?;
            return Err(MediaError::Duplicate(known.unwrap_or_default()));
        };
        let id = arrival::keep_id(&mut tx, Owner::Image(id), new.id).await?;
        match focal {
            Some(_) => stored_image::set_focal(&mut tx, id, focal, FocalBy::Editor).await?,
            // What a site comes with is as its makers want it.
            None if new.by.is_some() => self.look_for_faces(&mut tx, id).await?,
            None => {}
        }
        discard::claim(&mut tx, &file.key).await?;
        tagging::replace(&mut tx, Owner::Image(id), &new.tags).await?;
        let deed = Deed::image(ObjectEvent::Upload, id, &title);
        deed.note(&mut tx, new.by.as_ref()).await?;
        let tags = [Tag::Image(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, new.by.as_ref());
        self.content.announce_own(change, &tags);
        self.content.jobs.wake();
        Ok(id)
    }

    /// Puts a new file in an image's place: the id stays, the URLs of its renditions change, the old ones are deleted
    /// in a while. The focal point stays if the size does.
    ///
    /// # Errors
    /// What [`MediaError`] says; the old file stays then.
    pub async fn replace_image(
        &self,
        id: i64,
        source: impl AsyncRead + Send,
        file: impl Into<Replacement<'_>>,
        by: impl Into<Actor>,
    ) -> Result<(), MediaError> {
        let result = self.take_replacing_image(id, source, file.into(), &by.into()).await;
        self.count_upload(MediaKind::Image, UploadOutcome::Replaced, result.as_ref().err());
        result
    }

    async fn take_replacing_image(
        &self,
        id: i64,
        source: impl AsyncRead + Send,
        Replacement { name, base }: Replacement<'_>,
        by: &Actor,
    ) -> Result<(), MediaError> {
        let name = accepted_name(name, &self.settings.image_extensions)?;
        let found = stored_image::find(&*self.db, id).await?.ok_or(MediaError::ImageNotFound(id))?;
        refuse_stale(base, found.updated_at)?;
        let picture = self.read_picture(source, name).await?;
        let info = picture.info;
        let file = self.store_picture(picture).await?;
        let mut tx = self.db.begin(TxName("image.replace")).await?;
        let old = stored_image::lock(&mut tx, id).await?.ok_or(MediaError::ImageNotFound(id))?;
        refuse_stale(base, old.updated_at)?;
        stored_image::set_file(&mut tx, id, &file, &info).await?;
        let is_as_large = (old.width, old.height) == (i64::from(info.size.width), i64::from(info.size.height));
        if !is_as_large {
            stored_image::set_focal(&mut tx, id, None, FocalBy::Nobody).await?;
        }
        if !is_as_large || old.focal_by() != FocalBy::Editor {
            self.look_for_faces(&mut tx, id).await?;
        }
        discard::claim(&mut tx, &file.key).await?;
        discard::add(&mut tx, &old.file_key).await?;
        discard::add_renditions(&mut tx, id, Which::All).await?;
        let deed = Deed::image(ObjectEvent::Replace, id, &old.title);
        deed.note(&mut tx, Some(by)).await?;
        let tags = [Tag::Image(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        deed.count(self, Some(by));
        self.content.announce_own(change, &tags);
        self.content.jobs.wake();
        Ok(())
    }

    /// Receives a file, checks that it is an image that is taken, and takes its metadata out.
    async fn read_picture(&self, source: impl AsyncRead + Send, name: FileName) -> Result<Picture, MediaError> {
        let (info, bytes) = self.read_checked(source, &name).await?;
        let limits = self.image_limits();
        let seat = self.workers.seat(info.size.pixels()).await;
        let clean = move || {
            let bytes = image::strip(&bytes, &limits)?;
            let digest = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(&bytes));
            Ok::<_, image::RenderError>((bytes, digest))
        };
        let (bytes, digest) = self.workers.run(seat, clean).await.map_err(MediaError::from)??;
        Ok(Picture { name, info, bytes, digest })
    }

    /// Receives a file, and checks that it is an image that is taken.
    pub(super) async fn read_checked(
        &self,
        source: impl AsyncRead + Send,
        name: &FileName,
    ) -> Result<(ImageInfo, Vec<u8>), MediaError> {
        let received = self.receive(source, self.settings.max_image_bytes).await?;
        let bytes = self.storage.bytes_of(&received).await?;
        // How large the picture is, is not known yet; the headers are read in no time.
        let seat = self.workers.seat(0).await;
        let (text, limits) = (name.as_str().to_owned(), self.image_limits());
        let inspect = move || (image::inspect(&bytes, &text, &limits), bytes);
        let (info, bytes) = self.workers.run(seat, inspect).await.map_err(MediaError::from)?;
        Ok((info?, bytes))
    }

    /// Stores a picture that no row names yet: if none ever does, it is deleted in a while.
    async fn store_picture(&self, picture: Picture) -> Result<StoredFile, MediaError> {
        let key = Key::random("images", picture.info.format.extension());
        let size_bytes = picture.bytes.len() as i64;
        discard::add(&*self.db, key.as_str()).await?;
        self.storage.put(&key, picture.bytes).await?;
        Ok(StoredFile { key, name: picture.name, size_bytes, digest: picture.digest })
    }

    pub(super) fn image_limits(&self) -> Limits {
        Limits {
            max_bytes: self.settings.max_image_bytes,
            max_pixels: self.settings.max_image_pixels,
            ..Limits::default()
        }
    }
}

/// A focal point lies within its image, with its whole extent.
pub(super) fn check_focal(focal: Option<FocalPoint>, info: &ImageInfo) -> Result<(), MediaError> {
    check_focal_within(focal, info.size.width.into(), info.size.height.into())
}

pub(super) fn check_focal_within(focal: Option<FocalPoint>, width: i64, height: i64) -> Result<(), MediaError> {
    let Some(focal) = focal else { return Ok(()) };
    // Twice the numbers, so that half an extent is whole.
    let fits = |centre: u32, extent: u32, side: i64| {
        let (centre, extent) = (2 * i64::from(centre), i64::from(extent));
        centre - extent >= 0 && centre + extent <= 2 * side
    };
    if fits(focal.x, focal.width, width) && fits(focal.y, focal.height, height) {
        return Ok(());
    }
    Err(MediaError::FocalPointOutside { width, height })
}
