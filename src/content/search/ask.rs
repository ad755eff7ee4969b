//! Searches that are counted: how they end, how long they take, and what was searched for in vain.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::find::{self, Found, Results, Scope, SearchError, Words};
use super::query::Query;
use super::rank::Ranked;
use crate::clock::Micros;
use crate::content::Content;
use crate::db::DbError;
use crate::telemetry::Timer;
use crate::telemetry::label::SearchOutcome;
use crate::{queries, record};

/// Different vain queries remembered between two writes.
const MAX_REMEMBERED: usize = 500;
/// Vain queries kept.
pub const MAX_MISSES: i64 = 1_000;

record! {
    /// What was searched for in vain, folded.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
    pub struct Miss { pub query: String, pub misses: i64, pub last_at: i64 }
}

queries! {
    NOTE = write "search.note_misses"
        "INSERT INTO search_miss (query, misses, last_at)
         SELECT r.query, r.misses, $2
         FROM json_to_recordset(CAST($1 AS json)) AS r (query TEXT, misses BIGINT) ORDER BY r.query COLLATE \"C\"
         ON CONFLICT (query) DO UPDATE SET misses = search_miss.misses + excluded.misses, last_at = excluded.last_at"
        sqlite
        "INSERT INTO search_miss (query, misses, last_at)
         SELECT value ->> '$.query', value ->> '$.misses', $2 FROM json_each($1) WHERE TRUE
         ON CONFLICT (query) DO UPDATE SET misses = search_miss.misses + excluded.misses, last_at = excluded.last_at";
    /// The rarest go first, and among them the oldest.
    PRUNE = write "search.prune_misses"
        "DELETE FROM search_miss WHERE query IN (
             SELECT query FROM search_miss ORDER BY misses DESC, last_at DESC, query LIMIT 1000000 OFFSET $1)";
    LIST = read "search.list_misses"
        "SELECT query, misses, last_at FROM search_miss ORDER BY misses DESC, last_at DESC, query LIMIT $1";
}

/// What was searched for in vain since it was last written down.
#[derive(Default)]
pub struct Misses(Mutex<HashMap<String, i64>>);

impl Misses {
    fn note(&self, query: String) {
        let mut misses = self.0.lock();
        if misses.len() < MAX_REMEMBERED || misses.contains_key(&query) {
            *misses.entry(query).or_default() += 1;
        }
    }
}

impl Content {
    /// Searches for what a visitor typed, among what is for everybody, and counts it.
    ///
    /// # Errors
    /// For a query beyond the limits, and when the database fails.
    pub async fn search(&self, text: &str, scope: Scope<'_>) -> Result<Results, SearchError> {
        let timer = Timer::start();
        let result = find::find(&self.db, text, scope).await;
        self.count_result(text, result.as_ref().map(|results| results.found), &timer);
        result
    }

    /// As [`Content::search`], for programs: by the very words, the best first.
    ///
    /// # Errors
    /// As [`Content::search`].
    pub async fn search_exactly(&self, text: &str, scope: Scope<'_>, words: Words) -> Result<Vec<Ranked>, SearchError> {
        let timer = Timer::start();
        let result = find::find_exactly(&self.db, text, scope, words).await;
        self.count_result(text, result.as_ref().map(|(found, _)| *found), &timer);
        result.map(|(_, ranked)| ranked)
    }

    fn count_result(&self, text: &str, result: Result<Found, &SearchError>, timer: &Timer) {
        let outcome = match result {
            Ok(found) => match found {
                Found::Nothing => return,
                Found::All | Found::Some => SearchOutcome::Found,
                Found::Corrected => SearchOutcome::Corrected,
                Found::None => SearchOutcome::Empty,
            },
            Err(SearchError::Refused(_)) => SearchOutcome::Rejected,
            Err(SearchError::Db(_)) => SearchOutcome::Error,
        };
        if outcome == SearchOutcome::Empty
            && let Ok(query) = Query::parse(text)
        {
            self.misses.note(query.folded());
        }
        self.count_search(outcome, timer);
    }

    fn count_search(&self, outcome: SearchOutcome, timer: &Timer) {
        let families = &self.telemetry.families;
        families.search_queries.with_label_values(&[outcome.as_str()]).inc();
        families.search_duration.with_label_values(&[outcome.as_str()]).observe(timer.elapsed_s());
    }

    /// Counts a search that was turned away because too many were under way.
    pub fn count_rejected_search(&self) {
        self.count_search(SearchOutcome::Rejected, &Timer::start());
    }

    /// Writes down what was searched for in vain; of the rarest, the oldest are forgotten.
    ///
    /// # Errors
    /// When the database is out of reach; what was not written is forgotten.
    pub async fn flush_search_misses(&self) -> Result<(), DbError> {
        let noted = std::mem::take(&mut *self.misses.0.lock());
        if noted.is_empty() {
            return Ok(());
        }
        let rows: serde_json::Value =
            noted.iter().map(|(query, misses)| serde_json::json!({ "query": query, "misses": misses })).collect();
        self.db.query(&NOTE).bind(rows.to_string()).bind(Micros::now()).execute().await?;
        self.db.query(&PRUNE).bind(MAX_MISSES).execute().await.map(|_| ())
    }

    /// The most frequent vain queries, at most `limit` of [`MAX_MISSES`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn search_misses(&self, limit: i64) -> Result<Vec<Miss>, DbError> {
        self.db.query(&LIST).bind(limit.clamp(0, MAX_MISSES)).list().await
    }
}
