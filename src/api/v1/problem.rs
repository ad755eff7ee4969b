//! Why a request of the API is refused, as problem+json (RFC 9457): the one place that knows the status and the code of
//! each error, and the field that it is about.

use axum::response::Response;
use http::{HeaderValue, StatusCode};

use super::answer::Reply;
use super::mistake;
use crate::accounts::AccountError;
use crate::api::denied;
use crate::content::redirect::RedirectError;
use crate::content::types::FieldError;
use crate::content::{EditError, SiteError};
use crate::db::DbError;
use crate::http::measure::Note;
use crate::http::problem::Problem;
use crate::permit::Denied;
use crate::telemetry::label::{Failure, Route};
use crate::telemetry::scope;
use crate::words::sentence;

/// Seconds to wait when the server is at fault.
const RETRY_S: u32 = 5;
/// Seconds to wait for an index that is being made.
const INDEX_RETRY_S: u32 = 60;

/// What a handler says instead of doing it.
#[derive(Debug)]
pub(in crate::api) enum Refusal {
    Problem(Box<Problem>),
    Edit(EditError),
    Site(SiteError),
    /// A permission that is not there.
    Denied(String),
    /// Of whoever calls, before anything is looked at.
    Gate(denied::Denied),
    Db(DbError),
}

/// How a handler ends.
pub(in crate::api) type Done = Result<Reply, Refusal>;

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Db(error) => Self::Db(error),
            other => Self::Edit(other),
        }
    }
}

impl From<SiteError> for Refusal {
    fn from(error: SiteError) -> Self {
        match error {
            SiteError::Db(error) => Self::Db(error),
            other => Self::Site(other),
        }
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => Self::Db(error),
            AccountError::Hashing(error) => {
                tracing::error!(%error, "a password of nobody could not be made");
                let title = "The server cannot do it now";
                let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title);
                problem.with_retry_after_s(RETRY_S).into()
            }
            other => mistake::of_account(&other).into(),
        }
    }
}

impl From<RedirectError> for Refusal {
    fn from(error: RedirectError) -> Self {
        match error {
            RedirectError::Db(error) => Self::Db(error),
            other => mistake::of_redirect(&other).into(),
        }
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Db(error) => Self::Db(error),
            fact => Self::Denied(fact.to_string()),
        }
    }
}

impl From<denied::Denied> for Refusal {
    fn from(denied: denied::Denied) -> Self {
        Self::Gate(denied)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// A body whose values are not taken; with [`Problem::at`] for each of them.
pub(in crate::api) fn invalid() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some values are not taken")
}

/// A request that makes no sense, whatever is there.
pub(in crate::api) fn bad_request(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_request", "The request cannot be understood").with_detail(detail.into())
}

pub(in crate::api) fn not_found(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such thing").with_detail(detail.into())
}

pub(in crate::api) fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this").with_detail(detail.into())
}

/// `body[2].value.title` below `/fields`: `/fields/body/2/value/title`.
pub(in crate::api) fn pointer(base: &str, path: &str) -> String {
    let mut pointer = base.to_owned();
    for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        pointer.push('/');
        pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
    }
    pointer
}

/// What is wrong with fields of a type.
pub(in crate::api) fn of_fields(errors: &[FieldError]) -> Problem {
    of_fields_at("/fields", errors)
}

/// The same, of fields that are elsewhere in the body.
pub(in crate::api) fn of_fields_at(base: &str, errors: &[FieldError]) -> Problem {
    errors.iter().fold(invalid(), |problem, error| {
        problem.at(pointer(base, &error.path), error.code.as_str(), sentence(&error.message))
    })
}

