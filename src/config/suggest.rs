//! "Did you mean …?" for names that are unknown.

use super::settings::{SECTIONS, SETTINGS};

/// Longer names are not typing errors of ours.
const MAX_LENGTH: usize = 64;

/// The candidate that a typing error leads away from: at most a third of its letters differ.
pub(crate) fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let word = word.to_ascii_lowercase();
    candidates
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).clamp(1, 4))
        .min()
        .map(|(_, candidate)| candidate)
}

pub(crate) fn did_you_mean(candidate: Option<&str>) -> String {
    candidate.map_or_else(String::new, |candidate| format!("; did you mean {candidate}?"))
}

/// For an unknown key: the same name in another section, or a similar key.
pub(crate) fn key_hint(key: &str) -> String {
    let name = key.rsplit('.').next().unwrap_or(key);
    let elsewhere = SETTINGS.iter().find(|setting| setting.name() == name).map(|setting| setting.key);
    let similar = closest(key, SETTINGS.iter().map(|setting| setting.key));
    let similar_name = || {
        let near = closest(name, SETTINGS.iter().map(|setting| setting.name()))?;
        SETTINGS.iter().find(|setting| setting.name() == near).map(|setting| setting.key)
    };
    did_you_mean(similar.or(elsewhere).or_else(similar_name))
}

pub(crate) fn section_hint(section: &str) -> String {
    let near = closest(section, SECTIONS.iter().map(|(name, _)| *name).chain(["slo"]));
    near.map_or_else(String::new, |near| format!("; did you mean [{near}]?"))
}

/// Levenshtein's distance, in characters.
fn distance(first: &str, second: &str) -> usize {
    let second: Vec<char> = second.chars().collect();
    let mut row: Vec<usize> = (0..=second.len()).collect();
    for (line, letter) in first.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in second.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[second.len()]
}
