//! Passkeys: how one is added, what signs in, what does not, and how one is taken away.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::accounts::{By, UserChange};

use crate::support::account::{PASSWORD, SAME_ORIGIN, session_cookie};
use crate::support::authenticator::Authenticator;
use crate::support::postgres::{execute, number};
use crate::support::process::run;
use crate::support::{Answer, Database, Server, on_both_databases, vitrine};

const PATIENT: (&str, &str) = ("accounts.attempts_per_minute", "10000");
/// Where browsers take passkeys without TLS.
const HERE: (&str, &str) = ("host", "localhost");
const ORIGIN: &str = "http://localhost";
pub const DOOR: &str = "/admin/login/passkey/";

/// Makes a device wrong in one way; the second is another user's.
type Change = fn(&mut Authenticator, &Authenticator);

pub fn device() -> Authenticator {
    Authenticator::new(ORIGIN, "localhost")
}

pub async fn send(server: &Server, path: &str, cookie: &str, value: &Value) -> Answer {
    let headers = [HERE, SAME_ORIGIN, ("cookie", cookie), ("content-type", "application/json")];
    server.send_body(Method::POST, path, &headers, value.to_string().into_bytes()).await
}

async fn form(server: &Server, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    server.send_form(path, fields, &[HERE, SAME_ORIGIN, ("cookie", cookie)]).await
}

async fn account_page(server: &Server, cookie: &str) -> Answer {
    server.send(Method::GET, "/admin/account/", &[HERE, ("cookie", cookie)]).await
}

/// What the server asks a device that makes a passkey.
pub async fn begin_adding(server: &Server, cookie: &str) -> Value {
    let begun = send(server, "/admin/account/passkeys/begin/", cookie, &json!({ "current": PASSWORD })).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    begun.json()
}

pub async fn finish_adding(server: &Server, cookie: &str, begun: &Value, credential: &Value, name: &str) -> Answer {
    let made = json!({ "ceremony": begun["ceremony"], "name": name, "credential": credential });
    send(server, "/admin/account/passkeys/", cookie, &made).await
}

async fn add(server: &Server, cookie: &str, name: &str) -> Authenticator {
    let (mut device, begun) = (device(), begin_adding(server, cookie).await);
    let made = device.create(&begun["options"]);
    let added = finish_adding(server, cookie, &begun, &made, name).await;
    assert_eq!(added.status, 200, "{}", added.text());
    device
}

/// A user with a passkey; the cookie of a session, and the device.
async fn user_with_passkey(server: &Server, username: &str) -> (String, Authenticator) {
    server.user(username, true).await;
    let cookie = server.session_of(username).await;
    let device = add(server, &cookie, "My phone").await;
    (cookie, device)
}

pub async fn begin(server: &Server) -> Value {
    let begun = send(server, &format!("{DOOR}begin/"), "", &json!({})).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    begun.json()
}

async fn finish(server: &Server, begun: &Value, credential: &Value) -> Answer {
    let answer = json!({ "ceremony": begun["ceremony"], "credential": credential, "next": "/admin/?p=2" });
    send(server, DOOR, "", &answer).await
}

async fn sign_in(server: &Server, device: &mut Authenticator) -> Answer {
    let begun = begin(server).await;
    let answer = device.get(&begun["options"]);
    finish(server, &begun, &answer).await
}

/// The details of the log's entries for refused sign-ins, the oldest first.
async fn refusals(server: &Server) -> Vec<String> {
    let mut log = server.accounts().list_log().await.expect("listed");
    log.reverse();
    log.into_iter().filter(|entry| entry.event == "login_failed").map(|entry| entry.detail).collect()
}

