//! Operations on snippets: create, update, publish, put in order, delete. What a type allows, its options say.

use serde_json::Value;

use super::change::{self, Tag};
use super::reference::{self, Source, State};
use super::snippet::{self, Snippet, SnippetContent};
use super::types::{ContentType, Kind, Mode, ReferenceKind, SnippetOptions, Types};
use super::{Content, EditError, edit, search, slug};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::{Channel, ObjectEvent, ObjectKind};

/// Snippets that one type may have in an order.
const MAX_ORDERED: usize = 10_000;

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

/// Whether something in use may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    IfUnused,
    /// What refers to it shows nothing in its place.
    Anyway,
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
    SET_UNPUBLISHED = write "snippet.set_unpublished"
        "UPDATE snippet SET live = FALSE, has_unpublished_changes = TRUE, updated_at = $2 WHERE id = $1 AND live";
    ADD_REVISION = write "snippet.add_revision"
        "INSERT INTO snippet_revision (snippet_id, content, channel, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    LOCK = write "snippet.lock" "SELECT id FROM snippet WHERE id = $1 FOR UPDATE"
        sqlite "SELECT id FROM snippet WHERE id = $1";
    DELETE = write "snippet.delete" "DELETE FROM snippet WHERE id = $1";
    FORGET = write "snippet.forget_references" "DELETE FROM reference_index WHERE snippet_id = $1";
    /// The list is one JSON document, so that an order of any length is one statement.
    SET_ORDER = write "snippet.set_order"
        "UPDATE snippet SET sort_order = given.place
         FROM (SELECT CAST(value AS BIGINT) AS id, ordinality AS place
               FROM json_array_elements_text(CAST($2 AS JSON)) WITH ORDINALITY) AS given
         WHERE snippet.id = given.id AND snippet.type = $1"
        sqlite
        "UPDATE snippet SET sort_order = given.key + 1 FROM json_each($2) AS given
         WHERE snippet.id = given.value AND snippet.type = $1";
}

