//! What visitors sent with forms, with the time when they did.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::dump::Object;
use super::key::Key;
use super::time::micros;
use super::{ImportError, Known, Run, SOURCE, Told, digest, store};
use crate::clock::Micros;
use crate::content::form::{Answers, Definition, submission};
use crate::content::page;
use crate::db::TxName;

const SUBMISSION: &str = "wagtailforms.formsubmission";
const SUBMISSIONS: &str = "form submissions";
/// Submissions of one transaction.
const BATCH: usize = 500;

impl Run<'_> {
    pub(super) async fn submissions(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        let known = self.known(SUBMISSION).await?;
        let keys: Vec<Key> = self.dump.keys(SUBMISSION).cloned().collect();
        let mut definitions: HashMap<i64, Option<Definition>> = HashMap::new();
        for (at, batch) in keys.chunks(BATCH).enumerate() {
            let mut coming: BTreeMap<String, (i64, Object)> = BTreeMap::new();
            for key in batch {
                if known.contains_key(&key.to_string()) {
                    self.report.known(SUBMISSIONS);
                    continue;
                }
                let Some(object) = self.dump.read(SUBMISSION, key)? else { continue };
                let Some(page) = self.page_here(object.fields.get("page")) else {
                    self.report.refused(SUBMISSIONS, &object.name(), "its page was not taken over");
                    continue;
                };
                coming.insert(key.to_string(), (page, object));
            }
            self.keep(coming, &mut definitions).await?;
            told(SUBMISSIONS, (at * BATCH + batch.len()) as u64, keys.len() as u64);
        }
        Ok(())
    }

    async fn keep(
        &mut self,
        coming: BTreeMap<String, (i64, Object)>,
        definitions: &mut HashMap<i64, Option<Definition>>,
    ) -> Result<(), ImportError> {
        let db = self.target.content.db.clone();
        if !self.writes() {
            coming.iter().for_each(|_| self.report.made(SUBMISSIONS));
            return Ok(());
        }
        for (id, _) in coming.values() {
            if !definitions.contains_key(id) {
                let page = page::find(&*db, *id).await?;
                let form = page.and_then(|page| Definition::of(self.types.find(&page.type_name)?, &page.fields));
                definitions.insert(*id, form);
            }
        }
        let mut noted = Vec::with_capacity(coming.len());
        let mut tx = db.begin(TxName("import.submissions")).await?;
        for (key, (id, object)) in coming {
            let Some(Some(definition)) = definitions.get(&id) else {
                self.report.refused(SUBMISSIONS, &object.name(), format!("page {id} is no form here"));
                continue;
            };
            let at = micros(object.fields.get("submit_time")).map_or_else(Micros::now, Micros);
            let answers = Answers(answers(&object));
            let kept = submission::keep(&mut tx, id, definition, (&answers, at)).await?;
            noted.push((key, Known { id: kept, digest: digest(&object) }));
            self.report.made(SUBMISSIONS);
        }
        let noted = noted.iter().map(|(name, known)| (name.clone(), known));
        store::note_all(&mut tx, SOURCE, SUBMISSION, noted).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An object, or its text in older dumps.
fn answers(object: &Object) -> Map<String, Value> {
    match object.fields.get("form_data") {
        Some(Value::Object(answers)) => answers.clone(),
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    }
}
