//! What the server finds in the content of a draft, before it is published.

use serde_json::{Value, json};
use vitrine::accounts::PagePermission::Edit;
use vitrine::render::checks::{Rule, check};

use crate::support::site::page_paths;
use crate::support::{Database, Server, on_both_databases};

async fn a_draft_is_checked_before_it_is_published(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Hours", "<p>We are there every day of the week.</p>").await;
    let cookie = server.editor("ann", home, &[Edit]).await;
    let at = format!("/admin/pages/{page}/weight/");
    let found = async || server.get_as(&at, &cookie).await.json()["checks"].clone();
    let rules = |found: &Value| -> Vec<String> {
        let found = found.as_array().into_iter().flatten();
        found.filter_map(|one| one["rule"].as_str().map(str::to_owned)).collect()
    };
    let before = found().await;
    assert!(!rules(&before).contains(&"p-as-heading".to_owned()), "{before}");
    let html = "<p><b>Our hours</b></p><p>We are there every day of the week.</p>";
    let changed = server.change(page, |content| {
        content.fields["body"] = json!([{ "type": "paragraph", "value": html }]);
    });
    changed.await.expect("saved");
    let after = found().await;
    let told = after.as_array().into_iter().flatten().find(|one| one["rule"] == "p-as-heading").expect("it is told");
    assert_eq!((&told["count"], &told["quotes"]), (&json!(1), &json!(["Our hours"])));
    assert!(told["message"].as_str().is_some_and(|text| text.contains("looks like a heading")), "{told}");
    assert_eq!(rules(&found().await), rules(&after), "the same again");
}

async fn the_default_site_gives_no_cause(database: Database) {
    let server = Server::start(database).await;
    for path in page_paths() {
        let answer = server.get(&path).await;
        let found = check(answer.text());
        let grave = found.iter().filter(|finding| finding.rule != Rule::ParagraphAsHeading);
        assert_eq!(grave.collect::<Vec<_>>(), Vec::<&vitrine::render::checks::Finding>::new(), "{path}");
    }
}

on_both_databases!(a_draft_is_checked_before_it_is_published, the_default_site_gives_no_cause);
