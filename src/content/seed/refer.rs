//! Putting ids in the place of what seed files refer to: pages by their paths, snippets by their slugs, files by theirs.

use std::collections::HashMap;

use serde_json::Value;

use super::Media;
use crate::content::types::ValueSlot;
use crate::render::rich_text;

/// What content may refer to by a path or a slug instead of an id.
pub(super) struct Known<'k> {
    /// By public path: `/about/`, `/de/ueber-uns/`.
    pub pages: &'k HashMap<String, i64>,
    /// By type and slug; those of the main language, which are shown in the language of each page.
    pub snippets: &'k HashMap<(String, String), i64>,
    pub media: &'k Media,
}

/// Replaces paths and slugs by ids.
pub(super) fn resolve(at: &str, slot: ValueSlot<'_>, known: &Known<'_>, unknown: &mut Vec<String>) {
    let Known { pages: ids, snippets: slugs, media } = known;
    match slot {
        ValueSlot::Page(value) => {
            if let Some(path) = value.as_str().map(str::to_owned) {
                match ids.get(&path) {
                    Some(id) => *value = (*id).into(),
                    None => unknown.push(format!("{at}: there is no page at {path}")),
                }
            }
        }
        ValueSlot::RichText(html) => match rich_text::resolve_paths(html, &mut |path| ids.get(path).copied()) {
            Ok(resolved) => *html = resolved.into_owned(),
            Err(paths) => unknown.extend(paths.iter().map(|path| format!("{at}: there is no page at {path}"))),
        },
        ValueSlot::Snippet { of, value } => {
            if let Some(id) = value.as_str().map(|slug| snippet_id(at, of, slug, slugs, unknown)) {
                *value = id;
            }
        }
        ValueSlot::Snippets { of, value } => {
            for item in value.as_array_mut().into_iter().flatten() {
                if let Some(id) = item.as_str().map(|slug| snippet_id(at, of, slug, slugs, unknown)) {
                    *item = id;
                }
            }
        }
        ValueSlot::Image(value) => file_id(at, value, "image", &media.images, unknown),
        ValueSlot::Document(value) => file_id(at, value, "document", &media.documents, unknown),
        ValueSlot::Embed(_) => {}
    }
}

/// Replaces the path of a file below `seed/media/` by its id.
pub(super) fn file_id(at: &str, value: &mut Value, kind: &str, ids: &HashMap<String, i64>, unknown: &mut Vec<String>) {
    let Some(path) = value.as_str().map(str::to_owned) else { return };
    match ids.get(&path) {
        Some(id) => *value = (*id).into(),
        None => unknown.push(format!("{at}: there is no {kind} seed/media/{path}")),
    }
}

fn snippet_id(
    at: &str,
    of: &str,
    slug: &str,
    slugs: &HashMap<(String, String), i64>,
    unknown: &mut Vec<String>,
) -> Value {
    let found = slugs.get(&(of.to_owned(), slug.to_owned())).copied();
    if found.is_none() {
        unknown.push(format!("{at}: there is no {of} with the slug {slug}"));
    }
    found.into()
}
