//! Pages: lists, one of them, and where one is that has a path.

use axum::response::Response;
use serde_json::{Value, json};

use super::Endpoint;
use super::answer::Refusal;
use super::ask::Asked;
use super::filters::{self, FieldFilter};
use super::model::{Level, Model};
use super::object::{Object, Scribe, add_wants, add_wants_behind};
use super::params::Origin;
use super::python;
use super::rich::{self, RichText};
use super::shape::{MAX_STEPS, Shape, Shaper, is_long};
use super::value::Teller;
use crate::api::Api;
use crate::content::page;
use crate::content::read::{Compare, Fields, Filter, PageRow, Place, Related, Wanted, Wants, pages, places};
use crate::content::search::{Kind, Scope, SearchError, Words};
use crate::content::site::Site;
use crate::content::types::{ContentType, FieldKind, Types};
use crate::render::rich_text::Format;

/// Parameters that name a page which a list is about.
const PLACES: [&str; 4] = ["child_of", "ancestor_of", "descendant_of", "translation_of"];

impl Api {
    pub(super) async fn list_pages(&self, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let types = self.site.app.content.types();
        let (model, names) = model(&types, asked)?;
        let site = self.site_asked_for(asked)?;
        let is_filtered = |name: &str| model.entries().iter().any(|entry| entry.name == name && entry.is_filtered());
        asked.params.check_names(true, is_filtered)?;
        let mut wanted = self.narrow(asked, model, names, &site).await?;
        let (limit, offset) = asked.params.window(self.v2_limit_max())?;
        // Places and words are looked up first: then there is one query less for what is referred to.
        let is_looked_up = asked.params.has("search") || PLACES.iter().any(|name| asked.params.has(name));
        let steps = if is_looked_up { MAX_STEPS - 1 } else { MAX_STEPS };
        let shaper = Shaper { types: &types, site: &asked.site, steps };
        let shape = shaper.shape(model, Level::List, &asked.params.fields()?)?;
        let format = asked.params.rich_text_format()?;
        wanted.fields = shape.fields();
        let db = &self.site.app.db;
        let (rows, total) = match asked.params.has("search") {
            true => self.search_pages(asked, &site, &mut wanted, (limit, offset)).await?,
            false => {
                let rows = pages::list(db, &wanted, limit, offset).await?;
                let count = rows.len() as i64;
                // A list that ends within this part tells how long it is.
                let total = match count < limit && (count > 0 || offset == 0) {
                    true => offset + count,
                    false => pages::count(db, &wanted).await?,
                };
                (rows, total)
            }
        };
        let items = self.tell_pages(&rows, &shape, format, &wanted, asked, &types).await?;
        Ok(json!({ "meta": { "total_count": total }, "items": items }))
    }

    pub(super) async fn one_page(&self, asked: &Asked<'_>, id: i64) -> Result<Value, Refusal> {
        let types = self.site.app.content.types();
        let (model, names) = model(&types, asked)?;
        let site = self.site_asked_for(asked)?;
        let mut wanted = self.narrow(asked, model, names, &site).await?;
        if asked.params.has("search") {
            return Err(Refusal::not_found(""));
        }
        (wanted.ids, wanted.fields) = (Some(vec![id]), Fields::All);
        let found = pages::list_by_ids(&self.site.app.db, &wanted).await?;
        let Some(page) = found.first() else { return Err(Refusal::no(model.name())) };
        let of_type = Model::Page(types.find(&page.type_name));
        let shaper = Shaper { types: &types, site: &asked.site, steps: MAX_STEPS };
        let shape = shaper.shape(of_type, Level::Detail, &asked.params.fields()?)?;
        let format = asked.params.rich_text_format()?;
        let mut told = self.tell_pages(&found, &shape, format, &wanted, asked, &types).await?;
        told.pop().ok_or_else(|| Refusal::no(model.name()))
    }

    pub(super) async fn find_page(&self, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let types = self.site.app.content.types();
        let (_, names) = model(&types, asked)?;
        let site = self.site_asked_for(asked)?;
        let mut wanted = Wanted { types: names, ..self.everything(asked, &site).await? };
        let mut ids = Vec::new();
        if let Some(path) = asked.params.find("html_path") {
            let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            let path = if parts.is_empty() { "/".to_owned() } else { format!("/{}/", parts.join("/")) };
            // No path of the tree has NUL, and PostgreSQL takes none.
            let id = match path.contains('\0') {
                true => None,
                false => page::find_id_by_url(&self.site.app.db, &asked.site.tree_path(&path)).await?,
            };
            // As in Wagtail: a path that no page has is not found, whatever the id.
            ids.push(id.ok_or_else(|| Refusal::not_found("not found"))?);
        }
        ids.extend(asked.id());
        wanted.ids = Some(ids.clone());
        let found = pages::list_by_ids(&self.site.app.db, &wanted).await?;
        // A page that is not for whoever asks is passed over.
        match ids.into_iter().find(|id| found.iter().any(|page| page.id == *id)) {
            None => Err(Refusal::not_found("not found")),
            Some(id) => Ok(asked.found(Endpoint::Pages, id, &["id", "html_path"])),
        }
    }

