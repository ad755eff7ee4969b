//! Every message that a template or a handler asks for is there, with the values that it needs, and none is idle.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;

use super::*;
use crate::admin::bulk::message_of;
use crate::admin::{TEMPLATES, words};
use crate::bulk::Reason;
use crate::telemetry::label::{AuditEvent, ObjectEvent, PageEvent};
use sources::{Source, is_for_people, sources};

mod sources;

/// The product's own name.
const NAME: &str = "Vitrine";

/// The calls of `t` and `th` in a template: the id, and the names of its values.
fn calls(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let starts = source.match_indices("t(\"").chain(source.match_indices("th(\""));
    let opened =
        starts.filter(|(at, _)| !source[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_'));
    let call = |(at, open): (usize, &str)| {
        let rest = &source[at + open.len()..];
        let (id, rest) = rest.split_once('"').expect("a string ends");
        (id.to_owned(), names(rest))
    };
    opened.map(call).collect()
}

/// The names of a call's arguments, up to the bracket that closes it.
fn names(rest: &str) -> BTreeSet<String> {
    let (mut depth, mut quote, mut name, mut found) = (0, None, String::new(), BTreeSet::new());
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) => quote = if letter == open { None } else { Some(open) },
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => return found,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, '=') if depth == 0 && letters.peek() != Some(&'=') && !name.is_empty() => {
                found.insert(std::mem::take(&mut name));
            }
            (None, '=') => {
                letters.next();
            }
            (None, _) if depth == 0 && (letter.is_alphanumeric() || letter == '_') => name.push(letter),
            _ => name.clear(),
        }
    }
    found
}

fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.split_once(" ="))
        .map(|(id, _)| id)
        .filter(|id| id.bytes().next().is_some_and(|first| first.is_ascii_lowercase()) && !id.contains(' '))
}

#[test]
fn english_is_complete_and_free_of_mistakes() {
    let (english, problems) = bundle("en", ENGLISH);
    assert_eq!(problems, Vec::<String>::new());
    let mut used = BTreeSet::new();
    for (template, source) in TEMPLATES {
        for (id, names) in calls(source) {
            let values = [1.0, 2.0].map(|number| {
                names.iter().map(|name| (name.clone(), Part::Number(number))).collect::<BTreeMap<_, _>>()
            });
            for parts in &values {
                let (text, mistakes) =
                    told(&english, &id, parts).unwrap_or_else(|| panic!("{template}: there is no message {id}"));
                assert_eq!((mistakes, text.is_empty()), (0, false), "{template}: {id}: {text}");
            }
            used.insert(id);
        }
    }
    for source in sources() {
        used.extend(source.calls().into_iter().map(|(_, id, _)| id));
    }
    // Those of work on many are named by their reasons.
    for reason in Reason::ALL {
        let id = message_of(*reason);
        let parts = reason.values().iter().map(|name| ((*name).to_owned(), Part::Number(2.0))).collect();
        let (text, mistakes) = told(&english, &id, &parts).unwrap_or_else(|| panic!("there is no message {id}"));
        assert_eq!(mistakes, 0, "{id}: {text}");
        used.insert(id);
    }
    let known: BTreeSet<String> = ENGLISH.iter().flat_map(|(_, text)| ids(text)).map(str::to_owned).collect();
    assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "nobody says these");
}

#[test]
fn numbers_choose_their_form() {
    let (bundle, problems) =
        bundle("en", &[("a.ftl", "rows = { $count ->\n    [one] one row\n   *[other] { $count } rows\n }\n")]);
    assert_eq!(problems, Vec::<String>::new());
    let with = |count: f64| told(&bundle, "rows", &BTreeMap::from([("count".to_owned(), Part::Number(count))]));
    assert_eq!(with(1.0), Some(("one row".to_owned(), 0)));
    assert_eq!(with(1200.0), Some(("1200 rows".to_owned(), 0)));
    assert_eq!(
        told(&bundle, "rows", &BTreeMap::new()).map(|(_, mistakes)| mistakes > 0),
        Some(true),
        "without its value"
    );
}

