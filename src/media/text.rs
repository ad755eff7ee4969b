//! Checks of the texts that images, documents and collections have.

use super::MediaError;

/// Longest title, description and name, in characters, as in Wagtail.
const MAX_LENGTH: usize = 255;
/// Tags of one image or document.
pub(super) const MAX_TAGS: usize = 100;

/// The text without blanks around it.
pub(super) fn line<'t>(field: &'static str, text: &'t str) -> Result<&'t str, MediaError> {
    let text = text.trim();
    if text.contains('\0') {
        return Err(MediaError::NullCharacter(field));
    }
    if text.chars().count() > MAX_LENGTH {
        return Err(MediaError::TooLong { field, max: MAX_LENGTH });
    }
    Ok(text)
}

/// As [`line`], and there is one.
pub(super) fn required<'t>(field: &'static str, text: &'t str) -> Result<&'t str, MediaError> {
    let text = line(field, text)?;
    if text.is_empty() { Err(MediaError::Missing(field)) } else { Ok(text) }
}

pub(super) fn tags(tags: &[String]) -> Result<(), MediaError> {
    if tags.len() > MAX_TAGS {
        return Err(MediaError::TooManyTags(MAX_TAGS));
    }
    tags.iter().try_for_each(|tag| required("tags", tag).map(|_| ()))
}
