//! How far changes are taken out, in the database: one process at a time goes on with it, under a lease.

use std::time::Duration;

use super::Cdn;
use crate::clock::Micros;
use crate::content::change;
use crate::db::DbError;
use crate::{queries, record};

/// Who was cut off from the CDN, or from the database, for longer takes everything out: changes are kept for a day.
const MAX_BEHIND: Duration = Duration::from_secs(20 * 3600);

record! {
    /// How far it is.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub(super) struct State {
        pub target: String,
        /// Whether all pages have to go.
        pub everything: bool,
        /// The last change that was taken out, and the last one that was taken out once more.
        pub sent: i64,
        pub settled: i64,
        /// When nothing was left to be taken out.
        pub reached_at: i64,
        pub failing_since: Option<i64>,
        pub error: String,
    }
}

record! {
    /// As operators see it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Status {
        pub target: String,
        pub everything: bool,
        pub sent: i64,
        pub reached_at: i64,
        /// Until when a process has it.
        pub lease_until: i64,
        pub failing_since: Option<i64>,
        pub error: String,
        /// Of the oldest change that is not taken out.
        pub oldest_at: Option<i64>,
    }
}

queries! {
    CLAIM = write "cdn.claim"
        "UPDATE cdn SET lease = $1, lease_until = $2 WHERE id = 1 AND (lease = $1 OR lease_until < $3)
         RETURNING target, everything, sent, settled, reached_at, failing_since, error";
    KEEP = write "cdn.keep"
        "UPDATE cdn SET target = $2, everything = $3, sent = $4, settled = $5, reached_at = $6, failing_since = $7, error = $8
         WHERE id = 1 AND lease = $1";
    RELEASE = write "cdn.release" "UPDATE cdn SET lease_until = 0 WHERE id = 1 AND lease = $1";
    STATUS = read "cdn.status"
        "SELECT target, everything, sent, reached_at, lease_until, failing_since, error,
                (SELECT MIN(at) FROM change WHERE id > cdn.sent) AS oldest_at
         FROM cdn WHERE id = 1";
}

impl State {
    /// Whether changes may be gone from the log before they were taken out.
    pub fn is_lost(&self) -> bool {
        let behind = i64::try_from(MAX_BEHIND.as_micros()).unwrap_or(i64::MAX);
        Micros::now().0.saturating_sub(self.reached_at) > behind
    }
}

impl Status {
    /// How long something waits to be taken out.
    pub fn age(&self) -> Duration {
        let since = [self.oldest_at, self.failing_since].into_iter().flatten().min();
        let age_us = since.map_or(0, |since| Micros::now().0.saturating_sub(since));
        Duration::from_micros(u64::try_from(age_us).unwrap_or_default())
    }
}

impl Cdn {
    /// Takes the lease, or keeps it; `None` while another process has it.
    pub(super) async fn claim(&self, lease: i64, time: Duration) -> Result<Option<State>, DbError> {
        let now = Micros::now();
        let until = now.0.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
        self.db.query(&CLAIM).bind(lease).bind(until).bind(now).optional().await
    }

    /// Writes down how far it is; whether this process still has the lease.
    pub(super) async fn keep(&self, lease: i64, state: &State) -> Result<bool, DbError> {
        let call = self.db.query(&KEEP).bind(lease).bind(state.target.clone()).bind(state.everything);
        let call = call.bind(state.sent).bind(state.settled).bind(state.reached_at);
        Ok(call.bind(state.failing_since).bind(state.error.clone()).execute().await? > 0)
    }

    pub(super) async fn release(&self, lease: i64) -> Result<(), DbError> {
        self.db.query(&RELEASE).bind(lease).execute().await.map(drop)
    }

    /// # Errors
    /// When the database is out of reach.
    pub async fn status(&self) -> Result<Status, DbError> {
        self.db.query(&STATUS).one().await
    }

    /// Shows how long something waits; every node does.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn refresh_gauges(&self) -> Result<(), DbError> {
        let age = self.status().await?.age();
        self.telemetry.families.cdn_oldest_age.with_label_values::<&str>(&[]).set(age.as_secs_f64());
        Ok(())
    }

    /// The last change there is.
    pub(super) async fn latest(&self) -> Result<i64, DbError> {
        change::latest(&self.db).await
    }
}
