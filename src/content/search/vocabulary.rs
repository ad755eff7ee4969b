//! What a wanted word stands for in the live index: itself, its close forms, what it begins, or what it was meant to be.

use std::collections::{BTreeMap, BTreeSet};

use super::distance::{distance, one_slip_away, trigrams};
use super::entry::has_trigrams;
use super::query::{Query, Wanted};
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Words that a beginning stands for: the most frequent ones.
const MAX_COMPLETIONS: i64 = 12;
/// Words looked up at once: those of a query with their forms, or what one slip makes of a long word.
const MAX_LOOKED_UP: i64 = 2_500;
/// Words that share trigrams with a misspelt one and are compared with it.
const MAX_SIMILAR: i64 = 200;
/// Words that one misspelt word stands for: the nearest.
const MAX_CORRECTIONS: usize = 3;
/// Shorter words are not corrected: everything is near to them.
const MIN_CORRECTED_CHARS: usize = 4;
/// Longer words may have two slips.
const MAX_ONE_SLIP_CHARS: usize = 7;
/// Misspelt words of one query that are corrected.
const MAX_CORRECTED_WORDS: usize = 3;

/// How good another word is in the place of the wanted one.
const FORM: f64 = 0.85;
const COMPLETION: f64 = 0.6;
const CORRECTION: f64 = 0.8;

record! {
    #[derive(Clone, Debug)]
    pub struct Known { pub word: String, shown: String, pub occurrences: i64 }
}

queries! {
    /// Words by name, and the most frequent ones between two others: those with one beginning.
    WORDS = read "search.list_words"
        "(SELECT word, shown, occurrences FROM search_word
          WHERE slot = (SELECT slot FROM search_state) AND word = ANY($1) AND occurrences > 0 LIMIT $2)
         UNION
         (SELECT word, shown, occurrences FROM search_word
          WHERE slot = (SELECT slot FROM search_state) AND word > $3 AND word < $4 AND occurrences > 0
          ORDER BY occurrences DESC, word LIMIT $5)"
        sqlite
        "SELECT * FROM (SELECT word, shown, occurrences FROM search_word
             WHERE slot = (SELECT slot FROM search_state) AND word IN (SELECT value FROM json_each($1))
                   AND occurrences > 0 LIMIT $2)
         UNION
         SELECT * FROM (SELECT word, shown, occurrences FROM search_word
             WHERE slot = (SELECT slot FROM search_state) AND word > $3 AND word < $4 AND occurrences > 0
             ORDER BY occurrences DESC, word LIMIT $5)";
    SIMILAR = read "search.list_similar"
        ("SELECT w.word, w.shown, w.occurrences FROM (
             SELECT word, COUNT(*) AS shared FROM search_trigram
             WHERE slot = (SELECT slot FROM search_state) AND trigram " [any "$1"] "
             GROUP BY word ORDER BY shared DESC, word LIMIT $2) t
         JOIN search_word w ON w.slot = (SELECT slot FROM search_state) AND w.word = t.word AND w.occurrences > 0");
}

impl Known {
    /// As it is written.
    pub fn written(&self) -> &str {
        if self.shown.is_empty() { &self.word } else { &self.shown }
    }
}

/// One wanted word with all that it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub alternatives: Vec<Alternative>,
    /// How much the group counts: a rare word says more.
    pub weight: f64,
    /// Entries that it is in, at most.
    pub occurrences: i64,
    /// As it was typed, or as it is written when it stands for what was typed.
    pub shown: String,
    pub corrected: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    pub word: String,
    /// From 0 to 1.
    pub likeness: f64,
}

type Vocabulary = BTreeMap<String, Known>;

