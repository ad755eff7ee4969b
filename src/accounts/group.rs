//! Groups, and what one of them can be granted.

use super::{AccountError, Accounts, By, CollectionPermission, GlobalPermission, PagePermission, RecordPermission};
use crate::clock::Micros;
use crate::db::{Constraint, DbError, Exec, TxName};
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
}