/// The value of the body that an error is about, and what programs match on.
fn at_value(error: &EditError) -> Option<(&'static str, &'static str)> {
    Some(match error {
        EditError::TitleMissing => ("/title", "required"),
        EditError::NameMissing => ("/name", "required"),
        EditError::SlugInvalid(_) => ("/slug", "invalid_slug"),
        EditError::SlugTaken(_) => ("/slug", "slug_taken"),
        EditError::SlugIsLanguage(_) => ("/slug", "slug_is_language"),
        EditError::SlugReserved(_) => ("/slug", "slug_reserved"),
        EditError::AddressTaken { .. } => ("/slug", "address_taken"),
        EditError::TypeUnknown(_) => ("/type", "unknown_type"),
        EditError::WrongKind(..) => ("/type", "wrong_kind"),
        EditError::Placement(_) => ("/type", "not_here"),
        EditError::MaxCount { .. } | EditError::MaxCountPerParent { .. } => ("/type", "too_many_pages"),
        EditError::LocaleNotFound(_) => ("/locale", "unknown_locale"),
        EditError::OtherLanguage { .. } => ("/locale", "other_language"),
        EditError::ExpiresTooEarly { .. } => ("/expire_at", "expires_too_early"),
        EditError::NothingExpires(_) => ("/expire_at", "nothing_expires"),
        EditError::MoveIntoItself => ("/to", "below_itself"),
        EditError::TooDeep(_) => ("/to", "too_deep"),
        EditError::ParentFull(_) => ("/to", "parent_full"),
        EditError::PlaceGone(_) => ("/to", "place_gone"),
        EditError::RevisionNotFound { .. } | EditError::SnippetRevisionNotFound { .. } => ("/revision", "not_found"),
        _ => return None,
    })
}

/// Those whose field is known by its name.
fn named(error: &EditError) -> Option<(String, &'static str)> {
    Some(match error {
        EditError::NullCharacter(field) => (format!("/{field}"), "null_character"),
        EditError::TooLong { field, .. } => (format!("/{field}"), "too_long"),
        EditError::TimeIsOver { field, .. } => (format!("/{field}"), "time_is_over"),
        error => {
            let (pointer, code) = at_value(error)?;
            (pointer.to_owned(), code)
        }
    })
}

/// A refusal by what is there, not by what was sent.
fn by_state(error: &EditError) -> Option<Problem> {
    let conflict = |code, title| Problem::new(StatusCode::CONFLICT, code, title);
    Some(match error {
        EditError::PageNotFound(_)
        | EditError::SnippetNotFound(_)
        | EditError::SiteNotFound(_)
        | EditError::TagNotFound(_)
        | EditError::SubmissionNotFound(_)
        | EditError::CollectionNotFound(_)
        | EditError::RecordNotFound(_)
        | EditError::GroupNotFound(_) => Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such thing"),
        EditError::Conflict { revision, by, at } => {
            Problem::new(StatusCode::PRECONDITION_FAILED, "stale", "Somebody saved it meanwhile")
                .with("revision", *revision)
                .with("by", by.as_str())
                .with("at", at.as_str())
        }
        EditError::Locked { by, at, .. } => Problem::new(StatusCode::LOCKED, "locked", "Somebody else locked it")
            .with("by", by.as_str())
            .with("at", at.as_str()),
        EditError::IndexUnready(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "index_unready", "The list cannot be had like this yet")
                .with_retry_after_s(INDEX_RETRY_S)
        }
        EditError::IndexesChanged(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "index_unready", "Rows are changed by newer servers alone")
                .with_retry_after_s(INDEX_RETRY_S)
        }
        EditError::InTrash(_) => conflict("in_trash", "It is in the trash"),
        EditError::NotInTrash(_) => conflict("not_in_trash", "It is not in the trash"),
        EditError::IsAlias { source_page, .. } => {
            conflict("is_alias", "It shows what another page shows").with("source", *source_page)
        }
        EditError::NotAnAlias(_) => conflict("not_an_alias", "It is a page of its own"),
        EditError::RootIsFixed => conflict("root_is_fixed", "It is the root of the tree, or of a site"),
        EditError::InUse(_) | EditError::PointedAt(_) => conflict("in_use", "It is used elsewhere"),
        EditError::NoDrafts(_) => conflict("no_drafts", "A change of it shows at once"),
        EditError::TooManyAliases { .. } => conflict("too_many_aliases", "It has as many aliases as it may"),
        EditError::TranslationExists { .. } => conflict("translation_exists", "It is translated already"),
        EditError::ParentNotTranslated { parent, .. } => {
            conflict("parent_not_translated", "The page above it is not translated").with("parent", *parent)
        }
        _ => return None,
    })
}

pub(in crate::api) fn of_edit(error: &EditError) -> Problem {
    let detail = sentence(&error.to_string());
    if let EditError::Invalid(errors) = error {
        return of_fields(errors);
    }
    if let Some(problem) = by_state(error) {
        return problem.with_detail(detail);
    }
    match named(error) {
        Some((pointer, code)) => invalid().at(pointer, code, detail),
        None => invalid().with_detail(detail),
    }
}

