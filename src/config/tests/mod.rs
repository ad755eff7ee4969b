//! Tests of the configuration: never on the environment of the process.

mod environment;
mod file;
mod s3;
mod secrets;
mod show;
mod slo;
mod values;
mod wild;

use super::{Config, Loaded, SourceText, Sources};

pub(super) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn sources(toml: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Sources {
    let file = SourceText { path: "vitrine.toml".to_owned(), text: toml.to_owned() };
    let file = (!toml.is_empty()).then_some(file);
    Sources { file, env: pairs(env), flags: pairs(flags) }
}

pub(super) fn load(toml: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Loaded {
    Config::load(sources(toml, env, flags)).expect("a valid configuration")
}

/// The problems as they are printed.
pub(super) fn refuse(toml: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Vec<String> {
    let problems = Config::load(sources(toml, env, flags)).expect_err("a refused configuration");
    problems.iter().map(ToString::to_string).collect()
}

pub(super) fn origin(loaded: &Loaded, key: &str) -> String {
    loaded.find_origin(key).expect("a known key").to_string()
}
