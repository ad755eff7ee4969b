//! Searching among all pages, drafts too: by the words of their titles and slugs, by their beginnings while one types.
//! What is live is also found by its text, in the index of the site's own search.

use std::collections::HashSet;

use super::children::bounds;
use crate::content::search::{self, words};
use crate::content::{Content, search::Scope};
use crate::db::DbError;
use crate::{queries, record};

/// Pages that a search tells.
pub const MAX_FOUND: usize = 50;
/// Pages with the words that are looked at, the newest first, and of how many these are the newest: a word that all titles
/// have costs little more than another.
const MAX_CANDIDATES: i64 = 1_000;
const MAX_MATCHES: i64 = 20_000;
/// Pages whose very title or slug is looked for, those high in the tree first.
const MAX_EXACT: i64 = 200;
/// Words of one search.
const MAX_WORDS: usize = 8;

record! { struct Candidate { id: i64, path: String, title: String, slug: String, live: bool } }

// Words come as letters and digits with one space between. `+`: the few that have the words are read by their ids, not
// all pages by their paths.
queries! {
    BY_WORDS = read "explore.find_by_words"
        "SELECT id, path, title, slug, live FROM (
             SELECT id, path, draft_title AS title, slug, live FROM page
             WHERE to_tsvector('simple', REGEXP_REPLACE(draft_title || ' ' || slug, '[^[:alnum:]]+', ' ', 'g'))
                       @@ to_tsquery('simple', REPLACE($1, ' ', ':* & ') || ':*')
               AND path || '' >= $2 AND path || '' < $3 AND id > 1
             LIMIT $5) AS matching
         ORDER BY id DESC LIMIT $4"
        sqlite
        "SELECT id, path, draft_title AS title, slug, live FROM page WHERE id IN (
             SELECT rowid FROM page_title WHERE page_title MATCH '\"' || REPLACE($1, ' ', '\"* \"') || '\"*'
             ORDER BY rowid DESC LIMIT $5)
           AND +path >= $2 AND +path < $3 ORDER BY id DESC LIMIT $4";
    /// Among many with the same words, the one that was meant.
    EXACT = read "explore.find_exact"
        "SELECT id, path, draft_title AS title, slug, live FROM page WHERE id > 1 AND id IN (
             SELECT id FROM (SELECT id FROM page WHERE slug = $1 AND path >= $2 AND path < $3
                             ORDER BY path LIMIT $4) AS by_slug
             UNION
             SELECT id FROM (SELECT id FROM page WHERE LOWER(draft_title) = LOWER($1) AND path >= $2 AND path < $3
                             ORDER BY path LIMIT $4) AS by_title)";
    PATHS = read "explore.list_paths"
        ("SELECT id, path, draft_title AS title, slug, live FROM page WHERE id " [any "$1"] " LIMIT $2");
}

/// What is typed, as words: letters and digits in lower case.
pub(super) fn typed(text: &str) -> Vec<String> {
    let parts = text.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty());
    parts
        .take(MAX_WORDS)
        .map(|part| part.chars().take(words::MAX_WORD_CHARS).collect::<String>().to_lowercase())
        .collect()
}

