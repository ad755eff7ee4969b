//! Regular backups: by themselves at their time, thinned out, and told of.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vitrine::clock::Micros;
use vitrine::telemetry::label::JobKind;

use super::backup::Place;
use crate::support::postgres::{execute, number};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const LAST: &str = "vitrine_backup_last_success_timestamp_seconds";

async fn a_schedule_makes_one_at_once_and_every_node_tells_when(database: Database) {
    let server = Server::with(database, &[("backup.schedule", "daily 03:30 Europe/Berlin")]).await;
    let beside = server.beside(&[("backup.schedule", "daily 03:30 Europe/Berlin")]).await;
    let place = Place::of(&server);
    eventually("a backup was verified", SOON, async || {
        number(&place.url, "SELECT COUNT(*) FROM backup WHERE verified_at IS NOT NULL") == 1
    })
    .await;
    let listed = place.backup(&["list"]);
    assert_eq!(listed[0]["kind"], "scheduled");
    let verified_at = number(&place.url, "SELECT verified_at FROM backup") as f64 / 1e6;
    for node in [&server, &beside] {
        eventually("the node tells", SOON, async || node.metrics().await.sum(LAST, &[]) == verified_at).await;
    }
    let metrics = server.metrics().await;
    assert!(metrics.sum("vitrine_backup_size_bytes", &[]) > 100_000.0);
    assert!(metrics.sum("vitrine_backup_duration_seconds", &[]) > 0.0);
}

async fn nobody_is_told_of_backups_that_are_not_wanted(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    place.backup(&["create"]);
    assert_eq!(server.metrics().await.count(LAST, &[]), 0, "no schedule, no alert");
    let watched = server.beside(&[("backup.schedule", "external")]).await;
    let made_at = number(&place.url, "SELECT verified_at FROM backup") as f64 / 1e6;
    eventually("the node tells", SOON, async || watched.metrics().await.sum(LAST, &[]) == made_at).await;
    let tasks = format!("SELECT COUNT(*) FROM periodic_task WHERE task = '{}'", JobKind::BackupCreate.as_str());
    assert_eq!(number(&place.url, &tasks), 0, "something else begins them");
}

async fn until_the_first_one_the_time_of_the_setting_counts(database: Database) {
    let server = Server::with(database, &[("backup.schedule", "external")]).await;
    let (now, place) = (Micros::now().0 as f64 / 1e6, Place::of(&server));
    eventually("the node tells", SOON, async || (server.metrics().await.sum(LAST, &[]) - now).abs() < 60.0).await;
    assert_eq!(number(&place.url, "SELECT COUNT(*) FROM backup WHERE verified_at IS NULL"), 1);
}

/// One alone is kept: of two days, if midnight lies between them, as of one.
const CREATE_AND_KEEP_ONE: [&str; 6] =
    ["create", "--scheduled", "--set", "backup.keep_daily=1", "--set", "backup.keep_weekly=0"];

