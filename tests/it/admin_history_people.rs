//! The history of all, by who did it and by which way; and what was done to users and groups, for superusers.

use std::time::{Duration, Instant};

use vitrine::accounts::{By, GlobalPermission, Grant, PagePermission, UserChange};
use vitrine::telemetry::label::Channel;

use crate::admin_history::{EXPORT, HISTORY, titles};
use crate::support::browser::PATIENT;
use crate::support::edit::standard_page;
use crate::support::postgres::execute;
use crate::support::{Database, Server, is_long, on_both_databases, within_ms};

const REPORTS: Grant = Grant::Global(GlobalPermission::Reports);

async fn people_are_found_by_name_however_many_there_are(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let text = "INSERT INTO account (username, username_key, name, password_hash, created_at, password_changed_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         SELECT 'aaa' || i, 'aaa' || i, 'Crowd ' || i, 'x', 1, 1 FROM n";
    execute(&server.database_url, text).expect("filled");
    let home = server.page_id("/").await;
    let zoe = server.browser("zoe", &[Grant::Page(home, PagePermission::Add), REPORTS]).await;
    let change = UserChange { name: Some("Zoë Quill".into()), ..UserChange::default() };
    server.accounts().change_user("zoe", change, &By::cli()).await.expect("changed");
    let made = zoe.post(&format!("/admin/pages/{home}/add/standard.StandardPage/"), &[("title", "Of Zoe")]).await;
    assert_eq!(made.status, 303);
    for who in ["zoe", "ZOE", "Zo%C3%AB+Quill", "quill"] {
        assert_eq!(titles(&zoe, &format!("?who={who}")).await, ["Of Zoe"], "{who}");
        let page = zoe.text(&format!("{HISTORY}?who={who}")).await;
        assert!(page.contains("Of Zoe") && !page.contains("aria-invalid"), "{page}");
    }
    let id = server.accounts().user("zoe").await.expect("found").id;
    let by_number = zoe.text(&format!("{HISTORY}?user={id}")).await;
    assert!(by_number.contains("name=\"who\" value=\"zoe\"") && by_number.contains("Of Zoe"), "{by_number}");
    let several = zoe.text(&format!("{HISTORY}?who=crowd+25&event=create")).await;
    assert!(several.contains("Whom do you mean?") && !several.contains("Of Zoe"), "{several}");
    assert!(several.contains("Crowd 250") && several.contains("?event=create&amp;user="), "{several}");
    let exact = zoe.text(&format!("{HISTORY}?who=Crowd+25")).await;
    assert!(exact.contains("Nothing here is like that."), "the one who is called exactly so: {exact}");
    let nobody = zoe.text(&format!("{HISTORY}?who=nobody%25")).await;
    assert!(nobody.contains("id=\"f-who-note\" role=\"alert\">Nobody is called so."), "{nobody}");
    for query in ["?who=nobody", "?who=crowd", "?channel=pigeon", &format!("?who={}", "x".repeat(151))] {
        assert_eq!(zoe.get(&format!("{EXPORT}{query}")).await.status, 400, "{query}");
    }
    assert_eq!(zoe.get(&format!("{HISTORY}?channel=pigeon")).await.status, 400);
}

async fn what_programs_did_is_told_apart(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let root = server.root_browser().await;
    let page = server.create(standard_page(home, "By command", "<p>x</p>")).await.expect("created");
    let ways = [Channel::Api, Channel::Scheduler, Channel::Import];
    for way in ways {
        server.content().publish(page, None, way).await.expect("published");
    }
    assert_eq!(root.post("/admin/collections/", &[("name", "Press"), ("into", "1")]).await.status, 303);
    for way in ways {
        let query = format!("?channel={}&q=command", way.as_str());
        assert_eq!(titles(&root, &query).await, ["By command"], "{query}");
        assert_eq!(titles(&root, &format!("{query}&event=publish&kind=page")).await, ["By command"], "{query}");
        assert!(titles(&root, &format!("{query}&event=create")).await.is_empty(), "{query}");
    }
    assert_eq!(titles(&root, "?channel=admin&kind=collection").await, ["Press"]);
    assert!(titles(&root, "?channel=api&kind=collection").await.is_empty());
    let shown = root.text(&format!("{HISTORY}?channel=scheduler")).await;
    assert!(shown.contains("value=\"scheduler\" selected>The schedule<"), "{shown}");
}

