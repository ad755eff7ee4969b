//! Sites: a host name and port that show a part of the tree, in one language or in several.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{EditError, locale, shadow, tree};
use crate::db::{DbError, Exec, Tx};
use crate::{queries, record};

/// Sites and languages of sites that one installation may have.
const MAX_ROOTS: i64 = 10_000;

/// A language that a site speaks: the part of the tree that is written in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// BCP 47, such as `de` or `pt-BR`.
    pub code: String,
    /// In the language itself.
    pub name: String,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// What addresses begin with: nothing for the site's main language, else such as `/de`.
    pub prefix: String,
    pub root_page_id: i64,
    pub root_path: String,
    pub root_url_path: String,
}

impl Language {
    /// The public path of a page of the tree, when it is written in this language.
    fn public_path<'u>(&self, url_path: &'u str) -> Option<Cow<'u, str>> {
        let rest = url_path.strip_prefix(self.root_url_path.trim_end_matches('/'))?;
        match rest.starts_with('/') {
            false => None,
            true if self.prefix.is_empty() => Some(Cow::Borrowed(rest)),
            true => Some(Cow::Owned(format!("{}{rest}", self.prefix))),
        }
    }

    /// What follows the prefix, when the path has it.
    fn behind_prefix<'p>(&self, public_path: &'p str) -> Option<&'p str> {
        public_path.strip_prefix(self.prefix.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A site, seen in one of its languages: its root is the root of that language.
#[derive(Clone, Debug)]
pub struct Site {
    pub id: i64,
    pub hostname: String,
    pub port: i64,
    pub name: String,
    pub is_default: bool,
    pub root_page_id: i64,
    pub root_path: String,
    pub root_url_path: String,
    /// Scheme, host and port, without a slash.
    pub base_url: String,
    /// All languages, the main one first.
    pub languages: Arc<[Language]>,
    current: usize,
    /// Where the pages of other sites are.
    others: Arc<[Other]>,
}

#[derive(Debug)]
struct Other {
    base_url: String,
    language: Language,
}

/// The sites as the database tells them, to be kept for when it cannot be asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Roots(Vec<Row>);

impl Roots {
    /// The sites in their main languages. `base_url` is the public address of the default site, if it has another one
    /// than its host name says.
    pub fn sites(self, base_url: &str) -> Vec<Site> {
        assemble(self.0, base_url)
    }
}

/// Why a word names no site.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    #[error("there is no site {0}")]
    Unknown(String),
    #[error("several sites are at {0}: name the port too")]
    Several(String),
}

/// The site with this host name, `host:port`, address or id.
///
/// # Errors
/// When there is none, or more than one.
pub fn named<'s>(sites: &'s [Site], wanted: &str) -> Result<&'s Site, NamedError> {
    let is_it = |site: &&Site| {
        let address = format!("{}:{}", site.hostname, site.port);
        site.hostname.eq_ignore_ascii_case(wanted)
            || address.eq_ignore_ascii_case(wanted)
            || site.base_url.eq_ignore_ascii_case(wanted)
            || wanted.parse() == Ok(site.id)
    };
    let found: Vec<&Site> = sites.iter().filter(is_it).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(NamedError::Unknown(wanted.to_owned())),
        _ => Err(NamedError::Several(wanted.to_owned())),
    }
}

record! {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Row {
        id: i64, hostname: String, port: i64, name: String, is_default: bool, root_page_id: i64, root_path: String,
        root_url_path: String, code: String, language: String, is_main: bool,
    }
}

queries! {
    /// One row for each language of each site: the translations of its root.
    LIST = read "site.list"
        "SELECT site.id, site.hostname, site.port, site.name, site.is_default, page.id AS root_page_id,
                page.path AS root_path, page.url_path AS root_url_path, page.locale AS code,
                COALESCE(locale.name, page.locale) AS language, page.id = main.id AS is_main
         FROM site JOIN page main ON main.id = site.root_page_id
              JOIN page ON page.translation_key = main.translation_key AND (NOT page.trashed OR page.id = main.id)
              LEFT JOIN locale ON locale.code = page.locale
         ORDER BY site.id, locale.position, page.locale LIMIT $1";
    INSERT = write "site.insert"
        "INSERT INTO site (hostname, port, name, root_page_id, is_default) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING RETURNING id";
    /// The root of a site, or a translation of it, at a path of the tree or below.
    ROOT_BELOW = read "site.find_root_below"
        "SELECT page.id FROM site JOIN page main ON main.id = site.root_page_id
              JOIN page ON page.translation_key = main.translation_key
         WHERE page.path >= $1 AND page.path < $2 LIMIT 1";
    PREFIX = read "site.find_prefix"
        "SELECT page.id FROM site JOIN page main ON main.id = site.root_page_id
              JOIN page ON page.translation_key = main.translation_key AND page.id <> main.id
         WHERE site.root_page_id = $1 AND LOWER(page.locale) = $2 LIMIT 1";
}

