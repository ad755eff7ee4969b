//! Editors on the site: the bar that they alone get, and what a draft weighs before it is live.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::PagePermission::{Add, Edit};
use vitrine::media::NewFile;

use crate::support::account::SAME_ORIGIN;
use crate::support::client::Answer;
use crate::support::picture::png;
use crate::support::{Database, Server, on_both_databases};

const READER: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");

/// The cookie that asks for the bar, as the browser sends it back; empty without one.
fn mark(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let found = cookies.filter_map(|text| text.split(';').next()).find(|pair| pair.starts_with("vitrine_userbar="));
    found.unwrap_or_default().to_owned()
}

fn has_bar(answer: &Answer) -> bool {
    answer.text().contains("data-vitrine-page")
}

async fn only_whoever_edits_gets_the_bar_and_no_cache_keeps_it(database: Database) {
    let server = Server::start(database).await;
    let (home, about) = (server.page_id("/").await, server.page_id("/about/").await);
    let session = server.editor("ann", home, &[Edit, Add]).await;
    let entered = server.get_as("/admin/", &session).await;
    let mark = mark(&entered);
    assert!(mark.len() > 30, "{mark}");
    assert!(entered.headers.get_all("set-cookie").iter().all(|value| {
        let text = value.to_str().expect("visible");
        text.contains("HttpOnly") && text.contains("SameSite=Lax")
    }));
    let both = format!("{session}; {mark}");
    assert_eq!(self::mark(&server.get_as("/admin/", &both).await), "", "once");

    let visitor = server.send(Method::GET, "/about/", &[READER]).await;
    assert!(!has_bar(&visitor) && !visitor.header("etag").is_empty());
    let views = async || server.metrics().await.sum("vitrine_page_views_total", &[]);
    let before = views().await;
    let headers =
        [READER, ("cookie", both.as_str()), ("accept-encoding", "br"), ("if-none-match", visitor.header("etag"))];
    let seen = server.send(Method::GET, "/about/", &headers).await;
    assert_eq!(
        (seen.status.as_u16(), seen.header("cache-control"), seen.header("etag")),
        (200, "private, no-store", "")
    );
    let tag = format!("data-vitrine-page=\"{about}\"></script></body>");
    assert!(seen.text().contains(&tag), "{}", seen.text());
    assert_eq!(seen.text().matches("data-vitrine-page").count(), 1);
    assert_eq!(views().await, before, "an editor is no visitor");
    let again = server.send(Method::GET, "/about/", &[READER]).await;
    assert_eq!((has_bar(&again), again.cache()), (false, "hit"));
    assert_eq!(again.header("etag"), visitor.header("etag"));

    let script = seen.text().split("type=\"module\" src=\"").nth(1).and_then(|rest| rest.split('"').next());
    let script = server.get(script.expect("an address")).await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    let head = server.send(Method::HEAD, "/about/", &[("cookie", both.as_str())]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for path in ["/no-such-page/", "/robots.txt", "/blog/feed/"] {
        assert!(!has_bar(&server.get_as(path, &both).await), "{path}");
    }
}

async fn a_mark_is_ours_and_ends_with_the_session(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let session = server.editor("ann", home, &[Edit]).await;
    let good = mark(&server.get_as("/admin/", &session).await);
    let (until, signature) = good.trim_start_matches("vitrine_userbar=").split_once('.').expect("signed");
    let later = until.parse::<i64>().expect("seconds") + 1;
    for forged in ["vitrine_userbar=1", "vitrine_userbar=", "vitrine_userbar=99999999999.AAAA"] {
        assert!(!has_bar(&server.get_as("/", forged).await), "{forged}");
    }
    assert!(!has_bar(&server.get_as("/", &format!("vitrine_userbar={later}.{signature}")).await), "longer than given");
    assert!(has_bar(&server.get_as("/", &good).await));
    server.user("member", false).await;
    let member = server.session_of("member").await;
    assert_eq!(mark(&server.get_as("/admin/", &member).await), "", "who edits nothing");
    let left = server.send_form("/admin/logout/", &[], &[SAME_ORIGIN, ("cookie", &format!("{session}; {good}"))]).await;
    assert_eq!((left.status.as_u16(), mark(&left).as_str()), (303, "vitrine_userbar="));
}

async fn the_bar_offers_what_one_may_do(database: Database) {
    let server = Server::start(database).await;
    let (about, contact) = (server.page_id("/about/").await, server.page_id("/contact/").await);
    let cookie = server.editor("ann", about, &[Edit]).await;
    let at = |page: i64| format!("/admin/pages/{page}/userbar/");
    let facts = server.get_as(&at(about), &cookie).await.json();
    assert_eq!((&facts["title"], &facts["live"]), (&json!("About"), &json!(true)));
    let urls: Vec<&str> =
        facts["links"].as_array().expect("links").iter().filter_map(|link| link["url"].as_str()).collect();
    let here = format!("/admin/pages/{about}/");
    assert_eq!(urls, [format!("{here}edit/"), format!("{here}history/"), here]);
    assert_eq!(server.get(facts["checks"].as_str().expect("an address")).await.status, 200);
    assert_eq!(server.get(&at(about)).await.status, 401);
    assert_eq!(server.get_as(&at(contact), &cookie).await.status, 403);
    assert_eq!(server.get_as(&at(999_999), &cookie).await.status, 404);
    assert_eq!(server.send_json(&at(about), &cookie, &json!({})).await.status, 405);
}

/// A nonce, which each drawing has of its own, is some bytes more or fewer when compressed.
fn is_alike(one: &Value, other: &Value) -> bool {
    let bytes = |of: &Value| of["html_bytes"].as_i64().expect("bytes");
    (bytes(one) - bytes(other)).abs() < 20 && one["image_bytes"] == other["image_bytes"]
}

async fn a_draft_is_weighed_beside_what_is_live(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Light", "<p>Little.</p>").await;
    let cookie = server.editor("ann", home, &[Edit]).await;
    let at = format!("/admin/pages/{page}/weight/");
    let same = server.get_as(&at, &cookie).await.json();
    assert!(is_alike(&same["draft"], &same["live"]), "{same}");
    assert_eq!((&same["live"]["images"], &same["live"]["image_bytes"]), (&json!(0), &json!(0)));
    assert!(same["live"]["html_bytes"].as_u64().is_some_and(|bytes| (500..50_000).contains(&bytes)), "{same}");

    let media = &server.running.site.app.media;
    let new = NewFile { name: "noise.png".into(), ..NewFile::default() };
    let image = media.add_image(&png(900, 600, 7)[..], new, None).await.expect("taken");
    let photo =
        json!({ "image": { "image": image, "alt": "Noise", "decorative": false }, "caption": "", "wide": false });
    let changed = server.change(page, |content| {
        content.fields["body"] = json!([{ "type": "photo", "value": photo }]);
    });
    changed.await.expect("saved");
    let heavier = server.get_as(&at, &cookie).await.json();
    assert!(is_alike(&heavier["live"], &same["live"]), "{heavier}");
    let draft = &heavier["draft"];
    assert_eq!((&draft["images"], &draft["unknown"]), (&json!(1), &json!(0)), "{heavier}");
    let seen = server.get_as(&format!("/admin/pages/{page}/preview/"), &cookie).await;
    let source = seen
        .text()
        .split("<img")
        .find_map(|tag| tag.split(" src=\"").nth(1)?.split('"').next().filter(|url| url.starts_with("/media/images/")));
    let sent = server.get(source.expect("a picture")).await;
    assert_eq!(draft["image_bytes"], json!(sent.body.len()), "as visitors get it");
    assert_eq!(draft["bytes"].as_u64(), Some(draft["html_bytes"].as_u64().expect("bytes") + sent.body.len() as u64));
    assert_eq!(server.get(&at).await.status, 401);
    let stranger = server.editor("stranger", server.page_id("/contact/").await, &[Edit]).await;
    assert_eq!(server.get_as(&at, &stranger).await.status, 403);
}

on_both_databases!(
    only_whoever_edits_gets_the_bar_and_no_cache_keeps_it,
    a_mark_is_ours_and_ends_with_the_session,
    the_bar_offers_what_one_may_do,
    a_draft_is_weighed_beside_what_is_live,
);
