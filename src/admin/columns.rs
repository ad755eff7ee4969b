//! Values of fields in the columns of a list.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Admin;
use super::texts::{Said, said};
use crate::content::types::{ContentType, Field, FieldKind, Sorting};
use crate::content::{FieldRights, snippet};
use crate::db::DbError;

/// Longest text of a cell, in characters.
const MAX_CELL: usize = 120;

/// What the snippets are called that rows name.
pub(super) struct Names(HashMap<i64, String>);

impl Names {
    /// One query, and none where no column names a snippet.
    pub async fn load<'r>(
        admin: &Admin,
        of_type: &ContentType,
        rows: impl Iterator<Item = &'r Map<String, Value>>,
    ) -> Result<Self, DbError> {
        let ids: Vec<i64> = rows.flat_map(|fields| of_type.listed_snippets(fields)).collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let found = snippet::list_names(&admin.app.db, ids).await?;
        Ok(Self(found.into_iter().map(|known| (known.id, known.name)).collect()))
    }

    /// A value in full.
    pub fn text(&self, field: &Field, fields: &Map<String, Value>) -> Said {
        let value = fields.get(&field.name).unwrap_or(&Value::Null);
        match (&field.kind, value) {
            (FieldKind::Boolean, Value::Bool(true)) => said("value-yes"),
            (FieldKind::Boolean, _) => said("value-no"),
            _ => Said::Text(field.line(value, &|id| self.0.get(&id).cloned())),
        }
    }

    /// A value, cut to what one reads in a list.
    pub fn cell(&self, field: &Field, fields: &Map<String, Value>) -> Value {
        let is_number = field.kind.sorting() == Some(Sorting::Number);
        let text = match self.text(field, fields) {
            Said::Text(text) if text.chars().count() > MAX_CELL => {
                Said::Text(format!("{}…", text.chars().take(MAX_CELL).collect::<String>()))
            }
            text => text,
        };
        json!({ "label": field.label, "text": text, "is_number": is_number })
    }

    /// The cells of a row.
    pub fn cells(&self, of_type: &ContentType, rights: &FieldRights, fields: &Map<String, Value>) -> Vec<Value> {
        of_type.columns().filter(|field| rights.allow(field)).map(|field| self.cell(field, fields)).collect()
    }
}