async fn a_passkey_is_added_with_the_password_and_signs_in(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let page = server.send(Method::GET, "/admin/login/", &[HERE]).await;
    assert!(page.header("content-security-policy").contains("script-src 'self';"), "no more than that");
    assert!(page.text().contains("autocomplete=\"username webauthn\""), "{}", page.text());
    let wrong = send(&server, "/admin/account/passkeys/begin/", &cookie, &json!({ "current": "not mine" })).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["error"].as_str()), (403, Some("wrong_password")));
    let begun = begin_adding(&server, &cookie).await;
    let asked = &begun["options"]["publicKey"];
    assert_eq!(asked["rp"]["id"], "localhost");
    let selection = json!({
        "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
    });
    assert_eq!(asked["authenticatorSelection"], selection);
    let mut device = device();
    let made = device.create(&begun["options"]);
    for name in ["", " ", &"x".repeat(101)] {
        assert_eq!(finish_adding(&server, &cookie, &begun, &made, name).await.status, 422, "{name:?}");
    }
    assert_eq!(finish_adding(&server, &cookie, &begun, &made, " My <phone> ").await.status, 200);
    let again = finish_adding(&server, &cookie, &begun, &made, "twice").await;
    assert!(again.status == 422 && again.text().contains("sent twice"), "{}", again.text());
    let listed = account_page(&server, &cookie).await;
    assert!(listed.text().contains("<strong>My &lt;phone&gt;</strong>"), "{}", listed.text());
    assert!(listed.text().contains("never used"));

    let inside = sign_in(&server, &mut device).await;
    assert_eq!((inside.status.as_u16(), inside.json()["next"].as_str()), (200, Some("/admin/?p=2")));
    assert_eq!(server.home(&session_cookie(&inside)).await.status, 200);
    assert_eq!(sign_in(&server, &mut device).await.status, 200, "and again, with the next count");
    assert!(account_page(&server, &cookie).await.text().contains("last used"));
    let log = server.accounts().list_log().await.expect("listed");
    assert_eq!((log[0].event.as_str(), log[0].subject.as_str()), ("login", "grace"));
    assert!(log[0].detail.ends_with(", passkey"), "{:?}", log[0]);
    assert!(server.events().await.contains(&"passkey_added grace".to_owned()));
    let metrics = server.metrics().await;
    let count =
        |method, outcome| metrics.sum("vitrine_auth_attempts_total", &[("method", method), ("outcome", outcome)]);
    assert_eq!((count("passkey", "success"), count("passkey_add", "success")), (2.0, 1.0));
    assert_eq!(count("passkey_add", "expired"), 1.0);
    assert_eq!(server.rows("passkey_ceremony"), 0, "nothing is left of them");
}

async fn what_is_not_right_signs_nobody_in(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "100")]).await;
    let (_, mut phone) = user_with_passkey(&server, "grace").await;
    let (_, other) = user_with_passkey(&server, "ada").await;
    let begun = begin(&server).await;
    let good = phone.get(&begun["options"]);
    assert_eq!(finish(&server, &begun, &good).await.status, 200);
    let replayed = finish(&server, &begun, &good).await;
    assert_eq!((replayed.status.as_u16(), replayed.json()["error"].as_str()), (403, Some("expired")));
    let begun = begin(&server).await;
    assert_eq!(finish(&server, &begun, &good).await.status, 403, "an answer to another challenge");

    let handle = phone.handle.clone();
    let changes: [(&str, Change); 5] = [
        ("another site's page", |phone, _| phone.origin = "http://evil.test".into()),
        ("another port's page", |phone, _| phone.origin = "http://localhost:8001".into()),
        ("another party", |phone, _| phone.party = "evil.test".into()),
        ("nobody was looked at", |phone, _| phone.verifies = false),
        ("another user's name", |phone, other| phone.handle = other.handle.clone()),
    ];
    for (why, change) in changes {
        change(&mut phone, &other);
        assert_eq!(sign_in(&server, &mut phone).await.status, 403, "{why}");
        (phone.origin, phone.party) = (ORIGIN.to_owned(), "localhost".to_owned());
        phone.verifies = true;
    }
    phone.handle = handle;
    let begun = begin(&server).await;
    let mut forged = phone.get(&begun["options"]);
    forged["response"]["authenticatorData"] = good["response"]["authenticatorData"].clone();
    assert_eq!(finish(&server, &begun, &forged).await.status, 403, "what was not signed");
    let begun = begin(&server).await;
    let mut forged = phone.get(&begun["options"]);
    let id = data_encoding::BASE64URL_NOPAD.encode(&other.credential_id);
    (forged["id"], forged["rawId"]) = (json!(id), json!(id));
    assert_eq!(finish(&server, &begun, &forged).await.status, 403, "as the passkey of another user");
    let begun = begin(&server).await;
    assert_eq!(finish(&server, &begun, &device().get(&begun["options"])).await.status, 403, "one that nobody has");
    let begun = begin(&server).await;
    assert_eq!(finish(&server, &begun, &json!({ "id": 7 })).await.status, 403, "no answer of a device");
    assert!(refusals(&server).await.iter().all(|detail| detail.starts_with("passkey")));
    assert_eq!(sign_in(&server, &mut phone).await.status, 200, "the real one still does");
    let metrics = server.metrics().await;
    let count = |outcome| metrics.sum("vitrine_auth_attempts_total", &[("method", "passkey"), ("outcome", outcome)]);
    assert_eq!((count("success"), count("bad_credentials"), count("expired")), (2.0, 10.0, 1.0));
}

