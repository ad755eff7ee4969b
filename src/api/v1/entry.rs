//! How a request of the API is answered: whoever calls has the scope for it, its body is read, what it does is done once
//! however often it is sent, and each refusal is a problem.

use axum::extract::Request;
use axum::response::Response;
use http::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer::Reply;
use super::given::{self, Given};
use super::problem::{Done, Refusal, bad_request};
use super::repeat;
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::explore::Cursor;
use crate::http::form::FormData;
use crate::http::problem::Problem;
use crate::http::stack::RequestInfo;
use crate::telemetry::label::Route;

/// Things of one part of a list when nobody says otherwise, and at most.
const USUAL: i64 = 20;
const MOST: i64 = 100;
/// Longest text in an address, in characters.
const MAX_TEXT: usize = 200;

/// A request whose body was read.
pub(in crate::api) struct Sent {
    pub method: Method,
    /// With the query.
    pub address: String,
    pub query: FormData,
    /// The host that was asked for, as the trusted proxies tell.
    pub host: std::sync::Arc<str>,
    pub headers: HeaderMap,
    pub body: bytes::Bytes,
}

impl Sent {
    /// Without the body.
    fn head(request: &Request) -> Self {
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let address = request.uri().path_and_query().map_or_else(String::new, |address| address.as_str().to_owned());
        let query = FormData::parse(request.uri().query().unwrap_or_default().as_bytes());
        let host = request.extensions().get::<RequestInfo>().map_or_else(|| "".into(), |info| info.host.clone());
        Self { method, address, query, host, headers, body: bytes::Bytes::new() }
    }

    async fn read(request: Request) -> Result<Self, Refusal> {
        let head = Self::head(&request);
        Ok(Self { body: given::bytes(request).await?, ..head })
    }

    /// The values of the body; none when it is empty.
    pub(in crate::api) fn given(&self) -> Result<Given, Refusal> {
        if !self.body.is_empty() || self.headers.contains_key(CONTENT_TYPE) {
            given::expect_json(&self.headers)?;
        }
        Given::parse(&self.body)
    }

    /// An action without values.
    pub(in crate::api) fn expect_nothing(&self) -> Result<(), Refusal> {
        self.given()?.end()
    }
}

/// Does what was asked, for a caller with this scope; `None`: for anybody. A POST with an `Idempotency-Key` is done once.
pub(in crate::api) async fn answer(
    api: &Api,
    caller: &Caller,
    request: Request,
    (route, scope): (Route, Option<Scope>),
    work: impl AsyncFnOnce(&Sent) -> Done,
) -> Response {
    let done = async {
        if let Some(scope) = scope {
            caller.need(scope)?;
        }
        let sent = Sent::read(request).await?;
        if sent.method == Method::POST { repeat::once(api, caller, &sent, work).await } else { work(&sent).await }
    };
    match done.await {
        Ok(reply) => reply.into_response(route),
        Err(refusal) => refusal.answer(route),
    }
}

/// As [`answer`], of a request that sends a file: its body is left to whoever works on it, and goes through no memory. Of
/// two such requests with one `Idempotency-Key`, the length alone tells that they are not the same.
pub(in crate::api) async fn answer_file(
    api: &Api,
    caller: &Caller,
    request: Request,
    (route, scope): (Route, Scope),
    work: impl AsyncFnOnce(&Sent, Request) -> Done,
) -> Response {
    let done = async {
        caller.need(scope)?;
        let sent = Sent::head(&request);
        let work = async move |sent: &Sent| work(sent, request).await;
        if sent.method == Method::POST { repeat::once(api, caller, &sent, work).await } else { work(&sent).await }
    };
    match done.await {
        Ok(reply) => reply.into_response(route),
        Err(refusal) => refusal.answer(route),
    }
}

/// As [`answer`], of a request that reads what is sent a part at a time.
pub(in crate::api) async fn answer_stream(
    caller: &Caller,
    request: Request,
    (route, scope): (Route, Scope),
    work: impl AsyncFnOnce(&Sent) -> Result<Response, Refusal>,
) -> Response {
    let sent = Sent::head(&request);
    drop(request);
    let done = async {
        caller.need(scope)?;
        work(&sent).await
    };
    done.await.unwrap_or_else(|refusal| refusal.answer(route))
}

/// The number in an address.
pub(in crate::api) fn id(text: &str) -> Result<i64, Refusal> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let found = text.parse().ok().filter(|_| plain);
    found.ok_or_else(|| super::problem::not_found("There is nothing with that number.").into())
}

