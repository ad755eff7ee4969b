//! Finding: the database gives a bounded number of candidates, [`rank`] orders them.
//!
//! First entries that have all wanted words; when there are none, misspelt words are corrected; when there still are
//! none, entries that have some of the words.

use super::entry::{Kind, MARK, number_of};
use super::query::{Query, Refusal};
use super::rank::{self, Candidate, Ranked};
use super::vocabulary::{self, Group, Trouble};
use crate::content::tree;
use crate::db::{Db, DbError};
use crate::queries;
use crate::telemetry::label::DbSystem;

/// Entries that are ranked: the newest that have the words anywhere, and the newest that have them in title or lead.
const MAX_CANDIDATES: i64 = 300;
const MAX_IN_HEAD: i64 = 200;
/// With a phrase, so many that have its words are read to find those that have the phrase.
const MAX_PHRASE_CANDIDATES: i64 = 2_000;
/// When some words are enough, the rarest are looked for, in so many entries at most.
const MAX_SOME_WORDS: i64 = 5_000;

queries! {
    /// The newest first, by id. `id + 0`: the words' index is read whole, which costs the same for every word; the
    /// other way, from the newest entry backwards, is slow for words that are not in the newest. LATERAL: PostgreSQL
    /// reads the few entries found, one by one, and does not go through all of them to meet these.
    CANDIDATES = read "search.list_candidates"
        "SELECT e.* FROM (
             (SELECT id FROM search_entry WHERE slot = (SELECT slot FROM search_state)
                 AND array_to_tsvector(array_remove(string_to_array(
                     title || ' ' || lead || ' ' || text || ' ' || marks, ' '), '')) @@ CAST($1 AS tsquery)
                 AND kind = $3 AND ($4 = 0 OR top = $4) AND ($5 = '' OR locale = $5 OR locale = '') AND NOT hidden
              ORDER BY id + 0 DESC LIMIT $6)
             UNION
             (SELECT id FROM search_entry WHERE slot = (SELECT slot FROM search_state)
                 AND array_to_tsvector(array_remove(string_to_array(
                     title || ' ' || lead || ' ' || text || ' ' || marks, ' '), '')) @@ CAST($2 AS tsquery)
                 AND kind = $3 AND ($4 = 0 OR top = $4) AND ($5 = '' OR locale = $5 OR locale = '') AND NOT hidden
              ORDER BY id + 0 DESC LIMIT $7)) found
         CROSS JOIN LATERAL (SELECT id, object_id, published_at, title, lead, text FROM search_entry
             WHERE slot = (SELECT slot FROM search_state) AND id = found.id LIMIT 1) e
         WHERE NOT EXISTS (SELECT 1 FROM UNNEST(CAST($8 AS TEXT[])) AS p (phrase)
             WHERE STRPOS(' ' || title || ' | ' || lead || ' | ' || text || ' ', ' ' || p.phrase || ' ') = 0)
         ORDER BY id DESC LIMIT $9"
        sqlite
        "SELECT id, object_id, published_at, title, lead, text FROM search_entry
         WHERE id IN (
             SELECT * FROM (SELECT e.id FROM search_match
                 CROSS JOIN search_entry e INDEXED BY search_entry_scope ON e.id = search_match.rowid
                 WHERE search_match MATCH $1
                     AND search_match.rowid BETWEEN (SELECT first_id FROM search_state) AND (SELECT last_id FROM search_state)
                     AND e.kind = $3 AND ($4 = 0 OR e.top = $4) AND ($5 = '' OR e.locale = $5 OR e.locale = '')
                     AND NOT e.hidden
                 ORDER BY search_match.rowid DESC LIMIT $6)
             UNION
             SELECT * FROM (SELECT e.id FROM search_match
                 CROSS JOIN search_entry e INDEXED BY search_entry_scope ON e.id = search_match.rowid
                 WHERE search_match MATCH $2
                     AND search_match.rowid BETWEEN (SELECT first_id FROM search_state) AND (SELECT last_id FROM search_state)
                     AND e.kind = $3 AND ($4 = 0 OR e.top = $4) AND ($5 = '' OR e.locale = $5 OR e.locale = '')
                     AND NOT e.hidden
                 ORDER BY search_match.rowid DESC LIMIT $7))
             AND NOT EXISTS (SELECT 1 FROM json_each($8) p
                 WHERE INSTR(' ' || title || ' | ' || lead || ' | ' || text || ' ', ' ' || p.value || ' ') = 0)
         ORDER BY id DESC LIMIT $9";
    BELOW = read "search.list_below"
        ("SELECT id FROM page WHERE id " [any "$1"] " AND path >= $2 AND path < $3 LIMIT $4");
}

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    pub kind: Kind,
    /// The page, and its path, that all is below, or is; 0: anywhere.
    pub root_id: i64,
    pub root_path: &'s str,
    /// Empty: in any language.
    pub locale: &'s str,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing was asked.
    Nothing,
    /// All words.
    All,
    /// Some of the words, because nothing has all.
    Some,
    /// What the words were meant to be.
    Corrected,
    None,
}

