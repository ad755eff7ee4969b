//! The tree of pages in the editor, through the front door: who sees what, what is added and published from there.

use reqwest::Method;
use serde_json::json;
use vitrine::accounts::{By, Grant, PagePermission, UserChange};
use vitrine::content::Position;
use vitrine::telemetry::label::Channel;

use crate::support::account::SAME_ORIGIN;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::edit::{HOUR, in_an_hour, pass_time, post, standard_page};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

/// A browser of a new user, whose group has these permissions on a page.
async fn editor<'s>(server: &'s Server, name: &str, page: i64, permissions: &[PagePermission]) -> Browser<'s> {
    let grants: Vec<Grant> = permissions.iter().map(|permission| Grant::Page(page, *permission)).collect();
    server.browser(name, &grants).await
}

async fn draft(server: &Server, parent: i64, title: &str) -> i64 {
    server.create(standard_page(parent, title, "<p>x</p>")).await.expect("created")
}

async fn every_route_is_for_those_who_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let inside = draft(&server, section, "Inside").await;
    let beside = draft(&server, server.page_id("/").await, "Beside").await;
    let nobody = editor(&server, "nobody", section, &[]).await;
    let ann = editor(&server, "ann", section, &[PagePermission::Add, PagePermission::Edit]).await;
    let root = server.root_browser().await;
    let pages = |id: i64| {
        [
            format!("/admin/pages/{id}/"),
            format!("/admin/pages/{id}/add/?all=1"),
            format!("/admin/pages/{id}/move/"),
            format!("/admin/pages/{id}/copy/"),
            format!("/admin/pages/{id}/delete/"),
            format!("/admin/pages/move/?ids={id}"),
            format!("/admin/pages/delete/?ids={id}"),
        ]
    };
    for (path, beside) in pages(inside).iter().zip(pages(beside)) {
        let asked = server.get(path).await;
        assert_eq!(asked.status, 303, "{path}");
        assert!(asked.header("location").starts_with("/admin/login/?next=%2Fadmin%2Fpages%2F"), "{path}");
        assert_eq!(nobody.get(path).await.status, 403, "nobody: {path}");
        assert_eq!(root.get(path).await.status, 200, "superuser: {path}");
        let answer = ann.get(path).await;
        assert_eq!(answer.status, 200, "ann: {path}: {}", answer.text());
        assert_eq!(answer.header("cache-control"), "private, no-store", "{path}");
        assert_eq!(ann.get(&beside).await.status, 403, "ann: {beside}");
        assert_eq!(root.get(&beside).await.status, 200, "superuser: {beside}");
    }
    let posts = [
        format!("/admin/pages/{inside}/add/standard.StandardPage/"),
        format!("/admin/pages/{inside}/move/"),
        format!("/admin/pages/{inside}/move/back/"),
        format!("/admin/pages/{inside}/copy/"),
        format!("/admin/pages/{inside}/delete/"),
        format!("/admin/pages/{section}/reorder/"),
        "/admin/pages/bulk/".to_owned(),
        "/admin/pages/move/".to_owned(),
        "/admin/pages/delete/".to_owned(),
    ];
    let (id, to) = (inside.to_string(), section.to_string());
    let fields =
        [("ids", id.as_str()), ("page", &id), ("to", &to), ("action", "publish"), ("title", "T"), ("way", "up")];
    for path in &posts {
        let out = server.send_form(path, &fields, &[SAME_ORIGIN]).await;
        assert!(out.status == 303 && out.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(nobody.post(path, &fields).await.status, 403, "{path}");
        let foreign = [("sec-fetch-site", "cross-site"), ("cookie", ann.cookie.as_str())];
        assert_eq!(server.send_form(path, &fields, &foreign).await.status, 403, "foreign: {path}");
        let refused = server.send(Method::DELETE, path, &[("cookie", &ann.cookie)]).await;
        assert_eq!(refused.status, 405, "{path}");
        assert!(refused.header("allow").contains("POST"), "{path}: {}", refused.header("allow"));
    }
    for path in ["/admin/pages/x/", "/admin/pages/0/", "/admin/pages/-1/", "/admin/pages/007/", "/admin/pages/987654/"]
    {
        assert_eq!(root.get(path).await.status, 404, "{path}");
    }
    for path in ["?sort=x", "?way=x", "?status=x", "?after=x", "?since=x", "?owner=x"] {
        assert_eq!(root.get(&format!("/admin/pages/{section}/{path}")).await.status, 400, "{path}");
    }
    assert!(nobody.text("/admin/pages/").await.contains("You may not see any page yet"));
    assert!(
        server.metrics().await.sum("vitrine_permission_denied_total", &[("http_route", "/admin/pages/{*path}")]) > 20.0
    );
}

