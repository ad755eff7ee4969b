//! Secrets: files, weak keys, redaction, and the generated key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;

use super::{load, origin, refuse, sources};
use crate::config::security::ensure_secret_key;
use crate::config::{Secret, SecretUrl};

const STRONG: &str = "5f0d3c1b9a8e7f6d5c4b3a29181706f5";

fn written(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("secret");
    fs::write(&path, text).expect("a written file");
    let path = path.to_str().expect("a path in UTF-8").to_owned();
    (folder, path)
}

#[test]
fn every_name_of_a_secret_is_also_read_from_a_file() {
    let (_folder, path) = written(&format!("\n {STRONG} \n"));
    for name in ["SECRET_KEY_FILE", "VITRINE_SECURITY_SECRET_KEY_FILE"] {
        let loaded = load("", &[(name, &path)], &[]);
        assert_eq!(loaded.config.security.secret_key.expose(), STRONG);
        assert_eq!(origin(&loaded, "security.secret_key"), format!("file {name}"));
    }
    let loaded = load("", &[("POSTGRES_PASSWORD_FILE", &path), ("POSTGRES_HOST", "db")], &[]);
    assert_eq!(loaded.config.database_url().expose(), format!("postgres://:{STRONG}@db:5432"));
    assert_eq!(origin(&loaded, "database.url"), "file POSTGRES_PASSWORD_FILE, env POSTGRES_HOST");
}

#[test]
fn a_variable_and_its_file_form_together_are_refused() {
    let (_folder, path) = written(STRONG);
    assert_eq!(
        refuse("", &[("SECRET_KEY", STRONG), ("SECRET_KEY_FILE", &path)], &[]),
        ["env SECRET_KEY: security.secret_key: both SECRET_KEY and SECRET_KEY_FILE are set: unset one"]
    );
    let env = [("POSTGRES_HOST", "db"), ("POSTGRES_PASSWORD", "x"), ("POSTGRES_PASSWORD_FILE", &path)];
    let problems = refuse("", &env, &[]);
    assert!(problems[0].contains("both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE"), "{problems:?}");
}

#[test]
fn a_secret_file_that_is_missing_empty_or_huge_is_refused() {
    let problems = refuse("", &[("EMAIL_PASSWORD_FILE", "/nonexistent/secret")], &[]);
    assert!(
        problems[0].starts_with("file EMAIL_PASSWORD_FILE: email.password: cannot read \"/nonexistent/secret\""),
        "{problems:?}"
    );
    let (_folder, path) = written(" \n");
    assert!(refuse("", &[("EMAIL_PASSWORD_FILE", &path)], &[])[0].ends_with("is empty"));
    let (_folder, path) = written(&"x".repeat(70_000));
    assert!(refuse("", &[("EMAIL_PASSWORD_FILE", &path)], &[])[0].contains("larger than"));
}

#[test]
fn prod_refuses_weak_keys_and_dev_does_not() {
    for weak in [
        "short",
        "django-insecure-3f9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b",
        &"ab".repeat(20),
        "CHANGE-ME-0123456789abcdef0123456789abcdef",
    ] {
        let problems = refuse("", &[("SECRET_KEY", weak)], &[]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("env SECRET_KEY: security.secret_key: the key "), "{problems:?}");
        assert!(!problems[0].contains(weak));
        load("", &[("SECRET_KEY", weak), ("DEBUG", "1")], &[]);
    }
    load("", &[("SECRET_KEY", STRONG)], &[]);
}

#[test]
fn formatting_never_shows_a_secret() {
    assert_eq!(format!("{0} {0:?}", Secret::new("hunter2")), "[redacted] [redacted]");
    let shown = |url: &str| SecretUrl::new(url).to_string();
    assert_eq!(shown("postgres://me:hunter2@db:5432/kni"), "postgres://me:[redacted]@db:5432/kni");
    assert_eq!(shown("redis://:hunter2@db"), "redis://:[redacted]@db");
    assert_eq!(shown("redis://db:6379/0"), "redis://db:6379/0");
    assert_eq!(shown("postgres://me:a/b@c@db/kni"), "postgres://me:[redacted]@db/kni");
    assert_eq!(shown("postgres://db/kni?Password=x&a=b"), "postgres://db/kni?Password=[redacted]&a=b");
    assert_eq!(shown("sqlite:./data/vitrine.db"), "sqlite:./data/vitrine.db");
    let toml = "[email]\npassword = \"hunter2\"\n";
    assert!(!format!("{:?}", sources(toml, &[("SECRET_KEY", "hunter2")], &[])).contains("hunter2"));
    assert!(refuse("[email]\npassword = hunter2\n", &[], &[])[0].contains("vitrine.toml:2: not TOML"));
    assert!(!refuse("[email]\npassword = hunter2\n", &[], &[])[0].contains("hunter2"));
    let env = [("EMAIL_PASSWORD", "hunter2"), ("SECRET_KEY", STRONG), ("DATABASE_URL", "postgres://me:hunter2@db/kni")];
    let loaded = load("", &env, &[]);
    for text in [format!("{loaded:?}"), loaded.table(), loaded.to_json().to_string()] {
        assert!(!text.contains("hunter2") && !text.contains(STRONG), "{text}");
        assert!(text.contains("postgres://me:[redacted]@db/kni"), "{text}");
    }
}

#[test]
fn a_generated_key_is_strong_private_and_stays() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("new/data");
    let key = ensure_secret_key(&data).expect("a key");
    assert_eq!(key.expose().len(), 64);
    assert_eq!(ensure_secret_key(&data).expect("the same key"), key);
    let mode = fs::metadata(data.join("secret_key")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let names = fs::read_dir(&data).expect("the folder").count();
    assert_eq!(names, 1, "no draft stays behind");
}

#[test]
fn processes_that_start_together_get_the_same_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = Barrier::new(8);
    let keys: Vec<String> = std::thread::scope(|scope| {
        let race = || {
            start.wait();
            ensure_secret_key(folder.path()).expect("a key").expose().to_owned()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(race)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(keys.iter().all(|key| key == &keys[0]), "{keys:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

#[test]
fn a_key_file_without_a_usable_key_is_refused_with_its_path() {
    for text in ["", "short\n"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("secret_key"), text).expect("a written file");
        let error = ensure_secret_key(folder.path()).expect_err("a refusal").to_string();
        assert!(error.contains("secret_key: ") && error.contains("delete the file"), "{error}");
    }
}
