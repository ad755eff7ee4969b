//! Publishing a page, and taking it off the site.

use serde_json::{Map, Value, json};

use super::audit::Subject;
use super::change::{self, Tag};
use super::operations::{self, Touched, mirror, page_type, slug_taken};
use super::page::{Page, PageContent};
use super::tree::{self, Place};
use super::types::{ContentType, FieldKind, Mode, Types};
use super::{
    Acting, Actor, Content, EditError, Seen, audit, draft, embed, lists, redirect, reference, revision, schedule,
    search, site, slug, tag,
};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::Timer;
use crate::telemetry::label::PageEvent;

queries! {
    LOCK = write "page.lock" ("SELECT id FROM page WHERE id = $1" for_update);
    SET_LIVE = write "page.set_live"
        "UPDATE page SET title = $2, draft_title = CASE WHEN latest_revision_id = $9 THEN $2 ELSE draft_title END,
                slug = $3, seo_title = $4, search_description = $5, show_in_menus = $6, data = $7, summary = $8,
                live_revision_id = $9, first_published_at = $10, last_published_at = $11, updated_at = $11, live = TRUE,
                has_unpublished_changes = latest_revision_id <> $9, publish_at = NULL, publish_revision_id = NULL,
                expired_at = NULL
         WHERE id = $1";
    SET_UNPUBLISHED = write "page.set_unpublished"
        "UPDATE page SET live = FALSE, has_unpublished_changes = TRUE, live_revision_id = NULL, updated_at = $2,
                expire_at = NULL, expired_at = $3
         WHERE id = $1";
}

impl Content {
    /// Publishes the newest revision: validates it fully, makes it live, and purges exactly what showed the old one.
    /// `at` backdates the first publication, as imports do.
    ///
    /// # Errors
    /// What [`EditError`] says; the live page stays as it was then.
    pub async fn publish(&self, id: i64, at: Option<Micros>, by: impl Into<Actor>) -> Result<(), EditError> {
        self.publish_which(id, Which::Newest, at, by.into()).await
    }

    /// As [`Content::publish`], if `revision` still is the newest one.
    ///
    /// # Errors
    /// [`EditError::Conflict`] when somebody saved another one meanwhile, and as [`Content::publish`].
    pub async fn publish_revision(&self, id: i64, revision: i64, by: impl Into<Actor>) -> Result<(), EditError> {
        self.publish_which(id, Which::If(revision), None, by.into()).await
    }

    async fn publish_which(&self, id: i64, which: Which, at: Option<Micros>, by: Actor) -> Result<(), EditError> {
        let published = self.make_live(id, which, at, by).await.map(drop);
        // What is wrong with a draft is its editor's to mend.
        if matches!(published, Err(EditError::Db(_))) {
            self.telemetry.publish_ended(None);
        }
        published
    }

