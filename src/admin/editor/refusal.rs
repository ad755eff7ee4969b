//! Refusals of the content, as the editor's form understands them: which field, and why.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::accounts::AccountError;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::texts::said;
use crate::admin::{Admin, words};
use crate::content::EditError;

/// Mistakes in fields, each with its path, and how many there are.
fn mistakes(error: &EditError) -> Option<(Value, usize)> {
    if let EditError::Invalid(errors) = error {
        return Some((words::mistakes(errors), errors.len()));
    }
    let (path, problem) = words::at_field(error)?;
    let code = if matches!(error, EditError::SlugReserved(_)) { "slug_reserved" } else { "invalid" };
    Some((json!([words::mistake(path, code, problem)]), 1))
}

pub(in crate::admin) fn of(admin: &Admin, seat: &Seat, error: EditError) -> Response {
    let (status, code) = match error {
        EditError::Db(error) => return admin.failed(seat.route, seat.speaks, &AccountError::Db(error)),
        EditError::PageNotFound(_)
        | EditError::RevisionNotFound { .. }
        | EditError::SnippetNotFound(_)
        | EditError::SnippetRevisionNotFound { .. }
        | EditError::RecordNotFound(_)
        | EditError::TypeUnknown(_)
        | EditError::SiteNotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
        EditError::Conflict { .. } => (StatusCode::CONFLICT, "conflict"),
        EditError::InTrash(_) => (StatusCode::CONFLICT, "in_trash"),
        EditError::MovedMeanwhile => (StatusCode::CONFLICT, "moved_meanwhile"),
        EditError::Locked { .. } => (StatusCode::LOCKED, "locked"),
        EditError::IsAlias { .. } => (StatusCode::CONFLICT, "is_alias"),
        EditError::IndexesChanged(_) => (StatusCode::SERVICE_UNAVAILABLE, "index_unready"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
    };
    if seat.speaks == Speaks::Html {
        return admin.message(status, seat.route, words::edit(&error));
    }
    let mut problem = json!({ "error": code, "message": words::edit(&error) });
    if let EditError::Conflict { revision, by, at } = &error {
        problem["revision"] = json!(revision);
        problem["by"] = json!(by);
        problem["at"] = json!(at);
    }
    if let EditError::Locked { by, at, .. } = &error {
        problem["by"] = json!(by);
        problem["at"] = json!(at);
    }
    if let Some((errors, count)) = mistakes(&error) {
        problem["message"] = json!(said("fields-need-a-change").with("count", count));
        problem["errors"] = errors;
    }
    admin.json(status, seat.route, problem)
}
