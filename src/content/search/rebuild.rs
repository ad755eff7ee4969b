//! Making the index anew while it answers: the other slot is filled in small steps, then takes over in one transaction.
//!
//! What is published meanwhile is written to both slots, so there is nothing to catch up with. Each step holds the
//! state's row, which writers share: what a step read cannot change before it is written. A rebuild that was killed is
//! continued by the next one.

use super::entry::{self, Entry, Kind};
use super::index;
use super::store::{self, Batch};
use super::words::VERSION;
use crate::clock::Micros;
use crate::content::Content;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::telemetry::label::RebuildOutcome;
use crate::{queries, record};

/// Rows deleted in one transaction.
const DELETE_BATCH: i64 = 5_000;
const DELETE_ENTRIES: i64 = 500;
/// A rebuild that says nothing for this long is dead; a step takes far less.
const DEAD_AFTER_S: i64 = 60;

/// The steps of a rebuild, as they are stored.
const PAGES: i64 = 1;
const OTHERS: i64 = 2;

record! {
    struct Progress { slot: i64, build_slot: Option<i64>, build_step: i64, build_after: i64 }
}
record! {
    struct Copied {
        id: i64, kind: i64, object_id: i64, type_name: String, locale: String, top: i64, hidden: bool,
        published_at: i64, title: String, lead: String, text: String,
    }
}

queries! {
    CLAIM = write "search.claim_rebuild"
        "UPDATE search_state SET build_owner = $1, build_beat_at = $2,
                build_slot = CASE WHEN build_version = $3 THEN build_slot END
         WHERE id = 1 AND (build_owner IS NULL OR build_beat_at < $4)";
    /// Also takes the state's row, so that no writer is between reading and writing.
    BEAT = write "search.beat"
        "UPDATE search_state SET build_beat_at = $2 WHERE id = 1 AND build_owner = $1
         RETURNING slot, build_slot, build_step, build_after";
    BEGIN = write "search.begin_rebuild"
        "UPDATE search_state SET build_slot = 1 - slot, build_version = $2, build_step = 1, build_after = 0
         WHERE id = 1 AND build_owner = $1";
    ADVANCE = write "search.advance_rebuild"
        "UPDATE search_state SET build_step = $2, build_after = $3 WHERE id = 1 AND build_owner = $1";
    SWAP = write "search.swap"
        "UPDATE search_state SET slot = build_slot, first_id = $2, last_id = $3, version = build_version, built_at = $4,
                build_slot = NULL, build_version = NULL, build_step = 0, build_after = 0
         WHERE id = 1 AND build_owner = $1 AND build_slot = $5";
    RELEASE = write "search.release_rebuild"
        "UPDATE search_state SET build_owner = NULL, build_beat_at = NULL WHERE id = 1 AND build_owner = $1";
    DROP_ENTRIES = write "search.drop_entries"
        "DELETE FROM search_entry WHERE slot = $1
         AND id IN (SELECT id FROM search_entry WHERE slot = $1 ORDER BY id LIMIT $2)";
    DROP_WORDS = write "search.drop_words"
        "DELETE FROM search_word WHERE slot = $1
         AND word IN (SELECT word FROM search_word WHERE slot = $1 ORDER BY word LIMIT $2)";
    DROP_TRIGRAMS = write "search.drop_trigrams"
        "DELETE FROM search_trigram WHERE slot = $1
         AND word IN (SELECT word FROM search_trigram WHERE slot = $1 ORDER BY trigram, word LIMIT $2)";
    PAGE_IDS = write "search.list_live_pages"
        "SELECT id FROM page WHERE id > $1 AND live AND ($2 = '' OR type = $2) ORDER BY id LIMIT $3";
    COUNT_PAGES = read "search.count_live_pages" "SELECT COUNT(*) FROM page WHERE live AND ($1 = '' OR type = $1)";
    OTHER_ENTRIES = write "search.list_other_entries"
        "SELECT id, kind, object_id, type AS type_name, locale, top, hidden, published_at, title, lead, text
         FROM search_entry WHERE slot = $1 AND id > $2 AND kind > 0 ORDER BY id LIMIT $3";
    /// Folded words do not tell how they were written.
    COPY_SPELLING = write "search.copy_spelling"
        "UPDATE search_word SET shown = known.shown FROM search_word known
         WHERE search_word.slot = $2 AND search_word.shown = '' AND known.slot = $1 AND known.word = search_word.word
               AND known.shown <> ''";
    COUNT_ENTRIES = read "search.count_entries"
        "SELECT kind, COUNT(*) AS entries FROM search_entry WHERE slot = (SELECT slot FROM search_state)
         GROUP BY kind ORDER BY kind LIMIT 10";
    STATE = read "search.find_state"
        "SELECT version, built_at, build_owner IS NOT NULL AND build_beat_at >= $1 AS building,
                build_slot IS NOT NULL AS begun FROM search_state WHERE id = 1";
}

record! {
    /// How the index stands.
    #[derive(Clone, Debug)]
    pub struct State { pub version: i64, pub built_at: Option<i64>, pub building: bool, pub begun: bool }
}

