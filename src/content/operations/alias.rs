//! Aliases: pages that mirror another one, follow what it publishes, and cannot be edited themselves.

use serde_json::json;

use super::copying::{CopyState, Copying, Extent, Relation};
use super::place::Position;
use super::{find_in_tree, mirror};
use crate::content::change::{self, Tag};
use crate::content::page::{self, Page, PageContent};
use crate::content::reference::{self, Source, State};
use crate::content::revision::Saving;
use crate::content::types::Types;
use crate::content::{Acting, Actor, Content, EditError, audit, draft, privacy, revision, search, tree};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::PageEvent;

queries! {
    /// A page of the subtree that has as many aliases as it may.
    FULL = read "alias.find_full"
        "SELECT a.alias_of FROM page p JOIN page a ON a.alias_of = COALESCE(p.alias_of, p.id)
         WHERE p.path >= $1 AND p.path < $2 GROUP BY a.alias_of HAVING COUNT(*) >= $3 LIMIT 1";
    FREE = write "alias.free"
        "UPDATE page SET alias_of = NULL, latest_revision_id = $2, live_revision_id = CASE WHEN live THEN CAST($2 AS BIGINT) END
         WHERE id = $1";
}

impl Content {
    /// Makes an alias of a page, and with [`Extent::Subtree`] of all below it; the new id. An alias of an alias mirrors
    /// what that one mirrors.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is made then.
    pub async fn create_alias(
        &self,
        source: i64,
        to: Position,
        extent: Extent,
        by: impl Into<Acting>,
    ) -> Result<i64, EditError> {
        let Acting { by, seen } = by.into();
        let mut tx = self.db.begin(TxName("page.alias")).await?;
        tree::lock(&mut tx).await?;
        let original = draft::find_seen(&mut tx, source, &seen).await?;
        refuse_more(&mut tx, &original).await?;
        let copying = Copying { to, extent, state: CopyState::KeepLive, slug: None, title: None };
        let inserted =
            self.insert_copy(&mut tx, &original, &copying, Relation { is_alias: true, translation: None }).await?;
        let of = json!({ "source": original.id });
        audit::append(&mut tx, &by, PageEvent::Alias, (&inserted.root).into(), &of).await?;
        let change = change::append(&mut tx, &inserted.tags).await?;
        tx.commit().await?;
        self.announce_own(change, &inserted.tags);
        self.count_event(PageEvent::Alias, &original.type_name, by.channel);
        Ok(inserted.root.id)
    }

    /// Makes an alias a page of its own, which shows what it showed and can be edited. What restricted its source
    /// restricts it by itself.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn convert_alias(&self, id: i64, by: impl Into<Actor>) -> Result<(), EditError> {
        let by = by.into();
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.convert_alias")).await?;
        tree::lock(&mut tx).await?;
        let alias = find_in_tree(&mut tx, id).await?;
        let source = alias.alias_of.ok_or(EditError::NotAnAlias(id))?;
        let drafted = match alias.first_published_at {
            Some(_) => None,
            None => newest(&mut tx, source).await?,
        };
        let content = PageContent {
            title: alias.draft_title.clone(),
            slug: alias.slug.clone(),
            seo_title: alias.seo_title.clone(),
            search_description: alias.search_description.clone(),
            show_in_menus: alias.show_in_menus,
            fields: drafted.map_or_else(|| alias.fields.clone(), |drafted| drafted.fields),
        };
        let revision = revision::insert(&mut tx, id, &content, Saving::by(&by)).await?;
        privacy::aliases::keep_for(&mut tx, id).await?;
        Exec::from(&mut tx).query(&FREE).bind(id).bind(revision).execute().await?;
        let mut tags = privacy::refresh_subtree(&mut tx, &types, &alias.path).await?;
        if alias.live {
            search::refresh_pages(&mut tx, &types, &[id]).await?;
            tags.push(Tag::Page(id));
        } else {
            draft_references(&mut tx, &types, id, &alias.type_name, &content).await?;
        }
        let of = json!({ "source": source });
        audit::append(&mut tx, &by, PageEvent::ConvertAlias, (&alias).into(), &of).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::ConvertAlias, &alias.type_name, by.channel);
        self.count_revision(&alias.type_name);
        Ok(())
    }
}

/// A page has a bounded number of aliases.
pub(super) async fn refuse_more(tx: &mut Tx, original: &Page) -> Result<(), EditError> {
    let end = tree::after_subtree(&original.path);
    let max = mirror::MAX_ALIASES;
    match Exec::from(tx).query(&FULL).bind(&original.path).bind(end).bind(max).optional::<i64>().await? {
        Some(source_page) => Err(EditError::TooManyAliases { source_page, max }),
        None => Ok(()),
    }
}

async fn newest(tx: &mut Tx, id: i64) -> Result<Option<PageContent>, DbError> {
    let Some(latest) = page::find(&mut *tx, id).await?.and_then(|page| page.latest_revision_id) else {
        return Ok(None);
    };
    Ok(revision::find(tx, id, latest).await?.map(|revision| revision.content))
}

async fn draft_references(
    tx: &mut Tx,
    types: &Types,
    id: i64,
    type_name: &str,
    content: &PageContent,
) -> Result<(), DbError> {
    let Some(of_type) = types.find(type_name) else { return Ok(()) };
    let placed = of_type.placed_references(types, &content.fields);
    reference::replace(tx, Source::Page(id), State::Draft, &placed).await
}

/// Only what is no alias is edited.
pub(in crate::content) fn refuse(page: &Page) -> Result<(), EditError> {
    match page.alias_of {
        Some(source_page) => Err(EditError::IsAlias { page: page.id, source_page }),
        None => Ok(()),
    }
}
