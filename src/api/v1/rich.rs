//! Rich text in the form that `?rich_text=` names: what is told of pages, snippets and settings, and what is sent about
//! them. Without it rich text is as it is stored; what refers to pages, images and documents keeps their ids then, and in
//! `db_markdown`.

use serde_json::{Map, Value, json};

use super::entry::Sent;
use super::problem::{Refusal, bad_request, pointer};
use crate::api::Api;
use crate::api::v2::RichText;
use crate::content::read::{Opened, Related, Wants};
use crate::content::site::Site;
use crate::content::types::{ReferenceKind, Types, ValueSlot};
use crate::render::rich_text::Format;

/// The form that an address asks for.
pub(super) fn asked(sent: &Sent) -> Result<Format, Refusal> {
    let Some(name) = sent.query.first("rich_text") else { return Ok(Format::DbHtml) };
    let names = Format::ALL.map(Format::name).join(", ");
    Format::find(name).map_err(|_| bad_request(format!("rich_text is one of {names}.")).into())
}

/// What the texts of these fields, each with the name of its type, refer to, where the form has addresses.
pub(super) fn wants<'f>(
    api: &Api,
    format: Format,
    all: impl Iterator<Item = (&'f str, &'f Map<String, Value>)>,
) -> Wants {
    let (mut wants, types) = (Wants::default(), api.site.app.content.types());
    for (type_name, fields) in all.filter(|_| matches!(format, Format::Html | Format::Markdown)) {
        let Some(of_type) = types.find(type_name) else { continue };
        for reference in of_type.references(&types, fields) {
            match reference.kind {
                ReferenceKind::Page => wants.pages.insert(reference.id),
                ReferenceKind::Image => wants.images.insert(reference.id),
                ReferenceKind::Document => wants.documents.insert(reference.id),
                ReferenceKind::Snippet => false,
            };
        }
    }
    wants
}

/// How texts are told.
pub(super) struct Told {
    format: Format,
    related: Related,
}

impl Told {
    pub(super) fn of(format: Format, related: Related) -> Self {
        Self { format, related }
    }

    /// One query. An address is told of what visitors can go to: of a draft, or of what is restricted, the words alone.
    pub(super) async fn load(api: &Api, format: Format, wants: Wants) -> Result<Self, Refusal> {
        let mut related = Related::default();
        related.load(&api.site.app.db, &wants, &Opened::default()).await?;
        Ok(Self::of(format, related))
    }

    /// The fields of a type with their texts in this form; addresses are those that `site` gives.
    pub(super) fn write(&self, api: &Api, type_name: &str, site: Option<&Site>, fields: &mut Map<String, Value>) {
        if self.format == Format::DbHtml {
            return;
        }
        let types = api.site.app.content.types();
        let (Some(of_type), Some(site)) = (types.find(type_name), site) else { return };
        let rich = RichText { format: self.format, site, keys: &api.site.app.keys, related: &self.related };
        of_type.visit_mut(&types, fields, &mut |_, slot| {
            if let ValueSlot::RichText(text) = slot {
                *text = rich.write(text);
            }
        });
    }
}

/// As [`Told`], of the `fields` of one thing.
pub(super) async fn tell(
    api: &Api,
    format: Format,
    (type_name, site): (&str, Option<Site>),
    whole: &mut Value,
) -> Result<(), Refusal> {
    let Some(fields) = whole["fields"].as_object_mut() else { return Ok(()) };
    let told = Told::load(api, format, wants(api, format, std::iter::once((type_name, &*fields)))).await?;
    told.write(api, type_name, site.as_ref(), fields);
    Ok(())
}

/// Fields as they were sent, whose texts say which form they are in: each that does not say so itself is in this one.
pub(super) fn formatted(
    types: &Types,
    type_name: &str,
    mut fields: Map<String, Value>,
    format: Format,
) -> Map<String, Value> {
    let Some(of_type) = types.find(type_name).filter(|_| format != Format::DbHtml) else { return fields };
    let mut places = Vec::new();
    of_type.visit_mut(types, &mut fields, &mut |path, slot| {
        if let ValueSlot::RichText(_) = slot {
            places.push(pointer("", path));
        }
    });
    let mut values = Value::Object(fields);
    for place in places {
        if let Some(text) = values.pointer_mut(&place) {
            *text = json!({ "format": format.name(), "content": text.take() });
        }
    }
    match values {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
