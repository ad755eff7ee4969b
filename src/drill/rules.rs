//! Which alerts are critical: as the rules say that this binary was shipped with, or those of a folder.

use std::io::{self, Read as _};
use std::path::Path;

use rust_embed::RustEmbed;

/// Largest file of rules that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Files that a folder of rules may have.
const MAX_FILES: usize = 500;
/// A drill of more alerts than this would drown whoever gets it.
const MAX_ALERTS: usize = 200;

#[derive(RustEmbed)]
#[folder = "alerts/"]
#[include = "vitrine-*.yml"]
struct Shipped;

/// The names of the critical alerts, in the order of the files and once each.
///
/// # Errors
/// With the path that cannot be read, and for more files or alerts than a drill can have.
pub fn critical(folder: Option<&Path>) -> io::Result<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for text in folder.map_or_else(|| Ok(shipped()), texts)? {
        for name in critical_in(&text) {
            if !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    if found.len() > MAX_ALERTS {
        return Err(io::Error::other(format!("{} alerts are critical; a drill has at most {MAX_ALERTS}", found.len())));
    }
    Ok(found)
}

fn shipped() -> Vec<String> {
    let mut paths: Vec<_> = Shipped::iter().collect();
    paths.sort();
    let files = paths.iter().filter_map(|path| Shipped::get(path));
    files.map(|file| String::from_utf8_lossy(&file.data).into_owned()).collect()
}

fn texts(folder: &Path) -> io::Result<Vec<String>> {
    let named = |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| named(folder, error))? {
        let path = entry.map_err(|error| named(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(io::Error::other(format!("{} has more than {MAX_FILES} files", folder.display())));
        }
    }
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|error| named(path, error))?;
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(|error| named(path, error))?;
        Ok(text)
    };
    paths.iter().map(read).collect()
}

/// Read by the layout that all rules have, one key a line: `- alert: NAME`, and below it `severity: critical`.
fn critical_in(text: &str) -> impl Iterator<Item = &str> {
    let mut alert = None;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("- alert:") {
            alert = Some(value(name));
        } else if line.starts_with("- record:") {
            alert = None;
        }
        line.strip_prefix("severity:").filter(|severity| value(severity) == "critical").and(alert)
    })
}

/// Without the quotes and the comment that YAML allows.
fn value(text: &str) -> &str {
    let text = text.split(" #").next().unwrap_or_default().trim();
    text.trim_matches(|quote| quote == '"' || quote == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_comments_change_nothing_and_recording_rules_are_no_alerts() {
        let text = "
            - alert: \"One\"   # who?
              labels:
                severity: 'critical' # wakes somebody
            # - alert: Two
            - alert: Three
              labels: 
                severity: warning
            - record: four
              labels:
                severity: critical";
        assert_eq!(critical_in(text).collect::<Vec<_>>(), ["One"]);
    }

    #[test]
    fn a_folder_of_ones_own_is_read_and_one_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("b.yaml"), "- alert: B\n  labels:\n    severity: critical\n").expect("room");
        std::fs::write(folder.path().join("a.yml"), "- alert: A\n  labels:\n    severity: critical\n").expect("room");
        std::fs::write(folder.path().join("c.txt"), "- alert: C\n  labels:\n    severity: critical\n").expect("room");
        assert_eq!(critical(Some(folder.path())).expect("readable"), ["A", "B"]);
        let error = critical(Some(Path::new("no-such-folder"))).expect_err("it is not there");
        assert!(error.to_string().contains("no-such-folder"), "{error}");
    }
}
