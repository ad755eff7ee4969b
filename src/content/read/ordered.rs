//! Lists of live pages in another order than that of the tree.

use super::pages::{Key, MAX_KEYS, Order, PageRow, Wanted};
use crate::db::{Call, Db, DbError, Query, Record, Row};
use crate::{queries, sql_parts};

/// The columns `text_N` and `number_N`: a key's value, of its name and how it orders.
macro_rules! key_columns {
    ($dialect:ident $name:literal $how:literal $number:literal) => {
        concat!(
            "CASE WHEN ",
            $how,
            " LIKE 'text%' THEN CASE ",
            $name,
            " WHEN 'title' THEN title WHEN 'slug' THEN slug
                 WHEN 'seo_title' THEN seo_title WHEN 'search_description' THEN search_description
                 WHEN 'locale' THEN locale ELSE CAST(",
            summary_json!($dialect),
            " ->> CAST(",
            $name,
            " AS TEXT) AS TEXT) END END AS text_",
            $number,
            ",
             CASE WHEN ",
            $how,
            " LIKE 'number%' THEN CASE ",
            $name,
            " WHEN 'id' THEN id WHEN 'alias_of' THEN alias_of
                 WHEN 'first_published_at' THEN first_published_at
                 WHEN 'show_in_menus' THEN CASE WHEN show_in_menus THEN 1 ELSE 0 END
                 ELSE CAST(",
            summary_json!($dialect),
            " ->> CAST(",
            $name,
            " AS TEXT) AS NUMERIC) END END AS number_",
            $number
        )
    };
}

/// Those in an order.
macro_rules! by_key {
    ($dialect:ident $how:literal $number:literal) => {
        concat!(
            "CASE WHEN ",
            $how,
            " = 'text' THEN text_",
            $number,
            " ",
            by_bytes!($dialect),
            " END,
             CASE WHEN ",
            $how,
            " = 'text desc' THEN text_",
            $number,
            " ",
            by_bytes!($dialect),
            " END DESC,
             CASE WHEN ",
            $how,
            " = 'number' THEN number_",
            $number,
            " END,
             CASE WHEN ",
            $how,
            " = 'number desc' THEN number_",
            $number,
            " END DESC"
        )
    };
}

sql_parts! {
    /// By up to three keys, each a column or a short field of the document.
    pages_in_order = ("FROM (SELECT page.*, RANDOM() AS chance, " place_given " AS place_given, " [key_columns "$18" "$19" "1"] ",
                 " [key_columns "$20" "$21" "2"] ", " [key_columns "$22" "$23" "3"] "
             FROM page WHERE " in_range " AND ($14 OR id " [any "$13"] ") AND ($7 = 0 OR parent_id = $7) AND " wanted ") AS page
         ORDER BY CASE WHEN $19 = 'random' THEN chance END, CASE WHEN $19 = 'given' THEN place_given END,
                  " [by_key "$19" "1"] ", " [by_key "$21" "2"] ", " [by_key "$23" "3"] ", path LIMIT $16 OFFSET $17");
    /// Where a page stands among the ids that were given.
    place_given = "CASE WHEN $19 = 'given' THEN ARRAY_POSITION($13, id) END"
        sqlite "CASE WHEN $19 = 'given' THEN (SELECT key FROM json_each($13) WHERE value = id) END";
}

queries! {
    ORDERED = read "api.list_pages_ordered" ("SELECT " page_columns " " pages_in_order);
    /// With how many there are in all.
    FOUND = read "api.list_pages_found" ("SELECT " page_columns ", COUNT(*) OVER () AS total " pages_in_order);
}

/// A page, and how many there are in all.
struct Found {
    page: PageRow,
    total: i64,
}

impl Record for Found {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self { page: PageRow::from_row(row)?, total: row.take("total")? })
    }
}

/// A part of the pages, in this order.
pub(super) async fn list(db: &Db, wanted: &Wanted, order: &Order, part: (i64, i64)) -> Result<Vec<PageRow>, DbError> {
    let usual = match order {
        Order::Random => "random",
        Order::Tree | Order::Keys(_) => "",
    };
    call(db, &ORDERED, wanted, (order, usual), part).list().await
}

/// As [`list`], in the order of the ids that are wanted when there is no other; and how many there are in all, which is not
/// known behind the end.
pub(super) async fn list_found(
    db: &Db,
    wanted: &Wanted,
    part: (i64, i64),
) -> Result<(Vec<PageRow>, Option<i64>), DbError> {
    let found: Vec<Found> = call(db, &FOUND, wanted, (&wanted.order, "given"), part).list().await?;
    let total = found.first().map(|found| found.total);
    Ok((found.into_iter().map(|found| found.page).collect(), total))
}

/// `usual`: the order when no field says one.
fn call<'d>(
    db: &'d Db,
    query: &'static Query,
    wanted: &Wanted,
    (order, usual): (&Order, &str),
    (limit, offset): (i64, i64),
) -> Call<'d> {
    let how = |key: &Key| match (key.is_number, key.descending) {
        (false, false) => "text",
        (false, true) => "text desc",
        (true, false) => "number",
        (true, true) => "number desc",
    };
    let keys: Vec<(&str, &str)> = match order {
        Order::Tree | Order::Random => vec![("", usual)],
        Order::Keys(keys) => keys.iter().map(|key| (key.name.as_str(), how(key))).collect(),
    };
    let call = wanted.call(db, query).bind(wanted.fields.word()).bind(limit).bind(offset);
    let keys = keys.into_iter().chain(std::iter::repeat(("", ""))).take(MAX_KEYS);
    keys.fold(call, |call, (name, how)| call.bind(name).bind(how))
}
