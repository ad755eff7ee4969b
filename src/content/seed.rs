//! Seeding an empty database from the site folder: snippets first, then the page tree, then what points at pages.

mod files;
mod refer;

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::page::PageContent;
use super::snippet::SnippetContent;
use super::types::{Kind, Mode, Scope, ValueSlot};
use super::{
    Content, EditError, NewPage, NewSnippet, SiteError, change, page, revision, schema, setting, site, snippet, tree,
};
use crate::db::TxName;
use crate::telemetry::label::Channel;
use files::{Files, Planned, PlannedSnippet, SettingsFile};
use refer::{Known, file_id, resolve};

#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("{file}: {message}")]
    File { file: String, message: String },
    #[error("{file}: {source}")]
    Refused { file: String, source: EditError },
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl From<crate::db::DbError> for SeedError {
    fn from(error: crate::db::DbError) -> Self {
        Self::Edit(error.into())
    }
}

/// Where the seeded site is reached.
pub struct Address {
    pub hostname: String,
    pub port: u16,
}

/// Files of the media library that seeded content may name: their ids, by path.
#[derive(Default)]
pub struct Media {
    pub images: HashMap<String, i64>,
    pub documents: HashMap<String, i64>,
}

/// What was made.
#[derive(Debug, PartialEq, Eq)]
pub struct Seeded {
    pub pages: usize,
    pub snippets: usize,
}

/// Fills a database without a site from `(path, text)` files below `seed/`; `None` when there is a site. `migrations` count
/// as applied. A seed that was cut short goes on at the next start, and servers that start together agree.
///
/// # Errors
/// With the file that is wrong.
pub async fn seed(
    content: &Content,
    files: &[(String, String)],
    media: &Media,
    migrations: &[(String, String)],
    address: &Address,
) -> Result<Option<Seeded>, SeedError> {
    if !site::list(&*content.db, "").await?.is_empty() {
        return Ok(None);
    }
    let files = files::parse(files)?;
    for code in &files.locales {
        ensure_locale(content, code).await?;
    }
    let slugs = seed_snippets(content, &files.snippets, media).await?;
    let ids = ensure_pages(content, &files).await?;
    let known = Known { pages: &ids, snippets: &slugs, media };
    for (path, planned) in &files.pages {
        publish(content, ids[path], planned, &known).await?;
    }
    let seeded = Seeded { pages: files.pages.len(), snippets: files.snippets.len() };
    let settings = resolve_settings(content, files.settings, &known)?;
    let types = content.types();
    let mut tx = content.db.begin(TxName("seed.site")).await?;
    let home = ids["/"];
    let made = site::insert(&mut tx, &address.hostname, address.port.into(), &files.site.name, home).await?;
    for (type_name, fields) in made.iter().flat_map(|_| &settings) {
        if let Some(of_type) = types.find(type_name) {
            let site = made.filter(|_| of_type.scope == Scope::Site);
            setting::store(&mut tx, &types, of_type, site, fields, None, Channel::Import).await?;
        }
    }
    schema::adopt(&mut tx, migrations).await?;
    change::append(&mut tx, &[change::Tag::All]).await?;
    tx.commit().await?;
    Ok(Some(seeded))
}

/// Adds the language, unless an earlier start did.
async fn ensure_locale(content: &Content, code: &str) -> Result<(), SeedError> {
    let mistake = |message: String| SeedError::File { file: format!("seed/locales/{code}/"), message };
    let root = page::find(&*content.db, tree::ROOT_ID).await?;
    if root.is_some_and(|root| root.locale == code) {
        return Err(mistake(format!("{code} is the main language: its pages stand in seed/pages/")));
    }
    match content.create_locale(code, None, Channel::Import).await {
        Ok(_) | Err(SiteError::LocaleTaken(_)) => Ok(()),
        Err(SiteError::Db(error)) => Err(error.into()),
        Err(error) => Err(mistake(error.to_string())),
    }
}

/// Creates all pages, as drafts; their ids by public path.
async fn ensure_pages(content: &Content, files: &Files) -> Result<HashMap<String, i64>, SeedError> {
    let mut ids: HashMap<String, i64> = HashMap::new();
    for (path, planned) in files.in_tree_order() {
        let home = files::home(planned);
        let root = format!("home{}", files::prefix(planned.locale.as_deref()).replace('/', "-"));
        let (parent, slug) = if path == home {
            (tree::ROOT_ID, root.as_str())
        } else {
            let (parent, slug) = files::split(path);
            let missing = || planned.mistake(format!("there is no page at {parent}: add its index.toml"));
            (*ids.get(parent).ok_or_else(missing)?, slug)
        };
        let mut new = new_page(parent, slug, planned);
        if let Some(original) = files.translated_by(path) {
            let original = page::find(&*content.db, ids[original]).await?;
            new.translation_key = original.map(|original| original.translation_key);
        }
        let url_path = format!("/{root}/{}", &path[home.len()..]);
        let id = ensure_page(content, new, &url_path, planned).await?;
        ids.insert(path.to_owned(), id);
    }
    Ok(ids)
}

/// Creates the page, or finds the one that an earlier start made.
async fn ensure_page(content: &Content, new: NewPage, url_path: &str, planned: &Planned) -> Result<i64, SeedError> {
    let refused = |source| SeedError::Refused { file: planned.file.clone(), source };
    match content.create_page(new, Channel::Import).await {
        Ok(id) => Ok(id),
        Err(error @ (EditError::SlugTaken(_) | EditError::MaxCount { .. } | EditError::MaxCountPerParent { .. })) => {
            page::find_id_by_url(&content.db, url_path).await?.ok_or_else(|| refused(error))
        }
        Err(error) => Err(refused(error)),
    }
}

