//! The part of a text that shows why it was found, as HTML: escaped, with the found words in `<mark>`.

use std::collections::HashSet;

use super::words::{self, Word};
use crate::render::escaped;

/// Length of an excerpt, in characters.
const EXCERPT_CHARS: usize = 240;
/// Words shown before the first found one.
const LEAD_IN: usize = 8;
/// Words of a text that are looked at.
const MAX_WORDS: usize = 20_000;

/// The whole text, with `wanted` words marked.
pub fn mark(text: &str, wanted: &HashSet<&str>) -> String {
    let found: Vec<Word> = words::words(text).filter(|word| wanted.contains(word.folded.as_str())).collect();
    marked(text, 0, text.len(), &found)
}

/// The stretch of the text with the most different wanted words; its beginning when there are none.
pub fn excerpt(text: &str, wanted: &HashSet<&str>) -> String {
    let all: Vec<Word> = words::words(text).take(MAX_WORDS).collect();
    let hits: Vec<usize> = (0..all.len()).filter(|at| wanted.contains(all[*at].folded.as_str())).collect();
    let best = best_start(text, &all, &hits);
    let first = best.saturating_sub(LEAD_IN);
    // A sentence or a line that begins shortly before the found word is a better beginning.
    let first = (first..=best).rev().find(|at| begins_sentence(text, &all, *at)).unwrap_or(first);
    let Some(start) = all.get(first).map(|word| word.at.start) else { return String::new() };
    let end = text[start..].char_indices().nth(EXCERPT_CHARS).map_or(text.len(), |(at, _)| start + at);
    let whole = all[first..].iter().take_while(|word| word.at.end <= end).last();
    let end = if end == text.len() { end } else { whole.map_or(end, |word| word.at.end) };
    let inside: Vec<Word> =
        hits.iter().map(|at| &all[*at]).filter(|word| word.at.start >= start && word.at.end <= end).cloned().collect();
    let before = if first > 0 { "… " } else { "" };
    let after = if end < text.trim_end().len() { " …" } else { "" };
    format!("{before}{}{after}", marked(text, start, end, &inside))
}

/// The found word from which an excerpt holds the most different ones.
fn best_start(text: &str, all: &[Word], hits: &[usize]) -> usize {
    let mut best = (0, hits.first().copied().unwrap_or(0));
    for (number, at) in hits.iter().enumerate() {
        let start = all[*at].at.start;
        let near = hits[number..].iter().take_while(|hit| all[**hit].at.end - start <= EXCERPT_CHARS);
        let different: HashSet<&str> = near.map(|hit| all[*hit].folded.as_str()).collect();
        if different.len() > best.0 {
            best = (different.len(), *at);
        }
    }
    debug_assert!(best.1 < all.len() || text.is_empty() || all.is_empty());
    best.1
}

fn begins_sentence(text: &str, all: &[Word], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| all[before].at.end) else { return true };
    text[before..all[at].at.start].contains(['.', '!', '?', '\n'])
}

fn marked(text: &str, start: usize, end: usize, found: &[Word]) -> String {
    let mut out = String::with_capacity(end - start + found.len() * 13);
    let mut written = start;
    for word in found {
        push_escaped(&mut out, &text[written..word.at.start]);
        out.push_str("<mark>");
        push_escaped(&mut out, &text[word.at.clone()]);
        out.push_str("</mark>");
        written = word.at.end;
    }
    push_escaped(&mut out, &text[written..end]);
    out
}

/// A line break is a space here.
fn push_escaped(out: &mut String, text: &str) {
    out.push_str(&escaped(text).replace('\n', " "));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted<'w>(words: &[&'w str]) -> HashSet<&'w str> {
        words.iter().copied().collect()
    }

    #[test]
    fn found_words_are_marked_as_they_are_written() {
        assert_eq!(
            mark("Grüße & <Uhr>", &wanted(&["grusse", "uhr"])),
            "<mark>Grüße</mark> &amp; &lt;<mark>Uhr</mark>&gt;"
        );
        assert_eq!(mark("</mark><script>", &wanted(&["script"])), "&lt;/mark&gt;&lt;<mark>script</mark>&gt;");
    }

    #[test]
    fn the_excerpt_is_where_most_of_the_words_are() {
        let filler = "nothing to see here ".repeat(30);
        let text = format!("A tide. {filler}. Then the tide clock stopped. {filler}");
        let found = excerpt(&text, &wanted(&["tide", "clock"]));
        assert!(found.starts_with("… Then the <mark>tide</mark> <mark>clock</mark> stopped."), "{found}");
        assert!(found.ends_with(" …"), "{found}");
    }

    #[test]
    fn without_a_found_word_it_is_the_beginning() {
        assert_eq!(excerpt("Short text.", &wanted(&["zebra"])), "Short text.");
        assert_eq!(excerpt("", &wanted(&["zebra"])), "");
        assert_eq!(excerpt(" … ", &wanted(&[])), "");
        let long = excerpt(&"word ".repeat(200), &wanted(&[]));
        assert!(long.ends_with("word …") && long.chars().count() < EXCERPT_CHARS + 5, "{long}");
    }

    proptest! {
        #[test]
        fn nothing_but_marks_is_markup(text in "\\PC{0,400}", word in "[a-z]{1,3}") {
            let set = wanted(&[&word]);
            for html in [mark(&text, &set), excerpt(&text, &set)] {
                let rest = html.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!rest.contains(['<', '>', '"']));
                prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
            }
        }
    }
}
