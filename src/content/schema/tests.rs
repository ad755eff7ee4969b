//! What operations do to values, and what is refused of a file.

use serde_json::{Value, json};

use super::change::Outcome;
use super::file::{Migration, load};
use crate::content::types::{SourceFile, Types};

const TYPES: &str = r#"
name = "zoo.Animal"
kind = "page"
label = "Animal"
template = "animal.html"
[[fields]]
name = "intro"
kind = "text"
max_length = 20
[[fields]]
name = "body"
kind = "stream"
blocks = ["note", "text", "gallery", "columns", "pair"]
[[fields]]
name = "count"
kind = "integer"
"#;
const BLOCKS: &str = r#"
[note]
kind = "text"
[text]
kind = "rich_text"
[gallery]
kind = "list"
block = "note"
[columns]
kind = "stream"
blocks = ["note", "text"]
[pair]
kind = "struct"
[[pair.fields]]
name = "left"
kind = "text"
"#;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

fn types() -> Types {
    Types::load(&[file("types/animal.toml", TYPES), file("types/blocks.toml", BLOCKS)]).expect("they are right")
}

fn read(files: &[(&str, &str)]) -> Result<Vec<Migration>, Vec<String>> {
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
    load(&files, &types()).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// Applies one operation; how many values it changed, and how many it left because they do not fit.
fn apply(operation: &str, fields: &mut Value) -> (u64, u64) {
    let text = format!("[[operations]]\ntype = \"zoo.Animal\"\n{operation}");
    let migrations = read(&[("schema/0001_test.toml", &text)]).unwrap_or_else(|why| panic!("{why:?}"));
    let mut outcome = Outcome { wanted: 9, ..Outcome::default() };
    for operation in &migrations[0].operations {
        operation.path.visit(fields, &mut |value, place| operation.change.apply(value, place, &mut outcome));
    }
    assert_eq!(outcome.examples.len() as u64, outcome.places.min(9), "each change is an example");
    (outcome.places, outcome.refused)
}

/// The ids of new blocks are random.
fn without_ids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove("id");
            fields.values_mut().for_each(without_ids);
        }
        Value::Array(entries) => entries.iter_mut().for_each(without_ids),
        _ => {}
    }
}

#[track_caller]
fn assert_changes(operation: &str, from: Value, to: Value) {
    let mut fields = from;
    assert!(apply(operation, &mut fields).0 > 0, "{operation}");
    let mut shown = fields.clone();
    without_ids(&mut shown);
    assert_eq!(shown.to_string(), to.to_string(), "{operation}: also the order of keys");
    assert_eq!(apply(operation, &mut fields), (0, 0), "{operation}: a second time changes nothing");
}

fn block(name: &str, value: Value) -> Value {
    json!({ "type": name, "value": value })
}

#[test]
fn fields_are_renamed_removed_and_filled() {
    let rename = "operation = \"rename_field\"\nfrom = \"lead\"\nto = \"intro\"";
    assert_changes(rename, json!({ "a": 1, "lead": "x", "b": 2 }), json!({ "a": 1, "intro": "x", "b": 2 }));
    assert_changes(rename, json!({ "intro": "", "lead": "x" }), json!({ "intro": "x" }));
    assert_changes(rename, json!({ "intro": "y", "lead": "" }), json!({ "intro": "y" }));
    let mut both = json!({ "intro": "y", "lead": "x" });
    assert_eq!(apply(rename, &mut both), (0, 1), "neither value is lost");
    assert_eq!(both, json!({ "intro": "y", "lead": "x" }));
    assert_changes(
        "operation = \"remove_field\"\nfield = \"b\"",
        json!({ "a": 1, "b": 2, "c": 3 }),
        json!({ "a": 1, "c": 3 }),
    );
    let fill = "operation = \"set_default\"\nfield = \"intro\"\nvalue = \"none\"";
    assert_changes(fill, json!({}), json!({ "intro": "none" }));
    assert_eq!(apply(fill, &mut json!({ "intro": "" })), (0, 0), "an empty text was meant");
    let child = "operation = \"rename_field\"\npath = \"body.pair\"\nfrom = \"old\"\nto = \"left\"";
    let body = |name: &str| json!({ "body": [block("note", json!("n")), block("pair", json!({ name: "x" }))] });
    assert_changes(child, body("old"), body("left"));
}

