//! All groups by name, and adding one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, URL, url};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, Problem, text};
use crate::admin::refusal::Done;
use crate::http::form::FormData;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, query: &FormData| show(&admin, seat, manage::after(query)?, "", None).await;
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| create(&admin, seat, text(form, "name")).await).await
}

async fn create(admin: &Admin, seat: &Seat, name: &str) -> Done {
    match admin.app.accounts.create_group(name, &seat.by()).await {
        Ok(id) => Ok(see_other(&url(id), ROUTE)),
        Err(error) => show(admin, seat, "", name, Some(&manage::account_problem(error)?)).await,
    }
}

async fn show(admin: &Admin, seat: &Seat, after: &str, name: &str, problem: Option<&Problem>) -> Done {
    let (groups, more) = admin.app.accounts.list_groups_counted(after).await?;
    let next = groups.last().filter(|_| more).map(|last| manage::address(URL, &[("after", &last.name)]));
    let shown: Vec<Value> = groups
        .iter()
        .map(|group| {
            json!({ "name": group.name, "url": url(group.id), "members": group.members, "grants": group.grants })
        })
        .collect();
    let context = json!({ "groups": shown, "next": next, "is_first": after.is_empty(), "url": URL, "name": name });
    admin.form_page(seat, "admin/groups/list.html", context, problem)
}
