//! How it goes with work on many pages, files, snippets or users at once: for whoever asked for it, and for superusers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::answer::see_other;
use super::entry::{Seat, Speaks};
use super::pages::{ids, row};
use super::refusal::{Done, Refusal};
use super::{Admin, only, time};
use crate::admin::texts::said;
use crate::bulk::{Bulk, Item, Kind, NewBulk, Note, Progress, Reason};
use crate::content::snippet::{self, Named};
use crate::db::DbError;
use crate::telemetry::Timer;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminBulk;
const URL: &str = "/admin/bulk/";
/// So few are waited for: most times they are done before one would look.
const FEW: usize = 10;
const WAIT_S: f64 = 1.5;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/bulk/", only(get(list), ROUTE))
        .route("/admin/bulk/{id}/", only(get(show), ROUTE))
        .route("/admin/bulk/{id}/cancel/", only(post(cancel), ROUTE))
}

impl Admin {
    /// Takes an order; its id, and how far it is. A few are waited for.
    pub(super) async fn begin_bulk(&self, order: NewBulk) -> Result<(i64, Progress), DbError> {
        let is_few = order.items.len() <= FEW;
        let id = self.app.bulks.start(order).await?;
        let timer = Timer::start();
        loop {
            let progress = self.app.bulks.progress(id).await?;
            if !is_few || progress.open == 0 || timer.elapsed_s() > WAIT_S {
                return Ok((id, progress));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes an order, and leads to where one sees how it goes.
    pub(super) async fn bulk(&self, seat: &Seat, order: NewBulk) -> Done {
        let (id, _) = self.begin_bulk(order).await?;
        Ok(see_other(&format!("{URL}{id}/"), seat.route))
    }
}

async fn list(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| latest(&admin, seat).await).await
}

async fn show(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| page(&admin, seat, &id).await).await
}

async fn cancel(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        let bulk = find(&admin, seat, &id).await?;
        admin.app.bulks.cancel(&bulk).await?;
        Ok(see_other(&format!("{URL}{}/", bulk.id), ROUTE))
    };
    admin.answer(entering, work).await
}

async fn find(admin: &Admin, seat: &Seat, id: &str) -> Result<Bulk, Refusal> {
    let missing = || Refusal::Missing(said("no-such-work"));
    let id = ids::parse(id).ok_or_else(missing)?;
    let bulk = admin.app.bulks.find(id).await?.ok_or_else(missing)?;
    match seat.grants.is_superuser() || bulk.account_id == seat.session.account_id {
        true => Ok(bulk),
        false => Err(Refusal::Forbidden(said("work-of-somebody-else"))),
    }
}

async fn latest(admin: &Admin, seat: &Seat) -> Done {
    let mut shown: Vec<Value> = Vec::new();
    for bulk in admin.app.bulks.list_of(seat.session.account_id).await? {
        shown.push(json!({
            "url": format!("{URL}{}/", bulk.id), "action": bulk.action, "kind": bulk.kind,
            "at": time(bulk.created_at, &seat.zone()), "is_open": bulk.ended_at.is_none(),
        }));
    }
    Ok(admin.page(seat, "admin/bulk/list.html", json!({ "bulks": shown })))
}

async fn page(admin: &Admin, seat: &Seat, id: &str) -> Done {
    let bulk = find(admin, seat, id).await?;
    let items = admin.app.bulks.list_items(bulk.id).await?;
    let count = |states: &[&str]| items.iter().filter(|item| states.contains(&item.state.as_str())).count();
    let open = count(&["waiting", "begun"]);
    let snippets = match Kind::parse(&bulk.kind) {
        Some(Kind::Snippet) => {
            snippet::list_names(&admin.app.db, items.iter().map(|item| item.object_id).collect()).await?
        }
        _ => Vec::new(),
    };
    let shown: Vec<Value> = items.iter().map(|item| item_of(&bulk, item, &snippets)).collect();
    let context = json!({
        "url": format!("{URL}{}/", bulk.id),
        "action": bulk.action,
        "kind": bulk.kind,
        "by": if bulk.account_id == seat.session.account_id { "" } else { &bulk.username },
        "at": time(bulk.created_at, &seat.zone()),
        "is_open": open > 0,
        "is_cancelled": bulk.cancelled_at.is_some(),
        "total": items.len(),
        "ended": items.len() - open,
        "done": count(&["done"]),
        "refused": count(&["refused", "failed"]),
        "cancelled": count(&["cancelled"]),
        "items": shown,
        "back": bulk.back,
    });
    Ok(admin.page(seat, "admin/bulk/show.html", context))
}

/// The message that says a reason.
pub(super) fn message_of(reason: Reason) -> String {
    format!("bulk-note-{}", reason.as_str().replace('_', "-"))
}

/// `snippets`: those of it that are there.
fn item_of(bulk: &Bulk, item: &Item, snippets: &[Named]) -> Value {
    let url = match Kind::parse(&bulk.kind) {
        Some(Kind::Image) => Some(format!("/admin/images/{}/", item.object_id)),
        Some(Kind::Document) => Some(format!("/admin/documents/{}/", item.object_id)),
        Some(Kind::User) => Some(format!("/admin/users/{}/", item.object_id)),
        Some(Kind::Snippet) => {
            let known = snippets.iter().find(|known| known.id == item.object_id);
            known.map(|known| format!("/admin/snippets/{}/{}/", known.type_name, known.id))
        }
        Some(Kind::Page) | None => Some(row::address(item.object_id)),
    };
    // Servers of before wrote sentences.
    let note = match Note::parse(&item.note) {
        Some(note) => json!({ "id": message_of(note.reason), "values": note.values }),
        None => json!({ "id": null, "text": item.note }),
    };
    json!({ "title": item.title, "url": url, "state": item.state, "note": note })
}
