//! Moving, ordering, copying and deleting pages in the editor, and the trash: what happens, and what is refused.

use vitrine::accounts::{Grant, PagePermission};
use vitrine::content::Position;
use vitrine::telemetry::label::Channel;

use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::standard_page;
use crate::support::{Database, Server, on_both_databases};

/// A browser of a new user, whose group has these permissions on a page.
async fn editor<'s>(server: &'s Server, name: &str, page: i64, permissions: &[PagePermission]) -> Browser<'s> {
    let grants: Vec<Grant> = permissions.iter().map(|permission| Grant::Page(page, *permission)).collect();
    server.browser(name, &grants).await
}

async fn draft(server: &Server, parent: i64, title: &str) -> i64 {
    server.create(standard_page(parent, title, "<p>x</p>")).await.expect("created")
}

async fn pages_are_moved_where_one_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let one = draft(&server, section, "One").await;
    let two = draft(&server, section, "Two").await;
    let live = server.standard_page(section, "Live", "<p>x</p>").await;
    let elsewhere = draft(&server, home, "Elsewhere").await;
    let ann = editor(&server, "ann", section, &[PagePermission::Add, PagePermission::Edit]).await;
    let (to_two, to_home) = (two.to_string(), home.to_string());
    let moved = ann.post(&format!("/admin/pages/{one}/move/"), &[("to", &to_two), ("position", "last")]).await;
    let list = location(&moved);
    assert!(list.starts_with(&format!("/admin/pages/{two}/")) && list.ends_with(&format!("#page-{one}")), "{list}");
    assert_eq!(server.page(one).await.parent_id, Some(two));
    for (page, to, status) in [(one, &to_home, 403), (elsewhere, &to_two, 403), (live, &to_two, 403)] {
        let answer = ann.post(&format!("/admin/pages/{page}/move/"), &[("to", to)]).await;
        assert_eq!(answer.status, status, "{page} to {to}");
    }
    let root = server.root_browser().await;
    let one_text = one.to_string();
    let within = root.post(&format!("/admin/pages/{two}/move/"), &[("to", &one_text)]).await;
    assert_eq!(within.status, 422);
    assert!(within.text().contains("A page cannot go below itself."), "{}", within.text());
    let bad = root.post(&format!("/admin/pages/{two}/move/"), &[("to", "x")]).await;
    assert_eq!(bad.status, 400);
    let (live_text, two_text) = (live.to_string(), two.to_string());
    let several = [("ids", live_text.as_str()), ("ids", &two_text), ("to", &to_home), ("position", "first")];
    let text = root.follow("/admin/pages/move/", &several).await;
    assert!(text.contains("2 of 2 pages moved"), "{text}");
    assert!(server.children(home).await.starts_with("live two"), "{}", server.children(home).await);
    server.assert_tree_is_right().await;
}

async fn the_order_is_changed_by_those_who_publish(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        ids.push(draft(&server, section, title).await);
    }
    let url = format!("/admin/pages/{section}/reorder/");
    let ann = editor(&server, "ann", section, &[PagePermission::Add, PagePermission::Edit]).await;
    let pat = editor(&server, "pat", section, &[PagePermission::Publish]).await;
    let step = |page: i64, way: &str| format!("{url}?page={page}&way={way}");
    assert_eq!(ann.post(&step(ids[0], "down"), &[("a", "b")]).await.status, 403);
    assert!(!ann.text(&format!("/admin/pages/{section}/")).await.contains("data-reorder"));
    assert!(pat.text(&format!("/admin/pages/{section}/")).await.contains("data-reorder"));
    let list = pat.post(&step(ids[0], "down"), &[("a", "b")]).await;
    assert!(location(&list).starts_with(&format!("/admin/pages/{section}/?moved=")), "{}", location(&list));
    assert!(location(&list).ends_with(&format!("#page-{}", ids[0])));
    assert_eq!(server.children(section).await, "b a c");
    pat.post(&step(ids[2], "up"), &[("a", "b")]).await;
    assert_eq!(server.children(section).await, "b c a");
    pat.post(&step(ids[1], "up"), &[("a", "b")]).await;
    assert_eq!(server.children(section).await, "b c a", "the first stays the first");
    let (page, before) = (ids[0].to_string(), ids[1].to_string());
    pat.post(&url, &[("page", &page), ("before", &before)]).await;
    assert_eq!(server.children(section).await, "a b c");
    pat.post(&url, &[("page", &page), ("after", &before)]).await;
    assert_eq!(server.children(section).await, "b a c");
    pat.post(&url, &[("id", &page), ("after", "")]).await;
    assert_eq!(server.children(section).await, "a b c", "dragged to the top");
    let stranger = draft(&server, home, "stranger").await.to_string();
    assert_eq!(pat.post(&url, &[("page", &page), ("before", &stranger)]).await.status, 404);
    assert_eq!(pat.post(&url, &[("page", &page)]).await.status, 400);
    let foreign = pat.post(&url, &[("page", &stranger), ("way", "up")]).await;
    assert_eq!(foreign.status, 403);
}

