//! Lists of rows: narrowed, sorted, a part at a time. Each list is read along one index, so that its length does not
//! matter: the one that it is sorted by, or one that leaves few rows, which are sorted then. How many rows are looked at for
//! one part is bounded: one that has found few by then ends early, and the next one goes on.

use serde_json::{Value, json};

use super::filter::Filter;
use super::index::Indexes;
use super::key::END;
use super::way::{Narrow, Way, along, in_order, narrow, spans};
use super::{Record, typed};
use crate::content::page::json_object;
use crate::content::types::RecordOrder;
use crate::content::{Content, EditError};
use crate::db::{self, DbError, Row};
use crate::{queries, record};

/// As many rows are sorted for a list that no index has in its order.
const FEW: i64 = 5_000;
/// Rows that are looked at for one part.
const LOOKED_AT: i64 = 5_000;
/// Rows that are looked at first, for each that is wanted: mostly there are enough among them.
const LOOKED_AT_FIRST: i64 = 20;
/// Rows that a bounded count counts.
const COUNTED: i64 = 10_000;
/// Rows that are looked at for a count which no index tells.
const COUNTED_ONE_BY_ONE: i64 = 50_000;

/// How many rows a list has in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    #[default]
    None,
    /// Up to ten thousand.
    Bounded,
    Exact,
}

/// The row behind which a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub place: String,
    pub id: i64,
}

/// Which rows, and which part of their list.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub type_name: &'a str,
    /// Also words.
    pub filters: Vec<Filter>,
    pub order: RecordOrder,
    pub after: Option<Cursor>,
    pub limit: i64,
    pub count: Count,
}

/// How far a part is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Among the next rows alone.
    Near,
    Far,
    /// All of few rows, which are sorted then.
    Few,
}

/// The number of rows; at least so many, when it is not exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub total: i64,
    pub is_exact: bool,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Part {
    pub rows: Vec<Record>,
    pub next: Option<Cursor>,
    pub counted: Option<Counted>,
}

record! { struct Probed { name: String, number: i64 } }

/// A row, or something about the list: `kind`.
struct Found {
    kind: String,
    id: i64,
    place: String,
    version: i64,
    data: String,
    created_at: i64,
    updated_at: i64,
}

