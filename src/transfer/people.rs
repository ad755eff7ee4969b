//! Users and groups of an export, by their names: ids of theirs are in no content. Their sessions, tokens and second steps
//! stay where they are. Who is here already stays as they are, with their own password.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::TransferError;
use super::import::{Mode, Run};
use super::reader::{Line, Reader};
use crate::accounts::{
    AccountError, ArrivedUser, By, CollectionPermission, GlobalPermission, Grant, PagePermission, RecordPermission,
    TypeName, User as Account,
};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::{queries, record};

/// Users, and what groups have, that are read at once.
const PART: i64 = 1_000;
pub(super) const USERS: &str = "users";
pub(super) const GROUPS: &str = "groups";

record! {
    struct UserRow {
        id: i64, username: String, email: String, name: String, password_hash: String, is_active: bool, is_superuser: bool,
        created_at: i64, last_login_at: Option<i64>,
    }
}
record! { struct GroupRow { id: i64, name: String } }
record! { struct MemberRow { account_id: i64, username: String } }
record! { struct GrantRow { kind: String, place: String, permission: String } }

queries! {
    LIST_USERS = read "transfer.list_users"
        "SELECT id, username, email, name, password_hash, is_active, is_superuser, created_at, last_login_at
         FROM account WHERE id > $1 ORDER BY id LIMIT $2";
    LIST_GROUPS = read "transfer.list_groups" "SELECT id, name FROM account_group WHERE id > $1 ORDER BY id LIMIT $2";
    MEMBERS = read "transfer.list_members"
        "SELECT m.account_id, a.username FROM group_member m JOIN account a ON a.id = m.account_id
         WHERE m.group_id = $1 AND m.account_id > $2 ORDER BY m.account_id LIMIT $3";
    GRANTS = read "transfer.list_grants"
        "SELECT 'page' AS kind, CAST(page_id AS TEXT) AS place, permission FROM page_grant WHERE group_id = $1
         UNION ALL SELECT 'collection', CAST(collection_id AS TEXT), permission FROM collection_grant WHERE group_id = $1
         UNION ALL SELECT 'site', CAST(site_id AS TEXT), permission FROM site_grant WHERE group_id = $1
         UNION ALL SELECT 'records', type, permission FROM record_grant WHERE group_id = $1
         UNION ALL SELECT 'everywhere', '', permission FROM global_grant WHERE group_id = $1";
}

/// A user as a line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    username: String,
    email: String,
    name: String,
    password_hash: String,
    is_active: bool,
    is_superuser: bool,
    created_at: String,
    last_login_at: Option<String>,
}

/// A group as a line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    name: String,
    members: Vec<String>,
    permissions: Vec<Permission>,
}

/// What a group may do in one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Permission {
    /// page, collection, site, records or everywhere.
    kind: String,
    /// The id, or the name of a type.
    place: String,
    permission: String,
}

impl Permission {
    fn grant(&self) -> Option<Grant> {
        let (id, text) = (self.place.parse::<i64>(), self.permission.as_str());
        match self.kind.as_str() {
            "page" => PagePermission::parse(text).and_then(|permission| Some(Grant::Page(id.ok()?, permission))),
            "collection" => {
                CollectionPermission::parse(text).and_then(|permission| Some(Grant::Collection(id.ok()?, permission)))
            }
            "site" => Some(Grant::SiteSettings(id.ok()?)),
            "records" => Some(Grant::Records(TypeName::new(&self.place)?, RecordPermission::parse(text)?)),
            "everywhere" => GlobalPermission::parse(text).map(Grant::Global),
            _ => None,
        }
    }
}

pub(super) async fn users(tx: &mut Tx) -> Result<Vec<User>, DbError> {
    let mut users = Vec::new();
    let mut after = 0;
    loop {
        let rows: Vec<UserRow> = Exec::from(&mut *tx).query(&LIST_USERS).bind(after).bind(PART).list().await?;
        let Some(last) = rows.last() else { return Ok(users) };
        after = last.id;
        users.extend(rows.into_iter().map(|row| User {
            username: row.username,
            email: row.email,
            name: row.name,
            password_hash: row.password_hash,
            is_active: row.is_active,
            is_superuser: row.is_superuser,
            created_at: Micros(row.created_at).to_rfc3339_exact(),
            last_login_at: row.last_login_at.map(|at| Micros(at).to_rfc3339_exact()),
        }));
    }
}

pub(super) async fn groups(tx: &mut Tx) -> Result<Vec<Group>, DbError> {
    let mut groups = Vec::new();
    let mut after = 0;
    loop {
        let rows: Vec<GroupRow> = Exec::from(&mut *tx).query(&LIST_GROUPS).bind(after).bind(PART).list().await?;
        let Some(last) = rows.last() else { return Ok(groups) };
        after = last.id;
        for GroupRow { id, name } in rows {
            let members = members(tx, id).await?;
            let grants: Vec<GrantRow> = Exec::from(&mut *tx).query(&GRANTS).bind(id).list().await?;
            let permission = |GrantRow { kind, place, permission }| Permission { kind, place, permission };
            let mut permissions: Vec<Permission> = grants.into_iter().map(permission).collect();
            permissions.sort();
            groups.push(Group { name, members, permissions });
        }
    }
}

