//! All users by name, or those whose names or addresses have what is looked for.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, URL, url};
use crate::accounts::UserListed;
use crate::admin::entry::Seat;
use crate::admin::pages::row;
use crate::admin::refusal::Done;
use crate::admin::{Admin, faces, manage};
use crate::http::form::FormData;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show(&admin, seat, query).await).await
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let (text, after) = (manage::search(query)?, manage::after(query)?);
    let (users, more) = admin.app.accounts.list_roster(text, after).await?;
    let shown = |user: &UserListed| {
        json!({
            "id": user.id,
            "url": url(user.id),
            "is_self": user.id == seat.session.account_id,
            "username": user.username,
            "name": user.name,
            "email": user.email,
            "groups": user.groups.lines().collect::<Vec<_>>(),
            "is_active": user.is_active,
            "is_superuser": user.is_superuser,
            "has_two_step": user.has_two_step,
            "face": faces::face(user.id, if user.name.is_empty() { &user.username } else { &user.name }, &user.picture),
            "seen": user.last_login_at.map(|at| row::when(at, &seat.zone())),
        })
    };
    let offered = admin.app.accounts.list_offered_groups(seat.session.account_id).await?;
    let whole = if text.is_empty() { URL.to_owned() } else { manage::address(URL, &[("q", text)]) };
    let next = users.last().filter(|_| more);
    let context = json!({
        "users": users.iter().map(shown).collect::<Vec<Value>>(),
        "q": text,
        "url": URL,
        "whole": whole,
        "offered": offered.iter().map(|group| json!({ "id": group.id, "name": group.name })).collect::<Vec<Value>>(),
        "is_first": after.is_empty(),
        "next": next.map(|last| manage::address(URL, &[("q", text), ("after", &last.username_key)])),
    });
    Ok(admin.page(seat, "admin/users/list.html", context))
}
