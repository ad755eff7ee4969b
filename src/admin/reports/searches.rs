//! What visitors searched for in vain: what they miss, or call by another name.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, SEARCHES, csv, nav};
use crate::admin::entry::Seat;
use crate::admin::refusal::Done;
use crate::admin::{Admin, time};
use crate::clock::Micros;
use crate::content::search::{MAX_MISSES, Miss};
use crate::http::form::FormData;

/// Of the most frequent; the file has all that are kept.
const SHOWN: i64 = 100;
const COLUMNS: [&str; 3] = ["words", "searches", "last"];

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat).await).await
}

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |_: &Seat, _: &FormData| {
        let found = admin.app.content.search_misses(MAX_MISSES).await?;
        let lines: String = found.iter().map(line).collect();
        csv::table("searches-in-vain", &COLUMNS, lines, async |lines| Ok((lines, None))).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

fn line(miss: &Miss) -> String {
    csv::line([miss.query.clone(), miss.misses.to_string(), Micros(miss.last_at).to_rfc3339()])
}

async fn show(admin: &Admin, seat: &Seat) -> Done {
    let zone = seat.zone();
    let found = admin.app.content.search_misses(SHOWN).await?;
    let shown = |miss: &Miss| json!({ "words": miss.query, "misses": miss.misses, "at": time(miss.last_at, &zone) });
    let context = json!({
        "nav": nav(seat, SEARCHES), "rows": found.iter().map(shown).collect::<Vec<Value>>(),
        "export": "/admin/reports/searches/export.csv",
    });
    Ok(admin.page(seat, "admin/reports/searches.html", context))
}
