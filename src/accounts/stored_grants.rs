//! Grants as they are stored, all those of an account or a group in one row: a row costs more than what it holds.

use super::{Accounts, Grants, SignedIn};
use crate::db::{Db, DbError};
use crate::{queries, record};

/// Grants of one kind that are looked at; what is beyond them is not given.
pub(super) const MAX_GRANTS: i64 = 20_000;

/// The columns of [`Stored`], in SQL: `$of` says which groups (`= $1`), `$most` how many lines a column has at most.
macro_rules! granted {
    ($dialect:ident $of:literal $most:literal) => {
        concat!(
            "(SELECT COALESCE(STRING_AGG(line, '\n'), '') FROM (
                 SELECT p.path || ':' || g.permission AS line FROM page_grant g JOIN page p ON p.id = g.page_id
                 WHERE g.group_id ",
            $of,
            " LIMIT ",
            $most,
            ") AS listed) AS on_pages,
             (SELECT COALESCE(STRING_AGG(line, '\n'), '') FROM (
                 SELECT c.path || ':' || g.permission AS line
                 FROM collection_grant g JOIN collection c ON c.id = g.collection_id
                 WHERE g.group_id ",
            $of,
            " LIMIT ",
            $most,
            ") AS listed) AS on_collections,
             (SELECT COALESCE(STRING_AGG(line, '\n'), '') FROM (
                 SELECT permission AS line FROM global_grant
                 WHERE group_id ",
            $of,
            " LIMIT ",
            $most,
            ") AS listed) AS everywhere,
             (SELECT COALESCE(STRING_AGG(line, '\n'), '') FROM (
                 SELECT CAST(site_id AS TEXT) AS line FROM site_grant
                 WHERE group_id ",
            $of,
            " AND permission = 'manage_settings' LIMIT ",
            $most,
            ") AS listed) AS on_sites,
             (SELECT COALESCE(STRING_AGG(line, '\n'), '') FROM (
                 SELECT type || ':' || permission AS line FROM record_grant
                 WHERE group_id ",
            $of,
            " LIMIT ",
            $most,
            ") AS listed) AS on_records,
             (SELECT COALESCE(STRING_AGG(line, '\n'), '') FROM (
                 SELECT name AS line FROM account_group
                 WHERE id ",
            $of,
            " LIMIT ",
            $most,
            ") AS listed) AS by_groups"
        )
    };
}
pub(super) use granted;

record! {
    /// Lines of each kind: `PLACE:PERMISSION`, or what is given where there are no places.
    #[derive(Clone, Debug, Default)]
    pub(super) struct Stored {
        pub on_pages: String, pub on_collections: String, pub everywhere: String, pub on_sites: String,
        pub on_records: String,
        /// Names.
        pub by_groups: String,
    }
}

queries! {
    LOAD = read "grant.load"
        ("SELECT " [granted "IN (SELECT group_id FROM group_member WHERE account_id = $1)" "$2"]);
    LOAD_GROUPS = read "grant.load_groups"
        ("SELECT " [granted "= ANY($1)" "$2"])
        sqlite ("SELECT " [granted "IN (SELECT value FROM json_each($1))" "$2"]);
}

impl Accounts {
    /// What whoever is signed in may do: to be loaded once for a request.
    ///
    /// # Errors
    /// When the database is out of reach: then nobody may do anything.
    pub async fn load_grants(&self, of: &SignedIn) -> Result<Grants, DbError> {
        self.load_grants_of(of.account_id, of.is_superuser).await
    }

    /// What somebody else may do.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load_grants_of(&self, account: i64, is_superuser: bool) -> Result<Grants, DbError> {
        let db: &Db = &self.db;
        let stored = db.query(&LOAD).bind(account).bind(MAX_GRANTS).one().await?;
        Ok(Grants::of(account, is_superuser, &stored))
    }

    /// What a group gives its members.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load_grants_of_group(&self, group: i64) -> Result<Grants, DbError> {
        self.load_grants_of_groups(vec![group]).await
    }

    /// What some groups give whoever is in all of them.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load_grants_of_groups(&self, groups: Vec<i64>) -> Result<Grants, DbError> {
        let db: &Db = &self.db;
        let most = MAX_GRANTS.saturating_mul(groups.len() as i64);
        let stored = db.query(&LOAD_GROUPS).bind(groups).bind(most).one().await?;
        Ok(Grants::of(0, false, &stored))
    }
}
