//! Signing in and out through the front door: who gets in, who does not, and that all others are told the same.

use std::time::{Duration, Instant};

use reqwest::Method;
use vitrine::accounts::{By, UserChange};

use crate::support::account::{PASSWORD, SAME_ORIGIN, session_cookie};
use crate::support::postgres::execute;
use crate::support::{Answer, Database, SOON, Server, eventually, is_long, on_both_databases};

const WRONG: &str = "The user name or the password is not right.";
const LATER: &str = "There were too many attempts.";
/// More than any test tries.
const PATIENT: (&str, &str) = ("accounts.attempts_per_minute", "10000");

fn assert_private(answer: &Answer, what: &str) {
    assert_eq!(answer.header("cache-control"), "private, no-store", "{what}");
    assert_eq!(answer.header("etag"), "", "{what}");
    let policy = answer.header("content-security-policy");
    if !answer.body.is_empty() {
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{what}: {policy}");
        for inline in ["<script", "style=", " onclick", "http://", "https://"] {
            assert!(!answer.text().contains(inline), "{what}: {inline}");
        }
    }
}

async fn the_right_password_opens_the_editor(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("Grace", true).await;
    let asked = server.get("/admin/?p=2").await;
    assert_eq!((asked.status.as_u16(), asked.header("location")), (303, "/admin/login/?next=%2Fadmin%2F%3Fp%3D2"));
    let form = server.get(asked.header("location")).await;
    assert_eq!(form.status, 200);
    assert!(form.text().contains("name=\"next\" value=\"/admin/?p=2\""), "{}", form.text());
    assert_private(&form, "the form");
    let fields = [("username", " grace "), ("password", PASSWORD), ("next", "/admin/?p=2")];
    let answer = server.send_form("/admin/login/", &fields, &[SAME_ORIGIN]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/admin/?p=2"));
    assert_private(&answer, "the way in");
    let set = answer.header("set-cookie");
    assert!(set.starts_with("vitrine_session="), "{set}");
    assert!(set.ends_with("; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"), "{set}");
    let cookie = session_cookie(&answer);
    let home = server.home(&cookie).await;
    assert_eq!(home.status, 200);
    assert_eq!(home.header("cache-control"), "private, no-store");
    let policy = home.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for part in ["Hello, Grace", "You are a superuser", "Nothing is scheduled."] {
        assert!(home.text().contains(part), "{part}: {}", home.text());
    }
    let account = server.get_as("/admin/account/", &cookie).await;
    assert!(account.text().contains("This session") && account.text().contains("127.0.0.0/24"), "{}", account.text());
    assert!(home.queries() <= 3, "{}", home.queries());
    assert_eq!(server.send(Method::GET, "/admin/login/", &[("cookie", &cookie)]).await.status, 303, "already in");
    assert_eq!(server.events().await, ["user_created Grace", "login Grace"]);
    let style = form.text().split("href=\"/admin/static/").nth(1).and_then(|rest| rest.split('"').next());
    let style = server.get(&format!("/admin/static/{}", style.expect("a stylesheet"))).await;
    assert_eq!((style.status.as_u16(), style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(server.get("/admin/static/other.css").await.status, 404);
}

async fn over_https_the_cookie_is_bound_to_the_host(database: Database) {
    let server = Server::with(database, &[("server.trusted_proxies", "127.0.0.1")]).await;
    server.user("grace", false).await;
    let answer = server.log_in_with("grace", PASSWORD, &[("x-forwarded-proto", "https")]).await;
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-vitrine_session="), "{set}");
    assert!(set.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{set}");
    let cookie = session_cookie(&answer);
    let proto = ("x-forwarded-proto", "https");
    assert_eq!(server.send(Method::GET, "/admin/", &[("cookie", &cookie), proto]).await.status, 200);
    assert_eq!(server.home(&cookie).await.status, 303, "not over plain HTTP");
    let planted = cookie.replace("__Host-", "");
    assert_eq!(server.send(Method::GET, "/admin/", &[("cookie", &planted), proto]).await.status, 303);
}

/// What a client sees of an answer, without what differs by itself.
fn seen(answer: &Answer, username: &str) -> (u16, String, String) {
    let text = answer.text().replace(username, "NAME");
    (answer.status.as_u16(), text, answer.header("set-cookie").to_owned())
}

async fn nobody_learns_which_names_there_are(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "4")]).await;
    for username in ["grace", "closed"] {
        server.user(username, false).await;
    }
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    server.accounts().change_user("closed", change, &By::cli()).await.expect("closed");
    let wrong = seen(&server.log_in("grace", "a wrong password").await, "grace");
    assert_eq!(wrong.0, 403);
    assert!(wrong.1.contains(WRONG) && wrong.1.contains("role=\"alert\""), "{}", wrong.1);
    assert!(!wrong.1.contains("a wrong password"));
    assert_eq!(wrong, seen(&server.log_in("nobody", "a wrong password").await, "nobody"));
    assert_eq!(wrong, seen(&server.log_in("closed", PASSWORD).await, "closed"));
    for username in ["grace", "nobody", "closed"] {
        for _ in 0..3 {
            assert_eq!(server.log_in(username, "a wrong password").await.status, 403, "{username}");
        }
        let locked = server.log_in(username, PASSWORD).await;
        assert_eq!(locked.status, 429, "{username}: also with the right password");
        assert!(locked.text().contains(LATER), "{username}");
        let wait: u64 = locked.header("retry-after").parse().expect("seconds");
        assert!((880..=901).contains(&wait), "{username}: {wait}");
    }
    let log = server.events().await;
    assert_eq!(log.iter().filter(|event| event.starts_with("locked_out")).count(), 3, "each once: {log:?}");
    assert!(!log.iter().any(|event| event.contains("nobody")), "what was typed may be a password: {log:?}");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_auth_lockouts_total", &[]), 3.0);
    let count = |outcome| metrics.sum("vitrine_auth_attempts_total", &[("method", "password"), ("outcome", outcome)]);
    assert_eq!((count("bad_credentials"), count("disabled"), count("locked")), (11.0, 1.0, 3.0));
}

async fn a_name_that_nobody_has_takes_as_long_as_a_wrong_password(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "1000")]).await;
    server.user("grace", false).await;
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..24 {
        for (at, username) in ["grace", "nobody"].into_iter().enumerate() {
            let began = Instant::now();
            assert_eq!(server.log_in(username, "a wrong password").await.status, 403);
            fastest[at] = fastest[at].min(began.elapsed());
        }
    }
    let [known, unknown] = fastest.map(|time| time.as_secs_f64());
    // On a loaded machine they differ; without the hash, one would take less than a tenth of the other's time.
    let alike = if is_long() { 0.6..1.6 } else { 0.3..3.0 };
    assert!(alike.contains(&(unknown / known)), "known {known} s, unknown {unknown} s");
    let hashed = server.metrics().await.sum("vitrine_auth_password_hash_duration_seconds_count", &[]);
    assert_eq!(hashed, 48.0, "both are hashed");
}

