//! What a refusal says to whoever asked.

use crate::content::EditError;
use crate::words::sentence;

/// A refusal of an operation on a page, as a sentence.
pub fn said(error: &EditError) -> String {
    match error {
        EditError::SlugTaken(slug) => format!("A page with the slug \"{slug}\" is there already: choose another one."),
        EditError::TitleMissing => "A page needs a title.".to_owned(),
        EditError::MoveIntoItself => "A page cannot go below itself.".to_owned(),
        EditError::PageNotFound(_) => "There is no such page.".to_owned(),
        other => sentence(&other.to_string()),
    }
}
