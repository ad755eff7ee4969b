//! Operations on snippets: create, update, publish. What a type allows, its options say.

pub(super) mod arrival;

use std::sync::Arc;

use serde_json::Value;

use super::change::{self, Tag};
use super::draft::blockers;
use super::guarded::{self, Other};
use super::reference::{self, Source, State};
use super::snippet::{self, Snippet, SnippetContent};
use super::types::{ContentType, Kind, Mode, Removal, SnippetOptions, Types};
use super::{Acting, Actor, Content, EditError, FieldRights, Saved, Seen, edit, object_log, search, slug};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::{Channel, ObjectEvent, ObjectKind};
pub use arrival::ArrivedSnippet;

/// A snippet to be made; live at once, unless its type has drafts.
#[derive(Clone, Debug, Default)]
pub struct NewSnippet {
    pub type_name: String,
    /// Made from the name when empty.
    pub content: SnippetContent,
    /// The first language of the installation when absent.
    pub locale: Option<String>,
    /// The snippet that this one translates.
    pub translation_of: Option<i64>,
}

/// What an editor sends.
#[derive(Clone, Debug, Default)]
pub struct SnippetDraft {
    pub content: SnippetContent,
    /// The version that was edited: when the snippet was changed last, in microseconds. `None` writes over whatever is
    /// there.
    pub base: Option<i64>,
}

queries! {
    INSERT = write "snippet.insert"
        "INSERT INTO snippet (type, slug, name, data, live, has_unpublished_changes, locale, translation_key,
                              search_text, sort_order, created_at, updated_at)
         SELECT $1, $2, $3, $4, CAST($5 AS BOOLEAN), CAST($6 AS BOOLEAN), $7, $8, $9,
                COALESCE((SELECT MAX(sort_order) + 1 FROM snippet WHERE type = $1), 1), CAST($10 AS BIGINT),
                CAST($10 AS BIGINT)
         WHERE TRUE ON CONFLICT DO NOTHING RETURNING id";
    UPDATE = write "snippet.update"
        "UPDATE snippet SET slug = $2, name = $3, data = $4, search_text = $5, updated_at = $6, live = TRUE,
                has_unpublished_changes = FALSE
         WHERE id = $1";
    SET_DRAFT = write "snippet.set_draft"
        "UPDATE snippet SET latest_revision_id = $2, has_unpublished_changes = $3, updated_at = $4 WHERE id = $1";
    ADD_REVISION = write "snippet.add_revision"
        "INSERT INTO snippet_revision (snippet_id, content, channel, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    LOCK = write "snippet.lock" ("SELECT id FROM snippet WHERE id = $1" for_update);
}

