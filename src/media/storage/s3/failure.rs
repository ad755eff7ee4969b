//! What an S3 server answers when it does not do what it is asked for, in one line.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

/// Longest text of a failure, in characters.
const MAX_TEXT: usize = 300;

/// Whether it is the object that there is not; without its bucket everything fails.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && !error.to_string().contains("<Code>NoSuchBucket</Code>")
}

/// A failure of `place`. The answer of S3 quotes the request: only its code and its sentence are taken over.
pub(super) fn of(place: &str, error: &Error) -> io::Error {
    let whole = error.to_string();
    let said = match (between(&whole, "<Code>", "</Code>"), between(&whole, "<Message>", "</Message>")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => innermost(error),
    };
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_TEXT).collect();
    io::Error::new(kind(error, &whole), format!("{place}: {said}"))
}

fn kind(error: &Error, whole: &str) -> ErrorKind {
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => return ErrorKind::PermissionDenied,
        Error::NotFound { .. } => return ErrorKind::NotFound,
        _ => {}
    }
    match (status(whole), transport(error)) {
        (Some(416), _) => ErrorKind::InvalidInput,
        (Some(429 | 500..), _) => ErrorKind::NotConnected,
        (_, Some(HttpErrorKind::Timeout)) => ErrorKind::TimedOut,
        (_, Some(HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted)) => {
            ErrorKind::NotConnected
        }
        _ => ErrorKind::Other,
    }
}

/// The crate keeps the status to itself, and writes it.
fn status(whole: &str) -> Option<u16> {
    whole.split_once("status code: ")?.1.get(..3)?.parse().ok()
}

fn transport(error: &Error) -> Option<HttpErrorKind> {
    let mut cause = error.source();
    while let Some(found) = cause {
        if let Some(found) = found.downcast_ref::<HttpError>() {
            return Some(found.kind());
        }
        cause = found.source();
    }
    None
}

fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(found) = cause.source() {
        cause = found;
    }
    cause.to_string().trim_end_matches([':', ' ']).to_owned()
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    Some(text.split_once(open)?.1.split_once(close)?.0)
}
