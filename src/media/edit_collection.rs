//! Changing the tree of collections.

use serde_json::{Value, json};

use super::collection::{self, Collection, Contents};
use super::{Media, MediaError, text};
use crate::content::change::{self, Tag};
use crate::content::object_log::{self, Subject};
use crate::content::tree::MAX_DEPTH;
use crate::content::{Actor, privacy};
use crate::db::{DbError, Tx, TxName};
use crate::telemetry::label::{ObjectEvent, ObjectKind};

impl Media {
    /// All collections in the order of the tree.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_collections(&self) -> Result<Vec<collection::Listed>, MediaError> {
        Ok(collection::list(&self.db).await?)
    }

    /// The collection at a path of names below the root, such as `Press/2024`; empty: the root.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn collection_at(&self, path: &str) -> Result<Collection, MediaError> {
        let mut found = collection::find(&*self.db, collection::ROOT_ID).await?;
        for name in names(path) {
            let Some(parent) = found else { break };
            found = collection::find_child(&*self.db, parent.id, name).await?;
        }
        found.ok_or_else(|| MediaError::NoCollectionAt(path.to_owned()))
    }

    /// The collection at a path of names, made with all above it where there is none; its id.
    ///
    /// # Errors
    /// What [`MediaError`] says.
    pub async fn ensure_collection(&self, path: &str, by: impl Into<Actor>) -> Result<i64, MediaError> {
        let by = by.into();
        let mut id = collection::ROOT_ID;
        for name in names(path) {
            id = match collection::find_child(&*self.db, id, name).await? {
                Some(found) => found.id,
                None => match self.create_collection(id, name, &by).await {
                    // Somebody else made it meanwhile.
                    Err(MediaError::CollectionNameTaken(_)) => {
                        let found = collection::find_child(&*self.db, id, name).await?;
                        found.ok_or_else(|| MediaError::NoCollectionAt(path.to_owned()))?.id
                    }
                    made => made?,
                },
            };
        }
        Ok(id)
    }

    /// Creates a collection in another one; as restricted as that one. The new id.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn create_collection(&self, parent: i64, name: &str, by: impl Into<Actor>) -> Result<i64, MediaError> {
        let by = by.into();
        let name = name_of(name)?;
        let mut tx = self.db.begin(TxName("collection.create")).await?;
        let parent = locked(&mut tx, parent).await?;
        let path = place(&mut tx, &parent, name).await?;
        let id = collection::insert(&mut tx, &parent, path, name).await?;
        note(&mut tx, &by, ObjectEvent::Create, (id, name), &json!({ "in": parent.name })).await?;
        tx.commit().await?;
        self.content.count_object(ObjectKind::Collection, ObjectEvent::Create, by.channel);
        Ok(id)
    }

    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn rename_collection(&self, id: i64, name: &str, by: impl Into<Actor>) -> Result<(), MediaError> {
        let by = by.into();
        let name = name_of(name)?;
        let mut tx = self.db.begin(TxName("collection.rename")).await?;
        let renamed = locked(&mut tx, id).await?;
        let parent = renamed.parent_id.ok_or(MediaError::RootIsFixed)?;
        if collection::find_child(&mut tx, parent, name).await?.is_some_and(|found| found.id != id) {
            return Err(MediaError::CollectionNameTaken(name.to_owned()));
        }
        if renamed.name == name {
            return Ok(());
        }
        collection::rename(&mut tx, id, name).await?;
        note(&mut tx, &by, ObjectEvent::Rename, (id, name), &json!({ "was": renamed.name })).await?;
        tx.commit().await?;
        self.content.count_object(ObjectKind::Collection, ObjectEvent::Rename, by.channel);
        Ok(())
    }

    /// Moves a collection, with all below it, into another one. It is as restricted as its new place.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn move_collection(&self, id: i64, into: i64, by: impl Into<Actor>) -> Result<(), MediaError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("collection.move")).await?;
        let moved = locked(&mut tx, id).await?;
        if moved.parent_id.is_none() {
            return Err(MediaError::RootIsFixed);
        }
        let parent = collection::find(&mut tx, into).await?.ok_or(MediaError::CollectionNotFound(into))?;
        if parent.path.starts_with(&moved.path) {
            return Err(MediaError::MoveIntoItself);
        }
        if moved.parent_id == Some(into) {
            return Ok(());
        }
        if !collection::fits(&mut tx, &moved, &parent).await? {
            return Err(MediaError::TooDeep(MAX_DEPTH));
        }
        let path = place(&mut tx, &parent, &moved.name).await?;
        collection::relocate(&mut tx, &moved, &parent, &path).await?;
        let mut tags = privacy::collections::refresh(&mut tx, &path).await?;
        // What a collection lets through may be on any page.
        tags.push(Tag::All);
        note(&mut tx, &by, ObjectEvent::Move, (id, &moved.name), &json!({ "into": parent.name })).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.content.announce_own(change, &tags);
        self.content.count_object(ObjectKind::Collection, ObjectEvent::Move, by.channel);
        Ok(())
    }

    /// Deletes an empty collection.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn delete_collection(&self, id: i64, by: impl Into<Actor>) -> Result<(), MediaError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("collection.delete")).await?;
        let found = locked(&mut tx, id).await?;
        if found.parent_id.is_none() {
            return Err(MediaError::RootIsFixed);
        }
        let Contents { collections, images, documents } = collection::count_contents(&mut tx, id).await?;
        if collections + images + documents > 0 {
            return Err(MediaError::CollectionNotEmpty { collections, images, documents });
        }
        collection::delete(&mut tx, id).await?;
        note(&mut tx, &by, ObjectEvent::Delete, (id, &found.name), &Value::Null).await?;
        tx.commit().await?;
        self.content.count_object(ObjectKind::Collection, ObjectEvent::Delete, by.channel);
        Ok(())
    }
}

async fn note(
    tx: &mut Tx,
    by: &Actor,
    event: ObjectEvent,
    (id, title): (i64, &str),
    detail: &Value,
) -> Result<(), DbError> {
    let subject = Subject { kind: ObjectKind::Collection, id, title, type_name: "", revision: None };
    object_log::append(tx, by, event, subject, detail).await
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').map(str::trim).filter(|name| !name.is_empty())
}

fn name_of(name: &str) -> Result<&str, MediaError> {
    let name = text::required("name", name)?;
    if name.contains('/') { Err(MediaError::CollectionNameInvalid(name.to_owned())) } else { Ok(name) }
}

/// The collection, in a tree that nobody else changes until the transaction ends.
async fn locked(tx: &mut Tx, id: i64) -> Result<Collection, MediaError> {
    collection::lock(tx).await?;
    collection::find(tx, id).await?.ok_or(MediaError::CollectionNotFound(id))
}

/// The path of a new child called `name`.
async fn place(tx: &mut Tx, parent: &Collection, name: &str) -> Result<String, MediaError> {
    if parent.depth >= MAX_DEPTH {
        return Err(MediaError::TooDeep(MAX_DEPTH));
    }
    if collection::find_child(&mut *tx, parent.id, name).await?.is_some() {
        return Err(MediaError::CollectionNameTaken(name.to_owned()));
    }
    let path: Result<_, DbError> = collection::next_path(tx, parent).await;
    path?.ok_or(MediaError::CollectionFull(parent.id))
}
