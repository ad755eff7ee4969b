//! Values as texts whose order, byte by byte, is that of the values: what an index of rows holds. Nothing is the empty
//! text, and comes first.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::content::types::{ContentType, RecordOptions, RecordShape};

/// Behind every place.
pub(super) const END: &str = "\u{10FFFF}";
/// Between the two parts of a place, and behind all places that are just one text: no place has it otherwise.
pub(super) const GAP: char = '\u{1}';
/// Characters of a text that count for its order.
const MAX_TEXT: usize = 120;
/// Words of one row that are found.
const MAX_WORDS: usize = 60;
/// Characters of a word that count.
const MAX_WORD: usize = 40;
/// The powers of ten that numbers are told apart by are between minus this and this.
const MAX_EXPONENT: i64 = 499;
/// Digits that count.
const MAX_DIGITS: usize = 110;
/// The name of the index of all rows, and of the words.
pub(super) const ALL: &str = "id";
pub(super) const WORDS: &str = "__words";

/// Without case, without control characters and what is behind all texts, as far as it counts.
fn folded(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let fits = |letter: char| !letter.is_control() && !END.contains(letter);
    lower.chars().take(MAX_TEXT).map(|letter| if fits(letter) { letter } else { ' ' }).collect()
}

/// Errors: it is no number, or beyond what is told apart.
fn number(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (is_negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let exponent: i64 = exponent.parse().ok()?;
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let Some(first) = all.find(|digit| digit != '0') else { return Some("1".to_owned()) };
    let power = (whole.len() as i64 - first as i64).checked_add(exponent)?;
    if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&power) {
        return None;
    }
    let significant: String = all[first..].trim_end_matches('0').chars().take(MAX_DIGITS).collect();
    let size = format!("{:03}{significant}", power + MAX_EXPONENT + 1);
    if !is_negative {
        return Some(format!("2{size}"));
    }
    // The larger it is, the further in front.
    let turned: String = size.bytes().map(|digit| char::from(b'9' - (digit - b'0'))).collect();
    Some(format!("0{turned}~"))
}

/// A day, and nothing else: any text that begins with one could be read as one.
pub(super) fn day(text: &str) -> Option<Date> {
    Some(text).filter(|text| text.len() == "2026-01-31".len())?.parse().ok()
}

fn moment(text: &str) -> Option<String> {
    let at = text.parse::<Timestamp>().ok().map(|at| at.as_microsecond());
    // A day begins at midnight, UTC.
    let midnight = || {
        let date = day(text)?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|start| start.timestamp().as_microsecond())
    };
    number(&at.or_else(midnight)?.to_string())
}

/// A text of an address as a place; `None`: it is no such value.
pub(super) fn of_text(shape: RecordShape, text: &str) -> Option<String> {
    let found = match shape {
        RecordShape::Text => folded(text),
        RecordShape::Plain => text.trim().to_owned(),
        RecordShape::Number => number(text.trim())?,
        RecordShape::Flag => match text {
            "true" => "1".to_owned(),
            "false" => "0".to_owned(),
            _ => return None,
        },
        RecordShape::Moment => moment(text.trim())?,
    };
    Some(found).filter(|found| !found.contains(char::is_control))
}

/// A normal value as a place.
fn of_value(shape: RecordShape, value: &Value) -> String {
    match value {
        Value::String(text) => of_text(shape, text).unwrap_or_default(),
        Value::Number(found) => number(&found.to_string()).unwrap_or_default(),
        Value::Bool(flag) => if *flag { "1" } else { "0" }.to_owned(),
        _ => String::new(),
    }
}

/// The words of a text, each once, as they are compared.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word: String = word.to_lowercase().chars().take(MAX_WORD).collect();
        if found.len() < MAX_WORDS && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// How the places of a name are made.
pub(super) fn shape_of(of_type: &ContentType, name: &str) -> Option<RecordShape> {
    match of_type.field(name) {
        Some(field) => RecordShape::of(&field.kind),
        None => matches!(name, "created_at" | "updated_at").then_some(RecordShape::Moment),
    }
}

/// The places of a row, by name, as they are kept with it; its words have a space around each.
pub(super) fn keys(
    (of_type, records): (&ContentType, &RecordOptions),
    values: &Map<String, Value>,
    (created_at, updated_at): (i64, i64),
) -> Map<String, Value> {
    let mut keys = Map::new();
    for name in records.keyed() {
        let Some(shape) = shape_of(of_type, name) else { continue };
        let place = match (of_type.field(name), name) {
            (Some(_), _) => values.get(name).map(|value| of_value(shape, value)).unwrap_or_default(),
            (None, "created_at") => number(&created_at.to_string()).unwrap_or_default(),
            (None, _) => number(&updated_at.to_string()).unwrap_or_default(),
        };
        keys.insert(name.to_owned(), Value::String(place));
    }
    if !records.search.is_empty() {
        let texts = records.search.iter().filter_map(|name| values.get(name)?.as_str());
        let found = words(&texts.collect::<Vec<_>>().join(" "));
        keys.insert(WORDS.to_owned(), Value::String(format!(" {} ", found.join(" "))));
    }
    keys
}

/// The places of a row in the index of this name, made of what is kept with it.
pub(super) fn places(keys: &Map<String, Value>, index: &str) -> Vec<String> {
    let of = |name: &str| keys.get(name).and_then(Value::as_str).unwrap_or_default();
    match index {
        ALL => vec![String::new()],
        WORDS => of(WORDS).split_whitespace().map(str::to_owned).collect(),
        _ => match index.split_once('/') {
            Some((within, order)) => vec![format!("{}{GAP}{}", of(within), of(order))],
            None => vec![of(index).to_owned()],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_order_as_texts() {
        let sorted = [
            "-1e300", "-120", "-12.5", "-12", "-1", "-0.5", "-0.05", "0", "0.0001", "0.05", "0.5", "1", "1.5", "9",
            "10", "12", "12.5", "120", "1000000", "1e300",
        ];
        let places: Vec<String> = sorted.iter().map(|text| number(text).expect("a number")).collect();
        assert!(places.is_sorted() && places.windows(2).all(|two| two[0] != two[1]), "{places:?}");
        assert_eq!(number("1.50"), number("1.5"));
        assert_eq!(number("007"), number("7"));
        assert_eq!((number("-0.0"), number("+3")), (number("0"), number("3")));
        for wrong in ["", "-", "x", "1.2.3", "1e", "1e9999", "--1", "."] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_compared_without_case_and_times_as_times() {
        let of = |shape, text| of_text(shape, text);
        assert_eq!(of(RecordShape::Text, " ÄB "), Some("äb".into()));
        assert_eq!(of(RecordShape::Moment, "2026-01-01"), of(RecordShape::Moment, "2026-01-01T01:00:00+01:00"));
        assert!(of(RecordShape::Moment, "2026-01-01T00:00:00.5Z") > of(RecordShape::Moment, "2026-01-01T00:00:00Z"));
        for wrong in ["2026-01-01T10:00", "2026-01-01 10:00", "2026-01-01T00:00:00", "2026-01-01x", "10:00"] {
            assert_eq!(of(RecordShape::Moment, wrong), None, "{wrong}");
        }
        assert_eq!(of(RecordShape::Flag, "yes"), None);
        assert!(of(RecordShape::Text, "\u{10FFFF}z").expect("a text").as_str() < END);
        assert_eq!(words("The corner-bakery, the CORNER"), ["the", "corner", "bakery"]);
    }
}
