//! Images and documents: lists, one of them, and where one is.

use axum::response::Response;
use serde_json::{Value, json};

use super::Endpoint;
use super::answer::Refusal;
use super::ask::Asked;
use super::filters::{self, FieldFilter};
use super::model::{Level, Model};
use super::object::{Object, Scribe};
use super::shape::{MAX_STEPS, Shape, Shaper};
use super::value::Teller;
use crate::api::Api;
use crate::content::read::{DocumentRow, ImageRow, Order, Related};
use crate::content::search::MAX_CHARS;
use crate::media::read::{self, Wanted};
use crate::media::{Filter, MAX_PAGE, MediaError};

/// What a list found.
enum Rows {
    Images(Vec<ImageRow>),
    Documents(Vec<DocumentRow>),
}

impl Rows {
    fn len(&self) -> i64 {
        match self {
            Self::Images(images) => images.len() as i64,
            Self::Documents(documents) => documents.len() as i64,
        }
    }
}

fn model(endpoint: Endpoint) -> Model<'static> {
    if endpoint == Endpoint::Images { Model::Image } else { Model::Document }
}

impl Api {
    pub(super) async fn list_files(&self, endpoint: Endpoint, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let model = model(endpoint);
        let is_filtered = |name: &str| model.entries().iter().any(|entry| entry.name == name && entry.is_filtered());
        asked.params.check_names(false, is_filtered)?;
        let mut wanted = self.narrow_files(endpoint, asked).await?;
        if asked.params.has("search") {
            wanted.ids = Some(self.search_files(endpoint, asked).await?);
            wanted.ids_in_order = !asked.params.has("order");
        }
        let (limit, offset) = asked.params.window(self.v2_limit_max())?;
        let shape = self.shape_of(model, Level::List, asked)?;
        let rows = self.files(endpoint, &wanted, limit, offset).await?;
        let count = rows.len();
        let db = &self.site.app.db;
        let total = match count < limit && (count > 0 || offset == 0) {
            true => offset + count,
            false if endpoint == Endpoint::Images => read::count_images(db, &wanted).await?,
            false => read::count_documents(db, &wanted).await?,
        };
        let items = self.tell_files(&rows, &shape, asked);
        Ok(json!({ "meta": { "total_count": total }, "items": items }))
    }

    pub(super) async fn one_file(&self, endpoint: Endpoint, asked: &Asked<'_>, id: i64) -> Result<Value, Refusal> {
        let model = model(endpoint);
        let mut wanted = self.narrow_files(endpoint, asked).await?;
        if asked.params.has("search") {
            return Err(Refusal::not_found(""));
        }
        (wanted.ids, wanted.order) = (Some(vec![id]), Order::Tree);
        let rows = self.files(endpoint, &wanted, 1, 0).await?;
        if rows.len() == 0 {
            return Err(Refusal::no(model.name()));
        }
        let shape = self.shape_of(model, Level::Detail, asked)?;
        self.tell_files(&rows, &shape, asked).pop().ok_or_else(|| Refusal::no(model.name()))
    }

    pub(super) async fn find_file(&self, endpoint: Endpoint, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let id = asked.id().ok_or_else(|| Refusal::not_found("not found"))?;
        let wanted = Wanted { opened: asked.opened(self).await?, ids: Some(vec![id]), ..Wanted::default() };
        match self.files(endpoint, &wanted, 1, 0).await?.len() {
            0 => Err(Refusal::not_found("not found")),
            _ => Ok(asked.found(endpoint, id, &["id"])),
        }
    }

    /// Files whose titles have the words, the newest first: they are in no index of words.
    async fn search_files(&self, endpoint: Endpoint, asked: &Asked<'_>) -> Result<Vec<i64>, Refusal> {
        asked.params.search_operator()?;
        let words = asked.params.find("search").unwrap_or("").trim();
        if words.chars().count() > MAX_CHARS {
            return Err(Refusal::bad("the search query is too long"));
        }
        if words.is_empty() || words.contains('\0') {
            return Ok(Vec::new());
        }
        let _turn = self.site.turn_to_search().await.ok_or_else(Refusal::busy)?;
        let filter = Filter { words: words.to_owned(), ..Filter::default() };
        let media = &self.site.app.media;
        let found: Result<Vec<i64>, MediaError> = match endpoint {
            Endpoint::Images => {
                media.list_images(&filter, MAX_PAGE).await.map(|found| found.iter().map(|image| image.id).collect())
            }
            _ => media.list_documents(&filter, MAX_PAGE).await.map(|found| found.iter().map(|file| file.id).collect()),
        };
        found.map_err(|error| match error {
            MediaError::Db(error) => error.into(),
            other => Refusal::bad(other.to_string()),
        })
    }

    async fn narrow_files(&self, endpoint: Endpoint, asked: &Asked<'_>) -> Result<Wanted, Refusal> {
        let model = model(endpoint);
        let found = filters::filters(model, asked.params)?;
        let order = filters::order(model, asked.params)?;
        if asked.params.has("search") {
            self.refuse_search()?;
            filters::check_search(model, &found, &order)?;
        }
        let filters = found.into_iter().map(as_filter).collect();
        Ok(Wanted { opened: asked.opened(self).await?, filters, ids: None, ids_in_order: false, order })
    }

    async fn files(&self, endpoint: Endpoint, wanted: &Wanted, limit: i64, offset: i64) -> Result<Rows, Refusal> {
        let db = &self.site.app.db;
        Ok(match endpoint {
            Endpoint::Images => Rows::Images(read::images(db, wanted, limit, offset).await?),
            _ => Rows::Documents(read::documents(db, wanted, limit, offset).await?),
        })
    }

    /// The shape of what has no fields of a type; the format of rich text is checked, as Wagtail does everywhere.
    pub(super) fn shape_of(
        &self,
        model: Model<'static>,
        level: Level,
        asked: &Asked<'_>,
    ) -> Result<Shape<'static>, Refusal> {
        static NO_TYPES: std::sync::LazyLock<crate::content::types::Types> = std::sync::LazyLock::new(Default::default);
        let shaper = Shaper { types: &NO_TYPES, site: &asked.site, steps: MAX_STEPS };
        let shape = shaper.shape(model, level, &asked.params.fields()?)?;
        asked.params.rich_text_format()?;
        Ok(shape)
    }

    fn tell_files(&self, rows: &Rows, shape: &Shape<'_>, asked: &Asked<'_>) -> Vec<Value> {
        let (types, related) = (self.site.app.content.types(), Related::default());
        let teller = Teller { types: &types, rich_text: None };
        let scribe = Scribe { site: &asked.site, keys: &self.site.app.keys, related: &related, teller, roots: &[] };
        match rows {
            Rows::Images(images) => images.iter().map(|image| scribe.tell(Object::Image(image), shape)).collect(),
            Rows::Documents(documents) => {
                documents.iter().map(|document| scribe.tell(Object::Document(document), shape)).collect()
            }
        }
    }
}

fn as_filter(filter: FieldFilter<'_>) -> (&'static str, String) {
    let names = ["id", "title", "width", "height"];
    let name = names.into_iter().find(|name| *name == filter.entry.name);
    (name.unwrap_or("tag"), filter.value)
}
