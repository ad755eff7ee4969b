//! Pages in the editor: the tree with its lists and filters, and what is done to pages from there.

mod act;
mod adding;
pub(super) mod alias;
pub(super) mod bulk;
mod copying;
mod deleting;
mod explorer;
pub(super) mod languages;
pub(super) mod locking;
mod move_back;
mod moving;
pub(super) mod new;
pub(super) mod permit;
mod privacy;
mod restoring;
pub(super) mod row;
mod translating;
mod trash;
mod unpublishing;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{get, post};

use super::{Admin, only};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

pub(super) use moving::choices;

/// Addresses below `/admin/pages/`, and the trash.
pub(super) fn routes() -> Router<Arc<Admin>> {
    let pages = Route::AdminPages;
    Router::new()
        .route("/admin/pages/", only(get(explorer::top), pages))
        .route("/admin/pages/bulk/", only(post(bulk::act), pages))
        .route("/admin/pages/move/", only(get(moving::many).post(moving::move_many), pages))
        .route("/admin/pages/locked/", only(get(locking::list), pages))
        .route("/admin/pages/delete/", only(get(deleting::many).post(deleting::delete_many), pages))
        .route("/admin/pages/new/", only(get(new::types), pages))
        .route("/admin/pages/new/{type}/", only(get(new::parents), pages))
        .route("/admin/pages/{id}/", only(get(explorer::below), pages))
        .route("/admin/pages/{id}/add/", only(get(adding::choose), pages))
        .route("/admin/pages/{id}/add/{type}/", only(get(adding::name).post(adding::add), pages))
        .route("/admin/pages/{id}/move/", only(get(moving::one).post(moving::move_one), pages))
        .route("/admin/pages/{id}/move/back/", only(post(move_back::undo), pages))
        .route("/admin/pages/{id}/reorder/", only(post(moving::reorder), pages))
        .route("/admin/pages/{id}/copy/", only(get(copying::page).post(copying::copy), pages))
        .route("/admin/pages/{id}/privacy/", only(get(privacy::page).post(privacy::save), pages))
        .route("/admin/pages/{id}/lock/", only(get(locking::page).post(locking::change), pages))
        .route("/admin/pages/{id}/delete/", only(get(deleting::one).post(deleting::delete_one), pages))
        .route("/admin/pages/{id}/translate/", only(get(translating::page).post(translating::translate), pages))
        .route("/admin/pages/{id}/convert-alias/", only(post(alias::convert), pages))
        .route(
            "/admin/pages/{id}/unpublish/",
            only(get(unpublishing::page).post(unpublishing::unpublish), Route::AdminUnpublish),
        )
        .route("/admin/trash/", only(get(trash::page).post(trash::act), Route::AdminTrash))
}

/// The values of an address.
pub(super) fn query_of(request: &Request) -> FormData {
    FormData::parse(request.uri().query().unwrap_or_default().as_bytes())
}

pub(super) mod ids {
    //! Numbers of things in addresses and forms.

    use crate::bulk::MAX_ITEMS;
    use crate::http::form::FormData;

    /// Digits without leading zeros, and not 0.
    pub fn parse(text: &str) -> Option<i64> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        text.parse().ok().filter(|_| plain)
    }

    /// All `ids` of a form, each once, in its order, also as [`pack`] writes them; `None` when one of them is none, or
    /// there are too many or none.
    pub fn list(form: &FormData) -> Option<Vec<i64>> {
        let mut ids = Vec::new();
        for text in form.all("ids").flat_map(|text| text.split('.')) {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (first, last) = (parse(first)?, parse(last)?);
            if last < first || last - first >= MAX_ITEMS as i64 {
                return None;
            }
            for id in first..=last {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            if ids.len() > MAX_ITEMS {
                return None;
            }
        }
        (!ids.is_empty()).then_some(ids)
    }

    /// Many numbers in one short text for an address, in their order: `12-40.55`.
    pub fn pack(ids: impl IntoIterator<Item = i64>) -> String {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for id in ids {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == id => *last = id,
                _ => runs.push((id, id)),
            }
        }
        let shown = |(first, last): &(i64, i64)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        runs.iter().map(shown).collect::<Vec<_>>().join(".")
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn many_numbers_are_read_as_they_were_packed() {
            let read = |text: &str| list(&FormData::parse(format!("ids={text}").as_bytes()));
            for ids in [vec![3], vec![3, 4, 5], vec![9, 7, 8, 3, 12], (1..=500).collect()] {
                assert_eq!(read(&pack(ids.clone())), Some(ids));
            }
            for bad in ["", "x", "3-", "5-3", "0-3", "1-501", "1-400.401-501", "3..4", "-3"] {
                assert_eq!(read(bad), None, "{bad}");
            }
        }
    }
}
