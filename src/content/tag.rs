//! Free tags of pages; upper and lower case are the same tag.

use super::slug;
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record};

record! {
    #[derive(Clone, Debug)]
    pub struct PageTag { pub id: i64, pub name: String, pub slug: String }
}

queries! {
    ENSURE = write "tag.ensure" "INSERT INTO tag (name, slug) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING";
    FIND = read "tag.find_by_slug" "SELECT id, name, slug FROM tag WHERE slug = $1";
    CLEAR = write "tag.clear_page" "DELETE FROM page_tag WHERE page_id = $1";
    ADD = write "tag.add_to_page"
        "INSERT INTO page_tag (page_id, tag_id) SELECT CAST($1 AS BIGINT), id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO page_tag (page_id, tag_id) SELECT $1, id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING";
}

pub async fn find_by_slug(db: &Db, slug: &str) -> Result<Option<PageTag>, DbError> {
    db.query(&FIND).bind(slug).optional().await
}

/// The slug under which a tag is found.
pub fn slug_of(name: &str) -> String {
    slug::from_title(name)
}

/// Makes `names` the tags of a page.
pub(super) async fn replace(tx: &mut Tx, page_id: i64, names: &[&str]) -> Result<(), DbError> {
    Exec::from(&mut *tx).query(&CLEAR).bind(page_id).execute().await?;
    for name in names {
        let slug = ensure(tx, name).await?;
        Exec::from(&mut *tx).query(&ADD).bind(page_id).bind(&slug).execute().await?;
    }
    Ok(())
}

/// The slug of a tag, which is there from now on.
pub async fn ensure(tx: &mut Tx, name: &str) -> Result<String, DbError> {
    let slug = slug_of(name);
    Exec::from(tx).query(&ENSURE).bind(name).bind(&slug).execute().await?;
    Ok(slug)
}
