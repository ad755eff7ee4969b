//! Why a call is not let in, as RFC 9457 problems with the headers that RFC 6750 asks for.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};

use crate::accounts::{AccountError, Scope, TokenRefused};
use crate::http::problem::Problem;
use crate::telemetry::scope;

/// Seconds to wait when the server is at fault.
const RETRY_S: u32 = 5;

#[derive(Debug)]
pub enum Denied {
    /// Neither a token nor a session.
    Nobody,
    /// `Authorization: Bearer` with nothing that a token could be.
    Malformed,
    Token(TokenRefused),
    /// The token has not this scope.
    Scope(Scope),
    /// The account may not do this.
    Forbidden,
    /// A browser sends this from a page of another site.
    Foreign,
    /// Too many tokens of this network were wrong.
    TooManyWrong(Duration),
    /// Too many requests of this policy.
    TooMany(Duration),
    /// The accounts are out of reach.
    Unavailable,
}

impl From<AccountError> for Denied {
    fn from(error: AccountError) -> Self {
        tracing::error!(%error, "it could not be found out who calls");
        Self::Unavailable
    }
}

/// At least one second.
fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX)
}

impl Denied {
    pub fn problem(&self) -> Problem {
        let unauthorized =
            |code, detail| Problem::new(StatusCode::UNAUTHORIZED, code, "Nobody is signed in").with_detail(detail);
        let forbidden = |code, title: &'static str| Problem::new(StatusCode::FORBIDDEN, code, title);
        match self {
            Self::Nobody => unauthorized("unauthorized", "Send an API token: Authorization: Bearer vitrine_…"),
            Self::Malformed => unauthorized("invalid_token", "The header is Authorization: Bearer vitrine_…"),
            Self::Token(refused) => unauthorized("invalid_token", refused_because(*refused)),
            Self::Scope(scope) => forbidden("insufficient_scope", "The token may not be used for this")
                .with_detail(format!("It needs the scope {}.", scope.as_str())),
            Self::Forbidden => forbidden("forbidden", "You may not do this"),
            Self::Foreign => forbidden("csrf", "This was sent from another site")
                .with_detail("Changes with a cookie are taken from pages of this site alone. Programs send a token."),
            Self::TooManyWrong(wait) => too_many("Too many wrong tokens came from this network.", *wait),
            Self::TooMany(wait) => too_many("The RateLimit headers tell how many there may be.", *wait),
            Self::Unavailable => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do this now")
                    .with_retry_after_s(RETRY_S)
            }
        }
    }

    /// What a client that knows OAuth reads.
    fn challenge(&self) -> Option<String> {
        Some(match self {
            Self::Nobody => "Bearer realm=\"vitrine\"".to_owned(),
            Self::Malformed => "Bearer realm=\"vitrine\", error=\"invalid_request\"".to_owned(),
            Self::Token(refused) => {
                let because = refused_because(*refused);
                format!("Bearer realm=\"vitrine\", error=\"invalid_token\", error_description=\"{because}\"")
            }
            Self::Scope(scope) => {
                let scope = scope.as_str();
                format!("Bearer realm=\"vitrine\", error=\"insufficient_scope\", scope=\"{scope}\"")
            }
            _ => return None,
        })
    }

    /// The answer, without a route.
    pub fn answer(&self) -> Response {
        let mut problem = self.problem();
        if problem.status.is_server_error() {
            problem.trace_id = scope::current_trace().as_ref().map(|trace| trace.trace_id().to_owned());
        }
        let mut response = problem.into_json().map(axum::body::Body::new);
        if let Some(challenge) = self.challenge() {
            let challenge = HeaderValue::try_from(challenge).expect("visible ASCII of this file");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        self.answer()
    }
}

fn refused_because(refused: TokenRefused) -> &'static str {
    match refused {
        TokenRefused::Unknown => "There is no such token.",
        TokenRefused::Expired => "The token has expired.",
        TokenRefused::Revoked => "The token was revoked.",
        TokenRefused::OwnerDisabled => "The account of the token is closed.",
    }
}

fn too_many(detail: &'static str, wait: Duration) -> Problem {
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests");
    problem.with_detail(detail).with_retry_after_s(seconds(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_a_client_does_about_it() {
        let scope = Denied::Scope(Scope::Publish).answer();
        assert_eq!(scope.status(), 403);
        let challenge = "Bearer realm=\"vitrine\", error=\"insufficient_scope\", scope=\"publish\"";
        assert_eq!(scope.headers()[WWW_AUTHENTICATE], challenge);
        assert_eq!(Denied::Nobody.answer().headers()[WWW_AUTHENTICATE], "Bearer realm=\"vitrine\"");
        let late = Denied::TooMany(Duration::from_millis(1_500)).answer();
        assert_eq!((late.status().as_u16(), &late.headers()["retry-after"]), (429, &HeaderValue::from(2)));
        assert!(!Denied::Foreign.answer().headers().contains_key(WWW_AUTHENTICATE));
    }
}
