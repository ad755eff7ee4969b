//! Taking snippets away: off the pages that show them, or for good.

use super::reference::{self, Source};
use super::snippet;
use super::snippet_edit::{Done, drafted_type, expect_seen, keep, lock};
use super::types::ReferenceKind;
use super::{Acting, Content, EditError, search};
use crate::clock::Micros;
use crate::db::{Exec, TxName};
use crate::queries;
use crate::telemetry::label::ObjectEvent;

/// Whether something in use may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    IfUnused,
    /// What refers to it shows nothing in its place.
    Anyway,
}

queries! {
    SET_UNPUBLISHED = write "snippet.set_unpublished"
        "UPDATE snippet SET live = FALSE, has_unpublished_changes = TRUE, updated_at = $2 WHERE id = $1 AND live";
    DELETE = write "snippet.delete" "DELETE FROM snippet WHERE id = $1";
    FORGET = write "snippet.forget_references" "DELETE FROM reference_index WHERE snippet_id = $1";
}

impl Content {
    /// Takes a snippet off the pages that show it; its draft stays. The version that it has then.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn unpublish_snippet(&self, id: i64, by: impl Into<Acting>) -> Result<i64, EditError> {
        let Acting { by, seen } = by.into();
        let types = self.types();
        let mut tx = self.db.begin(TxName("snippet.unpublish")).await?;
        let known = lock(&mut tx, id).await?;
        expect_seen(&mut tx, &known, &seen).await?;
        let of_type = drafted_type(&types, &known)?;
        let at = Micros::now();
        if known.latest_revision_id.is_none() {
            keep(&mut tx, of_type.snippet, id, &known.content(), true, (by.channel, at)).await?;
        }
        Exec::from(&mut tx).query(&SET_UNPUBLISHED).bind(id).bind(at).execute().await?;
        if known.live {
            reference::retire(&mut tx, Source::Snippet(id), known.has_unpublished_changes).await?;
            search::snippet_renamed(&mut tx, &types, id).await?;
        }
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        self.finish_snippet(tx, &ids, Done::with(ObjectEvent::Unpublish, &known), &by).await?;
        Ok(at.0)
    }

    /// Deletes a snippet with its revisions.
    ///
    /// # Errors
    /// [`EditError::InUse`] with the places, unless it goes anyway; what else [`EditError`] says.
    pub async fn delete_snippet(&self, id: i64, deletion: Deletion, by: impl Into<Acting>) -> Result<(), EditError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("snippet.delete")).await?;
        let known = lock(&mut tx, id).await?;
        expect_seen(&mut tx, &known, &seen).await?;
        let uses = reference::list_uses(&mut tx, ReferenceKind::Snippet, id, 0).await?;
        if !uses.is_empty() && deletion == Deletion::IfUnused {
            return Err(EditError::InUse(uses));
        }
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        Exec::from(&mut tx).query(&FORGET).bind(id).execute().await?;
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        search::snippet_renamed(&mut tx, &self.types(), id).await?;
        self.finish_snippet(tx, &ids, Done::with(ObjectEvent::Delete, &known), &by).await
    }
}
