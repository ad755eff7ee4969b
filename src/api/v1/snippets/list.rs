//! Lists of the snippets of a type: narrowed, in an order, a part at a time.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::{refuse, shown};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::included::{Beside, Include, Source};
use crate::api::v1::pages::{rights, seen_fields};
use crate::api::v1::problem::{Done, Refusal, bad_request};
use crate::api::v1::rich;
use crate::api::v1::sparse::Sparse;
use crate::content::FieldRights;
use crate::content::explore::Cursor;
use crate::content::snippet::{self, Behind, Course, Listing, Snippet, Status};
use crate::content::types::{ContentType, FieldKind, Kind};
use crate::telemetry::label::Route;

/// What is told of each snippet when nobody says otherwise.
const HEADS: &str = "id,meta,name,slug";
const NAMES: [&str; 10] =
    ["type", "search", "locale", "state", "order", "fields", "include", "limit", "after", "rich_text"];
const ORDERS: [(&str, Course); 5] = [
    ("id", Course::Id),
    ("name", Course::Name),
    ("-name", Course::NameTurned),
    ("updated_at", Course::UpdatedTurned),
    ("-updated_at", Course::Updated),
];

pub(super) async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, sent).await;
    answer(&api, &caller, request, (Route::ApiSnippets, Some(Scope::ReadContent)), work).await
}

/// As the address names a field that the list is narrowed by.
fn parameter(name: &str) -> String {
    format!("fields.{name}")
}

/// Fields with the values that the address says. What others set is no filter: a list tells what it is narrowed by.
fn values(sent: &Sent, of_type: &ContentType, rights: &FieldRights) -> Result<Map<String, Value>, Refusal> {
    let mut values = Map::new();
    for field in of_type.filters().filter(|field| rights.allow(field)) {
        let name = parameter(&field.name);
        let Some(text) = sent.query.first(&name) else { continue };
        let value = match &field.kind {
            FieldKind::Boolean => entry::flag(sent, &name)?.map(Value::Bool),
            FieldKind::Choice(choices) | FieldKind::MultipleChoice(choices) => {
                choices.iter().find(|choice| choice.value == text).map(|choice| json!(choice.value))
            }
            _ => None,
        };
        let value = value.ok_or_else(|| bad_request(format!("{name} is none of the values of that field.")))?;
        values.insert(field.name.clone(), value);
    }
    Ok(values)
}

fn behind(sent: &Sent) -> Result<Behind, Refusal> {
    let Some(text) = sent.query.first("after") else { return Ok(Behind::default()) };
    let parsed = Cursor::parse(text).and_then(|Cursor { key, id }| {
        let (updated_at, name) = key.split_once(' ')?;
        // A database does not turn the lowest number round.
        let updated_at = updated_at.parse().ok().filter(|at| *at >= 0)?;
        Some(Behind { id, name: name.to_owned(), updated_at })
    });
    parsed.ok_or_else(|| bad_request("after is none that a list gave.").into())
}

fn cursor(last: &Snippet) -> String {
    Cursor { key: format!("{} {}", last.updated_at, last.name), id: last.id }.to_string()
}

/// What is live, or, of what was never published, its draft as it was first saved.
async fn list(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    refuse(caller)?;
    let types = api.site.app.content.types();
    let type_name = sent.query.first("type").unwrap_or_default();
    let of_type = types.find(type_name).filter(|found| found.kind == Kind::Snippet);
    let of_type = of_type.ok_or_else(|| bad_request("type names a type of snippets."))?;
    let rights = rights(caller);
    let fields: Vec<String> =
        of_type.filters().filter(|field| rights.allow(field)).map(|field| parameter(&field.name)).collect();
    let names: Vec<&str> = NAMES.into_iter().chain(fields.iter().map(String::as_str)).collect();
    known(&sent.query, &names)?;
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or(HEADS))?;
    let include = Include::of(sent, &types, Kind::Snippet)?;
    let (limit, format) = (entry::usual_limit(sent)?, rich::asked(sent)?);
    let status = match sent.query.first("state") {
        None => None,
        Some(state) => Some(Status::parse(state).ok_or_else(|| bad_request("state is live, draft or changed."))?),
    };
    let order = sent.query.first("order").unwrap_or("id");
    let course = ORDERS.iter().find(|(word, _)| *word == order).map(|(_, course)| *course);
    let course = course.ok_or_else(|| bad_request("order is id, name, -name, updated_at or -updated_at."))?;
    let listing = Listing {
        type_name,
        search: entry::text(sent, "search")?,
        locale: entry::text(sent, "locale")?,
        status,
        fields: values(sent, of_type, &rights)?,
        ..Listing::default()
    };
    let found = snippet::list_after(&api.site.app.db, &listing, (course, &behind(sent)?), limit + 1).await?;
    let seen = |known: &Snippet| seen_fields(api, type_name, known.fields.clone(), &rights);
    let contents: Vec<Map<String, Value>> = found.iter().take(limit as usize).map(seen).collect();
    let texts = contents.iter().filter(|_| sparse.wants_content()).map(|fields| (type_name, fields));
    let wants = rich::wants(api, format, texts);
    let sources = contents.iter().map(|fields| Source { type_name, fields: Some(fields), ..Source::default() });
    let followed = include.map(|include| include.follow(api, caller, sources));
    let site = api.site.site_at(&sent.host);
    let beside = Beside::load(api, caller, (format, site.as_ref()), wants, followed).await?;
    let one = |known: &Snippet| {
        let mut whole = shown(api, caller, known, known.content());
        if let Some(fields) = whole["fields"].as_object_mut() {
            beside.told.write(api, type_name, site.as_ref(), fields);
        }
        sparse.select(whole)
    };
    let mut told = entry::part_of(sent, limit, found, cursor, one);
    beside.add_to(&mut told);
    Ok(Reply::ok(&told))
}
