//! Putting users into a group, and taking them out.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::{NEEDS, ROUTE, find, page, refuse_passing_on, url};
use crate::accounts::AccountError;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{Problem, text};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::users::refuse_above;
use crate::http::form::FormData;

pub(super) async fn change(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| run(&admin, seat, &id, form).await).await
}

async fn run(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let accounts = &admin.app.accounts;
    let name = text(form, "username");
    let user = match accounts.user(name).await {
        Err(AccountError::UserNotFound(_)) => {
            let problem = Problem::new("username", said("no-user-of-name"));
            return page::show(admin, seat, &group, "", Some((name, &problem))).await;
        }
        other => other?,
    };
    match text(form, "action") {
        "add" => {
            refuse_passing_on(admin, seat, group.id, &group.name).await?;
            accounts.add_member_to(group.id, &user, &seat.by()).await?;
        }
        "remove" => {
            refuse_above(seat, &user)?;
            refuse_passing_on(admin, seat, group.id, &group.name).await?;
            accounts.remove_member_from(group.id, &user, &seat.by()).await?;
        }
        _ => return Err(Refusal::Bad(said("choose-add-or-remove"))),
    }
    Ok(see_other(&format!("{}#members", url(group.id)), ROUTE))
}
