//! Reading one field table: its kind, the keys of that kind, and what it says about other definitions.

use regex::RegexBuilder;

use super::claim::{Claim, Claims};
use super::decimal::Decimal;
use super::model::{BlockCount, Choice, Field, FieldKind, Items, Length};
use super::problem::suggestion;
use super::table::Table;
use crate::render::rich_text::{Feature, Features};

/// A compiled pattern may take this much memory.
const MAX_PATTERN_BYTES: usize = 1 << 20;
/// The largest bound that a type file may set on a length or a number of items.
const MAX_BOUND: usize = 1 << 20;
/// Longest name of a group, in characters.
const MAX_GROUP_NAME: usize = 150;

/// Reads `[[fields]]`. `reserved` are the names that pages or snippets have by themselves.
pub(super) fn fields(table: &Table<'_>, reserved: &[&str], claims: &mut Claims) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for mut entry in table.tables("fields") {
        let Some(name) = entry.required_string("name") else {
            kind(&entry, "", claims);
            finish(&entry);
            continue;
        };
        let prefix = entry.path().rsplit_once('[').map_or("", |(prefix, _)| prefix).to_owned();
        entry.rename(format!("{prefix}.{name}"));
        if let Err(why) = check_name(&name) {
            entry.report("name", why);
        } else if reserved.contains(&name.as_str()) {
            entry.report("name", format!("\"{name}\" is reserved: every page or snippet has it already"));
        } else if fields.iter().any(|field| field.name == name) {
            entry.report("name", format!("\"{name}\" is the name of an earlier field of this type"));
        }
        fields.push(field(&entry, name, claims));
    }
    fields
}

/// Reads the keys of a field but its name; a broken kind is reported and stands in as a field of tags.
pub(super) fn field(table: &Table<'_>, name: String, claims: &mut Claims) -> Field {
    let label = table.string("label").unwrap_or_else(|| humanised(&name));
    let help = table.string("help").unwrap_or_default();
    let required = table.boolean("required").unwrap_or(false);
    let default = table.value("default");
    let permission = permission(table);
    let form_attrs = table.table("form_attrs").map(|attributes| attributes.texts()).unwrap_or_default();
    let read = kind(table, &name, claims);
    finish(table);
    let broken = read.is_none();
    let kind = read.unwrap_or(FieldKind::Tags { max_items: None });
    let field = Field { name, label, help, required, default, permission, form_attrs, kind };
    if matches!(field.kind, FieldKind::Static { .. }) && (field.required || field.default.is_some()) {
        table.report("kind", "a static field has no value: remove required and default");
    } else if !broken && field.default.is_some() {
        claims.push((table.place("default"), Claim::Default(Box::new(field.clone()))));
    }
    field
}

/// `permission = "Chief editors"`: the name of a group, or `superuser`, which stands for no group.
fn permission(table: &Table<'_>) -> Option<String> {
    let group = table.string("permission")?;
    if group.trim().is_empty() || group.chars().count() > MAX_GROUP_NAME {
        table.report("permission", "must be the name of a group, or superuser");
    }
    Some(group)
}

/// Only whole fields of pages, snippets and settings are guarded: what is within a block moves with it.
pub(super) fn refuse_permissions(table: &Table<'_>, fields: &[Field]) {
    if let Some(field) = fields.iter().find(|field| field.permission.is_some()) {
        table.report(
            "fields",
            format!("permission of \"{}\": only fields of a type have one, not those of blocks", field.name),
        );
    }
}

fn finish(table: &Table<'_>) {
    let kind = table.string("kind").filter(|kind| FieldKind::NAMES.contains(&kind.as_str()));
    // Without a kind, which keys belong to the field is unknown.
    if let Some(kind) = kind {
        table.finish(&format!("a {kind} field"));
    }
}

