//! Seeding an empty database from the site folder: snippets first, then the page tree, then what points at pages.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::page::PageContent;
use super::snippet::SnippetContent;
use super::types::{Kind, Mode, Scope, ValueSlot};
use super::{Content, EditError, NewPage, NewSnippet, change, page, revision, schema, setting, site, snippet, tree};
use crate::clock::Micros;
use crate::db::TxName;
use crate::render::rich_text;
use crate::telemetry::label::Channel;

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

/// What content may refer to by a path or a slug instead of an id.
struct Known<'k> {
    pages: &'k HashMap<String, i64>,
    snippets: &'k HashMap<(String, String), i64>,
    media: &'k Media,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnippetFile {
    r#type: String,
    name: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    r#type: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageFile {
    r#type: String,
    title: String,
    #[serde(default)]
    show_in_menus: bool,
    #[serde(default)]
    order: i64,
    published_at: Option<String>,
    #[serde(default)]
    seo_title: String,
    #[serde(default)]
    search_description: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// A page to be made, by its public path.
struct Planned {
    file: String,
    page: PageFile,
    published_at: Option<Micros>,
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
    let Files { site: site_file, snippets, settings, pages } = parse(files)?;
    let Some(home) = pages.get("/") else {
        return Err(SeedError::File { file: "seed/pages/index.toml".into(), message: "there is no home page".into() });
    };
    let home_id = ensure_page(content, tree::ROOT_ID, "/home/", "home", home).await?;
    let slugs = seed_snippets(content, &snippets, media).await?;
    let mut ids: HashMap<String, i64> = HashMap::from([("/".to_owned(), home_id)]);
    for (path, planned) in in_tree_order(&pages) {
        let (parent, slug) = split(path);
        let parent = *ids.get(parent).ok_or_else(|| SeedError::File {
            file: planned.file.clone(),
            message: format!("there is no page at {parent}: add its index.toml"),
        })?;
        let id = ensure_page(content, parent, &format!("/home{path}"), slug, planned).await?;
        ids.insert(path.to_owned(), id);
    }
    let known = Known { pages: &ids, snippets: &slugs, media };
    for (path, planned) in &pages {
        publish(content, ids[path], planned, &known).await?;
    }
    let settings = resolve_settings(content, settings, &known)?;
    let types = content.types();
    let mut tx = content.db.begin(TxName("seed.site")).await?;
    let made = site::insert(&mut tx, &address.hostname, address.port.into(), &site_file.name, home_id).await?;
    for (type_name, fields) in made.iter().flat_map(|_| &settings) {
        if let Some(of_type) = types.find(type_name) {
            let site = made.filter(|_| of_type.scope == Scope::Site);
            setting::store(&mut tx, &types, of_type, site, fields, Channel::Import).await?;
        }
    }
    schema::adopt(&mut tx, migrations).await?;
    change::append(&mut tx, &[change::Tag::All]).await?;
    tx.commit().await?;
    Ok(Some(Seeded { pages: pages.len(), snippets: snippets.len() }))
}

/// Creates the page, or finds the one that an earlier start made.
async fn ensure_page(
    content: &Content,
    parent: i64,
    url_path: &str,
    slug: &str,
    planned: &Planned,
) -> Result<i64, SeedError> {
    let refused = |source| SeedError::Refused { file: planned.file.clone(), source };
    match content.create_page(new_page(parent, slug, planned), Channel::Import).await {
        Ok(id) => Ok(id),
        Err(error @ (EditError::SlugTaken(_) | EditError::MaxCount { .. } | EditError::MaxCountPerParent { .. })) => {
            page::find_id_by_url(&content.db, url_path).await?.ok_or_else(|| refused(error))
        }
        Err(error) => Err(refused(error)),
    }
}

type Snippets = Vec<(String, String, SnippetFile)>;

/// What the seed holds, by file.
struct Files {
    site: SiteFile,
    snippets: Snippets,
    settings: Vec<(String, SettingsFile)>,
    pages: BTreeMap<String, Planned>,
}

fn parse(files: &[(String, String)]) -> Result<Files, SeedError> {
    let mut site_file = None;
    let mut snippets = Vec::new();
    let mut settings = Vec::new();
    let mut pages = BTreeMap::new();
    for (file, text) in files {
        let relative = file.strip_prefix("seed/").unwrap_or(file);
        let stem = relative.trim_end_matches(".toml");
        if relative == "site.toml" {
            site_file = Some(read(file, text)?);
        } else if stem.starts_with("snippets/") {
            let slug = stem.rsplit('/').next().unwrap_or(stem).to_owned();
            snippets.push((file.clone(), slug, read(file, text)?));
        } else if stem.starts_with("settings/") {
            settings.push((file.clone(), read(file, text)?));
        } else if let Some(page) = stem.strip_prefix("pages/") {
            let path = match page.strip_suffix("index") {
                Some("") => "/".to_owned(),
                Some(folder) if folder.ends_with('/') => format!("/{folder}"),
                _ => format!("/{page}/"),
            };
            let page: PageFile = read(file, text)?;
            let published_at = match &page.published_at {
                Some(text) => Some(time(file, text)?),
                None => None,
            };
            pages.insert(path, Planned { file: file.clone(), page, published_at });
        }
    }
    let missing = || SeedError::File { file: "seed/site.toml".into(), message: "the file is missing".into() };
    Ok(Files { site: site_file.ok_or_else(missing)?, snippets, settings, pages })
}

