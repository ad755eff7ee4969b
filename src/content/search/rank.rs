//! The order of what was found: one formula, in the server, so that it is the same on every database.
//!
//! For each wanted word: its rarity, times 10 when the title has it, 4 for the lead and 1 for the text, the latter two
//! growing with the number of times towards that limit. To it come bonuses for words that stand together, for a title
//! that is the query, and a tenth of one for what is new. Ties go to the newer, then to the higher id.

use super::vocabulary::Group;
use crate::record;

const TITLE: f64 = 10.0;
const LEAD: f64 = 4.0;
const TEXT: f64 = 1.0;
/// Times after which a word in a text of usual length counts half of the most it can.
const HALF_AT: f64 = 1.5;
/// Words of a text of usual length; in a longer one, once says less.
const USUAL_WORDS: f64 = 400.0;
/// For words that stand in the order and next to each other as in the query.
const TOGETHER: f64 = 0.5;
const TITLE_IS_QUERY: f64 = 1.0;
const NEWEST: f64 = 0.1;
const YEAR_MICROS: f64 = 365.25 * 24.0 * 3600.0 * 1e6;

record! {
    /// An entry that may be shown.
    #[derive(Clone, Debug)]
    pub struct Candidate {
        pub id: i64, pub object_id: i64, pub published_at: i64, pub title: String, pub lead: String, pub text: String,
    }
}

/// A candidate's place in the order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    pub object_id: i64,
    pub score: f64,
    published_at: i64,
    id_within_slot: i64,
}

/// The candidates in order, best first.
pub fn rank(groups: &[Group], candidates: &[Candidate]) -> Vec<Ranked> {
    let wanted = WantedWords::new(groups);
    let newest = candidates.iter().map(|candidate| candidate.published_at).max().unwrap_or(0);
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .map(|candidate| {
            let age_years = (newest - candidate.published_at) as f64 / YEAR_MICROS;
            let score = wanted.score(candidate) + NEWEST * wanted.total_weight / (1.0 + age_years);
            Ranked {
                object_id: candidate.object_id,
                score,
                published_at: candidate.published_at,
                id_within_slot: candidate.id & (i64::MAX >> 1),
            }
        })
        .collect();
    ranked.sort_by(|one, other| {
        let time = other.published_at.cmp(&one.published_at);
        other.score.total_cmp(&one.score).then(time).then(other.id_within_slot.cmp(&one.id_within_slot))
    });
    ranked
}

/// The words of all groups, ready to be met in a text.
struct WantedWords<'g> {
    groups: &'g [Group],
    /// Sorted by word; one word may belong to two groups.
    words: Vec<(&'g str, usize, f64)>,
    /// Which lengths, as bits, begin with which byte: most words of a text are none of these.
    filter: [u64; 256],
    total_weight: f64,
}

/// What a field says about each group.
#[derive(Clone, Copy, Default)]
struct Met {
    times: f64,
    likeness: f64,
}

struct Field {
    met: Vec<Met>,
    words: usize,
    /// Pairs of groups that stand next to each other, in order.
    pairs: usize,
}

impl<'g> WantedWords<'g> {
    fn new(groups: &'g [Group]) -> Self {
        let mut words: Vec<(&str, usize, f64)> = Vec::new();
        let mut filter = [0u64; 256];
        for (at, group) in groups.iter().enumerate() {
            for alternative in &group.alternatives {
                let word = alternative.word.as_str();
                words.push((word, at, alternative.likeness));
                if let Some(first) = word.as_bytes().first() {
                    filter[usize::from(*first)] |= 1 << word.len().min(63);
                }
            }
        }
        words.sort_by(|one, other| one.0.cmp(other.0).then(one.1.cmp(&other.1)));
        Self { groups, words, filter, total_weight: groups.iter().map(|group| group.weight).sum() }
    }

    fn meanings(&self, word: &str) -> &[(&'g str, usize, f64)] {
        let Some(first) = word.as_bytes().first() else { return &[] };
        if self.filter[usize::from(*first)] & (1 << word.len().min(63)) == 0 {
            return &[];
        }
        let start = self.words.partition_point(|(known, ..)| *known < word);
        let length = self.words[start..].iter().take_while(|(known, ..)| *known == word).count();
        &self.words[start..start + length]
    }

    fn read(&self, text: &str) -> Field {
        let mut met = vec![Met::default(); self.groups.len()];
        let mut pairs: u32 = 0;
        let mut before: u32 = 0;
        let mut words = 0;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            words += 1;
            let mut here: u32 = 0;
            for (_, at, likeness) in self.meanings(word) {
                met[*at].times += likeness;
                met[*at].likeness = met[*at].likeness.max(*likeness);
                here |= 1 << at;
            }
            pairs |= here & (before << 1);
            before = here;
        }
        Field { met, words, pairs: pairs.count_ones() as usize }
    }