/// `None` after reporting why.
fn kind(table: &Table<'_>, name: &str, claims: &mut Claims) -> Option<FieldKind> {
    let kind = table.required_string("kind")?;
    match kind.as_str() {
        "char" => Some(FieldKind::Char(length(table))),
        "text" => Some(FieldKind::Text(length(table))),
        "email" => Some(FieldKind::Email(length(table))),
        "url" => Some(FieldKind::Url(length(table))),
        "block_quote" => Some(FieldKind::BlockQuote(length(table))),
        "regex" => regex(table),
        "integer" | "float" | "decimal" => Some(number(table, &kind)),
        "boolean" => Some(FieldKind::Boolean),
        "date" => Some(FieldKind::Date),
        "time" => Some(FieldKind::Time),
        "datetime" => Some(FieldKind::DateTime),
        "choice" => Some(FieldKind::Choice(choices(table))),
        "multiple_choice" => Some(FieldKind::MultipleChoice(choices(table))),
        "rich_text" => Some(rich_text(table)),
        "raw_html" => Some(FieldKind::RawHtml),
        "static" => Some(FieldKind::Static { text: table.required_string("text").unwrap_or_default() }),
        "stream" => Some(stream(table, claims)),
        "struct" => Some(FieldKind::Struct { block: block(table, claims)? }),
        "list" => {
            let items = items(table);
            Some(FieldKind::List { block: block(table, claims)?, items })
        }
        "page" => Some(FieldKind::Page { of: pages(table, claims) }),
        "snippet" => Some(FieldKind::Snippet { of: snippet(table, claims)? }),
        "snippets" => {
            let items = items(table);
            Some(FieldKind::Snippets { of: snippet(table, claims)?, items })
        }
        "image" => Some(FieldKind::Image),
        "document" => Some(FieldKind::Document),
        "image_block" => Some(FieldKind::ImageBlock),
        "embed" => Some(FieldKind::Embed),
        "table" => Some(FieldKind::Table),
        "typed_table" => Some(FieldKind::TypedTable { blocks: blocks(table, "typed table", claims) }),
        "tags" => Some(FieldKind::Tags { max_items: bound(table, "max_items") }),
        unknown => {
            let known = suggestion(unknown, FieldKind::NAMES);
            table.report("kind", format!("\"{unknown}\" is not a kind of field{known}; field \"{name}\""));
            None
        }
    }
}

fn bound(table: &Table<'_>, key: &'static str) -> Option<usize> {
    table.count(key, 0..MAX_BOUND + 1)
}

fn ordered<T: PartialOrd>(table: &Table<'_>, key: &str, min: &Option<T>, max: &Option<T>) {
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        table.report(key, "is more than the maximum: nothing would be valid");
    }
}

fn length(table: &Table<'_>) -> Length {
    let length = Length { min: bound(table, "min_length"), max: bound(table, "max_length") };
    ordered(table, "min_length", &length.min, &length.max);
    length
}

fn items(table: &Table<'_>) -> Items {
    let items = Items { min: bound(table, "min_items"), max: bound(table, "max_items") };
    ordered(table, "min_items", &items.min, &items.max);
    items
}

fn regex(table: &Table<'_>) -> Option<FieldKind> {
    let length = length(table);
    let error_message = table.string("error_message");
    let pattern = table.required_string("pattern")?;
    match RegexBuilder::new(&pattern).size_limit(MAX_PATTERN_BYTES).build() {
        Ok(pattern) => Some(FieldKind::Regex { length, pattern, error_message }),
        Err(error) => {
            // The last line of the crate's message says what is wrong; the lines above draw the pattern.
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            table.report("pattern", format!("is not a regular expression: {reason}"));
            None
        }
    }
}

fn number(table: &Table<'_>, kind: &str) -> FieldKind {
    match kind {
        "integer" => {
            let (min, max) = (table.integer("min"), table.integer("max"));
            ordered(table, "min", &min, &max);
            FieldKind::Integer { min, max }
        }
        "float" => {
            let (min, max) = (table.float("min"), table.float("max"));
            ordered(table, "min", &min, &max);
            FieldKind::Float { min, max }
        }
        _ => {
            let (min, max) = (decimal(table, "min"), decimal(table, "max"));
            ordered(table, "min", &min, &max);
            let max_digits = table.count("max_digits", 1..101);
            let decimal_places = table.count("decimal_places", 0..101);
            ordered(table, "decimal_places", &decimal_places, &max_digits);
            FieldKind::Decimal { min, max, max_digits, decimal_places }
        }
    }
}

