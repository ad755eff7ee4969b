//! What a user may do: grants of groups, loaded at once and asked without any query. A grant holds for a page, or a
//! collection, and all below it.
//!
//! The rules for pages are Wagtail's, with its ownership rule: whoever may only add may edit what they created.

use super::stored_grants::Stored;
use crate::word_set;

/// Characters of a path for each level.
const STEP: usize = 4;
const ROOT_PATH: &str = "0001";
/// The root of the tree, which nobody edits: one step of a path.
const ROOT_PATH_LENGTH: usize = STEP;

word_set! {
    PagePermission {
        Add = "add", Edit = "edit", Publish = "publish", BulkDelete = "bulk_delete", Lock = "lock", Unlock = "unlock",
    }
    CollectionPermission { Add = "add", Change = "change", Choose = "choose", Delete = "delete" }
    /// For the rows of one collection.
    RecordPermission { View = "view", Add = "add", Change = "change", Delete = "delete" }
    /// What belongs to no place.
    GlobalPermission {
        Users = "manage_users", Groups = "manage_groups", Sites = "manage_sites", Locales = "manage_locales",
        Redirects = "manage_redirects", Snippets = "manage_snippets", Settings = "manage_settings",
        Collections = "manage_collections", Forms = "manage_forms", Reports = "view_reports",
        Webhooks = "manage_webhooks",
    }
}

/// Paths that a permission holds for with all below them: sorted, and none below another, so that one comparison with
/// the last one before a path tells.
#[derive(Clone, Debug, Default)]
struct Places(Vec<String>);

impl Places {
    fn of(mut paths: Vec<String>) -> Self {
        paths.sort_unstable();
        let mut kept: Vec<String> = Vec::with_capacity(paths.len());
        for path in paths {
            if !kept.last().is_some_and(|above| path.starts_with(above.as_str())) {
                kept.push(path);
            }
        }
        Self(kept)
    }

    /// The first place at `path` or behind it.
    fn first_from(&self, path: &str) -> usize {
        self.0.partition_point(|known| known.as_str() < path)
    }

    /// Whether `path`, or something below it, is one of them.
    fn lead_below(&self, path: &str) -> bool {
        self.0.get(self.first_from(path)).is_some_and(|next| next.starts_with(path))
    }

    /// The children of `path` that are places or lead to some, in order.
    fn children_of(&self, path: &str) -> Vec<String> {
        let below = self.0[self.first_from(path)..].iter().take_while(|place| place.starts_with(path));
        let mut children: Vec<String> = Vec::new();
        for child in below.filter_map(|place| place.get(..path.len() + STEP)) {
            if children.last().is_none_or(|last| last != child) {
                children.push(child.to_owned());
            }
        }
        children
    }

    fn cover(&self, path: &str) -> bool {
        let behind = self.0.partition_point(|known| known.as_str() <= path);
        behind.checked_sub(1).is_some_and(|at| path.starts_with(self.0[at].as_str()))
    }
}

/// A page as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub struct PageOf<'p> {
    /// In the tree: four characters a level.
    pub path: &'p str,
    pub owner: Option<i64>,
}

/// What would be deleted with a page.
#[derive(Clone, Copy, Debug)]
pub struct Subtree {
    pub has_children: bool,
    pub any_live: bool,
    /// All of it by whoever asks.
    pub all_owned: bool,
}

/// All that one user may do.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    account: i64,
    is_superuser: bool,
    pages: [Places; PagePermission::ALL.len()],
    /// Where the user has any permission for pages.
    explored: Places,
    collections: [Places; CollectionPermission::ALL.len()],
    globals: [bool; GlobalPermission::ALL.len()],
    /// The sites whose settings the user may change.
    sites: Vec<i64>,
    /// Of collections, by the names of their types.
    records: Vec<(String, RecordPermission)>,
    groups: Vec<String>,
}