/// What was found, best first.
#[derive(Clone, Debug)]
pub struct Results {
    pub found: Found,
    pub ranked: Vec<Ranked>,
    /// Whether there are more than were ranked.
    pub more: bool,
    /// The words that were searched for, as they are written; not the typed ones when some were corrected.
    pub shown: String,
    /// Every folded word that a result may have been found by.
    pub words: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("the query is too long")]
    Refused(Refusal),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Searches for what somebody typed, among what is for everybody.
///
/// # Errors
/// For a query beyond the limits, and when the database fails.
pub async fn find(db: &Db, text: &str, scope: Scope<'_>) -> Result<Results, SearchError> {
    let query = Query::parse(text).map_err(SearchError::Refused)?;
    if query.is_empty() {
        return Ok(Results::none(Found::Nothing));
    }
    let typed = vocabulary::groups(db, &query).await?;
    let mut groups = typed.clone();
    let mut kind = Found::All;
    if typed.iter().any(|group| group.alternatives.is_empty())
        && let Some(corrected) = vocabulary::corrected(db, &query, &typed, Trouble::UnknownWord).await?
    {
        (groups, kind) = (corrected, Found::Corrected);
    }
    let search = Search { db, query: &query, scope };
    let mut found = search.with_all(&groups).await?;
    // What the index knows may be for others, or in another language.
    if found.is_empty()
        && kind == Found::All
        && let Some(corrected) = vocabulary::corrected(db, &query, &typed, Trouble::NothingFound).await?
    {
        found = search.with_all(&corrected).await?;
        if !found.is_empty() {
            (groups, kind) = (corrected, Found::Corrected);
        }
    }
    if found.is_empty() && query.phrases.is_empty() {
        found = search.with_some(&groups).await?;
        kind = if kind == Found::Corrected { kind } else { Found::Some };
    }
    search.keep_below(&mut found).await?;
    if found.is_empty() {
        return Ok(Results::none(Found::None));
    }
    Ok(Results {
        found: kind,
        ranked: rank::rank(&groups, &found),
        more: found.len() as i64 >= MAX_CANDIDATES,
        shown: groups.iter().map(|group| group.shown.as_str()).collect::<Vec<_>>().join(" "),
        words: groups.into_iter().flat_map(|group| group.alternatives).map(|alternative| alternative.word).collect(),
    })
}

/// Which of the words an entry must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    All,
    /// One of them; those with all come along, however many newer ones have some.
    Any,
}

/// As [`find`], for programs: by the very words, of which none is corrected. Two statements, and a third below a root
/// that is deeper in the tree.
///
/// # Errors
/// For a query beyond the limits, and when the database fails.
pub async fn find_exactly(
    db: &Db,
    text: &str,
    scope: Scope<'_>,
    words: Words,
) -> Result<(Found, Vec<Ranked>), SearchError> {
    let query = Query::parse(text).map_err(SearchError::Refused)?;
    if query.is_empty() {
        return Ok((Found::Nothing, Vec::new()));
    }
    let groups = vocabulary::groups(db, &query).await?;
    let search = Search { db, query: &query, scope };
    let mut found = match words {
        Words::Any if groups.len() > 1 => search.with_some(&groups).await?,
        _ => search.with_all(&groups).await?,
    };
    search.keep_below(&mut found).await?;
    let outcome = if found.is_empty() { Found::None } else { Found::All };
    Ok((outcome, rank::rank(&groups, &found)))
}

impl Results {
    fn none(found: Found) -> Self {
        Self { found, ranked: Vec::new(), more: false, shown: String::new(), words: Vec::new() }
    }
}

struct Search<'s> {
    db: &'s Db,
    query: &'s Query,
    scope: Scope<'s>,
}

