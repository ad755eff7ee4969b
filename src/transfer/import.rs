//! Bringing an export in. What has the same values here is left alone, so a second run changes nothing. The rows are one
//! transaction: a run that is cut short has changed nothing but files, and is simply run again.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::export::{self, Row};
use super::incoming::Given;
use super::manifest::{Listed, Manifest};
use super::parts::{IMAGES, LOCALES, PAGES, PARTS, Part, RECORDS, REVISIONS, SITES, SNIPPETS};
use super::reader::Parts;
use super::row::{self, Object};
use super::{Place, TOLD, Told, TransferError, tree};
use crate::backup::{Progress, digest};
use crate::content::arrived;
use crate::content::change::{self, Tag};
use crate::content::tree as page_tree;
use crate::content::types::Types;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::import::Report;
use crate::media::tagging::{self, Owner};
use crate::queries;

/// Whether an import writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// Everything is read and checked, and nothing is written.
    Try,
}

/// Whether the files of an export are as they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    AsWritten,
    /// Somebody changed them on purpose: their sums are not looked at.
    Edited,
}

/// What is imported, and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub folder: PathBuf,
    pub mode: Mode,
    pub files: Files,
}

queries! {
    IS_EMPTY = read "transfer.is_empty"
        "SELECT COUNT(*) FROM (SELECT id FROM page WHERE id > 1 UNION ALL SELECT id FROM site UNION ALL SELECT id FROM snippet
             UNION ALL SELECT id FROM image UNION ALL SELECT id FROM document UNION ALL SELECT id FROM record LIMIT 1) AS found";
    OTHER_LOCALES = write "transfer.delete_other_locales" ("DELETE FROM locale WHERE NOT (code " [any "$1"] ")");
    NO_DEFAULT_LOCALE = write "transfer.clear_default_locale" "UPDATE locale SET is_default = FALSE WHERE is_default";
    NO_DEFAULT_SITE = write "transfer.clear_default_site" "UPDATE site SET is_default = FALSE WHERE is_default";
    SET_ALIAS = write "transfer.set_alias" "UPDATE page SET alias_of = $2 WHERE id = $1";
}

/// An import under way.
pub(super) struct Run<'r> {
    pub to: &'r Place,
    pub options: &'r Options,
    pub manifest: &'r Manifest,
    pub report: &'r mut Report,
    pub types: Arc<Types>,
    /// Whether there was nothing here.
    is_empty: bool,
    /// Names of users here, by their names in lower case.
    pub users: HashMap<String, String>,
    /// Ids of what was left out, by the file.
    pub left_out: HashMap<&'static str, HashSet<i64>>,
    /// Pages that mirror others, which may come later.
    aliases: Vec<(i64, i64)>,
    /// Pages, and snippets and rows of collections, from which something follows.
    pages: HashSet<i64>,
    snippets: Vec<i64>,
    records: Vec<i64>,
}

/// Imports an export.
///
/// # Errors
/// What [`TransferError`] says; no row was written then.
pub async fn import(to: &Place, options: &Options, report: &mut Report, told: Told<'_>) -> Result<(), TransferError> {
    let manifest = Manifest::read(&options.folder)?;
    if options.files == Files::AsWritten {
        verify(options, &manifest, told)?;
    }
    let is_empty = to.content.db.query(&IS_EMPTY).one::<i64>().await? == 0;
    let mut run = Run {
        to,
        options,
        manifest: &manifest,
        report,
        types: to.content.types(),
        is_empty,
        users: HashMap::new(),
        left_out: HashMap::new(),
        aliases: Vec::new(),
        pages: HashSet::new(),
        snippets: Vec::new(),
        records: Vec::new(),
    };
    run.refuse_conflicts(told).await?;
    run.bring_files(told).await?;
    run.bring_users().await?;
    run.bring_rows(told).await?;
    run.bring_groups().await
}

/// Compares the files with their sums.
fn verify(options: &Options, manifest: &Manifest, told: Told<'_>) -> Result<(), TransferError> {
    let total: u64 = manifest.files.iter().map(|file| file.size_bytes).sum();
    let (progress, mut changed) = (Progress::default(), Vec::new());
    for Listed { path: name, size_bytes, sha256, .. } in &manifest.files {
        let path = options.folder.join(name);
        match digest(&path, &progress) {
            Ok((size, sum)) if size == *size_bytes && sum == *sha256 => {}
            Ok(_) => changed.push(format!("{name} has another content")),
            Err(error) => changed.push(format!("{name}: {error}")),
        }
        told("read the files", progress.now().1, total);
    }
    if changed.is_empty() { Ok(()) } else { Err(TransferError::Changed(changed)) }
}

