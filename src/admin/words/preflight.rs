//! What stands in the way of a publication that is planned.

use serde_json::{Value, json};

use super::{at_field, edit, mistake, mistakes};
use crate::admin::texts::{Said, said};
use crate::content::EditError;
use crate::content::preflight::{Findings, Note};

/// As the scripts of the editor understand it: what has the code `note` refuses nothing. A path may be empty.
pub(in crate::admin) fn findings(findings: &Findings) -> Value {
    let mut found = Vec::new();
    for refusal in &findings.refusals {
        match (refusal, at_field(refusal)) {
            (EditError::Invalid(errors), _) => {
                found.extend(mistakes(errors).as_array().into_iter().flatten().cloned());
            }
            // The form offers to take the schedule over.
            (EditError::SchedulerMayNot { .. }, _) => found.push(mistake("", "scheduler_may_not", edit(refusal))),
            (_, Some((path, problem))) => found.push(mistake(path, "invalid", problem)),
            (other, None) => found.push(mistake("", "invalid", edit(other))),
        }
    }
    found.extend(findings.notes.iter().map(|note| {
        let path = if let Note::Missing { path, .. } = note { path.as_str() } else { "" };
        mistake(path, "note", of_note(note))
    }));
    json!(found)
}

fn of_note(note: &Note) -> Said {
    match note {
        Note::ParentNotLive { title, .. } => said("preflight-parent-not-live").with("title", title.as_str()),
        Note::Missing { kind, id, hidden: false, .. } => {
            said("preflight-gone").with("kind", kind.as_str()).with("id", *id)
        }
        Note::Missing { kind, id, .. } => said("preflight-not-live").with("kind", kind.as_str()).with("id", *id),
    }
}