impl Content {
    /// Creates a snippet; the new id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn create_snippet(&self, new: NewSnippet, channel: Channel) -> Result<i64, EditError> {
        let types = self.types();
        let of_type = snippet_type(&types, &new.type_name)?;
        let options = of_type.snippet;
        let mode = if options.drafts { Mode::Draft } else { Mode::Publish };
        let content = checked(&types, of_type, new.content, mode)?;
        let mut tx = self.db.begin(TxName("snippet.create")).await?;
        let key = match new.translation_of {
            Some(original) => translated(&mut tx, of_type, original).await?.translation_key,
            None => uuid::Uuid::new_v4().to_string(),
        };
        let live = !options.drafts;
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
            .bind(Micros::now())
            .optional::<i64>()
            .await?
            .ok_or_else(|| EditError::SlugTaken(content.slug.clone()))?;
        let state = if live { State::Live } else { State::Draft };
        keep(&mut tx, options, id, &content, !live, channel).await?;
        refer(&mut tx, &types, of_type, id, state, &content).await?;
        // A page in that language shows the translation from now on.
        let ids = if live { snippet::translations(&mut tx, &key).await? } else { Vec::new() };
        self.finish_snippet(tx, &ids, ObjectEvent::Create, channel).await?;
        Ok(id)
    }

    /// Changes a snippet: at once, purging the pages that show it, or as a draft where its type has drafts.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn update_snippet(&self, id: i64, content: SnippetContent, channel: Channel) -> Result<(), EditError> {
        self.save_snippet(id, content, ObjectEvent::Update, channel).await
    }

    /// Saves the content of an old revision again.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn revert_snippet(&self, id: i64, revision: i64, channel: Channel) -> Result<(), EditError> {
        let old = snippet::find_revision(&*self.db, id, revision).await?;
        let old = old.ok_or(EditError::SnippetRevisionNotFound { snippet: id, revision })?;
        self.save_snippet(id, old.content, ObjectEvent::Revert, channel).await
    }

    async fn save_snippet(
        &self,
        id: i64,
        content: SnippetContent,
        event: ObjectEvent,
        channel: Channel,
    ) -> Result<(), EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("snippet.update")).await?;
        let known = lock(&mut tx, id).await?;
        let of_type = snippet_type(&types, &known.type_name)?;
        if of_type.snippet.drafts {
            let content = checked(&types, of_type, content, Mode::Draft)?;
            keep(&mut tx, of_type.snippet, id, &content, true, channel).await?;
            refer(&mut tx, &types, of_type, id, State::Draft, &content).await?;
            return self.finish_snippet(tx, &[], event, channel).await;
        }
        let content = checked(&types, of_type, content, Mode::Publish)?;
        show(&mut tx, &types, of_type, &known, &content).await?;
        keep(&mut tx, of_type.snippet, id, &content, false, channel).await?;
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        self.finish_snippet(tx, &ids, event, channel).await
    }

    /// Makes the newest draft live.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn publish_snippet(&self, id: i64, channel: Channel) -> Result<(), EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("snippet.publish")).await?;
        let known = lock(&mut tx, id).await?;
        let of_type = drafted_type(&types, &known)?;
        let revision = known.latest_revision_id.unwrap_or(0);
        let content = match snippet::find_revision(&mut tx, id, revision).await? {
            Some(newest) => newest.content,
            // The type has drafts only since this snippet was made.
            None => known.content(),
        };
        let content = checked(&types, of_type, content, Mode::Publish)?;
        show(&mut tx, &types, of_type, &known, &content).await?;
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        self.finish_snippet(tx, &ids, ObjectEvent::Publish, channel).await
    }

    /// Takes a snippet off the pages that show it; its draft stays.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn unpublish_snippet(&self, id: i64, channel: Channel) -> Result<(), EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("snippet.unpublish")).await?;
        let known = lock(&mut tx, id).await?;
        let of_type = drafted_type(&types, &known)?;
        if known.latest_revision_id.is_none() {
            keep(&mut tx, of_type.snippet, id, &known.content(), true, channel).await?;
        }
        Exec::from(&mut tx).query(&SET_UNPUBLISHED).bind(id).bind(Micros::now()).execute().await?;
        if known.live {
            reference::retire(&mut tx, Source::Snippet(id), known.has_unpublished_changes).await?;
            search::snippet_renamed(&mut tx, &types, id).await?;
        }
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        self.finish_snippet(tx, &ids, ObjectEvent::Unpublish, channel).await
    }

    /// Deletes a snippet with its revisions.
    ///
    /// # Errors
    /// [`EditError::InUse`] with the places, unless it goes anyway; what else [`EditError`] says.
    pub async fn delete_snippet(&self, id: i64, deletion: Deletion, channel: Channel) -> Result<(), EditError> {
        let mut tx = self.db.begin(TxName("snippet.delete")).await?;
        let known = lock(&mut tx, id).await?;
        let uses = reference::list_uses(&mut tx, ReferenceKind::Snippet, id, 0).await?;
        if !uses.is_empty() && deletion == Deletion::IfUnused {
            return Err(EditError::InUse(uses));
        }
        let ids = snippet::translations(&mut tx, &known.translation_key).await?;
        Exec::from(&mut tx).query(&FORGET).bind(id).execute().await?;
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        search::snippet_renamed(&mut tx, &self.types(), id).await?;
        self.finish_snippet(tx, &ids, ObjectEvent::Delete, channel).await
    }

    /// Puts snippets of a type that is `orderable` in this order; others of the type keep their places.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn order_snippets(&self, type_name: &str, ids: &[i64], channel: Channel) -> Result<(), EditError> {
        let types = self.types();
        if !snippet_type(&types, type_name)?.snippet.orderable {
            return Err(EditError::NotOrderable(type_name.to_owned()));
        }
        if ids.len() > MAX_ORDERED {
            return Err(EditError::TooLong { field: "order", max: MAX_ORDERED });
        }
        let mut tx = self.db.begin(TxName("snippet.order")).await?;
        let order = serde_json::json!(ids).to_string();
        Exec::from(&mut tx).query(&SET_ORDER).bind(type_name).bind(order).execute().await?;
        self.finish_snippet(tx, &[], ObjectEvent::Update, channel).await
    }

    async fn finish_snippet(
        &self,
        mut tx: Tx,
        ids: &[i64],
        event: ObjectEvent,
        channel: Channel,
    ) -> Result<(), EditError> {
        let tags: Vec<Tag> = ids.iter().copied().map(Tag::Snippet).collect();
        if tags.is_empty() {
            tx.commit().await?;
        } else {
            let change = change::append(&mut tx, &tags).await?;
            tx.commit().await?;
            self.announce_own(change, &tags);
        }
        self.count_object(ObjectKind::Snippet, event, channel);
        Ok(())
    }
}

