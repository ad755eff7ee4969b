//! How far apart two words are, in slips of typing.

/// Insertions, deletions, replacements and swaps of neighbours that make one word the other (optimal string
/// alignment, the restricted form of Damerau-Levenshtein); `None` when more than `limit`.
pub fn distance(one: &str, other: &str, limit: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut current = Vec::with_capacity(other.len() + 1);
        current.push(row + 1);
        for (column, b) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *a == other[column - 1] && one[row - 1] == *b {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        if current.iter().all(|reached| *reached > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}

/// Every word that is one slip away, for an alphabet that is that of the word. About 54 for each letter.
pub fn one_slip_away(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let alphabet = alphabet_of(&letters);
    let mut found = Vec::with_capacity(letters.len() * 54 + 27);
    for at in 0..=letters.len() {
        let (head, tail) = letters.split_at(at);
        let mut push = |middle: &[char], rest: &[char]| {
            found.push(head.iter().chain(middle).chain(rest).collect::<String>());
        };
        for letter in alphabet.clone() {
            push(&[letter], tail);
            if let [_, rest @ ..] = tail {
                push(&[letter], rest);
            }
        }
        if let [first, rest @ ..] = tail {
            push(&[], rest);
            if let [second, rest @ ..] = rest {
                push(&[*second, *first], rest);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|other| other != word && !other.is_empty());
    found
}

fn alphabet_of(letters: &[char]) -> std::ops::RangeInclusive<char> {
    match letters.iter().find(|letter| !letter.is_ascii()) {
        Some('а'..='я') => 'а'..='я',
        Some('α'..='ω') => 'α'..='ω',
        _ => 'a'..='z',
    }
}

/// Three characters in a row of a word with a mark at each end: `^ti tid ide de$` for `tide`.
pub fn trigrams(word: &str) -> Vec<String> {
    let padded: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    let mut found: Vec<String> = padded.windows(3).map(|three| three.iter().collect()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_counted() {
        for (one, other, slips) in [
            ("tide", "tide", 0),
            ("tide", "tdie", 1),
            ("tide", "tides", 1),
            ("tide", "tid", 1),
            ("tide", "tyde", 1),
            ("barograph", "baragrapf", 2),
            ("grusse", "gruesse", 1),
        ] {
            assert_eq!(distance(one, other, 2), Some(slips), "{one} {other}");
            assert_eq!(distance(other, one, 2), Some(slips), "{other} {one}");
        }
        assert_eq!(distance("tide", "moon", 2), None);
        assert_eq!(distance("", "abc", 2), None);
    }

    #[test]
    fn words_one_slip_away_are_all_there() {
        let near = one_slip_away("tide");
        for word in ["tid", "itde", "tidy", "tides", "atide", "wide", "tdie"] {
            assert!(near.iter().any(|found| found == word), "{word}");
        }
        assert!(near.iter().all(|found| distance("tide", found, 1) == Some(1)));
        assert!(one_slip_away("волна").iter().any(|found| found == "волны"));
    }

    #[test]
    fn trigrams_know_both_ends() {
        assert_eq!(trigrams("tide"), ["^ti", "de$", "ide", "tid"]);
        assert_eq!(trigrams("a"), ["^a$"]);
        assert!(trigrams("").is_empty());
    }

    proptest! {
        #[test]
        fn one_slip_is_one_slip(word in "[a-z]{3,9}", at in 0usize..9, letter in proptest::char::range('a', 'z')) {
            let mut letters: Vec<char> = word.chars().collect();
            let at = at % letters.len();
            letters[at] = letter;
            let slipped: String = letters.iter().collect();
            prop_assert!(slipped == word || one_slip_away(&slipped).contains(&word));
        }
    }
}
