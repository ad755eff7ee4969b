//! Revisions: every save of a page, whole.

use super::Actor;
use super::page::PageContent;
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec};
use crate::{queries, record};

/// Revisions deleted by one statement.
const COMPACT_BATCH: i64 = 500;
/// Revisions listed at once.
pub const LIST_LIMIT: i64 = 200;

record! {
    struct Row {
        id: i64, page_id: i64, content: String, created_at: i64, reverted_from: Option<i64>, account_id: Option<i64>,
        author: String, sitting: String, automatic: bool,
    }
}

#[derive(Clone, Debug)]
pub struct Revision {
    pub id: i64,
    pub page_id: i64,
    pub content: PageContent,
    pub created_at: Micros,
    pub reverted_from: Option<i64>,
    pub author: Author,
    /// The time from opening the editor to leaving it has one name; empty for programs.
    pub sitting: String,
    /// Whether the editor saved it by itself.
    pub automatic: bool,
}

/// Who saved a revision, by the name of then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    pub account: Option<i64>,
    pub name: String,
}

/// What is told of a revision beside its content.
#[derive(Clone, Debug, Default)]
pub(super) struct Saving<'s> {
    pub account: Option<i64>,
    pub name: &'s str,
    pub sitting: &'s str,
    pub automatic: bool,
    pub reverted_from: Option<i64>,
}

impl<'s> Saving<'s> {
    pub fn by(actor: &'s Actor) -> Self {
        Self { account: actor.account, name: &actor.name, ..Self::default() }
    }
}

record! {
    /// A revision without its content.
    #[derive(Clone, Debug)]
    pub struct Listed {
        pub id: i64, pub created_at: i64, pub reverted_from: Option<i64>, pub account_id: Option<i64>,
        pub author: String, pub sitting: String, pub automatic: bool,
    }
}

queries! {
    INSERT = write "revision.insert"
        "INSERT INTO revision (page_id, content, created_at, reverted_from, account_id, author, sitting, automatic)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    REWRITE = write "revision.rewrite" "UPDATE revision SET content = $2 WHERE id = $1";
    FIND = read "revision.find"
        "SELECT id, page_id, content, created_at, reverted_from, account_id, author, sitting, automatic FROM revision WHERE id = $1 AND page_id = $2";
    LIST = read "revision.list"
        "SELECT id, page_id, content, created_at, reverted_from, account_id, author, sitting, automatic FROM revision WHERE page_id = $1
         ORDER BY id DESC LIMIT $2";
    LIST_FACTS = read "revision.list_facts"
        "SELECT id, created_at, reverted_from, account_id, author, sitting, automatic FROM revision
         WHERE page_id = $1 AND id < $2 AND ($3 = 0 OR +account_id = $3) AND +created_at >= $4 AND +created_at < $5
         ORDER BY id DESC LIMIT $6";
    /// Nothing that a page, or another revision, refers to.
    COMPACT = write "revision.compact"
        "DELETE FROM revision WHERE id IN (
             SELECT r.id FROM revision r JOIN page p ON p.id = r.page_id
             WHERE r.automatic AND r.created_at < $1 AND r.id <> COALESCE(p.latest_revision_id, 0)
               AND r.id <> COALESCE(p.live_revision_id, 0) AND r.id <> COALESCE(p.publish_revision_id, 0)
               AND EXISTS (SELECT 1 FROM revision n WHERE n.page_id = r.page_id AND n.id > r.id AND n.sitting = r.sitting)
               AND NOT EXISTS (SELECT 1 FROM revision b WHERE b.page_id = r.page_id AND b.reverted_from = r.id)
             LIMIT $2)";
}

pub(super) async fn insert(
    on: impl Into<Exec<'_>>,
    page_id: i64,
    content: &PageContent,
    saving: Saving<'_>,
) -> Result<i64, DbError> {
    let content = serde_json::to_string(content).map_err(|error| DbError::Other(error.to_string()))?;
    let call = on.into().query(&INSERT).bind(page_id).bind(content).bind(Micros::now()).bind(saving.reverted_from);
    call.bind(saving.account).bind(saving.name).bind(saving.sitting).bind(saving.automatic).one().await
}

/// Changes what a revision says: of a page that is being made, never of one that somebody saved.
pub(super) async fn rewrite(on: impl Into<Exec<'_>>, id: i64, content: &PageContent) -> Result<(), DbError> {
    let content = serde_json::to_string(content).map_err(|error| DbError::Other(error.to_string()))?;
    on.into().query(&REWRITE).bind(id).bind(content).execute().await.map(|_| ())
}

pub async fn find(on: impl Into<Exec<'_>>, page_id: i64, id: i64) -> Result<Option<Revision>, DbError> {
    on.into().query(&FIND).bind(id).bind(page_id).optional::<Row>().await?.map(Row::parse).transpose()
}

/// The latest revisions of a page, newest first.
pub async fn list(on: impl Into<Exec<'_>>, page_id: i64) -> Result<Vec<Revision>, DbError> {
    let rows: Vec<Row> = on.into().query(&LIST).bind(page_id).bind(LIST_LIMIT).list().await?;
    rows.into_iter().map(Row::parse).collect()
}

/// Which revisions of a page are listed; what is `None` does not restrict them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrowed {
    pub account: Option<i64>,
    pub since: Option<Micros>,
    /// Before this time.
    pub until: Option<Micros>,
    /// Older than this one, by id.
    pub before: Option<i64>,
}

/// Revisions of a page, the newest first, at most [`LIST_LIMIT`].
///
/// # Errors
/// When the database is out of reach.
pub async fn list_facts(on: impl Into<Exec<'_>>, page_id: i64, narrowed: Narrowed) -> Result<Vec<Listed>, DbError> {
    let call = on.into().query(&LIST_FACTS).bind(page_id).bind(narrowed.before.unwrap_or(i64::MAX));
    let call = call.bind(narrowed.account.unwrap_or(0)).bind(narrowed.since.map_or(i64::MIN, |at| at.0));
    call.bind(narrowed.until.map_or(i64::MAX, |at| at.0)).bind(LIST_LIMIT).list().await
}

/// Deletes what the editor saved by itself before `until`, but the last of each sitting, and what is live, scheduled or
/// the newest: a bounded number; how many went.
///
/// # Errors
/// When the database is out of reach.
pub(super) async fn compact(db: &Db, until: Micros) -> Result<u64, DbError> {
    db.query(&COMPACT).bind(until).bind(COMPACT_BATCH).execute().await
}

impl Row {
    fn parse(self) -> Result<Revision, DbError> {
        let content = serde_json::from_str(&self.content)
            .map_err(|error| DbError::Other(format!("revision {}: {error}", self.id)))?;
        Ok(Revision {
            id: self.id,
            page_id: self.page_id,
            content,
            created_at: Micros(self.created_at),
            reverted_from: self.reverted_from,
            author: Author { account: self.account_id, name: self.author },
            sitting: self.sitting,
            automatic: self.automatic,
        })
    }
}
