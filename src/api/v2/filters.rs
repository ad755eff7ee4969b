//! What lists are narrowed to and ordered by: values read as Django's fields read them, refused in its words.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::answer::Refusal;
use super::model::{Entry, Model};
use super::params::Params;
use super::python;
use super::shape::is_long;
use crate::content::read::{Key, MAX_KEYS, Order};
use crate::content::types::FieldKind;

/// Names that one filter on tags gives.
const MAX_TAGS: usize = 20;
/// Longest decimal number, in characters, and its largest exponent.
const MAX_DECIMAL: usize = 100;
const MAX_EXPONENT: i16 = 300;

/// A field, and what it must be.
#[derive(Clone, Debug)]
pub struct FieldFilter<'t> {
    pub entry: Entry<'t>,
    /// As it is stored, written as text.
    pub value: String,
}

/// How a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Int,
    Boolean,
    Id,
    Float,
    Decimal,
    Date,
    Time,
    Instant,
    Micros,
    Tags,
    Text,
}

impl Entry<'_> {
    fn reading(&self) -> Reading {
        let Some(field) = self.field else {
            return match self.name {
                "id" | "width" | "height" => Reading::Int,
                "show_in_menus" => Reading::Boolean,
                "alias_of" => Reading::Id,
                "first_published_at" => Reading::Micros,
                "tags" => Reading::Tags,
                _ => Reading::Text,
            };
        };
        match field.kind {
            FieldKind::Integer { .. } => Reading::Int,
            FieldKind::Float { .. } => Reading::Float,
            FieldKind::Decimal { .. } => Reading::Decimal,
            FieldKind::Boolean => Reading::Boolean,
            FieldKind::Date => Reading::Date,
            FieldKind::Time => Reading::Time,
            FieldKind::DateTime => Reading::Instant,
            FieldKind::Page { .. }
            | FieldKind::Snippet { .. }
            | FieldKind::Snippets { .. }
            | FieldKind::Image
            | FieldKind::Document => Reading::Id,
            FieldKind::Tags { .. } => Reading::Tags,
            _ => Reading::Text,
        }
    }

    /// Whether it is compared as a number.
    fn is_number(&self) -> bool {
        use Reading::{Boolean, Decimal, Float, Id, Int, Micros};
        // Booleans of a document are compared as they are written.
        let reading = self.reading();
        matches!(reading, Int | Id | Float | Decimal | Micros) || (reading == Boolean && self.field.is_none())
    }

    /// Whether a list can be put in its order: what has several values, or is long, has none.
    fn is_ordered(&self) -> bool {
        let has_many =
            self.field.is_some_and(|field| matches!(field.kind, FieldKind::Snippets { .. }) || is_long(&field.kind));
        self.is_filtered() && self.reading() != Reading::Tags && !has_many
    }
}

/// With a zero before each part that has one digit, as Django takes dates and times.
fn two_digits(text: &str, between: char) -> String {
    let parts: Vec<String> = text.split(between).map(|part| format!("{part:0>2}")).collect();
    parts.join(&between.to_string())
}

/// A moment, of a date and time or of a date alone.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let of_civil = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let parsed = text.parse::<Timestamp>().ok();
    parsed.or_else(|| text.parse::<DateTime>().ok().and_then(of_civil))
}

/// A number of a column, for one that none can have: no id is below 1.
const NONE: i64 = -1;

/// A decimal number that any database reads: not of more digits, nor with a larger exponent, than values have.
fn is_decimal(text: &str) -> bool {
    let exponent = text.split_once(['e', 'E']).map_or(Ok(0), |(_, exponent)| exponent.parse::<i16>());
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    is_number && text.len() <= MAX_DECIMAL && exponent.is_ok_and(|exponent| exponent.abs() <= MAX_EXPONENT)
}

