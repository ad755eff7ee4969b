//! Groups that get another name, or go. Rules of who may see pages and files name their groups: a new name is carried into
//! them in the same transaction, and a group that one of them names stays.

use super::group::check_name;
use super::{AccountError, Accounts, By};
use crate::db::{Constraint, DbError, Exec, Tx, TxName};
use crate::telemetry::label::AuditEvent;
use crate::{queries, record};

/// Rules that are read at once.
const PART: i64 = 500;
/// Places that a refusal names.
const MAX_NAMED: usize = 20;

record! { struct Rule { id: i64, group_names: String, place: String } }

queries! {
    /// Whoever restricts something to the group meanwhile waits, and finds it as it is then.
    LOCK = write "group.lock" ("SELECT name FROM account_group WHERE id = $1" for_update);
    RENAME = write "group.rename" "UPDATE account_group SET name = $2 WHERE id = $1";
    DELETE = write "group.delete" "DELETE FROM account_group WHERE id = $1";
    RULES = write "privacy.list_rules_of_groups"
        "SELECT r.id, r.group_names, COALESCE(p.draft_title || ' (' || p.url_path || ')', c.name, '') AS place
         FROM view_restriction r LEFT JOIN page p ON p.id = r.page_id LEFT JOIN collection c ON c.id = r.collection_id
         WHERE r.kind = 'groups' AND r.id > $1 ORDER BY r.id LIMIT $2 FOR UPDATE OF r"
        sqlite "SELECT r.id, r.group_names, COALESCE(p.draft_title || ' (' || p.url_path || ')', c.name, '') AS place
         FROM view_restriction r LEFT JOIN page p ON p.id = r.page_id LEFT JOIN collection c ON c.id = r.collection_id
         WHERE r.kind = 'groups' AND r.id > $1 ORDER BY r.id LIMIT $2";
    SET_NAMES = write "privacy.rename_group" "UPDATE view_restriction SET group_names = $2 WHERE id = $1";
}

/// The rules that name one of some groups, each with all names, in parts so that their number does not matter.
async fn rules_naming(tx: &mut Tx, groups: &[String]) -> Result<Vec<(Rule, Vec<String>)>, DbError> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let part: Vec<Rule> = Exec::from(&mut *tx).query(&RULES).bind(after).bind(PART).list().await?;
        let Some(last) = part.last() else { return Ok(found) };
        after = last.id;
        for rule in part {
            let names: Vec<String> = serde_json::from_str(&rule.group_names).unwrap_or_default();
            if names.iter().any(|name| groups.contains(name)) {
                found.push((rule, names));
            }
        }
    }
}

pub(super) async fn lock(tx: &mut Tx, group: i64) -> Result<String, AccountError> {
    let name: Option<String> = Exec::from(tx).query(&LOCK).bind(group).optional().await?;
    name.ok_or_else(|| AccountError::GroupNotFound(group.to_string()))
}

impl Accounts {
    /// Calls a group something else, also in the rules of who may see what.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is changed then.
    pub async fn rename_group(&self, group: i64, name: &str, by: &By) -> Result<(), AccountError> {
        self.rename_group_if(group, name, |_| true, by).await.map(drop)
    }

    /// As [`Accounts::rename_group`], if it has a name that `is_seen` knows when nobody else changes it any more. Whether it
    /// had.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is changed then.
    pub async fn rename_group_if(
        &self,
        group: i64,
        name: &str,
        is_seen: impl Fn(&str) -> bool,
        by: &By,
    ) -> Result<bool, AccountError> {
        let name = check_name(name)?;
        let mut tx = self.db.begin(TxName("group.rename")).await?;
        let old = lock(&mut tx, group).await?;
        if !is_seen(&old) {
            return Ok(false);
        }
        if old == name {
            return Ok(true);
        }
        let renamed = Exec::from(&mut tx).query(&RENAME).bind(group).bind(name).execute().await;
        renamed.map_err(|error| match error {
            DbError::Constraint(Constraint::Unique, _) => AccountError::GroupTaken(name.to_owned()),
            other => other.into(),
        })?;
        for (rule, mut names) in rules_naming(&mut tx, std::slice::from_ref(&old)).await? {
            for known in names.iter_mut().filter(|known| **known == old) {
                name.clone_into(known);
            }
            let names = serde_json::json!(names).to_string();
            Exec::from(&mut tx).query(&SET_NAMES).bind(rule.id).bind(names).execute().await?;
        }
        self.log(&mut tx, AuditEvent::GroupRenamed, by, name, &old).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Those of `groups` that some rule of who may see something names: to be in them opens what others do not see.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn groups_in_rules(&self, groups: &[String]) -> Result<Vec<String>, DbError> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin(TxName("group.in_rules")).await?;
        let rules = rules_naming(&mut tx, groups).await?;
        let is_named = |group: &&String| rules.iter().any(|(_, names)| names.contains(group));
        Ok(groups.iter().filter(is_named).cloned().collect())
    }

    /// Deletes a group with its members' places in it and all that it gave.
    ///
    /// # Errors
    /// [`AccountError::GroupInUse`] when a rule of who may see something names it, and what else [`AccountError`] says;
    /// nothing is changed then.
    pub async fn delete_group(&self, group: i64, by: &By) -> Result<(), AccountError> {
        self.delete_group_if(group, |_| true, by).await.map(drop)
    }

    /// As [`Accounts::delete_group`], if it has a name that `is_seen` knows when nobody else changes it any more. Whether it
    /// had.
    ///
    /// # Errors
    /// As [`Accounts::delete_group`].
    pub async fn delete_group_if(
        &self,
        group: i64,
        is_seen: impl Fn(&str) -> bool,
        by: &By,
    ) -> Result<bool, AccountError> {
        let mut tx = self.db.begin(TxName("group.delete")).await?;
        let name = lock(&mut tx, group).await?;
        if !is_seen(&name) {
            return Ok(false);
        }
        let naming = rules_naming(&mut tx, std::slice::from_ref(&name)).await?;
        if !naming.is_empty() {
            let places = naming.into_iter().take(MAX_NAMED).map(|(rule, _)| rule.place).collect();
            return Err(AccountError::GroupInUse { name, places });
        }
        Exec::from(&mut tx).query(&DELETE).bind(group).execute().await?;
        self.log(&mut tx, AuditEvent::GroupDeleted, by, &name, "").await?;
        tx.commit().await?;
        Ok(true)
    }
}
