//! Files that hold secrets, and that everybody on this machine can read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::report::Report;
use crate::config::{Config, Loaded, Source, Sources};

/// Read by others than owner and group, or entered by them.
const OTHERS_READ: u32 = 0o004;
const OTHERS_ENTER: u32 = 0o001;
/// Where a container has its secrets: nobody else is in there, and its user is none of the machine that has the files.
const MOUNTED: &str = "/run/secrets";
/// What compose reads beside its file.
const ENVIRONMENT_FILE: &str = ".env";

/// A file, and which secret it holds.
pub struct SecretFile {
    what: String,
    path: PathBuf,
}

/// The files that secrets of the settings come from.
pub fn files(sources: &Sources, loaded: &Loaded) -> Vec<SecretFile> {
    let mut found: Vec<SecretFile> = Vec::new();
    for setting in loaded.origins.iter().filter(|setting| setting.is_secret()) {
        let path = match &setting.origin.source {
            Source::File { path, .. } => Some(path.as_str()),
            Source::SecretFile(name) => {
                sources.env.iter().find(|(known, _)| known == name).map(|(_, path)| path.as_str())
            }
            _ => None,
        };
        if let Some(path) = path {
            found.push(SecretFile { what: setting.key.to_string(), path: path.into() });
        }
    }
    found
}

pub fn examine(config: &Config, given: &[SecretFile], report: &mut Report) {
    let of = |what: &str, path: PathBuf| SecretFile { what: what.to_owned(), path };
    let mut own = vec![
        of("the generated secret key", config.data.dir.join("secret_key")),
        of("variables for compose", ENVIRONMENT_FILE.into()),
    ];
    if let Some((_, key)) = config.tls.files() {
        own.push(of("tls.key_file", key.to_owned()));
    }
    let mut looked_at = 0;
    let mut open = 0;
    for SecretFile { what, path } in given.iter().chain(&own) {
        let Ok(found) = fs::metadata(path) else { continue };
        looked_at += 1;
        let mode = found.permissions().mode() & 0o7777;
        if mode & OTHERS_READ != 0 && !path.starts_with(MOUNTED) && others_reach(path) {
            open += 1;
            let shown = path.display();
            let text = format!("{shown} ({what}) can be read by everybody on this machine (mode {mode:o})");
            report.problem("secrets", text, format!("chmod 600 {shown}, and make a new secret if others had access"));
        }
    }
    database_file(config, report);
    if open == 0 {
        report.ok("secrets", format!("{looked_at} files with secrets, none for everybody to read"));
    }
}

/// The content of a site is not secret, but sessions, people and what visitors sent are.
fn database_file(config: &Config, report: &mut Report) {
    let file = config.data.dir.join("vitrine.db");
    let Ok(found) = fs::metadata(&file) else { return };
    if config.database.url.is_empty() && found.permissions().mode() & OTHERS_READ != 0 && others_reach(&file) {
        let text = format!("{} can be read by everybody on this machine, with what visitors sent", file.display());
        report.warning("secrets", text, format!("chmod 750 {}", config.data.dir.display()));
    }
}

/// Whether all folders on the way can be entered by everybody.
fn others_reach(path: &Path) -> bool {
    let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let enter = |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & OTHERS_ENTER != 0);
    absolute.ancestors().skip(1).all(enter)
}