impl db::Record for Found {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            kind: row.take("kind")?,
            id: row.take("id")?,
            place: row.take("place")?,
            version: row.take("version")?,
            data: row.take("data")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

// $1: an index. $2, $3: the place and the number behind which rows are looked at; $4, $5: before which; $6: how many. $7:
// what they are sorted by. $8, $9: what is asked of each, as spans of $9 filters of which each fits in one. $10, $11: where
// the part goes on; $12: rows of it; $13: the indexes that all of it stands on. Beside the rows it is told how many there
// were, the last that was looked at, and how many of those indexes are still there.
queries! {
    /// How many rows each of some spans has, $2 at most; how many another one has, $6 at most; and of its first $9 rows how
    /// many fit.
    PROBE = read "record.probe"
        "SELECT asked.item ->> 'name' AS name, (SELECT COUNT(*) FROM (SELECT 1 FROM record_key
                 WHERE index_id = CAST(asked.item ->> 'index' AS BIGINT) AND place >= asked.item ->> 'low'
                   AND place < asked.item ->> 'high' LIMIT $2) AS part) AS number
         FROM json_array_elements(CAST($1 AS JSON)) AS asked (item)
         UNION ALL SELECT 'looked', COUNT(*) FROM (SELECT 1 FROM record_key
             WHERE index_id = $3 AND place >= $4 AND place < $5 LIMIT $6) AS part
         UNION ALL SELECT 'matched', COUNT(*) FROM (SELECT record_id FROM record_key
             WHERE index_id = $3 AND place >= $4 AND place < $5 LIMIT $9) AS each
             JOIN record r ON r.id = each.record_id WHERE
             (SELECT COUNT(DISTINCT asked.n) FROM jsonb_to_recordset(CAST($7 AS JSONB))
                     AS asked (n BIGINT, name TEXT, low TEXT, high TEXT, pattern TEXT)
                   WHERE COALESCE(r.keys ->> asked.name, '') COLLATE \"C\" >= asked.low
                     AND COALESCE(r.keys ->> asked.name, '') COLLATE \"C\" < asked.high
                     AND COALESCE(r.keys ->> asked.name, '') LIKE asked.pattern ESCAPE '!') = $8"
        sqlite
        "SELECT asked.value ->> 'name' AS name, (SELECT COUNT(*) FROM (SELECT 1 FROM record_key
                 WHERE index_id = asked.value ->> 'index' AND place >= asked.value ->> 'low'
                   AND place < asked.value ->> 'high' LIMIT $2) AS part) AS number
         FROM json_each($1) AS asked
         UNION ALL SELECT 'looked', COUNT(*) FROM (SELECT 1 FROM record_key
             WHERE index_id = $3 AND place >= $4 AND place < $5 LIMIT $6) AS part
         UNION ALL SELECT 'matched', COUNT(*) FROM (SELECT record_id FROM record_key
             WHERE index_id = $3 AND place >= $4 AND place < $5 LIMIT $9) AS each
             CROSS JOIN record r WHERE r.id = each.record_id AND
             (SELECT COUNT(DISTINCT asked.value ->> 'n') FROM json_each($7) AS asked
                   WHERE COALESCE(r.keys ->> (asked.value ->> 'name'), '') >= asked.value ->> 'low'
                     AND COALESCE(r.keys ->> (asked.value ->> 'name'), '') < asked.value ->> 'high'
                     AND COALESCE(r.keys ->> (asked.value ->> 'name'), '') LIKE asked.value ->> 'pattern' ESCAPE '!') = $8";
    UP = read "record.list_up"
        "WITH looked AS MATERIALIZED (SELECT place, record_id FROM record_key
             WHERE index_id = $1 AND (place, record_id) > ($2, $3) AND (place, record_id) < ($4, $5)
             ORDER BY place, record_id LIMIT $6),
         matched AS MATERIALIZED (SELECT r.id, COALESCE(r.keys ->> CAST($7 AS TEXT), '') COLLATE \"C\" AS place,
                    r.version, r.data, r.created_at, r.updated_at
             FROM (SELECT DISTINCT record_id FROM looked) AS each JOIN record r ON r.id = each.record_id
             WHERE
             (SELECT COUNT(DISTINCT asked.n) FROM jsonb_to_recordset(CAST($8 AS JSONB))
                     AS asked (n BIGINT, name TEXT, low TEXT, high TEXT, pattern TEXT)
                   WHERE COALESCE(r.keys ->> asked.name, '') COLLATE \"C\" >= asked.low
                     AND COALESCE(r.keys ->> asked.name, '') COLLATE \"C\" < asked.high
                     AND COALESCE(r.keys ->> asked.name, '') LIKE asked.pattern ESCAPE '!') = $9)
         SELECT 'row' AS kind, part.* FROM (SELECT * FROM matched WHERE (place, id) > ($10, $11)
             ORDER BY place, id LIMIT $12) AS part
         UNION ALL SELECT 'matched', COUNT(*), '', 0, '', 0, 0 FROM matched
         UNION ALL SELECT 'looked', COUNT(*), '', 0, '', 0, 0 FROM looked
         UNION ALL SELECT 'ready', COUNT(*), '', 0, '', 0, 0 FROM record_index
             WHERE is_ready AND id = ANY ($13)
         UNION ALL SELECT 'last', final.record_id, final.place, 0, '', 0, 0 FROM (SELECT place, record_id FROM looked
             ORDER BY place DESC, record_id DESC LIMIT 1) AS final"
        sqlite
        "WITH looked AS MATERIALIZED (SELECT place, record_id FROM record_key
             WHERE index_id = $1 AND (place, record_id) > ($2, $3) AND (place, record_id) < ($4, $5)
             ORDER BY place, record_id LIMIT $6),
         matched AS MATERIALIZED (SELECT r.id, COALESCE(r.keys ->> CAST($7 AS TEXT), '') AS place,
                    r.version, r.data, r.created_at, r.updated_at
             FROM (SELECT DISTINCT record_id FROM looked) AS each CROSS JOIN record r
             WHERE r.id = each.record_id AND
             (SELECT COUNT(DISTINCT asked.value ->> 'n') FROM json_each($8) AS asked
                   WHERE COALESCE(r.keys ->> (asked.value ->> 'name'), '') >= asked.value ->> 'low'
                     AND COALESCE(r.keys ->> (asked.value ->> 'name'), '') < asked.value ->> 'high'
                     AND COALESCE(r.keys ->> (asked.value ->> 'name'), '') LIKE asked.value ->> 'pattern' ESCAPE '!') = $9)
         SELECT 'row' AS kind, part.* FROM (SELECT * FROM matched WHERE (place, id) > ($10, $11)
             ORDER BY place, id LIMIT $12) AS part
         UNION ALL SELECT 'matched', COUNT(*), '', 0, '', 0, 0 FROM matched
         UNION ALL SELECT 'looked', COUNT(*), '', 0, '', 0, 0 FROM looked
         UNION ALL SELECT 'ready', COUNT(*), '', 0, '', 0, 0 FROM record_index
             WHERE is_ready AND id IN (SELECT value FROM json_each($13))
         UNION ALL SELECT 'last', final.record_id, final.place, 0, '', 0, 0 FROM (SELECT place, record_id FROM looked
             ORDER BY place DESC, record_id DESC LIMIT 1) AS final";
    DOWN = read "record.list_down"
        "WITH looked AS MATERIALIZED (SELECT place, record_id FROM record_key
             WHERE index_id = $1 AND (place, record_id) > ($2, $3) AND (place, record_id) < ($4, $5)
             ORDER BY place DESC, record_id DESC LIMIT $6),
         matched AS MATERIALIZED (SELECT r.id, COALESCE(r.keys ->> CAST($7 AS TEXT), '') COLLATE \"C\" AS place,
                    r.version, r.data, r.created_at, r.updated_at
             FROM (SELECT DISTINCT record_id FROM looked) AS each JOIN record r ON r.id = each.record_id
             WHERE
             (SELECT COUNT(DISTINCT asked.n) FROM jsonb_to_recordset(CAST($8 AS JSONB))
                     AS asked (n BIGINT, name TEXT, low TEXT, high TEXT, pattern TEXT)
                   WHERE COALESCE(r.keys ->> asked.name, '') COLLATE \"C\" >= asked.low
                     AND COALESCE(r.keys ->> asked.name, '') COLLATE \"C\" < asked.high
                     AND COALESCE(r.keys ->> asked.name, '') LIKE asked.pattern ESCAPE '!') = $9)
         SELECT 'row' AS kind, part.* FROM (SELECT * FROM matched WHERE (place, id) < ($10, $11)
             ORDER BY place DESC, id DESC LIMIT $12) AS part
         UNION ALL SELECT 'matched', COUNT(*), '', 0, '', 0, 0 FROM matched
         UNION ALL SELECT 'looked', COUNT(*), '', 0, '', 0, 0 FROM looked
         UNION ALL SELECT 'ready', COUNT(*), '', 0, '', 0, 0 FROM record_index
             WHERE is_ready AND id = ANY ($13)
         UNION ALL SELECT 'last', final.record_id, final.place, 0, '', 0, 0 FROM (SELECT place, record_id FROM looked
             ORDER BY place, record_id LIMIT 1) AS final"
        sqlite
        "WITH looked AS MATERIALIZED (SELECT place, record_id FROM record_key
             WHERE index_id = $1 AND (place, record_id) > ($2, $3) AND (place, record_id) < ($4, $5)
             ORDER BY place DESC, record_id DESC LIMIT $6),
         matched AS MATERIALIZED (SELECT r.id, COALESCE(r.keys ->> CAST($7 AS TEXT), '') AS place,
                    r.version, r.data, r.created_at, r.updated_at
             FROM (SELECT DISTINCT record_id FROM looked) AS each CROSS JOIN record r
             WHERE r.id = each.record_id AND
             (SELECT COUNT(DISTINCT asked.value ->> 'n') FROM json_each($8) AS asked
                   WHERE COALESCE(r.keys ->> (asked.value ->> 'name'), '') >= asked.value ->> 'low'
                     AND COALESCE(r.keys ->> (asked.value ->> 'name'), '') < asked.value ->> 'high'
                     AND COALESCE(r.keys ->> (asked.value ->> 'name'), '') LIKE asked.value ->> 'pattern' ESCAPE '!') = $9)
         SELECT 'row' AS kind, part.* FROM (SELECT * FROM matched WHERE (place, id) < ($10, $11)
             ORDER BY place DESC, id DESC LIMIT $12) AS part
         UNION ALL SELECT 'matched', COUNT(*), '', 0, '', 0, 0 FROM matched
         UNION ALL SELECT 'looked', COUNT(*), '', 0, '', 0, 0 FROM looked
         UNION ALL SELECT 'ready', COUNT(*), '', 0, '', 0, 0 FROM record_index
             WHERE is_ready AND id IN (SELECT value FROM json_each($13))
         UNION ALL SELECT 'last', final.record_id, final.place, 0, '', 0, 0 FROM (SELECT place, record_id FROM looked
             ORDER BY place, record_id LIMIT 1) AS final";
}
/// What is known of a list before it is read.
#[derive(Default)]
struct Probes {
    /// An index that leaves few rows.
    few: Option<Narrow>,
    counted: Option<Counted>,
    /// Those of the filters.
    indexes: Vec<i64>,
}

