//! How lists in the editor show a type: which of its fields are columns, and which narrow the list.

use serde_json::{Map, Value};

use super::model::{ContentType, Field, FieldKind, Kind};
use super::problem::suggestion;
use super::table::Table;

/// Columns beside those that every list has.
const MAX_COLUMNS: usize = 8;
/// Fields that narrow a list.
const MAX_FILTERS: usize = 8;
/// Columns of a type that names none.
const DEFAULT_COLUMNS: usize = 3;
/// Of rows, which have no name beside them.
const DEFAULT_ROW_COLUMNS: usize = 6;

/// The fields of a type that its lists show, and those that narrow them, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListOptions {
    pub columns: Vec<String>,
    pub filters: Vec<String>,
}

/// How values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    Text,
    Number,
}

impl FieldKind {
    /// Whether a value is short enough for a cell.
    pub fn is_column(&self) -> bool {
        self.sorting().is_some()
            || matches!(
                self,
                Self::Text(_)
                    | Self::MultipleChoice(_)
                    | Self::Tags { .. }
                    | Self::Snippet { .. }
                    | Self::Snippets { .. }
            )
    }

    /// Whether it has so few values that one is chosen among them.
    pub fn is_filter(&self) -> bool {
        matches!(self, Self::Boolean | Self::Choice(_) | Self::MultipleChoice(_))
    }

    /// None: a list is not sorted by it.
    pub fn sorting(&self) -> Option<Sorting> {
        match self {
            Self::Integer { .. } | Self::Float { .. } | Self::Decimal { .. } => Some(Sorting::Number),
            Self::Char(_)
            | Self::Email(_)
            | Self::Url(_)
            | Self::Regex { .. }
            | Self::Boolean
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::Choice(_) => Some(Sorting::Text),
            _ => None,
        }
    }

    /// What the values of a choice are called.
    fn label<'k>(&'k self, value: &'k str) -> &'k str {
        match self {
            Self::Choice(choices) | Self::MultipleChoice(choices) => {
                choices.iter().find(|choice| choice.value == value).map_or(value, |choice| choice.label.as_str())
            }
            _ => value,
        }
    }
}

impl Field {
    /// A value as one reads it, in one line. Snippets are named by `name`; a boolean is none of these.
    pub fn line(&self, value: &Value, name: &dyn Fn(i64) -> Option<String>) -> String {
        match value {
            Value::String(text) => self.kind.label(text).split_whitespace().collect::<Vec<_>>().join(" "),
            Value::Number(id) if self.kind.names_snippets() => id.as_i64().and_then(name).unwrap_or_default(),
            Value::Number(number) => number.to_string(),
            Value::Array(items) => {
                let lines = items.iter().map(|item| self.line(item, name)).filter(|line| !line.is_empty());
                lines.collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        }
    }
}

impl FieldKind {
    fn names_snippets(&self) -> bool {
        matches!(self, Self::Snippet { .. } | Self::Snippets { .. })
    }
}

impl ContentType {
    pub fn columns(&self) -> impl Iterator<Item = &Field> {
        self.list.columns.iter().filter_map(|name| self.field(name))
    }

    pub fn filters(&self) -> impl Iterator<Item = &Field> {
        self.list.filters.iter().filter_map(|name| self.field(name))
    }

    /// The snippets that the columns name.
    pub fn listed_snippets(&self, values: &Map<String, Value>) -> Vec<i64> {
        let named = self.columns().filter(|field| field.kind.names_snippets());
        let values = named.filter_map(|field| values.get(&field.name));
        values
            .flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice))
            .filter_map(Value::as_i64)
            .collect()
    }
}

/// `[list]` with `columns` and `filters`; what it does not say is chosen among the fields, but for the columns of pages.
pub(super) fn read_list(table: &Table<'_>, fields: &[Field], kind: Kind) -> ListOptions {
    let list = table.table("list");
    let named = |key, most, fits: fn(&FieldKind) -> bool| {
        list.as_ref().and_then(|list| read_names(list, key, fields, most, fits))
    };
    let (columns, filters) =
        (named("columns", MAX_COLUMNS, FieldKind::is_column), named("filters", MAX_FILTERS, FieldKind::is_filter));
    if let Some(list) = &list {
        list.finish("a list");
    }
    let names = |fits: fn(&FieldKind) -> bool, most| {
        fields.iter().filter(|field| fits(&field.kind)).take(most).map(|field| field.name.clone()).collect()
    };
    ListOptions {
        columns: columns.unwrap_or_else(|| match kind {
            Kind::Snippet => names(|kind| kind.sorting().is_some(), DEFAULT_COLUMNS),
            Kind::Collection => names(|kind| kind.sorting().is_some(), DEFAULT_ROW_COLUMNS),
            _ => Vec::new(),
        }),
        filters: filters.unwrap_or_else(|| names(FieldKind::is_filter, MAX_FILTERS)),
    }
}