impl Search<'_> {
    async fn with_all(&self, groups: &[Group]) -> Result<Vec<Candidate>, DbError> {
        if groups.iter().any(|group| group.alternatives.is_empty()) {
            return Ok(Vec::new());
        }
        let groups: Vec<&Group> = groups.iter().collect();
        let all = |mark: &str| self.expression(&groups, Joined::All, mark);
        self.candidates(all(""), all(MARK.encode_utf8(&mut [0; 4]))).await
    }

    /// Entries that have one of the rarest words at least, and those that have all; one word that nothing has is no reason to show others.
    async fn with_some(&self, groups: &[Group]) -> Result<Vec<Candidate>, DbError> {
        if groups.len() < 2 {
            return Ok(Vec::new());
        }
        let mut rarest: Vec<&Group> = groups.iter().filter(|group| !group.alternatives.is_empty()).collect();
        rarest.sort_by_key(|group| group.occurrences);
        let mut entries = 0;
        let mut kept = 0;
        for group in &rarest {
            entries += group.occurrences;
            if kept > 0 && entries > MAX_SOME_WORDS {
                break;
            }
            kept += 1;
        }
        rarest.truncate(kept);
        if rarest.is_empty() {
            return Ok(Vec::new());
        }
        let has_all = groups.iter().all(|group| !group.alternatives.is_empty());
        let some = self.expression(&rarest, Joined::Any, "");
        let most = match has_all {
            true => self.expression(&groups.iter().collect::<Vec<_>>(), Joined::All, ""),
            false => self.expression(&rarest, Joined::Any, MARK.encode_utf8(&mut [0; 4])),
        };
        self.candidates(some, most).await
    }

    fn expression(&self, groups: &[&Group], joined: Joined, mark: &str) -> String {
        expression(self.db.system(), groups, joined, &self.query.unwanted, mark)
    }

    /// The newest of two expressions each.
    async fn candidates(&self, one: String, other: String) -> Result<Vec<Candidate>, DbError> {
        let phrases = self.query.phrases.clone();
        let limit = if phrases.is_empty() { MAX_CANDIDATES } else { MAX_PHRASE_CANDIDATES };
        let call = self.db.query(&CANDIDATES).bind(one).bind(other);
        let top = if self.is_rooted_deeper() { 0 } else { self.scope.root_id };
        let call = call.bind(number_of(self.scope.kind)).bind(top).bind(self.scope.locale);
        call.bind(limit).bind(MAX_IN_HEAD).bind(phrases).bind(MAX_CANDIDATES + MAX_IN_HEAD).list().await
    }

    /// The index knows the first level below the root of the tree.
    fn is_rooted_deeper(&self) -> bool {
        self.scope.root_path.len() > 2 * tree::STEP
    }

    async fn keep_below(&self, found: &mut Vec<Candidate>) -> Result<(), DbError> {
        if !self.is_rooted_deeper() || found.is_empty() {
            return Ok(());
        }
        let root = self.scope.root_path;
        let ids: Vec<i64> = found.iter().map(|candidate| candidate.object_id).collect();
        let count = ids.len() as i64;
        let call = self.db.query(&BELOW).bind(ids).bind(root).bind(tree::after_subtree(root)).bind(count);
        let below: Vec<i64> = call.list().await?;
        found.retain(|candidate| below.contains(&candidate.object_id));
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joined {
    All,
    Any,
}

/// The groups in the database's language of expressions. Words are letters and digits, so quotes cannot be escaped.
fn expression(system: DbSystem, groups: &[&Group], joined: Joined, unwanted: &[String], mark: &str) -> String {
    let (quote, or, and, not) = match system {
        DbSystem::Sqlite => ('"', " OR ", " AND ", " NOT "),
        DbSystem::Postgres => ('\'', " | ", " & ", " & ! "),
    };
    let any_of = |group: &&Group| {
        let words = group.alternatives.iter().map(|alternative| format!("{quote}{mark}{}{quote}", alternative.word));
        format!("({})", words.collect::<Vec<_>>().join(or))
    };
    let by = if joined == Joined::All { and } else { or };
    let wanted = groups.iter().map(any_of).collect::<Vec<_>>().join(by);
    let without: String = unwanted.iter().map(|word| format!("{not}{quote}{word}{quote}")).collect();
    format!("({wanted}){without}")
}
