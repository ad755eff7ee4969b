//! Writing, changing, removing and importing redirects.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::address::{self, Candidates};
use super::check::{Existing, Import, Mode, NewRedirect, Row, Written, row};
use super::graph::{self, Edge, Graph, MAX_STEPS, Target};
use super::{Redirect, RedirectError, find};
use crate::clock::Micros;
use crate::content::{Actor, Content, object_log, site, tree};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::telemetry::label::{ObjectEvent, ObjectKind};
use crate::{queries, record};

/// Redirects one installation may have.
const MAX_REDIRECTS: i64 = 1_000_000;
/// Rows of one batch of an import, which is one transaction.
pub const MAX_BATCH: usize = 1_000;
/// Redirects from the addresses of a batch, on all sites.
const MAX_EDGES: i64 = 200_000;

record! { struct EdgeRow {
    id: i64, site_id: Option<i64>, old_path: String, covers_subtree: bool, target_page_id: Option<i64>,
    target_route: String, target_url: String, is_permanent: bool, automatic: bool,
} }
record! { struct PageAddress { id: i64, url_path: String } }

queries! {
    COUNT = read "redirect.count" "SELECT COUNT(*) FROM redirect";
    /// From one address after the other: PostgreSQL, which does not know how many are asked for, would otherwise look
    /// through all redirects for each. `OFFSET 0` keeps that order.
    EDGES = read "redirect.list_from"
        "SELECT r.id, r.site_id, r.old_path, r.covers_subtree, r.target_page_id, r.target_route, r.target_url,
                r.is_permanent, r.automatic
         FROM UNNEST(CAST($1 AS TEXT[])) AS asked (address) CROSS JOIN LATERAL
              (SELECT * FROM redirect WHERE redirect.old_path = asked.address OFFSET 0) AS r LIMIT $2"
        sqlite
        "SELECT r.id, r.site_id, r.old_path, r.covers_subtree, r.target_page_id, r.target_route, r.target_url,
                r.is_permanent, r.automatic
         FROM json_each($1) AS asked CROSS JOIN redirect r ON r.old_path = asked.value LIMIT $2";
    PAGES = read "redirect.list_target_pages"
        ("SELECT id, url_path FROM page WHERE id " [any "$1"] " AND depth > 1 AND NOT trashed");
    /// One JSON object for each redirect; what a page left there, or what is replaced, becomes it.
    WRITE = write "redirect.write"
        "INSERT INTO redirect (site_id, old_path, covers_subtree, target_page_id, target_route, target_url, is_permanent,
                               automatic, created_at)
         SELECT site, old_path, subtree, page, route, url, permanent, FALSE, $2
         FROM json_to_recordset(CAST($1 AS JSON)) AS given (site BIGINT, old_path TEXT, subtree BOOLEAN, page BIGINT,
              route TEXT, url TEXT, permanent BOOLEAN) WHERE TRUE
         ON CONFLICT (old_path, COALESCE(site_id, 0)) DO UPDATE
         SET covers_subtree = excluded.covers_subtree, target_page_id = excluded.target_page_id,
             target_route = excluded.target_route, target_url = excluded.target_url,
             is_permanent = excluded.is_permanent, automatic = FALSE, created_at = excluded.created_at"
        sqlite
        "INSERT INTO redirect (site_id, old_path, covers_subtree, target_page_id, target_route, target_url, is_permanent,
                               automatic, created_at)
         SELECT value ->> 'site', value ->> 'old_path', value ->> 'subtree', value ->> 'page', value ->> 'route',
                value ->> 'url', value ->> 'permanent', FALSE, $2
         FROM json_each($1) WHERE TRUE
         ON CONFLICT (old_path, COALESCE(site_id, 0)) DO UPDATE
         SET covers_subtree = excluded.covers_subtree, target_page_id = excluded.target_page_id,
             target_route = excluded.target_route, target_url = excluded.target_url,
             is_permanent = excluded.is_permanent, automatic = FALSE, created_at = excluded.created_at";
    ID = read "redirect.find_id"
        "SELECT id FROM redirect WHERE old_path = $1 AND COALESCE(site_id, 0) = $2";
    UPDATE = write "redirect.update"
        "UPDATE redirect SET site_id = $2, old_path = $3, covers_subtree = $4, target_page_id = $5, target_route = $6,
                target_url = $7, is_permanent = $8, automatic = FALSE
         WHERE id = $1";
    DELETE = write "redirect.delete" "DELETE FROM redirect WHERE id = $1";
}

