//! Words: the one way in which text is folded, for the index, for queries and for marking what was found.
//!
//! A word is a run of letters and digits, in lower case and without diacritics (`Grüße` is `grusse`), so that both
//! databases store and match the same. Scripts without spaces give a word for each character.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The way of folding below. A new one means that every index is built again.
pub const VERSION: i64 = 1;
/// Longer words are cut: what is longer is no word that anybody types.
pub const MAX_WORD_CHARS: usize = 40;

/// A folded word and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub folded: String,
    pub at: Range<usize>,
}

/// The words of a text, in order.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// The first `limit` folded words with one space between.
pub fn fold_text(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit * 8));
    for word in words(text).take(limit) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.folded);
    }
    out
}

pub struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            let mut run = self.next_run()?;
            let mut folded = fold(&self.text[run.clone()]);
            if let Some(ending) = self.ending_after(run.end) {
                let rest = fold(&self.text[ending.clone()]);
                match rest.as_str() {
                    // The keeper's: the keeper.
                    "s" => {}
                    "t" | "d" | "m" | "re" | "ve" | "ll" => folded.push_str(&rest),
                    _ => {
                        if folded.is_empty() {
                            continue;
                        }
                        return Some(cut(folded, run));
                    }
                }
                self.at = ending.end;
                run.end = ending.end;
            }
            if !folded.is_empty() {
                return Some(cut(folded, run));
            }
        }
    }
}

impl Words<'_> {
    fn next_run(&mut self) -> Option<Range<usize>> {
        let start = self.at + self.text[self.at..].find(char::is_alphanumeric)?;
        let end = run_end(self.text, start);
        self.at = end;
        Some(start..end)
    }

    /// The run behind an apostrophe at `at`.
    fn ending_after(&self, at: usize) -> Option<Range<usize>> {
        let mark = self.text[at..].chars().next().filter(|mark| matches!(mark, '\'' | '\u{2019}'))?;
        let start = at + mark.len_utf8();
        self.text[start..].starts_with(char::is_alphanumeric).then(|| start..run_end(self.text, start))
    }
}

/// The end of the run of letters and digits that begins at `start`.
fn run_end(text: &str, start: usize) -> usize {
    let mut characters = text[start..].char_indices();
    let Some((_, first)) = characters.next() else { return start };
    if stands_alone(first) {
        return start + first.len_utf8();
    }
    let is_part = |c: char| (c.is_alphanumeric() && !stands_alone(c)) || (!c.is_ascii() && is_combining_mark(c));
    characters.find(|(_, c)| !is_part(*c)).map_or(text.len(), |(at, _)| start + at)
}

/// Characters of scripts that are written without spaces.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Lower case, without diacritics. Empty when nothing is left.
pub fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.nfkd().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            // An apostrophe that counts as a letter.
            '\u{02BC}' => {}
            // What a compatibility form unfolds to may hold more than letters.
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

fn cut(mut folded: String, at: Range<usize>) -> Word {
    if folded.len() > MAX_WORD_CHARS
        && let Some((end, _)) = folded.char_indices().nth(MAX_WORD_CHARS)
    {
        folded.truncate(end);
    }
    Word { folded, at }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|word| word.folded).collect()
    }

    #[test]
    fn diacritics_case_and_ligatures_do_not_matter() {
        assert_eq!(
            folded("Grüße, ÉCOLE ﬁn Straße ŁÓDŹ Øre İstanbul"),
            ["grusse", "ecole", "fin", "strasse", "lodz", "ore", "istanbul"]
        );
        assert_eq!(folded("Gru\u{308}ße"), ["grusse"], "composed or not");
        assert_eq!(folded("ΛΌΓΟΣ λόγος"), ["λογοσ", "λογοσ"]);
    }

    #[test]
    fn hyphens_part_words_and_apostrophes_end_them() {
        assert_eq!(
            folded("tide-clock the keeper's don\u{2019}t l'heure 'quoted' o'clock"),
            ["tide", "clock", "the", "keeper", "dont", "l", "heure", "quoted", "o", "clock"]
        );
    }

    #[test]
    fn characters_without_spaces_are_words() {
        assert_eq!(folded("東京の tower"), ["東", "京", "の", "tower"]);
    }

    #[test]
    fn a_word_says_where_it_stands() {
        let text = "Über die keeper's Uhr";
        let shown: Vec<&str> = words(text).map(|word| &text[word.at]).collect();
        assert_eq!(shown, ["Über", "die", "keeper's", "Uhr"]);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(folded(&"ab".repeat(60)), ["ab".repeat(20)]);
        assert_eq!(folded(&"ж".repeat(60)), ["ж".repeat(40)]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "[\\p{Latin}\\p{Greek}\\p{Cyrillic}0-9 '\"-]{0,80}") {
            let once = fold_text(&text, 1000);
            prop_assert_eq!(fold_text(&once, 1000), once);
        }

        #[test]
        fn words_hold_letters_and_digits_alone(text in "\\PC{0,80}") {
            for word in words(&text) {
                prop_assert!(!word.folded.is_empty());
                prop_assert!(word.folded.chars().all(char::is_alphanumeric));
                prop_assert!(text.get(word.at).is_some());
            }
        }
    }
}
