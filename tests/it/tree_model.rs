//! What the tree should be after each operation: a plain tree in memory that the real one is held against.

use std::collections::{BTreeMap, BTreeSet};

use vitrine::content::Position;

/// A page, in the tree or in the trash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    pub parent: Option<i64>,
    pub slug: String,
    /// In the newest draft; an alias has none.
    pub draft_slug: String,
    pub live: bool,
    pub live_in_trash: bool,
    pub alias_of: Option<i64>,
    pub children: Vec<i64>,
}

/// Where something in the trash stood.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub parent: Option<i64>,
    pub behind: Option<i64>,
}

/// Why an operation is to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    IntoItself,
    SlugTaken,
    RootIsFixed,
    InTrash,
    NotInTrash,
    IsAlias,
    NotAnAlias,
    AddressTaken,
    PlaceGone,
    NotFound,
    Placement,
}

#[derive(Default)]
pub struct Model {
    pub home: i64,
    pub nodes: BTreeMap<i64, Node>,
    pub trash: BTreeMap<i64, Origin>,
}

type Expected<T> = Result<T, Refusal>;

impl Model {
    pub fn subtree(&self, id: i64) -> Vec<i64> {
        let mut found = vec![id];
        let mut at = 0;
        while let Some(id) = found.get(at).copied() {
            found.extend(&self.nodes[&id].children);
            at += 1;
        }
        found
    }

    pub fn is_below(&self, id: i64, above: i64) -> bool {
        std::iter::successors(Some(id), |id| self.nodes[id].parent).any(|id| id == above)
    }

    pub fn is_trashed(&self, id: i64) -> bool {
        self.trash.keys().any(|root| self.is_below(id, *root))
    }

    /// The path of the tree, or that of the trash.
    pub fn url(&self, id: i64) -> String {
        if id == self.home {
            return "/home/".to_owned();
        }
        match self.nodes[&id].parent {
            Some(parent) => format!("{}{}/", self.url(parent), self.nodes[&id].slug),
            None => format!("~{id}/"),
        }
    }

    pub fn depth(&self, id: i64) -> i64 {
        self.nodes[&id].parent.map_or(2, |parent| self.depth(parent) + 1)
    }

    fn has(&self, parent: i64, slug: &str) -> bool {
        self.nodes[&parent].children.iter().any(|child| self.nodes[child].slug == slug)
    }

    fn free_slug(&self, parent: i64, slug: &str) -> String {
        let numbered = (2..).map(|number| format!("{slug}-{number}"));
        std::iter::once(slug.to_owned()).chain(numbered).find(|slug| !self.has(parent, slug)).expect("endless")
    }

    fn find(&self, id: i64) -> Expected<&Node> {
        if !self.nodes.contains_key(&id) {
            return Err(Refusal::NotFound);
        }
        if self.is_trashed(id) { Err(Refusal::InTrash) } else { Ok(&self.nodes[&id]) }
    }

    /// Parent, and place among its children without `moved`.
    fn place(&self, to: Position, moved: i64) -> Expected<(i64, usize)> {
        let children = |parent: i64| self.nodes[&parent].children.iter().copied().filter(move |id| *id != moved);
        let beside = |sibling: i64, right: usize| {
            // Beside the home page there is room for home pages alone.
            let parent = self.find(sibling)?.parent.ok_or(Refusal::Placement)?;
            let at = children(parent).position(|id| id == sibling).expect("a sibling is a child");
            Ok((parent, at + right))
        };
        match to {
            Position::FirstChildOf(parent) => self.find(parent).map(|_| (parent, 0)),
            Position::LastChildOf(parent) => self.find(parent).map(|_| (parent, children(parent).count())),
            Position::LeftOf(sibling) => beside(sibling, 0),
            Position::RightOf(sibling) => beside(sibling, 1),
        }
    }

    fn detach(&mut self, id: i64) {
        if let Some(parent) = self.nodes[&id].parent {
            self.node(parent).children.retain(|child| *child != id);
        }
        self.node(id).parent = None;
    }

    fn attach(&mut self, id: i64, (parent, at): (i64, usize)) {
        self.node(parent).children.insert(at, id);
        self.node(id).parent = Some(parent);
    }

