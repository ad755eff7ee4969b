//! The reference index: who uses what, right after each operation.

use serde_json::json;
use vitrine::content::types::ReferenceKind::{self, Page, Snippet};
use vitrine::telemetry::label::Channel;

use crate::support::edit::{post, standard_page};
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

on_both_databases!(usage_is_known_right_after_each_save, uses_are_counted_by_source_and_listed_in_parts);