async fn old_regular_ones_go_with_the_files_that_none_has_any_more(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    let new = vitrine::media::NewFile { name: "gone.txt".into(), ..Default::default() };
    let media = &server.running.site.app.media;
    let id = media.add_document(&b"what is deleted soon"[..], new).await.expect("taken");
    let first = place.backup(&CREATE_AND_KEEP_ONE);
    let manual = place.backup(&["create"]);
    media
        .delete_document(id, vitrine::media::Deletion::Unused, vitrine::telemetry::label::Channel::Cli)
        .await
        .expect("deleted");
    let second = place.backup(&CREATE_AND_KEEP_ONE);
    assert_eq!(second["deleted"], serde_json::json!([first["id"]]));
    let pooled = || crate::support::contents::files_of(&place.backups.join("pool"));
    let before = pooled();
    std::fs::remove_dir_all(manual["path"].as_str().expect("a path")).expect("there");
    place.backup(&CREATE_AND_KEEP_ONE);
    let after = pooled();
    let gone: Vec<&String> = before.keys().filter(|name| !after.contains_key(*name)).collect();
    assert_eq!(gone.len(), 1, "the deleted document is in no backup any more: {gone:?}");
    let listed = place.backup(&["list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    place.backup(&["verify"]);
}

/// Gives a backup another manifest, with its sum.
fn rewrite(folder: &Path, change: impl Fn(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut manifest = serde_json::from_slice(&std::fs::read(&path).expect("readable")).expect("JSON");
    change(&mut manifest);
    let text = manifest.to_string();
    let sum: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&path, text).expect("writable");
    std::fs::write(folder.join("manifest.json.sha256"), format!("{sum}  manifest.json\n")).expect("writable");
}

async fn folders_that_people_put_there_keep_nobody_from_making_one(database: Database) {
    let server = Server::start(database).await;
    let (place, media) = (Place::of(&server), &server.running.site.app.media);
    let new = vitrine::media::NewFile { name: "kept.txt".into(), ..Default::default() };
    let id = media.add_document(&b"in the renamed one alone"[..], new).await.expect("taken");
    let renamed = place.backup(&["create"]);
    let path = |made: &Value| PathBuf::from(made["path"].as_str().expect("a path"));
    let other_name = PathBuf::from(format!("{}-before-upgrade", path(&renamed).display()));
    std::fs::rename(path(&renamed), &other_name).expect("renamed");
    std::fs::create_dir(place.backups.join("2026-11-22")).expect("made");
    let deletion = (vitrine::media::Deletion::Unused, vitrine::telemetry::label::Channel::Cli);
    media.delete_document(id, deletion.0, deletion.1).await.expect("deleted");
    let astray = place.backup(&["create"]);
    // Nothing is done to the folder that a manifest names, only to that which has it.
    rewrite(&path(&astray), |manifest| {
        manifest["id"] = "pool".into();
        manifest["kind"] = "scheduled".into();
        manifest["created_us"] = 0.into();
    });
    let pooled = crate::support::contents::files_of(&place.backups.join("pool"));
    let first = place.backup(&CREATE_AND_KEEP_ONE);
    let second = place.backup(&CREATE_AND_KEEP_ONE);
    assert_eq!(second["deleted"], serde_json::json!([first["id"]]));
    assert_eq!(crate::support::contents::files_of(&place.backups.join("pool")), pooled, "the renamed one has them");
    let listed = place.backup(&["list"]);
    assert_eq!((&listed[0]["id"], &listed[1]["id"]), (&second["id"], &astray["id"]), "{listed:#}");
    assert!(listed[1]["error"].as_str().is_some_and(|error| error.contains("it is that of \"pool\"")), "{listed:#}");
    std::fs::rename(&other_name, path(&renamed)).expect("renamed");
    place.backup(&["verify", renamed["id"].as_str().expect("a name")]);
}

async fn the_one_just_made_stays_after_the_clock_went_back(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    let made = place.backup(&["create", "--scheduled"]);
    let (id, future) = (made["id"].as_str().expect("a name"), "20990101T000000Z-000000");
    std::fs::rename(place.backups.join(id), place.backups.join(future)).expect("renamed");
    rewrite(&place.backups.join(future), |manifest| {
        manifest["id"] = future.into();
        manifest["created_us"] = 4_070_908_800_000_000_i64.into();
    });
    let first = place.backup(&CREATE_AND_KEEP_ONE);
    assert_eq!(first["deleted"], serde_json::json!([]));
    let (_, said, errors) = place.try_backup(&CREATE_AND_KEEP_ONE);
    assert!(said.contains(first["id"].as_str().expect("a name")), "the one before goes: {said}");
    assert!(errors.contains("of the future"), "{errors}");
    assert_eq!(place.backup(&["list"]).as_array().map(Vec::len), Some(2));
}

async fn while_a_backup_copies_files_none_is_deleted(database: Database) {
    let server = Server::start(database).await;
    let media = &server.running.site.app.media;
    let new = vitrine::media::NewFile { name: "held.txt".into(), ..Default::default() };
    let id = media.add_document(&b"held"[..], new).await.expect("taken");
    media
        .delete_document(id, vitrine::media::Deletion::Unused, vitrine::telemetry::label::Channel::Cli)
        .await
        .expect("deleted");
    let until = |seconds: i64| format!("UPDATE backup SET hold_until = {}", Micros::now().0 + seconds * 1_000_000);
    execute(&server.database_url, "UPDATE discarded_file SET discarded_at = 0").expect("long ago");
    execute(&server.database_url, &until(600)).expect("held");
    assert_eq!(media.sweep().await.expect("swept"), 0);
    execute(&server.database_url, &until(-1)).expect("the hold of one that died is over");
    // The server itself may have been here before.
    media.sweep().await.expect("swept");
    assert_eq!(server.rows("discarded_file"), 0);
}

async fn a_backup_ends_its_own_hold_alone(database: Database) {
    let server = Server::start(database).await;
    let (place, held_until) = (Place::of(&server), "SELECT hold_until FROM backup");
    place.backup(&["create"]);
    let rest = number(&place.url, held_until) - Micros::now().0;
    assert!(rest <= 120_000_000, "only as long as another one takes to renew its own: {rest} µs");
    let of_another = Micros::now().0 + 3_600_000_000;
    execute(&place.url, &format!("UPDATE backup SET hold_until = {of_another}")).expect("held");
    place.backup(&["create"]);
    assert_eq!(number(&place.url, held_until), of_another);
}

async fn a_schedule_that_is_none_stops_the_start(database: Database) {
    let server = Server::start(database).await;
    let place = Place::of(&server);
    server.running.stop().await;
    let (code, _, errors) = place.try_backup(&["list", "--set", "backup.schedule=nightly"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("backup.schedule") && errors.contains("daily 03:30 Europe/Berlin"), "{errors}");
}

on_both_databases!(
    a_schedule_makes_one_at_once_and_every_node_tells_when,
    nobody_is_told_of_backups_that_are_not_wanted,
    until_the_first_one_the_time_of_the_setting_counts,
    old_regular_ones_go_with_the_files_that_none_has_any_more,
    folders_that_people_put_there_keep_nobody_from_making_one,
    the_one_just_made_stays_after_the_clock_went_back,
    while_a_backup_copies_files_none_is_deleted,
    a_backup_ends_its_own_hold_alone,
    a_schedule_that_is_none_stops_the_start,
);
