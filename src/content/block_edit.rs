//! Changing single blocks of a page by their ids, so that two programs may work on two blocks of one page without
//! sending all of it. Whether the outcome fits the type is asked when it is saved.

use serde_json::{Map, Value, json};

/// Changes of one request.
pub const MAX_OPERATIONS: usize = 200;

/// Where a block goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockPlace {
    Before(String),
    After(String),
    /// In a field of blocks: of the page, or of the block with this id.
    First {
        of: Option<String>,
        field: String,
    },
    Last {
        of: Option<String>,
        field: String,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockOperation {
    /// `id`: the one that it is to have; a new one when absent.
    Add {
        block: String,
        value: Value,
        id: Option<String>,
        place: BlockPlace,
    },
    /// `block`: another type of block than it was.
    Replace {
        id: String,
        block: Option<String>,
        value: Value,
    },
    Move {
        id: String,
        place: BlockPlace,
    },
    Remove {
        id: String,
    },
}

/// Why one cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockRefusal {
    #[error("there is no block {0} in the draft")]
    BlockNotFound(String),
    #[error("{0} is no field of blocks there")]
    NoField(String),
    #[error("a block cannot be moved into itself")]
    IntoItself,
    #[error("there is a block {0} already")]
    IdTaken(String),
}

/// Does all of them in their order.
///
/// # Errors
/// With the number of the first one that cannot be done; the values are half changed then, and to be dropped.
pub fn apply(
    fields: Map<String, Value>,
    operations: &[BlockOperation],
) -> Result<Map<String, Value>, (usize, BlockRefusal)> {
    let mut values = Value::Object(fields);
    for (number, operation) in operations.iter().enumerate() {
        run(&mut values, operation).map_err(|refusal| (number, refusal))?;
    }
    match values {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

fn run(values: &mut Value, operation: &BlockOperation) -> Result<(), BlockRefusal> {
    match operation {
        BlockOperation::Add { block, value, id, place } => {
            if let Some(id) = id.as_ref().filter(|id| locate(values, id).is_some()) {
                return Err(BlockRefusal::IdTaken(id.clone()));
            }
            insert(values, place, json!({ "type": block, "value": value, "id": id }))
        }
        BlockOperation::Replace { id, block, value } => {
            let entry = find(values, id)?;
            entry["value"] = value.clone();
            if let Some(block) = block {
                entry["type"] = json!(block);
            }
            Ok(())
        }
        BlockOperation::Move { id, place } => {
            let taken = take(values, id)?;
            insert(values, place, taken.clone()).map_err(|refusal| match refusal {
                // What it was to go to went with it.
                BlockRefusal::BlockNotFound(wanted) if wanted == *id || locate(&taken, &wanted).is_some() => {
                    BlockRefusal::IntoItself
                }
                other => other,
            })
        }
        BlockOperation::Remove { id } => take(values, id).map(drop),
    }
}

/// Where the block with this id is: the pointer to its list, and its place there.
fn locate(values: &Value, id: &str) -> Option<(String, usize)> {
    match values {
        Value::Array(entries) => {
            let is_it = |entry: &Value| entry.get("value").is_some() && has_id(entry, id);
            if let Some(at) = entries.iter().position(is_it) {
                return Some((String::new(), at));
            }
            entries.iter().enumerate().find_map(|(at, entry)| within(entry, id, &at.to_string()))
        }
        Value::Object(values) => values.iter().find_map(|(name, value)| within(value, id, name)),
        _ => None,
    }
}

fn within(value: &Value, id: &str, name: &str) -> Option<(String, usize)> {
    let (below, at) = locate(value, id)?;
    Some((format!("/{}{below}", name.replace('~', "~0").replace('/', "~1")), at))
}

fn has_id(entry: &Value, id: &str) -> bool {
    entry.get("id").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(id))
}

/// The list that holds a block, and its place in it.
fn list_of<'v>(values: &'v mut Value, id: &str) -> Result<(&'v mut Vec<Value>, usize), BlockRefusal> {
    let missing = || BlockRefusal::BlockNotFound(id.to_owned());
    let (pointer, at) = locate(values, id).ok_or_else(missing)?;
    let list = values.pointer_mut(&pointer).and_then(Value::as_array_mut).ok_or_else(missing)?;
    Ok((list, at))
}

fn find<'v>(values: &'v mut Value, id: &str) -> Result<&'v mut Value, BlockRefusal> {
    let (list, at) = list_of(values, id)?;
    Ok(&mut list[at])
}

fn take(values: &mut Value, id: &str) -> Result<Value, BlockRefusal> {
    let (list, at) = list_of(values, id)?;
    Ok(list.remove(at))
}

fn insert(values: &mut Value, place: &BlockPlace, entry: Value) -> Result<(), BlockRefusal> {
    let (list, at) = match place {
        BlockPlace::Before(id) => list_of(values, id)?,
        BlockPlace::After(id) => {
            let (list, at) = list_of(values, id)?;
            (list, at + 1)
        }
        BlockPlace::First { of, field } => (field_of(values, of.as_deref(), field)?, 0),
        BlockPlace::Last { of, field } => {
            let list = field_of(values, of.as_deref(), field)?;
            let end = list.len();
            (list, end)
        }
    };
    list.insert(at, entry);
    Ok(())
}

