//! Images, documents, embeds and tables: their normal form, what is refused, and what they refer to.

use serde_json::{Value, json};

use super::super::{Mode, ReferenceKind, ValueSlot};
use super::{object, with_field};

/// The normal form of `value`, or the places and messages of what is wrong with it.
fn check(keys: &str, value: Value, mode: Mode) -> Result<Value, Vec<String>> {
    let types = with_field(keys);
    let page = types.find("x.X").expect("it was loaded");
    let result = page.validate(&types, &object(json!({ "it": value })), mode);
    result
        .map(|mut values| values.remove("it").unwrap_or_default())
        .map_err(|errors| errors.into_iter().map(|error| format!("{}: {}", error.path, error.code.as_str())).collect())
}

const TYPED: &str = "kind = \"typed_table\"\nblocks = [\"heading\", \"hero\"]";

#[test]
fn choosers_hold_an_id_and_an_embed_an_address() {
    for kind in ["image", "document"] {
        let keys = format!("kind = \"{kind}\"");
        assert_eq!(check(&keys, json!(5), Mode::Publish), Ok(json!(5)));
        assert_eq!(check(&keys, Value::Null, Mode::Publish), Ok(Value::Null));
        assert_eq!(check(&keys, json!("a.jpg"), Mode::Draft), Err(vec!["it: invalid_type".into()]));
        let required = format!("{keys}\nrequired = true");
        assert_eq!(check(&required, Value::Null, Mode::Publish), Err(vec!["it: required".into()]));
    }
    let url = "https://example.com/watch?v=1";
    assert_eq!(check("kind = \"embed\"", json!(format!(" {url} ")), Mode::Publish), Ok(json!(url)));
    assert_eq!(check("kind = \"embed\"", json!("javascript://x"), Mode::Draft), Err(vec!["it: invalid_url".into()]));
}

#[test]
fn an_image_block_needs_words_unless_it_is_decoration() {
    let keys = "kind = \"image_block\"";
    let check = |value, mode| check(keys, value, mode);
    let wagtail = json!({ "image": 5, "alt_text": " a gull ", "decorative": false });
    assert_eq!(check(wagtail, Mode::Publish), Ok(json!({ "image": 5, "alt": "a gull", "decorative": false })));
    let decoration = json!({ "image": 5, "alt": "x", "decorative": true });
    assert_eq!(check(decoration, Mode::Publish), Ok(json!({ "image": 5, "alt": "", "decorative": true })));
    assert_eq!(check(json!({ "image": 5 }), Mode::Publish), Err(vec!["it.alt: required".into()]));
    assert!(check(json!({ "image": 5 }), Mode::Draft).is_ok());
    assert_eq!(check(json!({ "image": null, "alt": "left over" }), Mode::Publish), Ok(Value::Null));
    assert_eq!(check(json!({ "image": 0, "al": "" }), Mode::Draft).err().map(|errors| errors.len()), Some(2));
}

#[test]
fn a_table_keeps_the_form_of_wagtail() {
    let given = json!({
        "data": [["Name", "Height"], ["Gull", 40, null]],
        "first_row_is_table_header": true,
        "first_col_is_header": false,
        "table_caption": " Birds ",
        "cell": [{ "row": 0, "col": 1, "className": "htRight x\"><script>" }, { "row": 9, "col": 0, "className": "htLeft" }],
        "mergeCells": [{ "row": 1, "col": 1, "rowspan": 1, "colspan": 2, "removed": false }],
    });
    let stored = json!({
        "data": [["Name", "Height", ""], ["Gull", "40", ""]],
        "first_row_is_table_header": true,
        "first_col_is_header": false,
        "table_header_choice": "row",
        "table_caption": "Birds",
        "cell": [{ "row": 0, "col": 1, "className": "htRight" }],
        "mergeCells": [{ "row": 1, "col": 1, "rowspan": 1, "colspan": 2 }],
    });
    assert_eq!(check("kind = \"table\"", given, Mode::Publish), Ok(stored.clone()));
    assert_eq!(check("kind = \"table\"", stored.clone(), Mode::Publish), Ok(stored));
    let chosen = check("kind = \"table\"", json!({ "data": [["a"]], "table_header_choice": "column" }), Mode::Publish);
    assert_eq!(chosen.map(|table| table["first_col_is_header"].clone()), Ok(json!(true)));
}

