//! Requests that are sent again: with an `Idempotency-Key` a POST is done once, and its answer is given again for a day.

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, Method, StatusCode};

use super::answer::Reply;
use super::entry::Sent;
use super::problem::{Done, Refusal, bad_request};
use crate::accounts::{BegunAnswer as Begun, KeptAnswer};
use crate::api::Api;
use crate::api::caller::{Caller, Identity};
use crate::http::finish;
use crate::http::problem::Problem;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IF_MATCH: HeaderName = http::header::IF_MATCH;
/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 255;
/// A request that has no answer after the longest time that one may take, and this, never gets one: its server is gone.
const LOST_BEYOND: Duration = Duration::from_secs(30);
/// Seconds after which to ask again, when there are too many keys: some of them are over then, perhaps.
const FULL_RETRY_S: u32 = 3600;
/// Seconds after which to ask again, while the first request is being answered.
const RETRY_S: u32 = 1;

/// Whose keys these are: those of another token, or of the same person in a browser, are others.
fn owner(caller: &Caller) -> String {
    match caller.identity() {
        Identity::Nobody => String::new(),
        Identity::Session(of) => format!("account:{}", of.account_id),
        Identity::Token(of) => format!("token:{}", of.token_id),
    }
}

/// Whether it is one that is done once. [`crate::api::gate`] has it done to its end, so that its answer is kept however the
/// connection ends.
pub(in crate::api) fn is_done_once(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::POST && headers.contains_key(KEY)
}

fn key(sent: &Sent) -> Result<Option<&str>, Refusal> {
    let Some(given) = sent.headers.get(KEY) else { return Ok(None) };
    let fits = |key: &&str| (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    match given.to_str().ok().filter(fits) {
        Some(key) => Ok(Some(key)),
        None => Err(bad_request(format!("An Idempotency-Key has 1 to {MAX_KEY_BYTES} visible letters.")).into()),
    }
}

/// Does it, or gives the answer that it had before. Only what was done is kept: after a refusal the key is free. When the
/// database was lost on the way nobody knows whether it was done, so that the key is not free until it counts as lost.
pub(super) async fn once(api: &Api, caller: &Caller, sent: &Sent, work: impl AsyncFnOnce(&Sent) -> Done) -> Done {
    let Some(key) = key(sent)? else { return work(sent).await };
    let (accounts, owner) = (&api.site.app.accounts, owner(caller));
    let expected = sent.headers.get(IF_MATCH).map_or(&b""[..], |value| value.as_bytes());
    let length = sent.headers.get(CONTENT_LENGTH).map_or(&b""[..], |value| value.as_bytes());
    // Of a file that is not read here.
    let body = if sent.body.is_empty() { length } else { &sent.body };
    let parts = [sent.method.as_str().as_bytes(), sent.address.as_bytes(), expected, body];
    let lost_after = finish::longest(&api.site.app.config.server) + LOST_BEYOND;
    let begun = match accounts.begin_answer(&owner, key, &parts, lost_after).await? {
        Begun::New(begun) => begun,
        Begun::Kept(kept) => return Ok(again(kept)),
        Begun::UnderWay => {
            let problem =
                Problem::new(StatusCode::CONFLICT, "under_way", "The first request with this key is under way");
            return Err(problem.with_retry_after_s(RETRY_S).into());
        }
        Begun::Other => {
            let title = "Another request had this Idempotency-Key";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", title).into());
        }
        Begun::Full => {
            let title = "Too many keys within a day";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_keys", title);
            return Err(problem.with_retry_after_s(FULL_RETRY_S).into());
        }
    };
    let done = work(sent).await;
    let noted = match &done {
        Ok(reply) => accounts.keep_answer(&begun, &kept(reply)).await,
        Err(Refusal::Db(_)) => Ok(()),
        Err(_) => accounts.free_answer(&begun).await,
    };
    // It is done, or is not, whatever is remembered of it.
    if let Err(error) = noted {
        tracing::warn!(%error, "an answer could not be kept for its Idempotency-Key");
    }
    done
}

fn kept(reply: &Reply) -> KeptAnswer {
    KeptAnswer {
        status: i64::from(reply.status.as_u16()),
        etag: reply.etag.clone().unwrap_or_default(),
        location: reply.location.clone().unwrap_or_default(),
        body: reply.kept.as_ref().unwrap_or(&reply.body).clone(),
    }
}

fn again(kept: KeptAnswer) -> Reply {
    let status = u16::try_from(kept.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Reply {
        status: status.unwrap_or(StatusCode::OK),
        etag: some(kept.etag),
        location: some(kept.location),
        body: kept.body,
        kept: None,
        is_replay: true,
    }
}
