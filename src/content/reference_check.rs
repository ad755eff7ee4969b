//! Checking the reference index against the content itself, rebuilding what differs, and listing what is missing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::page::json_object;
use super::reference::{self, Source, State};
use super::types::{ContentType, PlacedReference, Types};
use super::{Content, edit, tag};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::{queries, record};

/// Sources read at once, in one transaction.
const BATCH: i64 = 200;
/// References that one batch may have: beyond it something else is wrong.
const MAX_STORED: i64 = 200_000;
/// Missing references listed at once.
pub const MISSING_LIMIT: i64 = 1_000;

record! { struct ObjectRow { id: i64, type_name: String, data: String, live: bool, draft: Option<String> } }
record! { struct Stored { source: i64, live: bool, kind: String, target_id: i64, path: String } }
record! {
    /// A place that refers to what is not there.
    #[derive(Clone, Debug)]
    pub struct Missing {
        pub page_id: Option<i64>, pub snippet_id: Option<i64>, pub setting_id: Option<i64>, pub title: String,
        pub kind: String, pub target_id: i64, pub path: String, pub live: bool,
        /// The target exists, but visitors do not see it.
        pub hidden: bool,
    }
}

queries! {
    /// What was live in the trash comes back live.
    PAGES = write "reference.list_pages"
        "SELECT page.id, page.type AS type_name, page.data, page.live OR page.live_in_trash AS live, revision.content AS draft
         FROM page LEFT JOIN revision ON revision.id = page.latest_revision_id
              AND (NOT (page.live OR page.live_in_trash) OR page.has_unpublished_changes)
         WHERE page.id > $1 AND page.alias_of IS NULL AND page.depth > 1 ORDER BY page.id LIMIT $2 FOR UPDATE OF page"
        sqlite
        "SELECT page.id, page.type AS type_name, page.data, page.live OR page.live_in_trash AS live, revision.content AS draft
         FROM page LEFT JOIN revision ON revision.id = page.latest_revision_id
              AND (NOT (page.live OR page.live_in_trash) OR page.has_unpublished_changes)
         WHERE page.id > $1 AND page.alias_of IS NULL AND page.depth > 1 ORDER BY page.id LIMIT $2";
    SNIPPETS = write "reference.list_snippets"
        "SELECT snippet.id, snippet.type AS type_name, snippet.data, snippet.live, r.content AS draft
         FROM snippet LEFT JOIN snippet_revision r ON r.id = snippet.latest_revision_id
              AND (NOT snippet.live OR snippet.has_unpublished_changes)
         WHERE snippet.id > $1 ORDER BY snippet.id LIMIT $2 FOR UPDATE OF snippet"
        sqlite
        "SELECT snippet.id, snippet.type AS type_name, snippet.data, snippet.live, r.content AS draft
         FROM snippet LEFT JOIN snippet_revision r ON r.id = snippet.latest_revision_id
              AND (NOT snippet.live OR snippet.has_unpublished_changes)
         WHERE snippet.id > $1 ORDER BY snippet.id LIMIT $2";
    SETTINGS = write "reference.list_settings"
        "SELECT id, type AS type_name, data, TRUE AS live, CAST(NULL AS TEXT) AS draft
         FROM setting WHERE id > $1 ORDER BY id LIMIT $2";
    OF_PAGES = write "reference.list_of_pages"
        "SELECT page_id AS source, live, kind, target_id, path FROM reference_index
         WHERE page_id >= $1 AND page_id <= $2 LIMIT $3";
    OF_SNIPPETS = write "reference.list_of_snippets"
        "SELECT snippet_id AS source, live, kind, target_id, path FROM reference_index
         WHERE snippet_id >= $1 AND snippet_id <= $2 LIMIT $3";
    OF_SETTINGS = write "reference.list_of_settings"
        "SELECT setting_id AS source, live, kind, target_id, path FROM reference_index
         WHERE setting_id >= $1 AND setting_id <= $2 LIMIT $3";
    /// Rows of snippets that are gone.
    STRAYS = write "reference.delete_strays"
        "DELETE FROM reference_index WHERE snippet_id IS NOT NULL AND snippet_id NOT IN (SELECT id FROM snippet)";
    MISSING = read "reference.list_missing"
        "SELECT r.page_id, r.snippet_id, r.setting_id,
                COALESCE(p.draft_title, s.name, t.type, '') AS title, r.kind, r.target_id, r.path,
                (r.live AND COALESCE(p.live, s.live, TRUE)) AS live,
                (tp.id IS NOT NULL OR ts.id IS NOT NULL) AS hidden
         FROM reference_index r
         LEFT JOIN page p ON p.id = r.page_id
         LEFT JOIN snippet s ON s.id = r.snippet_id
         LEFT JOIN setting t ON t.id = r.setting_id
         LEFT JOIN page tp ON r.kind = 'page' AND tp.id = r.target_id
         LEFT JOIN snippet ts ON r.kind = 'snippet' AND ts.id = r.target_id
         LEFT JOIN image ti ON r.kind = 'image' AND ti.id = r.target_id
         LEFT JOIN document td ON r.kind = 'document' AND td.id = r.target_id
         WHERE (r.kind = 'page' AND (tp.id IS NULL OR NOT tp.live)) OR (r.kind = 'snippet' AND (ts.id IS NULL OR NOT ts.live))
            OR (r.kind = 'image' AND ti.id IS NULL) OR (r.kind = 'document' AND td.id IS NULL)
         ORDER BY r.page_id, r.snippet_id, r.setting_id, r.path LIMIT $1";
}

