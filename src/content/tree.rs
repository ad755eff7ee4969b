//! The page tree: materialised paths with four base-36 digits a level, as in Wagtail, so that imports keep them.

pub(super) mod check;
pub(super) mod room;

use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

pub use check::{Fault, check, fix};
pub(super) use room::{Among, Room, make_room};

/// The hidden root: sites point at its children.
pub const ROOT_ID: i64 = 1;
/// Its path.
pub const ROOT_PATH: &str = "0001";
pub const STEP: usize = 4;
/// Levels a tree may have.
pub const MAX_DEPTH: i64 = 60;
pub(super) const MAX_CHILDREN: u64 = 36u64.pow(STEP as u32) - 1;
/// Pages that `tree check` reads at once.
const CHECK_BATCH: i64 = 5_000;
/// What is in the trash lies outside of the tree, behind every path of it, and its URLs begin with no slash.
const TRASH: char = '~';

queries! {
    /// Structural changes take turns: paths are handed out and rewritten under this row's lock.
    LOCK = write "tree.lock" ("SELECT id FROM page WHERE id = 1" for_update);
    REPATH = write "tree.repath"
        "UPDATE page SET path = $1 || SUBSTR(path, CAST($2 AS INTEGER)), depth = depth + $3,
                url_path = $4 || SUBSTR(url_path, CAST($5 AS INTEGER))
         WHERE path >= $6 AND path < $7";
    /// A reorder: the URLs stay, and so does their index.
    REORDER = write "tree.reorder"
        "UPDATE page SET path = $1 || SUBSTR(path, CAST($2 AS INTEGER)) WHERE path >= $3 AND path < $4";
    /// A new slug: the paths stay.
    REURL = write "tree.reurl"
        "UPDATE page SET url_path = $1 || SUBSTR(url_path, CAST($2 AS INTEGER)) WHERE path >= $3 AND path < $4";
    NODES = read "tree.list_nodes"
        "SELECT id, path, depth, parent_id, slug, url_path, trashed FROM page WHERE path > $1 ORDER BY path LIMIT $2";
}

record! {
    /// A page as the tree sees it.
    #[derive(Clone, Debug)]
    pub struct Node {
        pub id: i64, pub path: String, pub depth: i64, pub parent_id: Option<i64>, pub slug: String,
        pub url_path: String, pub trashed: bool,
    }
}

/// Takes the lock of the tree until the transaction ends.
pub async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    Exec::from(tx).query(&LOCK).one::<i64>().await.map(|_| ())
}

/// Where a subtree is, or goes.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    pub path: &'p str,
    pub depth: i64,
    pub url_path: &'p str,
}

/// Moves a subtree: rewrites what changes of path, depth and URL of the page and all its descendants in one statement.
pub async fn relocate(tx: &mut Tx, from: Place<'_>, to: Place<'_>) -> Result<u64, DbError> {
    let (path_tail, url_tail) = (from.path.len() as i64 + 1, from.url_path.chars().count() as i64 + 1);
    let on = Exec::from(tx);
    let call = match (from.path == to.path, from.url_path == to.url_path) {
        (true, true) => return Ok(0),
        (true, false) => on.query(&REURL).bind(to.url_path).bind(url_tail),
        (false, true) => on.query(&REORDER).bind(to.path).bind(path_tail),
        (false, false) => {
            let call = on.query(&REPATH).bind(to.path).bind(path_tail).bind(to.depth - from.depth);
            call.bind(to.url_path).bind(url_tail)
        }
    };
    call.bind(from.path).bind(after_subtree(from.path)).execute().await
}

/// The first path behind the subtree at `path`: `path <= x < after_subtree(path)`. No digit is beyond 'Z'.
pub fn after_subtree(path: &str) -> String {
    format!("{path}[")
}

/// The paths of all ancestors, the root first, without the page itself.
pub fn ancestors(path: &str) -> Vec<String> {
    (1..path.len() / STEP).map(|level| path[..level * STEP].to_owned()).collect()
}

/// The path behind the last child's (empty without one); `None` when the parent is full.
pub fn next_path(parent_path: &str, last_child: &str) -> Option<String> {
    let number = if last_child.is_empty() { 0 } else { decode(&last_child[last_child.len() - STEP..]) };
    (number < MAX_CHILDREN).then(|| format!("{parent_path}{}", encode(number + 1)))
}

/// Path and URL of a page in the trash: two steps long, so that depth and length agree there too.
pub(super) fn trash_place(id: i64) -> (String, String) {
    let mut digits = String::new();
    let mut rest = id.unsigned_abs();
    for _ in 0..STEP * 2 - 1 {
        digits.insert(0, char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    (format!("{TRASH}{digits}"), format!("{TRASH}{id}/"))
}

/// The depth of a page at [`trash_place`].
pub(super) const TRASH_DEPTH: i64 = 2;

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn encode(mut number: u64) -> String {
    let mut digits = [b'0'; STEP];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 36) as usize];
        number /= 36;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

fn decode(digits: &str) -> u64 {
    u64::from_str_radix(digits, 36).unwrap_or(MAX_CHILDREN)
}

/// All pages in the order of their paths, the hidden root first, what is in the trash last.
pub async fn list(tx: &mut Tx) -> Result<Vec<Node>, DbError> {
    let mut nodes: Vec<Node> = Vec::new();
    loop {
        let after = nodes.last().map_or("", |node| &node.path).to_owned();
        let batch: Vec<Node> = Exec::from(&mut *tx).query(&NODES).bind(after).bind(CHECK_BATCH).list().await?;
        let full = batch.len() as i64 == CHECK_BATCH;
        nodes.extend(batch);
        if !full {
            return Ok(nodes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_four_digits_and_back() {
        for (number, digits) in [(1, "0001"), (35, "000Z"), (36, "0010"), (MAX_CHILDREN, "ZZZZ")] {
            assert_eq!(encode(number), digits);
            assert_eq!(decode(digits), number);
        }
    }

    #[test]
    fn a_subtree_ends_before_its_next_sibling() {
        assert!(*"0001000Z" < *after_subtree("0001000Z"));
        assert!(*"0001000ZZZZZ" < *after_subtree("0001000Z"));
        assert!(after_subtree("00010009").as_str() < "0001000A");
    }

    #[test]
    fn the_trash_lies_behind_the_tree_and_keeps_pages_apart() {
        let (path, url_path) = trash_place(71);
        assert_eq!((path.as_str(), url_path.as_str()), ("~000001Z", "~71/"));
        assert_eq!(path.len(), STEP * TRASH_DEPTH as usize);
        assert!(after_subtree("ZZZZ") < path && path != trash_place(72).0);
    }
}
