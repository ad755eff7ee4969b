//! The trash of the editor: what one may see of it, however much others have there, found by words, and brought back to
//! another place than before.

use vitrine::accounts::{Grant, PagePermission};
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::{post, standard_page};
use crate::support::{Database, Server, on_both_databases};

const EDITOR: [PagePermission; 2] = [PagePermission::Add, PagePermission::Edit];

fn grants(page: i64, permissions: &[PagePermission]) -> Vec<Grant> {
    permissions.iter().map(|permission| Grant::Page(page, *permission)).collect()
}

async fn trashed(server: &Server, parent: i64, title: &str) -> i64 {
    let id = server.create(standard_page(parent, title, "<p>x</p>")).await.expect("created");
    server.content().trash_page(id, Channel::Admin).await.expect("trashed");
    id
}

async fn what_others_deleted_takes_no_place_and_words_find_what_one_may_see(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let beside = server.standard_page(home, "Section beside", "<p>x</p>").await;
    trashed(&server, section, "Hers, the oldest").await;
    for number in 0..52 {
        trashed(&server, beside, &format!("Foreign {number}")).await;
    }
    let ann = server.browser("ann", &grants(section, &EDITOR)).await;
    let shown = ann.text("/admin/trash/").await;
    assert!(shown.contains("Hers, the oldest") && !shown.contains("Foreign"), "{shown}");
    assert!(!shown.contains("rel=\"next\""), "nothing else is hers");
    assert!(ann.text("/admin/trash/?q=hers+old").await.contains("Hers, the oldest"));
    let none = ann.text("/admin/trash/?q=foreign").await;
    assert!(none.contains("Nothing in the trash is like that.") && !none.contains("Foreign"), "{none}");
    let root = server.root_browser().await;
    let first = root.text("/admin/trash/?q=foreign").await;
    assert_eq!(first.matches("<strong>Foreign").count(), 50);
    let next = first.split("href=\"").find(|part| part.contains("after=")).expect("there is more");
    let next = next.split('"').next().expect("an address").replace("&amp;", "&").replace("&#x2f;", "/");
    assert!(next.contains("q=foreign"), "{next}");
    assert_eq!(root.text(&next).await.matches("<strong>Foreign").count(), 2);
    for odd in ["%22", "a:*%7Cb", "%27%3B+DROP+TABLE+page", "%21%3F", "%00"] {
        assert_eq!(root.get(&format!("/admin/trash/?q={odd}")).await.status, 200, "{odd}");
    }
    assert!(root.text("/admin/trash/?q=oldest").await.contains("Hers, the oldest"));
    let nobody = server.browser("nobody", &[]).await;
    assert!(!nobody.get("/admin/trash/").await.text().contains("Hers"));
}

async fn what_was_deleted_comes_back_below_another_page(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let other = server.standard_page(home, "Other", "<p>x</p>").await;
    let draft = trashed(&server, section, "Draft").await;
    let live = server.standard_page(section, "Live", "<p>x</p>").await;
    server.content().trash_page(live, Channel::Admin).await.expect("trashed");
    let both = [grants(section, &EDITOR), grants(other, &EDITOR)].concat();
    let (ann, pat) = (server.browser("ann", &both).await, server.browser("pat", &grants(section, &EDITOR)).await);
    let list = ann.text("/admin/trash/").await;
    assert!(list.contains(&format!("/admin/trash/?restore={draft}")), "{list}");
    let choose = ann.text(&format!("/admin/trash/?restore={draft}&to={other}")).await;
    assert!(choose.contains("Restore below Other"), "{choose}");
    let fields = |id: i64, to: i64| {
        [("id", id.to_string()), ("to", to.to_string()), ("action", "restore".to_owned()), ("slug", String::new())]
    };
    let send = async |browser: &Browser<'_>, id: i64, to: i64| {
        let fields = fields(id, to);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/admin/trash/", &fields).await
    };
    assert_eq!(pat.get(&format!("/admin/trash/?restore={draft}&to={other}")).await.status, 403);
    assert_eq!(send(&pat, draft, other).await.status, 403, "where one may not add pages");
    assert_eq!(send(&ann, live, other).await.status, 403, "it would be live, and she may not publish there");
    let elsewhere = trashed(&server, server.page_id("/about/").await, "Not hers").await;
    assert_eq!(send(&ann, elsewhere, other).await.status, 403);
    assert_eq!(ann.get(&format!("/admin/trash/?restore={elsewhere}")).await.status, 403);
    assert!(location(&send(&ann, draft, other).await).ends_with(&format!("#page-{draft}")));
    assert_eq!(server.page(draft).await.parent_id, Some(other));
    assert_eq!(send(&ann, draft, other).await.status, 404, "it is there no longer");
    let root = server.root_browser().await;
    let entry = server.create(post(&server, "A post").await).await.expect("created");
    server.content().trash_page(entry, Channel::Admin).await.expect("trashed");
    let refused = send(&root, entry, section).await;
    assert_eq!(refused.status, 422, "posts stand below a blog");
    assert!(refused.text().contains("role=\"alert\""), "{}", refused.text());
    assert_eq!(ann.get("/admin/trash/?restore=x").await.status, 400);
    server.assert_tree_is_right().await;
}

async fn what_has_no_place_any_more_is_given_one_by_a_superuser(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let inner = server.standard_page(section, "Inner", "<p>x</p>").await;
    let orphan = trashed(&server, inner, "Orphan").await;
    server.content().trash_page(inner, Channel::Admin).await.expect("trashed");
    let ann = server.browser("ann", &grants(section, &EDITOR)).await;
    let root = server.root_browser().await;
    for _ in 0..2 {
        let shown = root.text("/admin/trash/?q=orphan").await;
        assert!(shown.contains("what it was below is gone") && !shown.contains("value=\"restore\""), "{shown}");
        assert!(shown.contains(&format!("?restore={orphan}")), "{shown}");
        assert!(!ann.text("/admin/trash/").await.contains("Orphan"));
        // The second time its parent is not even in the trash.
        let _ = server.content().delete_page_anyway(inner, Channel::Admin).await;
    }
    let (id, to) = (orphan.to_string(), section.to_string());
    let fields = [("id", id.as_str()), ("to", &to), ("action", "restore"), ("position", "first"), ("slug", "found")];
    location(&root.post("/admin/trash/", &fields).await);
    let back = server.page(orphan).await;
    assert_eq!((back.parent_id, back.url_path.as_str()), (Some(section), "/home/section/found/"));
    assert_eq!(ann.post("/admin/trash/", &fields).await.status, 404);
}

on_both_databases!(
    what_others_deleted_takes_no_place_and_words_find_what_one_may_see,
    what_was_deleted_comes_back_below_another_page,
    what_has_no_place_any_more_is_given_one_by_a_superuser,
);
