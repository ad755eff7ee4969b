//! What a visitor typed, as words: all of them wanted, phrases in quotes, unwanted ones behind a minus.

use super::words::{self, Word};

/// Longest query, in characters.
pub const MAX_CHARS: usize = 200;
/// Words of a query that count.
pub const MAX_WORDS: usize = 16;
const MAX_PHRASES: usize = 4;
/// A shorter beginning of a word stands for too many.
const MIN_PREFIX_CHARS: usize = 2;

/// A query, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Wanted words, each once, in order.
    pub wanted: Vec<Wanted>,
    /// Phrases of two words or more, with one space between; their words are among the wanted ones.
    pub phrases: Vec<String>,
    pub unwanted: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub word: String,
    /// As it was typed.
    pub typed: String,
    /// In quotes: no other form of the word will do.
    pub exact: bool,
    /// The last word may be the beginning of one.
    pub prefix: bool,
}

/// Why a query is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    TooLong,
    TooManyWords,
}

impl Query {
    /// # Errors
    /// For a query beyond [`MAX_CHARS`] or [`MAX_WORDS`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(Refusal::TooLong);
        }
        let mut query = Self::default();
        // Quotes part the text: every second piece is a phrase. One that is not closed is none.
        let quotes = text.chars().filter(|c| is_quote(*c)).count();
        let closed = quotes - quotes % 2;
        for (seen, piece) in text.split(is_quote).enumerate() {
            let is_phrase = seen % 2 == 1 && seen <= closed;
            if is_phrase { query.add_phrase(piece) } else { query.add_words(piece) }
        }
        if query.wanted.len() + query.unwanted.len() > MAX_WORDS {
            return Err(Refusal::TooManyWords);
        }
        let ends_in_word = text.chars().next_back().is_some_and(char::is_alphanumeric);
        if let Some(last) = query.wanted.last_mut().filter(|last| ends_in_word && !last.exact) {
            last.prefix = last.word.chars().count() >= MIN_PREFIX_CHARS;
        }
        // A word that is both wanted and not is wanted.
        let Self { wanted, unwanted, .. } = &mut query;
        unwanted.retain(|word| !wanted.iter().any(|known| known.word == *word));
        Ok(query)
    }

    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The wanted words, folded, as misses are counted.
    pub fn folded(&self) -> String {
        self.wanted.iter().map(|wanted| wanted.word.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn add_words(&mut self, text: &str) {
        for word in words::words(text) {
            let before = &text[..word.at.start];
            let minus = before.ends_with(['-', '\u{2212}'])
                && before.chars().rev().nth(1).is_none_or(char::is_whitespace)
                && !word.folded.is_empty();
            if minus {
                if !self.unwanted.contains(&word.folded) {
                    self.unwanted.push(word.folded);
                }
            } else {
                let typed = text[word.at.clone()].to_owned();
                self.add(word, typed, false);
            }
        }
    }

    fn add_phrase(&mut self, text: &str) {
        let found: Vec<Word> = words::words(text).collect();
        if found.len() > 1 && self.phrases.len() < MAX_PHRASES {
            let phrase: Vec<&str> = found.iter().map(|word| word.folded.as_str()).collect();
            self.phrases.push(phrase.join(" "));
        }
        for word in found {
            let typed = text[word.at.clone()].to_owned();
            self.add(word, typed, true);
        }
    }

    fn add(&mut self, word: Word, typed: String, exact: bool) {
        match self.wanted.iter_mut().find(|known| known.word == word.folded) {
            Some(known) => known.exact |= exact,
            None => self.wanted.push(Wanted { word: word.folded, typed, exact, prefix: false }),
        }
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{00AB}' | '\u{00BB}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Query {
        Query::parse(text).expect("within the limits")
    }

    fn wanted(query: &Query) -> Vec<&str> {
        query.wanted.iter().map(|wanted| wanted.word.as_str()).collect()
    }

    #[test]
    fn words_phrases_and_unwanted_words_are_told_apart() {
        let query = parsed("Tide \"new york\" -moon sun-dial clo");
        assert_eq!(wanted(&query), ["tide", "new", "york", "sun", "dial", "clo"]);
        assert_eq!(query.phrases, ["new york"]);
        assert_eq!(query.unwanted, ["moon"]);
        let exact: Vec<bool> = query.wanted.iter().map(|wanted| wanted.exact).collect();
        assert_eq!(exact, [false, true, true, false, false, false]);
        assert!(query.wanted[5].prefix && !query.wanted[4].prefix);
    }

    #[test]
    fn the_last_word_is_a_beginning_unless_something_follows() {
        for (text, prefix) in [("tide clo", true), ("tide clo ", false), ("tide \"clo\"", false), ("tide c", false)] {
            assert_eq!(parsed(text).wanted[1].prefix, prefix, "{text}");
        }
    }

    #[test]
    fn quotes_of_any_language_and_open_ones_do_no_harm() {
        assert_eq!(parsed("\u{201E}neue Uhr\u{201C}").phrases, ["neue uhr"]);
        let open = parsed("\"new york");
        assert_eq!((wanted(&open), open.phrases.len()), (vec!["new", "york"], 0));
        assert!(parsed("\"\" - \" -\"").is_empty());
        assert_eq!(wanted(&parsed("one \"two")), ["one", "two"]);
    }

    #[test]
    fn a_word_counts_once_and_wins_over_its_minus() {
        let query = parsed("tide Tide -tide");
        assert_eq!(wanted(&query), ["tide"]);
        assert!(query.unwanted.is_empty());
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(Query::parse(&"a".repeat(MAX_CHARS + 1)), Err(Refusal::TooLong));
        let many: Vec<String> = (0..=MAX_WORDS).map(|number| format!("w{number}")).collect();
        assert_eq!(Query::parse(&many.join(" ")), Err(Refusal::TooManyWords));
        assert!(Query::parse(&many[1..].join(" ")).is_ok());
    }

    #[test]
    fn hostile_text_is_words_too() {
        for text in ["' OR 1=1 --", "NEAR(a b)", "a* AND (b", "\u{0}\u{1}", "{x y}: ^z", "💥 -", "::\\'\"'"] {
            let query = parsed(text);
            for wanted in &query.wanted {
                assert!(wanted.word.chars().all(char::is_alphanumeric), "{text}");
            }
        }
    }
}
