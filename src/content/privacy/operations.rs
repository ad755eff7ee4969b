//! Restricting pages and collections, and opening them again. Caches drop what is no longer for everybody, last good copies included.

use serde_json::{Value, json};

use super::password::{self, MAX_PASSWORD_BYTES};
use super::{SharedPasswords, Target, collections, refresh_subtree};
use crate::clock::Micros;
use crate::content::operations::find_in_tree;
use crate::content::page::Page;
use crate::content::types::DefaultPrivacy;
use crate::content::{Actor, Content, EditError, audit, change, object_log, tree};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::{ObjectEvent, ObjectKind, PageEvent};

const MAX_GROUPS: usize = 50;
const MAX_GROUP_NAME: usize = 150;

/// Who passes.
#[derive(Clone, PartialEq, Eq)]
pub enum Rule {
    /// Whoever knows this password.
    Password(String),
    /// Whoever signed in.
    Login,
    /// Whoever is in one of these groups.
    Groups(Vec<String>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Rule {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::Login => "login",
            Self::Groups(_) => "groups",
        }
    }

    fn check(&self) -> Result<(), EditError> {
        let refused = match self {
            Self::Password(password) if password.trim().is_empty() => Some("the password is empty"),
            Self::Password(password) if password.len() > MAX_PASSWORD_BYTES => Some("the password is too long"),
            Self::Groups(groups) if groups.is_empty() => Some("name at least one group"),
            Self::Groups(groups) if groups.len() > MAX_GROUPS => Some("there are too many groups"),
            Self::Groups(groups)
                if groups.iter().any(|name| name.trim().is_empty() || name.chars().count() > MAX_GROUP_NAME) =>
            {
                Some("a group's name has 1 to 150 characters")
            }
            _ => None,
        };
        refused.map_or(Ok(()), |reason| Err(EditError::Privacy(reason)))
    }
}

queries! {
    /// A changed rule keeps its id; the new pass ends what was proven under the old one.
    SET = write "privacy.set"
        "INSERT INTO view_restriction (page_id, kind, password_hash, pass, group_names, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (page_id) DO UPDATE SET kind = excluded.kind, password_hash = excluded.password_hash,
             pass = excluded.pass, group_names = excluded.group_names, created_at = excluded.created_at
         RETURNING id";
    SET_ON_COLLECTION = write "privacy.set_on_collection"
        "INSERT INTO view_restriction (collection_id, kind, password_hash, pass, group_names, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (collection_id) DO UPDATE SET kind = excluded.kind, password_hash = excluded.password_hash,
             pass = excluded.pass, group_names = excluded.group_names, created_at = excluded.created_at
         RETURNING id";
    /// Locked, so that none of them is renamed or deleted before the rule is written.
    KNOWN_GROUPS = write "privacy.lock_groups"
        "SELECT name FROM account_group WHERE name = ANY($1) ORDER BY id LIMIT $2 FOR SHARE"
        sqlite "SELECT name FROM account_group WHERE name IN (SELECT value FROM json_each($1)) ORDER BY id LIMIT $2";
    KIND = write "privacy.find_kind" "SELECT kind FROM view_restriction WHERE page_id = $1";
    KIND_ON_COLLECTION = write "privacy.find_kind_on_collection"
        "SELECT kind FROM view_restriction WHERE collection_id = $1";
    CLEAR = write "privacy.clear" "DELETE FROM view_restriction WHERE page_id = $1";
    CLEAR_ON_COLLECTION = write "privacy.clear_on_collection" "DELETE FROM view_restriction WHERE collection_id = $1";
}

/// What a restriction lies on, locked.
struct Place {
    id: i64,
    path: String,
    on: On,
}

enum On {
    Page(Box<Page>),
    /// By its name.
    Collection(String),
}

/// What was done to a restriction, for the log; `detail` has the kind and the groups, never a password.
#[derive(Clone, Copy)]
enum Done {
    Create,
    Edit,
    Delete,
}

impl Done {
    fn of_page(self) -> PageEvent {
        match self {
            Self::Create => PageEvent::RestrictionCreate,
            Self::Edit => PageEvent::RestrictionEdit,
            Self::Delete => PageEvent::RestrictionDelete,
        }
    }

    fn of_object(self) -> ObjectEvent {
        match self {
            Self::Create => ObjectEvent::RestrictionCreate,
            Self::Edit => ObjectEvent::RestrictionEdit,
            Self::Delete => ObjectEvent::RestrictionDelete,
        }
    }
}

/// A rule names groups that there are: nobody could pass one of another, until somebody made it.
async fn check_groups(tx: &mut Tx, groups: &[String]) -> Result<(), EditError> {
    let limit = i64::try_from(MAX_GROUPS).unwrap_or(i64::MAX);
    let known: Vec<String> = Exec::from(tx).query(&KNOWN_GROUPS).bind(groups.to_vec()).bind(limit).list().await?;
    match groups.iter().find(|name| !known.contains(name)) {
        Some(missing) => Err(EditError::GroupNotFound(missing.clone())),
        None => Ok(()),
    }
}

