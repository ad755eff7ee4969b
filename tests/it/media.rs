//! The media library: documents, collections, what is refused and why, and what stays in storage.

use std::path::PathBuf;

use vitrine::content::change::{self, Tag};
use vitrine::content::privacy::{Rule, Target};
use vitrine::media::collection::ROOT_ID;
use vitrine::media::tagging::TagChange;
use vitrine::media::{Deletion, DocumentChange, Duplicates, Filter, Media, MediaError, NewFile};
use vitrine::telemetry::label::Channel;

use crate::support::{Database, Server, on_both_databases};

fn media(server: &Server) -> &Media {
    &server.running.site.app.media
}

fn named(name: &str) -> NewFile {
    NewFile { name: name.into(), ..NewFile::default() }
}

async fn add(server: &Server, name: &str, bytes: &[u8]) -> i64 {
    media(server).add_document(bytes, named(name)).await.expect("the document is taken")
}

/// Files of the server's media folder, temporary ones included.
fn files(server: &Server) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![server.folder.path().join("media")];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.expect("readable").path()) {
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

async fn last_tags(server: &Server) -> Vec<Tag> {
    let last = change::latest(server.db()).await.expect("the database answers");
    let changes = change::list_after(server.db(), last - 1).await.expect("the database answers");
    changes.first().expect("there is a change").tags()
}

async fn a_document_is_added_changed_replaced_and_deleted(database: Database) {
    let server = Server::start(database).await;
    let media = media(&server);
    let (seeded, seeded_tags) = (files(&server).len(), server.rows("document_tag"));
    let new = NewFile { tags: vec!["Report".into(), "tides".into()], ..named("tide_table-2024.PDF") };
    let id = media.add_document(&b"%PDF-1.4 one"[..], new).await.expect("taken");
    let document = media.document(id).await.expect("there");
    assert_eq!((document.title.as_str(), document.file_name.as_str()), ("Tide table 2024", "tide_table-2024.PDF"));
    assert_eq!((document.size_bytes, document.collection_id, document.restricted), (12, ROOT_ID, false));
    assert_eq!(last_tags(&server).await, [Tag::Document(id)]);
    assert_eq!(files(&server).len(), seeded + 1);

    let tags = Some(TagChange::Replace(vec!["sea".into()]));
    let change = DocumentChange { title: Some("Tides".into()), tags, ..Default::default() };
    media.update_document(id, change, Channel::Cli).await.expect("changed");
    assert_eq!(media.document(id).await.expect("there").title, "Tides");
    let by_tag = |tag: &str| Filter { tag: Some(tag.into()), ..Filter::default() };
    assert_eq!(media.list_documents(&by_tag("Sea"), 10).await.expect("listed").len(), 1);
    assert!(media.list_documents(&by_tag("report"), 10).await.expect("listed").is_empty());

    media.replace_document(id, &b"%PDF-1.4 another"[..], "tides.pdf", Channel::Cli).await.expect("replaced");
    let replaced = media.document(id).await.expect("there");
    assert_eq!((replaced.title.as_str(), replaced.size_bytes), ("Tides", 16));
    assert_ne!((&replaced.digest, &replaced.file_key), (&document.digest, &document.file_key));
    assert_eq!(files(&server).len(), seeded + 2, "the old file stays for a while");

    media.delete_document(id, Deletion::Unused, Channel::Cli).await.expect("deleted");
    assert!(matches!(media.document(id).await, Err(MediaError::DocumentNotFound(_))));
    assert_eq!(server.rows("discarded_file"), 2);
    assert_eq!(server.rows("document_tag"), seeded_tags);
}

async fn a_file_that_is_there_already_is_named(database: Database) {
    let server = Server::start(database).await;
    let seeded = files(&server).len();
    let id = add(&server, "one.txt", b"the same").await;
    let again = media(&server).add_document(&b"the same"[..], named("two.txt")).await;
    assert!(matches!(again, Err(MediaError::Duplicate(known)) if known == id), "{again:?}");
    assert_eq!(files(&server).len(), seeded + 1);
    let kept = NewFile { duplicates: Duplicates::Keep, ..named("two.txt") };
    assert_ne!(media(&server).add_document(&b"the same"[..], kept).await.expect("kept"), id);
}

async fn what_is_no_document_is_refused_with_the_reason_and_nothing_is_stored(database: Database) {
    let server = Server::with(database, &[("media.max_document_bytes", "2048")]).await;
    let seeded = (files(&server), server.rows("document"));
    let large = vec![b'x'; 2049];
    let cases: [(&str, &[u8], &str); 7] = [
        ("page.html", b"<script>", "the extension \"html\" is not taken"),
        ("tool.exe", b"MZ", "the extension \"exe\" is not taken"),
        ("nothing", b"x", "the extension \"\" is not taken"),
        ("..", b"x", "the file has no name"),
        ("a\0.pdf", b"x", "the file has no name"),
        ("large.txt", &large, "the file has more than 2048 bytes"),
        ("empty.txt", b"", "the file is empty"),
    ];
    for (name, bytes, reason) in cases {
        let error = media(&server).add_document(bytes, named(name)).await.expect_err(name);
        assert!(error.to_string().starts_with(reason), "{name}: {error}");
    }
    let long = NewFile { title: "x".repeat(256), ..named("a.txt") };
    assert!(media(&server).add_document(&b"x"[..], long).await.is_err());
    let nowhere = NewFile { collection: Some(999), ..named("a.txt") };
    assert!(media(&server).add_document(&b"x"[..], nowhere).await.is_err());
    assert_eq!((files(&server), server.rows("document")), seeded);
    assert_eq!(server.rows("discarded_file"), 0);
    let metrics = server.metrics().await;
    let count = |outcome| metrics.sum("vitrine_media_uploads_total", &[("kind", "document"), ("outcome", outcome)]);
    assert_eq!((count("extension"), count("name"), count("too_large"), count("stored")), (3.0, 2.0, 1.0, 0.0));
}

async fn collections_form_a_tree(database: Database) {
    let server = Server::start(database).await;
    let media = media(&server);
    let year = media.ensure_collection("Press/2024", Channel::Cli).await.expect("made");
    assert_eq!(media.ensure_collection(" Press / 2024 ", Channel::Cli).await.expect("found"), year);
    let press = media.collection_at("Press").await.expect("there");
    assert!(matches!(media.collection_at("Press/2025").await, Err(MediaError::NoCollectionAt(_))));
    let taken = media.create_collection(press.id, "2024", Channel::Cli).await;
    assert!(matches!(taken, Err(MediaError::CollectionNameTaken(_))), "{taken:?}");
    assert!(matches!(
        media.create_collection(ROOT_ID, "a/b", Channel::Cli).await,
        Err(MediaError::CollectionNameInvalid(_))
    ));
    assert!(matches!(media.move_collection(press.id, year, Channel::Cli).await, Err(MediaError::MoveIntoItself)));
    assert!(matches!(media.delete_collection(ROOT_ID, Channel::Cli).await, Err(MediaError::RootIsFixed)));
    assert!(matches!(
        media.delete_collection(press.id, Channel::Cli).await,
        Err(MediaError::CollectionNotEmpty { .. })
    ));

    let new = NewFile { collection: Some(year), ..named("a.txt") };
    let document = media.add_document(&b"a"[..], new).await.expect("taken");
    let archive = media.ensure_collection("Archive", Channel::Cli).await.expect("made");
    media.move_collection(press.id, archive, Channel::Cli).await.expect("moved");
    assert_eq!(media.collection_at("Archive/Press/2024").await.expect("moved along").id, year);
    let listed: Vec<(String, i64, i64)> = media
        .list_collections()
        .await
        .expect("listed")
        .into_iter()
        .skip_while(|collection| collection.name != "Archive")
        .map(|collection| (collection.name, collection.depth, collection.documents))
        .collect();
    let expected = [("Archive", 2, 0), ("Press", 3, 0), ("2024", 4, 1)];
    assert_eq!(listed, expected.map(|(name, depth, documents)| (name.to_owned(), depth, documents)));
    let below = Filter { collection: Some(archive), ..Filter::default() };
    assert_eq!(media.list_documents(&below, 10).await.expect("listed")[0].id, document);

    let restricted = server.content().restrict(Target::Collection(archive), Rule::Login, Channel::Admin).await;
    restricted.expect("restricted");
    assert!(media.document(document).await.expect("there").restricted, "so is all below it");
    assert_eq!(last_tags(&server).await, [Tag::Document(document)]);
    let secret = media.ensure_collection("Archive/New", Channel::Cli).await.expect("made");
    assert!(media.collection_at("Archive/New").await.expect("there").restricted, "a new one in it is as restricted");
    media.delete_collection(secret, Channel::Cli).await.expect("it is empty");
    media.rename_collection(year, "2025", Channel::Cli).await.expect("renamed");
    assert!(matches!(media.delete_collection(year, Channel::Cli).await, Err(MediaError::CollectionNotEmpty { .. })));
}

async fn lists_are_paged_newest_first(database: Database) {
    let server = Server::start(database).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(add(&server, &format!("Table {number} of tides.txt"), format!("{number}").as_bytes()).await);
    }
    ids.reverse();
    let list = async |filter: Filter, limit| -> Vec<i64> {
        let found = media(&server).list_documents(&filter, limit).await.expect("listed");
        found.into_iter().map(|document| document.id).collect()
    };
    assert_eq!(list(Filter::default(), 3).await, ids[..3]);
    assert_eq!(list(Filter { before_id: Some(ids[2]), ..Filter::default() }, 2).await, ids[3..]);
    assert_eq!(list(Filter { words: "TABLE 3 tides".into(), ..Filter::default() }, 9).await, [ids[1]]);
    assert_eq!(list(Filter { words: "%".into(), ..Filter::default() }, 5).await, ids, "no word is no condition");
    assert_eq!(list(Filter { words: "tides 3".into(), ..Filter::default() }, 9).await, Vec::<i64>::new());
}

on_both_databases!(
    a_document_is_added_changed_replaced_and_deleted,
    a_file_that_is_there_already_is_named,
    what_is_no_document_is_refused_with_the_reason_and_nothing_is_stored,
    collections_form_a_tree,
    lists_are_paged_newest_first,
);