impl Content {
    /// A part of a list of rows.
    ///
    /// # Errors
    /// [`EditError::IndexUnready`] while an index is being made, and what else [`EditError`] says.
    pub async fn list_records(&self, asked: &Asked<'_>) -> Result<Part, EditError> {
        let types = self.types();
        let (_, records) = typed(&types, asked.type_name)?;
        let indexes = self.record_indexes(&types).await?;
        let way = in_order(asked, records, &indexes)?;
        let unready = || {
            indexes.doubt();
            EditError::IndexUnready(asked.order.name.clone())
        };
        if !way.asked.is_empty() && asked.count == Count::None {
            let near = self.read(asked, (&way, &[way.index]), (None, Reach::Near)).await?.ok_or_else(unready)?;
            if near.rows.len() as i64 == asked.limit {
                return Ok(near);
            }
        }
        let probes = self.probe(asked, &indexes, &way).await?;
        let mut used: Vec<i64> = probes.indexes.iter().copied().chain([way.index]).collect();
        used.sort_unstable();
        used.dedup();
        let read = match &probes.few {
            None => self.read(asked, (&way, &used), (probes.counted, Reach::Far)).await?,
            Some(narrow) => self.read(asked, (&along(asked, &indexes, narrow)?, &used), (None, Reach::Few)).await?,
        };
        read.ok_or_else(unready)
    }

