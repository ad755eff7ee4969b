//! The lists that a page type declares beside its pages: the newest of a type, the parts of a series, what shares tags.
//! One query reads them all, as long as a type declares one of each kind.

use serde_json::Value;

use super::PublicSite;
use super::fill::{PageError, Wanted};
use crate::content::change::Tag;
use crate::content::listing::{self, Beside, Newest, Same};
use crate::content::lists;
use crate::content::page::{Page, Summary};
use crate::content::tag;
use crate::content::types::{ChildQuery, ContentType, ListedBy};

/// A list by the name that the template knows it by.
pub struct List {
    pub name: String,
    /// What it depends on, beside the pages in it.
    pub tags: Vec<Tag>,
    pub pages: Vec<Summary>,
}

/// The lists of a page, in the order in which its type declares them.
pub async fn load(
    site: &PublicSite,
    wanted: Wanted<'_>,
    page: &Page,
    of_type: &ContentType,
) -> Result<Vec<List>, PageError> {
    let mut lists = Vec::new();
    let mut left: Vec<&ChildQuery> = of_type.queries.iter().collect();
    while !left.is_empty() {
        let mut beside = Beside {
            page_id: page.id,
            parent_id: page.parent_id.unwrap_or_default(),
            locale: &page.locale,
            ..Beside::default()
        };
        let (mut taken, mut later): (Vec<(&ChildQuery, &str)>, Vec<&ChildQuery>) = (Vec::new(), Vec::new());
        for query in left {
            let limit = query.limit as i64;
            match &query.by {
                ListedBy::Newest if beside.newest.is_none() => {
                    let except = if query.exclude_self { page.id } else { 0 };
                    let root_path = wanted.site.root_path.as_str();
                    beside.newest = Some(Newest { type_name: &query.of, except, root_path, limit });
                    taken.push((query, "newest"));
                }
                ListedBy::Same(field) if beside.same.is_none() => {
                    let snippet_id = page.fields.get(field).and_then(Value::as_i64).unwrap_or_default();
                    // Without a snippet the list is empty.
                    let limit = if snippet_id == 0 { 0 } else { limit };
                    beside.same = Some(Same { field, snippet_id, limit });
                    taken.push((query, "same"));
                }
                ListedBy::Tags(_) if beside.related == 0 => {
                    beside.related = limit;
                    taken.push((query, "related"));
                }
                _ => later.push(query),
            }
        }
        let mut found = listing::list_beside(&site.app.db, beside).await?;
        for (query, list) in taken {
            let (of_list, rest) = found.into_iter().partition(|row| row.list == list);
            found = rest;
            let pages = of_list.into_iter().map(|row: listing::Listed| row.page).collect();
            lists.push(List { name: query.name.clone(), tags: tags(page, query), pages });
        }
        left = later;
    }
    Ok(lists)
}

/// What a list depends on, beside the pages in it.
fn tags(page: &Page, query: &ChildQuery) -> Vec<Tag> {
    let parent = page.parent_id.unwrap_or_default();
    match &query.by {
        ListedBy::Newest => vec![Tag::Type(query.of.clone())],
        ListedBy::Same(field) => {
            let snippet = page.fields.get(field).and_then(Value::as_i64);
            snippet.map(|id| lists::narrowed(parent, field, &id.to_string())).into_iter().collect()
        }
        ListedBy::Tags(field) => {
            let names =
                page.fields.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            names.map(|name| lists::narrowed(parent, field, &tag::slug_of(name))).collect()
        }
    }
}
