//! A page with its newest draft and what is planned for it, by one query: what programs read and write.

use super::page::{Page, PageContent};
use super::tree;
use crate::db::{DbError, Exec, Record, Row};
use crate::{queries, sql_parts};

/// Versions of one page: a site has as many languages at most.
const MAX_TRANSLATIONS: i64 = 200;

/// A page as programs see it.
#[derive(Clone, Debug)]
pub struct Detail {
    pub page: Page,
    pub updated_at: i64,
    pub publish_at: Option<i64>,
    pub expire_at: Option<i64>,
    /// Whoever locked it; empty when nobody did, or that account is gone.
    pub locker: String,
    /// The newest draft; none of an alias.
    draft: Option<PageContent>,
    /// Whoever saved that, and when.
    pub saved_by: String,
    pub saved_at: Option<i64>,
}

impl Record for Detail {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        let draft = row.take::<Option<String>>("draft")?;
        let parse = |text: String| {
            serde_json::from_str(&text).map_err(|error| DbError::Other(format!("the newest revision: {error}")))
        };
        Ok(Self {
            page: Page::from_row(row)?,
            updated_at: row.take("updated_at")?,
            publish_at: row.take("publish_at")?,
            expire_at: row.take("expire_at")?,
            locker: row.take("locker")?,
            draft: draft.map(parse).transpose()?,
            saved_by: row.take("saved_by")?,
            saved_at: row.take("saved_at")?,
        })
    }
}

impl Detail {
    /// What visitors see, as it would be edited.
    pub fn live(&self) -> PageContent {
        PageContent {
            title: self.page.title.clone(),
            slug: self.page.slug.clone(),
            seo_title: self.page.seo_title.clone(),
            search_description: self.page.search_description.clone(),
            show_in_menus: self.page.show_in_menus,
            fields: self.page.fields.clone(),
        }
    }

    /// The newest draft; of an alias, what it shows.
    pub fn draft(&self) -> PageContent {
        self.draft.clone().unwrap_or_else(|| PageContent { title: self.page.draft_title.clone(), ..self.live() })
    }
}

sql_parts! {
    /// All of a [`Detail`] but its content, from where all of it is.
    detail = "p.id, p.path, p.depth, p.parent_id, p.type AS type_name, p.title, p.draft_title, p.slug, p.url_path, p.seo_title,
            p.search_description, p.show_in_menus, p.live, p.has_unpublished_changes, p.latest_revision_id,
            p.live_revision_id, p.first_published_at, p.last_published_at, p.locale, p.translation_key, p.alias_of,
            p.restricted, p.trashed, p.owner_id, p.locked_at, p.locked_by, p.updated_at, p.publish_at, p.expire_at,
            COALESCE(NULLIF(l.name, ''), l.username, '') AS locker, COALESCE(r.author, '') AS saved_by,
            r.created_at AS saved_at
        FROM page p LEFT JOIN revision r ON r.id = p.latest_revision_id LEFT JOIN account l ON l.id = p.locked_by";
    /// With $7 the content is read too.
    content_if_asked = "CASE WHEN $7 AND p.alias_of IS NOT NULL THEN p.data ELSE '{}' END AS data, '{}' AS summary,
            CASE WHEN $7 THEN r.content END AS draft";
    /// Of what is behind $1 and before $2; $3 to $6 narrow it; with $8 all, else what is below one of the places in $9.
    narrowed = ("p.path > $1 AND p.path < $2
           AND ($3 = '' OR p.type = $3) AND ($4 = '' OR p.locale = $4) AND ($5 = '' OR p.slug = $5)
           AND CASE $6 WHEN 'live' THEN p.live WHEN 'draft' THEN NOT p.live
                    WHEN 'changed' THEN p.live AND p.has_unpublished_changes ELSE TRUE END
           AND ($8 OR EXISTS (SELECT 1 FROM " [texts "$9" "place"] " WHERE SUBSTR(p.path, 1, LENGTH(place.value)) = place.value))");
}

queries! {
    FIND = read "page.find_detail" ("SELECT p.data, p.summary, r.content AS draft, " detail " WHERE p.id = $1");
    LIST = read "page.list_details"
        ("SELECT " content_if_asked ", " detail " WHERE " narrowed " ORDER BY p.path LIMIT $10");
    CHILDREN = read "page.list_details_of_children"
        ("SELECT " content_if_asked ", " detail " WHERE p.parent_id = $11 AND " narrowed " ORDER BY p.path LIMIT $10");
    TRANSLATIONS = read "page.list_details_of_translations"
        ("SELECT '{}' AS data, '{}' AS summary, CAST(NULL AS TEXT) AS draft, " detail "
         WHERE p.translation_key = $1 ORDER BY p.locale, p.id LIMIT $2");
}

/// The versions of a page in all languages, its own among them, without their content; also those in the trash.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_translations(on: impl Into<Exec<'_>>, key: &str) -> Result<Vec<Detail>, DbError> {
    on.into().query(&TRANSLATIONS).bind(key).bind(MAX_TRANSLATIONS).list().await
}

/// A page, also one in the trash.
///
/// # Errors
/// When the database is out of reach, or a stored revision is none.
pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Detail>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

/// Which state of pages a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Any,
    Live,
    /// Not live.
    Draft,
    /// Live, with changes that are not.
    Changed,
}

/// Whether the page at the top of a branch is in the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Top {
    #[default]
    Left,
    Listed,
}

/// Which pages are listed, in the order of the tree; what is empty does not restrict them.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// The path of the branch.
    pub below: &'a str,
    pub top: Top,
    /// Only the children of this page.
    pub parent: Option<i64>,
    pub type_name: &'a str,
    pub locale: &'a str,
    pub slug: &'a str,
    pub state: State,
    /// The path of the last page of the part before.
    pub after: Option<&'a str>,
    /// Paths, one of which a page has to be below or at; `None`: all pages.
    pub places: Option<Vec<String>>,
    pub has_content: bool,
    pub limit: i64,
}

/// # Errors
/// When the database is out of reach, or a stored revision is none.
pub async fn list(on: impl Into<Exec<'_>>, asked: Asked<'_>) -> Result<Vec<Detail>, DbError> {
    let state = match asked.state {
        State::Any => "",
        State::Live => "live",
        State::Draft => "draft",
        State::Changed => "changed",
    };
    let begin = match asked.top {
        Top::Left => asked.below.to_owned(),
        Top::Listed => before(asked.below),
    };
    let after = asked.after.filter(|after| **after > *begin).unwrap_or(&begin);
    let query = if asked.parent.is_some() { &CHILDREN } else { &LIST };
    let call = on.into().query(query).bind(after).bind(tree::after_subtree(asked.below)).bind(asked.type_name);
    let call = call.bind(asked.locale).bind(asked.slug).bind(state).bind(asked.has_content);
    let call = call.bind(asked.places.is_none()).bind(asked.places.unwrap_or_default()).bind(asked.limit);
    match asked.parent {
        Some(parent) => call.bind(parent).list().await,
        None => call.list().await,
    }
}

/// What all paths before this one, with all below them, are smaller than.
fn before(path: &str) -> String {
    let mut text = path.to_owned();
    let last = text.pop().and_then(|last| char::from_u32(u32::from(last).saturating_sub(1)));
    text.extend(last);
    text.push('~');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_begins_at_a_page_and_not_before() {
        for (path, earlier) in
            [("00010002", "00010001ZZZZ"), ("00010010", "0001000Z0001"), ("0001000A", "000100090001")]
        {
            assert!(before(path).as_str() > earlier && before(path).as_str() < path, "{path}");
        }
    }
}
