//! Groups by the API: listed, made, renamed, deleted, what they give and who is in them; and what is refused.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{
    By, CollectionPermission, GlobalPermission, Grant, PagePermission, RecordPermission, Scope, TypeName,
};
use vitrine::content::privacy::{Rule, Target};
use vitrine::telemetry::label::Channel;

use crate::api_records::{self, TRANSACTION, rows};
use crate::support::program::{code, each, listed, mistakes, refuses_all_others};
use crate::support::{Answer, Database, Server, on_both_databases};

const HOME: &str = "/api/v1/groups/";
const GROUPS: Grant = Grant::Global(GlobalPermission::Groups);

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), code(answer))
}

async fn a_group_is_made_renamed_and_deleted(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &[GROUPS], &[Scope::Users]).await;
    let made = ann.post(HOME, &json!({ "name": " Writers " })).await;
    assert_eq!((made.status.as_u16(), &made.json()["name"]), (201, &json!("Writers")), "{}", made.text());
    let path = made.header("location").to_owned();
    assert_eq!(mistakes(&ann.post(HOME, &json!({ "name": "Writers" })).await), ["/name name_taken"]);
    assert_eq!(mistakes(&ann.post(HOME, &json!({ "name": " " })).await), ["/name invalid_name"]);
    assert_eq!(mistakes(&ann.post(HOME, &json!({ "grants": [] })).await), ["/name required", "/grants unknown_field"]);
    let (all, parts) = listed(&ann, &format!("{HOME}?limit=1")).await;
    let mut names = each(&all, "name");
    // Databases differ in which letters come first.
    names.sort_by_key(Value::to_string);
    assert_eq!((names, parts), (["Writers", "ann"].map(Value::from).to_vec(), 2));
    assert_eq!(each(&listed(&ann, &format!("{HOME}?search=WRI")).await.0, "name"), ["Writers"]);
    for wrong in ["limit=0", "after=x", "colour=red", "search=%00"] {
        assert_eq!(refusal(&ann.get(&format!("{HOME}?{wrong}")).await), (400, "bad_request".to_owned()), "{wrong}");
    }
    let read = ann.get(&path).await;
    assert_eq!((read.json(), read.header("etag")), (made.json(), made.header("etag")));
    let known = ann.ask(Method::GET, &path, &[("if-none-match", read.header("etag"))], None).await;
    assert_eq!(known.status, 304);
    let blind = ann.ask(Method::PATCH, &path, &[], Some(&json!({ "name": "Authors" }))).await;
    assert_eq!(refusal(&blind), (428, "if_match_needed".to_owned()));
    let renamed = ann.patch(&path, read.header("etag"), &json!({ "name": "Authors" })).await;
    assert_eq!(renamed.json()["name"], "Authors", "{}", renamed.text());
    assert_eq!(
        refusal(&ann.patch(&path, read.header("etag"), &json!({ "name": "x" })).await),
        (412, "stale".to_owned())
    );
    let rule = Rule::Groups(vec!["Authors".into()]);
    let about = Target::Page(server.page_id("/about/").await);
    server.content().restrict(about, rule, Channel::Cli).await.expect("restricted");
    let used = ann.ask(Method::DELETE, &path, &[], None).await;
    assert_eq!(refusal(&used), (409, "in_use".to_owned()));
    assert!(used.json()["places"][0].as_str().is_some_and(|place| place.contains("/about/")), "{}", used.text());
    server.content().unrestrict(about, Channel::Cli).await.expect("opened");
    assert_eq!(ann.ask(Method::DELETE, &path, &[], None).await.status, 204);
    assert_eq!(refusal(&ann.get(&path).await), (404, "not_found".to_owned()));
    let events = server.events().await;
    for event in ["group_created Writers", "group_renamed Authors", "group_deleted Authors"] {
        assert!(events.iter().any(|known| known == event), "{event}: {events:?}");
    }
}

