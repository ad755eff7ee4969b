//! Room for a page among its siblings: a free number, or siblings that step aside.

use super::{MAX_CHILDREN, STEP, after_subtree, decode, encode};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Numbers between siblings that stepped aside, so that the next page finds room at once.
const STRIDE: u64 = 16;
/// Siblings step aside into at most a quarter of the numbers that are left.
const SHARE: u64 = 4;
/// What no path in the tree begins with: where siblings stand while all of them are numbered anew.
const PARKED: &str = "|";

queries! {
    FIRST = read "tree.first_between" "SELECT path FROM page WHERE path >= $1 AND path < $2 ORDER BY path LIMIT 1";
    LAST = read "tree.last_between" "SELECT path FROM page WHERE path >= $1 AND path < $2 ORDER BY path DESC LIMIT 1";
    PATH = read "tree.path_of" "SELECT path FROM page WHERE id = $1";
    COUNT = read "tree.count_children" "SELECT COUNT(*) AS children FROM page WHERE parent_id = $1 AND path >= $2";
    PARK = write "tree.park_children" "UPDATE page SET path = $1 || path WHERE path >= $2 AND path < $3";
    /// Numbers the children from a path on anew, in their order: $4 + $5, $4 + 2 * $5, … in base 36.
    RENUMBER = write "tree.renumber_children"
        "WITH child AS (SELECT path AS old, ROW_NUMBER() OVER (ORDER BY path) * $5 + $4 AS number
                        FROM page WHERE parent_id = $1 AND path >= $2),
              moved AS (SELECT old, $3 || SUBSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', CAST(number / 46656 % 36 + 1 AS INTEGER), 1)
                                       || SUBSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', CAST(number / 1296 % 36 + 1 AS INTEGER), 1)
                                       || SUBSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', CAST(number / 36 % 36 + 1 AS INTEGER), 1)
                                       || SUBSTR('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', CAST(number % 36 + 1 AS INTEGER), 1) AS new
                        FROM child)
         UPDATE page SET path = moved.new || SUBSTR(page.path, LENGTH(moved.old) + 1)
         FROM moved WHERE page.path >= moved.old AND page.path < moved.old || '['";
}

record! { struct Path { path: String } }

/// Where among the children of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    First,
    Last,
    /// To the left of the child with this id.
    Before(i64),
    /// To the right of it.
    After(i64),
}

/// A free place below a page.
pub struct Room {
    pub path: String,
    /// Siblings had to step aside: the paths below the parent that were known before are no longer right.
    pub renumbered: bool,
}

/// Finds or makes room among the children of a page; `None` when no number is left.
pub async fn make_room(tx: &mut Tx, parent: (i64, &str), among: Among) -> Result<Option<Room>, DbError> {
    let mut renumbered = false;
    // As they stand, after all were numbered anew from 1, after some stepped aside.
    for _ in 0..3 {
        let (low, high) = bounds(tx, parent.1, among).await?;
        if let Some(number) = between(low, high) {
            return Ok(Some(Room { path: format!("{}{}", parent.1, encode(number)), renumbered }));
        }
        renumbered = true;
        let stepped_aside = match high {
            Some(high) => step_aside(tx, parent, high).await?,
            None => false,
        };
        if !stepped_aside && !compact(tx, parent).await? {
            return Ok(None);
        }
    }
    Ok(None)
}

/// A number above `low` and below `high`. In the middle, because the next page may come on either side; but before the
/// first child, where pages pile up on one side, right beside it.
fn between(low: u64, high: Option<u64>) -> Option<u64> {
    match high {
        None => (low < MAX_CHILDREN).then_some(low + 1),
        Some(high) if high <= low + 1 => None,
        Some(high) if low == 0 => Some(high - 1),
        Some(high) => Some(low + (high - low) / 2),
    }
}

/// The numbers of the siblings on both sides; 0 and `None` where there is none.
async fn bounds(tx: &mut Tx, parent_path: &str, among: Among) -> Result<(u64, Option<u64>), DbError> {
    let (first, end) = (format!("{parent_path}0"), after_subtree(parent_path));
    let number = |path: Option<Path>| path.map(|row| decode(&row.path[parent_path.len()..parent_path.len() + STEP]));
    match among {
        Among::First => Ok((0, number(edge(tx, &FIRST, &first, &end).await?))),
        Among::Last => Ok((number(edge(tx, &LAST, &first, &end).await?).unwrap_or(0), None)),
        Among::Before(id) => {
            let sibling: Path = Exec::from(&mut *tx).query(&PATH).bind(id).one().await?;
            let before = edge(tx, &LAST, &first, &sibling.path).await?;
            Ok((number(before).unwrap_or(0), number(Some(sibling))))
        }
        Among::After(id) => {
            let sibling: Path = Exec::from(&mut *tx).query(&PATH).bind(id).one().await?;
            let after = edge(tx, &FIRST, &after_subtree(&sibling.path), &end).await?;
            Ok((number(Some(sibling)).unwrap_or(0), number(after)))
        }
    }
}

async fn edge(tx: &mut Tx, query: &'static crate::db::Query, from: &str, to: &str) -> Result<Option<Path>, DbError> {
    Exec::from(tx).query(query).bind(from).bind(to).optional().await
}

/// Moves the children from number `from` on behind the last one, with gaps; whether there are numbers enough. Old and
/// new paths do not overlap, so one statement does it.
async fn step_aside(tx: &mut Tx, parent: (i64, &str), from: u64) -> Result<bool, DbError> {
    let start = format!("{}{}", parent.1, encode(from));
    let count = count_from(tx, parent.0, &start).await?;
    let (last, _) = bounds(tx, parent.1, Among::Last).await?;
    let left = MAX_CHILDREN - last;
    if left < count {
        return Ok(false);
    }
    renumber(tx, parent, &start, last, (left / (count.max(1) * SHARE)).clamp(1, STRIDE)).await?;
    Ok(true)
}

/// Numbers all children anew, with gaps while there are numbers enough; whether one is left.
async fn compact(tx: &mut Tx, parent: (i64, &str)) -> Result<bool, DbError> {
    let (first, end) = (format!("{}0", parent.1), after_subtree(parent.1));
    let count = count_from(tx, parent.0, &first).await?;
    if count >= MAX_CHILDREN {
        return Ok(false);
    }
    Exec::from(&mut *tx).query(&PARK).bind(PARKED).bind(&first).bind(&end).execute().await?;
    let stride = (MAX_CHILDREN / (count.max(1) * SHARE)).clamp(1, STRIDE);
    renumber(tx, parent, &format!("{PARKED}{first}"), 0, stride).await?;
    Ok(true)
}

async fn count_from(tx: &mut Tx, parent_id: i64, start: &str) -> Result<u64, DbError> {
    let count: i64 = Exec::from(tx).query(&COUNT).bind(parent_id).bind(start).one().await?;
    Ok(count.unsigned_abs())
}

async fn renumber(tx: &mut Tx, parent: (i64, &str), start: &str, base: u64, stride: u64) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&RENUMBER).bind(parent.0).bind(start).bind(parent.1);
    call.bind(base as i64).bind(stride as i64).execute().await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_number_is_found_between_two_siblings() {
        assert_eq!(between(0, None), Some(1));
        assert_eq!(between(7, None), Some(8));
        assert_eq!(between(MAX_CHILDREN, None), None);
        assert_eq!(between(3, Some(4)), None);
        assert_eq!(between(0, Some(1)), None);
        assert_eq!(between(3, Some(5)), Some(4));
        assert_eq!(between(0, Some(9)), Some(8));
    }
}
