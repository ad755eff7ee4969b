//! Listings: a page that lists its children, a part at a time, whole or narrowed by a snippet or a tag.

use serde_json::{Value, json};

use super::PublicSite;
use super::fill::{PageError, Wanted};
use super::pages::encoded;
use super::resolve::Resolver;
use crate::content::change::Tag;
use crate::content::listing::{self, Children, Narrowing, Period, Window};
use crate::content::page::{Page, Summary};
use crate::content::types::{FieldKind, Listing, ListingFilter, Types};
use crate::content::{lists, privacy, snippet, tag};
use crate::render::object;

/// Pages of a listing that the numbers show around the current one.
const NEIGHBOURS: i64 = 2;
/// The segment of lists by year and month.
const ARCHIVE: &str = "archive";

/// One part of a listing.
pub struct Listed {
    pub items: Vec<Summary>,
    number: i64,
    pages: i64,
    total: i64,
    filter: Option<Filter>,
    /// The months of the archive, on its pages.
    periods: Vec<Period>,
}

struct Filter {
    segment: String,
    field: String,
    slug: String,
    name: String,
    snippet_id: Option<i64>,
}

/// What stands behind the path of a listing page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubRoute<'p> {
    /// The path of the listing page.
    pub base: &'p str,
    segment: &'p str,
    /// Empty for the archive as a whole; `2026/11` for a month of it.
    slug: &'p str,
}

/// What a path could mean, beside a page: `/blog/category/tides/` is the category `tides` of `/blog/`,
/// `/blog/archive/2026/11/` is a month of it.
pub fn sub_routes(path: &str) -> Vec<SubRoute<'_>> {
    let Some(inner) = path.strip_suffix('/') else { return Vec::new() };
    let slashes: Vec<usize> = inner.rmatch_indices('/').map(|(at, _)| at).take(3).collect();
    let mut routes = Vec::new();
    if let [last, ..] = slashes[..]
        && &inner[last + 1..] == ARCHIVE
    {
        routes.push(SubRoute { base: &path[..=last], segment: ARCHIVE, slug: "" });
    }
    if let [last, middle, ..] = slashes[..] {
        routes.push(SubRoute { base: &path[..=middle], segment: &inner[middle + 1..last], slug: &inner[last + 1..] });
    }
    if let [_, middle, first] = slashes[..]
        && &inner[first + 1..middle] == ARCHIVE
    {
        routes.push(SubRoute { base: &path[..=first], segment: ARCHIVE, slug: &inner[middle + 1..] });
    }
    routes.retain(|route| !route.segment.is_empty() && (route.segment == ARCHIVE || !route.slug.is_empty()));
    routes
}

/// A year or a month: its bounds in microseconds since the epoch, and its name.
fn period(slug: &str) -> Option<(i64, i64, String)> {
    let (year, month) = match slug.split_once('/') {
        Some((year, month)) if month.len() == 2 => (year, Some(month.parse::<i8>().ok()?)),
        Some(_) => return None,
        None => (slug, None),
    };
    let year = year.parse::<i16>().ok().filter(|number| (1000..=9999).contains(number) && year.len() == 4)?;
    let first = jiff::civil::Date::new(year, month.unwrap_or(1), 1).ok()?;
    let (end, name) = match month {
        Some(_) => (first.checked_add(jiff::Span::new().months(1)).ok()?, first.strftime("%B %Y").to_string()),
        None => (first.checked_add(jiff::Span::new().years(1)).ok()?, year.to_string()),
    };
    let micros =
        |day: jiff::civil::Date| Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond());
    Some((micros(first)?, micros(end)?, name))
}

