//! Changes are made of what somebody has seen: which version that was, and whether it is still there.

use http::StatusCode;

use super::answer::{Expected, Reply, unconditional};
use super::entry::Sent;
use super::problem::{Done, Refusal};
use crate::api::Api;
use crate::clock::Micros;
use crate::content::object_log::{self, Of};
use crate::http::problem::Problem;

/// Which version a change is made for: it has to be said.
pub(super) fn seen(sent: &Sent) -> Result<Expected, Refusal> {
    match Expected::of(&sent.headers) {
        Expected::Unsaid => Err(unconditional()),
        expected => Ok(expected),
    }
}

/// Somebody changed it after the caller has seen it.
pub(super) fn stale() -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "stale", "Somebody saved it meanwhile")
        .with_detail("Read it again, and change what is there now.")
}

/// How often a change of whatever is there is tried, when others change it each time between its being judged and made.
const MAX_ATTEMPTS: usize = 10;

/// Makes a change of what is there. An attempt is `None` when somebody else changed it meanwhile, and nothing was done; one
/// that is made for an `ETag` refuses what is there by then.
pub(super) async fn until_made<F>(attempt: impl Fn() -> F) -> Done
where
    F: Future<Output = Result<Option<Reply>, Refusal>>,
{
    for _ in 0..MAX_ATTEMPTS {
        if let Some(reply) = attempt().await? {
            return Ok(reply);
        }
    }
    Err(stale().into())
}

/// As [`stale`], with who, and when, as the log of objects has it.
pub(super) async fn refuse_stale(api: &Api, expected: &Expected, of: Of<'_>, version: i64) -> Result<(), Refusal> {
    match expected.takes(version) {
        true => Ok(()),
        false => Err(overtaken(api, of).await),
    }
}

/// As [`refuse_stale`], of a change that found another version when it was made.
pub(super) async fn overtaken(api: &Api, of: Of<'_>) -> Refusal {
    match object_log::find_last(&*api.site.app.db, of).await {
        Ok(Some(last)) => stale().with("by", last.actor).with("at", Micros(last.at).to_rfc3339()).into(),
        Ok(None) => stale().into(),
        Err(error) => error.into(),
    }
}
