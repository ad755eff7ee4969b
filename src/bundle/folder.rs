//! The files of the bundle: bounded in number and size, in the order of their names.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::Findings;

/// Files that one folder of the bundle may have.
const MAX_FILES: usize = 500;
/// Largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// A file of the bundle.
pub(super) struct File {
    /// As findings name it.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// The line, from `first` to `last`, that has `word`, or else the first: lines are counted from 1.
    pub(super) fn line_of(&self, word: &str, first: usize, last: usize) -> usize {
        let count = last.saturating_sub(first) + 1;
        let lines = self.text.lines().skip(first.saturating_sub(1)).take(count);
        first + lines.into_iter().position(|line| has_word(line, word)).unwrap_or(0)
    }
}

/// Whether `word` stands in `text` as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | ':');
    !word.is_empty()
        && text
            .match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// The files of `root/folder` with one of the extensions; none when there is no such folder.
pub(super) fn files(root: &Path, folder: &str, extensions: &[&str], findings: &mut Findings) -> Vec<File> {
    let folder = root.join(folder);
    let names = match names(&folder, extensions) {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            findings.add(&shown(&folder), 1, error.to_string());
            return Vec::new();
        }
    };
    if names.len() > MAX_FILES {
        findings.add(&shown(&folder), 1, format!("more than {MAX_FILES} files; the rest is not read"));
    }
    let mut files = Vec::new();
    for name in names.iter().take(MAX_FILES) {
        let path = folder.join(name);
        match read(&path) {
            Ok(Some(text)) => files.push(File { path: shown(&path), text }),
            Ok(None) => {}
            Err(error) => findings.add(&shown(&path), 1, error.to_string()),
        }
    }
    files
}

/// Sorted, and one more than are read at most.
fn names(folder: &Path, extensions: &[&str]) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let has_one = name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension));
        if has_one && names.len() <= MAX_FILES {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// `None` for what is no file: nothing is waited for.
fn read(path: &Path) -> io::Result<Option<String>> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Ok(None);
    }
    if about.len() > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("larger than {MAX_FILE_BYTES} bytes; it is not read")));
    }
    let bytes = std::fs::read(path)?;
    String::from_utf8(bytes).map(Some).map_err(|_| io::Error::other("not UTF-8"))
}

/// Without the dot of the folder in which everybody stands.
pub(super) fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
