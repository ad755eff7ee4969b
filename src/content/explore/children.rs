//! The children of a page, a part at a time: in the order of the tree, by title, by the last change, by type; narrowed.
//!
//! A part begins behind the last row of the one before, so that part 1,000 costs what part 1 does. Keys are read from
//! an index of that order; the rows of the part are read apart.

use data_encoding::BASE64URL_NOPAD;

use super::row::Listed;
use crate::clock::Micros;
use crate::content::{Content, tree};
use crate::db::{Call, DbError, Query};
use crate::{queries, record, word_set};

/// Rows of one part.
pub const PER_PART: i64 = 50;
/// Children that are counted; more are told as `1,000+`.
pub const MAX_COUNTED: i64 = 1_000;
/// Longest cursor: a title of 255 letters, each of four bytes, in base 64.
const MAX_CURSOR_BYTES: usize = 2_000;

record! { pub(super) struct Key { pub id: i64, pub sort_key: String } }

// $2 and $3: the key and the id behind which a part begins. The rest are filters: type, language, owner, the time since
// which it was changed (`+`: no index is to be chosen for it), status, the time before which, who saved a draft of it,
// whether something is below (counted in the order of an index: PostgreSQL would look for the first one among all pages). A
// part that goes down begins at the largest key there is when $2 is null.
queries! {
    TREE_UP = read "explore.list_children_by_tree"
        "SELECT id, path AS sort_key FROM page
         WHERE parent_id = $1 AND path > COALESCE(CAST($2 AS TEXT), '') AND $3 >= 0
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
         ORDER BY path LIMIT $12";
    TREE_DOWN = read "explore.list_children_by_tree_down"
        "SELECT id, path AS sort_key FROM page
         WHERE parent_id = $1 AND path < COALESCE(CAST($2 AS TEXT), '~') AND $3 >= 0
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
         ORDER BY path DESC LIMIT $12";
    TITLE_UP = read "explore.list_children_by_title"
        "SELECT id, LOWER(draft_title) AS sort_key FROM page
         WHERE parent_id = $1 AND LOWER(draft_title) >= COALESCE(CAST($2 AS TEXT), '')
           AND (LOWER(draft_title), id) > (COALESCE(CAST($2 AS TEXT), ''), $3)
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
         ORDER BY LOWER(draft_title), id LIMIT $12";
    TITLE_DOWN = read "explore.list_children_by_title_down"
        "SELECT id, LOWER(draft_title) AS sort_key FROM page
         WHERE parent_id = $1 AND LOWER(draft_title) <= COALESCE(CAST($2 AS TEXT),
               (SELECT LOWER(draft_title) FROM page WHERE parent_id = $1 ORDER BY LOWER(draft_title) DESC LIMIT 1))
           AND ($2 IS NULL OR (LOWER(draft_title), id) < (CAST($2 AS TEXT), $3))
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
         ORDER BY LOWER(draft_title) DESC, id DESC LIMIT $12";
    UPDATED_UP = read "explore.list_children_by_change"
        "SELECT id, CAST(updated_at AS TEXT) AS sort_key FROM page
         WHERE parent_id = $1 AND (updated_at, id) > (COALESCE(CAST(CAST($2 AS TEXT) AS BIGINT), -1), $3)
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
         ORDER BY updated_at, id LIMIT $12";
    UPDATED_DOWN = read "explore.list_children_by_change_down"
        "SELECT id, CAST(updated_at AS TEXT) AS sort_key FROM page
         WHERE parent_id = $1
           AND (updated_at, id) < (COALESCE(CAST(CAST($2 AS TEXT) AS BIGINT), 9223372036854775807), $3)
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
         ORDER BY updated_at DESC, id DESC LIMIT $12";
    TYPE_UP = read "explore.list_children_by_type"
        "SELECT id, type AS sort_key FROM page
         WHERE parent_id = $1 AND (type, id) > (COALESCE(CAST($2 AS TEXT), ''), $3)
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
         ORDER BY type, id LIMIT $12";
    TYPE_DOWN = read "explore.list_children_by_type_down"
        "SELECT id, type AS sort_key FROM page
         WHERE parent_id = $1 AND (type, id) < (COALESCE(CAST($2 AS TEXT),
               (SELECT type FROM page WHERE parent_id = $1 ORDER BY type DESC LIMIT 1)), $3)
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
         ORDER BY type DESC, id DESC LIMIT $12";
    COUNT = read "explore.count_children"
        "SELECT COUNT(*) FROM (SELECT 1 FROM page WHERE parent_id = $1 ORDER BY slug LIMIT $2) few";
}

word_set! {
    Order { Tree = "tree", Title = "title", Updated = "updated", Type = "type" }
    Direction { Up = "up", Down = "down" }
    /// Whether pages have children.
    Below { Pages = "some", Nothing = "none" }
    /// What a list of pages is narrowed to.
    Status {
        Live = "live", Draft = "draft", Changed = "changed", Scheduled = "scheduled", Expiring = "expiring",
        Expired = "expired", Alias = "alias", Restricted = "restricted", Locked = "locked",
    }
}