    fn score(&self, candidate: &Candidate) -> f64 {
        let title = self.read(&candidate.title);
        let lead = self.read(&candidate.lead);
        let text = self.read(&candidate.text);
        let length = 0.5 + 0.5 * text.words as f64 / USUAL_WORDS;
        let often = |times: f64, length: f64| times / (times + HALF_AT * length);
        let in_title = title.met.iter().filter(|met| met.times > 0.0).count();
        // A short title is about its words more than a long one.
        let focus = 0.7 + 0.3 * in_title as f64 / title.words.max(1) as f64;
        let mut score = 0.0;
        let mut matched = 0;
        for (at, group) in self.groups.iter().enumerate() {
            let best = title.met[at].likeness.max(lead.met[at].likeness).max(text.met[at].likeness);
            if best == 0.0 {
                continue;
            }
            matched += 1;
            score += group.weight
                * (TITLE * title.met[at].likeness * focus.min(1.0)
                    + LEAD * often(lead.met[at].times, 0.5)
                    + TEXT * often(text.met[at].times, length));
        }
        let wanted = self.groups.len();
        if wanted > 1 {
            let share = |field: &Field| field.pairs as f64 / (wanted - 1) as f64;
            let together = TITLE * share(&title) + LEAD * share(&lead) + TEXT * share(&text);
            score += TOGETHER * together * self.total_weight / wanted as f64;
        }
        if in_title == wanted && title.words == wanted {
            score += TITLE_IS_QUERY * TITLE * self.total_weight / wanted.max(1) as f64;
        }
        let coverage = matched as f64 / wanted.max(1) as f64;
        score * coverage * coverage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::search::vocabulary::Alternative;

    fn group(word: &str, occurrences: i64) -> Group {
        Group {
            alternatives: vec![Alternative { word: word.into(), likeness: 1.0 }],
            weight: 1.0 / (2.0 + occurrences as f64).log2(),
            occurrences,
            shown: word.into(),
            corrected: false,
        }
    }

    fn candidate(id: i64, title: &str, lead: &str, text: &str) -> Candidate {
        Candidate { id, object_id: id, published_at: 0, title: title.into(), lead: lead.into(), text: text.into() }
    }

    fn order(groups: &[Group], candidates: &[Candidate]) -> Vec<i64> {
        rank(groups, candidates).iter().map(|ranked| ranked.object_id).collect()
    }

    #[test]
    fn title_beats_lead_beats_text_and_a_title_that_is_the_query_beats_all() {
        let found = [
            candidate(1, "other", "", "tide tide tide tide tide tide"),
            candidate(2, "other", "tide", ""),
            candidate(3, "the long story of a tide", "", ""),
            candidate(4, "tide", "", ""),
        ];
        assert_eq!(order(&[group("tide", 4)], &found), [4, 3, 2, 1]);
    }

    #[test]
    fn words_together_beat_words_apart() {
        let found = [
            candidate(1, "x", "", "tide and then a clock"),
            candidate(2, "x", "", "and then a tide clock"),
            candidate(3, "x", "", "clock tide and then a"),
        ];
        assert_eq!(order(&[group("tide", 3), group("clock", 3)], &found)[0], 2);
    }

    #[test]
    fn more_of_the_words_and_the_rarer_ones_win() {
        let found =
            [candidate(1, "x", "", "tide"), candidate(2, "x", "", "clock"), candidate(3, "x", "", "tide clock")];
        assert_eq!(order(&[group("tide", 2), group("clock", 5_000)], &found), [3, 1, 2]);
    }

    #[test]
    fn among_equals_the_newer_comes_first() {
        let mut found = vec![candidate(1, "tide", "", ""), candidate(2, "tide", "", "")];
        found[0].published_at = 86_400_000_000;
        assert_eq!(order(&[group("tide", 2)], &found), [1, 2]);
        found[0].published_at = 0;
        assert_eq!(order(&[group("tide", 2)], &found), [2, 1], "and the higher id among twins");
    }
}
