//! What the address of a list of snippets says: words, language, state, values of fields, the order, and where the part
//! begins.

use serde_json::{Map, Value, json};

use super::list_url;
use crate::admin::refusal::Refusal;
use crate::admin::texts::{Said, said};
use crate::content::FieldRights;
use crate::content::snippet::{Listing, Order, Status};
use crate::content::types::{ContentType, Field, FieldKind};
use crate::http::form::FormData;

/// Snippets that a list goes through; a search finds the others.
pub(super) const MAX_OFFSET: i64 = 10_000;
/// Longest search, in characters.
const MAX_QUERY: usize = 200;
/// Before the name of a field, so that none is taken for another word of the address.
const FIELD: &str = "f.";

/// What a list is asked for.
#[derive(Clone)]
pub(super) struct Asked<'t> {
    pub of_type: &'t ContentType,
    /// What others set is no column to sort by, and no filter: a list in order tells what it is ordered by.
    pub rights: FieldRights,
    pub search: String,
    pub locale: String,
    pub status: Option<Status>,
    /// Fields that have a value, as the address says it.
    pub values: Vec<(&'t Field, String)>,
    pub order: Order<'t>,
    pub is_turned: bool,
    pub offset: i64,
}

impl<'t> Asked<'t> {
    pub fn of(query: &FormData, of_type: &'t ContentType, rights: FieldRights) -> Result<Self, Refusal> {
        let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
        if text("q").chars().count() > MAX_QUERY || text("q").contains('\0') || text("locale").contains('\0') {
            return Err(Refusal::Bad(said("search-too-long")));
        }
        let status = match text("status").as_str() {
            "" => None,
            word => Some(Status::parse(word).ok_or(Refusal::Bad(said("no-such-status")))?),
        };
        let is_turned = match text("way").as_str() {
            "" | "up" => false,
            "down" => true,
            _ => return Err(Refusal::Bad(said("lists-go-up-or-down"))),
        };
        let offset = match text("from").as_str() {
            "" => Some(0),
            from => from.parse::<i64>().ok().filter(|offset| (0..=MAX_OFFSET).contains(offset)),
        };
        let offset = offset.ok_or(Refusal::Bad(said("no-such-part")))?;
        let mut values = Vec::new();
        for field in of_type.filters().filter(|field| rights.allow(field)) {
            let value = text(&format!("{FIELD}{}", field.name));
            if !value.is_empty() {
                let is_known = options(field).iter().any(|(known, _)| *known == value);
                values.push((field, is_known.then_some(value).ok_or(Refusal::Bad(said("no-such-value")))?));
            }
        }
        let order = order(&text("sort"), of_type, &rights)?;
        Ok(Self {
            of_type,
            rights,
            search: text("q"),
            locale: text("locale"),
            status,
            values,
            order,
            is_turned,
            offset,
        })
    }

