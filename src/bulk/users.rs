//! One user of many: let in, shut out, put into a group, taken out of one, signed out everywhere.
//!
//! Each is asked as if it were done by hand: a superuser is changed by superusers alone, nobody changes their own account
//! so, and a group that may do more than whoever asks is not theirs to fill or to empty.

use super::Bulks;
use super::note::{Note, Reason};
use super::run::{Asked, End, Ended, was_begun};
use super::store::Item;
use crate::accounts::{AccountError, GlobalPermission, User, UserChange};
use crate::permit::{self, Denied};
use crate::telemetry::label::BulkAction;

/// An operation's end.
fn ended(result: Result<Note, AccountError>) -> Ended {
    match result {
        Ok(note) => Ok(End::done(note)),
        Err(AccountError::Db(error)) => Err(error),
        Err(error) => Ok(End::refused(&error)),
    }
}

impl Bulks {
    pub(super) async fn with_user(&self, asked: &Asked<'_>, item: &Item) -> Ended {
        if !asked.grants.may(GlobalPermission::Users) {
            return Ok(End::refused(Reason::MayNotManage));
        }
        let Some(user) = self.accounts.find_user(item.object_id).await? else {
            return Ok(End::refused(Reason::UserGone));
        };
        if user.id == asked.bulk.account_id {
            return Ok(End::refused(Reason::Yourself));
        }
        if user.is_superuser && !asked.grants.is_superuser() {
            return Ok(End::refused(Reason::IsSuperuser));
        }
        let was_begun = was_begun(item);
        match asked.action {
            BulkAction::Activate if user.is_active => {
                Ok(End::done(if was_begun { Reason::Activated } else { Reason::WasActive }))
            }
            BulkAction::Deactivate if !user.is_active => {
                Ok(End::done(if was_begun { Reason::Deactivated } else { Reason::WasInactive }))
            }
            BulkAction::Activate => self.set_active(asked, &user, true).await,
            BulkAction::Deactivate => self.set_active(asked, &user, false).await,
            BulkAction::Join | BulkAction::Leave => self.set_member(asked, &user, was_begun).await,
            BulkAction::SignOut => {
                let revoked = self.accounts.revoke_sessions(user.id, &user.username, &asked.by).await;
                ended(revoked.map(|count| match count {
                    0 if !was_begun => Reason::WasSignedOut.into(),
                    count => Note::counted(Reason::SignedOut, count),
                }))
            }
            _ => Ok(End::refused(Reason::Unsuited)),
        }
    }

    async fn set_active(&self, asked: &Asked<'_>, user: &User, is_active: bool) -> Ended {
        let change = UserChange {
            is_active: Some(is_active),
            spares_superusers: !asked.grants.is_superuser(),
            ..UserChange::default()
        };
        let changed = self.accounts.change_user(&user.username, change, &asked.by).await;
        let reason = if is_active { Reason::Activated } else { Reason::Deactivated };
        ended(changed.map(|()| reason.into()))
    }

    async fn set_member(&self, asked: &Asked<'_>, user: &User, was_begun: bool) -> Ended {
        let group = asked.bulk.target_id.unwrap_or_default();
        let Some(name) = self.accounts.find_group(group).await? else {
            return Ok(End::refused(Reason::GroupGone));
        };
        match permit::refuse_passing_on((&self.content, &self.accounts), &asked.grants, group, &name).await {
            Ok(()) => {}
            Err(Denied::Db(error)) => return Err(error),
            Err(fact) => return Ok(End::refused(&fact)),
        }
        let (changed, (new, old)) = match asked.action {
            BulkAction::Join => {
                (self.accounts.add_member_to(group, user, &asked.by).await, (Reason::Joined, Reason::WasIn))
            }
            _ => (self.accounts.remove_member_from(group, user, &asked.by).await, (Reason::Left, Reason::WasNotIn)),
        };
        ended(changed.map(|is_new| if is_new || was_begun { new.into() } else { old.into() }))
    }
}