fn read_names(
    list: &Table<'_>,
    key: &'static str,
    fields: &[Field],
    most: usize,
    fits: fn(&FieldKind) -> bool,
) -> Option<Vec<String>> {
    let given = list.strings(key)?;
    if given.len() > most {
        list.report(key, format!("must name at most {most} fields, not {}", given.len()));
    }
    let mut names = Vec::new();
    for (name, _) in given {
        let known =
            || suggestion(&name, fields.iter().filter(|field| fits(&field.kind)).map(|field| field.name.as_str()));
        match fields.iter().find(|field| field.name == name) {
            None => list.report(key, format!("\"{name}\" is not a field of this type{}", known())),
            Some(field) if !fits(&field.kind) => {
                list.report(key, format!("\"{name}\" cannot be one: it is {}{}", field.kind.name(), known()));
            }
            Some(_) => names.push(name),
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{SourceFile, Types};
    use super::*;

    const FIELDS: &str = r#"
        [[fields]]
        name = "role"
        kind = "char"
        [[fields]]
        name = "body"
        kind = "rich_text"
        [[fields]]
        name = "since"
        kind = "integer"
        [[fields]]
        name = "colour"
        kind = "choice"
        choices = [{ value = "r", label = "Red" }]
        [[fields]]
        name = "friends"
        kind = "snippets"
        of = "x.Thing"
    "#;

    fn load(list: &str) -> Result<Types, Vec<String>> {
        let text = format!("name = \"x.Thing\"\nkind = \"snippet\"\nlabel = \"Thing\"\n{FIELDS}\n{list}");
        let problems = |problems: Vec<super::super::Problem>| problems.iter().map(ToString::to_string).collect();
        Types::load(&[SourceFile { path: "x.toml".into(), text }]).map_err(problems)
    }

    fn of(list: &str) -> ListOptions {
        load(list).expect("it loads").find("x.Thing").expect("it is there").list.clone()
    }

    #[test]
    fn a_type_says_its_columns_and_filters_or_has_those_that_fit() {
        assert_eq!(of("").columns, ["role", "since", "colour"]);
        assert_eq!(of("").filters, ["colour"]);
        let said = of("[list]\ncolumns = [\"friends\", \"role\"]\nfilters = []");
        assert_eq!((said.columns, said.filters), (vec!["friends".to_owned(), "role".to_owned()], Vec::new()));
        for (list, why) in [
            ("[list]\ncolumns = [\"body\"]", "\"body\" cannot be one: it is rich_text"),
            ("[list]\ncolumns = [\"rol\"]", "\"rol\" is not a field of this type"),
            ("[list]\nfilters = [\"role\"]", "\"role\" cannot be one: it is char"),
            ("[list]\ncolumn = []", "is not a key of a list"),
        ] {
            let problems = load(list).expect_err(list);
            assert!(problems.len() == 1 && problems[0].contains(why), "{list}: {problems:?}");
        }
    }

    #[test]
    fn values_are_lines_of_text() {
        let types = load("").expect("it loads");
        let known = types.find("x.Thing").expect("it is there");
        let line = |field: &str, value: Value| {
            known.field(field).expect("a field").line(&value, &|id| (id == 1).then(|| "One".to_owned()))
        };
        assert_eq!(line("role", json!("a \n b")), "a b");
        assert_eq!((line("colour", json!("r")), line("colour", json!("gone"))), ("Red".into(), "gone".into()));
        assert_eq!((line("since", json!(12)), line("since", Value::Null)), ("12".into(), String::new()));
        assert_eq!(line("friends", json!([1, 2])), "One");
        let Value::Object(values) = json!({ "friends": [1, 2], "since": 3 }) else { return };
        assert_eq!(known.listed_snippets(&values), Vec::<i64>::new(), "no column names them");
    }
}
