//! Every layer of a request, in order, once: measure, client, host, limits, the answer at once, then load shedding,
//! deadline and panic boundary around the router. Nothing outside it can answer.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::FutureExt as _;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use super::body::Body;
use super::headers::SecurityHeaders;
use super::hosts::AllowedHosts;
use super::measure::{Answer, Head, MeasuredBody, Measurement, Note, shown};
use super::problem::Problem;
use super::proxy::{self, TrustedProxies};
use crate::fault::Faults;
use crate::telemetry::label::{Failure, Phase, Rejection, Route, Scheme};
use crate::telemetry::scope::Scope;
use crate::telemetry::{Telemetry, TraceContext, logs, traces};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// Set by a proxy when it accepted the request: `t=` and seconds, milliseconds or microseconds since the epoch.
const REQUEST_START: HeaderName = HeaderName::from_static("x-request-start");

/// A request as far as an answer at once needs it.
pub struct PageRequest<'r> {
    pub method: &'r http::Method,
    pub uri: &'r http::Uri,
    pub host: &'r str,
    pub scheme: Scheme,
    pub headers: &'r HeaderMap,
}

/// What handlers know of a request beside its head, as an extension.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    pub host: Arc<str>,
    pub scheme: Scheme,
    pub client: IpAddr,
}

/// What a listener answers with.
pub trait Face: Send + Sync + 'static {
    /// An answer that takes no waiting: no SQL, no template.
    /// Its headers are complete for plain HTTP.
    fn answer_at_once(&self, request: &PageRequest<'_>) -> Option<Answer>;
    fn router(&self) -> Router;
    /// The route a path takes, for what ends before its handler has told.
    fn route_of(&self, path: &str) -> Route;
}

/// Limits of a listener.
pub struct Limits {
    pub max_in_flight: usize,
    pub usual: Bounds,
    /// Of requests that send files.
    pub files: Bounds,
}

/// Bounds of one request.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub max_body_bytes: usize,
    pub request_timeout: Duration,
    pub body_timeout: Duration,
}

impl Limits {
    fn of(&self, route: Route) -> Bounds {
        if route.takes_files() { self.files } else { self.usual }
    }
}

/// The layers of one listener.
pub struct Stack<F> {
    face: F,
    router: Router,
    telemetry: Arc<Telemetry>,
    proxies: TrustedProxies,
    believes_proxies: bool,
    /// None: any host, as on the operations listener.
    hosts: Option<AllowedHosts>,
    security: SecurityHeaders,
    limits: Limits,
    in_flight: Semaphore,
    /// None: nothing is broken on purpose.
    faults: Option<Arc<Faults>>,
}

/// The end of a connection that a request came over.
#[derive(Clone, Copy, Debug)]
pub struct From {
    pub peer: std::net::SocketAddr,
    pub scheme: proxy::Scheme,
}

impl<F: Face> Stack<F> {
    pub fn new(
        face: F,
        telemetry: Arc<Telemetry>,
        proxies: TrustedProxies,
        hosts: Option<AllowedHosts>,
        security: SecurityHeaders,
        limits: Limits,
        faults: Option<Arc<Faults>>,
    ) -> Arc<Self> {
        let router = face.router();
        let in_flight = Semaphore::new(limits.max_in_flight);
        let believes_proxies = !proxies.is_empty();
        Arc::new(Self {
            face,
            router,
            telemetry,
            believes_proxies,
            proxies,
            hosts,
            security,
            limits,
            in_flight,
            faults,
        })
    }

