//! Creating, changing and removing sites. There is always one default site, which answers for every other host.

use serde_json::{Value, json};

use super::object_log::Subject;
use super::page;
use super::site::{self, Site};
use super::tree::{self, ROOT_ID};
use super::{Actor, Content, SiteError};
use crate::db::{Constraint, DbError, Exec, Tx, TxName};
use crate::telemetry::label::{ObjectEvent, ObjectKind};
use crate::{queries, record};

/// Sites one installation may have.
const MAX_SITES: i64 = 1_000;
/// Longest name, in characters.
const MAX_NAME_LENGTH: usize = 255;
/// Longest host name, in bytes: RFC 1035.
const MAX_HOST_BYTES: usize = 253;

/// A site to be made.
#[derive(Clone, Debug)]
pub struct NewSite {
    pub hostname: String,
    pub port: i64,
    pub name: String,
    pub root_page_id: i64,
}

/// What is changed about a site; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct SiteChange {
    pub hostname: Option<String>,
    pub port: Option<i64>,
    pub name: Option<String>,
    pub root_page_id: Option<i64>,
    /// Whether it becomes the default one; the one that is stays it until another one becomes it.
    pub becomes_default: bool,
}

record! { struct Known { hostname: String, port: i64, name: String, root_page_id: i64, is_default: bool } }

queries! {
    COUNT = read "site.count" "SELECT COUNT(*) FROM site";
    FIND = read "site.find" "SELECT hostname, port, name, root_page_id, is_default FROM site WHERE id = $1";
    CREATE = write "site.create"
        "INSERT INTO site (hostname, port, name, root_page_id, is_default) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    UPDATE = write "site.update"
        "UPDATE site SET hostname = $2, port = $3, name = $4, root_page_id = $5 WHERE id = $1";
    CLEAR_DEFAULT = write "site.clear_default" "UPDATE site SET is_default = FALSE WHERE is_default";
    SET_DEFAULT = write "site.set_default" "UPDATE site SET is_default = TRUE WHERE id = $1";
    DELETE = write "site.delete" "DELETE FROM site WHERE id = $1";
}

impl Content {
    /// Makes a site, the default one if it is the first; its id.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is written then.
    pub async fn create_site(&self, new: &NewSite, by: impl Into<Actor>) -> Result<i64, SiteError> {
        let mut tx = self.db.begin(TxName("site.create")).await?;
        tree::lock(&mut tx).await?;
        let count: i64 = Exec::from(&mut tx).query(&COUNT).one().await?;
        if count >= MAX_SITES {
            return Err(SiteError::TooManySites(MAX_SITES));
        }
        let hostname = host(&new.hostname)?;
        check(&mut tx, new.port, &new.name, new.root_page_id).await?;
        let call = Exec::from(&mut tx).query(&CREATE).bind(&hostname).bind(new.port).bind(new.name.trim());
        let made = call.bind(new.root_page_id).bind(count == 0).one().await;
        let id = made.map_err(|error| taken(error, &hostname, new.port))?;
        let place = json!({ "hostname": hostname, "port": new.port, "root_page_id": new.root_page_id });
        self.commit_sites(tx, &by.into(), of_site(id, new.name.trim()), (ObjectEvent::Create, &place)).await?;
        Ok(id)
    }

    /// Changes a site.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is changed then.
    pub async fn update_site(&self, id: i64, change: &SiteChange, by: impl Into<Actor>) -> Result<(), SiteError> {
        self.update_site_if(id, change, |_| true, by).await.map(drop)
    }

    /// As [`Content::update_site`], if it is one that `is_seen` knows when nobody else changes it any more. Whether it was.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is changed then.
    pub async fn update_site_if(
        &self,
        id: i64,
        change: &SiteChange,
        is_seen: impl Fn(&Site) -> bool,
        by: impl Into<Actor>,
    ) -> Result<bool, SiteError> {
        let mut tx = self.db.begin(TxName("site.update")).await?;
        tree::lock(&mut tx).await?;
        let known = find(&mut tx, id).await?;
        if !is_as_seen(&mut tx, id, is_seen).await? {
            return Ok(false);
        }
        let mut told = json!({ "was": known.told() });
        let hostname = match &change.hostname {
            Some(hostname) => host(hostname)?,
            None => known.hostname,
        };
        let port = change.port.unwrap_or(known.port);
        let name = change.name.as_ref().unwrap_or(&known.name);
        let root = change.root_page_id.unwrap_or(known.root_page_id);
        check(&mut tx, port, name, root).await?;
        let call = Exec::from(&mut tx).query(&UPDATE).bind(id).bind(&hostname).bind(port).bind(name.trim());
        call.bind(root).execute().await.map_err(|error| taken(error, &hostname, port))?;
        if change.becomes_default && !known.is_default {
            make_default(&mut tx, id).await?;
            told["is_default"] = json!(true);
        }
        self.commit_sites(tx, &by.into(), of_site(id, name.trim()), (ObjectEvent::Update, &told)).await?;
        Ok(true)
    }

