//! Conversions of a value from one kind of field to another one, by name. Each is safe: a value that does not fit stays
//! as it is and is reported; a value that has the new form already stays too.

use serde_json::{Value, json};

use crate::content::types::Decimal;
use crate::render::rich_text::{self, Features, Format, Resolver};

/// The new value; `None` when it stays, an error when it does not fit.
type Converted = Result<Option<Value>, &'static str>;

/// A conversion by its name in migrations.
#[derive(Clone, Copy, Debug)]
pub struct Conversion {
    pub name: &'static str,
    apply: fn(&Value) -> Converted,
}

impl PartialEq for Conversion {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const NOT_TEXT: &str = "is not a text";
const NOT_A_NUMBER: &str = "is not a number";

/// In the order of the documentation.
pub(super) const CONVERSIONS: [Conversion; 20] = [
    Conversion { name: "text_to_rich_text", apply: text_to_rich_text },
    Conversion { name: "markdown_to_rich_text", apply: markdown_to_rich_text },
    Conversion { name: "rich_text_to_text", apply: rich_text_to_text },
    Conversion { name: "rich_text_to_markdown", apply: rich_text_to_markdown },
    Conversion { name: "number_to_text", apply: number_to_text },
    Conversion { name: "number_to_decimal", apply: number_to_text },
    Conversion { name: "text_to_integer", apply: text_to_integer },
    Conversion { name: "text_to_float", apply: text_to_float },
    Conversion { name: "text_to_decimal", apply: text_to_decimal },
    Conversion { name: "text_to_boolean", apply: text_to_boolean },
    Conversion { name: "boolean_to_text", apply: boolean_to_text },
    Conversion { name: "text_to_tags", apply: text_to_tags },
    Conversion { name: "tags_to_text", apply: tags_to_text },
    Conversion { name: "choice_to_multiple_choice", apply: one_to_many },
    Conversion { name: "multiple_choice_to_choice", apply: many_to_one_text },
    Conversion { name: "snippet_to_snippets", apply: one_to_many },
    Conversion { name: "snippets_to_snippet", apply: many_to_one },
    Conversion { name: "date_to_datetime", apply: date_to_datetime },
    Conversion { name: "datetime_to_date", apply: datetime_to_date },
    Conversion { name: "image_to_image_block", apply: image_to_image_block },
];

impl Conversion {
    pub(super) fn find(name: &str) -> Option<Self> {
        CONVERSIONS.into_iter().find(|known| known.name == name)
    }

    pub(super) fn apply(self, value: &Value) -> Converted {
        (self.apply)(value)
    }
}

fn text(value: &Value) -> Result<&str, &'static str> {
    value.as_str().ok_or(NOT_TEXT)
}

/// A blank line begins a paragraph, a line break stays one. A text that begins with an element is rich text already.
fn text_to_rich_text(value: &Value) -> Converted {
    let text = text(value)?.replace("\r\n", "\n");
    if text.trim().is_empty() || text.trim_start().starts_with("<p") {
        return Ok(None);
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let html: String = paragraphs.map(|paragraph| format!("<p>{}</p>", paragraph.replace('\n', "<br/>"))).collect();
    Ok(Some(rich_text::sanitise(&html, Features::all()).html.into()))
}

fn markdown_to_rich_text(value: &Value) -> Converted {
    let text = text(value)?;
    if text.trim().is_empty() || text.trim_start().starts_with("<p") {
        return Ok(None);
    }
    Ok(Some(Format::DbMarkdown.read(text, Features::all()).html.into()))
}

fn rich_text_to_text(value: &Value) -> Converted {
    let html = text(value)?;
    Ok(Some(Value::from(rich_text::plain_text(html))).filter(|plain| plain != value))
}

fn rich_text_to_markdown(value: &Value) -> Converted {
    let html = text(value)?;
    // References stay references: nothing is looked up.
    let nowhere = Resolver { page: &|_| None, document: &|_| None, image: &|_| None, embed: &|_| None };
    let written = || Value::from(Format::DbMarkdown.write(html, &nowhere).into_owned());
    Ok(html.trim_start().starts_with('<').then(written))
}

/// The number as it is written; of `decimal` fields too.
fn number_to_text(value: &Value) -> Converted {
    match value {
        Value::Null | Value::String(_) => Ok(None),
        Value::Number(number) => Ok(Some(number.to_string().into())),
        _ => Err(NOT_A_NUMBER),
    }
}

/// An empty text is no number: null.
fn parsed(value: &Value, parse: impl Fn(&str) -> Option<Value>, not: &'static str) -> Converted {
    match value {
        Value::Null | Value::Number(_) => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(Some(Value::Null)),
        Value::String(text) => parse(text.trim()).map(Some).ok_or(not),
        _ => Err(NOT_TEXT),
    }
}

fn text_to_integer(value: &Value) -> Converted {
    parsed(value, |text| text.parse::<i64>().ok().map(Value::from), "is not a whole number")
}

fn text_to_float(value: &Value) -> Converted {
    parsed(value, |text| text.parse().ok().and_then(serde_json::Number::from_f64).map(Value::from), NOT_A_NUMBER)
}

fn text_to_decimal(value: &Value) -> Converted {
    let decimal = |text: &str| text.parse::<Decimal>().ok().map(|_| Value::from(text));
    Ok(parsed(value, decimal, "is not a decimal number")?.filter(|new| new != value))
}

fn text_to_boolean(value: &Value) -> Converted {
    match value {
        Value::Bool(_) => Ok(None),
        Value::Null => Ok(Some(false.into())),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Some(true.into())),
            "" | "false" | "no" | "off" | "0" => Ok(Some(false.into())),
            _ => Err("is neither yes nor no"),
        },
        _ => Err(NOT_TEXT),
    }
}

