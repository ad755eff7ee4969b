//! `--infer-types`: a site folder to start from, made of what the objects of a dump hold. A dump has no field definitions, so
//! kinds are told from values, references from Wagtail's own index of them, and both are to be looked through.

mod library;
mod models;
mod shape;
mod templates;

use std::path::Path;

use serde_json::Value;

use super::convert::snake;
use super::dump::{Dump, DumpError, Object, PAGE, REVISION, content_of};
use super::key::Key;
use super::pages::whole;
use super::relation::BOOKKEEPING;
use super::{ImportError, Told};
use crate::content::types;
use crate::import::Report;
use library::{Kind, Library, list, quoted};
use models::Models;
use shape::Shape;

const FORM_BLOCKS: &str = include_str!("form_blocks.toml");

/// The name of a field here: with `_value` behind it when pages or snippets have something of that name already.
pub(super) fn field_name(name: &str) -> String {
    let name = snake(name);
    let is_taken = |kind: types::Kind| kind.own_names().contains(&name.as_str());
    if is_taken(types::Kind::Page) || is_taken(types::Kind::Snippet) { format!("{name}_value") } else { name }
}

/// What was written.
pub struct Inferred {
    pub types: usize,
    pub blocks: usize,
}

/// Files of a site folder on their way.
struct Folder<'f> {
    root: &'f Path,
    written: usize,
}

impl Folder<'_> {
    fn write(&mut self, path: &str, text: &str) -> Result<(), DumpError> {
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        self.written += 1;
        Ok(std::fs::write(path, text)?)
    }
}

/// What one type is made of.
struct Made {
    shape: Shape,
    has_tags: bool,
    is_form: bool,
}

/// Writes types, blocks and plain templates into a folder that does not exist, or is empty.
///
/// # Errors
/// When the dump cannot be read, or the folder not be written.
pub fn infer(dump: &Path, folder: &Path, report: &mut Report, told: Told<'_>) -> Result<Inferred, ImportError> {
    let size = std::fs::metadata(dump).map_err(DumpError::from)?.len();
    let mut read = 0;
    let dump = Dump::open(dump, report, |more| {
        read += more;
        told("read the dump", read, size);
    })?;
    let models = Models::of(&dump)?;
    let mut library = Library::default();
    let mut folder = Folder { root: folder, written: 0 };
    let mut has_forms = false;
    let kinds = [(&models.pages, "page"), (&models.snippets, "snippet"), (&models.settings, "settings")];
    let mut types = 0;
    for (names, kind) in kinds {
        for model in names {
            told("look at", types as u64, (models.pages.len() + models.snippets.len()) as u64);
            let made = if kind == "page" { of_pages(&dump, &models, model)? } else { of_rows(&dump, &models, model)? };
            has_forms |= made.is_form;
            write_type(&mut folder, (model, kind), &made, (&dump, &models, &mut library), report)?;
            types += 1;
        }
    }
    let (mut text, blocks) = library.toml(&models);
    if has_forms {
        text = format!("{text}\n{}", templates::with_template(FORM_BLOCKS));
        folder.write("templates/blocks/form_field.html", "")?;
    }
    folder.write("types/blocks.toml", &format!("# The blocks of all streams.\n\n{text}"))?;
    for (name, template) in &blocks {
        folder.write(&format!("templates/blocks/{name}.html"), template)?;
    }
    for (path, text) in templates::COMMON {
        folder.write(path, text)?;
    }
    Ok(Inferred { types, blocks: blocks.len() })
}

/// All pages of a type as they stand, and their newest drafts.
fn of_pages(dump: &Dump, models: &Models, model: &str) -> Result<Made, DumpError> {
    let mut made = Made { shape: Shape::default(), has_tags: false, is_form: false };
    for key in dump.keys(model) {
        let Some(page) = dump.read(PAGE, key)? else { continue };
        made.see(whole(dump, &page, model)?, models, model);
        let newest = page.fields.get("latest_revision").and_then(Key::of);
        let newest = newest.map(|key| dump.read(REVISION, &key)).transpose()?.flatten();
        if let Some(content) = newest.and_then(|row| content_of(&row.fields)) {
            made.see(content, models, model);
        }
    }
    for relation in dump.relations.parts(model) {
        let names: Vec<&str> = dump.names_of(&relation.model).collect();
        made.has_tags |= names.contains(&"tag") && names.contains(&"content_object");
    }
    Ok(made)
}