async fn a_copy_of_a_key_is_noticed_by_its_count(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (_, mut phone) = user_with_passkey(&server, "grace").await;
    phone.counter = 41;
    assert_eq!(sign_in(&server, &mut phone).await.status, 200);
    for count in [41, 20] {
        phone.counter = count;
        assert_eq!(sign_in(&server, &mut phone).await.status, 403, "{count}");
    }
    assert_eq!(refusals(&server).await, ["passkey counter", "passkey counter"]);
    phone.counter = 42;
    assert_eq!(sign_in(&server, &mut phone).await.status, 200, "the original goes on");
}

async fn a_ceremony_is_over_after_its_time_and_nobody_else_can_use_it(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (cookie, mut phone) = user_with_passkey(&server, "grace").await;
    server.user("ada", false).await;
    let ada = server.session_of("ada").await;
    let begun = begin_adding(&server, &cookie).await;
    let made = device().create(&begun["options"]);
    assert_eq!(finish_adding(&server, &ada, &begun, &made, "hers").await.status, 422, "begun by another user");
    assert_eq!(finish(&server, &begun, &made).await.status, 403, "begun for something else");
    let (adding, signing) = (begin_adding(&server, &cookie).await, begin(&server).await);
    execute(&server.database_url, "UPDATE passkey_ceremony SET expires_at = 1").expect("written");
    let made = device().create(&adding["options"]);
    assert_eq!(finish_adding(&server, &cookie, &adding, &made, "late").await.status, 422);
    assert_eq!(finish(&server, &signing, &phone.get(&signing["options"])).await.json()["error"], "expired");
    server.accounts().keep_house().await.expect("tidied");
    assert_eq!(server.rows("passkey_ceremony"), 0);
    for nonsense in ["", "x", "' OR 1=1 --", &"A".repeat(43)] {
        let begun = json!({ "ceremony": nonsense, "options": signing["options"] });
        assert_eq!(finish(&server, &begun, &phone.get(&signing["options"])).await.status, 403, "{nonsense}");
    }
    assert_eq!(server.rows("passkey"), 1);
}

async fn somebody_who_may_not_sign_in_does_not_with_a_passkey(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("root", true).await;
    let (_, mut phone) = user_with_passkey(&server, "grace").await;
    let active = |is_active| UserChange { is_active: Some(is_active), ..UserChange::default() };
    server.accounts().change_user("grace", active(false), &By::cli()).await.expect("closed");
    assert_eq!(sign_in(&server, &mut phone).await.status, 403);
    assert_eq!(refusals(&server).await, ["passkey inactive"]);
    let metrics = server.metrics().await;
    let disabled = [("method", "passkey"), ("outcome", "disabled")];
    assert_eq!(metrics.sum("vitrine_auth_attempts_total", &disabled), 1.0);
    server.accounts().change_user("grace", active(true), &By::cli()).await.expect("open");
    assert_eq!(sign_in(&server, &mut phone).await.status, 200);
}

async fn guesses_lock_the_passkey_and_not_the_name(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "2")]).await;
    let (_, mut phone) = user_with_passkey(&server, "grace").await;
    for _ in 0..3 {
        server.log_in("grace", "a wrong password").await;
    }
    assert_eq!(server.log_in("grace", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&server, &mut phone).await.status, 200, "whoever guesses at a password locks out no passkey");
    phone.verifies = false;
    for _ in 0..2 {
        assert_eq!(sign_in(&server, &mut phone).await.status, 403);
    }
    phone.verifies = true;
    let locked = sign_in(&server, &mut phone).await;
    assert_eq!(locked.status, 429);
    assert_ne!(locked.header("retry-after"), "");
    assert!(server.events().await.iter().filter(|event| *event == "locked_out grace").count() == 2);
    execute(&server.database_url, "DELETE FROM login_failure").expect("written");
    assert_eq!(sign_in(&server, &mut phone).await.status, 200);
}

