//! The snippets of a list as a table for spreadsheets, read and sent a thousand at a time.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::asked::Asked;
use super::{ROUTE, enter, type_of};
use crate::admin::Admin;
use crate::admin::answer::plain;
use crate::admin::columns::Names;
use crate::admin::entry::Speaks;
use crate::admin::pages::query_of;
use crate::admin::refusal::Done;
use crate::clock::Micros;
use crate::content::FieldRights;
use crate::content::form::export::harmless;
use crate::content::snippet::{self, LISTED_AT_ONCE, Snippet};
use crate::content::types::{ContentType, Field};
use crate::db::DbError;
use crate::http::form::FormData;

/// What every table has beside the fields.
const COLUMNS: [&str; 6] = ["id", "name", "slug", "locale", "live", "updated_at"];

pub(super) async fn table(State(admin): State<Arc<Admin>>, Path(name): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| begin(&admin, seat.actor().rights, &name, query).await).await
}

/// An export under way.
struct Rest {
    admin: Arc<Admin>,
    type_name: String,
    query: FormData,
    rights: FieldRights,
    after: i64,
}

/// The first part is read before the head is sent, so that a database that is away is an error and no broken file.
async fn begin(admin: &Arc<Admin>, rights: FieldRights, type_name: &str, query: FormData) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    Asked::of(&query, of_type, rights.clone())?;
    let labels = fields(of_type, &rights).map(|field| harmless(field.name.clone()));
    let head = line(COLUMNS.iter().map(|name| (*name).to_owned()).chain(labels));
    let rest = Rest { admin: admin.clone(), type_name: type_name.to_owned(), query, rights, after: 0 };
    let (first, rest) = rest.next().await?;
    let first = [head, first].concat();
    let parts = futures_util::stream::unfold((Some(first), rest), |(ready, rest)| async move {
        match (ready, rest) {
            (Some(part), rest) => Some((Ok::<Bytes, DbError>(part.into()), (None, rest))),
            (None, None) => None,
            (None, Some(rest)) => match rest.next().await {
                Ok((part, rest)) => Some((Ok(part.into()), (None, rest))),
                // The connection breaks off: the client sees that the file is not whole.
                Err(error) => {
                    tracing::error!(%error, "an export of snippets broke off");
                    Some((Err(error), (None, None)))
                }
            },
        }
    });
    let mut response = plain(StatusCode::OK, ROUTE);
    *response.body_mut() = Body::from_stream(parts);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    // The names of types are letters, digits, `_` and one dot.
    let named = HeaderValue::from_str(&format!("attachment; filename=\"{type_name}.csv\""));
    headers.insert(CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}

impl Rest {
    /// The next part, and what is left behind it.
    async fn next(mut self) -> Result<(Vec<u8>, Option<Self>), DbError> {
        let (found, text) = {
            let types = self.admin.app.content.types();
            // A type that was taken away meanwhile has no more snippets.
            let asked = |of_type| Asked::of(&self.query, of_type, self.rights.clone()).ok();
            let Some(asked) = type_of(&types, &self.type_name).ok().and_then(asked) else {
                return Ok((Vec::new(), None));
            };
            let mut listing = asked.listing();
            listing.offset = 0;
            let found = snippet::list_behind(&self.admin.app.db, &listing, self.after).await?;
            let mut text = Vec::new();
            // Names of snippets are read for so many rows at once.
            for rows in found.chunks(100) {
                let names = Names::load(&self.admin, asked.of_type, rows.iter().map(|row| &row.fields)).await?;
                text.extend(rows.iter().flat_map(|row| self.line(&names, asked.of_type, row)));
            }
            (found.last().map(|last| last.id).filter(|_| found.len() as i64 == LISTED_AT_ONCE), text)
        };
        let Some(last) = found else { return Ok((text, None)) };
        self.after = last;
        Ok((text, Some(self)))
    }

    fn line(&self, names: &Names, of_type: &ContentType, row: &Snippet) -> Vec<u8> {
        let own = [
            row.id.to_string(),
            harmless(row.name.clone()),
            harmless(row.slug.clone()),
            harmless(row.locale.clone()),
            row.live.to_string(),
            Micros(row.updated_at).to_rfc3339(),
        ];
        let cells = fields(of_type, &self.rights).map(|field| harmless(self.admin.say(names.text(field, &row.fields))));
        line(own.into_iter().chain(cells))
    }
}

/// All fields that fit into a cell, columns of the list or not; but those that others set.
fn fields<'t>(of_type: &'t ContentType, rights: &FieldRights) -> impl Iterator<Item = &'t Field> {
    of_type.fields.iter().filter(|field| field.kind.is_column() && rights.allow(field))
}

fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}
