//! Collections, images and documents. Files keep their ids; their bytes are checked like those of any upload.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::convert::stable_id;
use super::dump::{Object, TAGGED};
use super::key::Key;
use super::{ImportError, Known, Run, SOURCE, Told, digest, store};
use crate::media::image::FocalPoint;
use crate::media::{Duplicates, MediaError, NewFile, collection};
use crate::telemetry::label::Channel;

const COLLECTION: &str = "wagtailcore.collection";
const IMAGE: &str = "wagtailimages.image";
const DOCUMENT: &str = "wagtaildocs.document";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Image,
    Document,
}

impl FileKind {
    fn name(self) -> &'static str {
        if self == Self::Image { "images" } else { "documents" }
    }
}

impl Run<'_> {
    /// Collections by their places in the tree: two with one name in the same place are one.
    pub(super) async fn collections(&mut self) -> Result<(), ImportError> {
        let known = self.known(COLLECTION).await?;
        let keys = self.dump.keys(COLLECTION).map(|key| self.dump.read(COLLECTION, key));
        let mut objects: Vec<Object> = keys.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        objects.sort_by(|one, other| one.text("path").cmp(other.text("path")));
        let mut by_path: std::collections::HashMap<String, i64> = std::collections::HashMap::new();
        for object in objects {
            let path = object.text("path").to_owned();
            let above = path.get(..path.len().saturating_sub(4)).unwrap_or_default();
            let id = if above.is_empty() {
                collection::ROOT_ID
            } else if let Some(known) = known.get(&object.key.to_string()) {
                self.report.known("collections");
                known.id
            } else {
                let parent = by_path.get(above).copied().unwrap_or(collection::ROOT_ID);
                let Some(id) = self.make_collection(&object, parent).await? else { continue };
                id
            };
            by_path.insert(path, id);
            self.collections.insert(object.key, id);
        }
        Ok(())
    }

    async fn make_collection(&mut self, object: &Object, parent: i64) -> Result<Option<i64>, ImportError> {
        let (media, name) = (&self.target.media, object.text("name"));
        let found = collection::find_child(&*media.db, parent, name).await?;
        let id = match found {
            Some(found) => found.id,
            None if !self.writes() => collection::ROOT_ID,
            None => match media.create_collection(parent, name, Channel::Import).await {
                Ok(id) => id,
                Err(MediaError::Db(error)) => return Err(error.into()),
                Err(error) => {
                    self.report.refused("collections", &object.name(), error.to_string());
                    return Ok(None);
                }
            },
        };
        if self.writes() {
            let known = Known { id, digest: digest(object) };
            store::note(&*media.db, SOURCE, (COLLECTION, &object.key.to_string()), &known).await?;
        }
        self.report.made("collections");
        Ok(Some(id))
    }

    pub(super) async fn images(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        self.files(FileKind::Image, told).await
    }

    pub(super) async fn documents(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        self.files(FileKind::Document, told).await
    }

    /// The model of images or documents: Wagtail's, or the site's own, which has the same fields and more.
    pub(super) fn model_of_files(&self, kind: FileKind) -> String {
        let (own, wanted): (&str, &[&str]) = match kind {
            FileKind::Image => (IMAGE, &["file", "width", "height", "focal_point_x"]),
            FileKind::Document => (DOCUMENT, &["file", "file_size", "file_hash", "collection"]),
        };
        let fits = |names: &[String]| {
            wanted.iter().all(|name| names.iter().any(|known| known == name))
                && (kind == FileKind::Image || !names.iter().any(|name| name == "focal_point_x"))
        };
        let found = self.dump.models().find(|(name, model)| *name != own && fits(&model.names));
        found.filter(|_| self.dump.count(own) == 0).map_or(own, |(name, _)| name).to_owned()
    }

    /// Whether a file of the dump is here.
    pub(super) fn has_file(&self, kind: FileKind, id: i64) -> bool {
        if kind == FileKind::Image { self.images.contains(&id) } else { self.documents.contains(&id) }
    }

    fn is_here(&mut self, kind: FileKind, id: Option<i64>) {
        let here = if kind == FileKind::Image { &mut self.images } else { &mut self.documents };
        here.extend(id);
    }

    async fn files(&mut self, kind: FileKind, told: Told<'_>) -> Result<(), ImportError> {
        let model = self.model_of_files(kind);
        let known = self.known(&model).await?;
        let keys: Vec<Key> = self.dump.keys(&model).cloned().collect();
        for (done, key) in keys.iter().enumerate() {
            told(kind.name(), done as u64 + 1, keys.len() as u64);
            if known.contains_key(&key.to_string()) {
                self.report.known(kind.name());
                self.is_here(kind, key.id());
                continue;
            }
            let Some(object) = self.dump.read(&model, key)? else { continue };
            match self.add_file(kind, &object).await? {
                Ok(id) => {
                    if self.writes() {
                        let note = Known { id, digest: digest(&object) };
                        let db = &*self.target.media.db;
                        store::note(db, SOURCE, (&model, &key.to_string()), &note).await?;
                    }
                    self.report.made(kind.name());
                    self.is_here(kind, Some(id));
                }
                Err(why) => self.report.refused(kind.name(), &object.name(), why),
            }
        }
        Ok(())
    }

    /// Adds a file with its id; the text says why not.
    async fn add_file(&self, kind: FileKind, object: &Object) -> Result<Result<i64, String>, ImportError> {
        let Some(id) = object.key.id() else { return Ok(Err("its key is no number".to_owned())) };
        let name = object.text("file");
        let Some(path) = self.options.media.as_deref().map(|folder| within(folder, name)) else {
            return Ok(Err("no folder of media files was given: --media".to_owned()));
        };
        let Some(path) = path else { return Ok(Err(format!("{name} is no path below the media folder"))) };
        let file = match tokio::fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) => return Ok(Err(format!("{name}: {error}"))),
        };
        if !self.writes() {
            return Ok(Ok(id));
        }
        let collection = self.dump.resolve(COLLECTION, object.fields.get("collection").unwrap_or(&Value::Null));
        let new = NewFile {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            title: object.text("title").to_owned(),
            description: object.text("description").to_owned(),
            collection: collection.and_then(|key| self.collections.get(&key).copied()),
            tags: self.tags_on(object)?,
            duplicates: Duplicates::Keep,
            by: None,
            uuid: Some(stable_id(&format!("{SOURCE} {} {id}", object.model))),
            id: Some(id),
        };
        let media = &self.target.media;
        let added = match kind {
            FileKind::Image => media.add_image(file, new, focal(object)).await,
            FileKind::Document => media.add_document(file, new).await,
        };
        match added {
            Ok(id) => Ok(Ok(id)),
            // An earlier run was cut short before it could note it.
            Err(MediaError::Duplicate(known)) if known == id => Ok(Ok(id)),
            Err(MediaError::Db(error)) if !matches!(error, crate::db::DbError::Constraint(..)) => Err(error.into()),
            Err(MediaError::Db(_)) => Ok(Err(format!("the id {id} is taken by another file here"))),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    /// The names of the tags that lie on an object through Django's generic table of them.
    pub(super) fn tags_on(&self, object: &Object) -> Result<Vec<String>, ImportError> {
        let mut tags = Vec::new();
        for tagged in self.dump.read_of(TAGGED, object)? {
            let tag = tagged.fields.get("tag").unwrap_or(&Value::Null);
            let tag = self.dump.resolve("taggit.tag", tag).or_else(|| Key::of(tag));
            tags.extend(tag.and_then(|tag| self.tags.get(&tag).cloned()));
        }
        Ok(tags)
    }
}