    async fn serve(self: Arc<Self>, request: Request<Incoming>, from: From) -> Response<MeasuredBody> {
        let (parts, body) = request.into_parts();
        let client = self.proxies.client(from.peer, from.scheme, &parts.headers);
        let trace = TraceContext::accept(parts.headers.get(TRACEPARENT).map(HeaderValue::as_bytes));
        let mut measurement = Measurement::start(&self.telemetry, &parts.method, trace, client.ip);
        let as_seen = client.scheme;
        let scheme = match as_seen {
            proxy::Scheme::Http => Scheme::Http,
            proxy::Scheme::Https => Scheme::Https,
        };
        measurement.scheme = scheme;
        let host = client.host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or("");
        let (method, uri, headers) = (&parts.method, &parts.uri, &parts.headers);
        let refusal = self.refuse(uri.path(), headers, host);
        let at_once = match refusal {
            // An answer at once would escape the faults.
            None if self.faults.as_ref().is_some_and(|faults| faults.any()) => None,
            None => self.face.answer_at_once(&PageRequest { method, uri, host, scheme, headers }),
            Some(_) => None,
        };
        let secured = at_once.is_some() && as_seen == proxy::Scheme::Http;
        let mut answer = match at_once.or(refusal) {
            Some(answer) => {
                measurement.keep(Head::of(parts));
                answer
            }
            None => {
                let info = RequestInfo { host: host.into(), scheme, client: client.ip };
                // Boxed, so that the future of an answer at once stays small.
                Box::pin(self.route(parts, body, info, &mut measurement)).await
            }
        };
        if !secured {
            self.security.apply(answer.response.headers_mut(), as_seen);
        }
        self.annotate(&mut answer.response, &measurement);
        measurement.answer(answer)
    }

    /// What is wrong with a request before any handler sees it.
    fn refuse(&self, path: &str, headers: &HeaderMap, host: &str) -> Option<Answer> {
        if self.hosts.as_ref().is_some_and(|hosts| !hosts.allows(host)) {
            return Some(
                self.reject(
                    Rejection::BadHost,
                    Problem::new(StatusCode::BAD_REQUEST, "bad_host", "This server does not serve that host name")
                        .with_detail("Add the host name to server.allowed_hosts, or ask for one that is in it."),
                ),
            );
        }
        let announced = headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
        let route = self.face.route_of(path);
        let sizes = &self.telemetry.families.http_request_body_size;
        sizes.with_label_values(&[route.surface().as_str()]).observe(announced as f64);
        let most = self.limits.of(route).max_body_bytes;
        (announced > most as u64).then(|| {
            let detail = format!("At most {most} bytes are taken.");
            let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large");
            let mut answer = self.reject(Rejection::BodyTooLarge, problem.with_detail(detail));
            answer.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            answer
        })
    }

    fn reject(&self, reason: Rejection, problem: Problem) -> Answer {
        self.telemetry.families.http_rejected.with_label_values(&[reason.as_str()]).inc();
        let failure = match reason {
            Rejection::Overload => Failure::Overload,
            Rejection::Timeout => Failure::Timeout,
            _ => Failure::None,
        };
        Answer { response: problem.into_text().map(Body::from), note: Note { failure, ..Note::of(Route::Rejected) } }
    }

