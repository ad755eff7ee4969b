//! Collections in the editor, through the front door: lists, the form of a row and its refusals, deleting, history, the
//! permissions of groups, and that nothing that is in a row lives.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine::accounts::{GlobalPermission, Grant, RecordPermission};

use crate::api_records::{TRANSACTION, TYPE, rows};
use crate::stored_xss::data;
use crate::support::account::SAME_ORIGIN;
use crate::support::attack::ATTACKS;
use crate::support::browser::{Browser, PATIENT, location};
use crate::support::dom::assert_harmless;
use crate::support::postgres::number;
use crate::support::{Answer, Database, Server, on_both_databases, site};

pub const LIST: &str = "/admin/records/transactions/";

pub async fn with(database: Database) -> (Server, TempDir) {
    let folder = site::folder_with(&[("types/transactions.toml", TYPE)]);
    let dir = folder.path().display().to_string();
    (Server::with(database, &[("site.dir", &dir), PATIENT]).await, folder)
}

fn of(permission: RecordPermission) -> Grant {
    rows(TRANSACTION, permission)
}

fn row(reference: &str, account: &str, amount: &str, booked: &str) -> Value {
    json!({ "reference": reference, "account": account, "amount": amount, "booked": booked })
}

async fn send(browser: &Browser<'_>, path: &str, base: &Value, fields: &Value) -> Answer {
    let sent = json!({ "base_revision": base, "automatic": false, "content": { "fields": fields } });
    browser.server.send_json(path, &browser.cookie, &sent).await
}

/// Adds a row; its address.
async fn add(browser: &Browser<'_>, fields: &Value) -> String {
    let made = send(browser, &format!("{LIST}add/"), &Value::Null, fields).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["address"].as_str().expect("an address").to_owned()
}

/// Four rows.
pub async fn fill(browser: &Browser<'_>) {
    for (reference, account, amount, booked, more) in [
        ("A-1", "DE1", "-12.50", "2026-01-03", json!({ "kind": "card", "payee": "Corner Bakery", "settled": true })),
        ("A-2", "DE1", "-900", "2026-01-01", json!({ "kind": "transfer", "note": "the corner flat" })),
        ("A-3", "DE2", "2500.00", "2026-01-31", json!({ "kind": "transfer", "payee": "Employer" })),
        ("B-4", "DE2", "-3.20", "2026-02-02", json!({ "kind": "card", "payee": "<b>Bakery</b>" })),
    ] {
        let mut fields = row(reference, account, amount, booked);
        for (name, value) in more.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        add(browser, &fields).await;
    }
}

/// What a list shows, in its order.
pub async fn names(browser: &Browser<'_>, query: &str) -> String {
    let text = browser.text(&format!("{LIST}{query}")).await;
    let rows = text.split("<th scope=\"row\" class=\"title\">").skip(1);
    let names: Vec<&str> = rows.filter_map(|row| Some(row.split_once("\">")?.1.split_once("</a>")?.0)).collect();
    names.join(" ")
}

