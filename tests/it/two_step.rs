//! The second step of signing in: what it asks for, what it takes once, and how it is turned off again.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Totp};
use vitrine::accounts::By;

use crate::support::account::{PASSWORD, SAME_ORIGIN, session_cookie};
use crate::support::process::run;
use crate::support::{Answer, Database, Server, on_both_databases, vitrine};

const PATIENT: (&str, &str) = ("accounts.attempts_per_minute", "10000");

/// The code that an app shows, so many steps of 30 seconds from now.
fn code(secret: &str, steps: i64) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
    let totp: Totp = Builder::new().with_secret(bytes).build().expect("a secret");
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    totp.generate((now_s + 30 * steps) as u64).to_string()
}

/// The text between two marks.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split(start).nth(1).unwrap_or_else(|| panic!("{start} is not in {text}"));
    rest.split(end).next().expect("text")
}

async fn send(server: &Server, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    server.send_form(path, fields, &[SAME_ORIGIN, ("cookie", cookie)]).await
}

/// What somebody has who turned it on.
struct TurnedOn {
    secret: String,
    /// The code that did it.
    code: String,
    recovery_codes: Vec<String>,
}

async fn turn_on(server: &Server, cookie: &str) -> TurnedOn {
    let begun = send(server, "/admin/account/two-step/", cookie, &[("current", PASSWORD)]).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let secret = between(begun.text(), "type this key: <code>", "</code>").replace(' ', "");
    assert_eq!(secret.len(), 32);
    assert!(begun.text().contains("src=\"data:image/svg+xml;base64,"));
    let wrong = send(server, "/admin/account/two-step/confirm/", cookie, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    let code = code(&secret, 0);
    let on = send(server, "/admin/account/two-step/confirm/", cookie, &[("code", &code)]).await;
    assert_eq!(on.status, 200, "{}", on.text());
    let recovery_codes: Vec<String> = on.text().split("<li><code>").skip(1).map(|rest| rest[..19].to_owned()).collect();
    assert_eq!(recovery_codes.len(), 10, "{}", on.text());
    TurnedOn { secret, code, recovery_codes }
}

/// The challenge of a new attempt with the right password.
async fn challenge(server: &Server) -> String {
    let asked = server.log_in("grace", PASSWORD).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert_eq!(asked.header("set-cookie"), "", "the password alone opens nothing");
    between(asked.text(), "name=\"challenge\" value=\"", "\"").to_owned()
}

async fn answer(server: &Server, challenge: &str, code: &str) -> Answer {
    let fields = [("challenge", challenge), ("code", code), ("next", "/admin/?p=2")];
    server.send_form("/admin/login/code/", &fields, &[SAME_ORIGIN]).await
}

async fn a_code_is_asked_for_and_taken_once(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let refused = send(&server, "/admin/account/two-step/", &cookie, &[("current", "not mine")]).await;
    assert_eq!(refused.status, 403, "a screen that was left open changes nothing");
    let TurnedOn { secret, code: used, recovery_codes } = turn_on(&server, &cookie).await;
    assert_eq!(server.rows("totp WHERE confirmed_at IS NOT NULL"), 1);
    assert_eq!(server.rows(&format!("totp WHERE secret LIKE '%{}%'", &secret[..8])), 0, "it is sealed");

    let first = challenge(&server).await;
    assert_eq!(answer(&server, &first, &used).await.status, 403, "the code that turned it on is used");
    let next = code(&secret, 1);
    let inside = answer(&server, &first, &next).await;
    assert_eq!((inside.status.as_u16(), inside.header("location")), (303, "/admin/?p=2"));
    assert_eq!(server.home(&session_cookie(&inside)).await.status, 200);
    let again = answer(&server, &first, &code(&secret, 1)).await;
    assert_eq!(again.status, 403, "a challenge is over when it was answered");
    assert!(again.text().contains("Please begin again."), "{}", again.text());
    let second = challenge(&server).await;
    assert_eq!(answer(&server, &second, &next).await.status, 403, "a code is taken once");
    let paper = recovery_codes[3].to_lowercase().replace('-', " ");
    assert_eq!(answer(&server, &second, &paper).await.status, 303, "a recovery code, as somebody types it");
    let third = challenge(&server).await;
    assert_eq!(answer(&server, &third, &recovery_codes[3]).await.status, 403, "once");
    let page = server.get_as("/admin/account/", &cookie).await;
    assert!(page.text().contains("9 of your recovery codes are left"), "{}", page.text());
    let metrics = server.metrics().await;
    let count = |outcome| metrics.sum("vitrine_auth_attempts_total", &[("method", "code"), ("outcome", outcome)]);
    assert_eq!((count("success"), count("bad_credentials"), count("expired")), (2.0, 3.0, 1.0));
}

async fn five_wrong_codes_end_an_attempt_and_the_password_is_counted(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "3")]).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let secret = turn_on(&server, &cookie).await.secret;
    for _ in 0..3 {
        let challenge = challenge(&server).await;
        for _ in 0..5 {
            assert_eq!(answer(&server, &challenge, "000000").await.status, 403);
        }
        let over = answer(&server, &challenge, &code(&secret, 1)).await;
        assert!(over.status == 403 && over.text().contains("Please begin again."), "{}", over.text());
    }
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 429, "the name is locked: codes cannot be guessed on");
    for nonsense in ["", "x", "' OR 1=1 --", &"A".repeat(43)] {
        assert_eq!(answer(&server, nonsense, "123456").await.status, 403, "{nonsense}");
    }
}

