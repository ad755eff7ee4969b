//! One survival copy: a file named by its key and its page, with a line of JSON about the page before its bytes.

use std::io;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::Micros;
use crate::content::change::Tag;
use crate::site::cached_page::{CachedPage, PageParts, Representation};

/// Copies of another form are not read.
const FORM: u32 = 1;
const EXTENSION: &str = "page";
/// Level of zstd: a page takes well under a millisecond.
const COMPRESSION: i32 = 1;
/// Pages are never larger than this when they are read back.
const MAX_PAGE_BYTES: usize = 32 << 20;

#[derive(Serialize, Deserialize)]
struct About {
    form: u32,
    key: String,
    page_id: i64,
    representation: Representation,
    filled: i64,
    nonce: String,
    headers: Vec<(String, String)>,
}

/// Which file holds the copy of a key, as the file's name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    pub key: u64,
    pub page_id: i64,
}

impl Name {
    pub fn of(key: &str, page_id: i64) -> Self {
        Self { key: digest(key), page_id }
    }

    pub fn parse(file_name: &str) -> Option<Self> {
        let (key, page_id) = file_name.strip_suffix(EXTENSION)?.strip_suffix('.')?.split_once('-')?;
        Some(Self { key: u64::from_str_radix(key, 16).ok()?, page_id: page_id.parse().ok()? })
    }

    pub fn path(self, folder: &Path) -> PathBuf {
        shard(folder, self.key).join(format!("{:016x}-{}.{EXTENSION}", self.key, self.page_id))
    }
}

/// The same on every start, unlike the hashes of maps.
pub fn digest(key: &str) -> u64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// 256 folders keep each of them short.
fn shard(folder: &Path, key: u64) -> PathBuf {
    folder.join(format!("{:02x}", key >> 56))
}

/// Writes a copy, whole or not at all; its size in bytes.
pub fn save(folder: &Path, key: &str, page: &CachedPage) -> io::Result<u64> {
    let headers = page.base_headers().iter();
    let about = About {
        form: FORM,
        key: key.to_owned(),
        page_id: page.page_id(),
        representation: page.representation(),
        filled: page.filled().0,
        nonce: page.nonce().to_owned(),
        headers: headers
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect(),
    };
    let mut bytes = serde_json::to_vec(&about)?;
    bytes.push(b'\n');
    bytes.extend(zstd::bulk::compress(page.html(), COMPRESSION)?);
    let path = Name::of(key, page.page_id()).path(folder);
    write_whole(&path, &bytes)?;
    Ok(bytes.len() as u64)
}

/// Replaces a file by a rename: a reader sees the old one or the new one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    let written = std::fs::write(&draft, bytes);
    let written = match written {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(&draft, bytes)
        }
        other => other,
    };
    written?;
    std::fs::rename(draft, path)
}

/// The copy of `key`; `None` when there is none, or it cannot be read.
pub fn load(folder: &Path, key: &str) -> Option<CachedPage> {
    let wanted = digest(key);
    let found = std::fs::read_dir(shard(folder, wanted)).ok()?.filter_map(Result::ok).find_map(|entry| {
        Name::parse(entry.file_name().to_str()?).filter(|name| name.key == wanted).map(|_| entry.path())
    })?;
    let bytes = std::fs::read(&found).ok()?;
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let about: About = serde_json::from_slice(&bytes[..line]).ok()?;
    if about.form != FORM || about.key != key {
        return None;
    }
    let html = String::from_utf8(zstd::bulk::decompress(&bytes[line + 1..], MAX_PAGE_BYTES).ok()?).ok()?;
    let mut headers = HeaderMap::with_capacity(about.headers.len());
    for (name, value) in &about.headers {
        headers.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    let parts = PageParts {
        status: StatusCode::OK,
        representation: about.representation,
        html,
        page_id: about.page_id,
        // Taken off the site, the page is found by its own tag.
        tags: vec![Tag::Page(about.page_id)],
        nonce: about.nonce,
        headers,
        // A last good copy is for when there is no other.
        edge: HeaderMap::new(),
        views: None,
    };
    Some(CachedPage::restored(parts, Micros(about.filled)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_tells_the_key_and_the_page() {
        let name = Name::of("1\u{0}/blog/\u{0}1", 42);
        let path = name.path(Path::new("/x"));
        let file_name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert_eq!(Name::parse(file_name), Some(name));
        for other in ["", "sites.json", "x-1.page", "00-1.page.new", "00.page"] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}