/// Loads the wanted part; `None` when there is no such part, or nothing by that slug.
pub async fn load(
    site: &PublicSite,
    types: &Types,
    wanted: Wanted<'_>,
    page: &Page,
    declared: &Listing,
    route: Option<SubRoute<'_>>,
) -> Result<Option<Listed>, PageError> {
    let db = &site.app.db;
    let (narrowing, filter) = match route {
        None => (Narrowing::None, None),
        Some(route) => match narrowed(site, types, declared, route).await? {
            Some((narrowing, found)) => (narrowing, Some(found)),
            None => return Ok(None),
        },
    };
    let per_page = declared.per_page as i64;
    let number = i64::from(wanted.number);
    let window = Window { limit: per_page, offset: (number - 1) * per_page };
    let children = Children { parent: page.id, type_name: &declared.of, narrowing: &narrowing };
    let grant = wanted.grant();
    let items = if grant.is_none() {
        listing::list_children(db, children, window).await?
    } else {
        privacy::lists::list_children(db, children, grant, window).await?
    };
    let in_archive = filter.as_ref().is_some_and(|filter| filter.segment == ARCHIVE);
    if items.is_empty() && (number > 1 || matches!(narrowing, Narrowing::Period { .. })) {
        return Ok(None);
    }
    let mut listed = Listed { items, number, pages: 1, total: 0, filter, periods: Vec::new() };
    listed.total = match listed.items.len() as i64 {
        // A part that is not full is the last one.
        last if last < per_page => window.offset + last,
        _ if grant.is_none() => site.count(listed.tag(page.id), children, &narrowing).await?,
        _ => privacy::lists::count_children(db, children, grant).await?,
    };
    listed.pages = ((listed.total + per_page - 1) / per_page).max(1);
    if in_archive {
        listed.periods = if grant.is_none() {
            listing::list_periods(db, page.id, &declared.of).await?
        } else {
            privacy::lists::list_periods(db, page.id, &declared.of, grant).await?
        };
    }
    Ok(Some(listed))
}

impl PublicSite {
    /// How many a list holds; remembered until the list changes.
    async fn count(&self, tag: Tag, children: Children<'_>, narrowing: &Narrowing) -> Result<i64, PageError> {
        // Periods share the tag of the whole list; without a cache, every page is as the database is now.
        if matches!(narrowing, Narrowing::Period { .. }) || !self.app.config.cache.enabled {
            return Ok(listing::count_children(&self.app.db, children).await?);
        }
        if let Some(total) = self.totals.find(&tag) {
            return Ok(total);
        }
        let began = self.totals.begin();
        let total = listing::count_children(&self.app.db, children).await?;
        self.totals.remember(tag, total, began);
        Ok(total)
    }
}

/// What a sub-route narrows a listing to; `None` when it declares no such route, or there is nothing by that slug.
async fn narrowed(
    site: &PublicSite,
    types: &Types,
    declared: &Listing,
    route: SubRoute<'_>,
) -> Result<Option<(Narrowing, Filter)>, PageError> {
    if route.segment == ARCHIVE && declared.archive {
        let found = |name: String| Filter {
            segment: ARCHIVE.to_owned(),
            field: String::new(),
            slug: route.slug.to_owned(),
            name,
            snippet_id: None,
        };
        if route.slug.is_empty() {
            return Ok(Some((Narrowing::None, found("Archive".to_owned()))));
        }
        return Ok(period(route.slug).map(|(from, until, name)| (Narrowing::Period { from, until }, found(name))));
    }
    match declared.filters.iter().find(|filter| filter.segment == route.segment) {
        Some(filter) => find_filter(site, types, declared, filter, route.slug).await,
        None => Ok(None),
    }
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
            Ok(snippet.filter(|snippet| snippet.live).map(|snippet| {
                let narrowing = Narrowing::Snippet { field: filter.field.clone(), id: snippet.id };
                (narrowing, found(snippet.name, Some(snippet.id)))
            }))
        }
        _ => {
            let tag = tag::find_by_slug(&*site.app.db, slug).await?;
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
            Some(filter) if filter.segment == ARCHIVE => Tag::Children(parent),
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
            Some(filter) if filter.slug.is_empty() => format!("{url}{}/", filter.segment),
            Some(filter) => format!("{url}{}/{}/", filter.segment, encoded(&filter.slug)),
            None => url.to_owned(),
        };
        let link = |number: i64| if number == 1 { base.clone() } else { format!("{base}?page={number}") };
        let within = |number: i64| (1..=self.pages).contains(&number).then(|| link(number));
        let filter = self.filter.as_ref().map(|filter| {
            // In the language of the page, where the snippet has it.
            let shown = filter.snippet_id.and_then(|id| resolver.snippets.get(&id));
            json!({
                "segment": filter.segment,
                "slug": filter.slug,
                "name": shown.map_or(&filter.name, |snippet| &snippet.name),
                "month": month(filter),
                "object": filter.snippet_id.map(|id| resolver.snippet(id)),
            })
        });
        object([
            ("page", self.number.into()),
            ("pages", self.pages.into()),
            ("total", self.total.into()),
            ("previous_url", within(self.number - 1).into()),
            ("next_url", within(self.number + 1).into()),
            ("numbers", numbers(self.number, self.pages, link)),
            ("filter", filter.into()),
            ("years", years(&self.periods, url).into()),
            ("items", self.items.into_iter().map(|item| resolver.summary(item)).collect()),
        ])
    }
}

