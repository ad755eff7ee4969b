//! Filling a site with many pages for trials of size: variations of the pages that are there, with other words.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::bulk::{self, LivePage, MAX_BATCH, Prepared};
use super::prose::Writer;
use super::types::{ContentType, FieldKind, ListedBy, Types, ValueSlot};
use super::{Content, EditError, slug};
use crate::clock::Micros;
use crate::db::{DbError, Record, Row};
use crate::queries;
use crate::telemetry::label::Channel;

/// Pages that are varied.
const MAX_PROTOTYPES: i64 = 200;
const MAX_SNIPPETS: i64 = 1_000;
/// Of a hundred pages, so many are sections; the rest is in the listing.
const SECTIONS_PERCENT: usize = 15;
/// Pages of one section.
const SECTION_SIZE: usize = 100;
/// Publication dates are spread over these years, so that what the site had stays the newest.
const YEARS: (i16, i16) = (2008, 2024);
/// Pages that share a snippet which a list beside each of them goes by: the parts of a series.
const PARTS: usize = 12;
/// Shorter rich text is a caption, and stays.
const MIN_PARAGRAPH_BYTES: usize = 300;
const DEFAULT_TEXT: usize = 160;

queries! {
    PROTOTYPES = read "populate.list_prototypes"
        "SELECT id, parent_id, type AS type_name, title, data FROM page WHERE live AND depth > 1 ORDER BY id LIMIT $1";
    SNIPPETS = read "populate.list_snippets" "SELECT id, type AS type_name, '' AS title, data, NULL AS parent_id FROM snippet ORDER BY id LIMIT $1"
        sqlite "SELECT id, type AS type_name, '' AS title, data, NULL AS parent_id FROM snippet ORDER BY id LIMIT $1";
    LAST = read "populate.last_page" "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM page";
}

struct Prototype {
    id: i64,
    parent_id: Option<i64>,
    type_name: String,
    fields: Map<String, Value>,
}

impl Record for Prototype {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            parent_id: row.take("parent_id")?,
            type_name: row.take("type_name")?,
            fields: super::page::json_object(&row.take::<String>("data")?),
        })
    }
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    pub pages: usize,
    /// The same seed makes the same pages.
    pub seed: u64,
    /// Images that image fields choose from.
    pub images: Vec<i64>,
}

#[derive(Debug, thiserror::Error)]
pub enum PopulateError {
    #[error(
        "the site has no page type with a listing, or no live page of it and of what it lists: there is nothing to vary"
    )]
    NothingToVary,
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error("a thread that made pages failed: {0}")]
    Thread(String),
}

impl From<DbError> for PopulateError {
    fn from(error: DbError) -> Self {
        Self::Edit(error.into())
    }
}

/// What pages are made of.
struct Material {
    types: Arc<Types>,
    prototypes: Vec<Prototype>,
    snippets: BTreeMap<String, Vec<i64>>,
    tags: Vec<String>,
    texts: Vec<String>,
    plan: Plan,
}

