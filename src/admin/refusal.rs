//! Why a page of the editor does not do what was asked, as an answer.

use axum::response::Response;
use http::StatusCode;

use super::Admin;
use super::entry::Seat;
use super::texts::Said;
use super::words;
use crate::accounts::AccountError;
use crate::content::EditError;
use crate::db::DbError;
use crate::permit::Denied;

/// What a handler says instead of doing it.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Counted as a denied permission.
    Forbidden(Said),
    Missing(Said),
    /// What was sent makes no sense.
    Bad(Said),
    Edit(EditError),
    /// Of the accounts.
    Account(AccountError),
    Db(DbError),
    Answer(Box<Response>),
}

/// How a handler ends.
pub(super) type Done = Result<Response, Refusal>;

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Db(error) => Self::Db(error),
            other => Self::Edit(other),
        }
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => Self::Db(error),
            other => Self::Account(other),
        }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Db(error) => Self::Db(error),
            fact => Self::Forbidden(words::denied(&fact)),
        }
    }
}

impl From<Response> for Refusal {
    fn from(answer: Response) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl Admin {
    /// The answer of a handler, whichever way it ended.
    pub(super) fn end(&self, seat: &Seat, done: Done) -> Response {
        match done {
            Ok(answer) => answer,
            Err(Refusal::Answer(answer)) => *answer,
            Err(Refusal::Forbidden(text)) => self.forbid(seat, text),
            Err(Refusal::Missing(text)) => self.missing(seat, text),
            Err(Refusal::Bad(text)) => self.refuse(seat, StatusCode::BAD_REQUEST, "invalid", text),
            Err(Refusal::Edit(error)) => super::editor::refusal::of(self, seat, error),
            Err(Refusal::Account(error @ (AccountError::Db(_) | AccountError::Hashing(_)))) => {
                self.failed(seat.route, seat.speaks, &error)
            }
            Err(Refusal::Account(error)) => {
                self.refuse(seat, StatusCode::UNPROCESSABLE_ENTITY, "invalid", words::account(&error))
            }
            Err(Refusal::Db(error)) => self.failed(seat.route, seat.speaks, &AccountError::Db(error)),
        }
    }
}
