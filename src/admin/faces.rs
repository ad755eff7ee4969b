//! Faces: the picture of somebody, or their initials on a colour that stays theirs.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Admin;
use crate::accounts::Person;
use crate::db::DbError;

/// Colours there are: classes of the stylesheet.
const HUES: i64 = 8;

/// Below this address pictures are served.
pub(super) const PICTURES: &str = "/admin/pictures/";

/// As the macro `face` shows it. `picture`: its digest, or empty.
pub(super) fn face(id: i64, called: &str, picture: &str) -> Value {
    let url = (!picture.is_empty()).then(|| format!("{PICTURES}{id}/{picture}.webp"));
    json!({ "initials": initials(called), "hue": id.rem_euclid(HUES), "url": url })
}

/// Of the first word and the last one.
fn initials(called: &str) -> String {
    let mut words = called.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The people whom a list names.
pub(super) struct Faces {
    by_id: HashMap<i64, Person>,
    by_username: HashMap<String, i64>,
}

impl Faces {
    /// Of these accounts, and of those with these user names.
    pub(super) async fn load(admin: &Admin, mut ids: Vec<i64>, usernames: &[&str]) -> Result<Self, DbError> {
        ids.sort_unstable();
        ids.dedup();
        let people = admin.app.accounts.list_people(ids, usernames).await?;
        let by_username = people.iter().map(|person| (person.username.clone(), person.id)).collect();
        Ok(Self { by_id: people.into_iter().map(|person| (person.id, person)).collect(), by_username })
    }

    /// Null for a program.
    pub(super) fn of(&self, account: Option<i64>) -> Value {
        let person = account.and_then(|id| self.by_id.get(&id));
        person.map_or(Value::Null, |person| face(person.id, person.called(), &person.picture))
    }

    pub(super) fn id_of(&self, username: &str) -> Option<i64> {
        self.by_username.get(username).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        for (called, expected) in [
            ("Ada Lovelace", "AL"),
            ("ada", "A"),
            ("erin.vale@x", "EX"),
            ("  Ada  B. Cole ", "AC"),
            ("ß", "SS"),
            ("", ""),
        ] {
            assert_eq!(initials(called), expected, "{called}");
        }
        assert_eq!(face(9, "Ada", "")["hue"], 1);
        assert_eq!(face(9, "Ada", "ab")["url"], "/admin/pictures/9/ab.webp");
    }
}
