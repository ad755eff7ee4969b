//! Snippets: pieces of content that pages share, such as authors and categories.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::page::json_object;
pub use super::snippet_list::{
    Behind, Course, LISTED_AT_ONCE, Listing, Order, Status, list, list_after, list_behind, list_first, list_names,
};
use crate::db::{Db, DbError, Exec, Record, Row};
use crate::{queries, record};

/// Snippets loaded for one page.
const MAX_SNIPPETS: i64 = 1_000;
/// Snippets that one part of a list shows.
pub const PAGE_SIZE: i64 = 50;
/// Translations of one snippet.
const MAX_TRANSLATIONS: i64 = 200;
/// Types of snippets.
const MAX_TYPES: i64 = 1_000;
/// Revisions listed at once.
const MAX_REVISIONS: i64 = 200;

/// What an editor edits, and a revision keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnippetContent {
    pub name: String,
    pub slug: String,
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// A snippet as it is shown; of one with drafts, what was published last.
#[derive(Clone, Debug)]
pub struct Snippet {
    pub id: i64,
    pub type_name: String,
    pub slug: String,
    pub name: String,
    pub fields: Map<String, Value>,
    /// Whether pages show it.
    pub live: bool,
    pub has_unpublished_changes: bool,
    pub latest_revision_id: Option<i64>,
    pub locale: String,
    /// Shared by the translations of one snippet.
    pub translation_key: String,
    /// When it was changed last, in microseconds.
    pub updated_at: i64,
    /// How many the list holds in all.
    pub total: i64,
}

impl Record for Snippet {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            type_name: row.take("type_name")?,
            slug: row.take("slug")?,
            name: row.take("name")?,
            fields: json_object(&row.take::<String>("data")?),
            live: row.take("live")?,
            has_unpublished_changes: row.take("has_unpublished_changes")?,
            latest_revision_id: row.take("latest_revision_id")?,
            locale: row.take("locale")?,
            translation_key: row.take("translation_key")?,
            updated_at: row.take("updated_at")?,
            total: row.take("total")?,
        })
    }
}

impl Snippet {
    pub fn content(&self) -> SnippetContent {
        SnippetContent { name: self.name.clone(), slug: self.slug.clone(), fields: self.fields.clone() }
    }
}

record! {
    /// How many snippets a type has.
    #[derive(Clone, Debug)]
    pub struct Counted { pub type_name: String, pub snippets: i64 }
}
record! {
    #[derive(Clone, Debug)]
    pub struct Translation { pub id: i64, pub locale: String }
}
record! {
    /// A snippet as it is called.
    #[derive(Clone, Debug)]
    pub struct Named { pub id: i64, pub type_name: String, pub name: String }
}
record! { struct RevisionRow { id: i64, content: String, channel: String, created_at: i64 } }

/// One save of a snippet.
#[derive(Clone, Debug)]
pub struct SnippetRevision {
    pub id: i64,
    pub content: SnippetContent,
    pub channel: String,
    /// Microseconds.
    pub created_at: i64,
}

queries! {
    /// Each snippet under the id that was asked for, in the language of the page where there is such a translation. Its
    /// slug stays that of the one asked for: addresses of lists are made of it.
    SHOWN = read "snippet.list_shown"
        "SELECT asked.id, shown.type AS type_name, asked.slug, shown.name, shown.data, shown.live,
                shown.has_unpublished_changes, shown.latest_revision_id, shown.locale, shown.translation_key,
                shown.updated_at, CAST(0 AS BIGINT) AS total
         FROM snippet asked JOIN snippet shown ON shown.id = COALESCE(
             (SELECT t.id FROM snippet t WHERE t.translation_key = asked.translation_key AND t.locale = $2 AND t.live),
             asked.id)
         WHERE asked.id = ANY($1) AND shown.live LIMIT $3"
        sqlite
        "SELECT asked.id, shown.type AS type_name, asked.slug, shown.name, shown.data, shown.live,
                shown.has_unpublished_changes, shown.latest_revision_id, shown.locale, shown.translation_key,
                shown.updated_at, CAST(0 AS BIGINT) AS total
         FROM snippet asked JOIN snippet shown ON shown.id = COALESCE(
             (SELECT t.id FROM snippet t WHERE t.translation_key = asked.translation_key AND t.locale = $2 AND t.live),
             asked.id)
         WHERE asked.id IN (SELECT value FROM json_each($1)) AND shown.live LIMIT $3";
    FIND = read "snippet.find"
        "SELECT id, type AS type_name, slug, name, data, live, has_unpublished_changes, latest_revision_id, locale,
                translation_key, updated_at, CAST(1 AS BIGINT) AS total
         FROM snippet WHERE id = $1";
    /// Of translations with the same slug, the first one: pages refer to it.
    FIND_BY_SLUG = read "snippet.find_by_slug"
        "SELECT id, type AS type_name, slug, name, data, live, has_unpublished_changes, latest_revision_id, locale,
                translation_key, updated_at, CAST(1 AS BIGINT) AS total
         FROM snippet WHERE type = $1 AND slug = $2 ORDER BY id LIMIT 1";
    SEARCH = read "snippet.search"
        "SELECT id, type AS type_name, name FROM snippet WHERE search_text LIKE $1 ESCAPE '!'
         ORDER BY LOWER(name), id LIMIT $2";
    TRANSLATIONS = read "snippet.list_translations" "SELECT id FROM snippet WHERE translation_key = $1 LIMIT $2";
    IN_LANGUAGES = read "snippet.list_languages"
        "SELECT id, locale FROM snippet WHERE translation_key = $1 ORDER BY locale LIMIT $2";
    COUNT = read "snippet.count_by_type"
        "SELECT type AS type_name, COUNT(*) AS snippets FROM snippet GROUP BY type LIMIT $1";
    REVISIONS = read "snippet.list_revisions"
        "SELECT id, content, channel, created_at FROM snippet_revision WHERE snippet_id = $1 AND id < $2
         ORDER BY id DESC LIMIT $3";
    REVISION = read "snippet.find_revision"
        "SELECT id, content, channel, created_at FROM snippet_revision WHERE id = $1 AND snippet_id = $2";
}

