//! Redirects: old addresses and where they lead. Looked for when nothing else is at an address.

pub mod address;
mod check;
pub(super) mod edit;
mod error;
mod graph;
pub(super) mod moved;
mod reading;
pub(super) mod sent;
mod table;

use std::collections::HashMap;

use address::Candidates;
pub use check::{Existing, Import, Mode, NewRedirect, Written};
pub use edit::MAX_BATCH;
pub use error::RedirectError;
pub use graph::{MAX_STEPS, Target};
pub use moved::page_moved;
pub use reading::{Format, Preview, Table, TableRow};
pub use sent::{SentTable, find_sent, forget_sent, keep_sent, text_of};
pub use table::{COLUMNS, Defaults, EXPORTED, Places, TableError};

use crate::db::{Db, DbError, Exec};
use crate::{queries, record};

/// Redirects that one address can meet: each of its levels, for its site and for all.
const MAX_CANDIDATES: i64 = 200;
/// Redirects that are read at once.
pub const MAX_LISTED: i64 = 1_000;

record! {
    /// A redirect that an address meets, and where it leads.
    #[derive(Clone, Debug)]
    pub struct Lead {
        pub id: i64, pub old_path: String, pub is_permanent: bool, pub automatic: bool,
        /// Of a live page; empty for an address.
        pub page_url_path: String,
        pub target_route: String,
        pub target_url: String,
    }
}

record! {
    /// A redirect as it is stored.
    #[derive(Clone, Debug)]
    pub struct Redirect {
        pub id: i64, pub site_id: Option<i64>, pub old_path: String, pub covers_subtree: bool,
        pub target_page_id: Option<i64>, pub target_route: String, pub target_url: String,
        /// Of a live page; empty for an address.
        pub page_url_path: String,
        pub is_permanent: bool, pub automatic: bool, pub hits: i64, pub last_hit_at: Option<i64>,
    }
}

impl Redirect {
    pub fn target(&self) -> Target {
        Self::target_of(self.target_page_id, self.target_route.clone(), self.target_url.clone())
    }

    fn target_of(page: Option<i64>, route: String, url: String) -> Target {
        page.map_or(Target::Url(url), |id| Target::Page { id, route })
    }
}

/// Which redirects are listed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of an address or of a target; empty for any.
    pub text: String,
    /// Those of this site alone.
    pub site: Option<i64>,
    /// Those that pages left, or those that somebody wrote.
    pub automatic: Option<bool>,
}

queries! {
    FIND = read "redirect.find"
        "SELECT r.id, r.site_id, r.old_path, r.covers_subtree, r.target_page_id, r.target_route, r.target_url,
                COALESCE(page.url_path, '') AS page_url_path, r.is_permanent, r.automatic, r.hits, r.last_hit_at
         FROM redirect r LEFT JOIN page ON page.id = r.target_page_id WHERE r.id = $1";
    LIST = read "redirect.list"
        "SELECT r.id, r.site_id, r.old_path, r.covers_subtree, r.target_page_id, r.target_route, r.target_url,
                COALESCE(page.url_path, '') AS page_url_path, r.is_permanent, r.automatic, r.hits, r.last_hit_at
         FROM redirect r LEFT JOIN page ON page.id = r.target_page_id
         WHERE r.id > $1 AND ($2 = '' OR r.old_path LIKE $2 ESCAPE '!' OR r.target_url LIKE $2 ESCAPE '!')
               AND ($3 = 0 OR r.site_id = $3) AND ($4 = '' OR r.automatic = ($4 = 'automatic'))
         ORDER BY r.id LIMIT $5";
    /// The closest first; at one address what somebody wrote before what a page left, and the site's own before that
    /// of every site. Targets that are not public do not count.
    LEADS = read "redirect.list_leads"
        ("SELECT r.id, r.old_path, r.is_permanent, r.automatic, COALESCE(page.url_path, '') AS page_url_path,
                r.target_route, r.target_url
         FROM redirect r LEFT JOIN page ON page.id = r.target_page_id
         WHERE r.old_path " [any "$1"] " AND (r.site_id = $2 OR r.site_id IS NULL)
               AND (r.covers_subtree OR r.old_path = $3 OR r.old_path = $4)
               AND (r.target_page_id IS NULL OR (page.live AND NOT page.trashed))
         ORDER BY LENGTH(r.old_path) DESC, r.automatic, r.site_id NULLS LAST LIMIT $5");
    /// One JSON object for each redirect: id, hits, and when the last was.
    ADD_HITS = write "redirect.add_hits"
        "UPDATE redirect SET hits = redirect.hits + h.hits, last_hit_at = GREATEST(last_hit_at, h.at)
         FROM json_to_recordset(CAST($1 AS json)) AS h (id bigint, hits bigint, at bigint) WHERE redirect.id = h.id"
        sqlite
        "UPDATE redirect SET hits = redirect.hits + h.hits, last_hit_at = MAX(COALESCE(last_hit_at, 0), h.at)
         FROM (SELECT value ->> 'id' AS id, value ->> 'hits' AS hits, value ->> 'at' AS at FROM json_each($1)) AS h
         WHERE redirect.id = h.id";
}

/// The redirects that an address meets, the closest first, in one query.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_leads(db: &Db, site_id: i64, address: &Candidates) -> Result<Vec<Lead>, DbError> {
    let call = db.query(&LEADS).bind(address.all()).bind(site_id).bind(&address.full).bind(&address.path);
    call.bind(MAX_CANDIDATES).list().await
}

/// Redirects behind the one with the id `after`, in the order in which they were made.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, filter: &Filter, after: i64, limit: i64) -> Result<Vec<Redirect>, DbError> {
    let escaped = filter.text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let pattern = if escaped.is_empty() { escaped } else { format!("%{escaped}%") };
    let kind = filter.automatic.map_or("", |automatic| if automatic { "automatic" } else { "written" });
    let call = db.query(&LIST).bind(after).bind(pattern).bind(filter.site.unwrap_or(0)).bind(kind);
    call.bind(limit.min(MAX_LISTED)).list().await
}

/// # Errors
/// When the database is out of reach.
pub async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<Redirect>, DbError> {
    on.into().query(&FIND).bind(id).optional().await
}

/// How often a redirect was used, and when last, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    pub hits: i64,
    pub last_at: i64,
}

/// Adds what was counted, by redirect, in one statement.
///
/// # Errors
/// When the database is out of reach; nothing is added then.
pub async fn add_hits(db: &Db, counted: &HashMap<i64, Hits>) -> Result<(), DbError> {
    let rows = counted.iter().map(|(id, hit)| serde_json::json!({ "id": id, "hits": hit.hits, "at": hit.last_at }));
    let rows: serde_json::Value = rows.collect();
    db.query(&ADD_HITS).bind(rows.to_string()).execute().await.map(|_| ())
}