async fn only_what_one_has_is_given(database: Database) {
    let server = Server::start(database).await;
    let (home, blog) = (server.page_id("/").await, server.page_id("/blog/").await);
    let own = [GROUPS, Grant::Page(blog, PagePermission::Edit), Grant::Collection(1, CollectionPermission::Choose)];
    let ann = server.program("ann", &own, &[Scope::Users]).await;
    let path = ann.post(HOME, &json!({ "name": "Writers" })).await.header("location").to_owned();
    let grants = format!("{path}grants/");
    let give = async |grant: Value| ann.post(&grants, &json!({ "give": [grant] })).await;
    for grant in [
        json!({ "permission": "publish", "page": blog }),
        json!({ "permission": "edit", "page": home }),
        json!({ "permission": "delete", "collection": 1 }),
        json!({ "permission": "manage_users" }),
        json!({ "permission": "manage_settings", "site": 1 }),
    ] {
        assert_eq!(refusal(&give(grant.clone()).await), (403, "forbidden".to_owned()), "{grant}");
    }
    for (grant, told) in [
        (json!({ "permission": "burn", "page": blog }), "/give/0/permission invalid_choice"),
        (json!({ "permission": "edit" }), "/give/0/permission invalid_choice"),
        (json!({ "page": blog }), "/give/0/permission required"),
        (json!({ "permission": "edit", "page": 987_654 }), "/give/0/page not_found"),
        (json!({ "permission": "choose", "collection": 987_654 }), "/give/0/collection not_found"),
        (json!({ "permission": "manage_settings", "site": 987_654 }), "/give/0/site not_found"),
        (json!("edit"), "/give/0 invalid_type"),
    ] {
        let refused = give(grant.clone()).await;
        assert_eq!((refused.status.as_u16(), mistakes(&refused)), (422, vec![told.to_owned()]), "{grant}");
    }
    let mixed = json!({ "give": [{ "permission": "edit", "page": blog }, { "permission": "manage_users" }] });
    assert_eq!(ann.post(&grants, &mixed).await.status, 403);
    assert_eq!(listed(&ann, &grants).await.0.len(), 0, "all or nothing");
    let body = json!({ "give": [
        { "permission": "edit", "page": blog }, { "permission": "choose", "collection": 1 }, { "permission": "manage_groups" },
    ] });
    let given = ann.post(&grants, &body).await;
    assert_eq!(
        each(&given.json()["items"].as_array().expect("a list").clone(), "permission"),
        ["choose", "manage_groups", "edit"],
        "{}",
        given.text()
    );
    let (told, _) = listed(&ann, &grants).await;
    assert_eq!((&told[2]["page"], &told[0]["collection"], told[1].get("page")), (&json!(blog), &json!(1), None));
    assert_eq!(ann.get(&path).await.json()["meta"]["grants"], 3);
    let taken = ann.post(&grants, &json!({ "take": [{ "permission": "edit", "page": blog }] })).await;
    assert_eq!(taken.json()["items"].as_array().map(Vec::len), Some(2), "{}", taken.text());
    let by = By::cli();
    server.accounts().grant("Writers", Grant::Global(GlobalPermission::Users), &by).await.expect("granted");
    let above = json!({ "take": [{ "permission": "manage_users" }] });
    assert_eq!(refusal(&ann.post(&grants, &above).await), (403, "forbidden".to_owned()), "nor taken");
    for (method, body) in [(Method::PATCH, Some(json!({ "name": "x" }))), (Method::DELETE, None)] {
        let refused = ann.ask(method.clone(), &path, &[("if-match", "*")], body.as_ref()).await;
        assert_eq!(refusal(&refused), (403, "forbidden".to_owned()), "{method}: it may do more");
    }
    let events = server.events().await;
    assert_eq!(events.iter().filter(|event| *event == "granted Writers").count(), 4, "{events:?}");
    assert_eq!(events.iter().filter(|event| *event == "grant_revoked Writers").count(), 1);
}