async fn each_permission_opens_its_own_doors(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    let one = add(&root, &row("A-1", "DE1", "1", "2026-01-01")).await;
    let (delete, history, new) = (format!("{one}delete/"), format!("{one}history/"), format!("{LIST}add/"));
    let import = format!("{LIST}import/");
    let (table, lines) = (format!("{LIST}export.csv"), format!("{LIST}export.jsonl"));
    let fields = row("C-1", "DE1", "1", "2026-01-01");
    for path in ["/admin/records/", LIST, &one, &new, &delete, &history, &table, &lines, &import] {
        assert!(server.get(path).await.header("location").starts_with("/admin/login/"), "{path}: signed out");
        let answer = root.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"), "{path}");
        let refused = server.send(Method::PUT, path, &[("cookie", &root.cookie), SAME_ORIGIN]).await;
        assert!(refused.status == 405 && refused.header("allow").contains("GET"), "{path}");
    }
    for path in [&one, &new] {
        let sent = json!({ "base_revision": 1, "content": { "fields": fields } });
        assert_eq!(server.send_json(path, "", &sent).await.status, 401, "{path}: signed out");
    }
    let version = json!(1);
    for (name, grants, see, adds, changes, deletes) in [
        ("nothing", vec![Grant::Global(GlobalPermission::Collections)], 403, 403, 403, 403),
        ("other", vec![rows("bank.Other", RecordPermission::View)], 403, 403, 403, 403),
        ("view", vec![of(RecordPermission::View)], 200, 403, 403, 403),
        ("add", vec![of(RecordPermission::Add)], 403, 201, 403, 403),
        ("change", vec![of(RecordPermission::Change)], 200, 403, 200, 403),
        ("delete", vec![of(RecordPermission::Delete)], 200, 403, 403, 303),
    ] {
        let browser = server.browser(name, &grants).await;
        for path in [LIST, &one, &history, &table, &lines] {
            assert_eq!(browser.get(path).await.status, see, "{name}: {path}");
        }
        let may_some = see == 200 || adds == 201;
        assert_eq!(browser.get("/admin/records/").await.status, if may_some { 200 } else { 403 }, "{name}");
        let home = browser.text("/admin/").await;
        assert_eq!(home.contains("href=\"/admin/records/\""), may_some, "{name}: the menu");
        let bar = browser.text("/admin/search/?q=transaction").await;
        assert_eq!(bar.contains("href=\"/admin/records/transactions/\""), see == 200, "{name}: the command bar");
        assert_eq!(bar.contains("href=\"/admin/records/transactions/add/\""), adds == 201, "{name}: the command bar");
        let sent = [("file", Some("a.csv"), &b"payee\nx\n"[..]), ("do", None, b"write")];
        for answer in [browser.get(&new).await, browser.get(&import).await, browser.send_parts(&import, &sent).await] {
            assert_eq!(answer.status, if adds == 201 { 200 } else { 403 }, "{name}");
        }
        assert_eq!(browser.get(&delete).await.status, if deletes == 303 { 200 } else { 403 }, "{name}");
        assert_eq!(send(&browser, &new, &Value::Null, &fields).await.status, adds, "{name}");
        assert_eq!(send(&browser, &one, &version, &fields).await.status, changes, "{name}");
        let foreign = [("sec-fetch-site", "cross-site"), ("cookie", browser.cookie.as_str())];
        assert_eq!(server.send_form(&delete, &[("version", "2")], &foreign).await.status, 403, "{name}: foreign");
        assert_eq!(browser.post(&delete, &[("version", "2")]).await.status, deletes, "{name}");
    }
    assert_eq!(server.count("record"), 1, "what was added, without what was deleted");
    for path in ["/admin/records/x/", "/admin/records/x/add/", &format!("{LIST}987654/"), &format!("{LIST}x/"), &one] {
        assert_eq!(root.get(path).await.status, 404, "{path}");
    }
    let denied = server.metrics().await;
    let denied = denied.sum("vitrine_permission_denied_total", &[("http_route", "/admin/records/{*path}")]);
    assert!(denied >= 40.0, "{denied}");
}

async fn a_site_without_collections_has_no_menu_for_them(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    assert!(!root.text("/admin/").await.contains("/admin/records/"));
    assert!(root.text("/admin/records/").await.contains("no collections"));
    root.post("/admin/groups/", &[("name", "Clerks")]).await;
    let group = number(&server.database_url, "SELECT id FROM account_group WHERE name = 'Clerks'");
    let here = format!("/admin/groups/{group}/");
    assert!(!root.text(&here).await.contains("Rows of collections"));
    assert_eq!(root.post(&format!("{here}records/"), &[("collection", TRANSACTION)]).await.status, 404);
}

