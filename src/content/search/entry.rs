//! What the index holds of one page, image, document or snippet, and the id that orders it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::words::{self, fold_text};
pub use crate::telemetry::label::SearchKind as Kind;

/// Words kept of each part.
const MAX_TITLE_WORDS: usize = 100;
const MAX_LEAD_WORDS: usize = 1_000;
const MAX_TEXT_WORDS: usize = 20_000;
/// Stands before a word of the title or the lead, in the list of marks; no letter, so no word begins with it.
pub const MARK: char = '\u{E000}';
/// Shorter words are compared letter by letter alone.
const MIN_TRIGRAM_CHARS: usize = 6;

const SLOT_SHIFT: u32 = 62;
const MINUTE_SHIFT: u32 = 35;
const KIND_SHIFT: u32 = 33;
const MAX_MINUTE: i64 = (1 << (SLOT_SHIFT - MINUTE_SHIFT)) - 1;

/// As kinds are stored.
pub(super) fn number_of(kind: Kind) -> i64 {
    kind as i64
}

/// Something to be found, with its texts as they are written.
#[derive(Clone, Debug)]
pub struct Entry {
    pub kind: Kind,
    pub object_id: i64,
    pub type_name: String,
    /// Empty for what has no language.
    pub locale: String,
    /// The page right below the root of the tree that it stands below, or is; 0 for what is not in the tree.
    pub top: i64,
    /// Not for everybody.
    pub hidden: bool,
    /// Microseconds since the epoch.
    pub published_at: i64,
    pub title: String,
    /// Tags, introduction and description: counts less than the title and more than the text.
    pub lead: String,
    pub text: String,
}

/// An entry as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    pub id_within_slot: i64,
    kind: Kind,
    pub object_id: i64,
    type_name: String,
    locale: String,
    top: i64,
    hidden: bool,
    published_at: i64,
    title: String,
    lead: String,
    text: String,
    marks: String,
    /// How a word is written, where that is not as it is folded.
    shown: BTreeMap<String, String>,
}

/// The id of an entry without its slot. Newer is higher; the same object always has the same.
pub(super) fn id_within_slot(kind: Kind, object_id: i64, published_at: i64) -> i64 {
    let minute = (published_at / 60_000_000).clamp(0, MAX_MINUTE);
    (minute << MINUTE_SHIFT) | (number_of(kind) << KIND_SHIFT) | (object_id & ((1 << KIND_SHIFT) - 1))
}

/// The lowest id of a slot.
pub(super) fn first_id(slot: i64) -> i64 {
    slot << SLOT_SHIFT
}

pub(super) fn last_id(slot: i64) -> i64 {
    first_id(slot) | ((1 << SLOT_SHIFT) - 1)
}

impl Folded {
    pub fn new(entry: &Entry) -> Self {
        let title = fold_text(&entry.title, MAX_TITLE_WORDS);
        let lead = fold_text(&entry.lead, MAX_LEAD_WORDS);
        let text = fold_text(&entry.text, MAX_TEXT_WORDS);
        let heads: BTreeSet<&str> = title.split(' ').chain(lead.split(' ')).filter(|word| !word.is_empty()).collect();
        let marks: Vec<String> = heads.iter().map(|word| format!("{MARK}{word}")).collect();
        let mut shown = BTreeMap::new();
        for part in [&entry.title, &entry.lead, &entry.text] {
            if part.is_ascii() {
                continue;
            }
            for word in words::words(part).take(MAX_TEXT_WORDS) {
                let written = &part[word.at];
                if !written.is_ascii() && !shown.contains_key(&word.folded) {
                    shown.insert(
                        word.folded,
                        written.chars().take(words::MAX_WORD_CHARS).collect::<String>().to_lowercase(),
                    );
                }
            }
        }
        Self {
            id_within_slot: id_within_slot(entry.kind, entry.object_id, entry.published_at),
            kind: entry.kind,
            object_id: entry.object_id,
            type_name: entry.type_name.clone(),
            locale: entry.locale.clone(),
            top: entry.top,
            hidden: entry.hidden,
            published_at: entry.published_at,
            marks: marks.join(" "),
            title,
            lead,
            text,
            shown,
        }
    }

    /// As the statement that inserts entries reads it.
    pub fn to_json(&self, slot: i64) -> Value {
        json!({
            "id": first_id(slot) | self.id_within_slot,
            "kind": number_of(self.kind),
            "object_id": self.object_id,
            "type": self.type_name,
            "locale": self.locale,
            "top": self.top,
            "hidden": self.hidden,
            "published_at": self.published_at,
            "title": self.title,
            "lead": self.lead,
            "text": self.text,
            "marks": self.marks,
        })
    }

    /// The different words of the entry, in order.
    pub fn vocabulary(&self) -> Vec<&str> {
        vocabulary(&self.title, &self.lead, &self.text)
    }

    pub fn shown(&self, word: &str) -> &str {
        self.shown.get(word).map_or("", String::as_str)
    }
}

pub(super) fn vocabulary<'t>(title: &'t str, lead: &'t str, text: &'t str) -> Vec<&'t str> {
    let words = [title, lead, text].into_iter().flat_map(|part| part.split(' '));
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether trigrams of the word are kept, or asked for.
pub(super) fn has_trigrams(word: &str) -> bool {
    word.chars().nth(MIN_TRIGRAM_CHARS - 1).is_some() && !word.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_order_by_slot_and_time_and_name_one_object() {
        let minute = 60_000_000;
        let older = id_within_slot(Kind::Page, 9, 5 * minute);
        let newer = id_within_slot(Kind::Page, 3, 6 * minute);
        assert!(older < newer);
        assert_ne!(id_within_slot(Kind::Page, 3, 0), id_within_slot(Kind::Image, 3, 0));
        assert_ne!(id_within_slot(Kind::Page, 3, 0), id_within_slot(Kind::Page, 4, 0));
        for time in [i64::MIN, -1, 0, i64::MAX] {
            let id = first_id(1) | id_within_slot(Kind::Snippet, i64::from(u32::MAX), time);
            assert!((first_id(1)..=last_id(1)).contains(&id), "{time}");
        }
        assert_eq!((first_id(0), last_id(0), last_id(1)), (0, 4_611_686_018_427_387_903, i64::MAX));
    }

    #[test]
    fn words_of_the_title_and_the_lead_are_marked_and_spelling_is_kept() {
        let folded = Folded::new(&Entry {
            kind: Kind::Page,
            object_id: 7,
            type_name: "blog.BlogPage".into(),
            locale: "de".into(),
            top: 2,
            hidden: false,
            published_at: 0,
            title: "Grüße".into(),
            lead: "aus Köln".into(),
            text: "Viele grüße.".into(),
        });
        assert_eq!(folded.marks, format!("{MARK}aus {MARK}grusse {MARK}koln"));
        assert_eq!((folded.shown("grusse"), folded.shown("koln"), folded.shown("aus")), ("grüße", "köln", ""));
        assert_eq!(folded.vocabulary(), ["aus", "grusse", "koln", "viele"]);
    }
}
