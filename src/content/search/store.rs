//! Writing the index, always in the transaction that changes the content. While a rebuild fills the other slot, what
//! changes is written to both.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::distance::trigrams;
use super::entry::{self, Entry, Folded, Kind, has_trigrams, number_of};
use crate::content::tree;
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Objects whose words are taken out of the vocabulary one by one; of more at once the counts stay too high until the
/// next rebuild, which harms nobody: a word that finds nothing is never suggested.
const MAX_COUNTED_REMOVALS: usize = 200;
/// Words whose trigrams are written in one statement.
const TRIGRAM_BATCH: usize = 2_000;

record! {
    /// Which slot is searched, and which one is being built.
    #[derive(Clone, Debug)]
    pub(super) struct Slots { pub slot: i64, pub build_slot: Option<i64> }
}
record! { struct Stored { object_id: i64, title: String, lead: String, text: String } }
record! { struct Counted { word: String, occurrences: i64 } }

/// Entries that are inserted in a way of their own.
const MANY: usize = 64;

queries! {
    /// Shared by all who write, so that a rebuild's batches and its swap happen between them.
    SLOTS = write "search.lock_shared" "SELECT slot, build_slot FROM search_state WHERE id = 1 FOR SHARE"
        sqlite "SELECT slot, build_slot FROM search_state WHERE id = 1";
    LOCK = write "search.lock" ("SELECT slot, build_slot FROM search_state WHERE id = 1" for_update);
    STORED = write "search.list_stored"
        ("SELECT object_id, title, lead, text FROM search_entry WHERE slot = $1 AND kind = $2 AND object_id " [any "$3"] " LIMIT $4");
    REMOVE = write "search.remove"
        ("DELETE FROM search_entry WHERE slot = $1 AND kind = $2 AND object_id " [any "$3"]);
    /// For the rest of a transaction with many entries: PostgreSQL puts their words into its index in large portions,
    /// in half of the time. SQLite gathers a whole transaction.
    GATHER = write "search.gather_words" "SELECT SET_CONFIG('gin_pending_list_limit', '8MB', TRUE)" sqlite "SELECT ''";
    INSERT = write "search.insert"
        "INSERT INTO search_entry (id, slot, kind, object_id, type, locale, top, hidden, published_at, title, lead,
                                   text, marks)
         SELECT r.id, $1, r.kind, r.object_id, r.type, r.locale, r.top, r.hidden, r.published_at, r.title, r.lead,
                r.text, r.marks
         FROM json_to_recordset(CAST($2 AS json)) AS r (id BIGINT, kind BIGINT, object_id BIGINT, type TEXT, locale TEXT,
              top BIGINT, hidden BOOLEAN, published_at BIGINT, title TEXT, lead TEXT, text TEXT, marks TEXT)
         ON CONFLICT DO NOTHING RETURNING id"
        sqlite
        "INSERT INTO search_entry (id, slot, kind, object_id, type, locale, top, hidden, published_at, title, lead,
                                   text, marks)
         SELECT value ->> '$.id', $1, value ->> '$.kind', value ->> '$.object_id', value ->> '$.type',
                value ->> '$.locale', value ->> '$.top', value ->> '$.hidden', value ->> '$.published_at',
                value ->> '$.title', value ->> '$.lead', value ->> '$.text', value ->> '$.marks'
         FROM json_each($2) WHERE TRUE
         ON CONFLICT DO NOTHING RETURNING id";
    /// In the order of the words, so that two writers never wait for each other in a circle.
    COUNT = write "search.count_words"
        "INSERT INTO search_word (slot, word, shown, occurrences)
         SELECT $1, r.word, r.shown, r.added
         FROM json_to_recordset(CAST($2 AS json)) AS r (word TEXT, shown TEXT, added BIGINT) ORDER BY r.word COLLATE \"C\"
         ON CONFLICT (slot, word) DO UPDATE SET occurrences = GREATEST(search_word.occurrences + excluded.occurrences, 0)
         RETURNING word, occurrences"
        sqlite
        "INSERT INTO search_word (slot, word, shown, occurrences)
         SELECT $1, value ->> '$.word', value ->> '$.shown', value ->> '$.added' FROM json_each($2) WHERE TRUE
         ON CONFLICT (slot, word) DO UPDATE SET occurrences = MAX(search_word.occurrences + excluded.occurrences, 0)
         RETURNING word, occurrences";
    ADD_TRIGRAMS = write "search.add_trigrams"
        "INSERT INTO search_trigram (slot, trigram, word)
         SELECT $1, r.trigram, r.word FROM json_to_recordset(CAST($2 AS json)) AS r (trigram TEXT, word TEXT)
         ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO search_trigram (slot, trigram, word)
         SELECT $1, value ->> '$.trigram', value ->> '$.word' FROM json_each($2) WHERE TRUE ON CONFLICT DO NOTHING";
    /// At most so many indexed pages of a subtree: to tell few from many. Those in the trash are indexed, but hidden.
    LIVE_BELOW = write "search.list_below_path"
        "SELECT id FROM page WHERE path >= $1 AND path < $2 AND (live OR live_in_trash) ORDER BY path LIMIT $3";
    REMOVE_BELOW = write "search.remove_below"
        "DELETE FROM search_entry WHERE slot = $1 AND kind = 0
         AND object_id IN (SELECT id FROM page WHERE path >= $2 AND path < $3)";
    REVIEW = write "search.review_below"
        "UPDATE search_entry SET hidden = (p.restricted OR p.trashed OR NOT p.live), top = t.id
         FROM page p CROSS JOIN (SELECT COALESCE(MAX(id), 0) AS id FROM page WHERE path = $3) t
         WHERE p.path >= $1 AND p.path < $2 AND search_entry.slot IN (0, 1) AND search_entry.kind = 0
               AND search_entry.object_id = p.id
               AND (search_entry.hidden <> (p.restricted OR p.trashed OR NOT p.live) OR search_entry.top <> t.id)";
}

