//! What a list of rows is narrowed to, as addresses say it: `account=DE1&booked__gte=2026-01-01&amount__lt=0`.

use jiff::civil::Time;

use super::key::{self, END, GAP};
use crate::content::types::{ContentType, FieldKind, RecordOptions, RecordShape};

/// Values of one `in`.
const MAX_VALUES: usize = 100;
/// Longest text that is looked for.
pub const MAX_TEXT: usize = 120;
/// Words that are looked for at once.
const MAX_WORDS: usize = 8;
/// Filters of one list.
const MAX_FILTERS: usize = 16;
const OPERATORS: [&str; 11] = ["eq", "ne", "lt", "lte", "gt", "gte", "in", "range", "isnull", "startswith", "contains"];

/// One condition: the place that a row has under a name is in one of these spans, or looks like this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub(super) name: String,
    /// From the first, up to but without the second.
    pub(super) spans: Vec<(String, String)>,
    /// A pattern of LIKE, with ! before what stands for itself.
    pub(super) like: Option<String>,
    /// Whether it is for one value alone.
    pub(super) is_one: bool,
}

/// One way in which lists of a type are narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    pub name: String,
    pub shape: RecordShape,
    pub operator: &'static str,
}

impl Asking {
    /// As an address says it.
    pub fn parameter(&self) -> String {
        if self.operator == "eq" { self.name.clone() } else { format!("{}__{}", self.name, self.operator) }
    }
}

/// All ways in which lists of a type are narrowed, but by words.
pub fn asking(of_type: &ContentType, records: &RecordOptions) -> Vec<Asking> {
    let of_name = |name: &String| {
        let shape = key::shape_of(of_type, name)?;
        let each = |operator| Asking { name: name.clone(), shape, operator };
        Some(operators(shape).into_iter().map(each).collect::<Vec<_>>())
    };
    records.filters.iter().filter_map(of_name).flatten().collect()
}

/// Why a filter is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("lists are not narrowed by {name}; they are by: {}", .known.join(", "))]
    Unknown { name: String, known: Vec<String> },
    #[error("{operator} is not something that {name} is compared by: {}", .known.join(", "))]
    Operator { name: String, operator: String, known: Vec<&'static str> },
    #[error("{name}: {expected}")]
    Value { name: String, expected: &'static str },
    #[error("there are too many filters, or words: at most {0}")]
    TooMany(usize),
}

/// Behind all places that are just this text.
fn behind(place: &str) -> String {
    format!("{place}{GAP}")
}

/// Where there is a value at all.
fn some() -> (String, String) {
    (behind(""), END.to_owned())
}

fn pattern(text: &str) -> String {
    text.chars().flat_map(|letter| if "!%_".contains(letter) { vec!['!', letter] } else { vec![letter] }).collect()
}

fn expected(shape: RecordShape) -> &'static str {
    match shape {
        RecordShape::Text | RecordShape::Plain => "it is a text without control characters",
        RecordShape::Number => "it is a number such as 12.50",
        RecordShape::Flag => "it is true or false",
        RecordShape::Moment => "it is a time such as 2026-12-24T18:00:00Z, or a day",
    }
}

/// Days and times of day as they are stored; other texts as they are.
fn normal(kind: Option<&FieldKind>, text: &str) -> Result<String, &'static str> {
    let trimmed = text.trim();
    match kind {
        Some(FieldKind::Date) => key::day(trimmed).map(|day| day.to_string()).ok_or("it is a day such as 2026-12-24"),
        Some(FieldKind::Time) => {
            let time = Some(trimmed).filter(|text| text.as_bytes().get(2) == Some(&b':'));
            let time = time.and_then(|text| text.parse::<Time>().ok());
            time.map(|time| time.to_string()).ok_or("it is a time of day such as 18:30")
        }
        _ => Ok(text.to_owned()),
    }
}

fn operators(shape: RecordShape) -> Vec<&'static str> {
    let of_texts = ["startswith", "contains"];
    let fits = |operator: &&str| match shape {
        RecordShape::Text => true,
        RecordShape::Flag => ["eq", "ne", "isnull"].contains(operator),
        _ => !of_texts.contains(operator),
    };
    OPERATORS.into_iter().filter(|operator| fits(operator)).collect()
}

impl Filter {
    fn of(name: &str, spans: Vec<(String, String)>) -> Self {
        Self { name: name.to_owned(), spans, like: None, is_one: false }
    }

