//! What the address of a list of pages says: its order, what it is narrowed to, and where the part begins.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::ids;
use crate::admin::entry::Seat;
use crate::admin::refusal::Refusal;
use crate::admin::texts::{Said, said};
use crate::clock::Micros;
use crate::content::explore::{Below, Cursor, Direction, Filter, Order, Status};
use crate::http::form::FormData;

/// Longest text that is searched for, in characters.
const MAX_WORDS_LENGTH: usize = 200;

/// What the address asks for.
#[derive(Clone)]
pub(super) struct View {
    pub order: Order,
    pub direction: Direction,
    pub filter: Filter,
    pub after: Option<Cursor>,
    /// The days since which and until when pages were changed, as they were given.
    pub since: String,
    pub until: String,
    /// The site that they are on.
    pub site: Option<i64>,
    /// Words that they have, at any depth.
    pub words: String,
}

impl View {
    pub fn of(query: &FormData, seat: &Seat) -> Result<Self, Refusal> {
        let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
        let order = word(&text("sort"), Order::parse, said("no-such-order"))?.unwrap_or(Order::Tree);
        let direction = word(&text("way"), Direction::parse, said("lists-go-up-or-down"))?.unwrap_or(Direction::Up);
        let status = word(&text("status"), Status::parse, said("no-such-status"))?;
        let owner = word(&text("owner"), ids::parse, said("no-such-owner"))?;
        let after = word(&text("after"), Cursor::parse, said("no-such-part-go-to-the-beginning"))?;
        let day = |name: &str| -> Result<Option<Date>, Refusal> {
            word(&text(name), |day| day.parse::<Date>().ok(), said("no-such-day"))
        };
        let begin = |day: Date| day.to_zoned(seat.zone()).ok().map(|day| Micros(day.timestamp().as_microsecond()));
        let words = text("q");
        if words.chars().count() > MAX_WORDS_LENGTH {
            return Err(Refusal::Bad(said("search-for-less")));
        }
        let filter = Filter {
            type_name: text("type"),
            status,
            owner,
            locale: text("locale"),
            updated_since: day("since")?.and_then(begin),
            // With that day.
            updated_until: day("until")?.and_then(|day| day.tomorrow().ok()).and_then(begin),
            edited_by: word(&text("editor"), ids::parse, said("no-such-editor"))?,
            below: word(&text("children"), Below::parse, said("no-such-children"))?,
        };
        let site = word(&text("site"), ids::parse, said("no-such-site"))?;
        Ok(Self { order, direction, filter, after, since: text("since"), until: text("until"), site, words })
    }

    pub fn is_narrowed(&self) -> bool {
        !self.filter.is_empty() || self.site.is_some() || !self.words.is_empty()
    }

    /// What narrows the list beside its words, by name: forms keep it.
    pub fn kept(&self) -> Vec<(&'static str, String)> {
        let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
        let mut kept = vec![
            ("sort", if self.order == Order::Tree { String::new() } else { self.order.as_str().to_owned() }),
            ("way", if self.direction == Direction::Up { String::new() } else { self.direction.as_str().to_owned() }),
            ("type", self.filter.type_name.clone()),
            ("status", self.filter.status.map_or("", Status::as_str).to_owned()),
            ("owner", id(self.filter.owner)),
            ("editor", id(self.filter.edited_by)),
            ("site", id(self.site)),
            ("children", self.filter.below.map_or("", Below::as_str).to_owned()),
            ("locale", self.filter.locale.clone()),
            ("since", self.since.clone()),
            ("until", self.until.clone()),
        ];
        kept.retain(|(_, value)| !value.is_empty());
        kept
    }

    /// The query of an address with this view, from the beginning, in another order.
    pub fn query(&self, order: Order, direction: Direction) -> url::form_urlencoded::Serializer<'static, String> {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let sorted = Self { order, direction, ..self.clone() };
        out.extend_pairs(sorted.kept());
        if !self.words.is_empty() {
            out.append_pair("q", &self.words);
        }
        out
    }

    /// For a heading that sorts by `order`: pressing the current one turns it round.
    pub fn heading(&self, order: Order, here: &str) -> Value {
        let is_current = self.order == order;
        // The last change is asked for first of all.
        let first = if order == Order::Updated { Direction::Down } else { Direction::Up };
        let turned = if self.direction == Direction::Up { Direction::Down } else { Direction::Up };
        let direction = if is_current { turned } else { first };
        let sorted = match (is_current, self.direction) {
            (false, _) => "none",
            (true, Direction::Up) => "ascending",
            (true, Direction::Down) => "descending",
        };
        json!({ "url": format!("{here}?{}", self.query(order, direction).finish()), "sorted": sorted })
    }
}

/// A word of the address, when it is there.
fn word<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>, bad: Said) -> Result<Option<T>, Refusal> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(Refusal::Bad(bad)) }
}
