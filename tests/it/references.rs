//! The reference index: who uses what, right after each operation.

use serde_json::json;
use vitrine::content::reference::Source;
use vitrine::content::reference_check::Repair;
use vitrine::content::types::ReferenceKind::{self, Page, Snippet};
use vitrine::telemetry::label::Channel;

use crate::support::edit::{post, standard_page};
use crate::support::process::run;
use crate::support::{Database, Server, on_both_databases};

/// `(title, path, live)` of each use.
async fn uses(server: &Server, kind: ReferenceKind, target: i64) -> Vec<(String, String, bool)> {
    let uses = server.content().usage(kind, target, 0).await.expect("the database answers");
    uses.into_iter().map(|found| (found.title, found.path, found.live)).collect()
}

fn place(title: &str, path: &str, live: bool) -> (String, String, bool) {
    (title.to_owned(), path.to_owned(), live)
}

async fn usage_is_known_right_after_each_save(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let target = server.standard_page(home, "Target", "<p>Here.</p>").await;
    assert_eq!(uses(&server, Page, target).await, []);
    let link = |text: &str| format!("<p><a linktype=\"page\" id=\"{target}\">{text}</a></p>");
    let id = server.create(standard_page(home, "Pointer", &link("a"))).await.expect("created");
    assert_eq!(uses(&server, Page, target).await, [place("Pointer", "body[0].value", false)], "a draft counts");
    server.publish(id).await.expect("published");
    assert_eq!(uses(&server, Page, target).await, [place("Pointer", "body[0].value", true)]);
    let moved = json!([{ "type": "heading", "value": "x" }, { "type": "paragraph", "value": link("b") }]);
    server.change(id, |content| content.fields["body"] = moved).await.expect("saved");
    let both = [place("Pointer", "body[0].value", true), place("Pointer", "body[1].value", false)];
    assert_eq!(uses(&server, Page, target).await, both, "the live page and the draft");
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    assert_eq!(uses(&server, Page, target).await, [place("Pointer", "body[1].value", false)]);
    server.publish(id).await.expect("published");
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    assert_eq!(
        uses(&server, Page, target).await,
        [place("Pointer", "body[1].value", false)],
        "what was live is drafted"
    );
    server.content().delete_page(id, Channel::Admin).await.expect("deleted");
    assert_eq!(uses(&server, Page, target).await, []);
}

async fn uses_are_counted_by_source_and_listed_in_parts(database: Database) {
    let server = Server::start(database).await;
    let author = server.snippet("blog.Author", "maren-osei").await.id;
    let before = uses(&server, Snippet, author).await.len();
    for number in 0..3 {
        let mut new = post(&server, &format!("Post {number}")).await;
        let html = "<p>Some words.</p>";
        new.fields.insert("body".into(), json!([{ "type": "paragraph", "value": html }]));
        let id = server.create(new).await.expect("created");
        server.publish(id).await.expect("published");
    }
    assert_eq!(uses(&server, Snippet, author).await.len(), before + 3);
    let counts = vitrine::content::reference::count_uses(server.db(), Snippet, vec![author, 999_999]).await;
    assert_eq!(counts.expect("counted").into_iter().collect::<Vec<_>>(), [(author, before as i64 + 3)]);
    let first = server.content().usage(Snippet, author, 0).await.expect("listed");
    let second = server.content().usage(Snippet, author, 2).await.expect("listed");
    assert_eq!(first[0].total, before as i64 + 3);
    assert_eq!(second[0].path, first[2].path);
    assert_eq!(second.len(), first.len() - 2);
}

async fn the_index_is_checked_and_rebuilt_from_the_content(database: Database) {
    let server = Server::start(database).await;
    let check = async |repair| server.content().check_references(repair, &mut |_| {}).await.expect("checked");
    let home = server.page_id("/").await;
    let target = server.standard_page(home, "Target", "<p>Here.</p>").await;
    let html = format!("<p><a linktype=\"page\" id=\"{target}\">there</a></p>");
    let pointer = server.standard_page(home, "Pointer", &html).await;
    let draft = server.create(standard_page(home, "Draft", &html)).await.expect("created");
    server.change(pointer, |content| content.title = "Changed".into()).await.expect("saved");
    server.content().trash_page(draft, Channel::Admin).await.expect("trashed");
    let found = check(Repair::Report).await;
    assert!(found.differing.is_empty() && found.sources > 20, "every operation keeps it right: {found:?}");
    for text in ["DELETE FROM reference_index", "DELETE FROM page_reference", "DELETE FROM page_tag"] {
        crate::support::postgres::execute(&server.database_url, text).expect("deleted");
    }
    let gone = check(Repair::Report).await.differing;
    assert!(gone.contains(&Source::Page(pointer)) && gone.contains(&Source::Page(draft)), "{gone:?}");
    assert!(gone.iter().any(|source| matches!(source, Source::Setting(_))));
    assert_eq!(server.rows("reference_index"), 0, "a check writes nothing");
    assert_eq!(check(Repair::Write).await.differing, gone);
    assert!(check(Repair::Report).await.differing.is_empty());
    assert!(server.rows("page_reference") > 0 && server.rows("page_tag") > 0);
    assert_eq!(uses(&server, Page, target).await.len(), 2, "a place counts once, live and drafted");
}

async fn what_is_missing_is_listed_with_its_place(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let hidden = server.create(standard_page(home, "Hidden", "<p>x</p>")).await.expect("created");
    let html = format!("<p><a linktype=\"page\" id=\"{hidden}\">a</a><a linktype=\"page\" id=\"77777\">b</a></p>");
    server.standard_page(home, "Pointer", &html).await;
    let missing = server.content().missing_references().await.expect("listed");
    let of_pointer = missing.iter().filter(|found| found.title == "Pointer");
    let said: Vec<_> =
        of_pointer.map(|found| (found.kind.as_str(), found.target_id, found.hidden, found.live)).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.contains(&("page", hidden, true, true)) && said.contains(&("page", 77777, false, true)), "{said:?}");
    let url = format!("database.url={}", server.database_url);
    let command = |argument: &str| {
        run(crate::support::vitrine(server.folder.path()).args(["references", argument, "--set", &url]))
    };
    let (code, said, errors) = command("missing");
    assert!(code == Some(0) && said.contains("Pointer  body[0].value: page 77777 is gone"), "{said}{errors}");
    assert_eq!(command("check").0, Some(0));
    crate::support::postgres::execute(&server.database_url, "DELETE FROM reference_index").expect("deleted");
    assert_eq!(command("check").0, Some(1));
    assert_eq!(command("rebuild").0, Some(0));
    assert_eq!(command("check").0, Some(0));
}

on_both_databases!(
    the_index_is_checked_and_rebuilt_from_the_content,
    what_is_missing_is_listed_with_its_place,
    usage_is_known_right_after_each_save,
    uses_are_counted_by_source_and_listed_in_parts
);
