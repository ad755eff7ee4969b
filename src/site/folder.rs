//! The site folder: types, templates, static files and seed content, embedded in the binary or from a directory.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

/// Largest file that is read from a site folder.
const MAX_FILE_BYTES: u64 = 32 << 20;
/// Files a site folder may have.
const MAX_FILES: usize = 20_000;

#[derive(RustEmbed)]
#[folder = "site/"]
struct Embedded;

/// Where a site comes from.
#[derive(Clone, Debug)]
pub enum SiteFolder {
    Embedded,
    Directory(PathBuf),
}

impl std::fmt::Display for SiteFolder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded => out.write_str("the embedded site"),
            Self::Directory(directory) => directory.display().fmt(out),
        }
    }
}

/// A file of the folder; `path` is relative to it, with `/`.
pub struct SiteFile {
    pub path: String,
    pub bytes: Cow<'static, [u8]>,
}

/// A fingerprint of the folder: paths, sizes and times of change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<(String, u64, Option<std::time::SystemTime>)>);

impl SiteFolder {
    pub fn of(directory: Option<&Path>) -> Self {
        directory.map_or(Self::Embedded, |directory| Self::Directory(directory.to_owned()))
    }

    /// All files below `prefix` (such as `types/`), by path.
    ///
    /// # Errors
    /// With the path that cannot be read.
    pub fn files(&self, prefix: &str) -> std::io::Result<Vec<SiteFile>> {
        let mut files: Vec<SiteFile> = match self {
            Self::Embedded => Embedded::iter()
                .filter(|path| path.starts_with(prefix))
                .filter_map(|path| Some(SiteFile { bytes: Embedded::get(&path)?.data, path: path.into_owned() }))
                .collect(),
            Self::Directory(root) => {
                let mut files = Vec::new();
                for (path, _) in walk(root, prefix)? {
                    let full = root.join(&path);
                    let bytes = std::fs::read(&full).map_err(|error| named(&full, &error))?;
                    files.push(SiteFile { path, bytes: Cow::Owned(bytes) });
                }
                files
            }
        };
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// As [`SiteFolder::files`], for text.
    ///
    /// # Errors
    /// Also for a file that is not UTF-8.
    pub fn texts(&self, prefix: &str, extension: &str) -> std::io::Result<Vec<(String, String)>> {
        let files = self.files(prefix)?.into_iter().filter(|file| file.path.ends_with(extension));
        files
            .map(|file| match String::from_utf8(file.bytes.into_owned()) {
                Ok(text) => Ok((file.path, text)),
                Err(error) => Err(std::io::Error::other(format!("{}: {error}", file.path))),
            })
            .collect()
    }

    /// The text of one file; `None` when there is none of that name.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8.
    pub fn text(&self, path: &str) -> std::io::Result<Option<String>> {
        let bytes = match self {
            Self::Embedded => Embedded::get(path).map(|file| file.data),
            Self::Directory(root) => match std::fs::read(root.join(path)) {
                Ok(bytes) => Some(Cow::Owned(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(named(&root.join(path), &error)),
            },
        };
        let text = bytes.map(|bytes| String::from_utf8(bytes.into_owned())).transpose();
        text.map_err(|error| std::io::Error::other(format!("{path}: {error}")))
    }

    /// Changes whenever a file of a directory does; constant for the embedded site.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self::Directory(root) = self else { return Fingerprint::default() };
        let files = walk(root, "").unwrap_or_default();
        Fingerprint(files.into_iter().map(|(path, meta)| (path, meta.len(), meta.modified().ok())).collect())
    }
}

fn named(path: &Path, error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn walk(root: &Path, prefix: &str) -> std::io::Result<Vec<(String, std::fs::Metadata)>> {
    let mut found = Vec::new();
    let mut open = vec![root.join(prefix)];
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder != root => continue,
            Err(error) => return Err(named(&folder, &error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| named(&folder, &error))?.path();
            let meta = std::fs::metadata(&path).map_err(|error| named(&path, &error))?;
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if meta.is_dir() {
                open.push(path);
                continue;
            }
            if meta.len() > MAX_FILE_BYTES || found.len() >= MAX_FILES {
                let text =
                    format!("{}: a site has at most {MAX_FILES} files of {MAX_FILE_BYTES} bytes", path.display());
                return Err(std::io::Error::other(text));
            }
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.push((relative, meta));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}
