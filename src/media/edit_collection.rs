//! Changing the tree of collections.

use super::collection::{self, Collection};
use super::{Media, MediaError, text};
use crate::content::change::{self, Tag};
use crate::content::privacy;
use crate::content::tree::MAX_DEPTH;
use crate::db::{DbError, Tx, TxName};

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
    pub async fn ensure_collection(&self, path: &str) -> Result<i64, MediaError> {
        let mut id = collection::ROOT_ID;
        for name in names(path) {
            id = match collection::find_child(&*self.db, id, name).await? {
                Some(found) => found.id,
                None => match self.create_collection(id, name).await {
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
    pub async fn create_collection(&self, parent: i64, name: &str) -> Result<i64, MediaError> {
        let name = name_of(name)?;
        let mut tx = self.db.begin(TxName("collection.create")).await?;
        let parent = locked(&mut tx, parent).await?;
        let path = place(&mut tx, &parent, name).await?;
        let id = collection::insert(&mut tx, &parent, path, name).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn rename_collection(&self, id: i64, name: &str) -> Result<(), MediaError> {
        let name = name_of(name)?;
        let mut tx = self.db.begin(TxName("collection.rename")).await?;
        let renamed = locked(&mut tx, id).await?;
        let parent = renamed.parent_id.ok_or(MediaError::RootIsFixed)?;
        if collection::find_child(&mut tx, parent, name).await?.is_some_and(|found| found.id != id) {
            return Err(MediaError::CollectionNameTaken(name.to_owned()));
        }
        collection::rename(&mut tx, id, name).await?;
        Ok(tx.commit().await?)
    }

    /// Moves a collection, with all below it, into another one. It is as restricted as its new place.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn move_collection(&self, id: i64, into: i64) -> Result<(), MediaError> {
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
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.content.announce_own(change, &tags);
        Ok(())
    }

    /// Deletes an empty collection.
    ///
    /// # Errors
    /// What [`MediaError`] says; nothing is written then.
    pub async fn delete_collection(&self, id: i64) -> Result<(), MediaError> {
        let mut tx = self.db.begin(TxName("collection.delete")).await?;
        let found = locked(&mut tx, id).await?;
        if found.parent_id.is_none() {
            return Err(MediaError::RootIsFixed);
        }
        if collection::count_contents(&mut tx, id).await? > 0 {
            return Err(MediaError::CollectionNotEmpty);
        }
        collection::delete(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }
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