/// Whether what differs is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    Report,
    Write,
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    pub sources: usize,
    /// Sources whose rows differ from their content.
    pub differing: Vec<Source>,
}

/// The references of one source by state, as they should be.
type Expected = [(State, Vec<PlacedReference>); 2];

/// Whose references.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Pages,
    Snippets,
    Settings,
}

impl Stage {
    fn source(self, id: i64) -> Source {
        match self {
            Self::Pages => Source::Page(id),
            Self::Snippets => Source::Snippet(id),
            Self::Settings => Source::Setting(id),
        }
    }
}

impl Content {
    /// Compares the index with all content, a batch a transaction; writes what differs when asked to. `told` hears how
    /// many sources are done.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn check_references(&self, repair: Repair, told: &mut dyn FnMut(usize)) -> Result<Checked, DbError> {
        let types = self.types();
        let mut checked = Checked::default();
        for stage in [Stage::Pages, Stage::Snippets, Stage::Settings] {
            let mut after = 0;
            loop {
                let mut tx = self.db.begin(TxName("reference.check")).await?;
                let Some(last) = check_part(&mut tx, &types, (stage, after), repair, &mut checked).await? else {
                    break;
                };
                after = last;
                tx.commit().await?;
                told(checked.sources);
            }
        }
        if repair == Repair::Write {
            self.db.query(&STRAYS).execute().await?;
        }
        Ok(checked)
    }

    /// What refers to things that are not there, or that visitors do not see; at most [`MISSING_LIMIT`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn missing_references(&self) -> Result<Vec<Missing>, DbError> {
        self.db.query(&MISSING).bind(MISSING_LIMIT).list().await
    }
}

/// Brings the references of all snippets and settings in step with them, in a transaction that has written some.
pub(super) async fn settle(tx: &mut Tx, types: &Types) -> Result<(), DbError> {
    let mut checked = Checked::default();
    for stage in [Stage::Snippets, Stage::Settings] {
        let mut after = 0;
        while let Some(last) = check_part(tx, types, (stage, after), Repair::Write, &mut checked).await? {
            after = last;
        }
    }
    Ok(())
}

/// Compares the sources behind one; the last of them, unless there are none.
async fn check_part(
    tx: &mut Tx,
    types: &Types,
    (stage, after): (Stage, i64),
    repair: Repair,
    checked: &mut Checked,
) -> Result<Option<i64>, DbError> {
    let rows = rows(tx, stage, after).await?;
    let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
    let mut stored = stored(tx, stage, after + 1, last).await?;
    for row in &rows {
        let of_type = types.find(&row.type_name);
        let expected = expected(types, of_type, row, matches!(stage, Stage::Settings));
        if stored.remove(&row.id).unwrap_or_default() == sorted(&expected) {
            continue;
        }
        checked.differing.push(stage.source(row.id));
        if repair == Repair::Write {
            write(tx, stage, of_type, row, &expected).await?;
        }
    }
    checked.sources += rows.len();
    Ok(Some(last))
}

