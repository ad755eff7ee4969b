//! Listings: a page that lists its children, a part at a time, whole or narrowed by a snippet or a tag.

use serde_json::{Value, json};

use super::PublicSite;
use super::fill::{PageError, Wanted};
use super::resolve::Resolver;
use crate::content::change::Tag;
use crate::content::page::{self, Narrowing, Page, Summary, Window};
use crate::content::types::{FieldKind, Listing, ListingFilter, Types};
use crate::content::{lists, snippet, tag};

/// Pages of a listing that the numbers show around the current one.
const NEIGHBOURS: i64 = 2;

/// One part of a listing.
pub struct Listed {
    pub items: Vec<Summary>,
    number: i64,
    pages: i64,
    total: i64,
    filter: Option<Filter>,
}

struct Filter {
    segment: String,
    field: String,
    slug: String,
    name: String,
    snippet_id: Option<i64>,
}

/// `/blog/category/tides/` -> (`/blog/`, `category`, `tides`).
pub fn split_sub_route(path: &str) -> Option<(&str, &str, &str)> {
    let (rest, slug) = path.strip_suffix('/')?.rsplit_once('/')?;
    let (base, segment) = rest.rsplit_once('/')?;
    let base = &path[..base.len() + 1];
    (!slug.is_empty() && !segment.is_empty()).then_some((base, segment, slug))
}

/// Loads the wanted part; `None` when there is no such part, or nothing by that slug.
pub async fn load(
    site: &PublicSite,
    types: &Types,
    wanted: Wanted<'_>,
    page: &Page,
    listing: &Listing,
    filter: Option<(&ListingFilter, &str)>,
) -> Result<Option<Listed>, PageError> {
    let db = &site.app.db;
    let (narrowing, filter) = match filter {
        None => (Narrowing::None, None),
        Some((filter, slug)) => match find_filter(site, types, listing, filter, slug).await? {
            Some((narrowing, found)) => (narrowing, Some(found)),
            None => return Ok(None),
        },
    };
    let per_page = listing.per_page as i64;
    let number = i64::from(wanted.number);
    let window = Window { limit: per_page, offset: (number - 1) * per_page };
    let items = page::list_children(db, page.id, &listing.of, &narrowing, window).await?;
    if items.is_empty() && number > 1 {
        return Ok(None);
    }
    let total = items.first().map_or(0, |item| item.total);
    let pages = ((total + per_page - 1) / per_page).max(1);
    Ok(Some(Listed { items, number, pages, total, filter }))
}

async fn find_filter(
    site: &PublicSite,
    types: &Types,
    listing: &Listing,
    filter: &ListingFilter,
    slug: &str,
) -> Result<Option<(Narrowing, Filter)>, PageError> {
    let Some(field) = types.find(&listing.of).and_then(|listed| listed.field(&filter.field)) else { return Ok(None) };
    let found = |name: String, snippet_id: Option<i64>| Filter {
        segment: filter.segment.clone(),
        field: filter.field.clone(),
        slug: slug.to_owned(),
        name,
        snippet_id,
    };
    match &field.kind {
        FieldKind::Snippet { of } | FieldKind::Snippets { of, .. } => {
            let snippet = snippet::find_by_slug(&*site.app.db, of, slug).await?;
            Ok(snippet.map(|snippet| {
                let narrowing = Narrowing::Snippet { field: filter.field.clone(), id: snippet.id };
                (narrowing, found(snippet.name, Some(snippet.id)))
            }))
        }
        _ => {
            let tag = tag::find_by_slug(&site.app.db, slug).await?;
            Ok(tag.map(|tag| (Narrowing::Tag { id: tag.id }, found(tag.name, None))))
        }
    }
}

impl Listed {
    /// Whether nothing narrows it.
    pub fn is_whole(&self) -> bool {
        self.filter.is_none()
    }

    /// What the list below page `parent` depends on, beside the pages in it.
    pub fn tag(&self, parent: i64) -> Tag {
        match &self.filter {
            None => Tag::Children(parent),
            Some(filter) => {
                let value = filter.snippet_id.map_or_else(|| filter.slug.clone(), |id| id.to_string());
                lists::narrowed(parent, &filter.field, &value)
            }
        }
    }

    /// What the list is narrowed to, in words.
    pub fn filter_name(&self) -> Option<&str> {
        self.filter.as_ref().map(|filter| filter.name.as_str())
    }

    pub fn snippet_id(&self) -> Option<i64> {
        self.filter.as_ref()?.snippet_id
    }

    /// `url`: of the listing page itself.
    pub fn context(self, url: &str, resolver: &Resolver<'_>) -> Value {
        let base = match &self.filter {
            Some(filter) => format!("{url}{}/{}/", filter.segment, filter.slug),
            None => url.to_owned(),
        };
        let link = |number: i64| if number == 1 { base.clone() } else { format!("{base}?page={number}") };
        let within = |number: i64| (1..=self.pages).contains(&number).then(|| link(number));
        let shown = |number: &i64| *number == 1 || *number == self.pages || (number - self.number).abs() <= NEIGHBOURS;
        let numbers: Vec<Value> = (1..=self.pages)
            .filter(shown)
            .map(|number| json!({ "number": number, "url": link(number), "current": number == self.number }))
            .collect();
        let filter = self.filter.as_ref().map(|filter| {
            json!({
                "segment": filter.segment,
                "slug": filter.slug,
                "name": filter.name,
                "object": filter.snippet_id.map(|id| resolver.snippet(id)),
            })
        });
        json!({
            "page": self.number,
            "pages": self.pages,
            "total": self.total,
            "previous_url": within(self.number - 1),
            "next_url": within(self.number + 1),
            "numbers": numbers,
            "filter": filter,
            "items": self.items.into_iter().map(|item| resolver.summary(item)).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_routes_end_in_a_segment_and_a_slug() {
        assert_eq!(split_sub_route("/blog/category/tides/"), Some(("/blog/", "category", "tides")));
        assert_eq!(split_sub_route("/tag/sea/"), Some(("/", "tag", "sea")));
        for path in ["/", "/blog/", "/blog/category/tides", "//x/", "/a//"] {
            assert_eq!(split_sub_route(path), None, "{path}");
        }
    }
}
