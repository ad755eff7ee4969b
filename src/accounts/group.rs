//! Groups: their members, and what they are granted.

use super::group_change;
use super::{
    AccountError, Accounts, By, CollectionPermission, GlobalPermission, PagePermission, RecordPermission, User,
};
use crate::clock::Micros;
use crate::db::{Constraint, DbError, Exec, Tx, TxName};
use crate::telemetry::label::AuditEvent;
use crate::{queries, record};

const MAX_NAME: usize = 150;
/// Groups that are listed at once.
const MAX_LISTED: i64 = 1_000;

/// Longest name of a content type, in bytes.
const MAX_TYPE_NAME: usize = 100;

/// The name of a content type, small enough to be copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeName {
    /// UTF-8, with zeros behind it.
    bytes: [u8; MAX_TYPE_NAME],
}

impl TypeName {
    /// `None` for what is too long to be one.
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = [0; MAX_TYPE_NAME];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Self { bytes })
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default().trim_end_matches('\0')
    }
}

impl std::fmt::Debug for TypeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One permission in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// On a page and all below it.
    Page(i64, PagePermission),
    /// On a collection and all below it.
    Collection(i64, CollectionPermission),
    Global(GlobalPermission),
    /// To change the settings of a site.
    SiteSettings(i64),
    /// On the rows of the collection whose type has this name.
    Records(TypeName, RecordPermission),
}

impl std::fmt::Display for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Page(id, permission) => write!(f, "{} on page {id}", permission.as_str()),
            Self::Collection(id, permission) => write!(f, "{} on collection {id}", permission.as_str()),
            Self::Global(permission) => f.write_str(permission.as_str()),
            Self::SiteSettings(id) => write!(f, "{} on site {id}", GlobalPermission::Settings.as_str()),
            Self::Records(of, permission) => write!(f, "{} on rows of {}", permission.as_str(), of.as_str()),
        }
    }
}

record! {
    /// A group as a list shows it.
    #[derive(Clone, Debug)]
    pub struct GroupListed { pub name: String, pub members: i64, pub grants: i64 }
}

queries! {
    INSERT = write "group.insert" "INSERT INTO account_group (name, created_at) VALUES ($1, $2) RETURNING id";
    FIND = read "group.find" "SELECT id FROM account_group WHERE name = $1";
    LIST = read "group.list"
        "SELECT g.name, (SELECT COUNT(*) FROM group_member m WHERE m.group_id = g.id) AS members,
                (SELECT COUNT(*) FROM page_grant p WHERE p.group_id = g.id)
                + (SELECT COUNT(*) FROM collection_grant c WHERE c.group_id = g.id)
                + (SELECT COUNT(*) FROM global_grant b WHERE b.group_id = g.id)
                + (SELECT COUNT(*) FROM site_grant s WHERE s.group_id = g.id)
                + (SELECT COUNT(*) FROM record_grant r WHERE r.group_id = g.id) AS grants
         FROM account_group g WHERE g.name > $1 ORDER BY g.name LIMIT $2";
    ADD_MEMBER = write "group.insert_member"
        "INSERT INTO group_member (account_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    REMOVE_MEMBER = write "group.delete_member" "DELETE FROM group_member WHERE account_id = $1 AND group_id = $2";
    GRANT_PAGE = write "grant.insert_page"
        "INSERT INTO page_grant (group_id, page_id, permission) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    GRANT_COLLECTION = write "grant.insert_collection"
        "INSERT INTO collection_grant (group_id, collection_id, permission) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    GRANT_GLOBAL = write "grant.insert_global"
        "INSERT INTO global_grant (group_id, permission) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    GRANT_SITE = write "grant.insert_site"
        "INSERT INTO site_grant (group_id, site_id, permission) VALUES ($1, $2, 'manage_settings') ON CONFLICT DO NOTHING";
    GRANT_RECORDS = write "grant.insert_records"
        "INSERT INTO record_grant (group_id, type, permission) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    REVOKE_RECORDS = write "grant.delete_records"
        "DELETE FROM record_grant WHERE group_id = $1 AND type = $2 AND permission = $3";
    REVOKE_SITE = write "grant.delete_site"
        "DELETE FROM site_grant WHERE group_id = $1 AND site_id = $2 AND permission = 'manage_settings'";
    REVOKE_PAGE = write "grant.delete_page"
        "DELETE FROM page_grant WHERE group_id = $1 AND page_id = $2 AND permission = $3";
    REVOKE_COLLECTION = write "grant.delete_collection"
        "DELETE FROM collection_grant WHERE group_id = $1 AND collection_id = $2 AND permission = $3";
    REVOKE_GLOBAL = write "grant.delete_global" "DELETE FROM global_grant WHERE group_id = $1 AND permission = $2";
}

pub(super) fn check_name(name: &str) -> Result<&str, AccountError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(AccountError::GroupNameInvalid) }
}