    /// The site that lists are of: the one that is named, else the one that is asked.
    fn site_asked_for(&self, asked: &Asked<'_>) -> Result<Site, Refusal> {
        let Some(named) = asked.params.find("site").filter(|site| !site.is_empty()) else {
            return Ok(asked.site.clone());
        };
        let (name, port) = named.split_once(':').map_or((named, None), |(name, port)| (name, Some(port)));
        let number = |port: &str| {
            let refusal = || Refusal::bad(format!("Field 'port' expected a number but got {}.", python::repr(port)));
            python::int(port).ok_or_else(refusal)
        };
        let port = port.map(number).transpose()?;
        let mut found = self.site.sites();
        found.retain(|site| site.hostname == name && port.is_none_or(|port| port == i128::from(site.port)));
        match found.len() {
            0 => Err(Refusal::no("Site")),
            1 => Ok(found.remove(0)),
            _ => Err(Refusal::bad("Your query returned multiple sites. Try adding a port number to your site filter.")),
        }
    }

    /// All live pages of a site that whoever asks may see.
    async fn everything(&self, asked: &Asked<'_>, site: &Site) -> Result<Wanted, Refusal> {
        let roots = site.languages.iter().map(|language| language.root_path.clone()).collect();
        Ok(Wanted { roots, opened: asked.opened(self).await?, ..Wanted::default() })
    }

    /// What the parameters narrow a list to, in the order in which Wagtail looks at them.
    async fn narrow(
        &self,
        asked: &Asked<'_>,
        model: Model<'_>,
        names: Vec<String>,
        site: &Site,
    ) -> Result<Wanted, Refusal> {
        let params = asked.params;
        let found = filters::filters(model, params)?;
        let mut wanted = Wanted { types: names, ..self.everything(asked, site).await? };
        wanted.filters = found.iter().map(as_filter).collect();
        let origins = [
            params.page("child_of", true),
            params.page("ancestor_of", false),
            params.page("descendant_of", true),
            params.page("translation_of", true),
        ];
        let root = asked.site.root_page_id;
        let id_of = |origin: &Result<Option<Origin>, Refusal>| match origin {
            Ok(Some(Origin::Root)) => Some(root),
            Ok(Some(Origin::Id(id))) => Some(*id),
            _ => None,
        };
        let ids: Vec<i64> = origins.iter().filter_map(id_of).collect();
        let places = match ids.is_empty() {
            true => Vec::new(),
            false => places::list(&self.site.app.db, ids, &wanted.opened).await?,
        };
        let place = |origin: Option<Origin>, missing: &str| {
            let (id, is_root) = match origin {
                None => return Ok(None),
                Some(Origin::Root) => (root, true),
                Some(Origin::Id(id)) => (id, false),
            };
            let on_site = |place: &&Place| wanted.roots.iter().any(|root| place.path.starts_with(root.as_str()));
            let found = places.iter().find(|place| place.id == id);
            match found.filter(|place| is_root || (place.visible && on_site(place))) {
                Some(place) => Ok(Some(place)),
                None => Err(Refusal::bad(format!("{missing} page doesn't exist"))),
            }
        };
        let [child_of, ancestor_of, descendant_of, translation_of] = origins;
        let parent = place(child_of?, "parent")?.cloned();
        let above = place(ancestor_of?, "descendant")?.map(|place| place.path.clone());
        if parent.is_some() && params.has("descendant_of") {
            return Err(Refusal::bad("filtering by descendant_of with child_of is not supported"));
        }
        let below = place(descendant_of?, "ancestor")?.map(|place| place.path.clone());
        let order = filters::order(model, params)?;
        let translated =
            place(translation_of?, "translation_of")?.map(|place| (place.translation_key.clone(), place.id));
        wanted.below = below.or(parent.as_ref().map(|parent| parent.path.clone())).unwrap_or_default();
        wanted.parent = parent.map_or(0, |parent| parent.id);
        wanted.above = above.unwrap_or_default();
        wanted.translation_of = translated.unwrap_or_default();
        wanted.order = order;
        if let Some(code) = params.find("locale") {
            let sites = self.site.sites();
            if !sites.iter().flat_map(|site| site.languages.iter()).any(|language| language.code == code) {
                return Err(Refusal::no("Locale"));
            }
            wanted.locale = code.to_owned();
        }
        if params.has("search") {
            self.refuse_search()?;
            filters::check_search(model, &found, &wanted.order)?;
        }
        Ok(wanted)
    }

