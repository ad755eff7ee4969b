//! What differs between two contents of a page, for programs: each value by its place, blocks by their ids.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::page::PageContent;

/// Differences that are told; more are counted.
const MAX_DIFFERENCES: usize = 1_000;

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
    Changed,
    /// A block that stands elsewhere among those that are in both.
    Moved,
}

impl Change {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// One value that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// A JSON pointer into the newer content; of what was removed, into the older one.
    pub pointer: String,
    pub change: Change,
    pub from: Value,
    pub to: Value,
}

/// All that differs, and how many there are in all.
pub fn between(old: &PageContent, new: &PageContent) -> (Vec<Difference>, usize) {
    let mut found = Found::default();
    found.compare("", &whole(old), &whole(new));
    (found.list, found.total)
}

fn whole(content: &PageContent) -> Value {
    json!({
        "title": content.title, "slug": content.slug, "seo_title": content.seo_title,
        "search_description": content.search_description, "show_in_menus": content.show_in_menus,
        "fields": content.fields,
    })
}

#[derive(Default)]
struct Found {
    list: Vec<Difference>,
    total: usize,
}

/// The ids of a list of blocks; `None` when one has none.
fn ids(list: &[Value]) -> Option<Vec<&str>> {
    list.iter().map(|entry| entry.get("value").and(entry.get("id"))?.as_str()).collect()
}

impl Found {
    fn note(&mut self, pointer: &str, change: Change, from: &Value, to: &Value) {
        self.total += 1;
        if self.list.len() < MAX_DIFFERENCES {
            self.list.push(Difference { pointer: pointer.to_owned(), change, from: from.clone(), to: to.clone() });
        }
    }

    fn compare(&mut self, at: &str, old: &Value, new: &Value) {
        match (old, new) {
            (old, new) if old == new => {}
            (Value::Object(old), Value::Object(new)) => self.objects(at, old, new),
            (Value::Array(old_list), Value::Array(new_list)) => match (ids(old_list), ids(new_list)) {
                (Some(old_ids), Some(new_ids)) => self.blocks(at, (old_list, &old_ids), (new_list, &new_ids)),
                _ => self.note(at, Change::Changed, old, new),
            },
            _ => self.note(at, Change::Changed, old, new),
        }
    }

    fn objects(&mut self, at: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        for (name, to) in new {
            let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            match old.get(name) {
                Some(from) => self.compare(&pointer, from, to),
                None => self.note(&pointer, Change::Added, &Value::Null, to),
            }
        }
        for (name, from) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            self.note(&pointer, Change::Removed, from, &Value::Null);
        }
    }

    fn blocks(&mut self, at: &str, (old, old_ids): (&[Value], &[&str]), (new, new_ids): (&[Value], &[&str])) {
        let before: HashMap<&str, usize> = old_ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let after: HashMap<&str, usize> = new_ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        // Those of both, in the old order: what stands behind one that it was in front of has moved.
        let mut stayed = old_ids.iter().filter(|id| after.contains_key(**id)).peekable();
        let mut moved: Vec<&str> = Vec::new();
        for (place, id) in new_ids.iter().enumerate() {
            let pointer = format!("{at}/{place}");
            let Some(was) = before.get(id) else {
                self.note(&pointer, Change::Added, &Value::Null, &new[place]);
                continue;
            };
            while stayed.next_if(|next| moved.contains(*next)).is_some() {}
            if stayed.next_if(|next| *next == id).is_none() {
                moved.push(id);
                self.note(&pointer, Change::Moved, &json!(was), &json!(place));
            }
            self.compare(&pointer, &old[*was], &new[place]);
        }
        for (place, _) in old_ids.iter().enumerate().filter(|(_, id)| !after.contains_key(**id)) {
            self.note(&format!("{at}/{place}"), Change::Removed, &old[place], &Value::Null);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(title: &str, fields: Value) -> PageContent {
        let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
        PageContent { title: title.into(), slug: "a".into(), fields, ..PageContent::default() }
    }

    fn told(old: &PageContent, new: &PageContent) -> Vec<String> {
        let (list, total) = between(old, new);
        assert_eq!(list.len(), total);
        list.into_iter().map(|found| format!("{} {}", found.change.as_str(), found.pointer)).collect()
    }

    #[test]
    fn each_value_is_told_by_its_place_and_blocks_by_their_ids() {
        let block = |id: &str, value: &str| json!({ "type": "p", "value": value, "id": id });
        let body = |blocks: &[Value]| json!({ "body": blocks });
        let one = content("A", body(&[block("a", "1"), block("b", "2"), block("c", "3")]));
        assert_eq!(told(&one, &one), Vec::<String>::new());
        let titled = PageContent { title: "B".into(), ..one.clone() };
        assert_eq!(told(&one, &titled), ["changed /title"]);
        let edited = content("A", body(&[block("a", "1"), block("b", "other"), block("c", "3")]));
        assert_eq!(told(&one, &edited), ["changed /fields/body/1/value"]);
        let fewer = content("A", body(&[block("a", "1"), block("d", "4"), block("c", "3")]));
        assert_eq!(told(&one, &fewer), ["added /fields/body/1", "removed /fields/body/1"]);
        let turned = content("A", body(&[block("c", "3"), block("a", "1"), block("b", "2")]));
        assert_eq!(told(&one, &turned), ["moved /fields/body/0"]);
        let plain = content("A", json!({ "tags": ["a"] }));
        let more = content("A", json!({ "tags": ["a", "b"], "x": 1 }));
        assert_eq!(told(&plain, &more), ["changed /fields/tags", "added /fields/x"]);
    }
}
