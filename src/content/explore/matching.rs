//! The pages below one, at any depth, that have some words, narrowed as a list of children is.

use std::collections::HashMap;

use super::children::{Cursor, Direction, Filter, Key, Order, PER_PART, Part, filtered};
use crate::content::Content;
use crate::db::DbError;
use crate::queries;

/// Pages with the words that are narrowed: the best of those that a search looks at.
const MAX_NARROWED: usize = 1_000;

// The filters are those of the children, $1: the page itself, which is no match. Ids may be many: none is looked for by a
// filter.
queries! {
    PASSING = read "explore.list_passing"
        "SELECT id, CASE $13 WHEN 'title' THEN LOWER(draft_title) WHEN 'type' THEN type
                    WHEN 'updated' THEN CAST(updated_at AS TEXT) ELSE '' END AS sort_key
         FROM page WHERE id = ANY($2) AND id <> $1 AND $3 >= 0
           AND ($4 = '' OR type = $4) AND ($5 = '' OR locale = $5) AND ($6 = 0 OR owner_id = $6) AND +updated_at >= $7
           AND +updated_at < $9
           AND ($10 = 0 OR EXISTS (SELECT 1 FROM revision r WHERE r.account_id = $10 AND r.page_id = page.id))
           AND ($11 = '' OR (SELECT COUNT(*) FROM (SELECT 1 FROM page c WHERE c.parent_id = page.id ORDER BY c.slug LIMIT 1) few)
                              = CASE $11 WHEN 'some' THEN 1 ELSE 0 END)
           AND CASE $8 WHEN 'live' THEN live WHEN 'draft' THEN NOT live WHEN 'changed' THEN live AND has_unpublished_changes
                    WHEN 'scheduled' THEN publish_at IS NOT NULL WHEN 'expiring' THEN expire_at IS NOT NULL
                    WHEN 'expired' THEN NOT live AND expired_at IS NOT NULL
                    WHEN 'alias' THEN alias_of IS NOT NULL WHEN 'restricted' THEN restricted
                    WHEN 'locked' THEN locked_at IS NOT NULL ELSE TRUE END
         LIMIT $12"
        sqlite
        "SELECT id, CASE $13 WHEN 'title' THEN LOWER(draft_title) WHEN 'type' THEN type
                    WHEN 'updated' THEN CAST(updated_at AS TEXT) ELSE '' END AS sort_key
         FROM page WHERE id IN (SELECT value FROM json_each($2)) AND id <> $1 AND $3 >= 0
           AND ($4 = '' OR +type = $4) AND ($5 = '' OR +locale = $5) AND ($6 = 0 OR owner_id = $6) AND +updated_at >= $7
           AND +updated_at < $9
           AND ($10 = 0 OR EXISTS (SELECT 1 FROM revision r WHERE r.account_id = $10 AND r.page_id = page.id))
           AND ($11 = '' OR (SELECT COUNT(*) FROM (SELECT 1 FROM page c WHERE c.parent_id = page.id ORDER BY c.slug LIMIT 1) few)
                              = CASE $11 WHEN 'some' THEN 1 ELSE 0 END)
           AND CASE $8 WHEN 'live' THEN live WHEN 'draft' THEN NOT live WHEN 'changed' THEN live AND has_unpublished_changes
                    WHEN 'scheduled' THEN publish_at IS NOT NULL WHEN 'expiring' THEN expire_at IS NOT NULL
                    WHEN 'expired' THEN NOT live AND expired_at IS NOT NULL
                    WHEN 'alias' THEN alias_of IS NOT NULL WHEN 'restricted' THEN restricted
                    WHEN 'locked' THEN locked_at IS NOT NULL ELSE TRUE END
         LIMIT $12";
}

/// Which part of which search. [`Order::Tree`] stands for the best first.
#[derive(Clone, Debug)]
pub struct Matching<'a> {
    pub words: &'a str,
    /// The page below which they are, and its path.
    pub parent: i64,
    pub path: &'a str,
    pub order: Order,
    pub direction: Direction,
    pub filter: &'a Filter,
    pub after: Option<&'a Cursor>,
}

impl Content {
    /// A part of the pages below one, at any depth, that have these words; of those that `may_see` their path. A thousand
    /// with the words are narrowed.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_matching(&self, asked: &Matching<'_>, may_see: impl Fn(&str) -> bool) -> Result<Part, DbError> {
        let ranked = self.ranked(asked.words, asked.path, MAX_NARROWED, may_see).await?;
        if ranked.is_empty() {
            return Ok(Part::default());
        }
        let places: HashMap<i64, usize> = ranked.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let call = self.db.query(&PASSING).bind(asked.parent).bind(ranked).bind(0_i64);
        let call = filtered(call, asked.filter).bind(MAX_NARROWED as i64).bind(asked.order.as_str());
        let mut keys: Vec<Key> = call.list().await?;
        if asked.order == Order::Tree {
            for key in &mut keys {
                key.sort_key = places.get(&key.id).copied().unwrap_or(usize::MAX).to_string();
            }
        }
        let rank = |key: &str, id: i64| sortable(asked.order, key, id);
        keys.sort_by_key(|key| rank(&key.sort_key, key.id));
        if asked.direction == Direction::Down {
            keys.reverse();
        }
        if let Some(after) = asked.after {
            // Where the page is by now, when its place is its rank.
            let place = places.get(&after.id).filter(|_| asked.order == Order::Tree);
            let last = rank(&place.map_or_else(|| after.key.clone(), ToString::to_string), after.id);
            keys.retain(|key| match asked.direction {
                Direction::Up => rank(&key.sort_key, key.id) > last,
                Direction::Down => rank(&key.sort_key, key.id) < last,
            });
        }
        let more = keys.len() as i64 > PER_PART;
        keys.truncate(PER_PART as usize);
        let next = keys.last().filter(|_| more).map(|key| Cursor { key: key.sort_key.clone(), id: key.id });
        let rows = self.list_pages(keys.into_iter().map(|key| key.id).collect()).await?;
        Ok(Part { rows, next })
    }
}

/// Numbers as numbers, words as words.
fn sortable(order: Order, key: &str, id: i64) -> (i64, String, i64) {
    match order {
        Order::Tree | Order::Updated => (key.parse().unwrap_or(i64::MAX), String::new(), id),
        Order::Title | Order::Type => (0, key.to_owned(), id),
    }
}
