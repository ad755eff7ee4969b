//! `vitrine new DIR`: a site folder to change.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::site::SiteFolder;

/// Writes the embedded site into a directory that does not exist, or is empty.
pub fn run(directory: &Path) -> anyhow::Result<ExitCode> {
    let occupied = std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!occupied, "{} is not empty: choose another directory", directory.display());
    let files = SiteFolder::Embedded.files("")?;
    for file in &files {
        let path = directory.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        std::fs::write(&path, &file.bytes).with_context(|| path.display().to_string())?;
    }
    println!("{} files in {}", files.len(), directory.display());
    println!("run it: vitrine dev --site {}", directory.display());
    Ok(ExitCode::SUCCESS)
}
