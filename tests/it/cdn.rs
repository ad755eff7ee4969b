//! A real Varnish in front: pages stay in it until what they show changes, whatever fails on the way.

use std::collections::BTreeSet;

use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use vitrine::content::privacy::Rule;
use vitrine::media::ImageChange;
use vitrine::telemetry::label::Channel;

use crate::support::postgres::execute;
use crate::support::process::run;
use crate::support::varnish::{Place, Varnish, is_hit};
use crate::support::{Database, Process, SOON, Server, eventually, on_both_databases, site, vitrine};

const POST: &str = "/blog/soundings/";

/// A Varnish that is told soon, and does not keep anybody waiting.
fn settings(url: &str) -> [(&str, &str); 4] {
    [("cdn.provider", "varnish"), ("cdn.urls", url), ("cdn.again_s", "0.3"), ("cdn.timeout_s", "0.5")]
}

/// Waits until all that is committed is taken out, and taken out again.
pub async fn has_settled(server: &Server) {
    let settled = "cdn WHERE NOT everything AND target <> '' AND failing_since IS NULL
                   AND settled >= (SELECT COALESCE(MAX(id), 0) FROM change)";
    eventually("all is taken out", SOON, async || server.rows(settled) == 1).await;
}

async fn status(server: &Server) -> vitrine::cdn::Status {
    let cdn = server.running.site.app.cdn.as_ref().expect("a provider");
    cdn.status().await.expect("the database answers")
}

/// A server with a Varnish in front of it that keeps nothing yet; none where Varnish is not installed.
async fn in_front_of(database: Database) -> Option<(Server, Varnish)> {
    let place = Place::find()?;
    let server = Server::with(database, &settings(&place.url())).await;
    let varnish = place.start(server.address());
    has_settled(&server).await;
    Some((server, varnish))
}

/// Asks until each is kept.
async fn warm(varnish: &Varnish, paths: &[&str]) {
    for path in paths {
        let what = format!("{path} is kept");
        eventually(&what, SOON, async || is_hit(&varnish.get(path).await)).await;
    }
}

/// Which of `paths` are not answered from what is kept.
async fn missed<'p>(varnish: &Varnish, paths: &[&'p str]) -> BTreeSet<&'p str> {
    let mut missed = BTreeSet::new();
    for path in paths {
        if !is_hit(&varnish.get(path).await) {
            missed.insert(*path);
        }
    }
    missed
}

async fn a_change_takes_out_what_shows_it_and_nothing_else(database: Database) {
    let Some((server, varnish)) = in_front_of(database).await else { return };
    let paths = [POST, "/blog/", "/about/", "/blog/calibration-day/", "/blog/atom.xml", "/robots.txt"];
    warm(&varnish, &paths).await;
    let kept = varnish.get("/about/").await;
    assert_eq!((kept.header("xkey"), kept.header("surrogate-control")), ("", ""), "nothing of it is for visitors");
    assert_eq!(kept.header("cache-control"), "public, max-age=0, must-revalidate");

    let post = server.page_id(POST).await;
    server.republish(post, |content| content.title = "Soundings anew".into()).await;
    has_settled(&server).await;
    let missed_now = missed(&varnish, &paths).await;
    assert!(missed_now.contains(POST) && missed_now.contains("/blog/"), "{missed_now:?}");
    assert!(!missed_now.contains("/about/") && !missed_now.contains("/robots.txt"), "{missed_now:?}");
    for path in [POST, "/blog/"] {
        assert!(varnish.get(path).await.text().contains("Soundings anew"), "{path}");
    }

    let category = server.snippet("blog.Category", "water").await.id;
    warm(&varnish, &["/blog/category/water/", "/about/"]).await;
    server.rename_snippet(category, "Waters").await;
    has_settled(&server).await;
    assert_eq!(
        missed(&varnish, &["/blog/category/water/", "/about/"]).await,
        BTreeSet::from(["/blog/category/water/"])
    );
    assert!(varnish.get("/blog/category/water/").await.text().contains("Waters"));

    server.content().unpublish(post, Channel::Admin).await.expect("unpublished");
    has_settled(&server).await;
    assert_eq!(varnish.get(POST).await.status, 404);
    assert!(!varnish.get("/blog/").await.text().contains("Soundings anew"));
    assert!(is_hit(&varnish.get("/about/").await), "still");
}

