//! Revisions: every save of a page, whole.

use super::page::PageContent;
use crate::clock::Micros;
use crate::db::{DbError, Exec};
use crate::{queries, record};

/// Revisions listed at once.
pub const LIST_LIMIT: i64 = 200;

record! {
    struct Row { id: i64, page_id: i64, content: String, created_at: i64, reverted_from: Option<i64> }
}

#[derive(Clone, Debug)]
pub struct Revision {
    pub id: i64,
    pub page_id: i64,
    pub content: PageContent,
    pub created_at: Micros,
    pub reverted_from: Option<i64>,
}

queries! {
    INSERT = write "revision.insert"
        "INSERT INTO revision (page_id, content, created_at, reverted_from) VALUES ($1, $2, $3, $4) RETURNING id";
    REWRITE = write "revision.rewrite" "UPDATE revision SET content = $2 WHERE id = $1";
    FIND = read "revision.find"
        "SELECT id, page_id, content, created_at, reverted_from FROM revision WHERE id = $1 AND page_id = $2";
    LIST = read "revision.list"
        "SELECT id, page_id, content, created_at, reverted_from FROM revision WHERE page_id = $1
         ORDER BY id DESC LIMIT $2";
}

pub(super) async fn insert(
    on: impl Into<Exec<'_>>,
    page_id: i64,
    content: &PageContent,
    reverted_from: Option<i64>,
) -> Result<i64, DbError> {
    let content = serde_json::to_string(content).map_err(|error| DbError::Other(error.to_string()))?;
    on.into().query(&INSERT).bind(page_id).bind(content).bind(Micros::now()).bind(reverted_from).one().await
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
        })
    }
}
