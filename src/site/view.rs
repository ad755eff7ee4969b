//! Gathering what a page's template shows, in at most four queries for a post: the page, its lists, the snippets, and
//! the links (menu, breadcrumbs, rich text, choosers). Everything read leaves a dependency tag.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::PublicSite;
use super::beside;
use super::fill::{PageError, Wanted};
use super::forms;
use super::languages::{self, Versions};
use super::listing::{self, Listed, SubRoute};
use super::media_refs::Around;
use super::resolve::{ReadTags, Resolver, Tracker, Wants};
use super::settings;
use crate::content::change::Tag;
use crate::content::form::Definition;
use crate::content::page::{self, Link, Page};
use crate::content::privacy::Grant;
use crate::content::site::Site;
use crate::content::types::{ContentType, Types};
use crate::render::{TemplateValue, object};

/// A page ready to render.
pub struct View {
    pub template: String,
    pub context: TemplateValue,
    /// What the page depends on whatever its template shows.
    pub always: Vec<Tag>,
    /// What it depends on if its template reads it.
    pub reads: ReadTags,
    pub page_id: i64,
    pub type_name: String,
    /// Where the players of its embeds are: scheme and host.
    pub frames: Vec<String>,
}

/// The live page that a path means, and the part of its listing.
pub async fn find<'p>(
    site: &PublicSite,
    on: &Site,
    path: &'p str,
) -> Result<Option<(Page, Option<SubRoute<'p>>)>, PageError> {
    let routes = listing::sub_routes(path);
    let paths = std::iter::once(on.tree_path(path)).chain(routes.iter().map(|route| on.tree_path(route.base)));
    let page = page::find_live_by_url(&site.app.db, paths.collect()).await?;
    Ok(page.and_then(|page| with_route(site, on, path, page)))
}

/// A page that was found for a path, with the part of its listing.
pub fn with_route<'p>(site: &PublicSite, on: &Site, path: &'p str, page: Page) -> Option<(Page, Option<SubRoute<'p>>)> {
    if page.url_path == on.tree_path(path) {
        return Some((page, None));
    }
    let routes = listing::sub_routes(path);
    let route = routes.into_iter().find(|route| on.tree_path(route.base) == page.url_path);
    let lists = site.app.content.types().find(&page.type_name).is_some_and(|of_type| of_type.listing.is_some());
    route.filter(|_| lists).map(|route| (page, Some(route)))
}

/// A live page with everything its template shows; `None` when its listing has no such part.
pub async fn of_page(
    site: &PublicSite,
    wanted: Wanted<'_>,
    page: Page,
    route: Option<SubRoute<'_>>,
) -> Result<Option<View>, PageError> {
    let types = site.app.content.types();
    let of_type = type_of(&types, &page)?;
    let listed = match &of_type.listing {
        Some(declared) => match listing::load(site, &types, wanted, &page, declared, route).await? {
            Some(listed) => Some(listed),
            None => return Ok(None),
        },
        // Only a listing has further pages.
        None if wanted.number > 1 => return Ok(None),
        None => None,
    };
    gather(site, &types, wanted, page, listed).await.map(Some)
}

/// The 404 page: the site and its menu.
pub async fn of_not_found(site: &PublicSite, on: &Site) -> Result<View, PageError> {
    let (context, reads, frames) = around(site, on, "", json!({})).await?;
    let template = "404.html".into();
    Ok(View { template, context, always: Vec::new(), reads, page_id: 0, type_name: String::new(), frames })
}

/// What every template sees of a site, for one that shows no page of the tree; with `more` of its own, and the hosts
/// whose frames are in it.
pub async fn around(
    site: &PublicSite,
    on: &Site,
    url: &str,
    more: Value,
) -> Result<(TemplateValue, ReadTags, Vec<String>), PageError> {
    let types = site.app.content.types();
    let settings = settings::of_site(site, &types, on);
    let mut wants = Wants::default();
    settings.iter().for_each(|(of_type, values)| wants.add(&types, of_type, values));
    let snippets = wants.load_snippets(site, &types, on).await?;
    let shown = wants.load_shown(site, Around { site: on, page: None, grant: &Grant::NONE }).await?;
    let tracker = Tracker::default();
    let telemetry = &site.app.telemetry;
    let resolver = Resolver {
        site: on,
        types: &types,
        links: &shown.links,
        snippets: &snippets,
        embeds: &shown.embeds,
        media: &shown.media,
        keys: &site.app.keys,
        tracker: &tracker,
        telemetry,
    };
    let mut context = object([
        ("site", site_context(on)),
        ("settings", settings::context(settings, &resolver)),
        ("menu", menu(&tracker, on, &shown.links, url)),
        ("breadcrumbs", json!([])),
        ("locale", languages::context(on)),
        ("languages", languages::switcher(&tracker, on, None, &shown.links)),
    ]);
    if let Value::Object(more) = more {
        for (name, value) in more {
            context[name] = value;
        }
    }
    let (context, reads) = tracker.finish(context);
    Ok((context, reads, shown.embeds.frames()))
}

fn type_of<'t>(types: &'t Types, page: &Page) -> Result<&'t ContentType, PageError> {
    types
        .find(&page.type_name)
        .ok_or_else(|| PageError::TypeUnknown { page: page.id, type_name: page.type_name.clone() })
}

