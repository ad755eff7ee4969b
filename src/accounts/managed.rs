//! Users and groups as programs manage them: a part at a time, narrowed, and one of them with all that is known. No hash
//! and no secret is among the columns.

use super::Accounts;
use super::roster::pattern;
use crate::db::{DbError, Exec};
use crate::{queries, record};

/// Rows of one part.
const MAX_LISTED: i64 = 1_000;
/// Groups that are named beside one user.
const MAX_GROUPS: i64 = 1_000;
/// Grants of one kind that are told of a group.
const MAX_GRANTS: i64 = 500;

record! { struct UserRow {
    id: i64, username: String, username_key: String, email: String, name: String, is_active: bool, is_superuser: bool,
    locale: String, time_zone: String, created_at: i64, last_login_at: Option<i64>, has_two_step: bool, groups: String,
} }
record! {
    /// A group, and how much hangs on it.
    #[derive(Clone, Debug)]
    pub struct GroupManaged { pub id: i64, pub name: String, pub members: i64, pub grants: i64 }
}
record! {
    /// One permission of a group; `kind` is `page`, `collection`, `site`, `rows` or `global`. The last has no place, and
    /// rows have the name of their type for one.
    #[derive(Clone, Debug)]
    pub struct GrantManaged {
        pub kind: String, pub place_id: i64,
        /// What the place is called.
        pub place: String,
        pub permission: String,
    }
}

/// A user, without the password.
#[derive(Clone, Debug)]
pub struct UserManaged {
    pub id: i64,
    pub username: String,
    /// As it is compared: the next part of a list begins behind it.
    pub username_key: String,
    pub email: String,
    pub name: String,
    pub is_active: bool,
    pub is_superuser: bool,
    pub locale: String,
    pub time_zone: String,
    pub created_at: i64,
    pub last_login_at: Option<i64>,
    pub has_two_step: bool,
    /// By name, each with its id.
    pub groups: Vec<(i64, String)>,
}

/// Which users are listed; what is empty does not restrict them.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsersAsked<'a> {
    /// Part of a name or an address.
    pub text: &'a str,
    pub active: Option<bool>,
    /// Members of this group alone.
    pub group: Option<i64>,
    /// The key of the name that the part begins behind.
    pub after: &'a str,
    pub limit: i64,
}

queries! {
    /// $2: what is looked for, as a pattern in lower case; $3: as it was typed, for letters that SQLite cannot lower.
    USERS = read "account.list_managed"
        "SELECT a.id, a.username, a.username_key, a.email, a.name, a.is_active, a.is_superuser, a.locale, a.time_zone,
                a.created_at, a.last_login_at,
                EXISTS (SELECT 1 FROM totp t WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL) AS has_two_step,
                COALESCE((SELECT STRING_AGG(CAST(few.id AS TEXT) || ' ' || few.name, '\n') FROM (
                    SELECT g.id, g.name FROM group_member m JOIN account_group g ON g.id = m.group_id
                    WHERE m.account_id = a.id ORDER BY g.name LIMIT $7) AS few), '') AS groups
         FROM account a
         WHERE a.username_key > $1
           AND ($2 = '' OR a.username_key LIKE $2 ESCAPE '!' OR LOWER(a.name) LIKE $2 ESCAPE '!'
                OR a.name LIKE $3 ESCAPE '!' OR LOWER(a.email) LIKE $2 ESCAPE '!')
           AND ($4 = '' OR a.is_active = ($4 = 'active'))
           AND ($5 = 0 OR EXISTS (SELECT 1 FROM group_member own WHERE own.account_id = a.id AND own.group_id = $5))
         ORDER BY a.username_key LIMIT $6";
    USER = read "account.find_managed"
        "SELECT a.id, a.username, a.username_key, a.email, a.name, a.is_active, a.is_superuser, a.locale, a.time_zone,
                a.created_at, a.last_login_at,
                EXISTS (SELECT 1 FROM totp t WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL) AS has_two_step,
                COALESCE((SELECT STRING_AGG(CAST(few.id AS TEXT) || ' ' || few.name, '\n') FROM (
                    SELECT g.id, g.name FROM group_member m JOIN account_group g ON g.id = m.group_id
                    WHERE m.account_id = a.id ORDER BY g.name LIMIT $2) AS few), '') AS groups
         FROM account a WHERE a.id = $1";
    GROUPS = read "group.list_managed"
        "SELECT g.id, g.name, (SELECT COUNT(*) FROM group_member m WHERE m.group_id = g.id) AS members,
                (SELECT COUNT(*) FROM page_grant p WHERE p.group_id = g.id)
                + (SELECT COUNT(*) FROM collection_grant c WHERE c.group_id = g.id)
                + (SELECT COUNT(*) FROM global_grant b WHERE b.group_id = g.id)
                + (SELECT COUNT(*) FROM site_grant s WHERE s.group_id = g.id)
                + (SELECT COUNT(*) FROM record_grant r WHERE r.group_id = g.id) AS grants
         FROM account_group g
         WHERE g.name > $1 AND ($2 = '' OR LOWER(g.name) LIKE $2 ESCAPE '!' OR g.name LIKE $3 ESCAPE '!')
         ORDER BY g.name LIMIT $4";
    GROUP = read "group.find_managed"
        "SELECT g.id, g.name, (SELECT COUNT(*) FROM group_member m WHERE m.group_id = g.id) AS members,
                (SELECT COUNT(*) FROM page_grant p WHERE p.group_id = g.id)
                + (SELECT COUNT(*) FROM collection_grant c WHERE c.group_id = g.id)
                + (SELECT COUNT(*) FROM global_grant b WHERE b.group_id = g.id)
                + (SELECT COUNT(*) FROM site_grant s WHERE s.group_id = g.id)
                + (SELECT COUNT(*) FROM record_grant r WHERE r.group_id = g.id) AS grants
         FROM account_group g WHERE g.id = $1";
    GRANTS = read "grant.list_managed"
        "SELECT kind, place_id, place, permission FROM (
             SELECT 'page' AS kind, p.id AS place_id, p.draft_title AS place, p.path AS sorted, g.permission
             FROM page_grant g JOIN page p ON p.id = g.page_id WHERE g.group_id = $1
             UNION ALL
             SELECT 'collection', c.id, c.name, c.path, g.permission
             FROM collection_grant g JOIN collection c ON c.id = g.collection_id WHERE g.group_id = $1
             UNION ALL
             SELECT 'site', s.id, s.hostname, s.hostname, g.permission
             FROM site_grant g JOIN site s ON s.id = g.site_id WHERE g.group_id = $1
             UNION ALL
             SELECT 'rows', 0, type, type, permission FROM record_grant WHERE group_id = $1
             UNION ALL
             SELECT 'global', 0, '', '', permission FROM global_grant WHERE group_id = $1) AS given
         ORDER BY kind, sorted, permission LIMIT $2";
}