    fn node(&mut self, id: i64) -> &mut Node {
        self.nodes.get_mut(&id).expect("known")
    }

    /// The aliases, elsewhere, of the pages in `ids`.
    fn aliases_elsewhere(&self, ids: &[i64]) -> Vec<i64> {
        let within: BTreeSet<i64> = ids.iter().copied().collect();
        let mirrors = |(id, node): &(&i64, &Node)| {
            node.alias_of.is_some_and(|source| within.contains(&source)) && !within.contains(id)
        };
        self.nodes.iter().filter(mirrors).map(|(id, _)| *id).collect()
    }

    fn show_aliases(&mut self, ids: &[i64], live: bool) {
        for alias in self.aliases_elsewhere(ids) {
            let trashed = self.is_trashed(alias);
            let node = self.node(alias);
            (node.live, node.live_in_trash) = (live && !trashed, live && trashed);
        }
    }

    /// The slug that a new page gets.
    pub fn create(&mut self, parent: i64, slug: &str) -> Expected<String> {
        self.find(parent)?;
        Ok(self.free_slug(parent, slug))
    }

    pub fn created(&mut self, id: i64, parent: i64, slug: String) {
        let node = Node { draft_slug: slug.clone(), slug, ..Node::default() };
        self.nodes.insert(id, node);
        let at = self.nodes[&parent].children.len();
        self.attach(id, (parent, at));
    }

    pub fn move_page(&mut self, id: i64, to: Position) -> Expected<()> {
        self.find(id)?;
        if matches!(to, Position::LeftOf(sibling) | Position::RightOf(sibling) if sibling == id) {
            return Ok(());
        }
        let place = self.place(to, id)?;
        if self.nodes[&id].parent != Some(place.0) {
            if id == self.home {
                return Err(Refusal::RootIsFixed);
            }
            if self.is_below(place.0, id) {
                return Err(Refusal::IntoItself);
            }
            if self.has(place.0, &self.nodes[&id].slug) {
                return Err(Refusal::SlugTaken);
            }
        }
        self.detach(id);
        self.attach(id, place);
        Ok(())
    }

    pub fn save(&mut self, id: i64, slug: &str) -> Expected<()> {
        if self.find(id)?.alias_of.is_some() {
            return Err(Refusal::IsAlias);
        }
        self.node(id).draft_slug = slug.to_owned();
        Ok(())
    }

    pub fn publish(&mut self, id: i64) -> Expected<()> {
        let node = self.find(id)?.clone();
        if node.alias_of.is_some() {
            return Err(Refusal::IsAlias);
        }
        if node.slug != node.draft_slug && node.parent.is_some_and(|parent| self.has(parent, &node.draft_slug)) {
            return Err(Refusal::SlugTaken);
        }
        self.node(id).slug = node.draft_slug;
        self.node(id).live = true;
        self.show_aliases(&[id], true);
        Ok(())
    }

    pub fn unpublish(&mut self, id: i64) -> Expected<()> {
        if self.find(id)?.alias_of.is_some() {
            return Err(Refusal::IsAlias);
        }
        self.node(id).live = false;
        self.show_aliases(&[id], false);
        Ok(())
    }

    /// Whether a page may be copied there, and the slug that its copy gets.
    pub fn copy(&self, id: i64, to: Position, whole: bool) -> Expected<String> {
        let slug = self.find(id)?.slug.clone();
        let (parent, _) = self.place(to, 0)?;
        if whole && self.is_below(parent, id) {
            return Err(Refusal::IntoItself);
        }
        Ok(self.free_slug(parent, &slug))
    }

    /// `ids` are the originals with their copies, in the order of [`Model::subtree`].
    pub fn copied(&mut self, ids: &[(i64, i64)], to: Position, slug: String, (alias, keep_live): (bool, bool)) {
        let place = self.place(to, 0).expect("it was copied");
        let copies: BTreeMap<i64, i64> = ids.iter().copied().collect();
        for (original, copy) in ids {
            let old = self.nodes[original].clone();
            let children = old.children.iter().filter_map(|child| copies.get(child).copied()).collect();
            let draft_slug = if old.alias_of.is_some() { old.slug.clone() } else { old.draft_slug };
            let node = Node {
                parent: old.parent.and_then(|parent| copies.get(&parent).copied()),
                slug: old.slug,
                draft_slug,
                live: old.live && keep_live,
                live_in_trash: false,
                alias_of: alias.then(|| old.alias_of.unwrap_or(*original)),
                children,
            };
            self.nodes.insert(*copy, node);
        }
        let root = ids[0].1;
        self.node(root).slug.clone_from(&slug);
        self.node(root).draft_slug = slug;
        self.attach(root, place);
    }

