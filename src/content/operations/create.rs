//! Creating a page, as a draft.

use serde_json::{Map, Value};

use super::place::{self, Coming, Position, Spot};
use super::subtree::TypeCount;
use super::{page_type, slug_taken};
use crate::clock::Micros;
use crate::content::audit::Subject;
use crate::content::change::{self, Tag};
use crate::content::page::{Page, PageContent};
use crate::content::revision::Saving;
use crate::content::types::Mode;
use crate::content::{
    Actor, Content, EditError, audit, draft, edit, form, guarded, locale, privacy, reference, revision, shadow, site,
    slug, tree,
};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::PageEvent;

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
    /// The account of whoever creates it; none for programs.
    pub owner: Option<i64>,
}

queries! {
    INSERT = write "page.insert"
        "INSERT INTO page (path, depth, parent_id, type, title, draft_title, slug, url_path, created_at, updated_at,
                           uuid, show_in_menus, seo_title, search_description, translation_key, locale,
                           owner_id)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id";
    SLUGS = read "page.list_slugs_like"
        "SELECT slug FROM page WHERE parent_id = $1 AND (slug = $2 OR slug LIKE $3) LIMIT $4";
}

impl Content {
    /// Creates a page as a draft with its first revision; the new id.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn create_page(&self, new: NewPage, by: impl Into<Actor>) -> Result<i64, EditError> {
        let by = by.into();
        let types = self.types();
        let page_type = page_type(&types, &new.type_name)?;
        let mut tx = self.db.begin(TxName("page.create")).await?;
        let mut fields = guarded::of_new((&types, page_type), &by, new.fields.clone())?;
        self.own_links.convert(&mut tx, &types, page_type, &mut fields).await?;
        let mut fields = page_type.validate(&types, &fields, Mode::Draft).map_err(EditError::Invalid)?;
        form::name_fields(page_type, &mut fields);
        tree::lock(&mut tx).await?;
        let spot = Spot::find(&mut tx, Position::LastChildOf(new.parent)).await?;
        let locale = locale::for_new_page(&mut tx, new.locale.as_deref(), &spot.parent).await?;
        let gained = [TypeCount { type_name: new.type_name.clone(), pages: 1, live: 0 }];
        let coming = Coming { root: page_type, height: 1, locale: &locale, moved: None, gained: &gained };
        place::check(&mut tx, &types, &spot.parent, coming).await?;
        let parent = &spot.parent;
        let slug = match &new.slug {
            Some(slug) if !slug::is_valid(slug) => return Err(EditError::SlugInvalid(slug.clone())),
            Some(slug) => slug.clone(),
            None => free_slug(&mut tx, parent, &slug::from_title(&new.title)).await?,
        };
        let content = PageContent {
            title: new.title.trim().to_owned(),
            slug: slug.clone(),
            seo_title: new.seo_title.clone(),
            search_description: new.search_description.clone(),
            show_in_menus: new.show_in_menus,
            fields,
        };
        edit::check_head(&content)?;
        site::refuse_prefix(&mut tx, parent.id, &slug).await?;
        let path = spot.make_room(&mut tx).await?.path;
        let uuid = uuid::Uuid::new_v4().to_string();
        let id: i64 = Exec::from(&mut tx)
            .query(&INSERT)
            .bind(&path)
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
            .bind(&locale)
            .bind(new.owner.or(by.account))
            .one()
            .await
            .map_err(|error| slug_taken(error, &slug))?;
        let revision = revision::insert(&mut tx, id, &content, Saving::by(&by)).await?;
        draft::set_draft(&mut tx, id, &content.title, revision, false).await?;
        let drafted = page_type.placed_references(&types, &content.fields);
        reference::replace(&mut tx, reference::Source::Page(id), reference::State::Draft, &drafted).await?;
        if let Some(default) = &page_type.privacy {
            privacy::operations::restrict_new(&mut tx, id, default).await?;
        }
        if parent.restricted || page_type.privacy.is_some() {
            privacy::refresh_subtree(&mut tx, &types, &path).await?;
        }
        if new.translation_key.is_some() && site::holds_root(&mut tx, &path).await? {
            // A site speaks one more language. Servers follow the log, and load their sites anew.
            change::append(&mut tx, &[Tag::All]).await?;
        }
        let made = Subject {
            page: id,
            title: &content.title,
            type_name: &new.type_name,
            revision: Some(revision),
            owner: None,
        };
        audit::append(&mut tx, &by, PageEvent::Create, made, &Value::Null).await?;
        tx.commit().await?;
        self.count_event(PageEvent::Create, &new.type_name, by.channel);
        self.count_revision(&new.type_name);
        Ok(id)
    }
}

/// `slug`, or with a number behind it the first that no child of `parent` has, and that is not reserved there.
pub(super) async fn free_slug(tx: &mut Tx, parent: &Page, slug: &str) -> Result<String, DbError> {
    let call = Exec::from(&mut *tx).query(&SLUGS).bind(parent.id).bind(slug).bind(format!("{slug}-%"));
    let mut taken: Vec<String> = call.bind(SLUG_CANDIDATES).list().await?;
    if shadow::hides(tx, parent.id, slug).await? {
        taken.push(slug.to_owned());
    }
    let room_for_a_number = slug.chars().take(slug::MAX_LENGTH - 8).collect::<String>();
    Ok(if taken.iter().any(|known| known == slug) { slug::unused(&room_for_a_number, &taken) } else { slug.to_owned() })
}
