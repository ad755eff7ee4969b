//! Who is in which groups: put into them and taken out, some at once, by a number of statements that does not grow with
//! them.

use std::collections::HashMap;

use super::roster::GroupNamed;
use super::{AccountError, Accounts, By, User, group_change};
use crate::db::{DbError, Exec, Query, Tx, TxName};
use crate::telemetry::label::AuditEvent;
use crate::{queries, record};

record! { struct Member { account_id: i64, group_id: i64 } }

queries! {
    /// In their order, so that of two who take the same groups the second one waits. Groups come before accounts.
    LOCK = write "group.lock_some"
        ("SELECT id, name FROM account_group WHERE id " [any "$1"] " ORDER BY id" for_update);
    /// In the order in which others lock the accounts.
    ADD = write "group.insert_members"
        ("INSERT INTO group_member (account_id, group_id)
          SELECT a.id, g.id FROM account a CROSS JOIN account_group g
          WHERE a.id " [any "$1"] " AND g.id " [any "$2"] " ORDER BY a.id, g.id
          ON CONFLICT DO NOTHING RETURNING account_id, group_id");
    REMOVE = write "group.delete_members"
        ("DELETE FROM group_member WHERE account_id " [any "$1"] " AND group_id " [any "$2"] "
          RETURNING account_id, group_id");
}

/// The groups of these ids by what they are called, which nobody changes until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, ids: Vec<i64>) -> Result<HashMap<i64, String>, DbError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let groups: Vec<GroupNamed> = Exec::from(tx).query(&LOCK).bind(ids).list().await?;
    Ok(groups.into_iter().map(|group| (group.id, group.name)).collect())
}

/// Those who were no members, or were, before.
async fn write(
    tx: &mut Tx,
    query: &'static Query,
    accounts: Vec<i64>,
    groups: Vec<i64>,
) -> Result<Vec<Member>, DbError> {
    if accounts.is_empty() || groups.is_empty() {
        return Ok(Vec::new());
    }
    Exec::from(tx).query(query).bind(accounts).bind(groups).list().await
}

impl Accounts {
    /// Makes a user a member; whether they were not before.
    ///
    /// # Errors
    /// When there is no such user or group.
    pub async fn add_member(&self, group: &str, user: &User, by: &By) -> Result<bool, AccountError> {
        self.add_member_to(self.group_id(group).await?, user, by).await
    }

    /// As [`Accounts::add_member`], by the group's id: whatever it is called by now.
    ///
    /// # Errors
    /// When there is no such user or group.
    pub async fn add_member_to(&self, group: i64, user: &User, by: &By) -> Result<bool, AccountError> {
        Ok(self.change_members(group, std::slice::from_ref(user), &[], by).await? > 0)
    }

    /// Takes a user out of a group; whether they were in it.
    ///
    /// # Errors
    /// When there is no such user or group.
    pub async fn remove_member(&self, group: &str, user: &User, by: &By) -> Result<bool, AccountError> {
        self.remove_member_from(self.group_id(group).await?, user, by).await
    }

    /// As [`Accounts::remove_member`], by the group's id.
    ///
    /// # Errors
    /// When there is no such user or group.
    pub async fn remove_member_from(&self, group: i64, user: &User, by: &By) -> Result<bool, AccountError> {
        Ok(self.change_members(group, &[], std::slice::from_ref(user), by).await? > 0)
    }

    /// Puts some users into a group, and takes others out of it, all or none; how many were changed by that.
    ///
    /// # Errors
    /// When there is no such group.
    pub async fn change_members(
        &self,
        group: i64,
        joining: &[User],
        leaving: &[User],
        by: &By,
    ) -> Result<usize, AccountError> {
        let mut tx = self.db.begin(TxName("group.change_members")).await?;
        let name = group_change::lock(&mut tx, group).await?;
        let ids = |users: &[User]| users.iter().map(|user| user.id).collect();
        let joined = write(&mut tx, &ADD, ids(joining), vec![group]).await?;
        let left = write(&mut tx, &REMOVE, ids(leaving), vec![group]).await?;
        let named: HashMap<i64, &str> =
            joining.iter().chain(leaving).map(|user| (user.id, user.username.as_str())).collect();
        // Each once, however often they were named.
        let username = |member: &Member| named.get(&member.account_id).copied().unwrap_or_default();
        let added = joined.iter().map(|member| (AuditEvent::MemberAdded, username(member), name.as_str()));
        let removed = left.iter().map(|member| (AuditEvent::MemberRemoved, username(member), name.as_str()));
        self.log_all(&mut tx, by, &added.chain(removed).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(joined.len() + left.len())
    }

    /// Puts a user into some groups and takes them out of others, within the transaction that has locked these by [`lock`].
    pub(super) async fn regroup(
        &self,
        tx: &mut Tx,
        (id, username): (i64, &str),
        (joins, leaves): (&[i64], &[i64]),
        (groups, by): (&HashMap<i64, String>, &By),
    ) -> Result<(), AccountError> {
        if let Some(gone) = joins.iter().find(|group| !groups.contains_key(group)) {
            return Err(AccountError::GroupNotFound(gone.to_string()));
        }
        let joined = write(tx, &ADD, vec![id], joins.to_vec()).await?;
        let left = write(tx, &REMOVE, vec![id], leaves.to_vec()).await?;
        let name = |member: &Member| groups.get(&member.group_id).map_or("", String::as_str);
        let added = joined.iter().map(|member| (AuditEvent::MemberAdded, username, name(member)));
        let removed = left.iter().map(|member| (AuditEvent::MemberRemoved, username, name(member)));
        Ok(self.log_all(tx, by, &added.chain(removed).collect::<Vec<_>>()).await?)
    }
}