/// All sites in their main languages. `base_url` is the public address of the default site, if it has another one
/// than its host name says.
///
/// # Errors
/// When the database is out of reach.
pub async fn list(on: impl Into<Exec<'_>>, base_url: &str) -> Result<Vec<Site>, DbError> {
    Ok(list_roots(on).await?.sites(base_url))
}

/// What [`list`] is made of.
///
/// # Errors
/// When the database is out of reach.
pub async fn list_roots(on: impl Into<Exec<'_>>) -> Result<Roots, DbError> {
    on.into().query(&LIST).bind(MAX_ROOTS).list().await.map(Roots)
}

fn assemble(rows: Vec<Row>, base_url: &str) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for rows in rows.chunk_by(|one, other| one.id == other.id) {
        let mut languages: Vec<Language> = rows.iter().map(Row::language).collect();
        let main = rows.iter().position(|row| row.is_main).unwrap_or(0);
        languages[..=main].rotate_right(1);
        let row = &rows[main];
        let site = Site {
            id: row.id,
            hostname: row.hostname.clone(),
            port: row.port,
            name: row.name.clone(),
            is_default: row.is_default,
            root_page_id: row.root_page_id,
            root_path: row.root_path.clone(),
            root_url_path: row.root_url_path.clone(),
            base_url: origin(&row.hostname, row.port),
            languages: languages.into(),
            current: 0,
            others: Arc::new([]),
        };
        sites.push(site);
    }
    if let Some(default) = sites.iter_mut().find(|site| site.is_default).filter(|_| !base_url.is_empty()) {
        default.base_url = base_url.trim_end_matches('/').to_owned();
    }
    let all = sites.clone();
    for site in &mut sites {
        let others = all.iter().filter(|other| other.id != site.id).flat_map(|other| {
            let at = |language: &Language| Other { base_url: other.base_url.clone(), language: language.clone() };
            other.languages.iter().map(at).collect::<Vec<_>>()
        });
        let mut others: Vec<Other> = others.collect();
        // A site within another one knows its pages better.
        others.sort_by_key(|other| std::cmp::Reverse(other.language.root_url_path.len()));
        site.others = others.into();
    }
    sites
}

impl Row {
    fn language(&self) -> Language {
        let prefix = if self.is_main { String::new() } else { format!("/{}", self.code.to_ascii_lowercase()) };
        Language {
            code: self.code.clone(),
            name: self.language.clone(),
            direction: locale::direction(&self.code),
            prefix,
            root_page_id: self.root_page_id,
            root_path: self.root_path.clone(),
            root_url_path: self.root_url_path.clone(),
        }
    }
}

/// `https` on port 443 alone.
fn origin(hostname: &str, port: i64) -> String {
    match port {
        80 => format!("http://{hostname}"),
        443 => format!("https://{hostname}"),
        port => format!("http://{hostname}:{port}"),
    }
}

/// Inserts the default site of a new installation: the new id; `None` when there is such a site, or a default one, already.
pub(super) async fn insert(
    on: impl Into<Exec<'_>>,
    hostname: &str,
    port: i64,
    name: &str,
    root_page_id: i64,
) -> Result<Option<i64>, DbError> {
    on.into().query(&INSERT).bind(hostname).bind(port).bind(name).bind(root_page_id).bind(true).optional().await
}

/// Whether the subtree at `path` holds the root of a site, or of one of its languages: servers load their sites anew
/// when such a page comes, goes or gets another path.
pub(super) async fn holds_root(tx: &mut Tx, path: &str) -> Result<bool, DbError> {
    let end = tree::after_subtree(path);
    Ok(Exec::from(tx).query(&ROOT_BELOW).bind(path).bind(end).optional::<i64>().await?.is_some())
}

/// A page beside the root of a language would hide that language, or be hidden by it; and one where the server itself
/// answers is never seen.
pub(super) async fn refuse_prefix(tx: &mut Tx, parent: i64, slug: &str) -> Result<(), EditError> {
    shadow::refuse(&mut *tx, parent, slug).await?;
    match is_prefix(tx, parent, slug).await? {
        true => Err(EditError::SlugIsLanguage(slug.to_owned())),
        false => Ok(()),
    }
}

/// Whether a language of the site that is rooted at `parent` begins with this word.
pub(super) async fn is_prefix(on: impl Into<Exec<'_>>, parent: i64, slug: &str) -> Result<bool, DbError> {
    if locale::canonical(slug).is_none() {
        return Ok(false);
    }
    Ok(on.into().query(&PREFIX).bind(parent).bind(slug).optional::<i64>().await?.is_some())
}