fn new_page(parent: i64, slug: &str, planned: &Planned) -> NewPage {
    NewPage {
        parent,
        type_name: planned.page.r#type.clone(),
        title: planned.page.title.clone(),
        slug: Some(slug.to_owned()),
        seo_title: planned.page.seo_title.clone(),
        search_description: planned.page.search_description.clone(),
        show_in_menus: planned.page.show_in_menus,
        // References are by path and slug here; the publish below fills the fields in.
        fields: Map::new(),
        locale: planned.locale.clone(),
        ..NewPage::default()
    }
}

/// The ids by type and slug; a translation is not among them when it has the slug of its original.
async fn seed_snippets(
    content: &Content,
    snippets: &[PlannedSnippet],
    media: &Media,
) -> Result<HashMap<(String, String), i64>, SeedError> {
    let types = content.types();
    let mut ids: HashMap<(String, String), i64> = HashMap::new();
    for PlannedSnippet { file, slug, snippet, locale } in snippets {
        let mistake = |message| SeedError::File { file: file.clone(), message };
        let of_type = snippet.r#type.clone();
        let mut fields = snippet.fields.clone();
        let mut unknown = Vec::new();
        if let Some(of_type) = types.find(&of_type) {
            of_type.visit_mut(&types, &mut fields, &mut |at, slot| match slot {
                ValueSlot::Image(value) => file_id(at, value, "image", &media.images, &mut unknown),
                ValueSlot::Document(value) => file_id(at, value, "document", &media.documents, &mut unknown),
                _ => {}
            });
        }
        if let Some(message) = unknown.into_iter().next() {
            return Err(mistake(message));
        }
        let translation_of = match &snippet.translation_of {
            None => None,
            Some(_) if locale.is_none() => {
                return Err(mistake("translation_of: a snippet of the main language is an original".to_owned()));
            }
            Some(original) => match ids.get(&(of_type.clone(), original.clone())) {
                Some(id) => Some(*id),
                None => return Err(mistake(format!("translation_of: there is no {of_type} with the slug {original}"))),
            },
        };
        let given = SnippetContent { name: snippet.name.clone(), slug: slug.clone(), fields };
        let new = NewSnippet { type_name: of_type.clone(), content: given, locale: locale.clone(), translation_of };
        let id = match content.create_snippet(new, Channel::Import).await {
            Ok(id) => id,
            // An earlier start made it.
            Err(EditError::SlugTaken(_)) => {
                let known = snippet::find_by_slug(&*content.db, &of_type, slug).await?;
                known.map_or(0, |known| known.id)
            }
            Err(source) => return Err(SeedError::Refused { file: file.clone(), source }),
        };
        if types.find(&of_type).is_some_and(|of_type| of_type.snippet.drafts) {
            let refused = |source| SeedError::Refused { file: file.clone(), source };
            content.publish_snippet(id, Channel::Import).await.map_err(refused)?;
        }
        ids.entry((of_type, slug.clone())).or_insert(id);
    }
    Ok(ids)
}

/// Valid settings, with ids for paths and slugs.
fn resolve_settings(
    content: &Content,
    files: Vec<(String, SettingsFile)>,
    known: &Known<'_>,
) -> Result<Vec<(String, Map<String, Value>)>, SeedError> {
    let types = content.types();
    let mut settings = Vec::new();
    for (file, SettingsFile { r#type, mut fields }) in files {
        let found = types.find(&r#type).filter(|found| found.kind == Kind::Settings);
        let of_type = found.ok_or_else(|| {
            let message = format!("there is no type of settings {}", r#type);
            SeedError::File { file: file.clone(), message }
        })?;
        let mut unknown = Vec::new();
        of_type.visit_mut(&types, &mut fields, &mut |at, slot| resolve(at, slot, known, &mut unknown));
        if let Some(message) = unknown.into_iter().next() {
            return Err(SeedError::File { file, message });
        }
        let refused = |errors| SeedError::Refused { file: file.clone(), source: EditError::Invalid(errors) };
        let fields = of_type.validate(&types, &fields, Mode::Publish).map_err(refused)?;
        settings.push((r#type, fields));
    }
    Ok(settings)
}

async fn publish(content: &Content, id: i64, planned: &Planned, known: &Known<'_>) -> Result<(), SeedError> {
    let refused = |source: EditError| SeedError::Refused { file: planned.file.clone(), source };
    let types = content.types();
    let mut fields = planned.page.fields.clone();
    let mut unknown = Vec::new();
    if let Some(of_type) = types.find(&planned.page.r#type) {
        of_type.visit_mut(&types, &mut fields, &mut |at, slot| resolve(at, slot, known, &mut unknown));
    }
    if let Some(message) = unknown.into_iter().next() {
        return Err(SeedError::File { file: planned.file.clone(), message });
    }
    let latest = revision::list(&*content.db, id).await?;
    let drafted = latest.into_iter().next().map(|revision| revision.content).unwrap_or_default();
    content.save_draft(id, PageContent { fields, ..drafted }, Channel::Import).await.map_err(refused)?;
    content.publish(id, planned.published_at, Channel::Import).await.map_err(refused)
}
