//! Free tags of images and documents; the same tags that pages have.

use super::{MediaError, text};
use crate::content::tag;
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Tags read for one list of files.
const MAX_TAGS: i64 = 10_000;

queries! {
    CLEAR_IMAGE = write "image.clear_tags" "DELETE FROM image_tag WHERE image_id = $1";
    ADD_IMAGE = write "image.add_tag"
        "INSERT INTO image_tag (image_id, tag_id) SELECT CAST($1 AS BIGINT), id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO image_tag (image_id, tag_id) SELECT $1, id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING";
    LIST_IMAGE = read "image.list_tags"
        ("SELECT image_id AS owner_id, name FROM image_tag JOIN tag ON tag.id = tag_id
         WHERE image_id " [any "$1"] " ORDER BY image_id, slug LIMIT $2");
    CLEAR_DOCUMENT = write "document.clear_tags" "DELETE FROM document_tag WHERE document_id = $1";
    ADD_DOCUMENT = write "document.add_tag"
        "INSERT INTO document_tag (document_id, tag_id) SELECT CAST($1 AS BIGINT), id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO document_tag (document_id, tag_id) SELECT $1, id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING";
    LIST_DOCUMENT = read "document.list_tags"
        ("SELECT document_id AS owner_id, name FROM document_tag JOIN tag ON tag.id = tag_id
         WHERE document_id " [any "$1"] " ORDER BY document_id, slug LIMIT $2");
}

record! {
    /// A tag of one image or document.
    #[derive(Clone, Debug)]
    pub struct Tagged { pub owner_id: i64, pub name: String }
}

/// What has tags.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    Image(i64),
    Document(i64),
}

/// What becomes of the tags of an image or a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagChange {
    /// These and no others.
    Replace(Vec<String>),
    /// These too: what others add meanwhile stays.
    Add(Vec<String>),
}

impl TagChange {
    pub(super) fn names(&self) -> &[String] {
        let (Self::Replace(names) | Self::Add(names)) = self;
        names
    }
}

/// Carries out a change; the image or document is locked.
pub(super) async fn change(tx: &mut Tx, owner: Owner, change: &TagChange) -> Result<(), MediaError> {
    let names = match change {
        TagChange::Replace(names) => return replace(tx, owner, names).await,
        TagChange::Add(names) => names,
    };
    add(tx, owner, names).await?;
    let had = match owner {
        Owner::Image(id) => of_images(&mut *tx, vec![id]).await?,
        Owner::Document(id) => of_documents(&mut *tx, vec![id]).await?,
    };
    if had.len() > text::MAX_TAGS { Err(MediaError::TooManyTags(text::MAX_TAGS)) } else { Ok(()) }
}

/// Makes `names` the tags of an image or a document.
pub async fn replace(tx: &mut Tx, owner: Owner, names: &[String]) -> Result<(), MediaError> {
    let (clear, id) = match owner {
        Owner::Image(id) => (&CLEAR_IMAGE, id),
        Owner::Document(id) => (&CLEAR_DOCUMENT, id),
    };
    Exec::from(&mut *tx).query(clear).bind(id).execute().await?;
    add(tx, owner, names).await
}

async fn add(tx: &mut Tx, owner: Owner, names: &[String]) -> Result<(), MediaError> {
    let (add, id) = match owner {
        Owner::Image(id) => (&ADD_IMAGE, id),
        Owner::Document(id) => (&ADD_DOCUMENT, id),
    };
    for name in names {
        let slug = tag::ensure(tx, name.trim()).await?;
        Exec::from(&mut *tx).query(add).bind(id).bind(slug).execute().await?;
    }
    Ok(())
}

/// The tags of these images.
pub async fn of_images(on: impl Into<Exec<'_>>, ids: Vec<i64>) -> Result<Vec<Tagged>, DbError> {
    on.into().query(&LIST_IMAGE).bind(ids).bind(MAX_TAGS).list().await
}

/// The tags of these documents.
pub async fn of_documents(on: impl Into<Exec<'_>>, ids: Vec<i64>) -> Result<Vec<Tagged>, DbError> {
    on.into().query(&LIST_DOCUMENT).bind(ids).bind(MAX_TAGS).list().await
}
