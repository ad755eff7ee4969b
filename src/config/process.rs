//! Reads the sources of this process: its environment and the configuration file.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::environment::{CONFIG_VARIABLE, names};
use super::load::{SourceText, Sources};
use super::origin::{ConfigProblem, Source};
use super::postgres;
use super::settings::SETTINGS;

/// Read from the working directory when no other file is named.
const DEFAULT_FILE: &str = "vitrine.toml";
/// Longer is the wrong file.
const MAX_FILE_BYTES: u64 = 1_048_576;

impl Sources {
    /// The file at `config_path` (or `VITRINE_CONFIG`, or `vitrine.toml` when there is one), the
    /// environment of the process, and the given flags.
    ///
    /// # Errors
    /// A named file is missing, a file cannot be read, or a variable of ours is not UTF-8.
    pub fn from_process(config_path: Option<&Path>, flags: Vec<(String, String)>) -> Result<Self, Vec<ConfigProblem>> {
        let variable = std::env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty());
        let named = config_path.map(Path::to_owned).or(variable.map(PathBuf::from));
        let (env, mut problems) = read_environment(std::env::vars_os());
        match read_file(named.as_deref()) {
            Ok(file) if problems.is_empty() => Ok(Self { file, env, flags }),
            Ok(_) => Err(problems),
            Err(problem) => {
                problems.insert(0, problem);
                Err(problems)
            }
        }
    }
}

/// Where this system keeps files that may go.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

/// The named file, or the usual one when it exists.
pub(super) fn read_file(named: Option<&Path>) -> Result<Option<SourceText>, ConfigProblem> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text));
    let path = path.display().to_string();
    let message = match read {
        Ok(size) if size as u64 > MAX_FILE_BYTES => {
            format!("larger than {MAX_FILE_BYTES} bytes: not a configuration file")
        }
        Ok(_) => return Ok(Some(SourceText { path, text })),
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => {
            return Ok(None);
        }
        Err(error) => format!("cannot read the configuration file: {error}"),
    };
    Err(ConfigProblem { place: Source::File { path, line: None }, key: None, message })
}

/// The variables that are UTF-8; of the others, ours are problems.
pub(super) fn read_environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> (Vec<(String, String)>, Vec<ConfigProblem>) {
    let (mut env, mut problems) = (Vec::new(), Vec::new());
    for (name, value) in variables {
        let Ok(name) = name.into_string() else {
            continue;
        };
        match value.into_string() {
            Ok(value) => env.push((name, value)),
            Err(_) if is_ours(&name) => problems.push(ConfigProblem {
                place: Source::Environment(name),
                key: None,
                message: "the value is not UTF-8".to_owned(),
            }),
            Err(_) => {}
        }
    }
    (env, problems)
}

fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix("_FILE").unwrap_or(name);
    name.starts_with("VITRINE_")
        || postgres::VARIABLES.contains(&name)
        || SETTINGS.iter().flat_map(names).any(|known| known == name)
}