#[test]
fn calls_are_found_with_the_names_of_their_values() {
    let source =
        r#"<p title="{{ t("a-b", n=rows|length, who=f("x=y", z=1)) }}">{{ th("c", link=x == 1) }}{{ at("d") }}"#;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(calls(source), [("a-b".to_owned(), names(&["n", "who"])), ("c".to_owned(), names(&["link"]))]);
}

/// The names of the values in a message.
fn values(id: &str) -> Option<BTreeSet<String>> {
    let begins = format!("{id} =");
    let mut lines = ENGLISH.iter().flat_map(|(_, text)| text.lines()).skip_while(|line| !line.starts_with(&begins));
    let first = lines.next()?;
    let rest = lines.take_while(|line| line.starts_with(' '));
    let names = std::iter::once(first).chain(rest).flat_map(|line| line.split('$').skip(1));
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    Some(names.map(name).collect())
}

#[test]
fn handlers_say_messages_that_are_there_with_exactly_their_values() {
    let mut wrong = Vec::new();
    for (place, id, names) in sources().iter().flat_map(Source::calls) {
        match values(&id) {
            None => wrong.push(format!("{place}: there is no message {id}")),
            Some(wanted) if wanted != names => wrong.push(format!("{place}: {id} takes {wanted:?}, not {names:?}")),
            Some(_) => {}
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn strays(source: &Source) -> Vec<String> {
    let is_stray = |text: &str| text != NAME && is_for_people(text);
    let found = source.literals.iter().filter(|literal| !literal.is_internal && is_stray(&literal.text));
    found.map(|literal| format!("{}: {}", source.line(literal.place.start), literal.text)).collect()
}

#[test]
fn no_sentence_for_people_stands_in_the_code() {
    let found: Vec<String> = sources().iter().flat_map(strays).collect();
    assert_eq!(found, Vec::<String>::new(), "these belong into texts/en/*.ftl, and are said by their ids");
}

#[test]
fn stray_sentences_and_calls_are_found() {
    let text = r#"
        // "A comment."
        const POLICY: &str = "default-src 'none'; img-src data: blob:; \
                              form-action 'self'";
        fn a<'a>(letter: char) -> &'a str { if letter == '"' { "Home" } else { "the page\
            is gone" } }
        tracing::error!(%error, "a page is gone"); find().expect("it was there before");
        let b = said("gone").with("what", said("page").with("count", list(")").len())).with("why", 1);
        #[cfg(test)]
        "A test."
    "#;
    let source = Source::of("a.rs", text);
    assert_eq!(strays(&source), ["a.rs:5: Home", "a.rs:5: the pageis gone"]);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let calls = [
        ("a.rs:8".to_owned(), "gone".to_owned(), names(&["what", "why"])),
        ("a.rs:8".to_owned(), "page".to_owned(), names(&["count"])),
    ];
    assert_eq!(source.calls(), calls);
    for plain in ["text/html; charset=utf-8", "GET, HEAD, POST", "public, max-age=31536000", "no-such-page", "a.css"] {
        assert!(!is_for_people(plain), "{plain}");
    }
}

#[test]
fn every_event_and_every_status_has_its_words() {
    let say = say();
    let tell = |said: Said| {
        let mut text = serde_json::Value::from(said);
        super::tell(&say, &mut text);
        text.as_str().unwrap_or_default().to_owned()
    };
    let events = PageEvent::ALL.iter().map(|known| known.as_str());
    let events = events.chain(ObjectEvent::ALL.iter().map(|known| known.as_str()));
    for event in events.chain(AuditEvent::ALL.iter().map(|known| known.as_str())) {
        let key = format!("\n    [{}] ", event.replace('.', "_"));
        let has_words = ENGLISH.iter().any(|(_, text)| text.contains(&key));
        assert_eq!((tell(words::event(event)), has_words), (event.replace(['_', '.'], " "), true));
    }
    let code: String = sources().into_iter().map(|source| source.code).collect();
    for status in (400..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
        let Some(reason) = status.canonical_reason() else { continue };
        let constant = format!("StatusCode::{}", reason.to_uppercase().replace(' ', "_"));
        if code.contains(&constant) {
            assert_eq!(tell(said("status").with("status", status.as_u16())), reason);
        }
    }
}
