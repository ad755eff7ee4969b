//! What differs between two revisions, for people: field by field, blocks by their ids, texts by their words.

use std::collections::HashSet;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use similar::{Algorithm, ChangeTag, DiffTag, TextDiff, capture_diff_slices};

use super::wording::Wording;
use crate::admin::texts::{Said, said};
use crate::content::page::PageContent;
use crate::content::types::{ContentType, Field, FieldKind};

/// Looking for the shortest difference of one text ends after this; a longer one is shown then.
const MAX_TIME: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Changed,
    Added,
    Removed,
    Moved,
}

/// A run of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    pub tag: &'static str,
    pub text: String,
}

/// One field, or one block of a stream, that is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    pub label: Said,
    pub kind: Kind,
    /// Empty when the words are the same, and something else differs: an emphasis, the target of a link.
    pub parts: Vec<Part>,
}

/// All that differs, in the order of the form.
pub(super) fn between(
    of_type: &ContentType,
    wording: &Wording<'_>,
    old: &PageContent,
    new: &PageContent,
) -> Vec<Difference> {
    let yes = |yes: bool| wording.yes_or_no(yes).to_owned();
    let heads = [
        (said("differs-title"), old.title.clone(), new.title.clone()),
        (said("differs-slug"), old.slug.clone(), new.slug.clone()),
        (said("differs-seo-title"), old.seo_title.clone(), new.seo_title.clone()),
        (said("differs-search-description"), old.search_description.clone(), new.search_description.clone()),
        (said("differs-in-menus"), yes(old.show_in_menus), yes(new.show_in_menus)),
    ];
    let mut found: Vec<Difference> = heads
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(label, old, new)| changed(label, &old, &new))
        .collect();
    for field in &of_type.fields {
        let value = |content: &PageContent| content.fields.get(&field.name).cloned().unwrap_or(Value::Null);
        let (old, new) = (value(old), value(new));
        if old == new {
            continue;
        }
        match (&field.kind, old.as_array(), new.as_array()) {
            (FieldKind::Stream { .. }, Some(old), Some(new)) => found.extend(blocks(field, wording, old, new)),
            _ => found.push(changed(
                Said::Text(field.label.clone()),
                &wording.of(&field.kind, &old),
                &wording.of(&field.kind, &new),
            )),
        }
    }
    found
}

fn changed(label: Said, old: &str, new: &str) -> Difference {
    Difference { label, kind: Kind::Changed, parts: words(old, new) }
}

fn words(old: &str, new: &str) -> Vec<Part> {
    if old == new {
        return Vec::new();
    }
    let difference = TextDiff::configure().timeout(MAX_TIME).diff_words(old, new);
    let mut parts: Vec<Part> = Vec::new();
    for change in difference.iter_all_changes() {
        let tag = match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Insert => "added",
            ChangeTag::Delete => "removed",
        };
        match parts.last_mut().filter(|last| last.tag == tag) {
            Some(last) => last.text.push_str(change.value()),
            None => parts.push(Part { tag, text: change.value().to_owned() }),
        }
    }
    parts
}

fn id(block: &Value) -> &str {
    block.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// Blocks that are new, gone, moved or changed, where they stand.
fn blocks(field: &Field, wording: &Wording<'_>, old: &[Value], new: &[Value]) -> Vec<Difference> {
    let (old_ids, new_ids): (Vec<&str>, Vec<&str>) = (old.iter().map(id).collect(), new.iter().map(id).collect());
    let (before, after): (HashSet<&str>, HashSet<&str>) =
        (old_ids.iter().copied().collect(), new_ids.iter().copied().collect());
    let named = |block: &Value| {
        said("differs-block").with("field", field.label.as_str()).with("block", wording.block_label(block))
    };
    let whole = |block: &Value, kind: Kind, tag: &'static str| Difference {
        label: named(block),
        kind,
        parts: vec![Part { tag, text: wording.of_block(block) }],
    };
    let mut found = Vec::new();
    for step in capture_diff_slices(Algorithm::Myers, &old_ids, &new_ids) {
        let (tag, olds, news) = step.as_tag_tuple();
        if tag == DiffTag::Equal {
            for (old, new) in old[olds].iter().zip(&new[news]).filter(|(old, new)| old != new) {
                found.push(changed(named(new), &wording.of_block(old), &wording.of_block(new)));
            }
            continue;
        }
        // What is both gone here and new elsewhere moved: it is told where it is now.
        found.extend(
            old[olds]
                .iter()
                .filter(|block| !after.contains(id(block)))
                .map(|block| whole(block, Kind::Removed, "removed")),
        );
        for block in &new[news] {
            if !before.contains(id(block)) {
                found.push(whole(block, Kind::Added, "added"));
                continue;
            }
            let was = old.iter().find(|known| id(known) == id(block)).unwrap_or(&Value::Null);
            let parts = words(&wording.of_block(was), &wording.of_block(block));
            found.push(Difference { label: named(block), kind: Kind::Moved, parts });
        }
    }
    found
}
