//! The page tree after ten thousand random operations, against a model of it; and from eight tasks at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use vitrine::content::tree;

use super::tree_model::{Model, Node};
use super::tree_operation::{Operation, refusal};
use crate::support::{Database, Server, is_long, on_both_databases};

const STEPS: usize = 1_500;
const STEPS_LONG: usize = 10_000;
/// Steps between two comparisons of everything.
const COMPARED_EVERY: usize = 250;
/// Pages visited at each comparison.
const VISITED: usize = 10;
/// Pages beyond which nothing is added.
const ENOUGH: usize = 250;
/// Pages that are gone and asked for all the same.
const DEAD: usize = 3;
const TASKS: u64 = 8;
const TASK_STEPS: usize = 100;
const TASK_STEPS_LONG: usize = 1_250;

/// Does one operation on the real tree and on the model, which have to agree.
async fn step(model: &mut Model, server: &Server, operation: &Operation) {
    let done = operation.perform(server.content()).await;
    if let Err(error) = &done {
        assert!(refusal(error).is_some(), "{operation:?}: {error}");
    }
    let told = done.as_ref().map(|number| *number as usize).map_err(|error| refusal(error).expect("known"));
    let id = done.as_ref().copied().unwrap_or(0);
    let expected = match operation.clone() {
        Operation::Create { parent, title } => model.create(parent, &title.replace(' ', "-")).map(|slug| {
            model.created(id, parent, slug);
            id as usize
        }),
        Operation::Move { id, to } => model.move_page(id, to).map(|()| 0),
        Operation::Rename { id, slug } => model.save(id, &slug).and_then(|()| model.publish(id)).map(|()| 0),
        Operation::Publish { id } => model.publish(id).map(|()| 0),
        Operation::Unpublish { id } => model.unpublish(id).map(|()| 0),
        Operation::Copy { id: original, to, whole, keep_live } => match model.copy(original, to, whole) {
            Ok(slug) => {
                let ids = pairs(model, server, original, id, whole).await;
                model.copied(&ids, to, slug, (false, keep_live));
                Ok(id as usize)
            }
            Err(refusal) => Err(refusal),
        },
        Operation::Alias { id: original, to, whole } => match model.copy(original, to, whole) {
            Ok(slug) => {
                let ids = pairs(model, server, original, id, whole).await;
                model.copied(&ids, to, slug, (true, true));
                Ok(id as usize)
            }
            Err(refusal) => Err(refusal),
        },
        Operation::Convert { id } => model.convert(id).map(|()| 0),
        Operation::Trash { id } => model.trash(id),
        Operation::Restore { id, to, slug } => model.restore(id, to, slug.as_deref()),
        Operation::Delete { id } => model.delete(id),
    };
    assert_eq!(told, expected, "{operation:?}");
}

/// Originals with their copies: both subtrees have the same shape.
async fn pairs(model: &Model, server: &Server, original: i64, copy: i64, whole: bool) -> Vec<(i64, i64)> {
    if !whole {
        return vec![(original, copy)];
    }
    let mut below: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for node in server.nodes().await {
        if let Some(parent) = node.parent_id {
            below.entry(parent).or_default().push(node.id);
        }
    }
    let mut copies = vec![copy];
    let mut at = 0;
    while let Some(id) = copies.get(at) {
        copies.extend(below.get(id).into_iter().flatten().copied().collect::<Vec<_>>());
        at += 1;
    }
    let originals = model.subtree(original);
    assert_eq!(originals.len(), copies.len(), "all that is below {original} was copied");
    originals.into_iter().zip(copies).collect()
}

/// Every row, as the model knows it.
async fn compare(model: &Model, server: &Server) {
    server.assert_tree_is_right().await;
    let nodes: Vec<tree::Node> = server.nodes().await.into_iter().filter(|node| node.id != tree::ROOT_ID).collect();
    let mut found: BTreeMap<i64, Node> = BTreeMap::new();
    let mut urls = BTreeSet::new();
    for node in &nodes {
        assert!(urls.insert(node.url_path.clone()), "{} is there twice", node.url_path);
        assert_eq!((node.url_path.clone(), node.depth), (model.url(node.id), model.depth(node.id)));
        assert_eq!(node.trashed, model.is_trashed(node.id), "page {}", node.id);
        let page = server.page(node.id).await;
        let children = nodes.iter().filter(|child| child.parent_id == Some(node.id)).map(|child| child.id).collect();
        let known = &model.nodes[&node.id];
        let draft_slug = match page.latest_revision_id {
            Some(_) => server.newest(node.id).await.slug,
            None => known.draft_slug.clone(),
        };
        assert_eq!(page.latest_revision_id.is_none(), page.alias_of.is_some(), "only aliases have no revision");
        let parent = node.parent_id.filter(|_| node.id != model.home);
        let (slug, live, alias_of) = (node.slug.clone(), page.live, page.alias_of);
        let live_in_trash = known.live_in_trash;
        found.insert(node.id, Node { parent, slug, draft_slug, live, live_in_trash, alias_of, children });
    }
    assert_eq!(found, model.nodes);
    let in_trash: BTreeMap<i64, i64> = model.trash.keys().map(|id| (*id, model.subtree(*id).len() as i64)).collect();
    let listed = server.content().list_trash(0).await.expect("listed");
    assert_eq!(listed.iter().map(|item| (item.id, item.pages)).collect::<BTreeMap<_, _>>(), in_trash);
    assert_eq!(server.count(HALF_LIVE), 0, "live in the trash, or an alias that does not do as its source does");
}