impl UserRow {
    fn parse(self) -> UserManaged {
        let group = |line: &str| {
            let (id, name) = line.split_once(' ')?;
            Some((id.parse().ok()?, name.to_owned()))
        };
        UserManaged {
            id: self.id,
            username: self.username,
            username_key: self.username_key,
            email: self.email,
            name: self.name,
            is_active: self.is_active,
            is_superuser: self.is_superuser,
            locale: self.locale,
            time_zone: self.time_zone,
            created_at: self.created_at,
            last_login_at: self.last_login_at,
            has_two_step: self.has_two_step,
            groups: self.groups.lines().filter_map(group).collect(),
        }
    }
}

/// The user as they are, in a transaction as in none.
pub(super) async fn find(on: impl Into<Exec<'_>>, id: i64) -> Result<Option<UserManaged>, DbError> {
    let found: Option<UserRow> = on.into().query(&USER).bind(id).bind(MAX_GROUPS).optional().await?;
    Ok(found.map(UserRow::parse))
}

impl Accounts {
    /// A part of the users, by name.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_managed_users(&self, asked: &UsersAsked<'_>) -> Result<Vec<UserManaged>, DbError> {
        let active = asked.active.map_or("", |active| if active { "active" } else { "closed" });
        let call = self.db.query(&USERS).bind(asked.after).bind(pattern(&asked.text.to_lowercase()));
        let call = call.bind(pattern(asked.text)).bind(active).bind(asked.group.unwrap_or(0));
        let rows: Vec<UserRow> = call.bind(asked.limit.min(MAX_LISTED)).bind(MAX_GROUPS).list().await?;
        Ok(rows.into_iter().map(UserRow::parse).collect())
    }

    /// # Errors
    /// When the database is out of reach.
    pub async fn find_managed_user(&self, id: i64) -> Result<Option<UserManaged>, DbError> {
        find(&*self.db, id).await
    }

    /// A part of the groups by name, those behind `after` whose names have `text`.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_managed_groups(&self, text: &str, after: &str, limit: i64) -> Result<Vec<GroupManaged>, DbError> {
        let call = self.db.query(&GROUPS).bind(after).bind(pattern(&text.to_lowercase())).bind(pattern(text));
        call.bind(limit.min(MAX_LISTED)).list().await
    }

    /// # Errors
    /// When the database is out of reach.
    pub async fn find_managed_group(&self, id: i64) -> Result<Option<GroupManaged>, DbError> {
        self.db.query(&GROUP).bind(id).optional().await
    }

    /// What a group gives, by kind and place; at most 500 permissions.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_managed_grants(&self, group: i64) -> Result<Vec<GrantManaged>, DbError> {
        self.db.query(&GRANTS).bind(group).bind(MAX_GRANTS).list().await
    }
}
