//! The files of an export, in the order in which they are read back: what others name comes first.

use super::columns::{Column, Kind};
use crate::db::Query;
use crate::queries;

/// Rows of one part of a file.
pub(super) const BATCH: usize = 200;

/// A file, and the table whose rows it has.
pub(super) struct Part {
    /// `pages`, in `pages.jsonl`.
    pub name: &'static str,
    pub columns: &'static [Column],
    /// Rows behind a key, a limited number.
    pub list: &'static Query,
    /// The same without what only history has, where that is less.
    pub brief: Option<&'static Query>,
    pub known: &'static Query,
    pub put: &'static Query,
    /// What says that a row with the same key is the same object.
    pub identity: &'static [&'static str],
    /// Columns that name rows of other files.
    pub names: &'static [(&'static str, &'static str)],
    pub holds: Holds,
    pub when: When,
}

/// What a row has that follows the types of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Nothing,
    /// The fields of its own type, as visitors see them.
    Fields,
    /// The content of a page.
    PageContent,
    /// The content of a snippet.
    SnippetContent,
}

/// When there is such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    WithHistory,
    WithSubmissions,
}

impl Part {
    pub fn file(&self) -> String {
        format!("{}.jsonl", self.name)
    }

    /// The column that rows are known by.
    pub fn key(&self) -> &'static Column {
        &self.columns[0]
    }

    pub fn has_ids(&self) -> bool {
        self.key().kind == Kind::Int
    }

    /// Whether its rows come in the order of a tree, what is above first.
    pub fn is_tree(&self) -> bool {
        matches!(self.name, PAGES | COLLECTIONS)
    }

    /// Whether its rows name a file of the media library, and have tags.
    pub fn has_files(&self) -> bool {
        matches!(self.name, IMAGES | DOCUMENTS)
    }
}

pub(super) const COLLECTIONS: &str = "collections";
pub(super) const IMAGES: &str = "images";
pub(super) const DOCUMENTS: &str = "documents";
pub(super) const SNIPPETS: &str = "snippets";
pub(super) const PAGES: &str = "pages";
pub(super) const REVISIONS: &str = "revisions";
pub(super) const SITES: &str = "sites";
pub(super) const LOCALES: &str = "locales";
pub(super) const RECORDS: &str = "records";

