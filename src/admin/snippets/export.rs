//! The snippets of a list as a table for spreadsheets, read a thousand at a time.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::asked::Asked;
use super::{ROUTE, enter, type_of};
use crate::admin::Admin;
use crate::admin::columns::Names;
use crate::admin::entry::Speaks;
use crate::admin::export::{self, Format, Part, Row, Table};
use crate::admin::pages::query_of;
use crate::admin::refusal::Done;
use crate::clock::Micros;
use crate::content::FieldRights;
use crate::content::sheet::Cell;
use crate::content::snippet::{self, LISTED_AT_ONCE, Snippet};
use crate::content::types::{ContentType, Field, Sorting};
use crate::http::form::FormData;

/// What every table has beside the fields.
const COLUMNS: [&str; 6] = ["id", "name", "slug", "locale", "live", "updated_at"];

pub(super) async fn table(State(admin): State<Arc<Admin>>, Path(name): Path<String>, request: Request) -> Response {
    let (query, format) = (query_of(&request), Format::of(&request));
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| begin(&admin, seat.actor().rights, &name, query, format).await).await
}

/// An export under way.
struct Rest {
    admin: Arc<Admin>,
    type_name: String,
    query: FormData,
    rights: FieldRights,
    after: i64,
}

async fn begin(admin: &Arc<Admin>, rights: FieldRights, type_name: &str, query: FormData, format: Format) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    Asked::of(&query, of_type, rights.clone())?;
    let fields: Vec<&str> = fields(of_type, &rights).map(|field| field.name.as_str()).collect();
    // The names of types are letters, digits, `_` and one dot.
    let table = Table::new(format, ROUTE, type_name, &[&COLUMNS[..], &fields].concat());
    let rest = Rest { admin: admin.clone(), type_name: type_name.to_owned(), query, rights, after: 0 };
    export::send(table, rest, Rest::next).await
}

impl Rest {
    /// The next part, and what is left behind it.
    async fn next(mut self) -> Part<Self> {
        let (last, rows) = {
            let types = self.admin.app.content.types();
            // A type that was taken away meanwhile has no more snippets.
            let asked = |of_type| Asked::of(&self.query, of_type, self.rights.clone()).ok();
            let Some(asked) = type_of(&types, &self.type_name).ok().and_then(asked) else {
                return Ok((Vec::new(), None));
            };
            let mut listing = asked.listing();
            listing.offset = 0;
            let found = snippet::list_behind(&self.admin.app.db, &listing, self.after).await?;
            let mut rows = Vec::new();
            // Names of snippets are read for so many rows at once.
            for some in found.chunks(100) {
                let names = Names::load(&self.admin, asked.of_type, some.iter().map(|row| &row.fields)).await?;
                rows.extend(some.iter().map(|row| self.row(&names, asked.of_type, row)));
            }
            (found.last().map(|last| last.id).filter(|_| found.len() as i64 == LISTED_AT_ONCE), rows)
        };
        let Some(last) = last else { return Ok((rows, None)) };
        self.after = last;
        Ok((rows, Some(self)))
    }

    fn row(&self, names: &Names, of_type: &ContentType, row: &Snippet) -> Row {
        let own = [
            Cell::Number(row.id),
            Cell::Text(row.name.clone()),
            Cell::Text(row.slug.clone()),
            Cell::Text(row.locale.clone()),
            Cell::Flag(row.live),
            Cell::Time(Micros(row.updated_at)),
        ];
        let cells = fields(of_type, &self.rights).map(|field| match self.admin.say(names.text(field, &row.fields)) {
            text if field.kind.sorting() == Some(Sorting::Number) && !text.is_empty() => Cell::Decimal(text),
            text => Cell::Text(text),
        });
        own.into_iter().chain(cells).collect()
    }
}

/// All fields that fit into a cell, columns of the list or not; but those that others set.
fn fields<'t>(of_type: &'t ContentType, rights: &FieldRights) -> impl Iterator<Item = &'t Field> {
    of_type.fields.iter().filter(|field| field.kind.is_column() && rights.allow(field))
}