async fn gather(
    site: &PublicSite,
    types: &Types,
    wanted: Wanted<'_>,
    mut page: Page,
    listed: Option<Listed>,
) -> Result<View, PageError> {
    let of_type = type_of(types, &page)?;
    let mut always = BTreeSet::from([Tag::Page(page.id)]);
    let lists = beside::load(site, wanted, &page, of_type).await?;
    let settings = settings::of_site_with(site, types, wanted.site, wanted.trial);
    let mut wants = Wants::default();
    settings.iter().for_each(|(of_type, values)| wants.add(types, of_type, values));
    wants.add(types, of_type, &page.fields);
    let listed_items = listed.iter().flat_map(|listed| &listed.items);
    for summary in lists.iter().flat_map(|list| &list.pages).chain(listed_items) {
        if let Some(of_type) = types.find(&summary.type_name) {
            wants.add(types, of_type, &summary.fields);
        }
    }
    wants.snippets.extend(listed.iter().filter_map(|listed| listed.snippet_id()));
    let snippets = wants.load_snippets(site, types, wanted.site).await?;
    let around = Around { site: wanted.site, page: Some(&page), grant: wanted.grant() };
    let shown = wants.load_shown(site, around).await?;
    if let Some(listed) = &listed {
        always.insert(listed.tag(page.id));
        always.extend(listed.snippet_id().map(Tag::Snippet));
    }
    let tracker = Tracker::default();
    let telemetry = &site.app.telemetry;
    let resolver = Resolver {
        site: wanted.site,
        types,
        links: &shown.links,
        snippets: &snippets,
        embeds: &shown.embeds,
        media: &shown.media,
        keys: &site.app.keys,
        tracker: &tracker,
        telemetry,
    };
    let url = wanted.site.public_path(&page.url_path).into_owned();
    let mut context = object([
        ("site", site_context(wanted.site)),
        ("menu", menu(&tracker, wanted.site, &shown.links, &url)),
        ("breadcrumbs", breadcrumbs(&resolver, &page)),
        ("request", json!({ "path": wanted.path })),
        ("locale", languages::context(wanted.site)),
        ("settings", settings::context(settings, &resolver)),
    ]);
    // A part of a list has no counterpart in another language.
    let is_whole = wanted.number == 1 && listed.as_ref().is_none_or(Listed::is_whole);
    let versions = Versions { site: wanted.site, page: &page, links: &shown.links };
    context["languages"] = languages::switcher(&tracker, wanted.site, Some(&page), &shown.links);
    context["translations"] = versions.translations(&tracker);
    context["alternates"] = if is_whole { versions.alternates(&tracker) } else { json!([]) };
    for list in lists {
        let pages = list.pages.into_iter().map(|summary| resolver.summary(summary)).collect();
        context[list.name] = tracker.track(list.tags, pages);
    }
    if let Some(listed) = listed {
        context["listing"] = listed.context(&url, &resolver);
    }
    if let Some(definition) = Definition::of(of_type, &page.fields) {
        context["form"] = forms::context(&definition, wanted.form);
    }
    context["page"] = resolver.page(&wanted.site.base_url, &mut page, of_type, &mut always);
    let (context, reads) = tracker.finish(context);
    Ok(View {
        template: of_type.template.clone().unwrap_or_default(),
        context,
        always: always.into_iter().collect(),
        reads,
        page_id: page.id,
        type_name: page.type_name,
        frames: shown.embeds.frames(),
    })
}

fn site_context(on: &Site) -> Value {
    json!({ "name": on.name, "base_url": on.base_url, "url": on.public_path(&on.root_url_path) })
}

/// The pages in the menu below the home page, each with those below it.
fn menu(tracker: &Tracker, on: &Site, links: &[Link], current: &str) -> Value {
    tracker.track(vec![Tag::Menu], menu_below(tracker, on, links, current, (on.root_page_id, page::MENU_DEPTH)))
}

fn menu_below(tracker: &Tracker, on: &Site, links: &[Link], current: &str, (parent, levels): (i64, i64)) -> Value {
    let items =
        links.iter().filter(|link| link.parent_id == Some(parent) && link.show_in_menus && !link.hidden && levels > 0);
    items
        .map(|link| {
            let url = on.public_path(&link.url_path);
            let children = menu_below(tracker, on, links, current, (link.id, levels - 1));
            let active = current.starts_with(&*url);
            let item = object([
                ("title", link.title.as_str().into()),
                ("url", url.into()),
                ("active", active.into()),
                ("children", children),
            ]);
            tracker.track(vec![Tag::Link(link.id)], item)
        })
        .collect()
}

/// From the site's home page to the parent.
fn breadcrumbs(resolver: &Resolver<'_>, page: &Page) -> Value {
    let on = resolver.site;
    let above = resolver.links.iter().filter(|link| {
        page.path.starts_with(&link.path) && link.path.len() < page.path.len() && link.path.starts_with(&on.root_path)
    });
    above
        .map(|link| resolver.tracked_link(link, json!({ "title": link.title, "url": on.public_path(&link.url_path) })))
        .collect()
}