/// Reads which slots are written, and holds them in place until the transaction ends.
pub(super) async fn slots(tx: &mut Tx) -> Result<Slots, DbError> {
    Exec::from(tx).query(&SLOTS).one().await
}

/// Waits until nobody else writes the index, and keeps it so until the transaction ends.
pub(super) async fn lock_alone(tx: &mut Tx) -> Result<(), DbError> {
    Exec::from(tx).query(&LOCK).one::<Slots>().await.map(|_| ())
}

/// Words: in how many entries more they are now, and how they are written if not as they are folded.
type Words = HashMap<String, (i64, String)>;

/// Entries as they are stored, and their words counted. To make one takes the time that the database takes, or more
/// than an executor should wait for.
#[derive(Default)]
pub(super) struct Batch {
    entries: Vec<Folded>,
    words: Words,
}

impl Batch {
    pub fn of(entries: &[Entry]) -> Self {
        let entries: Vec<Folded> = entries.iter().map(Folded::new).collect();
        Self { words: words_of(entries.iter()), entries }
    }
}

fn words_of<'e>(entries: impl Iterator<Item = &'e Folded>) -> Words {
    let mut words = Words::new();
    for entry in entries {
        for word in entry.vocabulary() {
            let (added, shown) = match words.get_mut(word) {
                Some(known) => known,
                None => words.entry(word.to_owned()).or_default(),
            };
            *added += 1;
            if shown.is_empty() {
                entry.shown(word).clone_into(shown);
            }
        }
    }
    words
}

impl Slots {
    fn all(&self) -> impl Iterator<Item = i64> {
        std::iter::once(self.slot).chain(self.build_slot)
    }
}

/// Indexes many new objects, in four statements or so however many they are; those that are indexed already stay as
/// they are. For seeding and imports; give it some hundreds at a time.
///
/// # Errors
/// When the database fails.
pub async fn index_many(tx: &mut Tx, entries: &[Entry]) -> Result<(), DbError> {
    let slots = slots(tx).await?;
    let batch = Batch::of(entries);
    for slot in slots.all() {
        add(tx, slot, &batch).await?;
    }
    Ok(())
}

/// Indexes objects of one kind, or indexes them anew.
///
/// # Errors
/// When the database fails.
pub async fn index_again(tx: &mut Tx, kind: Kind, entries: &[Entry]) -> Result<(), DbError> {
    write(tx, kind, &Batch::of(entries)).await
}

/// Puts a batch of one kind into the index, in the place of what is there of the same objects.
pub(super) async fn write(tx: &mut Tx, kind: Kind, batch: &Batch) -> Result<(), DbError> {
    if batch.entries.is_empty() {
        return Ok(());
    }
    let slots = slots(tx).await?;
    let ids: Vec<i64> = batch.entries.iter().map(|entry| entry.object_id).collect();
    for slot in slots.all() {
        replace(tx, slot, kind, &ids, batch).await?;
    }
    Ok(())
}

/// Takes objects out of the index.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, kind: Kind, object_ids: Vec<i64>) -> Result<(), DbError> {
    if object_ids.is_empty() {
        return Ok(());
    }
    let slots = slots(tx).await?;
    for slot in slots.all() {
        if object_ids.len() <= MAX_COUNTED_REMOVALS {
            replace(tx, slot, kind, &object_ids, &Batch::default()).await?;
        } else {
            delete(tx, slot, kind, object_ids.clone()).await?;
        }
    }
    Ok(())
}

