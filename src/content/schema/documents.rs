//! The rows that hold content, type by type: what is live, then its history. One pass reads them in batches by id.

use crate::content::types::{Kind, Types};
use crate::db::{DbError, Exec, Query};
use crate::{queries, record};

/// Rows of one batch: one transaction.
pub(super) const BATCH: i64 = 100;

record! {
    pub(super) struct Row {
        pub id: i64,
        /// The page, the snippet, or the settings.
        pub owner: i64,
        pub name: String,
        pub data: String,
        /// Visitors see it.
        pub live: bool,
        /// Its references count as live ones: also in the trash.
        pub counted: bool,
        /// The newest draft of what it belongs to.
        pub newest: bool,
        /// The newest revision, or the live one.
        pub pinned: bool,
        pub parent_id: Option<i64>,
        pub summary: String,
        pub created_at: i64,
    }
}

queries! {
    PAGES = read "content_migration.list_pages"
        "SELECT id, id AS owner, draft_title AS name, data, live, (live OR live_in_trash) AS counted, FALSE AS newest,
                TRUE AS pinned, parent_id, summary, created_at
         FROM page WHERE type = $2 AND id > $1 ORDER BY id LIMIT $3";
    PAGE_REVISIONS = read "content_migration.list_page_revisions"
        "SELECT revision.id, page.id AS owner, page.draft_title AS name, revision.content AS data, FALSE AS live,
                FALSE AS counted,
                (revision.id = COALESCE(page.latest_revision_id, 0)
                    AND (page.has_unpublished_changes OR NOT (page.live OR page.live_in_trash))) AS newest,
                (revision.id = COALESCE(page.latest_revision_id, 0) OR revision.id = COALESCE(page.live_revision_id, 0))
                    AS pinned,
                page.parent_id, '' AS summary, revision.created_at
         FROM revision JOIN page ON page.id = revision.page_id
         WHERE page.type = $2 AND revision.id > $1 ORDER BY revision.id LIMIT $3";
    SNIPPETS = read "content_migration.list_snippets"
        "SELECT id, id AS owner, name, data, live, live AS counted, FALSE AS newest, TRUE AS pinned,
                CAST(NULL AS BIGINT) AS parent_id, '' AS summary, created_at
         FROM snippet WHERE type = $2 AND id > $1 ORDER BY id LIMIT $3";
    SNIPPET_REVISIONS = read "content_migration.list_snippet_revisions"
        "SELECT r.id, s.id AS owner, s.name, r.content AS data, FALSE AS live, FALSE AS counted,
                (r.id = COALESCE(s.latest_revision_id, 0) AND (s.has_unpublished_changes OR NOT s.live)) AS newest,
                (r.id = COALESCE(s.latest_revision_id, 0)) AS pinned,
                CAST(NULL AS BIGINT) AS parent_id, '' AS summary, r.created_at
         FROM snippet_revision r JOIN snippet s ON s.id = r.snippet_id
         WHERE s.type = $2 AND r.id > $1 ORDER BY r.id LIMIT $3";
    SETTINGS = read "content_migration.list_settings"
        "SELECT id, id AS owner, type AS name, data, TRUE AS live, TRUE AS counted, FALSE AS newest, TRUE AS pinned,
                CAST(NULL AS BIGINT) AS parent_id, '' AS summary, updated_at AS created_at
         FROM setting WHERE type = $2 AND id > $1 ORDER BY id LIMIT $3";
    SETTING_REVISIONS = read "content_migration.list_setting_revisions"
        "SELECT id, id AS owner, type AS name, data, FALSE AS live, FALSE AS counted, FALSE AS newest, FALSE AS pinned,
                CAST(NULL AS BIGINT) AS parent_id, '' AS summary, created_at
         FROM setting_revision WHERE type = $2 AND id > $1 AND data IS NOT NULL ORDER BY id LIMIT $3";
    COUNT_PAGES = read "content_migration.count_pages" "SELECT COUNT(*) FROM page WHERE type = $1 AND id > $2";
    COUNT_PAGE_REVISIONS = read "content_migration.count_page_revisions"
        "SELECT COUNT(*) FROM revision JOIN page ON page.id = revision.page_id WHERE page.type = $1 AND revision.id > $2";
    COUNT_SNIPPETS = read "content_migration.count_snippets" "SELECT COUNT(*) FROM snippet WHERE type = $1 AND id > $2";
    COUNT_SNIPPET_REVISIONS = read "content_migration.count_snippet_revisions"
        "SELECT COUNT(*) FROM snippet_revision r JOIN snippet s ON s.id = r.snippet_id WHERE s.type = $1 AND r.id > $2";
    COUNT_SETTINGS = read "content_migration.count_settings" "SELECT COUNT(*) FROM setting WHERE type = $1 AND id > $2";
    COUNT_SETTING_REVISIONS = read "content_migration.count_setting_revisions"
        "SELECT COUNT(*) FROM setting_revision WHERE type = $1 AND id > $2 AND data IS NOT NULL";
    /// The old text is asked for, so that a change by somebody else meanwhile is not lost.
    SET_PAGE = write "content_migration.set_page"
        "UPDATE page SET data = $3, summary = $4 WHERE id = $1 AND data = $2";
    SET_PAGE_REVISION = write "content_migration.set_page_revision"
        "UPDATE revision SET content = $3 WHERE id = $1 AND content = $2";
    SET_SNIPPET = write "content_migration.set_snippet"
        "UPDATE snippet SET data = $3, search_text = $4 WHERE id = $1 AND data = $2";
    SET_SNIPPET_REVISION = write "content_migration.set_snippet_revision"
        "UPDATE snippet_revision SET content = $3 WHERE id = $1 AND content = $2";
    SET_SETTING = write "content_migration.set_setting" "UPDATE setting SET data = $3 WHERE id = $1 AND data = $2";
    SET_SETTING_REVISION = write "content_migration.set_setting_revision"
        "UPDATE setting_revision SET data = $3 WHERE id = $1 AND data = $2";
}

