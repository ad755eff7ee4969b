//! How long the security log is kept, and that nothing younger goes.

use vitrine::accounts::{Broken, By};
use vitrine::config::{Config, Sources};

use crate::support::postgres::{execute, number};
use crate::support::process::run;
use crate::support::{Database, SOON, Server, eventually, on_both_databases, vitrine};

/// Entries that were made so many days ago.
fn add_old(server: &Server, days: i64, count: i64) {
    let now = number(&server.database_url, "SELECT MAX(at) FROM security_event");
    let at = now - days * 86_400_000_000;
    let text = format!(
        "INSERT INTO security_event (id, at, actor, event, subject, detail, network, trace_id)
         SELECT -{days} * 1000 - id, {at}, 'cli', 'login', 'old', '{days}', '', '' FROM page LIMIT {count}"
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

/// What somebody who may do everything in the database does first.
fn disarm(server: &Server) {
    let text = match server.database_url.starts_with("sqlite") {
        true => "DROP TRIGGER security_event_no_update; DROP TRIGGER security_event_no_delete",
        false => "ALTER TABLE security_event DISABLE TRIGGER security_event_append_only",
    };
    for text in text.split("; ") {
        execute(&server.database_url, text).expect("done");
    }
}

async fn broken(server: &Server) -> Option<Broken> {
    server.accounts().verify_log().await.expect("walked").broken
}

async fn the_log_is_a_chain_that_tells_what_was_done_to_it(database: Database) {
    let server = Server::with(database, &[("accounts.log_days", "60"), ("server.role", "web")]).await;
    for number in 0..6 {
        server.accounts().create_group(&format!("Group {number}"), &By::cli()).await.expect("created");
    }
    // As one of a server of before the chain.
    add_old(&server, 400, 1);
    let whole = server.accounts().verify_log().await.expect("walked");
    assert_eq!((whole.unchained, &whole.broken), (1, &None));
    assert!(whole.chained >= 6 && whole.head.len() == 64, "{whole:?}");
    let url = &server.database_url;
    let flag = format!("database.url={url}");
    let verify = || run(vitrine(server.folder.path()).args(["audit", "verify", "--set", &flag]));
    let (code, said, errors) = verify();
    assert!(
        code == Some(0) && said.contains("the security log is whole") && said.contains(&whole.head),
        "{said}{errors}"
    );
    disarm(&server);
    let id = |group: &str| number(url, &format!("SELECT id FROM security_event WHERE subject = '{group}'"));
    let (second, third, last) = (id("Group 2"), id("Group 3"), id("Group 5"));
    let done = |text: &str| execute(url, text).expect("done");
    done(&format!("UPDATE security_event SET actor = 'eve' WHERE id = {second}"));
    assert_eq!(broken(&server).await, Some(Broken::Changed(second)));
    let (code, said, errors) = verify();
    assert!(code == Some(1) && said.is_empty() && errors.contains(&format!("entry {second} was changed")), "{errors}");
    done(&format!("UPDATE security_event SET actor = 'cli' WHERE id = {second}"));
    assert_eq!(broken(&server).await, None);
    done("CREATE TABLE kept AS SELECT * FROM security_event");
    done(&format!("DELETE FROM security_event WHERE id = {second}"));
    assert_eq!(broken(&server).await, Some(Broken::Gap(third)));
    done(&format!("INSERT INTO security_event SELECT * FROM kept WHERE id = {second}"));
    done(&format!("DELETE FROM security_event WHERE id = {last}"));
    assert!(matches!(broken(&server).await, Some(Broken::Tail(_))));
    done(&format!("INSERT INTO security_event SELECT * FROM kept WHERE id = {last}"));
    assert_eq!(broken(&server).await, None);
    done(&format!(
        "INSERT INTO security_event (id, at, actor, event, subject, detail, network, trace_id)
         SELECT {last} + 1, at, 'cli', 'granted', 'eve', '', '', '' FROM kept WHERE id = {last}"
    ));
    assert_eq!(broken(&server).await, Some(Broken::Foreign(last + 1)));
    done(&format!("DELETE FROM security_event WHERE id = {last} + 1"));
    assert_eq!(broken(&server).await, None);
    done("DELETE FROM security_event");
    assert_eq!(broken(&server).await, Some(Broken::Tail(0)));
}

async fn what_grows_old_leaves_a_chain(database: Database) {
    let server = Server::with(database, &[("accounts.log_days", "60"), ("server.role", "web")]).await;
    for number in 0..4 {
        server.accounts().create_group(&format!("Group {number}"), &By::cli()).await.expect("created");
    }
    let url = &server.database_url;
    disarm(&server);
    // As if it had been so long: the chain is not asked, for the first entries go.
    let third = number(url, "SELECT id FROM security_event WHERE subject = 'Group 2'");
    execute(url, &format!("UPDATE security_event SET at = 5 WHERE id < {third}")).expect("done");
    assert!(matches!(broken(&server).await, Some(Broken::Changed(_))));
    assert!(server.accounts().prune_log().await.expect("pruned") >= 2);
    let found = server.accounts().verify_log().await.expect("walked");
    assert_eq!((found.chained, found.broken), (2, None), "it begins behind what went");
    execute(url, &format!("DELETE FROM security_event WHERE id = {third}")).expect("done");
    assert!(matches!(broken(&server).await, Some(Broken::Gap(_))), "by hand, nothing goes unseen");
}

async fn many_who_write_at_once_make_one_chain(database: Database) {
    let server = Server::with(database, &[("server.role", "web")]).await;
    let other = server.beside(&[("server.role", "web")]).await;
    let before = server.accounts().verify_log().await.expect("walked").chained;
    let many = (0..40).map(|number| {
        let accounts = if number % 2 == 0 { server.accounts() } else { other.accounts() };
        async move { accounts.create_group(&format!("Group {number}"), &By::cli()).await.expect("created") }
    });
    futures_util::future::join_all(many).await;
    let found = other.accounts().verify_log().await.expect("walked");
    assert_eq!((found.chained, found.broken), (before + 40, None));
}

on_both_databases!(
    old_entries_go_and_young_ones_cannot,
    the_task_comes_by_itself_and_for_ever_means_that,
    the_log_is_a_chain_that_tells_what_was_done_to_it,
    what_grows_old_leaves_a_chain,
    many_who_write_at_once_make_one_chain,
);