async fn the_tree_shows_what_is_granted_and_the_way_there(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section <b>bold</b>", "<p>x</p>").await;
    draft(&server, section, "\"><script>alert(1)</script>").await;
    draft(&server, home, "Not for Ann").await;
    let ann = editor(&server, "ann", section, &[PagePermission::Edit]).await;
    let top = ann.text("/admin/pages/").await;
    assert!(top.contains(&format!("/admin/pages/{home}/")) && !top.contains("name=\"ids\""), "{top}");
    let below = ann.text(&format!("/admin/pages/{home}/")).await;
    assert!(below.contains("Section &lt;b&gt;bold&lt;/b&gt;") && !below.contains("Not for Ann"), "{below}");
    assert!(!below.contains("Add a page"), "she may not add");
    let inside = ann.text(&format!("/admin/pages/{section}/")).await;
    assert!(inside.contains("&quot;&gt;&lt;script&gt;alert(1)&lt;") && !inside.contains("<script>alert"), "{inside}");
    assert!(inside.contains("1 page") && inside.contains("Draft"), "{inside}");
    for path in [home, section] {
        let answer = ann.get(&format!("/admin/pages/{path}/")).await;
        assert!(answer.queries() <= 10, "{} queries", answer.queries());
    }
    // What nobody is granted by name is still the superuser's.
    let root = server.root_browser().await;
    assert!(root.text(&format!("/admin/pages/{home}/")).await.contains("Not for Ann"));
    let sorted = root.text(&format!("/admin/pages/{home}/?sort=title&way=down&status=draft")).await;
    assert!(
        sorted.contains("aria-sort=\"descending\"") && sorted.contains("Not for Ann") && !sorted.contains("Section")
    );
    let found = root.text("/admin/search/?q=not+ann").await;
    assert!(found.contains("Not for Ann"), "{found}");
    assert!(!ann.text("/admin/search/?q=not+ann").await.contains("Not for Ann"));
    assert!(ann.text("/admin/search/?q=%3Cscript%3Ealert").await.contains("value=\"&lt;script&gt;alert\""));
    assert_eq!(ann.get(&format!("/admin/search/?q={}", "x".repeat(300))).await.status, 400);
}

async fn a_page_is_added_of_an_allowed_type(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let ann = editor(&server, "ann", section, &[PagePermission::Add]).await;
    let types = server.content().types();
    let offered = ann.text(&format!("/admin/pages/{section}/add/?all=1")).await;
    for known in types.pages() {
        let is_allowed =
            types.allowed_children("standard.StandardPage").iter().any(|allowed| allowed.name == known.name);
        let url = format!("/admin/pages/{section}/add/{}/", known.name);
        assert_eq!(offered.contains(&url), is_allowed, "{}", known.name);
        assert_eq!(ann.get(&url).await.status, if is_allowed { 200 } else { 404 }, "{url}");
    }
    let url = format!("/admin/pages/{section}/add/standard.StandardPage/");
    let empty = ann.post(&url, &[("title", "  ")]).await;
    assert_eq!(empty.status, 422);
    assert!(
        empty.text().contains("A page needs a title.") && empty.text().contains("aria-invalid"),
        "{}",
        empty.text()
    );
    let made = ann.post(&url, &[("title", "  Über uns ")]).await;
    let at = location(&made);
    let id: i64 = at.trim_start_matches("/admin/pages/").trim_end_matches("/edit/").parse().expect("an id");
    let page = server.page(id).await;
    assert_eq!((page.draft_title.as_str(), page.slug.as_str(), page.live), ("Über uns", "uber-uns", false));
    assert_eq!(page.owner, Some(server.accounts().user("ann").await.expect("found").id));
    let missing = ann.post(&format!("/admin/pages/{section}/add/blog.Nothing/"), &[("title", "x")]).await;
    assert_eq!(missing.status, 404);
}

