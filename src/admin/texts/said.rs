//! What there is to say to an editor: a message by its id, with its values. It becomes text where an answer is made.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::render::messages::{Part, Say};

/// The key of a message in what is to be answered. Nothing that is stored has it: NUL is refused everywhere.
const MARK: &str = "\0said";

#[derive(Clone, Debug, PartialEq)]
pub(in crate::admin) enum Said {
    Message {
        id: &'static str,
        values: Vec<(&'static str, Value)>,
    },
    /// As it is: what the types of a site are called, and refusals that have no message.
    Text(String),
}

/// A message; its values follow with [`Said::with`].
pub(in crate::admin) const fn said(id: &'static str) -> Said {
    Said::Message { id, values: Vec::new() }
}

impl Said {
    pub(in crate::admin) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        if let Self::Message { values, .. } = &mut self {
            values.push((name, value.into()));
        }
        self
    }
}

impl From<Said> for Value {
    fn from(said: Said) -> Self {
        match said {
            Said::Text(text) => Self::String(text),
            Said::Message { id, values } => {
                let values: Map<String, Value> =
                    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                json!({ MARK: id, "values": values })
            }
        }
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from(self.clone()).serialize(serializer)
    }
}

/// A number chooses its form; anything else is text.
fn part(value: &Value) -> Part {
    match value {
        Value::String(text) => Part::Text(text.clone()),
        other => other.as_f64().map_or_else(|| Part::Text(other.to_string()), Part::Number),
    }
}

/// Puts texts into the place of all messages of an answer, those within others first.
pub(in crate::admin) fn tell(say: &Say, answer: &mut Value) {
    match answer {
        Value::Array(values) => values.iter_mut().for_each(|value| tell(say, value)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| tell(say, value));
            let Some(id) = fields.get(MARK).and_then(Value::as_str) else { return };
            let values = fields.get("values").and_then(Value::as_object).into_iter().flatten();
            let parts: BTreeMap<String, Part> = values.map(|(name, value)| (name.clone(), part(value))).collect();
            let text = say(id, &parts).unwrap_or_else(|| id.to_owned());
            *answer = Value::String(text);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn messages_become_text_wherever_they_stand_and_all_else_stays() {
        let say: Say = Arc::new(|id, parts| match (id, parts.get("what")) {
            ("gone", Some(Part::Text(what))) => Some(format!("{what} is gone.")),
            ("pages", Some(Part::Number(count))) => Some(format!("{count} pages")),
            _ => None,
        });
        let mut answer = json!({
            "rows": [{ "note": said("gone").with("what", said("pages").with("what", 3)) }],
            "label": Said::Text("Über uns".into()), "kept": { "values": { "what": 1 } }, "nothing": null,
        });
        tell(&say, &mut answer);
        let told = json!({
            "rows": [{ "note": "3 pages is gone." }], "label": "Über uns", "kept": { "values": { "what": 1 } },
            "nothing": null,
        });
        assert_eq!(answer, told);
    }
}
