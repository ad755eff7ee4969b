//! A document of YAML or JSON in which everything knows its line, and the reader of JSON.

use std::rc::Rc;

use serde::de::IgnoredAny;

/// A value and the lines from which to which it goes; lines are counted from 1.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) last: usize,
    /// Shared, because YAML can name a value twice.
    pub(super) value: Rc<Value>,
}

#[derive(Debug)]
pub(super) enum Value {
    /// Nothing, or `null`.
    Null,
    /// Text, a number or a truth value, as it is written.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) line: usize,
}

/// Why a text is no document: the line and the reason.
pub(super) type Unreadable = (usize, String);

impl Node {
    pub(super) fn new(line: usize, last: usize, value: Value) -> Self {
        Self { line, last: last.max(line), value: Rc::new(value) }
    }

    /// What a key of a map leads to, unless it is null.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let found = self.pairs().iter().rfind(|(known, _)| known.name == key).map(|(_, node)| node);
        found.filter(|node| !matches!(*node.value, Value::Null))
    }

    /// As [`Node::get`], when it is text.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &*self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Empty when it is no list.
    pub(super) fn items(&self) -> &[Node] {
        match &*self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of the list under a key.
    pub(super) fn list_of(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::items)
    }

    /// Empty when it is no map.
    pub(super) fn pairs(&self) -> &[(Key, Node)] {
        match &*self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(*self.value, Value::Map(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(*self.value, Value::List(_))
    }
}

/// Reads JSON.
pub(super) fn json(text: &str) -> Result<Node, Unreadable> {
    // It has the last word on the syntax, and bounds the depth; the walk below only finds the lines.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let (line, column) = (error.line(), error.column());
        let reason = error.to_string();
        let reason = reason.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&reason);
        return Err((line.max(1), format!("not JSON: {reason} (column {column})")));
    }
    Ok(Walk { text, at: 0, line: 1 }.value())
}

/// A walk over text that is known to be JSON.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Walk<'_> {
    /// The next byte that is no space, comma or colon; it is not passed yet.
    fn peek(&mut self) -> u8 {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                other => return *other,
            }
            self.at += 1;
        }
        0
    }

    fn value(&mut self) -> Node {
        let first = self.peek();
        let line = self.line;
        let value = match first {
            b'{' => self.map(),
            b'[' => self.list(),
            b'"' => Value::Text(self.string()),
            _ => self.word(),
        };
        Node::new(line, self.line, value)
    }

    fn map(&mut self) -> Value {
        self.at += 1;
        let mut pairs = Vec::new();
        while self.peek() == b'"' {
            let line = self.line;
            let name = self.string();
            pairs.push((Key { name, line }, self.value()));
        }
        self.at += 1;
        Value::Map(pairs)
    }

    fn list(&mut self) -> Value {
        self.at += 1;
        let mut items = Vec::new();
        while !matches!(self.peek(), b']' | 0) {
            items.push(self.value());
        }
        self.at += 1;
        Value::List(items)
    }

    fn string(&mut self) -> String {
        let rest = &self.text[self.at..];
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let quoted = &rest[..end.map_or(rest.len(), |end| end + 2)];
        self.at += quoted.len();
        serde_json::from_str(quoted).unwrap_or_default()
    }

    fn word(&mut self) -> Value {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(rest.len())];
        // Never nothing, so that the walk goes on.
        self.at += word.len().max(1);
        if word == "null" { Value::Null } else { Value::Text(word.to_owned()) }
    }
}