queries! {
    LIST_LOCALES = read "transfer.list_locales" ("SELECT " [locales part_of]);
    LOCALES_KNOWN = write "transfer.find_locales" ("SELECT " [locales those] [any "$1"]);
    PUT_LOCALES = write "transfer.put_locales" ("INSERT " [locales put]);
    LIST_TAGS = read "transfer.list_tags" ("SELECT " [tags part_of]);
    TAGS_KNOWN = write "transfer.find_tags" ("SELECT " [tags those] [any "$1"]);
    PUT_TAGS = write "transfer.put_tags" ("INSERT " [tags put]);
    LIST_COLLECTIONS = read "transfer.list_collections" ("SELECT " [collections part_of]);
    COLLECTIONS_KNOWN = write "transfer.find_collections" ("SELECT " [collections those] [any "$1"]);
    PUT_COLLECTIONS = write "transfer.put_collections" ("INSERT " [collections put]);
    LIST_IMAGES = read "transfer.list_images" ("SELECT " [images part_of]);
    IMAGES_KNOWN = write "transfer.find_images" ("SELECT " [images those] [any "$1"]);
    PUT_IMAGES = write "transfer.put_images" ("INSERT " [images put]);
    LIST_DOCUMENTS = read "transfer.list_documents" ("SELECT " [documents part_of]);
    DOCUMENTS_KNOWN = write "transfer.find_documents" ("SELECT " [documents those] [any "$1"]);
    PUT_DOCUMENTS = write "transfer.put_documents" ("INSERT " [documents put]);
    LIST_SNIPPETS = read "transfer.list_snippets" ("SELECT " [snippets part_of]);
    SNIPPETS_KNOWN = write "transfer.find_snippets" ("SELECT " [snippets those] [any "$1"]);
    PUT_SNIPPETS = write "transfer.put_snippets" ("INSERT " [snippets put]);
    LIST_SNIPPET_REVISIONS = read "transfer.list_snippet_revisions" ("SELECT " [snippet_revisions part_of]);
    NEWEST_OF_SNIPPETS = read "transfer.list_newest_of_snippets"
        ("SELECT " [snippet_revisions rows] " WHERE snippet_revision.id > $1
            AND id = (SELECT s.latest_revision_id FROM snippet s WHERE s.id = snippet_revision.snippet_id)
          ORDER BY snippet_revision.id LIMIT $2");
    SNIPPET_REVISIONS_KNOWN = write "transfer.find_snippet_revisions"
        ("SELECT " [snippet_revisions those] [any "$1"]);
    PUT_SNIPPET_REVISIONS = write "transfer.put_snippet_revisions" ("INSERT " [snippet_revisions put]);
    LIST_PAGES = read "transfer.list_pages" ("SELECT " [pages part_of]);
    PAGES_KNOWN = write "transfer.find_pages" ("SELECT " [pages those] [any "$1"]);
    PUT_PAGES = write "transfer.put_pages" ("INSERT " [pages put]);
    LIST_REVISIONS = read "transfer.list_revisions" ("SELECT " [revisions part_of]);
    NEWEST_OF_PAGES = read "transfer.list_newest_of_pages"
        ("SELECT " [revisions rows] " WHERE revision.id > $1
            AND EXISTS (SELECT 1 FROM page p WHERE p.id = revision.page_id
                        AND revision.id IN (p.latest_revision_id, p.live_revision_id, p.publish_revision_id))
          ORDER BY revision.id LIMIT $2");
    REVISIONS_KNOWN = write "transfer.find_revisions" ("SELECT " [revisions those] [any "$1"]);
    PUT_REVISIONS = write "transfer.put_revisions" ("INSERT " [revisions put]);
    LIST_TRASH = read "transfer.list_trash" ("SELECT " [trash part_of]);
    TRASH_KNOWN = write "transfer.find_trash" ("SELECT " [trash those] [any "$1"]);
    PUT_TRASH = write "transfer.put_trash" ("INSERT " [trash put]);
    LIST_SCHEDULES = read "transfer.list_schedules" ("SELECT " [schedules part_of]);
    SCHEDULES_KNOWN = write "transfer.find_schedules" ("SELECT " [schedules those] [any "$1"]);
    PUT_SCHEDULES = write "transfer.put_schedules" ("INSERT " [schedules put]);
    LIST_SITES = read "transfer.list_sites" ("SELECT " [sites part_of]);
    SITES_KNOWN = write "transfer.find_sites" ("SELECT " [sites those] [any "$1"]);
    PUT_SITES = write "transfer.put_sites" ("INSERT " [sites put]);
    LIST_SETTINGS = read "transfer.list_settings" ("SELECT " [settings part_of]);
    SETTINGS_KNOWN = write "transfer.find_settings" ("SELECT " [settings those] [any "$1"]);
    PUT_SETTINGS = write "transfer.put_settings" ("INSERT " [settings put]);
    LIST_SETTING_REVISIONS = read "transfer.list_setting_revisions" ("SELECT " [setting_revisions part_of]);
    SETTING_REVISIONS_KNOWN = write "transfer.find_setting_revisions"
        ("SELECT " [setting_revisions those] [any "$1"]);
    PUT_SETTING_REVISIONS = write "transfer.put_setting_revisions" ("INSERT " [setting_revisions put]);
    LIST_RESTRICTIONS = read "transfer.list_restrictions" ("SELECT " [restrictions part_of]);
    RESTRICTIONS_KNOWN = write "transfer.find_restrictions" ("SELECT " [restrictions those] [any "$1"]);
    PUT_RESTRICTIONS = write "transfer.put_restrictions" ("INSERT " [restrictions put]);
    LIST_REDIRECTS = read "transfer.list_redirects" ("SELECT " [redirects part_of]);
    REDIRECTS_KNOWN = write "transfer.find_redirects" ("SELECT " [redirects those] [any "$1"]);
    PUT_REDIRECTS = write "transfer.put_redirects" ("INSERT " [redirects put]);
    /// What is wanted of providers is wanted by pages, wherever they are.
    LIST_EMBEDS = read "transfer.list_embeds"
        ("SELECT " [embeds rows] " WHERE embed.digest > $1 AND embed.state = 'ready' ORDER BY embed.digest LIMIT $2");
    EMBEDS_KNOWN = write "transfer.find_embeds" ("SELECT " [embeds those] [any "$1"]);
    PUT_EMBEDS = write "transfer.put_embeds" ("INSERT " [embeds put]);
    LIST_RECORDS = read "transfer.list_records" ("SELECT " [records part_of]);
    RECORDS_KNOWN = write "transfer.find_records" ("SELECT " [records those] [any "$1"]);
    /// A row that changes keeps the keys that it is found by, until it gets others.
    PUT_RECORDS = write "transfer.put_records"
        "INSERT INTO record (id, type, version, created_at, updated_at, data, keys)
         SELECT id, type, version, created_at, updated_at, data, CAST('{}' AS JSONB)
         FROM json_to_recordset(CAST($1 AS JSON)) AS given (id BIGINT, type TEXT, version BIGINT, created_at BIGINT,
              updated_at BIGINT, data TEXT)
         WHERE TRUE ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version, updated_at = EXCLUDED.updated_at,
             data = EXCLUDED.data"
        sqlite
        "INSERT INTO record (id, type, version, created_at, updated_at, data, keys)
         SELECT value ->> 'id', value ->> 'type', value ->> 'version', value ->> 'created_at', value ->> 'updated_at',
                value ->> 'data', '{}' FROM json_each($1)
         WHERE TRUE ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version, updated_at = EXCLUDED.updated_at,
             data = EXCLUDED.data";
    LIST_FORM_DEFINITIONS = read "transfer.list_form_definitions" ("SELECT " [form_definitions part_of]);
    FORM_DEFINITIONS_KNOWN = write "transfer.find_form_definitions" ("SELECT " [form_definitions those] [any "$1"]);
    PUT_FORM_DEFINITIONS = write "transfer.put_form_definitions" ("INSERT " [form_definitions put]);
    LIST_FORM_SUBMISSIONS = read "transfer.list_form_submissions" ("SELECT " [form_submissions part_of]);
    FORM_SUBMISSIONS_KNOWN = write "transfer.find_form_submissions" ("SELECT " [form_submissions those] [any "$1"]);
    PUT_FORM_SUBMISSIONS = write "transfer.put_form_submissions" ("INSERT " [form_submissions put]);
    LIST_MIGRATIONS = read "transfer.list_migrations" ("SELECT " [migrations part_of]);
    MIGRATIONS_KNOWN = write "transfer.find_migrations" ("SELECT " [migrations those] [any "$1"]);
    PUT_MIGRATIONS = write "transfer.put_migrations" ("INSERT " [migrations put]);
}

/// A part of which rows are told apart by their keys alone, unless more is said behind `;`.
macro_rules! part {
    ($name:ident $list:ident $known:ident $put:ident [$($same:literal),*] [$(($column:literal, $of:expr)),*]
     $(; $field:ident = $value:expr)*) => {
        Part {
            $($field: $value,)*
            ..Part {
                name: stringify!($name), columns: $name!(any columns), list: &$list, brief: None, known: &$known,
                put: &$put, identity: &[$($same),*], names: &[$(($column, $of)),*], holds: Holds::Nothing,
                when: When::Always,
            }
        }
    };
}

/// All of them.
pub(super) static PARTS: &[Part] = &[
    part!(locales LIST_LOCALES LOCALES_KNOWN PUT_LOCALES [] []),
    part!(tags LIST_TAGS TAGS_KNOWN PUT_TAGS ["slug"] []),
    part!(collections LIST_COLLECTIONS COLLECTIONS_KNOWN PUT_COLLECTIONS ["created_at"] [("parent_id", COLLECTIONS)]),
    part!(images LIST_IMAGES IMAGES_KNOWN PUT_IMAGES ["uuid"] [("collection_id", COLLECTIONS)]),
    part!(documents LIST_DOCUMENTS DOCUMENTS_KNOWN PUT_DOCUMENTS ["uuid"] [("collection_id", COLLECTIONS)]),
    part!(snippets LIST_SNIPPETS SNIPPETS_KNOWN PUT_SNIPPETS ["type", "created_at"] []; holds = Holds::Fields),
    part!(snippet_revisions LIST_SNIPPET_REVISIONS SNIPPET_REVISIONS_KNOWN PUT_SNIPPET_REVISIONS
          ["snippet_id", "created_at"] [("snippet_id", SNIPPETS)]; brief = Some(&NEWEST_OF_SNIPPETS);
          holds = Holds::SnippetContent),
    part!(pages LIST_PAGES PAGES_KNOWN PUT_PAGES ["uuid"] [("parent_id", PAGES), ("alias_of", PAGES)];
          holds = Holds::Fields),
    part!(revisions LIST_REVISIONS REVISIONS_KNOWN PUT_REVISIONS ["page_id", "created_at"] [("page_id", PAGES)];
          brief = Some(&NEWEST_OF_PAGES); holds = Holds::PageContent),
    part!(trash LIST_TRASH TRASH_KNOWN PUT_TRASH [] [("page_id", PAGES), ("parent_id", PAGES)]),
    part!(schedules LIST_SCHEDULES SCHEDULES_KNOWN PUT_SCHEDULES [] [("page_id", PAGES)]),
    part!(sites LIST_SITES SITES_KNOWN PUT_SITES ["root_page_id"] [("root_page_id", PAGES)]),
    part!(settings LIST_SETTINGS SETTINGS_KNOWN PUT_SETTINGS ["type", "site_id"] [("site_id", SITES)];
          holds = Holds::Fields),
    part!(setting_revisions LIST_SETTING_REVISIONS SETTING_REVISIONS_KNOWN PUT_SETTING_REVISIONS ["type", "created_at"]
          [("site_id", SITES)]; when = When::WithHistory),
    part!(restrictions LIST_RESTRICTIONS RESTRICTIONS_KNOWN PUT_RESTRICTIONS ["page_id", "collection_id"]
          [("page_id", PAGES), ("collection_id", COLLECTIONS)]),
    part!(redirects LIST_REDIRECTS REDIRECTS_KNOWN PUT_REDIRECTS ["created_at"]
          [("site_id", SITES), ("target_page_id", PAGES)]),
    part!(embeds LIST_EMBEDS EMBEDS_KNOWN PUT_EMBEDS [] []),
    part!(records LIST_RECORDS RECORDS_KNOWN PUT_RECORDS ["type", "created_at"] []; holds = Holds::Fields),
    part!(form_definitions LIST_FORM_DEFINITIONS FORM_DEFINITIONS_KNOWN PUT_FORM_DEFINITIONS ["page_id", "digest"]
          [("page_id", PAGES)]; when = When::WithSubmissions),
    part!(form_submissions LIST_FORM_SUBMISSIONS FORM_SUBMISSIONS_KNOWN PUT_FORM_SUBMISSIONS
          ["page_id", "submitted_at"] [("page_id", PAGES)]; when = When::WithSubmissions),
    part!(migrations LIST_MIGRATIONS MIGRATIONS_KNOWN PUT_MIGRATIONS [] []),
];
