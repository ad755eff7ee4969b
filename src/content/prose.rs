//! Text that reads like text: chains of words as they follow each other in the site's own texts, from a seed.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Words of one sentence.
const SENTENCE: std::ops::Range<usize> = 6..19;
/// Texts with fewer words are too little to learn from.
const MIN_WORDS: usize = 50;
const FALLBACK: &str = "The tide comes in and the tide goes out, and between the two a harbour learns its hours. Somebody \
    writes them down by hand, in a book with a blue cover, and the next keeper reads what the last one saw. A clock is a \
    promise that somebody will look at it again. The wind has no such book; it has a vane, a cup, and the patience of the \
    people who count. What we measure we may keep, and what we keep we may one day understand.";

/// Writes sentences; the same seed writes the same ones.
pub struct Writer {
    random: StdRng,
    /// What followed two words.
    next: HashMap<(String, String), Vec<String>>,
    /// Beginnings of sentences.
    starts: Vec<(String, String)>,
}

impl Writer {
    /// Learns from `texts`.
    pub fn new<'t>(seed: u64, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut writer = Self { random: StdRng::seed_from_u64(seed), next: HashMap::new(), starts: Vec::new() };
        let mut words = 0;
        for text in texts {
            words += writer.learn(text);
        }
        if words < MIN_WORDS {
            writer.learn(FALLBACK);
        }
        writer
    }

    fn learn(&mut self, text: &str) -> usize {
        let words: Vec<&str> = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).collect();
        for window in words.windows(3) {
            let pair = (window[0].to_owned(), window[1].to_owned());
            if window[0].starts_with(char::is_uppercase) && !window[0].ends_with(['.', '?', '!']) {
                self.starts.push(pair.clone());
            }
            self.next.entry(pair).or_default().push(window[2].to_owned());
        }
        words.len()
    }

    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { self.random.random_range(0..bound) }
    }

    /// One of `items`.
    pub fn choose<'i, T>(&mut self, items: &'i [T]) -> Option<&'i T> {
        items.get(self.below(items.len()))
    }

    /// A sentence with its full stop.
    pub fn sentence(&mut self) -> String {
        let length = SENTENCE.start + self.below(SENTENCE.len());
        let mut sentence = self.words(length);
        let end = sentence.trim_end_matches(|last: char| !last.is_alphanumeric()).len();
        sentence.truncate(end);
        sentence.push('.');
        sentence
    }

    /// A few words without punctuation at their end: a title.
    pub fn title(&mut self) -> String {
        let length = 3 + self.below(5);
        let words = self.words(length);
        let plain: String =
            words.chars().filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '’')).collect();
        let plain = plain.trim();
        if plain.is_empty() { "Notes".to_owned() } else { plain.to_owned() }
    }

    fn words(&mut self, length: usize) -> String {
        let start = self.below(self.starts.len());
        let Some((first, second)) = self.starts.get(start).cloned() else { return String::from("Notes") };
        let (mut before, mut last) = (first.clone(), second.clone());
        let mut sentence = format!("{first} {second}");
        for _ in 2..length {
            let Some(followers) = self.next.get(&(before.clone(), last.clone())) else { break };
            let chosen = self.random.random_range(0..followers.len());
            let word = followers[chosen].clone();
            sentence.push(' ');
            sentence.push_str(&word);
            (before, last) = (last, word);
        }
        sentence
    }

    /// Paragraphs as rich text.
    pub fn rich_text(&mut self, paragraphs: usize) -> String {
        let mut html = String::new();
        for _ in 0..paragraphs {
            let sentences: Vec<String> = (0..2 + self.below(5)).map(|_| self.sentence()).collect();
            let text = sentences.join(" ").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            html.push_str(&format!("<p>{text}</p>"));
        }
        html
    }

    /// Sentences that together are no longer than `max` characters.
    pub fn text(&mut self, max: usize) -> String {
        let mut text = self.sentence();
        while text.chars().count() > max {
            let Some((shorter, _)) = text.trim_end_matches('.').rsplit_once(' ') else { break };
            text = shorter.to_owned();
        }
        text.chars().take(max).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_text_and_another_one_another() {
        let write = |seed| {
            let mut writer = Writer::new(seed, [FALLBACK]);
            (writer.title(), writer.sentence(), writer.rich_text(2))
        };
        assert_eq!(write(7), write(7));
        assert_ne!(write(7), write(8));
    }

    #[test]
    fn sentences_are_sentences_and_texts_keep_their_bound() {
        let mut writer = Writer::new(1, []);
        for _ in 0..200 {
            let sentence = writer.sentence();
            assert!(sentence.starts_with(char::is_uppercase) && sentence.ends_with('.'), "{sentence}");
            assert!(writer.text(40).chars().count() <= 40);
            assert!(!writer.title().is_empty());
        }
    }
}