    /// Makes a site the one that answers for hosts that no site has.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is changed then.
    pub async fn set_default_site(&self, id: i64, by: impl Into<Actor>) -> Result<(), SiteError> {
        let mut tx = self.db.begin(TxName("site.set_default")).await?;
        tree::lock(&mut tx).await?;
        let known = find(&mut tx, id).await?;
        make_default(&mut tx, id).await?;
        let changed = (ObjectEvent::Update, &json!({ "is_default": true }));
        self.commit_sites(tx, &by.into(), of_site(id, &known.name), changed).await
    }

    /// Removes a site with its settings and redirects; its pages stay.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is removed then.
    pub async fn delete_site(&self, id: i64, by: impl Into<Actor>) -> Result<(), SiteError> {
        self.delete_site_if(id, |_| true, by).await.map(drop)
    }

    /// As [`Content::delete_site`], if it is one that `is_seen` knows when nobody else changes it any more. Whether it was.
    ///
    /// # Errors
    /// What [`SiteError`] says; nothing is removed then.
    pub async fn delete_site_if(
        &self,
        id: i64,
        is_seen: impl Fn(&Site) -> bool,
        by: impl Into<Actor>,
    ) -> Result<bool, SiteError> {
        let mut tx = self.db.begin(TxName("site.delete")).await?;
        tree::lock(&mut tx).await?;
        let known = find(&mut tx, id).await?;
        if !is_as_seen(&mut tx, id, is_seen).await? {
            return Ok(false);
        }
        if known.is_default {
            return Err(SiteError::DefaultIsNeeded);
        }
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        let deleted = (ObjectEvent::Delete, &json!({ "was": known.told() }));
        self.commit_sites(tx, &by.into(), of_site(id, &known.name), deleted).await?;
        Ok(true)
    }
}

impl Known {
    /// As the log has it.
    fn told(&self) -> Value {
        json!({ "hostname": self.hostname, "port": self.port, "name": self.name, "root_page_id": self.root_page_id })
    }
}

fn of_site(id: i64, name: &str) -> Subject<'_> {
    Subject { kind: ObjectKind::Site, id, title: name, type_name: "", revision: None }
}

async fn find(tx: &mut Tx, id: i64) -> Result<Known, SiteError> {
    Exec::from(tx).query(&FIND).bind(id).optional().await?.ok_or(SiteError::SiteNotFound(id))
}

/// Under the lock of the tree: its languages are those of its pages.
async fn is_as_seen(tx: &mut Tx, id: i64, is_seen: impl Fn(&Site) -> bool) -> Result<bool, DbError> {
    Ok(site::list(tx, "").await?.iter().any(|site| site.id == id && is_seen(site)))
}

async fn make_default(tx: &mut Tx, id: i64) -> Result<(), DbError> {
    Exec::from(&mut *tx).query(&CLEAR_DEFAULT).execute().await?;
    Exec::from(tx).query(&SET_DEFAULT).bind(id).execute().await.map(drop)
}

async fn check(tx: &mut Tx, port: i64, name: &str, root: i64) -> Result<(), SiteError> {
    if !(1..=65_535).contains(&port) {
        return Err(SiteError::PortInvalid(port));
    }
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_control) || name.chars().count() > MAX_NAME_LENGTH {
        return Err(SiteError::NameInvalid { max: MAX_NAME_LENGTH });
    }
    let page = page::find(tx, root).await?.ok_or(SiteError::PageNotFound(root))?;
    if page.id == ROOT_ID || page.trashed { Err(SiteError::RootUnfit(root)) } else { Ok(()) }
}

/// As browsers send it: in lower case and ASCII, IPv6 in brackets.
fn host(text: &str) -> Result<String, SiteError> {
    let refused = || SiteError::HostInvalid(text.to_owned());
    let parsed = url::Host::parse(text.trim().trim_end_matches('.')).map_err(|_| refused())?.to_string();
    let is_named = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let labels = parsed.starts_with('[') || parsed.split('.').all(is_named);
    if labels && parsed.len() <= MAX_HOST_BYTES { Ok(parsed) } else { Err(refused()) }
}

fn taken(error: DbError, hostname: &str, port: i64) -> SiteError {
    match error {
        DbError::Constraint(Constraint::Unique, _) => SiteError::AddressTaken(hostname.to_owned(), port),
        other => SiteError::Db(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_stored_as_browsers_send_them() {
        for (given, expected) in [
            ("WWW.Example.com.", "www.example.com"),
            ("münchen.example", "xn--mnchen-3ya.example"),
            ("[::1]", "[::1]"),
            ("127.0.0.1", "127.0.0.1"),
            ("my_service", "my_service"),
        ] {
            assert_eq!(host(given).expect("a host"), expected);
        }
        for bad in ["", "a b", "http://a.test", "a.test:80", "a.test/x", "a..b", "user@a.test", "*.a.test"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