/// The value as it is stored, or why there is none.
fn read(reading: Reading, name: &str, given: &str) -> Result<String, String> {
    let number_expected = || format!("Field '{name}' expected a number but got {}.", python::repr(given));
    let trimmed = given.trim();
    match reading {
        Reading::Int => python::int(given)
            .map(|number| number.to_string())
            .ok_or_else(|| format!("invalid literal for int() with base 10: {}", python::repr(given))),
        Reading::Id => python::int(given)
            .map(|number| i64::try_from(number).unwrap_or(NONE).to_string())
            .ok_or_else(|| format!("Field 'id' expected a number but got {}.", python::repr(given))),
        Reading::Boolean => match given {
            "true" | "1" => Ok("true".to_owned()),
            "false" | "0" => Ok("false".to_owned()),
            _ => Err(format!("expected 'true' or 'false', got '{given}'")),
        },
        Reading::Float => {
            let number = trimmed.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(|number| serde_json::json!(number).to_string()).ok_or_else(number_expected)
        }
        Reading::Decimal => match is_decimal(trimmed) {
            true => Ok(trimmed.to_owned()),
            false => Err(number_expected()),
        },
        Reading::Date => two_digits(trimmed, '-')
            .parse::<Date>()
            .map(|date| date.to_string())
            .map_err(|_| format!("“{given}” value has an invalid date format. It must be in YYYY-MM-DD format.")),
        Reading::Time => two_digits(trimmed, ':')
            .parse::<Time>()
            .map(|time| time.to_string())
            .map_err(|_| format!("“{given}” value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format.")),
        Reading::Instant | Reading::Micros => {
            let found = instant(given).ok_or_else(|| {
                format!(
                    "“{given}” value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
                )
            })?;
            Ok(match reading {
                Reading::Micros => found.as_microsecond().to_string(),
                _ => found.to_string(),
            })
        }
        Reading::Tags | Reading::Text => Ok(given.to_owned()),
    }
}

/// What the parameters narrow a list of a model to, in their order.
///
/// # Errors
/// For a value that the field cannot have.
pub fn filters<'t>(model: Model<'t>, params: &Params) -> Result<Vec<FieldFilter<'t>>, Refusal> {
    let entries = model.entries();
    let mut filters = Vec::new();
    for (name, given) in params.iter().filter(|(name, _)| *name != "locale") {
        let Some(entry) = entries.iter().find(|entry| entry.name == name && entry.is_filtered()) else { continue };
        let value = read(entry.reading(), name, given).map_err(|why| {
            Refusal::bad(format!("field filter error. '{given}' is not a valid value for {name} ({why})"))
        })?;
        if value.contains('\0') {
            return Err(Refusal::bad(format!("field filter error. null characters are not allowed for {name}")));
        }
        if entry.reading() == Reading::Tags {
            if value.split(',').count() > MAX_TAGS {
                return Err(Refusal::bad(format!("at most {MAX_TAGS} tags can be given for {name}")));
            }
            filters.extend(value.split(',').map(|tag| FieldFilter { entry: *entry, value: tag.to_owned() }));
        } else {
            filters.push(FieldFilter { entry: *entry, value });
        }
    }
    Ok(filters)
}

impl FieldFilter<'_> {
    pub fn is_tag(&self) -> bool {
        self.entry.reading() == Reading::Tags
    }
}

/// What a list is ordered by.
///
/// # Errors
/// For fields that a list cannot be ordered by.
pub fn order(model: Model<'_>, params: &Params) -> Result<Order, Refusal> {
    let Some(given) = params.find("order").filter(|order| !order.is_empty()) else { return Ok(Order::Tree) };
    let names: Vec<&str> = given.split(',').collect();
    if names.contains(&"random") {
        if names.len() > 1 {
            return Err(Refusal::bad("random ordering cannot be combined with other fields"));
        }
        if params.has("offset") {
            return Err(Refusal::bad("random ordering with offset is not supported"));
        }
        return Ok(Order::Random);
    }
    let entries = model.entries();
    let mut keys: Vec<Key> = Vec::new();
    for name in &names {
        let plain = name.trim_start_matches('-');
        let Some(entry) = entries.iter().find(|entry| entry.name == plain && entry.is_ordered()) else {
            return Err(Refusal::bad(format!("cannot order by '{name}' (unknown field)")));
        };
        let descending = name.starts_with('-');
        keys.push(Key { name: plain.to_owned(), is_number: entry.is_number(), descending });
    }
    if names.iter().any(|name| name.starts_with("--")) {
        return Err(Refusal::bad(format!("cannot order by '{given}' (invalid field)")));
    }
    if keys.len() > MAX_KEYS {
        return Err(Refusal::bad(format!("at most {MAX_KEYS} fields can be given to order by")));
    }
    Ok(Order::Keys(keys))
}

