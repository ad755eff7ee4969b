//! What the address of a list of rows says: words, what fields are narrowed to, the order, and where the part begins.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Of, list_url};
use crate::admin::refusal::Refusal;
use crate::admin::texts::{Said, said};
use crate::content::explore;
use crate::content::records::{self, Count, Cursor, Filter, FilterError};
use crate::content::types::{Choice, ContentType, FieldKind, RecordOrder, RecordShape};
use crate::http::form::FormData;

/// Rows of one part of the list.
const PER_PART: i64 = 50;
/// Longest search, in characters.
const MAX_QUERY: usize = 200;
/// Before the name of a field, so that none is taken for another word of the address.
const FIELD: &str = "f.";
/// Behind it: how a text is compared, and the ends of what a value is between.
const HOW: &str = ".how";
const FROM: &str = ".from";
const TO: &str = ".to";
/// How texts are compared; without a word they are the same.
const WAYS: [(&str, Said); 3] =
    [("", said("filter-is")), ("startswith", said("filter-begins-with")), ("contains", said("filter-contains"))];

/// How a list is narrowed by one name.
enum Control<'t> {
    Text,
    Choice(&'t [Choice]),
    Flag,
    Number,
    Day,
    Time,
    /// By days in the time zone of whoever asks.
    Moment,
}

impl<'t> Control<'t> {
    fn of(of_type: &'t ContentType, name: &str) -> Option<Self> {
        let Some(field) = of_type.field(name) else { return Some(Self::Moment) };
        Some(match &field.kind {
            FieldKind::Choice(choices) => Self::Choice(choices),
            FieldKind::Boolean => Self::Flag,
            FieldKind::Date => Self::Day,
            FieldKind::Time => Self::Time,
            FieldKind::DateTime => Self::Moment,
            kind if RecordShape::of(kind)? == RecordShape::Number => Self::Number,
            _ => Self::Text,
        })
    }