/// Where a list says that a page may be put back, and what it sends for that.
async fn way_back(browser: &Browser<'_>, list: &str) -> Option<(String, String)> {
    let text = browser.text(list.split('#').next().unwrap_or(list)).await;
    let form = text.split_once("data-moved>")?.1.split_once("</form>")?.0.to_owned();
    let value = |before: &str| Some(form.split_once(before)?.1.split('"').next()?.to_owned());
    Some((value("action=\"")?, value("name=\"moved\" value=\"")?))
}

async fn a_move_is_taken_back_unless_something_changed_meanwhile(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        ids.push(draft(&server, section, title).await);
    }
    let all = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish];
    let ann = editor(&server, "ann", section, &all).await;
    let eve = editor(&server, "eve", ids[0], &all).await;
    let (one, url) = (ids[0].to_string(), format!("/admin/pages/{section}/reorder/"));
    // Among its siblings, by drag: behind the last one.
    let dragged = ann.post(&url, &[("id", &one), ("after", &ids[2].to_string())]).await;
    assert_eq!(server.children(section).await, "b c a");
    let (back, moved) = way_back(&ann, location(&dragged)).await.expect("it is offered");
    assert!(way_back(&eve, location(&dragged)).await.is_none(), "not to those who may not move it");
    assert_eq!(eve.post(&back, &[("moved", &moved)]).await.status, 403, "as every move");
    for bad in ["", "1.2", &moved.replacen(&one, "9999", 1)] {
        assert_eq!(ann.post(&back, &[("moved", bad)]).await.status, 400, "{bad}");
    }
    let again = ann.post(&back, &[("moved", &moved)]).await;
    assert_eq!(server.children(section).await, "a b c", "back where it was");
    // And that is taken back, too.
    let (back, redo) = way_back(&ann, location(&again)).await.expect("it is offered");
    ann.post(&back, &[("moved", &redo)]).await;
    assert_eq!(server.children(section).await, "b c a");
    // Below another page, where somebody moves it on.
    let to = ids[1].to_string();
    let away = ann.post(&format!("/admin/pages/{one}/move/"), &[("to", &to), ("position", "last")]).await;
    let text = ann.text(location(&away).split('#').next().expect("an address")).await;
    assert!(text.contains("a was put below b."), "{text}");
    let (back, moved) = way_back(&ann, location(&away)).await.expect("it is offered");
    ann.post(&back, &[("moved", &moved)]).await;
    assert_eq!((server.children(section).await.as_str(), server.children(ids[1]).await.as_str()), ("b c a", ""));
    let late = ann.post(&back, &[("moved", &moved)]).await;
    assert_eq!(late.status, 409);
    assert!(late.text().contains("was moved meanwhile"), "{}", late.text());
    // What it stood behind went away: it stays.
    let away = ann.post(&format!("/admin/pages/{one}/move/"), &[("to", &to), ("position", "last")]).await;
    let (back, moved) = way_back(&ann, location(&away)).await.expect("it is offered");
    server.content().move_page(ids[2], Position::LastChildOf(home), Channel::Cli).await.expect("moved");
    assert_eq!(ann.post(&back, &[("moved", &moved)]).await.status, 409);
    assert_eq!(server.children(ids[1]).await, "a");
    assert!(way_back(&ann, &format!("/admin/pages/{section}/?moved=nonsense")).await.is_none());
    server.assert_tree_is_right().await;
}

