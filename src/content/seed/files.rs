//! Seed files: what they may say, and which page, snippet or settings each of them makes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::SeedError;
use crate::clock::Micros;
use crate::content::locale;

/// Folders of other languages: `seed/locales/de/pages/`.
const LOCALES: &str = "locales/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteFile {
    pub name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnippetFile {
    pub r#type: String,
    pub name: String,
    /// The slug of the snippet of the main language that this one translates.
    pub translation_of: Option<String>,
    #[serde(default)]
    pub fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsFile {
    pub r#type: String,
    #[serde(default)]
    pub fields: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageFile {
    pub r#type: String,
    pub title: String,
    /// The path of the page of the main language that this one translates.
    pub translation_of: Option<String>,
    #[serde(default)]
    pub show_in_menus: bool,
    #[serde(default)]
    pub order: i64,
    pub published_at: Option<String>,
    #[serde(default)]
    pub seo_title: String,
    #[serde(default)]
    pub search_description: String,
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// A page to be made, by its public path.
pub(super) struct Planned {
    pub file: String,
    pub page: PageFile,
    pub published_at: Option<Micros>,
    /// None: the main one.
    pub locale: Option<String>,
}

impl Planned {
    pub fn mistake(&self, message: String) -> SeedError {
        SeedError::File { file: self.file.clone(), message }
    }
}

/// A snippet to be made.
pub(super) struct PlannedSnippet {
    pub file: String,
    pub slug: String,
    pub snippet: SnippetFile,
    /// None: the main one.
    pub locale: Option<String>,
}

/// What the seed holds.
pub(super) struct Files {
    pub site: SiteFile,
    /// Those of the main language first.
    pub snippets: Vec<PlannedSnippet>,
    pub settings: Vec<(String, SettingsFile)>,
    /// By public path.
    pub pages: BTreeMap<String, Planned>,
    /// Languages beside the main one.
    pub locales: BTreeSet<String>,
}

/// Reads `(path, text)` files below `seed/`.
///
/// # Errors
/// The first file that is wrong.
pub(super) fn parse(files: &[(String, String)]) -> Result<Files, SeedError> {
    let mut site_file = None;
    let mut parsed = Parsed::default();
    for (file, text) in files {
        let relative = file.strip_prefix("seed/").unwrap_or(file);
        let (locale, relative) = match relative.strip_prefix(LOCALES).and_then(|rest| rest.split_once('/')) {
            Some((code, rest)) => (Some(canonical(file, code)?), rest),
            None => (None, relative),
        };
        parsed.locales.extend(locale.clone());
        let stem = relative.trim_end_matches(".toml");
        if relative == "site.toml" && locale.is_none() {
            site_file = Some(read(file, text)?);
        } else if stem.starts_with("snippets/") {
            let slug = stem.rsplit('/').next().unwrap_or(stem).to_owned();
            let snippet = read(file, text)?;
            parsed.snippets.push(PlannedSnippet { file: file.clone(), slug, snippet, locale });
        } else if stem.starts_with("settings/") && locale.is_none() {
            parsed.settings.push((file.clone(), read(file, text)?));
        } else if let Some(page) = stem.strip_prefix("pages/") {
            let path = format!("{}{}", prefix(locale.as_deref()), path_of(page));
            let page: PageFile = read(file, text)?;
            let published_at = match &page.published_at {
                Some(text) => Some(time(file, text)?),
                None => None,
            };
            parsed.pages.insert(path, Planned { file: file.clone(), page, published_at, locale });
        } else if locale.is_some() {
            let message = "a language has pages/ and snippets/ here, nothing else".to_owned();
            return Err(SeedError::File { file: file.clone(), message });
        }
    }
    parsed.snippets.sort_by_key(|planned| planned.locale.is_some());
    let missing = || SeedError::File { file: "seed/site.toml".into(), message: "the file is missing".into() };
    let Parsed { snippets, settings, pages, locales } = parsed;
    let files = Files { site: site_file.ok_or_else(missing)?, snippets, settings, pages, locales };
    files.check()?;
    Ok(files)
}

#[derive(Default)]
struct Parsed {
    snippets: Vec<PlannedSnippet>,
    settings: Vec<(String, SettingsFile)>,
    pages: BTreeMap<String, Planned>,
    locales: BTreeSet<String>,
}

impl Files {
    /// What files say of each other.
    fn check(&self) -> Result<(), SeedError> {
        if !self.pages.contains_key("/") {
            return Err(no_home("seed/pages/index.toml"));
        }
        for code in &self.locales {
            let prefix = prefix(Some(code));
            let home = format!("{prefix}/");
            let within = |(path, page): &(&String, &Planned)| path.starts_with(&home) && page.locale.is_none();
            if let Some((_, page)) = self.pages.iter().find(within) {
                return Err(page.mistake(format!("{home} is the address of the language {code}")));
            }
            if !self.pages.contains_key(&home) {
                return Err(no_home(&format!("seed/{LOCALES}{code}/pages/index.toml")));
            }
        }
        let mut translated: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (path, planned) in &self.pages {
            let Some((code, original)) = self.original(path, planned)? else { continue };
            if let Some(other) = translated.insert((code, original), &planned.file) {
                return Err(planned.mistake(format!("translation_of: {other} translates {original} already")));
            }
        }
        Ok(())
    }

    /// The language of a page, and the path of what it translates; a language's home page translates the home page.
    fn original<'p>(&'p self, path: &str, planned: &'p Planned) -> Result<Option<(&'p str, &'p str)>, SeedError> {
        let given = planned.page.translation_of.as_deref();
        let Some(code) = planned.locale.as_deref() else {
            let mistake = |_| planned.mistake("translation_of: a page of the main language is an original".to_owned());
            return given.map_or(Ok(None), |given| Err(mistake(given)));
        };
        let is_home = path.strip_prefix(&prefix(Some(code))) == Some("/");
        let Some(original) = given.or(is_home.then_some("/")) else { return Ok(None) };
        if is_home && original != "/" {
            return Err(planned.mistake("translation_of: a home page translates the home page".to_owned()));
        }
        let Some(found) = self.pages.get(original).filter(|found| found.locale.is_none()) else {
            return Err(planned.mistake(format!("translation_of: there is no page of the main language at {original}")));
        };
        let (theirs, ours) = (&found.page.r#type, &planned.page.r#type);
        if theirs != ours {
            return Err(planned.mistake(format!("translation_of: {original} is a {theirs}, and this is a {ours}")));
        }
        Ok(Some((code, original)))
    }

    /// The path of the page that the one at `path` translates.
    pub fn translated_by(&self, path: &str) -> Option<&str> {
        self.original(path, self.pages.get(path)?).ok().flatten().map(|(_, original)| original)
    }

    /// Originals before translations, parents before children, siblings by `order` and then by path.
    pub fn in_tree_order(&self) -> Vec<(&str, &Planned)> {
        let mut ordered: Vec<_> = self.pages.iter().map(|(path, planned)| (path.as_str(), planned)).collect();
        ordered.sort_by_key(|(path, planned)| {
            (planned.locale.is_some(), path.matches('/').count(), planned.page.order, *path)
        });
        ordered
    }
}

/// What public paths in a language begin with: nothing in the main one, else such as `/de`.
pub(super) fn prefix(locale: Option<&str>) -> String {
    locale.map_or_else(String::new, |code| format!("/{}", code.to_ascii_lowercase()))
}

/// The public path of the home page of a page's language.
pub(super) fn home(planned: &Planned) -> String {
    prefix(planned.locale.as_deref()) + "/"
}

/// `/blog/tides/` -> (`/blog/`, `tides`).
pub(super) fn split(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    let slash = trimmed.rfind('/').unwrap_or(0);
    (&path[..=slash], &trimmed[slash + 1..])
}

/// `blog/index` -> `/blog/`.
fn path_of(page: &str) -> String {
    match page.strip_suffix("index") {
        Some("") => "/".to_owned(),
        Some(folder) if folder.ends_with('/') => format!("/{folder}"),
        _ => format!("/{page}/"),
    }
}

fn canonical(file: &str, code: &str) -> Result<String, SeedError> {
    let known = locale::canonical(code).filter(|known| known == code);
    known.ok_or_else(|| {
        let message = format!("{LOCALES}{code}: folders are named by languages, such as de or pt-BR");
        SeedError::File { file: file.to_owned(), message }
    })
}

fn no_home(file: &str) -> SeedError {
    SeedError::File { file: file.to_owned(), message: "there is no home page".to_owned() }
}

fn read<T: for<'d> Deserialize<'d>>(file: &str, text: &str) -> Result<T, SeedError> {
    toml::from_str(text).map_err(|error| SeedError::File { file: file.to_owned(), message: error.to_string() })
}

fn time(file: &str, text: &str) -> Result<Micros, SeedError> {
    let parsed = text.parse::<jiff::Timestamp>();
    parsed
        .map(|at| Micros(at.as_microsecond()))
        .map_err(|error| SeedError::File { file: file.to_owned(), message: format!("published_at: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "type = \"a.Page\"\ntitle = \"x\"\n";

    /// Files of a site with a home page in English and German, and these.
    fn mistake(more: &[(&str, &str)]) -> String {
        let mut files = vec![
            ("seed/site.toml", "name = \"x\""),
            ("seed/pages/index.toml", PAGE),
            ("seed/pages/about.toml", PAGE),
            ("seed/locales/de/pages/index.toml", PAGE),
        ];
        files.retain(|(file, _)| more.iter().all(|(other, _)| other != file));
        files.extend_from_slice(more);
        let files: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        parse(&files).err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn translating(original: &str) -> String {
        format!("{PAGE}translation_of = \"{original}\"\n")
    }

    #[test]
    fn a_translation_names_a_page_of_the_main_language() {
        let (about, nothing) = (translating("/about/"), translating("/nothing/"));
        assert_eq!(mistake(&[("seed/locales/de/pages/ueber.toml", &about)]), "");
        let said = mistake(&[("seed/locales/de/pages/ueber.toml", &nothing)]);
        assert!(said.starts_with("seed/locales/de/pages/ueber.toml: translation_of: there is no page"), "{said}");
        let said = mistake(&[("seed/locales/de/pages/a.toml", &translating("/de/"))]);
        assert!(said.contains("no page of the main language at /de/"), "{said}");
        let said = mistake(&[("seed/locales/de/pages/a.toml", &about), ("seed/locales/de/pages/b.toml", &about)]);
        assert!(said.contains("b.toml: translation_of: seed/locales/de/pages/a.toml translates /about/"), "{said}");
        let said = mistake(&[("seed/pages/more.toml", &about)]);
        assert!(said.starts_with("seed/pages/more.toml: translation_of:"), "{said}");
        let other = about.replace("a.Page", "b.Page");
        let said = mistake(&[("seed/locales/de/pages/a.toml", &other)]);
        assert!(said.contains("translation_of: /about/ is a a.Page, and this is a b.Page"), "{said}");
        let said = mistake(&[("seed/locales/de/pages/index.toml", &about)]);
        assert!(said.contains("index.toml: translation_of: a home page"), "{said}");
    }

    #[test]
    fn a_language_has_a_folder_with_a_home_page() {
        let said = mistake(&[("seed/locales/fr/pages/a.toml", PAGE)]);
        assert_eq!(said, "seed/locales/fr/pages/index.toml: there is no home page");
        let said = mistake(&[("seed/locales/de_DE/pages/index.toml", PAGE)]);
        assert!(said.contains("locales/de_DE: folders are named by languages"), "{said}");
        let said = mistake(&[("seed/locales/de/settings/site.toml", "type = \"x.Y\"")]);
        assert!(said.starts_with("seed/locales/de/settings/site.toml: a language has"), "{said}");
        let said = mistake(&[("seed/locales/fr/snippets/a.toml", "type = \"x.Y\"\nname = \"x\"")]);
        assert_eq!(said, "seed/locales/fr/pages/index.toml: there is no home page");
        for file in ["seed/pages/de.toml", "seed/pages/de/more.toml"] {
            assert_eq!(mistake(&[(file, PAGE)]), format!("{file}: /de/ is the address of the language de"));
        }
    }

    #[test]
    fn paths_are_those_of_visitors() {
        assert_eq!([path_of("index"), path_of("blog/index"), path_of("about")], ["/", "/blog/", "/about/"]);
        assert_eq!(split("/de/journal/tiden/"), ("/de/journal/", "tiden"));
        assert_eq!(prefix(Some("pt-BR")), "/pt-br");
    }
}