async fn settings_and_images_take_out_what_shows_them(database: Database) {
    let Some((server, varnish)) = in_front_of(database).await else { return };
    let first = vitrine::content::site::list(server.db(), "").await.expect("listed")[0].id;
    warm(&varnish, &["/about/", POST]).await;
    let footer = json!({ "footer_text": "Made by us." }).as_object().expect("an object").clone();
    let changed = server.content().update_setting(Some(first), "site.SiteSettings", &footer, Channel::Admin).await;
    changed.expect("it is valid");
    has_settled(&server).await;
    for path in ["/about/", POST] {
        assert!(varnish.get(path).await.text().contains("Made by us."), "{path}");
    }

    let (path, image) = with_an_image(&server).await;
    warm(&varnish, &[POST, &path]).await;
    let change = ImageChange { description: Some("Another one".into()), ..ImageChange::default() };
    server.running.site.app.media.update_image(image, change, Channel::Cli).await.expect("changed");
    has_settled(&server).await;
    assert_eq!(missed(&varnish, &[POST, &path]).await, BTreeSet::from([path.as_str()]));
}

/// A page that shows an image, and the image.
async fn with_an_image(server: &Server) -> (String, i64) {
    for path in site::english_paths().into_iter().filter(|path| path != POST) {
        let page = server.get(&path).await;
        let image = page.header("xkey").split(' ').find_map(|word| word.strip_prefix('i')?.parse().ok());
        if let Some(image) = image {
            return (path, image);
        }
    }
    panic!("no page shows an image")
}

async fn what_is_for_some_alone_stays_with_the_server(database: Database) {
    let Some((server, varnish)) = in_front_of(database).await else { return };
    let about = server.page_id("/about/").await;
    warm(&varnish, &["/about/"]).await;
    let restriction = server.restrict(about, Rule::Password("a long enough password".into())).await;
    has_settled(&server).await;
    for _ in 0..3 {
        let refused = varnish.get("/about/").await;
        assert_eq!((refused.status.as_u16(), is_hit(&refused)), (403, false));
    }
    let given = server.give("/about/", restriction, "a long enough password").await;
    let cookie = given.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let shown = varnish.send(Method::GET, "/about/", &[("cookie", &cookie)]).await;
    assert_eq!((shown.status.as_u16(), is_hit(&shown)), (200, false));
    assert_eq!(varnish.get("/about/").await.status, 403, "that one was for whoever has the password");
    for path in ["/no-such-page/", "/search/?q=tides", "/admin/login/", "/health", "/api/v1/pages/"] {
        varnish.get(path).await;
        assert!(!is_hit(&varnish.get(path).await), "{path}");
        let answer = server.get(path).await;
        assert_eq!((answer.header("xkey"), answer.header("surrogate-control")), ("", ""), "{path}");
    }
    let invalid = crate::forms::send(&server, "/contact/", &[]).await;
    assert_eq!((invalid.status.as_u16(), invalid.header("xkey")), (422, ""));
    assert!(server.get("/contact/").await.header("xkey").starts_with("vitrine "));
    assert_eq!(server.get("/contact/?done").await.header("xkey"), "", "for whoever has sent it");
}

async fn forms_of_a_page_and_lists_are_kept_apart(database: Database) {
    let Some((server, varnish)) = in_front_of(database).await else { return };
    warm(&varnish, &["/blog/", "/blog/?page=2", POST]).await;
    assert_ne!(varnish.get("/blog/").await.body, varnish.get("/blog/?page=2").await.body);
    let markdown = varnish.send(Method::GET, POST, &[("accept", "text/markdown")]).await;
    assert!(markdown.header("content-type").starts_with("text/markdown"), "{:?}", markdown.headers);
    let html = varnish.send(Method::GET, POST, &[("accept", "text/html,*/*;q=0.8")]).await;
    assert!(html.header("content-type").starts_with("text/html"));
    let packed = varnish.send(Method::GET, POST, &[("accept-encoding", "gzip")]).await;
    assert_eq!((packed.header("content-encoding"), is_hit(&packed)), ("gzip", true));
    assert!(is_hit(&varnish.get(&format!("{POST}?utm_source=letter&utm_medium=mail")).await));
    assert_eq!(server.get(POST).await.header("surrogate-control"), "max-age=86400");
}