impl Content {
    /// Restricts a page with all below it, or a collection with all in it, or changes how it is restricted; the
    /// restriction's id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn restrict(&self, target: Target, rule: Rule, by: impl Into<Actor>) -> Result<i64, EditError> {
        let by = by.into();
        rule.check()?;
        if matches!(rule, Rule::Password(_)) && self.shared_passwords == SharedPasswords::Refused {
            return Err(EditError::Privacy("shared passwords are turned off here"));
        }
        let (kind, groups, hash) = match rule {
            Rule::Password(password) => {
                let hashed = self.hashing.hash(password).await;
                let hash = hashed.map_err(|_| EditError::Privacy("the password cannot be hashed"))?;
                ("password", Vec::new(), Some(hash))
            }
            Rule::Login => ("login", Vec::new(), None),
            Rule::Groups(groups) => ("groups", groups, None),
        };
        let mut tx = self.db.begin(TxName("privacy.restrict")).await?;
        check_groups(&mut tx, &groups).await?;
        let place = self.lock_place(&mut tx, target, &by).await?;
        let was = place.kind(&mut tx).await?;
        let query = if let On::Page(_) = place.on { &SET } else { &SET_ON_COLLECTION };
        let call = Exec::from(&mut tx).query(query).bind(place.id).bind(kind).bind(hash).bind(password::random_pass());
        let restriction = call.bind(serde_json::json!(groups).to_string()).bind(Micros::now()).one::<i64>().await?;
        let done = if was.is_some() { Done::Edit } else { Done::Create };
        let detail = json!({ "kind": kind, "groups": groups, "was": was });
        self.finish(tx, place, (done, detail), &by).await?;
        Ok(restriction)
    }

    /// Takes the restriction that lies on a target itself away; whether there was one. What lies above it stays.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn unrestrict(&self, target: Target, by: impl Into<Actor>) -> Result<bool, EditError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("privacy.unrestrict")).await?;
        let place = self.lock_place(&mut tx, target, &by).await?;
        let was = place.kind(&mut tx).await?;
        let query = if let On::Page(_) = place.on { &CLEAR } else { &CLEAR_ON_COLLECTION };
        if Exec::from(&mut tx).query(query).bind(place.id).execute().await? == 0 {
            return Ok(false);
        }
        self.finish(tx, place, (Done::Delete, json!({ "was": was })), &by).await?;
        Ok(true)
    }

    /// What a restriction lies on; a page that somebody else locked is left as it is.
    async fn lock_place(&self, tx: &mut Tx, target: Target, by: &Actor) -> Result<Place, EditError> {
        let place = lock(tx, target).await?;
        if let On::Page(page) = &place.on {
            self.refuse_locked(tx, page, by).await?;
        }
        Ok(place)
    }

    async fn finish(
        &self,
        mut tx: Tx,
        place: Place,
        (done, detail): (Done, Value),
        by: &Actor,
    ) -> Result<(), EditError> {
        let tags = match &place.on {
            On::Page(page) => {
                let tags = refresh_subtree(&mut tx, &self.types(), &place.path).await?;
                audit::append(&mut tx, by, done.of_page(), (&**page).into(), &detail).await?;
                tags
            }
            On::Collection(name) => {
                let kind = ObjectKind::Collection;
                let subject = object_log::Subject { kind, id: place.id, title: name, type_name: "", revision: None };
                object_log::append(&mut tx, by, done.of_object(), subject, &detail).await?;
                collections::refresh(&mut tx, &place.path).await?
            }
        };
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        match place.on {
            On::Page(page) => self.count_event(done.of_page(), &page.type_name, by.channel),
            On::Collection(_) => self.count_object(ObjectKind::Collection, done.of_object(), by.channel),
        }
        Ok(())
    }
}

impl Place {
    /// The kind of the restriction that lies on it.
    async fn kind(&self, tx: &mut Tx) -> Result<Option<String>, DbError> {
        let query = if let On::Page(_) = self.on { &KIND } else { &KIND_ON_COLLECTION };
        Exec::from(tx).query(query).bind(self.id).optional().await
    }
}

/// The restriction that a type of page says its new pages have.
pub(in crate::content) async fn restrict_new(
    tx: &mut Tx,
    page: i64,
    default: &DefaultPrivacy,
) -> Result<(), EditError> {
    let (kind, groups) = match default {
        DefaultPrivacy::Login => ("login", Vec::new()),
        DefaultPrivacy::Groups(groups) => ("groups", groups.clone()),
    };
    check_groups(tx, &groups).await?;
    let call = Exec::from(tx).query(&SET).bind(page).bind(kind).bind(None::<String>).bind(password::random_pass());
    call.bind(json!(groups).to_string()).bind(Micros::now()).one::<i64>().await?;
    Ok(())
}

async fn lock(tx: &mut Tx, target: Target) -> Result<Place, EditError> {
    match target {
        Target::Page(id) => {
            tree::lock(tx).await?;
            let page = find_in_tree(tx, id).await?;
            if page.id == tree::ROOT_ID {
                return Err(EditError::Privacy("restrict the pages below the root of the tree, not the root"));
            }
            Ok(Place { id, path: page.path.clone(), on: On::Page(Box::new(page)) })
        }
        Target::Collection(id) => {
            let found = collections::lock(tx, id).await?.ok_or(EditError::CollectionNotFound(id))?;
            Ok(Place { id, path: found.path, on: On::Collection(found.name) })
        }
    }
}
