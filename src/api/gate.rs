//! The gate of the API, around every route of it: answers preflights, finds out who calls, refuses what another site sent
//! and what is too much, and puts a [`Caller`] on the request. No handler runs without it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, EXPECT, HeaderMap, HeaderValue, USER_AGENT, VARY};
use http::request::Parts;
use http::{Method, StatusCode, Version};

use super::caller::{Caller, Identity};
use super::cors::Cors;
use super::denied::Denied;
use super::limits::{Limits, Taken};
use super::v1::is_done_once;
use crate::accounts::{Grants, TokenVerdict, Visit};
use crate::app::App;
use crate::http::finish::{Finisher, Unfinished};
use crate::http::leftover::Leftover;
use crate::http::measure::Note;
use crate::http::problem::Problem;
use crate::http::stack::RequestInfo;
use crate::http::{origin, session_cookie};
use crate::telemetry::label::{AuthMethod, AuthOutcome, Failure, Rejection, Route};

/// Of the scheme that tokens come with; any other one is a proxy's business.
const BEARER: &str = "bearer";

/// Seconds after which to ask again what became of a request.
const RETRY_S: u32 = 5;

/// What all requests pass.
pub struct Gate {
    app: Arc<App>,
    cors: Cors,
    limits: Limits,
    finisher: Finisher,
}

/// A refusal, and what it took of a limit.
struct Refused {
    denied: Denied,
    taken: Option<Taken>,
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        Self { denied, taken: None }
    }
}

/// The layer: `router.layer(axum::middleware::from_fn_with_state(gate, guard))`.
pub async fn guard(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (leftover, body) = Leftover::of(body);
    // Over HTTP/2 a stream is ended by itself, and who waits to be asked for the body has not sent it.
    let may_be_reset = parts.version < Version::HTTP_2 && !parts.headers.contains_key(EXPECT);
    let route = route_of(parts.uri.path());
    if Cors::is_preflight(&parts.method, &parts.headers) {
        return gate.preflight(&parts.headers, route);
    }
    let mut allowed = HeaderMap::new();
    gate.cors.allow(&parts.headers, &mut allowed);
    let (mut response, taken) = match gate.enter(&parts).await {
        Ok((caller, taken)) => {
            parts.extensions.insert(caller.clone());
            let mut response = gate.run(&caller, Request::from_parts(parts, body), next, route).await;
            if response.extensions().get::<Note>().is_none() {
                response = unrouted(response, route);
            }
            if caller.account().is_some() {
                gate.note_answer(&mut response);
            }
            (response, taken)
        }
        Err(Refused { denied, taken }) => {
            drop(body);
            (gate.refuse(&denied, route), taken)
        }
    };
    if may_be_reset && !response.status().is_success() {
        leftover.drain().await;
    }
    let headers = response.headers_mut();
    if let Some(taken) = taken {
        taken.tell(headers);
    }
    for (name, value) in &allowed {
        if *name == VARY {
            headers.append(VARY, value.clone());
        } else {
            headers.insert(name.clone(), value.clone());
        }
    }
    response
}

fn route_of(path: &str) -> Route {
    Route::of_api_path(path).unwrap_or(Route::Unmatched)
}

/// An answer without a note, which has one then: axum's own to a method that the route has not says nothing else.
fn unrouted(plain: Response, route: Route) -> Response {
    let mut response = plain;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let methods = response.headers_mut().remove(ALLOW);
        let title = "This address does not take that method";
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", title);
        response = problem.into_json().map(axum::body::Body::new);
        response.headers_mut().extend(methods.map(|methods| (ALLOW, methods)));
    }
    response.extensions_mut().insert(Note::of(route));
    response
}

/// The token of a request; `Err` when what is there cannot be one.
fn bearer(headers: &HeaderMap) -> Option<Result<&str, Denied>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?;
    let Ok(text) = value.to_str() else { return Some(Err(Denied::Malformed)) };
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case(BEARER) {
        return None;
    }
    let token = token.trim();
    let is_one = values.next().is_none() && !token.is_empty() && !token.contains(' ');
    Some(if is_one { Ok(token) } else { Err(Denied::Malformed) })
}

impl Gate {
    pub fn new(app: Arc<App>, finisher: Finisher) -> Arc<Self> {
        let (cors, limits) = (Cors::of(&app.config.api), Limits::new(&app));
        Arc::new(Self { app, cors, limits, finisher })
    }