impl Content {
    /// Begins to write redirects. `base_url`: as for [`site::list`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn begin_redirects(&self, base_url: &str, existing: Existing, mode: Mode) -> Result<Import, DbError> {
        let sites = site::list(&*self.db, base_url).await?;
        let count = self.db.query(&COUNT).one().await?;
        Ok(Import { existing, mode, sites, file: Graph::default(), count })
    }

    /// Writes one redirect; its id.
    ///
    /// # Errors
    /// What [`RedirectError`] says; nothing is written then.
    pub async fn create_redirect(
        &self,
        import: &mut Import,
        new: &NewRedirect,
        by: impl Into<Actor>,
    ) -> Result<i64, RedirectError> {
        let row = row(&import.sites, None, new)?;
        let (from, site) = (row.from.clone(), row.edge.site);
        self.write_redirects(import, vec![Ok(row)], &by.into()).await?.remove(0)?;
        Ok(self.db.query(&ID).bind(from).bind(site.unwrap_or(0)).one().await?)
    }

    /// Writes redirects of an import, each with its line in the file, in one transaction; what became of each. At most
    /// [`MAX_BATCH`].
    ///
    /// # Errors
    /// When the database is out of reach; nothing of these is written then.
    pub async fn import_redirects(
        &self,
        import: &mut Import,
        batch: &[(u64, NewRedirect)],
        by: impl Into<Actor>,
    ) -> Result<Vec<Result<Written, RedirectError>>, DbError> {
        let rows = batch.iter().map(|(line, new)| row(&import.sites, Some(*line), new)).collect();
        self.write_redirects(import, rows, &by.into()).await
    }

    /// Writes all redirects of an import, each with its line in the file, in one transaction: all that may be written, or,
    /// when it fails or `is_late` says so between its batches, nothing. `None`: it was late.
    ///
    /// # Errors
    /// When the database is out of reach; nothing is written then.
    pub async fn import_whole(
        &self,
        import: &mut Import,
        rows: &[(u64, NewRedirect)],
        is_late: impl Fn() -> bool,
        by: impl Into<Actor>,
    ) -> Result<Option<Vec<Result<Written, RedirectError>>>, DbError> {
        let (by, mut counts, mut results) = (by.into(), Counts::default(), Vec::with_capacity(rows.len()));
        let mut tx = self.db.begin(TxName("redirect.import")).await?;
        tree::lock(&mut tx).await?;
        for batch in rows.chunks(MAX_BATCH) {
            if is_late() {
                return Ok(None);
            }
            let batch = batch.iter().map(|(line, new)| row(&import.sites, Some(*line), new)).collect();
            results.append(&mut write_batch(&mut tx, import, batch, &by, &mut counts).await?);
        }
        self.end_writing(tx, import.mode, counts, &by).await?;
        Ok(Some(results))
    }

    async fn write_redirects(
        &self,
        import: &mut Import,
        rows: Vec<Result<Row, RedirectError>>,
        by: &Actor,
    ) -> Result<Vec<Result<Written, RedirectError>>, DbError> {
        let mut tx = self.db.begin(TxName("redirect.write")).await?;
        tree::lock(&mut tx).await?;
        let mut counts = Counts::default();
        let results = write_batch(&mut tx, import, rows, by, &mut counts).await?;
        self.end_writing(tx, import.mode, counts, by).await?;
        Ok(results)
    }

    async fn end_writing(&self, tx: Tx, mode: Mode, counts: Counts, by: &Actor) -> Result<(), DbError> {
        if mode == Mode::Write && counts != Counts::default() {
            tx.commit().await?;
            self.count_objects(ObjectKind::Redirect, ObjectEvent::Create, by.channel, counts.added);
            self.count_objects(ObjectKind::Redirect, ObjectEvent::Update, by.channel, counts.replaced);
        }
        Ok(())
    }

    /// Makes a redirect what `new` says.
    ///
    /// # Errors
    /// What [`RedirectError`] says; nothing is changed then.
    pub async fn update_redirect(
        &self,
        import: &Import,
        id: i64,
        new: &NewRedirect,
        by: impl Into<Actor>,
    ) -> Result<(), RedirectError> {
        self.update_redirect_if(import, id, new, |_| true, by).await.map(drop)
    }

    /// As [`Content::update_redirect`], if it is one that `is_seen` knows when nobody else changes it any more. Whether it was.
    ///
    /// # Errors
    /// What [`RedirectError`] says; nothing is changed then.
    pub async fn update_redirect_if(
        &self,
        import: &Import,
        id: i64,
        new: &NewRedirect,
        is_seen: impl Fn(&Redirect) -> bool,
        by: impl Into<Actor>,
    ) -> Result<bool, RedirectError> {
        let by = by.into();
        let row = row(&import.sites, None, new)?;
        let mut tx = self.db.begin(TxName("redirect.update")).await?;
        tree::lock(&mut tx).await?;
        if !is_seen(&find(&mut tx, id).await?.ok_or(RedirectError::NotFound(id))?) {
            return Ok(false);
        }
        let pages = target_pages(&mut tx, std::iter::once(&row)).await?;
        let mut stored = explore(&mut tx, &import.file, std::iter::once(&row)).await?;
        stored.remove(id);
        import.judge(&row, &stored, &pages)?;
        if let Some(other) = stored.find(&row.from, row.edge.site).and_then(|edge| edge.id) {
            Exec::from(&mut tx).query(&DELETE).bind(other).execute().await?;
        }
        let (page, route, url) = columns(&row.edge.target);
        let call = Exec::from(&mut tx).query(&UPDATE).bind(id).bind(row.edge.site).bind(&row.from);
        let call = call.bind(row.edge.covers_subtree).bind(page).bind(route).bind(url).bind(row.edge.is_permanent);
        call.execute().await?;
        note(&mut tx, &by, ObjectEvent::Update, (id, &row.from), &as_json(&row)).await?;
        tx.commit().await?;
        self.count_objects(ObjectKind::Redirect, ObjectEvent::Update, by.channel, 1);
        Ok(true)
    }

    /// Removes a redirect.
    ///
    /// # Errors
    /// What [`RedirectError`] says.
    pub async fn delete_redirect(&self, id: i64, by: impl Into<Actor>) -> Result<(), RedirectError> {
        self.delete_redirect_if(id, |_| true, by).await.map(drop)
    }

    /// As [`Content::delete_redirect`], if it is one that `is_seen` knows when nobody else changes it any more. Whether it was.
    ///
    /// # Errors
    /// What [`RedirectError`] says.
    pub async fn delete_redirect_if(
        &self,
        id: i64,
        is_seen: impl Fn(&Redirect) -> bool,
        by: impl Into<Actor>,
    ) -> Result<bool, RedirectError> {
        let by = by.into();
        let mut tx = self.db.begin(TxName("redirect.delete")).await?;
        tree::lock(&mut tx).await?;
        let known = find(&mut tx, id).await?.ok_or(RedirectError::NotFound(id))?;
        if !is_seen(&known) {
            return Ok(false);
        }
        if Exec::from(&mut tx).query(&DELETE).bind(id).execute().await? == 0 {
            return Err(RedirectError::NotFound(id));
        }
        note(&mut tx, &by, ObjectEvent::Delete, (id, &known.old_path), &Value::Null).await?;
        tx.commit().await?;
        self.count_objects(ObjectKind::Redirect, ObjectEvent::Delete, by.channel, 1);
        Ok(true)
    }
}

