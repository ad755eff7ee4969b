//! Shapes as fields and blocks of type files.

use std::collections::BTreeMap;

use super::models::Models;
use super::shape::{Shape, Texts};
use crate::import::wagtail::convert::snake;

/// A text that is longer, or has lines, is no `char`.
const LONGEST_LINE: usize = 255;
/// Blocks nest this deep.
const MAX_DEPTH: usize = 7;

/// The blocks of all types, by name.
#[derive(Default)]
pub(super) struct Library(BTreeMap<String, Shape>);

/// A kind of field with its keys, as in a type file.
pub(super) struct Kind {
    pub name: &'static str,
    pub keys: Vec<(&'static str, String)>,
}

impl Kind {
    fn plain(name: &'static str) -> Self {
        Self { name, keys: Vec::new() }
    }

    fn with(name: &'static str, key: &'static str, value: String) -> Self {
        Self { name, keys: vec![(key, value)] }
    }

    /// As the lines of a table.
    pub fn lines(&self) -> String {
        let mut text = format!("kind = \"{}\"\n", self.name);
        for (key, value) in &self.keys {
            text += &format!("{key} = {value}\n");
        }
        text
    }
}

impl Library {
    /// The kind of a value; blocks that it is made of go into the library. None: nothing was ever there.
    pub fn kind(&mut self, name: &str, shape: &Shape, models: &Models, depth: usize) -> Option<Kind> {
        if depth > MAX_DEPTH {
            return Some(Kind::plain("text"));
        }
        let most = [shape.streams, shape.typed_tables, shape.structs, shape.lists, shape.texts.seen, shape.integers];
        let most = most.into_iter().max().unwrap_or(0);
        if shape.image_blocks > 0 {
            return Some(Kind::plain("image_block"));
        }
        if shape.tables > 0 {
            return Some(Kind::plain("table"));
        }
        if shape.typed_tables > 0 || (shape.streams > 0 && shape.streams == most) {
            let kind = if shape.typed_tables > 0 { "typed_table" } else { "stream" };
            let names: Vec<String> = shape.blocks.keys().cloned().collect();
            for (block, inner) in &shape.blocks {
                self.0.entry(block.clone()).or_default().merge(inner.clone());
            }
            return Some(Kind::with(kind, "blocks", list(&names)));
        }
        if shape.structs > 0 && shape.structs == most {
            let block = format!("{name}_parts");
            self.0.entry(block.clone()).or_default().merge(shape.clone());
            return Some(Kind::with("struct", "block", quoted(&block)));
        }
        if let Some(items) = shape.items.as_ref().filter(|_| shape.lists == most) {
            return Some(self.list_kind(name, items, models));
        }
        if shape.booleans > 0 {
            return Some(Kind::plain("boolean"));
        }
        if let Some(reference) = models.reference(name, shape) {
            return Some(reference);
        }
        match (shape.integers, shape.floats, shape.texts.seen) {
            (0, 0, 0) => None,
            (_, 0, 0) => Some(Kind::plain("integer")),
            (_, _, 0) => Some(Kind::plain("float")),
            _ => Some(text_kind(name, &shape.texts)),
        }
    }

    fn list_kind(&mut self, name: &str, items: &Shape, models: &Models) -> Kind {
        // A list of references is a field by itself.
        if items.structs == 0
            && let Some(kind) = models.reference(name, items).filter(|kind| kind.name == "snippet")
        {
            return Kind { name: "snippets", ..kind };
        }
        if let [(inner, only)] = own_fields(items).as_slice()
            && items.structs > 0
            && let Some(kind) = models.reference(inner, only).filter(|kind| kind.name == "snippet")
        {
            return Kind { name: "snippets", ..kind };
        }
        let block = format!("{name}_item");
        self.0.entry(block.clone()).or_default().merge(items.clone());
        Kind::with("list", "block", quoted(&block))
    }