    /// Which index leaves few rows, when the one in order leaves others than those of the list; and how many rows there are.
    async fn probe(&self, asked: &Asked<'_>, indexes: &Indexes, way: &Way) -> Result<Probes, EditError> {
        if way.asked.is_empty() && asked.count == Count::None {
            return Ok(Probes::default());
        }
        let narrow = narrow(&asked.filters);
        let (mut items, mut used) = (Vec::new(), Vec::new());
        for (at, Narrow { name, low, high }) in narrow.iter().enumerate() {
            let index = indexes.ready(asked.type_name, name)?.id;
            items.push(json!({ "name": at.to_string(), "index": index, "low": low, "high": high }));
            used.push(index);
        }
        let (total, one_by_one) = match asked.count {
            Count::None => (0, 0),
            Count::Bounded => (COUNTED + 1, COUNTED),
            Count::Exact => (i64::MAX, COUNTED_ONE_BY_ONE),
        };
        let (most, fitting) = if way.asked.is_empty() { (total, 0) } else { (one_by_one, one_by_one) };
        let call = self.db.query(&PROBE).bind(Value::Array(items).to_string()).bind(FEW + 1);
        let call = call.bind(way.index).bind(&way.from).bind(&way.to).bind(most);
        let call = call.bind(spans(&way.asked)).bind(way.asked.len() as i64).bind(fitting);
        let found: Vec<Probed> = call.list().await?;
        let number = |name: &str| found.iter().find(|one| one.name == name).map_or(0, |one| one.number);
        let (looked, matched) = (number("looked"), number("matched"));
        let numbered = narrow.iter().enumerate().map(|(at, narrow)| (number(&at.to_string()), narrow));
        let best = numbered.filter(|(rows, _)| *rows <= FEW).min_by_key(|(rows, _)| *rows);
        let few = best.filter(|_| !way.asked.is_empty()).map(|(_, narrow)| narrow.clone());
        let counted = match (asked.count, way.asked.is_empty()) {
            (Count::None, _) => None,
            (Count::Exact, true) => Some(Counted { total: looked, is_exact: true }),
            (Count::Bounded, true) => Some(Counted { total: looked.min(COUNTED), is_exact: looked <= COUNTED }),
            (_, false) => Some(Counted { total: matched, is_exact: looked < most }),
        };
        Ok(Probes { few, counted, indexes: used })
    }