/// What a transaction wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    added: u64,
    replaced: u64,
}

/// Judges and writes some rows within a transaction that holds the tree's lock.
async fn write_batch(
    tx: &mut Tx,
    import: &mut Import,
    rows: Vec<Result<Row, RedirectError>>,
    by: &Actor,
    counts: &mut Counts,
) -> Result<Vec<Result<Written, RedirectError>>, DbError> {
    let pages = target_pages(tx, rows.iter().flatten()).await?;
    let stored = explore(tx, &import.file, rows.iter().flatten()).await?;
    let mut results = Vec::with_capacity(rows.len());
    let mut writes = Vec::new();
    let mut written: Vec<(String, Edge)> = Vec::new();
    let (mut added, mut replaced) = (0, 0);
    for row in rows {
        let judged = row.and_then(|row| {
            let outcome = import.judge(&row, &stored, &pages)?;
            match outcome {
                Written::Added if import.count >= MAX_REDIRECTS => {
                    return Err(RedirectError::TooMany(MAX_REDIRECTS));
                }
                Written::Added => (import.count, added) = (import.count + 1, added + 1),
                Written::Replaced => replaced += 1,
                Written::Unchanged => {}
            }
            if outcome != Written::Unchanged {
                writes.push(as_json(&row));
                written.push((row.from.clone(), row.edge.clone()));
            }
            import.file.put(&row.from, row.edge);
            Ok(outcome)
        });
        results.push(judged);
    }
    if import.mode == Mode::Write && !writes.is_empty() {
        let call = Exec::from(&mut *tx).query(&WRITE).bind(Value::Array(writes).to_string()).bind(Micros::now());
        call.execute().await?;
        note_written(tx, by, &written, (added, replaced)).await?;
        *counts = Counts { added: counts.added + added, replaced: counts.replaced + replaced };
    }
    Ok(results)
}

