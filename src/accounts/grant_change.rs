//! What groups are granted: given and taken, some permissions at once, by a number of statements that does not grow with
//! them. Each takes all of one kind that permit the same.

use super::group_change;
use super::{AccountError, Accounts, By, GlobalPermission, Grant, TypeName};
use crate::db::{DbError, Exec, Query, Tx, TxName};
use crate::queries;
use crate::telemetry::label::AuditEvent;

queries! {
    PAGES = read "grant.list_pages_there" ("SELECT id FROM page WHERE id " [any "$1"]);
    COLLECTIONS = read "grant.list_collections_there" ("SELECT id FROM collection WHERE id " [any "$1"]);
    SITES = read "grant.list_sites_there" ("SELECT id FROM site WHERE id " [any "$1"]);
    GIVE_PAGES = write "grant.insert_pages"
        ("INSERT INTO page_grant (group_id, page_id, permission)
          SELECT $1, p.id, $3 FROM page p WHERE p.id " [any "$2"] " ON CONFLICT DO NOTHING RETURNING page_id");
    GIVE_COLLECTIONS = write "grant.insert_collections"
        ("INSERT INTO collection_grant (group_id, collection_id, permission)
          SELECT $1, c.id, $3 FROM collection c WHERE c.id " [any "$2"] " ON CONFLICT DO NOTHING RETURNING collection_id");
    GIVE_SITES = write "grant.insert_sites"
        ("INSERT INTO site_grant (group_id, site_id, permission)
          SELECT $1, s.id, $3 FROM site s WHERE s.id " [any "$2"] " ON CONFLICT DO NOTHING RETURNING site_id");
    GIVE_RECORDS = write "grant.insert_records"
        ("INSERT INTO record_grant (group_id, type, permission)
          SELECT $1, given.value, $3 FROM " [texts "$2" "given"] " WHERE TRUE ON CONFLICT DO NOTHING RETURNING type");
    GIVE_GLOBALS = write "grant.insert_globals"
        ("INSERT INTO global_grant (group_id, permission)
          SELECT $1, given.value FROM " [texts "$2" "given"] " WHERE TRUE ON CONFLICT DO NOTHING RETURNING permission");
    TAKE_PAGES = write "grant.delete_pages"
        ("DELETE FROM page_grant WHERE group_id = $1 AND page_id " [any "$2"] " AND permission = $3 RETURNING page_id");
    TAKE_COLLECTIONS = write "grant.delete_collections"
        ("DELETE FROM collection_grant WHERE group_id = $1 AND collection_id " [any "$2"] " AND permission = $3
          RETURNING collection_id");
    TAKE_SITES = write "grant.delete_sites"
        ("DELETE FROM site_grant WHERE group_id = $1 AND site_id " [any "$2"] " AND permission = $3 RETURNING site_id");
    TAKE_RECORDS = write "grant.delete_records"
        ("DELETE FROM record_grant WHERE group_id = $1 AND type " [any "$2"] " AND permission = $3 RETURNING type");
    TAKE_GLOBALS = write "grant.delete_globals"
        ("DELETE FROM global_grant WHERE group_id = $1 AND permission " [any "$2"] " RETURNING permission");
}

/// The statements that give permissions, or take them: $1 the group, $2 the places, $3 the permission.
struct Statements {
    pages: &'static Query,
    collections: &'static Query,
    sites: &'static Query,
    /// By the names of their types.
    records: &'static Query,
    /// $2: the permissions, which have no places.
    globals: &'static Query,
}

static GIVE: Statements = Statements {
    pages: &GIVE_PAGES,
    collections: &GIVE_COLLECTIONS,
    sites: &GIVE_SITES,
    records: &GIVE_RECORDS,
    globals: &GIVE_GLOBALS,
};
static TAKE: Statements = Statements {
    pages: &TAKE_PAGES,
    collections: &TAKE_COLLECTIONS,
    sites: &TAKE_SITES,
    records: &TAKE_RECORDS,
    globals: &TAKE_GLOBALS,
};

impl Accounts {
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
    /// When there is no such group, page, collection or site.
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
    /// When there is no such group, page, collection or site.
    pub async fn change_grants_of(
        &self,
        group: i64,
        give: &[Grant],
        take: &[Grant],
        by: &By,
    ) -> Result<usize, AccountError> {
        let mut tx = self.db.begin(TxName("grant.change")).await?;
        let name = group_change::lock(&mut tx, group).await?;
        expect_places(&mut tx, give).await?;
        let given = write(&mut tx, &GIVE, group, give).await?;
        let taken = write(&mut tx, &TAKE, group, take).await?;
        let told = |event: AuditEvent| move |grant: &Grant| (event, grant.to_string());
        let events: Vec<(AuditEvent, String)> = given
            .iter()
            .map(told(AuditEvent::Granted))
            .chain(taken.iter().map(told(AuditEvent::GrantRevoked)))
            .collect();
        let events: Vec<_> = events.iter().map(|(event, grant)| (*event, name.as_str(), grant.as_str())).collect();
        self.log_all(&mut tx, by, &events).await?;
        tx.commit().await?;
        Ok(events.len())
    }
}

fn number(grant: &Grant) -> Option<i64> {
    match grant {
        Grant::Page(id, _) | Grant::Collection(id, _) | Grant::SiteSettings(id) => Some(*id),
        Grant::Global(_) | Grant::Records(..) => None,
    }
}

fn name(grant: &Grant) -> Option<String> {
    match grant {
        Grant::Global(permission) => Some(permission.as_str().to_owned()),
        Grant::Records(of, _) => Some(of.as_str().to_owned()),
        Grant::Page(..) | Grant::Collection(..) | Grant::SiteSettings(_) => None,
    }
}

/// Whether the places are there, as far as they have numbers.
async fn expect_places(tx: &mut Tx, grants: &[Grant]) -> Result<(), AccountError> {
    type IsOf = fn(&Grant) -> bool;
    type Missing = fn(i64) -> AccountError;
    let kinds: [(&'static Query, IsOf, Missing); 3] = [
        (&PAGES, |grant| matches!(grant, Grant::Page(..)), AccountError::PageNotFound),
        (&COLLECTIONS, |grant| matches!(grant, Grant::Collection(..)), AccountError::CollectionNotFound),
        (&SITES, |grant| matches!(grant, Grant::SiteSettings(_)), AccountError::SiteNotFound),
    ];
    for (query, is_of, missing) in kinds {
        let wanted: Vec<i64> = grants.iter().filter(|grant| is_of(grant)).filter_map(number).collect();
        if wanted.is_empty() {
            continue;
        }
        let known: Vec<i64> = Exec::from(&mut *tx).query(query).bind(wanted.clone()).list().await?;
        if let Some(id) = wanted.into_iter().find(|id| !known.contains(id)) {
            return Err(missing(id));
        }
    }
    Ok(())
}

/// Whether one statement writes both.
fn alike(one: &Grant, other: &Grant) -> bool {
    match (one, other) {
        (Grant::Page(_, one), Grant::Page(_, other)) => one == other,
        (Grant::Collection(_, one), Grant::Collection(_, other)) => one == other,
        (Grant::Records(_, one), Grant::Records(_, other)) => one == other,
        (Grant::Global(_), Grant::Global(_)) | (Grant::SiteSettings(_), Grant::SiteSettings(_)) => true,
        _ => false,
    }
}

/// Gives or takes them; those that were changed by that.
async fn write(tx: &mut Tx, statements: &Statements, group: i64, grants: &[Grant]) -> Result<Vec<Grant>, DbError> {
    let (mut left, mut changed) = (grants.to_vec(), Vec::new());
    while let Some(first) = left.first().copied() {
        let (same, others): (Vec<Grant>, Vec<Grant>) = left.into_iter().partition(|grant| alike(&first, grant));
        changed.extend(write_same(tx, statements, group, (first, &same)).await?);
        left = others;
    }
    Ok(changed)
}

async fn write_same(
    tx: &mut Tx,
    statements: &Statements,
    group: i64,
    (first, same): (Grant, &[Grant]),
) -> Result<Vec<Grant>, DbError> {
    let numbers: Vec<i64> = same.iter().filter_map(number).collect();
    let names: Vec<String> = same.iter().filter_map(name).collect();
    let on = Exec::from(tx);
    Ok(match first {
        Grant::Page(_, permission) => {
            let call = on.query(statements.pages).bind(group).bind(numbers).bind(permission.as_str());
            call.list::<i64>().await?.into_iter().map(|id| Grant::Page(id, permission)).collect()
        }
        Grant::Collection(_, permission) => {
            let call = on.query(statements.collections).bind(group).bind(numbers).bind(permission.as_str());
            call.list::<i64>().await?.into_iter().map(|id| Grant::Collection(id, permission)).collect()
        }
        Grant::SiteSettings(_) => {
            let call = on.query(statements.sites).bind(group).bind(numbers).bind(GlobalPermission::Settings.as_str());
            call.list::<i64>().await?.into_iter().map(Grant::SiteSettings).collect()
        }
        Grant::Records(_, permission) => {
            let call = on.query(statements.records).bind(group).bind(names).bind(permission.as_str());
            let known = |name: String| TypeName::new(&name).map(|of| Grant::Records(of, permission));
            call.list::<String>().await?.into_iter().filter_map(known).collect()
        }
        Grant::Global(_) => {
            let call = on.query(statements.globals).bind(group).bind(names);
            let known = |name: String| GlobalPermission::parse(&name).map(Grant::Global);
            call.list::<String>().await?.into_iter().filter_map(known).collect()
        }
    })
}