async fn several_pages_are_published_and_each_says_how_it_went(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let good = draft(&server, section, "Good").await;
    let fields = json!({ "body": [] });
    let bad = vitrine::content::NewPage {
        parent: server.page_id("/blog/").await,
        type_name: "blog.BlogPage".into(),
        title: "Not whole".into(),
        fields: fields.as_object().cloned().unwrap_or_default(),
        ..vitrine::content::NewPage::default()
    };
    let bad = server.create(bad).await.expect("a draft");
    let foreign = draft(&server, home, "Foreign").await;
    let root = server.root_browser().await;
    let (good_text, bad_text, foreign_text) = (good.to_string(), bad.to_string(), foreign.to_string());
    let fields = [("action", "publish"), ("ids", good_text.as_str()), ("ids", &bad_text)];
    let text = root.follow("/admin/pages/bulk/", &fields).await;
    assert!(text.contains("1 of 2 pages published") && text.contains("Not done"), "{text}");
    assert!(server.page(good).await.live && !server.page(bad).await.live);
    let pat = editor(&server, "pat", section, &[PagePermission::Publish]).await;
    let only =
        pat.post(&format!("/admin/pages/bulk/?only={good}"), &[("action", "unpublish"), ("ids", &foreign_text)]).await;
    assert_eq!(location(&only), format!("/admin/pages/{section}/"));
    assert!(!server.page(good).await.live);
    let unseen = pat.post("/admin/pages/bulk/", &[("action", "publish"), ("ids", &foreign_text)]).await;
    assert_eq!(unseen.status, 403);
    let ann = editor(&server, "ann", section, &[PagePermission::Edit]).await;
    let text = ann.follow("/admin/pages/bulk/", &[("action", "publish"), ("ids", &good_text)]).await;
    assert!(text.contains("You may not publish this page."), "{text}");
    assert!(!server.page(good).await.live);
    for (fields, status) in [
        (vec![("action", "publish")], 400),
        (vec![("action", "burn"), ("ids", good_text.as_str())], 400),
        (vec![("action", "publish"), ("ids", "x")], 400),
        (vec![("action", "publish"), ("ids", "987654")], 404),
    ] {
        assert_eq!(root.post("/admin/pages/bulk/", &fields).await.status, status, "{fields:?}");
    }
    let ids: Vec<String> = (2..600).map(|id| id.to_string()).collect();
    let many: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).chain([("action", "publish")]).collect();
    assert_eq!(root.post("/admin/pages/bulk/", &many).await.status, 400, "more than are worked on at once");
    let moved = root.post("/admin/pages/bulk/", &[("action", "move"), ("ids", &good_text)]).await;
    assert_eq!(location(&moved), format!("/admin/pages/move/?ids={good}"));
    server.put(good, Position::LastChildOf(home)).await.expect("moved");
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    server.accounts().change_user("pat", change, &By::cli()).await.expect("closed");
    assert_eq!(pat.get("/admin/pages/").await.status, 303, "whoever was closed out is out");
}

async fn a_page_that_its_plan_took_off_the_site_is_expired_until_it_is_live_again(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let section = server.standard_page(server.page_id("/").await, "Section", "<p>x</p>").await;
    let (planned, by_hand) = (
        server.standard_page(section, "Planned", "<p>x</p>").await,
        server.standard_page(section, "By hand", "<p>x</p>").await,
    );
    server.content().schedule(planned, None, Some(in_an_hour()), Channel::Admin).await.expect("planned");
    pass_time(&server.database_url, HOUR);
    server.content().unpublish(by_hand, Channel::Admin).await.expect("off");
    eventually("it is off the site", SOON, async || !server.page(planned).await.live).await;
    let root = server.root_browser().await;
    let list = root.text(&format!("/admin/pages/{section}/")).await;
    assert_eq!((list.matches(">Expired</span>").count(), list.matches(">Draft</span>").count()), (1, 1), "{list}");
    let narrowed = root.text(&format!("/admin/pages/{section}/?status=expired")).await;
    assert!(narrowed.contains("Planned") && !narrowed.contains("By hand"), "{narrowed}");
    let history = format!("/admin/pages/{planned}/history/");
    assert!(root.text(&history).await.contains("It went off the site as planned"));
    server.publish(planned).await.expect("published");
    server.content().unpublish(planned, Channel::Admin).await.expect("off");
    assert!(!root.text(&format!("/admin/pages/{section}/")).await.contains(">Expired</span>"));
    assert!(!root.text(&history).await.contains("as planned"));
}

