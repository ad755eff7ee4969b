//! Who may do what to which pages, where it takes more than one permission. The rules are Wagtail's.

use crate::accounts::{Grants, PageOf, Subtree};
use crate::admin::refusal::Refusal;
use crate::content::Content;
use crate::content::explore::{Branch, Listed};
use crate::content::tree::ROOT_ID;

pub(in crate::admin) fn page_of(row: &Listed) -> PageOf<'_> {
    PageOf { path: &row.path, owner: row.owner_id }
}

fn subtree(branch: Branch) -> Subtree {
    Subtree { has_children: branch.has_children, any_live: branch.any_live, all_owned: branch.all_owned }
}

/// A page that whoever asks may see in the tree, not in the trash.
pub(in crate::admin) async fn explored(content: &Content, grants: &Grants, id: i64) -> Result<Listed, Refusal> {
    let row = content.listed(id).await?;
    if row.trashed {
        return Err(Refusal::Missing("This page is in the trash."));
    }
    match grants.may_explore(&row.path) {
        true => Ok(row),
        false => Err(Refusal::Forbidden("You may not see this page. Ask whoever gives permissions.")),
    }
}

/// Moving is deleting here and making it anew there, without the permission to delete many at once.
pub(super) async fn refuse_leaving(content: &Content, grants: &Grants, row: &Listed) -> Result<Branch, Refusal> {
    let branch = content.measure_branch(&row.path, grants.account()).await?;
    let alone = Subtree { has_children: false, ..subtree(branch) };
    match row.id != ROOT_ID && grants.may_delete(page_of(row), alone) {
        true => Ok(branch),
        false => Err(Refusal::Forbidden("You may not move this page: that takes what deleting it would take.")),
    }
}

/// What comes below a page; live pages are published there by that.
pub(super) fn refuse_coming(grants: &Grants, to: &Listed, any_live: bool) -> Result<(), Refusal> {
    if !grants.may_add_below(page_of(to)) {
        return Err(Refusal::Forbidden("You may not add pages there."));
    }
    if any_live && !may_publish_below(grants, to) {
        return Err(Refusal::Forbidden("It is live, or something below it is, and you may not publish there."));
    }
    Ok(())
}

/// Also what changing the order of its children takes: visitors see that at once.
pub(super) fn may_publish_below(grants: &Grants, to: &Listed) -> bool {
    grants.is_superuser() || grants.may_publish(page_of(to))
}

/// Whoever copies must see the whole original, drafts and all.
pub(super) fn refuse_copying(grants: &Grants, row: &Listed) -> Result<(), Refusal> {
    match row.id != ROOT_ID && grants.may_see(&row.path) {
        true => Ok(()),
        false => Err(Refusal::Forbidden("You may not copy this page: you may not see all of it.")),
    }
}

pub(super) async fn refuse_deleting(content: &Content, grants: &Grants, row: &Listed) -> Result<(), Refusal> {
    let branch = content.measure_branch(&row.path, grants.account()).await?;
    match row.id != ROOT_ID && grants.may_delete(page_of(row), subtree(branch)) {
        true => Ok(()),
        false => Err(Refusal::Forbidden("You may not delete this page with what is below it.")),
    }
}

/// What the menu of a row offers. Each is asked again, exactly, when it is done.
pub(super) fn likely_deletable(grants: &Grants, row: &Listed) -> bool {
    let all_owned = row.owner_id == Some(grants.account());
    let likely = Subtree { has_children: row.below > 0, any_live: row.live, all_owned };
    row.id != ROOT_ID && grants.may_delete(page_of(row), likely)
}
