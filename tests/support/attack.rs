//! What attackers write into fields, and a value of every kind of field and block that holds it.

use serde_json::{Map, Value, json};
use vitrine::content::types::{Block, BlockShape, Field, FieldKind, Types};

use super::site;

/// Each in a way of its own: elements, handlers, addresses, the ends of what it may stand in, templates, spreadsheets,
/// and letters that are taken for others. All are harmless as text.
pub const ATTACKS: [&str; 24] = [
    "<script>planted()</script>",
    "\"><img src=x onerror=planted()>",
    "'><svg/onload=planted()>",
    "\" autofocus onfocus=planted() x=\"",
    "' onmouseover='planted()",
    "` onclick=planted() `",
    "</script><script>planted()</script>",
    "<!--<script>planted",
    "</textarea></title></style><planted-x>",
    "--><planted-x><!--",
    "]]><planted-x/>",
    "javascript:planted()",
    " \u{1}java\tscript:planted()",
    "data:text/html,<script>planted()</script>",
    "//planted.example/x",
    "https://planted.example/\"onclick=\"planted()",
    "<iframe srcdoc='<script>planted()</script>'>",
    "<a href=javascript:planted()>x</a>",
    "<svg><style><a id=\"</style><img src=x onerror=planted()>\">",
    "<math><mtext><table><mglyph><style><planted-x>",
    "planted{{7*7}}{% raw %}{%- x %}",
    "=HYPERLINK(\"https://planted.example\")",
    "\u{ff1c}script\u{ff1e}planted()\u{ff1c}/script\u{ff1e}&lt;script&gt;planted()",
    "<form action=https://planted.example><input name=x>",
];

/// Kinds whose values have a form of their own: an attack has none.
pub const STRICT: [&str; 17] = [
    "email",
    "url",
    "integer",
    "float",
    "decimal",
    "boolean",
    "date",
    "time",
    "datetime",
    "choice",
    "multiple_choice",
    "page",
    "snippet",
    "snippets",
    "image",
    "document",
    "embed",
];
/// The page type that has a field of every kind.
pub const TYPE: &str = "attack.AttackPage";

/// Things of the site whose own words are attacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Planted {
    pub page: i64,
    pub image: i64,
    pub document: i64,
    pub author: i64,
}

/// What a field of this kind needs to be said beside its kind.
///
/// # Panics
/// For a kind that is new: say here what it needs, and in [`value`] what an attack on it looks like.
fn options(kind: &str, blocks: &str) -> String {
    match kind {
        "char" | "text" | "email" | "url" | "integer" | "float" | "decimal" | "boolean" | "date" | "time"
        | "datetime" | "raw_html" | "block_quote" | "page" | "image" | "document" | "image_block" | "embed"
        | "table" | "tags" => String::new(),
        "regex" => ", pattern = \"(?s)^.*$\"".into(),
        "choice" | "multiple_choice" => ", choices = [{ value = \"a\" }, { value = \"b\" }]".into(),
        "rich_text" => concat!(
            ", features = [\"h2\", \"h3\", \"bold\", \"italic\", \"ol\", \"ul\", \"hr\", \"link\", \"document-link\", ",
            "\"image\", \"embed\", \"code\", \"superscript\", \"subscript\", \"strikethrough\", \"blockquote\"]"
        )
        .into(),
        "static" => ", text = \"A note.\"".into(),
        "stream" => format!(", blocks = [{blocks}]"),
        "struct" => ", block = \"attack_struct\"".into(),
        "list" => ", block = \"attack_struct\", min_items = 2".into(),
        "snippet" | "snippets" => ", of = \"blog.Author\"".into(),
        "typed_table" => ", blocks = [\"cell_text\", \"cell_number\", \"cell_date\", \"cell_page\"]".into(),
        new => panic!("the kind {new} has no case here"),
    }
}