/// Where content of a type is. The rows of collections have no history, and are changed by their own import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Page,
    Snippet,
    Settings,
}

impl Store {
    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Page => Some(Self::Page),
            Kind::Snippet => Some(Self::Snippet),
            Kind::Settings => Some(Self::Settings),
            Kind::Collection => None,
        }
    }
}

/// The live rows of one type, or its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    pub store: Store,
    pub history: bool,
    pub type_name: String,
}

impl Pass {
    /// Those of all types that are there, in the order in which they are done.
    pub fn all<'n>(types: &Types, names: impl Iterator<Item = &'n String>) -> Vec<Self> {
        let of_types = names.filter_map(|name| types.find(name));
        of_types
            .filter_map(|of| Some((of, Store::of(of.kind)?)))
            .flat_map(|(of, store)| [false, true].map(|history| Self { store, history, type_name: of.name.clone() }))
            .collect()
    }

    /// As it is stored: `history:blog.BlogPage`.
    pub fn stage(&self) -> String {
        format!("{}:{}", if self.history { "history" } else { "live" }, self.type_name)
    }

    pub async fn list(&self, on: impl Into<Exec<'_>>, after: i64) -> Result<Vec<Row>, DbError> {
        let query = match (self.store, self.history) {
            (Store::Page, false) => &PAGES,
            (Store::Page, true) => &PAGE_REVISIONS,
            (Store::Snippet, false) => &SNIPPETS,
            (Store::Snippet, true) => &SNIPPET_REVISIONS,
            (Store::Settings, false) => &SETTINGS,
            (Store::Settings, true) => &SETTING_REVISIONS,
        };
        on.into().query(query).bind(after).bind(&self.type_name).bind(BATCH).list().await
    }

    pub async fn count(&self, on: impl Into<Exec<'_>>, after: i64) -> Result<i64, DbError> {
        let query = match (self.store, self.history) {
            (Store::Page, false) => &COUNT_PAGES,
            (Store::Page, true) => &COUNT_PAGE_REVISIONS,
            (Store::Snippet, false) => &COUNT_SNIPPETS,
            (Store::Snippet, true) => &COUNT_SNIPPET_REVISIONS,
            (Store::Settings, false) => &COUNT_SETTINGS,
            (Store::Settings, true) => &COUNT_SETTING_REVISIONS,
        };
        on.into().query(query).bind(&self.type_name).bind(after).one().await
    }

    /// Writes a row's new content; `beside` is the summary of a page, or the words that a snippet is found by. Whether
    /// the row still had its old content.
    pub async fn write(&self, on: impl Into<Exec<'_>>, row: &Row, new: &str, beside: &str) -> Result<bool, DbError> {
        let (query, has_beside): (&'static Query, bool) = match (self.store, self.history) {
            (Store::Page, false) => (&SET_PAGE, true),
            (Store::Page, true) => (&SET_PAGE_REVISION, false),
            (Store::Snippet, false) => (&SET_SNIPPET, true),
            (Store::Snippet, true) => (&SET_SNIPPET_REVISION, false),
            (Store::Settings, false) => (&SET_SETTING, false),
            (Store::Settings, true) => (&SET_SETTING_REVISION, false),
        };
        let call = on.into().query(query).bind(row.id).bind(&row.data).bind(new);
        let call = if has_beside { call.bind(beside) } else { call };
        Ok(call.execute().await? == 1)
    }

    /// `page 12 "A title"`, for people.
    pub fn label(&self, row: &Row) -> String {
        let what = match (self.store, self.history) {
            (Store::Page, false) => "page",
            (Store::Page, true) => "revision of page",
            (Store::Snippet, false) => "snippet",
            (Store::Snippet, true) => "revision of snippet",
            (Store::Settings, false) => return format!("settings {}", row.name),
            (Store::Settings, true) => return format!("old settings {}", row.name),
        };
        format!("{what} {} \"{}\"", row.owner, row.name)
    }
}