async fn a_lock_survives_a_restart_and_ends(database: Database) {
    let settings = [PATIENT, ("accounts.lock_after", "2"), ("accounts.lock_s", "600")];
    let server = Server::with(database, &settings).await;
    server.user("grace", false).await;
    for _ in 0..2 {
        server.log_in("grace", "a wrong password").await;
    }
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 429);
    let other = server.beside(&settings).await;
    assert_eq!(other.log_in("GRACE", PASSWORD).await.status, 429, "on another node, and however it is written");
    execute(&server.database_url, "UPDATE login_failure SET locked_until = 1, last_at = 1")
        .expect("the table is there");
    assert_eq!(other.log_in("grace", PASSWORD).await.status, 303);
    assert_eq!(other.log_in("grace", "a wrong password").await.status, 403, "counted from nothing again");
}

async fn many_at_once_get_no_more_tries(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "3")]).await;
    server.user("grace", false).await;
    let tries = (0..12).map(|_| server.log_in("grace", "a wrong password"));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 403).count(), 3);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 9);
}

async fn one_client_is_slowed_down_whatever_names_it_tries(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "3")]).await;
    server.user("grace", false).await;
    for number in 0..3 {
        assert_eq!(server.log_in(&format!("name{number}"), "a wrong password").await.status, 403);
    }
    let refused = server.log_in("grace", PASSWORD).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains(LATER));
    let throttled = [("method", "password"), ("outcome", "throttled")];
    assert_eq!(server.metrics().await.sum("vitrine_auth_attempts_total", &throttled), 1.0);
}

