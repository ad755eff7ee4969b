//! Fields of content that comes: they fit their types as those of an editor do, or what does not fit is left out and told.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::parts::{PAGES, Part, RECORDS, SNIPPETS};
use super::row::{self, Object};
use crate::content::slug;
use crate::content::types::{ContentType, Kind, Mode, Types};
use crate::import::Report;

/// Longest title, SEO title and search description, in characters.
const MAX_LINE: usize = 255;
/// The root of the tree is of no type.
const ROOT: i64 = 1;

/// Brings the fields of an object into the form of its type; the text says why it cannot come at all.
pub(super) fn of_object(
    types: &Types,
    part: &Part,
    (name, object): (&str, &mut Object),
    report: &mut Report,
) -> Result<(), String> {
    let is_root = part.name == PAGES && row::number(object, "id") == Some(ROOT);
    if is_root {
        return Ok(());
    }
    let kinds: &[Kind] = match part.name {
        PAGES => &[Kind::Page],
        SNIPPETS => &[Kind::Snippet],
        RECORDS => &[Kind::Collection],
        _ => &[Kind::Settings],
    };
    let of_type = find(types, row::text(object, "type"), kinds)?;
    if part.name == PAGES {
        check_head(object)?;
    }
    let is_draft = part.name == PAGES && object.get("live") == Some(&Value::Bool(false));
    let mode = if is_draft { Mode::Draft } else { Mode::Publish };
    fit(types, of_type, mode, (name, object, "data"), report);
    Ok(())
}

/// The same of a revision, whose object is of one of these types.
pub(super) fn of_revision(
    types: &Types,
    owners: &HashMap<i64, String>,
    owner: &str,
    (name, object): (&str, &mut Object),
    report: &mut Report,
) -> Result<(), String> {
    let id = row::number(object, owner).unwrap_or_default();
    let type_name = owners.get(&id).ok_or_else(|| format!("{owner} {id} is neither here nor in the export"))?;
    let of_type = find(types, type_name, &[Kind::Page, Kind::Snippet])?;
    let Some(Value::Object(content)) = object.get_mut("content") else { return Err("its content is none".to_owned()) };
    fit(types, of_type, Mode::Draft, (name, content, "fields"), report);
    Ok(())
}

fn find<'t>(types: &'t Types, name: &str, kinds: &[Kind]) -> Result<&'t ContentType, String> {
    let found = types.find(name).filter(|of_type| kinds.contains(&of_type.kind));
    found.ok_or_else(|| format!("there is no such type {name:?} here"))
}

fn check_head(object: &Object) -> Result<(), String> {
    let (title, slug) = (row::text(object, "title"), row::text(object, "slug"));
    if title.trim().is_empty() || !slug::is_valid(slug) {
        return Err(format!("its title {title:?} or its slug {slug:?} does not fit"));
    }
    for field in ["title", "draft_title", "seo_title", "search_description"] {
        if row::text(object, field).chars().count() > MAX_LINE {
            return Err(format!("its {field} is longer than {MAX_LINE} characters"));
        }
    }
    Ok(())
}

/// Brings the fields at one place of an object into their normal form. Each that does not fit is told, and left out.
fn fit(
    types: &Types,
    of_type: &ContentType,
    mut mode: Mode,
    (name, object, place): (&str, &mut Map<String, Value>, &str),
    report: &mut Report,
) {
    let Some(Value::Object(fields)) = object.get_mut(place) else {
        report.notice(name, place, "it is no object: left out");
        object.insert(place.to_owned(), Value::Object(Map::new()));
        return;
    };
    // Of a page that was never published.
    if fields.is_empty() && mode == Mode::Draft {
        return;
    }
    loop {
        match of_type.validate(types, fields, mode) {
            Ok(values) => {
                *fields = values;
                return;
            }
            Err(errors) => {
                let mut is_less = mode == Mode::Publish;
                for error in errors {
                    let head = error.path.split(['.', '[']).next().unwrap_or_default();
                    let is_out = fields.shift_remove(head).is_some();
                    is_less |= is_out;
                    let what = if is_out { ": the field is left out" } else { "" };
                    report.notice(name, &error.path, format!("{}{what}", error.message));
                }
                if !is_less {
                    fields.clear();
                }
                // What is left out is not there, as in a draft.
                mode = Mode::Draft;
            }
        }
    }
}
