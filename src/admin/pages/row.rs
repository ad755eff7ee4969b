//! A page as the lists show it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::permit;
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::admin::texts::{Said, said};
use crate::clock::Micros;
use crate::content::explore::{Listed, MAX_COUNTED_BELOW};
use crate::content::tree::ROOT_ID;
use crate::content::types::Types;

const MINUTE_US: i64 = 60_000_000;

/// For programs, in full for people, and as short as one reads a list.
pub(in crate::admin) fn when(at: i64, zone: &TimeZone) -> Value {
    let shown = |pattern: &str| {
        let at = Timestamp::from_microsecond(at);
        at.map(|at| at.to_zoned(zone.clone()).strftime(pattern).to_string()).unwrap_or_default()
    };
    let minutes = (Micros::now().0 - at) / MINUTE_US;
    let short = match minutes {
        0 => said("just-now"),
        1..60 => said("minutes-ago").with("minutes", minutes),
        60..1_440 => said("hours-ago").with("hours", minutes / 60),
        _ => Said::Text(shown("%-d %b %Y")),
    };
    json!({ "iso": Micros(at).to_rfc3339(), "shown": shown("%-d %b %Y, %H:%M %Z"), "short": short })
}

/// What a type is called; its name when the site has it no longer.
pub(in crate::admin) fn type_label(types: &Types, name: &str) -> String {
    types.find(name).map_or_else(|| name.to_owned(), |found| found.label.clone())
}

/// What a page is called in the editor.
pub(in crate::admin) fn title(row: &Listed) -> Said {
    if row.id == ROOT_ID { said("all-pages") } else { Said::Text(row.title.clone()) }
}

/// Where the editor lists the children of a page.
pub(in crate::admin) fn address(id: i64) -> String {
    if id == ROOT_ID { "/admin/pages/".to_owned() } else { format!("/admin/pages/{id}/") }
}

/// What is up with a page, in words, each with the look of its chip.
fn chips(row: &Listed) -> Vec<Value> {
    let mut chips = Vec::new();
    let mut add = |text: Said, look: &str| chips.push(json!({ "text": text, "look": look }));
    match (row.live, row.has_unpublished_changes) {
        (true, false) => add(said("state-live"), "good"),
        (true, true) => add(said("state-live-and-draft"), "good"),
        (false, _) if row.expired_at.is_some() => add(said("state-expired"), "note"),
        (false, _) => add(said("state-draft"), "quiet"),
    }
    if row.publish_at.is_some() {
        add(said("state-scheduled"), "note");
    }
    if row.expire_at.is_some() {
        add(said("state-expires"), "note");
    }
    if row.alias_of.is_some() {
        add(said("state-alias"), "quiet");
    }
    if row.restricted {
        add(said("state-restricted"), "note");
    }
    match row.locker.as_str() {
        _ if row.locked_at.is_none() => {}
        "" => add(said("state-locked"), "note"),
        by => add(said("state-locked-by").with("by", by), "note"),
    }
    chips
}

impl Admin {
    /// A row for templates.
    pub(in crate::admin) fn row(&self, seat: &Seat, types: &Types, row: &Listed) -> Value {
        let grants = &seat.grants;
        let page = permit::page_of(row);
        let is_root = row.id == ROOT_ID;
        let is_open = row.locked_at.is_none() || !self.app.content.keeps_out(row.locked_by, seat.session.account_id);
        let deletable = is_open && permit::likely_deletable(grants, row);
        let public = if row.live { self.site.address_at(&seat.info.host, &row.url_path) } else { None };
        json!({
            "id": row.id,
            "title": title(row),
            "url": address(row.id),
            "is_root": is_root,
            "type_label": type_label(types, &row.type_name),
            "chips": if is_root { Vec::new() } else { chips(row) },
            "public_url": public,
            "locale": row.locale,
            "updated": when(row.updated_at, &seat.zone()),
            "saved_by": row.saved_by,
            "owner": row.owner,
            "below": if row.below > MAX_COUNTED_BELOW { format!("{MAX_COUNTED_BELOW}+") } else { row.below.to_string() },
            "has_children": row.below > 0,
            "alias_of": row.alias_of,
            "may": {
                "edit": grants.may_edit(page),
                "add": grants.may_add_below(page) && row.alias_of.is_none(),
                "publish": is_open && grants.may_publish(page) && row.alias_of.is_none() && (!row.live || row.has_unpublished_changes),
                "unpublish": is_open && grants.may_publish(page) && row.live && row.alias_of.is_none(),
                "delete": deletable,
                "move": deletable || (row.below > 0 && grants.may_edit(page)),
                "restrict": is_open && grants.may_publish(page),
                "lock": row.locked_at.is_none() && row.alias_of.is_none() && grants.may_lock(page),
                "unlock": row.locked_at.is_some() && grants.may_unlock(page, row.locked_by),
                "copy": !is_root && grants.may_see(&row.path),
                "see": !is_root && grants.may_see(&row.path),
            },
        })
    }

    /// The way from the top to a page, for templates: what may not be seen of it is left out.
    pub(in crate::admin) async fn crumbs(&self, seat: &Seat, path: &str) -> Result<Vec<Value>, crate::db::DbError> {
        let above = self.app.content.list_above(path).await?;
        let seen = above.iter().filter(|row| seat.grants.may_explore(&row.path));
        Ok(seen.map(|row| json!({ "title": title(row), "url": address(row.id), "id": row.id })).collect())
    }
}
