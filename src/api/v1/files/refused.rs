//! What the library refuses, as problems: the status, the code, and the value that it is about.

use http::StatusCode;
use serde_json::{Value, json};

use crate::api::v1::problem::{Refusal, bad_request, invalid, not_found};
use crate::clock::Micros;
use crate::http::problem::Problem;
use crate::media::MediaError;
use crate::words::sentence;

/// Seconds to wait when the storage is away.
const RETRY_S: u32 = 5;

impl From<MediaError> for Refusal {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Db(error) => Self::Db(error),
            other => problem(&other).into(),
        }
    }
}

fn problem(error: &MediaError) -> Problem {
    let detail = sentence(&error.to_string());
    let conflict = |code, title| Problem::new(StatusCode::CONFLICT, code, title).with_detail(detail.clone());
    let (pointer, code) = match error {
        MediaError::ImageNotFound(_) | MediaError::DocumentNotFound(_) => return not_found("There is no such file."),
        MediaError::Stale { updated_at } => {
            let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "stale", "Somebody saved it meanwhile");
            return problem.with("at", Micros(*updated_at).to_rfc3339());
        }
        MediaError::Duplicate(id) => {
            return conflict("duplicate", "The same file is there already").with("id", *id);
        }
        MediaError::InUse(uses) => {
            let total = uses.first().map_or(0, |first| first.total);
            return Problem::new(StatusCode::CONFLICT, "in_use", "It is used elsewhere")
                .with_detail("Send ?force=true to delete it all the same.")
                .with("uses", total);
        }
        MediaError::TooLarge { max_bytes } => {
            let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large");
            return problem.with_detail(format!("At most {max_bytes} bytes are taken."));
        }
        MediaError::Source(error) => {
            tracing::info!(%error, "a file did not arrive whole");
            return bad_request("The file did not arrive whole.");
        }
        MediaError::Storage(_) | MediaError::Unclean(_) | MediaError::Panicked(_) => return failed(error),
        MediaError::CollectionNotFound(_) | MediaError::NoCollectionAt(_) => ("/collection", "not_found"),
        MediaError::NameInvalid => ("/file", "invalid_name"),
        MediaError::ExtensionRefused { .. } => ("/file", "extension"),
        MediaError::Empty => ("/file", "empty"),
        MediaError::Refused(refused) => ("/file", refused.kind()),
        MediaError::FocalPointOutside { .. } => ("/focal_point", "outside"),
        MediaError::TooManyTags(_) => ("/tags", "too_many_items"),
        MediaError::Missing(field) => return invalid().at(format!("/{field}"), "required", detail),
        MediaError::NullCharacter(field) => return invalid().at(format!("/{field}"), "null_character", detail),
        MediaError::TooLong { field, .. } => return invalid().at(format!("/{field}"), "too_long", detail),
        _ => return invalid().with_detail(detail),
    };
    invalid().at(pointer, code, detail)
}

/// A refusal of one of several files, within the answer about all of them.
pub(super) fn told(refusal: Refusal) -> Value {
    let problem = match refusal {
        Refusal::Problem(problem) => *problem,
        Refusal::Db(error) => {
            tracing::error!(%error, "a file could not be added");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do it now")
        }
        other => {
            tracing::error!(refusal = ?other, "a file was refused for no reason of a file");
            bad_request("The file was not taken.")
        }
    };
    let mut told = json!({
        "status": problem.status.as_u16(), "code": problem.code, "title": problem.title, "detail": problem.detail,
        "errors": problem.errors,
    });
    if let Value::Object(values) = &mut told {
        values.extend(problem.members);
    }
    told
}

/// What is no fault of whoever sent the file; a picture that no codec can handle is.
fn failed(error: &MediaError) -> Problem {
    if !matches!(error, MediaError::Storage(_)) {
        return invalid().at("/file", "damaged", sentence(&error.to_string()));
    }
    tracing::error!(%error, "a file could not be stored");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do it now")
        .with_detail("Nothing was changed. Try again soon.")
        .with_retry_after_s(RETRY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_of_the_library_says_what_to_do() {
        let of = |error: MediaError| {
            let problem = problem(&error);
            (problem.status.as_u16(), problem.code, problem.errors.first().map(|error| error.pointer.clone()))
        };
        assert_eq!(of(MediaError::TooLarge { max_bytes: 5 }), (413, "too_large", None));
        assert_eq!(of(MediaError::Duplicate(7)), (409, "duplicate", None));
        assert_eq!(of(MediaError::Stale { updated_at: 1 }), (412, "stale", None));
        assert_eq!(of(MediaError::ImageNotFound(7)), (404, "not_found", None));
        assert_eq!(of(MediaError::Empty), (422, "invalid", Some("/file".to_owned())));
        assert_eq!(of(MediaError::Missing("title")), (422, "invalid", Some("/title".to_owned())));
    }
}
