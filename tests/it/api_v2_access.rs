//! Who sees what of `/api/v2/`: visitors, members, and programs with a token, of what is public, asks for a password, for
//! a session, or for a group.

use reqwest::Method;
use serde_json::json;
use vitrine::accounts::{By, Scope};
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::privacy::{PASSWORD, cookie, password};
use crate::support::{Database, Server, on_both_databases};

/// The pages of a site, one for each rule, and those who ask for them.
struct Scene {
    server: Server,
    parent: i64,
    /// For all, behind a password, for members, for the group `Board`.
    pages: [i64; 4],
    /// What a browser sends that gave the password.
    pass: String,
}

impl Scene {
    async fn of(database: Database) -> Self {
        let server = Server::start(database).await;
        let about = server.page_id("/about/").await;
        let parent = server.standard_page(about, "Papers", "<p>Words.</p>").await;
        let mut pages = [0; 4];
        for (page, title) in pages.iter_mut().zip(["Open", "Behind a word", "Of members", "Of the board"]) {
            *page = server.standard_page(parent, title, "<p>Words.</p>").await;
        }
        let (accounts, by) = (server.accounts(), By::cli());
        accounts.create_group("Board", &by).await.expect("created");
        let restriction = server.restrict(pages[1], password(PASSWORD)).await;
        server.restrict(pages[2], Rule::Login).await;
        server.restrict(pages[3], Rule::Groups(vec!["Board".to_owned()])).await;
        for username in ["grace", "ada", "joan"] {
            server.user(username, username == "joan").await;
        }
        let ada = accounts.user("ada").await.expect("found");
        accounts.add_member("Board", &ada, &by).await.expect("added");
        let pass = cookie(&server.give("/about/papers/behind-a-word/", restriction, PASSWORD).await);
        Self { server, parent, pages, pass }
    }

    /// Which of the pages a caller sees: the same in a list, as one, by its path and as a child.
    async fn seen(&self, header: (&str, &str)) -> [bool; 4] {
        let server = &self.server;
        let get = async |path: String| server.send(Method::GET, &format!("/api/v2/pages/{path}"), &[header]).await;
        let ids = async |path: String| {
            let list = get(path).await.json();
            let ids = list["items"].as_array().expect("a list").iter().map(|item| item["id"].as_i64());
            (ids.collect::<Vec<_>>(), list["meta"]["total_count"].as_u64())
        };
        let (children, total) = ids(format!("?child_of={}&fields=_,id", self.parent)).await;
        assert_eq!(total, Some(children.len() as u64));
        let (below, _) = ids(format!("?descendant_of={}&fields=_,id&order=-title", self.parent)).await;
        let mut seen = [false; 4];
        for (seen, page) in seen.iter_mut().zip(self.pages) {
            *seen = get(format!("{page}/")).await.status == 200;
            assert_eq!(children.contains(&Some(page)), *seen, "{header:?} as a child: {page}");
            assert_eq!(below.contains(&Some(page)), *seen, "{header:?} below: {page}");
            assert_eq!(get(format!("find/?id={page}")).await.status == 302, *seen, "{header:?} found: {page}");
            assert_eq!(get(format!("?child_of={page}")).await.status == 200, *seen, "{header:?} as a place: {page}");
        }
        seen
    }
}

async fn pages_are_seen_by_those_who_may_and_by_their_tokens(database: Database) {
    let scene = Scene::of(database).await;
    let server = &scene.server;
    let (grace, ada) = (server.session_of("grace").await, server.session_of("ada").await);
    let both = format!("{ada}; {}", scene.pass);
    assert_eq!(scene.seen(("accept", "*/*")).await, [true, false, false, false], "nobody");
    assert_eq!(scene.seen(("cookie", &scene.pass)).await, [true, true, false, false], "the password");
    assert_eq!(scene.seen(("cookie", &grace)).await, [true, false, true, false], "a member");
    assert_eq!(scene.seen(("cookie", &ada)).await, [true, false, true, true], "of the group");
    assert_eq!(scene.seen(("cookie", &both)).await, [true; 4], "of the group, with the password");
    let seen_with = async |username: &str, scopes: &[Scope]| {
        let (_, token) = server.token(username, scopes).await;
        scene.seen(("authorization", &format!("Bearer {token}"))).await
    };
    assert_eq!(seen_with("grace", &[Scope::ReadContent]).await, [true, false, true, false]);
    assert_eq!(seen_with("ada", &[Scope::ReadContent]).await, [true, false, true, true]);
    assert_eq!(seen_with("joan", &[Scope::ReadContent]).await, [true; 4], "superusers see all");
    for without in [&[Scope::Publish][..], &[Scope::WriteContent, Scope::Media]] {
        assert_eq!(seen_with("joan", without).await, [true, false, false, false], "{without:?}: what visitors see");
    }
    let wrong = server.call(Method::GET, "/api/v2/pages/", "vitrine_x").await;
    assert_eq!(wrong.status, 401, "a token that is none is told so");
}