impl State {
    /// Built in another way than this binary's, never built, or a rebuild that was cut short.
    pub fn needs_rebuild(&self) -> bool {
        !self.building && (self.version != VERSION || self.begun)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    #[error("another rebuild is under way: let it finish, or wait {DEAD_AFTER_S} s if it was killed")]
    Running,
    #[error("another rebuild took over: this one was silent for too long")]
    TakenOver,
    #[error("there is no page type {0}")]
    TypeUnknown(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

record! { struct Entries { kind: i64, entries: i64 } }

/// What is indexed anew.
#[derive(Clone, Copy, Debug)]
pub enum Extent<'t> {
    Everything,
    /// The pages of one type, in place.
    Type(&'t str),
}

/// Told after each step: pages done, and about how many there are.
pub type Told<'t> = &'t mut (dyn FnMut(u64, u64) + Send);

impl Content {
    /// Indexes anew; searches find what they found all the while. How many pages were indexed.
    ///
    /// # Errors
    /// When another rebuild is under way, or the database fails; the next rebuild goes on where this one stopped.
    pub async fn rebuild_search(&self, extent: Extent<'_>, told: Told<'_>) -> Result<u64, RebuildError> {
        let result = match extent {
            Extent::Everything => self.rebuild_all(told).await,
            Extent::Type(name) => self.rebuild_type(name, told).await,
        };
        let outcome = match &result {
            Ok(_) => RebuildOutcome::Success,
            Err(RebuildError::Running | RebuildError::TakenOver) => RebuildOutcome::Refused,
            Err(_) => RebuildOutcome::Failure,
        };
        self.telemetry.families.search_rebuilds.with_label_values(&[outcome.as_str()]).inc();
        result
    }

    async fn rebuild_all(&self, told: Told<'_>) -> Result<u64, RebuildError> {
        let owner = uuid::Uuid::new_v4().to_string();
        let now = Micros::now();
        let dead = Micros(now.0 - DEAD_AFTER_S * 1_000_000);
        let claimed = self.db.query(&CLAIM).bind(&owner).bind(now).bind(VERSION).bind(dead).execute().await?;
        if claimed == 0 {
            return Err(RebuildError::Running);
        }
        let rebuild = Rebuild { content: self, owner: &owner };
        let result = rebuild.run(told).await;
        // When this fails too, the next rebuild waits until the claim is dead.
        let released = self.db.query(&RELEASE).bind(&owner).execute().await;
        let done = result?;
        released?;
        Ok(done)
    }

    async fn rebuild_type(&self, name: &str, told: Told<'_>) -> Result<u64, RebuildError> {
        let types = self.types();
        if !types.pages().any(|of_type| of_type.name == name) {
            return Err(RebuildError::TypeUnknown(name.to_owned()));
        }
        let total: i64 = self.db.query(&COUNT_PAGES).bind(name).one().await?;
        let (mut after, mut done) = (0, 0);
        loop {
            let mut tx = self.db.begin(TxName("search.reindex")).await?;
            store::lock_alone(&mut tx).await?;
            let ids = page_ids(&mut tx, after, name).await?;
            index::refresh_pages(&mut tx, &types, &ids).await?;
            tx.commit().await?;
            let Some(last) = ids.last() else { return Ok(done) };
            after = *last;
            done += ids.len() as u64;
            told(done, total as u64);
        }
    }

    /// Does what is due: writes down vain queries, brings the gauges up to date, and rebuilds an index that another
    /// version made, or whose rebuild was cut short.
    ///
    /// # Errors
    /// When the database fails; what was not done is due again.
    pub async fn keep_search(&self) -> Result<(), RebuildError> {
        self.flush_search_misses().await?;
        let state = self.search_state().await?;
        let families = &self.telemetry.families;
        let stale = families.search_stale.with_label_values::<&str>(&[]);
        stale.set(f64::from(u8::from(state.needs_rebuild())));
        if state.needs_rebuild() {
            match self.rebuild_search(Extent::Everything, &mut |_, _| {}).await {
                Ok(pages) => tracing::info!(pages, "built the search index anew"),
                // Another node was faster.
                Err(RebuildError::Running) => {}
                Err(error) => return Err(error),
            }
            stale.set(0.0);
        }
        let counts: Vec<Entries> = self.db.query(&COUNT_ENTRIES).list().await?;
        for kind in Kind::ALL {
            let known = counts.iter().find(|count| count.kind == entry::number_of(*kind));
            let gauge = families.search_entries.with_label_values(&[kind.as_str()]);
            gauge.set(known.map_or(0.0, |count| count.entries as f64));
        }
        Ok(())
    }

    /// How the index stands.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn search_state(&self) -> Result<State, DbError> {
        let dead = Micros(Micros::now().0 - DEAD_AFTER_S * 1_000_000);
        self.db.query(&STATE).bind(dead).one().await
    }
}

struct Rebuild<'r> {
    content: &'r Content,
    owner: &'r str,
}

impl Rebuild<'_> {
    async fn run(&self, told: Told<'_>) -> Result<u64, RebuildError> {
        let db = &self.content.db;
        let progress = self.beat_once().await?;
        if progress.build_slot.is_none() {
            // What an earlier rebuild left behind; nothing is written there until the next statement.
            self.clear(1 - progress.slot).await?;
            db.query(&BEGIN).bind(self.owner).bind(VERSION).execute().await?;
        }
        let total: i64 = db.query(&COUNT_PAGES).bind("").one().await?;
        let mut done = 0;
        loop {
            let mut tx = db.begin(TxName("search.rebuild")).await?;
            let progress = self.beat(&mut tx).await?;
            let slot = progress.build_slot.ok_or(RebuildError::TakenOver)?;
            let (step, after) = match progress.build_step {
                PAGES => {
                    let ids = page_ids(&mut tx, progress.build_after, "").await?;
                    self.add_pages(&mut tx, slot, &ids).await?;
                    done += ids.len() as u64;
                    ids.last().map_or((OTHERS, entry::first_id(progress.slot)), |last| (PAGES, *last))
                }
                _ => match add_others(&mut tx, &progress, slot).await? {
                    Some(last) => (OTHERS, last),
                    None => {
                        tx.commit().await?;
                        self.swap(&progress, slot).await?;
                        self.clear(progress.slot).await?;
                        return Ok(done);
                    }
                },
            };
            Exec::from(&mut tx).query(&ADVANCE).bind(self.owner).bind(step).bind(after).execute().await?;
            tx.commit().await?;
            told(done, total as u64);
        }
    }

