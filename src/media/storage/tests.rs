//! The storage in a temporary folder.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::*;
use crate::config::Config;

fn storage(folder: &std::path::Path) -> Storage {
    let telemetry = Telemetry::start(&Config::default(), Box::new(io::sink())).expect("telemetry starts");
    Storage::in_folder(folder.join("media"), telemetry)
}

fn key(text: &str) -> Key {
    text.parse().expect("a key")
}

fn files_in(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths.map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn what_is_put_is_read_back_whole_and_in_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage(folder.path());
    let key = key("images/ab/one.txt");
    assert!(storage.open(&key).await.expect("no file is no failure").is_none());
    storage.put(&key, "0123456789").await.expect("stored");
    storage.put(&key, "abcdefghij").await.expect("replaced");
    assert_eq!(storage.read(&key, 10).await.expect("readable").as_deref(), Some(&b"abcdefghij"[..]));
    assert!(storage.read(&key, 9).await.is_err(), "larger than asked for");
    let reading = storage.open(&key).await.expect("readable").expect("there");
    assert_eq!(reading.size_bytes, 10);
    let (reading, part) = reading.part(2, 3).await.expect("readable");
    assert_eq!(part, "cde");
    assert!(reading.part(8, 3).await.is_err(), "beyond the end");
    assert_eq!(storage.size(&key).await.expect("readable"), Some(10));
    assert!(storage.delete(&key).await.expect("deleted"));
    assert!(!storage.delete(&key).await.expect("no file is no failure"));
    assert_eq!(files_in(folder.path()), 0);
    let families = &storage.telemetry.families;
    let count =
        |operation: &str, outcome: &str| families.storage_operations.with_label_values(&[operation, outcome]).get();
    assert_eq!((count("put", "ok"), count("read", "missing"), count("delete", "missing")), (2, 1, 1));
    assert_eq!(families.storage_io.with_label_values(&["in"]).get(), 20);
}

#[tokio::test]
async fn a_folder_that_went_away_is_a_failure_and_not_a_missing_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage(folder.path());
    let key = key("images/ab/one.txt");
    assert_eq!(storage.size(&key).await.expect("nothing was stored yet"), None);
    storage.put(&key, "0123456789").await.expect("stored");
    assert!(storage.delete(&key).await.expect("deleted"));
    assert_eq!(storage.size(&key).await.expect("the last file is gone, and the folder is there"), None);
    let (media, away) = (folder.path().join("media"), folder.path().join("away"));
    std::fs::rename(&media, &away).expect("renamed");
    for empty_mount_point in [false, true] {
        if empty_mount_point {
            std::fs::create_dir(&media).expect("created");
        }
        let error = storage.open(&key).await.err().expect("the volume is not mounted").to_string();
        assert!(error.contains("is it mounted?"), "{error}");
        assert!(storage.size(&key).await.is_err() && storage.delete(&key).await.is_err());
    }
    std::fs::remove_dir(&media).expect("removed");
    std::fs::rename(&away, &media).expect("renamed back");
    assert_eq!(storage.size(&key).await.expect("the volume is back"), None);
    let errors =
        |operation: &str| storage.telemetry.families.storage_operations.with_label_values(&[operation, "error"]).get();
    assert_eq!((errors("read"), errors("exists"), errors("delete")), (2, 2, 2));
}

/// Endless zeros, counted.
struct Zeros<'c>(&'c mut u64);

impl AsyncRead for Zeros<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = into.remaining();
        into.initialize_unfilled().fill(0);
        into.advance(bytes);
        *self.0 += bytes as u64;
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_after_the_limit_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage(folder.path());
    let mut sent = 0;
    let refused = storage.receive(Zeros(&mut sent), 1 << 20).await.expect_err("endless");
    assert!(matches!(refused, ReceiveError::TooLarge(limit) if limit == 1 << 20), "{refused}");
    assert!(sent <= (1 << 20) + CHUNK_BYTES as u64, "{sent} bytes were read");
    assert_eq!(files_in(folder.path()), 0);
}

#[tokio::test]
async fn a_received_file_is_in_place_when_it_is_kept_and_not_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage(folder.path());
    let received = storage.receive(&b"abc"[..], 3).await.expect("small enough");
    // FIPS 180-2, B.1.
    assert_eq!(received.digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(storage.bytes_of(&received).await.expect("readable"), b"abc");
    assert!(storage.list("", None).await.expect("readable").is_empty());
    let key = Key::random("documents", "txt");
    storage.keep(received, &key).await.expect("kept");
    assert_eq!(storage.list("", None).await.expect("readable"), [Stored { key, size_bytes: 3 }]);
    drop(storage.receive(&b"abc"[..], 3).await.expect("small enough"));
    assert_eq!(files_in(folder.path()), 1, "what is not kept is gone");
}

#[tokio::test]
async fn lists_go_on_behind_a_key_in_the_order_of_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage(folder.path());
    let names = ["a/b/x", "a-b/x", "a/c", "a/b.x", "b/a"];
    for name in names {
        storage.put(&key(name), "1").await.expect("stored");
    }
    let mut sorted = names;
    sorted.sort_unstable();
    let list = async |below: &str, after: Option<&str>| -> Vec<String> {
        let after = after.map(key);
        let found = storage.list(below, after.as_ref()).await.expect("readable");
        found.into_iter().map(|stored| stored.key.to_string()).collect()
    };
    assert_eq!(list("", None).await, sorted);
    for (at, name) in sorted.iter().enumerate() {
        assert_eq!(list("", Some(name)).await, sorted[at + 1..], "behind {name}");
    }
    assert_eq!(list("a", None).await, ["a/b.x", "a/b/x", "a/c"]);
    assert_eq!(list("none", None).await, Vec::<String>::new());
}

#[tokio::test]
async fn cut_off_uploads_are_swept_up_when_they_are_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = storage(folder.path());
    let temporary = folder.path().join("media/.tmp");
    std::fs::create_dir_all(&temporary).expect("a folder");
    let age = std::time::Duration::from_secs(2 * 3600);
    for (name, old) in [("old", true), ("young", false)] {
        let file = std::fs::File::create(temporary.join(name)).expect("a file");
        if old {
            let written = file.metadata().and_then(|meta| meta.modified()).expect("its time") - age;
            file.set_modified(written).expect("settable");
        }
    }
    assert_eq!(storage.sweep().await.expect("readable"), 1);
    assert!(temporary.join("young").exists());
    assert!(storage.list("", None).await.expect("readable").is_empty(), "they are no files of the library");
}
