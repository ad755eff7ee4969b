//! Addresses below a site's root that the product itself answers: a page there would be hidden, so no page may be.

use super::EditError;
use super::types::{Code, FieldError};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// First parts of the product's own addresses, those of its router and those that are kept for it.
pub const RESERVED: &[&str] = &["-", "admin", "api", "documents", "health", "media", "search", "static"];
/// Hidden pages that are named at once: as many words as each of so many sites and languages may have.
const MAX_HIDDEN: i64 = 1_000;

record! {
    /// A page that nobody can reach, from before its slug was reserved, or below a page that became a site's root.
    #[derive(Clone, Debug)]
    pub struct Hidden { pub id: i64, pub slug: String, pub url_path: String }
}

queries! {
    IS_ROOT = read "site.find_root"
        "SELECT page.id FROM site JOIN page main ON main.id = site.root_page_id
              JOIN page ON page.translation_key = main.translation_key
         WHERE page.id = $1 LIMIT 1";
    HIDDEN = read "page.list_hidden"
        ("SELECT DISTINCT child.id, child.slug, child.url_path FROM site JOIN page main ON main.id = site.root_page_id
              JOIN page ON page.translation_key = main.translation_key
              JOIN page child ON child.parent_id = page.id
         WHERE child.slug " [any "$1"] " AND NOT child.trashed ORDER BY child.id LIMIT $2");
}

/// Whether a page with this slug would be hidden below `parent`: the root of a site, in any of its languages.
pub(super) async fn hides(on: impl Into<Exec<'_>>, parent: i64, slug: &str) -> Result<bool, DbError> {
    if !RESERVED.contains(&slug) {
        return Ok(false);
    }
    Ok(on.into().query(&IS_ROOT).bind(parent).optional::<i64>().await?.is_some())
}

pub(super) async fn refuse(tx: &mut Tx, parent: i64, slug: &str) -> Result<(), EditError> {
    match hides(tx, parent, slug).await? {
        true => Err(EditError::SlugReserved(slug.to_owned())),
        false => Ok(()),
    }
}

/// Why a draft with a slug of its own could not be published there.
pub(super) async fn blocker(tx: &mut Tx, parent: i64, slug: &str) -> Result<Option<FieldError>, DbError> {
    let is_hidden = hides(tx, parent, slug).await?;
    let message = || EditError::SlugReserved(slug.to_owned()).to_string().replacen("slug: ", "", 1);
    Ok(is_hidden.then(|| FieldError { path: "slug".into(), code: Code::SlugReserved, message: message(), fact: None }))
}

/// Pages that are hidden.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(tx: &mut Tx) -> Result<Vec<Hidden>, DbError> {
    let words: Vec<String> = RESERVED.iter().map(|word| (*word).to_owned()).collect();
    Exec::from(tx).query(&HIDDEN).bind(words).bind(MAX_HIDDEN).list().await
}
