//! Who may change whom: users, and groups with what they give. Whoever gives something must have it.

use super::Denied;
use crate::accounts::{Accounts, Grant, Grants, User, UserChange};
use crate::content::Content;

/// What nobody changes of themselves, but where their own account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Whether they are active, and a superuser: somebody else has to.
    Active,
    Superuser,
    /// It takes their password.
    Email,
}

/// A superuser is changed by superusers alone.
///
/// # Errors
/// What [`Denied`] says.
pub fn refuse_above(grants: &Grants, user: &User) -> Result<(), Denied> {
    if user.is_superuser && !grants.is_superuser() { Err(Denied::AboveSuperuser) } else { Ok(()) }
}

/// Whoever may change how somebody signs in could sign in as them: that takes all that they may do.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_taking_over(
    (content, accounts): (&Content, &Accounts),
    grants: &Grants,
    user: &User,
) -> Result<(), Denied> {
    refuse_above(grants, user)?;
    if grants.is_superuser() || grants.account() == user.id {
        return Ok(());
    }
    let theirs = accounts.load_grants_of(user.id, user.is_superuser).await?;
    let is_own = |group: &String| grants.groups().contains(group);
    let others: Vec<String> = theirs.groups().iter().filter(|group| !is_own(group)).cloned().collect();
    let types = content.types();
    let sets_more = others.iter().any(|group| types.guards(group));
    let sees_more = sets_more || !accounts.groups_in_rules(&others).await?.is_empty();
    if grants.cover(&theirs) && !sees_more { Ok(()) } else { Err(Denied::TakingOver) }
}

/// Whether whoever asks may change a user like this; `Some`: not of themselves.
///
/// # Errors
/// What [`Denied`] says.
pub async fn judge_change(
    of: (&Content, &Accounts),
    grants: &Grants,
    user: &User,
    change: &UserChange,
) -> Result<Option<Own>, Denied> {
    refuse_above(grants, user)?;
    let makes_another = change.is_superuser.is_some_and(|wanted| wanted != user.is_superuser);
    if makes_another && !grants.is_superuser() {
        return Err(Denied::MakingSuperusers);
    }
    let has_moved = change.email.as_ref().is_some_and(|wanted| *wanted != user.email);
    if grants.account() == user.id {
        return Ok(match () {
            () if change.is_active == Some(false) => Some(Own::Active),
            () if user.is_superuser && makes_another => Some(Own::Superuser),
            () if has_moved => Some(Own::Email),
            () => None,
        });
    }
    if has_moved {
        refuse_taking_over(of, grants, user).await?;
    }
    Ok(None)
}

/// A group that may do more than whoever asks keeps its name, and stays.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_group_above(accounts: &Accounts, grants: &Grants, group: i64) -> Result<(), Denied> {
    if grants.is_superuser() {
        return Ok(());
    }
    let given = accounts.load_grants_of_group(group).await?;
    if grants.cover(&given) { Ok(()) } else { Err(Denied::GroupAbove) }
}

/// Its members would get, or lose, the fields that types name it for.
///
/// # Errors
/// What [`Denied`] says.
pub async fn refuse_renaming(
    (content, accounts): (&Content, &Accounts),
    grants: &Grants,
    (group, old): (i64, &str),
    new: &str,
) -> Result<(), Denied> {
    refuse_group_above(accounts, grants, group).await?;
    let types = content.types();
    match !grants.is_superuser() && (types.guards(old) || types.guards(new.trim())) {
        true => Err(Denied::GroupAbove),
        false => Ok(()),
    }
}

/// Whether whoever asks has a permission themselves, in the place with this path: then they may give and take it. Sites,
/// rows and what belongs to no place have none.
pub fn may_give(grants: &Grants, grant: Grant, path: &str) -> bool {
    match grant {
        Grant::Page(_, permission) => grants.has(permission, path),
        Grant::Collection(_, permission) => grants.may_in_collection(permission, path, None),
        Grant::Global(permission) => grants.may(permission),
        Grant::SiteSettings(site) => grants.may_set(Some(site)),
        Grant::Records(of, permission) => grants.may_with_records(permission, of.as_str()),
    }
}
