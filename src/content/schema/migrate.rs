//! Applying migrations. A batch is one transaction that also records how far the migration came, so a killed one goes on
//! behind its last whole batch, and two that run together share the work.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::change::Outcome;
use super::documents::{Pass, Row, Store};
use super::effects::{Effects, Rewritten, Told};
use super::file::Migration;
use super::report::{MigrationReport, Report};
use super::standing::{self, Standing};
use crate::content::types::{ContentType, Mode, Types};
use crate::content::{Content, edit, tree};
use crate::db::{DbError, Tx, TxName};

/// Times that one batch is begun again because somebody else changed its rows.
const MAX_ATTEMPTS: usize = 5;

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    Preview,
    Write,
}

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("{0} was changed since it was applied: put it back, and write a new migration")]
    Changed(String),
    #[error("the rows of a batch are changed by others all the time: try again later")]
    Contended,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Told of rows done, and of rows in all.
pub type Progress<'p> = &'p mut (dyn FnMut(u64, u64) + Send);

/// A migration that is not finished.
struct Pending<'m> {
    migration: &'m Migration,
    standing: Option<Standing>,
    passes: Vec<Pass>,
}

impl Pending<'_> {
    /// The number of the pass in work, and its last row done.
    fn at(&self) -> (usize, i64) {
        at(&self.passes, self.standing.as_ref())
    }

    fn has_done(&self, pass: &Pass, row: &Row) -> bool {
        let (index, position) = self.at();
        let own = self.passes.iter().position(|known| known == pass);
        own.is_some_and(|own| own < index || (own == index && row.id <= position))
    }
}

/// A stage whose type is gone begins again: what has the new form already stays.
fn at(passes: &[Pass], standing: Option<&Standing>) -> (usize, i64) {
    let found = standing
        .and_then(|standing| Some((passes.iter().position(|pass| pass.stage() == standing.stage)?, standing.position)));
    found.unwrap_or((0, 0))
}

fn touched(migration: &Migration) -> BTreeSet<&String> {
    migration.operations.iter().flat_map(|operation| &operation.types).collect()
}

impl Content {
    /// Applies, or tries in memory, every migration that is not finished, in order.
    ///
    /// # Errors
    /// What [`SchemaError`] says; whole batches before it stay.
    pub async fn migrate_schema(
        &self,
        migrations: &[Migration],
        run: Run,
        told: Progress<'_>,
    ) -> Result<Report, SchemaError> {
        let types = self.types();
        let standings = standing::list(&self.db).await?;
        let mut pending = Vec::new();
        for migration in migrations {
            let standing = standings.iter().find(|known| known.name == migration.name).cloned();
            if standing.as_ref().is_some_and(|known| known.digest != migration.digest) {
                return Err(SchemaError::Changed(migration.file.clone()));
            }
            if standing.as_ref().is_none_or(|known| known.finished_at.is_none()) {
                let passes = Pass::all(&types, touched(migration).into_iter());
                pending.push(Pending { migration, standing, passes });
            }
        }
        let mut report = Report::default();
        report.migrations =
            pending.iter().map(|pending| MigrationReport::of(pending.migration, pending.standing.is_some())).collect();
        match run {
            Run::Preview => {
                let names: BTreeSet<&String> = pending.iter().flat_map(|one| touched(one.migration)).collect();
                let passes = Pass::all(&types, names.into_iter());
                self.preview(&types, &pending, &passes, report, told).await
            }
            Run::Write => self.write(&types, &pending, report, told).await,
        }
    }