    /// Handles it; what is to be done once is done to its end, whether its answer arrives or not.
    async fn run(&self, caller: &Caller, request: Request, next: Next, route: Route) -> Response {
        if caller.account().is_none() || !is_done_once(request.method(), request.headers()) {
            return next.run(request).await;
        }
        self.finisher.finish(next.run(request)).await.unwrap_or_else(|Unfinished| {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "The request took too long");
            let mut response = problem.with_retry_after_s(RETRY_S).into_json().map(axum::body::Body::new);
            response.extensions_mut().insert(Note { failure: Failure::Timeout, ..Note::of(route) });
            response
        })
    }

    /// The answer to a browser that asks what it may send.
    fn preflight(&self, asked: &HeaderMap, route: Route) -> Response {
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        self.cors.allow_preflight(asked, response.headers_mut());
        response.extensions_mut().insert(Note::of(route));
        response
    }

    /// Who calls, and whether they may call once more.
    async fn enter(&self, parts: &Parts) -> Result<(Caller, Option<Taken>), Refused> {
        let info = parts.extensions.get::<RequestInfo>().expect("http::stack adds it before the router");
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let visit = Visit::of(agent.unwrap_or_default(), info.client);
        let (identity, known) = self.identify(&parts.method, &parts.headers, info, &visit).await?;
        let taken = self.limits.take(&parts.method, &parts.headers, &identity, info.client).await;
        if let Some(wait) = taken.as_ref().and_then(Taken::refused) {
            self.reject(Rejection::RateLimit);
            return Err(Refused { denied: Denied::TooMany(wait), taken });
        }
        let grants = match &identity {
            Identity::Session(of) => self.app.accounts.load_grants(of).await,
            Identity::Nobody | Identity::Token(_) => Ok(known),
        };
        match grants {
            Ok(grants) => Ok((Caller::new(identity, grants, visit), taken)),
            Err(error) => Err(Refused { denied: crate::accounts::AccountError::from(error).into(), taken }),
        }
    }

    /// Who it is; with a token also what its owner may do.
    async fn identify(
        &self,
        method: &Method,
        headers: &HeaderMap,
        info: &RequestInfo,
        visit: &Visit,
    ) -> Result<(Identity, Grants), Denied> {
        let nobody = (Identity::Nobody, Grants::default());
        if let Some(token) = bearer(headers) {
            return self.of_token(token?, info, visit).await;
        }
        let Some(cookie) = session_cookie::token(headers, info.scheme) else { return Ok(nobody) };
        // A browser sends the cookie by itself, whoever's page it is that makes it.
        if !method.is_safe() && origin::is_foreign(headers, &info.host) && !self.cors.trusts(headers) {
            self.reject(Rejection::Csrf);
            return Err(Denied::Foreign);
        }
        let session = self.app.accounts.find_session(cookie).await?;
        Ok(session.map_or(nobody, |session| (Identity::Session(Box::new(session)), Grants::default())))
    }

    async fn of_token(&self, token: &str, info: &RequestInfo, visit: &Visit) -> Result<(Identity, Grants), Denied> {
        let accounts = &self.app.accounts;
        if let Err(wait) = self.limits.look_at_token(info.client) {
            accounts.count_attempt(AuthMethod::Token, AuthOutcome::Throttled);
            self.reject(Rejection::RateLimit);
            return Err(Denied::TooManyWrong(wait));
        }
        match accounts.find_token(token, &visit.network).await? {
            TokenVerdict::Taken(taken) => {
                let (used, grants) = *taken;
                Ok((Identity::Token(Box::new(used)), grants))
            }
            TokenVerdict::Refused(refused) => {
                self.limits.note_wrong_token(info.client).await;
                Err(Denied::Token(refused))
            }
        }
    }

    fn reject(&self, reason: Rejection) {
        self.app.telemetry.families.http_rejected.with_label_values(&[reason.as_str()]).inc();
    }

    fn refuse(&self, denied: &Denied, route: Route) -> Response {
        let mut response = denied.answer();
        let failure = if matches!(denied, Denied::Unavailable) { Failure::Database } else { Failure::None };
        response.extensions_mut().insert(Note { failure, ..Note::of(route) });
        response
    }

    /// Of an answer to somebody: it is for nobody else, and a refusal of a right is counted.
    fn note_answer(&self, response: &mut Response) {
        if response.status() == StatusCode::FORBIDDEN
            && let Some(route) = response.extensions().get::<Note>().map(|note| note.route)
        {
            self.app.telemetry.families.permission_denied.with_label_values(&[route.as_str()]).inc();
        }
        let kept = response.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kept.contains("private") && !kept.contains("no-store") {
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_in_one_header_of_its_scheme() {
        let of = |values: &[&'static str]| {
            let headers: HeaderMap =
                values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value))).collect();
            bearer(&headers).map(|found| found.map(str::to_owned).map_err(|_| ()))
        };
        assert_eq!(of(&["Bearer abc"]), Some(Ok("abc".to_owned())));
        assert_eq!(of(&["bearer  abc "]), Some(Ok("abc".to_owned())));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["Basic YTpi"]), None, "a proxy's");
        for wrong in [["Bearer"].as_slice(), &["Bearer "], &["Bearer a b"], &["Bearer abc", "Bearer abc"]] {
            assert_eq!(of(wrong), Some(Err(())), "{wrong:?}");
        }
    }
}