    pub fn listing(&self) -> Listing<'_> {
        let value = |(field, value): &(&Field, String)| {
            let value = match field.kind {
                FieldKind::Boolean => json!(value == "yes"),
                _ => json!(value),
            };
            (field.name.clone(), value)
        };
        Listing {
            type_name: &self.of_type.name,
            search: &self.search,
            locale: &self.locale,
            status: self.status,
            fields: self.values.iter().map(value).collect::<Map<String, Value>>(),
            order: self.order,
            is_turned: self.is_turned,
            offset: self.offset,
        }
    }

    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || !self.locale.is_empty() || self.status.is_some() || !self.values.is_empty()
    }

    /// As the address says the order.
    pub fn sort(&self) -> String {
        word(self.order)
    }

    /// What the address says beside the words and the part, by name: forms keep it.
    pub fn kept(&self) -> Vec<(String, String)> {
        let mut kept = vec![
            ("locale".to_owned(), self.locale.clone()),
            ("status".to_owned(), self.status.map_or("", Status::as_str).to_owned()),
        ];
        kept.extend(self.values.iter().map(|(field, value)| (format!("{FIELD}{}", field.name), value.clone())));
        let is_usual = self.order == usual(self.of_type) && !self.is_turned;
        kept.push(("sort".to_owned(), if is_usual { String::new() } else { self.sort() }));
        kept.push(("way".to_owned(), if self.is_turned { "down".to_owned() } else { String::new() }));
        kept.retain(|(_, value)| !value.is_empty());
        kept
    }

    /// The query of the whole list.
    pub fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.kept());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        query.finish()
    }

    /// The address of the list, or of what is beside it.
    pub fn url(&self, beside: &str) -> String {
        format!("{}{beside}?{}", list_url(&self.of_type.name), self.query()).trim_end_matches('?').to_owned()
    }

    /// The address of another part.
    pub fn part(&self, from: i64) -> String {
        let and = if self.query().is_empty() { "?" } else { "&" };
        format!("{}{and}from={from}", self.url(""))
    }

    /// For a heading that sorts: pressing the current one turns it round.
    pub fn heading(&self, order: Order<'t>) -> Value {
        let is_current = self.order == order;
        let is_turned = is_current && !self.is_turned;
        // The last change comes first.
        let is_up = self.is_turned == (order == Order::Updated);
        let sorted = match (is_current, is_up) {
            (false, _) => "none",
            (true, true) => "ascending",
            (true, false) => "descending",
        };
        json!({ "url": Self { order, is_turned, ..self.clone() }.url(""), "sorted": sorted })
    }

    /// The fields that narrow the list, with what may be chosen.
    pub fn choices(&self) -> Vec<Value> {
        let of = |field: &'t Field| {
            let chosen =
                self.values.iter().find(|(known, _)| known.name == field.name).map(|(_, value)| value.as_str());
            let options: Vec<Value> = options(field)
                .into_iter()
                .map(|(value, label)| json!({ "value": value, "label": label, "chosen": Some(value) == chosen }))
                .collect();
            json!({ "name": format!("{FIELD}{}", field.name), "label": field.label, "options": options })
        };
        self.of_type.filters().filter(|field| self.rights.allow(field)).map(of).collect()
    }
}

/// The values that a list is narrowed to, with what they are called.
fn options(field: &Field) -> Vec<(&str, Said)> {
    match &field.kind {
        FieldKind::Boolean => vec![("yes", said("value-yes")), ("no", said("value-no"))],
        FieldKind::Choice(choices) | FieldKind::MultipleChoice(choices) => {
            choices.iter().map(|choice| (choice.value.as_str(), Said::Text(choice.label.clone()))).collect()
        }
        _ => Vec::new(),
    }
}

/// The order of a list that is asked for without one.
fn usual(of_type: &ContentType) -> Order<'_> {
    if of_type.snippet.orderable { Order::Placed } else { Order::Name }
}

fn word(order: Order<'_>) -> String {
    match order {
        Order::Name => "name".to_owned(),
        Order::Updated => "updated".to_owned(),
        Order::Placed => "placed".to_owned(),
        Order::Field(name, _) => format!("{FIELD}{name}"),
    }
}

fn order<'t>(sort: &str, of_type: &'t ContentType, rights: &FieldRights) -> Result<Order<'t>, Refusal> {
    let by_field = |name: &str| {
        let field = of_type.columns().find(|field| field.name == name && rights.allow(field))?;
        Some(Order::Field(&field.name, field.kind.sorting()?))
    };
    let found = match sort {
        "" => Some(usual(of_type)),
        "name" => Some(Order::Name),
        "updated" => Some(Order::Updated),
        "placed" => Some(Order::Placed).filter(|_| of_type.snippet.orderable),
        other => other.strip_prefix(FIELD).and_then(by_field),
    };
    found.ok_or(Refusal::Bad(said("the-list-is-not-sorted-like-that")))
}
