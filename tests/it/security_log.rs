//! How long the security log is kept, and that nothing younger goes.

use vitrine::accounts::By;
use vitrine::config::{Config, Sources};

use crate::support::postgres::{execute, number};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

/// Entries that were made so many days ago.
fn add_old(server: &Server, days: i64, count: i64) {
    let now = number(&server.database_url, "SELECT MAX(at) FROM security_event");
    let at = now - days * 86_400_000_000;
    let text = format!(
        "INSERT INTO security_event (at, actor, event, subject, detail, network, trace_id)
         SELECT {at}, 'cli', 'login', 'old', '{days}', '', '' FROM page LIMIT {count}"
    );
    execute(&server.database_url, &text).expect("written");
}

async fn old_entries_go_and_young_ones_cannot(database: Database) {
    let server = Server::with(database, &[("accounts.log_days", "60"), ("server.role", "web")]).await;
    server.user("grace", true).await;
    for days in [10, 29, 59, 61, 400] {
        add_old(&server, days, 3);
    }
    for wanted in ["10", "29"] {
        let text = format!("DELETE FROM security_event WHERE detail = '{wanted}'");
        let error = execute(&server.database_url, &text).expect_err("no hand deletes it").to_string();
        assert!(error.contains("append-only"), "{error}");
    }
    let changed = execute(&server.database_url, "UPDATE security_event SET actor = 'eve' WHERE detail = '400'");
    assert!(changed.expect_err("however old").to_string().contains("append-only"));
    assert_eq!(server.accounts().prune_log().await.expect("pruned"), 6);
    assert_eq!(server.rows("security_event WHERE subject = 'old'"), 9);
    assert_eq!(server.accounts().prune_log().await.expect("pruned"), 0);
}

async fn the_task_comes_by_itself_and_for_ever_means_that(database: Database) {
    let server = Server::with(database, &[("accounts.log_days", "0")]).await;
    server.accounts().create_group("A", &By::cli()).await.expect("created");
    add_old(&server, 3_000, 2);
    assert_eq!(server.accounts().prune_log().await.expect("nothing to do"), 0);
    let ran = "periodic_task WHERE task = 'security.prune' AND succeeded_at IS NOT NULL";
    eventually("the task has run", SOON, async || server.rows(ran) == 1).await;
    assert_eq!(server.rows("security_event WHERE subject = 'old'"), 2);
}

#[test]
fn less_than_a_month_is_refused() {
    let load = |days: &str| {
        let flags = vec![("accounts.log_days".to_owned(), days.to_owned())];
        Config::load(Sources { flags, ..Sources::default() }).map(|loaded| loaded.config.accounts.log_days)
    };
    assert_eq!(load("30").expect("a month"), 30);
    assert_eq!(load("0").expect("for ever"), 0);
    for wrong in ["1", "29", "36501"] {
        assert!(load(wrong).is_err(), "{wrong}");
    }
}

on_both_databases!(old_entries_go_and_young_ones_cannot, the_task_comes_by_itself_and_for_ever_means_that);