impl Accounts {
    /// Creates a group without members; the id.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is written then.
    pub async fn create_group(&self, name: &str, by: &By) -> Result<i64, AccountError> {
        let name = check_name(name)?;
        let mut tx = self.db.begin(TxName("group.create")).await?;
        let call = Exec::from(&mut tx).query(&INSERT).bind(name).bind(Micros::now());
        let id = call.one().await.map_err(|error| match error {
            DbError::Constraint(Constraint::Unique, _) => AccountError::GroupTaken(name.to_owned()),
            other => other.into(),
        })?;
        self.log(&mut tx, AuditEvent::GroupCreated, by, name, "").await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The id of the group with this name.
    ///
    /// # Errors
    /// [`AccountError::GroupNotFound`], and when the database is out of reach.
    pub async fn group_id(&self, name: &str) -> Result<i64, AccountError> {
        let found: Option<i64> = self.db.query(&FIND).bind(name).optional().await?;
        found.ok_or_else(|| AccountError::GroupNotFound(name.to_owned()))
    }
    /// At most a thousand groups by name, those behind `after`.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_groups(&self, after: &str) -> Result<Vec<GroupListed>, AccountError> {
        Ok(self.db.query(&LIST).bind(after).bind(MAX_LISTED).list().await?)
    }

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
        let mut tx = self.db.begin(TxName("group.add_member")).await?;
        let name = group_change::lock(&mut tx, group).await?;
        let added = Exec::from(&mut tx).query(&ADD_MEMBER).bind(user.id).bind(group).execute().await? > 0;
        if added {
            self.log(&mut tx, AuditEvent::MemberAdded, by, &user.username, &name).await?;
        }
        tx.commit().await?;
        Ok(added)
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
        let mut tx = self.db.begin(TxName("group.remove_member")).await?;
        let name = group_change::lock(&mut tx, group).await?;
        let removed = Exec::from(&mut tx).query(&REMOVE_MEMBER).bind(user.id).bind(group).execute().await? > 0;
        if removed {
            self.log(&mut tx, AuditEvent::MemberRemoved, by, &user.username, &name).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    /// Gives a group a permission; whether it had it not before.
    ///
    /// # Errors
    /// When there is no such group, page or collection.
    pub async fn grant(&self, group: &str, grant: Grant, by: &By) -> Result<bool, AccountError> {
        Ok(self.change_grants(group, &[grant], &[], by).await? > 0)
    }

    /// Takes a permission from a group; whether it had it.
    ///
    /// # Errors
    /// When there is no such group.
    pub async fn revoke_grant(&self, group: &str, grant: Grant, by: &By) -> Result<bool, AccountError> {
        Ok(self.change_grants(group, &[], &[grant], by).await? > 0)
    }

    /// Gives a group some permissions and takes others, all or none; how many were changed by that.
    ///
    /// # Errors
    /// When there is no such group, page or collection.
    pub async fn change_grants(
        &self,
        group: &str,
        give: &[Grant],
        take: &[Grant],
        by: &By,
    ) -> Result<usize, AccountError> {
        self.change_grants_of(self.group_id(group).await?, give, take, by).await
    }

    /// As [`Accounts::change_grants`], by the group's id: whatever it is called by now.
    ///
    /// # Errors
    /// When there is no such group, page or collection.
    pub async fn change_grants_of(
        &self,
        group: i64,
        give: &[Grant],
        take: &[Grant],
        by: &By,
    ) -> Result<usize, AccountError> {
        let mut tx = self.db.begin(TxName("grant.change")).await?;
        let name = group_change::lock(&mut tx, group).await?;
        let mut changed = 0;
        for grant in give {
            if insert_grant(&mut tx, group, *grant).await? {
                self.log(&mut tx, AuditEvent::Granted, by, &name, &grant.to_string()).await?;
                changed += 1;
            }
        }
        for grant in take {
            if delete_grant(&mut tx, group, *grant).await? {
                self.log(&mut tx, AuditEvent::GrantRevoked, by, &name, &grant.to_string()).await?;
                changed += 1;
            }
        }
        tx.commit().await?;
        Ok(changed)
    }
}

async fn insert_grant(tx: &mut Tx, group: i64, grant: Grant) -> Result<bool, AccountError> {
    let on = Exec::from(tx);
    let (call, missing) = match grant {
        Grant::Page(page, permission) => {
            let call = on.query(&GRANT_PAGE).bind(group).bind(page).bind(permission.as_str());
            (call, Some(AccountError::PageNotFound(page)))
        }
        Grant::Collection(collection, permission) => {
            let call = on.query(&GRANT_COLLECTION).bind(group).bind(collection).bind(permission.as_str());
            (call, Some(AccountError::CollectionNotFound(collection)))
        }
        Grant::Global(permission) => (on.query(&GRANT_GLOBAL).bind(group).bind(permission.as_str()), None),
        Grant::SiteSettings(site) => {
            (on.query(&GRANT_SITE).bind(group).bind(site), Some(AccountError::SiteNotFound(site)))
        }
        Grant::Records(of, permission) => {
            (on.query(&GRANT_RECORDS).bind(group).bind(of.as_str()).bind(permission.as_str()), None)
        }
    };
    match (call.execute().await, missing) {
        (Err(DbError::Constraint(Constraint::ForeignKey, _)), Some(missing)) => Err(missing),
        (other, _) => Ok(other? > 0),
    }
}

async fn delete_grant(tx: &mut Tx, group: i64, grant: Grant) -> Result<bool, DbError> {
    let on = Exec::from(tx);
    let call = match grant {
        Grant::Page(page, permission) => on.query(&REVOKE_PAGE).bind(group).bind(page).bind(permission.as_str()),
        Grant::Collection(collection, permission) => {
            on.query(&REVOKE_COLLECTION).bind(group).bind(collection).bind(permission.as_str())
        }
        Grant::Global(permission) => on.query(&REVOKE_GLOBAL).bind(group).bind(permission.as_str()),
        Grant::SiteSettings(site) => on.query(&REVOKE_SITE).bind(group).bind(site),
        Grant::Records(of, permission) => {
            on.query(&REVOKE_RECORDS).bind(group).bind(of.as_str()).bind(permission.as_str())
        }
    };
    Ok(call.execute().await? > 0)
}
