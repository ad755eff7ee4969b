//! Operations on the tree, each one transaction; caches are told after its commit.

pub(super) mod alias;
pub(super) mod copying;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod mirror;
pub(super) mod move_back;
pub(super) mod moving;
pub(super) mod place;
pub(super) mod restore;
pub(super) mod subtree;
pub(super) mod translate;
pub(super) mod trash;
pub(super) mod unpublish;

pub use copying::{CopyState, Copying, Extent};
pub use create::NewPage;
pub use delete::Pointer;
pub use move_back::{Moved, Whereabouts};
pub use place::Position;
pub use restore::Restoring;
pub(super) use subtree::{NAMED, Touched};
pub use translate::{Parents, Translating, Version};
pub use trash::{TrashItem, Trashed};
pub use unpublish::{Left, Unpublished};

use super::change::Tag;
use super::page::{self, Page};
use super::tree::{self, ROOT_ID};
use super::types::{ContentType, Kind, Types};
use super::{Content, EditError};
use crate::db::{Constraint, DbError, Exec, Tx};
use crate::queries;
use crate::telemetry::label::{Channel, PAGE_TYPE, PageEvent};

queries! {
    SITE_ROOT = read "site.find_rooted_below"
        "SELECT site.id FROM site JOIN page ON page.id = root_page_id WHERE page.path >= $1 AND page.path < $2 LIMIT 1";
}

impl Content {
    pub(super) fn count_event(&self, event: PageEvent, type_name: &str, channel: Channel) {
        self.count_events(event, type_name, channel, 1);
    }

    pub(super) fn count_events(&self, event: PageEvent, type_name: &str, channel: Channel, number: i64) {
        let page_type = self.telemetry.bounded(&PAGE_TYPE, type_name);
        let labels = [event.as_str(), page_type, channel.as_str()];
        self.telemetry.families.page_events.with_label_values(&labels).inc_by(number.unsigned_abs());
    }

    pub(super) fn count_revision(&self, type_name: &str) {
        self.count_revisions(type_name, 1);
    }

    pub(super) fn count_revisions(&self, type_name: &str, number: i64) {
        let page_type = self.telemetry.bounded(&PAGE_TYPE, type_name);
        self.telemetry.families.revisions_created.with_label_values(&[page_type]).inc_by(number.unsigned_abs());
    }
}

pub(super) fn page_type<'t>(types: &'t Types, name: &str) -> Result<&'t ContentType, EditError> {
    let found = types.find(name).ok_or_else(|| EditError::TypeUnknown(name.to_owned()))?;
    if found.kind != Kind::Page {
        return Err(EditError::WrongKind(name.to_owned(), "page"));
    }
    Ok(found)
}

pub(super) fn slug_taken(error: DbError, slug: &str) -> EditError {
    match error {
        DbError::Constraint(Constraint::Unique, _) => EditError::SlugTaken(slug.to_owned()),
        other => EditError::Db(other),
    }
}

/// A page that is not in the trash.
pub(super) async fn find_in_tree(tx: &mut Tx, id: i64) -> Result<Page, EditError> {
    let found = page::find(tx, id).await?.ok_or(EditError::PageNotFound(id))?;
    if found.trashed { Err(EditError::InTrash(id)) } else { Ok(found) }
}

/// The hidden root stays, and so does what a site is rooted at.
async fn refuse_root(tx: &mut Tx, page: &Page) -> Result<(), EditError> {
    if page.id == ROOT_ID || holds_a_site_root(tx, &page.path).await? { Err(EditError::RootIsFixed) } else { Ok(()) }
}

/// Whether a site is rooted at the page with this path, or below it. (As opposed to one of its other languages.)
async fn holds_a_site_root(tx: &mut Tx, path: &str) -> Result<bool, DbError> {
    let found = Exec::from(tx).query(&SITE_ROOT).bind(path).bind(tree::after_subtree(path)).optional::<i64>().await?;
    Ok(found.is_some())
}

/// What visitors may have seen of a page and all below it, as tags.
pub(super) async fn tags_of_subtree(tx: &mut Tx, path: &str, touched: Touched) -> Result<Vec<Tag>, DbError> {
    subtree::tags(tx, path.to_owned(), tree::after_subtree(path), touched).await
}

/// As [`tags_of_subtree`], without the page itself.
pub(super) async fn tags_below(tx: &mut Tx, path: &str, touched: Touched) -> Result<Vec<Tag>, DbError> {
    subtree::tags(tx, format!("{path}0"), tree::after_subtree(path), touched).await
}
