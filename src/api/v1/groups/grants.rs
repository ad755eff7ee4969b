//! What a group gives, in which place: told, given and taken.

use std::collections::HashMap;
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
use crate::content::explore::Listed;
use crate::content::site;
use crate::content::types::Types;
use crate::media::collection::{self, Collection};
use crate::permit::Denied;
use crate::permit::people::may_give;

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
        let (give, take) = (read("give", give)?, read("take", take)?);
        let places = Places::load(&api, give.iter().chain(&take)).await?;
        judge(&api, &caller, &places, ("give", &give))?;
        judge(&api, &caller, &places, ("take", &take))?;
        api.site.app.accounts.change_grants_of(group.id, &give, &take, &caller.by()?).await?;
        told(&api, group.id).await
    };
    answer(&api, &caller, request, PART, work).await
}

/// The permissions of a list.
fn read(name: &str, list: Vec<Value>) -> Result<Vec<Grant>, Refusal> {
    let parsed = list.into_iter().enumerate().map(|(at, value)| match value {
        Value::Object(values) => parse(Given::of(values, &format!("/{name}/{at}"))),
        _ => Err(invalid().at(format!("/{name}/{at}"), "invalid_type", "It must be an object.").into()),
    });
    parsed.collect()
}

/// Whether the places are there, and the caller has each permission in them themselves.
fn judge(api: &Api, caller: &Caller, places: &Places, (name, grants): (&str, &[Grant])) -> Result<(), Refusal> {
    for (at, grant) in grants.iter().enumerate() {
        let path = places.path(api, caller, *grant, &format!("/{name}/{at}"))?;
        if !may_give(caller.grants(), *grant, path) {
            return Err(Denied::Giving.into());
        }
    }
    Ok(())
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

/// The places that some permissions are for, by their ids.
struct Places {
    pages: HashMap<i64, Listed>,
    collections: HashMap<i64, Collection>,
    sites: Vec<i64>,
}

impl Places {
    async fn load(api: &Api, grants: impl Iterator<Item = &Grant> + Clone) -> Result<Self, Refusal> {
        let app = &api.site.app;
        let pages = grants.clone().filter_map(|grant| if let Grant::Page(id, _) = grant { Some(*id) } else { None });
        let pages = app.content.list_pages(pages.collect()).await?;
        let of_files = |grant: &Grant| if let Grant::Collection(id, _) = grant { Some(*id) } else { None };
        let collections: Vec<i64> = grants.clone().filter_map(of_files).collect();
        let collections = match collections.is_empty() {
            true => Vec::new(),
            false => collection::list_by_id(&*app.db, collections).await?,
        };
        let sites = match grants.clone().any(|grant| matches!(grant, Grant::SiteSettings(_))) {
            true => site::list(&*app.db, "").await?.iter().map(|site| site.id).collect(),
            false => Vec::new(),
        };
        Ok(Self {
            pages: pages.into_iter().map(|page| (page.id, page)).collect(),
            collections: collections.into_iter().map(|found| (found.id, found)).collect(),
            sites,
        })
    }

    /// The path of the place that a permission is for; empty where there is none.
    fn path(&self, api: &Api, caller: &Caller, grant: Grant, base: &str) -> Result<&str, Refusal> {
        let nothing = |name: &str| invalid().at(format!("{base}/{name}"), "not_found", "There is no such place.");
        let is_known = match grant {
            Grant::Page(id, _) => {
                let page = self.pages.get(&id).filter(|page| !page.trashed).ok_or_else(|| nothing("page"))?;
                return match caller.grants().may_explore(&page.path) {
                    true => Ok(&page.path),
                    false => Err(Denied::Exploring.into()),
                };
            }
            Grant::Collection(id, _) => {
                let found = self.collections.get(&id).ok_or_else(|| nothing("collection"))?;
                return Ok(&found.path);
            }
            Grant::SiteSettings(id) if !self.sites.contains(&id) => Err(nothing("site")),
            // What was given for a type that is gone can still be taken.
            Grant::Records(of, _) if !base.starts_with("/take/") => {
                let types = api.site.app.content.types();
                let has_rows = types.find(of.as_str()).is_some_and(|found| found.records.is_some());
                if has_rows { Ok(()) } else { Err(nothing("rows")) }
            }
            Grant::SiteSettings(_) | Grant::Records(..) | Grant::Global(_) => Ok(()),
        };
        Ok(is_known.map(|()| "")?)
    }
}
