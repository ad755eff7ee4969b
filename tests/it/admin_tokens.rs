//! Screens of API tokens: one's own, made with the password and seen once; and those of all, for superusers.

use vitrine::accounts::Scope;

use crate::support::account::PASSWORD;
use crate::support::browser::{Browser, PATIENT};
use crate::support::{Answer, Database, Server, on_both_databases};

const OWN: &str = "/admin/account/tokens/";
const ALL: &str = "/admin/tokens/";

/// The form of a new token, with these fields in the place of the usual ones.
async fn make(browser: &Browser<'_>, other: &[(&str, &str)]) -> Answer {
    let usual = [
        ("name", "Nightly <import>"),
        ("scopes", "media"),
        ("scopes", "publish"),
        ("days", "30"),
        ("current", PASSWORD),
    ];
    let kept = usual.iter().filter(|(name, _)| other.iter().all(|(known, _)| known != name));
    let fields: Vec<_> = kept.chain(other).filter(|(_, value)| *value != "-").copied().collect();
    browser.post(OWN, &fields).await
}

/// The token that a page shows.
fn token_of(page: &Answer) -> String {
    let rest = page.text().split("value=\"vitrine_").nth(1).unwrap_or_else(|| panic!("no token: {}", page.text()));
    format!("vitrine_{}", rest.split('"').next().unwrap_or_default())
}

async fn a_token_is_made_with_the_password_and_seen_once(database: Database) {
    let server = Server::with(database, &[PATIENT, ("accounts.lock_after", "100")]).await;
    let grace = server.browser("grace", &[]).await;
    assert!(grace.text("/admin/account/").await.contains("href=\"/admin/account/tokens/\""));
    let empty = grace.text(OWN).await;
    assert!(empty.contains("You have none yet.") && empty.contains("value=\"90\" selected"), "{empty}");
    for (status, other, said) in [
        (403, ("current", "not mine"), "aria-invalid=\"true\" aria-describedby=\"current-note\""),
        (403, ("current", "-"), "aria-describedby=\"current-note\""),
        (422, ("name", " "), "name has 1 to 100 characters"),
        (422, ("scopes", "-"), "Choose at least one thing"),
        (422, ("days", "4000"), "lasts 1 to 3650 days"),
        (400, ("scopes", "everything"), "not what is sent here"),
        (400, ("days", "soon"), "not what is sent here"),
    ] {
        let refused = make(&grace, &[other]).await;
        assert_eq!(refused.status.as_u16(), status, "{other:?}: {}", refused.text());
        assert!(refused.text().contains(said), "{other:?}: {}", refused.text());
        if status != 400 && other.0 != "name" {
            assert!(refused.text().contains("value=\"Nightly &lt;import&gt;\""), "what was typed stays: {other:?}");
        }
    }
    assert_eq!(server.rows("api_token"), 0);

    let made = make(&grace, &[]).await;
    assert_eq!((made.status.as_u16(), made.header("cache-control")), (200, "private, no-store"), "{}", made.text());
    let token = token_of(&made);
    assert!(made.text().contains("data-copy=\"token\""), "{}", made.text());
    let told = server.call(reqwest::Method::GET, "/api/v1/whoami", &token).await;
    assert_eq!(told.json()["scopes"], serde_json::json!(["publish", "media"]), "{}", told.text());
    let listed = grace.text(OWN).await;
    assert!(listed.contains("<strong>Nightly &lt;import&gt;</strong>") && listed.contains(&token[..12]), "{listed}");
    assert!(!listed.contains(&token) && listed.contains("from 127.0.0.0/24"), "{listed}");

    let id = listed.split("/admin/account/tokens/").find_map(|rest| rest.split_once("/revoke/").map(|(id, _)| id));
    let path = format!("{OWN}{}/revoke/", id.expect("a form to revoke it"));
    let other = server.browser("ada", &[]).await;
    assert_eq!(other.post(&path, &[("a", "b")]).await.status, 404, "it is not hers");
    assert_eq!(grace.get(&path).await.status, 405);
    let foreign = [("sec-fetch-site", "cross-site"), ("cookie", grace.cookie.as_str())];
    assert_eq!(server.send_form(&path, &[("a", "b")], &foreign).await.status, 403);
    let after = grace.follow(&path, &[("a", "b")]).await;
    assert!(
        after.contains("The token is revoked") && after.contains(">Revoked<") && !after.contains("/revoke/"),
        "{after}"
    );
    assert_eq!(server.call(reqwest::Method::GET, "/api/v1/whoami", &token).await.status, 401);
    assert_eq!(grace.post(&path, &[("a", "b")]).await.status, 404);
    assert_eq!(server.get(OWN).await.status, 303, "the door");
}

async fn only_superusers_see_and_end_the_tokens_of_all(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let (grace, root) = (server.browser("grace", &[]).await, server.root_browser().await);
    let (id, token) = server.token("grace", &[Scope::Users]).await;
    let path = format!("{ALL}{id}/revoke/");
    assert_eq!(grace.get(ALL).await.status, 403);
    assert_eq!(grace.post(&path, &[("a", "b")]).await.status, 403);
    assert!(!grace.text("/admin/").await.contains("href=\"/admin/tokens/\""));
    let listed = root.text(ALL).await;
    assert!(listed.contains("a program") && listed.contains(">grace<") && listed.contains(&token[..12]), "{listed}");
    assert!(!listed.contains(&token));
    assert_eq!(root.post(&format!("{ALL}0/revoke/"), &[("a", "b")]).await.status, 404);
    assert_eq!(root.get(&format!("{ALL}?before=x")).await.status, 400);
    assert!(root.follow(&path, &[("a", "b")]).await.contains("The token is revoked"));
    assert_eq!(server.call(reqwest::Method::GET, "/api/v1/whoami", &token).await.status, 401);
    let log = server.accounts().list_log().await.expect("listed");
    let entry = log.iter().find(|entry| entry.event == "token_revoked").expect("it is in the log");
    assert_eq!((entry.actor.as_str(), entry.subject.as_str(), entry.detail.as_str()), ("root", "grace", "a program"));
    for _ in 0..5 {
        server.token("grace", &[Scope::Users]).await;
    }
    assert_eq!(root.text(&format!("{ALL}?before={}", id + 1)).await.matches("a program").count(), 1);
    let denied = [("http_route", "/admin/tokens/{*path}")];
    assert_eq!(server.metrics().await.sum("vitrine_permission_denied_total", &denied), 2.0);
}

on_both_databases!(a_token_is_made_with_the_password_and_seen_once, only_superusers_see_and_end_the_tokens_of_all);