/// What a row is called in a report.
pub(super) fn name_of(part: &Part, object: &Object) -> String {
    let key = object.get(part.key().name);
    let key = key.map_or_else(String::new, |key| key.as_str().map_or_else(|| key.to_string(), str::to_owned));
    format!("{} {key}", part.name)
}

pub(super) fn key_of(part: &Part, object: &Object) -> String {
    name_of(part, object).split_off(part.name.len() + 1)
}

/// The rows here with these keys.
async fn known(tx: &mut Tx, part: &Part, keys: Vec<String>) -> Result<HashMap<String, Object>, DbError> {
    let call = Exec::from(&mut *tx).query(part.known);
    let call = if part.has_ids() {
        call.bind(keys.iter().filter_map(|key| key.parse().ok()).collect::<Vec<i64>>())
    } else {
        call.bind(keys)
    };
    let rows: Vec<Row> = call.list().await?;
    let objects = export::objects(tx, part, &rows).await?;
    Ok(rows.into_iter().map(|row| row.key).zip(objects).collect())
}

impl Run<'_> {
    fn parts(&self) -> impl Iterator<Item = &'static Part> + use<> {
        let there: HashSet<String> = self.manifest.files.iter().map(|file| file.path.clone()).collect();
        PARTS.iter().filter(move |part| there.contains(&part.file()))
    }

    /// Refuses an export that has the ids of other objects here, before anything is written.
    async fn refuse_conflicts(&mut self, told: Told<'_>) -> Result<(), TransferError> {
        if self.is_empty {
            return Ok(());
        }
        let mut found = Vec::new();
        let mut tx = self.to.content.db.begin_reading(TxName("transfer.compare")).await?;
        for part in self.parts().filter(|part| !part.identity.is_empty()) {
            let (mut lines, _) = Parts::open(&self.options.folder, part)?;
            if part.name == PAGES {
                found.extend(tree::residents(&self.to.content.db, lines.spots(), TOLD).await?);
            }
            let mut done = 0;
            loop {
                let batch = lines.next_part()?;
                if batch.is_empty() || found.len() >= TOLD {
                    break;
                }
                done += batch.len() as u64;
                let objects: Vec<(u64, &Object)> =
                    batch.iter().filter_map(|line| Some((line.number, line.object.as_ref().ok()?))).collect();
                let keys = objects.iter().map(|(_, object)| key_of(part, object)).collect();
                let here = known(&mut tx, part, keys).await?;
                for (number, object) in objects {
                    let is_other =
                        |here: &&Object| part.identity.iter().any(|name| here.get(*name) != object.get(*name));
                    if here.get(&key_of(part, object)).filter(is_other).is_some() {
                        found.push(format!(
                            "{} line {number}: {} is another one here",
                            part.file(),
                            name_of(part, object)
                        ));
                    }
                }
                told("compare", done, self.manifest.find(part.name).map_or(0, |file| file.rows));
            }
        }
        found.truncate(TOLD);
        if found.is_empty() { Ok(()) } else { Err(TransferError::Conflicts(found)) }
    }

    /// Writes all rows, and what follows from them; a trial takes it back.
    async fn bring_rows(&mut self, told: Told<'_>) -> Result<(), TransferError> {
        let content = self.to.content.clone();
        content.settle_records().await?;
        let mut tx = content.db.begin(TxName("transfer.import")).await?;
        page_tree::lock(&mut tx).await?;
        for part in self.parts() {
            self.bring_part(&mut tx, part, told).await?;
        }
        for (page, source) in std::mem::take(&mut self.aliases) {
            Exec::from(&mut tx).query(&SET_ALIAS).bind(page).bind(source).execute().await?;
        }
        let lifted = tree::count_lifted(&mut tx).await?;
        if lifted > 0 {
            let text = format!("{lifted} pages or collections have no place: put the lines that were refused in order");
            return Err(DbError::Other(text).into());
        }
        if self.options.mode == Mode::Try || !self.report.has_made() {
            return Ok(());
        }
        self.settle(&mut tx, told).await?;
        let change = change::append(&mut tx, &[Tag::All]).await?;
        tx.commit().await?;
        content.announce_own(change, &[Tag::All]);
        Ok(content.count_rows().await?)
    }

    async fn bring_part(&mut self, tx: &mut Tx, part: &'static Part, told: Told<'_>) -> Result<(), TransferError> {
        let (mut lines, unfit) = Parts::open(&self.options.folder, part)?;
        unfit.into_iter().for_each(|line| drop(self.read(part, line)));
        if part.is_tree() && !self.is_empty {
            tree::lift(tx, part, lines.spots()).await?;
        }
        let (mut done, mut keys) = (0, Vec::new());
        loop {
            let batch = lines.next_part()?;
            if batch.is_empty() {
                break;
            }
            done += batch.len() as u64;
            let given = self.prepare(tx, part, batch).await?;
            if part.name == LOCALES {
                keys.extend(given.iter().map(|given| given.key.clone()));
            }
            let new = self.compare(tx, part, given).await?;
            self.put(tx, part, new).await?;
            told(part.name, done, self.manifest.find(part.name).map_or(0, |file| file.rows));
        }
        if self.is_empty && !keys.is_empty() {
            // The language that every new database has.
            Exec::from(tx).query(&OTHER_LOCALES).bind(keys).execute().await?;
        }
        Ok(())
    }

    /// Those that are not here, or are and say something else.
    async fn compare(
        &mut self,
        tx: &mut Tx,
        part: &'static Part,
        given: Vec<Given>,
    ) -> Result<Vec<Given>, TransferError> {
        let here = known(tx, part, given.iter().map(|given| given.key.clone()).collect()).await?;
        let mut new = Vec::new();
        for given in given {
            self.report.read(&part.file(), given.number);
            match here.get(&given.key) {
                None => self.report.made(part.name),
                Some(known) if *known == given.object => {
                    self.report.known(part.name);
                    continue;
                }
                Some(known) if is_newer(part, known, &given.object) => {
                    self.report.known(part.name);
                    self.report.notice(&given.name, "", "it was edited here since it was exported: it stays as it is");
                    continue;
                }
                Some(_) => self.report.changed(part.name),
            }
            new.push(given);
        }
        Ok(new)
    }

    async fn put(&mut self, tx: &mut Tx, part: &'static Part, mut new: Vec<Given>) -> Result<(), TransferError> {
        let (Some(first), Some(last)) =
            (new.iter().map(|given| given.number).min(), new.iter().map(|given| given.number).max())
        else {
            return Ok(());
        };
        for given in new.iter_mut().filter(|_| part.name == PAGES) {
            if let Some(source) = row::number(&given.object, "alias_of") {
                self.aliases.push((row::number(&given.object, "id").unwrap_or_default(), source));
                given.object.insert("alias_of".to_owned(), Value::Null);
            }
        }
        let no_default = match part.name {
            LOCALES => Some(&NO_DEFAULT_LOCALE),
            SITES => Some(&NO_DEFAULT_SITE),
            _ => None,
        };
        let is_default = |given: &Given| given.object.get("is_default") == Some(&Value::Bool(true));
        if let Some(clear) = no_default.filter(|_| new.iter().any(is_default)) {
            Exec::from(&mut *tx).query(clear).execute().await?;
        }
        let rows: Vec<Value> = new.iter().map(|given| row::to_database(part.columns, &given.object)).collect();
        let written = Exec::from(&mut *tx).query(part.put).bind(Value::Array(rows).to_string()).execute().await;
        written.map_err(|error| match error {
            DbError::Constraint(..) => TransferError::Refused { file: part.file(), first, last, error },
            other => other.into(),
        })?;
        for given in &new {
            let Some(id) = row::number(&given.object, part.key().name) else { continue };
            match part.name {
                PAGES => drop(self.pages.insert(id)),
                REVISIONS => self.pages.extend(row::number(&given.object, "page_id")),
                SNIPPETS => self.snippets.push(id),
                RECORDS => self.records.push(id),
                _ => {}
            }
            if part.has_files() {
                let owner = if part.name == IMAGES { Owner::Image(id) } else { Owner::Document(id) };
                let names = given.object.get("tags").and_then(Value::as_array).into_iter().flatten();
                let names: Vec<String> = names.filter_map(Value::as_str).map(str::to_owned).collect();
                tagging::replace(tx, owner, &names).await?;
            }
        }
        Ok(())
    }

    /// What follows from the rows that were written.
    async fn settle(&mut self, tx: &mut Tx, told: Told<'_>) -> Result<(), TransferError> {
        let types = self.types.clone();
        arrived::advance_ids(tx).await?;
        let mut pages: Vec<i64> = std::mem::take(&mut self.pages).into_iter().collect();
        pages.sort_unstable();
        for (at, ids) in pages.chunks(arrived::PART).enumerate() {
            arrived::settle_pages(tx, &types, ids).await?;
            told("index", ((at + 1) * arrived::PART).min(pages.len()) as u64, pages.len() as u64);
        }
        for ids in self.snippets.chunks(arrived::PART) {
            arrived::settle_snippets(tx, &types, ids).await?;
        }
        for ids in self.records.chunks(arrived::PART) {
            self.to.content.settle_arrived_records(tx, ids).await?;
        }
        Ok(arrived::settle_references(tx, &types).await?)
    }
}

/// Whether a page was edited here behind what an export has of it.
fn is_newer(part: &Part, known: &Object, given: &Object) -> bool {
    let newest = |object: &Object| row::number(object, "latest_revision_id");
    part.name == PAGES && newest(known) > newest(given)
}
