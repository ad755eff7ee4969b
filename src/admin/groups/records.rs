//! What a group may do with the rows of collections, one after the other.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::places::{Change, wanted};
use super::{NEEDS, ROUTE, find, words};
use crate::accounts::{Grant, RecordPermission, TypeName};
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::admin::manage::text;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::db::DbError;
use crate::http::form::FormData;
use crate::permit::people::may_give;

pub(super) async fn set(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| grant(&admin, seat, &id, form).await).await
}

/// The collections of the site, each with its permissions as boxes.
pub(super) async fn boxes(admin: &Admin, seat: &Seat, group: i64) -> Result<Vec<Value>, DbError> {
    let types = admin.app.content.types();
    if types.collections().next().is_none() {
        return Ok(Vec::new());
    }
    let given = admin.app.accounts.list_record_grants(group).await?;
    let of_type = |of_type: &crate::content::types::ContentType| {
        let choice = |known: &RecordPermission| {
            let name = known.as_str();
            let is_given = given.iter().any(|one| one.type_name == of_type.name && one.permission == name);
            let may = seat.grants.may_with_records(*known, &of_type.name);
            words::choice(name, words::of_records(*known), is_given, may)
        };
        let permissions: Vec<Value> = RecordPermission::ALL.iter().map(choice).collect();
        json!({ "name": of_type.name, "label": of_type.label, "permissions": permissions })
    };
    Ok(types.collections().map(of_type).collect())
}

async fn grant(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let types = admin.app.content.types();
    let name = text(form, "collection");
    let of_type = types.collections().find(|known| known.name == name);
    let missing = || Refusal::Missing(said("no-such-collection-of-rows"));
    let of = of_type.and_then(|known| TypeName::new(&known.name)).ok_or_else(missing)?;
    let wanted = wanted(form, |name| RecordPermission::parse(name).is_some())?;
    let given = admin.app.accounts.list_record_grants(group.id).await?;
    let mut change = Change::default();
    for known in RecordPermission::ALL {
        let name = known.as_str();
        let is_given = given.iter().any(|one| one.type_name == of.as_str() && one.permission == name);
        let grant = Grant::Records(of, *known);
        change.note(grant, is_given, wanted.contains(&name), may_give(&seat.grants, grant, ""))?;
    }
    change.carry_out(admin, seat, &group).await
}