#[test]
fn blocks_are_renamed_removed_and_gathered_as_in_wagtail() {
    let rename = "operation = \"rename_block\"\npath = \"body\"\nfrom = \"aside\"\nto = \"note\"";
    assert_changes(
        rename,
        json!({ "body": [block("aside", json!("x"))] }),
        json!({ "body": [block("note", json!("x"))] }),
    );
    let everywhere = rename.replace("\"body\"", "\"**\"");
    let nested =
        |name: &str| json!({ "body": [block("columns", json!([block(name, json!("x"))])), block(name, json!("y"))] });
    assert_changes(&everywhere, nested("aside"), nested("note"));
    let remove = "operation = \"remove_block\"\npath = \"body\"\nblock = \"old\"";
    let kept = json!({ "body": [block("note", json!("n"))] });
    assert_changes(
        remove,
        json!({ "body": [block("old", json!(1)), block("note", json!("n")), block("old", json!(2))] }),
        kept,
    );
    let stream = json!({ "body": [
        block("note", json!("a")), block("text", json!("<p>b</p>")), block("note", json!("c")), block("note", json!("d")),
    ] });
    let item = |text: &str| block("item", json!(text));
    let list = "operation = \"blocks_to_list\"\npath = \"body\"\nblock = \"note\"\nto = \"gallery\"";
    let all = block("gallery", json!([item("a"), item("c"), item("d")]));
    assert_changes(list, stream.clone(), json!({ "body": [all, block("text", json!("<p>b</p>"))] }));
    let runs = json!({ "body": [
        block("gallery", json!([item("a")])), block("text", json!("<p>b</p>")), block("gallery", json!([item("c"), item("d")])),
    ] });
    assert_changes(&format!("{list}\ngather = \"runs\""), stream, runs);
    let inner = "operation = \"blocks_to_stream\"\npath = \"body\"\nblocks = [\"note\", \"text\"]\nto = \"columns\"";
    let two = json!([block("note", json!("a")), block("text", json!("<p>b</p>"))]);
    assert_changes(inner, json!({ "body": two }), json!({ "body": [block("columns", two)] }));
    let into = "operation = \"blocks_to_struct\"\npath = \"body\"\nblock = \"note\"\nto = \"pair\"\nfield = \"left\"";
    assert_changes(
        into,
        json!({ "body": [block("note", json!("a"))] }),
        json!({ "body": [block("pair", json!({ "left": "a" }))] }),
    );
}

#[test]
fn values_are_wrapped_mapped_set_and_converted() {
    let items = "operation = \"items_to_struct\"\npath = \"body.gallery\"\nfield = \"left\"";
    let of = |one: Value, two: Value| json!({ "body": [block("gallery", json!([block("item", one), two]))] });
    assert_changes(items, of(json!("a"), json!("b")), of(json!({ "left": "a" }), json!({ "left": "b" })));
    let list = "operation = \"value_to_list\"\npath = \"intro\"";
    assert_changes(list, json!({ "intro": "x" }), json!({ "intro": [block("item", json!("x"))] }));
    assert_changes(list, json!({ "intro": "" }), json!({ "intro": [] }));
    let stream = "operation = \"value_to_stream\"\npath = \"body\"\nblock = \"text\"";
    assert_changes(stream, json!({ "body": "<p>x</p>" }), json!({ "body": [block("text", json!("<p>x</p>"))] }));
    let wrap = "operation = \"value_to_struct\"\npath = \"**.pair\"\nfield = \"left\"";
    assert_changes(
        wrap,
        json!({ "body": [block("pair", json!("x"))] }),
        json!({ "body": [block("pair", json!({ "left": "x" }))] }),
    );
    assert_changes(
        "operation = \"set_value\"\npath = \"count\"\nvalue = 7",
        json!({ "count": 1 }),
        json!({ "count": 7 }),
    );
    let map = "operation = \"map_value\"\npath = \"kind\"\nvalues = { note = \"info\", loud = \"alarm\" }";
    assert_changes(map, json!({ "kind": "note" }), json!({ "kind": "info" }));
    assert_changes(map, json!({ "kind": ["loud", "other"] }), json!({ "kind": ["alarm", "other"] }));
    let convert = "operation = \"convert\"\npath = \"count\"\nconversion = \"text_to_integer\"";
    assert_changes(convert, json!({ "count": "12" }), json!({ "count": 12 }));
    let mut words = json!({ "count": "twelve" });
    assert_eq!(apply(convert, &mut words), (0, 1));
    assert_eq!(words, json!({ "count": "twelve" }), "what does not fit stays");
}