impl Content {
    /// Creates a snippet; the new id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn create_snippet(&self, new: NewSnippet, by: impl Into<Actor>) -> Result<i64, EditError> {
        let by = by.into();
        let types = self.types();
        let of_type = snippet_type(&types, &new.type_name)?;
        let options = of_type.snippet;
        let mode = if options.drafts { Mode::Draft } else { Mode::Publish };
        let mut sent = new.content;
        sent.fields = guarded::of_new((&types, of_type), &by, sent.fields)?;
        let (content, _) = checked(&types, of_type, sent, mode)?;
        let mut tx = self.db.begin(TxName("snippet.create")).await?;
        let key = match new.translation_of {
            Some(original) => translated(&mut tx, of_type, original).await?.translation_key,
            None => uuid::Uuid::new_v4().to_string(),
        };
        let live = !options.drafts;
        let now = Micros::now();
        let id = Exec::from(&mut tx)
            .query(&INSERT)
            .bind(&of_type.name)
            .bind(&content.slug)
            .bind(&content.name)
            .bind(Value::Object(content.fields.clone()).to_string())
            .bind(live)
            .bind(!live)
            .bind(new.locale.as_deref().unwrap_or(DEFAULT_LOCALE))
            .bind(&key)
            .bind(search_text(&types, of_type, &content))
            .bind(now)
            .optional::<i64>()
            .await?
            .ok_or_else(|| EditError::SlugTaken(content.slug.clone()))?;
        let state = if live { State::Live } else { State::Draft };
        let revision = keep(&mut tx, options, id, &content, !live, (by.channel, now)).await?;
        refer(&mut tx, &types, of_type, id, state, &content).await?;
        // A page in that language shows the translation from now on.
        let ids = if live { snippet::translations(&mut tx, &key).await? } else { Vec::new() };
        let done = Done { event: ObjectEvent::Create, id, name: &content.name, type_name: &of_type.name, revision };
        self.finish_snippet(tx, &ids, done, &by).await?;
        Ok(id)
    }

    /// Changes a snippet: at once, purging the pages that show it, or as a draft where its type has drafts.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn update_snippet(
        &self,
        id: i64,
        content: SnippetContent,
        by: impl Into<Actor>,
    ) -> Result<(), EditError> {
        self.save_snippet(id, content, ObjectEvent::Update, by.into().into()).await.map(drop)
    }

    /// As [`Content::update_snippet`], unless somebody changed it after the version that was edited.
    ///
    /// # Errors
    /// [`EditError::Conflict`] then, and what else [`EditError`] says; nothing is written.
    pub async fn save_edited_snippet(
        &self,
        id: i64,
        draft: SnippetDraft,
        by: impl Into<Actor>,
    ) -> Result<Saved, EditError> {
        let SnippetDraft { content, base } = draft;
        self.save_snippet(id, content, ObjectEvent::Update, by.into().having_seen(base.into())).await
    }

    /// Saves the content of an old revision again.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn revert_snippet(&self, id: i64, revision: i64, by: impl Into<Acting>) -> Result<(), EditError> {
        let old = snippet::find_revision(&*self.db, id, revision).await?;
        let old = old.ok_or(EditError::SnippetRevisionNotFound { snippet: id, revision })?;
        self.save_snippet(id, old.content, ObjectEvent::Revert, by.into()).await.map(drop)
    }

    async fn save_snippet(
        &self,
        id: i64,
        mut sent: SnippetContent,
        event: ObjectEvent,
        Acting { by, seen }: Acting,
    ) -> Result<Saved, EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("snippet.update")).await?;
        let known = lock(&mut tx, id).await?;
        expect_seen(&mut tx, &known, &seen).await?;
        let of_type = snippet_type(&types, &known.type_name)?;
        let (options, at) = (of_type.snippet, Micros::now());
        let mode = if options.drafts { Mode::Draft } else { Mode::Publish };
        if guarded::concerns(of_type, &by) {
            let stored = guarded::of_snippet(&mut tx, &known).await?;
            let other = if event == ObjectEvent::Revert { Other::Dropped } else { Other::Refused };
            guarded::settle((&types, of_type), &by, &mut sent.fields, &stored, other)?;
        }
        let (content, removals) = checked(&types, of_type, sent, mode)?;
        if options.drafts {
            refer(&mut tx, &types, of_type, id, State::Draft, &content).await?;
        } else {
            show(&mut tx, &types, of_type, &known, &content, at).await?;
        }
        let revision = keep(&mut tx, options, id, &content, options.drafts, (by.channel, at)).await?;
        let ids = match options.drafts {
            true => Vec::new(),
            false => snippet::translations(&mut tx, &known.translation_key).await?,
        };
        let done = Done { event, id, name: &content.name, type_name: &known.type_name, revision };
        self.finish_snippet(tx, &ids, done, &by).await?;
        let blockers = blockers(&types, of_type, &content.fields);
        Ok(Saved { revision: at.0, at, removals, blockers })
    }

    /// Makes the newest draft live; the version that it has then.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn publish_snippet(&self, id: i64, by: impl Into<Actor>) -> Result<i64, EditError> {
        self.publish_snippet_version(id, None, &by.into()).await
    }

    /// As [`Content::publish_snippet`], if nobody changed it after this version.
    ///
    /// # Errors
    /// [`EditError::Conflict`] when somebody did, and as [`Content::publish_snippet`].
    pub async fn publish_edited_snippet(&self, id: i64, version: i64, by: impl Into<Actor>) -> Result<i64, EditError> {
        self.publish_snippet_version(id, Some(version), &by.into()).await
    }

    async fn publish_snippet_version(&self, id: i64, version: Option<i64>, by: &Actor) -> Result<i64, EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("snippet.publish")).await?;
        let known = lock(&mut tx, id).await?;
        let of_type = drafted_type(&types, &known)?;
        expect_seen(&mut tx, &known, &version.into()).await?;
        let revision = known.latest_revision_id.unwrap_or(0);
        let content = match snippet::find_revision(&mut tx, id, revision).await? {
            Some(newest) => newest.content,
            // The type has drafts only since this snippet was made.
            None => known.content(),
        };
        let (content, _) = checked(&types, of_type, content, Mode::Publish)?;
        let at = Micros::now();
        show(&mut tx, &types, of_type, &known, &content, at).await?;
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        let name = &content.name;
        let revision = known.latest_revision_id;
        let done = Done { event: ObjectEvent::Publish, id, name, type_name: &known.type_name, revision };
        self.finish_snippet(tx, &ids, done, by).await?;
        Ok(at.0)
    }

    pub(super) async fn finish_snippet(
        &self,
        mut tx: Tx,
        ids: &[i64],
        done: Done<'_>,
        by: &Actor,
    ) -> Result<(), EditError> {
        let Done { event, id, name: title, type_name, revision } = done;
        let subject = object_log::Subject { kind: ObjectKind::Snippet, id, title, type_name, revision };
        object_log::append(&mut tx, by, event, subject, &Value::Null).await?;
        let tags: Vec<Tag> = ids.iter().copied().map(Tag::Snippet).collect();
        if tags.is_empty() {
            tx.commit().await?;
        } else {
            let change = change::append(&mut tx, &tags).await?;
            tx.commit().await?;
            self.announce_own(change, &tags);
        }
        self.count_object(ObjectKind::Snippet, event, by.channel);
        Ok(())
    }
}

