//! Operations on the tree: create, move, delete. Each is one transaction; caches are told after its commit.

use serde_json::{Map, Value};

use super::change::{self, Tag};
use super::page::{self, Page, PageContent};
use super::tree::{self, MAX_DEPTH, Place, ROOT_ID};
use super::types::{ContentType, Kind, Mode, Types};
use super::{Content, EditError, lists, reference, revision, slug};
use crate::clock::Micros;
use crate::db::{Constraint, DbError, Exec, Tx, TxName};
use crate::telemetry::label::{Channel, PAGE_TYPE, PageEvent};
use crate::{queries, record};

/// Siblings looked at for a free slug.
const SLUG_CANDIDATES: i64 = 1_000;

/// A page to be created, as a draft.
#[derive(Clone, Debug, Default)]
pub struct NewPage {
    pub parent: i64,
    pub type_name: String,
    pub title: String,
    /// Made from the title, and unique, when absent.
    pub slug: Option<String>,
    pub seo_title: String,
    pub search_description: String,
    pub show_in_menus: bool,
    pub fields: Map<String, Value>,
    /// The parent's when absent.
    pub locale: Option<String>,
    /// That of the page which this one translates; its own when absent.
    pub translation_key: Option<String>,
}

/// Where a moved page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    LastChildOf(i64),
}

record! { struct Slugs { slug: String } }
record! { struct Counts { in_all: i64, below_parent: i64 } }
record! { pub(super) struct Sub { pub id: i64, pub live: bool, type_name: String } }

impl Sub {
    /// A live page that changes its URL, or loses it.
    pub fn moved_tags(&self) -> [Tag; 4] {
        [Tag::Page(self.id), Tag::Summary(self.id), Tag::Link(self.id), Tag::Gone(self.id)]
    }
}

queries! {
    INSERT = write "page.insert"
        "INSERT INTO page (path, depth, parent_id, type, title, draft_title, slug, url_path, created_at, updated_at,
                           uuid, show_in_menus, seo_title, search_description, translation_key, locale)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14) RETURNING id";
    SLUGS = read "page.list_slugs_like"
        "SELECT slug FROM page WHERE parent_id = $1 AND (slug = $2 OR slug LIKE $3) LIMIT $4";
    COUNT_TYPE = read "page.count_of_type"
        "SELECT COUNT(*) AS in_all, COUNT(CASE WHEN parent_id = $2 THEN 1 END) AS below_parent
         FROM page WHERE type = $1 AND id <> $3";
    SUBTREE = read "page.list_subtree"
        "SELECT id, live, type AS type_name FROM page WHERE path >= $1 AND path < $2 ORDER BY path";
    SET_PARENT = write "page.set_parent" "UPDATE page SET parent_id = $2, updated_at = $3 WHERE id = $1";
    UNLINK = write "page.unlink_subtree" "UPDATE page SET parent_id = NULL WHERE path >= $1 AND path < $2";
    DELETE = write "page.delete_subtree" "DELETE FROM page WHERE path >= $1 AND path < $2";
    SITE_ROOT = read "site.find_rooted_below"
        "SELECT site.id FROM site JOIN page ON page.id = root_page_id WHERE page.path >= $1 AND page.path < $2 LIMIT 1";
}