/// Puts `with` in the place of the entries of `object_ids`.
pub(super) async fn replace(
    tx: &mut Tx,
    slot: i64,
    kind: Kind,
    object_ids: &[i64],
    with: &Batch,
) -> Result<(), DbError> {
    let known: Vec<Stored> = Exec::from(&mut *tx)
        .query(&STORED)
        .bind(slot)
        .bind(number_of(kind))
        .bind(object_ids.to_vec())
        .bind(object_ids.len() as i64)
        .list()
        .await?;
    let mut changes = with.words.clone();
    for stored in &known {
        for word in entry::vocabulary(&stored.title, &stored.lead, &stored.text) {
            changes.entry(word.to_owned()).or_default().0 -= 1;
        }
    }
    if !known.is_empty() {
        delete(tx, slot, kind, known.iter().map(|stored| stored.object_id).collect()).await?;
    }
    insert(tx, slot, &with.entries).await?;
    count(tx, slot, &changes).await
}

/// Adds entries that are not there yet.
pub(super) async fn add(tx: &mut Tx, slot: i64, batch: &Batch) -> Result<(), DbError> {
    if batch.entries.is_empty() {
        return Ok(());
    }
    let new: HashSet<i64> = insert(tx, slot, &batch.entries).await?.into_iter().collect();
    if new.len() == batch.entries.len() {
        return count(tx, slot, &batch.words).await;
    }
    let first = entry::first_id(slot);
    let added = batch.entries.iter().filter(|entry| new.contains(&(first | entry.id_within_slot)));
    count(tx, slot, &words_of(added)).await
}

async fn insert(tx: &mut Tx, slot: i64, entries: &[Folded]) -> Result<Vec<i64>, DbError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    if entries.len() >= MANY {
        Exec::from(&mut *tx).query(&GATHER).one::<String>().await?;
    }
    let rows: Value = entries.iter().map(|entry| entry.to_json(slot)).collect();
    Exec::from(tx).query(&INSERT).bind(slot).bind(rows.to_string()).list().await
}

async fn delete(tx: &mut Tx, slot: i64, kind: Kind, object_ids: Vec<i64>) -> Result<u64, DbError> {
    Exec::from(tx).query(&REMOVE).bind(slot).bind(number_of(kind)).bind(object_ids).execute().await
}

/// Brings the vocabulary up to date; new long words get their trigrams.
async fn count(tx: &mut Tx, slot: i64, changes: &Words) -> Result<(), DbError> {
    let changed = changes.iter().filter(|(_, (added, _))| *added != 0);
    let rows: Vec<Value> =
        changed.map(|(word, (added, shown))| json!({ "word": word, "shown": shown, "added": added })).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = Value::Array(rows);
    let counted: Vec<Counted> = Exec::from(&mut *tx).query(&COUNT).bind(slot).bind(rows.to_string()).list().await?;
    let is_new = |known: &&Counted| changes.get(&known.word).is_some_and(|(added, _)| *added >= known.occurrences);
    let new: Vec<&str> = counted.iter().filter(is_new).map(|known| known.word.as_str()).collect();
    let new: Vec<&str> = new.into_iter().filter(|word| has_trigrams(word)).collect();
    for some in new.chunks(TRIGRAM_BATCH) {
        let rows: Value = some
            .iter()
            .flat_map(|word| trigrams(word).into_iter().map(move |trigram| json!({ "trigram": trigram, "word": word })))
            .collect();
        Exec::from(&mut *tx).query(&ADD_TRIGRAMS).bind(slot).bind(rows.to_string()).execute().await?;
    }
    Ok(())
}

/// Takes the pages of a subtree out of the index, while they are still at `path`.
///
/// # Errors
/// When the database fails.
pub async fn remove_subtree(tx: &mut Tx, path: &str) -> Result<(), DbError> {
    let end = tree::after_subtree(path);
    let few = MAX_COUNTED_REMOVALS as i64 + 1;
    let ids: Vec<i64> = Exec::from(&mut *tx).query(&LIVE_BELOW).bind(path).bind(&end).bind(few).list().await?;
    if ids.len() <= MAX_COUNTED_REMOVALS {
        return remove(tx, Kind::Page, ids).await;
    }
    let slots = slots(tx).await?;
    for slot in slots.all() {
        Exec::from(&mut *tx).query(&REMOVE_BELOW).bind(slot).bind(path).bind(&end).execute().await?;
    }
    Ok(())
}

/// The pages of the subtree that is at `path` now were moved there, put into the trash or taken out of it, or became
/// restricted or public. Their words stay as they are.
///
/// # Errors
/// When the database fails.
pub async fn review_subtree(tx: &mut Tx, path: &str) -> Result<(), DbError> {
    slots(tx).await?;
    let top = path.get(..2 * tree::STEP).unwrap_or(path);
    let call = Exec::from(tx).query(&REVIEW).bind(path).bind(tree::after_subtree(path)).bind(top);
    call.execute().await.map(|_| ())
}