/// Which children are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Empty: of any type.
    pub type_name: String,
    pub status: Option<Status>,
    pub owner: Option<i64>,
    /// Empty: in any language.
    pub locale: String,
    pub updated_since: Option<Micros>,
    /// Before that.
    pub updated_until: Option<Micros>,
    /// The account that saved a revision of it.
    pub edited_by: Option<i64>,
    pub below: Option<Below>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        let none = self.status.is_none() && self.owner.is_none() && self.updated_since.is_none();
        let none = none && self.updated_until.is_none() && self.edited_by.is_none() && self.below.is_none();
        none && self.type_name.is_empty() && self.locale.is_empty()
    }
}

/// The last row of a part: the next one begins behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub key: String,
    pub id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(format!("{} {}", self.id, self.key).as_bytes()))
    }
}

impl Cursor {
    /// `None` for what is no cursor.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_CURSOR_BYTES {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (id, key) = std::str::from_utf8(&bytes).ok()?.split_once(' ')?;
        let id = id.parse().ok().filter(|id| *id > 0)?;
        (!key.contains('\0')).then(|| Self { key: key.to_owned(), id })
    }

    /// Whether an order has such keys.
    fn fits(&self, order: Order) -> bool {
        order != Order::Updated || self.key.parse::<i64>().is_ok()
    }
}

/// Which part of which list.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub parent: i64,
    pub order: Order,
    pub direction: Direction,
    pub filter: &'a Filter,
    pub after: Option<&'a Cursor>,
    /// Only the children at these paths, which are sorted: where somebody does not see all.
    pub only: Option<Vec<String>>,
    /// At most so many, and never more than [`PER_PART`].
    pub limit: i64,
}

/// A part of a list.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub rows: Vec<Listed>,
    /// Set when there is more.
    pub next: Option<Cursor>,
}

impl Content {
    /// A part of the children of a page.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_children(&self, asked: Asked<'_>) -> Result<Part, DbError> {
        let limit = asked.limit.clamp(1, PER_PART);
        let after = asked.after.filter(|cursor| cursor.fits(asked.order));
        let mut keys = match &asked.only {
            Some(paths) => self.places(&asked, paths, after, limit + 1).await?,
            None => self.child_keys(&asked, after, limit + 1).await?,
        };
        let more = keys.len() as i64 > limit;
        keys.truncate(limit as usize);
        let next = keys.last().filter(|_| more).map(|key| Cursor { key: key.sort_key.clone(), id: key.id });
        let rows = self.list_pages(keys.into_iter().map(|key| key.id).collect()).await?;
        Ok(Part { rows, next })
    }

    /// The keys of all children behind one of them.
    pub(super) async fn child_keys(
        &self,
        asked: &Asked<'_>,
        after: Option<&Cursor>,
        most: i64,
    ) -> Result<Vec<Key>, DbError> {
        let start = if asked.direction == Direction::Up { 0 } else { i64::MAX };
        let call = self.db.query(statement(asked.order, asked.direction)).bind(asked.parent);
        let call = call.bind(after.map(|cursor| cursor.key.clone()));
        let call = call.bind(after.map_or(start, |cursor| cursor.id));
        filtered(call, asked.filter).bind(most).list().await
    }

    /// How many children a page has: counted up to [`MAX_COUNTED`] and one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn count_children(&self, parent: i64) -> Result<i64, DbError> {
        self.db.query(&COUNT).bind(parent).bind(MAX_COUNTED + 1).one().await
    }
}

fn statement(order: Order, direction: Direction) -> &'static Query {
    match (order, direction) {
        (Order::Tree, Direction::Up) => &TREE_UP,
        (Order::Tree, Direction::Down) => &TREE_DOWN,
        (Order::Title, Direction::Up) => &TITLE_UP,
        (Order::Title, Direction::Down) => &TITLE_DOWN,
        (Order::Updated, Direction::Up) => &UPDATED_UP,
        (Order::Updated, Direction::Down) => &UPDATED_DOWN,
        (Order::Type, Direction::Up) => &TYPE_UP,
        (Order::Type, Direction::Down) => &TYPE_DOWN,
    }
}

pub(super) fn filtered<'c>(call: Call<'c>, filter: &Filter) -> Call<'c> {
    let call = call.bind(&filter.type_name).bind(&filter.locale).bind(filter.owner.unwrap_or(0));
    let call = call.bind(filter.updated_since.map_or(i64::MIN, |since| since.0));
    let call = call.bind(filter.status.map_or("", Status::as_str));
    let call = call.bind(filter.updated_until.map_or(i64::MAX, |until| until.0)).bind(filter.edited_by.unwrap_or(0));
    call.bind(filter.below.map_or("", Below::as_str))
}

/// The child's path below which a place of the tree begins: used where a list is of one branch alone.
pub(in crate::content) fn bounds(path: &str) -> (String, String) {
    if path.is_empty() { ("~".to_owned(), String::new()) } else { (path.to_owned(), tree::after_subtree(path)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_nothing_else_is_one() {
        for key in ["", "0001ABCD", "grüße aus köln", "a b  c"] {
            let cursor = Cursor { key: key.to_owned(), id: 12 };
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        let long = "A".repeat(MAX_CURSOR_BYTES + 1);
        let encoded = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        for bad in ["", "!", "abc", &encoded("x y"), &encoded("0 y"), &encoded("-3 y"), &encoded("1 \0"), &long] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
