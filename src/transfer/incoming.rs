//! Lines on their way in: what is no row of its table, or has no place here, is left out and told.

use std::collections::HashMap;

use serde_json::Value;

use super::columns::Kind;
use super::fields;
use super::import::{Run, key_of, name_of};
use super::parts::{BATCH, Holds, Part};
use super::reader::Line;
use super::row::{self, Object};
use crate::db::{DbError, Exec, Tx};
use crate::media::Key;
use crate::{queries, record};

/// A row on its way.
pub(super) struct Given {
    pub number: u64,
    pub name: String,
    pub key: String,
    pub object: Object,
}

record! { struct Typed { id: i64, type_name: String } }

queries! {
    PAGE_TYPES = write "transfer.list_types_of_pages"
        ("SELECT id, type AS type_name FROM page WHERE id " [any "$1"] " LIMIT $2");
    SNIPPET_TYPES = write "transfer.list_types_of_snippets"
        ("SELECT id, type AS type_name FROM snippet WHERE id " [any "$1"] " LIMIT $2");
}

impl Run<'_> {
    /// The objects that can come, in the form in which they will be here.
    pub(super) async fn prepare(
        &mut self,
        tx: &mut Tx,
        part: &'static Part,
        lines: Vec<Line>,
    ) -> Result<Vec<Given>, DbError> {
        let mut given: Vec<Given> = lines.into_iter().filter_map(|line| self.read(part, line)).collect();
        let (owner, types) = match part.holds {
            Holds::PageContent => ("page_id", &PAGE_TYPES),
            Holds::SnippetContent => ("snippet_id", &SNIPPET_TYPES),
            Holds::Nothing => return Ok(given),
            Holds::Fields => ("", &PAGE_TYPES),
        };
        let ids: Vec<i64> = given.iter().filter_map(|given| row::number(&given.object, owner)).collect();
        let rows: Vec<Typed> = match ids.is_empty() {
            true => Vec::new(),
            false => Exec::from(tx).query(types).bind(ids).bind(BATCH as i64).list().await?,
        };
        let owners: HashMap<i64, String> = rows.into_iter().map(|row| (row.id, row.type_name)).collect();
        let types = self.types.clone();
        given.retain_mut(|given| {
            self.report.read(&part.file(), given.number);
            let object = (given.name.as_str(), &mut given.object);
            let fits = match part.holds {
                Holds::Fields => fields::of_object(&types, part, object, self.report),
                _ => fields::of_revision(&types, &owners, owner, object, self.report),
            };
            fits.map_err(|why| self.leave_out(part, &given.name, &given.object, why)).is_ok()
        });
        Ok(given)
    }

    fn leave_out(&mut self, part: &'static Part, name: &str, object: &Object, why: impl Into<String>) {
        self.left_out.entry(part.name).or_default().extend(row::number(object, part.key().name));
        self.report.refused(part.name, name, why);
    }

    /// The row that a line is, if it is one and what it belongs to comes too.
    pub(super) fn read(&mut self, part: &'static Part, line: Line) -> Option<Given> {
        self.report.read(&part.file(), line.number);
        let mut object = match line.object {
            Ok(object) => object,
            Err(why) => {
                self.report.refused(part.name, part.name, why);
                return None;
            }
        };
        let name = name_of(part, &object);
        if let Err(unfit) = row::check(part.columns, &object) {
            self.leave_out(part, &name, &object, format!("{}: {}", unfit.field, unfit.why));
            return None;
        }
        if part.has_files() && row::text(&object, "file_key").parse::<Key>().is_err() {
            self.leave_out(part, &name, &object, "file_key: it is not the name of a file in the media storage");
            return None;
        }
        let is_out = |(column, of): &&(&str, &'static str)| {
            let id = row::number(&object, column);
            id.is_some_and(|id| self.left_out.get(of).is_some_and(|ids| ids.contains(&id)))
        };
        if let Some((column, of)) = part.names.iter().find(is_out) {
            let why = format!("{column}: {of} {} was left out", row::number(&object, column).unwrap_or_default());
            self.leave_out(part, &name, &object, why);
            return None;
        }
        self.drop_unknown(part, &name, &mut object);
        let key = key_of(part, &object);
        Some(Given { number: line.number, name, key, object })
    }

    /// Takes out values that no column has, and users who are not here.
    fn drop_unknown(&mut self, part: &Part, name: &str, object: &mut Object) {
        let is_known = |value: &str| {
            (part.has_files() && value == "tags") || part.columns.iter().any(|column| column.name == value)
        };
        let unknown: Vec<String> = object.keys().filter(|value| !is_known(value)).cloned().collect();
        for value in unknown {
            object.shift_remove(&value);
            self.report.notice(name, &value, "there is no such value here: left out");
        }
        for column in part.columns.iter().filter(|column| column.kind == Kind::Account) {
            let Some(Value::String(user)) = object.get(column.name) else { continue };
            let here = self.users.get(&user.to_lowercase()).cloned();
            if here.is_none() {
                self.report.notice(name, column.name, format!("there is no user {user:?} here: nobody"));
            }
            object.insert(column.name.to_owned(), here.map_or(Value::Null, Value::from));
        }
    }
}