async fn files_of_private_collections_are_seen_by_those_who_may(database: Database) {
    let server = Server::start(database).await;
    let image = server.api("/api/v2/images/?limit=1").await["items"][0]["id"].as_i64().expect("an id");
    server.content().restrict(Target::Collection(1), Rule::Login, Channel::Admin).await.expect("restricted");
    server.user("grace", false).await;
    let (_, reads) = server.token("grace", &[Scope::ReadContent]).await;
    let (_, other) = server.token("grace", &[Scope::Media]).await;
    for (token, sees) in [(&reads, true), (&other, false)] {
        let get = async |path: &str| server.call(Method::GET, &format!("/api/v2/{path}"), token).await;
        assert_eq!(get("images/").await.json()["meta"]["total_count"] != json!(0), sees);
        assert_eq!(get("documents/").await.json()["meta"]["total_count"] != json!(0), sees);
        assert_eq!(get(&format!("images/{image}/")).await.status == 200, sees);
        assert_eq!(get(&format!("images/find/?id={image}")).await.status == 302, sees);
    }
}

async fn what_is_not_for_everybody_is_kept_for_nobody(database: Database) {
    let scene = Scene::of(database).await;
    let server = &scene.server;
    let (_, token) = server.token("joan", &[Scope::ReadContent]).await;
    let list = format!("/api/v2/pages/?child_of={}&fields=_,title", scene.parent);
    let detail = format!("/api/v2/pages/{}/", scene.pages[3]);
    for round in 0..2 {
        let own = server.call(Method::GET, &list, &token).await;
        assert_eq!((own.json()["meta"]["total_count"].clone(), own.queries() > 0), (json!(4), true), "round {round}");
        assert_eq!(own.header("cache-control"), "private, no-store");
        assert_eq!(server.call(Method::GET, &detail, &token).await.status, 200);
        let open = server.get(&list).await;
        assert_eq!((open.json()["meta"]["total_count"].clone(), open.queries() == 0), (json!(1), round == 1));
        assert_eq!(server.get(&detail).await.status, 404);
    }
    server.restrict(scene.pages[0], Rule::Login).await;
    assert_eq!(server.get(&list).await.json()["meta"]["total_count"], 0, "a new restriction does away with copies");
}

async fn lists_and_the_search_are_as_the_settings_say(database: Database) {
    let server = Server::with(database, &[("api.v2_limit_max", "3"), ("api.v2_search_enabled", "false")]).await;
    for half in ["pages", "images"] {
        let list = server.api(&format!("/api/v2/{half}/")).await;
        assert_eq!(list["items"].as_array().map(Vec::len), Some(3), "as many as may be: {half}");
        let refused = async |query: &str| {
            let answer = server.get(&format!("/api/v2/{half}/?{query}")).await;
            (answer.status.as_u16(), answer.json()["message"].clone())
        };
        assert_eq!(refused("limit=4").await, (400, json!("limit cannot be higher than 3")));
        assert_eq!(refused("search=tide").await, (400, json!("search is disabled")));
    }
    let redirects = server.get("/api/v2/redirects/?search=tide").await;
    assert_eq!((redirects.status.as_u16(), redirects.json()["message"].clone()), (400, json!("search is disabled")));
    let more = Server::with(database, &[("api.v2_limit_max", "100")]).await;
    let count = async |query: &str| more.api(query).await["items"].as_array().map(Vec::len);
    assert_eq!(count("/api/v2/pages/").await, Some(20));
    assert!(count("/api/v2/pages/?limit=100").await > Some(20));
}

on_both_databases!(
    lists_and_the_search_are_as_the_settings_say,
    pages_are_seen_by_those_who_may_and_by_their_tokens,
    files_of_private_collections_are_seen_by_those_who_may,
    what_is_not_for_everybody_is_kept_for_nobody,
);