async fn members(tx: &mut Tx, group: i64) -> Result<Vec<String>, DbError> {
    let mut names = Vec::new();
    let mut after = 0;
    loop {
        let call = Exec::from(&mut *tx).query(&MEMBERS).bind(group).bind(after).bind(PART);
        let rows: Vec<MemberRow> = call.list().await?;
        let Some(last) = rows.last() else { break };
        after = last.account_id;
        names.extend(rows.into_iter().map(|row| row.username));
    }
    names.sort_unstable();
    Ok(names)
}

/// The lines of a file, with their numbers; none when the export has no such file.
fn lines<T: DeserializeOwned>(run: &Run<'_>, name: &str) -> Result<Vec<(u64, Result<T, String>)>, TransferError> {
    let Some(file) = run.manifest.find(name) else { return Ok(Vec::new()) };
    let path = run.options.folder.join(&file.path);
    let object = |line: Line| {
        let object = line.object.map(serde_json::Value::Object);
        (line.number, object.and_then(|object| serde_json::from_value(object).map_err(|error| error.to_string())))
    };
    Ok(Reader::open(&path)?.all()?.into_iter().map(object).collect())
}

impl Run<'_> {
    /// Users first: content names them.
    pub(super) async fn bring_users(&mut self) -> Result<(), TransferError> {
        let mut after = String::new();
        loop {
            let here: Vec<Account> = self.to.accounts.list_users(&after).await?;
            let Some(last) = here.last() else { break };
            after.clone_from(&last.username);
            let by_name = |user: Account| (user.username.to_lowercase(), user.username);
            self.users.extend(here.into_iter().map(by_name));
        }
        for (number, user) in lines::<User>(self, USERS)? {
            self.report.read("users.jsonl", number);
            match user {
                Ok(user) => self.bring_user(user).await?,
                Err(why) => self.report.refused(USERS, USERS, why),
            }
        }
        Ok(())
    }

    async fn bring_user(&mut self, user: User) -> Result<(), TransferError> {
        let name = format!("{USERS} {}", user.username);
        if self.users.contains_key(&user.username.to_lowercase()) {
            self.report.known(USERS);
            return Ok(());
        }
        let time = |text: &str| Micros::parse(text).map(|time| time.0);
        let arrived = ArrivedUser {
            username: user.username.clone(),
            email: user.email,
            name: user.name,
            password_hash: user.password_hash,
            is_active: user.is_active,
            is_superuser: user.is_superuser,
            created_at: time(&user.created_at).unwrap_or(Micros::now().0),
            last_login_at: user.last_login_at.as_deref().and_then(time),
        };
        if self.options.mode == Mode::Write {
            let mut tx = self.to.content.db.begin(TxName("transfer.user")).await?;
            match self.to.accounts.arrive(&mut tx, &arrived, &By::cli()).await {
                Ok(_) => tx.commit().await?,
                Err(AccountError::Db(error)) => return Err(error.into()),
                Err(error) => {
                    self.report.refused(USERS, &name, error.to_string());
                    return Ok(());
                }
            }
        }
        self.report.made(USERS);
        self.users.insert(user.username.to_lowercase(), user.username);
        Ok(())
    }

    /// Groups last: what they may do is in places that are there by then. One that is here already may do no less.
    pub(super) async fn bring_groups(&mut self) -> Result<(), TransferError> {
        for (number, group) in lines::<Group>(self, GROUPS)? {
            self.report.read("groups.jsonl", number);
            match group {
                Ok(_) if self.options.mode == Mode::Try => self.report.made(GROUPS),
                Ok(group) => self.bring_group(group).await?,
                Err(why) => self.report.refused(GROUPS, GROUPS, why),
            }
        }
        Ok(())
    }

    async fn bring_group(&mut self, group: Group) -> Result<(), TransferError> {
        let (accounts, by) = (&self.to.accounts, By::cli());
        let name = format!("{GROUPS} {}", group.name);
        let mut is_changed = false;
        let is_new = match accounts.create_group(&group.name, &by).await {
            Ok(_) => true,
            Err(AccountError::GroupTaken(_)) => false,
            Err(AccountError::Db(error)) => return Err(error.into()),
            Err(error) => {
                self.report.refused(GROUPS, &name, error.to_string());
                return Ok(());
            }
        };
        let mut missing = BTreeMap::new();
        for permission in &group.permissions {
            let done = match permission.grant() {
                Some(grant) => accounts.grant(&group.name, grant, &by).await.map_err(|error| error.to_string()),
                None => Err("there is no such permission here".to_owned()),
            };
            match done {
                Ok(given) => is_changed |= given,
                Err(why) => drop(missing.insert(format!("{permission:?}"), why)),
            }
        }
        for member in &group.members {
            let done = match accounts.user(member).await {
                Ok(user) => accounts.add_member(&group.name, &user, &by).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(joined) => is_changed |= joined,
                Err(error) => drop(missing.insert(member.clone(), error.to_string())),
            }
        }
        for (what, why) in missing {
            self.report.notice(&name, "", format!("{what}: {why}"));
        }
        match (is_new, is_changed) {
            (true, _) => self.report.made(GROUPS),
            (false, true) => self.report.changed(GROUPS),
            (false, false) => self.report.known(GROUPS),
        }
        Ok(())
    }
}