    /// Reads `name__operator` with its value.
    ///
    /// # Errors
    /// What [`FilterError`] says.
    pub fn parse(
        (of_type, records): (&ContentType, &RecordOptions),
        named: &str,
        text: &str,
    ) -> Result<Self, FilterError> {
        let (name, operator) = named.split_once("__").unwrap_or((named, "eq"));
        let shape = records.filters.iter().any(|known| known == name).then(|| key::shape_of(of_type, name)).flatten();
        let Some(shape) = shape else {
            return Err(FilterError::Unknown { name: name.chars().take(64).collect(), known: records.filters.clone() });
        };
        let known = operators(shape);
        if !known.contains(&operator) {
            let operator = operator.chars().take(64).collect();
            return Err(FilterError::Operator { name: name.to_owned(), operator, known });
        }
        let wrong = |expected| FilterError::Value { name: named.to_owned(), expected };
        let kind = of_type.field(name).map(|field| &field.kind);
        let place = |text: &str| {
            let normal = normal(kind, text).map_err(wrong)?;
            let place = key::of_text(shape, &normal).filter(|_| normal.chars().count() <= MAX_TEXT);
            place.ok_or_else(|| wrong(expected(shape)))
        };
        let one = |place: String| (place.clone(), behind(&place));
        let (first, end) = some();
        Ok(match operator {
            "eq" => Self { is_one: true, ..Self::of(name, vec![one(place(text)?)]) },
            "ne" => {
                let (from, to) = one(place(text)?);
                Self::of(name, vec![(String::new(), from), (to, end)])
            }
            "lt" => Self::of(name, vec![(first, place(text)?)]),
            "lte" => Self::of(name, vec![(first, behind(&place(text)?))]),
            "gt" => Self::of(name, vec![(behind(&place(text)?), end)]),
            "gte" => Self::of(name, vec![(place(text)?.max(first), end)]),
            "range" => {
                let (from, to) = text.split_once(',').ok_or_else(|| wrong("it is two values with a comma between"))?;
                Self::of(name, vec![(place(from)?.max(first), behind(&place(to)?))])
            }
            "in" => {
                let places = text.split(',').map(|one| place(one.trim())).collect::<Result<Vec<_>, _>>()?;
                if places.len() > MAX_VALUES {
                    return Err(FilterError::TooMany(MAX_VALUES));
                }
                Self::of(name, places.into_iter().map(one).collect())
            }
            "isnull" => match text {
                "true" => Self { is_one: true, ..Self::of(name, vec![(String::new(), behind(""))]) },
                "false" => Self::of(name, vec![some()]),
                _ => return Err(wrong("it is true or false")),
            },
            "startswith" => {
                let place = place(text)?;
                Self::of(name, vec![(place.clone(), format!("{place}{END}"))])
            }
            _ => Self { like: Some(format!("%{}%", pattern(&place(text)?))), ..Self::of(name, vec![some()]) },
        })
    }

    /// The span that all of it is in.
    pub(super) fn hull(&self) -> (&str, &str) {
        let first = self.spans.iter().map(|(from, _)| from.as_str()).min().unwrap_or_default();
        let last = self.spans.iter().map(|(_, to)| to.as_str()).max().unwrap_or_default();
        (first, last)
    }

    /// Whether whatever is in the hull fits.
    pub(super) fn is_hull(&self) -> bool {
        self.spans.len() == 1 && self.like.is_none()
    }
}

/// The words that a row has, each at the beginning of one of its own.
///
/// # Errors
/// [`FilterError::TooMany`].
pub fn words(text: &str) -> Result<Vec<Filter>, FilterError> {
    let found = key::words(text);
    if found.len() > MAX_WORDS {
        return Err(FilterError::TooMany(MAX_WORDS));
    }
    let of_word = |word: String| Filter {
        name: key::WORDS.to_owned(),
        spans: vec![(word.clone(), format!("{word}{END}"))],
        like: Some(format!("% {}%", pattern(&word))),
        is_one: false,
    };
    Ok(found.into_iter().map(of_word).collect())
}

/// Whether there are no more filters than a list takes.
///
/// # Errors
/// [`FilterError::TooMany`].
pub fn bounded(filters: &[Filter]) -> Result<(), FilterError> {
    if filters.len() > MAX_FILTERS { Err(FilterError::TooMany(MAX_FILTERS)) } else { Ok(()) }
}
