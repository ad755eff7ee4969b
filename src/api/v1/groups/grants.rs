//! What a group gives, in which place: told, given and taken.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{PART, find};
use crate::accounts::{
    CollectionPermission, GlobalPermission, Grant, GrantManaged, PagePermission, RecordPermission, TypeName,
};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{Sent, answer, known};
use crate::api::v1::given::Given;
use crate::api::v1::problem::{Done, Refusal, invalid};
use crate::content::types::Types;
use crate::content::{EditError, site};
use crate::media::collection;
use crate::permit::people::may_give;
use crate::permit::{self, Denied};

/// Permissions that one request gives, and takes.
const MAX_GRANTS: usize = 100;

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &[])?;
        let group = find(&api, &caller, &id).await?;
        told(&api, group.id).await
    };
    answer(&api, &caller, request, PART, work).await
}

fn shown(types: &Types, grant: &GrantManaged) -> Value {
    let mut shown = json!({ "permission": grant.permission });
    match grant.kind.as_str() {
        "global" => {}
        "rows" => {
            shown["rows"] = json!(grant.place);
            shown["place"] = json!(types.find(&grant.place).map_or(&grant.place, |of_type| &of_type.label));
        }
        kind => {
            shown[kind] = json!(grant.place_id);
            shown["place"] = json!(grant.place);
        }
    }
    shown
}

async fn told(api: &Api, group: i64) -> Done {
    let grants = api.site.app.accounts.list_managed_grants(group).await?;
    let types = api.site.app.content.types();
    let items: Vec<Value> = grants.iter().map(|grant| shown(&types, grant)).collect();
    Ok(Reply::ok(&json!({ "items": items, "next": null })))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        let group = find(&api, &caller, &id).await?;
        let mut given = sent.given()?;
        let (give, take) = (given.list("give").unwrap_or_default(), given.list("take").unwrap_or_default());
        for (name, list) in [("give", &give), ("take", &take)] {
            if list.len() > MAX_GRANTS {
                given.refuse(name, "too_many_items", format!("There may be {MAX_GRANTS}."));
            }
        }
        given.end()?;
        let give = read(&api, &caller, "give", give).await?;
        let take = read(&api, &caller, "take", take).await?;
        api.site.app.accounts.change_grants_of(group.id, &give, &take, &caller.by()?).await?;
        told(&api, group.id).await
    };
    answer(&api, &caller, request, PART, work).await
}

/// The permissions of a list, each of which the caller has there themselves.
async fn read(api: &Api, caller: &Caller, name: &str, list: Vec<Value>) -> Result<Vec<Grant>, Refusal> {
    let mut grants = Vec::with_capacity(list.len());
    for (at, value) in list.into_iter().enumerate() {
        let base = format!("/{name}/{at}");
        let Value::Object(values) = value else {
            return Err(invalid().at(base, "invalid_type", "It must be an object.").into());
        };
        let grant = parse(Given::of(values, &base))?;
        let path = path(api, caller, grant, &base).await?;
        if !may_give(caller.grants(), grant, &path) {
            return Err(Denied::Giving.into());
        }
        grants.push(grant);
    }
    Ok(grants)
}

/// A permission for one page, collection or site, for the rows of a type, or one that belongs to no place.
fn parse(mut given: Given) -> Result<Grant, Refusal> {
    let permission = given.text("permission");
    let permission = given.needed("permission", permission).unwrap_or_default();
    let places = (given.number("page"), given.number("collection"), given.number("site"), given.text("rows"));
    let grant = match places {
        (Some(id), None, None, None) => PagePermission::parse(&permission).map(|known| Grant::Page(id, known)),
        (None, Some(id), None, None) => {
            CollectionPermission::parse(&permission).map(|known| Grant::Collection(id, known))
        }
        (None, None, Some(id), None) => {
            Some(Grant::SiteSettings(id)).filter(|_| permission == GlobalPermission::Settings.as_str())
        }
        (None, None, None, Some(of)) => {
            let known = RecordPermission::parse(&permission);
            known.and_then(|known| Some(Grant::Records(TypeName::new(&of)?, known)))
        }
        (None, None, None, None) => GlobalPermission::parse(&permission).map(Grant::Global),
        _ => {
            given.refuse("page", "invalid", "Give one of page, collection, site and rows, or none of them.");
            return given.end().and_then(|()| Err(invalid().into()));
        }
    };
    if grant.is_none() && !permission.is_empty() {
        given.refuse("permission", "invalid_choice", "There is no such permission in a place of that kind.");
    }
    given.end()?;
    grant.ok_or_else(|| invalid().into())
}

/// The path of the place that a permission is for; empty where there is none.
async fn path(api: &Api, caller: &Caller, grant: Grant, base: &str) -> Result<String, Refusal> {
    let app = &api.site.app;
    let nothing = |name: &str| invalid().at(format!("{base}/{name}"), "not_found", "There is no such place.");
    match grant {
        Grant::Page(id, _) => match permit::explored(&app.content, caller.grants(), id).await {
            Err(EditError::PageNotFound(_) | EditError::InTrash(_)) => Err(nothing("page").into()),
            found => Ok(found??.path),
        },
        Grant::Collection(id, _) => {
            let found = collection::find(&*app.db, id).await?;
            found.map(|found| found.path).ok_or_else(|| nothing("collection").into())
        }
        Grant::SiteSettings(id) => match site::list(&*app.db, "").await?.iter().any(|known| known.id == id) {
            true => Ok(String::new()),
            false => Err(nothing("site").into()),
        },
        // What was given for a type that is gone can still be taken.
        Grant::Records(..) if base.starts_with("/take/") => Ok(String::new()),
        Grant::Records(of, _) => {
            match app.content.types().find(of.as_str()).is_some_and(|found| found.records.is_some()) {
                true => Ok(String::new()),
                false => Err(nothing("rows").into()),
            }
        }
        Grant::Global(_) => Ok(String::new()),
    }
}