#[test]
fn every_mistake_of_a_file_is_told_with_its_line() {
    let text = r#"descripton = "x"
revisions_from = "soon"

[[operations]]
operation = "rename_feild"
type = "zoo.Animal"

[[operations]]
operation = "rename_field"
type = "zoo.Animl"
from = "a"
to = "b"

[[operations]]
operation = "rename_field"
type = "zoo.Animal"
from = "lead"
to = "intrro"

[[operations]]
operation = "convert"
type = "zoo.Animal"
path = "body[0]"
conversion = "text_to_integr"

[[operations]]
operation = "set_default"
type = "zoo.Animal"
field = "intro"
value = "longer than the field allows"
values = 1

[[operations]]
operation = "rename_block"
types = ["*"]
from = "aside"
to = "nott"
"#;
    let said = read(&[("schema/0001_x.toml", text), ("schema/0001_y.toml", ""), ("schema/1_z.toml", "")])
        .expect_err("refused");
    let said = said.join("\n");
    for part in [
        "schema/0001_x.toml:1: descripton: is not a key of a migration",
        "schema/0001_x.toml:2: revisions_from: \"soon\" is not a date",
        ":5: operations[0].operation: \"rename_feild\" is not an operation (did you mean \"rename_field\"?)",
        ":10: operations[1].type: there is no type \"zoo.Animl\" (did you mean \"zoo.Animal\"?)",
        ":18: operations[2].to: \"intrro\" is not a field of zoo.Animal (did you mean \"intro\"?)",
        ":23: operations[3].path: \"body[0]\" is not a name",
        ":24: operations[3].conversion: \"text_to_integr\" is not a conversion (did you mean \"text_to_integer\"?)",
        ":30: operations[4].value: does not fit zoo.Animal: intro:",
        ":31: operations[4].values: is not a key of a set_default operation",
        ":33: operations[5].path: is missing",
        ":37: operations[5].to: \"nott\" is not a block of blocks.toml (did you mean \"note\"?)",
        "schema/0001_y.toml:1: schema/0001_x.toml has the same number",
        "schema/0001_y.toml:1: operations: is missing",
        "schema/1_z.toml:1: is not the name of a migration",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
}

#[test]
fn a_name_that_a_later_operation_takes_up_need_not_be_in_the_types() {
    let rename = |from: &str, to: &str| {
        format!(
            "[[operations]]\noperation = \"rename_field\"\ntype = \"zoo.Animal\"\nfrom = \"{from}\"\nto = \"{to}\"\n"
        )
    };
    let (first, second) = (rename("lead", "standfirst"), rename("standfirst", "intro"));
    assert!(read(&[("schema/0001_a.toml", &first), ("schema/0002_b.toml", &second)]).is_ok());
    assert!(read(&[("schema/0001_a.toml", &second), ("schema/0002_b.toml", &first)]).is_err());
}
