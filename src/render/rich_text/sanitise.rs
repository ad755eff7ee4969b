//! Cleaning rich text before it is stored.
//!
//! Two walls: a pass of our own keeps what the field's features allow, says what it removed, balances the
//! tags and bounds their depth; then ammonia (a browser's parser with an allow-list) has the last word, on
//! input that can no longer make a tree builder slow. The two run until nothing changes, so that cleaning
//! a cleaned text is the identity.

use ammonia::Builder;

use super::entity::escape;
use super::expand::plain_text;
use super::feature::Features;
use super::scan::{Token, tokens};

mod policy;
mod writer;

use policy::Verdict;
use writer::Writer;

/// Rounds until a text must be stable. Two suffice for nearly every text: one that cleans, one that proves.
const MAX_ROUNDS: usize = 4;
/// How many different removals are reported for one text.
const MAX_REPORTED: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanitised {
    /// In Wagtail's database form.
    pub html: String,
    /// What was removed, for the person who wrote it: `<script>`, `onclick on <a>`, …; each once.
    pub removed: Vec<String>,
}

/// Removes from `html` all that `features` do not allow. Unknown elements lose their tags and keep their
/// text; scripts and style sheets are removed whole.
pub fn sanitise(html: &str, features: Features) -> Sanitised {
    let mut removed = Vec::new();
    if !html.contains(['<', '>', '&', '\r', '\0']) {
        return Sanitised { html: html.to_owned(), removed };
    }
    let ammonia = policy::ammonia(features);
    let mut current = html.to_owned();
    for _ in 0..MAX_ROUNDS {
        let next = clean_once(&current, features, &ammonia, &mut removed);
        if next == current {
            return Sanitised { html: current, removed };
        }
        current = next;
    }
    report(&mut removed, "markup that is not well formed");
    let mut escaped = String::new();
    escape(&plain_text(&current), &mut escaped);
    Sanitised { html: to_database_form(&ammonia.clean(&escaped).to_string()), removed }
}

fn clean_once(html: &str, features: Features, ammonia: &Builder<'_>, removed: &mut Vec<String>) -> String {
    let mut writer = Writer::with_capacity(html.len());
    for token in tokens(html) {
        match token {
            Token::Text(text) => writer.text(text),
            Token::Close(name) => writer.close(name),
            Token::Ignored => report(removed, "a comment or a broken tag"),
            Token::Code(name) => report(removed, &format!("<{name}>")),
            Token::Open(tag) => {
                let Verdict { element, refusals } = policy::judge(&tag, features);
                for refusal in refusals {
                    report(removed, &refusal);
                }
                if let Some(element) = element
                    && let Err(refusal) = writer.open(&element)
                {
                    report(removed, refusal);
                }
            }
        }
    }
    let written = writer.finish();
    let cleaned = to_database_form(&ammonia.clean(&written).to_string());
    // What only the second wall removed has no name here, but it is not passed over in silence.
    if element_count(&cleaned) < element_count(&written) {
        report(removed, "markup that is not well formed");
    }
    cleaned
}

fn element_count(html: &str) -> usize {
    tokens(html).filter(|token| matches!(token, Token::Open(_))).count()
}

fn report(removed: &mut Vec<String>, what: &str) {
    if removed.len() < MAX_REPORTED && !removed.iter().any(|known| known == what) {
        removed.push(what.to_owned());
    }
}

/// Wagtail closes empty elements (`<br/>`) and keeps the no-break space as a character.
fn to_database_form(html: &str) -> String {
    let mut stored = String::with_capacity(html.len() + 16);
    let mut scan = tokens(html);
    loop {
        let start = scan.at;
        let Some(token) = scan.next() else { break };
        let source = &html[start..scan.at];
        match token {
            Token::Open(tag) if policy::is_void(tag.name) => {
                stored.push_str(source.trim_end_matches('>').trim_end_matches('/'));
                stored.push_str("/>");
            }
            _ => stored.push_str(source),
        }
    }
    if stored.contains("&nbsp;") { stored.replace("&nbsp;", "\u{a0}") } else { stored }
}

#[cfg(test)]
mod tests;
