//! The reader of YAML.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{Key, Node, Unreadable, Value};

/// How deep a document may be: one of rules has seven levels.
const MAX_DEPTH: usize = 64;
/// Keys that one map may have.
const MAX_KEYS: usize = 1000;

/// A list or map that is not at its end.
struct Open {
    line: usize,
    anchor: usize,
    is_map: bool,
    items: Vec<Node>,
    pairs: Vec<(Key, Node)>,
    key: Option<Key>,
}

/// Reads one document; `None` when there is nothing but comments.
pub(super) fn read(text: &str) -> Result<Option<Node>, Unreadable> {
    let mut reading = Reading::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            (error.marker().line(), format!("not YAML: {} (column {})", error.info(), error.marker().col() + 1))
        })?;
        reading.take(event, span)?;
    }
    Ok(reading.root)
}

#[derive(Default)]
struct Reading {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
}

impl Reading {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        let (line, last) = (span.start.line(), span.end.line());
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err((line, "a second document: a file of rules has one".into()));
            }
            Event::MappingStart(anchor, _) => self.begin(line, anchor, true)?,
            Event::SequenceStart(anchor, _) => self.begin(line, anchor, false)?,
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Open { line: first, anchor, is_map, items, pairs, .. }) = self.open.pop() {
                    let value = if is_map { Value::Map(merged(pairs)) } else { Value::List(items) };
                    return self.give(Node::new(first, line, value), anchor);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_null = style == ScalarStyle::Plain
                    && tag.is_none()
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null { Value::Null } else { Value::Text(Cow::into_owned(text)) };
                return self.give(Node::new(line, last, value), anchor);
            }
            Event::Alias(anchor) => {
                // Without one it names what holds it.
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err((line, "not YAML: an alias of what is not complete yet".into()));
                };
                return self.give(node, 0);
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, line: usize, anchor: usize, is_map: bool) -> Result<(), Unreadable> {
        if self.open.len() == MAX_DEPTH {
            return Err((line, format!("deeper than {MAX_DEPTH} levels")));
        }
        self.open.push(Open { line, anchor, is_map, items: Vec::new(), pairs: Vec::new(), key: None });
        Ok(())
    }

    /// Puts a complete value where it belongs.
    fn give(&mut self, node: Node, anchor: usize) -> Result<(), Unreadable> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        if !open.is_map {
            open.items.push(node);
        } else if let Some(key) = open.key.take() {
            open.pairs.push((key, node));
        } else {
            let Some(name) = node.text().map(str::to_owned) else {
                return Err((node.line, "a key must be a word".into()));
            };
            if open.pairs.len() == MAX_KEYS {
                return Err((node.line, format!("more than {MAX_KEYS} keys")));
            }
            if open.pairs.iter().any(|(known, _)| known.name == name) {
                return Err((node.line, format!("{name} is there twice")));
            }
            open.key = Some(Key { name, line: node.line });
        }
        Ok(())
    }
}

/// `<<: *other` gives what the map has not itself.
fn merged(mut pairs: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    let Some(at) = pairs.iter().position(|(key, node)| key.name == "<<" && node.is_map()) else { return pairs };
    let (_, other) = pairs.remove(at);
    for (key, node) in other.pairs() {
        if !pairs.iter().any(|(known, _)| known.name == key.name) {
            pairs.push((key.clone(), node.clone()));
        }
    }
    pairs
}