/// What an operation did, for the log.
pub(super) struct Done<'d> {
    pub event: ObjectEvent,
    /// 0: several.
    pub id: i64,
    pub name: &'d str,
    pub type_name: &'d str,
    pub revision: Option<i64>,
}

impl<'d> Done<'d> {
    pub fn with(event: ObjectEvent, known: &'d Snippet) -> Self {
        let revision = known.latest_revision_id;
        Self { event, id: known.id, name: &known.name, type_name: &known.type_name, revision }
    }
}

/// The language of snippets that name none.
const DEFAULT_LOCALE: &str = "en";

pub(super) fn snippet_type<'t>(types: &'t Types, name: &str) -> Result<&'t ContentType, EditError> {
    let found = types.find(name).ok_or_else(|| EditError::TypeUnknown(name.to_owned()))?;
    if found.kind != Kind::Snippet {
        return Err(EditError::WrongKind(name.to_owned(), "snippet"));
    }
    Ok(found)
}

pub(super) fn drafted_type<'t>(types: &'t Types, known: &Snippet) -> Result<&'t ContentType, EditError> {
    let of_type = snippet_type(types, &known.type_name)?;
    if of_type.snippet.drafts { Ok(of_type) } else { Err(EditError::NoDrafts(known.type_name.clone())) }
}

async fn translated(tx: &mut Tx, of_type: &ContentType, original: i64) -> Result<Snippet, EditError> {
    let known = snippet::find(tx, original).await?.ok_or(EditError::SnippetNotFound(original))?;
    if known.type_name != of_type.name || !of_type.snippet.translatable {
        return Err(EditError::NotTranslatable(of_type.name.clone()));
    }
    Ok(known)
}

