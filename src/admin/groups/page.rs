//! One group: its members, and what it gives in which place.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Group, NEEDS, ROUTE, URL, find, records, url, words};
use crate::accounts::{GlobalPermission, PlaceGrant};
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, Problem};
use crate::admin::refusal::Done;
use crate::admin::texts::{Said, said};
use crate::content::tree::ROOT_ID;
use crate::http::form::FormData;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, query: &FormData| {
        let group = find(&admin, &id).await?;
        show(&admin, seat, &group, manage::after(query)?, None).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

/// What a group has in one place after the other, which come in order.
fn by_place(grants: &[PlaceGrant], label: fn(&str) -> Said) -> Vec<Value> {
    grants
        .chunk_by(|one, other| one.id == other.id)
        .map(|of_place| {
            let labels: Vec<Said> = of_place.iter().map(|grant| label(&grant.permission)).collect();
            json!({ "id": of_place[0].id, "place": of_place[0].place, "path": of_place[0].path, "labels": labels })
        })
        .collect()
}

/// The page; `problem`: what was typed in a field, and why it was refused.
pub(super) async fn show(
    admin: &Admin,
    seat: &Seat,
    group: &Group,
    after: &str,
    problem: Option<(&str, &Problem)>,
) -> Done {
    let accounts = &admin.app.accounts;
    let (members, more) = accounts.list_members(group.id, after).await?;
    let mut pages = by_place(&accounts.list_page_grants(group.id).await?, words::page_label);
    for page in pages.iter_mut().filter(|page| page["id"] == ROOT_ID) {
        page["place"] = json!(said("all-pages"));
    }
    let collections = by_place(&accounts.list_collection_grants(group.id).await?, words::collection_label);
    let globals = accounts.list_global_grants(group.id).await?;
    let choices: Vec<Value> = GlobalPermission::ALL
        .iter()
        .map(|known| {
            let is_given = globals.iter().any(|given| given == known.as_str());
            words::choice(known.as_str(), words::of_global(*known), is_given, seat.grants.may(*known))
        })
        .collect();
    let with_settings = accounts.list_site_grants(group.id).await?;
    let sites: Vec<Value> = admin
        .site
        .sites()
        .iter()
        .map(|known| {
            let label = Said::Text(if known.name.is_empty() { known.hostname.clone() } else { known.name.clone() });
            let may = seat.grants.may_set(Some(known.id));
            words::choice(&known.id.to_string(), label, with_settings.contains(&known.id), may)
        })
        .collect();
    let member = |member: &crate::accounts::Member| {
        let user = seat.grants.may(GlobalPermission::Users).then(|| format!("/admin/users/{}/", member.id));
        json!({ "username": member.username, "name": member.name, "is_active": member.is_active, "url": user })
    };
    let typed = |field| problem.filter(|(_, problem)| problem.field == field).map_or("", |(text, _)| text);
    let here = url(group.id);
    let next = members.last().filter(|_| more);
    let context = json!({
        "name": group.name,
        "url": here,
        "all": URL,
        "members": members.iter().map(member).collect::<Vec<Value>>(),
        "next": next.map(|last| manage::address(&here, &[("after", &last.username_key)])),
        "is_first": after.is_empty(),
        "pages": pages,
        "collections": collections,
        "globals": choices,
        "sites": sites,
        "records": records::boxes(admin, seat, group.id).await?,
        "username": typed("username"),
        "new_name": problem.filter(|(_, problem)| problem.field == "name").map_or(group.name.as_str(), |(name, _)| name),
        "word": typed("word"),
    });
    admin.form_page(seat, "admin/groups/page.html", context, problem.map(|(_, problem)| problem))
}