    /// None: one of the indexes in use is there no longer, as somebody else has changed them.
    async fn read(
        &self,
        asked: &Asked<'_>,
        (way, used): (&Way, &[i64]),
        (counted, reach): (Option<Counted>, Reach),
    ) -> Result<Option<Part>, DbError> {
        let (is_turned, is_few) = (asked.order.is_turned, reach == Reach::Few);
        let start = match is_turned {
            false => Cursor { place: String::new(), id: 0 },
            true => Cursor { place: END.to_owned(), id: i64::MAX },
        };
        let (mut from, mut to) = ((way.from.clone(), 0), (way.to.clone(), 0));
        if let Some(after) = asked.after.as_ref().filter(|_| !is_few) {
            let place = (format!("{}{}", way.before, after.place), after.id);
            if is_turned { to = to.min(place) } else { from = from.max(place) }
        }
        let most = match reach {
            Reach::Few => FEW + 1,
            _ if way.asked.is_empty() => asked.limit + 1,
            Reach::Near => (asked.limit * LOOKED_AT_FIRST).min(LOOKED_AT),
            Reach::Far => LOOKED_AT.max(asked.limit + 1),
        };
        let call = self.db.query(if is_turned { &DOWN } else { &UP }).bind(way.index).bind(from.0).bind(from.1);
        let call = call.bind(to.0).bind(to.1).bind(most).bind(&asked.order.name);
        let call = call.bind(spans(&way.asked)).bind(way.asked.len() as i64);
        let after = asked.after.clone().unwrap_or(start);
        let found = call.bind(after.place).bind(after.id).bind(asked.limit + 1).bind(used.to_vec());
        let found: Vec<Found> = found.list().await?;
        let told = |kind: &str| found.iter().find(|one| one.kind == kind);
        let number = |kind: &str| told(kind).map_or(0, |one| one.id);
        if number("ready") != used.len() as i64 {
            return Ok(None);
        }
        let mut rows: Vec<&Found> = found.iter().filter(|one| one.kind == "row").collect();
        let has_more = rows.len() as i64 > asked.limit;
        rows.truncate(asked.limit as usize);
        let next = match (has_more, rows.last(), told("last")) {
            (true, Some(last), _) => Some(Cursor { place: last.place.clone(), id: last.id }),
            // As many as may be were looked at: the next part goes on behind them.
            (false, _, Some(last)) if !is_few && number("looked") >= most => {
                let place = last.place.strip_prefix(way.before.as_str()).unwrap_or(&last.place).to_owned();
                Some(Cursor { place, id: last.id })
            }
            _ => None,
        };
        let of_few = || Counted { total: number("matched"), is_exact: true };
        let counted = counted.or_else(|| (is_few && asked.count != Count::None).then(of_few));
        let rows = rows.into_iter().map(|found| found.record(asked.type_name)).collect();
        Ok(Some(Part { rows, next, counted }))
    }
}

impl Found {
    fn record(&self, type_name: &str) -> Record {
        Record {
            id: self.id,
            type_name: type_name.to_owned(),
            version: self.version,
            values: json_object(&self.data),
            keys: serde_json::Map::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
