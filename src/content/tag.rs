//! Free tags of pages; upper and lower case are the same tag.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record};

record! {
    #[derive(Clone, Debug)]
    pub struct PageTag { pub id: i64, pub name: String, pub slug: String }
}

record! {
    /// A tag and how many pages have it.
    #[derive(Clone, Debug)]
    pub struct CountedTag { pub id: i64, pub name: String, pub slug: String, pub pages: i64, pub total: i64 }
}

/// Tags offered while one is typed.
pub const SUGGESTIONS: i64 = 10;
/// Tags that one part of a list shows.
pub const PAGE_SIZE: i64 = 100;

queries! {
    /// The most used first: a tag that is typed is most often one of them.
    SUGGEST = read "tag.suggest"
        "SELECT id, name, slug, pages, CAST(0 AS BIGINT) AS total FROM (
             SELECT id, name, slug, (SELECT COUNT(*) FROM page_tag WHERE tag_id = tag.id) AS pages
             FROM tag WHERE slug LIKE $1 ESCAPE '!') found
         ORDER BY pages DESC, slug LIMIT $2";
    LIST = read "tag.list"
        "SELECT id, name, slug, (SELECT COUNT(*) FROM page_tag WHERE tag_id = tag.id) AS pages,
                COUNT(*) OVER () AS total
         FROM tag WHERE slug LIKE $1 ESCAPE '!' ORDER BY slug LIMIT $2 OFFSET $3";
    ENSURE = write "tag.ensure" "INSERT INTO tag (name, slug) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING";
    FIND = read "tag.find_by_slug" "SELECT id, name, slug FROM tag WHERE slug = $1";
    FIND_BY_ID = read "tag.find"
        "SELECT id, name, slug, (SELECT COUNT(*) FROM page_tag WHERE tag_id = tag.id) AS pages,
                CAST(1 AS BIGINT) AS total
         FROM tag WHERE id = $1";
    CLEAR = write "tag.clear_page" "DELETE FROM page_tag WHERE page_id = $1";
    ADD = write "tag.add_to_page"
        "INSERT INTO page_tag (page_id, tag_id) SELECT CAST($1 AS BIGINT), id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO page_tag (page_id, tag_id) SELECT $1, id FROM tag WHERE slug = $2 ON CONFLICT DO NOTHING";
}

pub async fn find_by_slug(on: impl Into<Exec<'_>>, slug: &str) -> Result<Option<PageTag>, DbError> {
    on.into().query(&FIND).bind(slug).optional().await
}

pub async fn find(db: &Db, id: i64) -> Result<Option<CountedTag>, DbError> {
    db.query(&FIND_BY_ID).bind(id).optional().await
}

/// Tags whose name begins with what was typed, the most used first, at most [`SUGGESTIONS`].
pub async fn suggest(db: &Db, typed: &str) -> Result<Vec<CountedTag>, DbError> {
    if typed.trim().is_empty() {
        return Ok(Vec::new());
    }
    db.query(&SUGGEST).bind(format!("{}%", slug_of(typed))).bind(SUGGESTIONS).list().await
}

/// Tags whose name holds `search`, from `offset`, at most [`PAGE_SIZE`]; each with the total.
pub async fn list(db: &Db, search: &str, offset: i64) -> Result<Vec<CountedTag>, DbError> {
    let pattern = if search.trim().is_empty() { "%".to_owned() } else { format!("%{}%", slug_of(search)) };
    db.query(&LIST).bind(pattern).bind(PAGE_SIZE).bind(offset).list().await
}

/// Signs that have a name of their own in slugs; others have their number.
const SIGNS: [(char, &str); 12] = [
    ('+', "plus"),
    ('#', "sharp"),
    ('&', "and"),
    ('@', "at"),
    ('%', "percent"),
    ('.', "dot"),
    ('/', "slash"),
    ('!', "bang"),
    ('*', "star"),
    ('=', "equals"),
    ('$', "dollar"),
    ('\'', "apostrophe"),
];

/// The slug under which a tag is found. Upper and lower case make no difference, nor do spaces, hyphens and underscores;
/// any other sign does: `C` is `c`, `C++` is `c-plus-plus`, `C#` is `c-sharp`. Letters of any script stay.
pub fn slug_of(name: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut goes_on = false;
    for character in name.nfkc().flat_map(char::to_lowercase) {
        if character.is_whitespace() || matches!(character, '-' | '_') {
            goes_on = false;
        } else if character.is_alphanumeric() || is_combining_mark(character) {
            match parts.last_mut().filter(|_| goes_on) {
                Some(part) => part.push(character),
                None => parts.push(character.to_string()),
            }
            goes_on = true;
        } else {
            let known = SIGNS.iter().find(|(sign, _)| *sign == character).map(|(_, word)| (*word).to_owned());
            parts.push(known.unwrap_or_else(|| format!("x{:x}", u32::from(character))));
            goes_on = false;
        }
    }
    if parts.is_empty() { "tag".to_owned() } else { parts.join("-") }
}

/// Makes `names` the tags of a page.
pub(super) async fn replace(tx: &mut Tx, page_id: i64, names: &[&str]) -> Result<(), DbError> {
    Exec::from(&mut *tx).query(&CLEAR).bind(page_id).execute().await?;
    for name in names {
        let slug = ensure(tx, name).await?;
        Exec::from(&mut *tx).query(&ADD).bind(page_id).bind(&slug).execute().await?;
    }
    Ok(())
}

/// The slug of a tag, which is there from now on.
pub async fn ensure(tx: &mut Tx, name: &str) -> Result<String, DbError> {
    let slug = slug_of(name);
    Exec::from(tx).query(&ENSURE).bind(name).bind(&slug).execute().await?;
    Ok(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_differ_in_signs_have_slugs_of_their_own() {
        for (name, slug) in [
            ("C", "c"),
            ("c", "c"),
            ("C++", "c-plus-plus"),
            ("C#", "c-sharp"),
            (".NET", "dot-net"),
            ("net", "net"),
            ("A/B", "a-slash-b"),
            (" Open  water ", "open-water"),
            ("open-water", "open-water"),
            ("R&D", "r-and-d"),
            ("Köln", "köln"),
            ("Koln", "koln"),
            ("日本", "日本"),
            ("a§b", "a-xa7-b"),
            ("☃", "x2603"),
            ("", "tag"),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
    }
}
