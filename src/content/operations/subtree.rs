//! A page and all below it, measured, and what visitors saw of it as tags: exact for few pages, as ranges of ids for many.

use crate::content::change::Tag;
use crate::content::page::{self, Page};
use crate::content::types::Types;
use crate::content::{lists, tree};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Live pages that are named one by one; more are told as ranges of ids, which may hold a few other pages.
pub const NAMED: i64 = 200;
/// Ranges of ids in one change.
const RANGES: i64 = 64;
/// Types in one subtree.
const TYPES: i64 = 1_000;

record! {
    pub struct Shape { pub pages: i64, pub deepest: i64, pub first: i64, pub last: i64 }
}
record! { pub struct TypeCount { pub type_name: String, pub pages: i64, pub live: i64 } }
record! { struct Live { id: i64, translation_key: String } }
record! { struct Range { first: i64, last: i64 } }

queries! {
    SHAPE = read "page.measure_subtree"
        "SELECT COUNT(*) AS pages, COALESCE(MAX(depth), 0) AS deepest, COALESCE(MIN(id), 0) AS first, COALESCE(MAX(id), 0) AS last
         FROM page WHERE path >= $1 AND path < $2";
    LIVE = read "page.list_live_below"
        "SELECT id, translation_key FROM page WHERE path >= $1 AND path < $2 AND live ORDER BY path LIMIT $3";
    ID_RANGES = read "page.list_id_ranges_below"
        "SELECT MIN(id) AS first, MAX(id) AS last FROM page WHERE path >= $1 AND path < $2 AND live
         GROUP BY (id - $3) / $4 ORDER BY first LIMIT $5";
    BY_TYPE = read "page.count_types_below"
        "SELECT type AS type_name, COUNT(*) AS pages, COUNT(CASE WHEN live THEN 1 END) AS live
         FROM page WHERE path >= $1 AND path < $2 GROUP BY type ORDER BY type LIMIT $3";
}

/// What became of the pages of a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// They are no longer where they were.
    Gone,
    /// They are there again.
    Back,
    /// What is around their content looks different, such as the breadcrumbs.
    Framed,
}

pub async fn measure(on: impl Into<Exec<'_>>, start: &str, end: &str) -> Result<Shape, DbError> {
    on.into().query(&SHAPE).bind(start).bind(end).one().await
}

/// How many pages of which types.
pub async fn count_types(tx: &mut Tx, path: &str) -> Result<Vec<TypeCount>, DbError> {
    Exec::from(tx).query(&BY_TYPE).bind(path).bind(tree::after_subtree(path)).bind(TYPES).list().await
}

/// The lists by type that the live pages of a subtree are in.
pub fn type_tags(counts: &[TypeCount]) -> impl Iterator<Item = Tag> {
    counts.iter().filter(|count| count.live > 0).map(|count| Tag::Type(count.type_name.clone()))
}

/// What showed the live pages with `start <= path < end`.
pub async fn tags(tx: &mut Tx, start: String, end: String, touched: Touched) -> Result<Vec<Tag>, DbError> {
    let live: Vec<Live> = Exec::from(&mut *tx).query(&LIVE).bind(&start).bind(&end).bind(NAMED + 1).list().await?;
    if live.len() as i64 <= NAMED {
        return Ok(live.into_iter().flat_map(|page| page.tags(touched)).collect());
    }
    if touched == Touched::Back {
        // Whoever lacked one of so many translations.
        return Ok(vec![Tag::All]);
    }
    let shape = measure(&mut *tx, &start, &end).await?;
    let width = (shape.last - shape.first) / RANGES + 1;
    let call = Exec::from(tx).query(&ID_RANGES).bind(&start).bind(&end).bind(shape.first).bind(width).bind(RANGES);
    let ranges: Vec<Range> = call.list().await?;
    let tag = |range: Range| match touched {
        Touched::Gone => Tag::GonePages { first: range.first, last: range.last },
        Touched::Back | Touched::Framed => Tag::Pages { first: range.first, last: range.last },
    };
    Ok(ranges.into_iter().map(tag).collect())
}

impl Live {
    fn tags(self, touched: Touched) -> Vec<Tag> {
        let id = self.id;
        match touched {
            Touched::Gone => vec![Tag::Page(id), Tag::Summary(id), Tag::Link(id), Tag::Gone(id)],
            Touched::Back => {
                vec![Tag::Page(id), Tag::Summary(id), Tag::Link(id), Tag::Translations(self.translation_key)]
            }
            Touched::Framed => vec![Tag::Page(id)],
        }
    }
}

/// A page that was not live and is now, if it is: what points at it, and the lists that it enters.
pub async fn shown_again(types: &Types, tx: &mut Tx, was: Page) -> Result<Vec<Tag>, DbError> {
    let Some(page) = page::find(&mut *tx, was.id).await?.filter(|page| page.live && !was.live) else {
        return Ok(Vec::new());
    };
    let live = Live { id: page.id, translation_key: page.translation_key.clone() };
    let mut tags = live.tags(Touched::Back);
    tags.extend(lists::of_page(types, &page));
    tags.push(Tag::Type(page.type_name.clone()));
    tags.extend(page.show_in_menus.then_some(Tag::Menu));
    tags.extend(super::tags_below(tx, &page.path, Touched::Framed).await?);
    Ok(tags)
}