/// The path of a file of the dump below the media folder: never outside of it.
fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && name.file_name().is_some()).then(|| folder.join(name))
}

fn focal(object: &Object) -> Option<FocalPoint> {
    let number = |name: &str| object.number(name).and_then(|number| u32::try_from(number).ok());
    let (x, y) = (number("focal_point_x")?, number("focal_point_y")?);
    let size = |name: &str| number(name).unwrap_or(0);
    let (width, height) = (size("focal_point_width"), size("focal_point_height"));
    // What reaches over the edge is drawn to it, as Wagtail does when it crops.
    let (image_width, image_height) = (number("width")?, number("height")?);
    let half = |centre: u32, side: u32, extent: u32| extent.min(2 * centre).min(2 * side.saturating_sub(centre));
    let (x, y) = (x.min(image_width), y.min(image_height));
    Some(FocalPoint { x, y, width: half(x, image_width, width), height: half(y, image_height, height) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_outside_of_the_media_folder_is_read() {
        let folder = Path::new("/srv/media");
        assert_eq!(within(folder, "original_images/a.jpg"), Some(folder.join("original_images/a.jpg")));
        for bad in ["", "/etc/passwd", "../secret", "a/../../secret"] {
            assert_eq!(within(folder, bad), None, "{bad}");
        }
    }
}
