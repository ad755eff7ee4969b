//! Redirects: lists, one of them, and where the one of an address is.

use axum::response::Response;
use serde_json::{Value, json};

use super::Endpoint;
use super::answer::Refusal;
use super::ask::Asked;
use super::filters;
use super::model::{Level, Model};
use super::object::{Object, RedirectRow, Scribe};
use super::shape::Shape;
use super::value::Teller;
use crate::api::Api;
use crate::content::read::redirects::{self, Redirected, RedirectsWanted};
use crate::content::read::{Order, Related};
use crate::content::redirect::address::{Candidates, normalise};
use crate::content::redirect::list_leads;

impl Api {
    pub(super) async fn list_redirects(&self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let is_filtered = |name: &str| matches!(name, "id" | "old_path");
        asked.params.check_names(false, is_filtered)?;
        let mut wanted = narrow(asked)?;
        wanted.opened = asked.opened(self).await?;
        let (limit, offset) = asked.params.window(self.v2_limit_max())?;
        let shape = self.shape_of(Model::Redirect, Level::List, asked)?;
        // Redirects are in no index of words.
        if asked.params.has("search") {
            self.refuse_search()?;
            return Ok(json!({ "meta": { "total_count": 0 }, "items": [] }));
        }
        let db = &self.site.app.db;
        let rows = redirects::list(db, &wanted, limit, offset).await?;
        let count = rows.len() as i64;
        let total = match count < limit && (count > 0 || offset == 0) {
            true => offset + count,
            false => redirects::count(db, &wanted).await?,
        };
        let items: Vec<Value> = rows.into_iter().map(|row| self.tell_redirect(row, &shape, asked)).collect();
        Ok(json!({ "meta": { "total_count": total }, "items": items }))
    }

    pub(super) async fn one_redirect(&self, asked: &Asked<'_>, id: i64) -> Result<Value, Refusal> {
        let mut wanted = narrow(asked)?;
        if asked.params.has("search") {
            self.refuse_search()?;
            return Err(Refusal::not_found(""));
        }
        wanted.opened = asked.opened(self).await?;
        // A filter on another id finds none.
        let other = wanted.id.replace(id.to_string()).is_some_and(|other| other != id.to_string());
        wanted.order = Order::Tree;
        let found = redirects::list(&self.site.app.db, &wanted, 1, 0).await?;
        let row = found.into_iter().next().filter(|_| !other).ok_or_else(|| Refusal::no("Redirect"))?;
        let shape = self.shape_of(Model::Redirect, Level::Detail, asked)?;
        Ok(self.tell_redirect(row, &shape, asked))
    }

    pub(super) async fn find_redirect(&self, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let db = &self.site.app.db;
        if let Some(path) = asked.params.find("html_path") {
            let candidates = normalise(path).map(|address| Candidates::of(&address));
            let candidates = candidates.ok_or_else(|| Refusal::not_found(""))?;
            let leads = list_leads(db, asked.site.id, &candidates).await?;
            let lead = leads.into_iter().find(|lead| lead.old_path == candidates.full);
            let lead = lead.ok_or_else(|| Refusal::not_found(""))?;
            return Ok(asked.found(Endpoint::Redirects, lead.id, &["id"]));
        }
        let id = asked.id().ok_or_else(|| Refusal::not_found("not found"))?;
        let wanted = RedirectsWanted { id: Some(id.to_string()), ..RedirectsWanted::default() };
        match redirects::list(db, &wanted, 1, 0).await?.is_empty() {
            true => Err(Refusal::not_found("not found")),
            false => Ok(asked.found(Endpoint::Redirects, id, &["id"])),
        }
    }

    fn tell_redirect(&self, row: Redirected, shape: &Shape<'_>, asked: &Asked<'_>) -> Value {
        let location = match (row.target_url.as_str(), row.page_url_path.as_str()) {
            ("", "") => None,
            ("", path) => {
                let path = asked.site.public_path(path);
                // With one site its pages are named by their paths alone.
                let base = if self.site.has_one_site() || !path.starts_with('/') { "" } else { &asked.site.base_url };
                let page = format!("{base}{path}");
                Some(match row.target_route.as_str() {
                    "" => page,
                    route => format!("{}{route}", page.trim_end_matches('/')),
                })
            }
            (url, _) => Some(url.to_owned()),
        };
        let row = RedirectRow { id: row.id, old_path: row.old_path, location };
        let (types, related) = (self.site.app.content.types(), Related::default());
        let teller = Teller { types: &types, rich_text: None };
        let scribe = Scribe { site: &asked.site, keys: &self.site.app.keys, related: &related, teller, roots: &[] };
        scribe.tell(Object::Redirect(&row), shape)
    }
}

fn narrow(asked: &Asked<'_>) -> Result<RedirectsWanted, Refusal> {
    let mut wanted = RedirectsWanted::default();
    for filter in filters::filters(Model::Redirect, asked.params)? {
        match filter.entry.name {
            "id" => wanted.id = Some(filter.value),
            _ => wanted.old_path = Some(filter.value),
        }
    }
    wanted.order = filters::order(Model::Redirect, asked.params)?;
    Ok(wanted)
}
