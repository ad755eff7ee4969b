//! `vitrine doctor`: what is wrong with an installation, and what to do; and what shells and `man` read of the commands.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::process::{free_port, run};
use crate::support::server::empty_database;
use crate::support::{Database, Process, on_both_databases, vitrine};

/// What a first look at a new machine tells: no problem, and nothing is made.
const ALWAYS: [&str; 11] =
    ["settings", "permissions", "disk", "secrets", "ports", "tls", "database", "redis", "smtp", "site", "monitoring"];

/// Settings of a listener that nobody else has.
fn ports() -> [(&'static str, String); 2] {
    [
        ("server.listen", format!("127.0.0.1:{}", free_port())),
        ("server.ops_listen", format!("127.0.0.1:{}", free_port())),
    ]
}

/// The exit code and the report of `vitrine doctor --json`.
fn doctor(folder: &Path, settings: &[(&str, String)]) -> (i32, Value) {
    let mut command = vitrine(folder);
    command.args(["doctor", "--json"]);
    for (key, value) in settings {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    let (code, said, errors) = run(&mut command);
    let report = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{errors}"));
    (code.expect("it ends"), report)
}

fn findings<'r>(report: &'r Value, check: &str, state: &str) -> Vec<&'r Value> {
    let all = report["checks"].as_array().expect("a list").iter();
    all.filter(|finding| finding["check"] == check && finding["state"] == state).collect()
}

/// One finding of this kind holds `text`, and one says what to do.
fn assert_found(report: &Value, check: &str, state: &str, text: &str) {
    let found = findings(report, check, state);
    let fits = |finding: &&Value| finding["found"].as_str().is_some_and(|found| found.contains(text));
    let one = found.into_iter().find(fits).unwrap_or_else(|| panic!("no {state} of {check} says {text:?}: {report:#}"));
    let advice = one["advice"].as_str().unwrap_or_default();
    assert!(state == "ok" || state == "note" || !advice.is_empty(), "{one} says what to do");
}

#[test]
fn a_new_machine_has_no_problem_and_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, report) = doctor(folder.path(), &ports());
    assert_eq!((code, &report["ok"], &report["problems"]), (0, &Value::Bool(true), &Value::from(0)), "{report:#}");
    for check in ALWAYS {
        let told = report["checks"].as_array().expect("a list").iter().any(|finding| finding["check"] == check);
        assert!(told, "{check} is not looked at: {report:#}");
    }
    assert_found(&report, "database", "note", "no SQLite database in data.dir yet");
    assert_found(&report, "settings", "warning", "server.base_url");
    assert_found(&report, "monitoring", "warning", "0 rules");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0, "nothing was made");
    let [listen, ops] = ports().map(|(key, value)| format!("{key}={value}"));
    let (code, said, _) = run(vitrine(folder.path()).args(["doctor", "--set", &listen, "--set", &ops]));
    assert_eq!(code, Some(0));
    assert!(said.contains("→ set it to the public address") && said.contains("\n0 problems, "), "{said}");
}

#[test]
fn mistakes_of_the_settings_are_problems_and_the_rest_is_not_guessed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path().join("vitrine.toml"), "[server]\nlisen = \"127.0.0.1:0\"\n").expect("written");
    let (code, report) = doctor(folder.path(), &[("log.level", "loud".to_owned())]);
    assert_eq!((code, &report["problems"]), (1, &Value::from(2)), "{report:#}");
    assert_found(&report, "settings", "problem", "vitrine.toml:2: server.lisen");
    assert_found(&report, "settings", "problem", "log.level");
}

#[test]
fn what_is_away_is_a_problem_with_advice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let closed = free_port();
    write(folder.path().join("file"), "no folder").expect("written");
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let mut expired = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    expired.not_after = rcgen::date_time_ymd(2020, 3, 4);
    let expired = expired.self_signed(&pair.signing_key).expect("signed");
    write(folder.path().join("certificate.pem"), expired.pem()).expect("written");
    write(folder.path().join("key.pem"), pair.signing_key.serialize_pem()).expect("written");
    let settings = [
        ("server.listen", taken.local_addr().expect("bound").to_string()),
        ("server.ops_listen", format!("127.0.0.1:{}", free_port())),
        ("server.base_url", "https://no-such-host.invalid".to_owned()),
        ("database.url", format!("postgres://vitrine:hunter2@127.0.0.1:{closed}/vitrine")),
        ("database.acquire_timeout_s", "1".to_owned()),
        ("redis.url", format!("redis://:hunter2@127.0.0.1:{closed}/0")),
        ("email.host", "127.0.0.1".to_owned()),
        ("email.port", closed.to_string()),
        ("email.encryption", "none".to_owned()),
        ("media.dir", "file".to_owned()),
        ("tls.certificate_file", "certificate.pem".to_owned()),
        ("tls.key_file", "key.pem".to_owned()),
    ];
    let (code, report) = doctor(folder.path(), &settings);
    assert_eq!((code, &report["ok"]), (1, &Value::Bool(false)));
    assert_found(&report, "ports", "problem", "already in use");
    assert_found(&report, "permissions", "problem", "is no folder");
    assert_found(&report, "database", "problem", "PostgreSQL");
    assert_found(&report, "redis", "problem", "out of reach");
    assert_found(&report, "smtp", "problem", "127.0.0.1");
    assert_found(&report, "dns", "warning", "no-such-host.invalid");
    assert_found(&report, "tls", "problem", "has expired");
    assert!(!report.to_string().contains("hunter2"), "no secret is told: {report:#}");
}