async fn lists_are_narrowed_sorted_searched_and_counted_in_the_address(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    fill(&root).await;
    for (query, expected) in [
        ("", "B-4 A-3 A-1 A-2"),
        ("?order=booked", "A-2 A-1 A-3 B-4"),
        ("?order=id", "A-1 A-2 A-3 B-4"),
        ("?order=-amount", "A-3 B-4 A-1 A-2"),
        ("?f.account=de1", "A-1 A-2"),
        ("?f.account=de&f.account.how=startswith", "B-4 A-3 A-1 A-2"),
        ("?f.account=2&f.account.how=contains", "B-4 A-3"),
        ("?f.amount.from=-12.5&f.amount.to=0", "B-4 A-1"),
        ("?f.booked.from=2026-01-03&f.booked.to=2026-01-31", "A-3 A-1"),
        ("?f.kind=card", "B-4 A-1"),
        ("?f.settled=true", "A-1"),
        ("?f.settled=false&order=id", "A-2 A-3 B-4"),
        ("?f.updated_at.from=2020-01-01&f.kind=card", "B-4 A-1"),
        ("?f.updated_at.to=2020-01-01", ""),
        ("?q=corner", "A-1 A-2"),
        ("?q=corner&f.kind=card", "A-1"),
        ("?f.account=&f.amount.from=&q=", "B-4 A-3 A-1 A-2"),
    ] {
        assert_eq!(names(&root, query).await, expected, "{query}");
    }
    let text = root.text(LIST).await;
    assert!(text.contains("4 rows") && text.contains("aria-sort=\"descending\""), "{text}");
    assert!(text.contains(">Card</option>") && text.contains("name=\"f.booked.from\" type=\"date\""), "{text}");
    let narrowed = root.text(&format!("{LIST}?f.kind=card&order=amount&q=bakery")).await;
    assert!(narrowed.contains("2 rows") && narrowed.contains("name=\"f.kind\" value=\"card\""), "{narrowed}");
    assert!(narrowed.contains("export.csv?f.kind=card&amp;order=amount&amp;q=bakery"), "{narrowed}");
    assert!(root.text(&format!("{LIST}?q=nothing")).await.contains("Nothing here is like that"));
    for (query, problem) in [
        ("f.amount.from=much", "a number"),
        ("f.booked.to=soon", "a day"),
        ("f.updated_at.from=x", "a day"),
        ("q=a+b+c+d+e+f+g+h+i", "at most 8 words"),
    ] {
        let answer = root.get(&format!("{LIST}?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert!(answer.text().contains(problem) && answer.text().contains("aria-invalid=\"true\""), "{query}");
        let (_, typed) = query.split_once('=').expect("a value");
        assert!(answer.text().contains(&format!("value=\"{}\"", typed.replace('+', " "))), "{query}: what was typed");
        assert_ne!(root.get(&format!("{LIST}export.csv?{query}")).await.status, 200, "{query}");
    }
    for query in ["order=kind", "order=risk", "after=x", "f.kind=gold", "f.settled=x", "f.account.how=like"] {
        assert_eq!(root.get(&format!("{LIST}?{query}")).await.status, 400, "{query}");
    }
    let answer = root.get(&format!("{LIST}?f.kind=card&q=bakery")).await;
    assert!(answer.queries() <= 6, "{}", answer.queries());
}

async fn a_long_list_comes_in_parts(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    for at in 0..55 {
        add(&root, &row(&format!("R-{at:02}"), "DE1", "1", "2026-01-01")).await;
    }
    let first = root.text(&format!("{LIST}?order=id&f.account=DE1")).await;
    assert!(first.contains("55 rows") && first.contains("R-49") && !first.contains("R-50"), "{first}");
    let next = first.split("rel=\"next\"").next().and_then(|text| text.rsplit("href=\"").next()).expect("a link");
    let next = next.split('"').next().expect("its end").replace("&amp;", "&");
    assert!(next.contains("f.account=DE1") && next.contains("order=id"), "{next}");
    let rest = root.text(&next).await;
    assert!(rest.contains("R-50") && rest.contains("R-54") && !rest.contains("R-49"), "{rest}");
    assert!(rest.contains("From the beginning") && !rest.contains("rel=\"next\""), "{rest}");
    let file = root.get(&format!("{LIST}export.jsonl?order=id")).await;
    assert_eq!((file.text().lines().count(), file.header("content-type")), (55, "application/jsonl"));
}