async fn users_and_groups_are_in_the_list_of_superusers(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let root = server.root_browser().await;
    let all = Grant::Page(home, PagePermission::Edit);
    let reader = server.browser("reader", &[REPORTS, all, Grant::Global(GlobalPermission::Users)]).await;
    assert_eq!(titles(&root, "?kind=group&event=group_created").await, ["reader"]);
    let add = [("username", "erin"), ("name", "Erin"), ("email", "erin@example.org"), ("by", "link")];
    assert_eq!(root.post("/admin/users/add/", &add).await.status, 303);
    let user = server.accounts().user("erin").await.expect("found");
    server.accounts().add_member("reader", &user, &By::cli()).await.expect("added");
    assert_eq!(titles(&root, "?kind=user&q=ERI").await, ["erin", "erin"]);
    assert_eq!(titles(&root, "?kind=user&who=root").await, ["erin"], "by whom");
    assert_eq!(titles(&root, "?kind=user&channel=cli&event=member_added&q=erin").await, ["erin"]);
    assert!(titles(&root, "?kind=user&channel=scheduler").await.is_empty());
    assert!(titles(&root, "?event=user_created&since=2100-01-01").await.is_empty());
    let shown = root.text(&format!("{HISTORY}?q=erin")).await;
    let link = format!("href=\"/admin/users/{}/\"", user.id);
    assert!(shown.contains(&link) && shown.contains("User · reader"), "{shown}");
    let group = root.text(&format!("{HISTORY}?kind=group")).await;
    assert!(group.contains("href=\"/admin/groups/") && group.contains("group created"), "{group}");
    server.accounts().create_group("Gone", &By::cli()).await.expect("created");
    let gone = server.accounts().group_id("Gone").await.expect("found");
    server.accounts().delete_group(gone, &By::cli()).await.expect("deleted");
    let shown = root.text(&format!("{HISTORY}?q=gone")).await;
    assert!(shown.contains(">Gone<") && !shown.contains(&format!("/admin/groups/{gone}/")), "no dead link: {shown}");
    assert!(titles(&root, "?q=login").await.is_empty(), "who signed in is told by the security log alone");
    // Whoever may not read the security log is told nothing of it, whatever they ask for.
    for query in ["?kind=user", "?kind=group", "?event=user_created", "?q=erin", "?who=root&kind=user"] {
        assert!(titles(&reader, query).await.is_empty(), "{query}");
    }
    let list = reader.text(HISTORY).await;
    assert!(!list.contains("value=\"user_created\"") && !list.contains("value=\"group\""), "{list}");
}

async fn a_million_entries_of_all_logs_are_as_fast_as_a_few(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let count = if is_long() { 500_000 } else { 100_000 };
    for text in [
        format!(
            "INSERT INTO page_event (at, actor, account_id, channel, event, page_id, title, type, detail, trace_id)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             SELECT CAST(i AS BIGINT) * 1000000 + 4000000000000000, 'user ' || (i % 50), i % 50,
                    CASE WHEN i % 10000 = 0 THEN 'scheduler' ELSE 'admin' END, 'update', i % 5000 + 2, 'Page ' || i,
                    'standard.StandardPage', '', '' FROM n"
        ),
        format!(
            "INSERT INTO security_event (at, actor, event, subject, detail, network, trace_id)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             SELECT CAST(i AS BIGINT) * 1000000 + 4000000000000000, 'user ' || (i % 50),
                    CASE WHEN i % 10000 = 0 THEN 'member_added' ELSE 'login' END, 'user ' || (i % 50), '', '', '' FROM n"
        ),
        "ANALYZE page_event".to_owned(),
        "ANALYZE security_event".to_owned(),
    ] {
        execute(&server.database_url, &text).expect("filled");
    }
    let root = server.root_browser().await;
    let queries = [
        "",
        "?kind=user",
        "?event=member_added&q=user",
        "?kind=user&q=nowhere",
        "?who=root",
        "?channel=scheduler",
        "?channel=scheduler&event=publish",
        "?channel=admin&q=nowhere",
        "?since=2096-10-02&until=2096-10-02",
        "?before=50000.50000.50000",
    ];
    for query in queries {
        let path = format!("{HISTORY}{query}");
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            let answer = root.get(&path).await;
            best = best.min(began.elapsed());
            assert_eq!(answer.status, 200, "{path}");
        }
        assert!(best < within_ms(200), "{path}: {best:?}");
    }
    assert_eq!(titles(&root, "?channel=scheduler").await.len() as i64, count / 10_000);
    let told = titles(&root, "?event=member_added&since=2096-01-01").await;
    assert_eq!(told.len() as i64, count / 10_000, "all of them, among those who signed in");
}

on_both_databases!(
    people_are_found_by_name_however_many_there_are,
    what_programs_did_is_told_apart,
    users_and_groups_are_in_the_list_of_superusers,
    a_million_entries_of_all_logs_are_as_fast_as_a_few,
);