const HALF_LIVE: &str = "page p LEFT JOIN page s ON s.id = p.alias_of
    WHERE (p.trashed AND p.live) OR (NOT p.trashed AND p.live_in_trash)
       OR (p.alias_of IS NULL AND NOT p.trashed AND p.depth > 1 AND p.live <> (p.live_revision_id IS NOT NULL))
       OR (s.alias_of IS NOT NULL) OR (s.id IS NOT NULL AND NOT p.trashed AND p.live <> s.live)";

/// A site with a home page alone.
async fn empty_site(database: Database) -> (Server, i64) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let nodes = server.nodes().await;
    let others = nodes.iter().filter(|node| node.id != home && [Some(1), Some(home)].contains(&node.parent_id));
    for node in others {
        let deleted = server.content().delete_page_anyway(node.id, vitrine::telemetry::label::Channel::Admin).await;
        deleted.expect("deleted");
    }
    (server, home)
}

async fn random_operations_do_what_the_model_says(database: Database) {
    let (server, home) = empty_site(database).await;
    let mut random = StdRng::seed_from_u64(20_261_121);
    let mut model = Model { home, ..Model::default() };
    let slug = server.newest(home).await.slug;
    model.nodes.insert(home, Node { draft_slug: slug.clone(), slug, live: true, ..Node::default() });
    let mut dead: Vec<i64> = Vec::new();
    let mut largest = 0;
    for number in 1..=if is_long() { STEPS_LONG } else { STEPS } {
        let known: BTreeSet<i64> = model.nodes.keys().copied().collect();
        let mut ids = vec![home];
        ids.extend(known.iter().filter(|id| **id != home).chain(dead.iter().rev().take(DEAD)));
        let trashed: Vec<i64> = model.trash.keys().copied().collect();
        let mut operation = Operation::random(&mut random, &ids, &trashed);
        if operation.adds() && known.len() > ENOUGH {
            operation = Operation::Delete { id: ids[random.random_range(1..ids.len())] };
        }
        step(&mut model, &server, &operation).await;
        dead.extend(known.into_iter().filter(|id| !model.nodes.contains_key(id)));
        if number % COMPARED_EVERY == 0 {
            compare(&model, &server).await;
            visit(&model, &server, &mut random).await;
            largest = largest.max(model.nodes.len());
        }
    }
    assert!(largest > ENOUGH / 8, "no tree to speak of was compared: {largest} pages at most");
    compare(&model, &server).await;
}

/// Some pages are where the model says, for visitors too.
async fn visit(model: &Model, server: &Server, random: &mut StdRng) {
    let ids: Vec<i64> = model.nodes.keys().copied().collect();
    for _ in 0..VISITED {
        let id = ids[random.random_range(0..ids.len())];
        if !model.nodes[&id].live {
            continue;
        }
        let url = model.url(id);
        let path = url.strip_prefix("/home").expect("what is live is on the site");
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

async fn eight_tasks_at_once_leave_the_tree_right(database: Database) {
    let (server, home) = empty_site(database).await;
    let other = server.beside(&[]).await;
    let ids = Arc::new(Mutex::new(vec![home]));
    let trashed: Arc<Mutex<Vec<i64>>> = Arc::default();
    let steps = if is_long() { TASK_STEPS_LONG } else { TASK_STEPS };
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let content = if task % 2 == 0 { server.content().clone() } else { other.content().clone() };
        let (ids, trashed) = (ids.clone(), trashed.clone());
        tasks.spawn(async move {
            let mut random = StdRng::seed_from_u64(task);
            for _ in 0..steps {
                let (known, in_trash) =
                    (ids.lock().expect("not poisoned").clone(), trashed.lock().expect("not poisoned").clone());
                let mut operation = Operation::random(&mut random, &known, &in_trash);
                if operation.adds() && known.len() > ENOUGH {
                    operation = Operation::Delete { id: known[random.random_range(1..known.len())] };
                }
                match operation.perform(&content).await {
                    Err(error) => assert!(refusal(&error).is_some(), "{operation:?}: {error}"),
                    Ok(id) if operation.adds() => ids.lock().expect("not poisoned").push(id),
                    Ok(_) => {}
                }
                match operation {
                    Operation::Trash { id } => trashed.lock().expect("not poisoned").push(id),
                    Operation::Delete { id } if id != home => {
                        ids.lock().expect("not poisoned").retain(|known| *known != id);
                        trashed.lock().expect("not poisoned").retain(|known| *known != id);
                    }
                    _ => {}
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("a task meets refusals only");
    }
    server.assert_tree_is_right().await;
    assert_eq!(server.count(HALF_LIVE), 0, "live in the trash, or an alias that does not do as its source does");
    assert_eq!(server.count("(SELECT DISTINCT url_path FROM page) AS urls"), server.rows("page"));
    let lost = "page WHERE parent_id IS NULL AND id <> 1 AND id NOT IN (SELECT page_id FROM trash)";
    assert_eq!(server.count(lost), 0, "what has no parent is in the trash");
    assert_eq!(
        server.count("trash t JOIN page p ON p.id = t.page_id WHERE NOT p.trashed OR p.parent_id IS NOT NULL"),
        0
    );
    let strays = "page WHERE alias_of IS NULL AND latest_revision_id IS NULL AND id <> 1";
    assert_eq!(server.count(strays), 0, "what is no alias has a revision");
}

on_both_databases!(random_operations_do_what_the_model_says, eight_tasks_at_once_leave_the_tree_right);