async fn a_row_is_added_changed_and_deleted_as_it_was_seen(database: Database) {
    let (server, _folder) = with(database).await;
    let ann = server.browser("ann", &RecordPermission::ALL.iter().map(|known| of(*known)).collect::<Vec<_>>()).await;
    let add_url = format!("{LIST}add/");
    let new = data(&ann, &add_url).await;
    assert_eq!((&new["kind"], &new["revision"], &new["page"]["name"]), (&json!("record"), &Value::Null, &json!("")));
    let refused =
        send(&ann, &format!("{LIST}add/"), &Value::Null, &json!({ "amount": "1.234", "booked": "soon" })).await;
    assert_eq!(refused.status, 422);
    let paths: Vec<Value> =
        refused.json()["errors"].as_array().expect("mistakes").iter().map(|one| one["path"].clone()).collect();
    for path in ["reference", "account", "amount", "booked"] {
        assert!(paths.contains(&json!(path)), "{path}: {paths:?}");
    }
    let one = add(&ann, &row("A-1", "DE1", "-12.50", "2026-01-03")).await;
    let opened = data(&ann, &one).await;
    assert_eq!((&opened["revision"], &opened["page"]["name"]), (&json!(1), &json!("A-1")));
    assert_eq!((&opened["saved_by"], opened["saved_at"].is_string()), (&json!("ann"), true));
    assert_eq!(opened["content"]["fields"]["amount"], "-12.50");
    assert_eq!(opened["addresses"], json!({ "save": one, "history": format!("{one}history/") }));
    let mut fields = opened["content"]["fields"].clone();
    fields["payee"] = json!("Bakery");
    let saved = send(&ann, &one, &opened["revision"], &fields).await;
    assert_eq!((saved.status.as_u16(), &saved.json()["revision"]), (200, &json!(2)), "{}", saved.text());
    let bob = server.browser("bob", &[of(RecordPermission::Change), of(RecordPermission::Delete)]).await;
    let late = send(&bob, &one, &opened["revision"], &fields).await;
    let told = late.json();
    assert_eq!((late.status.as_u16(), &told["error"], &told["by"]), (409, &json!("conflict"), &json!("ann")));
    assert_eq!(send(&bob, &one, &Value::Null, &fields).await.status, 409, "whoever names no version has seen none");
    fields["payee"] = json!("Baker");
    assert_eq!(send(&bob, &one, &told["revision"], &fields).await.status, 200, "on purpose");
    assert_eq!(data(&ann, &one).await["content"]["fields"]["payee"], "Baker");

    let asked = ann.text(&format!("{one}delete/")).await;
    assert!(asked.contains("Delete A-1?") && asked.contains("name=\"version\" value=\"3\""), "{asked}");
    for version in ["", "2"] {
        let stale = ann.post(&format!("{one}delete/"), &[("version", version)]).await;
        assert!(stale.status == 409 && stale.text().contains("role=\"alert\""), "{version}: {}", stale.text());
    }
    let history = ann.text(&format!("{one}history/")).await;
    assert!(history.contains("create") && history.contains("update") && history.contains("bob"), "{history}");
    assert_eq!(location(&ann.post(&format!("{one}delete/"), &[("version", "3")]).await), LIST);
    assert_eq!(ann.get(&one).await.status, 404);
    assert_eq!(ann.post(&format!("{one}delete/"), &[("version", "3")]).await.status, 404);
    for (event, times) in [("create", 1), ("update", 2), ("delete", 1)] {
        let logged = format!("object_event WHERE kind = 'record' AND event = '{event}' AND channel = 'admin'");
        assert_eq!(server.count(&logged), times, "{event}");
    }
}

async fn what_only_some_may_set_stays_hidden_and_as_it_is(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    let mut fields = row("A-1", "DE1", "1", "2026-01-01");
    fields["risk"] = json!(773);
    let one = add(&root, &fields).await;
    let ann = server.browser("ann", &[of(RecordPermission::Change)]).await;
    let opened = data(&ann, &one).await;
    assert_eq!(opened["content"]["fields"].get("risk"), None);
    assert!(!opened["form"]["fields"].to_string().contains("\"risk\""), "{}", opened["form"]);
    let mut sent = opened["content"]["fields"].clone();
    sent["note"] = json!("seen");
    assert_eq!(send(&ann, &one, &json!(1), &sent).await.status, 200);
    sent["risk"] = json!(1);
    let refused = send(&ann, &one, &json!(2), &sent).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["path"]), (422, &json!("risk")));
    let kept = data(&root, &one).await;
    assert_eq!((&kept["content"]["fields"]["risk"], &kept["content"]["fields"]["note"]), (&json!(773), &json!("seen")));
    let reader = server.browser("reader", &[of(RecordPermission::View)]).await;
    let shown = reader.text(&one).await;
    assert!(shown.contains("<td>seen</td>") && !shown.contains("773") && !shown.contains("editor-data"), "{shown}");
    for file in ["csv", "jsonl"] {
        let file = reader.text(&format!("{LIST}export.{file}")).await;
        assert!(file.contains("seen") && !file.contains("risk") && !file.contains("773"), "{file}");
    }
}