    /// Whether there was something to publish: what was scheduled may have been taken back, or happened already.
    pub(super) async fn make_live(
        &self,
        id: i64,
        which: Which,
        at: Option<Micros>,
        by: Actor,
    ) -> Result<bool, EditError> {
        let timer = Timer::start();
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.publish")).await?;
        tree::lock(&mut tx).await?;
        let page = self.lock_open(&mut tx, id, &by).await?;
        let chosen = match which {
            Which::Newest => page.latest_revision_id.ok_or(EditError::RevisionNotFound { page: id, revision: 0 })?,
            Which::If(revision) => {
                draft::expect_seen(&mut tx, &page, &Seen::These(vec![revision])).await?;
                revision
            }
            Which::ScheduledFor(at) => match schedule::revision_for(&mut tx, id, at).await? {
                Some(revision) => revision,
                None => return Ok(false),
            },
        };
        let draft = revision::find(&mut tx, id, chosen).await?;
        let mut content = draft.ok_or(EditError::RevisionNotFound { page: id, revision: chosen })?.content;
        let of_type = page_type(&types, &page.type_name)?;
        check_head(&content)?;
        content.fields = of_type.validate(&types, &content.fields, Mode::Publish).map_err(EditError::Invalid)?;
        let summary = summary(&types, of_type, &content);
        let now = Micros::now();
        let first = page.first_published_at.map(Micros).or(at).unwrap_or(now);
        Exec::from(&mut tx)
            .query(&SET_LIVE)
            .bind(id)
            .bind(&content.title)
            .bind(&content.slug)
            .bind(&content.seo_title)
            .bind(&content.search_description)
            .bind(content.show_in_menus)
            .bind(Value::Object(content.fields.clone()).to_string())
            .bind(Value::Object(summary.clone()).to_string())
            .bind(chosen)
            .bind(first)
            .bind(now)
            .execute()
            .await
            .map_err(|error| slug_taken(error, &content.slug))?;
        rename(&mut tx, &page, &content.slug).await?;
        replace_references(&mut tx, &types, of_type, id, &content).await?;
        let wanted = embed::want(&mut tx, &types, &of_type.embeds(&types, &content.fields)).await?;
        let mut tags = published_tags(&types, of_type, &page, &content, &summary);
        tags.extend(mirror::show_published(&mut tx, &types, of_type, id, (&content, &summary)).await?);
        if page.slug != content.slug {
            if site::holds_root(&mut tx, &page.path).await? {
                tags.push(Tag::All);
            }
            // Everything below has a new address too.
            tags.extend(operations::tags_below(&mut tx, &page.path, Touched::Gone).await?);
        } else if !page.live {
            // Its breadcrumb appears on everything below.
            tags.extend(operations::tags_below(&mut tx, &page.path, Touched::Framed).await?);
        }
        search::refresh_pages(&mut tx, &types, &[id]).await?;
        let subject = Subject { title: &content.title, revision: Some(chosen), ..(&page).into() };
        audit::append(&mut tx, &by, PageEvent::Publish, subject, &Value::Null).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        if wanted > 0 {
            self.embeds_wanted.notify_one();
        }
        self.count_event(PageEvent::Publish, &page.type_name, by.channel);
        let duration = self.telemetry.families.publish_duration.with_label_values(&[by.channel.as_str()]);
        duration.observe(timer.elapsed_s());
        Ok(true)
    }

    /// Takes a page off the site; its draft stays.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is changed then.
    pub async fn unpublish(&self, id: i64, by: impl Into<Acting>) -> Result<(), EditError> {
        self.take_off(id, None, PageEvent::Unpublish, by.into()).await.map(drop)
    }

    /// Whether there was something to take off: an expiry may have been taken back, or happened already.
    pub(super) async fn take_off(
        &self,
        id: i64,
        expired_at: Option<Micros>,
        event: PageEvent,
        Acting { by, seen }: Acting,
    ) -> Result<bool, EditError> {
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.unpublish")).await?;
        // The aliases change with the page: no move may hold one of them and wait for the other.
        tree::lock(&mut tx).await?;
        let page = self.lock_open(&mut tx, id, &by).await?;
        draft::expect_seen(&mut tx, &page, &seen).await?;
        if let Some(at) = expired_at
            && !schedule::expires_at(&mut tx, id, at).await?
        {
            return Ok(false);
        }
        Exec::from(&mut tx).query(&SET_UNPUBLISHED).bind(id).bind(Micros::now()).bind(expired_at).execute().await?;
        if page.live {
            reference::retire(&mut tx, reference::Source::Page(id), page.has_unpublished_changes).await?;
        }
        let mut tags = if page.live { mirror::gone(&types, &page) } else { Vec::new() };
        tags.extend(mirror::hide(&mut tx, &types, id).await?);
        search::remove(&mut tx, search::Kind::Page, vec![id]).await?;
        audit::append(&mut tx, &by, event, (&page).into(), &Value::Null).await?;
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(event, &page.type_name, by.channel);
        Ok(true)
    }
}

/// The revision that goes live.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Newest,
    /// This one, which has to be the newest.
    If(i64),
    /// The one that was chosen when the page was scheduled for that time.
    ScheduledFor(Micros),
}

/// Keeps others from changing a page until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, id: i64) -> Result<(), EditError> {
    let held: Option<i64> = Exec::from(tx).query(&LOCK).bind(id).optional().await?;
    held.map(drop).ok_or(EditError::PageNotFound(id))
}

/// A page that may be edited, and that no other transaction changes until this one ends.
pub(super) async fn lock(tx: &mut Tx, id: i64) -> Result<Page, EditError> {
    hold(tx, id).await?;
    let page = operations::find_in_tree(tx, id).await?;
    operations::alias::refuse(&page)?;
    Ok(page)
}

/// Longest title, SEO title and search description, in characters, as in Wagtail.
const MAX_HEAD_LENGTH: usize = 255;

