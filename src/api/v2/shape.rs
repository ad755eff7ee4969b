//! Which fields of objects an answer has: what a model shows, and what `?fields=` says of it.

use super::answer::Refusal;
use super::fields::Named;
use super::model::{Entry, Level, Model};
use crate::content::read::Fields;
use crate::content::site::Site;
use crate::content::types::{Field, FieldKind, Types};

/// References of references that are followed: each step is one query.
pub const MAX_STEPS: usize = 2;

/// What is shown of one kind of object.
#[derive(Clone, Debug)]
pub struct Shape<'t> {
    pub meta: Vec<Shown<'t>>,
    pub body: Vec<Shown<'t>>,
}

/// A field that is shown.
#[derive(Clone, Debug)]
pub struct Shown<'t> {
    pub entry: Entry<'t>,
    /// Of what it refers to.
    pub nested: Option<Box<Shape<'t>>>,
}

/// What all shapes of an answer are made from.
#[derive(Clone, Copy)]
pub struct Shaper<'t, 's> {
    pub types: &'t Types,
    pub site: &'s Site,
    /// At most [`MAX_STEPS`].
    pub steps: usize,
}

impl<'t> Shaper<'t, '_> {
    /// # Errors
    /// In Wagtail's words, for fields that the model does not have, and nested ones of what refers to nothing.
    pub fn shape(self, model: Model<'t>, level: Level, config: &[Named]) -> Result<Shape<'t>, Refusal> {
        self.shape_within(model, level, config, 0)
    }

    fn shape_within(
        self,
        model: Model<'t>,
        level: Level,
        config: &[Named],
        steps: usize,
    ) -> Result<Shape<'t>, Refusal> {
        let mut entries = model.entries();
        if level != Level::Detail {
            entries.retain(|entry| entry.name != "parent" || entry.field.is_some());
        }
        let (start, config) = match config.first().map(|named| named.name.as_str()) {
            Some(start @ ("*" | "_")) => (start, &config[1..]),
            _ => ("", config),
        };
        let mut shown: Vec<bool> = entries
            .iter()
            .map(|entry| start == "*" || (start.is_empty() && model.shows(entry, level, self.site)))
            .collect();
        let mut nested: Vec<&[Named]> = vec![&[]; entries.len()];
        let mut unknown: Vec<&str> = Vec::new();
        for named in config {
            let Some(at) = entries.iter().position(|entry| entry.name == named.name) else {
                unknown.push(&named.name);
                continue;
            };
            shown[at] = !named.negated;
            if !named.negated && !named.nested.is_empty() {
                nested[at] = &named.nested;
            }
        }
        if !unknown.is_empty() {
            unknown.sort_unstable();
            unknown.dedup();
            return Err(Refusal::bad(format!("unknown fields: {}", unknown.join(", "))));
        }
        let mut shape = Shape { meta: Vec::new(), body: Vec::new() };
        for (at, entry) in entries.into_iter().enumerate().filter(|(at, _)| shown[*at]) {
            let nested = match entry.refers_to(self.types) {
                None if nested[at].is_empty() => None,
                None => return Err(Refusal::bad(format!("'{}' does not support nested fields", entry.name))),
                Some(Model::Plain) => {
                    Some(Box::new(self.shape_within(Model::Plain, Level::Nested, nested[at], steps)?))
                }
                // All fields of something this far away are those that take no further look.
                Some(_) if steps == self.steps && start == "*" && nested[at].is_empty() => continue,
                Some(_) if steps == self.steps => {
                    return Err(Refusal::bad(format!("'{}' is nested too deep", entry.name)));
                }
                Some(other) => Some(Box::new(self.shape_within(other, Level::Nested, nested[at], steps + 1)?)),
            };
            let into = if entry.is_meta { &mut shape.meta } else { &mut shape.body };
            into.push(Shown { entry, nested });
        }
        Ok(shape)
    }
}

/// Whether lists leave it out of what they read of a page.
pub fn is_long(kind: &FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Stream { .. }
            | FieldKind::RichText { .. }
            | FieldKind::RawHtml
            | FieldKind::Table
            | FieldKind::TypedTable { .. }
    )
}

impl Shape<'_> {
    /// Which fields of pages it takes.
    pub fn fields(&self) -> Fields {
        let own: Vec<&Field> = self.body.iter().filter_map(|shown| shown.entry.field).collect();
        match own.iter().any(|field| is_long(&field.kind)) {
            true => Fields::All,
            false if own.is_empty() => Fields::None,
            false => Fields::Short,
        }
    }
}