async fn only_what_one_may_do_with_rows_is_given(database: Database) {
    let (server, _folder) = with(database).await;
    let groups = Grant::Global(GlobalPermission::Groups);
    let ann = server.browser("ann", &[groups, of(RecordPermission::View), of(RecordPermission::Add)]).await;
    let made = ann.post("/admin/groups/", &[("name", "Clerks")]).await;
    let here = location(&made).to_owned();
    let to = format!("{here}records/");
    let text = ann.text(&here).await;
    assert!(text.contains("Rows of collections") && text.contains("Add rows"), "{text}");
    let nobody = server.browser("nobody", &[of(RecordPermission::View)]).await;
    assert_eq!(nobody.post(&to, &[("collection", TRANSACTION), ("permission", "view")]).await.status, 403);
    let signed_out = server.send_form(&to, &[("collection", TRANSACTION)], &[SAME_ORIGIN]).await;
    assert!(signed_out.header("location").starts_with("/admin/login/"));
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", ann.cookie.as_str())];
    assert_eq!(server.send_form(&to, &[("collection", TRANSACTION)], &foreign).await.status, 403, "foreign");
    for (form, status) in [
        (&[("collection", TRANSACTION), ("permission", "delete")][..], 403),
        (&[("collection", TRANSACTION), ("permission", "burn")], 400),
        (&[("collection", "blog.Author"), ("permission", "view")], 404),
        (&[("permission", "view")], 404),
    ] {
        assert_eq!(ann.post(&to, form).await.status, status, "{form:?}");
    }
    let of_clerks = "record_grant r WHERE r.group_id = (SELECT id FROM account_group WHERE name = 'Clerks')";
    assert_eq!(server.count(of_clerks), 0);
    let both = [("collection", TRANSACTION), ("permission", "view"), ("permission", "add")];
    assert_eq!(location(&ann.post(&to, &both).await), format!("{here}#grants"));
    assert_eq!(server.count(of_clerks), 2);
    let root = server.root_browser().await;
    root.post(&to, &[("collection", TRANSACTION), ("permission", "delete")]).await;
    assert_eq!(server.count(&format!("{of_clerks} AND r.permission = 'delete'")), 1);
    assert_eq!(ann.post(&to, &[("collection", TRANSACTION)]).await.status, 303);
    assert_eq!(server.count(of_clerks), 1, "what ann does not have, she does not take");
    assert!(ann.text("/admin/groups/").await.contains("Clerks"));
}

async fn nothing_that_is_in_a_row_lives(database: Database) {
    let (server, _folder) = with(database).await;
    let root = server.root_browser().await;
    let reader = server.browser("reader", &[of(RecordPermission::View), of(RecordPermission::Delete)]).await;
    for text in ATTACKS.into_iter().filter(|text| !text.contains(char::is_control)) {
        let short: String = text.chars().take(34).collect();
        let mut fields = row(&short, &short, "1", "2026-01-01");
        for name in ["payee", "note"] {
            fields[name] = json!(text);
        }
        let one = add(&root, &fields).await;
        for path in [one.clone(), format!("{one}history/"), format!("{one}delete/")] {
            assert_harmless(&reader.get(&path).await, &path);
            assert_harmless(&root.get(&path).await, &path);
        }
        let said: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for name in ["q", "f.account", "f.amount.from", "f.booked.to", "f.kind", "order", "after"] {
            let path = format!("{LIST}?{name}={said}");
            assert_harmless(&reader.get(&path).await, &path);
        }
    }
    for path in [LIST, "/admin/records/", "/admin/reports/history/"] {
        assert_harmless(&root.get(path).await, path);
    }
}

on_both_databases!(
    each_permission_opens_its_own_doors,
    a_site_without_collections_has_no_menu_for_them,
    lists_are_narrowed_sorted_searched_and_counted_in_the_address,
    a_long_list_comes_in_parts,
    a_row_is_added_changed_and_deleted_as_it_was_seen,
    what_only_some_may_set_stays_hidden_and_as_it_is,
    only_what_one_may_do_with_rows_is_given,
    nothing_that_is_in_a_row_lives,
);