async fn a_form_from_elsewhere_is_refused(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    let cookie = server.session_of("grace").await;
    let fields = [("username", "grace"), ("password", PASSWORD)];
    for path in ["/admin/login/", "/admin/logout/", "/admin/sessions/1/revoke/", "/admin/welcome/x"] {
        for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.test"), ("origin", "null")] {
            let answer = server.send_form(path, &fields, &[foreign, ("cookie", &cookie)]).await;
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
            assert_eq!(answer.header("set-cookie"), "", "{path}");
        }
    }
    assert_eq!(server.home(&cookie).await.status, 200, "nothing happened");
    assert_eq!(server.metrics().await.sum("vitrine_http_requests_rejected_total", &[("reason", "csrf")]), 12.0);
}

async fn the_way_back_stays_in_the_editor(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    for next in ["//evil.test", "https://evil.test/", "/\\evil.test", "/admin/../", "/admin//evil.test"] {
        let fields = [("username", "grace"), ("password", PASSWORD), ("next", next)];
        let answer = server.send_form("/admin/login/", &fields, &[SAME_ORIGIN]).await;
        assert_eq!(answer.header("location"), "/admin/", "{next}");
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let form = server.get(&format!("/admin/login/?next={query}")).await;
        assert!(form.text().contains("name=\"next\" value=\"/admin/\""), "{next}");
    }
    let fields = [("username", "\"><script>alert(1)</script>"), ("password", "x"), ("next", "\"><b>")];
    let answer = server.send_form("/admin/login/", &fields, &[SAME_ORIGIN]).await;
    assert!(answer.text().contains("&quot;&gt;&lt;script&gt;") && !answer.text().contains("<script"));
}

async fn every_route_takes_its_methods_from_those_who_may(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    let cookie = server.session_of("grace").await;
    // (path, allowed, GET of a visitor, POST of a visitor, GET of a user)
    let routes = [
        ("/admin/", "GET, HEAD", 303, 405, 200),
        ("/admin", "GET, HEAD", 303, 405, 200),
        ("/admin/login/", "GET, HEAD, POST", 200, 403, 303),
        ("/admin/logout/", "POST", 405, 303, 405),
        ("/admin/sessions/1/revoke/", "POST", 405, 303, 405),
        ("/admin/welcome/x", "GET, HEAD, POST", 404, 404, 404),
    ];
    for (path, allowed, get, post, signed_in) in routes {
        assert_eq!(server.get(path).await.status, get, "{path}");
        let posted = server.send_form(path, &[("a", "b")], &[SAME_ORIGIN]).await;
        assert_eq!(posted.status, post, "POST {path}");
        assert_eq!(server.send(Method::GET, path, &[("cookie", &cookie)]).await.status, signed_in, "{path}, signed in");
        let refused = server.send(Method::DELETE, path, &[("cookie", &cookie)]).await;
        assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, allowed), "{path}");
        for answer in [posted, refused] {
            assert_private(&answer, path);
        }
    }
    let large = "x".repeat(40_000);
    assert_eq!(server.log_in("grace", &large).await.status, 413);
    let body = server.send(Method::POST, "/admin/login/", &[("content-type", "application/json")]).await;
    assert_eq!(body.status, 415);
    let metrics = server.metrics().await;
    let sizes = metrics.sum("http_server_response_body_size_bytes_count", &[("surface", "admin")]);
    assert!(sizes > 20.0, "they are counted as the editor's: {sizes}");
}

async fn a_lost_database_is_said_and_counted(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", false).await;
    let cookie = server.session_of("grace").await;
    execute(&server.database_url, "ALTER TABLE login_session RENAME TO login_session_away")
        .expect("the table is there");
    let answer = server.log_in("grace", PASSWORD).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("nothing was changed") && answer.text().contains("Trace <code>"));
    assert_eq!(server.home(&cookie).await.status, 503, "nobody is let in unseen");
    let failed = async || {
        let error = [("method", "password"), ("outcome", "error")];
        server.metrics().await.sum("vitrine_auth_attempts_total", &error) == 1.0
    };
    eventually("the failed attempt is counted", SOON, failed).await;
}

on_both_databases!(
    the_right_password_opens_the_editor,
    over_https_the_cookie_is_bound_to_the_host,
    nobody_learns_which_names_there_are,
    a_name_that_nobody_has_takes_as_long_as_a_wrong_password,
    a_lock_survives_a_restart_and_ends,
    many_at_once_get_no_more_tries,
    one_client_is_slowed_down_whatever_names_it_tries,
    a_form_from_elsewhere_is_refused,
    the_way_back_stays_in_the_editor,
    every_route_takes_its_methods_from_those_who_may,
    a_lost_database_is_said_and_counted,
);