/// The default site, with [`TYPE`] below its home page: a field of every kind, and a stream that takes every block of
/// the library and a block of every kind.
pub fn site_folder() -> tempfile::TempDir {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("site/types");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("the type is there");
    let mut blocks = read("blocks.toml");
    blocks.push_str("\n[attack_struct]\nkind = \"struct\"\nfields = [\n");
    for (name, kind) in [("first", "char"), ("second", "text"), ("third", "rich_text"), ("fourth", "image_block")] {
        blocks.push_str(&format!("  {{ name = \"{name}\", kind = \"{kind}\"{} }},\n", options(kind, "")));
    }
    blocks.push_str("]\n");
    let alone = |kind: &str| !matches!(kind, "static" | "tags" | "raw_html" | "struct");
    for kind in FieldKind::NAMES.into_iter().filter(|kind| alone(kind)) {
        let options = options(kind, "\"heading\", \"paragraph\"").replacen(", ", "\n", 1);
        blocks.push_str(&format!("\n[any_{kind}]\nkind = \"{kind}\"{options}\n").replace(", min_items", "\nmin_items"));
    }
    let named =
        |line: &str| Some(line.strip_prefix('[')?.strip_suffix(']')?.to_owned()).filter(|name| !name.contains('['));
    let names: Vec<String> = blocks.lines().filter_map(named).map(|name| format!("\"{name}\"")).collect();
    let names = names.join(", ");
    let mut fields = String::new();
    for kind in FieldKind::NAMES {
        fields.push_str(&format!("  {{ name = \"of_{kind}\", kind = \"{kind}\"{} }},\n", options(kind, &names)));
    }
    let attack = format!(
        "name = \"{TYPE}\"\nkind = \"page\"\nlabel = \"Attack\"\ntemplate = \"attack.html\"\n\
         parent_types = [\"home.HomePage\"]\nchild_types = []\nfields = [\n{fields}]\n"
    );
    let home = read("home.toml").replacen("child_types = [", &format!("child_types = [\"{TYPE}\", "), 1);
    let template = template();
    site::folder_with(&[
        ("types/attack.toml", &attack),
        ("types/blocks.toml", &blocks),
        ("types/home.toml", &home),
        ("templates/attack.html", &template),
    ])
}

/// Every field as text, as an attribute, and as data of a script; rich text and blocks as they are.
fn template() -> String {
    let mut main = String::new();
    for kind in FieldKind::NAMES {
        let field = format!("page.of_{kind}");
        main.push_str(&match kind {
            "static" => continue,
            "raw_html" => format!("{{{{ {field}|default('')|safe }}}}\n"),
            "stream" => format!("{{{{ {field}|blocks }}}}\n"),
            "page" | "snippet" | "snippets" | "image" | "document" | "image_block" | "struct" | "list" | "table"
            | "typed_table" => {
                format!("<p title=\"{{{{ {field} }}}}\">{{{{ {field} }}}}</p>\n")
            }
            "url" | "embed" => format!("<a href=\"{{{{ {field} }}}}\">{{{{ {field} }}}}</a>\n"),
            _ => format!(
                "<p title=\"{{{{ {field} }}}}\">{{{{ {field} }}}}</p>\n\
                 <script type=\"application/json\">{{{{ {field}|tojson }}}}</script>\n"
            ),
        });
    }
    format!(
        "{{% extends \"base.html\" %}}\n{{% block main %}}\n<h1>{{{{ page.title }}}}</h1>\n{main}{{% endblock %}}\n"
    )
}

fn cut(text: &str, most: Option<usize>) -> String {
    text.chars().take(most.unwrap_or(usize::MAX)).collect()
}

/// An attack as it is in an attribute that its own author quotes.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

fn rich(text: &str, planted: &Planted) -> Value {
    let (said, image) = (quoted(text), planted.image);
    json!(format!(
        "<p>Said:</p><p>{text}</p><h2 onclick=\"planted()\" id=\"{said}\">{text}</h2><p><a href=\"{said}\">{text}</a> \
         <a linktype=\"page\" id=\"{said}\" fragment=\"{said}\">x</a> \
         <a linktype=\"page\" id=\"{}\" fragment=\"{said}\">x</a> \
         <a linktype=\"document\" id=\"{}\">x</a></p><embed embedtype=\"image\" id=\"{image}\" format=\"{said}\" \
         alt=\"{said}\"/><embed embedtype=\"media\" url=\"{said}\"/><{text}>",
        planted.page, planted.document
    ))
}

