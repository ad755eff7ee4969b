//! Values that remember whether the template read them, so that a page depends on what it shows and on nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use minijinja::value::{Enumerator, Object, ObjectExt as _, ObjectRepr, ValueKind};
use serde_json::Value as Json;

use super::TemplateValue;

/// Keys that no field can have: names of fields begin with a letter.
const INDEX: &str = "$read";
const VALUE: &str = "$value";

/// Which of a number of things a render has read.
#[derive(Clone, Debug)]
pub struct Reads(Arc<[AtomicBool]>);

impl Reads {
    pub fn of(count: usize) -> Self {
        Self((0..count).map(|_| AtomicBool::new(false)).collect())
    }

    fn mark(&self, index: usize) {
        if let Some(flag) = self.0.get(index) {
            flag.store(true, Relaxed);
        }
    }

    /// The indices of what was read.
    pub fn indices(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, flag)| flag.load(Relaxed)).map(|(index, _)| index)
    }
}

/// `value` in a JSON document, marked as thing number `index`.
pub fn tracked(index: usize, value: Json) -> Json {
    Json::Object([(INDEX.to_owned(), index.into()), (VALUE.to_owned(), value)].into_iter().collect())
}

/// Keys of an object that are walked to find one; more are sorted.
const FEW: usize = 64;

/// A JSON object of values that are moved into it; `json!` copies whole documents.
pub fn object<const N: usize>(pairs: [(&str, Json); N]) -> Json {
    Json::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The template's view of a JSON document; reading a part that is [`tracked`] is noted in `reads`.
pub fn template_value(value: Json, reads: &Reads) -> TemplateValue {
    match value {
        Json::Null => TemplateValue::from(()),
        Json::Bool(value) => value.into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.into(),
            (None, float) => float.unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(|item| template_value(item, reads)).collect(),
        Json::Object(mut map) => match (map.get(INDEX).and_then(Json::as_u64), map.get_mut(VALUE).map(Json::take)) {
            (Some(index), Some(value)) => TemplateValue::from_object(Tracked {
                value: template_value(value, reads),
                index: index as usize,
                reads: reads.clone(),
            }),
            _ => {
                let few = map.len() <= FEW;
                let pairs = map.into_iter().map(|(key, value)| (key, template_value(value, reads)));
                if few { TemplateValue::from_object(Fields(pairs.collect())) } else { TemplateValue::from_pairs(pairs) }
            }
        },
    }
}

/// A JSON object of a page. Each render makes hundreds of them, with a few keys each, of which it reads some: walking
/// the keys costs less than sorting them first.
#[derive(Debug)]
struct Fields(Vec<(String, TemplateValue)>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &TemplateValue) -> Option<TemplateValue> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<TemplateValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut keys: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        keys.sort_unstable();
        Enumerator::Values(keys.into_iter().map(TemplateValue::from).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.0.len())
    }
}

/// Behaves as its value, and notes that it was looked into.
#[derive(Debug)]
struct Tracked {
    value: TemplateValue,
    index: usize,
    reads: Reads,
}

impl Object for Tracked {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.value.kind() {
            ValueKind::Map => ObjectRepr::Map,
            ValueKind::Seq => ObjectRepr::Seq,
            ValueKind::Iterable => ObjectRepr::Iterable,
            _ => ObjectRepr::Plain,
        }
    }

    fn get_value(self: &Arc<Self>, key: &TemplateValue) -> Option<TemplateValue> {
        self.reads.mark(self.index);
        self.value.get_item(key).ok().filter(|value| !value.is_undefined())
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<TemplateValue> {
        self.reads.mark(self.index);
        self.value.get_attr(key).ok().filter(|value| !value.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.reads.mark(self.index);
        match self.repr() {
            ObjectRepr::Plain => Enumerator::NonEnumerable,
            ObjectRepr::Seq => Enumerator::Seq(self.value.len().unwrap_or(0)),
            _ => self.mapped_enumerator(|tracked| match tracked.value.try_iter() {
                Ok(items) => Box::new(items),
                Err(_) => Box::new(std::iter::empty()),
            }),
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.reads.mark(self.index);
        self.value.len()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.reads.mark(self.index);
        self.value.is_true()
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.reads.mark(self.index);
        std::fmt::Display::fmt(&self.value, f)
    }
}

#[cfg(test)]
mod tests {
    use minijinja::Environment;
    use serde_json::json;

    use super::*;

    /// Which of four things a template reads.
    fn reads_of(template: &str) -> Vec<usize> {
        let reads = Reads::of(4);
        let context = json!({
            "author": tracked(0, json!({ "name": "Ines" })),
            "list": tracked(1, json!([tracked(2, json!({ "title": "Tides" }))])),
            "absent": tracked(3, Json::Null),
        });
        let environment = Environment::new();
        environment.render_str(template, template_value(context, &reads)).unwrap_or_else(|error| panic!("{error:#}"));
        reads.indices().collect()
    }

    #[test]
    fn what_a_template_reads_is_noted_and_nothing_else() {
        assert_eq!(reads_of("nothing"), Vec::<usize>::new());
        assert_eq!(reads_of("{{ author.name }}"), [0]);
        assert_eq!(reads_of("{% set person = author %}"), Vec::<usize>::new());
        assert_eq!(reads_of("{% if absent %}x{% endif %}"), [3]);
        assert_eq!(reads_of("{{ list|length }}"), [1]);
        assert_eq!(reads_of("{% for item in list %}{{ loop.index }}{% endfor %}"), [1]);
        assert_eq!(reads_of("{% for item in list %}{{ item.title }}{% endfor %}"), [1, 2]);
        assert_eq!(reads_of("{{ (list|last).title }}{{ list[0].title }}"), [1, 2]);
        assert_eq!(reads_of("{{ author|tojson }}"), [0]);
        assert_eq!(reads_of("{% for key in author %}{{ key }}{% endfor %}"), [0]);
    }

    #[test]
    fn a_tracked_value_looks_like_its_value() {
        let reads = Reads::of(2);
        let context = json!({
            "author": tracked(0, json!({ "name": "Ines", "since": 2009 })),
            "list": tracked(1, json!([1, 2, 3])),
        });
        let template = "{{ author.name }} {{ author.since + 1 }} {{ list|join('-') }} {{ list[1:]|length }} \
                        {{ author is mapping }} {{ list is sequence }} {{ author.missing is undefined }} {{ author or 1 }}";
        let text = Environment::new().render_str(template, template_value(context, &reads));
        let text = text.unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(text, "Ines 2010 1-2-3 2 True True True {'name': 'Ines', 'since': 2009}");
    }
}