async fn a_list_of_one_type_shows_its_columns_and_leads_to_where_one_is_made(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let blog = server.page_id("/blog/").await;
    let maren = server.snippet("blog.Author", "maren-osei").await.id;
    server.rename_snippet(maren, "Maren <b>Osei").await;
    let mut new = post(&server, "By Maren").await;
    new.fields.insert("author".into(), maren.into());
    server.create(new).await.expect("a draft");
    let root = server.root_browser().await;
    let here = format!("/admin/pages/{blog}/");
    assert!(!root.text(&here).await.contains("data-label=\"Author\""), "of all types");
    let list = root.text(&format!("{here}?type=blog.BlogPage&sort=updated&way=down")).await;
    assert!(list.contains("data-label=\"Author\"") && list.contains("Maren &lt;b&gt;Osei"), "{list}");
    let add = format!("/admin/pages/new/blog.BlogPage/?below={blog}");
    assert!(list.contains(&format!("href=\"{add}\"")) && list.contains("Add: "), "{list}");
    let to = root.get(&add).await;
    assert_eq!(location(&to), format!("/admin/pages/{blog}/add/blog.BlogPage/"), "the one place below it");
    let answer = root.get(&format!("{here}?type=blog.BlogPage")).await;
    assert!(answer.queries() <= root.get(&here).await.queries() + 3, "no query for each row");
}

async fn a_parent_is_chosen_among_those_that_fit_and_that_one_may_add_below(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section <i>A", "<p>x</p>").await;
    let inside = draft(&server, section, "Inside").await;
    let gone = draft(&server, section, "Gone").await;
    server.content().trash_page(gone, Channel::Cli).await.expect("trashed");
    let new = "/admin/pages/new/standard.StandardPage/";
    let ann = editor(&server, "ann", section, &[PagePermission::Add]).await;
    let mine = ann.text(new).await;
    let leads = |text: &str, id: i64| text.contains(&format!("href=\"/admin/pages/{id}/add/standard.StandardPage/\""));
    assert!(leads(&mine, section) && leads(&mine, inside), "{mine}");
    assert!(!leads(&mine, home) && !leads(&mine, gone) && !mine.contains("<i>A"), "{mine}");
    assert_eq!(mine.matches("/add/standard.StandardPage/\"").count(), 2, "{mine}");
    assert!(!leads(&ann.text(&format!("{new}?q=SECTION&all=1")).await, inside));
    assert!(ann.text(&format!("{new}?q=nowhere")).await.contains("Nothing here is like that"));
    assert!(ann.text("/admin/pages/new/").await.contains(&format!("href=\"{new}\"")));
    let root = server.root_browser().await;
    let all = root.text(new).await;
    assert!(leads(&all, home) && leads(&all, section) && !leads(&all, gone), "{all}");
    let below = root.text(&format!("{new}?below={section}")).await;
    assert!(leads(&below, section) && leads(&below, inside) && !leads(&below, home), "{below}");
    let many = server.standard_page(home, "Many", "<p>x</p>").await;
    let page = server.page(many).await;
    crate::explore::fill(&server, (many, &page.path, page.depth + 1), 120);
    let (mut path, mut parts, mut seen) = (format!("{new}?below={many}"), 0, 0);
    loop {
        let text = root.text(&path).await;
        (parts, seen) = (parts + 1, seen + text.matches("/add/standard.StandardPage/\"").count());
        let Some(next) = text.split("rel=\"next\"").next().filter(|before| before.len() < text.len()) else { break };
        let next = next.rsplit("href=\"").next().and_then(|rest| rest.split('"').next()).expect("an address");
        path = next.replace("&amp;", "&");
    }
    assert_eq!((parts, seen), (3, 121), "each once, in parts");
    let nobody = editor(&server, "nobody", section, &[PagePermission::Edit]).await;
    for path in [new, "/admin/pages/new/"] {
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        assert_eq!(server.get(path).await.status, 303, "{path}: signed out");
        assert_eq!(root.post(path, &[("a", "b")]).await.status, 405, "{path}");
    }
    assert_eq!(ann.get(&format!("{new}?below={home}")).await.status, 200, "what leads to it may be looked below");
    for (path, status) in [
        (format!("{new}?below=x"), 404),
        (format!("{new}?below=987654"), 404),
        (format!("{new}?after=x"), 400),
        ("/admin/pages/new/blog.Author/".to_owned(), 404),
        ("/admin/pages/new/no.Type/".to_owned(), 404),
    ] {
        assert_eq!(root.get(&path).await.status, status, "{path}");
    }
}

on_both_databases!(
    a_list_of_one_type_shows_its_columns_and_leads_to_where_one_is_made,
    a_parent_is_chosen_among_those_that_fit_and_that_one_may_add_below,
    a_page_that_its_plan_took_off_the_site_is_expired_until_it_is_live_again,
    every_route_is_for_those_who_may,
    the_tree_shows_what_is_granted_and_the_way_there,
    a_page_is_added_of_an_allowed_type,
    several_pages_are_published_and_each_says_how_it_went,
);
