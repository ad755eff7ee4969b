//! The first page, one's own profile, the history of all pages and the security log, through the front door.

use reqwest::Method;
use vitrine::accounts::{GlobalPermission, Grant, PagePermission};
use vitrine::clock::Micros;

use crate::support::account::{PASSWORD, SAME_ORIGIN};
use crate::support::browser::{PATIENT, location};
use crate::support::edit::standard_page;
use crate::support::postgres::{execute, number};
use crate::support::{Database, Server, on_both_databases};

const REPORTS: Grant = Grant::Global(GlobalPermission::Reports);

async fn every_route_is_for_those_who_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let nobody = server.browser("nobody", &[]).await;
    let reader = server.browser("reader", &[REPORTS]).await;
    let root = server.root_browser().await;
    let reports = ["history", "aging", "types", "searches"];
    let routes =
        reports.map(|name| ["", "export.csv", "export.xlsx"].map(|file| format!("/admin/reports/{name}/{file}")));
    let routes: Vec<String> = routes.into_iter().flatten().chain(["/admin/reports/security/".to_owned()]).collect();
    for path in &routes {
        assert!(server.get(path).await.header("location").starts_with("/admin/login/"), "{path}");
        assert_eq!(nobody.get(path).await.status, 403, "{path}");
        assert_eq!(root.get(path).await.status, 200, "{path}");
        let expected = if path.contains("security") { 403 } else { 200 };
        let answer = reader.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (expected, "private, no-store"), "{path}");
        let refused = server.send_form(path, &[("a", "b")], &[SAME_ORIGIN, ("cookie", &root.cookie)]).await;
        assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "GET, HEAD"), "{path}");
    }
    assert_eq!(location(&reader.get("/admin/reports/").await), "/admin/reports/history/");
    for query in ["?user=x", "?event=burn", "?before=x"] {
        assert_eq!(reader.get(&format!("/admin/reports/history/{query}")).await.status, 400, "{query}");
    }
    assert_eq!(root.get("/admin/reports/security/?event=burn").await.status, 400);
    let (of_reader, of_root) = (reader.text("/admin/").await, root.text("/admin/").await);
    assert!(of_reader.contains("/admin/reports/history/") && !of_reader.contains("/admin/reports/security/"));
    assert!(of_root.contains("/admin/reports/security/") && of_root.contains("/admin/users/"));
    assert!(!nobody.text("/admin/").await.contains("/admin/reports/"));
    let metrics = server.metrics().await;
    let denied = |route| metrics.sum("vitrine_permission_denied_total", &[("http_route", route)]);
    assert_eq!((denied("/admin/reports/{*path}"), denied("/admin/reports/security/")), (12.0, 2.0));
}

async fn the_history_is_narrowed_and_exported(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let root = server.root_browser().await;
    let ann = server.browser("ann", &[Grant::Page(home, PagePermission::Add), REPORTS]).await;
    let path = format!("/admin/pages/{home}/add/standard.StandardPage/");
    let made = ann.post(&path, &[("title", "=1+1 <b>, \"x\"")]);
    assert_eq!(made.await.status, 303);
    let by_cli = server.create(standard_page(home, "By a program", "<p>x</p>")).await.expect("created");
    server.publish(by_cli).await.expect("published");
    let id = server.accounts().user("ann").await.expect("found").id;
    let of_ann = root.text(&format!("/admin/reports/history/?user={id}")).await;
    assert!(of_ann.contains("=1+1 &lt;b&gt;") && !of_ann.contains("By a program"), "{of_ann}");
    let published = root.text("/admin/reports/history/?event=publish").await;
    assert!(published.contains("By a program") && !published.contains("=1+1"), "{published}");
    let both = root.text(&format!("/admin/reports/history/?user={id}&event=publish")).await;
    assert!(both.contains("Nothing here is like that."), "{both}");
    let file = root.get(&format!("/admin/reports/history/export.csv?user={id}")).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
    let mut lines = file.text().lines();
    assert!(lines.next().expect("a head").starts_with("at,event,actor,"));
    let line = lines.next().expect("an entry");
    assert!(line.contains("\"'=1+1 <b>, \"\"x\"\"\"") && line.contains(",create,ann,"), "{line}");
    assert_eq!(lines.next(), None);
    let book = root.get(&format!("/admin/reports/history/export.xlsx?user={id}")).await;
    assert_eq!(book.header("content-disposition"), "attachment; filename=\"history.xlsx\"");
    assert!(book.header("content-type").ends_with("spreadsheetml.sheet"));
    let text = vitrine::content::sheet::to_text(&book.body).expect("a workbook");
    let line = text.lines().nth(1).expect("an entry");
    assert!(
        line.contains("\"=1+1 <b>, \"\"x\"\"\"") && line.contains("\"create\",\"ann\""),
        "a text, no formula: {line}"
    );
    assert!(line.starts_with("\"4") && text.lines().count() == 2, "a time, as spreadsheets count days: {text}");
    let security = root.text("/admin/reports/security/?name=ann&event=login").await;
    assert_eq!(security.matches("<tr>").count(), 2, "the head, and one entry: {security}");
    assert!(root.text("/admin/reports/security/?name=%3Cscript%3E").await.contains("&lt;script&gt;"));
}

