//! Who may do what to which pages, where it takes more than one permission. The rules are Wagtail's.

use crate::accounts::{Accounts, Grants, PageOf, Subtree};
use crate::content::Content;
use crate::content::explore::{Branch, Listed};
use crate::content::tree::ROOT_ID;
use crate::db::DbError;

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
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
    #[error(transparent)]
    Db(#[from] DbError),
}

pub fn page_of(row: &Listed) -> PageOf<'_> {
    PageOf { path: &row.path, owner: row.owner_id }
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
    (content, accounts): (&Content, &Accounts),
    grants: &Grants,
    group: i64,
    name: &str,
) -> Result<(), Denied> {
    if grants.is_superuser() {
        return Ok(());
    }
    let given = accounts.load_grants_of_group(group).await?;
    let is_in = grants.groups().iter().any(|own| own == name);
    let guards = content.types().guards(name);
    let opens = !is_in && (guards || !accounts.groups_in_rules(&[name.to_owned()]).await?.is_empty());
    match grants.cover(&given) && !opens {
        true => Ok(()),
        false => Err(Denied::PassingOn),
    }
}