async fn one_address_tries_so_often(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "2")]).await;
    let nothing = json!({ "ceremony": "", "credential": {} });
    for expected in [403, 403, 429] {
        assert_eq!(send(&server, DOOR, "", &nothing).await.status, expected);
    }
    for expected in [200, 200, 429] {
        assert_eq!(
            send(&server, &format!("{DOOR}begin/"), "", &json!({})).await.status,
            expected,
            "a bucket of its own"
        );
    }
    let metrics = server.metrics().await;
    let throttled = [("method", "passkey"), ("outcome", "throttled")];
    assert_eq!(metrics.sum("vitrine_auth_attempts_total", &throttled), 1.0);
}

async fn each_address_is_for_its_user_alone(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (cookie, _) = user_with_passkey(&server, "grace").await;
    server.user("ada", false).await;
    let ada = server.session_of("ada").await;
    let id = number(&server.database_url, "SELECT id FROM passkey");
    let own = format!("/admin/account/passkeys/{id}/");
    let fields = [("name", "taken over"), ("current", PASSWORD)];
    for path in [own.clone(), format!("{own}remove/")] {
        assert_eq!(form(&server, &path, &ada, &fields).await.status, 404, "{path} of another user");
        assert_eq!(form(&server, &path, "", &fields).await.status, 303, "{path} without a session");
        assert_eq!(form(&server, &path, &cookie, &[("name", "x")]).await.status, 403, "{path} without a password");
        let foreign = [HERE, ("sec-fetch-site", "cross-site"), ("cookie", &cookie)];
        assert_eq!(server.send_form(&path, &fields, &foreign).await.status, 403, "{path} from another site");
        assert_eq!(server.send(Method::GET, &path, &[HERE, ("cookie", &cookie)]).await.status, 405, "{path}");
    }
    for path in ["/admin/account/passkeys/", "/admin/account/passkeys/begin/"] {
        assert_eq!(send(&server, path, "", &json!({})).await.status, 401, "{path} without a session");
        assert_eq!(form(&server, path, &cookie, &fields).await.status, 415, "{path} with a form");
        assert_eq!(send(&server, path, &cookie, &json!({ "a": "x".repeat(40_000) })).await.status, 413, "{path}");
        assert_eq!(send(&server, path, &cookie, &json!([])).await.status, 422, "{path}");
    }
    let begin = format!("{DOOR}begin/");
    for path in [DOOR, &begin] {
        let got = server.send(Method::GET, path, &[HERE]).await;
        assert_eq!((got.status.as_u16(), got.header("allow")), (405, "POST"), "{path}");
        let foreign = [HERE, ("origin", "http://evil.test"), ("content-type", "application/json")];
        assert_eq!(server.send_body(Method::POST, path, &foreign, b"{}".to_vec()).await.status, 403, "{path}");
    }
    let json = [SAME_ORIGIN, ("content-type", "application/json")];
    let nowhere = server.send_body(Method::POST, &begin, &json, b"{}".to_vec()).await;
    assert_eq!(nowhere.status, 404, "an IP address is no party");
    assert!(!server.get("/admin/login/").await.text().contains("passkey"), "nothing is offered there");
    let long = "y".repeat(101);
    let refused = form(&server, &own, &cookie, &[("name", &long), ("current", PASSWORD)]).await;
    assert!(refused.status == 422 && refused.text().contains("1 to 100 characters"), "{}", refused.text());
    let renamed = form(&server, &own, &cookie, &[("name", "A <b>phone"), ("current", PASSWORD)]).await;
    assert_eq!(renamed.header("location"), "/admin/account/?said=passkey-renamed#passkeys");
    assert!(account_page(&server, &cookie).await.text().contains("<strong>A &lt;b&gt;phone</strong>"));
    assert_eq!(form(&server, &format!("{own}remove/"), &cookie, &fields).await.status, 303);
    assert_eq!(server.rows("passkey"), 0);
    assert!(server.events().await.contains(&"passkey_removed grace".to_owned()));
}