async fn pages_that_age_are_listed_the_oldest_first(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let (old, older) = (
        server.standard_page(section, "=Old", "<p>x</p>").await,
        server.standard_page(section, "Older <b>", "<p>x</p>").await,
    );
    for (page, day) in [(old, 2), (older, 1)] {
        let text = format!("UPDATE page SET last_published_at = {} WHERE id = {page}", day * 86_400_000_000_i64);
        execute(&server.database_url, &text).expect("written");
    }
    let root = server.root_browser().await;
    let list = root.text("/admin/reports/aging/").await;
    let place = |what: &str| list.find(what).unwrap_or_else(|| panic!("{what}: {list}"));
    assert!(place("Older &lt;b&gt;") < place("=Old") && list.contains("Jan 1970"), "{list}");
    let reader = server.browser("reader", &[REPORTS, Grant::Page(section, PagePermission::Edit)]).await;
    let file = reader.get("/admin/reports/aging/export.csv").await;
    assert!(file.header("content-disposition").contains("aging-pages.csv"));
    let titles: Vec<&str> = file.text().lines().skip(1).filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!(titles, ["Older <b>", "'=Old", "Section"], "only what they may see, and no formula");
    let none = reader.text("/admin/reports/aging/?type=blog.BlogPage").await;
    assert!(none.contains("Nothing here is like that."), "{none}");
    let user = server.accounts().user("reader").await.expect("found").id;
    assert!(reader.text(&format!("/admin/reports/aging/?editor={user}")).await.contains("Nothing here is like that."));
    let rest = reader.text(&format!("/admin/reports/aging/?after={}.{old}", 2 * 86_400_000_000_i64)).await;
    assert!(rest.contains("Section") && !rest.contains("=Old"), "{rest}");
    for query in ["?after=x", "?after=1", "?editor=x"] {
        assert_eq!(root.get(&format!("/admin/reports/aging/{query}")).await.status, 400, "{query}");
    }
    let types = reader.text("/admin/reports/types/export.csv").await;
    assert!(types.contains("\nstandard.StandardPage,") && types.contains(",3,3,"), "{types}");
    let all =
        number(&server.database_url, "SELECT COUNT(*) FROM page WHERE type = 'standard.StandardPage' AND NOT trashed");
    let types = root.text("/admin/reports/types/export.csv").await;
    assert!(types.contains(&format!(",{all},")), "{types}");
    let shown = root.text("/admin/reports/types/").await;
    assert!(shown.contains("/admin/reports/aging/?type=standard.StandardPage"), "{shown}");
}

async fn what_was_searched_for_in_vain_is_told(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let root = server.root_browser().await;
    assert!(root.text("/admin/reports/searches/").await.contains("Nobody searched in vain."));
    for _ in 0..2 {
        assert_eq!(server.get("/search/?q=zzyzx+quux").await.status, 200);
    }
    server.content().flush_search_misses().await.expect("written");
    let shown = root.text("/admin/reports/searches/").await;
    assert!(shown.contains("zzyzx") && shown.contains(">2</td>"), "{shown}");
    assert!(root.text("/admin/reports/searches/export.csv").await.contains("zzyzx quux,2,"));
}

async fn the_first_page_shows_what_waits(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let section = server.standard_page(home, "Section", "<p>x</p>").await;
    let grants = [Grant::Page(section, PagePermission::Add), Grant::Page(section, PagePermission::Publish)];
    let ann = server.browser("ann", &grants).await;
    let empty = ann.get("/admin/").await;
    assert!(empty.text().contains("Nothing yet") && empty.queries() <= 6, "{} queries", empty.queries());
    let made =
        ann.post(&format!("/admin/pages/{section}/add/standard.StandardPage/"), &[("title", "My <i>draft")]).await;
    let id: i64 =
        location(&made).trim_start_matches("/admin/pages/").trim_end_matches("/edit/").parse().expect("an id");
    let elsewhere = server.create(standard_page(home, "Not for Ann", "<p>x</p>")).await.expect("created");
    let now = Micros::now().0;
    let due = now + 3_600_000_000;
    for page in [id, elsewhere] {
        let seen = format!("('s{page}', {page}, 'Bo <b>{page}', {now})");
        for text in [
            format!("UPDATE page SET publish_at = {due} WHERE id = {page}"),
            format!("INSERT INTO presence (sitting, page_id, name, seen_at) VALUES {seen}"),
        ] {
            execute(&server.database_url, &text).expect("noted");
        }
    }
    let shown = ann.get("/admin/").await;
    let text = shown.text();
    assert!(shown.queries() <= 6, "{} queries", shown.queries());
    assert_eq!(text.matches("My &lt;i&gt;draft").count(), 4, "edited, a draft, due, and open: {text}");
    assert!(text.contains(&format!("Bo &lt;b&gt;{id}")) && !text.contains("Not for Ann"), "{text}");
    assert!(server.root_browser().await.text("/admin/").await.contains("Not for Ann"));
    assert_eq!(server.send(Method::POST, "/admin/", &[]).await.status, 405);
}