impl Content {
    /// Creates a page as a draft with its first revision; the new id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn create_page(&self, new: NewPage, channel: Channel) -> Result<i64, EditError> {
        let types = self.types();
        let page_type = page_type(&types, &new.type_name)?;
        let fields = page_type.validate(&types, &new.fields, Mode::Draft).map_err(EditError::Invalid)?;
        let mut tx = self.db.begin(TxName("page.create")).await?;
        tree::lock(&mut tx).await?;
        let parent = page::find(&mut tx, new.parent).await?.ok_or(EditError::PageNotFound(new.parent))?;
        check_place(&mut tx, &types, page_type, &parent, 0).await?;
        let slug = match &new.slug {
            Some(slug) if !slug::is_valid(slug) => return Err(EditError::SlugInvalid(slug.clone())),
            Some(slug) => slug.clone(),
            None => slug::unused(&slug::from_title(&new.title), &taken_slugs(&mut tx, &parent, &new.title).await?),
        };
        let content = PageContent {
            title: new.title.trim().to_owned(),
            slug: slug.clone(),
            seo_title: new.seo_title.clone(),
            search_description: new.search_description.clone(),
            show_in_menus: new.show_in_menus,
            fields,
        };
        super::edit::check_head(&content)?;
        let path =
            tree::next_child_path(&mut tx, parent.id, &parent.path).await?.ok_or(EditError::ParentFull(parent.id))?;
        let uuid = uuid::Uuid::new_v4().to_string();
        let id: i64 = Exec::from(&mut tx)
            .query(&INSERT)
            .bind(path)
            .bind(parent.depth + 1)
            .bind(parent.id)
            .bind(&new.type_name)
            .bind(new.title.trim())
            .bind(&slug)
            .bind(format!("{}{slug}/", parent.url_path))
            .bind(Micros::now())
            .bind(&uuid)
            .bind(new.show_in_menus)
            .bind(&new.seo_title)
            .bind(&new.search_description)
            .bind(new.translation_key.as_ref().unwrap_or(&uuid))
            .bind(new.locale.as_ref().unwrap_or(&parent.locale))
            .one()
            .await
            .map_err(|error| slug_taken(error, &slug))?;
        let revision = revision::insert(&mut tx, id, &content, None).await?;
        super::edit::set_draft(&mut tx, id, &content.title, revision, false).await?;
        let drafted = page_type.placed_references(&types, &content.fields);
        reference::replace(&mut tx, reference::Source::Page(id), reference::State::Draft, &drafted).await?;
        tx.commit().await?;
        self.count_event(PageEvent::Create, &new.type_name, channel);
        self.count_revision(&new.type_name);
        Ok(id)
    }

    /// Moves a page with its subtree.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is moved then.
    pub async fn move_page(&self, id: i64, to: Position, channel: Channel) -> Result<(), EditError> {
        let Position::LastChildOf(parent_id) = to;
        let types = self.types();
        let mut tx = self.db.begin(TxName("page.move")).await?;
        tree::lock(&mut tx).await?;
        let moved = page::find(&mut tx, id).await?.ok_or(EditError::PageNotFound(id))?;
        let parent = page::find(&mut tx, parent_id).await?.ok_or(EditError::PageNotFound(parent_id))?;
        self.refuse_root(&mut tx, &moved).await?;
        if parent.path.starts_with(&moved.path) {
            return Err(EditError::MoveIntoItself);
        }
        check_place(&mut tx, &types, page_type(&types, &moved.type_name)?, &parent, moved.id).await?;
        let path =
            tree::next_child_path(&mut tx, parent.id, &parent.path).await?.ok_or(EditError::ParentFull(parent.id))?;
        let subtree = subtree(&mut tx, &moved).await?;
        Exec::from(&mut tx)
            .query(&SET_PARENT)
            .bind(moved.id)
            .bind(parent.id)
            .bind(Micros::now())
            .execute()
            .await
            .map_err(|error| slug_taken(error, &moved.slug))?;
        let url_path = format!("{}{}/", parent.url_path, moved.slug);
        let from = Place { path: &moved.path, depth: moved.depth, url_path: &moved.url_path };
        tree::relocate(&mut tx, from, Place { path: &path, depth: parent.depth + 1, url_path: &url_path }).await?;
        let mut tags = vec![Tag::Menu];
        tags.extend(lists::of_page(&types, &moved));
        tags.extend(lists::of_page(&types, &Page { parent_id: Some(parent.id), ..moved.clone() }));
        for page in subtree.iter().filter(|page| page.live) {
            tags.extend(page.moved_tags());
        }
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Move, &moved.type_name, channel);
        Ok(())
    }

    /// Deletes a page with its subtree, for good; how many pages went.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is deleted then.
    pub async fn delete_page(&self, id: i64, channel: Channel) -> Result<u64, EditError> {
        let mut tx = self.db.begin(TxName("page.delete")).await?;
        tree::lock(&mut tx).await?;
        let deleted = page::find(&mut tx, id).await?.ok_or(EditError::PageNotFound(id))?;
        self.refuse_root(&mut tx, &deleted).await?;
        let subtree = subtree(&mut tx, &deleted).await?;
        let end = tree::after_subtree(&deleted.path);
        // Rows go in any order, so the pointers among them go first.
        Exec::from(&mut tx).query(&UNLINK).bind(&deleted.path).bind(&end).execute().await?;
        let count = Exec::from(&mut tx).query(&DELETE).bind(&deleted.path).bind(&end).execute().await?;
        let mut tags = lists::of_page(&self.types(), &deleted);
        for page in subtree.iter().filter(|page| page.live) {
            tags.extend(page.moved_tags());
            tags.push(Tag::Type(page.type_name.clone()));
        }
        tags.sort();
        tags.dedup();
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.announce_own(change, &tags);
        self.count_event(PageEvent::Delete, &deleted.type_name, channel);
        Ok(count)
    }

    async fn refuse_root(&self, tx: &mut Tx, page: &Page) -> Result<(), EditError> {
        if page.id == ROOT_ID || holds_a_site_root(tx, page).await? { Err(EditError::RootIsFixed) } else { Ok(()) }
    }

    pub(super) fn count_event(&self, event: PageEvent, type_name: &str, channel: Channel) {
        let page_type = self.telemetry.bounded(&PAGE_TYPE, type_name);
        let labels = [event.as_str(), page_type, channel.as_str()];
        self.telemetry.families.page_events.with_label_values(&labels).inc();
    }

    pub(super) fn count_revision(&self, type_name: &str) {
        let page_type = self.telemetry.bounded(&PAGE_TYPE, type_name);
        self.telemetry.families.revisions_created.with_label_values(&[page_type]).inc();
    }
}

