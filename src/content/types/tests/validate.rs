//! Values of every kind: their normal form, and what is refused.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::{Code, FieldError, Mode};
use super::{object, site, with_field};

/// The normal form of `value` in a field with those keys.
fn normal(keys: &str, value: Value) -> Value {
    let types = with_field(keys);
    let page = types.find("x.X").expect("it was loaded");
    match page.validate(&types, &object(json!({ "it": value })), Mode::Publish) {
        Ok(values) => values["it"].clone(),
        Err(errors) => panic!("{errors:?}"),
    }
}

/// The code of the one error for `value` in a field with those keys.
fn refused(keys: &str, value: Value) -> Code {
    let types = with_field(keys);
    let page = types.find("x.X").expect("it was loaded");
    let result = page.validate(&types, &object(json!({ "it": value })), Mode::Publish);
    let errors = result.expect_err("the value does not fit");
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].code
}

fn post_errors(values: Value, mode: Mode) -> Vec<(String, Code)> {
    let types = site();
    let result = types.find("blog.Post").expect("it was loaded").validate(&types, &object(values), mode);
    result.err().unwrap_or_default().into_iter().map(|FieldError { path, code, .. }| (path, code)).collect()
}

fn validate_post(values: Value) -> Map<String, Value> {
    let types = site();
    let post = types.find("blog.Post").expect("it was loaded");
    post.validate(&types, &object(values), Mode::Publish).expect("the values fit")
}

#[test]
fn every_kind_has_a_normal_form() {
    for (keys, given, stored) in [
        ("kind = \"char\"", json!("  a  "), json!("a")),
        ("kind = \"text\"", json!("a\n b \n"), json!("a\n b")),
        ("kind = \"email\"", json!(" a@example.com "), json!("a@example.com")),
        ("kind = \"url\"", json!("https://example.com/a?b#c"), json!("https://example.com/a?b#c")),
        ("kind = \"regex\"\npattern = \"^a+$\"", json!("aaa"), json!("aaa")),
        ("kind = \"integer\"", json!(-3), json!(-3)),
        ("kind = \"float\"", json!(2), json!(2)),
        ("kind = \"decimal\"", json!("+012.50"), json!("12.50")),
        ("kind = \"decimal\"", json!(1.5), json!("1.5")),
        ("kind = \"boolean\"", json!(true), json!(true)),
        ("kind = \"date\"", json!("2026-01-31"), json!("2026-01-31")),
        ("kind = \"time\"", json!("09:30"), json!("09:30:00")),
        ("kind = \"datetime\"", json!("2026-01-31T09:30:00+02:00"), json!("2026-01-31T07:30:00Z")),
        ("kind = \"choice\"\nchoices = [{ value = \"a\" }]", json!("a"), json!("a")),
        (
            "kind = \"multiple_choice\"\nchoices = [{ value = \"a\" }, { value = \"b\" }]",
            json!(["b", "a", "b"]),
            json!(["b", "a"]),
        ),
        (
            "kind = \"rich_text\"\nfeatures = [\"bold\"]",
            json!("<p><b>a</b><i>b</i><script>x</script>"),
            json!("<p><b>a</b>b</p>"),
        ),
        ("kind = \"raw_html\"", json!(" <script>x</script> "), json!(" <script>x</script> ")),
        ("kind = \"block_quote\"", json!(" q "), json!("q")),
        ("kind = \"page\"", json!(3), json!(3)),
        ("kind = \"snippet\"\nof = \"blog.Category\"", json!(3), json!(3)),
        ("kind = \"snippets\"\nof = \"blog.Category\"", json!([3, 1, 3]), json!([3, 1])),
        ("kind = \"tags\"", json!([" Sea ", "sea", "", "sky"]), json!(["Sea", "sky"])),
    ] {
        assert_eq!(normal(keys, given), stored, "{keys}");
    }
}