    /// What is chosen among, by value.
    fn options(&self) -> Vec<(&'t str, Said)> {
        match self {
            Self::Flag => vec![("true", said("value-yes")), ("false", said("value-no"))],
            Self::Choice(choices) => {
                choices.iter().map(|choice| (choice.value.as_str(), Said::Text(choice.label.clone()))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The kind of the inputs of its two ends.
    const fn input(&self) -> &'static str {
        match self {
            Self::Day | Self::Moment => "date",
            Self::Time => "time",
            _ => "text",
        }
    }

    const fn problem(&self) -> Said {
        match self {
            Self::Number => said("filter-needs-a-number"),
            Self::Day | Self::Moment => said("filter-needs-a-day"),
            Self::Time => said("filter-needs-a-time"),
            _ => said("filter-text-too-long"),
        }
    }

    /// The operator and the value of an end, as filters of lists say them.
    fn end(&self, text: &str, is_last: bool, zone: &TimeZone) -> Option<(&'static str, String)> {
        let operator = if is_last { "lte" } else { "gte" };
        match self {
            Self::Moment => {
                let day: Date = text.parse().ok()?;
                let day = if is_last { day.tomorrow().ok()? } else { day };
                let begins = day.to_zoned(zone.clone()).ok()?.timestamp().to_string();
                Some((if is_last { "lt" } else { "gte" }, begins))
            }
            Self::Time => {
                text.parse::<Time>().ok()?;
                // A minute with all its seconds.
                let whole = if is_last && text.len() == "18:00".len() { ":59.999999" } else { "" };
                Some((operator, format!("{text}{whole}")))
            }
            _ => Some((operator, text.to_owned())),
        }
    }
}

/// What a list is asked for.
pub(super) struct Asked<'t> {
    pub of: Of<'t>,
    pub search: String,
    /// What was typed and chosen, by the names of the form.
    given: BTreeMap<String, String>,
    filters: Vec<Filter>,
    /// What is wrong with it, by the names of the form.
    problems: BTreeMap<String, Said>,
    order: RecordOrder,
    after: Option<Cursor>,
}

impl<'t> Asked<'t> {
    pub fn of(query: &FormData, of: Of<'t>, zone: &TimeZone) -> Result<Self, Refusal> {
        let search = query.first("q").unwrap_or_default().trim();
        if search.chars().count() > MAX_QUERY || search.contains('\0') {
            return Err(Refusal::Bad(said("search-too-long")));
        }
        let order = match query.first("order").unwrap_or_default() {
            "" => of.1.order.clone(),
            text => RecordOrder::parse(text),
        };
        if order.name != "id" && !of.1.orders.contains(&order.name) {
            return Err(Refusal::Bad(said("the-list-is-not-sorted-like-that")));
        }
        let after = match query.first("after").unwrap_or_default() {
            "" => None,
            text => {
                let explore::Cursor { key, id } =
                    explore::Cursor::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?;
                Some(Cursor { place: key, id })
            }
        };
        let mut asked = Self {
            of,
            search: if of.1.search.is_empty() { String::new() } else { search.to_owned() },
            given: BTreeMap::new(),
            filters: Vec::new(),
            problems: BTreeMap::new(),
            order,
            after,
        };
        for name in &of.1.filters {
            if let Some(control) = Control::of(of.0, name) {
                asked.read(query, name, &control, zone)?;
            }
        }
        match records::words(&asked.search) {
            Ok(words) => asked.filters.extend(words),
            Err(_) => drop(asked.problems.insert("q".to_owned(), said("too-many-words"))),
        }
        if records::bounded(&asked.filters).is_err() {
            asked.problems.insert("q".to_owned(), said("too-many-filters"));
        }
        Ok(asked)
    }

    /// What the address says of one name.
    fn read(&mut self, query: &FormData, name: &str, control: &Control<'_>, zone: &TimeZone) -> Result<(), Refusal> {
        let at = |part: &str| format!("{FIELD}{name}{part}");
        let text = |part: &str| query.first(&at(part)).unwrap_or_default().trim().to_owned();
        let mut wanted = Vec::new();
        match control {
            Control::Text => {
                let how = text(HOW);
                if !WAYS.iter().any(|(known, _)| *known == how) {
                    return Err(Refusal::Bad(said("no-such-value")));
                }
                let named = if how.is_empty() { name.to_owned() } else { format!("{name}__{how}") };
                wanted.push((at(""), text(""), Some((named, text("")))));
                if !text("").is_empty() && !how.is_empty() {
                    self.given.insert(at(HOW), how);
                }
            }
            Control::Choice(_) | Control::Flag => {
                let value = text("");
                if !value.is_empty() && !control.options().iter().any(|(known, _)| *known == value) {
                    return Err(Refusal::Bad(said("no-such-value")));
                }
                wanted.push((at(""), value.clone(), Some((name.to_owned(), value))));
            }
            _ => {
                for (part, is_last) in [(FROM, false), (TO, true)] {
                    let end = control.end(&text(part), is_last, zone);
                    wanted.push((at(part), text(part), end.map(|(how, value)| (format!("{name}__{how}"), value))));
                }
            }
        }
        for (input, typed, filter) in wanted.into_iter().filter(|(_, typed, _)| !typed.is_empty()) {
            let filter = filter.map(|(named, value)| Filter::parse(self.of, &named, &value));
            match filter {
                Some(Ok(filter)) => self.filters.push(filter),
                None | Some(Err(FilterError::Value { .. })) => {
                    drop(self.problems.insert(input.clone(), control.problem()))
                }
                Some(Err(_)) => return Err(Refusal::Bad(said("no-such-value"))),
            }
            self.given.insert(input, typed);
        }
        Ok(())
    }

    pub fn listing(&self) -> records::Asked<'t> {
        records::Asked {
            type_name: &self.of.0.name,
            filters: self.filters.clone(),
            order: self.order.clone(),
            after: self.after.clone(),
            limit: PER_PART,
            count: Count::Bounded,
        }
    }

    pub fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    pub fn problem(&self, name: &str) -> Option<&Said> {
        self.problems.get(name)
    }

    pub fn has_filters(&self) -> bool {
        !self.given.is_empty()
    }

    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || self.has_filters()
    }