fn of_site(error: &SiteError) -> Problem {
    let detail = sentence(&error.to_string());
    let conflict = |code, title| Problem::new(StatusCode::CONFLICT, code, title);
    let (pointer, code) = match error {
        SiteError::SiteNotFound(_) => return not_found(detail),
        SiteError::LocaleIsDefault(_) => return conflict("is_default", "It is the default one").with_detail(detail),
        SiteError::LocaleUsed { .. } => return conflict("in_use", "It is used elsewhere").with_detail(detail),
        SiteError::TooManyLocales(_) | SiteError::TooManySites(_) => {
            return conflict("too_many", "There are as many as there may be").with_detail(detail);
        }
        SiteError::LocaleNotFound(_) => return not_found(detail),
        SiteError::LocaleInvalid(_) => ("/code", "invalid_locale"),
        SiteError::LocaleTaken(_) => ("/code", "locale_taken"),
        SiteError::NameInvalid { .. } => ("/name", "invalid_name"),
        SiteError::HostInvalid(_) => ("/hostname", "invalid_host"),
        SiteError::PortInvalid(_) => ("/port", "invalid_port"),
        SiteError::AddressTaken(..) => ("/hostname", "address_taken"),
        SiteError::PageNotFound(_) | SiteError::RootUnfit(_) => ("/root_page", "unfit"),
        SiteError::DefaultIsNeeded => ("/is_default", "default_needed"),
        SiteError::Db(_) => return invalid(),
    };
    invalid().at(pointer, code, detail)
}

impl Refusal {
    /// The answer of a route.
    pub(in crate::api) fn answer(self, route: Route) -> Response {
        match self {
            Self::Problem(problem) => told(*problem, Note::of(route)),
            Self::Edit(error) => told(of_edit(&error), Note::of(route)),
            Self::Site(error) => told(of_site(&error), Note::of(route)),
            Self::Gate(denied) => {
                let mut response = denied.answer();
                response.extensions_mut().insert(Note::of(route));
                response
            }
            Self::Denied(text) => told(forbidden(text), Note::of(route)),
            Self::Db(error) => {
                tracing::error!(%error, "a request of the API failed");
                let problem =
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do it now");
                let note = Note { failure: Failure::Database, ..Note::of(route) };
                told(
                    problem
                        .with_detail("Try again soon. Before a change is sent again, look whether it was made.")
                        .with_retry_after_s(RETRY_S),
                    note,
                )
            }
        }
    }
}

/// Each problem names the trace in which its cause is found.
fn told(problem: Problem, note: Note) -> Response {
    let problem = match scope::current_trace() {
        Some(trace) => problem.with_trace_id(trace.trace_id()),
        None => problem,
    };
    let mut response = problem.into_json().map(axum::body::Body::new);
    let private = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(http::header::CACHE_CONTROL, private);
    response.extensions_mut().insert(note);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_form_becomes_a_pointer_into_the_body() {
        assert_eq!(pointer("/fields", "body[2].value.title"), "/fields/body/2/value/title");
        assert_eq!(pointer("", "slug"), "/slug");
        assert_eq!(pointer("/fields", "a/b~c"), "/fields/a~1b~0c");
    }

    #[test]
    fn each_error_has_a_status_that_says_what_to_do() {
        let status = |error: EditError| of_edit(&error).status.as_u16();
        assert_eq!(status(EditError::PageNotFound(1)), 404);
        let stale = EditError::Conflict { revision: 8, by: "Ann".into(), at: String::new() };
        let problem = of_edit(&stale);
        assert_eq!(
            (problem.status.as_u16(), problem.code, problem.members["revision"].as_i64()),
            (412, "stale", Some(8))
        );
        let locked =
            EditError::Locked { page: 1, title: "A".into(), by: "Ann".into(), at: "2026-01-01T00:00:00Z".into() };
        assert_eq!(status(locked), 423);
        assert_eq!(status(EditError::InTrash(1)), 409);
        let taken = of_edit(&EditError::SlugTaken("a".into()));
        assert_eq!((taken.status.as_u16(), taken.errors[0].pointer.as_str()), (422, "/slug"));
        assert_eq!(of_edit(&EditError::TooLong { field: "seo_title", max: 255 }).errors[0].pointer, "/seo_title");
        assert_eq!(of_edit(&EditError::NotOrderable("a.B".into())).detail.as_deref(), Some("A.B is not orderable."));
    }
}