    pub fn convert(&mut self, id: i64) -> Expected<()> {
        if self.find(id)?.alias_of.is_none() {
            return Err(Refusal::NotAnAlias);
        }
        self.free(id);
        Ok(())
    }

    fn free(&mut self, id: i64) {
        let node = self.node(id);
        node.alias_of = None;
        node.draft_slug.clone_from(&node.slug);
    }

    /// How many pages go.
    pub fn trash(&mut self, id: i64) -> Expected<usize> {
        let parent = self.find(id)?.parent;
        if id == self.home {
            return Err(Refusal::RootIsFixed);
        }
        let siblings = parent.map_or(&[][..], |parent| &self.nodes[&parent].children);
        let at = siblings.iter().position(|sibling| *sibling == id).expect("a child of its parent");
        let behind = at.checked_sub(1).map(|at| siblings[at]);
        let ids = self.subtree(id);
        self.show_aliases(&ids, false);
        for id in &ids {
            let node = self.node(*id);
            (node.live, node.live_in_trash) = (false, node.live);
        }
        self.detach(id);
        self.trash.insert(id, Origin { parent, behind });
        Ok(ids.len())
    }

    /// How many pages come back.
    pub fn restore(&mut self, id: i64, to: Option<Position>, slug: Option<&str>) -> Expected<usize> {
        if !self.nodes.contains_key(&id) {
            return Err(Refusal::NotFound);
        }
        let origin = *self.trash.get(&id).ok_or(Refusal::NotInTrash)?;
        let to = match (to, origin.parent, origin.behind) {
            (Some(to), ..) => to,
            (None, None, _) => return Err(Refusal::PlaceGone),
            (None, Some(parent), None) => Position::FirstChildOf(parent),
            (None, Some(parent), Some(behind)) => {
                let there = self.nodes.get(&behind).is_some_and(|node| node.parent == Some(parent));
                if there { Position::RightOf(behind) } else { Position::LastChildOf(parent) }
            }
        };
        let place = self.place(to, id)?;
        let given = slug.is_some();
        let slug = slug.unwrap_or(&self.nodes[&id].slug).to_owned();
        if self.has(place.0, &slug) {
            return Err(Refusal::AddressTaken);
        }
        self.trash.remove(&id);
        let ids = self.subtree(id);
        for id in &ids {
            let node = self.node(*id);
            (node.live, node.live_in_trash) = (node.live_in_trash, false);
        }
        self.node(id).slug.clone_from(&slug);
        if given {
            self.node(id).draft_slug = slug;
        }
        self.attach(id, place);
        let live: Vec<i64> = ids.iter().copied().filter(|id| self.nodes[id].live).collect();
        let elsewhere: Vec<i64> = self.aliases_elsewhere(&live);
        for alias in elsewhere.into_iter().filter(|alias| !ids.contains(alias)) {
            let trashed = self.is_trashed(alias);
            let node = self.node(alias);
            (node.live, node.live_in_trash) = (!trashed, trashed);
        }
        Ok(ids.len())
    }

    /// How many pages go, for good.
    pub fn delete(&mut self, id: i64) -> Expected<usize> {
        if !self.nodes.contains_key(&id) {
            return Err(Refusal::NotFound);
        }
        if id == self.home {
            return Err(Refusal::RootIsFixed);
        }
        let ids = self.subtree(id);
        for alias in self.aliases_elsewhere(&ids) {
            self.free(alias);
        }
        self.detach(id);
        for gone in &ids {
            self.nodes.remove(gone);
            self.trash.remove(gone);
        }
        for origin in self.trash.values_mut() {
            origin.parent = origin.parent.filter(|parent| !ids.contains(parent));
        }
        Ok(ids.len())
    }
}
