//! The list of redirects: found by address or target, by site, and by who made them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{HOME, enter, options, sites};
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::admin::export;
use crate::admin::pages::{ids, query_of, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::redirect::{self, Filter, Redirect};
use crate::content::site::Site;
use crate::http::form::FormData;

/// Redirects of one part of the list.
const PER_PART: usize = 50;
/// Longest search, in characters.
const MAX_QUERY: usize = 200;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| show(&admin, seat, &query).await).await
}

/// What an address asks for.
pub(super) fn filter(query: &FormData) -> Result<Filter, Refusal> {
    let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
    if text("q").chars().count() > MAX_QUERY {
        return Err(Refusal::Bad(said("search-too-long-for-addresses")));
    }
    let site = match text("site").as_str() {
        "" => None,
        id => Some(ids::parse(id).ok_or(Refusal::Missing(said("no-such-site")))?),
    };
    let automatic = match text("kind").as_str() {
        "" => None,
        "automatic" => Some(true),
        "manual" => Some(false),
        _ => return Err(Refusal::Bad(said("redirects-are-automatic-or-manual"))),
    };
    Ok(Filter { text: text("q"), site, automatic })
}

/// What a redirect leads to, for people.
pub(in crate::admin) fn target(redirect: &Redirect) -> String {
    match redirect.target_page_id {
        Some(_) => format!("{}{}", redirect.page_url_path, redirect.target_route),
        None => redirect.target_url.clone(),
    }
}

fn shown(redirect: &Redirect, sites: &[Site], seat: &Seat) -> Value {
    let site = sites.iter().find(|site| Some(site.id) == redirect.site_id);
    let kind =
        if redirect.automatic { (said("redirect-automatic"), "quiet") } else { (said("redirect-manual"), "note") };
    json!({
        "id": redirect.id, "url": format!("{HOME}{}/", redirect.id), "from": redirect.old_path,
        "to": target(redirect), "page_id": redirect.target_page_id, "covers_subtree": redirect.covers_subtree,
        "code": if redirect.is_permanent { "permanent" } else { "temporary" },
        "chips": [{ "text": kind.0, "look": kind.1 }], "site": site.map(|site| &site.hostname),
        "hits": redirect.hits, "last_hit": redirect.last_hit_at.map(|at| row::when(at, &seat.zone())),
    })
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let filter = filter(query)?;
    let after = match query.first("after").filter(|text| !text.is_empty()) {
        Some(text) => ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?,
        None => 0,
    };
    let sites = sites(admin).await?;
    let mut found = redirect::list(&admin.app.db, &filter, after, PER_PART as i64 + 1).await?;
    let more = found.len() > PER_PART;
    found.truncate(PER_PART);
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q", "site", "kind"] {
        if let Some(value) = query.first(name).filter(|value| !value.is_empty()) {
            kept.append_pair(name, value);
        }
    }
    let narrowed = kept.finish();
    let next = found.last().filter(|_| more).map(|last| {
        let and = if narrowed.is_empty() { "" } else { "&" };
        format!("{HOME}?{narrowed}{and}after={}", last.id)
    });
    let kinds = [
        ("manual", said("redirect-manual"), Some(false)),
        ("automatic", said("redirect-automatic"), Some(true)),
    ]
    .map(
        |(value, label, automatic)| json!({ "value": value, "label": label, "chosen": filter.automatic == automatic }),
    );
    let exports = export::urls(|format| format!("{HOME}export.{format}?{narrowed}"));
    let context = json!({
        "exports": exports.map(|url| url.trim_end_matches('?').to_owned()),
        "rows": found.iter().map(|redirect| shown(redirect, &sites, seat)).collect::<Vec<_>>(),
        "q": filter.text, "sites": options(&sites, filter.site), "kinds": kinds, "next": next, "is_first": after == 0,
        "is_narrowed": !narrowed.is_empty(), "narrowed": narrowed,
    });
    Ok(admin.page(seat, "admin/redirects/list.html", context))
}
