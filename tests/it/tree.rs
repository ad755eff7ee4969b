//! The page tree after many random changes, against a model of it.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use vitrine::content::{EditError, Position, tree};
use vitrine::db::TxName;
use vitrine::telemetry::label::Channel;

use crate::support::edit::standard_page;
use crate::support::{Database, Server, is_long, on_both_databases};

const STEPS: usize = 1_000;
const STEPS_LONG: usize = 10_000;

/// What the tree should be: each page's parent and slug.
struct Model {
    home: i64,
    pages: BTreeMap<i64, (i64, String)>,
}

impl Model {
    fn is_below(&self, id: i64, above: i64) -> bool {
        let mut at = Some(id);
        while let Some(id) = at {
            if id == above {
                return true;
            }
            at = self.pages.get(&id).map(|(parent, _)| *parent);
        }
        false
    }

    fn url(&self, id: i64) -> String {
        match self.pages.get(&id) {
            Some((parent, slug)) => format!("{}{slug}/", self.url(*parent)),
            None => "/home/".to_owned(),
        }
    }

    fn has(&self, parent: i64, slug: &str) -> bool {
        self.pages.values().any(|(known, taken)| *known == parent && taken == slug)
    }

    fn any(&self, random: &mut StdRng) -> i64 {
        let number = random.random_range(0..=self.pages.len());
        self.pages.keys().nth(number).copied().unwrap_or(self.home)
    }

    async fn step(&mut self, server: &Server, random: &mut StdRng) {
        let (one, other) = (self.any(random), self.any(random));
        match random.random_range(0..10) {
            0..5 => {
                let title = format!("Page {}", random.random_range(0..40));
                let id = server.create(standard_page(one, &title, "<p>x</p>")).await.expect("created");
                let slug = server.newest(id).await.slug;
                assert!(!self.has(one, &slug));
                self.pages.insert(id, (one, slug));
            }
            5..9 => {
                let moved = server.content().move_page(one, Position::LastChildOf(other), Channel::Admin).await;
                let slug = self.pages.get(&one).map(|(_, slug)| slug.clone()).unwrap_or_default();
                let stays = self.pages.get(&one).is_some_and(|(parent, _)| *parent == other);
                match moved {
                    Ok(()) => {
                        assert!(one != self.home && !self.is_below(other, one) && (stays || !self.has(other, &slug)));
                        self.pages.insert(one, (other, slug));
                    }
                    Err(EditError::RootIsFixed) => assert_eq!(one, self.home),
                    Err(EditError::MoveIntoItself) => assert!(self.is_below(other, one)),
                    Err(EditError::SlugTaken(_)) => assert!(!stays && self.has(other, &slug)),
                    Err(error) => panic!("{error}"),
                }
            }
            _ if one == self.home => {}
            _ => {
                let gone: Vec<i64> = self.pages.keys().copied().filter(|id| self.is_below(*id, one)).collect();
                let deleted = server.content().delete_page(one, Channel::Admin).await.expect("deleted");
                assert_eq!(deleted as usize, gone.len());
                self.pages.retain(|id, _| !gone.contains(id));
            }
        }
    }
}

async fn a_thousand_random_changes_leave_the_tree_right(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let mut model = Model { home, pages: BTreeMap::new() };
    let mut random = StdRng::seed_from_u64(20_261_121);
    let seeded: Vec<i64> = {
        let mut tx = server.content().db.begin(TxName("test")).await.expect("begun");
        tree::list(&mut tx).await.expect("listed").iter().map(|node| node.id).collect()
    };
    for _ in 0..if is_long() { STEPS_LONG } else { STEPS } {
        model.step(&server, &mut random).await;
    }
    assert!(model.pages.len() > 20, "there is a tree");
    let mut tx = server.content().db.begin(TxName("test")).await.expect("begun");
    assert_eq!(tree::check(&mut tx).await.expect("checked"), []);
    let nodes = tree::list(&mut tx).await.expect("listed");
    let found: BTreeMap<i64, String> =
        nodes.into_iter().filter(|node| !seeded.contains(&node.id)).map(|node| (node.id, node.url_path)).collect();
    let expected: BTreeMap<i64, String> = model.pages.keys().map(|id| (*id, model.url(*id))).collect();
    assert_eq!(found, expected);
}

async fn a_broken_tree_is_found_and_repaired(database: Database) {
    let server = Server::start(database).await;
    let id = server.page_id("/instruments/tide/").await;
    let text = format!("UPDATE page SET url_path = '/wrong/', depth = 9 WHERE id = {id}");
    crate::support::postgres::execute(&server.database_url, &text).expect("changed");
    let mut tx = server.content().db.begin(TxName("test")).await.expect("begun");
    let faults = tree::check(&mut tx).await.expect("checked");
    assert_eq!(faults.iter().map(|fault| fault.id).collect::<Vec<_>>(), [id]);
    assert!(faults[0].problem.contains("/home/instruments/tide/"), "{}", faults[0].problem);
    tree::fix(&mut tx, &faults).await.expect("repaired");
    tx.commit().await.expect("committed");
    let mut tx = server.content().db.begin(TxName("test")).await.expect("begun");
    assert_eq!(tree::check(&mut tx).await.expect("checked"), []);
    drop(tx);
    assert_eq!(server.get("/instruments/tide/").await.status, 200);
}

on_both_databases!(a_thousand_random_changes_leave_the_tree_right, a_broken_tree_is_found_and_repaired);
