//! The parameters of a request: Django's `QueryDict`, and what is read of it before anything is looked up.

use super::answer::Refusal;
use super::fields::{self, Named};
use super::python;
use crate::render::rich_text::Format;

/// Parameters of one request, as Django's DATA_UPLOAD_MAX_NUMBER_FIELDS bounds them.
const MAX_PARAMETERS: usize = 1_000;
/// How many there are without `limit`, where as many may be.
const USUAL_LIMIT: i64 = 20;

/// What every list takes.
const COMMON: &[&str] =
    &["limit", "offset", "fields", "order", "search", "search_operator", "rich_text_format", "_", "format"];
/// What lists of pages take beside.
const OF_PAGES: &[&str] = &["type", "child_of", "ancestor_of", "descendant_of", "translation_of", "locale", "site"];

/// A page that a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The root of the site.
    Root,
    Id(i64),
}

/// Names in the order in which they came first, each with all its values.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, Vec<String>)>);

impl Params {
    /// # Errors
    /// When there are too many.
    pub fn parse(query: &str) -> Result<Self, Refusal> {
        let mut params: Vec<(String, Vec<String>)> = Vec::new();
        for (count, (name, value)) in url::form_urlencoded::parse(query.as_bytes()).enumerate() {
            if count == MAX_PARAMETERS {
                return Err(Refusal::bad("too many query parameters"));
            }
            match params.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value.into_owned()),
                None => params.push((name.into_owned(), vec![value.into_owned()])),
            }
        }
        Ok(Self(params))
    }

    /// The last value of a name.
    pub fn find(&self, name: &str) -> Option<&str> {
        let (_, values) = self.0.iter().find(|(known, _)| known == name)?;
        values.last().map(String::as_str)
    }

    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Each name with its last value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str())))
    }

    /// All but some, as Django's `urlencode` writes them.
    pub fn without(&self, dropped: &[&str]) -> String {
        let mut out = String::new();
        for (name, values) in self.0.iter().filter(|(name, _)| !dropped.contains(&name.as_str())) {
            for value in values {
                if !out.is_empty() {
                    out.push('&');
                }
                python::quote_plus(name, &mut out);
                out.push('=');
                python::quote_plus(value, &mut out);
            }
        }
        out
    }

    /// Refuses names that are neither a field that can be filtered on nor a parameter.
    ///
    /// # Errors
    /// With the names, in order.
    pub fn check_names(&self, of_pages: bool, is_field: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        let is_known = |name: &str| COMMON.contains(&name) || (of_pages && OF_PAGES.contains(&name)) || is_field(name);
        let mut unknown: Vec<&str> = self.iter().map(|(name, _)| name).filter(|name| !is_known(name)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        let names = unknown.join(", ");
        Err(Refusal::bad(format!("query parameter is not an operation or a recognised field: {names}")))
    }

    /// A page that a parameter names: a whole number, or `root` where that is taken.
    ///
    /// # Errors
    /// When it is neither.
    pub fn page(&self, name: &'static str, takes_root: bool) -> Result<Option<Origin>, Refusal> {
        let Some(given) = self.find(name) else { return Ok(None) };
        match python::int(given).filter(|id| *id >= 0) {
            // What is larger than any id is the id of no page.
            Some(id) => Ok(Some(Origin::Id(i64::try_from(id).unwrap_or(i64::MAX)))),
            None if takes_root && given == "root" => Ok(Some(Origin::Root)),
            None => Err(Refusal::bad(format!("{name} must be a positive integer"))),
        }
    }

    /// How many, and never more than `most`; behind how many.
    ///
    /// # Errors
    /// For what is no such number, and a limit beyond `most`.
    pub fn window(&self, most: i64) -> Result<(i64, i64), Refusal> {
        let number = |name: &'static str, default: i64| match self.find(name).map(python::int) {
            None => Ok(default),
            Some(Some(number)) if number >= 0 => Ok(i64::try_from(number).unwrap_or(i64::MAX)),
            Some(_) => Err(Refusal::bad(format!("{name} must be a positive integer"))),
        };
        let offset = number("offset", 0)?;
        let limit = number("limit", USUAL_LIMIT.min(most))?;
        if limit > most {
            return Err(Refusal::bad(format!("limit cannot be higher than {most}")));
        }
        Ok((limit, offset))
    }

    /// # Errors
    /// What is wrong with the grammar of `fields`.
    pub fn fields(&self) -> Result<Vec<Named>, Refusal> {
        let parsed = fields::parse(self.find("fields").unwrap_or(""));
        parsed.map_err(|error| Refusal::bad(format!("fields error: {error}")))
    }

    /// `and`, `or` or nothing, in small letters.
    ///
    /// # Errors
    /// For anything else.
    pub fn search_operator(&self) -> Result<String, Refusal> {
        let operator = self.find("search_operator").unwrap_or("").to_lowercase();
        match operator.as_str() {
            "" | "and" | "or" => Ok(operator),
            _ => Err(Refusal::bad("search_operator must be 'and' or 'or'")),
        }
    }

    /// # Errors
    /// For a format that is none.
    pub fn rich_text_format(&self) -> Result<Format, Refusal> {
        let given = self.find("rich_text_format");
        given.map_or(Ok(Format::DbHtml), |name| Format::find(name).map_err(|error| Refusal::bad(error.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::parse(query).expect("few parameters")
    }

    fn message<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
        result.expect_err("a refusal").message
    }

    #[test]
    fn the_last_value_counts_and_all_are_kept_in_redirects() {
        let params = params("id=1&fields=_,id,type&x=a+b&id=2&x=%C3%A9");
        assert_eq!(params.find("id"), Some("2"));
        assert_eq!(params.without(&["id"]), "fields=_%2Cid%2Ctype&x=a+b&x=%C3%A9");
        assert_eq!(params.without(&["id", "fields", "x"]), "");
    }

    #[test]
    fn unknown_names_are_told_in_order() {
        let check = |query: &str| params(query).check_names(true, |name| name == "title");
        check("title=a&limit=1&_=2&format=json&type=x&rich_text_format=html").expect("all known");
        let words = "query parameter is not an operation or a recognised field: aaa, zzz";
        assert_eq!(message(check("zzz=1&title=2&aaa=3")), words);
        assert!(params("type=x").check_names(false, |_| false).is_err(), "images have no type");
    }

    #[test]
    fn windows_are_refused_in_wagtails_words() {
        assert_eq!(params("").window(20).ok(), Some((20, 0)));
        assert_eq!(params("limit=0&offset=99999999999999999999").window(20).ok(), Some((0, i64::MAX)));
        for bad in ["limit=abc", "limit=-1", "limit=", "limit=5.0"] {
            assert_eq!(message(params(bad).window(20)), "limit must be a positive integer", "{bad}");
        }
        for bad in ["offset=abc&limit=x", "offset=-1", "offset="] {
            assert_eq!(message(params(bad).window(20)), "offset must be a positive integer", "{bad}");
        }
        assert_eq!(message(params("limit=21").window(20)), "limit cannot be higher than 20");
        assert_eq!(message(params("limit=6").window(5)), "limit cannot be higher than 5");
        assert_eq!((params("").window(5).ok(), params("limit=50").window(50).ok()), (Some((5, 0)), Some((50, 0))));
        assert_eq!(params("").window(50).ok(), Some((20, 0)));
    }

    #[test]
    fn pages_are_named_by_number_or_as_the_root() {
        let page = |query: &str| params(query).page("child_of", true);
        assert_eq!(page("").ok(), Some(None));
        assert_eq!(page("child_of=1_6").ok(), Some(Some(Origin::Id(16))));
        assert_eq!(page("child_of=root").ok(), Some(Some(Origin::Root)));
        for bad in ["child_of=", "child_of=-1", "child_of=5.0", "child_of=Root"] {
            assert_eq!(message(page(bad)), "child_of must be a positive integer", "{bad}");
        }
        let refused = params("ancestor_of=root").page("ancestor_of", false);
        assert_eq!(message(refused), "ancestor_of must be a positive integer");
    }

    #[test]
    fn formats_of_rich_text_are_those_of_wagtail_8() {
        assert_eq!(params("").rich_text_format().ok(), Some(Format::DbHtml));
        assert_eq!(
            message(params("rich_text_format=x").rich_text_format()),
            "rich_text_format must be one of 'db_html', 'db_markdown', 'html', 'markdown', got 'x'"
        );
    }
}
