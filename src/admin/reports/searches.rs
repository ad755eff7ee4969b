//! What visitors searched for in vain: what they miss, or call by another name.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, SEARCHES, nav};
use crate::admin::entry::Seat;
use crate::admin::export::{self, Format, Row, Table};
use crate::admin::refusal::Done;
use crate::admin::{Admin, time};
use crate::clock::Micros;
use crate::content::search::{MAX_MISSES, Miss};
use crate::content::sheet::Cell;
use crate::http::form::FormData;

/// Of the most frequent; the file has all that are kept.
const SHOWN: i64 = 100;
const COLUMNS: [&str; 3] = ["words", "searches", "last"];

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat).await).await
}

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let table = Table::new(Format::of(&request), ROUTE, "searches-in-vain", &COLUMNS);
    let work = async |_: &Seat, _: &FormData| {
        let found = admin.app.content.search_misses(MAX_MISSES).await?;
        let rows: Vec<Row> = found.iter().map(line).collect();
        export::send(table, rows, async |rows| Ok((rows, None))).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

fn line(miss: &Miss) -> Row {
    vec![Cell::Text(miss.query.clone()), Cell::Number(miss.misses), Cell::Time(Micros(miss.last_at))]
}

async fn show(admin: &Admin, seat: &Seat) -> Done {
    let zone = seat.zone();
    let found = admin.app.content.search_misses(SHOWN).await?;
    let shown = |miss: &Miss| json!({ "words": miss.query, "misses": miss.misses, "at": time(miss.last_at, &zone) });
    let context = json!({
        "nav": nav(seat, SEARCHES), "rows": found.iter().map(shown).collect::<Vec<Value>>(),
        "exports": export::urls(|format| format!("{SEARCHES}export.{format}")),
    });
    Ok(admin.page(seat, "admin/reports/searches.html", context))
}
