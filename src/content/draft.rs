//! Saving drafts: each a revision of its own, and none over one that its editor did not see.

use serde_json::{Map, Value};

use super::audit::Subject;
use super::guarded::{self, Other};
use super::operations::page_type;
use super::page::{Page, PageContent};
use super::revision::Saving;
use super::types::{ContentType, FieldError, Mode, Removal, Types};
use super::{Acting, Actor, Content, EditError, Seen, audit, edit, form, operations, reference, revision, shadow};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::PageEvent;

/// Longest name of a sitting, in bytes: a UUID has 36.
const MAX_SITTING_BYTES: usize = 64;

queries! {
    SET_DRAFT = write "page.set_draft"
        "UPDATE page SET draft_title = $2, latest_revision_id = $3, has_unpublished_changes = $4, updated_at = $5
         WHERE id = $1";
}

/// What an editor sends.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub content: PageContent,
    /// The revision that was edited. `None` writes over whatever is the newest.
    pub base: Option<i64>,
    /// One name for the time from opening the editor to leaving it; empty for programs.
    pub sitting: String,
    /// Whether the editor saved it by itself.
    pub automatic: bool,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Of snippets and settings, which need not have revisions: when it was changed, in microseconds.
    pub revision: i64,
    pub at: Micros,
    /// What cleaning took out of rich texts.
    pub removals: Vec<Removal>,
    /// Why it could not be published as it is.
    pub blockers: Vec<FieldError>,
}

impl Content {
    /// Saves a draft as a new revision; the live page stays as it is. The new revision's id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn save_draft(&self, id: i64, content: PageContent, by: impl Into<Actor>) -> Result<i64, EditError> {
        let draft = Draft { content, ..Draft::default() };
        self.save(id, draft, None, by.into().into()).await.map(|saved| saved.revision)
    }

    /// As [`Content::save_draft`], unless somebody saved after the revision that was edited.
    ///
    /// # Errors
    /// [`EditError::Conflict`] then, and what else [`EditError`] says; nothing is written.
    pub async fn save_edited(&self, id: i64, draft: Draft, by: impl Into<Actor>) -> Result<Saved, EditError> {
        let seen = Seen::from(draft.base);
        self.save(id, draft, None, by.into().having_seen(seen)).await
    }

    /// Makes an old revision's content the newest draft.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn revert(&self, id: i64, to_revision: i64, by: impl Into<Acting>) -> Result<i64, EditError> {
        let old = revision::find(&*self.db, id, to_revision).await?;
        let old = old.ok_or(EditError::RevisionNotFound { page: id, revision: to_revision })?;
        let draft = Draft { content: old.content, ..Draft::default() };
        self.save(id, draft, Some(to_revision), by.into()).await.map(|saved| saved.revision)
    }

    /// The page as it would be with this content, for a look at it: nothing is written.
    ///
    /// # Errors
    /// What [`EditError`] says.
    pub fn as_if(&self, mut page: Page, content: PageContent) -> Result<Page, EditError> {
        let types = self.types();
        let of_type = page_type(&types, &page.type_name)?;
        let fields = of_type.validate(&types, &content.fields, Mode::Draft).map_err(EditError::Invalid)?;
        let content = PageContent { fields, ..content };
        page.summary = edit::summary(&types, of_type, &content);
        page.title = content.title;
        page.seo_title = content.seo_title;
        page.search_description = content.search_description;
        page.show_in_menus = content.show_in_menus;
        page.fields = content.fields;
        Ok(page)
    }

    async fn save(
        &self,
        id: i64,
        draft: Draft,
        reverted_from: Option<i64>,
        Acting { by, seen }: Acting,
    ) -> Result<Saved, EditError> {
        let (by, Draft { mut content, sitting, automatic, .. }) = (&by, draft);
        if sitting.len() > MAX_SITTING_BYTES {
            return Err(EditError::TooLong { field: "sitting", max: MAX_SITTING_BYTES });
        }
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.save_draft")).await?;
        let page = self.lock_open(&mut tx, id, by).await?;
        expect_seen(&mut tx, &page, &seen).await?;
        let of_type = page_type(&types, &page.type_name)?;
        edit::check_head(&content)?;
        if guarded::concerns(of_type, by) {
            let stored = guarded::of_page(&mut tx, &page).await?;
            let other = if reverted_from.is_some() { Other::Dropped } else { Other::Refused };
            guarded::settle((&types, of_type), by, &mut content.fields, &stored, other)?;
        }
        self.own_links.convert(&mut tx, &types, of_type, &mut content.fields).await?;
        let validated = of_type.validate_reporting(&types, &content.fields, Mode::Draft).map_err(EditError::Invalid)?;
        content.fields = validated.values;
        form::name_fields(of_type, &mut content.fields);
        let saving = Saving { sitting: &sitting, automatic, reverted_from, ..Saving::by(by) };
        let revision = revision::insert(&mut tx, id, &content, saving).await?;
        set_draft(&mut tx, id, &content.title, revision, page.live).await?;
        let drafted = of_type.placed_references(&types, &content.fields);
        reference::replace(&mut tx, reference::Source::Page(id), reference::State::Draft, &drafted).await?;
        let event = if reverted_from.is_some() { PageEvent::Revert } else { PageEvent::Update };
        // The history tells what the editor saved by itself.
        if !automatic {
            let subject = Subject { title: &content.title, revision: Some(revision), ..(&page).into() };
            audit::append(&mut tx, by, event, subject, &Value::Null).await?;
        }
        let hidden = match page.parent_id.filter(|_| content.slug != page.slug) {
            Some(parent) => shadow::blocker(&mut tx, parent, &content.slug).await?,
            None => None,
        };
        tx.commit().await?;
        self.count_event(event, &page.type_name, by.channel);
        self.count_revision(&page.type_name);
        let mut blockers = blockers(&types, of_type, &content.fields);
        blockers.extend(hidden);
        Ok(Saved { revision, at: Micros::now(), removals: validated.removals, blockers })
    }
}

/// Why a draft could not be published.
pub(super) fn blockers(types: &Types, of_type: &ContentType, fields: &Map<String, Value>) -> Vec<FieldError> {
    of_type.validate(types, fields, Mode::Publish).err().unwrap_or_default()
}

/// A page in the tree as whoever acts on it has seen it; nobody saves another draft then until the transaction ends.
pub(super) async fn find_seen(tx: &mut Tx, id: i64, seen: &Seen) -> Result<Page, EditError> {
    if *seen != Seen::Any {
        edit::hold(tx, id).await?;
    }
    let page = operations::find_in_tree(tx, id).await?;
    expect_seen(tx, &page, seen).await?;
    Ok(page)
}

/// Whether somebody saved another draft than those that were seen. An alias has none: 0.
pub(super) async fn expect_seen(tx: &mut Tx, page: &Page, seen: &Seen) -> Result<(), EditError> {
    let newest = page.latest_revision_id.unwrap_or_default();
    if seen.takes(newest) {
        return Ok(());
    }
    let other = revision::find(tx, page.id, newest).await?;
    let (by, at) = other.map_or_else(Default::default, |other| (other.author.name, other.created_at.to_rfc3339()));
    Err(EditError::Conflict { revision: newest, by: if by.is_empty() { "Somebody".into() } else { by }, at })
}

pub(super) async fn set_draft(tx: &mut Tx, id: i64, title: &str, revision: i64, changed: bool) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&SET_DRAFT).bind(id).bind(title).bind(revision).bind(changed);
    call.bind(Micros::now()).execute().await.map(|_| ())
}