async fn what_others_wait_for_takes_no_place_on_ones_desk(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let home = server.page_id("/").await;
    let (section, other) = (
        server.standard_page(home, "Section", "<p>x</p>").await,
        server.standard_page(home, "Other", "<p>x</p>").await,
    );
    let own = server.create(standard_page(section, "Hers alone", "<p>x</p>")).await.expect("created");
    let ann = server.browser("ann", &[Grant::Page(section, PagePermission::Edit)]).await;
    for number in 0..45 {
        server.create(standard_page(other, &format!("Other {number}"), "<p>x</p>")).await.expect("created");
    }
    let now = Micros::now().0;
    let (soon, later) = (now + 3_600_000_000, now + 7_200_000_000);
    for text in [
        format!("UPDATE page SET publish_at = {soon}, expire_at = {soon} WHERE parent_id = {other}"),
        format!("UPDATE page SET publish_at = {later}, expire_at = {later} WHERE id = {own}"),
        format!(
            "INSERT INTO presence (sitting, page_id, name, seen_at)
             SELECT 's' || id, id, 'Bo', {now} FROM page WHERE parent_id = {other}"
        ),
        format!("INSERT INTO presence (sitting, page_id, name, seen_at) VALUES ('hers', {own}, 'Cy', {now} - 1000000)"),
    ] {
        execute(&server.database_url, &text).expect("noted");
    }
    let shown = ann.text("/admin/").await;
    assert_eq!(shown.matches("Hers alone").count(), 3, "goes live, expires, and is open: {shown}");
    assert!(shown.contains("Cy") && !shown.contains("Other 1"), "{shown}");
}

async fn a_profile_is_changed_and_an_address_takes_the_password(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let ann = server.browser("ann", &[]).await;
    let save = async |fields: &[(&str, &str)]| ann.post("/admin/account/profile/", fields).await;
    let fields = [("name", "Ann <b>"), ("email", ""), ("time_zone", "Europe/Berlin"), ("locale", "en")];
    let saved = save(&fields).await;
    assert!(saved.status == 200 && saved.text().contains("Ann &lt;b&gt;"), "{}", saved.text());
    let with = |email: &'static str, current: &'static str| {
        [("name", "Ann"), ("email", email), ("time_zone", "Europe/Berlin"), ("locale", "en"), ("current", current)]
    };
    let refused = save(&with("ann@example.org", "")).await;
    assert!(refused.status == 403 && refused.text().contains("value=\"ann@example.org\""), "{}", refused.text());
    assert_eq!(server.accounts().user("ann").await.expect("found").email, "");
    assert_eq!(save(&with("ann@example.org", PASSWORD)).await.status, 200);
    let known = server.accounts().user("ann").await.expect("found");
    assert_eq!(
        (known.email.as_str(), known.name.as_str(), known.time_zone.as_str()),
        ("ann@example.org", "Ann", "Europe/Berlin")
    );
    let wrong = [("name", "Ann"), ("email", "ann@example.org"), ("time_zone", "Mars"), ("locale", "en")];
    let wrong = save(&wrong).await;
    assert!(wrong.status == 422 && wrong.text().contains("id=\"time_zone-note\" role=\"alert\""), "{}", wrong.text());
    assert!(!wrong.text().contains("superuser"), "nobody makes themselves one here");
    let raised =
        save(&[("name", "Ann"), ("email", "ann@example.org"), ("superuser", "1"), ("is_superuser", "true")]).await;
    assert_eq!(raised.status, 200);
    assert!(!server.accounts().user("ann").await.expect("found").is_superuser);
}

on_both_databases!(
    every_route_is_for_those_who_may,
    the_history_is_narrowed_and_exported,
    pages_that_age_are_listed_the_oldest_first,
    what_was_searched_for_in_vain_is_told,
    the_first_page_shows_what_waits,
    what_others_wait_for_takes_no_place_on_ones_desk,
    a_profile_is_changed_and_an_address_takes_the_password,
);
