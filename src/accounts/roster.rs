//! Lists of users and groups for those who manage them, a part at a time. No hash and no secret is among the columns.

use super::{Accounts, User};
use crate::db::DbError;
use crate::{queries, record};

/// Rows of one part.
pub const PER_PART: i64 = 50;
/// Groups that are named beside one user.
const MAX_NAMED: i64 = 10;
/// Users that are named at once.
const MAX_LISTED: i64 = 1_000;
/// Groups that are offered at once.
const MAX_OFFERED: i64 = 1_000;
/// Grants of one kind that are shown of a group.
const MAX_GRANTS: i64 = 500;

record! {
    /// A user in a list.
    #[derive(Clone, Debug)]
    pub struct UserListed {
        pub id: i64, pub username: String,
        /// As it is compared: the next part of the list begins behind it.
        pub username_key: String,
        pub email: String, pub name: String, pub is_active: bool, pub is_superuser: bool,
        pub last_login_at: Option<i64>, pub has_two_step: bool,
        /// The digest of the picture; empty without one.
        pub picture: String,
        /// Names, one a line.
        pub groups: String,
    }
}
record! {
    /// A user, as they are called.
    #[derive(Clone, Debug)]
    pub struct UserNamed { pub id: i64, pub username: String, pub name: String }
}
record! {
    /// A group, and how much hangs on it.
    #[derive(Clone, Debug)]
    pub struct GroupCounted { pub id: i64, pub name: String, pub members: i64, pub grants: i64 }
}
record! {
    /// A member of a group.
    #[derive(Clone, Debug)]
    pub struct Member { pub id: i64, pub username: String, pub username_key: String, pub name: String, pub is_active: bool }
}
record! {
    #[derive(Clone, Debug)]
    pub struct GroupNamed { pub id: i64, pub name: String }
}
record! {
    /// A group that a user may be put into.
    #[derive(Clone, Debug)]
    pub struct Offered { pub id: i64, pub name: String, pub is_in: bool }
}
record! {
    /// What a group has in one place; `place` is what it is called.
    #[derive(Clone, Debug)]
    pub struct PlaceGrant { pub id: i64, pub place: String, pub path: String, pub permission: String }
}
record! {
    /// What a group has on the rows of one collection.
    #[derive(Clone, Debug)]
    pub struct RecordGrant { pub type_name: String, pub permission: String }
}

