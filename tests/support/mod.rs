//! What every integration test stands on: servers with their own data and telemetry, both databases, an HTTP client,
//! real processes, and a reader of `/metrics`.

pub mod account;
pub mod attack;
pub mod authenticator;
pub mod browser;
pub mod client;
pub mod contents;
pub mod dom;
pub mod edit;
pub mod metrics;
pub mod picture;
pub mod postgres;
pub mod process;
pub mod program;
pub mod provider;
pub mod receiver;
pub mod screens;
pub mod server;
pub mod sink;
pub mod site;
pub mod stack;
pub mod swift;
pub mod token;
pub mod tree;
pub mod varnish;

use std::time::{Duration, Instant};

pub use client::Answer;
pub use metrics::Metrics;
pub use postgres::{Cluster, Database};
pub use process::{Process, vitrine};
pub use server::Server;

/// How long a test waits for what must happen soon: generous, because test machines are slow.
pub const SOON: Duration = Duration::from_secs(30);
/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(10);

/// Declares each test function, which takes a [`Database`], as two tests: on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(crate::support::Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(database) = crate::support::Database::postgres() {
                    super::$name(database).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// Looks until `condition` holds.
///
/// # Panics
/// When it does not hold within `limit`.
pub async fn eventually(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// As [`eventually`], without a runtime.
pub fn eventually_blocking(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(LOOK);
    }
}

/// Whether the long versions of tests were asked for.
pub fn is_long() -> bool {
    std::env::var_os("VITRINE_TEST_LONG").is_some_and(|value| value == "1")
}

/// How long something may take: what is promised when tests have the machine to themselves, else ten times as long.
pub fn within_ms(promised: u64) -> Duration {
    Duration::from_millis(if is_long() { promised } else { promised * 10 })
}

/// Says that a real peer is missing; a failure where all of them are required.
///
/// # Panics
/// With `VITRINE_TEST_REQUIRE_PEERS=1`.
pub fn missing_peer(name: &str, how: &str) {
    let required = std::env::var_os("VITRINE_TEST_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(!required, "{name} was not found and is required: {how}");
    eprintln!("vitrine tests: {name} was not found: {how}; what needs it was not tested");
}
