//! Fields that only some may set, as their types say with `permission`. The form does not show them to the others, and what
//! the others send all the same is refused: hiding alone would be no protection.
//!
//! Whoever may not set a field leaves it as it is: what they save has the value that is there, also when they bring back an
//! old revision. A copy is as its original is.

use serde_json::{Map, Value};

use super::page::{Page, PageContent};
use super::snippet::{self, Snippet};
use super::types::{Code, ContentType, Fact, FieldError, Mode, Types};
use super::{Actor, EditError, revision};
use crate::db::{DbError, Exec, Tx};

/// What becomes of another value than the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    /// Somebody sent it.
    Refused,
    /// It comes from an old revision.
    Dropped,
}

/// Whether the type has fields that this actor may not set.
pub(super) fn concerns(of_type: &ContentType, by: &Actor) -> bool {
    !by.rights.allow_all(of_type)
}

/// Gives the fields that the actor may not set the values that they have.
///
/// # Errors
/// [`EditError::Invalid`] with each field that was sent with another one.
pub(super) fn settle(
    (types, of_type): (&Types, &ContentType),
    by: &Actor,
    fields: &mut Map<String, Value>,
    stored: &Map<String, Value>,
    other: Other,
) -> Result<(), EditError> {
    let fresh = of_type.validate(types, &Map::new(), Mode::Draft).unwrap_or_default();
    let mut refused = Vec::new();
    for field in of_type.fields.iter().filter(|field| !by.rights.allow(field)) {
        let there = stored.get(&field.name).or_else(|| fresh.get(&field.name));
        let is_other = fields.get(&field.name).is_some_and(|sent| Some(sent) != there);
        if is_other && other == Other::Refused {
            refused.push(refusal(&field.name));
        }
        match there {
            Some(there) => drop(fields.insert(field.name.clone(), there.clone())),
            None => drop(fields.remove(&field.name)),
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(EditError::Invalid(refused)) }
}

/// The fields of something new: those that the actor may not set are as the type says.
///
/// # Errors
/// As [`settle`].
pub(super) fn of_new(
    of_type: (&Types, &ContentType),
    by: &Actor,
    mut fields: Map<String, Value>,
) -> Result<Map<String, Value>, EditError> {
    if concerns(of_type.1, by) {
        settle(of_type, by, &mut fields, &Map::new(), Other::Refused)?;
    }
    Ok(fields)
}

/// Why a field stays as it is.
pub(super) fn refusal(field: &str) -> FieldError {
    let fact = Fact::Guarded;
    FieldError { path: field.to_owned(), code: Code::Forbidden, message: fact.to_string(), fact: Some(fact) }
}

/// The fields of the newest draft of a page.
pub(super) async fn of_page(on: impl Into<Exec<'_>>, page: &Page) -> Result<Map<String, Value>, DbError> {
    let newest = match page.latest_revision_id {
        Some(newest) => revision::find(on, page.id, newest).await?,
        None => None,
    };
    Ok(newest.map_or_else(|| page.fields.clone(), |newest| newest.content.fields))
}

/// The fields of the newest draft of a snippet.
pub(super) async fn of_snippet(tx: &mut Tx, known: &Snippet) -> Result<Map<String, Value>, DbError> {
    let newest = match known.latest_revision_id {
        Some(newest) => snippet::find_revision(tx, known.id, newest).await?,
        None => None,
    };
    Ok(newest.map_or_else(|| known.fields.clone(), |newest| newest.content.fields))
}

impl super::Content {
    /// What a form sent, with the values that its sender does not see: for a look at it.
    ///
    /// # Errors
    /// What [`EditError`] says.
    pub async fn completed(&self, page: &Page, mut content: PageContent, by: &Actor) -> Result<PageContent, EditError> {
        let types = self.types();
        let of_type = super::operations::page_type(&types, &page.type_name)?;
        if concerns(of_type, by) {
            let stored = of_page(&*self.db, page).await?;
            settle((&types, of_type), by, &mut content.fields, &stored, Other::Dropped)?;
        }
        Ok(content)
    }
}
