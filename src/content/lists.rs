//! The lists that a page stands in: its parent's, and the parent's lists by snippet and by tag. A list depends on who is
//! in it; a page that changes its category moves between two lists and touches no other.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::change::Tag;
use super::page::Page;
use super::tag;
use super::types::{ContentType, FieldKind, Types};

/// The list of `parent`'s children whose `field` has `value`: the id of a snippet, or the slug of a tag.
pub fn narrowed(parent: i64, field: &str, value: &str) -> Tag {
    Tag::List(format!("{parent}/{field}/{value}"))
}

/// Every list in which a page with these summary fields stands below `parent`, without the parent's whole list.
pub(super) fn narrowed_lists(of_type: &ContentType, parent: i64, summary: &Map<String, Value>) -> BTreeSet<Tag> {
    let mut lists = BTreeSet::new();
    for field in &of_type.fields {
        let Some(value) = summary.get(&field.name) else { continue };
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            match (&field.kind, value.as_i64(), value.as_str()) {
                (FieldKind::Snippet { .. } | FieldKind::Snippets { .. }, Some(id), _) => {
                    lists.insert(narrowed(parent, &field.name, &id.to_string()));
                }
                (FieldKind::Tags { .. }, _, Some(name)) => {
                    lists.insert(narrowed(parent, &field.name, &tag::slug_of(name)));
                }
                _ => {}
            }
        }
    }
    lists
}

/// All lists that a live page stands in: touched when it comes or goes.
pub(super) fn of_page(types: &Types, page: &Page) -> Vec<Tag> {
    page.parent_id.map(|parent| below(types, parent, &page.type_name, &page.summary)).unwrap_or_default()
}

/// All lists below `parent` in which a live page of this type and summary stands.
pub(super) fn below(types: &Types, parent: i64, type_name: &str, summary: &Map<String, Value>) -> Vec<Tag> {
    let narrowed = types.find(type_name).map(|of_type| narrowed_lists(of_type, parent, summary));
    narrowed.into_iter().flatten().chain([Tag::Children(parent)]).collect()
}

/// The lists that a live page enters or leaves when its summary changes.
pub(super) fn changed(of_type: &ContentType, page: &Page, summary: &Map<String, Value>) -> Vec<Tag> {
    let Some(parent) = page.parent_id else { return Vec::new() };
    let old = narrowed_lists(of_type, parent, &page.summary);
    let new = narrowed_lists(of_type, parent, summary);
    old.symmetric_difference(&new).cloned().collect()
}