impl Content {
    /// Pages that have all words, the best first; of those that `may_see` their path, below `root`. At most `most` ids, and
    /// [`MAX_FOUND`]: what is live is looked for by its text when titles are not enough. A number finds the page with this
    /// id, too.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_pages(
        &self,
        text: &str,
        root: &str,
        most: usize,
        may_see: impl Fn(&str) -> bool,
    ) -> Result<Vec<i64>, DbError> {
        self.ranked(text, root, most.min(MAX_FOUND), may_see).await
    }

    /// As [`Content::find_pages`]; as many of those with the words as are looked at, when more are wanted.
    pub(super) async fn ranked(
        &self,
        text: &str,
        root: &str,
        most: usize,
        may_see: impl Fn(&str) -> bool,
    ) -> Result<Vec<i64>, DbError> {
        let words = typed(text);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let (start, end) = bounds(root);
        let call = self.db.query(&BY_WORDS).bind(words.join(" ")).bind(&start).bind(&end).bind(MAX_CANDIDATES);
        let mut found: Vec<Candidate> = call.bind(MAX_MATCHES).list().await?;
        let wanted = text.trim().to_lowercase();
        let call = self.db.query(&EXACT).bind(&wanted).bind(&start).bind(&end).bind(MAX_EXACT);
        let exact: Vec<Candidate> = call.list().await?;
        let known: HashSet<i64> = found.iter().map(|page| page.id).collect();
        found.extend(exact.into_iter().filter(|page| !known.contains(&page.id)));
        found.retain(|page| may_see(&page.path));
        found.sort_by_cached_key(|page| page.rank(&wanted, &words));
        let mut ids: Vec<i64> = found.into_iter().map(|page| page.id).take(most).collect();
        if ids.len() < most {
            let others = self.find_by_text(text, root).await?;
            let number = text.trim().parse::<i64>().ok().filter(|id| *id > 1);
            let more: Vec<i64> = number.into_iter().chain(others).filter(|id| !ids.contains(id)).collect();
            ids.extend(self.keep_visible(more, &may_see).await?);
            ids.truncate(most);
        }
        Ok(ids)
    }

    /// What is live, and for everybody, by its whole text.
    async fn find_by_text(&self, text: &str, root: &str) -> Result<Vec<i64>, DbError> {
        let scope = Scope { kind: search::Kind::Page, root_id: 0, root_path: root, locale: "" };
        match search::find(&self.db, text, scope).await {
            Ok(results) => Ok(results.ranked.into_iter().map(|ranked| ranked.object_id).take(MAX_FOUND).collect()),
            // Longer than anything that is searched for.
            Err(search::SearchError::Refused(_)) => Ok(Vec::new()),
            Err(search::SearchError::Db(error)) => Err(error),
        }
    }

    async fn keep_visible(&self, ids: Vec<i64>, may_see: impl Fn(&str) -> bool) -> Result<Vec<i64>, DbError> {
        if ids.is_empty() {
            return Ok(ids);
        }
        let call = self.db.query(&PATHS).bind(ids.clone()).bind(MAX_FOUND as i64 + 1);
        let known: Vec<Candidate> = call.list().await?;
        let visible = |id: &i64| known.iter().any(|page| page.id == *id && page.is_in_tree() && may_see(&page.path));
        Ok(ids.into_iter().filter(visible).collect())
    }
}

impl Candidate {
    fn is_in_tree(&self) -> bool {
        !self.path.starts_with('~')
    }

    /// Small is good: the title itself, then titles that begin so, then those with the very words; live before drafts,
    /// what is high in the tree and new before the rest.
    fn rank(&self, wanted: &str, words: &[String]) -> (u8, bool, usize, i64) {
        let title = self.title.to_lowercase();
        let parts = || title.split(|character: char| !character.is_alphanumeric());
        let closeness = match () {
            () if title == wanted || self.slug == wanted => 0,
            () if title.starts_with(wanted) => 1,
            () if words.iter().all(|word| parts().any(|part| part == word)) => 2,
            () => 3,
        };
        (closeness, !self.live, self.path.len(), -self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_words_and_nothing_of_a_query_language() {
        assert_eq!(typed("  Grüße, aus 'Köln'! "), ["grüße", "aus", "köln"]);
        assert_eq!(typed("a:* & b | !c \"d\" NEAR(e)"), ["a", "b", "c", "d", "near", "e"]);
        assert!(typed("!?*").is_empty());
        assert_eq!(typed(&"x ".repeat(50)).len(), MAX_WORDS);
    }

    #[test]
    fn the_title_itself_comes_first() {
        let page = |id: i64, title: &str, live: bool| Candidate {
            id,
            path: "00010001".into(),
            title: title.into(),
            slug: format!("s{id}"),
            live,
        };
        let mut pages = [page(1, "On water", true), page(2, "Waterfalls", true), page(3, "Water", false)];
        pages.sort_by_key(|page| page.rank("water", &["water".to_owned()]));
        assert_eq!(pages.map(|page| page.id), [3, 2, 1]);
    }
}