    /// The router, behind load shedding, a deadline and a panic boundary.
    async fn route(
        &self,
        parts: http::request::Parts,
        body: Incoming,
        info: RequestInfo,
        measurement: &mut Measurement,
    ) -> Answer {
        measurement.keep(Head::clone_of(&parts));
        let route = self.face.route_of(parts.uri.path());
        let Ok(_permit) = self.in_flight.try_acquire() else {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The server is busy");
            return self.reject(Rejection::Overload, problem.with_retry_after_s(1));
        };
        if self.believes_proxies {
            self.observe_proxy_queue(&parts.headers);
        }
        measurement.expect(route);
        let scope = Scope::new(measurement.trace);
        let method = crate::telemetry::label::Method::of(&parts.method).as_str();
        let span = traces::request_span(&measurement.trace, method, shown(parts.uri.path()), info.scheme.as_str());
        measurement.scope = Some(scope.clone());
        measurement.span = Some(span.clone());
        let mut request = Request::from_parts(parts, ());
        request.extensions_mut().insert(info);
        let bounds = self.limits.of(route);
        let body = super::body::bounded(body, bounds.max_body_bytes, bounds.body_timeout);
        let request = request.map(|()| body);
        let work = scope.run(tracing::Instrument::instrument(self.answer(request), span));
        let guarded = tokio::time::timeout(bounds.request_timeout, AssertUnwindSafe(work).catch_unwind());
        match guarded.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => self.answer_panic(&*panic, route, measurement),
            Err(_) => {
                let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "The request took too long");
                let mut answer = self.reject(Rejection::Timeout, problem.with_retry_after_s(5));
                answer.note.route = route;
                answer
            }
        }
    }

    /// The router's answer, or what an injected fault makes of it: the work is done then, and its outcome lost.
    async fn answer(&self, request: Request<axum::body::Body>) -> Answer {
        let Ok(mut response) = self.router.clone().oneshot(request).await;
        // Only answers of axum's own, such as its 405 on a fixed route, come without a note.
        let note = response.extensions_mut().remove::<Note>().unwrap_or(Note::of(Route::Unmatched));
        let answer = Answer { response: response.map(Body::Stream), note };
        match self.faults.as_ref().filter(|faults| faults.any()) {
            Some(faults) => super::faults::strike(faults, answer).await,
            None => answer,
        }
    }

    fn answer_panic(&self, panic: &(dyn Any + Send), route: Route, measurement: &Measurement) -> Answer {
        let trace = measurement.trace.trace_id();
        tracing::error!(trace_id = %trace, "a handler panicked: {}", logs::panic_text(panic));
        self.telemetry.families.http_panics.with_label_values(&[route.as_str()]).inc();
        let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong");
        let response = problem.with_trace_id(trace).into_text().map(Body::from);
        Answer { response, note: Note { failure: Failure::Panic, ..Note::of(route) } }
    }

    /// Only a trusted proxy's stamp is believed, and only when it is a plausible time.
    fn observe_proxy_queue(&self, headers: &HeaderMap) {
        let stamp = headers.get(REQUEST_START).and_then(|value| value.to_str().ok());
        let Some(stamp) = stamp.and_then(|text| text.trim_start_matches("t=").parse::<f64>().ok()) else { return };
        let scale = if stamp > 1e14 {
            1e6
        } else if stamp > 1e11 {
            1e3
        } else {
            1.0
        };
        let waited_s = crate::clock::unix_seconds() - stamp / scale;
        if (0.0..300.0).contains(&waited_s) {
            self.telemetry.families.http_proxy_queue.with_label_values::<&str>(&[]).observe(waited_s);
        }
    }

    /// Tells the client its trace, and where the time went.
    fn annotate(&self, response: &mut Response<Body>, measurement: &Measurement) {
        if !self.telemetry.enabled {
            return;
        }
        let headers = response.headers_mut();
        let trace = HeaderValue::from_bytes(measurement.trace.header()).expect("hex digits and dashes");
        headers.insert(TRACERESPONSE, trace);
        if !self.telemetry.server_timing {
            return;
        }
        // An answer at once has the header already.
        let Some(scope) = &measurement.scope else { return };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let timing = format!(
            "total;dur={:.2}, db;dur={:.2};desc=\"{} queries\", pool;dur={:.2}, render;dur={:.2}",
            ms(measurement.elapsed()),
            ms(scope.phase(Phase::Db)),
            scope.queries(),
            ms(scope.phase(Phase::PoolWait)),
            ms(scope.phase(Phase::Render)),
        );
        headers.insert(SERVER_TIMING, HeaderValue::from_str(&timing).expect("numbers and ASCII words"));
    }
}

/// The stack on one connection.
pub struct Connected<F> {
    pub stack: Arc<Stack<F>>,
    pub from: From,
}

impl<F: Face> hyper::service::Service<Request<Incoming>> for Connected<F> {
    type Response = Response<MeasuredBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let answer = self.stack.clone().serve(request, self.from);
        Box::pin(async move { Ok(answer.await) })
    }
}