/// The snippet, which no other transaction changes until this one ends.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Snippet, EditError> {
    Exec::from(&mut *tx).query(&LOCK).bind(id).optional::<i64>().await?.ok_or(EditError::SnippetNotFound(id))?;
    snippet::find(tx, id).await?.ok_or(EditError::SnippetNotFound(id))
}

fn checked(
    types: &Types,
    of_type: &ContentType,
    mut content: SnippetContent,
    mode: Mode,
) -> Result<(SnippetContent, Vec<Removal>), EditError> {
    content.name = content.name.trim().to_owned();
    if content.name.is_empty() {
        return Err(EditError::NameMissing);
    }
    edit::check_line("name", &content.name)?;
    if content.slug.is_empty() {
        content.slug = slug::from_title(&content.name);
    }
    if !slug::is_valid(&content.slug) {
        return Err(EditError::SlugInvalid(content.slug));
    }
    let validated = of_type.validate_reporting(types, &content.fields, mode).map_err(EditError::Invalid)?;
    content.fields = validated.values;
    Ok((content, validated.removals))
}

/// Whether the snippet is as it was when somebody began to edit it.
pub(super) async fn expect_seen(tx: &mut Tx, known: &Snippet, seen: &Seen) -> Result<(), EditError> {
    if seen.takes(known.updated_at) {
        return Ok(());
    }
    let of = object_log::Of { kind: ObjectKind::Snippet, id: known.id, type_name: "" };
    Err(object_log::conflict(tx, of, known.updated_at).await?)
}

pub(super) fn search_text(types: &Types, of_type: &ContentType, content: &SnippetContent) -> String {
    let mut text = format!("{} {}", content.name, content.slug);
    if of_type.snippet.searchable {
        // Whoever may not read a field may not find by it what it says either.
        let mut fields = content.fields.clone();
        FieldRights::Groups(Arc::default()).hide(of_type, &mut fields);
        text.push(' ');
        text.push_str(&of_type.search_text(types, &fields));
    }
    text.to_lowercase()
}

/// Keeps a revision where the type has them; its id. `changed`: it is newer than what is live.
pub(super) async fn keep(
    tx: &mut Tx,
    options: SnippetOptions,
    id: i64,
    content: &SnippetContent,
    changed: bool,
    (channel, at): (Channel, Micros),
) -> Result<Option<i64>, EditError> {
    if !options.drafts && !options.revisions {
        return Ok(None);
    }
    let text = serde_json::to_string(content).map_err(|error| DbError::Other(error.to_string()))?;
    let call = Exec::from(&mut *tx).query(&ADD_REVISION).bind(id).bind(text).bind(channel.as_str());
    let revision: i64 = call.bind(at).one().await?;
    Exec::from(tx).query(&SET_DRAFT).bind(id).bind(revision).bind(changed).bind(at).execute().await?;
    Ok(Some(revision))
}

/// Writes what pages show from now on.
async fn show(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    known: &Snippet,
    content: &SnippetContent,
    at: Micros,
) -> Result<(), EditError> {
    let id = known.id;
    let data = Value::Object(content.fields.clone()).to_string();
    let call = Exec::from(&mut *tx).query(&UPDATE).bind(id).bind(&content.slug).bind(&content.name).bind(data);
    let call = call.bind(search_text(types, of_type, content)).bind(at);
    call.execute().await.map_err(|error| super::operations::slug_taken(error, &content.slug))?;
    refer(tx, types, of_type, id, State::Live, content).await?;
    if known.name != content.name || !known.live {
        search::snippet_renamed(tx, types, id).await?;
    }
    Ok(reference::clear(tx, Source::Snippet(id), State::Draft).await?)
}

async fn refer(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    id: i64,
    state: State,
    content: &SnippetContent,
) -> Result<(), DbError> {
    let placed = of_type.placed_references(types, &content.fields);
    reference::replace(tx, Source::Snippet(id), state, &placed).await
}
