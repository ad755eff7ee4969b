//! What commands tell, they tell programs as JSON too: one document on standard output, and nothing else.

use serde_json::Value;

use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases, vitrine};

/// What the JSON of a command is, and where in it something is known to be.
const TOLD: &[(&[&str], &str)] = &[
    (&["check"], "/ok"),
    (&["migrate"], "/applied"),
    (&["user", "list"], "/0/username"),
    (&["user", "log"], "/0/event"),
    (&["user", "sessions", "ann"], ""),
    (&["group", "list"], "/0/members"),
    (&["token", "list"], ""),
    (&["tag", "list"], "/items/0/slug"),
    (&["form", "list"], ""),
    (&["privacy", "list"], "/0/kind"),
    (&["setting", "list"], "/0/type"),
    (&["setting", "history", "site.SiteSettings"], ""),
    (&["snippet", "list"], "/0/type"),
    (&["snippet", "list", "blog.Author"], "/items/0/state"),
    (&["references", "check"], "/ok"),
    (&["references", "missing"], ""),
    (&["schema", "status"], "/ok"),
    (&["schema", "check"], "/rows"),
    (&["site", "list"], "/0/hostname"),
    (&["locale", "list"], "/0/code"),
    (&["collection", "list"], ""),
    (&["job", "list"], ""),
    (&["tree", "check"], "/faults"),
];

async fn whatever_commands_tell_is_one_json_document(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await.to_string();
    let url = format!("database.url={}", server.database_url);
    let command = |arguments: &[&str]| {
        let mut command = vitrine(server.folder.path());
        command.args(arguments).args(["--set", &url]);
        command
    };
    let done = |arguments: &[&str], text: &str| {
        let given = server.folder.path().join("standard-input");
        std::fs::write(&given, text).expect("room");
        let (code, _, errors) = run(command(arguments).stdin(std::fs::File::open(&given).expect("it is there")));
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
    };
    done(&["user", "create", "ann", "--password-stdin"], "a lamp above the quay at seven");
    done(&["group", "create", "Keepers"], "");
    done(&["privacy", "set", &about, "--login"], "");
    let used: &[&str] = &["references", "usage", "page", &about];
    for (arguments, place) in TOLD.iter().copied().chain([(used, "/total")]) {
        let (code, said, errors) = run(command(arguments).arg("--json"));
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
        let told: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {said}"));
        assert!(told.pointer(place).is_some_and(|found| !found.is_null()), "{arguments:?} has no {place}: {told:#}");
    }
}

on_both_databases!(whatever_commands_tell_is_one_json_document);