#[test]
fn every_kind_refuses_what_it_cannot_hold() {
    for (keys, given, code) in [
        ("kind = \"char\"\nmax_length = 2", json!("äöü"), Code::TooLong),
        ("kind = \"char\"\nmin_length = 2", json!("a"), Code::TooShort),
        ("kind = \"char\"", json!(1), Code::InvalidType),
        ("kind = \"char\"", json!("a\0b"), Code::NullCharacter),
        ("kind = \"text\"", json!("a".repeat((1 << 20) + 1)), Code::TooLong),
        ("kind = \"email\"", json!("nobody"), Code::InvalidEmail),
        ("kind = \"url\"", json!("javascript:x"), Code::InvalidUrl),
        ("kind = \"regex\"\npattern = \"^a+$\"", json!("b"), Code::InvalidPattern),
        ("kind = \"integer\"", json!(1.5), Code::InvalidType),
        ("kind = \"integer\"\nmin = 0", json!(-1), Code::TooSmall),
        ("kind = \"float\"\nmax = 1.5", json!(1.6), Code::TooLarge),
        ("kind = \"decimal\"", json!("1e5"), Code::InvalidNumber),
        ("kind = \"decimal\"\ndecimal_places = 2", json!("1.234"), Code::TooManyDigits),
        ("kind = \"decimal\"\nmax_digits = 3", json!("1234"), Code::TooManyDigits),
        ("kind = \"decimal\"\nmax = \"9.99\"", json!("10"), Code::TooLarge),
        ("kind = \"boolean\"", json!("true"), Code::InvalidType),
        ("kind = \"date\"", json!("2026-02-30"), Code::InvalidDate),
        ("kind = \"date\"", json!("2026-01-31T10:00"), Code::InvalidDate),
        ("kind = \"time\"", json!("25:00"), Code::InvalidTime),
        ("kind = \"datetime\"", json!("2026-01-31T09:30:00"), Code::InvalidDatetime),
        ("kind = \"choice\"\nchoices = [{ value = \"a\" }]", json!("b"), Code::InvalidChoice),
        ("kind = \"multiple_choice\"\nchoices = [{ value = \"a\" }]", json!("a"), Code::InvalidType),
        ("kind = \"rich_text\"\nmax_length = 3", json!("<p>ab<b>cd</b></p>"), Code::TooLong),
        ("kind = \"page\"", json!("3"), Code::InvalidType),
        ("kind = \"page\"", json!(0), Code::InvalidId),
        ("kind = \"snippets\"\nof = \"blog.Category\"\nmax_items = 1", json!([1, 2]), Code::TooManyItems),
        ("kind = \"tags\"\nmax_items = 1", json!(["a", "b"]), Code::TooManyItems),
        ("kind = \"list\"\nblock = \"heading\"\nmin_items = 2", json!(["a"]), Code::TooFewItems),
        ("kind = \"static\"\ntext = \"t\"", json!("x"), Code::InvalidType),
    ] {
        assert_eq!(refused(keys, given), code, "{keys}");
    }
}

#[test]
fn a_code_is_written_as_it_is_named() {
    assert_eq!(json!(Code::TooManyDigits), json!(Code::TooManyDigits.as_str()));
}

#[test]
fn fields_are_completed_in_the_order_of_the_type() {
    let values = validate_post(json!({ "related": null, "intro": "abc" }));
    assert_eq!(
        Value::Object(values),
        json!({ "intro": "abc", "body": [], "categories": [], "related": null, "aside": { "title": "", "target": null, "points": [] } })
    );
    assert_eq!(normal("kind = \"char\"\ndefault = \"d\"", json!("")), json!(""));
    let types = with_field("kind = \"char\"\ndefault = \"d\"");
    let filled = types.find("x.X").expect("it was loaded").validate(&types, &Map::new(), Mode::Publish);
    assert_eq!(filled.expect("nothing is required")["it"], json!("d"));
}

#[test]
fn required_fields_wait_for_publication() {
    assert_eq!(post_errors(json!({}), Mode::Draft), []);
    assert_eq!(post_errors(json!({}), Mode::Publish), [("intro".to_owned(), Code::Required)]);
    assert_eq!(post_errors(json!({ "intro": " " }), Mode::Publish), [("intro".to_owned(), Code::Required)]);
    assert_eq!(post_errors(json!({ "intro": "ab" }), Mode::Draft), []);
    assert_eq!(post_errors(json!({ "intro": "more than ten" }), Mode::Draft), [("intro".to_owned(), Code::TooLong)]);
    for (keys, empty) in [
        ("kind = \"rich_text\"\nrequired = true", json!("<p></p>")),
        ("kind = \"stream\"\nblocks = [\"heading\"]\nrequired = true", json!([])),
        ("kind = \"boolean\"\nrequired = true", json!(false)),
        ("kind = \"page\"\nrequired = true", json!(null)),
    ] {
        assert_eq!(refused(keys, empty), Code::Required, "{keys}");
    }
}

