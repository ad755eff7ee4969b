//! The secret key: what makes one weak, and the one that the server generates for itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use data_encoding::HEXLOWER;

use super::secret::Secret;

/// In the data folder.
const FILE_NAME: &str = "secret_key";
const MIN_CHARACTERS: usize = 32;
/// Django's check security.W009 asks for as many different characters.
const MIN_DIFFERENT_CHARACTERS: usize = 5;
/// 256 bits, as for HMAC-SHA-256.
const KEY_BYTES: usize = 32;
/// Parts of the keys that projects ship as examples, in lower case.
const KNOWN_WEAK: [&str; 10] = [
    "django-insecure",
    "change-me",
    "changeme",
    "change_me",
    "change-this",
    "change_this",
    "your-secret",
    "your_secret",
    "secret-key-here",
    "insecure-dev",
];

/// Why a key that was given must not be used, or `None`. An empty key is not weak: one is generated.
pub(super) fn weakness(key: &str) -> Option<&'static str> {
    let lower = key.to_lowercase();
    let different = key.chars().collect::<std::collections::BTreeSet<_>>().len();
    if key.is_empty() {
        None
    } else if KNOWN_WEAK.iter().any(|weak| lower.contains(weak)) {
        Some("the key is an example that everybody knows")
    } else if key.chars().count() < MIN_CHARACTERS {
        Some("the key has fewer than 32 characters")
    } else if different < MIN_DIFFERENT_CHARACTERS {
        Some("the key repeats the same few characters")
    } else {
        None
    }
}

/// The key in `<data_dir>/secret_key`; it is generated, readable for the owner only, when there is
/// none. Processes that start together get the same key: the file appears complete or not at all.
///
/// # Errors
/// The folder cannot be written, or the file holds no usable key.
pub fn ensure_secret_key(data_dir: &Path) -> io::Result<Secret> {
    let path = data_dir.join(FILE_NAME);
    match read_key(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    fs::create_dir_all(data_dir).map_err(|error| named(&error, data_dir))?;
    let random: [u8; KEY_BYTES] = rand::random();
    let draft = data_dir.join(format!(".{FILE_NAME}.{:032x}", rand::random::<u128>()));
    let published = write_draft(&draft, &HEXLOWER.encode(&random))
        // A link never replaces a file: the first process wins, the others read its key.
        .and_then(|()| fs::hard_link(&draft, &path));
    let removed = fs::remove_file(&draft);
    match published {
        Ok(()) => removed.and_then(|()| File::open(data_dir)?.sync_all())?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(named(&error, &path)),
    }
    read_key(&path)
}

fn write_draft(draft: &Path, key: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(key.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn read_key(path: &Path) -> io::Result<Secret> {
    let text = fs::read_to_string(path).map_err(|error| named(&error, path))?;
    match weakness(text.trim()) {
        None if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        weakness => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "{}: {}; delete the file to have a new key generated",
                path.display(),
                weakness.unwrap_or("the file is empty"),
            ),
        )),
    }
}

fn named(error: &io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