    /// `blocks.toml`: the blocks, and those that they are made of.
    pub fn toml(mut self, models: &Models) -> (String, Vec<(String, String)>) {
        let mut written: BTreeMap<String, (String, String)> = BTreeMap::new();
        loop {
            let next = self.0.iter().find(|(name, _)| !written.contains_key(*name));
            let Some((name, shape)) = next.map(|(name, shape)| (name.clone(), shape.clone())) else { break };
            let made = self.block(&name, &shape, models);
            written.insert(name, made);
        }
        let text = written.values().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n");
        (text, written.into_iter().map(|(name, (_, template))| (name, template)).collect())
    }

    /// A block, and its template.
    fn block(&mut self, name: &str, shape: &Shape, models: &Models) -> (String, String) {
        let is_struct = shape.structs > 0 && shape.structs >= shape.texts.seen && shape.image_blocks == 0;
        if !is_struct || shape.tables + shape.typed_tables > 0 {
            let kind = self.kind(name, shape, models, 1).unwrap_or_else(|| Kind::plain("text"));
            return (format!("[{name}]\n{}", kind.lines()), show("value", &kind));
        }
        let mut text = format!("[{name}]\nkind = \"struct\"\n");
        let mut template = String::new();
        for (field, inner) in own_fields(shape) {
            let own = snake(&field);
            let Some(kind) = self.kind(&own, &inner, models, 1) else {
                text += &format!("\n# {own}: nothing was ever there\n");
                continue;
            };
            text += &format!("\n[[{name}.fields]]\nname = \"{own}\"\n{}", kind.lines());
            template += &show(&format!("value.{own}"), &kind);
        }
        (text, template)
    }
}

/// What a part says beside whose it is, and where it stands.
fn own_fields(shape: &Shape) -> Vec<(String, Shape)> {
    let is_own = |name: &str| !matches!(name, "sort_order" | "page" | "content_object" | "parent");
    shape.fields.iter().filter(|(name, _)| is_own(name)).cloned().collect()
}

fn text_kind(name: &str, texts: &Texts) -> Kind {
    let all = |count: usize| count == texts.seen;
    if name.contains("html") {
        return Kind::plain("raw_html");
    }
    let kind = match () {
        () if texts.html * 2 >= texts.seen => "rich_text",
        () if all(texts.dates) => "date",
        () if all(texts.times) => "time",
        () if all(texts.moments) => "datetime",
        () if all(texts.decimals) => "decimal",
        () if all(texts.urls) && ["embed", "video", "youtube", "media"].iter().any(|word| name.contains(word)) => {
            "embed"
        }
        () if all(texts.urls) => "url",
        () if all(texts.emails) => "email",
        () if texts.lines > 0 || texts.longest > LONGEST_LINE => "text",
        () => "char",
    };
    if kind == "rich_text" { Kind::with(kind, "features", list(FEATURES)) } else { Kind::plain(kind) }
}

/// All of them: the dump says what was written, not what editors are offered.
const FEATURES: &[&str] = &[
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "bold",
    "italic",
    "ol",
    "ul",
    "hr",
    "link",
    "document-link",
    "image",
    "embed",
    "code",
    "superscript",
    "subscript",
    "strikethrough",
    "blockquote",
];

/// How a template shows a value.
pub(super) fn show(place: &str, kind: &Kind) -> String {
    match kind.name {
        "rich_text" => format!("{{% if {place} %}}<div>{{{{ {place}|richtext }}}}</div>{{% endif %}}\n"),
        "stream" => format!("{{{{ {place}|blocks }}}}\n"),
        "raw_html" => format!("{{% if {place} %}}{{{{ {place}|safe }}}}{{% endif %}}\n"),
        "char" | "text" | "block_quote" | "integer" | "float" | "decimal" | "date" | "time" | "datetime" | "url"
        | "email" => format!("{{% if {place} %}}<p>{{{{ {place} }}}}</p>{{% endif %}}\n"),
        _ => format!("{{# {place}: {} #}}\n", kind.name),
    }
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

pub(super) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    format!("[{}]", names.join(", "))
}