/// A field of blocks, of the page or of a block.
fn field_of<'v>(values: &'v mut Value, of: Option<&str>, field: &str) -> Result<&'v mut Vec<Value>, BlockRefusal> {
    let holder = match of {
        Some(id) => &mut find(values, id)?["value"],
        None => values,
    };
    let list = match (holder, field) {
        // A block that is a list itself.
        (Value::Array(entries), "") => Some(entries),
        (Value::Object(values), field) => values.get_mut(field).and_then(Value::as_array_mut),
        _ => None,
    };
    list.ok_or_else(|| BlockRefusal::NoField(field.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Map<String, Value> {
        let fields = json!({
            "body": [
                { "type": "paragraph", "value": "<p>one</p>", "id": "a" },
                { "type": "columns", "id": "b", "value": { "left": [
                    { "type": "paragraph", "value": "<p>in</p>", "id": "c" },
                ], "title": "x" } },
            ],
            "aside": [],
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The ids of the blocks, those within in brackets.
    fn shown(list: &Value) -> String {
        let entries = list.as_array().expect("a list").iter().map(|entry| {
            let id = entry["id"].as_str().unwrap_or("new");
            entry["value"].get("left").map_or(id.to_owned(), |left| format!("{id}[{}]", shown(left)))
        });
        entries.collect::<Vec<_>>().join(" ")
    }

    fn after(operations: &[BlockOperation]) -> Result<String, (usize, BlockRefusal)> {
        let fields = apply(page(), operations)?;
        Ok(format!("{} | {}", shown(&fields["body"]), shown(&fields["aside"])))
    }

    fn add(place: BlockPlace) -> BlockOperation {
        BlockOperation::Add { block: "paragraph".into(), value: json!("<p>new</p>"), id: Some("n".into()), place }
    }

    fn moved(id: &str, place: BlockPlace) -> BlockOperation {
        BlockOperation::Move { id: id.into(), place }
    }

    #[test]
    fn blocks_come_go_and_move_by_their_ids_however_deep() {
        let first =
            |of: Option<&str>, field: &str| BlockPlace::First { of: of.map(str::to_owned), field: field.into() };
        let last = |of: Option<&str>, field: &str| BlockPlace::Last { of: of.map(str::to_owned), field: field.into() };
        assert_eq!(after(&[]).expect("done"), "a b[c] | ");
        assert_eq!(after(&[add(BlockPlace::Before("a".into()))]).expect("done"), "n a b[c] | ");
        assert_eq!(after(&[add(BlockPlace::After("c".into()))]).expect("done"), "a b[c n] | ");
        assert_eq!(after(&[add(first(Some("b"), "left"))]).expect("done"), "a b[n c] | ");
        assert_eq!(after(&[add(last(None, "aside"))]).expect("done"), "a b[c] | n");
        assert_eq!(after(&[moved("c", BlockPlace::Before("a".into()))]).expect("done"), "c a b[] | ");
        assert_eq!(after(&[moved("a", last(None, "body"))]).expect("done"), "b[c] a | ");
        assert_eq!(after(&[BlockOperation::Remove { id: "B".into() }]).expect("done"), "a | ");
        let both = [moved("b", last(None, "aside")), BlockOperation::Remove { id: "a".into() }];
        assert_eq!(after(&both).expect("done"), " | b[c]");
    }

    #[test]
    fn a_block_is_replaced_with_its_id_kept() {
        let replace = |block: Option<&str>| BlockOperation::Replace {
            id: "c".into(),
            block: block.map(str::to_owned),
            value: json!("<p>other</p>"),
        };
        let fields = apply(page(), &[replace(None)]).expect("done");
        let block = json!({ "type": "paragraph", "value": "<p>other</p>", "id": "c" });
        assert_eq!(fields["body"][1]["value"]["left"][0], block);
        let fields = apply(page(), &[replace(Some("quote"))]).expect("done");
        assert_eq!(fields["body"][1]["value"]["left"][0]["type"], "quote");
    }

    #[test]
    fn what_cannot_be_done_is_told_with_its_number() {
        let refused = |operation| after(&[BlockOperation::Remove { id: "a".into() }, operation]).expect_err("refused");
        let inside = BlockPlace::After("c".into());
        assert_eq!(refused(moved("b", inside)), (1, BlockRefusal::IntoItself));
        assert_eq!(refused(moved("b", BlockPlace::After("b".into()))), (1, BlockRefusal::IntoItself));
        let gone = BlockOperation::Remove { id: "a".into() };
        assert_eq!(refused(gone), (1, BlockRefusal::BlockNotFound("a".into())));
        let nowhere = BlockPlace::Last { of: None, field: "nothing".into() };
        assert_eq!(refused(add(nowhere)), (1, BlockRefusal::NoField("nothing".into())));
        let taken = BlockOperation::Add {
            block: "paragraph".into(),
            value: Value::Null,
            id: Some("c".into()),
            place: BlockPlace::Before("b".into()),
        };
        assert_eq!(refused(taken), (1, BlockRefusal::IdTaken("c".into())));
    }
}