fn read<T: for<'d> Deserialize<'d>>(file: &str, text: &str) -> Result<T, SeedError> {
    toml::from_str(text).map_err(|error| SeedError::File { file: file.to_owned(), message: error.to_string() })
}

fn time(file: &str, text: &str) -> Result<Micros, SeedError> {
    let parsed = text.parse::<jiff::Timestamp>();
    parsed
        .map(|at| Micros(at.as_microsecond()))
        .map_err(|error| SeedError::File { file: file.to_owned(), message: format!("published_at: {error}") })
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
        ..NewPage::default()
    }
}

/// Parents before children, siblings by `order` and then by path; without the home page.
fn in_tree_order(pages: &BTreeMap<String, Planned>) -> Vec<(&str, &Planned)> {
    let mut ordered: Vec<(&str, &Planned)> =
        pages.iter().filter(|(path, _)| *path != "/").map(|(path, planned)| (path.as_str(), planned)).collect();
    ordered.sort_by_key(|(path, planned)| (path.matches('/').count(), planned.page.order, *path));
    ordered
}

/// `/blog/tides/` -> (`/blog/`, `tides`).
fn split(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    let slash = trimmed.rfind('/').unwrap_or(0);
    (&path[..=slash], &trimmed[slash + 1..])
}

async fn seed_snippets(
    content: &Content,
    snippets: &Snippets,
    media: &Media,
) -> Result<HashMap<(String, String), i64>, SeedError> {
    let types = content.types();
    let mut ids = HashMap::new();
    for (file, slug, snippet) in snippets {
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
            return Err(SeedError::File { file: file.clone(), message });
        }
        let given = SnippetContent { name: snippet.name.clone(), slug: slug.clone(), fields };
        let new = NewSnippet { type_name: of_type.clone(), content: given, ..NewSnippet::default() };
        let made = content.create_snippet(new, Channel::Import).await;
        let id = match made {
            Ok(id) => id,
            Err(EditError::SlugTaken(_)) => {
                let known = snippet::find_by_slug(&*content.db, &snippet.r#type, slug).await?;
                known.map_or(0, |known| known.id)
            }
            Err(source) => return Err(SeedError::Refused { file: file.clone(), source }),
        };
        if content.types().find(&of_type).is_some_and(|of_type| of_type.snippet.drafts) {
            let refused = |source| SeedError::Refused { file: file.clone(), source };
            content.publish_snippet(id, Channel::Import).await.map_err(refused)?;
        }
        ids.insert((of_type, slug.clone()), id);
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

/// Replaces paths and slugs by ids.
fn resolve(at: &str, slot: ValueSlot<'_>, known: &Known<'_>, unknown: &mut Vec<String>) {
    let Known { pages: ids, snippets: slugs, media } = known;
    match slot {
        ValueSlot::Page(value) => {
            if let Some(path) = value.as_str().map(str::to_owned) {
                match ids.get(&path) {
                    Some(id) => *value = (*id).into(),
                    None => unknown.push(format!("{at}: there is no page at {path}")),
                }
            }
        }
        ValueSlot::RichText(html) => match rich_text::resolve_paths(html, &mut |path| ids.get(path).copied()) {
            Ok(resolved) => *html = resolved.into_owned(),
            Err(paths) => unknown.extend(paths.iter().map(|path| format!("{at}: there is no page at {path}"))),
        },
        ValueSlot::Snippet { of, value } => {
            if let Some(id) = value.as_str().map(|slug| snippet_id(at, of, slug, slugs, unknown)) {
                *value = id;
            }
        }
        ValueSlot::Snippets { of, value } => {
            for item in value.as_array_mut().into_iter().flatten() {
                if let Some(id) = item.as_str().map(|slug| snippet_id(at, of, slug, slugs, unknown)) {
                    *item = id;
                }
            }
        }
        ValueSlot::Image(value) => file_id(at, value, "image", &media.images, unknown),
        ValueSlot::Document(value) => file_id(at, value, "document", &media.documents, unknown),
        ValueSlot::Embed(_) => {}
    }
}

/// Replaces the path of a file below `seed/media/` by its id.
fn file_id(at: &str, value: &mut Value, kind: &str, ids: &HashMap<String, i64>, unknown: &mut Vec<String>) {
    let Some(path) = value.as_str().map(str::to_owned) else { return };
    match ids.get(&path) {
        Some(id) => *value = (*id).into(),
        None => unknown.push(format!("{at}: there is no {kind} seed/media/{path}")),
    }
}

fn snippet_id(
    at: &str,
    of: &str,
    slug: &str,
    slugs: &HashMap<(String, String), i64>,
    unknown: &mut Vec<String>,
) -> Value {
    let found = slugs.get(&(of.to_owned(), slug.to_owned())).copied();
    if found.is_none() {
        unknown.push(format!("{at}: there is no {of} with the slug {slug}"));
    }
    found.into()
}
