//! How a request of the API is answered: whoever calls has the scope for it, its body is read, what it does is done once
//! however often it is sent, and each refusal is a problem.

use axum::extract::Request;
use axum::response::Response;
use http::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use super::answer::Reply;
use super::given::{self, Given};
use super::problem::{Done, Refusal, bad_request};
use super::repeat;
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::http::form::FormData;
use crate::http::problem::Problem;
use crate::telemetry::label::Route;

/// A request whose body was read.
pub(in crate::api) struct Sent {
    pub method: Method,
    /// With the query.
    pub address: String,
    pub query: FormData,
    pub headers: HeaderMap,
    pub body: bytes::Bytes,
}

impl Sent {
    async fn read(request: Request) -> Result<Self, Refusal> {
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let address = request.uri().path_and_query().map_or_else(String::new, |address| address.as_str().to_owned());
        let query = FormData::parse(request.uri().query().unwrap_or_default().as_bytes());
        let body = given::bytes(request).await?;
        Ok(Self { method, address, query, headers, body })
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