/// What has `text` in it; empty: everything.
pub(super) fn pattern(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return text;
    }
    let plain: String = text.chars().flat_map(|c| if "!%_".contains(c) { vec!['!', c] } else { vec![c] }).collect();
    format!("%{plain}%")
}

/// Snippets of any type that have this in what is searched of them, by name.
pub async fn search(db: &Db, text: &str, limit: i64) -> Result<Vec<Named>, DbError> {
    db.query(&SEARCH).bind(pattern(text)).bind(limit.min(PAGE_SIZE + 1)).list().await
}

/// The live snippets among `ids`, for a page in the language `locale`.
pub async fn list_shown(db: &Db, ids: Vec<i64>, locale: &str) -> Result<Vec<Snippet>, DbError> {
    db.query(&SHOWN).bind(ids).bind(locale).bind(MAX_SNIPPETS).list().await
}

pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Snippet>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

/// The newest draft of a snippet; else what pages show.
///
/// # Errors
/// When the database is out of reach.
pub async fn newest(db: &Db, known: &Snippet) -> Result<SnippetContent, DbError> {
    let draft = match known.latest_revision_id.filter(|_| known.has_unpublished_changes) {
        Some(revision) => find_revision(db, known.id, revision).await?,
        None => None,
    };
    Ok(draft.map_or_else(|| known.content(), |draft| draft.content))
}

pub async fn find_by_slug(on: impl Into<Exec<'_>>, type_name: &str, slug: &str) -> Result<Option<Snippet>, DbError> {
    on.into().query(&FIND_BY_SLUG).bind(type_name).bind(slug).optional().await
}

/// The ids of a snippet's translations, its own among them.
pub(super) async fn translations(on: impl Into<Exec<'_>>, key: &str) -> Result<Vec<i64>, DbError> {
    on.into().query(&TRANSLATIONS).bind(key).bind(MAX_TRANSLATIONS).list().await
}

/// A snippet and its translations, each with its language.
pub async fn in_languages(db: &Db, key: &str) -> Result<Vec<Translation>, DbError> {
    db.query(&IN_LANGUAGES).bind(key).bind(MAX_TRANSLATIONS).list().await
}

/// How many snippets there are of each type that has some.
pub async fn count_by_type(db: &Db) -> Result<Vec<Counted>, DbError> {
    db.query(&COUNT).bind(MAX_TYPES).list().await
}

/// The saves of a snippet, newest first.
pub async fn revisions(on: impl Into<Exec<'_>>, id: i64) -> Result<Vec<SnippetRevision>, DbError> {
    revisions_before(on, id, i64::MAX, MAX_REVISIONS).await
}

/// The saves of a snippet before the one with the id `before`, newest first, at most `most`.
///
/// # Errors
/// When the database is out of reach.
pub async fn revisions_before(
    on: impl Into<Exec<'_>>,
    id: i64,
    before: i64,
    most: i64,
) -> Result<Vec<SnippetRevision>, DbError> {
    let call = on.into().query(&REVISIONS).bind(id).bind(before).bind(most.min(MAX_REVISIONS));
    let rows: Vec<RevisionRow> = call.list().await?;
    rows.into_iter().map(RevisionRow::parse).collect()
}

pub async fn find_revision(
    on: impl Into<Exec<'_>>,
    id: i64,
    revision: i64,
) -> Result<Option<SnippetRevision>, DbError> {
    on.into()
        .query(&REVISION)
        .bind(revision)
        .bind(id)
        .optional::<RevisionRow>()
        .await?
        .map(RevisionRow::parse)
        .transpose()
}

impl RevisionRow {
    fn parse(self) -> Result<SnippetRevision, DbError> {
        let content = serde_json::from_str(&self.content)
            .map_err(|error| DbError::Other(format!("revision {} of a snippet: {error}", self.id)))?;
        Ok(SnippetRevision { id: self.id, content, channel: self.channel, created_at: self.created_at })
    }
}