    /// Whether live content and newest drafts fit their types; changes nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn check_fit(&self, told: Progress<'_>) -> Result<Report, SchemaError> {
        let types = self.types();
        let names: Vec<String> = types.iter().map(|of_type| of_type.name.clone()).collect();
        let passes = Pass::all(&types, names.iter());
        self.preview(&types, &[], &passes, Report::default(), told).await
    }

    async fn preview(
        &self,
        types: &Types,
        pending: &[Pending<'_>],
        passes: &[Pass],
        mut report: Report,
        told: Progress<'_>,
    ) -> Result<Report, SchemaError> {
        let mut total = 0;
        for pass in passes {
            total += pass.count(&*self.db, 0).await? as u64;
        }
        for pass in passes {
            let Some(of_type) = types.find(&pass.type_name) else { continue };
            let mut after = 0;
            loop {
                let rows = pass.list(&*self.db, after).await?;
                let Some(last) = rows.last().map(|row| row.id) else { break };
                after = last;
                for row in &rows {
                    let Some(mut document) = parse(row) else { continue };
                    let Some(fields) = fields(pass, &mut document) else { continue };
                    let mut places = 0;
                    for (one, told) in pending.iter().zip(&mut report.migrations) {
                        if !one.has_done(pass, row) {
                            places += apply(one.migration, pass, row, fields, told);
                        }
                    }
                    report.changed += u64::from(places > 0);
                    if places > 0 || pending.is_empty() {
                        check(types, of_type, pass, row, fields, &mut report);
                    }
                }
                report.documents += rows.len() as u64;
                told(report.documents, total);
            }
        }
        Ok(report)
    }

    async fn write(
        &self,
        types: &Types,
        pending: &[Pending<'_>],
        mut report: Report,
        told: Progress<'_>,
    ) -> Result<Report, SchemaError> {
        let mut total = 0;
        for one in pending {
            let (index, position) = one.at();
            for (pass, number) in one.passes.iter().zip(0..).skip(index) {
                total += pass.count(&*self.db, if number == index { position } else { 0 }).await? as u64;
            }
        }
        for (number, one) in pending.iter().enumerate() {
            standing::start(&self.db, one.migration).await?;
            let is_last = number + 1 == pending.len();
            let mut attempts = 0;
            loop {
                let mut counted = report.clone();
                match self.batch(types, one, (number, is_last), &mut counted).await? {
                    Batch::Done => break,
                    Batch::Written => {
                        attempts = 0;
                        report = counted;
                        told(report.documents, total);
                    }
                    Batch::Contended if attempts < MAX_ATTEMPTS => attempts += 1,
                    Batch::Contended => return Err(SchemaError::Contended),
                }
            }
        }
        Ok(report)
    }

    /// One transaction: the next rows, all that depends on them, and how far it came.
    async fn batch(
        &self,
        types: &Types,
        pending: &Pending<'_>,
        (number, is_last): (usize, bool),
        report: &mut Report,
    ) -> Result<Batch, SchemaError> {
        let (migration, passes) = (pending.migration, &pending.passes);
        let mut tx = self.db.begin(TxName("content_migration.batch")).await?;
        // Nobody publishes or moves pages meanwhile; waiting is for one batch.
        tree::lock(&mut tx).await?;
        let standing = standing::claim(&mut tx, &migration.name).await?;
        if standing.finished_at.is_some() {
            return Ok(Batch::Done);
        }
        let (index, position) = at(passes, Some(&standing));
        let Some(pass) = passes.get(index) else {
            standing::finish(&mut tx, &migration.name).await?;
            tx.commit().await?;
            return Ok(Batch::Done);
        };
        let rows = pass.list(&mut tx, position).await?;
        let part = Part { migration, pass, rows: &rows, number, is_last };
        let Some(written) = self.rewrite(&mut tx, types, part, report).await? else { return Ok(Batch::Contended) };
        match (rows.last(), passes.get(index + 1)) {
            (Some(last), _) => {
                standing::advance(&mut tx, &migration.name, &pass.stage(), last.id, written.changed).await?
            }
            (None, Some(next)) => standing::advance(&mut tx, &migration.name, &next.stage(), 0, 0).await?,
            (None, None) => standing::finish(&mut tx, &migration.name).await?,
        }
        tx.commit().await?;
        self.tell(pass, written.told).await;
        Ok(Batch::Written)
    }

    /// Rewrites the rows of one batch; `None` when one of them was changed by somebody else.
    async fn rewrite(
        &self,
        tx: &mut Tx,
        types: &Types,
        part: Part<'_>,
        report: &mut Report,
    ) -> Result<Option<WrittenBatch>, SchemaError> {
        let Part { migration, pass, rows, number, is_last } = part;
        let mut effects = Effects::default();
        let mut changed = 0;
        for row in rows {
            let Some(of_type) = types.find(&pass.type_name) else { continue };
            let Some(mut document) = parse(row) else { continue };
            let Some(given) = fields(pass, &mut document) else { continue };
            let old_tags = match given {
                Value::Object(given) if pass.store == Store::Page && !pass.history => {
                    edit::tag_names(of_type, given).into_iter().map(str::to_owned).collect()
                }
                _ => Vec::new(),
            };
            let Some(told) = report.migrations.get_mut(number) else { continue };
            if apply(migration, pass, row, given, told) == 0 {
                continue;
            }
            if is_last {
                check(types, of_type, pass, row, given, report);
            }
            let fields = given.as_object().cloned().unwrap_or_default();
            let text = document.to_string();
            let new = Rewritten { pass, row, of_type, fields: &fields, text, old_tags };
            if !effects.write(tx, types, &new).await? {
                return Ok(None);
            }
            changed += 1;
        }
        report.documents += rows.len() as u64;
        report.changed += changed;
        let told = effects.finish(tx, types, pass).await?;
        Ok(Some(WrittenBatch { changed: changed as i64, told }))
    }

    async fn tell(&self, pass: &Pass, told: Told) {
        if pass.store == Store::Settings
            && let Err(error) = self.load_settings().await
        {
            tracing::warn!(%error, "the new settings are saved, and are read by the follower of changes");
        }
        if let Some(change) = told.change {
            self.announce_own(change, &told.tags);
        }
        if told.embeds_wanted {
            self.embeds_wanted.notify_one();
        }
    }
}

/// The rows of one batch.
struct Part<'p> {
    migration: &'p Migration,
    pass: &'p Pass,
    rows: &'p [Row],
    /// Of the migration among those that are pending.
    number: usize,
    /// What the last one leaves must fit its type.
    is_last: bool,
}

