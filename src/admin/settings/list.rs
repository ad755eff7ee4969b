//! What there is to set, for each site or for all of them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{ROUTE, enter, sites, type_of, url};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::content::types::Scope;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat).await).await
}

/// The form of the default site, or of all sites together.
pub(super) async fn of_type(
    State(admin): State<Arc<Admin>>,
    Path(type_name): Path<String>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of_type = type_of(&types, &type_name)?;
        let site = match of_type.scope {
            Scope::Global => None,
            Scope::Site => {
                let mut sites = sites(&admin).await?;
                sites.retain(|site| seat.grants.may_set(Some(site.id)));
                let first = sites.iter().find(|site| site.is_default).or_else(|| sites.first());
                Some(first.ok_or(Refusal::Missing(said("no-site-yet")))?.id)
            }
        };
        Ok(see_other(&url(of_type, site), ROUTE))
    };
    admin.answer(entering, work).await
}

async fn show(admin: &Admin, seat: &Seat) -> Done {
    let mut sites = sites(admin).await?;
    sites.retain(|site| seat.grants.may_set(Some(site.id)));
    let types = admin.app.content.types();
    let settings = admin.app.content.settings();
    let shown: Vec<Value> = types
        .settings()
        .filter(|known| known.scope == Scope::Site || seat.grants.may_set(None))
        .map(|known| {
            let set = settings.sites_of(&known.name);
            let place = |label: Said, site: Option<i64>| json!({ "label": label, "url": url(known, site), "is_set": set.contains(&site) });
            let places: Vec<Value> = match known.scope {
                Scope::Global => vec![place(said("all-sites"), None)],
                Scope::Site => sites.iter().map(|site| place(Said::Text(named(site)), Some(site.id))).collect(),
            };
            json!({ "label": known.label, "description": known.description, "places": places })
        })
        .collect();
    Ok(admin.page(seat, "admin/settings/list.html", json!({ "types": shown })))
}

/// A site as editors know it.
pub(super) fn named(site: &crate::content::site::Site) -> String {
    if site.name.is_empty() { site.hostname.clone() } else { site.name.clone() }
}