/// Makes live pages, telling `made` how many more there are after each batch; how many were made.
///
/// # Errors
/// What [`PopulateError`] says; batches that were told of stay.
pub async fn populate(content: &Content, plan: Plan, mut made: impl FnMut(usize)) -> Result<usize, PopulateError> {
    let material = Arc::new(load(content, plan).await?);
    let (listing, of) = material.listing().ok_or(PopulateError::NothingToVary)?;
    let section = material.section();
    let sections = if section.is_some() { material.plan.pages * SECTIONS_PERCENT / 100 } else { 0 };
    let mut number: i64 = content.db.query(&LAST).one().await?;
    let mut count = 0;
    let mut jobs: Vec<(i64, String, usize)> = Vec::new();
    let posts = material.plan.pages - sections;
    jobs.extend((0..posts).step_by(MAX_BATCH).map(|at| (listing, of.clone(), MAX_BATCH.min(posts - at))));
    if let Some((parent, type_name)) = section.filter(|_| sections > 0) {
        let root = insert(content, &material, (parent, type_name.clone(), 1), &mut number).await?;
        let groups = (sections - 1).div_ceil(SECTION_SIZE + 1);
        let groups = insert(content, &material, (root[0], type_name.clone(), groups), &mut number).await?;
        count += root.len() + groups.len();
        made(count);
        let below = (sections - 1).saturating_sub(groups.len());
        let shares = (0..below).step_by(SECTION_SIZE).zip(&groups);
        jobs.extend(shares.map(|(at, group)| (*group, type_name.clone(), SECTION_SIZE.min(below - at))));
    }
    // One batch is made on a thread while the one before it is inserted.
    let mut jobs = jobs.into_iter();
    let mut ready = jobs.next().map(|job| prepare(&material, job, &mut number));
    while let Some((parent, thread)) = ready.take() {
        let prepared = thread.await.map_err(|error| PopulateError::Thread(error.to_string()))??;
        ready = jobs.next().map(|job| prepare(&material, job, &mut number));
        let ids = content.insert_live(parent, prepared, Channel::Cli).await?;
        count += ids.len();
        made(ids.len());
    }
    content.count_rows().await?;
    Ok(count)
}

async fn insert(
    content: &Content,
    material: &Arc<Material>,
    job: (i64, String, usize),
    number: &mut i64,
) -> Result<Vec<i64>, PopulateError> {
    let (parent, thread) = prepare(material, job, number);
    let prepared = thread.await.map_err(|error| PopulateError::Thread(error.to_string()))??;
    Ok(content.insert_live(parent, prepared, Channel::Cli).await?)
}

type Preparing = tokio::task::JoinHandle<Result<Prepared, EditError>>;

/// Begins to make the pages of a job on a thread.
fn prepare(
    material: &Arc<Material>,
    (parent, type_name, count): (i64, String, usize),
    number: &mut i64,
) -> (i64, Preparing) {
    let (material, first) = (material.clone(), *number + 1);
    *number += count as i64;
    (parent, tokio::task::spawn_blocking(move || material.make(&type_name, first, count)))
}

async fn load(content: &Content, plan: Plan) -> Result<Material, PopulateError> {
    let types = content.types();
    let prototypes: Vec<Prototype> = content.db.query(&PROTOTYPES).bind(MAX_PROTOTYPES).list().await?;
    let rows: Vec<Prototype> = content.db.query(&SNIPPETS).bind(MAX_SNIPPETS).list().await?;
    let mut snippets: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in rows {
        snippets.entry(row.type_name).or_default().push(row.id);
    }
    let mut tags = Vec::new();
    let mut texts = Vec::new();
    for page in &prototypes {
        let Some(of_type) = types.find(&page.type_name) else { continue };
        texts.push(of_type.plain_text(&types, &page.fields));
        let fields = of_type.fields.iter().filter(|field| matches!(field.kind, FieldKind::Tags { .. }));
        let values = fields.filter_map(|field| page.fields.get(&field.name)?.as_array()).flatten();
        tags.extend(values.filter_map(Value::as_str).map(str::to_owned));
    }
    tags.sort();
    tags.dedup();
    Ok(Material { types, prototypes, snippets, tags, texts, plan })
}

impl Material {
    /// A page that lists, and the type of what it lists.
    fn listing(&self) -> Option<(i64, String)> {
        self.prototypes.iter().find_map(|page| {
            let of = &self.types.find(&page.type_name)?.listing.as_ref()?.of;
            self.prototypes.iter().any(|listed| listed.type_name == *of).then(|| (page.id, of.clone()))
        })
    }

    /// Where sections go, and their type: one that may stand below itself.
    fn section(&self) -> Option<(i64, String)> {
        self.prototypes.iter().find_map(|page| {
            let nests = self.types.check_placement(Some(&page.type_name), &page.type_name).is_ok();
            nests.then_some((page.parent_id?, page.type_name.clone()))
        })
    }