fn decimal(table: &Table<'_>, key: &'static str) -> Option<Decimal> {
    let text = table.number_text(key)?;
    let number = text.parse().ok();
    if number.is_none() {
        table.report(key, format!("\"{text}\" is not a decimal number such as \"0.50\""));
    }
    number
}

fn choices(table: &Table<'_>) -> Vec<Choice> {
    if !table.has("choices") {
        table.report("choices", "is missing");
    }
    let entries = table.tables("choices");
    if table.has("choices") && entries.is_empty() {
        table.report("choices", "must not be empty");
    }
    let mut choices: Vec<Choice> = Vec::new();
    for entry in entries {
        let label = entry.string("label");
        if let Some(value) = entry.required_string("value") {
            if choices.iter().any(|choice| choice.value == value) {
                entry.report("value", format!("\"{value}\" is there twice"));
            }
            choices.push(Choice { label: label.unwrap_or_else(|| humanised(&value)), value });
        }
        entry.finish("a choice");
    }
    choices
}

fn rich_text(table: &Table<'_>) -> FieldKind {
    let max_length = bound(table, "max_length");
    let features = match table.strings("features") {
        None => Features::default(),
        Some(names) => names
            .iter()
            .filter_map(|(name, _)| {
                let feature = Feature::find(name);
                if feature.is_none() {
                    let known = suggestion(name, Feature::ALL.map(Feature::name));
                    table.report("features", format!("\"{name}\" is not a rich-text feature{known}"));
                }
                feature
            })
            .collect(),
    };
    FieldKind::RichText { features, max_length }
}

fn block(table: &Table<'_>, claims: &mut Claims) -> Option<String> {
    let block = table.required_string("block")?;
    claims.push((table.place("block"), Claim::Block(block.clone())));
    Some(block)
}

fn blocks(table: &Table<'_>, what: &str, claims: &mut Claims) -> Vec<String> {
    if !table.has("blocks") {
        table.report("blocks", format!("is missing: name the blocks of blocks.toml that this {what} takes"));
    }
    let mut blocks = Vec::new();
    for (name, place) in table.strings("blocks").unwrap_or_default() {
        claims.push((place, Claim::Block(name.clone())));
        blocks.push(name);
    }
    if table.has("blocks") && blocks.is_empty() {
        table.report("blocks", "must name at least one block");
    }
    blocks
}

fn stream(table: &Table<'_>, claims: &mut Claims) -> FieldKind {
    let items = items(table);
    let blocks = blocks(table, "stream", claims);
    let mut counts = Vec::new();
    for (block, entry) in table.table("block_counts").map(|counts| counts.named_tables()).unwrap_or_default() {
        let items = Items { min: bound(&entry, "min"), max: bound(&entry, "max") };
        ordered(&entry, "min", &items.min, &items.max);
        entry.finish("a block count");
        if !blocks.contains(&block) {
            let known = suggestion(&block, blocks.iter().map(String::as_str));
            table.report("block_counts", format!("\"{block}\" is not a block of this stream{known}"));
        }
        counts.push(BlockCount { block, items });
    }
    FieldKind::Stream { blocks, items, counts }
}

fn pages(table: &Table<'_>, claims: &mut Claims) -> Vec<String> {
    let mut names = Vec::new();
    for (name, place) in table.strings("of").unwrap_or_default() {
        claims.push((place, Claim::Page(name.clone())));
        names.push(name);
    }
    names
}

fn snippet(table: &Table<'_>, claims: &mut Claims) -> Option<String> {
    let of = table.required_string("of")?;
    claims.push((table.place("of"), Claim::Snippet(of.clone())));
    Some(of)
}

/// Errors: why `name` cannot name a field, a block or a query.
pub(in crate::content) fn check_name(name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    let rest_fits = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts_well && rest_fits && name.len() <= 64 {
        return Ok(());
    }
    Err(format!("\"{name}\" must be snake_case: a small letter, then small letters, digits and _; 64 at most"))
}

/// `cover_alt` -> "Cover alt".
pub(super) fn humanised(name: &str) -> String {
    let mut words = name.replace(['_', '-'], " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