async fn rows(tx: &mut Tx, stage: Stage, after: i64) -> Result<Vec<ObjectRow>, DbError> {
    let query = match stage {
        Stage::Pages => &PAGES,
        Stage::Snippets => &SNIPPETS,
        Stage::Settings => &SETTINGS,
    };
    Exec::from(tx).query(query).bind(after).bind(BATCH).list().await
}

type Row = (bool, String, i64, String);

async fn stored(tx: &mut Tx, stage: Stage, first: i64, last: i64) -> Result<BTreeMap<i64, Vec<Row>>, DbError> {
    let query = match stage {
        Stage::Pages => &OF_PAGES,
        Stage::Snippets => &OF_SNIPPETS,
        Stage::Settings => &OF_SETTINGS,
    };
    let found: Vec<Stored> = Exec::from(tx).query(query).bind(first).bind(last).bind(MAX_STORED).list().await?;
    let mut by_source: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in found {
        by_source.entry(row.source).or_default().push((row.live, row.kind, row.target_id, row.path));
    }
    by_source.values_mut().for_each(|rows| rows.sort());
    Ok(by_source)
}

fn sorted(expected: &Expected) -> Vec<Row> {
    let row = |state: State| {
        move |found: &PlacedReference| {
            (state == State::Live, found.kind.as_str().to_owned(), found.id, found.path.clone())
        }
    };
    let mut rows: Vec<Row> = expected.iter().flat_map(|(state, placed)| placed.iter().map(row(*state))).collect();
    rows.sort();
    rows
}

/// Makes these the live references of sources of one kind, by id, where they differ from what is stored.
pub(super) async fn refresh_live(tx: &mut Tx, stage: Stage, of: &[(i64, Vec<PlacedReference>)]) -> Result<(), DbError> {
    let (Some((first, _)), Some((last, _))) = (of.first(), of.last()) else { return Ok(()) };
    let mut known = stored(tx, stage, *first, *last).await?;
    for (id, placed) in of {
        let mut known = known.remove(id).unwrap_or_default();
        known.retain(|(live, ..)| *live);
        if known == sorted(&[(State::Live, placed.clone()), (State::Draft, Vec::new())]) {
            continue;
        }
        reference::replace(tx, stage.source(*id), State::Live, placed).await?;
        if let Stage::Pages = stage {
            reference::narrow(tx, *id, placed).await?;
        }
    }
    Ok(())
}

/// A type that is gone refers to nothing: nobody knows where its references are.
fn expected(types: &Types, of_type: Option<&ContentType>, row: &ObjectRow, is_bare: bool) -> Expected {
    let placed = |fields: &Map<String, Value>| {
        of_type.map(|of_type| of_type.placed_references(types, fields)).unwrap_or_default()
    };
    let live = if row.live || is_bare { placed(&json_object(&row.data)) } else { Vec::new() };
    let draft = row.draft.as_deref().map(|draft| match json_object(draft).remove("fields") {
        Some(Value::Object(fields)) => placed(&fields),
        _ => Vec::new(),
    });
    [(State::Live, live), (State::Draft, draft.unwrap_or_default())]
}

async fn write(
    tx: &mut Tx,
    stage: Stage,
    of_type: Option<&ContentType>,
    row: &ObjectRow,
    expected: &Expected,
) -> Result<(), DbError> {
    for (state, placed) in expected {
        reference::replace(tx, stage.source(row.id), *state, placed).await?;
    }
    if let (Stage::Pages, true, Some(of_type)) = (stage, row.live, of_type) {
        reference::narrow(tx, row.id, &expected[0].1).await?;
        let fields = json_object(&row.data);
        tag::replace(tx, row.id, &edit::tag_names(of_type, &fields)).await?;
    }
    Ok(())
}
