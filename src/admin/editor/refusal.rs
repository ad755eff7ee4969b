//! Refusals of the content, as the editor's form understands them: which field, and why.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::accounts::AccountError;
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::bulk::said;
use crate::content::EditError;

/// The field of the form that an error is about, by its path.
fn field(error: &EditError) -> Option<&'static str> {
    Some(match error {
        EditError::TitleMissing => "title",
        EditError::NameMissing => "name",
        EditError::SlugInvalid(_)
        | EditError::SlugTaken(_)
        | EditError::SlugIsLanguage(_)
        | EditError::AddressTaken { .. } => "slug",
        EditError::NullCharacter(field) | EditError::TooLong { field, .. } | EditError::TimeIsOver { field, .. } => {
            field
        }
        EditError::ExpiresTooEarly { .. } | EditError::NothingExpires(_) => "expire_at",
        _ => return None,
    })
}

/// Mistakes in fields, each with its path.
fn mistakes(error: &EditError) -> Option<Value> {
    if let EditError::Invalid(errors) = error {
        return Some(json!(errors));
    }
    let path = field(error)?;
    let text = error.to_string();
    let message = text.strip_prefix(path).map_or(text.as_str(), |rest| rest.trim_start_matches(": "));
    Some(json!([{ "path": path, "code": "invalid", "message": message }]))
}

pub(in crate::admin) fn of(admin: &Admin, seat: &Seat, error: EditError) -> Response {
    let (status, code) = match error {
        EditError::Db(error) => return admin.failed(seat.route, seat.speaks, &AccountError::Db(error)),
        EditError::PageNotFound(_)
        | EditError::RevisionNotFound { .. }
        | EditError::SnippetNotFound(_)
        | EditError::SnippetRevisionNotFound { .. }
        | EditError::TypeUnknown(_)
        | EditError::SiteNotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
        EditError::Conflict { .. } => (StatusCode::CONFLICT, "conflict"),
        EditError::InTrash(_) => (StatusCode::CONFLICT, "in_trash"),
        EditError::IsAlias { .. } => (StatusCode::CONFLICT, "is_alias"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
    };
    if seat.speaks == Speaks::Html {
        return admin.message(status, seat.route, &said(&error));
    }
    let mut problem = json!({ "error": code, "message": said(&error) });
    if let EditError::Conflict { revision, by, at } = &error {
        problem["revision"] = json!(revision);
        problem["by"] = json!(by);
        problem["at"] = json!(at);
    }
    if let Some(errors) = mistakes(&error) {
        let number = errors.as_array().map_or(0, Vec::len);
        problem["message"] = json!(if number == 1 {
            "One field needs a change.".to_owned()
        } else {
            format!("{number} fields need a change.")
        });
        problem["errors"] = errors;
    }
    admin.json(status, seat.route, &problem)
}
