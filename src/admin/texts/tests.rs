//! Every message that a template asks for is there, with the values that it needs, and none is idle.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::admin::TEMPLATES;

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
