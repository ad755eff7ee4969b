//! Renaming a tag, merging it into another one, or deleting it. Pages hold the names of their tags, so they are rewritten: the live
//! page and its newest draft; older revisions stay as they were.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::change::{self, Tag};
use super::page::{Page, PageContent, json_object};
use super::types::{ContentType, FieldKind, Types};
use super::{Actor, Content, EditError, edit, lists, object_log, page, search, tag};
use crate::db::{Exec, Tx, TxName};
use crate::telemetry::label::{Channel, ObjectEvent, ObjectKind};
use crate::{queries, record};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 100;
/// Pages that one operation rewrites.
const MAX_PAGES: i64 = 50_000;
/// Drafts held in memory at once.
const BATCH: i64 = 200;

record! { struct Drafted { id: i64, type_name: String, content: String } }

queries! {
    LOCK = write "tag.lock" ("SELECT name FROM tag WHERE id = $1" for_update);
    RENAME = write "tag.rename" "UPDATE tag SET name = $2, slug = $3 WHERE id = $1";
    TAGGED = write "tag.list_pages" "SELECT page_id FROM page_tag WHERE tag_id = $1 ORDER BY page_id LIMIT $2";
    /// Newest revisions of any page that name the tag somewhere: the rewriting looks closer.
    DRAFTED = write "tag.list_drafts"
        "SELECT revision.id, page.type AS type_name, revision.content FROM page
         JOIN revision ON revision.id = page.latest_revision_id
         WHERE revision.id > $2 AND LOWER(revision.content) LIKE $1 ORDER BY revision.id LIMIT $3";
    SET_DRAFT = write "tag.set_draft" "UPDATE revision SET content = $2 WHERE id = $1";
    SET_LIVE = write "tag.set_live" "UPDATE page SET data = $2, summary = $3 WHERE id = $1";
    MOVE_PAGES = write "tag.move_pages"
        "INSERT INTO page_tag (page_id, tag_id) SELECT page_id, CAST($2 AS BIGINT) FROM page_tag WHERE tag_id = $1
         ON CONFLICT DO NOTHING";
    MOVE_IMAGES = write "tag.move_images"
        "INSERT INTO image_tag (image_id, tag_id) SELECT image_id, CAST($2 AS BIGINT) FROM image_tag WHERE tag_id = $1
         ON CONFLICT DO NOTHING";
    MOVE_DOCUMENTS = write "tag.move_documents"
        "INSERT INTO document_tag (document_id, tag_id)
         SELECT document_id, CAST($2 AS BIGINT) FROM document_tag WHERE tag_id = $1 ON CONFLICT DO NOTHING";
    DELETE = write "tag.delete" "DELETE FROM tag WHERE id = $1";
}

impl Content {
    /// Gives a tag another name on every page. A name that another tag has is a merge: see [`Content::merge_tags`].
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn rename_tag(&self, id: i64, name: &str, by: impl Into<Actor>) -> Result<(), EditError> {
        let by = by.into();
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(EditError::NameMissing);
        }
        if name.contains('\0') {
            return Err(EditError::NullCharacter("name"));
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(EditError::TooLong { field: "name", max: MAX_NAME_CHARS });
        }
        let slug = tag::slug_of(&name);
        let mut tx = self.db.begin(TxName("tag.rename")).await?;
        let old = lock(&mut tx, id).await?;
        if let Some(other) = tag::find_by_slug(&mut tx, &slug).await?.filter(|other| other.id != id) {
            return Err(EditError::TagTaken { name, id: other.id });
        }
        let types = self.types();
        let tags = rewrite(&mut tx, &types, id, &old, Some(&name)).await?;
        Exec::from(&mut tx).query(&RENAME).bind(id).bind(&name).bind(&slug).execute().await?;
        note(&mut tx, &by, ObjectEvent::Rename, (id, &name), &json!({ "was": old })).await?;
        self.finish_tag(tx, &types, tags, ObjectEvent::Rename, by.channel).await
    }

    /// Replaces one tag by another one everywhere, and deletes it.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn merge_tags(&self, id: i64, into: i64, by: impl Into<Actor>) -> Result<(), EditError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("tag.merge")).await?;
        // Always in the same order, so that two merges wait for each other.
        let (first, second) = (lock(&mut tx, id.min(into)).await?, lock(&mut tx, id.max(into)).await?);
        if id == into {
            return Ok(());
        }
        let (old, new) = if id < into { (first, second) } else { (second, first) };
        let types = self.types();
        let tags = rewrite(&mut tx, &types, id, &old, Some(&new)).await?;
        for query in [&MOVE_PAGES, &MOVE_IMAGES, &MOVE_DOCUMENTS] {
            Exec::from(&mut tx).query(query).bind(id).bind(into).execute().await?;
        }
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        note(&mut tx, &by, ObjectEvent::Merge, (into, &new), &json!({ "merged": old })).await?;
        self.finish_tag(tx, &types, tags, ObjectEvent::Merge, by.channel).await
    }

    /// Takes a tag off everything that has it, and deletes it.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn delete_tag(&self, id: i64, by: impl Into<Actor>) -> Result<(), EditError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("tag.delete")).await?;
        let old = lock(&mut tx, id).await?;
        let types = self.types();
        let tags = rewrite(&mut tx, &types, id, &old, None).await?;
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        note(&mut tx, &by, ObjectEvent::Delete, (id, &old), &Value::Null).await?;
        self.finish_tag(tx, &types, tags, ObjectEvent::Delete, by.channel).await
    }

    async fn finish_tag(
        &self,
        mut tx: Tx,
        types: &Types,
        (pages, tags): (Vec<i64>, BTreeSet<Tag>),
        event: ObjectEvent,
        channel: Channel,
    ) -> Result<(), EditError> {
        search::refresh_pages(&mut tx, types, &pages).await?;
        let tags: Vec<Tag> = tags.into_iter().collect();
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_object(ObjectKind::Tag, event, channel);
        Ok(())
    }
}

