//! Who may see what. A restriction lies on a page, with all below it, or on a collection, with all in it; where several
//! lie on the way up, all must pass.
//!
//! [`check`] is the only door: pages, media, feeds, search and every interface to come ask it, or leave out what
//! `restricted` says. That column is kept by [`refresh_subtree`], in the transaction of whatever changes the tree.

pub mod aliases;
pub mod collections;
pub mod covers;
pub mod lists;
pub(super) mod operations;
pub(super) mod password;

use std::collections::{BTreeSet, HashSet};

use super::Content;
use super::change::Tag;
use super::operations::{NAMED, Touched, tags_of_subtree};
use super::page::json_object;
use super::types::Types;
use super::{lists as page_lists, search, tree};
use crate::db::{Db, DbError, Exec, Tx};
use crate::telemetry::label::{PrivacyOutcome, PrivacyTarget};
use crate::{queries, record};
pub use operations::Rule;
pub use password::{MAX_PASSWORD_BYTES, Password};

/// Restrictions on the way up from a page and from the page that it mirrors.
const MAX_ABOVE: i64 = 2 * tree::MAX_DEPTH;
/// Restrictions that are shown at once.
const MAX_LISTED: i64 = 10_000;

/// What a restriction lies on, or what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Page(i64),
    Collection(i64),
}

/// Whether pages and collections may be restricted to those who know a password; what is so already stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedPasswords {
    Allowed,
    Refused,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// With proof of the passwords that they gave: `pass` of each restriction.
    Visitor {
        passes: Vec<String>,
    },
    /// Signed in, with the same proofs, and in these groups.
    Member {
        passes: Vec<String>,
        groups: Vec<String>,
    },
    Superuser,
}

impl Viewer {
    /// A visitor who gave no password.
    pub const NOBODY: Self = Self::Visitor { passes: Vec::new() };
}

/// What [`check`] says. Whoever is not let in learns nothing but the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    Granted(Grant),
    /// The restriction whose password is missing, the outermost first.
    NeedsPassword(i64),
    NeedsLogin,
    NeedsGroup,
}

/// The restrictions that a viewer passed: lists on the page that they see may show what lies directly behind these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant(Vec<i64>);

impl Grant {
    pub const NONE: Self = Self(Vec::new());

    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// `,3,7,`: what `LIKE '%,' || restriction_id || ',%'` is asked of; empty for everybody's pages.
    pub fn list(&self) -> String {
        let ids: Vec<String> = self.0.iter().map(i64::to_string).collect();
        if ids.is_empty() { String::new() } else { format!(",{},", ids.join(",")) }
    }
}

record! {
    /// A restriction on the way up.
    struct Above { id: i64, kind: String, pass: String, group_names: String }
}
record! {
    /// A restriction as the command line shows it.
    pub struct Listed {
        pub id: i64, pub kind: String, pub group_names: String, pub created_at: i64, pub page_id: Option<i64>,
        pub collection_id: Option<i64>,
        /// The page's path in the tree, or the collection's name.
        pub place: String,
    }
}
record! {
    struct Changed {
        id: i64, live: bool, type_name: String, parent_id: Option<i64>, path: String, summary: String,
    }
}