    fn make(&self, type_name: &str, first: i64, count: usize) -> Result<Prepared, EditError> {
        let seed = self.plan.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ first.unsigned_abs();
        let mut writer = Writer::new(seed, self.texts.iter().map(String::as_str));
        let prototypes: Vec<&Prototype> = self.prototypes.iter().filter(|page| page.type_name == type_name).collect();
        let of_type = self.types.find(type_name).ok_or_else(|| EditError::TypeUnknown(type_name.to_owned()))?;
        let pages = (0..count as i64).map(|offset| {
            let title = writer.title();
            let stem: String = slug::from_title(&title).chars().take(60).collect();
            let fields = writer.choose(&prototypes).map(|page| page.fields.clone()).unwrap_or_default();
            LivePage {
                slug: format!("{}-{}", stem.trim_matches('-'), first + offset),
                search_description: writer.text(DEFAULT_TEXT),
                fields: self.vary(of_type, fields, &mut writer),
                published_at: published_at(&mut writer),
                title,
            }
        });
        bulk::prepare(&self.types, type_name, pages.collect())
    }

    /// The same page with other words, people, tags and images.
    fn vary(&self, of_type: &ContentType, mut fields: Map<String, Value>, writer: &mut Writer) -> Map<String, Value> {
        for field in &of_type.fields {
            let Some(value) = fields.get_mut(&field.name) else { continue };
            match &field.kind {
                FieldKind::Char(length) | FieldKind::Text(length)
                    if value.as_str().is_some_and(|text| !text.is_empty()) =>
                {
                    *value = writer.text(length.max.unwrap_or(DEFAULT_TEXT).min(DEFAULT_TEXT)).into();
                }
                FieldKind::Tags { max_items } => {
                    let wanted = 1 + writer.below(max_items.unwrap_or(4).min(4));
                    let mut chosen: Vec<&String> = (0..wanted).filter_map(|_| writer.choose(&self.tags)).collect();
                    chosen.sort();
                    chosen.dedup();
                    *value = chosen.into_iter().cloned().collect();
                }
                _ => {}
            }
        }
        of_type.visit_mut(&self.types, &mut fields, &mut |_, slot| match slot {
            ValueSlot::RichText(html) if html.len() >= MIN_PARAGRAPH_BYTES => {
                let paragraphs = 1 + writer.below(3);
                *html = writer.rich_text(paragraphs);
            }
            ValueSlot::Snippet { of, value } => {
                if let Some(id) = self.snippets.get(of).and_then(|ids| writer.choose(ids)) {
                    *value = (*id).into();
                }
            }
            ValueSlot::Image(value) => {
                if let Some(id) = writer.choose(&self.plan.images) {
                    *value = (*id).into();
                }
            }
            _ => {}
        });
        self.thin_out_series(of_type, &mut fields, writer);
        fields
    }

    /// A series has few parts, however many pages there are.
    fn thin_out_series(&self, of_type: &ContentType, fields: &mut Map<String, Value>, writer: &mut Writer) {
        for query in &of_type.queries {
            let ListedBy::Same(name) = &query.by else { continue };
            let Some(field) = of_type.fields.iter().find(|field| field.name == *name && !field.required) else {
                continue;
            };
            let FieldKind::Snippet { of } = &field.kind else { continue };
            let parts = PARTS * self.snippets.get(of).map_or(0, Vec::len);
            if writer.below(self.plan.pages) >= parts {
                fields.remove(name);
            }
        }
    }
}

fn published_at(writer: &mut Writer) -> Micros {
    let day = |year| {
        jiff::civil::date(year, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |day| day.timestamp().as_second())
    };
    let (from, until) = (day(YEARS.0), day(YEARS.1));
    Micros((from + writer.below((until - from).unsigned_abs() as usize) as i64) * 1_000_000)
}
