//! How much each type of page is used, where somebody may see pages: how many there are, and when one was changed last.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{AGING, NEEDS, ROUTE, TYPES, nav};
use crate::admin::entry::Seat;
use crate::admin::export::{self, Format, Row, Table};
use crate::admin::manage;
use crate::admin::pages::row;
use crate::admin::refusal::Done;
use crate::admin::{Admin, time};
use crate::clock::Micros;
use crate::content::report::{self, Usage};
use crate::content::sheet::Cell;
use crate::db::DbError;
use crate::http::form::FormData;

const COLUMNS: [&str; 5] = ["type", "label", "pages", "live", "changed"];

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat).await).await
}

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let table = Table::new(Format::of(&request), ROUTE, "page-types", &COLUMNS);
    let work = async |seat: &Seat, _: &FormData| {
        let rows: Vec<Row> = rows(&admin, seat).await?.iter().map(|usage| line(&admin, usage)).collect();
        export::send(table, rows, async |rows| Ok((rows, None))).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

/// Types with pages, and those of the site that have none.
async fn rows(admin: &Admin, seat: &Seat) -> Result<Vec<Usage>, DbError> {
    let mut rows = report::count_types(&admin.app.db, seat.grants.explored_places()).await?;
    let types = admin.app.content.types();
    for known in types.pages() {
        if !rows.iter().any(|row| row.type_name == known.name) {
            rows.push(Usage { type_name: known.name.clone(), pages: 0, live: 0, updated_at: 0 });
        }
    }
    Ok(rows)
}

fn line(admin: &Admin, usage: &Usage) -> Row {
    let changed = if usage.pages > 0 { Cell::Time(Micros(usage.updated_at)) } else { Cell::Empty };
    let label = row::type_label(&admin.app.content.types(), &usage.type_name);
    let (name, pages, live) = (usage.type_name.clone(), Cell::Number(usage.pages), Cell::Number(usage.live));
    vec![Cell::Text(name), Cell::Text(label), pages, live, changed]
}

async fn show(admin: &Admin, seat: &Seat) -> Done {
    let (types, zone) = (admin.app.content.types(), seat.zone());
    let shown = |usage: &Usage| {
        json!({
            "label": row::type_label(&types, &usage.type_name), "name": usage.type_name, "pages": usage.pages,
            "live": usage.live, "changed": (usage.pages > 0).then(|| time(usage.updated_at, &zone)),
            "url": (usage.live > 0).then(|| manage::address(AGING, &[("type", &usage.type_name)])),
        })
    };
    let rows = rows(admin, seat).await?;
    let context = json!({
        "nav": nav(seat, TYPES), "rows": rows.iter().map(shown).collect::<Vec<Value>>(),
        "exports": export::urls(|format| format!("{TYPES}export.{format}")),
    });
    Ok(admin.page(seat, "admin/reports/types.html", context))
}