fn of_rows(dump: &Dump, models: &Models, model: &str) -> Result<Made, DumpError> {
    let mut made = Made { shape: Shape::default(), has_tags: models.has_tags(model), is_form: false };
    for key in dump.keys(model) {
        let Some(Object { mut fields, .. }) = dump.read(model, key)? else { continue };
        fields.shift_remove("site");
        made.see(fields, models, model);
    }
    Ok(made)
}

impl Made {
    fn see(&mut self, fields: serde_json::Map<String, Value>, models: &Models, model: &str) {
        let targets = |path: &str| models.target(model, path);
        for (name, value) in fields {
            if BOOKKEEPING.contains(&name.as_str()) {
                continue;
            }
            if models.is_tags(model, &name) {
                self.has_tags = true;
                continue;
            }
            let first = value.as_array().and_then(|parts| parts.first());
            let has = |field: &str| first.is_some_and(|part| part.get(field).is_some());
            if has("tag") && (has("content_object") || has("object_id")) {
                self.has_tags = true;
            } else if has("clean_name") && has("field_type") {
                self.is_form = true;
                self.shape.field(&name);
            } else {
                self.shape.field(&name).see(&value, &name, &targets);
            }
        }
    }
}

fn write_type(
    folder: &mut Folder<'_>,
    (model, kind): (&str, &str),
    made: &Made,
    (dump, models, library): (&Dump, &Models, &mut Library),
    report: &mut Report,
) -> Result<(), DumpError> {
    let file = model.replace('.', "_");
    let short = models.name(model);
    let short = short.rsplit('.').next().unwrap_or(&short);
    let label = snake(short).replace('_', " ");
    let mut text = format!("name = {}\nkind = \"{kind}\"\nlabel = {}\n", quoted(&models.name(model)), quoted(&label));
    let has = |field: &str| dump.names_of(model).any(|name| name == field);
    match kind {
        "page" => text += &format!("template = \"pages/{file}.html\"\n"),
        "snippet" => {
            let keeps = if has("live_revision") { "drafts" } else { "revisions" };
            for (field, option) in [("translation_key", "translatable"), ("latest_revision", keeps)] {
                text += &if has(field) { format!("{option} = true\n") } else { String::new() };
            }
        }
        _ => {}
    }
    if made.is_form {
        text += "\n[form]\nfields = \"form_fields\"\n";
    }
    let mut body = String::new();
    for (name, shape) in &made.shape.fields {
        let own = field_name(name);
        let is_own_name = kind == "snippet" && matches!(name.as_str(), "name" | "slug");
        if is_own_name || BOOKKEEPING.contains(&name.as_str()) && name != "title" {
            continue;
        }
        let found = match made.is_form && name == "form_fields" {
            true => Some(Kind { name: "stream", keys: vec![("blocks", list(&templates::form_blocks(FORM_BLOCKS)))] }),
            false => library.kind(&own, shape, models, 0),
        };
        let Some(found) = found else {
            text += &format!("\n# {own}: no object has anything there, so that its kind is not known\n");
            report.notice(model, name, "no object has anything there: the types leave it out");
            continue;
        };
        text += &format!("\n[[fields]]\nname = \"{own}\"\n{}", found.lines());
        let is_form = made.is_form && name == "form_fields";
        body += &if is_form { templates::FORM.to_owned() } else { library::show(&format!("page.{own}"), &found) };
    }
    if made.has_tags {
        text += "\n[[fields]]\nname = \"tags\"\nkind = \"tags\"\n";
    }
    folder.write(&format!("types/{file}.toml"), &text)?;
    if kind == "page" {
        folder.write(&format!("templates/pages/{file}.html"), &templates::page(&body))?;
    }
    Ok(())
}
