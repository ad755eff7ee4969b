//! Who may do what to which pages, where it takes more than one permission. The rules are Wagtail's.

pub mod people;
pub mod sight;

use crate::accounts::{Accounts, Grants, GroupNamed, PageOf, Subtree};
use crate::content::explore::{Branch, Entry, Listed};
use crate::content::tree::ROOT_ID;
use crate::content::types::{ContentType, Types};
use crate::content::{Content, EditError};
use crate::db::DbError;

/// What somebody wants with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Its drafts and its history.
    See,
    Edit,
    Publish,
}

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error("You may not see this page. Ask whoever gives permissions.")]
    Exploring,
    #[error("You may not see the drafts of this page.")]
    Seeing,
    #[error("You may not edit this page.")]
    Editing,
    #[error("You may not publish this page, or take it off the site.")]
    Publishing,
    #[error("You may not do this with a page of that place.")]
    Restoring,
    #[error("You may not lock this page.")]
    Locking,
    #[error("You may not unlock this page: ask whoever locked it.")]
    Unlocking,
    #[error("You may not move this page: that takes what deleting it would take.")]
    Leaving,
    #[error("You may not add pages there.")]
    Adding,
    #[error("It is live, or something below it is, and you may not publish there.")]
    PublishingThere,
    #[error("You may not change the order of these pages.")]
    Reordering,
    #[error("You may not copy this page: you may not see all of it.")]
    Copying,
    #[error("You may not delete this page with what is below it.")]
    Deleting,
    #[error("The group may do or see more than you: ask a superuser to change who is in it.")]
    PassingOn,
    #[error("Only a superuser may change a superuser.")]
    AboveSuperuser,
    #[error("Only a superuser makes superusers.")]
    MakingSuperusers,
    #[error("This user may do or see more than you: ask a superuser to change this.")]
    TakingOver,
    #[error("The group may do more than you: ask a superuser to rename or delete it.")]
    GroupAbove,
    #[error("You can only give what you have yourself.")]
    Giving,
    #[error(transparent)]
    Db(#[from] DbError),
}

pub fn page_of(row: &Listed) -> PageOf<'_> {
    PageOf { path: &row.path, owner: row.owner_id }
}

/// A page in the tree that whoever asks may see; in the trash it is another matter.
///
/// # Errors
/// [`EditError::PageNotFound`] and [`EditError::InTrash`].
pub async fn explored(content: &Content, grants: &Grants, id: i64) -> Result<Result<Listed, Denied>, EditError> {
    let row = content.listed(id).await?;
    if row.trashed {
        return Err(in_trash(content, grants, id).await?);
    }
    Ok(if grants.may_explore(&row.path) { Ok(row) } else { Err(Denied::Exploring) })
}

/// What is said of a page in the trash: that it is there, to those who may see what was there.
///
/// # Errors
/// When the database is out of reach.
pub async fn in_trash(content: &Content, grants: &Grants, id: i64) -> Result<EditError, DbError> {
    let entry = content.trash_entry_above(id).await?;
    let may_know = entry.is_some_and(|entry| may_see_trashed(grants, &entry));
    Ok(if may_know { EditError::InTrash(id) } else { EditError::PageNotFound(id) })
}

/// # Errors
/// What [`Denied`] says.
pub fn refuse_page(grants: &Grants, page: PageOf<'_>, wants: Wants) -> Result<(), Denied> {
    let (may_edit, may_publish) = (grants.may_edit(page), grants.may_publish(page));
    let (may, denied) = match wants {
        Wants::See => (may_edit || may_publish, Denied::Seeing),
        Wants::Edit => (may_edit, Denied::Editing),
        Wants::Publish => (may_publish, Denied::Publishing),
    };
    if may { Ok(()) } else { Err(denied) }
}

/// Whoever may add pages below one; below an alias nobody adds any.
///
/// # Errors
/// [`EditError::IsAlias`].
pub fn refuse_adding(grants: &Grants, parent: &Listed) -> Result<Result<(), Denied>, EditError> {
    if let Some(source_page) = parent.alias_of {
        return Err(EditError::IsAlias { page: parent.id, source_page });
    }
    Ok(if grants.may_add_below(page_of(parent)) { Ok(()) } else { Err(Denied::Adding) })
}

/// # Errors
/// What [`Denied`] says.
pub fn refuse_locking(grants: &Grants, row: &Listed) -> Result<(), Denied> {
    if grants.may_lock(page_of(row)) { Ok(()) } else { Err(Denied::Locking) }
}

/// What is open may be opened by whoever sees it: nothing happens then.
///
/// # Errors
/// What [`Denied`] says.
pub fn refuse_unlocking(grants: &Grants, row: &Listed) -> Result<(), Denied> {
    let may = match row.locked_at {
        Some(_) => grants.may_unlock(page_of(row), row.locked_by),
        None => grants.may_see(&row.path),
    };
    if may { Ok(()) } else { Err(Denied::Unlocking) }
}

/// The types of pages that people make below one.
pub fn types_below<'t>(types: &'t Types, parent: &Listed) -> Vec<&'t ContentType> {
    if parent.id != ROOT_ID {
        return types.allowed_children(&parent.type_name);
    }
    types.pages().filter(|known| known.creatable && types.check_placement(None, &known.name).is_ok()).collect()
}

/// A page in the trash as it stood: below its parent.
fn stood(entry: &Entry) -> String {
    format!("{}0000", entry.parent_path)
}

