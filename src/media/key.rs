//! Names of files in the media storage: made here, checked when they come back from anywhere else.

use std::fmt;
use std::str::FromStr;

/// Longest key, in bytes.
const MAX_LENGTH: usize = 200;
/// Most segments of a key.
const MAX_SEGMENTS: usize = 6;

/// The name of one file: segments of lower-case letters, digits, `-`, `_` and `.`, separated by `/`. No segment begins
/// with a dot, so no key leaves its folder or names a temporary file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

/// A text that is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a file in the media storage")]
pub struct NotAKey(pub String);

impl Key {
    /// A key that nothing has yet, for a file with `extension`, below `folder`.
    ///
    /// # Panics
    /// For a folder or an extension that no key may have; both are the product's own.
    pub fn random(folder: &str, extension: &str) -> Self {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let text = format!("{folder}/{}/{name}.{extension}", &name[..2]);
        text.parse().expect("folders and extensions of the product are plain")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the last dot of the name.
    pub fn extension(&self) -> &str {
        self.0.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let segments = text.split('/').count();
        let is_plain = |segment: &str| {
            !segment.is_empty()
                && !segment.starts_with('.')
                && segment.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
        };
        if text.len() <= MAX_LENGTH && (2..=MAX_SEGMENTS).contains(&segments) && text.split('/').all(is_plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(NotAKey(text.chars().take(MAX_LENGTH).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_plain_paths() {
        for good in ["images/ab/ab12.jpg", "renditions/7/0011aabb/fill-1.webp", "a/b"] {
            assert_eq!(good.parse::<Key>().map(|key| key.to_string()), Ok(good.to_owned()));
        }
        let key = Key::random("images", "jpg");
        assert_eq!((key.as_str().parse(), key.extension()), (Ok(key.clone()), "jpg"));
    }

    #[test]
    fn nothing_else_is_a_key() {
        let long = format!("a/{}", "b".repeat(MAX_LENGTH));
        for bad in [
            "",
            "a",
            "/a/b",
            "a/b/",
            "a//b",
            "../a",
            "a/../b",
            "a/./b",
            "a/.b",
            "a/b\0",
            "a/b c",
            "A/b",
            "a\\b/c",
            "a/%2e%2e",
            "a/b/c/d/e/f/g",
            "a/é",
            &long,
        ] {
            assert!(bad.parse::<Key>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_key_leaves_its_folder(text in "[a-c./\\\\ ]{0,20}") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert!(key.as_str().split('/').all(|segment| segment != ".." && segment != "." && !segment.is_empty()));
            }
        }
    }
}
