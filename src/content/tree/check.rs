//! Does every row say what its parent and its slug say? What `vitrine tree check` finds, and repairs.

use std::collections::{HashMap, HashSet};

use super::{Node, ROOT_ID, STEP, TRASH_DEPTH, decode, encode, list, trash_place};
use crate::db::{DbError, Exec, Tx};
use crate::queries;

queries! {
    SET_NODE = write "tree.set_node" "UPDATE page SET path = $2, depth = $3, url_path = $4, trashed = $5 WHERE id = $1";
}

/// What the row of a page should say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    pub path: String,
    pub depth: i64,
    pub url_path: String,
    pub trashed: bool,
}

/// One inconsistency of the tree and what it should be; `None` for what nobody can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub id: i64,
    pub problem: String,
    pub fixed: Option<Right>,
}

/// Compares every page's path, depth and URL with what its parent and slug say.
pub async fn check(tx: &mut Tx) -> Result<Vec<Fault>, DbError> {
    Ok(faults(&list(tx).await?))
}

/// Writes what [`check`] found to be right.
pub async fn fix(tx: &mut Tx, faults: &[Fault]) -> Result<(), DbError> {
    // Two rounds, because a right path may still be held by a page that has yet to leave it.
    for (id, right) in faults.iter().filter_map(|fault| Some((fault.id, fault.fixed.as_ref()?))) {
        set_node(tx, id, &format!("|{id}"), right).await?;
    }
    for (id, right) in faults.iter().filter_map(|fault| Some((fault.id, fault.fixed.as_ref()?))) {
        set_node(tx, id, &right.path, right).await?;
    }
    Ok(())
}

async fn set_node(tx: &mut Tx, id: i64, path: &str, right: &Right) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&SET_NODE).bind(id).bind(path).bind(right.depth);
    call.bind(&right.url_path).bind(right.trashed).execute().await.map(|_| ())
}

/// Walks the tree and the trash by parents, in the order of the paths, and says where a row disagrees.
fn faults(nodes: &[Node]) -> Vec<Fault> {
    let mut children: HashMap<i64, Vec<&Node>> = HashMap::new();
    for node in nodes {
        if let Some(parent) = node.parent_id {
            children.entry(parent).or_default().push(node);
        }
    }
    let root = Right { path: encode(1), depth: 1, url_path: "/".to_owned(), trashed: false };
    let mut open: Vec<(i64, Right)> = vec![(ROOT_ID, root)];
    let mut faults = Vec::new();
    for node in nodes.iter().filter(|node| node.trashed && node.parent_id.is_none()) {
        let (path, url_path) = trash_place(node.id);
        let right = Right { path, depth: TRASH_DEPTH, url_path, trashed: true };
        compare(node, &right, &mut faults);
        open.push((node.id, right));
    }
    let mut reached = open.len();
    while let Some((id, above)) = open.pop() {
        let family = children.get(&id).map_or(&[][..], |family| &family[..]);
        let held = |node: &Node| node.path.strip_prefix(above.path.as_str()).filter(|s| s.len() == STEP).map(decode);
        let mut free = family.iter().filter_map(|node| held(node)).max().unwrap_or(0) + 1;
        let mut taken: HashSet<u64> = HashSet::new();
        for child in family {
            reached += 1;
            let number = held(child).filter(|number| !taken.contains(number)).unwrap_or_else(|| {
                free += 1;
                free - 1
            });
            taken.insert(number);
            let right = Right {
                path: format!("{}{}", above.path, encode(number)),
                depth: above.depth + 1,
                url_path: format!("{}{}/", above.url_path, child.slug),
                trashed: above.trashed,
            };
            compare(child, &right, &mut faults);
            open.push((child.id, right));
        }
    }
    if reached < nodes.len() {
        let problem = format!("{} pages cannot be reached from the root", nodes.len() - reached);
        faults.push(Fault { id: 0, problem, fixed: None });
    }
    faults
}

fn compare(node: &Node, right: &Right, faults: &mut Vec<Fault>) {
    let same = node.path == right.path && node.depth == right.depth && node.url_path == right.url_path;
    if same && node.trashed == right.trashed {
        return;
    }
    let place = |trashed: bool| if trashed { " in the trash" } else { "" };
    let problem = format!(
        "page {}: path {} depth {} url {}{}, should be {} {} {}{}",
        node.id,
        node.path,
        node.depth,
        node.url_path,
        place(node.trashed),
        right.path,
        right.depth,
        right.url_path,
        place(right.trashed)
    );
    faults.push(Fault { id: node.id, problem, fixed: Some(right.clone()) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i64, path: &str, depth: i64, parent: Option<i64>, slug: &str, url: &str) -> Node {
        Node {
            id,
            path: path.into(),
            depth,
            parent_id: parent,
            slug: slug.into(),
            url_path: url.into(),
            trashed: path.starts_with('~'),
        }
    }

    fn right(path: &str, depth: i64, url: &str) -> Option<Right> {
        let trashed = path.starts_with('~');
        Some(Right { path: path.into(), depth, url_path: url.into(), trashed })
    }

    #[test]
    fn faults_name_the_page_and_the_right_values() {
        let nodes = [
            node(1, "0001", 1, None, "root", "/"),
            node(2, "00010001", 2, Some(1), "home", "/home/"),
            node(3, "000100010001", 3, Some(2), "a", "/wrong/"),
            node(4, "0005", 9, Some(2), "b", "/home/b/"),
        ];
        let found = faults(&nodes);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].fixed, right("000100010001", 3, "/home/a/"));
        assert_eq!(found[1].fixed, right("000100010002", 3, "/home/b/"));
    }

    #[test]
    fn the_trash_is_checked_too() {
        let nodes = [
            node(1, "0001", 1, None, "root", "/"),
            node(5, "~0000005", 2, None, "gone", "~5/"),
            node(6, "~00000050001", 3, Some(5), "a", "~5/b/"),
            node(7, "00010001", 2, Some(5), "b", "/b/"),
            node(8, "00010002", 2, Some(99), "lost", "/lost/"),
        ];
        let found = faults(&nodes);
        assert_eq!(found.iter().map(|fault| fault.id).collect::<Vec<_>>(), [6, 7, 0], "{found:?}");
        assert_eq!(found[0].fixed, right("~00000050001", 3, "~5/a/"));
        assert_eq!(found[1].fixed, right("~00000050002", 3, "~5/b/"));
        assert!(found[2].fixed.is_none() && found[2].problem.contains("1 pages"), "{found:?}");
    }
}
