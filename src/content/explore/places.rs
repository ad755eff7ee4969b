//! The children of a page that somebody's tree shows where they do not see all of it: given by their paths, sorted.

use super::children::{Asked, Cursor, Direction, Key, Order, filtered};
use crate::content::Content;
use crate::db::DbError;
use crate::{queries, record, sql_parts};

/// Places that are looked at together where a filter leaves few of them.
const PLACES_AT_ONCE: usize = 2_000;
/// So few places are sorted each time. Of more, the first are looked for among all children, in their order: so many at
/// once, and so often.
const FEW: usize = 300;
const WALK: i64 = 150;
const WALKS: usize = 3;

record! { struct Placed { id: i64, path: String } }

// The parameters are those of the statements for all children.
sql_parts! {
    /// The children of $1 that somebody's tree shows, by their paths.
    shown_children = ("FROM page WHERE path " [any "$2"] " AND parent_id = $1
           AND ($4 = '' OR type = $4) AND ($5 = '' OR locale = $5) AND ($6 = 0 OR owner_id = $6) AND +updated_at >= $7
           AND +updated_at < $9
           AND ($10 = 0 OR EXISTS (SELECT 1 FROM revision r WHERE r.account_id = $10 AND r.page_id = page.id))
           AND ($11 = '' OR (SELECT COUNT(*) FROM (SELECT 1 FROM page c WHERE c.parent_id = page.id ORDER BY c.slug LIMIT 1) few)
                              = CASE $11 WHEN 'some' THEN 1 ELSE 0 END)
           AND CASE $8 WHEN 'live' THEN live WHEN 'draft' THEN NOT live WHEN 'changed' THEN live AND has_unpublished_changes
                    WHEN 'scheduled' THEN publish_at IS NOT NULL WHEN 'expiring' THEN expire_at IS NOT NULL
                    WHEN 'expired' THEN NOT live AND expired_at IS NOT NULL
                    WHEN 'alias' THEN alias_of IS NOT NULL WHEN 'restricted' THEN restricted
                    WHEN 'locked' THEN locked_at IS NOT NULL ELSE TRUE END");
    /// With the word or the time that they are ordered by.
    places = ("id, CASE $13 WHEN 'updated' THEN CAST(at AS TEXT) ELSE word END AS sort_key FROM (
             SELECT id, CASE $13 WHEN 'title' THEN LOWER(draft_title) WHEN 'type' THEN type ELSE '' END AS word,
                    CASE $13 WHEN 'updated' THEN updated_at ELSE 0 END AS at " shown_children ") places");
}

queries! {
    PLACES = read "explore.list_places" ("SELECT id, path AS sort_key " shown_children " AND $3 >= 0 LIMIT $12");
    PATHS = read "explore.list_paths_of" ("SELECT id, path FROM page WHERE id " [any "$1"] " LIMIT $2");
    /// The same in the other orders. $14, $15 and $3: the word or the time, and the id, behind which a part begins; $16:
    /// at the beginning.
    PLACES_UP = read "explore.list_places_up" ("SELECT " places "
         WHERE $16 OR (word, at, id) > ($14, $15, $3)
         ORDER BY word, at, id LIMIT $12");
    PLACES_DOWN = read "explore.list_places_down" ("SELECT " places "
         WHERE $16 OR (word, at, id) < ($14, $15, $3)
         ORDER BY word DESC, at DESC, id DESC LIMIT $12");
}

impl Content {
    /// The keys of the children that somebody's tree shows, whose paths are sorted.
    pub(super) async fn places(
        &self,
        asked: &Asked<'_>,
        paths: &[String],
        after: Option<&Cursor>,
        most: i64,
    ) -> Result<Vec<Key>, DbError> {
        if asked.order == Order::Tree {
            return self.places_in_order(asked, paths, after, most).await;
        }
        if paths.len() > FEW
            && let Some(keys) = self.walk(asked, paths, after, most).await?
        {
            return Ok(keys);
        }
        let query = if asked.direction == Direction::Up { &PLACES_UP } else { &PLACES_DOWN };
        let (word, at) = match (asked.order, after) {
            (_, None) => ("", 0_i64),
            (Order::Updated, Some(cursor)) => ("", cursor.key.parse::<i64>().unwrap_or_default()),
            (_, Some(cursor)) => (cursor.key.as_str(), 0),
        };
        let call = self.db.query(query).bind(asked.parent).bind(paths.to_vec());
        let call = filtered(call.bind(after.map_or(0, |cursor| cursor.id)), asked.filter).bind(most);
        call.bind(asked.order.as_str()).bind(word).bind(at).bind(after.is_none()).list().await
    }

    /// Goes through all children in their order, and keeps those that are shown; nothing when these are too rare.
    async fn walk(
        &self,
        asked: &Asked<'_>,
        paths: &[String],
        after: Option<&Cursor>,
        most: i64,
    ) -> Result<Option<Vec<Key>>, DbError> {
        let mut kept: Vec<Key> = Vec::new();
        let mut last = after.cloned();
        for _ in 0..WALKS {
            let keys = self.child_keys(asked, last.as_ref(), WALK).await?;
            let is_end = (keys.len() as i64) < WALK;
            last = keys.last().map(|key| Cursor { key: key.sort_key.clone(), id: key.id });
            let ids: Vec<i64> = keys.iter().map(|key| key.id).collect();
            let mut placed: Vec<Placed> = self.db.query(&PATHS).bind(ids).bind(WALK).list().await?;
            placed.retain(|row| paths.binary_search(&row.path).is_ok());
            let shown: std::collections::HashSet<i64> = placed.into_iter().map(|row| row.id).collect();
            kept.extend(keys.into_iter().filter(|key| shown.contains(&key.id)));
            if is_end || kept.len() as i64 >= most {
                kept.truncate(most as usize);
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }

    /// In the order of the tree, paths are the keys: only as many are looked at as are wanted.
    async fn places_in_order(
        &self,
        asked: &Asked<'_>,
        paths: &[String],
        after: Option<&Cursor>,
        most: i64,
    ) -> Result<Vec<Key>, DbError> {
        let is_up = asked.direction == Direction::Up;
        let mut left = match (after, is_up) {
            (None, _) => paths,
            (Some(cursor), true) => &paths[paths.partition_point(|path| *path <= cursor.key)..],
            (Some(cursor), false) => &paths[..paths.partition_point(|path| *path < cursor.key)],
        };
        let mut keys: Vec<Key> = Vec::new();
        let mut part = most as usize;
        while (keys.len() as i64) < most && !left.is_empty() {
            let taken = part.min(left.len());
            let (now, rest) = if is_up {
                left.split_at(taken)
            } else {
                let (rest, now) = left.split_at(left.len() - taken);
                (now, rest)
            };
            left = rest;
            part = PLACES_AT_ONCE;
            let call = self.db.query(&PLACES).bind(asked.parent).bind(now.to_vec()).bind(0_i64);
            let mut found: Vec<Key> = filtered(call, asked.filter).bind(PLACES_AT_ONCE as i64).list().await?;
            found.sort_by(|one, other| one.sort_key.cmp(&other.sort_key));
            if !is_up {
                found.reverse();
            }
            keys.extend(found);
        }
        keys.truncate(most as usize);
        Ok(keys)
    }
}
