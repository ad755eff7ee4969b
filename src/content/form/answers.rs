//! What a visitor sent, judged by the form's definition: a message for each field that is not right.

use serde_json::{Map, Value, json};

use super::{Definition, Field, Kind};
use crate::content::types::{is_email, is_url};

/// Values of one answer.
const MAX_VALUES: usize = 200;

/// Why an answer is not taken; templates may say it in their own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Required,
    TooLong,
    Invalid,
    NotAChoice,
    OutOfRange,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong => "too_long",
            Self::Invalid => "invalid",
            Self::NotAChoice => "not_a_choice",
            Self::OutOfRange => "out_of_range",
        }
    }
}

/// One field that is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub name: String,
    pub code: Code,
    pub message: String,
}

/// The answers of a form, by the names of its fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers(pub Map<String, Value>);

impl Definition {
    /// The answers in what was sent; names that the form does not have are left out.
    ///
    /// # Errors
    /// Every field that is not right, in the order of the form.
    pub fn judge(&self, sent: &[(String, String)]) -> Result<Answers, Vec<Problem>> {
        let mut answers = Map::new();
        let mut problems = Vec::new();
        for field in &self.fields {
            let values = sent.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| value.as_str());
            match judge(field, values.take(MAX_VALUES).collect()) {
                Ok(value) => {
                    answers.insert(field.name.clone(), value);
                }
                Err((code, message)) => problems.push(Problem { name: field.name.clone(), code, message }),
            }
        }
        if problems.is_empty() { Ok(Answers(answers)) } else { Err(problems) }
    }
}

type Judged = Result<Value, (Code, String)>;

fn judge(field: &Field, values: Vec<&str>) -> Judged {
    if field.kind.is_multiple() {
        return judge_several(field, values);
    }
    let value = values.first().copied().unwrap_or_default();
    if field.kind == Kind::Checkbox {
        let ticked = !value.is_empty();
        if field.required && !ticked {
            return Err((Code::Required, "Tick this box to go on.".to_owned()));
        }
        return Ok(json!(ticked));
    }
    let value = cleaned(field.kind, value);
    if value.is_empty() {
        let asks = if field.kind.has_choices() { "Choose one." } else { "Fill this in." };
        return if field.required { Err((Code::Required, asks.to_owned())) } else { Ok(json!("")) };
    }
    if value.chars().count() > field.max_length {
        return Err((Code::TooLong, format!("Use at most {} characters.", field.max_length)));
    }
    let invalid = |message: &str| Err((Code::Invalid, message.to_owned()));
    match field.kind {
        Kind::Email if !is_email(&value) => invalid("Write an e-mail address, such as name@example.org."),
        Kind::Url if !is_url(&value) => invalid("Write a web address that begins with https:// or http://."),
        Kind::Number => judge_number(field, value),
        Kind::Date if value.parse::<jiff::civil::Date>().is_err() => invalid("Write a date as 2026-12-31."),
        Kind::DateTime => match value.parse::<jiff::civil::DateTime>() {
            Ok(time) => Ok(json!(time.strftime("%Y-%m-%dT%H:%M").to_string())),
            Err(_) => invalid("Write a date and a time as 2026-12-31T18:30."),
        },
        Kind::Dropdown | Kind::Radio if !field.choices.contains(&value) => not_a_choice(),
        _ => Ok(json!(value)),
    }
}

fn judge_several(field: &Field, values: Vec<&str>) -> Judged {
    let values: Vec<String> =
        values.into_iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
    if values.is_empty() && field.required {
        return Err((Code::Required, "Choose at least one.".to_owned()));
    }
    if values.iter().any(|value| !field.choices.contains(value)) {
        return not_a_choice();
    }
    // In the order of the form, each once.
    Ok(field.choices.iter().filter(|choice| values.contains(choice)).map(|choice| json!(choice)).collect())
}

fn not_a_choice() -> Judged {
    Err((Code::NotAChoice, "Choose one of the answers that are offered.".to_owned()))
}

/// Kept as it was written: no digit is lost.
fn judge_number(field: &Field, value: String) -> Judged {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    let Some(number) = value.parse::<f64>().ok().filter(|number| plain && number.is_finite()) else {
        return Err((Code::Invalid, "Write a number, such as 12 or 0.5.".to_owned()));
    };
    match (field.min, field.max) {
        (Some(min), _) if number < min => Err((Code::OutOfRange, format!("The least is {min}."))),
        (_, Some(max)) if number > max => Err((Code::OutOfRange, format!("The most is {max}."))),
        _ => Ok(json!(value)),
    }
}

