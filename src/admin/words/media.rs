//! Refusals of the media library.

use super::as_it_is;
use crate::admin::texts::{Said, said};
use crate::media::MediaError;
use crate::media::image::Refused;

pub(in crate::admin) fn media(error: &MediaError) -> Said {
    match error {
        MediaError::ImageNotFound(id) => said("image-not-found").with("id", *id),
        MediaError::DocumentNotFound(id) => said("document-not-found").with("id", *id),
        MediaError::CollectionNotFound(id) => said("collection-not-found").with("id", *id),
        MediaError::NameInvalid => said("file-name-invalid"),
        MediaError::ExtensionRefused { found, allowed } => {
            said("extension-refused").with("found", found.as_str()).with("allowed", allowed.to_string())
        }
        MediaError::TooLarge { max_bytes } => said("file-too-large").with("max", *max_bytes),
        MediaError::Empty => said("file-empty"),
        MediaError::Refused(refused) => image(refused),
        MediaError::Unclean(error) => said("image-not-stored").with("why", error.to_string()),
        MediaError::Panicked(_) => said("image-broke-its-codec"),
        MediaError::Source(error) => said("file-unreadable").with("why", error.to_string()),
        MediaError::Duplicate(id) => said("file-there-already").with("id", *id),
        MediaError::Missing(field) => said("value-missing").with("field", *field),
        MediaError::NullCharacter(field) => said("value-with-nul").with("field", *field),
        MediaError::TooLong { field, max } => said("value-too-long").with("field", *field).with("max", *max),
        MediaError::TooManyTags(max) => said("too-many-tags").with("max", *max),
        MediaError::FocalPointOutside { width, height } => {
            said("focal-point-outside").with("width", *width).with("height", *height)
        }
        MediaError::CollectionNotEmpty { collections, images, documents } => said("collection-not-empty")
            .with("collections", *collections)
            .with("images", *images)
            .with("documents", *documents),
        MediaError::CollectionNameTaken(name) => said("collection-name-taken").with("name", name.as_str()),
        MediaError::CollectionNameInvalid(name) => said("collection-name-invalid").with("name", name.as_str()),
        MediaError::MoveIntoItself => said("collection-below-itself"),
        MediaError::RootIsFixed => said("collection-root-is-fixed"),
        MediaError::TooDeep(levels) => said("collections-too-deep").with("levels", *levels),
        MediaError::CollectionFull(id) => said("collection-full").with("id", *id),
        // What uses a file is listed beside the question.
        other => as_it_is(other),
    }
}

fn image(refused: &Refused) -> Said {
    match refused {
        Refused::Empty => said("file-empty"),
        Refused::NoExtension { allowed } => said("image-no-extension").with("allowed", allowed.as_str()),
        Refused::Extension { extension, allowed } => {
            said("image-extension").with("extension", extension.as_str()).with("allowed", allowed.as_str())
        }
        Refused::WrongExtension { extension, found } => {
            said("image-wrong-extension").with("extension", extension.as_str()).with("found", found.to_string())
        }
        Refused::NotAnImage => said("image-unknown"),
        Refused::TooManyPixels { size, frames, pixels, limit } => said("image-too-many-pixels")
            .with("size", size.to_string())
            .with("frames", *frames)
            .with("pixels", *pixels)
            .with("limit", *limit),
        Refused::TooManyFrames { limit } => said("image-too-many-frames").with("limit", *limit),
        Refused::Truncated { format } => said("image-truncated").with("format", format.to_string()),
        // What is wrong within a file, in the words of its format.
        other => as_it_is(other),
    }
}