/// The groups of a query, in its order; empty groups are words that nothing has.
pub async fn groups(db: &Db, query: &Query) -> Result<Vec<Group>, DbError> {
    let mut asked = BTreeSet::new();
    for (at, wanted) in query.wanted.iter().enumerate() {
        asked.insert(wanted.word.clone());
        if !wanted.exact {
            asked.extend(forms(&wanted.word));
            asked.extend(query.wanted.get(at + 1).filter(|next| !next.exact).map(|next| joined(wanted, next)));
        }
    }
    let beginning = query.wanted.iter().find(|wanted| wanted.prefix).map_or("", |wanted| &wanted.word);
    let known = look_up(db, asked.into_iter().collect(), beginning).await?;
    let mut completions: Vec<&Known> =
        known.values().filter(|known| !beginning.is_empty() && known.word.starts_with(beginning)).collect();
    completions.sort_by(|one, other| other.occurrences.cmp(&one.occurrences).then(one.word.cmp(&other.word)));
    let mut groups: Vec<Group> = Vec::with_capacity(query.wanted.len());
    for (at, wanted) in query.wanted.iter().enumerate() {
        let mut found: Vec<(&Known, f64)> = known.get(&wanted.word).map(|known| (known, 1.0)).into_iter().collect();
        if !wanted.exact {
            found.extend(forms(&wanted.word).iter().filter_map(|form| Some((known.get(form)?, FORM))));
            let before = at.checked_sub(1).and_then(|before| query.wanted.get(before));
            let before = before.filter(|before| !before.exact).map(|before| joined(before, wanted));
            let after = query.wanted.get(at + 1).filter(|next| !next.exact).map(|next| joined(wanted, next));
            found.extend([before, after].iter().flatten().filter_map(|pair| Some((known.get(pair)?, FORM))));
        }
        if wanted.prefix {
            found.extend(completions.iter().map(|known| (*known, COMPLETION)));
        }
        groups.push(Group::new(found, &wanted.typed, false));
    }
    Ok(groups)
}

/// The groups with what misspelt words may have been meant to be; `None` when nothing is near to them.
pub async fn corrected(
    db: &Db,
    query: &Query,
    groups: &[Group],
    trouble: Trouble,
) -> Result<Option<Vec<Group>>, DbError> {
    let mut corrected = Vec::with_capacity(groups.len());
    let mut count = 0;
    for (group, wanted) in groups.iter().zip(&query.wanted) {
        let in_doubt = trouble == Trouble::NothingFound || group.alternatives.is_empty();
        let mut found = Vec::new();
        if in_doubt && !wanted.exact && count < MAX_CORRECTED_WORDS {
            count += 1;
            found = correct(db, &wanted.word).await?;
        }
        if found.is_empty() { corrected.push(group.clone()) } else { corrected.extend(found) }
    }
    Ok((corrected != groups).then_some(corrected))
}

/// Which words are in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Those that no entry has.
    UnknownWord,
    /// All: together they find nothing that may be shown.
    NothingFound,
}

/// One group, two for words that were written as one, or none.
async fn correct(db: &Db, word: &str) -> Result<Vec<Group>, DbError> {
    let length = word.chars().count();
    if length < MIN_CORRECTED_CHARS || word.contains(|c: char| c.is_ascii_digit()) {
        return Ok(Vec::new());
    }
    let slips = one_slip_away(word);
    let asked = slips.iter().cloned().chain(parts(word).flat_map(|(head, tail)| [head.to_owned(), tail.to_owned()]));
    let known = look_up(db, asked.collect(), "").await?;
    let mut near: Vec<(Known, usize)> = slips.iter().filter_map(|slip| Some((known.get(slip)?.clone(), 1))).collect();
    if near.is_empty() && length > MAX_ONE_SLIP_CHARS && has_trigrams(word) {
        let similar: Vec<Known> = db.query(&SIMILAR).bind(trigrams(word)).bind(MAX_SIMILAR).list().await?;
        let slips =
            |known: Known| distance(word, &known.word, 2).filter(|slips| *slips > 0).map(|slips| (known, slips));
        near = similar.into_iter().filter_map(slips).collect();
    }
    near.sort_by(|(one, one_slips), (other, other_slips)| {
        one_slips.cmp(other_slips).then(other.occurrences.cmp(&one.occurrences)).then(one.word.cmp(&other.word))
    });
    let Some((best, nearest)) = near.first().cloned() else { return Ok(parted(word, &known)) };
    let forms = look_up(db, forms(&best.word), "").await?;
    let nearest = near.iter().filter(|(_, slips)| *slips == nearest).take(MAX_CORRECTIONS).map(|(known, _)| known);
    let found = nearest.map(|known| (known, CORRECTION)).chain(forms.values().map(|known| (known, CORRECTION * FORM)));
    Ok(vec![Group::new(found.collect(), best.written(), true)])
}