pub(super) fn check_title(title: &str) -> Result<(), EditError> {
    if title.trim().is_empty() { Err(EditError::TitleMissing) } else { check_line("title", title) }
}

pub(super) fn check_head(content: &PageContent) -> Result<(), EditError> {
    check_title(&content.title)?;
    if !slug::is_valid(&content.slug) {
        return Err(EditError::SlugInvalid(content.slug.clone()));
    }
    let texts = [("seo_title", &content.seo_title), ("search_description", &content.search_description)];
    for (field, text) in texts {
        check_line(field, text)?;
    }
    Ok(())
}

pub(super) fn check_line(field: &'static str, text: &str) -> Result<(), EditError> {
    if text.contains('\0') {
        return Err(EditError::NullCharacter(field));
    }
    if text.chars().count() > MAX_HEAD_LENGTH {
        return Err(EditError::TooLong { field, max: MAX_HEAD_LENGTH });
    }
    Ok(())
}

/// A published slug changes the URLs of the whole subtree.
async fn rename(tx: &mut Tx, page: &Page, slug: &str) -> Result<(), EditError> {
    if page.slug == slug {
        return Ok(());
    }
    if let Some(parent) = page.parent_id {
        site::refuse_prefix(tx, parent, slug).await?;
    }
    let parent = page.url_path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
    let url_path = format!("{parent}/{slug}/");
    let place = Place { path: &page.path, depth: page.depth, url_path: &page.url_path };
    tree::relocate(tx, place, Place { url_path: &url_path, ..place }).await?;
    Ok(redirect::page_moved(tx, page, &url_path).await?)
}

/// What listings show: every field but the long ones, and how long the text is.
pub(super) fn summary(types: &Types, of_type: &ContentType, content: &PageContent) -> Map<String, Value> {
    let mut summary = Map::new();
    for field in &of_type.fields {
        let long = matches!(
            field.kind,
            FieldKind::Stream { .. }
                | FieldKind::RichText { .. }
                | FieldKind::RawHtml
                | FieldKind::Table
                | FieldKind::TypedTable { .. }
                | FieldKind::Static { .. }
        );
        if let Some(value) = content.fields.get(&field.name).filter(|_| !long) {
            summary.insert(field.name.clone(), value.clone());
        }
    }
    let words = super::types::word_count(&of_type.plain_text(types, &content.fields));
    summary.insert("word_count".into(), json!(words));
    summary.insert("reading_time_minutes".into(), json!(super::types::reading_time_minutes(words)));
    summary
}

async fn replace_references(
    tx: &mut Tx,
    types: &Types,
    of_type: &ContentType,
    id: i64,
    content: &PageContent,
) -> Result<(), DbError> {
    reference::publish_page(tx, types, of_type, id, &content.fields).await?;
    tag::replace(tx, id, &tag_names(of_type, &content.fields)).await
}

pub(super) fn tag_names<'c>(of_type: &ContentType, values: &'c Map<String, Value>) -> Vec<&'c str> {
    let fields = of_type.fields.iter().filter(|field| matches!(field.kind, FieldKind::Tags { .. }));
    fields.filter_map(|field| values.get(&field.name)?.as_array()).flatten().filter_map(Value::as_str).collect()
}

/// Who showed the old version, or will show the new one: no more than that.
pub(super) fn published_tags(
    types: &Types,
    of_type: &ContentType,
    old: &Page,
    new: &PageContent,
    summary: &Map<String, Value>,
) -> Vec<Tag> {
    let mut tags = vec![Tag::Page(old.id)];
    let renamed = old.slug != new.slug;
    let shown_differently = old.title != new.title
        || renamed
        || old.search_description != new.search_description
        || old.summary != *summary;
    let first = !old.live;
    if first || shown_differently {
        tags.push(Tag::Summary(old.id));
    }
    if first || old.title != new.title || renamed {
        tags.push(Tag::Link(old.id));
    }
    if renamed && old.live {
        tags.push(Tag::Gone(old.id));
    }
    if first {
        tags.extend(lists::of_page(types, &Page { summary: summary.clone(), ..old.clone() }));
        tags.push(Tag::Type(old.type_name.clone()));
        tags.push(Tag::Translations(old.translation_key.clone()));
    }
    if !first {
        tags.extend(lists::changed(of_type, old, summary));
    }
    if old.show_in_menus != new.show_in_menus || (first && new.show_in_menus) {
        tags.push(Tag::Menu);
    }
    tags
}