/// The first day of a month of the archive, for templates to name it.
fn month(filter: &Filter) -> Option<String> {
    let (year, month) = filter.slug.split_once('/').filter(|_| filter.segment == ARCHIVE)?;
    Some(format!("{year}-{month}-01"))
}

/// The archive by year, newest first, each with its months.
fn years(periods: &[Period], url: &str) -> Vec<Value> {
    let year_of = |period: &Period| period.month.split('-').next().unwrap_or_default().to_owned();
    let month = |period: &Period| {
        let slug = period.month.replace('-', "/");
        json!({ "month": format!("{}-01", period.month), "pages": period.pages, "url": format!("{url}{ARCHIVE}/{slug}/") })
    };
    periods
        .chunk_by(|one, other| year_of(one) == year_of(other))
        .map(|months| {
            let year = year_of(&months[0]);
            json!({
                "year": year,
                "pages": months.iter().map(|period| period.pages).sum::<i64>(),
                "url": format!("{url}{ARCHIVE}/{year}/"),
                "months": months.iter().map(month).collect::<Vec<_>>(),
            })
        })
        .collect()
}

/// The numbers of pages that are linked from one of them: the first, the last, and those around it.
pub fn numbers(current: i64, last: i64, link: impl Fn(i64) -> String) -> Value {
    let shown = |number: &i64| *number == 1 || *number == last || (number - current).abs() <= NEIGHBOURS;
    let number = |number: i64| json!({ "number": number, "url": link(number), "current": number == current });
    (1..=last).filter(shown).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_a_part_of_a_listing() {
        let found = |path| {
            sub_routes(path).into_iter().map(|route| (route.base, route.segment, route.slug)).collect::<Vec<_>>()
        };
        assert_eq!(found("/blog/category/tides/"), [("/blog/", "category", "tides")]);
        assert_eq!(found("/tag/sea/"), [("/", "tag", "sea")]);
        assert_eq!(found("/blog/archive/"), [("/blog/", "archive", ""), ("/", "blog", "archive")]);
        assert_eq!(found("/blog/archive/2026/"), [("/blog/", "archive", "2026")]);
        assert_eq!(
            found("/blog/archive/2026/11/"),
            [("/blog/archive/", "2026", "11"), ("/blog/", "archive", "2026/11")]
        );
        for path in ["/", "/blog/", "/blog/category/tides", "//x/", "/a//"] {
            assert_eq!(found(path), [], "{path}");
        }
    }

    #[test]
    fn a_period_is_a_year_or_a_month_in_utc() {
        let day = 86_400_000_000;
        assert_eq!(period("1970/02"), Some((31 * day, 59 * day, "February 1970".into())));
        assert_eq!(period("1971"), Some((365 * day, 730 * day, "1971".into())));
        for wrong in ["", "70", "1970/2", "1970/13", "1970/00", "1970/02/01", "x", "1970/", "99999", "+970"] {
            assert_eq!(period(wrong), None, "{wrong}");
        }
    }
}
