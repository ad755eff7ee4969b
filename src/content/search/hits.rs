//! The pages behind the results, as they are shown. The page itself has the last word on whether it is for everybody.

use std::collections::HashSet;

use super::excerpt::{excerpt, mark};
use super::index::Texts;
use crate::content::page::json_object;
use crate::content::types::Types;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Results on one page of them.
pub const PER_PAGE: usize = 10;

record! {
    struct Found {
        id: i64, type_name: String, title: String, url_path: String, search_description: String, data: String,
        first_published_at: Option<i64>,
    }
}

queries! {
    PAGES = read "search.list_hits"
        ("SELECT id, type AS type_name, title, url_path, search_description, data, first_published_at
         FROM page WHERE id " [any "$1"] " AND live AND NOT restricted AND NOT trashed LIMIT $2");
}

/// A result as it is shown.
#[derive(Clone, Debug)]
pub struct Hit {
    pub id: i64,
    pub type_name: String,
    /// What the type is called.
    pub label: String,
    pub title: String,
    /// HTML with the found words in `<mark>`.
    pub title_html: String,
    pub excerpt_html: String,
    pub url_path: String,
    pub first_published_at: Option<i64>,
}

/// At most [`PER_PAGE`] pages by their ids, in that order; `words` are marked.
///
/// # Errors
/// When the database fails.
pub async fn hits(db: &Db, types: &Types, ids: &[i64], words: &[String]) -> Result<Vec<Hit>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = &ids[..ids.len().min(PER_PAGE)];
    let mut found: Vec<Found> = db.query(&PAGES).bind(ids.to_vec()).bind(PER_PAGE as i64).list().await?;
    found.sort_by_key(|page| ids.iter().position(|id| *id == page.id));
    let wanted: HashSet<&str> = words.iter().map(String::as_str).collect();
    Ok(found.into_iter().map(|page| hit(types, page, &wanted)).collect())
}

fn hit(types: &Types, page: Found, wanted: &HashSet<&str>) -> Hit {
    let of_type = types.find(&page.type_name);
    let texts = of_type.map(|of_type| Texts::of(types, of_type, json_object(&page.data)));
    let mut text = page.search_description;
    for part in texts.iter().flat_map(|texts| [&texts.lead, &texts.text]).filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(part);
    }
    Hit {
        id: page.id,
        label: of_type.map(|of_type| of_type.label.clone()).unwrap_or_default(),
        type_name: page.type_name,
        title_html: mark(&page.title, wanted),
        excerpt_html: excerpt(&text, wanted),
        title: page.title,
        url_path: page.url_path,
        first_published_at: page.first_published_at,
    }
}