impl Grants {
    pub(super) fn of(account: i64, is_superuser: bool, stored: &Stored) -> Self {
        let mut pages = [const { Vec::new() }; PagePermission::ALL.len()];
        for (path, permission) in stored.on_pages.lines().filter_map(|entry| entry.split_once(':')) {
            if let Some(permission) = PagePermission::parse(permission) {
                pages[permission as usize].push(path.to_owned());
            }
        }
        let mut collections = [const { Vec::new() }; CollectionPermission::ALL.len()];
        for (path, permission) in stored.on_collections.lines().filter_map(|entry| entry.split_once(':')) {
            if let Some(permission) = CollectionPermission::parse(permission) {
                collections[permission as usize].push(path.to_owned());
            }
        }
        let mut groups: Vec<String> = stored.by_groups.lines().map(str::to_owned).collect();
        groups.sort_unstable();
        Self {
            account,
            is_superuser,
            explored: Places::of(pages.iter().flatten().cloned().collect()),
            pages: pages.map(Places::of),
            collections: collections.map(Places::of),
            globals: std::array::from_fn(|at| {
                stored.everywhere.lines().any(|known| known == GlobalPermission::ALL[at].as_str())
            }),
            sites: stored.on_sites.lines().filter_map(|id| id.parse().ok()).collect(),
            records: (stored.on_records.lines().filter_map(|entry| entry.split_once(':')))
                .filter_map(|(of, permission)| Some((of.to_owned(), RecordPermission::parse(permission)?)))
                .collect(),
            groups,
        }
    }

    /// The names of the user's groups.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Whether a group gave this permission for the page or one above it.
    pub fn has(&self, permission: PagePermission, path: &str) -> bool {
        self.is_superuser || self.pages[permission as usize].cover(path)
    }

    /// Whether a group gave this permission for any page.
    pub fn has_anywhere(&self, permission: PagePermission) -> bool {
        self.is_superuser || !self.pages[permission as usize].0.is_empty()
    }

    fn owns(&self, page: PageOf<'_>) -> bool {
        page.owner == Some(self.account)
    }

    fn is_root(page: PageOf<'_>) -> bool {
        page.path.len() <= ROOT_PATH_LENGTH
    }

    /// Whether all that `other` allows is allowed here, too. Only what one has oneself may be passed on, and only whoever
    /// may do no more than oneself may be taken over.
    pub fn cover(&self, other: &Self) -> bool {
        let within = |mine: &[Places], theirs: &[Places]| {
            mine.iter().zip(theirs).all(|(mine, theirs)| theirs.0.iter().all(|path| mine.cover(path)))
        };
        let globals = || self.globals.iter().zip(other.globals).all(|(mine, theirs)| *mine || !theirs);
        let places = || within(&self.pages, &other.pages) && within(&self.collections, &other.collections);
        let sites = || other.sites.iter().all(|site| self.may_set(Some(*site)));
        let records = || other.records.iter().all(|(of, permission)| self.may_with_records(*permission, of));
        self.is_superuser || (!other.is_superuser && globals() && places() && sites() && records())
    }

    pub fn account(&self) -> i64 {
        self.account
    }

    pub fn is_superuser(&self) -> bool {
        self.is_superuser
    }

    /// Whether the user has any permission for the page: then its drafts are theirs to see, and all below it.
    pub fn may_see(&self, path: &str) -> bool {
        self.is_superuser || self.explored.cover(path)
    }

    /// Whether the page is shown in the tree: what the user may see, and what leads there.
    pub fn may_explore(&self, path: &str) -> bool {
        self.may_see(path) || self.explored.lead_below(path)
    }

    /// The paths below which the user may see all, none below another; `None`: everything.
    pub fn seen_places(&self) -> Option<Vec<String>> {
        if self.is_superuser { None } else { Some(self.explored.0.clone()) }
    }

    /// The paths of the children that are shown below a page; `None`: all of them.
    pub fn explored_children(&self, path: &str) -> Option<Vec<String>> {
        if self.may_see(path) { None } else { Some(self.explored.children_of(path)) }
    }