queries! {
    /// By parents, so that the number of all restrictions does not matter. An alias shows its source's content: what
    /// covers the source covers the alias.
    ABOVE_PAGE = read "privacy.list_above_page"
        "WITH RECURSIVE up (id, parent_id, depth) AS (
             SELECT id, parent_id, depth FROM page
             WHERE id = $1 OR id = (SELECT alias_of FROM page WHERE id = $1)
             UNION
             SELECT page.id, page.parent_id, page.depth FROM page JOIN up ON page.id = up.parent_id)
         SELECT r.id, r.kind, r.pass, r.group_names FROM view_restriction r JOIN up ON up.id = r.page_id
         ORDER BY up.depth, r.id LIMIT $2";
    ABOVE_COLLECTION = read "privacy.list_above_collection"
        "WITH RECURSIVE up (id, parent_id, depth) AS (
             SELECT id, parent_id, depth FROM collection WHERE id = $1
             UNION
             SELECT collection.id, collection.parent_id, collection.depth
             FROM collection JOIN up ON collection.id = up.parent_id)
         SELECT r.id, r.kind, r.pass, r.group_names FROM view_restriction r JOIN up ON up.id = r.collection_id
         ORDER BY up.depth, r.id LIMIT $2";
    LIST = read "privacy.list"
        "SELECT r.id, r.kind, r.group_names, r.created_at, r.page_id, r.collection_id, COALESCE(page.url_path, c.name) AS place
         FROM view_restriction r LEFT JOIN page ON page.id = r.page_id LEFT JOIN collection c ON c.id = r.collection_id
         ORDER BY page.path, c.path LIMIT $1";
    /// A page's place decides; aliases are next.
    REFRESH = write "privacy.refresh"
        "WITH root AS MATERIALIZED (
             SELECT r.id, a.path FROM view_restriction r JOIN page a ON a.id = r.page_id
             WHERE (a.path >= $1 AND a.path < $2) OR ($1 >= a.path AND $1 < a.path || '[')),
         found AS (
             SELECT p.id, COALESCE((
                 SELECT root.id FROM root WHERE p.path >= root.path AND p.path < root.path || '['
                 ORDER BY LENGTH(root.path) DESC LIMIT 1), 0) AS restriction_id
             FROM page p WHERE p.path >= $1 AND p.path < $2 AND p.alias_of IS NULL)
         UPDATE page SET restriction_id = found.restriction_id, restricted = found.restriction_id <> 0
         FROM found WHERE found.id = page.id
               AND (page.restriction_id <> found.restriction_id OR page.restricted <> (found.restriction_id <> 0))
         RETURNING page.id, page.live, page.type AS type_name, page.parent_id, page.path,
                   page.summary";
    /// Aliases in the subtree, and those elsewhere whose source is in it.
    REFRESH_ALIASES = write "privacy.refresh_aliases"
        "WITH found AS (
             SELECT p.id, s.restricted AS by_source, COALESCE((
                 SELECT r.id FROM view_restriction r JOIN page a ON a.id = r.page_id
                 WHERE p.path >= a.path AND p.path < a.path || '['
                 ORDER BY LENGTH(a.path) DESC LIMIT 1), 0) AS by_place
             FROM page p JOIN page s ON s.id = p.alias_of
             WHERE p.alias_of IS NOT NULL
                   AND ((p.path >= $1 AND p.path < $2) OR (s.path >= $1 AND s.path < $2)))
         UPDATE page SET restriction_id = CASE WHEN found.by_source THEN 0 ELSE found.by_place END,
                         restricted = found.by_source OR found.by_place <> 0
         FROM found WHERE found.id = page.id
               AND (page.restricted <> (found.by_source OR found.by_place <> 0)
                    OR page.restriction_id <> CASE WHEN found.by_source THEN 0 ELSE found.by_place END)
         RETURNING page.id, page.live, page.type AS type_name, page.parent_id, page.path,
                   page.summary";
}

/// Whether `viewer` may see `target`, by every restriction on the way up. Counted by outcome.
///
/// A target that does not exist is public: callers ask about rows that they have.
///
/// # Errors
/// When the database is out of reach: then nobody is let in.
pub async fn check(content: &Content, target: Target, viewer: &Viewer) -> Result<Access, DbError> {
    let (label, query, id) = match target {
        Target::Page(id) => (PrivacyTarget::Page, &ABOVE_PAGE, id),
        Target::Collection(id) => (PrivacyTarget::Collection, &ABOVE_COLLECTION, id),
    };
    let above: Vec<Above> = content.db.query(query).bind(id).bind(MAX_ABOVE).list().await?;
    let access = decide(&above, viewer);
    let outcome = match access {
        Access::Public => PrivacyOutcome::Public,
        Access::Granted(_) => PrivacyOutcome::Granted,
        Access::NeedsPassword(_) => PrivacyOutcome::Password,
        Access::NeedsLogin => PrivacyOutcome::Login,
        Access::NeedsGroup => PrivacyOutcome::Group,
    };
    let labels = [label.as_str(), outcome.as_str()];
    content.telemetry.families.privacy_checks.with_label_values(&labels).inc();
    Ok(access)
}

impl Above {
    fn is_for(&self, groups: &[String]) -> bool {
        let names: Vec<String> = serde_json::from_str(&self.group_names).unwrap_or_default();
        names.iter().any(|name| groups.contains(name))
    }
}

fn decide(above: &[Above], viewer: &Viewer) -> Access {
    if above.is_empty() {
        return Access::Public;
    }
    let (passes, groups) = match viewer {
        Viewer::Visitor { passes } => (Some(passes), None),
        Viewer::Member { passes, groups } => (Some(passes), Some(groups)),
        Viewer::Superuser => (None, None),
    };
    if let Some(passes) = passes {
        let passed = |restriction: &&Above| match restriction.kind.as_str() {
            "password" => passes.contains(&restriction.pass),
            "login" => groups.is_some(),
            _ => groups.is_some_and(|groups| restriction.is_for(groups)),
        };
        let missing = above.iter().find(|restriction| !passed(restriction));
        match missing.map(|restriction| restriction.kind.as_str()) {
            None => {}
            Some("password") => return Access::NeedsPassword(missing.map_or(0, |restriction| restriction.id)),
            Some("groups") if groups.is_some() => return Access::NeedsGroup,
            Some(_) => return Access::NeedsLogin,
        }
    }
    Access::Granted(Grant(above.iter().map(|restriction| restriction.id).collect()))
}

