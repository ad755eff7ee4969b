//! What is managed beside the content, found by its name: by those who may manage it.

use serde_json::json;

use super::actions::fits;
use super::kinds::{Found, Looked};
use super::{Asked, Kind};
use crate::accounts::GlobalPermission;
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::admin::redirects::target;
use crate::admin::texts::said;
use crate::content::redirect::{self, Filter};
use crate::content::tag;
use crate::media::collection::{self, ROOT_ID};

/// Whether this kind is asked for, by somebody who may manage it.
fn wants(seat: &Seat, asked: &Asked<'_>, kind: Kind, needed: GlobalPermission) -> bool {
    asked.wants(kind) && seat.grants.may(needed)
}

pub(super) async fn redirects(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !wants(seat, asked, Kind::Redirect, GlobalPermission::Redirects) {
        return Ok(Found::default());
    }
    let filter = Filter { text: asked.text.to_owned(), ..Filter::default() };
    let found = redirect::list(&admin.app.db, &filter, 0, asked.most() as i64 + 1).await?;
    let shown = |known: &redirect::Redirect| json!({ "label": known.old_path, "note": format!("→ {}", target(known)), "url": format!("/admin/redirects/{}/", known.id) });
    Ok(Found::of(found.iter().map(shown).collect(), asked.most()))
}

pub(super) async fn tags(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !wants(seat, asked, Kind::Tag, GlobalPermission::Snippets) {
        return Ok(Found::default());
    }
    let found = tag::list(&admin.app.db, asked.text, 0).await?;
    let shown = |known: &tag::CountedTag| {
        let note = said("tag-is-on-pages").with("count", known.pages);
        json!({ "label": known.name, "note": note, "url": format!("/admin/tags/{}/", known.id) })
    };
    Ok(Found::of(found.iter().map(shown).collect(), asked.most()))
}

pub(super) async fn collections(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !wants(seat, asked, Kind::Collection, GlobalPermission::Collections) {
        return Ok(Found::default());
    }
    let found = collection::list(&admin.app.db).await?;
    let fitting = found.iter().filter(|known| known.id != ROOT_ID && fits(asked.text, &known.name));
    let shown = |known: &collection::Listed| json!({ "label": known.name, "note": "", "url": format!("/admin/collections/{}/", known.id) });
    Ok(Found::of(fitting.map(shown).collect(), asked.most()))
}

pub(super) async fn groups(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !wants(seat, asked, Kind::Group, GlobalPermission::Groups) {
        return Ok(Found::default());
    }
    let found = admin.app.accounts.search_groups(asked.text, asked.most() as i64 + 1).await?;
    let shown = |known: &crate::accounts::GroupNamed| json!({ "label": known.name, "note": "", "url": format!("/admin/groups/{}/", known.id) });
    Ok(Found::of(found.iter().map(shown).collect(), asked.most()))
}

/// Of what this node knows of them: no query.
pub(super) fn sites(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Found {
    if !wants(seat, asked, Kind::Site, GlobalPermission::Sites) {
        return Found::default();
    }
    let sites = admin.site.sites();
    let fitting = sites.iter().filter(|known| fits(asked.text, &known.name) || fits(asked.text, &known.hostname));
    let items = fitting.map(|known| {
        let label = if known.name.is_empty() { &known.hostname } else { &known.name };
        json!({ "label": label, "note": known.hostname, "url": format!("/admin/sites/{}/", known.id) })
    });
    Found::of(items.collect(), asked.most())
}