/// Without what no keyboard writes; one line stays one line.
fn cleaned(kind: Kind, value: &str) -> String {
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    let keeps = |c: &char| !c.is_control() || (kind == Kind::MultiLine && matches!(c, '\n' | '\t'));
    let value: String = match kind {
        Kind::MultiLine => value.chars().filter(keeps).collect(),
        _ => value.replace('\n', " ").chars().filter(keeps).collect(),
    };
    value.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind, required: bool) -> Field {
        Field {
            kind,
            id: String::new(),
            name: "f".into(),
            label: "F".into(),
            help: String::new(),
            required,
            choices: if kind.has_choices() { vec!["a".into(), "b".into()] } else { Vec::new() },
            default: Vec::new(),
            max_length: 30,
            min: Some(-1.0),
            max: Some(10.0),
        }
    }

    fn sent(kind: Kind, required: bool, values: &[&str]) -> Result<Value, Code> {
        let definition = Definition { fields: vec![field(kind, required)], landing_page: None };
        let pairs: Vec<_> = values.iter().map(|value| ("f".to_owned(), (*value).to_owned())).collect();
        definition.judge(&pairs).map(|answers| answers.0["f"].clone()).map_err(|problems| problems[0].code)
    }

    #[test]
    fn right_answers_are_kept_clean() {
        for (kind, values, expected) in [
            (Kind::SingleLine, &["  two\r\nlines\0 "][..], json!("two lines")),
            (Kind::MultiLine, &["two\r\nlines\u{7}"], json!("two\nlines")),
            (Kind::Email, &["a@example.org"], json!("a@example.org")),
            (Kind::Url, &["https://example.org/?a=b"], json!("https://example.org/?a=b")),
            (Kind::Number, &["-0.50"], json!("-0.50")),
            (Kind::Checkbox, &["on"], json!(true)),
            (Kind::Checkbox, &[], json!(false)),
            (Kind::Checkboxes, &["b", "a", "b"], json!(["a", "b"])),
            (Kind::MultiSelect, &[], json!([])),
            (Kind::Dropdown, &["b"], json!("b")),
            (Kind::Radio, &[""], json!("")),
            (Kind::Date, &["2026-12-31"], json!("2026-12-31")),
            (Kind::DateTime, &["2026-12-31T18:30"], json!("2026-12-31T18:30")),
            (Kind::Hidden, &["x"], json!("x")),
        ] {
            assert_eq!(sent(kind, false, values), Ok(expected), "{kind:?}");
        }
    }

    #[test]
    fn wrong_answers_are_told_by_their_code() {
        for kind in Kind::ALL {
            assert_eq!(sent(kind, true, &[]), Err(Code::Required), "{kind:?}");
            assert_eq!(
                sent(kind, true, &["  "][..usize::from(kind != Kind::Checkbox)]),
                Err(Code::Required),
                "{kind:?}"
            );
        }
        for (kind, value, code) in [
            (Kind::SingleLine, "1234567890123456789012345678901", Code::TooLong),
            (Kind::Email, "a@b", Code::Invalid),
            (Kind::Url, "javascript:alert(1)", Code::Invalid),
            (Kind::Number, "inf", Code::Invalid),
            (Kind::Number, "0x10", Code::Invalid),
            (Kind::Number, "11", Code::OutOfRange),
            (Kind::Number, "-2", Code::OutOfRange),
            (Kind::Date, "31.12.2026", Code::Invalid),
            (Kind::Date, "2026-02-30", Code::Invalid),
            (Kind::DateTime, "tomorrow", Code::Invalid),
            (Kind::Radio, "c", Code::NotAChoice),
            (Kind::Dropdown, "c", Code::NotAChoice),
            (Kind::Checkboxes, "c", Code::NotAChoice),
        ] {
            assert_eq!(sent(kind, false, &[value]), Err(code), "{kind:?} {value}");
        }
    }

    #[test]
    fn names_that_the_form_does_not_have_are_left_out() {
        let definition = Definition { fields: vec![field(Kind::SingleLine, false)], landing_page: None };
        let sent = [("f", "1"), ("f", "2"), ("is_admin", "true")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(definition.judge(&sent).map(|answers| Value::Object(answers.0)), Ok(json!({ "f": "1" })));
    }
}
