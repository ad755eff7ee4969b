//! Redirects that somebody writes: one by one, or 50,000 from a table; and which are refused.

use std::fmt::Write as _;
use std::time::Instant;

use vitrine::content::redirect::{Existing, Mode, NewRedirect, RedirectError, Target};
use vitrine::content::site;
use vitrine::telemetry::label::Channel;

use crate::support::postgres::number;
use crate::support::process::{run, vitrine};
use crate::support::{Database, Server, on_both_databases};

/// Longest time that 50,000 rows may take, in seconds; without the compiler's optimisations, and beside other tests, more.
const MOST_SECONDS: f64 = if cfg!(debug_assertions) { 60.0 } else { 10.0 };

fn to_url(from: &str, to: &str) -> NewRedirect {
    let target = Target::Url(to.into());
    NewRedirect { from: from.into(), target, site: None, covers_subtree: false, is_permanent: true }
}

async fn add(server: &Server, new: NewRedirect) -> Result<i64, RedirectError> {
    let content = server.content();
    let mut import = content.begin_redirects("http://site.test", Existing::Refused, Mode::Write).await?;
    content.create_redirect(&mut import, &new, Channel::Admin).await
}

/// Status and `Location` of an address.
async fn sent(server: &Server, path: &str) -> (u16, String) {
    let answer = server.get(path).await;
    (answer.status.as_u16(), answer.header("location").to_owned())
}

/// The command with the server's database, in the server's folder.
fn command(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
    let url = format!("database.url={}", server.database_url);
    run(vitrine(server.folder.path()).args(arguments).args([
        "--set",
        &url,
        "--set",
        "server.base_url=http://site.test",
    ]))
}

async fn a_redirect_leads_where_it_says(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    add(&server, to_url("/old/", "/about/?x=1")).await.expect("written");
    let moved = add(&server, NewRedirect { is_permanent: false, ..to_url("/moved", "https://b.test/y") }).await;
    let moved = moved.expect("written");
    let page = Target::Page { id: about, route: String::new() };
    add(&server, NewRedirect { target: page, covers_subtree: true, ..to_url("/we", "") }).await.expect("written");
    add(&server, to_url("/own", "http://site.test/contact/")).await.expect("written");
    assert_eq!(sent(&server, "/old").await, (301, "/about/?x=1".into()));
    assert_eq!(sent(&server, "/moved/").await, (302, "https://b.test/y".into()));
    assert_eq!(sent(&server, "/we/").await, (301, "/about/".into()));
    assert_eq!(sent(&server, "/own/").await, (301, "/contact/".into()), "an address of the site itself is a path");
    let content = server.content();
    let import = content.begin_redirects("", Existing::Refused, Mode::Write).await.expect("begun");
    content.update_redirect(&import, moved, &to_url("/moved", "/contact/"), Channel::Admin).await.expect("changed");
    assert_eq!(sent(&server, "/moved/").await, (301, "/contact/".into()));
    content.delete_redirect(moved, Channel::Admin).await.expect("removed");
    assert_eq!(sent(&server, "/moved/").await.0, 404);
    let gone = content.delete_redirect(moved, Channel::Admin).await;
    assert!(matches!(gone, Err(RedirectError::NotFound(id)) if id == moved));
    let events = |event| [("object", "redirect"), ("event", event)];
    let metrics = server.metrics().await;
    for (event, count) in [("create", 4.0), ("update", 1.0), ("delete", 1.0)] {
        assert_eq!(metrics.sum("vitrine_object_events_total", &events(event)), count, "{event}");
    }
}

