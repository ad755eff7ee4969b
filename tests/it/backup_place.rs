//! Where backups are made and restored: what runs there meanwhile, whose it is, what else lies there, and the room that it has.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, OFlags};
use sha2::{Digest as _, Sha256};

use super::backup::{Place, add_document};
use crate::support::contents::files_of;
use crate::support::postgres::{execute, number};
use crate::support::process::{Process, run};
use crate::support::{Database, SOON, Server, eventually_blocking, on_both_databases, vitrine};

/// Where the pool has this content.
fn pooled(place: &Place, content: &[u8]) -> PathBuf {
    let (pool, sum) = (place.backups.join("pool"), Sha256::digest(content).to_vec());
    let name = files_of(&pool).into_iter().find(|(_, found)| *found == sum).expect("it is in the pool").0;
    pool.join(name)
}

async fn a_server_that_starts_during_a_restore_keeps_its_database(database: Database) {
    let (server, content) = (Server::start(database).await, b"what the restore waits for");
    add_document(&server, "held.txt", content.to_vec()).await;
    let place = Place::of(&server);
    server.running.stop().await;
    place.backup(&["create"]);
    let (other, held) = (place.empty(database), pooled(&place, content));
    fs::remove_file(&held).expect("there");
    rustix::fs::mknodat(CWD, &held, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe with a name");
    let mut command = other.command(&["restore", "--json"]);
    let restore = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut pipe = None;
    eventually_blocking("the restore reads the file", SOON, || {
        pipe = rustix::fs::open(&held, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok();
        pipe.is_some()
    });
    let data = other.data.display().to_string();
    let running = Process::start(&other.data, &[("database.url", &other.url), ("data.dir", &data)], &[], &[]);
    fs::File::from(pipe.expect("opened")).write_all(content).expect("it reads");

    let ended = restore.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.code() == Some(1) && said.contains("is running on"), "{said}");
    assert_eq!(number(&other.url, "SELECT COUNT(*) FROM document WHERE file_name = 'held.txt'"), 0);
    let left =
        files_of(&other.data).into_keys().filter(|name| name.contains(".restoring") || name.contains(".before-"));
    assert_eq!(left.count(), 0, "nothing was moved, and nothing stays");
    drop(running);
    fs::remove_file(&held).expect("there");
    fs::write(&held, content).expect("writable");
    other.backup(&["restore", "--force-into-existing"]);
    assert_eq!(number(&other.url, "SELECT COUNT(*) FROM document WHERE file_name = 'held.txt'"), 1);
}

async fn what_another_user_could_not_open_is_not_made(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    server.running.stop().await;
    if !rustix::process::geteuid().is_root() {
        // Whoever is not root can give no folder away.
        return;
    }
    place.backup(&["create"]);
    std::os::unix::fs::chown(&place.data, Some(65534), None).expect("it is root");
    for arguments in [&["create"][..], &["restore"], &["restore", "--force-into-existing"]] {
        let (code, error) = place.refused(arguments);
        assert!(code == 1 && error.contains("belongs to user 65534, and this is user 0"), "{error}");
        assert!(error.contains("vitrine-run backup") && error.contains("docker compose exec"), "{error}");
    }
    assert_eq!(place.backup(&["list"]).as_array().map(Vec::len), Some(1), "whoever may read it looks");
    place.backup(&["verify"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_not_whole_does_not_stay() {
    let server = Server::start(Database::Sqlite).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let whole = place.backup(&["create", "--scheduled"]);
    let orphan = "PRAGMA foreign_keys = OFF; INSERT INTO document_tag (document_id, tag_id) VALUES (4711, 4711)";
    execute(&place.url, orphan).expect("nobody checks");
    let (code, error) = place.refused(&["create", "--scheduled"]);
    assert!(code == 3 && error.contains("document_tag names what is not in"), "{error}");
    let listed = place.backup(&["list"]);
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(1), &whole["id"]), "the one before stays");
    assert_eq!(place.backup(&["verify"])["id"], whole["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_there_is_no_room_to_look_at_is_not_called_damaged() {
    let server = Server::start(Database::Sqlite).await;
    let place = Place::of(&server);
    server.running.stop().await;
    place.backup(&["create"]);
    // No file may grow beyond 100 KiB; who ignores the signal is told so as of a full disk.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\""]).env_clear().current_dir(&place.data);
    let verify = place.command(&["verify", "--json"]);
    let (code, said, errors) = run(limited.arg(verify.get_program()).args(verify.get_args()));
    assert!(code == Some(1) && said.contains("\"damaged\": false") && said.contains("make room"), "{said}{errors}");
    let left = fs::read_dir(&place.backups).expect("readable").map(|entry| entry.expect("readable").file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().contains("examined")), "nothing stays of the look");
    place.backup(&["verify"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_of_the_site_is_named_and_left_out() {
    let server = Server::start(Database::Sqlite).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let (code, ..) = run(vitrine(&place.data).args(["new", "own"]));
    assert_eq!(code, Some(0));
    let own = place.data.join("own");
    let files = files_of(&own).len();
    std::os::unix::fs::symlink("nowhere", own.join("templates/gone.html")).expect("linked");
    rustix::fs::mknodat(CWD, own.join("static/pipe"), FileType::Fifo, Mode::RUSR, 0).expect("a pipe with a name");
    let (code, said, errors) = place.try_backup(&["create", "--json", "--set", &format!("site.dir={}", own.display())]);
    assert!(code == Some(0) && errors.contains("templates/gone.html") && errors.contains("static/pipe"), "{errors}");
    let made: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let saved = files_of(&PathBuf::from(made["path"].as_str().expect("a path")).join("site"));
    assert_eq!(saved.len(), files, "all others");
}

on_both_databases!(
    a_server_that_starts_during_a_restore_keeps_its_database,
    what_another_user_could_not_open_is_not_made,
);