async fn rows_of_a_collection_are_given_by_whoever_has_them(database: Database) {
    let (server, _folder) = api_records::with(database, "").await;
    let own = [GROUPS, rows(TRANSACTION, RecordPermission::Change)];
    let ann = server.program("ann", &own, &[Scope::Users, Scope::ReadContent]).await;
    let path = ann.post(HOME, &json!({ "name": "Clerks" })).await.header("location").to_owned();
    let grants = format!("{path}grants/");
    let of = |permission: &str, name: &str| json!({ "permission": permission, "rows": name });
    let give = async |grant: Value| ann.post(&grants, &json!({ "give": [grant] })).await;
    for permission in ["add", "delete"] {
        assert_eq!(refusal(&give(of(permission, TRANSACTION)).await), (403, "forbidden".to_owned()), "{permission}");
    }
    for (grant, told) in [
        (of("publish", TRANSACTION), "/give/0/permission invalid_choice"),
        (of("view", "bank.Nothing"), "/give/0/rows not_found"),
        (of("view", "blog.BlogPage"), "/give/0/rows not_found"),
        (of("view", &"x".repeat(101)), "/give/0/permission invalid_choice"),
        (json!({ "permission": "view", "rows": TRANSACTION, "page": 1 }), "/give/0/page invalid"),
    ] {
        let refused = give(grant.clone()).await;
        assert_eq!((refused.status.as_u16(), mistakes(&refused)), (422, vec![told.to_owned()]), "{grant}");
    }
    // Whoever changes rows sees them.
    let given = give(of("view", TRANSACTION)).await;
    let expected = json!([{ "permission": "view", "rows": TRANSACTION, "place": "Transaction" }]);
    assert_eq!(given.json()["items"], expected, "{}", given.text());
    assert_eq!(ann.get(&path).await.json()["meta"]["grants"], 1);
    let bea = server.program("bea", &[], &[Scope::ReadContent]).await;
    assert_eq!(bea.get("/api/v1/transactions/").await.status, 403);
    ann.post(&format!("{path}members/"), &json!({ "add": ["bea"] })).await;
    assert_eq!(bea.get("/api/v1/transactions/").await.status, 200);
    let taken = ann.post(&grants, &json!({ "take": [of("view", TRANSACTION)] })).await;
    assert_eq!(taken.json()["items"], json!([]), "{}", taken.text());
    assert_eq!(bea.get("/api/v1/transactions/").await.status, 403);
    let gone = Grant::Records(TypeName::new("bank.Gone").expect("a name"), RecordPermission::View);
    server.accounts().grant("Clerks", gone, &By::cli()).await.expect("granted");
    let root = server.root_program(&[Scope::Users]).await;
    let left = root.get(&grants).await.json();
    assert_eq!(left["items"], json!([{ "permission": "view", "rows": "bank.Gone", "place": "bank.Gone" }]));
    let taken = root.post(&grants, &json!({ "take": [of("view", "bank.Gone")] })).await;
    assert_eq!(taken.json()["items"], json!([]), "{}", taken.text());
}

async fn users_come_into_a_group_and_leave_it(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &[GROUPS], &[Scope::Users]).await;
    for name in ["bea", "cem"] {
        server.user(name, false).await;
    }
    let path = ann.post(HOME, &json!({ "name": "Writers" })).await.header("location").to_owned();
    let members = format!("{path}members/");
    let put = ann.post(&members, &json!({ "add": ["bea", "CEM", "cem"] })).await;
    assert_eq!(put.json()["meta"]["members"], 2, "{}", put.text());
    let (told, parts) = listed(&ann, &format!("{members}?limit=1")).await;
    assert_eq!((each(&told, "username"), parts), (["bea", "cem"].map(Value::from).to_vec(), 2));
    assert_eq!(told[0].get("email"), None, "which is for those who manage users");
    assert_eq!(mistakes(&ann.post(&members, &json!({ "add": ["nobody"] })).await), ["/add/0 not_found"]);
    assert_eq!(mistakes(&ann.post(&members, &json!({ "add": [1] })).await), ["/add invalid_type"]);
    let left = ann.post(&members, &json!({ "remove": ["bea"] })).await;
    assert_eq!(left.json()["meta"]["members"], 1, "{}", left.text());
    let by = By::cli();
    server.accounts().grant("Writers", Grant::Global(GlobalPermission::Users), &by).await.expect("granted");
    assert_eq!(refusal(&ann.post(&members, &json!({ "add": ["ann"] })).await), (403, "forbidden".to_owned()));
    let events = server.events().await;
    assert_eq!(events.iter().filter(|event| event.starts_with("member_added")).count(), 3, "{events:?}");
    assert!(events.contains(&"member_removed bea".to_owned()), "{events:?}");
}

async fn groups_are_for_those_who_manage_them(database: Database) {
    let server = Server::start(database).await;
    let ann = server.program("ann", &[GROUPS], &[Scope::Users]).await;
    let path = ann.post(HOME, &json!({ "name": "Writers" })).await.header("location").to_owned();
    let calls = [
        (Method::GET, HOME.to_owned(), None),
        (Method::POST, HOME.to_owned(), Some(json!({ "name": "Others" }))),
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some(json!({ "name": "Others" }))),
        (Method::GET, format!("{path}grants/"), None),
        (Method::POST, format!("{path}grants/"), Some(json!({ "give": [{ "permission": "manage_groups" }] }))),
        (Method::GET, format!("{path}members/"), None),
        (Method::POST, format!("{path}members/"), Some(json!({ "add": ["ann"] }))),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{HOME}987654/"), None),
    ];
    refuses_all_others(&server, &calls, "ann", Scope::Users).await;
    assert_eq!(ann.get(&path).await.json()["meta"]["grants"], 0);
    assert_eq!(refusal(&ann.get(&format!("{HOME}987654/grants/")).await), (404, "not_found".to_owned()));
}

on_both_databases!(
    a_group_is_made_renamed_and_deleted,
    only_what_one_has_is_given,
    rows_of_a_collection_are_given_by_whoever_has_them,
    users_come_into_a_group_and_leave_it,
    groups_are_for_those_who_manage_them,
);
