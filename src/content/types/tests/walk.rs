//! References, words, and rewriting, at every depth.

use serde_json::{Value, json};

use super::super::{Reference, ReferenceKind, ValueSlot, reading_time_minutes, word_count};
use super::{object, site};

fn values() -> serde_json::Map<String, Value> {
    object(json!({
        "intro": "Hello world",
        "categories": [4, 5, 4],
        "related": 9,
        "body": [
            {"type": "paragraph", "value": "<p>One <b>two</b> <a linktype=\"page\" id=\"7\">three</a></p>"},
            {"type": "hero", "value": {"title": "Big", "target": 8, "points": [{"type": "item", "value": "p one"}, "p two"]}},
            {"type": "column", "value": [{"type": "paragraph", "value": "<p><a linktype=\"page\" id=\"7\">deep</a></p>"}, {"type": "note", "value": null}]},
            {"type": "unknown", "value": 1}, 3,
        ],
        "aside": {"target": 9},
    }))
}

#[test]
fn references_are_found_at_every_depth_once_a_field() {
    let types = site();
    let post = types.find("blog.Post").expect("it was loaded");
    let found: Vec<(ReferenceKind, i64, String)> =
        post.references(&types, &values()).into_iter().map(|Reference { kind, id, field }| (kind, id, field)).collect();
    let named = |kind, id, field: &str| (kind, id, field.to_owned());
    assert_eq!(
        found,
        [
            named(ReferenceKind::Page, 7, "body"),
            named(ReferenceKind::Page, 8, "body"),
            named(ReferenceKind::Snippet, 4, "categories"),
            named(ReferenceKind::Snippet, 5, "categories"),
            named(ReferenceKind::Page, 9, "related"),
            named(ReferenceKind::Page, 9, "aside"),
        ]
    );
}

#[test]
fn the_words_of_a_page_are_those_that_people_read() {
    let types = site();
    let text = types.find("blog.Post").expect("it was loaded").plain_text(&types, &values());
    assert_eq!(text, "Hello world\nOne two three\nBig\np one\np two\ndeep");
    assert_eq!(word_count(&text), 11);
    assert_eq!(word_count(" – one, 2 … "), 2);
}

#[test]
fn reading_takes_a_minute_for_200_words_and_at_least_one() {
    for (words, minutes) in [(0, 1), (200, 1), (201, 2), (1_000, 5)] {
        assert_eq!(reading_time_minutes(words), minutes);
    }
}

#[test]
fn every_reference_can_be_rewritten_in_place() {
    let types = site();
    let mut values = object(json!({
        "categories": ["engineering"],
        "related": "/about/",
        "body": [
            {"type": "hero", "value": {"target": "/contact/"}},
            {"type": "column", "value": [{"type": "paragraph", "value": "<a path=\"/x/\">"}]},
        ],
    }));
    let mut seen = Vec::new();
    types.find("blog.Post").expect("it was loaded").visit_mut(&types, &mut values, &mut |path, slot| match slot {
        ValueSlot::Page(value) => {
            seen.push(format!("{path} page {value}"));
            *value = json!(3);
        }
        ValueSlot::Snippet { of, .. } => seen.push(format!("{path} snippet {of}")),
        ValueSlot::Snippets { of, value } => {
            seen.push(format!("{path} snippets {of}"));
            *value = json!([1]);
        }
        ValueSlot::RichText(html) => {
            seen.push(format!("{path} html"));
            html.clear();
        }
        other => seen.push(format!("{path} {other:?}")),
    });
    assert_eq!(
        seen,
        [
            "body[0].value.target page \"/contact/\"",
            "body[1].value[0].value html",
            "categories snippets blog.Category",
            "related page \"/about/\"",
        ]
    );
    assert_eq!(values["body"][0]["value"]["target"], json!(3));
    assert_eq!(values["body"][1]["value"][0]["value"], json!(""));
}