/// Every way to make two words of one, each of three letters or more.
fn parts(word: &str) -> impl Iterator<Item = (&str, &str)> {
    let long_enough = |part: &str| part.chars().nth(2).is_some();
    word.char_indices()
        .map(|(at, _)| word.split_at(at))
        .filter(move |(head, tail)| long_enough(head) && long_enough(tail))
}

/// `tideclock`: `tide` and `clock`, when the vocabulary has both; the pair whose rarer word is the most frequent.
fn parted(word: &str, known: &Vocabulary) -> Vec<Group> {
    let both = |(head, tail): (&str, &str)| Some((known.get(head)?, known.get(tail)?));
    let best = parts(word).filter_map(both).max_by_key(|(one, other)| one.occurrences.min(other.occurrences));
    let pair = best.map(|(one, other)| vec![one, other]).unwrap_or_default();
    pair.into_iter().map(|known| Group::new(vec![(known, CORRECTION)], known.written(), true)).collect()
}

impl Group {
    fn new(found: Vec<(&Known, f64)>, shown: &str, corrected: bool) -> Self {
        let mut alternatives: Vec<Alternative> = Vec::with_capacity(found.len());
        let mut occurrences: i64 = 0;
        let mut most = 0;
        for (known, likeness) in found {
            if alternatives.iter().any(|other| other.word == known.word) {
                continue;
            }
            occurrences = occurrences.saturating_add(known.occurrences);
            // The wanted word says how rare it is; its other forms only when it is nowhere.
            if alternatives.is_empty() {
                most = known.occurrences;
            }
            alternatives.push(Alternative { word: known.word.clone(), likeness });
        }
        Self { alternatives, weight: 1.0 / (2.0 + most as f64).log2(), occurrences, shown: shown.to_owned(), corrected }
    }
}

/// The words that the vocabulary has of `words`, and the most frequent ones that begin with `beginning`, if it is none.
async fn look_up(db: &Db, words: Vec<String>, beginning: &str) -> Result<Vocabulary, DbError> {
    // Behind every word that begins so; before every word when there is no beginning.
    let end = if beginning.is_empty() { String::new() } else { format!("{beginning}{}", char::MAX) };
    let call = db.query(&WORDS).bind(words).bind(MAX_LOOKED_UP).bind(beginning).bind(end).bind(MAX_COMPLETIONS);
    let known: Vec<Known> = call.list().await?;
    Ok(known.into_iter().map(|known| (known.word.clone(), known)).collect())
}

fn joined(one: &Wanted, other: &Wanted) -> String {
    format!("{}{}", one.word, other.word)
}

/// Plurals and cases of English and German that can be told by the ending alone, and `ue` for `ü`. Only those that
/// the vocabulary has count.
fn forms(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let length = word.chars().count();
    if length >= 3 && word.ends_with(char::is_alphabetic) {
        forms.extend(["s", "es", "e", "n", "en"].map(|ending| format!("{word}{ending}")));
        if let Some(stem) = word.strip_suffix('y') {
            forms.push(format!("{stem}ies"));
        }
    }
    if length >= 4 {
        for ending in ["s", "es", "e", "n", "en"] {
            forms.extend(word.strip_suffix(ending).filter(|stem| stem.chars().nth(2).is_some()).map(str::to_owned));
        }
        forms.extend(word.strip_suffix("ies").map(|stem| format!("{stem}y")));
        for (written, meant) in [("ae", "a"), ("oe", "o"), ("ue", "u")] {
            forms.extend(word.contains(written).then(|| word.replace(written, meant)));
        }
    }
    forms.sort();
    forms.dedup();
    forms.retain(|form| form != word);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_cases_and_umlauts_are_forms_of_a_word() {
        let is_form = |word: &str, form: &str| forms(word).iter().any(|known| known == form);
        for (word, form) in [
            ("clock", "clocks"),
            ("clocks", "clock"),
            ("glasses", "glass"),
            ("body", "bodies"),
            ("bodies", "body"),
            ("uhr", "uhren"),
            ("uhren", "uhr"),
            ("tage", "tag"),
            ("gruesse", "grusse"),
        ] {
            assert!(is_form(word, form), "{word} {form}");
        }
        assert!(forms("a").is_empty() && forms("42").is_empty());
        assert!(!is_form("this", "thi") || !is_form("es", "e"), "short stems say nothing");
    }
}