async fn a_key_is_kept_once_and_a_user_keeps_twenty(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (cookie, mut phone) = user_with_passkey(&server, "grace").await;
    server.user("ada", false).await;
    let ada = server.session_of("ada").await;
    let begun = begin_adding(&server, &cookie).await;
    let there = &begun["options"]["publicKey"]["excludeCredentials"];
    assert_eq!(there[0]["id"], data_encoding::BASE64URL_NOPAD.encode(&phone.credential_id));
    let handle = phone.handle.clone();
    let made = phone.create(&begun["options"]);
    assert_eq!(phone.handle, handle, "all keys of a user name them alike");
    assert_eq!(finish_adding(&server, &cookie, &begun, &made, "again").await.status, 422);
    let begun = begin_adding(&server, &ada).await;
    let stolen = phone.create(&begun["options"]);
    assert_eq!(finish_adding(&server, &ada, &begun, &stolen, "mine").await.status, 422, "it is of another user");
    phone.handle = handle;
    assert_eq!(sign_in(&server, &mut phone).await.status, 200);
    let waiting = begin_adding(&server, &cookie).await;
    for at in 2..=20 {
        add(&server, &cookie, &format!("Key {at}")).await;
    }
    let full = send(&server, "/admin/account/passkeys/begin/", &cookie, &json!({ "current": PASSWORD })).await;
    assert!(full.status == 422 && full.text().contains("There are 20 passkeys already"), "{}", full.text());
    let made = device().create(&waiting["options"]);
    assert_eq!(finish_adding(&server, &cookie, &waiting, &made, "one more").await.status, 422);
    assert_eq!(server.rows("passkey"), 20);
    assert!(account_page(&server, &cookie).await.text().contains("You have as many as there may be."));
}

async fn whoever_helps_takes_passkeys_away(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let id = server.user("root", true).await;
    let root = server.session_of("root").await;
    let (_, mut phone) = user_with_passkey(&server, "grace").await;
    let grace = number(&server.database_url, "SELECT account_id FROM passkey");
    let page = server.get_as(&format!("/admin/users/{grace}/"), &root).await;
    assert!(page.text().contains("One passkey signs in without password and code."), "{}", page.text());
    let own = server.post(&format!("/admin/users/{id}/passkeys/remove/"), &root).await;
    assert_eq!(own.status, 403, "one's own take the password");
    assert_eq!(server.post(&format!("/admin/users/{grace}/passkeys/remove/"), &root).await.status, 303);
    assert_eq!(sign_in(&server, &mut phone).await.status, 403);

    let change = UserChange { email: Some("grace@example.org".into()), ..UserChange::default() };
    server.accounts().change_user("grace", change, &By::cli()).await.expect("changed");
    let cookie = server.session_of("grace").await;
    let mut phone = add(&server, &cookie, "Phone").await;
    for (fields, status) in [(vec![], 200), (vec![("passkeys", "remove")], 403)] {
        let (_, token) = server.accounts().make_reset(grace).await.expect("made").expect("she is there");
        let path = format!("/admin/reset/{token}");
        assert!(server.get(&path).await.text().contains("Remove my passkeys, too (1)."));
        let fields = [vec![("password", PASSWORD)], fields].concat();
        assert_eq!(server.send_form(&path, &fields, &[SAME_ORIGIN]).await.status, 200);
        assert_eq!(sign_in(&server, &mut phone).await.status, status, "{fields:?}");
    }
    let cookie = server.session_of("grace").await;
    add(&server, &cookie, "Phone").await;
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("database.url={}", server.database_url);
    let remove = || run(vitrine(folder.path()).args(["user", "remove-passkeys", "grace", "--set", &database]));
    assert_eq!(remove().1.trim(), "removed 1 passkeys of grace");
    assert_eq!(remove().1.trim(), "removed 0 passkeys of grace");
    assert_eq!(server.rows("passkey"), 0);
}

on_both_databases!(
    a_passkey_is_added_with_the_password_and_signs_in,
    what_is_not_right_signs_nobody_in,
    a_copy_of_a_key_is_noticed_by_its_count,
    a_ceremony_is_over_after_its_time_and_nobody_else_can_use_it,
    somebody_who_may_not_sign_in_does_not_with_a_passkey,
    guesses_lock_the_passkey_and_not_the_name,
    one_address_tries_so_often,
    each_address_is_for_its_user_alone,
    a_key_is_kept_once_and_a_user_keeps_twenty,
    whoever_helps_takes_passkeys_away,
);
