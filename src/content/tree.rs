//! The page tree: materialised paths with four base-36 digits a level, as in Wagtail, so that imports keep them.

use std::collections::HashMap;

use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// The hidden root: sites point at its children.
pub const ROOT_ID: i64 = 1;
pub const STEP: usize = 4;
/// Levels a tree may have.
pub const MAX_DEPTH: i64 = 60;
const MAX_CHILDREN: u64 = 36u64.pow(STEP as u32) - 1;
/// Pages that `tree check` reads at once.
const CHECK_BATCH: i64 = 5_000;

queries! {
    /// Structural changes take turns: paths are handed out and rewritten under this row's lock.
    LOCK = write "tree.lock" "SELECT id FROM page WHERE id = 1 FOR UPDATE" sqlite "SELECT id FROM page WHERE id = 1";
    LAST_CHILD = read "tree.last_child" "SELECT COALESCE(MAX(path), '') AS path FROM page WHERE parent_id = $1";
    REPATH = write "tree.repath"
        "UPDATE page SET path = $1 || SUBSTR(path, CAST($2 AS INTEGER)), depth = depth + $3,
                url_path = $4 || SUBSTR(url_path, CAST($5 AS INTEGER))
         WHERE path >= $6 AND path < $7";
    NODES = read "tree.list_nodes"
        "SELECT id, path, depth, parent_id, slug, url_path FROM page WHERE path > $1 ORDER BY path LIMIT $2";
    SET_NODE = write "tree.set_node" "UPDATE page SET path = $2, depth = $3, url_path = $4 WHERE id = $1";
}

record! {
    struct LastChild { path: String }
}
record! {
    /// A page as the tree sees it.
    #[derive(Clone, Debug)]
    pub struct Node { pub id: i64, pub path: String, pub depth: i64, pub parent_id: Option<i64>, pub slug: String, pub url_path: String }
}

/// Takes the lock of the tree until the transaction ends.
pub async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    Exec::from(tx).query(&LOCK).one::<i64>().await.map(|_| ())
}

/// The path for a new last child; `None` when the parent is full.
pub async fn next_child_path(tx: &mut Tx, parent_id: i64, parent_path: &str) -> Result<Option<String>, DbError> {
    let last: LastChild = Exec::from(tx).query(&LAST_CHILD).bind(parent_id).one().await?;
    let number = if last.path.is_empty() { 0 } else { decode(&last.path[last.path.len() - STEP..]) };
    Ok((number < MAX_CHILDREN).then(|| format!("{parent_path}{}", encode(number + 1))))
}

/// Where a subtree is, or goes.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    pub path: &'p str,
    pub depth: i64,
    pub url_path: &'p str,
}

/// Moves a subtree: rewrites path, depth and URL of the page and all its descendants in one statement.
pub async fn relocate(tx: &mut Tx, from: Place<'_>, to: Place<'_>) -> Result<u64, DbError> {
    Exec::from(tx)
        .query(&REPATH)
        .bind(to.path)
        .bind(from.path.len() as i64 + 1)
        .bind(to.depth - from.depth)
        .bind(to.url_path)
        .bind(from.url_path.chars().count() as i64 + 1)
        .bind(from.path)
        .bind(after_subtree(from.path))
        .execute()
        .await
}

/// The first path behind the subtree at `path`: `path <= x < after_subtree(path)`. No digit is beyond 'Z'.
pub fn after_subtree(path: &str) -> String {
    format!("{path}[")
}

/// The paths of all ancestors, the root first, without the page itself.
pub fn ancestors(path: &str) -> Vec<String> {
    (1..path.len() / STEP).map(|level| path[..level * STEP].to_owned()).collect()
}

fn encode(mut number: u64) -> String {
    let mut digits = [b'0'; STEP];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(number % 36) as usize];
        number /= 36;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

fn decode(digits: &str) -> u64 {
    u64::from_str_radix(digits, 36).unwrap_or(MAX_CHILDREN)
}

/// One inconsistency of the tree and what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub id: i64,
    pub problem: String,
    pub fixed: Option<(String, i64, String)>,
}

/// All pages in the order of their paths, the hidden root first.
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

