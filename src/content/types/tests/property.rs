//! Whatever the text or the values: no panic, no overflow, and normal values stay as they are.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Mode, Types};
use super::{BLOCKS, INDEX, POST, file, site, site_files};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof![Just("heading"), Just("hero"), Just("column"), Just("item"), Just("paragraph")]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = prop_oneof![Just("type"), Just("value"), Just("id"), Just("title"), Just("points"), Just("x")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((key.prop_map(str::to_owned), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_values() -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![Just("intro"), Just("body"), Just("categories"), Just("related"), Just("aside")];
    prop::collection::vec((name.prop_map(str::to_owned), any_json()), 0..5)
        .prop_map(|pairs| pairs.into_iter().collect())
}

proptest! {
    #[test]
    fn loading_any_text_never_panics(text in "\\PC{0,200}", name in prop_oneof![Just("blocks.toml"), Just("x.toml")]) {
        let _ = Types::load(&[file(name, &text)]);
    }

    #[test]
    fn loading_a_damaged_file_never_panics(which in 0..3usize, from in 0..600usize, length in 0..40usize, put in "[\\[\\]{}=\",.a-z0-9\n ]{0,8}") {
        let (name, text) = [("types/blocks.toml", BLOCKS), ("types/post.toml", POST), ("types/index.toml", INDEX)][which];
        let from = from.min(text.len());
        let to = (from + length).min(text.len());
        let damaged = format!("{}{put}{}", &text[..from], &text[to..]);
        let mut files = site_files();
        files.retain(|file| file.path != name);
        files.push(file(name, &damaged));
        if let Err(problems) = Types::load(&files) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| problem.line >= 1));
        }
    }

    #[test]
    fn valid_values_are_their_own_normal_form(values in any_values()) {
        let types = site();
        let post = types.find("blog.Post").expect("it was loaded");
        for mode in [Mode::Draft, Mode::Publish] {
            if let Ok(normal) = post.validate(&types, &values, mode) {
                let again = post.validate(&types, &normal, mode);
                prop_assert_eq!(again.as_ref(), Ok(&normal));
            }
        }
        let _ = post.references(&types, &values);
        let _ = post.plain_text(&types, &values);
        let mut rewritten = values;
        post.visit_mut(&types, &mut rewritten, &mut |_, _| {});
    }
}

#[test]
fn blocks_nested_ten_thousand_deep_are_refused_without_following_them() {
    let types = site();
    let post = types.find("blog.Post").expect("it was loaded");
    let mut nested = json!([]);
    for _ in 0..10_000 {
        let mut block = Map::from_iter([("type".to_owned(), json!("column"))]);
        block.insert("value".to_owned(), nested);
        nested = Value::Array(vec![Value::Object(block)]);
    }
    let values = Map::from_iter([("body".to_owned(), nested)]);
    assert!(post.validate(&types, &values, Mode::Draft).is_err());
    assert!(post.references(&types, &values).is_empty());
    // serde_json drops by recursion, and its parser accepts 128 levels only: such a value cannot come in.
    std::mem::forget(values);
}