impl Site {
    /// The language that the site is seen in.
    pub fn language(&self) -> &Language {
        &self.languages[self.current]
    }

    /// The site seen in each of its languages, the main one first.
    pub fn in_each_language(&self) -> Vec<Self> {
        let seen_in = |(current, language): (usize, &Language)| Self {
            current,
            root_page_id: language.root_page_id,
            root_path: language.root_path.clone(),
            root_url_path: language.root_url_path.clone(),
            ..self.clone()
        };
        self.languages.iter().enumerate().map(seen_in).collect()
    }

    /// The language of a public path, by its number in `languages`.
    pub fn language_at(&self, public_path: &str) -> usize {
        let found = self.languages.iter().skip(1).position(|language| language.behind_prefix(public_path).is_some());
        found.map_or(0, |at| at + 1)
    }

    /// The address that visitors see: `/home/blog/` of the tree is `/blog/` on the site whose root is `/home/`, and
    /// `/home-de/blog/` is `/de/blog/`. Pages of other sites have absolute URLs.
    pub fn public_path<'u>(&self, url_path: &'u str) -> Cow<'u, str> {
        self.own_path(url_path).unwrap_or_else(|| {
            let elsewhere =
                |other: &Other| Some(format!("{}{}", other.base_url, other.language.public_path(url_path)?));
            self.others.iter().find_map(elsewhere).map_or(Cow::Borrowed(url_path), Cow::Owned)
        })
    }

    /// As [`Site::public_path`], for pages of this site alone.
    pub fn own_path<'u>(&self, url_path: &'u str) -> Option<Cow<'u, str>> {
        self.languages.iter().find_map(|language| language.public_path(url_path))
    }

    /// The tree's path of what a visitor asks for, in whichever language.
    pub fn tree_path(&self, public_path: &str) -> String {
        let language = &self.languages[self.language_at(public_path)];
        let rest = language.behind_prefix(public_path).unwrap_or(public_path);
        format!("{}{rest}", language.root_url_path.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, port: i64, root: &str, code: &str, is_main: bool) -> Row {
        Row {
            id,
            hostname: format!("site{id}.test"),
            port,
            name: "Site".into(),
            is_default: id == 1,
            root_page_id: 10 + port,
            root_path: "00010001".into(),
            root_url_path: root.into(),
            code: code.into(),
            language: code.into(),
            is_main,
        }
    }

    fn sites() -> Vec<Site> {
        let rows = vec![
            row(1, 443, "/home-de/", "de", false),
            row(1, 443, "/home/", "en", true),
            row(1, 443, "/home-pt-br/", "pt-BR", false),
            row(2, 8080, "/shop/", "en", true),
        ];
        assemble(rows, "https://www.site1.test/")
    }

    #[test]
    fn each_language_has_its_prefix_but_the_main_one() {
        let sites = sites();
        let codes: Vec<_> = sites[0].languages.iter().map(|language| language.code.as_str()).collect();
        assert_eq!(codes, ["en", "de", "pt-BR"]);
        for (tree, public) in [
            ("/home/", "/"),
            ("/home/blog/a/", "/blog/a/"),
            ("/home-de/", "/de/"),
            ("/home-de/blog/", "/de/blog/"),
            ("/home-pt-br/x/", "/pt-br/x/"),
        ] {
            assert_eq!(sites[0].public_path(tree), public);
            assert_eq!(sites[0].tree_path(public), tree);
        }
        assert_eq!(sites[0].tree_path("/design/"), "/home/design/", "a prefix ends at a slash");
        assert_eq!(sites[0].tree_path("/DE/"), "/home/DE/");
    }

    #[test]
    fn pages_of_another_site_have_absolute_addresses() {
        let sites = sites();
        assert_eq!(sites[0].public_path("/shop/tea/"), "http://site2.test:8080/tea/");
        assert_eq!(sites[1].public_path("/home-de/tee/"), "https://www.site1.test/de/tee/");
        assert_eq!(sites[1].public_path("/nowhere/"), "/nowhere/");
        assert_eq!(sites[1].own_path("/home/"), None);
    }

    #[test]
    fn a_site_is_seen_in_each_of_its_languages() {
        let seen = sites()[0].in_each_language();
        let roots: Vec<_> =
            seen.iter().map(|site| (site.language().code.as_str(), site.root_url_path.as_str())).collect();
        assert_eq!(roots, [("en", "/home/"), ("de", "/home-de/"), ("pt-BR", "/home-pt-br/")]);
        assert_eq!(seen[0].language_at("/de"), 1);
        assert_eq!(seen[1].language_at("/about/"), 0);
    }
}
