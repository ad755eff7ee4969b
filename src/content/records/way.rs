//! Along which index a list of rows is read.

use serde_json::{Value, json};

use super::filter::Filter;
use super::index::Indexes;
use super::key::{self, ALL, END, GAP};
use super::list::Asked;
use crate::content::EditError;
use crate::content::types::RecordOptions;

/// The span of an index that a list is read along, without its ends.
pub(super) struct Way {
    pub index: i64,
    pub from: String,
    pub to: String,
    /// In front of the place by which the list is sorted.
    pub before: String,
    /// What is asked of each row, beside that it is there.
    pub asked: Vec<Filter>,
}

impl Way {
    /// The filters that the span does not see to.
    fn rest(filters: &[Filter], is_seen_to: impl Fn(&Filter) -> bool) -> Vec<Filter> {
        filters.iter().filter(|filter| !is_seen_to(filter)).cloned().collect()
    }
}

/// The spans of some filters, as the statements read them.
pub(super) fn spans(filters: &[Filter]) -> String {
    let of = |(n, filter): (usize, &Filter)| {
        let pattern = filter.like.as_deref().unwrap_or("%").to_owned();
        let is_words = filter.name == key::WORDS;
        let whole = [(String::new(), END.to_owned())];
        let spans = if is_words { whole.to_vec() } else { filter.spans.clone() };
        let name = filter.name.clone();
        let told = move |(low, high)| json!({ "n": n, "name": name, "low": low, "high": high, "pattern": pattern });
        spans.into_iter().map(told).collect::<Vec<_>>()
    };
    Value::Array(filters.iter().enumerate().flat_map(of).collect()).to_string()
}

/// What all filters by one name leave of its index.
fn hull(filters: &[Filter], name: &str) -> (String, String) {
    let of_name = filters.iter().filter(|filter| filter.name == name).map(Filter::hull);
    let (from, to) = of_name.fold(("", END), |(from, to), (low, high)| (from.max(low), to.min(high)));
    (from.to_owned(), to.to_owned())
}

/// Along the index that has the rows in the order of the list: within one value, where there is such an index.
pub(super) fn in_order(asked: &Asked<'_>, records: &RecordOptions, indexes: &Indexes) -> Result<Way, EditError> {
    let (filters, order) = (&asked.filters, asked.order.name.as_str());
    let (from, to) = if order == ALL { (String::new(), END.to_owned()) } else { hull(filters, order) };
    let of_order = |filter: &Filter| filter.name == order && filter.is_hull();
    for filter in filters.iter().filter(|filter| filter.is_one && records.within.contains(&filter.name)) {
        let Some(index) = indexes.find(asked.type_name, &format!("{}/{order}", filter.name)) else { continue };
        let value = filter.spans.first().map(|(value, _)| value.as_str()).unwrap_or_default();
        let before = format!("{value}{GAP}");
        let asked = Way::rest(filters, |other| of_order(other) || other == filter);
        if index.is_ready {
            let (from, to) = (format!("{before}{from}"), format!("{before}{to}"));
            return Ok(Way { index: index.id, from, to, before, asked });
        }
    }
    let index = indexes.ready(asked.type_name, order)?.id;
    Ok(Way { index, from, to, before: String::new(), asked: Way::rest(filters, of_order) })
}

/// An index that may leave few rows: its name, and a span of it.
#[derive(Clone)]
pub(super) struct Narrow {
    pub name: String,
    pub low: String,
    pub high: String,
}

/// What the filters leave, name by name; each word is a filter of its own.
pub(super) fn narrow(filters: &[Filter]) -> Vec<Narrow> {
    let mut found: Vec<Narrow> = Vec::new();
    for filter in filters {
        let (low, high) = match filter.name.as_str() {
            key::WORDS => (filter.hull().0.to_owned(), filter.hull().1.to_owned()),
            name => hull(filters, name),
        };
        if filter.name == key::WORDS || !found.iter().any(|known| known.name == filter.name) {
            found.push(Narrow { name: filter.name.clone(), low, high });
        }
    }
    found
}

/// Along another index, whatever the order.
pub(super) fn along(asked: &Asked<'_>, indexes: &Indexes, narrow: &Narrow) -> Result<Way, EditError> {
    let rest = Way::rest(&asked.filters, |filter| filter.name == narrow.name && filter.is_hull());
    let index = indexes.ready(asked.type_name, &narrow.name)?.id;
    Ok(Way { index, from: narrow.low.clone(), to: narrow.high.clone(), before: String::new(), asked: rest })
}