async fn what_sends_visitors_in_a_circle_is_refused(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    let refused = async |new| add(&server, new).await.expect_err("refused").to_string();
    assert_eq!(refused(to_url("/a/", "/a")).await, "/a leads to itself");
    assert_eq!(refused(to_url("/a", "http://site.test/a?b=1")).await, "/a leads to itself");
    let page = Target::Page { id: about, route: String::new() };
    assert_eq!(refused(NewRedirect { target: page, ..to_url("/about", "") }).await, "/about leads to itself");
    let below = NewRedirect { covers_subtree: true, ..to_url("/a", "/a/b/") };
    assert!(refused(below).await.contains("would never arrive"));
    add(&server, to_url("/a", "/b/")).await.expect("written");
    add(&server, NewRedirect { covers_subtree: true, ..to_url("/c", "/a/") }).await.expect("a chain is no circle");
    assert_eq!(refused(to_url("/b", "/a/")).await, "a circle: /b → /a → /b");
    assert_eq!(refused(to_url("/b", "/c/")).await, "a circle: /b → /c → /a → /b");
    assert_eq!(
        refused(NewRedirect { covers_subtree: true, ..to_url("/b", "/c/") }).await,
        "a circle: /b → /c → /a → /b"
    );
    assert!(refused(to_url("/a/", "/d/")).await.starts_with("/a is redirected already, by number "));
    assert_eq!(refused(NewRedirect { site: Some(99), ..to_url("/x", "/y") }).await, "there is no site 99");
    let nowhere = Target::Page { id: 9_999, route: String::new() };
    assert_eq!(refused(NewRedirect { target: nowhere, ..to_url("/x", "") }).await, "there is no page 9999");
    for bad in ["", "mailto:a@b.test", "javascript:alert(1)", "//b.test/", "about", "http://", "/a\nb"] {
        assert!(refused(to_url("/x", bad)).await.contains("is not a target"), "{bad:?}");
    }
    assert!(refused(to_url(" ", "/a")).await.contains("is not an address"));
    assert_eq!(server.rows("redirect"), 2);
    let (code, _, errors) = command(&server, &["redirect", "add", "/b", "--to", "/a/"]);
    assert!(code == Some(1) && errors.contains("a circle: /b → /a → /b"), "{errors}");
}

async fn what_a_page_left_gives_way_to_what_somebody_writes(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "One", "<p>x</p>").await;
    server.republish(page, |content| content.slug = "uno".into()).await;
    assert_eq!(sent(&server, "/one/").await, (301, "/uno/".into()));
    add(&server, to_url("/one", "/about/")).await.expect("written");
    assert_eq!(sent(&server, "/one/").await, (301, "/about/".into()), "also for every site");
    let site = site::list(server.db(), "").await.expect("listed")[0].id;
    add(&server, NewRedirect { site: Some(site), ..to_url("/one", "/contact/") }).await.expect("written");
    assert_eq!(sent(&server, "/one/").await, (301, "/contact/".into()), "and the site's own counts");
    assert_eq!(server.rows("redirect"), 2, "in the place of what was left");
}

async fn a_table_is_imported_and_what_is_refused_is_told_by_line(database: Database) {
    let server = Server::start(database).await;
    let about = server.page_id("/about/").await;
    add(&server, to_url("/there", "/about/")).await.expect("written");
    add(&server, to_url("/same", "/about/")).await.expect("written");
    let table = format!(
        "Number;Old path;Goes to;Type;Page\n\
         1;/one;/about/;permanent;\n\
         2;https://old.test/two/;/contact/;temporary;\n\
         3;/three;;;{about}\n\
         4;/one/;/contact/;;\n\
         5;/five;/six;;\n\
         6;/six;/five;;\n\
         7;/seven;/seven/;;\n\
         8;;/about/;;\n\
         9;/nine;;;\n\
         10;/ten;/about/;perhaps;\n\
         11;/there;/contact/;;\n\
         12;/same;/about/;;\n\
         \n\
         13;/thirteen;\"/a\nb\";;\n\
         14;/fourteen;/about/;;twelve\n"
    );
    std::fs::write(server.folder.path().join("old.csv"), table).expect("written");
    let base = ["redirect", "import", "old.csv", "--column", "to=Goes to"];
    let (code, said, errors) = command(&server, &[&base[..], &["--dry-run", "--report", "wrong.csv"]].concat());
    assert_eq!(code, Some(1), "{errors}");
    assert!(said.starts_with("4 would be added, 0 would be replaced, 1 there already, 9 refused"), "{said}");
    assert_eq!(server.rows("redirect"), 2, "nothing was written");
    let expected = [
        "line 5: /one is redirected on line 2 already",
        "line 7: a circle: /six → /five → /six",
        "line 8: /seven leads to itself",
        "line 9: it says nothing to redirect from",
        "line 10: it says nothing to redirect to",
        "line 11: \"perhaps\" is neither yes nor no",
        "line 12: /there is redirected already",
        "line 15: \"/a",
        "line 17: \"twelve\" is not the number of a page",
    ];
    for line in expected {
        assert!(errors.contains(line), "{line} is not in {errors}");
    }
    let report = std::fs::read_to_string(server.folder.path().join("wrong.csv")).expect("the report");
    assert_eq!(report.lines().next(), Some("line,from,to,reason"));
    assert!(report.contains("7,/six,/five,a circle: /six → /five → /six"), "{report}");
    let (code, said, _) = command(&server, &[&base[..], &["--replace"]].concat());
    assert!(code == Some(1) && said.starts_with("4 added, 1 replaced, 1 there already, 8 refused"), "{said}");
    assert_eq!(sent(&server, "/one").await, (301, "/about/".into()));
    assert_eq!(sent(&server, "/two").await, (302, "/contact/".into()));
    assert_eq!(sent(&server, "/three").await, (301, "/about/".into()));
    assert_eq!(sent(&server, "/there").await, (301, "/contact/".into()));
    let (code, said, _) = command(&server, &["redirect", "export"]);
    assert_eq!(code, Some(0));
    std::fs::write(server.folder.path().join("again.csv"), &said).expect("written");
    let (code, said, errors) = command(&server, &["redirect", "import", "again.csv"]);
    assert!(code == Some(0) && said.starts_with("0 added, 0 replaced, 6 there already, 0 refused"), "{said}{errors}");
    let (_, said, _) = command(&server, &["redirect", "list", "two"]);
    assert!(said.contains("/two → /contact/  302"), "{said}");
    let (code, said, _) = command(&server, &["redirect", "find", "http://site.test/three/?x=1"]);
    assert!(code == Some(0) && said.contains("/three → /home/about/"), "{said}");
}