async fn note(
    tx: &mut Tx,
    by: &Actor,
    event: ObjectEvent,
    (id, title): (i64, &str),
    detail: &Value,
) -> Result<(), DbError> {
    let subject = object_log::Subject { kind: ObjectKind::Redirect, id, title, type_name: "", revision: None };
    object_log::append(tx, by, event, subject, detail).await
}

/// One entry for each redirect that somebody wrote by hand, one for a whole batch of an import.
async fn note_written(
    tx: &mut Tx,
    by: &Actor,
    written: &[(String, Edge)],
    (added, replaced): (u64, u64),
) -> Result<(), DbError> {
    let event = if added > 0 { ObjectEvent::Create } else { ObjectEvent::Update };
    match written {
        [(from, edge)] if edge.line.is_none() => {
            let call = Exec::from(&mut *tx).query(&ID).bind(from).bind(edge.site.unwrap_or(0));
            let id: i64 = call.one().await?;
            note(tx, by, event, (id, from), &Value::Null).await
        }
        _ => {
            let lines: Vec<u64> = written.iter().filter_map(|(_, edge)| edge.line).collect();
            let lines = (lines.first(), lines.last());
            let detail = json!({ "added": added, "replaced": replaced, "first_line": lines.0, "last_line": lines.1 });
            note(tx, by, event, (0, "an import"), &detail).await
        }
    }
}

/// The tree paths of the pages that redirects lead to.
async fn target_pages(tx: &mut Tx, rows: impl Iterator<Item = &Row>) -> Result<HashMap<i64, String>, DbError> {
    let id = |row: &Row| match row.edge.target {
        Target::Page { id, .. } => Some(id),
        Target::Url(_) => None,
    };
    let ids: HashSet<i64> = rows.filter_map(id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let pages: Vec<PageAddress> = Exec::from(tx).query(&PAGES).bind(ids.into_iter().collect::<Vec<_>>()).list().await?;
    Ok(pages.into_iter().map(|page| (page.id, page.url_path)).collect())
}

/// The stored redirects at the addresses of the rows, and on the ways from their targets: one query for each step.
async fn explore<'r>(tx: &mut Tx, file: &Graph, rows: impl Iterator<Item = &'r Row>) -> Result<Graph, DbError> {
    let (mut batch, mut stored) = (Graph::default(), Graph::default());
    let mut asked: HashSet<String> = HashSet::new();
    let mut open: Vec<(Option<i64>, Candidates)> = Vec::new();
    let mut wanted: Vec<String> = Vec::new();
    for Row { from, edge } in rows {
        batch.put(from, edge.clone());
        wanted.extend(asked.insert(from.clone()).then(|| from.clone()));
        let to = edge.target.local().and_then(address::normalise);
        open.extend(to.map(|to| (edge.site, Candidates::of(&to))));
    }
    for _ in 0..MAX_STEPS {
        wanted.extend(open.iter().flat_map(|(_, at)| at.all()).filter(|address| asked.insert(address.clone())));
        if !wanted.is_empty() {
            let call = Exec::from(&mut *tx).query(&EDGES).bind(std::mem::take(&mut wanted)).bind(MAX_EDGES);
            for row in call.list::<EdgeRow>().await? {
                let EdgeRow { id, site_id: site, covers_subtree, is_permanent, automatic, .. } = row;
                let target = Redirect::target_of(row.target_page_id, row.target_route, row.target_url);
                let edge = Edge { id: Some(id), line: None, site, target, covers_subtree, is_permanent, automatic };
                stored.put(&row.old_path, edge);
            }
        }
        let step = |(site, at): (Option<i64>, Candidates)| {
            graph::next(&[&batch, file, &stored], site, &at).map(|next| (site, next))
        };
        let next: HashSet<(Option<i64>, String)> = open.drain(..).filter_map(step).collect();
        open.extend(next.into_iter().map(|(site, next)| (site, Candidates::of(&next))));
        if open.is_empty() {
            break;
        }
    }
    Ok(stored)
}

fn columns(target: &Target) -> (Option<i64>, &str, &str) {
    match target {
        Target::Page { id, route } => (Some(*id), route, ""),
        Target::Url(url) => (None, "", url),
    }
}

fn as_json(Row { from, edge }: &Row) -> Value {
    let (page, route, url) = columns(&edge.target);
    json!({
        "site": edge.site, "old_path": from, "subtree": edge.covers_subtree, "page": page, "route": route, "url": url,
        "permanent": edge.is_permanent,
    })
}
