//! Pages below which a page of some type may stand, and what the fields of listed pages say.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::children::{Cursor, PER_PART, Part, bounds};
use crate::content::Content;
use crate::content::page::json_object;
use crate::content::tree::ROOT_ID;
use crate::content::types::Types;
use crate::db::DbError;
use crate::{queries, record};

/// Pages that are looked at together, and how often: where somebody may add below few of very many pages, the last ones of
/// them are found by words alone.
const LOOKED_AT: i64 = 500;
const LOOKS: usize = 20;

record! { struct Candidate { id: i64, path: String, owner_id: Option<i64> } }
record! { struct FieldsOf { id: i64, fields: String } }

queries! {
    /// In the order of the tree. `+`: it is read in that order, not by type.
    CANDIDATES = read "explore.list_parents"
        "SELECT id, path, owner_id FROM page
         WHERE path >= $1 AND path < $2 AND (type || '' = ANY($3) OR id = $4) AND alias_of IS NULL AND NOT trashed
           AND ($5 = '' OR LOWER(draft_title) LIKE $5 ESCAPE '!') ORDER BY path LIMIT $6"
        sqlite
        "SELECT id, path, owner_id FROM page
         WHERE path >= $1 AND path < $2 AND (+type IN (SELECT value FROM json_each($3)) OR id = $4) AND alias_of IS NULL
           AND NOT trashed AND ($5 = '' OR LOWER(draft_title) LIKE $5 ESCAPE '!') ORDER BY path LIMIT $6";
    /// Of the newest draft, and of these fields alone.
    FIELDS = read "explore.list_fields"
        "SELECT id, CAST((SELECT json_object_agg(name, draft -> name) FROM UNNEST(CAST($2 AS TEXT[])) AS wanted (name)) AS TEXT) AS fields
         FROM (SELECT p.id, COALESCE(CAST(r.content AS JSON) -> 'fields', CAST(p.data AS JSON)) AS draft
               FROM page p LEFT JOIN revision r ON r.id = p.latest_revision_id WHERE p.id = ANY($1) LIMIT $3) AS listed"
        sqlite
        "SELECT id, (SELECT json_group_object(value, draft -> ('$.' || value)) FROM json_each($2)) AS fields
         FROM (SELECT p.id, COALESCE(r.content -> '$.fields', p.data) AS draft
               FROM page p LEFT JOIN revision r ON r.id = p.latest_revision_id
               WHERE p.id IN (SELECT value FROM json_each($1)) LIMIT $3) AS listed";
}

/// Where a page is to be made.
#[derive(Clone, Debug)]
pub struct Parents<'a> {
    pub type_name: &'a str,
    /// At this path of the tree, or below it.
    pub within: &'a str,
    /// Part of their titles; empty: any.
    pub words: &'a str,
    pub after: Option<&'a Cursor>,
}

impl Content {
    /// A part of the pages below which a page of a type may stand, in the order of the tree; of those that `may_add` their
    /// path and owner.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_parents(
        &self,
        asked: &Parents<'_>,
        may_add: impl Fn(&str, Option<i64>) -> bool,
    ) -> Result<Part, DbError> {
        let types = self.types();
        let (names, top) = (allowed_parents(&types, asked.type_name), types.check_placement(None, asked.type_name));
        let (start, end) = bounds(asked.within);
        let mut from = asked.after.map_or(start, |cursor| behind(&cursor.key));
        let words = asked.words.trim().to_lowercase();
        let plain: String =
            words.chars().flat_map(|c| if "!%_".contains(c) { vec!['!', c] } else { vec![c] }).collect();
        let pattern = if words.is_empty() { String::new() } else { format!("%{plain}%") };
        let mut found: Vec<Candidate> = Vec::new();
        for _ in 0..LOOKS {
            let call = self.db.query(&CANDIDATES).bind(&from).bind(&end).bind(names.clone());
            let call = call.bind(if top.is_ok() { ROOT_ID } else { 0 }).bind(&pattern).bind(LOOKED_AT);
            let looked: Vec<Candidate> = call.list().await?;
            let is_last = (looked.len() as i64) < LOOKED_AT;
            if let Some(last) = looked.last() {
                from = behind(&last.path);
            }
            found.extend(looked.into_iter().filter(|page| may_add(&page.path, page.owner_id)));
            if is_last || found.len() as i64 > PER_PART {
                break;
            }
        }
        let more = found.len() as i64 > PER_PART;
        found.truncate(PER_PART as usize);
        let next = found.last().filter(|_| more).map(|page| Cursor { key: page.path.clone(), id: page.id });
        Ok(Part { rows: self.list_pages(found.into_iter().map(|page| page.id).collect()).await?, next })
    }

    /// What the newest drafts of pages say in these fields.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_fields(
        &self,
        ids: Vec<i64>,
        names: Vec<String>,
    ) -> Result<HashMap<i64, Map<String, Value>>, DbError> {
        if ids.is_empty() || names.is_empty() {
            return Ok(HashMap::new());
        }
        let found: Vec<FieldsOf> = self.db.query(&FIELDS).bind(ids).bind(names).bind(PER_PART).list().await?;
        Ok(found.into_iter().map(|page| (page.id, json_object(&page.fields))).collect())
    }
}

/// Where what comes after a path begins: a space comes before all that paths are made of.
fn behind(path: &str) -> String {
    format!("{path} ")
}

/// The types of pages below which one of this type may stand.
fn allowed_parents(types: &Types, child: &str) -> Vec<String> {
    let fits = types.pages().filter(|parent| types.check_placement(Some(&parent.name), child).is_ok());
    fits.map(|parent| parent.name.clone()).collect()
}
