//! The tests of content types, by concern, over one small site.

mod load;
mod media;
mod placement;
mod property;
mod validate;
mod walk;

use serde_json::{Map, Value};

use super::{Problem, SourceFile, Types};

const BLOCKS: &str = r#"
[heading]
kind = "char"
label = "Heading"
max_length = 20

[paragraph]
kind = "rich_text"
features = ["bold", "link"]

[hero]
kind = "struct"
label = "Hero"
template = "blocks/big_hero.html"
[[hero.fields]]
name = "title"
kind = "char"
required = true
[[hero.fields]]
name = "target"
kind = "page"
[[hero.fields]]
name = "points"
kind = "list"
block = "heading"

[column]
kind = "stream"
blocks = ["heading", "paragraph", "note"]

[note]
kind = "static"
text = "No value."
"#;

const HOME: &str = r#"
name = "home.HomePage"
kind = "page"
label = "Home"
template = "home.html"
parent_types = []
child_types = ["blog.Index"]
max_count = 1
"#;

const INDEX: &str = r#"
name = "blog.Index"
kind = "page"
label = "Blog"
template = "blog/index.html"
[listing]
of = "blog.Post"
per_page = 9
[[listing.filters]]
segment = "category"
field = "categories"
[[queries]]
name = "latest"
of = "blog.Post"
limit = 3
"#;

const CATEGORY: &str = r#"
name = "blog.Category"
kind = "snippet"
label = "Category"
[[fields]]
name = "description"
kind = "text"
"#;

const POST: &str = r#"
name = "blog.Post"
kind = "page"
label = "Post"
template = "blog/post.html"
parent_types = ["blog.Index"]
child_types = []
[[fields]]
name = "intro"
kind = "text"
required = true
min_length = 3
max_length = 10
[[fields]]
name = "body"
kind = "stream"
blocks = ["heading", "paragraph", "hero", "column", "note"]
max_items = 4
block_counts = { hero = { max = 1 } }
[[fields]]
name = "categories"
kind = "snippets"
of = "blog.Category"
[[fields]]
name = "related"
kind = "page"
of = ["blog.Post"]
[[fields]]
name = "aside"
kind = "struct"
block = "hero"
"#;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

fn site_files() -> Vec<SourceFile> {
    vec![
        file("types/blocks.toml", BLOCKS),
        file("types/home.toml", HOME),
        file("types/index.toml", INDEX),
        file("types/category.toml", CATEGORY),
        file("types/post.toml", POST),
    ]
}

fn site() -> Types {
    load(&site_files())
}

fn load(files: &[SourceFile]) -> Types {
    match Types::load(files) {
        Ok(types) => types,
        Err(problems) => panic!("{}", lines(&problems).join("\n")),
    }
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

/// The problems of the small site with one more file.
fn problems_with(path: &str, text: &str) -> Vec<String> {
    let mut files = site_files();
    files.retain(|file| file.path != path);
    files.push(file(path, text));
    Types::load(&files).err().map(|problems| lines(&problems)).unwrap_or_default()
}

/// A one-field page type over the small site's blocks: the lines are the keys of its field `it`.
fn with_field(lines: &str) -> Types {
    let page = format!(
        "name = \"x.X\"\nkind = \"page\"\nlabel = \"X\"\ntemplate = \"x.html\"\n[[fields]]\nname = \"it\"\n{lines}\n"
    );
    let mut files = site_files();
    files.push(file("types/x.toml", &page));
    load(&files)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}