/// The language of snippets that name none.
const DEFAULT_LOCALE: &str = "en";

fn snippet_type<'t>(types: &'t Types, name: &str) -> Result<&'t ContentType, EditError> {
    let found = types.find(name).ok_or_else(|| EditError::TypeUnknown(name.to_owned()))?;
    if found.kind != Kind::Snippet {
        return Err(EditError::WrongKind(name.to_owned(), "snippet"));
    }
    Ok(found)
}

fn drafted_type<'t>(types: &'t Types, known: &Snippet) -> Result<&'t ContentType, EditError> {
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
async fn lock(tx: &mut Tx, id: i64) -> Result<Snippet, EditError> {
    Exec::from(&mut *tx).query(&LOCK).bind(id).optional::<i64>().await?.ok_or(EditError::SnippetNotFound(id))?;
    snippet::find(tx, id).await?.ok_or(EditError::SnippetNotFound(id))
}

fn checked(
    types: &Types,
    of_type: &ContentType,
    mut content: SnippetContent,
    mode: Mode,
) -> Result<SnippetContent, EditError> {
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
    content.fields = of_type.validate(types, &content.fields, mode).map_err(EditError::Invalid)?;
    Ok(content)
}

pub(super) fn search_text(types: &Types, of_type: &ContentType, content: &SnippetContent) -> String {
    let mut text = format!("{} {}", content.name, content.slug);
    if of_type.snippet.searchable {
        text.push(' ');
        text.push_str(&of_type.search_text(types, &content.fields));
    }
    text.to_lowercase()
}

/// Keeps a revision where the type has them; `changed`: it is newer than what is live.
async fn keep(
    tx: &mut Tx,
    options: SnippetOptions,
    id: i64,
    content: &SnippetContent,
    changed: bool,
    channel: Channel,
) -> Result<(), EditError> {
    if !options.drafts && !options.revisions {
        return Ok(());
    }
    let text = serde_json::to_string(content).map_err(|error| DbError::Other(error.to_string()))?;
    let now = Micros::now();
    let call = Exec::from(&mut *tx).query(&ADD_REVISION).bind(id).bind(text).bind(channel.as_str());
    let revision: i64 = call.bind(now).one().await?;
    Exec::from(tx).query(&SET_DRAFT).bind(id).bind(revision).bind(changed).bind(now).execute().await?;
    Ok(())
}

/// Writes what pages show from now on.
async fn show(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    known: &Snippet,
    content: &SnippetContent,
) -> Result<(), EditError> {
    let id = known.id;
    let data = Value::Object(content.fields.clone()).to_string();
    let call = Exec::from(&mut *tx).query(&UPDATE).bind(id).bind(&content.slug).bind(&content.name).bind(data);
    let call = call.bind(search_text(types, of_type, content)).bind(Micros::now());
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
