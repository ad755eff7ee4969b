//! The files of a built app, all in memory: nothing that a request asks for becomes a path on disk. What is hidden
//! or leads out of the folder is left out when it is read.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderValue;

use super::names::is_hashed;
use crate::http::encoding::Encoding;
use crate::site::static_files::{File, IMMUTABLE, content_hash};

/// Files that an app may have, and their bytes together: larger ones belong into the media library.
const MAX_FILES: usize = 20_000;
const MAX_BYTES: u64 = 128 << 20;
/// What every address without a file of its own shows.
const INDEX: &str = "index.html";
/// The only hidden folder that is served (RFC 8615).
const WELL_KNOWN: &str = ".well-known";
/// Copies that build tools make beside a file.
const COPIES: [(&str, Encoding); 3] = [(".br", Encoding::Brotli), (".zst", Encoding::Zstd), (".gz", Encoding::Gzip)];
/// The app may be built anew any time.
const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("it has no {INDEX}: build the app, and name the folder that the build makes")]
    NoIndex,
    #[error("it has more than {MAX_FILES} files, or {MAX_BYTES} bytes: put large files into the media library")]
    TooLarge,
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

/// One file as it is served.
pub(super) struct Served {
    pub(super) file: File,
    pub(super) key: Arc<str>,
    pub(super) caching: HeaderValue,
    /// Whether it is HTML.
    pub(super) is_page: bool,
}

/// A build of the app.
pub(super) struct Build {
    files: HashMap<Arc<str>, Arc<Served>>,
    index: Arc<Served>,
    /// Named after their content, of the build before: whoever opened the app then still asks for them.
    before: HashMap<Arc<str>, Arc<Served>>,
    fingerprint: Fingerprint,
}

/// Paths, sizes and times of change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<(String, u64, Option<SystemTime>)>);

impl Fingerprint {
    /// Empty for a folder that cannot be read.
    pub(super) fn of(dir: &Path) -> Self {
        walk(dir).map(|found| Self::of_found(&found)).unwrap_or_default()
    }

    fn of_found(found: &[Found]) -> Self {
        Self(found.iter().map(|found| (found.key.clone(), found.meta.len(), found.meta.modified().ok())).collect())
    }
}

impl Build {
    /// Reads the folder. `before`: the build that it replaces.
    ///
    /// # Errors
    /// When there is no app in it, or too much.
    pub(super) fn load(dir: &Path, before: Option<Arc<Self>>) -> Result<Self, BuildError> {
        let found = walk(dir)?;
        let mut bytes = HashMap::with_capacity(found.len());
        for one in &found {
            let read = std::fs::read(&one.path).map_err(|error| BuildError::Io(one.path.clone(), error))?;
            bytes.insert(one.key.as_str(), Bytes::from(read));
        }
        let mut files = HashMap::with_capacity(found.len());
        for (key, content) in &bytes {
            // A copy has no address of its own where there is what it is a copy of.
            if COPIES.iter().any(|(end, _)| key.strip_suffix(end).is_some_and(|of| bytes.contains_key(of))) {
                continue;
            }
            let mut file = File::new(key, &content_hash(content), content.clone());
            for (end, encoding) in COPIES {
                if let Some(copy) = bytes.get(format!("{key}{end}").as_str()) {
                    file = file.with(encoding, copy.clone());
                }
            }
            let is_page = Path::new(key).extension().is_some_and(|extension| extension == "html" || extension == "htm");
            let caching = if is_hashed(key) && !is_page { IMMUTABLE } else { REVALIDATED };
            let key: Arc<str> = (*key).into();
            files.insert(key.clone(), Arc::new(Served { file, key, caching, is_page }));
        }
        let index = files.get(INDEX).cloned().ok_or(BuildError::NoIndex)?;
        let kept = before.map(|build| build.files.clone()).unwrap_or_default();
        let before = kept.into_iter().filter(|(key, _)| is_hashed(key) && !files.contains_key(key)).collect();
        Ok(Self { files, index, before, fingerprint: Fingerprint::of_found(&found) })
    }

    pub(super) fn index(&self) -> &Served {
        &self.index
    }