/// What was there may be seen by whoever may see the place; without a place, by superusers.
pub fn may_see_trashed(grants: &Grants, entry: &Entry) -> bool {
    grants.is_superuser() || (entry.has_place() && grants.may_see(&stood(entry)))
}

/// Whoever could edit it there may bring it back, if they may add pages where it goes, and publish what was live.
pub fn may_take_out(grants: &Grants, entry: &Entry) -> bool {
    let path = stood(entry);
    let page = PageOf { path: &path, owner: entry.owner_id };
    grants.is_superuser() || (may_see_trashed(grants, entry) && grants.may_edit(page))
}

/// Bringing it back where it stood adds a page, and publishes what was live.
pub fn may_restore(grants: &Grants, entry: &Entry) -> bool {
    let path = stood(entry);
    let page = PageOf { path: &path, owner: entry.owner_id };
    let there = PageOf { path: &entry.parent_path, owner: None };
    grants.is_superuser()
        || (may_take_out(grants, entry) && grants.may_add_below(there) && (!entry.any_live || grants.may_publish(page)))
}

/// For good.
pub fn may_purge(grants: &Grants, entry: &Entry) -> bool {
    let path = stood(entry);
    let page = PageOf { path: &path, owner: entry.owner_id };
    let subtree = Subtree { has_children: entry.pages > 1, any_live: entry.any_live, all_owned: false };
    grants.is_superuser() || (may_see_trashed(grants, entry) && grants.may_delete(page, subtree))
}

fn subtree(branch: Branch) -> Subtree {
    Subtree { has_children: branch.has_children, any_live: branch.any_live, all_owned: branch.all_owned }
}

/// Moving is deleting here and making it anew there, without the permission to delete many at once.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_leaving(content: &Content, grants: &Grants, row: &Listed) -> Result<Branch, Denied> {
    let branch = content.measure_branch(&row.path, grants.account()).await?;
    let alone = Subtree { has_children: false, ..subtree(branch) };
    match row.id != ROOT_ID && grants.may_delete(page_of(row), alone) {
        true => Ok(branch),
        false => Err(Denied::Leaving),
    }
}

/// What comes below a page; live pages are published there by that.
///
/// # Errors
/// What [`Denied`] says.
pub fn refuse_coming(grants: &Grants, to: &Listed, any_live: bool) -> Result<(), Denied> {
    if !grants.may_add_below(page_of(to)) {
        return Err(Denied::Adding);
    }
    if any_live && !may_publish_below(grants, to) {
        return Err(Denied::PublishingThere);
    }
    Ok(())
}

/// All that moving a page below another takes; below the one where it is, it only changes their order.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_moving(content: &Content, grants: &Grants, row: &Listed, to: &Listed) -> Result<(), Denied> {
    if row.parent_id != Some(to.id) {
        let branch = refuse_leaving(content, grants, row).await?;
        return refuse_coming(grants, to, branch.any_live);
    }
    match may_publish_below(grants, to) {
        true => Ok(()),
        false => Err(Denied::Reordering),
    }
}

/// Also what changing the order of its children takes: visitors see that at once.
pub fn may_publish_below(grants: &Grants, to: &Listed) -> bool {
    grants.is_superuser() || grants.may_publish(page_of(to))
}

/// Whoever copies must see the whole original, drafts and all.
///
/// # Errors
/// What [`Denied`] says.
pub fn refuse_copying(grants: &Grants, row: &Listed) -> Result<(), Denied> {
    match row.id != ROOT_ID && grants.may_see(&row.path) {
        true => Ok(()),
        false => Err(Denied::Copying),
    }
}

/// # Errors
/// What [`Denied`] says.
pub async fn refuse_deleting(content: &Content, grants: &Grants, row: &Listed) -> Result<(), Denied> {
    let branch = content.measure_branch(&row.path, grants.account()).await?;
    match row.id != ROOT_ID && grants.may_delete(page_of(row), subtree(branch)) {
        true => Ok(()),
        false => Err(Denied::Deleting),
    }
}

/// What the menu of a row offers. Each is asked again, exactly, when it is done.
pub fn likely_deletable(grants: &Grants, row: &Listed) -> bool {
    let all_owned = row.owner_id == Some(grants.account());
    let likely = Subtree { has_children: row.below > 0, any_live: row.live, all_owned };
    row.id != ROOT_ID && grants.may_delete(page_of(row), likely)
}

/// Whoever puts somebody into a group gives them all that it has, and all that it opens.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_passing_on(
    of: (&Content, &Accounts),
    grants: &Grants,
    group: i64,
    name: &str,
) -> Result<(), Denied> {
    refuse_passing_on_all(of, grants, &[GroupNamed { id: group, name: name.to_owned() }]).await
}

/// As [`refuse_passing_on`], of some groups at once.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_passing_on_all(
    (content, accounts): (&Content, &Accounts),
    grants: &Grants,
    groups: &[GroupNamed],
) -> Result<(), Denied> {
    if grants.is_superuser() || groups.is_empty() {
        return Ok(());
    }
    let given = accounts.load_grants_of_groups(groups.iter().map(|group| group.id).collect()).await?;
    let names = groups.iter().map(|group| &group.name);
    let others: Vec<String> = names.filter(|name| !grants.groups().contains(name)).cloned().collect();
    let types = content.types();
    let guards = others.iter().any(|name| types.guards(name));
    let opens = guards || !accounts.groups_in_rules(&others).await?.is_empty();
    match grants.cover(&given) && !opens {
        true => Ok(()),
        false => Err(Denied::PassingOn),
    }
}
