//! Collections in the editor: lists of their rows, the form of one, what was done to it, deleting it, and files in and
//! out. Each is for those whose groups have the permission for that collection.

mod asked;
mod delete;
mod edit;
mod export;
mod import;
mod list;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;

use super::entry::{Seat, Speaks};
use super::pages::ids;
use super::refusal::Refusal;
use super::{Admin, only};
use crate::accounts::RecordPermission;
use crate::admin::texts::said;
use crate::content::records::{self, Record};
use crate::content::types::{ContentType, RecordOptions, Types};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminRecords;
const URL: &str = "/admin/records/";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route(URL, only(get(list::index), ROUTE))
        .route("/admin/records/{collection}/", only(get(list::page), ROUTE))
        .route("/admin/records/{collection}/add/", only(get(edit::new).post(edit::add), ROUTE))
        .route("/admin/records/{collection}/export.csv", only(get(export::file), ROUTE))
        .route("/admin/records/{collection}/export.jsonl", only(get(export::file), ROUTE))
        .route("/admin/records/{collection}/import/", only(get(import::page).post(import::take), ROUTE))
        .route("/admin/records/{collection}/{id}/", only(get(edit::page).post(edit::save), ROUTE))
        .route("/admin/records/{collection}/{id}/delete/", only(get(delete::ask).post(delete::delete), ROUTE))
        .route("/admin/records/{collection}/{id}/history/", only(get(show::history), ROUTE))
}

fn enter<'a>(
    admin: &'a Admin,
    request: &Request,
    speaks: Speaks,
) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
    admin.enter(request, ROUTE, speaks)
}

/// A collection: its type, and what that says of its rows.
type Of<'t> = (&'t ContentType, &'t RecordOptions);

fn may(seat: &Seat, of_type: &ContentType, permission: RecordPermission) -> bool {
    seat.grants.may_with_records(permission, &of_type.name)
}

/// The collection of an address, for somebody who may do this with its rows.
fn open<'t>(types: &'t Types, seat: &Seat, path: &str, needed: RecordPermission) -> Result<Of<'t>, Refusal> {
    let found = types.collection_at(path).ok_or(Refusal::Missing(said("no-such-collection-of-rows")))?;
    match may(seat, found.0, needed) {
        true => Ok(found),
        false => Err(Refusal::Forbidden(said("may-not-do-this-with-rows"))),
    }
}

/// The collections that somebody may do something with.
pub(super) fn open_to<'t>(types: &'t Types, seat: &Seat) -> impl Iterator<Item = Of<'t>> {
    let may_some = |found: &&ContentType| RecordPermission::ALL.iter().any(|known| may(seat, found, *known));
    types.collections().filter(may_some).filter_map(|found| Some((found, found.records.as_ref()?)))
}

/// Where somebody works with a collection: at its list; or, if they may add rows and see none, where they add one.
pub(super) fn door(seat: &Seat, (of_type, options): Of<'_>) -> String {
    let list = list_url(options);
    if may(seat, of_type, RecordPermission::View) { list } else { format!("{list}add/") }
}

/// The row of an address.
async fn find(admin: &Admin, of_type: &ContentType, id: &str) -> Result<Record, Refusal> {
    let nothing = || Refusal::Missing(said("row-gone"));
    let id = ids::parse(id).ok_or_else(nothing)?;
    admin.app.content.find_record(&of_type.name, id).await?.ok_or_else(nothing)
}

/// Where the rows of a collection are listed.
pub(super) fn list_url(options: &RecordOptions) -> String {
    format!("{URL}{}/", options.path)
}

fn url(options: &RecordOptions, id: i64) -> String {
    format!("{URL}{}/{id}/", options.path)
}

/// What a row is called for somebody: by its number, when they do not see the field that names it.
fn called(seat: &Seat, (of_type, options): Of<'_>, row: &Record) -> String {
    let named = options.title.as_ref().and_then(|name| of_type.field(name));
    match named.is_none_or(|field| seat.actor().rights.allow(field)) {
        true => records::title(options, &row.values, row.id),
        false => format!("#{}", row.id),
    }
}