#[test]
fn an_optional_struct_is_asked_for_its_fields_once_one_is_filled_in() {
    assert_eq!(post_errors(json!({ "intro": "abc", "aside": {} }), Mode::Publish), []);
    let errors = post_errors(json!({ "intro": "abc", "aside": { "target": 3 } }), Mode::Publish);
    assert_eq!(errors, [("aside.title".to_owned(), Code::Required)]);
    assert_eq!(refused("kind = \"struct\"\nblock = \"hero\"\nrequired = true", json!(null)), Code::Required);
}

#[test]
fn all_errors_come_together_with_their_paths() {
    let errors = post_errors(
        json!({
            "intro": 3,
            "titel": "x",
            "body": [
                {"type": "heading", "value": "a heading that is far too long"},
                {"type": "heros", "value": 1},
                {"type": "hero", "value": {"title": "", "points": ["ok", 7]}, "colour": 1},
                {"type": "column", "value": [{"type": "hero", "value": {}}], "id": "not-a-uuid"},
            ],
        }),
        Mode::Publish,
    );
    let expected = [
        ("titel", Code::UnknownField),
        ("intro", Code::InvalidType),
        ("body[0].value", Code::TooLong),
        ("body[1].type", Code::UnknownBlock),
        ("body[2]", Code::UnknownField),
        ("body[2].value.title", Code::Required),
        ("body[2].value.points[1]", Code::InvalidType),
        ("body[3].value[0].type", Code::UnknownBlock),
        ("body[3].id", Code::InvalidId),
    ];
    assert_eq!(errors, expected.map(|(path, code)| (path.to_owned(), code)));
}

#[test]
fn block_ids_are_kept_made_and_never_shared() {
    let id = "0b6f1c5e-5f0c-4a44-9f3b-0a6a3f4c2d11";
    let values = validate_post(json!({
        "intro": "abc",
        "body": [
            {"type": "heading", "value": "a", "id": id},
            {"type": "heading", "value": "b", "id": id},
            {"type": "hero", "value": {"title": "t", "points": ["bare", {"type": "item", "value": "kept", "id": null}]}},
        ],
    }));
    assert_eq!(values["body"][0]["id"], json!(id));
    let made = [&values["body"][1], &values["body"][2], &values["body"][2]["value"]["points"][0]];
    for block in made {
        let made = block["id"].as_str().and_then(|id| Uuid::try_parse(id).ok()).expect("every block has an id");
        assert_ne!(made.to_string(), id);
    }
    assert_eq!(values["body"][2]["value"]["points"][1]["value"], json!("kept"));
}

#[test]
fn streams_are_bounded_by_their_type_and_by_the_page() {
    let heading = json!({"type": "heading", "value": "a"});
    let many = |count: usize| Value::Array(vec![heading.clone(); count]);
    assert_eq!(post_errors(json!({ "body": many(5) }), Mode::Draft), [("body".to_owned(), Code::TooManyItems)]);
    let heroes = json!([{"type": "hero", "value": {"title": "a"}}, {"type": "hero", "value": {"title": "b"}}]);
    assert_eq!(post_errors(json!({ "body": heroes }), Mode::Draft), [("body".to_owned(), Code::TooManyItems)]);
    assert_eq!(refused("kind = \"stream\"\nblocks = [\"heading\"]", many(2_001)), Code::TooManyBlocks);
    assert_eq!(normal("kind = \"stream\"\nblocks = [\"heading\"]", many(2_000)).as_array().map(Vec::len), Some(2_000));
}

#[test]
fn removed_markup_is_reported_with_its_path() {
    let types = site();
    let values = object(json!({ "intro": "abc", "body": [{"type": "paragraph", "value": "<h2>a</h2>"}] }));
    let validated = types.find("blog.Post").expect("it was loaded").validate_reporting(&types, &values, Mode::Draft);
    let removals = validated.expect("the values fit").removals;
    assert_eq!(
        (removals[0].path.as_str(), removals[0].removed.as_slice()),
        ("body[0].value", &["<h2>".to_owned()][..])
    );
}
