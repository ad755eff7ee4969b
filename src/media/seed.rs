//! Seeding the library from the site folder: `seed/media/…`, with an optional `<file>.toml` beside each file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::Digest as _;

use super::image::FocalPoint;
use super::{Duplicates, FileName, Media, MediaError, NewFile, document, stored_image};
use crate::content::seed;
use crate::telemetry::label::Channel;

/// Where the files are, in the site folder.
pub const FOLDER: &str = "seed/media/";

/// What is said of a file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Beside {
    title: String,
    alt: String,
    /// x, y, width, height.
    focal_point: Option<[u32; 4]>,
    /// A path of names.
    collection: String,
    tags: Vec<String>,
}

/// Which file is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SeedMediaError {
    #[error("{file}: {message}")]
    File { file: String, message: String },
    #[error("{file}: {source}")]
    Refused { file: String, source: MediaError },
}

impl Media {
    /// Adds the files that are not there yet; files are told apart by their paths, whatever is in them, so that a seed
    /// that was cut short goes on, and servers that start together agree. The ids, by the paths below the folder, such
    /// as `press/harbour.jpg`.
    ///
    /// # Errors
    /// With the file that is wrong.
    pub async fn seed(&self, files: Vec<(String, Cow<'static, [u8]>)>) -> Result<seed::Media, SeedMediaError> {
        let (texts, media): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| path.ends_with(".toml"));
        let mut texts: BTreeMap<String, Cow<'static, [u8]>> = texts.into_iter().collect();
        let mut seeded = seed::Media::default();
        for (path, bytes) in media {
            let beside = match texts.remove(&format!("{path}.toml")) {
                Some(text) => read(&path, &text)?,
                None => Beside::default(),
            };
            let extension = FileName::of(&path).map(|name| name.extension()).unwrap_or_default();
            let is_image = self.settings.image_extensions.contains(&extension);
            let refused = |source| SeedMediaError::Refused { file: path.clone(), source };
            let id = self.seed_one(&path, &bytes, &beside, is_image).await.map_err(refused)?;
            let name = path.strip_prefix(FOLDER).unwrap_or(&path).to_owned();
            if is_image {
                seeded.images.insert(name, id)
            } else {
                seeded.documents.insert(name, id)
            };
        }
        match texts.into_keys().next() {
            Some(file) => Err(SeedMediaError::File { file, message: "there is no file of this name to it".into() }),
            None => Ok(seeded),
        }
    }

    async fn seed_one(&self, path: &str, bytes: &[u8], beside: &Beside, is_image: bool) -> Result<i64, MediaError> {
        let uuid = uuid_of(path);
        let known = match is_image {
            true => stored_image::find_by_uuid(&*self.db, &uuid).await?,
            false => document::find_by_uuid(&*self.db, &uuid).await?,
        };
        if let Some(id) = known {
            return Ok(id);
        }
        let new = NewFile {
            name: path.to_owned(),
            title: beside.title.clone(),
            description: beside.alt.clone(),
            collection: Some(self.ensure_collection(&beside.collection, Channel::Cli).await?),
            tags: beside.tags.clone(),
            duplicates: Duplicates::Keep,
            uuid: Some(uuid),
            id: None,
            by: None,
        };
        let focal = beside.focal_point.map(|[x, y, width, height]| FocalPoint { x, y, width, height });
        let made = if is_image { self.add_image(bytes, new, focal).await } else { self.add_document(bytes, new).await };
        match made {
            // Another server was faster.
            Err(MediaError::Duplicate(id)) => Ok(id),
            made => made,
        }
    }
}

fn read(path: &str, text: &[u8]) -> Result<Beside, SeedMediaError> {
    let file = format!("{path}.toml");
    let wrong = |message: String| SeedMediaError::File { file: file.clone(), message };
    let text = std::str::from_utf8(text).map_err(|error| wrong(error.to_string()))?;
    toml::from_str(text).map_err(|error| wrong(error.to_string()))
}

/// The same for the same path on every installation.
fn uuid_of(path: &str) -> String {
    let digest = sha2::Sha256::digest(path);
    let bytes: [u8; 16] = digest[..16].try_into().expect("a digest has 32 bytes");
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
