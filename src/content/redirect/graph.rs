//! Which redirect leads to which other one: so that a circle is refused before a visitor walks it.

use std::collections::HashMap;

use super::address::{self, Candidates};

/// Addresses looked at for one request: as many moves of pages above pages are followed.
pub const MAX_STEPS: usize = 12;

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A page, and a sub-route of it.
    Page { id: i64, route: String },
    /// A path of the same site, or an address elsewhere.
    Url(String),
}

impl Target {
    /// The path on the same site; pages end a way, and so do other hosts.
    pub fn local(&self) -> Option<&str> {
        match self {
            Self::Url(url) if url.starts_with('/') => Some(url),
            _ => None,
        }
    }
}

/// A redirect from an address.
#[derive(Clone, Debug)]
pub struct Edge {
    /// In the database, if it is there.
    pub id: Option<i64>,
    /// In the file that is imported, if it is from there.
    pub line: Option<u64>,
    /// None: every site.
    pub site: Option<i64>,
    pub target: Target,
    pub covers_subtree: bool,
    pub is_permanent: bool,
    /// Left by a page that moved.
    pub automatic: bool,
}

impl Edge {
    /// Whether both say the same.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let said = |edge: &Self| (edge.covers_subtree, edge.is_permanent, edge.automatic);
        self.target == other.target && said(self) == said(other)
    }
}

/// Redirects by the address that they are from.
#[derive(Debug, Default)]
pub struct Graph(HashMap<String, Vec<Edge>>);

impl Graph {
    /// Adds a redirect; it replaces the one that its site had from there.
    pub fn put(&mut self, from: &str, edge: Edge) {
        let edges = self.0.entry(from.to_owned()).or_default();
        edges.retain(|known| known.site != edge.site);
        edges.push(edge);
    }

    /// Takes the redirect with this id out.
    pub fn remove(&mut self, id: i64) {
        self.0.values_mut().for_each(|edges| edges.retain(|edge| edge.id != Some(id)));
    }

    pub fn find(&self, from: &str, site: Option<i64>) -> Option<&Edge> {
        self.0.get(from)?.iter().find(|edge| edge.site == site)
    }
}

/// Where a visitor of `address` is sent next, on the way of a redirect of `site`; `None` where the way ends. Of the
/// redirects that the address meets the closest counts, as in [`super::list_leads`]; a graph that comes first hides what
/// others have at the same place.
pub fn next(graphs: &[&Graph], site: Option<i64>, address: &Candidates) -> Option<String> {
    let closest = [&address.full, &address.path].into_iter().chain(address.above.iter().rev());
    let mut below = closest.filter_map(|from| {
        let exact = *from == address.full || *from == address.path;
        let edges = || graphs.iter().filter_map(|graph| graph.0.get(from)).flatten();
        let counts = |edge: &&Edge| exact || edge.covers_subtree;
        // One of every site must not close a circle on any.
        let meets = |edge: &&Edge| edge.site.is_none() || site.is_none() || edge.site == site;
        let edge = edges().filter(meets).min_by_key(|edge| (edge.automatic, edge.site != site)).filter(counts)?;
        let rest = if exact { "" } else { address::below(from, &address.path) };
        Some(edge.target.local().map(|url| address::extend(url, rest)))
    });
    address::normalise(&below.next()??)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(site: Option<i64>, to: &str, covers_subtree: bool) -> Edge {
        let target = Target::Url(to.into());
        Edge { id: None, line: None, site, target, covers_subtree, is_permanent: true, automatic: false }
    }

    #[test]
    fn the_closest_redirect_counts() {
        let (mut file, mut stored) = (Graph::default(), Graph::default());
        stored.put("/a", edge(None, "/b/", true));
        stored.put("/a/x", edge(None, "/c/", false));
        stored.put("/a", edge(Some(1), "https://elsewhere.test/", true));
        file.put("/a/x", edge(None, "/d?e=1", false));
        let to = |site, address: &str| next(&[&file, &stored], site, &Candidates::of(address));
        assert_eq!(to(None, "/a/x").as_deref(), Some("/d?e=1"), "what comes first hides the rest");
        assert_eq!(to(None, "/a/x/y").as_deref(), Some("/b/x/y"), "one that covers no subtree is passed over");
        assert_eq!(to(Some(2), "/a/z").as_deref(), Some("/b/z"));
        assert_eq!(to(Some(1), "/a/z"), None, "elsewhere the way ends");
        assert_eq!(to(None, "/b"), None);
    }
}