/// Refuses what cannot be done while searching.
///
/// # Errors
/// In Wagtail's words.
pub fn check_search(model: Model<'_>, filters: &[FieldFilter<'_>], order: &Order) -> Result<(), Refusal> {
    if filters.iter().any(FieldFilter::is_tag) {
        return Err(Refusal::bad("filtering by tag with a search query is not supported"));
    }
    let is_indexed = |name: &str, is_own: bool| match model {
        Model::Page(_) => is_own && matches!(name, "id" | "title" | "show_in_menus" | "first_published_at"),
        _ => matches!(name, "id" | "title"),
    };
    let refused = |what: &str, name: &str| {
        Err(Refusal::bad(format!("cannot {what} by '{name}' while searching (field is not indexed)")))
    };
    for filter in filters {
        if !is_indexed(filter.entry.name, filter.entry.field.is_none()) {
            return refused("filter", filter.entry.name);
        }
    }
    match order {
        Order::Random => refused("order", "?"),
        Order::Keys(keys) => match keys.iter().find(|key| !is_indexed(&key.name, true)) {
            Some(key) => refused("order", &key.name),
            None => Ok(()),
        },
        Order::Tree => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
        result.expect_err("a refusal").message
    }

    fn of_page(query: &str) -> Result<Vec<String>, Refusal> {
        let found = filters(Model::Page(None), &Params::parse(query).expect("few parameters"))?;
        Ok(found.into_iter().map(|filter| filter.value).collect())
    }

    #[test]
    fn values_are_read_as_django_reads_them() {
        assert_eq!(of_page("id= 1_6&show_in_menus=0&slug=a").ok(), Some(vec!["16".into(), "false".into(), "a".into()]));
        let moment = of_page("first_published_at=2026-11-21T10:07:24.995892%2B09:00").ok();
        assert_eq!(moment, Some(vec!["1795223244995892".to_owned()]));
        assert_eq!(of_page("alias_of=99999999999999999999").ok(), Some(vec!["-1".into()]), "there is no such page");
        for (text, is) in [("1.50", true), ("-2e3", true), ("1e-99999", false), ("1e400", false), ("inf", false)] {
            assert_eq!(is_decimal(text), is, "{text}");
        }
        assert_eq!(of_page("first_published_at=1970-01-02").ok(), Some(vec!["86400000000".to_owned()]));
        for (query, words) in [
            ("id=abc", "'abc' is not a valid value for id (invalid literal for int() with base 10: 'abc')"),
            ("alias_of=abc", "'abc' is not a valid value for alias_of (Field 'id' expected a number but got 'abc'.)"),
            (
                "show_in_menus=True",
                "'True' is not a valid value for show_in_menus (expected 'true' or 'false', got 'True')",
            ),
            ("show_in_menus=", "'' is not a valid value for show_in_menus (expected 'true' or 'false', got '')"),
            ("slug=a%00b", "null characters are not allowed for slug"),
        ] {
            assert_eq!(message(of_page(query)), format!("field filter error. {words}"), "{query}");
        }
        assert!(message(of_page("first_published_at=abc")).contains("has an invalid format"));
        assert_eq!(of_page("detail_url=a&type=b&locale=en&html_url=c&parent=1").ok(), Some(Vec::new()));
    }

    #[test]
    fn orders_are_refused_in_wagtails_words() {
        let of = |query: &str| order(Model::Page(None), &Params::parse(query).expect("few parameters"));
        assert_eq!(of("").ok(), Some(Order::Tree));
        assert_eq!(of("order=").ok(), Some(Order::Tree));
        assert_eq!(of("order=random").ok(), Some(Order::Random));
        let key = |name: &str, is_number, descending| Key { name: name.into(), is_number, descending };
        let keys = vec![key("first_published_at", true, true), key("title", false, false)];
        assert_eq!(of("order=-first_published_at,title").ok(), Some(Order::Keys(keys)));
        for (query, words) in [
            ("order=x", "cannot order by 'x' (unknown field)"),
            ("order=title,", "cannot order by '' (unknown field)"),
            ("order=-x", "cannot order by '-x' (unknown field)"),
            ("order=--title", "cannot order by '--title' (invalid field)"),
            ("order=detail_url", "cannot order by 'detail_url' (unknown field)"),
            ("order=random&offset=0", "random ordering with offset is not supported"),
            ("order=random,title", "random ordering cannot be combined with other fields"),
        ] {
            assert_eq!(message(of(query)), words, "{query}");
        }
    }

    #[test]
    fn a_search_takes_what_is_indexed_alone() {
        let check = |query: &str| {
            let params = Params::parse(query).expect("few parameters");
            let found = filters(Model::Image, &params).expect("valid");
            check_search(Model::Image, &found, &order(Model::Image, &params).expect("valid"))
        };
        check("title=a&order=-id").expect("indexed");
        assert_eq!(message(check("tags=a")), "filtering by tag with a search query is not supported");
        assert_eq!(message(check("width=3")), "cannot filter by 'width' while searching (field is not indexed)");
        assert_eq!(message(check("order=width")), "cannot order by 'width' while searching (field is not indexed)");
        assert_eq!(message(check("order=random")), "cannot order by '?' while searching (field is not indexed)");
    }
}
