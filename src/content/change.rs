//! What a change touches, as dependency tags: a response carries the tags it read, a publish purges exactly those.

use std::fmt;
use std::str::FromStr;

use crate::clock::Micros;
use crate::db::{Db, DbError, Exec};
use crate::{queries, record};

/// Changes read per poll.
const POLL_LIMIT: i64 = 500;
/// Changes older than this are deleted: a node that was away longer starts with an empty cache anyway.
const KEEP_S: i64 = 24 * 3600;

/// One thing a response can depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// The content of a page.
    Page(i64),
    /// What listings show of a page.
    Summary(i64),
    /// Title and URL of a page, as links, menus and breadcrumbs show them.
    Link(i64),
    /// Which pages a page lists as its children, and their order.
    Children(i64),
    /// Which children a page lists for one value of a field: `7/categories/3` (see `content::lists`).
    List(String),
    /// Which pages there are of a type, and their order.
    Type(String),
    /// Which pages are in the menus.
    Menu,
    Snippet(i64),
    Image(i64),
    Document(i64),
    /// A type of settings, such as `site.SocialSettings`.
    Setting(String),
    /// An embed, by the digest of its address.
    Embed(String),
    /// The page is no longer public at the URL it had: no stale copy may be served.
    Gone(i64),
    /// Everything: templates, types or settings changed.
    All,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(id) => write!(f, "page:{id}"),
            Self::Summary(id) => write!(f, "summary:{id}"),
            Self::Link(id) => write!(f, "link:{id}"),
            Self::Children(id) => write!(f, "children:{id}"),
            Self::List(name) => write!(f, "list:{name}"),
            Self::Type(name) => write!(f, "type:{name}"),
            Self::Menu => f.write_str("menu"),
            Self::Snippet(id) => write!(f, "snippet:{id}"),
            Self::Image(id) => write!(f, "image:{id}"),
            Self::Document(id) => write!(f, "document:{id}"),
            Self::Setting(name) => write!(f, "setting:{name}"),
            Self::Embed(digest) => write!(f, "embed:{digest}"),
            Self::Gone(id) => write!(f, "gone:{id}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl FromStr for Tag {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let id = || rest.parse().map_err(|_| ());
        Ok(match kind {
            "page" => Self::Page(id()?),
            "summary" => Self::Summary(id()?),
            "link" => Self::Link(id()?),
            "children" => Self::Children(id()?),
            "list" => Self::List(rest.to_owned()),
            "type" => Self::Type(rest.to_owned()),
            "menu" => Self::Menu,
            "snippet" => Self::Snippet(id()?),
            "image" => Self::Image(id()?),
            "document" => Self::Document(id()?),
            "setting" => Self::Setting(rest.to_owned()),
            "embed" => Self::Embed(rest.to_owned()),
            "gone" => Self::Gone(id()?),
            "all" => Self::All,
            _ => return Err(()),
        })
    }
}

record! {
    /// One line of the log of changes.
    pub struct Change { pub id: i64, tags: String, pub at: i64 }
}

impl Change {
    /// The tags; what a newer version wrote and this one does not know counts as everything.
    pub fn tags(&self) -> Vec<Tag> {
        self.tags.split_ascii_whitespace().map(|tag| tag.parse().unwrap_or(Tag::All)).collect()
    }
}

queries! {
    APPEND = write "change.append" "INSERT INTO change (tags, at) VALUES ($1, $2) RETURNING id";
    /// Ids are given out before commit, so a transaction may become visible after a later id: the reader looks back.
    AFTER = read "change.list_after" "SELECT id, tags, at FROM change WHERE id > $1 ORDER BY id LIMIT $2";
    LATEST = read "change.latest" "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM change";
    PRUNE = write "change.prune" "DELETE FROM change WHERE at < $1";
}

/// Writes a change into the log, in the transaction that makes it; the change's id.
pub async fn append(on: impl Into<Exec<'_>>, tags: &[Tag]) -> Result<i64, DbError> {
    let text: Vec<String> = tags.iter().map(Tag::to_string).collect();
    on.into().query(&APPEND).bind(text.join(" ")).bind(Micros::now()).one().await
}

/// Changes with an id above `after`, oldest first, at most [`POLL_LIMIT`].
pub async fn list_after(db: &Db, after: i64) -> Result<Vec<Change>, DbError> {
    db.query(&AFTER).bind(after).bind(POLL_LIMIT).list().await
}

pub async fn latest(db: &Db) -> Result<i64, DbError> {
    db.query(&LATEST).one().await
}

pub async fn prune(db: &Db) -> Result<u64, DbError> {
    db.query(&PRUNE).bind(Micros::now().0 - KEEP_S * 1_000_000).execute().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_survive_the_log() {
        let tags = [
            Tag::Page(3),
            Tag::Summary(4),
            Tag::Link(5),
            Tag::Children(6),
            Tag::List("7/categories/3".into()),
            Tag::Type("blog.BlogPage".into()),
            Tag::Menu,
            Tag::Snippet(7),
            Tag::Image(9),
            Tag::Document(10),
            Tag::Setting("site.SocialSettings".into()),
            Tag::Embed("ab12".into()),
            Tag::Gone(8),
            Tag::All,
        ];
        for tag in tags {
            assert_eq!(tag.to_string().parse(), Ok(tag));
        }
        assert_eq!("page:x".parse::<Tag>(), Err(()));
    }
}
