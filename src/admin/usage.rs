//! What is shown of the places that use something, and of what was done to it.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::editor::history::author;
use super::entry::Seat;
use super::{Admin, time, words};
use crate::content::object_log::{self, Entry, Of};
use crate::content::reference::Use;
use crate::db::DbError;

/// A place that uses something, with where it is changed.
pub(super) fn place(found: &Use) -> Value {
    let type_name = &found.type_name;
    let url = match (found.page_id, found.snippet_id, found.setting_id) {
        (Some(id), ..) => Some(format!("/admin/pages/{id}/edit/")),
        (_, Some(id), _) => Some(format!("/admin/snippets/{type_name}/{id}/")),
        (.., Some(_)) => Some(format!("/admin/settings/{type_name}/")),
        _ => None,
    };
    json!({ "title": found.title, "url": url, "path": found.path, "live": found.live })
}

fn event(entry: &Entry, zone: &TimeZone) -> Value {
    json!({
        "event": words::event(&entry.event), "actor": author(&entry.actor), "at": time(entry.at, zone), "title": entry.title,
        "channel": entry.channel,
    })
}

/// What was done to something last, the newest first, for templates.
pub(super) async fn log(admin: &Admin, seat: &Seat, of: Of<'_>) -> Result<Vec<Value>, DbError> {
    let zone = seat.zone();
    let entries = object_log::list(&*admin.app.db, of, i64::MAX).await?;
    Ok(entries.iter().map(|entry| event(entry, &zone)).collect())
}
