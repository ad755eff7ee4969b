//! What depends on content that a migration rewrote, in the same transaction: summaries, the reference index, tags,
//! search, embeds, and the dependency tags of the pages that showed it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::documents::{Pass, Row, Store};
use crate::content::change::{self, Tag};
use crate::content::page::{Page, PageContent, json_object};
use crate::content::reference::{self, Source, State};
use crate::content::reference_check::{self, Stage};
use crate::content::snippet::SnippetContent;
use crate::content::types::{ContentType, PlacedReference, Types};
use crate::content::{edit, embed, lists, search, snippet, snippet_edit, tag};
use crate::db::{DbError, Tx};

/// A row whose content was changed in memory.
pub(super) struct Rewritten<'r> {
    pub pass: &'r Pass,
    pub row: &'r Row,
    pub of_type: &'r ContentType,
    pub fields: &'r Map<String, Value>,
    /// The whole document as it is stored from now on.
    pub text: String,
    /// The tags that a page had before.
    pub old_tags: Vec<String>,
}

/// What a batch is to follow up.
#[derive(Default)]
pub(super) struct Effects {
    live: Vec<(i64, Vec<PlacedReference>)>,
    tags: BTreeSet<Tag>,
    pages: Vec<i64>,
    embeds: Vec<String>,
}

/// What was announced within the transaction, to be told after its commit.
pub(super) struct Told {
    pub change: Option<i64>,
    pub tags: Vec<Tag>,
    pub embeds_wanted: bool,
}

impl Effects {
    /// Writes one document; false when somebody else changed the row meanwhile.
    pub async fn write(&mut self, tx: &mut Tx, types: &Types, new: &Rewritten<'_>) -> Result<bool, DbError> {
        let (pass, row) = (new.pass, new.row);
        let beside = match (pass.store, pass.history) {
            (Store::Page, false) => self.page(tx, types, new).await?,
            (Store::Snippet, false) => self.snippet(tx, types, new).await?,
            (Store::Settings, false) => {
                self.tags.insert(Tag::Setting(pass.type_name.clone()));
                String::new()
            }
            (_, true) => String::new(),
        };
        if !pass.write(&mut *tx, row, &new.text, &beside).await? {
            return Ok(false);
        }
        if row.counted {
            self.live.push((row.id, new.of_type.placed_references(types, new.fields)));
        }
        let source = match pass.store {
            Store::Page => Source::Page(row.owner),
            Store::Snippet => Source::Snippet(row.owner),
            Store::Settings => return Ok(true),
        };
        if row.newest {
            let drafted = new.of_type.placed_references(types, new.fields);
            reference::replace(tx, source, State::Draft, &drafted).await?;
        }
        Ok(true)
    }

    /// The new summary of a page.
    async fn page(&mut self, tx: &mut Tx, types: &Types, new: &Rewritten<'_>) -> Result<String, DbError> {
        let row = new.row;
        let content = PageContent { fields: new.fields.clone(), ..PageContent::default() };
        let summary = edit::summary(types, new.of_type, &content);
        if row.counted {
            let names = edit::tag_names(new.of_type, new.fields);
            if names != new.old_tags {
                tag::replace(tx, row.id, &names).await?;
            }
        }
        if row.live {
            let old = Page { parent_id: row.parent_id, summary: json_object(&row.summary), ..Page::default() };
            self.tags.extend(lists::changed(new.of_type, &old, &summary));
            self.tags.extend([Tag::Page(row.id), Tag::Summary(row.id)]);
            self.pages.push(row.id);
            self.embeds.extend(new.of_type.embeds(types, new.fields));
        }
        Ok(Value::Object(summary).to_string())
    }

    /// The words by which a snippet is found.
    async fn snippet(&mut self, tx: &mut Tx, types: &Types, new: &Rewritten<'_>) -> Result<String, DbError> {
        let Some(known) = snippet::find(&mut *tx, new.row.id).await? else { return Ok(String::new()) };
        if new.row.live {
            let shown = snippet::translations(tx, &known.translation_key).await?;
            self.tags.extend(shown.into_iter().map(Tag::Snippet));
        }
        let content = SnippetContent { fields: new.fields.clone(), ..known.content() };
        Ok(snippet_edit::search_text(types, new.of_type, &content))
    }

    /// Follows up all documents of a batch.
    pub async fn finish(self, tx: &mut Tx, types: &Types, pass: &Pass) -> Result<Told, DbError> {
        let stage = match pass.store {
            Store::Page => Stage::Pages,
            Store::Snippet => Stage::Snippets,
            Store::Settings => Stage::Settings,
        };
        reference_check::refresh_live(tx, stage, &self.live).await?;
        search::refresh_pages(tx, types, &self.pages).await?;
        let embeds_wanted = embed::want(tx, types, &self.embeds).await? > 0;
        let tags: Vec<Tag> = self.tags.into_iter().collect();
        let change = if tags.is_empty() { None } else { Some(change::append(tx, &tags).await?) };
        Ok(Told { change, tags, embeds_wanted })
    }
}
