//! Lists of redirects for programs.

use super::{Opened, Order};
use crate::db::{Call, Db, DbError, Query};
use crate::{queries, record};

record! {
    /// A redirect with where it leads: a live page and a route of it, or an address; neither where the page is not live, or
    /// not for whoever asks.
    #[derive(Clone, Debug)]
    pub struct Redirected {
        pub id: i64, pub old_path: String, pub target_route: String, pub target_url: String, pub page_url_path: String,
    }
}

queries! {
    LIST = read "api.list_redirects"
        "SELECT r.id, r.old_path, r.target_route, r.target_url, COALESCE(page.url_path, '') AS page_url_path
         FROM redirect r LEFT JOIN page ON page.id = r.target_page_id AND page.live
             AND (NOT page.restricted OR $7 = '*' OR $7 LIKE '%,' || page.restriction_id || ',%')
         WHERE ($1 = '' OR CAST(r.id AS TEXT) = $1) AND ($2 OR r.old_path = $3)
         ORDER BY CASE WHEN $4 = 'random' THEN RANDOM() END,
                  CASE WHEN $4 = 'id' THEN r.id END, CASE WHEN $4 = '-id' THEN r.id END DESC,
                  CASE WHEN $4 = 'old_path' THEN r.old_path END, CASE WHEN $4 = '-old_path' THEN r.old_path END DESC,
                  r.id LIMIT $5 OFFSET $6";
    COUNT = read "api.count_redirects"
        "SELECT COUNT(*) FROM redirect r WHERE ($1 = '' OR CAST(r.id AS TEXT) = $1) AND ($2 OR r.old_path = $3)";
}

/// Which redirects.
#[derive(Clone, Debug, Default)]
pub struct RedirectsWanted {
    pub id: Option<String>,
    pub old_path: Option<String>,
    /// The restricted pages that are told of.
    pub opened: Opened,
    /// By its first key alone: no two redirects of one list have the same.
    pub order: Order,
}

impl RedirectsWanted {
    fn call<'d>(&self, db: &'d Db, query: &'static Query) -> Call<'d> {
        let call = db.query(query).bind(self.id.clone().unwrap_or_default());
        call.bind(self.old_path.is_none()).bind(self.old_path.clone().unwrap_or_default())
    }
}

/// A part of the redirects.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db, wanted: &RedirectsWanted, limit: i64, offset: i64) -> Result<Vec<Redirected>, DbError> {
    let order = match &wanted.order {
        Order::Tree => String::new(),
        Order::Random => "random".to_owned(),
        Order::Keys(keys) => keys
            .first()
            .map_or_else(String::new, |key| format!("{}{}", if key.descending { "-" } else { "" }, key.name)),
    };
    wanted.call(db, &LIST).bind(order).bind(limit).bind(offset).bind(&wanted.opened.pages).list().await
}

/// How many there are in all.
///
/// # Errors
/// When the database is out of reach.
pub async fn count(db: &Db, wanted: &RedirectsWanted) -> Result<i64, DbError> {
    wanted.call(db, &COUNT).one().await
}
