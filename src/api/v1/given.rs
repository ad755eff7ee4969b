//! What a client sends: JSON whose values are read one by one, so that each mistake is told with its place.

use axum::extract::Request;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::problem::{Refusal, bad_request, invalid};
use crate::clock::Micros;
use crate::http::problem::{FieldProblem, Problem};

/// Longest body, in bytes; as that of the editor's drafts.
pub(super) const MAX_BODY_BYTES: usize = 8 << 20;
/// Mistakes that one answer holds.
const MAX_ERRORS: usize = 200;
/// Characters of a name that an answer repeats.
const SHOWN: usize = 64;

/// The values of an object, each taken once; what nobody took is unknown.
#[derive(Debug)]
pub(super) struct Given {
    values: Map<String, Value>,
    /// Where the object is in the body; empty: it is the body.
    base: String,
    errors: Vec<FieldProblem>,
}

/// The bytes of a body.
pub(super) async fn bytes(request: Request) -> Result<bytes::Bytes, Refusal> {
    axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|_| {
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large");
        problem.with_detail(format!("At most {MAX_BODY_BYTES} bytes are taken.")).into()
    })
}

/// Whether a body is JSON as its sender says; one that is empty need not say.
pub(super) fn expect_json(headers: &http::HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(kind.as_str(), "application/json" | "application/merge-patch+json") {
        return Ok(());
    }
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media_type", "The body is not JSON");
    Err(problem.with_detail("Send it as application/json.").into())
}

/// Fields with some of them changed; what is null is as in something new.
pub(super) fn patched(mut fields: Map<String, Value>, changes: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in changes {
        match value {
            Value::Null => drop(fields.remove(&name)),
            value => drop(fields.insert(name, value)),
        }
    }
    fields
}

impl Given {
    /// The object of a body; of an empty one, no values.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let value = match bytes.is_empty() {
            true => Value::Object(Map::new()),
            false => serde_json::from_slice(bytes).map_err(|error| bad_request(format!("It is no JSON: {error}.")))?,
        };
        match value {
            Value::Object(values) => Ok(Self::of(values, "")),
            _ => Err(invalid().at("", "invalid_type", "It must be an object.").into()),
        }
    }

    pub(super) fn of(values: Map<String, Value>, base: &str) -> Self {
        Self { values, base: base.to_owned(), errors: Vec::new() }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name)
    }

    /// Says what is wrong with one of the values.
    pub(super) fn refuse(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            let shown: String = name.chars().take(SHOWN).collect();
            let pointer = format!("{}/{}", self.base, shown.replace('~', "~0").replace('/', "~1"));
            self.errors.push(FieldProblem { pointer, code: code.to_owned(), detail: detail.into() });
        }
    }

    fn typed<T>(&mut self, name: &str, kind: &str, read: impl FnOnce(Value) -> Option<T>) -> Option<T> {
        let given = self.take(name).filter(|value| !value.is_null())?;
        let read = read(given);
        if read.is_none() {
            self.refuse(name, "invalid_type", format!("It must be {kind}."));
        }
        read
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let read = |value| if let Value::String(text) = value { Some(text) } else { None };
        self.typed(name, "a string", read)
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.typed(name, "true or false", |value| value.as_bool())
    }

    pub(super) fn number(&mut self, name: &str) -> Option<i64> {
        self.typed(name, "a whole number", |value| value.as_i64())
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let read = |value| if let Value::Object(values) = value { Some(values) } else { None };
        self.typed(name, "an object", read)
    }

    pub(super) fn list(&mut self, name: &str) -> Option<Vec<Value>> {
        let read = |value| if let Value::Array(values) = value { Some(values) } else { None };
        self.typed(name, "a list", read)
    }

    /// Whether null was sent, where that is not the same as nothing.
    pub(super) fn clears(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// Whether there is such a value, null too.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Ids, each once, and no more than `most`.
    pub(super) fn ids(&mut self, name: &str, most: usize) -> Option<Vec<i64>> {
        let list = self.list(name)?;
        if list.len() > most {
            self.refuse(name, "too_many_items", format!("There may be {most}."));
            return None;
        }
        let mut ids = Vec::with_capacity(list.len());
        for value in list {
            match value.as_i64().filter(|id| *id > 0) {
                Some(id) if !ids.contains(&id) => ids.push(id),
                Some(_) => {}
                None => {
                    self.refuse(name, "invalid_type", "It must be a list of numbers.");
                    return None;
                }
            }
        }
        Some(ids)
    }

    /// Any value, null too.
    pub(super) fn value(&mut self, name: &str) -> Option<Value> {
        self.take(name)
    }

    /// RFC 3339 with a zone.
    pub(super) fn time(&mut self, name: &str) -> Option<Micros> {
        let text = self.text(name)?;
        match text.parse::<Timestamp>() {
            Ok(at) => Some(Micros(at.as_microsecond())),
            Err(_) => {
                self.refuse(name, "invalid_datetime", "It must be a time such as 2026-12-24T18:00:00Z.");
                None
            }
        }
    }

    /// A word of a closed set.
    pub(super) fn word<T>(&mut self, name: &str, known: &[(&str, T)]) -> Option<T>
    where
        T: Copy,
    {
        let text = self.text(name)?;
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            self.refuse(name, "invalid_choice", format!("It must be one of: {}.", words.join(", ")));
        }
        found
    }

    /// A value that has to be there.
    pub(super) fn needed<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.errors.iter().any(|error| error.pointer == format!("{}/{name}", self.base)) {
            self.refuse(name, "required", "It is needed.");
        }
        value
    }

    /// All of them, for whoever knows their names.
    pub(super) fn into_values(self) -> Map<String, Value> {
        self.values
    }

    /// What is wrong with it all; each value that nobody took is unknown.
    pub(super) fn end(mut self) -> Result<(), Refusal> {
        let unknown: Vec<String> = self.values.keys().cloned().collect();
        for name in unknown {
            self.refuse(&name, "unknown_field", "There is no such value here.");
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut problem = invalid();
        problem.errors = self.errors;
        Err(problem.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(given: Given) -> Vec<(String, String)> {
        match given.end() {
            Err(Refusal::Problem(problem)) => {
                problem.errors.into_iter().map(|error| (error.pointer, error.code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let mut given =
            Given::parse(br#"{"title": 5, "live": "yes", "when": "soon", "a/b": 1, "kind": "x"}"#).expect("read");
        let title = given.text("title");
        assert_eq!(given.needed("title", title), None);
        assert_eq!(given.flag("live"), None);
        assert_eq!(given.time("when"), None);
        assert_eq!(given.word("kind", &[("first", 1), ("last", 2)]), None);
        let parent = given.number("parent");
        assert_eq!(given.needed("parent", parent), None);
        let told = [
            ("/title", "invalid_type"),
            ("/live", "invalid_type"),
            ("/when", "invalid_datetime"),
            ("/kind", "invalid_choice"),
            ("/parent", "required"),
            ("/a~1b", "unknown_field"),
        ];
        assert_eq!(errors(given), told.map(|(at, code)| (at.to_owned(), code.to_owned())));
    }

    #[test]
    fn null_is_nothing_and_an_empty_body_has_no_values() {
        let mut given = Given::parse(br#"{"slug": null}"#).expect("read");
        assert_eq!(given.text("slug"), None);
        assert!(given.end().is_ok());
        assert!(Given::parse(b"").expect("read").end().is_ok());
        assert!(Given::parse(b"[]").is_err() && Given::parse(b"{").is_err());
    }
}