/// A value that fits the kind, with the attack wherever words are taken.
pub fn value(types: &Types, kind: &FieldKind, text: &str, planted: &Planted) -> Value {
    let author_of = |of: &str| (of == "blog.Author").then_some(planted.author);
    match kind {
        FieldKind::Char(length) | FieldKind::Text(length) | FieldKind::BlockQuote(length) => {
            json!(cut(text, length.max))
        }
        FieldKind::Email(_) => json!("'onclick='planted{{7*7}}@planted.example"),
        FieldKind::Url(_) => json!("https://planted.example/'onclick='planted()?planted{{7*7}}&lt;script&gt;"),
        FieldKind::Regex { pattern, .. } => {
            json!([text, "art/tide.svg", "de", "a"].into_iter().find(|it| pattern.is_match(it)).unwrap_or_default())
        }
        FieldKind::Integer { min, .. } => json!(min.unwrap_or(7)),
        FieldKind::Float { min, .. } => json!(min.unwrap_or(7.5)),
        FieldKind::Decimal { .. } => json!("7"),
        FieldKind::Boolean => json!(false),
        FieldKind::Date => json!("2026-01-02"),
        FieldKind::Time => json!("03:04"),
        FieldKind::DateTime => json!("2026-01-02T03:04:05Z"),
        FieldKind::Choice(choices) => json!(choices[0].value),
        FieldKind::MultipleChoice(choices) => json!([choices[0].value]),
        FieldKind::RichText { .. } => rich(text, planted),
        // What is raw is run: it is written by people who are trusted. See `raw_html_runs_under_the_policy_alone`.
        FieldKind::RawHtml => json!("<p>raw</p>"),
        FieldKind::Static { .. } | FieldKind::Embed => Value::Null,
        FieldKind::Stream { blocks, items, .. } => {
            // What must have a player asks for one elsewhere.
            let plays = |field: &Field| field.required && matches!(field.kind, FieldKind::Embed);
            let known = blocks.iter().filter_map(|name| types.block(name));
            let silent = known.filter(|block| !block.fields().iter().any(plays)).take(items.max.unwrap_or(usize::MAX));
            silent.map(|block| json!({ "type": block.name, "value": of_block(types, block, text, planted) })).collect()
        }
        FieldKind::Struct { block } => of_name(types, block, text, planted),
        FieldKind::List { block, items } => {
            json!(vec![of_name(types, block, text, planted); items.min.unwrap_or(1).max(1)])
        }
        FieldKind::Page { of } => {
            if of.is_empty() {
                json!(planted.page)
            } else {
                Value::Null
            }
        }
        FieldKind::Snippet { of } => json!(author_of(of)),
        FieldKind::Snippets { of, .. } => author_of(of).into_iter().collect(),
        FieldKind::Image => json!(planted.image),
        FieldKind::Document => json!(planted.document),
        FieldKind::ImageBlock => json!({ "image": planted.image, "alt": cut(text, Some(255)), "decorative": false }),
        FieldKind::Table => json!({ "data": [[text, text], [text, "1"]], "first_row_is_table_header": true,
            "table_caption": text, "cell": [{ "row": 0, "col": 0, "className": text }] }),
        FieldKind::TypedTable { .. } => json!({ "columns": [{ "type": "cell_text", "heading": text }],
            "rows": [{ "values": [text] }], "caption": text }),
        FieldKind::Tags { .. } => json!([cut(text, Some(100))]),
    }
}

fn of_name(types: &Types, name: &str, text: &str, planted: &Planted) -> Value {
    types.block(name).map_or(Value::Null, |block| of_block(types, block, text, planted))
}

fn of_block(types: &Types, block: &Block, text: &str, planted: &Planted) -> Value {
    match &block.shape {
        BlockShape::Struct { fields, .. } => Value::Object(of_fields(types, fields, text, planted)),
        BlockShape::Value(field) => value(types, &field.kind, text, planted),
    }
}

/// Values of all fields but those that have none.
pub fn of_fields(types: &Types, fields: &[Field], text: &str, planted: &Planted) -> Map<String, Value> {
    let with_value = fields.iter().filter(|field| !matches!(field.kind, FieldKind::Static { .. }));
    with_value.map(|field| (field.name.clone(), value(types, &field.kind, text, planted))).collect()
}

/// What is sent in the place of a value of a strict kind.
pub fn wrong(kind: &str, text: &str) -> Value {
    match kind {
        "multiple_choice" | "snippets" => json!([text]),
        _ => json!(text),
    }
}