async fn a_copy_takes_seeing_the_whole_original(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let secret = server.standard_page(home, "Secret", "<p>x</p>").await;
    let below = draft(&server, secret, "Below").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let live = server.standard_page(section, "Live", "<p>x</p>").await;
    draft(&server, live, "Deep").await;
    let ann = editor(&server, "ann", section, &[PagePermission::Add]).await;
    let to = section.to_string();
    let fields = [("to", to.as_str()), ("title", "Stolen"), ("subtree", "1")];
    for unseen in [secret, below, home] {
        assert_eq!(ann.post(&format!("/admin/pages/{unseen}/copy/"), &fields).await.status, 403, "{unseen}");
        assert_eq!(ann.get(&format!("/admin/pages/{unseen}/copy/")).await.status, 403, "{unseen}");
    }
    let keep_live = [("to", to.as_str()), ("title", "Copy"), ("subtree", "1"), ("live", "1")];
    assert_eq!(ann.post(&format!("/admin/pages/{live}/copy/"), &keep_live).await.status, 403, "she may not publish");
    let made = ann.post(&format!("/admin/pages/{live}/copy/"), &fields).await;
    assert!(location(&made).starts_with(&format!("/admin/pages/{section}/#page-")));
    assert_eq!(server.children(section).await, "live live-2");
    let taken = [("to", to.as_str()), ("title", "Copy"), ("slug", "live")];
    let taken = ann.post(&format!("/admin/pages/{live}/copy/"), &taken).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text().contains("A page with the slug &quot;live&quot; is there already"), "{}", taken.text());
    let chief = editor(&server, "chief", section, &[PagePermission::Add, PagePermission::Publish]).await;
    chief.post(&format!("/admin/pages/{live}/copy/"), &[("to", &to), ("live", "1"), ("slug", "twin")]).await;
    assert_eq!(server.get("/section/twin/").await.status, 200);
}

async fn chief_of_all(server: &Server) -> Browser<'_> {
    let all = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish, PagePermission::BulkDelete];
    editor(server, "over-all", server.page_id("/").await, &all).await
}

async fn deleting_asks_as_much_as_it_takes(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let many = server.standard_page(section, "Many", "<p>x</p>").await;
    for number in 0..10 {
        draft(&server, many, &format!("Child {number}")).await;
    }
    let target = server.standard_page(section, "Target", "<p>x</p>").await;
    server.standard_page(home, "Pointer", &format!("<p><a linktype=\"page\" id=\"{target}\">there</a></p>")).await;
    let editing = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish];
    let ann = editor(&server, "ann", section, &editing).await;
    let all = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish, PagePermission::BulkDelete];
    let chief = editor(&server, "chief", section, &all).await;
    let url = format!("/admin/pages/{many}/delete/");
    assert_eq!(ann.get(&url).await.status, 403, "a branch takes the permission to delete many");
    let question = chief.text(&url).await;
    let site = vitrine::content::site::list(server.db(), "").await.expect("listed")[0].name.clone();
    assert!(
        question.contains("<strong>11 pages</strong> go")
            && question.contains(&format!("Type <strong>{}</strong>", site.replace('&', "&amp;")))
    );
    for word in ["", "yes"] {
        assert_eq!(chief.post(&url, &[("word", word)]).await.status, 422, "{word}");
    }
    assert_eq!(server.get("/section/many/").await.status, 200, "nothing happened");
    assert_eq!(location(&chief.post(&url, &[("word", &site)]).await), format!("/admin/pages/{section}/"));
    assert_eq!(server.get("/section/many/").await.status, 404);
    let url = format!("/admin/pages/{target}/delete/");
    let question = ann.text(&url).await;
    assert!(question.contains("1 place points here") && question.contains("A page that you may not see"), "{question}");
    assert!(!question.contains("Pointer"), "nor what it is called: {question}");
    assert!(chief_of_all(&server).await.text(&url).await.contains(">Pointer</a>"));
    assert_eq!(ann.post(&url, &[("a", "b")]).await.status, 422);
    let next = format!("/admin/pages/{section}/?sort=title");
    assert_eq!(location(&ann.post(&url, &[("anyway", "1"), ("next", &next)]).await), next);
    assert!(server.page(target).await.trashed);
    assert_eq!(chief.get(&format!("/admin/pages/{home}/delete/")).await.status, 403);
    let root = server.root_browser().await;
    let fixed = root.post(&format!("/admin/pages/{home}/delete/"), &[("anyway", "1"), ("word", &site)]).await;
    assert_eq!(fixed.status, 422, "the root of the site stays");
}

