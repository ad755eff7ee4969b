//! What was asked of browsers about passkeys and waits for an answer: so many, and nobody pushes out what others wait
//! for.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::passkeys::{DOOR, begin, begin_adding, device, finish_adding, send};
use crate::support::browser::PATIENT;
use crate::support::postgres::execute;
use crate::support::{Database, Server, on_both_databases};

/// Challenges for all visitors of a node in a minute.
const AT_ONCE: usize = 600;

async fn visitors_push_out_no_key_that_is_being_added(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    server.user("grace", true).await;
    let cookie = server.session_of("grace").await;
    let begun = begin_adding(&server, &cookie).await;
    let flood = "INSERT INTO passkey_ceremony (digest, account_id, state, expires_at)
                 WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10500)
                 SELECT 'flood ' || n, CAST(NULL AS BIGINT), '{}',
                        (SELECT MAX(expires_at) FROM passkey_ceremony) + n
                 FROM numbers";
    execute(&server.database_url, flood).expect("written");
    begin(&server).await;
    let waiting = server.rows("passkey_ceremony WHERE account_id IS NULL");
    assert!((9_000..=10_001).contains(&waiting), "{waiting}");
    let made = device().create(&begun["options"]);
    let added = finish_adding(&server, &cookie, &begun, &made, "Phone").await;
    assert_eq!(added.status, 200, "{}", added.text());
    for _ in 0..12 {
        begin_adding(&server, &cookie).await;
    }
    assert_eq!(server.rows("passkey_ceremony WHERE account_id IS NOT NULL"), 10, "of one user as many wait");
}

async fn all_visitors_together_ask_so_often(database: Database) {
    let server = Server::with(database, &[PATIENT]).await;
    let mut given = 0;
    let refused = loop {
        let asked = (0..50).map(|_| async { send(&server, &format!("{DOOR}begin/"), "", &json!({})).await });
        let (good, mut bad): (Vec<_>, Vec<_>) =
            join_all(asked).await.into_iter().partition(|answer| answer.status == StatusCode::OK);
        given += good.len();
        if let Some(refused) = bad.pop() {
            break refused;
        }
        assert!(given < AT_ONCE * 20, "nobody is refused");
    };
    assert!(given >= AT_ONCE, "{given}");
    assert_eq!((refused.status.as_u16(), refused.json()["error"].as_str()), (429, Some("too_many")));
    assert_ne!(refused.header("retry-after"), "");
    let throttled = [("method", "passkey"), ("outcome", "throttled")];
    assert!(server.metrics().await.sum("vitrine_auth_attempts_total", &throttled) >= 1.0);
}

on_both_databases!(visitors_push_out_no_key_that_is_being_added, all_visitors_together_ask_so_often);