#[test]
fn secrets_for_everybody_to_read_are_found_where_everybody_gets_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = |file: &str| folder.path().join(file);
    write(name("key"), "a-very-long-secret-key-0123456789-abcdef\n").expect("written");
    write(name("vitrine.toml"), "[email]\npassword = \"mailpass\"\n").expect("written");
    let look = |mode: u32, of_folder: u32| {
        for file in ["key", "vitrine.toml"] {
            set_permissions(name(file), Permissions::from_mode(mode)).expect("ours");
        }
        set_permissions(folder.path(), Permissions::from_mode(of_folder)).expect("ours");
        let mut command = vitrine(folder.path());
        command.args(["doctor", "--json"]).env("VITRINE_SECURITY_SECRET_KEY_FILE", name("key"));
        for (key, value) in ports() {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let (code, said, _) = run(&mut command);
        assert!(!said.contains("mailpass") && !said.contains("a-very-long"), "no secret is told: {said}");
        (code, serde_json::from_str::<Value>(&said).expect("JSON"))
    };
    let (code, report) = look(0o644, 0o755);
    assert_eq!(code, Some(1));
    assert_found(&report, "secrets", "problem", "key (security.secret_key)");
    assert_found(&report, "secrets", "problem", "vitrine.toml (email.password)");
    for (mode, of_folder) in [(0o600, 0o755), (0o644, 0o700)] {
        let (code, report) = look(mode, of_folder);
        assert_eq!((code, findings(&report, "secrets", "problem").len()), (Some(0), 0), "{mode:o} {report:#}");
    }
}

async fn the_database_and_its_schema_are_looked_at(database: Database) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = [&ports()[..], &[("database.url", empty_database(database, &folder))]].concat();
    let missing = match database {
        Database::Sqlite => ("database", "note"),
        Database::Postgres(_) => ("migrations", "warning"),
    };
    let (code, report) = doctor(folder.path(), &settings);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(findings(&report, missing.0, missing.1).len(), 1, "{report:#}");
    let given: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let server = Process::start(folder.path(), &given, &[], &[]);
    let (code, report) = doctor(folder.path(), &settings);
    assert_eq!(code, 0, "{report:#}");
    for (check, text) in [
        ("ports", "the server that runs holds"),
        ("server", "ready: true"),
        ("database", "answers in"),
        ("migrations", "are applied"),
        ("clock", "the database has the same time"),
        ("storage", "reaches the disk"),
    ] {
        assert_found(&report, check, "ok", text);
    }
    drop(server);
    assert_found(&doctor(folder.path(), &settings).1, "ports", "ok", "is free");
}

#[test]
fn shells_complete_every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for shell in ["bash", "zsh", "fish"] {
        let (code, said, _) = run(vitrine(folder.path()).args(["completions", shell]));
        assert_eq!(code, Some(0));
        for word in ["doctor", "end-two-step", "password-stdin"] {
            assert!(said.contains(word), "{shell} completes {word}");
        }
    }
    let (code, ..) = run(vitrine(folder.path()).args(["completions", "teletype"]));
    assert_eq!(code, Some(2));
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said, _) = run(vitrine(folder.path()).arg("man"));
    assert!(code == Some(0) && said.contains(".TH vitrine 1") && said.contains("vitrine\\-doctor(1)"), "{said}");
    let (code, ..) = run(vitrine(folder.path()).args(["man", "--dir", "man1"]));
    assert_eq!(code, Some(0));
    for page in ["vitrine.1", "vitrine-doctor.1", "vitrine-page-publish.1", "vitrine-user-create.1"] {
        let text = std::fs::read_to_string(folder.path().join("man1").join(page)).unwrap_or_else(|error| {
            panic!("{page}: {error}");
        });
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    let (code, _, said) = run(vitrine(folder.path()).args(["man", "--dir", "man1/vitrine.1"]));
    assert!(code == Some(1) && said.contains("man1/vitrine.1"), "{said}");
}

on_both_databases!(the_database_and_its_schema_are_looked_at);
