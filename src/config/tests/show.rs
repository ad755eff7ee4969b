//! What is printed and generated: the table of `config show`, the reference and the example file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::{load, refuse, sources};
use crate::config::process::{read_environment, read_file};
use crate::config::settings::SETTINGS;
use crate::config::{Config, example_toml, reference_markdown};

#[test]
fn the_example_file_of_the_repository_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vitrine.example.toml");
    let written = fs::read_to_string(&path).expect("vitrine.example.toml");
    assert!(written == example_toml(), "vitrine.example.toml is not what example_toml() returns: generate it again");
}

#[test]
fn the_reference_in_docs_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFIGURATION.md");
    let written = fs::read_to_string(&path).expect("docs/CONFIGURATION.md");
    assert!(
        written == reference_markdown(),
        "docs/CONFIGURATION.md is not what reference_markdown() returns: generate it again"
    );
}

#[test]
fn the_reference_names_every_setting_and_alias() {
    let reference = reference_markdown();
    for setting in SETTINGS {
        assert!(reference.contains(&format!("| `{}` |", setting.name())), "{}", setting.key);
        assert!(reference.contains(&format!("`{}`", setting.environment_name())), "{}", setting.key);
        assert!(setting.aliases.iter().all(|alias| reference.contains(&format!("`{}`", alias.name))));
    }
}

#[test]
fn the_example_file_changes_nothing_and_with_its_lines_uncommented_still_nothing() {
    let example = example_toml();
    assert_eq!(load(&example, &[], &[]).config, Config::default());
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let loaded = load(&uncommented, &[], &[]);
    assert_eq!(loaded.config, Config::default());
    for provided in &loaded.origins {
        assert!(provided.origin.to_string().starts_with("vitrine.toml:"), "{}", provided.key);
    }
}

#[test]
fn no_key_variable_or_alias_means_two_settings() {
    let keys = SETTINGS.iter().map(|setting| setting.key.to_owned());
    let variables = SETTINGS.iter().map(|setting| setting.environment_name());
    let aliases = SETTINGS.iter().flat_map(|setting| setting.aliases).map(|alias| alias.name.to_owned());
    let mut names: Vec<String> = keys.chain(variables).chain(aliases).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_table_is_aligned_and_has_every_setting() {
    let loaded = load("[server]\nworkers = 2\n", &[("EMAIL_PASSWORD", "x")], &[]);
    let table = loaded.table();
    let promises = table.lines().filter(|line| line.starts_with("slo.")).count();
    assert!(promises > 0);
    assert_eq!(table.lines().count(), SETTINGS.len() + promises);
    let column = |line: &str, part: &str| line.find(part);
    let workers = table.lines().find(|line| line.starts_with("server.workers ")).expect("a row");
    let mode = table.lines().find(|line| line.starts_with("mode ")).expect("a row");
    assert_eq!(column(workers, "vitrine.toml:2"), column(mode, "default"));
    assert!(table.contains("\"[redacted]\""));
}

#[test]
fn json_has_value_and_origin_by_key() {
    let json = load("", &[("WEB_CONCURRENCY", "3")], &[]).to_json();
    assert_eq!(json["server.workers"], serde_json::json!({ "value": 3, "origin": "env WEB_CONCURRENCY" }));
    assert_eq!(json["server.allowed_hosts"]["value"][0], "localhost");
    assert_eq!(json["slo.publish.objective"], serde_json::json!({ "value": 0.995, "origin": "default" }));
    assert!(SETTINGS.iter().all(|setting| json[setting.key].is_object()));
}

#[test]
fn a_named_file_must_exist_and_be_text() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = folder.path().join("x.toml");
    let problem = read_file(Some(&missing)).expect_err("a refusal").to_string();
    assert!(problem.contains("x.toml: cannot read the configuration file"), "{problem}");
    fs::write(&missing, [0xff, 0xfe]).expect("a written file");
    read_file(Some(&missing)).expect_err("bytes are no text");
    fs::write(&missing, "mode = \"dev\"\n").expect("a written file");
    let file = read_file(Some(&missing)).expect("a file").expect("its text");
    assert_eq!(file.text, "mode = \"dev\"\n");
}

#[test]
fn a_variable_of_ours_that_is_not_utf8_is_a_problem_and_others_are_skipped() {
    let bytes = || OsString::from_vec(vec![0xff]);
    let variables = ["SECRET_KEY", "VITRINE_X", "LESS"].map(|name| (name.into(), bytes()));
    let (env, problems) = read_environment(variables.into_iter());
    assert!(env.is_empty());
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["env SECRET_KEY: the value is not UTF-8", "env VITRINE_X: the value is not UTF-8"]);
}

#[test]
fn an_unknown_flag_is_refused_without_its_value() {
    let problems = refuse("", &[], &[("database.ulr", "postgres://u:hunter2@db/k")]);
    assert_eq!(problems, ["flag --set: database.ulr: unknown setting; did you mean database.url?"]);
    assert!(Config::load(sources("", &[], &[("--sitee", "x")])).is_err());
}