    /// The longest path that all the user may see is below; empty when that is nothing.
    pub fn explored_root(&self) -> &str {
        if self.is_superuser {
            return ROOT_PATH;
        }
        let (Some(first), Some(last)) = (self.explored.0.first(), self.explored.0.last()) else { return "" };
        let same = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
        &first[..same / STEP * STEP]
    }

    /// The paths of all that the user may see, with all below each; none is below another.
    pub fn explored_places(&self) -> Vec<String> {
        if self.is_superuser { vec![ROOT_PATH.to_owned()] } else { self.explored.0.clone() }
    }

    /// Whether the user has this permission for any collection.
    pub fn may_in_some_collection(&self, permission: CollectionPermission) -> bool {
        self.is_superuser || !self.collections[permission as usize].0.is_empty()
    }

    pub fn may_add_below(&self, page: PageOf<'_>) -> bool {
        self.has(PagePermission::Add, page.path)
    }

    pub fn may_edit(&self, page: PageOf<'_>) -> bool {
        let own = || self.owns(page) && self.has(PagePermission::Add, page.path);
        !Self::is_root(page) && (self.has(PagePermission::Edit, page.path) || own())
    }

    /// Also unpublish, and restrict who sees it.
    pub fn may_publish(&self, page: PageOf<'_>) -> bool {
        !Self::is_root(page) && self.has(PagePermission::Publish, page.path)
    }

    pub fn may_delete(&self, page: PageOf<'_>, subtree: Subtree) -> bool {
        if Self::is_root(page) || self.is_superuser {
            return !Self::is_root(page);
        }
        if subtree.has_children && !self.has(PagePermission::BulkDelete, page.path) {
            return false;
        }
        let may_take_off = !subtree.any_live || self.has(PagePermission::Publish, page.path);
        let theirs = subtree.all_owned && self.has(PagePermission::Add, page.path);
        may_take_off && (self.has(PagePermission::Edit, page.path) || theirs)
    }

    pub fn may_lock(&self, page: PageOf<'_>) -> bool {
        !Self::is_root(page) && self.has(PagePermission::Lock, page.path)
    }

    /// `locked_by`: whoever locked it may always unlock it.
    pub fn may_unlock(&self, page: PageOf<'_>, locked_by: Option<i64>) -> bool {
        let own = locked_by == Some(self.account);
        !Self::is_root(page) && (own || self.has(PagePermission::Unlock, page.path))
    }

    /// For images and documents of the collection at `path`, and of those below it. Whoever may only add may change
    /// and delete what they added.
    pub fn may_in_collection(&self, permission: CollectionPermission, path: &str, owner: Option<i64>) -> bool {
        let has = |permission: CollectionPermission| self.collections[permission as usize].cover(path);
        let own = || owner == Some(self.account) && has(CollectionPermission::Add);
        let by_owning = matches!(permission, CollectionPermission::Change | CollectionPermission::Delete);
        self.is_superuser || has(permission) || (by_owning && own())
    }

    pub fn may(&self, permission: GlobalPermission) -> bool {
        self.is_superuser || self.globals[permission as usize]
    }

    /// Whether the user may change the settings of a site; `None`: those of all sites together.
    pub fn may_set(&self, site: Option<i64>) -> bool {
        self.may(GlobalPermission::Settings) || site.is_some_and(|site| self.sites.contains(&site))
    }

    /// For the rows of the collection whose type has this name. Whoever changes them sees them.
    pub fn may_with_records(&self, permission: RecordPermission, type_name: &str) -> bool {
        let has = |wanted: RecordPermission| {
            self.records.iter().any(|(known, granted)| known == type_name && *granted == wanted)
        };
        let by_more =
            permission == RecordPermission::View && (has(RecordPermission::Change) || has(RecordPermission::Delete));
        self.is_superuser || has(permission) || by_more
    }

    /// Whether there are any settings that the user may change.
    pub fn may_set_some(&self) -> bool {
        self.may(GlobalPermission::Settings) || !self.sites.is_empty()
    }
}

#[cfg(test)]
mod tests;
