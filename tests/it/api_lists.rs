//! Lists of pages by the API, and the revisions of a page: parts, filters, sparse fields, what somebody may not see.

use serde_json::{Value, json};
use vitrine::accounts::{Grant, PagePermission, Scope};

use crate::support::program::{Program, code};
use crate::support::{Database, Server, on_both_databases};

const READ: [Scope; 2] = [Scope::ReadContent, Scope::WriteContent];

fn titles(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
}

/// All of a list, part by part.
async fn whole(program: &Program<'_>, path: &str) -> (Vec<String>, usize) {
    let (mut found, mut parts, mut next) = (Vec::new(), 0, path.to_owned());
    // Once a minute it is noted that a token was used.
    program.get("/api/v1/whoami/").await;
    loop {
        let answer = program.get(&next).await;
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        assert!(answer.queries() <= 4, "{next}: {}", answer.header("server-timing"));
        let list = answer.json();
        found.extend(titles(&list));
        parts += 1;
        match list["next"].as_str() {
            Some(address) => next = address.to_owned(),
            None => return (found, parts),
        }
    }
}

async fn pages_are_listed_a_part_at_a_time_and_narrowed(database: Database) {
    let server = Server::in_english(database, &[]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    for number in 0..7 {
        server.standard_page(section, &format!("Page {number}"), "<p>x</p>").await;
    }
    let first = server.page_id("/section/page-0/").await;
    server.standard_page(first, "Deep", "<p>x</p>").await;
    let draft = server.create(crate::support::edit::standard_page(section, "Draft", "<p>y</p>")).await.expect("made");
    server.change(first, |content| content.title = "Page 0 anew".into()).await.expect("saved");
    let root = server.root_program(&READ).await;
    let at = |rest: &str| format!("/api/v1/pages/?{rest}");
    let (found, parts) = whole(&root, &at(&format!("parent={section}&limit=3"))).await;
    let all = ["Page 0 anew", "Page 1", "Page 2", "Page 3", "Page 4", "Page 5", "Page 6", "Draft"];
    assert_eq!((found.as_slice(), parts), (all.map(str::to_owned).as_slice(), 3));
    let (found, _) = whole(&root, &at(&format!("below={section}&limit=100"))).await;
    assert_eq!((found.len(), found[1].as_str()), (9, "Deep"), "in the order of the tree");
    let ask = async |rest: &str| titles(&root.get(&at(&format!("below={section}&{rest}"))).await.json());
    assert_eq!(ask("state=draft").await, ["Draft"]);
    assert_eq!(ask("state=changed").await, ["Page 0 anew"]);
    assert_eq!(ask("slug=page-3").await, ["Page 3"]);
    assert_eq!(ask("locale=de").await, Vec::<String>::new());
    for wrong in ["slug=%00", "type=a%0Ab", "locale=%00"] {
        assert_eq!(code(&root.get(&at(wrong)).await), "bad_request", "{wrong}");
    }
    assert_eq!(ask("type=blog.BlogPage").await, Vec::<String>::new());
    assert_eq!(
        whole(&root, &at("limit=100")).await.0.len() as i64,
        server.count("page WHERE depth > 1 AND NOT trashed")
    );
    let sparse = root.get(&at(&format!("below={section}&state=draft&fields=id,meta.live,fields.body"))).await.json();
    let item = &sparse["items"][0];
    assert_eq!((&item["id"], &item["meta"]), (&json!(draft), &json!({ "live": false })));
    assert_eq!(item["fields"]["body"][0]["value"], "<p>y</p>");
    assert_eq!((item.get("title"), item["fields"].get("standfirst")), (None, None));
    let one = root.get(&format!("/api/v1/pages/{draft}/?fields=title,meta.type")).await;
    assert_eq!(one.json(), json!({ "title": "Draft", "meta": { "type": "standard.StandardPage" } }));
    for wrong in [
        "limit=0",
        "limit=101",
        "state=new",
        "after=x",
        "fields=a%20b",
        "colour=red",
        "parent=1&below=1",
        "limit=1&limit=2",
    ] {
        let refused = root.get(&at(wrong)).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (400, "bad_request"), "{wrong}");
    }
    assert_eq!(root.get(&at("parent=999999")).await.status, 404);
}

