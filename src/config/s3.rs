//! What the settings of a bucket may be, and where it is.

use super::load::Loading;
use super::settings::{Config, S3};
use super::url::web_url;
use super::variant::MediaPlace;

/// Longest prefix, in bytes: with a key behind it, it stays far below the 1024 that S3 takes.
const MAX_PREFIX: usize = 200;

/// The rules of Amazon for names of buckets, as far as all servers keep to them.
pub(crate) fn bucket_name(name: &str) -> Result<(), String> {
    let is_plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
    let ends = name.starts_with(['.', '-']) || name.ends_with(['.', '-']);
    if name.is_empty() || (is_plain && !ends && (3..=63).contains(&name.len())) {
        return Ok(());
    }
    Err(format!("expected 3 to 63 lower-case letters, digits, dots and hyphens, found {name:?}"))
}

/// `https://storage.example.org`, with or without a path.
pub(crate) fn storage_url(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let example = "a URL such as https://storage.example.org";
    let parts = web_url(text, example)?;
    if parts.rest.contains(['?', '#']) { Err(format!("expected {example}")) } else { Ok(()) }
}

/// Segments that every server takes as they are.
pub(crate) fn key_prefix(text: &str) -> Result<(), String> {
    let is_plain = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let inner = text.trim_matches('/');
    if inner.is_empty() || (text.len() <= MAX_PREFIX && inner.split('/').all(is_plain)) {
        return Ok(());
    }
    Err(format!("expected letters, digits, dots, hyphens and slashes, found {text:?}"))
}

/// Checks the settings of the bucket against `media.storage`.
pub(super) fn check(config: &Config, loading: &mut Loading<'_>) {
    let s3 = &config.s3;
    if config.media.storage == MediaPlace::Folder {
        if !s3.bucket.is_empty() {
            loading.refuse(
                &["s3.bucket", "media.storage"],
                "a bucket is named and media.storage is folder: set media.storage to s3, or leave s3.bucket out",
            );
        }
        return;
    }
    if s3.bucket.is_empty() {
        loading.refuse(&["media.storage", "s3.bucket"], "media.storage is s3: name the bucket in s3.bucket");
    }
    if s3.access_key_id.is_empty() || s3.secret_access_key.is_empty() {
        loading.refuse(
            &["media.storage", "s3.access_key_id", "s3.secret_access_key"],
            "media.storage is s3: set both s3.access_key_id and s3.secret_access_key",
        );
    }
}

impl S3 {
    /// The address that the driver is given; `None`: it knows Amazon's by itself.
    #[must_use]
    pub fn driver_endpoint(&self) -> Option<String> {
        let endpoint = self.endpoint.trim_end_matches('/');
        if endpoint.is_empty() {
            return None;
        }
        // Where the bucket is part of the name, the driver wants it there already.
        match endpoint.split_once("://") {
            Some((scheme, rest)) if !self.path_style => Some(format!("{scheme}://{}.{rest}", self.bucket)),
            _ => Some(endpoint.to_owned()),
        }
    }

    /// The bucket as errors and reports call it.
    #[must_use]
    pub fn place(&self) -> String {
        let endpoint = self.endpoint.trim_end_matches('/');
        match endpoint.is_empty() {
            true => format!("bucket {} of Amazon S3 in {}", self.bucket, self.region),
            false => format!("bucket {} at {endpoint}", self.bucket),
        }
    }
}