/// All restrictions: on collections and on pages, each in tree order.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(db: &Db) -> Result<Vec<Listed>, DbError> {
    db.query(&LIST).bind(MAX_LISTED).list().await
}

/// Keeps `restricted` and `restriction_id` right for the subtree at `path`, and for aliases of its pages; the tags of
/// what became visible or vanished. For every operation that puts a subtree in a place: create, move, copy, restore.
pub async fn refresh_subtree(tx: &mut Tx, types: &Types, path: &str) -> Result<Vec<Tag>, DbError> {
    let end = tree::after_subtree(path);
    let mut changed: Vec<Changed> = Vec::new();
    for query in [&REFRESH, &REFRESH_ALIASES] {
        changed.extend(Exec::from(&mut *tx).query(query).bind(path).bind(&end).list::<Changed>().await?);
    }
    let ids: HashSet<i64> = changed.iter().map(|page| page.id).collect();
    let mut tags = BTreeSet::new();
    if !changed.is_empty() {
        search::review_subtree(&mut *tx, path).await?;
    }
    for alias in changed.iter().filter(|page| !page.path.starts_with(path)) {
        search::review_subtree(&mut *tx, &alias.path).await?;
    }
    let named = changed.len() as i64 <= NAMED;
    if !named {
        tags.extend(tags_of_subtree(tx, path, Touched::Gone).await?);
    }
    for page in changed.into_iter().filter(|page| page.live) {
        tags.insert(Tag::Menu);
        if named || !page.path.starts_with(path) {
            tags.extend([Tag::Page(page.id), Tag::Summary(page.id), Tag::Link(page.id), Tag::Gone(page.id)]);
        }
        // A parent that changed with it was kept nowhere, or is gone.
        if let Some(parent) = page.parent_id.filter(|parent| !ids.contains(parent)) {
            tags.extend(page_lists::below(types, parent, &page.type_name, &json_object(&page.summary)));
        }
        tags.insert(Tag::Type(page.type_name));
    }
    Ok(tags.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn above(kinds: &[&str]) -> Vec<Above> {
        let restriction = |(at, kind): (usize, &&str)| Above {
            id: at as i64 + 1,
            kind: (*kind).to_owned(),
            pass: format!("pass-{}", at + 1),
            group_names: "[\"Board\", \"Staff\"]".into(),
        };
        kinds.iter().enumerate().map(restriction).collect()
    }

    fn with(passes: &[&str]) -> Viewer {
        Viewer::Visitor { passes: passes.iter().map(|pass| (*pass).to_owned()).collect() }
    }

    #[test]
    fn all_restrictions_on_the_way_up_must_pass_and_the_outermost_is_asked_for_first() {
        let two = above(&["password", "password"]);
        assert_eq!(decide(&two, &Viewer::NOBODY), Access::NeedsPassword(1));
        assert_eq!(decide(&two, &with(&["pass-2"])), Access::NeedsPassword(1));
        assert_eq!(decide(&two, &with(&["pass-1"])), Access::NeedsPassword(2));
        assert_eq!(decide(&two, &with(&["pass-1", "pass-2"])), Access::Granted(Grant(vec![1, 2])));
        assert_eq!(decide(&above(&["password", "login"]), &with(&["pass-1", "pass-2"])), Access::NeedsLogin);
        assert_eq!(decide(&above(&["groups"]), &with(&["pass-1"])), Access::NeedsLogin, "first of all");
        let member = |groups: &[&str]| Viewer::Member {
            passes: vec!["pass-1".into()],
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        assert_eq!(decide(&above(&["groups"]), &member(&["Guests"])), Access::NeedsGroup);
        assert_eq!(decide(&above(&["login"]), &member(&[])), Access::Granted(Grant(vec![1])));
        assert_eq!(decide(&above(&["password", "groups"]), &member(&["Staff"])), Access::Granted(Grant(vec![1, 2])));
        assert_eq!(decide(&above(&["login", "password"]), &member(&["Staff"])), Access::NeedsPassword(2));
        assert_eq!(decide(&above(&["groups", "login"]), &Viewer::Superuser), Access::Granted(Grant(vec![1, 2])));
        assert_eq!(decide(&[], &Viewer::NOBODY), Access::Public);
    }

    #[test]
    fn a_grant_lists_whole_numbers() {
        assert_eq!(Grant::NONE.list(), "");
        assert_eq!(Grant(vec![3, 71]).list(), ",3,71,");
    }
}