/// The values of an address, of which nobody may be unknown or there twice.
pub(in crate::api) fn known(query: &FormData, names: &[&str]) -> Result<(), Refusal> {
    for (at, (name, _)) in query.pairs().iter().enumerate() {
        if !names.contains(&name.as_str()) {
            return Err(
                bad_request(format!("The address has no value by this name; it has: {}.", names.join(", "))).into()
            );
        }
        if query.pairs()[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(bad_request(format!("{name} is there twice.")).into());
        }
    }
    Ok(())
}

/// The answer to a method that a route does not take.
pub(in crate::api) fn wrong_method(route: Route, allowed: &'static str) -> Response {
    let problem =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "This address does not take that method");
    let mut response = Refusal::from(problem.with_detail(format!("It takes {allowed}."))).answer(route);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// `304`, when a client has this representation already.
pub(in crate::api) fn unless_known(sent: &Sent, reply: Reply) -> Reply {
    let known = reply.etag.as_deref().filter(|etag| crate::http::conditional::none_match_names(&sent.headers, etag));
    match known {
        Some(etag) => Reply::nothing(StatusCode::NOT_MODIFIED).with_etag(etag.to_owned()),
        None => reply,
    }
}

/// Where a list goes on: its address with another `after`.
pub(in crate::api) fn next(sent: &Sent, after: &str) -> String {
    let path = sent.address.split('?').next().unwrap_or_default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let kept = sent.query.pairs().iter().filter(|(name, _)| name != "after");
    query.extend_pairs(kept.map(|(name, value)| (name.as_str(), value.as_str()))).append_pair("after", after);
    format!("{path}?{}", query.finish())
}

/// How many of a list are wanted at once.
pub(in crate::api) fn limit(sent: &Sent, usual: i64, most: i64) -> Result<i64, Refusal> {
    let Some(text) = sent.query.first("limit") else { return Ok(usual) };
    let found = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    found.ok_or_else(|| bad_request(format!("limit is a number from 1 to {most}.")).into())
}

/// As [`limit`], of lists of what is managed.
pub(in crate::api) fn usual_limit(sent: &Sent) -> Result<i64, Refusal> {
    limit(sent, USUAL, MOST)
}

/// A text of an address, without the space around it; empty when it is not there.
pub(in crate::api) fn text<'s>(sent: &'s Sent, name: &str) -> Result<&'s str, Refusal> {
    let text = sent.query.first(name).unwrap_or_default().trim();
    match text.chars().count() > MAX_TEXT || text.contains(char::is_control) {
        true => Err(bad_request(format!("{name} is one line of at most {MAX_TEXT} characters.")).into()),
        false => Ok(text),
    }
}

/// The number by this name in an address.
pub(in crate::api) fn number(sent: &Sent, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = sent.query.first(name) else { return Ok(None) };
    let found = text.parse().ok().filter(|number| *number > 0);
    found.map(Some).ok_or_else(|| bad_request(format!("{name} is a number.")).into())
}

/// A word of an address that says yes or no.
pub(in crate::api) fn flag(sent: &Sent, name: &str) -> Result<Option<bool>, Refusal> {
    match sent.query.first(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(bad_request(format!("{name} is true or false.")).into()),
    }
}

/// Where a part of a list begins, as the one before it said.
pub(in crate::api) fn cursor(text: &str) -> Result<Cursor, Refusal> {
    Cursor::parse(text).ok_or_else(|| bad_request("after is none that a list gave.").into())
}

/// One part of a list: of `rows` there is one more than the limit when it goes on, behind what `cursor` says of the last.
pub(in crate::api) fn part<T>(
    sent: &Sent,
    limit: i64,
    rows: Vec<T>,
    cursor: impl Fn(&T) -> String,
    shown: impl Fn(&T) -> Value,
) -> Reply {
    Reply::ok(&part_of(sent, limit, rows, cursor, shown))
}

/// As [`part`], for an answer that has more in it.
pub(in crate::api) fn part_of<T>(
    sent: &Sent,
    limit: i64,
    mut rows: Vec<T>,
    cursor: impl Fn(&T) -> String,
    shown: impl Fn(&T) -> Value,
) -> Value {
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| more).map(|last| next(sent, &cursor(last)));
    json!({ "items": rows.iter().map(shown).collect::<Vec<Value>>(), "next": last })
}