enum Batch {
    Written,
    Done,
    Contended,
}

struct WrittenBatch {
    changed: i64,
    told: Told,
}

/// What is no JSON is left alone.
fn parse(row: &Row) -> Option<Value> {
    serde_json::from_str(&row.data).ok()
}

/// The fields within a stored document: revisions of pages and snippets have a head too.
fn fields<'d>(pass: &Pass, document: &'d mut Value) -> Option<&'d mut Value> {
    let has_head = pass.history && pass.store != Store::Settings;
    let fields = if has_head { document.get_mut("fields")? } else { document };
    fields.is_object().then_some(fields)
}

/// How many values the operations changed.
fn apply(migration: &Migration, pass: &Pass, row: &Row, fields: &mut Value, report: &mut MigrationReport) -> u64 {
    let too_old = migration.revisions_from.is_some_and(|from| row.created_at < from.0);
    if pass.history && too_old && !row.pinned {
        return 0;
    }
    let label = pass.label(row);
    let mut places = 0;
    for (operation, told) in migration.operations.iter().zip(&mut report.operations) {
        if !operation.types.contains(&pass.type_name) {
            continue;
        }
        let mut outcome = Outcome { wanted: told.wanted(), ..Outcome::default() };
        operation.path.visit(fields, &mut |value, place| operation.change.apply(value, place, &mut outcome));
        places += outcome.places;
        told.add(pass, &label, outcome);
    }
    places
}

/// Whether what visitors see, or editors go on with, fits its type.
fn check(types: &Types, of_type: &ContentType, pass: &Pass, row: &Row, fields: &Value, report: &mut Report) {
    let empty = Map::new();
    let given = fields.as_object().unwrap_or(&empty);
    if row.pinned
        && let Err(errors) = of_type.validate(types, given, Mode::Draft)
    {
        report.add_misfits(pass, &pass.label(row), errors);
    }
}
