//! Stored values as Wagtail's serializers tell them: blocks, lists, rich text, moments.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::content::types::{Block, BlockShape, Field, FieldKind, Types};

/// Microseconds since the epoch as the framework writes them: `2026-11-21T10:07:24.995892Z`.
pub fn moment(micros: i64) -> Value {
    Timestamp::from_microsecond(micros).map_or(Value::Null, |at| iso(at).into())
}

/// Python's `isoformat`, in UTC.
fn iso(at: Timestamp) -> String {
    let micros = at.subsec_microsecond();
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{}{fraction}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// How values of one answer are told.
pub struct Teller<'a> {
    pub types: &'a Types,
    /// Rich text in the form that is asked for; none: as it is stored.
    pub rich_text: Option<&'a (dyn Fn(&str) -> String + Sync)>,
}

impl Teller<'_> {
    pub fn tell(&self, kind: &FieldKind, value: &Value) -> Value {
        match (kind, value) {
            (FieldKind::RichText { .. }, Value::String(html)) => match self.rich_text {
                Some(write) => write(html).into(),
                None => value.clone(),
            },
            (FieldKind::DateTime, Value::String(text)) => {
                text.parse::<Timestamp>().map_or_else(|_| value.clone(), |at| iso(at).into())
            }
            (FieldKind::Stream { .. }, Value::Array(entries)) => {
                entries.iter().filter_map(|entry| self.entry(entry)).collect()
            }
            (FieldKind::List { block, .. }, Value::Array(items)) => {
                let Some(block) = self.types.block(block) else { return Value::Array(Vec::new()) };
                items.iter().map(|item| self.block(block, item.get("value").unwrap_or(&Value::Null))).collect()
            }
            (FieldKind::Struct { block }, Value::Object(_)) => {
                self.types.block(block).map_or(Value::Null, |block| self.block(block, value))
            }
            (FieldKind::ImageBlock, Value::Object(image)) => {
                let part = |name: &str| image.get(name).cloned().unwrap_or_default();
                json!({ "image": part("image"), "alt_text": part("alt"), "decorative": part("decorative") })
            }
            (FieldKind::ImageBlock, _) => json!({ "image": null, "alt_text": null, "decorative": null }),
            (FieldKind::TypedTable { .. }, Value::Object(table)) => self.typed_table(table),
            (FieldKind::Static { .. }, _) => Value::Null,
            // As Django's fields of these kinds are: never unknown, and with all their digits.
            (FieldKind::Boolean, Value::Null) => false.into(),
            (FieldKind::Decimal { decimal_places: Some(places), .. }, Value::String(text)) => {
                let ((whole, fraction), places) = (text.split_once('.').unwrap_or((text.as_str(), "")), *places);
                if places == 0 { text.as_str().into() } else { format!("{whole}.{fraction:0<places$}").into() }
            }
            _ => value.clone(),
        }
    }

    /// A block of a stream: its type, its value, its id.
    fn entry(&self, entry: &Value) -> Option<Value> {
        let name = entry.get("type")?.as_str()?;
        let block = self.types.block(name)?;
        let value = self.block(block, entry.get("value").unwrap_or(&Value::Null));
        Some(json!({ "type": name, "value": value, "id": entry.get("id").cloned().unwrap_or_default() }))
    }

    fn block(&self, block: &Block, value: &Value) -> Value {
        match (&block.shape, value) {
            (BlockShape::Value(field), _) => self.tell(&field.kind, value),
            (BlockShape::Struct { fields, .. }, Value::Object(values)) => self.object(fields, values),
            _ => Value::Null,
        }
    }

    fn object(&self, fields: &[Field], values: &Map<String, Value>) -> Value {
        let told = fields.iter().map(|field| {
            let value = values.get(&field.name).unwrap_or(&Value::Null);
            (field.name.clone(), self.tell(&field.kind, value))
        });
        Value::Object(told.collect())
    }

    /// Each cell is told as the block of its column.
    fn typed_table(&self, table: &Map<String, Value>) -> Value {
        let columns = table.get("columns").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let blocks: Vec<Option<&Block>> =
            columns.iter().map(|column| self.types.block(column.get("type")?.as_str()?)).collect();
        let cell = |(at, value): (usize, &Value)| match blocks.get(at).copied().flatten() {
            Some(block) => self.block(block, value),
            None => value.clone(),
        };
        let row = |row: &Value| {
            let values = row.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            json!({ "values": values.iter().enumerate().map(cell).collect::<Vec<_>>() })
        };
        let rows = table.get("rows").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        json!({
            "columns": columns,
            "rows": rows.iter().map(row).collect::<Vec<_>>(),
            "caption": table.get("caption").cloned().unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_six_digits_of_a_fraction_or_none() {
        assert_eq!(moment(1_795_223_244_995_890), json!("2026-11-21T01:07:24.995890Z"));
        assert_eq!(moment(0), json!("1970-01-01T00:00:00Z"));
    }
}