async fn the_trash_gives_back_what_one_may_have(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let live = server.standard_page(section, "Live <i>one</i>", "<p>x</p>").await;
    let other = server.standard_page(home, "Other", "<p>x</p>").await;
    for page in [live, other] {
        server.content().trash_page(page, Channel::Admin).await.expect("trashed");
    }
    let ann = editor(&server, "ann", section, &[PagePermission::Add, PagePermission::Edit]).await;
    let pat_grants = [PagePermission::Add, PagePermission::Edit, PagePermission::Publish];
    let pat = editor(&server, "pat", section, &pat_grants).await;
    let seen = ann.text("/admin/trash/").await;
    assert!(
        seen.contains("Live &lt;i&gt;one&lt;/i&gt;") && !seen.contains("Other") && !seen.contains("value=\"restore\"")
    );
    let (id, other_id) = (live.to_string(), other.to_string());
    let restore = [("id", id.as_str()), ("action", "restore")];
    assert_eq!(ann.post("/admin/trash/", &restore).await.status, 403, "it would be live again");
    assert_eq!(pat.post("/admin/trash/", &[("id", &other_id), ("action", "restore")]).await.status, 403);
    assert_eq!(pat.post("/admin/trash/", &[("action", "empty"), ("word", "empty")]).await.status, 403);
    server.standard_page(section, "Live i one i", "<p>x</p>").await;
    let slug = server.page(live).await.slug;
    let taken = server.children(section).await == slug;
    let back = pat.post("/admin/trash/", &restore).await;
    if taken {
        assert_eq!(back.status, 422);
        let fields = [("id", id.as_str()), ("action", "restore"), ("slug", "back")];
        assert!(location(&pat.post("/admin/trash/", &fields).await).ends_with(&format!("#page-{live}")));
    } else {
        assert!(location(&back).ends_with(&format!("#page-{live}")));
    }
    assert!(server.page(live).await.live);
    assert_eq!(pat.post("/admin/trash/", &restore).await.status, 404, "it is there no longer");
    let root = server.root_browser().await;
    assert_eq!(root.post("/admin/trash/", &[("action", "empty"), ("word", "x")]).await.status, 422);
    assert_eq!(location(&root.post("/admin/trash/", &[("action", "empty"), ("word", "empty")]).await), "/admin/trash/");
    assert!(root.text("/admin/trash/").await.contains("The trash is empty."));
    let again = server.standard_page(home, "Again", "<p>x</p>").await;
    server.content().trash_page(again, Channel::Admin).await.expect("trashed");
    let again = again.to_string();
    location(&root.post("/admin/trash/", &[("id", &again), ("action", "purge")]).await);
    assert!(root.text("/admin/trash/").await.contains("The trash is empty."));
    for bad in [[("id", "x"), ("action", "purge")], [("id", "1"), ("action", "purge")], [("id", "0"), ("action", "x")]]
    {
        assert!([400, 404].contains(&root.post("/admin/trash/", &bad).await.status.as_u16()), "{bad:?}");
    }
}

async fn what_only_leads_to_ones_pages_is_not_weighed(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let inside = draft(&server, section, "Inside").await;
    let draft_of_others = format!("<p><a linktype=\"page\" id=\"{section}\">there</a></p>");
    server.create(standard_page(home, "Not told yet", &draft_of_others)).await.expect("created");
    let ann = editor(&server, "ann", section, &[PagePermission::Add, PagePermission::Edit]).await;
    for ids in [vec![home], vec![home, inside]] {
        let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(".");
        let url = format!("/admin/pages/delete/?ids={ids}");
        let answer = ann.get(&url).await;
        assert_eq!(answer.status, 403, "{url}: {}", answer.text());
        assert!(answer.text().contains("you may not see all of it"), "{url}: {}", answer.text());
        assert_eq!(ann.post("/admin/pages/delete/", &[("ids", &ids)]).await.status, 403, "{ids}");
    }
    let shown = ann.text(&format!("/admin/pages/delete/?ids={section}.{inside}")).await;
    assert!(shown.contains("A page that you may not see") && !shown.contains("Not told yet"), "{shown}");
}

on_both_databases!(
    what_only_leads_to_ones_pages_is_not_weighed,
    pages_are_moved_where_one_may,
    the_order_is_changed_by_those_who_publish,
    a_move_is_taken_back_unless_something_changed_meanwhile,
    a_copy_takes_seeing_the_whole_original,
    deleting_asks_as_much_as_it_takes,
    the_trash_gives_back_what_one_may_have,
);