async fn note(
    tx: &mut Tx,
    by: &Actor,
    event: ObjectEvent,
    (id, title): (i64, &str),
    detail: &Value,
) -> Result<(), EditError> {
    let subject = object_log::Subject { kind: ObjectKind::Tag, id, title, type_name: "", revision: None };
    Ok(object_log::append(tx, by, event, subject, detail).await?)
}

async fn lock(tx: &mut Tx, id: i64) -> Result<String, EditError> {
    Exec::from(tx).query(&LOCK).bind(id).optional::<String>().await?.ok_or(EditError::TagNotFound(id))
}

/// Writes the new name for the old one, or none; the live pages and what shows them.
async fn rewrite(
    tx: &mut Tx,
    types: &Types,
    id: i64,
    old: &str,
    new: Option<&str>,
) -> Result<(Vec<i64>, BTreeSet<Tag>), EditError> {
    let mut tags = BTreeSet::new();
    let mut live = Vec::new();
    let ids: Vec<i64> = Exec::from(&mut *tx).query(&TAGGED).bind(id).bind(MAX_PAGES).list().await?;
    if ids.len() as i64 == MAX_PAGES {
        return Err(EditError::TooManyPages { max: MAX_PAGES });
    }
    for id in ids {
        let Some(mut page) = page::find(&mut *tx, id).await? else { continue };
        let Some(of_type) = types.find(&page.type_name) else { continue };
        if !replace(of_type, &mut page.fields, old, new) {
            continue;
        }
        let fields = std::mem::take(&mut page.fields);
        let content = PageContent { fields, ..PageContent::default() };
        let summary = edit::summary(types, of_type, &content);
        let data = Value::Object(content.fields).to_string();
        let call = Exec::from(&mut *tx).query(&SET_LIVE).bind(id).bind(data);
        call.bind(Value::Object(summary.clone()).to_string()).execute().await?;
        if page.live {
            tags.extend(shown(of_type, &page, &summary));
            live.push(id);
        }
    }
    rewrite_drafts(tx, types, old, new).await?;
    Ok((live, tags))
}

/// Who shows a live page whose tag has another name.
fn shown(of_type: &ContentType, page: &Page, summary: &Map<String, Value>) -> Vec<Tag> {
    let mut tags = lists::changed(of_type, page, summary);
    tags.extend([Tag::Page(page.id), Tag::Summary(page.id)]);
    tags
}

async fn rewrite_drafts(tx: &mut Tx, types: &Types, old: &str, new: Option<&str>) -> Result<(), EditError> {
    // As the name stands in JSON, between its quotes. Any character may stand where names of one tag differ, or where
    // the databases disagree on what is a small letter.
    let loose = |c: char| !c.is_ascii() || c.is_ascii_whitespace() || matches!(c, '-' | '_' | '%' | '!');
    let quoted = Value::from(old.to_ascii_lowercase()).to_string();
    let pattern: String = quoted.chars().map(|character| if loose(character) { '_' } else { character }).collect();
    let pattern = format!("%{pattern}%");
    let mut after = 0;
    loop {
        let call = Exec::from(&mut *tx).query(&DRAFTED).bind(&pattern).bind(after).bind(BATCH);
        let drafts: Vec<Drafted> = call.list().await?;
        let Some(last) = drafts.last().map(|draft| draft.id) else { return Ok(()) };
        after = last;
        for draft in drafts {
            let Some(of_type) = types.find(&draft.type_name) else { continue };
            let mut content = json_object(&draft.content);
            let Some(Value::Object(fields)) = content.get_mut("fields") else { continue };
            if replace(of_type, fields, old, new) {
                let text = Value::Object(content).to_string();
                Exec::from(&mut *tx).query(&SET_DRAFT).bind(draft.id).bind(text).execute().await?;
            }
        }
    }
}

/// Whether any list of tags held the old name.
fn replace(of_type: &ContentType, fields: &mut Map<String, Value>, old: &str, new: Option<&str>) -> bool {
    let (old, new_slug) = (tag::slug_of(old), new.map(tag::slug_of));
    let mut replaced = false;
    for field in of_type.fields.iter().filter(|field| matches!(field.kind, FieldKind::Tags { .. })) {
        let Some(Value::Array(names)) = fields.get_mut(&field.name) else { continue };
        let slug = |name: &Value| tag::slug_of(name.as_str().unwrap_or_default());
        if !names.iter().any(|name| slug(name) == old) {
            continue;
        }
        replaced = true;
        let mut kept: Vec<Value> = Vec::with_capacity(names.len());
        for name in names.drain(..) {
            let name = match (slug(&name) == old, new) {
                (true, Some(new)) => Value::from(new),
                (true, None) => continue,
                (false, _) => name,
            };
            let is_new = new_slug.as_ref() == Some(&slug(&name));
            if !is_new || !kept.iter().any(|known| new_slug.as_ref() == Some(&slug(known))) {
                kept.push(name);
            }
        }
        *names = kept;
    }
    replaced
}