#[test]
fn tables_that_cannot_be_shown_are_refused() {
    let table = |value| check("kind = \"table\"", value, Mode::Draft).expect_err("it does not fit");
    assert_eq!(table(json!([["a"]])), ["it: invalid_type"]);
    assert_eq!(table(json!({ "data": [["a"], "b"] })), ["it.data[1]: invalid_type"]);
    assert_eq!(table(json!({ "data": [[{}]] })), ["it.data[0][0]: invalid_type"]);
    assert_eq!(
        table(json!({ "data": [["a"]], "table_header_choice": "rows" })),
        ["it.table_header_choice: invalid_choice"]
    );
    assert_eq!(table(json!({ "data": vec![vec!["a"; 101]; 1] })), ["it.data: too_many_items"]);
    assert_eq!(table(json!({ "data": [["a"]], "rows": 1 })), ["it: unknown_field"]);
    let required = "kind = \"table\"\nrequired = true";
    assert_eq!(check(required, json!({ "data": [] }), Mode::Publish), Err(vec!["it: required".into()]));
}

#[test]
fn the_cells_of_a_typed_table_are_checked_by_their_columns() {
    let given = json!({
        "columns": [{ "type": "heading", "heading": "What" }, { "type": "hero", "heading": "" }],
        "rows": [{ "values": [" a ", { "title": "t" }] }, { "values": ["b"] }],
        "caption": "c",
    });
    let errors = check(TYPED, given.clone(), Mode::Publish).expect_err("the second row lacks a required field");
    assert_eq!(errors, ["it.rows[1].values[1].title: required"]);
    let stored = check(TYPED, given, Mode::Draft).expect("a draft may");
    assert_eq!(stored["rows"][0]["values"][0], json!("a"));
    assert_eq!(stored["rows"][1]["values"][1]["title"], json!(""));
    for (value, error) in [
        (json!({ "columns": [{ "type": "paragraph" }] }), "it.columns[0].type: unknown_block"),
        (
            json!({ "columns": [{ "type": "heading" }], "rows": [{ "values": [3] }] }),
            "it.rows[0].values[0]: invalid_type",
        ),
        (json!({ "columns": [], "rows": [{ "values": ["a"] }] }), "it.rows[0].values: too_many_items"),
    ] {
        assert_eq!(check(TYPED, value, Mode::Draft), Err(vec![error.into()]));
    }
}

#[test]
fn media_are_referred_to_from_choosers_blocks_rich_text_and_cells() {
    let types = with_field(
        "kind = \"image_block\"\n[[fields]]\nname = \"text\"\nkind = \"rich_text\"\n[[fields]]\nname = \"rows\"\nkind = \"typed_table\"\nblocks = [\"hero\"]\n[[fields]]\nname = \"film\"\nkind = \"embed\"",
    );
    let mut values = object(json!({
        "it": { "image": 5, "alt": "a", "decorative": false },
        "text": "<p><a linktype=\"document\" id=\"7\">d</a></p><embed embedtype=\"image\" id=\"6\" alt=\"\" format=\"left\"/>\
                 <embed embedtype=\"media\" url=\"https://example.com/b\"/>",
        "rows": { "columns": [{ "type": "hero", "heading": "Birds" }], "rows": [{ "values": [{ "title": "Tern", "target": 9 }] }] },
        "film": "https://example.com/a",
    }));
    let page = types.find("x.X").expect("it was loaded");
    let found: Vec<_> =
        page.references(&types, &values).into_iter().map(|found| (found.kind, found.id, found.field)).collect();
    let named = |kind, id, field: &str| (kind, id, field.to_owned());
    assert_eq!(
        found,
        [
            named(ReferenceKind::Image, 5, "it"),
            named(ReferenceKind::Document, 7, "text"),
            named(ReferenceKind::Image, 6, "text"),
            named(ReferenceKind::Page, 9, "rows"),
        ]
    );
    assert_eq!(page.plain_text(&types, &values), "d\nBirds\nTern");
    assert_eq!(page.search_text(&types, &values), "d\nBirds\nTern\na", "what an image shows is found too");
    let mut embeds = page.embeds(&types, &values);
    embeds.sort();
    assert_eq!(embeds, ["https://example.com/a", "https://example.com/b"]);
    let mut places = Vec::new();
    page.visit_mut(&types, &mut values, &mut |path, slot| {
        places.push(path.to_owned());
        if let ValueSlot::Image(image) = slot {
            *image = json!({ "id": 5 });
        }
    });
    assert_eq!(places, ["it.image", "text", "rows.rows[0].values[0].target", "film"]);
    assert_eq!(values["it"], json!({ "image": { "id": 5 }, "alt": "a", "decorative": false }));
}
