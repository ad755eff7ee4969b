//! The versions of pages in other languages: those that share their key, in the trash too.

use super::Listed;
use crate::content::Content;
use crate::content::tree::ROOT_ID;
use crate::db::DbError;
use crate::{queries, record};

/// Versions that are read at once: fifty rows in two hundred languages.
const MAX_TRANSLATIONS: i64 = 10_000;

record! {
    /// A page in another language than the one with the id `of_id`.
    #[derive(Clone, Debug)]
    pub struct Translation {
        pub of_id: i64, pub id: i64, pub path: String,
        /// Of the newest draft.
        pub title: String,
        pub locale: String, pub live: bool, pub trashed: bool, pub alias_of: Option<i64>,
    }
}

queries! {
    OF_PAGES = read "explore.list_translations"
        ("SELECT p.id AS of_id, t.id, t.path, t.draft_title AS title, t.locale, t.live, t.trashed, t.alias_of
         FROM page p JOIN page t ON t.translation_key = p.translation_key AND t.id <> p.id
         WHERE p.id " [any "$1"] " ORDER BY p.id, t.locale LIMIT $2");
}

/// A page, with what has to be known of the languages of it and of all above it.
#[derive(Clone, Debug)]
pub struct Languages {
    pub row: Listed,
    /// From the top, without the hidden root.
    above: Vec<Listed>,
    there: Vec<Translation>,
}

/// Where the version of a page in another language goes.
#[derive(Clone, Debug)]
pub struct Spot<'l> {
    /// The nearest page above that is in the language.
    pub below: i64,
    /// The pages between, which are not; the nearest first.
    pub missing: Vec<&'l Listed>,
}

impl Languages {
    fn version_of(&self, of: i64, language: &str) -> Option<&Translation> {
        self.there.iter().find(|found| found.of_id == of && found.locale == language)
    }

    /// The page in this language, in the trash too; its own one is the page itself.
    pub fn version(&self, language: &str) -> Option<i64> {
        let other = || self.version_of(self.row.id, language).map(|found| found.id);
        if self.row.locale == language { Some(self.row.id) } else { other() }
    }

    pub fn spot(&self, language: &str) -> Spot<'_> {
        let mut missing = Vec::new();
        for page in self.above.iter().rev() {
            match self.version_of(page.id, language) {
                Some(found) => return Spot { below: found.id, missing },
                None => missing.push(page),
            }
        }
        Spot { below: ROOT_ID, missing }
    }
}

impl Content {
    /// The languages of a page, and of all above it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn languages_of(&self, row: Listed) -> Result<Languages, DbError> {
        let mut above = self.list_above(&row.path).await?;
        above.retain(|page| page.id != ROOT_ID);
        let ids = above.iter().map(|page| page.id).chain([row.id]).collect();
        let there = self.list_translations(ids).await?;
        Ok(Languages { row, above, there })
    }

    /// The other languages of some pages, by page and by language.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_translations(&self, ids: Vec<i64>) -> Result<Vec<Translation>, DbError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.db.query(&OF_PAGES).bind(ids).bind(MAX_TRANSLATIONS).list().await
    }
}
