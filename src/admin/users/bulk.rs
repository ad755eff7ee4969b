//! What is done to several users of a list: let in, shut out, signed out everywhere, put into a group, taken out of one.
//! Each is asked for again when it is done.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::{NEEDS, ROUTE, URL};
use crate::accounts::UserNamed;
use crate::admin::entry::Seat;
use crate::admin::manage::text;
use crate::admin::pages::bulk::NAMED;
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, groups, place};
use crate::bulk::{Kind, NewBulk};
use crate::http::form::FormData;
use crate::telemetry::label::BulkAction;

pub(super) async fn act(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| run(&admin, seat, form).await).await
}

fn called(user: &UserNamed) -> String {
    if user.name.is_empty() { user.username.clone() } else { format!("{} ({})", user.name, user.username) }
}

async fn run(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let ids = ids::list(form).ok_or(Refusal::Bad(said("choose-users-at-most-500")))?;
    let users = admin.app.accounts.name_users(ids.clone()).await?;
    if users.len() != ids.len() {
        return Err(Refusal::Missing(said("one-of-the-users-is-gone")));
    }
    let items: Vec<(i64, String)> = users.iter().map(|user| (user.id, called(user))).collect();
    let (action, target) = match form.first("action").and_then(BulkAction::parse) {
        Some(action @ (BulkAction::Join | BulkAction::Leave)) => {
            let group = groups::find(admin, text(form, "group")).await?;
            groups::refuse_passing_on(admin, seat, group.id, &group.name).await?;
            (action, Some(group.id))
        }
        Some(action @ (BulkAction::Activate | BulkAction::Deactivate | BulkAction::SignOut)) => (action, None),
        _ => return Err(Refusal::Bad(said("choose-what-to-do-with-users"))),
    };
    let next = place::within(text(form, "next"));
    let back = if next == place::HOME { URL } else { next }.to_owned();
    let shuts_out = matches!(action, BulkAction::Deactivate | BulkAction::SignOut);
    if shuts_out && form.first("sure").is_none() {
        let titles: Vec<&str> = items.iter().take(NAMED).map(|(_, title)| title.as_str()).collect();
        let context = json!({
            "kind": Kind::User.as_str(), "action": action.as_str(), "total": items.len(), "titles": titles,
            "more": items.len() - titles.len(), "ids": ids::pack(ids.into_iter()), "url": format!("{URL}bulk/"),
            "back": back,
        });
        return Ok(admin.page(seat, "admin/bulk/sure.html", context));
    }
    let order = NewBulk {
        account: seat.session.account_id,
        kind: Kind::User,
        action,
        target,
        detail: seat.by().network,
        back,
        items,
    };
    admin.bulk(seat, order).await
}
