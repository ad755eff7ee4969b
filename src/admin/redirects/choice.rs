//! What a form says of a table: which column is which, how it is written, and what stands in for empty cells.

use serde_json::{Value, json};

use crate::admin::pages::ids;
use crate::admin::texts::{Said, said};
use crate::content::redirect::{COLUMNS, Defaults, Format, Places, Preview};
use crate::http::form::FormData;

/// What the columns are for, in the order of [`COLUMNS`].
const LABELS: [Said; COLUMNS.len()] = [
    said("redirect-column-from"),
    said("redirect-column-to"),
    said("redirect-column-page"),
    said("redirect-column-permanent"),
    said("redirect-column-subtree"),
    said("redirect-column-site"),
];
/// Before the name of a column in forms.
const PREFIX: &str = "c.";
const TAB: &str = "tab";
/// Columns that can be chosen among.
const MAX_COLUMN: usize = 64;

#[derive(Default)]
pub(super) struct Choice {
    /// None: as the first row says.
    places: Option<Places>,
    pub separator: Option<u8>,
    /// The first row is a redirect as well.
    pub is_bare: bool,
    pub site: Option<i64>,
    pub replace: bool,
    pub temporary: bool,
    pub subtree: bool,
}

impl Choice {
    /// What is wrong with it, else.
    pub fn of(form: &FormData) -> Result<Self, Said> {
        let text = |name: &str| form.first(name).unwrap_or_default().trim().to_owned();
        let separator = match text("separator").as_str() {
            "" if form.first("separator") == Some("\t") => Some(b'\t'),
            "" => None,
            TAB => Some(b'\t'),
            one => match one.as_bytes() {
                [byte] if byte.is_ascii_graphic() && *byte != b'"' => Some(*byte),
                _ => return Err(said("table-separator-invalid")),
            },
        };
        let mut places = Places::default();
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = match text(&format!("{PREFIX}{column}")).as_str() {
                "" => None,
                number => {
                    let number = number.parse::<usize>().ok().filter(|number| (1..=MAX_COLUMN).contains(number));
                    Some(number.ok_or(said("no-such-column"))? - 1)
                }
            };
        }
        let is_chosen = COLUMNS.iter().any(|column| form.first(&format!("{PREFIX}{column}")).is_some());
        let site = match text("site").as_str() {
            "" => None,
            id => Some(ids::parse(id).ok_or(said("no-such-site"))?),
        };
        Ok(Self {
            places: is_chosen.then_some(places),
            separator,
            is_bare: form.first("bare").is_some(),
            site,
            replace: form.first("replace").is_some(),
            temporary: form.first("temporary").is_some(),
            subtree: form.first("subtree").is_some(),
        })
    }

    /// `guessed`: what the first row says.
    pub fn format(&self, guessed: Places) -> Format {
        let chosen = Some(self.places.unwrap_or(guessed));
        Format { separator: self.separator, is_bare: self.is_bare, chosen, ..Format::default() }
    }

    pub fn defaults(&self) -> Defaults {
        Defaults { site: self.site, covers_subtree: self.subtree, is_permanent: !self.temporary }
    }

    /// What to choose, each with the columns of the table, named by its first row.
    pub fn columns(&self, preview: &Preview) -> Vec<Value> {
        let places = self.places.unwrap_or(preview.guessed);
        let first = preview.rows.first();
        let options = |chosen: Option<usize>| -> Vec<Value> {
            let option = |at: usize| {
                let name = first.and_then(|cells| cells.get(at)).map(String::as_str).unwrap_or_default();
                let label = said("table-column").with("number", at + 1).with("name", name);
                json!({ "value": at + 1, "label": label, "chosen": chosen == Some(at) })
            };
            (0..preview.columns()).map(option).collect()
        };
        let column = |((name, label), place): ((&str, Said), Option<usize>)| json!({ "name": format!("{PREFIX}{name}"), "label": label, "options": options(place) });
        COLUMNS.into_iter().zip(LABELS).zip(places).map(column).collect()
    }

    /// As the form shows what separates the cells.
    pub fn separator_word(&self, found: u8) -> String {
        match self.separator.unwrap_or(found) {
            b'\t' => TAB.to_owned(),
            byte => char::from(byte).to_string(),
        }
    }
}