    async fn add_pages(&self, tx: &mut Tx, slot: i64, ids: &[i64]) -> Result<(), DbError> {
        let types = self.content.types();
        let sources = index::sources(tx, ids).await?;
        let entries = index::entries(tx, &types, sources).await?;
        store::add(tx, slot, &Batch::of(&entries)).await
    }

    async fn swap(&self, progress: &Progress, slot: i64) -> Result<(), RebuildError> {
        let mut tx = self.content.db.begin(TxName("search.swap")).await?;
        self.beat(&mut tx).await?;
        Exec::from(&mut tx).query(&COPY_SPELLING).bind(progress.slot).bind(slot).execute().await?;
        let call = Exec::from(&mut tx).query(&SWAP).bind(self.owner);
        let call = call.bind(entry::first_id(slot)).bind(entry::last_id(slot)).bind(Micros::now()).bind(slot);
        if call.execute().await? == 0 {
            return Err(RebuildError::TakenOver);
        }
        Ok(tx.commit().await?)
    }

    /// Empties a slot that nobody searches.
    async fn clear(&self, slot: i64) -> Result<(), RebuildError> {
        let db = &self.content.db;
        for (statement, limit) in
            [(&DROP_ENTRIES, DELETE_ENTRIES), (&DROP_TRIGRAMS, DELETE_BATCH), (&DROP_WORDS, DELETE_BATCH)]
        {
            while db.query(statement).bind(slot).bind(limit).execute().await? > 0 {
                self.beat_once().await?;
            }
        }
        Ok(())
    }

    async fn beat_once(&self) -> Result<Progress, RebuildError> {
        let mut tx = self.content.db.begin(TxName("search.beat")).await?;
        let progress = self.beat(&mut tx).await?;
        tx.commit().await?;
        Ok(progress)
    }

    async fn beat(&self, tx: &mut Tx) -> Result<Progress, RebuildError> {
        let progress = Exec::from(tx).query(&BEAT).bind(self.owner).bind(Micros::now()).optional().await?;
        progress.ok_or(RebuildError::TakenOver)
    }
}

async fn page_ids(tx: &mut Tx, after: i64, type_name: &str) -> Result<Vec<i64>, DbError> {
    Exec::from(tx).query(&PAGE_IDS).bind(after).bind(type_name).bind(index::BATCH as i64).list().await
}

/// Takes over what is no page: its owners index it when it changes. The last id, until there is no more.
async fn add_others(tx: &mut Tx, progress: &Progress, slot: i64) -> Result<Option<i64>, DbError> {
    let call = Exec::from(&mut *tx).query(&OTHER_ENTRIES).bind(progress.slot).bind(progress.build_after);
    let copied: Vec<Copied> = call.bind(index::BATCH as i64).list().await?;
    let last = copied.last().map(|entry| entry.id);
    let entries: Vec<Entry> = copied.into_iter().filter_map(Copied::entry).collect();
    store::add(tx, slot, &Batch::of(&entries)).await?;
    Ok(last)
}

impl Copied {
    /// Folded text folds to itself.
    fn entry(self) -> Option<Entry> {
        let kind = Kind::ALL.iter().copied().find(|kind| entry::number_of(*kind) == self.kind)?;
        Some(Entry {
            kind,
            object_id: self.object_id,
            type_name: self.type_name,
            locale: self.locale,
            top: self.top,
            hidden: self.hidden,
            published_at: self.published_at,
            title: self.title,
            lead: self.lead,
            text: self.text,
        })
    }
}