pub(super) fn page_type<'t>(types: &'t Types, name: &str) -> Result<&'t ContentType, EditError> {
    let found = types.find(name).ok_or_else(|| EditError::TypeUnknown(name.to_owned()))?;
    if found.kind != Kind::Page {
        return Err(EditError::WrongKind(name.to_owned(), "page"));
    }
    Ok(found)
}

pub(super) fn slug_taken(error: DbError, slug: &str) -> EditError {
    match error {
        DbError::Constraint(Constraint::Unique, _) => EditError::SlugTaken(slug.to_owned()),
        other => EditError::Db(other),
    }
}

/// T3: which types may go where, and how many. `moved` is not counted.
async fn check_place(
    tx: &mut Tx,
    types: &Types,
    child: &ContentType,
    parent: &Page,
    moved: i64,
) -> Result<(), EditError> {
    let parent_type = (parent.id != ROOT_ID).then_some(parent.type_name.as_str());
    types.check_placement(parent_type, &child.name)?;
    if parent.depth >= MAX_DEPTH {
        return Err(EditError::TooDeep(MAX_DEPTH));
    }
    if child.max_count.is_none() && child.max_count_per_parent.is_none() {
        return Ok(());
    }
    let counts: Counts = Exec::from(tx).query(&COUNT_TYPE).bind(&child.name).bind(parent.id).bind(moved).one().await?;
    if let Some(max) = child.max_count.filter(|max| counts.in_all as u64 >= *max as u64) {
        return Err(EditError::MaxCount { type_name: child.name.clone(), max: max as u64 });
    }
    if let Some(max) = child.max_count_per_parent.filter(|max| counts.below_parent as u64 >= *max as u64) {
        return Err(EditError::MaxCountPerParent { type_name: child.name.clone(), parent: parent.id, max: max as u64 });
    }
    Ok(())
}

async fn taken_slugs(tx: &mut Tx, parent: &Page, title: &str) -> Result<Vec<String>, DbError> {
    let base = slug::from_title(title);
    let rows: Vec<Slugs> = Exec::from(tx)
        .query(&SLUGS)
        .bind(parent.id)
        .bind(&base)
        .bind(format!("{base}-%"))
        .bind(SLUG_CANDIDATES)
        .list()
        .await?;
    Ok(rows.into_iter().map(|row| row.slug).collect())
}

/// Whether a site is rooted at the page or below it.
pub(super) async fn holds_a_site_root(tx: &mut Tx, page: &Page) -> Result<bool, DbError> {
    let end = tree::after_subtree(&page.path);
    let found = Exec::from(tx).query(&SITE_ROOT).bind(&page.path).bind(end).optional::<i64>().await?;
    Ok(found.is_some())
}

/// The page and all below it.
pub(super) async fn subtree(tx: &mut Tx, page: &Page) -> Result<Vec<Sub>, DbError> {
    Exec::from(tx).query(&SUBTREE).bind(&page.path).bind(tree::after_subtree(&page.path)).list().await
}