async fn nobody_lists_what_they_may_not_see(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let mine = server.standard_page(home, "Mine", "<p>x</p>").await;
    server.standard_page(mine, "Below mine", "<p>x</p>").await;
    let theirs = server.standard_page(home, "Theirs", "<p>x</p>").await;
    let grants = [Grant::Page(mine, PagePermission::Edit)];
    let ann = server.program("ann", &grants, &READ).await;
    assert_eq!(whole(&ann, "/api/v1/pages/").await.0, ["Mine", "Below mine"]);
    assert_eq!(whole(&ann, &format!("/api/v1/pages/?parent={home}")).await.0, ["Mine"]);
    assert_eq!(ann.get(&format!("/api/v1/pages/?parent={theirs}")).await.status, 403);
    let locks = server.program("locks", &[Grant::Page(mine, PagePermission::Lock)], &READ).await;
    assert_eq!(whole(&locks, "/api/v1/pages/").await.0, Vec::<String>::new(), "who only locks reads no drafts");
    let nothing = server.program("nothing", &[], &READ).await;
    assert_eq!(whole(&nothing, "/api/v1/pages/").await.0, Vec::<String>::new());
    let blind = server.robot("ann", &[Scope::WriteContent]).await;
    assert_eq!(code(&blind.get("/api/v1/pages/").await), "insufficient_scope");
    assert_eq!(server.get("/api/v1/pages/").await.status, 401);
}

async fn revisions_are_listed_read_and_compared(database: Database) {
    let server = Server::start(database).await;
    let page = server.standard_page(server.page_id("/").await, "First", "<p>x</p>").await;
    let live = server.page(page).await.live_revision_id.expect("it is live");
    let second = server.change(page, |content| content.title = "Second".into()).await.expect("saved");
    let third = server
        .change(page, |content| content.fields.insert("standfirst".into(), json!("Lines.")).into_iter().for_each(drop))
        .await;
    let third = third.expect("saved");
    let grants = [Grant::Page(page, PagePermission::Edit)];
    let ann = server.program("ann", &grants, &READ).await;
    let at = |rest: &str| format!("/api/v1/pages/{page}/revisions/{rest}");
    ann.get("/api/v1/whoami/").await;
    let list = ann.get(&at("?limit=2")).await;
    assert!(list.queries() <= 4, "{}", list.header("server-timing"));
    let list = list.json();
    let ids = |list: &Value| -> Vec<i64> {
        list["items"].as_array().expect("a list").iter().filter_map(|item| item["id"].as_i64()).collect()
    };
    assert_eq!(ids(&list), [third, second]);
    assert_eq!((&list["items"][0]["newest"], &list["items"][0]["live"]), (&json!(true), &json!(false)));
    let rest = ann.get(list["next"].as_str().expect("there are more")).await.json();
    assert_eq!((ids(&rest), &rest["items"][0]["live"], &rest["next"]), (vec![live], &json!(true), &Value::Null));
    let old = ann.get(&at(&format!("{live}/"))).await;
    assert_eq!((&old.json()["title"], &old.json()["id"]), (&json!("First"), &json!(live)));
    assert!(old.queries() <= 4, "{}", old.header("server-timing"));
    let compared = ann.get(&at(&format!("{live}/compare/{third}"))).await.json();
    let told: Vec<String> =
        compared["differences"].as_array().expect("a list").iter().map(|one| one["pointer"].to_string()).collect();
    assert_eq!(told, ["\"/title\"", "\"/fields/standfirst\""]);
    assert_eq!((&compared["differences"][0]["from"], &compared["total"]), (&json!("First"), &json!(2)));
    let other = server.standard_page(server.page_id("/").await, "Other", "<p>x</p>").await;
    for path in [at("999999/"), format!("/api/v1/pages/{other}/revisions/{live}/"), at(&format!("{live}/compare/x/"))] {
        let status = ann.get(&path).await.status.as_u16();
        assert!(status == 404 || (status == 403 && path.contains(&other.to_string())), "{path}: {status}");
    }
    let stranger = server.program("stranger", &[], &READ).await;
    for path in [at(""), at(&format!("{live}/")), at(&format!("{live}/compare/{third}/"))] {
        assert_eq!(code(&stranger.get(&path).await), "forbidden", "{path}");
        assert_eq!(server.get(&path).await.status, 401, "{path}");
        assert_eq!(code(&server.robot("ann", &[Scope::Audit]).await.get(&path).await), "insufficient_scope", "{path}");
    }
}

on_both_databases!(
    pages_are_listed_a_part_at_a_time_and_narrowed,
    nobody_lists_what_they_may_not_see,
    revisions_are_listed_read_and_compared,
);