async fn a_table_without_its_columns_is_refused(database: Database) {
    let server = Server::start(database).await;
    std::fs::write(server.folder.path().join("bare.csv"), "/one,/about/\n/two,/contact/\n").expect("written");
    let (code, _, errors) = command(&server, &["redirect", "import", "bare.csv"]);
    assert!(code == Some(1) && errors.contains("--no-header"), "{errors}");
    assert_eq!(server.rows("redirect"), 0);
    let (code, said, _) = command(&server, &["redirect", "import", "bare.csv", "--no-header", "--temporary", "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&said).expect("JSON")["rows"]["added"], 2);
    assert_eq!(sent(&server, "/one").await, (302, "/about/".into()));
    let (code, _, errors) = command(&server, &["redirect", "import", "none.csv"]);
    assert!(code == Some(1) && errors.contains("none.csv"), "{errors}");
}

async fn fifty_thousand_rows_are_imported_in_ten_seconds(database: Database) {
    let server = Server::start(database).await;
    let mut table = "from,to,permanent\n".to_owned();
    for row in 0..50_000 {
        let to = match row {
            // To itself, in a circle with the next one, and a second time.
            10_000 => "/old/section-100/page-10000".to_owned(),
            20_000 => "/old/section-200/page-20001/".to_owned(),
            20_001 => "/old/section-200/page-20000/".to_owned(),
            row if row % 3 == 0 => format!("/old/section-{}/page-{}/", row / 100 + 1, row + 100),
            row => format!("/new/place-{row}/?from=old"),
        };
        writeln!(table, "/old/section-{}/page-{row}/,{to},{}", row / 100, row % 2 == 0).expect("in memory");
    }
    table.push_str("/old/section-0/page-7,/about/,true\n");
    std::fs::write(server.folder.path().join("many.csv"), table).expect("written");
    let import = ["redirect", "import", "many.csv", "--report", "wrong.csv"];
    let began = Instant::now();
    let (code, said, errors) = command(&server, &import);
    let seconds = began.elapsed().as_secs_f64();
    println!("50,001 rows: {said}");
    assert!(
        code == Some(1) && said.starts_with("49998 added, 0 replaced, 0 there already, 3 refused"),
        "{said}{errors}"
    );
    assert!(seconds < MOST_SECONDS, "it took {seconds:.1} s");
    let report = std::fs::read_to_string(server.folder.path().join("wrong.csv")).expect("the report");
    let lines: Vec<&str> = report.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(lines, ["10002", "20003", "50002"], "{report}");
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM redirect"), 49_998);
    assert_eq!(sent(&server, "/old/section-77/page-7702").await, (301, "/new/place-7702/?from=old".into()));
}

on_both_databases!(
    a_redirect_leads_where_it_says,
    what_sends_visitors_in_a_circle_is_refused,
    what_a_page_left_gives_way_to_what_somebody_writes,
    a_table_is_imported_and_what_is_refused_is_told_by_line,
    a_table_without_its_columns_is_refused,
    fifty_thousand_rows_are_imported_in_ten_seconds,
);