async fn it_is_turned_off_with_the_password_or_by_somebody_who_helps(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let id = server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let old = turn_on(&server, &cookie).await.recovery_codes;
    let renewed = send(&server, "/admin/account/recovery-codes/", &cookie, &[("current", PASSWORD)]).await;
    assert_eq!(renewed.text().matches("<li><code>").count(), 10);
    let challenge = challenge(&server).await;
    assert_eq!(answer(&server, &challenge, &old[0]).await.status, 403, "those of before work no longer");
    let off = "/admin/account/two-step/off/";
    assert_eq!(send(&server, off, &cookie, &[("current", "not mine")]).await.status, 403);
    assert_eq!(send(&server, off, &cookie, &[("current", PASSWORD)]).await.status, 303);
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 303, "the password is enough");
    turn_on(&server, &cookie).await;
    assert!(server.accounts().end_two_step(id, "grace", &By::cli()).await.expect("it is off"));
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 303);
    let log = server.events().await;
    let noted: Vec<&str> = log.iter().map(String::as_str).filter(|event| event.contains("two_step")).collect();
    assert_eq!(noted, ["two_step_on grace", "two_step_off grace", "two_step_on grace", "two_step_off grace"]);
    for path in ["", "password/", "two-step/", "two-step/confirm/", "two-step/off/", "recovery-codes/"] {
        let path = format!("/admin/account/{path}");
        let answer = if path.ends_with("account/") { server.get(&path).await } else { server.post(&path, "").await };
        assert_eq!(answer.status, 303, "{path} without a session");
    }
}

async fn a_password_is_changed_with_the_old_one_and_ends_the_other_sessions(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", true).await;
    let (here, elsewhere) = (server.session_of("grace").await, server.session_of("grace").await);
    let new = "a badger in the cellar";
    let change = async |current: &str, password: &str| {
        send(&server, "/admin/account/password/", &here, &[("current", current), ("password", password)]).await
    };
    assert_eq!(change("not mine", new).await.status, 403);
    let short = change(PASSWORD, "short").await;
    assert_eq!(short.status, 422);
    assert!(short.text().contains("id=\"password-note\" role=\"alert\""), "{}", short.text());
    assert_eq!(change(PASSWORD, new).await.status, 200);
    assert_eq!(server.home(&here).await.status, 200);
    assert_eq!(server.home(&elsewhere).await.status, 303);
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 403);
    assert_eq!(server.log_in("grace", new).await.status, 303);
}

async fn the_command_line_helps_whoever_lost_the_device(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    turn_on(&server, &cookie).await;
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("database.url={}", server.database_url);
    let end = |name: &str| run(vitrine(folder.path()).args(["user", "end-two-step", name, "--set", &database]));
    let (status, said, error) = end("grace");
    assert_eq!((status, said.trim()), (Some(0), "grace signs in with a password alone now"), "{error}");
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 303);
    assert_eq!(end("grace").1.trim(), "grace had no second step");
    let (status, _, error) = end("nobody");
    assert_eq!(status, Some(1));
    assert!(error.contains("there is no user \"nobody\""), "{error}");
}

async fn passwords_that_are_guessed_at_in_an_open_session_are_counted_and_noted(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "3")]).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let prove = async |form: &str, password: &str| {
        send(&server, &format!("/admin/account/{form}"), &cookie, &[("current", password)]).await
    };
    for form in ["two-step/", "two-step/off/"] {
        assert_eq!(prove(form, "not mine").await.status, 403, "{form}");
    }
    assert_eq!(prove("two-step/", PASSWORD).await.status, 200, "the right one ends the count");
    for form in ["password/", "two-step/", "two-step/off/"] {
        assert_eq!(prove(form, "not mine").await.status, 403, "{form}");
    }
    let locked = prove("two-step/", PASSWORD).await;
    assert_eq!(locked.status, 429, "also with the right password");
    assert!(locked.text().contains("There were too many wrong passwords: please try again in 15 min."));
    let wait: u64 = locked.header("retry-after").parse().expect("seconds");
    assert!((840..=901).contains(&wait), "{wait}");
    let headers =
        [("host", "localhost"), SAME_ORIGIN, ("cookie", cookie.as_str()), ("content-type", "application/json")];
    let body = format!("{{\"current\":\"{PASSWORD}\"}}").into_bytes();
    let begun = server.send_body(reqwest::Method::POST, "/admin/account/passkeys/begin/", &headers, body).await;
    assert_eq!((begun.status.as_u16(), begun.json()["error"].as_str()), (429, Some("too_many")));
    assert_ne!(begun.header("retry-after"), "");
    assert_eq!(server.log_in("CONFIRM grace", PASSWORD).await.status, 403, "counted apart from what is typed there");
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 303, "nobody is locked out by it");
    let log = server.accounts().list_log().await.expect("listed");
    let noted = |event: &str| {
        let fits = |actor: &str, subject: &str| actor == "grace" && subject == "grace";
        let of_kind = log.iter().filter(|entry| entry.event == event && entry.detail == "confirm");
        of_kind.filter(|entry| fits(&entry.actor, &entry.subject)).count()
    };
    assert_eq!((noted("login_failed"), noted("locked_out")), (5, 1), "{log:?}");
    assert_eq!(server.metrics().await.sum("vitrine_auth_lockouts_total", &[]), 1.0);
}

on_both_databases!(
    passwords_that_are_guessed_at_in_an_open_session_are_counted_and_noted,
    a_code_is_asked_for_and_taken_once,
    five_wrong_codes_end_an_attempt_and_the_password_is_counted,
    it_is_turned_off_with_the_password_or_by_somebody_who_helps,
    a_password_is_changed_with_the_old_one_and_ends_the_other_sessions,
    the_command_line_helps_whoever_lost_the_device,
);
