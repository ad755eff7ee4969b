//! Deleting a page with its subtree, for good.

use super::{Touched, refuse_root, subtree, tags_of_subtree};
use crate::content::change::{self, Tag};
use crate::content::{Content, EditError, lists, page, search, site, tree};
use crate::db::{Exec, TxName};
use crate::queries;
use crate::telemetry::label::{Channel, PageEvent};

queries! {
    UNLINK = write "page.unlink_subtree" "UPDATE page SET parent_id = NULL WHERE path >= $1 AND path < $2";
    DELETE = write "page.delete_subtree" "DELETE FROM page WHERE path >= $1 AND path < $2";
}

impl Content {
    /// Deletes a page with its subtree, for good; how many pages went.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is deleted then.
    pub async fn delete_page(&self, id: i64, channel: Channel) -> Result<u64, EditError> {
        let mut tx = self.db.begin(TxName("page.delete")).await?;
        tree::lock(&mut tx).await?;
        let deleted = page::find(&mut tx, id).await?.ok_or(EditError::PageNotFound(id))?;
        refuse_root(&mut tx, &deleted).await?;
        let mut tags = tags_of_subtree(&mut tx, &deleted.path, Touched::Gone).await?;
        tags.extend(subtree::type_tags(&subtree::count_types(&mut tx, &deleted.path).await?));
        if site::holds_root(&mut tx, &deleted.path).await? {
            tags.push(Tag::All);
        }
        if deleted.live {
            tags.push(Tag::Menu);
            tags.extend(lists::of_page(&self.types(), &deleted));
        }
        search::remove_subtree(&mut tx, &deleted.path).await?;
        let end = tree::after_subtree(&deleted.path);
        // Rows go in any order, so the pointers among them go first.
        Exec::from(&mut tx).query(&UNLINK).bind(&deleted.path).bind(&end).execute().await?;
        let count = Exec::from(&mut tx).query(&DELETE).bind(&deleted.path).bind(&end).execute().await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Delete, &deleted.type_name, channel);
        Ok(count)
    }
}
