//! Places in values, as validation names them: `body[2].value.title`.

use serde_json::Value;

enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, indexes) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
        if !name.is_empty() {
            steps.push(Step::Name(name));
        }
        steps.extend(indexes.split(['[', ']']).filter_map(|index| index.parse().ok()).map(Step::Index));
    }
    steps
}

/// Takes the value at `path` out; with `entry`, or when it is the value of an entry, the whole entry of its list.
pub(super) fn take_out(value: &mut Value, path: &str, entry: bool) {
    let mut steps = steps(path);
    let is_part = matches!(steps.last(), Some(Step::Name("value" | "type")));
    if (entry || is_part) && steps.len() > 1 {
        let last_entry = steps.iter().rposition(|step| matches!(step, Step::Index(_)));
        let is_entry = last_entry.is_some_and(|at| at + 2 == steps.len());
        if is_entry {
            steps.pop();
        }
    }
    let Some(last) = steps.pop() else { return };
    let mut place = value;
    for step in &steps {
        let inner = match step {
            Step::Name(name) => place.get_mut(*name),
            Step::Index(index) => place.get_mut(*index),
        };
        let Some(inner) = inner else { return };
        place = inner;
    }
    match (place, last) {
        (Value::Object(values), Step::Name(name)) => {
            values.shift_remove(name);
        }
        (Value::Array(values), Step::Index(index)) if index < values.len() => {
            values.remove(index);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_refused_is_taken_out_where_it_is() {
        let whole =
            json!({ "body": [{ "type": "a", "value": "x" }, { "type": "b", "value": { "title": 1, "text": "y" } }] });
        let without = |path: &str, entry: bool| {
            let mut values = whole.clone();
            take_out(&mut values, path, entry);
            values["body"].clone()
        };
        assert_eq!(without("body[0].type", true), json!([whole["body"][1]]));
        assert_eq!(without("body[0].value", false), json!([whole["body"][1]]));
        assert_eq!(without("body[1].value.title", false)[1]["value"], json!({ "text": "y" }));
        assert_eq!(without("body[7].value", false), whole["body"]);
        assert_eq!(without("body", false), json!(null));
    }
}
