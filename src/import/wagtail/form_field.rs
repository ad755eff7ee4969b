//! Fields of Wagtail's forms as blocks of a form here.

use serde_json::{Value, json};

use super::convert::stable_id;

/// Kinds whose choices are written one a line.
const WITH_CHOICES: &[&str] = &["checkboxes", "dropdown", "multiselect", "radio"];

/// The fields of a form, in their order, as the blocks of a stream.
pub(super) fn blocks(parts: &[Value]) -> Value {
    let mut parts: Vec<&Value> = parts.iter().collect();
    parts.sort_by_key(|part| part.get("sort_order").and_then(Value::as_i64).unwrap_or(0));
    parts.into_iter().map(block).collect()
}

fn block(part: &Value) -> Value {
    let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = text("field_type");
    let mut value = json!({
        "label": text("label"),
        "help": text("help_text"),
        "required": part.get("required") == Some(&Value::Bool(true)),
        "name": text("clean_name"),
    });
    let default = text("default_value");
    match kind {
        "checkbox" if !default.is_empty() => {
            value["default"] = json!(!matches!(default, "0" | "false" | "False" | "off"))
        }
        "multiselect" | "checkboxes" if !default.is_empty() => value["default"] = lines(default).into(),
        "email" | "url" | "number" | "date" | "datetime" => {}
        _ if !default.is_empty() => value["default"] = default.into(),
        _ => {}
    }
    if WITH_CHOICES.contains(&kind) {
        value["choices"] = lines(text("choices")).into();
    }
    let name = format!("form field {} {}", part.get("page").unwrap_or(&Value::Null), text("clean_name"));
    json!({ "type": format!("form_{kind}"), "value": value, "id": stable_id(&name) })
}

/// One a line: Wagtail takes commas too where there is one line only.
fn lines(text: &str) -> String {
    let separator = if text.contains('\n') { '\n' } else { ',' };
    text.split(separator).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_names_and_choices() {
        let parts = [
            json!({ "sort_order": 1, "page": 5, "clean_name": "bread", "label": "Bread", "field_type": "dropdown",
                    "required": false, "choices": "Rye, Wheat", "default_value": "Rye", "help_text": "One" }),
            json!({ "sort_order": 0, "page": 5, "clean_name": "agree", "label": "Agree", "field_type": "checkbox",
                    "required": true, "choices": "", "default_value": "1", "help_text": "" }),
        ];
        let made = blocks(&parts);
        assert_eq!(made[0]["type"], "form_checkbox");
        assert_eq!((&made[0]["value"]["required"], &made[0]["value"]["default"]), (&json!(true), &json!(true)));
        let bread = json!({ "label": "Bread", "help": "One", "required": false, "name": "bread", "default": "Rye",
                            "choices": "Rye\nWheat" });
        assert_eq!(made[1]["value"], bread);
        assert_eq!(lines("a,b\nc"), "a,b\nc");
    }
}