async fn what_is_committed_while_it_hangs_is_taken_out_once_it_is_back(database: Database) {
    let Some((server, varnish)) = in_front_of(database).await else { return };
    let post = server.page_id(POST).await;
    warm(&varnish, &[POST, "/about/"]).await;
    varnish.freeze();
    server.republish(post, |content| content.title = "While it hung".into()).await;
    eventually("it is known to fail", SOON, async || status(&server).await.failing_since.is_some()).await;
    let failing = status(&server).await;
    assert!(failing.error.contains("no answer within 0.5 s") && failing.age().as_millis() > 0, "{failing:?}");
    let at = format!("database.url={}", server.database_url);
    let (url, folder) = (format!("cdn.urls={}", varnish.url), server.folder.path());
    let command = |line: &str| {
        let set = ["--set", "cdn.provider=varnish", "--set", &url, "--set", &at, "--set", "cdn.timeout_s=1"];
        run(vitrine(folder).args(line.split(' ')).args(set))
    };
    let (code, said, _) = command("cdn status --json");
    let told: Value = serde_json::from_str(&said).expect("JSON");
    assert!(code == Some(1) && told["failing_since"].is_string(), "{told}");
    varnish.thaw();
    has_settled(&server).await;
    assert!(varnish.get(POST).await.text().contains("While it hung"));
    assert!(is_hit(&varnish.get("/about/").await), "it has not changed");
    let metrics = server.metrics().await;
    let count = |outcome| metrics.sum("vitrine_cdn_requests_total", &[("provider", "varnish"), ("outcome", outcome)]);
    assert!(count("timeout") >= 1.0 && count("purged") >= 2.0);
    assert!(metrics.sum("vitrine_cdn_purged_keys_total", &[("scope", "keys")]) >= 2.0);
    assert!(metrics.sum("vitrine_cdn_request_duration_seconds_count", &[]) >= 3.0);
    by_hand(&varnish, &format!("page:{post}"), command).await;
}

/// Taking out from a terminal, where the server goes on as before.
async fn by_hand(varnish: &Varnish, tag: &str, command: impl Fn(&str) -> (Option<i32>, String, String)) {
    let (code, said, errors) = command("cdn status");
    assert!(code == Some(0) && said.contains("taken out up to change"), "{said}{errors}");
    warm(varnish, &[POST, "/about/"]).await;
    let (code, said, errors) = command(&format!("cdn purge --tag {tag}"));
    assert_eq!((code, said.trim()), (Some(0), "taken out"), "{errors}");
    assert_eq!(missed(varnish, &[POST, "/about/"]).await, BTreeSet::from([POST]));
    warm(varnish, &[POST]).await;
    let (code, ..) = command(&format!("cdn purge --url {}{POST} --json", varnish.url));
    assert_eq!((code, missed(varnish, &[POST, "/about/"]).await), (Some(0), BTreeSet::from([POST])));
    warm(varnish, &[POST]).await;
    assert_eq!(command("cdn purge --all").0, Some(0));
    assert_eq!(missed(varnish, &[POST, "/about/"]).await, BTreeSet::from([POST, "/about/"]));
    for wrong in ["cdn purge", "cdn purge --all --tag menu", "cdn purge --tag nothing", "cdn purge --url /about/"] {
        assert_eq!(command(wrong).0, Some(2), "{wrong}");
    }
}

async fn nothing_is_lost_when_a_server_is_killed_between_commit_and_purge(database: Database) {
    let Some(place) = Place::find() else { return };
    let url = place.url();
    let server = Server::with(database, &[&settings(&url)[..], &[("server.role", "web")]].concat()).await;
    let varnish = place.start(server.address());
    let (data, database_url) = (server.folder.path().display().to_string(), server.database_url.clone());
    let own = [("server.role", "worker"), ("data.dir", &data), ("database.url", &database_url)];
    let process = Process::spawn(server.folder.path(), &[&settings(&url)[..3], &own].concat(), &[], &[]);
    has_settled(&server).await;
    warm(&varnish, &[POST, "/about/"]).await;
    varnish.freeze();
    let post = server.page_id(POST).await;
    server.republish(post, |content| content.title = "Committed".into()).await;
    process.signal(Signal::KILL);
    drop(process);
    varnish.thaw();
    assert!(is_hit(&varnish.get(POST).await), "nobody has said that it changed");
    // Nobody waits for the lease of the dead in a test.
    execute(&database_url, "UPDATE cdn SET lease_until = 0").expect("written");
    let _other = server.beside(&settings(&url)).await;
    eventually("it is fresh", SOON, async || varnish.get(POST).await.text().contains("Committed")).await;
    has_settled(&server).await;
}

on_both_databases!(
    a_change_takes_out_what_shows_it_and_nothing_else,
    settings_and_images_take_out_what_shows_them,
    what_is_for_some_alone_stays_with_the_server,
    forms_of_a_page_and_lists_are_kept_apart,
    what_is_committed_while_it_hangs_is_taken_out_once_it_is_back,
    nothing_is_lost_when_a_server_is_killed_between_commit_and_purge,
);