    /// By its path below the folder.
    pub(super) fn file(&self, key: &str) -> Option<&Served> {
        self.files.get(key).or_else(|| self.before.get(key)).map(|served| &**served)
    }

    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    pub(super) fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

struct Found {
    key: String,
    path: PathBuf,
    meta: Metadata,
}

fn walk(dir: &Path) -> Result<Vec<Found>, BuildError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| BuildError::Io(path, error)
    };
    // The folder itself may be a link: how releases are switched.
    let root = dir.canonicalize().map_err(at(dir))?;
    let (mut found, mut open, mut total_bytes) = (Vec::new(), vec![(root.clone(), String::new())], 0_u64);
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            let name = entry.file_name();
            // Nobody can ask for a name that is not UTF-8.
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.') || *name == WELL_KNOWN) else {
                continue;
            };
            let (path, key) = (entry.path(), format!("{prefix}{name}"));
            let real = match path.canonicalize() {
                Ok(real) => real,
                // A link to nothing, or a file that a build just takes away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(BuildError::Io(path, error)),
            };
            if !real.starts_with(&root) || is_hidden(&real, &root) {
                tracing::warn!(path = %path.display(), "left out of the front end: a link to elsewhere");
                continue;
            }
            let meta = std::fs::metadata(&real).map_err(at(&real))?;
            if meta.is_dir() {
                // A link to a folder could lead round in a circle.
                if real == path {
                    open.push((path, key + "/"));
                }
                continue;
            }
            total_bytes = total_bytes.saturating_add(meta.len());
            if !meta.is_file() || found.len() >= MAX_FILES || total_bytes > MAX_BYTES {
                return Err(BuildError::TooLarge);
            }
            found.push(Found { key, path: real, meta });
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

/// Whether a part of the way below the root is hidden, wherever a link came from.
fn is_hidden(real: &Path, root: &Path) -> bool {
    let below = real.strip_prefix(root).unwrap_or(real);
    let hidden = |part: &std::ffi::OsStr| part.to_string_lossy().starts_with('.') && part != WELL_KNOWN;
    below.iter().any(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("room");
            std::fs::write(path, text).expect("room");
        }
        folder
    }

    fn keys(build: &Build) -> Vec<&str> {
        let mut keys: Vec<&str> = build.files.keys().map(|key| &**key).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_is_hidden_or_elsewhere_is_left_out() {
        let outside = folder(&[("secret.txt", "s")]);
        let dist = folder(&[
            ("index.html", "i"),
            ("a/b.js", "b"),
            ("a/b.js.gz", "g"),
            ("lonely.gz", "l"),
            (".env", "SECRET=1"),
            (".git/config", "g"),
            (".well-known/security.txt", "w"),
            ("a/.hidden.js", "h"),
        ]);
        let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, dist.path().join(name)).expect("linked");
        link(&outside.path().join("secret.txt"), "stolen.txt");
        link(outside.path(), "stolen");
        link(&dist.path().join(".env"), "env.txt");
        link(&dist.path().join("a/b.js"), "c.js");
        link(dist.path(), "circle");
        link(&dist.path().join("nothing"), "nothing.txt");
        let build = Build::load(dist.path(), None).expect("an app");
        assert_eq!(keys(&build), [".well-known/security.txt", "a/b.js", "c.js", "index.html", "lonely.gz"]);
        assert_eq!(Fingerprint::of(dist.path()), *build.fingerprint());
    }

    #[test]
    fn a_folder_without_an_index_is_no_app() {
        assert!(matches!(Build::load(folder(&[("a.js", "a")]).path(), None), Err(BuildError::NoIndex)));
        assert!(matches!(Build::load(Path::new("/no/such/folder"), None), Err(BuildError::Io(..))));
    }

    #[test]
    fn files_of_the_build_before_stay_for_who_opened_it() {
        let first = folder(&[("index.html", "1"), ("assets/a-BfD3x9a1.js", "a"), ("plain.js", "p")]);
        let second = folder(&[("index.html", "2"), ("assets/b-CfD3x9a1.js", "b")]);
        let third = folder(&[("index.html", "3")]);
        let first = Arc::new(Build::load(first.path(), None).expect("an app"));
        let second = Arc::new(Build::load(second.path(), Some(first)).expect("an app"));
        assert!(second.file("assets/a-BfD3x9a1.js").is_some() && second.file("plain.js").is_none());
        let third = Build::load(third.path(), Some(second)).expect("an app");
        assert!(third.file("assets/a-BfD3x9a1.js").is_none() && third.file("assets/b-CfD3x9a1.js").is_some());
    }
}