queries! {
    /// $2: what is looked for, as a pattern in lower case; $3: as it was typed, for letters that SQLite cannot lower.
    LIST = read "account.list_roster"
        "SELECT a.id, a.username, a.username_key, a.email, a.name, a.is_active, a.is_superuser, a.last_login_at,
                a.picture, EXISTS (SELECT 1 FROM totp t WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL) AS has_two_step,
                COALESCE((SELECT STRING_AGG(few.name, '\n') FROM (
                    SELECT g.name FROM group_member m JOIN account_group g ON g.id = m.group_id
                    WHERE m.account_id = a.id ORDER BY g.name LIMIT $5) AS few), '') AS groups
         FROM account a
         WHERE a.username_key > $1
           AND ($2 = '' OR a.username_key LIKE $2 ESCAPE '!' OR LOWER(a.name) LIKE $2 ESCAPE '!'
                OR a.name LIKE $3 ESCAPE '!' OR LOWER(a.email) LIKE $2 ESCAPE '!')
         ORDER BY a.username_key LIMIT $4";
    FIND = read "account.find_by_id"
        "SELECT id, username, email, name, is_active, is_superuser, locale, time_zone, created_at, last_login_at,
                password_changed_at, picture
         FROM account WHERE id = $1";
    NAMED = read "account.list_named"
        ("SELECT id, username, name FROM account WHERE id " [any "$1"] " ORDER BY username_key LIMIT $2");
    OFFERED = read "group.list_offered"
        "SELECT g.id, g.name,
                EXISTS (SELECT 1 FROM group_member m WHERE m.group_id = g.id AND m.account_id = $1) AS is_in
         FROM account_group g ORDER BY g.name LIMIT $2";
    GROUPS = read "group.list_counted"
        "SELECT g.id, g.name, (SELECT COUNT(*) FROM group_member m WHERE m.group_id = g.id) AS members,
                (SELECT COUNT(*) FROM page_grant p WHERE p.group_id = g.id)
                + (SELECT COUNT(*) FROM collection_grant c WHERE c.group_id = g.id)
                + (SELECT COUNT(*) FROM global_grant b WHERE b.group_id = g.id)
                + (SELECT COUNT(*) FROM site_grant s WHERE s.group_id = g.id)
                + (SELECT COUNT(*) FROM record_grant r WHERE r.group_id = g.id) AS grants
         FROM account_group g WHERE g.name > $1 ORDER BY g.name LIMIT $2";
    WITH = read "group.search"
        "SELECT id, name FROM account_group WHERE LOWER(name) LIKE $1 ESCAPE '!' OR name LIKE $2 ESCAPE '!'
         ORDER BY name LIMIT $3";
    GROUPS_NAMED = read "group.list_named"
        ("SELECT id, name FROM account_group WHERE id " [any "$1"] " ORDER BY id LIMIT $2");
    GROUP = read "group.find_name" "SELECT name FROM account_group WHERE id = $1";
    MEMBERS = read "group.list_members"
        "SELECT a.id, a.username, a.username_key, a.name, a.is_active
         FROM group_member m JOIN account a ON a.id = m.account_id
         WHERE m.group_id = $1 AND a.username_key > $2 ORDER BY a.username_key LIMIT $3";
    PAGES = read "grant.list_pages"
        "SELECT p.id, p.draft_title AS place, p.url_path AS path, g.permission
         FROM page_grant g JOIN page p ON p.id = g.page_id WHERE g.group_id = $1
         ORDER BY p.path, g.permission LIMIT $2";
    COLLECTIONS = read "grant.list_collections"
        "SELECT c.id, c.name AS place, c.path, g.permission
         FROM collection_grant g JOIN collection c ON c.id = g.collection_id WHERE g.group_id = $1
         ORDER BY c.path, g.permission LIMIT $2";
    GLOBALS = read "grant.list_globals"
        "SELECT permission FROM global_grant WHERE group_id = $1 ORDER BY permission LIMIT $2";
    SITES = read "grant.list_sites" "SELECT site_id FROM site_grant WHERE group_id = $1 ORDER BY site_id LIMIT $2";
    RECORDS = read "grant.list_records"
        "SELECT type AS type_name, permission FROM record_grant WHERE group_id = $1 ORDER BY type, permission LIMIT $2";
    ON_PAGE = read "grant.list_on_page"
        "SELECT permission FROM page_grant WHERE group_id = $1 AND page_id = $2 ORDER BY permission LIMIT $3";
    ON_COLLECTION = read "grant.list_on_collection"
        "SELECT permission FROM collection_grant WHERE group_id = $1 AND collection_id = $2 ORDER BY permission LIMIT $3";
}

/// What is contained, as a pattern whose signs mean themselves; empty for nothing.
pub(super) fn pattern(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let plain: String = text.chars().flat_map(|c| if "!%_".contains(c) { vec!['!', c] } else { vec![c] }).collect();
    format!("%{plain}%")
}

/// Rows, and whether there are more behind them.
fn part<T>(mut rows: Vec<T>) -> (Vec<T>, bool) {
    let more = rows.len() as i64 > PER_PART;
    rows.truncate(PER_PART as usize);
    (rows, more)
}