    /// A part of the pages that are found by words, as far as they are wanted, and how many there are in all: the best
    /// first, unless there is an order.
    async fn search_pages(
        &self,
        asked: &Asked<'_>,
        site: &Site,
        wanted: &mut Wanted,
        (limit, offset): (i64, i64),
    ) -> Result<(Vec<PageRow>, i64), Refusal> {
        let root = (site.languages.len() == 1).then_some((site.root_page_id, site.root_path.as_str()));
        let (root_id, root_path) = root.unwrap_or((0, ""));
        let scope = Scope { kind: Kind::Page, root_id, root_path, locale: "" };
        let words = match asked.params.search_operator()?.as_str() {
            "and" => Words::All,
            _ => Words::Any,
        };
        let _turn = self.site.turn_to_search().await.ok_or_else(Refusal::busy)?;
        let text = asked.params.find("search").unwrap_or("");
        let found = self.site.app.content.search_exactly(text, scope, words).await.map_err(|error| match error {
            SearchError::Refused(_) => Refusal::bad("the search query is too long"),
            SearchError::Db(error) => error.into(),
        })?;
        if found.is_empty() {
            return Ok((Vec::new(), 0));
        }
        wanted.ids = Some(found.iter().map(|ranked| ranked.object_id).collect());
        Ok(pages::list_found(&self.site.app.db, wanted, limit, offset).await?)
    }

    async fn tell_pages(
        &self,
        rows: &[PageRow],
        shape: &Shape<'_>,
        format: Format,
        wanted: &Wanted,
        asked: &Asked<'_>,
        types: &Types,
    ) -> Result<Vec<Value>, Refusal> {
        let db = &self.site.app.db;
        let (mut related, mut wants) = (Related::default(), Wants::default());
        rows.iter().for_each(|row| add_wants(Object::Page(row), shape, &mut wants));
        if format != Format::DbHtml {
            rows.iter().for_each(|row| rich::add_wants(types, row, shape, &mut wants));
        }
        related.load(db, &wants, &wanted.opened).await?;
        let mut behind = Wants::default();
        rows.iter().for_each(|row| add_wants_behind(Object::Page(row), shape, &related, &mut behind));
        behind.leave_out(&related);
        related.load(db, &behind, &wanted.opened).await?;
        let rich = RichText { format, site: &asked.site, keys: &self.site.app.keys, related: &related };
        let write = |html: &str| rich.write(html);
        let teller = Teller { types, rich_text: (format != Format::DbHtml).then_some(&write) };
        let keys = &self.site.app.keys;
        let scribe = Scribe { site: &asked.site, keys, related: &related, teller, roots: &wanted.roots };
        Ok(rows.iter().map(|row| scribe.tell(Object::Page(row), shape)).collect())
    }
}

/// The model whose fields a list has, and the types that are asked for; none: all.
fn model<'t>(types: &'t Types, asked: &Asked<'_>) -> Result<(Model<'t>, Vec<String>), Refusal> {
    let Some(given) = asked.params.find("type").filter(|given| !given.is_empty()) else {
        return Ok((Model::Page(None), Vec::new()));
    };
    let mut found: Vec<&ContentType> = Vec::new();
    let mut any = false;
    for name in given.split(',') {
        let Some((app, model)) = name.split_once('.') else { return Err(Refusal::bad("type doesn't exist")) };
        // Django knows models in any case.
        let is_it = |of: &&ContentType| {
            of.name
                .split_once('.')
                .is_some_and(|(of_app, of_model)| of_app == app && of_model.eq_ignore_ascii_case(model))
        };
        match types.pages().find(is_it) {
            Some(of) => found.push(of),
            None if app == "wagtailcore" && model.eq_ignore_ascii_case("page") => any = true,
            None => return Err(Refusal::bad("type doesn't exist")),
        }
    }
    match found[..] {
        _ if any => Ok((Model::Page(None), Vec::new())),
        [only] if !given.contains(',') => Ok((Model::Page(Some(only)), vec![only.name.clone()])),
        _ => Ok((Model::Page(None), found.into_iter().map(|of| of.name.clone()).collect())),
    }
}

fn compared(kind: &FieldKind) -> Compare {
    match kind {
        FieldKind::Integer { .. } | FieldKind::Float { .. } | FieldKind::Decimal { .. } => Compare::Number,
        FieldKind::Boolean => Compare::Flag,
        kind if is_long(kind) => Compare::Long,
        _ => Compare::Short,
    }
}

fn as_filter(filter: &FieldFilter<'_>) -> Filter {
    let value = filter.value.clone();
    let Some(field) = filter.entry.field else {
        let columns = ["id", "title", "slug", "seo_title", "search_description", "show_in_menus", "first_published_at"];
        let name = columns.into_iter().find(|name| *name == filter.entry.name).unwrap_or("alias_of");
        return Filter::Column { name, value };
    };
    match field.kind {
        FieldKind::Tags { .. } => Filter::Tag { value },
        FieldKind::Snippets { .. } => Filter::Snippet { field: field.name.clone(), id: value },
        ref kind => Filter::Field { name: field.name.clone(), value, how: compared(kind) },
    }
}
