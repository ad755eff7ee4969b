//! Whether a redirect may be written: what would send a visitor in a circle is refused.

use std::collections::HashMap;

use url::Url;

use super::RedirectError;
use super::address::{self, Candidates};
use super::graph::{self, Edge, Graph, MAX_STEPS, Target};
use crate::content::site::Site;

/// Longest target, in bytes.
const MAX_TARGET_BYTES: usize = 2_000;

/// A redirect to be written.
#[derive(Clone, Debug)]
pub struct NewRedirect {
    /// As somebody wrote it; kept in one form.
    pub from: String,
    pub target: Target,
    /// None: every site.
    pub site: Option<i64>,
    /// Whether what lies below goes along, to the same place below the target.
    pub covers_subtree: bool,
    pub is_permanent: bool,
}

/// What becomes of a redirect that somebody wrote for the same address before. What a page left gives way always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Refused,
    Replaced,
}

/// Whether an import writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// Everything is checked, and nothing is written.
    Try,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Added,
    Replaced,
    Unchanged,
}

/// An import: what its batches know of each other.
pub struct Import {
    pub(super) existing: Existing,
    pub(super) mode: Mode,
    pub(super) sites: Vec<Site>,
    /// What was accepted so far.
    pub(super) file: Graph,
    /// How many redirects there are.
    pub(super) count: i64,
}

impl Import {
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }
}

/// A row in the form that is stored.
pub(super) struct Row {
    pub from: String,
    pub edge: Edge,
}

impl Import {
    /// What becomes of a row, given what is stored and where the pages are.
    pub(super) fn judge(
        &self,
        row: &Row,
        stored: &Graph,
        pages: &HashMap<i64, String>,
    ) -> Result<Written, RedirectError> {
        let Row { from, edge } = row;
        let known_site = |id| self.sites.iter().any(|site| site.id == id);
        if let Some(site) = edge.site.filter(|id| !known_site(*id)) {
            return Err(RedirectError::SiteNotFound(site));
        }
        if let Some(line) = self.file.find(from, edge.site).and_then(|known| known.line) {
            return Err(RedirectError::Repeated { from: from.clone(), line });
        }
        match &edge.target {
            Target::Page { id, route } => {
                let url_path = pages.get(id).ok_or(RedirectError::PageNotFound(*id))?;
                let shown = self.sites.iter().filter(|site| edge.site.is_none_or(|id| id == site.id));
                let mut at = shown.filter_map(|site| address::normalise(&site.own_path(url_path)?));
                if route.is_empty() && at.any(|at| at == *from) {
                    return Err(RedirectError::LeadsToItself(from.clone()));
                }
            }
            target @ Target::Url(_) => {
                if let Some(to) = target.local().and_then(address::normalise) {
                    self.refuse_circle(row, to, stored)?;
                }
            }
        }
        match stored.find(from, edge.site) {
            None => Ok(Written::Added),
            Some(known) if known.agrees_with(edge) => Ok(Written::Unchanged),
            Some(Edge { id: Some(id), automatic: false, .. }) if self.existing == Existing::Refused => {
                Err(RedirectError::Taken { from: from.clone(), id: *id })
            }
            Some(_) => Ok(Written::Replaced),
        }
    }

    fn refuse_circle(&self, Row { from, edge }: &Row, to: String, stored: &Graph) -> Result<(), RedirectError> {
        let at = Candidates::of(&to);
        if at.full == *from || at.path == *from {
            return Err(RedirectError::LeadsToItself(from.clone()));
        }
        if edge.covers_subtree && at.above.contains(from) {
            return Err(RedirectError::LeadsBelowItself { from: from.clone(), to });
        }
        let mut way = vec![from.clone(), to];
        let mut at = at;
        while way.len() <= MAX_STEPS {
            let Some(next) = graph::next(&[&self.file, stored], edge.site, &at) else { return Ok(()) };
            let is_known = way.contains(&next);
            at = Candidates::of(&next);
            way.push(next);
            if at.full == *from || at.path == *from || (edge.covers_subtree && at.above.contains(from)) {
                return Err(RedirectError::Circle(way));
            }
            // A circle of others.
            if is_known {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// # Errors
/// When it is no address, or no target.
pub(super) fn row(sites: &[Site], line: Option<u64>, new: &NewRedirect) -> Result<Row, RedirectError> {
    let from = address::normalise(&new.from).ok_or_else(|| RedirectError::AddressInvalid(new.from.clone()))?;
    let target = match &new.target {
        Target::Url(url) => Target::Url(target_url(sites, new.site, url)?),
        page @ Target::Page { .. } => page.clone(),
    };
    let NewRedirect { site, covers_subtree, is_permanent, .. } = *new;
    Ok(Row { from, edge: Edge { id: None, line, site, target, covers_subtree, is_permanent, automatic: false } })
}

/// A path, or an address elsewhere; one on the site that the redirect is for is kept as a path.
fn target_url(sites: &[Site], of: Option<i64>, url: &str) -> Result<String, RedirectError> {
    let refused = || RedirectError::TargetInvalid(url.to_owned());
    let text = url.trim();
    if text.len() > MAX_TARGET_BYTES || text.contains(char::is_control) {
        return Err(refused());
    }
    if text.starts_with('/') && !text.starts_with("//") {
        return Ok(text.to_owned());
    }
    let parsed = Url::parse(text).map_err(|_| refused())?;
    if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
        return Err(refused());
    }
    let own = match sites {
        [only] => Some(only),
        _ => sites.iter().find(|site| Some(site.id) == of),
    };
    let path = own.and_then(|site| text.strip_prefix(site.base_url.as_str())).filter(|path| path.starts_with('/'));
    Ok(path.unwrap_or(text).to_owned())
}