fn boolean_to_text(value: &Value) -> Converted {
    match value {
        Value::Bool(said) => Ok(Some(said.to_string().into())),
        Value::Null | Value::String(_) => Ok(None),
        _ => Err("is neither true nor false"),
    }
}

fn text_to_tags(value: &Value) -> Converted {
    match value {
        Value::Array(_) => Ok(None),
        Value::Null => Ok(Some(json!([]))),
        Value::String(text) => {
            Ok(Some(text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Value::from).collect()))
        }
        _ => Err(NOT_TEXT),
    }
}

fn tags_to_text(value: &Value) -> Converted {
    match value {
        Value::String(_) => Ok(None),
        Value::Null => Ok(Some("".into())),
        Value::Array(tags) => {
            let names: Vec<&str> = tags.iter().map(text).collect::<Result<_, _>>()?;
            Ok(Some(names.join(", ").into()))
        }
        _ => Err("is not a list of tags"),
    }
}

fn one_to_many(value: &Value) -> Converted {
    match value {
        Value::Array(_) => Ok(None),
        Value::Null => Ok(Some(json!([]))),
        Value::String(text) if text.is_empty() => Ok(Some(json!([]))),
        one => Ok(Some(json!([one]))),
    }
}

fn many_to_one(value: &Value) -> Converted {
    match value.as_array().map(Vec::as_slice) {
        None => Ok(None),
        Some([]) => Ok(Some(Value::Null)),
        Some([one]) => Ok(Some(one.clone())),
        Some(_) => Err("holds more than one"),
    }
}

fn many_to_one_text(value: &Value) -> Converted {
    Ok(many_to_one(value)?.map(|one| if one.is_null() { "".into() } else { one }))
}

fn date_to_datetime(value: &Value) -> Converted {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.contains('T') || text.is_empty() => Ok(None),
        Value::String(text) => match text.parse::<jiff::civil::Date>() {
            Ok(date) => Ok(Some(format!("{date}T00:00:00Z").into())),
            Err(_) => Err("is not a date"),
        },
        _ => Err(NOT_TEXT),
    }
}

fn datetime_to_date(value: &Value) -> Converted {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => match text.split_once('T') {
            Some((date, _)) if date.parse::<jiff::civil::Date>().is_ok() => Ok(Some(date.into())),
            Some(_) => Err("is not a date and time"),
            None => Ok(None),
        },
        _ => Err(NOT_TEXT),
    }
}

/// Neither described nor decoration yet: an editor says which before the next publication.
fn image_to_image_block(value: &Value) -> Converted {
    match value {
        Value::Null | Value::Object(_) => Ok(None),
        Value::Number(id) => Ok(Some(json!({ "image": id, "alt": "", "decorative": false }))),
        _ => Err("is not an image"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(name: &str, value: Value) -> Converted {
        Conversion::find(name).unwrap_or_else(|| panic!("there is no {name}")).apply(&value)
    }

    #[test]
    fn values_are_converted_and_what_does_not_fit_stays() {
        for (name, from, to) in [
            ("text_to_rich_text", json!("a < b\nc\n\nd"), json!("<p>a &lt; b<br/>c</p><p>d</p>")),
            ("markdown_to_rich_text", json!("a **b**"), json!("<p>a <b>b</b></p>")),
            ("rich_text_to_text", json!("<p>a &amp; <b>b</b></p>"), json!("a & b")),
            ("rich_text_to_markdown", json!("<p>a <b>b</b></p>"), json!("a **b**")),
            ("number_to_text", json!(7), json!("7")),
            ("number_to_decimal", json!(1.5), json!("1.5")),
            ("text_to_integer", json!(" 12 "), json!(12)),
            ("text_to_integer", json!(""), Value::Null),
            ("text_to_float", json!("1.5"), json!(1.5)),
            ("text_to_decimal", json!(" 1.50 "), json!("1.50")),
            ("text_to_boolean", json!("Yes"), json!(true)),
            ("boolean_to_text", json!(false), json!("false")),
            ("text_to_tags", json!("sea, open water,"), json!(["sea", "open water"])),
            ("tags_to_text", json!(["a", "b"]), json!("a, b")),
            ("choice_to_multiple_choice", json!("a"), json!(["a"])),
            ("multiple_choice_to_choice", json!([]), json!("")),
            ("snippet_to_snippets", json!(3), json!([3])),
            ("snippets_to_snippet", json!([3]), json!(3)),
            ("date_to_datetime", json!("2026-01-31"), json!("2026-01-31T00:00:00Z")),
            ("datetime_to_date", json!("2026-01-31T09:30:00Z"), json!("2026-01-31")),
            ("image_to_image_block", json!(5), json!({ "image": 5, "alt": "", "decorative": false })),
        ] {
            assert_eq!(converted(name, from.clone()), Ok(Some(to.clone())), "{name} of {from}");
            assert_eq!(converted(name, to.clone()), Ok(None), "{name} of {to}: it has the new form already");
        }
        for (name, from) in [
            ("text_to_rich_text", json!(7)),
            ("text_to_integer", json!("seven")),
            ("text_to_integer", json!(["7"])),
            ("text_to_float", json!("NaN")),
            ("text_to_decimal", json!("1,5")),
            ("text_to_boolean", json!("perhaps")),
            ("snippets_to_snippet", json!([3, 4])),
            ("date_to_datetime", json!("soon")),
            ("datetime_to_date", json!("2026-13-01T00:00:00Z")),
            ("image_to_image_block", json!("art.svg")),
        ] {
            assert!(converted(name, from.clone()).is_err(), "{name} of {from}");
        }
    }
}