    pub fn is_first(&self) -> bool {
        self.after.is_none()
    }

    /// As the address says the order; nothing, when it is the usual one.
    pub fn sort(&self) -> String {
        let turned = if self.order.is_turned { "-" } else { "" };
        if self.order == self.of.1.order { String::new() } else { format!("{turned}{}", self.order.name) }
    }

    /// What the address says beside the words and the part, by name: forms keep it.
    pub fn kept(&self) -> Vec<(&str, String)> {
        let sort = Some(("order", self.sort())).filter(|(_, sort)| !sort.is_empty());
        self.given.iter().map(|(name, value)| (name.as_str(), value.clone())).chain(sort).collect()
    }

    /// The address of the list with these words more, or of what is beside it.
    fn with(&self, beside: &str, more: Option<(&str, &str)>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.kept());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        query.extend_pairs(more);
        format!("{}{beside}?{}", list_url(self.of.1), query.finish()).trim_end_matches('?').to_owned()
    }

    /// The address of the whole list, or of what is beside it.
    pub fn url(&self, beside: &str) -> String {
        self.with(beside, None)
    }

    /// The address of the next part.
    pub fn part(&self, after: Cursor) -> String {
        let after = explore::Cursor { key: after.place, id: after.id }.to_string();
        self.with("", Some(("after", &after)))
    }

    /// For a heading that sorts: pressing the current one turns it round. None: the list is not sorted by it.
    pub fn heading(&self, name: &str) -> Option<Value> {
        if name != "id" && !self.of.1.orders.iter().any(|known| known == name) {
            return None;
        }
        let is_current = self.order.name == name;
        let order = RecordOrder { name: name.to_owned(), is_turned: is_current && !self.order.is_turned };
        let sorted = match (is_current, self.order.is_turned) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        };
        let turned = Self {
            of: self.of,
            search: self.search.clone(),
            given: self.given.clone(),
            filters: Vec::new(),
            problems: BTreeMap::new(),
            order,
            after: None,
        };
        Some(json!({ "url": turned.url(""), "sorted": sorted }))
    }

    /// The form of filters: what was typed stays, and says what is wrong with it.
    pub fn controls(&self) -> Vec<Value> {
        let of = |name: &'t String| Some((name, Control::of(self.of.0, name)?));
        self.of.1.filters.iter().filter_map(of).map(|(name, control)| self.control(name, &control)).collect()
    }

    fn control(&self, name: &str, control: &Control<'_>) -> Value {
        let typed = |part: &str| self.given.get(&format!("{FIELD}{name}{part}")).map_or("", String::as_str);
        let input = |part: &str| {
            let named = format!("{FIELD}{name}{part}");
            json!({ "name": named, "value": typed(part), "problem": self.problem(&named) })
        };
        let chosen = |options: Vec<(&str, Said)>, value: &str| {
            let option =
                |(known, label): (&str, Said)| json!({ "value": known, "label": label, "chosen": known == value });
            options.into_iter().map(option).collect::<Vec<Value>>()
        };
        let label = label(self.of.0, name);
        let own = input("");
        match control {
            Control::Text => json!({
                "kind": "text", "label": label, "input": own,
                "how": { "name": format!("{FIELD}{name}{HOW}"), "options": chosen(WAYS.to_vec(), typed(HOW)) },
            }),
            Control::Choice(_) | Control::Flag => json!({
                "kind": "choice", "label": label, "input": own, "options": chosen(control.options(), typed("")),
            }),
            _ => json!({
                "kind": "between", "label": label, "type": control.input(), "from": input(FROM), "to": input(TO),
            }),
        }
    }
}

/// What people call a name that lists are sorted or narrowed by.
pub(super) fn label(of_type: &ContentType, name: &str) -> Said {
    match (of_type.field(name), name) {
        (Some(field), _) => Said::Text(field.label.clone()),
        (None, "created_at") => said("row-added"),
        (None, _) => said("row-changed"),
    }
}
