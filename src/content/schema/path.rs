//! Where in stored values an operation works: `body.callout.title`. The walk follows the values, not the types: what is
//! migrated has the form of types that are gone.

use serde_json::Value;

/// The name of a list's items in paths, as Wagtail stores it.
pub(super) const ITEM: &str = "item";
/// Steps of one path.
const MAX_STEPS: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A field, a child of a struct, the blocks of that type in a stream, or `item` for those of a list.
    Name(String),
    /// `*`: any one of them.
    Any,
    /// `**`: any number of them, also none.
    Deep,
}

/// The steps from the fields of a type to the values that are changed; none for the fields themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// # Errors
    /// Why the text is no path.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let step = |name: &str| match name {
            "" => Err(format!("\"{text}\" has an empty step: write names with one dot between them")),
            "*" => Ok(Step::Any),
            "**" => Ok(Step::Deep),
            name if name.contains(['[', ']', '*', ' ']) => Err(format!(
                "\"{name}\" is not a name: a list's values are \"{ITEM}\", and the type of a block names it"
            )),
            name => Ok(Step::Name(name.to_owned())),
        };
        let steps: Vec<Step> = text.split('.').map(step).collect::<Result<_, _>>()?;
        if steps.len() > MAX_STEPS {
            return Err(format!("has more than {MAX_STEPS} steps"));
        }
        if steps.iter().filter(|step| **step == Step::Deep).count() > 1 {
            return Err("may have ** once".to_owned());
        }
        Ok(Self(steps))
    }

    pub(super) fn is_top(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Any | Step::Deep => None,
        })
    }

    /// Shows `act` every value at this path, with its place; what is inside of another one comes first.
    pub(super) fn visit(&self, value: &mut Value, act: &mut dyn FnMut(&mut Value, &str)) {
        walk(&self.0, value, &mut String::new(), act);
    }
}

fn walk(steps: &[Step], value: &mut Value, place: &mut String, act: &mut dyn FnMut(&mut Value, &str)) {
    let Some((step, rest)) = steps.split_first() else { return act(value, place) };
    if *step == Step::Deep {
        each_child(value, place, &mut |_, child, place| walk(steps, child, place, act));
        return walk(rest, value, place, act);
    }
    each_child(value, place, &mut |name, child, place| {
        if matches!(step, Step::Any) || matches!(step, Step::Name(wanted) if wanted == name) {
            walk(rest, child, place, act);
        }
    });
}

/// The type of a block of a stream, or of an item of a list, in stored form.
pub(super) fn block_type(entry: &Value) -> Option<&str> {
    entry.get("type").and_then(Value::as_str).filter(|_| entry.get("value").is_some())
}

/// The depth is bounded by that of the JSON parser.
fn each_child(value: &mut Value, place: &mut String, act: &mut dyn FnMut(&str, &mut Value, &mut String)) {
    let length = place.len();
    match value {
        Value::Object(children) => {
            for (name, child) in children.iter_mut() {
                if length > 0 {
                    place.push('.');
                }
                place.push_str(name);
                act(name, child, place);
                place.truncate(length);
            }
        }
        Value::Array(entries) => {
            for (at, entry) in entries.iter_mut().enumerate() {
                place.push_str(&format!("[{at}]"));
                match block_type(entry).map(str::to_owned) {
                    Some(name) => {
                        place.push_str(".value");
                        if let Some(value) = entry.get_mut("value") {
                            act(&name, value, place);
                        }
                    }
                    None => act(ITEM, entry, place),
                }
                place.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(path: &str, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let path = Path::parse(path).expect("it is a path");
        path.visit(&mut value.clone(), &mut |_, place| found.push(place.to_owned()));
        found
    }

    #[test]
    fn paths_go_through_streams_lists_and_structs() {
        let value = json!({
            "intro": "x",
            "body": [
                { "type": "callout", "value": { "title": "a" }, "id": "1" },
                { "type": "columns", "value": { "left": [{ "type": "callout", "value": { "title": "b" } }] } },
                { "type": "gallery", "value": [{ "type": "item", "value": 7 }, 8] },
            ],
        });
        assert_eq!(places("", &value), [""]);
        assert_eq!(places("body.callout.title", &value), ["body[0].value.title"]);
        assert_eq!(places("body.gallery.item", &value), ["body[2].value[0].value", "body[2].value[1]"]);
        assert_eq!(places("**.callout.title", &value), ["body[1].value.left[0].value.title", "body[0].value.title"]);
        assert_eq!(places("body.*.left", &value), ["body[1].value.left"]);
        assert_eq!(places("body.none", &value), [""; 0]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["a..b", ".a", "a[0]", "**.a.**", "a*"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
