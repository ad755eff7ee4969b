//! Connections for reads, between two borrowers: counted as idle, given back, and never trusted after one of them broke.

use crate::support::postgres::execute;
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const PAGE: &str = "/blog/glass-that-isnt-there/";

async fn count(server: &Server, state: &str) -> f64 {
    let labels = [("db_client_connection_pool_name", "read"), ("db_client_connection_state", state)];
    server.metrics().await.sum("db_client_connection_count", &labels)
}

async fn connections_are_idle_as_soon_as_they_are_read_with(database: Database) {
    let server = Server::with(database, &[("cache.enabled", "false"), ("database.read_connections", "3")]).await;
    let answers = futures_util::future::join_all((0..24).map(|_| server.get(PAGE))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "24 pages on 3 connections");
    eventually("no connection is in use", SOON, async || count(&server, "used").await == 0.0).await;
    let idle = count(&server, "idle").await;
    assert!((1.0..=3.0).contains(&idle), "{idle} of 3 connections are idle");
}

/// Every connection of the pool breaks at once, when none of them is in use: each of these reads is asked again.
async fn a_page_is_made_after_the_server_ended_all_connections(database: Database) {
    let Database::Postgres(_) = database else { return };
    let server = Server::with(database, &[("cache.enabled", "false"), ("database.read_connections", "4")]).await;
    for round in 0..5 {
        let answers = futures_util::future::join_all((0..8).map(|_| server.get(PAGE))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "round {round}");
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'vitrine' AND pid <> pg_backend_pid()";
        execute(&server.database_url, end).expect("ended");
        assert_eq!(server.get(PAGE).await.status, 200, "round {round}, right after all connections broke");
    }
}

on_both_databases!(
    connections_are_idle_as_soon_as_they_are_read_with,
    a_page_is_made_after_the_server_ended_all_connections
);