/// Compares every page's path, depth and URL with what its parent and slug say.
pub async fn check(tx: &mut Tx) -> Result<Vec<Fault>, DbError> {
    Ok(faults(&list(tx).await?))
}

/// Writes what [`check`] found to be right.
pub async fn fix(tx: &mut Tx, faults: &[Fault]) -> Result<(), DbError> {
    // Two rounds, because a right path may still be held by a page that has yet to leave it.
    for fault in faults.iter().filter(|fault| fault.fixed.is_some()) {
        let parked = format!("~{}", fault.id);
        let (_, depth, url_path) = fault.fixed.as_ref().expect("filtered");
        set_node(tx, fault.id, &parked, *depth, url_path).await?;
    }
    for fault in faults {
        if let Some((path, depth, url_path)) = &fault.fixed {
            set_node(tx, fault.id, path, *depth, url_path).await?;
        }
    }
    Ok(())
}

async fn set_node(tx: &mut Tx, id: i64, path: &str, depth: i64, url_path: &str) -> Result<(), DbError> {
    Exec::from(tx).query(&SET_NODE).bind(id).bind(path).bind(depth).bind(url_path).execute().await.map(|_| ())
}

/// Walks the tree by parents, in the order of the paths, and says where a row disagrees.
fn faults(nodes: &[Node]) -> Vec<Fault> {
    let mut children: HashMap<i64, Vec<&Node>> = HashMap::new();
    for node in nodes {
        if let Some(parent) = node.parent_id {
            children.entry(parent).or_default().push(node);
        }
    }
    let mut faults = Vec::new();
    let mut reached = 1;
    let mut open: Vec<(i64, String, i64, String)> = vec![(ROOT_ID, encode(1), 1, "/".to_owned())];
    while let Some((id, path, depth, url_path)) = open.pop() {
        let mut taken: Vec<u64> = Vec::new();
        for child in children.get(&id).into_iter().flatten() {
            reached += 1;
            let own = child.path.strip_prefix(path.as_str()).filter(|step| step.len() == STEP).map(decode);
            let number = own
                .filter(|number| !taken.contains(number))
                .unwrap_or_else(|| next_free(children.get(&id), &path, &taken));
            taken.push(number);
            let right = (format!("{path}{}", encode(number)), depth + 1, format!("{url_path}{}/", child.slug));
            if (&child.path, child.depth, &child.url_path) != (&right.0, right.1, &right.2) {
                faults.push(Fault {
                    id: child.id,
                    problem: format!(
                        "page {}: path {} depth {} url {}, should be {} {} {}",
                        child.id, child.path, child.depth, child.url_path, right.0, right.1, right.2
                    ),
                    fixed: Some(right.clone()),
                });
            }
            open.push((child.id, right.0, right.1, right.2));
        }
    }
    if reached < nodes.len() {
        faults.push(Fault {
            id: 0,
            problem: format!("{} pages cannot be reached from the root", nodes.len() - reached),
            fixed: None,
        });
    }
    faults
}

fn next_free(siblings: Option<&Vec<&Node>>, parent_path: &str, taken: &[u64]) -> u64 {
    let held = siblings.into_iter().flatten().filter_map(|node| node.path.strip_prefix(parent_path).map(decode));
    held.chain(taken.iter().copied()).filter(|number| *number < MAX_CHILDREN).max().unwrap_or(0) + 1
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
    fn faults_name_the_page_and_the_right_values() {
        let node = |id, path: &str, depth, parent, slug: &str, url: &str| Node {
            id,
            path: path.into(),
            depth,
            parent_id: parent,
            slug: slug.into(),
            url_path: url.into(),
        };
        let nodes = vec![
            node(1, "0001", 1, None, "root", "/"),
            node(2, "00010001", 2, Some(1), "home", "/home/"),
            node(3, "000100010001", 3, Some(2), "a", "/wrong/"),
            node(4, "0005", 9, Some(2), "b", "/home/b/"),
        ];
        let found = faults(&nodes);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].fixed, Some(("000100010001".into(), 3, "/home/a/".into())));
        assert_eq!(found[1].fixed, Some(("000100010002".into(), 3, "/home/b/".into())));
    }
}
