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
    /// The URL of a page that is public: less than [`Tag::Link`]. No change says it, one that moves or hides the page
    /// covers it.
    Address(i64),
    /// Which pages a page lists as its children, and their order.
    Children(i64),
    /// Which children a page lists for one value of a field: `7/categories/3` (see `content::lists`).
    List(String),
    /// Which pages there are of a type, and their order.
    Type(String),
    /// Which pages are in the menus.
    Menu,
    /// Which translations a page has, by the key that they share.
    Translations(String),
    Snippet(i64),
    Image(i64),
    Document(i64),
    /// A type of settings, such as `site.SocialSettings`.
    Setting(String),
    /// An embed, by the digest of its address.
    Embed(String),
    /// The page is no longer public at the URL it had: no stale copy may be served.
    Gone(i64),
    /// The pages with these ids, by all that others show of them: of a subtree too large to name each.
    Pages {
        first: i64,
        last: i64,
    },
    /// As [`Tag::Pages`], and they are [`Tag::Gone`].
    GonePages {
        first: i64,
        last: i64,
    },
    /// Everything: templates, types or settings changed.
    All,
}

impl Tag {
    /// Whether what carries `other` is out of date when `self` changed.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Gone(gone), Self::Page(id) | Self::Address(id)) => gone == id,
            (
                Self::Pages { first, last } | Self::GonePages { first, last },
                Self::Page(id) | Self::Summary(id) | Self::Link(id) | Self::Address(id),
            ) => (first..=last).contains(&id),
            _ => self == other,
        }
    }

    /// Whether a page that was at its URL is gone from there.
    pub fn takes_away(&self, page: i64) -> bool {
        match self {
            Self::Gone(id) => *id == page,
            Self::GonePages { first, last } => (*first..=*last).contains(&page),
            _ => false,
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(id) => write!(f, "page:{id}"),
            Self::Summary(id) => write!(f, "summary:{id}"),
            Self::Link(id) => write!(f, "link:{id}"),
            Self::Address(id) => write!(f, "address:{id}"),
            Self::Children(id) => write!(f, "children:{id}"),
            Self::List(name) => write!(f, "list:{name}"),
            Self::Type(name) => write!(f, "type:{name}"),
            Self::Menu => f.write_str("menu"),
            Self::Translations(key) => write!(f, "translations:{key}"),
            Self::Snippet(id) => write!(f, "snippet:{id}"),
            Self::Image(id) => write!(f, "image:{id}"),
            Self::Document(id) => write!(f, "document:{id}"),
            Self::Setting(name) => write!(f, "setting:{name}"),
            Self::Embed(digest) => write!(f, "embed:{digest}"),
            Self::Gone(id) => write!(f, "gone:{id}"),
            Self::Pages { first, last } => write!(f, "pages:{first}-{last}"),
            Self::GonePages { first, last } => write!(f, "gone_pages:{first}-{last}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl FromStr for Tag {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let id = || rest.parse().map_err(|_| ());
        let ids = || {
            let (first, last) = rest.split_once('-').ok_or(())?;
            Ok((first.parse().map_err(|_| ())?, last.parse().map_err(|_| ())?))
        };
        Ok(match kind {
            "page" => Self::Page(id()?),
            "summary" => Self::Summary(id()?),
            "link" => Self::Link(id()?),
            "address" => Self::Address(id()?),
            "children" => Self::Children(id()?),
            "list" => Self::List(rest.to_owned()),
            "type" => Self::Type(rest.to_owned()),
            "menu" => Self::Menu,
            "translations" => Self::Translations(rest.to_owned()),
            "snippet" => Self::Snippet(id()?),
            "image" => Self::Image(id()?),
            "document" => Self::Document(id()?),
            "setting" => Self::Setting(rest.to_owned()),
            "embed" => Self::Embed(rest.to_owned()),
            "gone" => Self::Gone(id()?),
            "pages" => ids().map(|(first, last)| Self::Pages { first, last })?,
            "gone_pages" => ids().map(|(first, last)| Self::GonePages { first, last })?,
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
    OLDEST = read "change.oldest" "SELECT CAST(COALESCE(MIN(id), 0) AS BIGINT) FROM change";
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

/// The id of the oldest change that is kept; 0 when there is none.
pub async fn oldest(db: &Db) -> Result<i64, DbError> {
    db.query(&OLDEST).one().await
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
            Tag::Address(5),
            Tag::Children(6),
            Tag::List("7/categories/3".into()),
            Tag::Type("blog.BlogPage".into()),
            Tag::Menu,
            Tag::Translations("0192-ab".into()),
            Tag::Snippet(7),
            Tag::Image(9),
            Tag::Document(10),
            Tag::Setting("site.SocialSettings".into()),
            Tag::Embed("ab12".into()),
            Tag::Gone(8),
            Tag::Pages { first: 11, last: 12 },
            Tag::GonePages { first: 13, last: 14 },
            Tag::All,
        ];
        for tag in tags {
            assert_eq!(tag.to_string().parse(), Ok(tag));
        }
        assert_eq!("page:x".parse::<Tag>(), Err(()));
        assert_eq!("pages:5".parse::<Tag>(), Err(()));
    }

    #[test]
    fn a_range_covers_what_others_show_of_its_pages() {
        let range = Tag::Pages { first: 3, last: 5 };
        for shown in [Tag::Page(3), Tag::Summary(4), Tag::Link(5), Tag::Address(5)] {
            assert!(range.covers(&shown) && Tag::GonePages { first: 3, last: 5 }.covers(&shown), "{shown}");
        }
        for other in [Tag::Page(2), Tag::Link(6), Tag::Snippet(4), Tag::Children(4), Tag::Menu] {
            assert!(!range.covers(&other) && Tag::All.covers(&other), "{other}");
        }
        assert!(Tag::GonePages { first: 3, last: 5 }.takes_away(5) && !range.takes_away(5));
    }
}