impl Accounts {
    /// A part of the users by name, those behind the key `after`, whose names or addresses have `text`; whether there
    /// are more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_roster(&self, text: &str, after: &str) -> Result<(Vec<UserListed>, bool), DbError> {
        let text = text.trim();
        let call = self.db.query(&LIST).bind(after).bind(pattern(&text.to_lowercase())).bind(pattern(text));
        Ok(part(call.bind(PER_PART + 1).bind(MAX_NAMED).list().await?))
    }

    /// # Errors
    /// When the database is out of reach.
    pub async fn find_user(&self, id: i64) -> Result<Option<User>, DbError> {
        self.db.query(&FIND).bind(id).optional().await
    }

    /// Those users of these ids that there are, by name; at most a thousand.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn name_users(&self, ids: Vec<i64>) -> Result<Vec<UserNamed>, DbError> {
        self.db.query(&NAMED).bind(ids).bind(MAX_LISTED).list().await
    }

    /// The groups there are, and whether the user is in them; at most a thousand.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_offered_groups(&self, account: i64) -> Result<Vec<Offered>, DbError> {
        self.db.query(&OFFERED).bind(account).bind(MAX_OFFERED).list().await
    }

    /// A part of the groups by name, those behind `after`; whether there are more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_groups_counted(&self, after: &str) -> Result<(Vec<GroupCounted>, bool), DbError> {
        Ok(part(self.db.query(&GROUPS).bind(after).bind(PER_PART + 1).list().await?))
    }

    /// Groups whose names have `text`, at most `most`.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn search_groups(&self, text: &str, most: i64) -> Result<Vec<GroupNamed>, DbError> {
        let text = text.trim();
        let call = self.db.query(&WITH).bind(pattern(&text.to_lowercase())).bind(pattern(text));
        call.bind(most.min(PER_PART)).list().await
    }

    /// What a group is called.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_group(&self, id: i64) -> Result<Option<String>, DbError> {
        self.db.query(&GROUP).bind(id).optional().await
    }

    /// Those groups of these ids that there are; at most a thousand.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn name_groups(&self, ids: Vec<i64>) -> Result<Vec<GroupNamed>, DbError> {
        self.db.query(&GROUPS_NAMED).bind(ids).bind(MAX_OFFERED).list().await
    }

    /// A part of the members of a group by name, those behind the key `after`; whether there are more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_members(&self, group: i64, after: &str) -> Result<(Vec<Member>, bool), DbError> {
        Ok(part(self.db.query(&MEMBERS).bind(group).bind(after).bind(PER_PART + 1).list().await?))
    }

    /// What a group has on pages, in the order of the tree; at most 500 grants.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_page_grants(&self, group: i64) -> Result<Vec<PlaceGrant>, DbError> {
        self.db.query(&PAGES).bind(group).bind(MAX_GRANTS).list().await
    }

    /// What a group has on collections, in their order; at most 500 grants.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_collection_grants(&self, group: i64) -> Result<Vec<PlaceGrant>, DbError> {
        self.db.query(&COLLECTIONS).bind(group).bind(MAX_GRANTS).list().await
    }

    /// What a group has that belongs to no place.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_global_grants(&self, group: i64) -> Result<Vec<String>, DbError> {
        self.db.query(&GLOBALS).bind(group).bind(MAX_GRANTS).list().await
    }

    /// The sites whose settings a group may change.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_site_grants(&self, group: i64) -> Result<Vec<i64>, DbError> {
        self.db.query(&SITES).bind(group).bind(MAX_GRANTS).list().await
    }

    /// What a group has on the rows of collections, by the names of their types; at most 500 grants.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_record_grants(&self, group: i64) -> Result<Vec<RecordGrant>, DbError> {
        self.db.query(&RECORDS).bind(group).bind(MAX_GRANTS).list().await
    }

    /// The permissions that a group has on this very page.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_grants_on_page(&self, group: i64, page: i64) -> Result<Vec<String>, DbError> {
        self.db.query(&ON_PAGE).bind(group).bind(page).bind(MAX_GRANTS).list().await
    }

    /// The permissions that a group has on this very collection.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_grants_on_collection(&self, group: i64, collection: i64) -> Result<Vec<String>, DbError> {
        self.db.query(&ON_COLLECTION).bind(group).bind(collection).bind(MAX_GRANTS).list().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_a_pattern_mean_themselves() {
        assert_eq!(pattern(""), "");
        assert_eq!(pattern("ann"), "%ann%");
        assert_eq!(pattern("50%_!"), "%50!%!_!!%");
    }
}
