//! Measuring one request from its head to the last byte of its answer: the outermost layer, which nothing escapes.
//!
//! A [`Measurement`] is recorded when the answer's body ended, or when it is dropped before that: the client hung up.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, USER_AGENT};
use http::{Response, StatusCode};
use http_body::{Body as _, Frame, SizeHint};

use super::body::Body;
use crate::telemetry::label::{Failure, Method, Phase, Route, Scheme};
use crate::telemetry::recorder::Flight;
use crate::telemetry::scope::Scope;
use crate::telemetry::{AccessLine, Finished, Telemetry, Timer, TraceContext, traces};

/// What a handler tells about its answer, as a response extension.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    pub route: Route,
    pub failure: Failure,
    /// `hit`, `miss`, `stale`, or empty.
    pub cache: &'static str,
    /// The page of the tree that was answered with; 0 for none.
    pub page: i64,
}

impl Note {
    pub fn of(route: Route) -> Self {
        Self { route, failure: Failure::None, cache: "", page: 0 }
    }
}

/// An answer and what is told about it.
pub struct Answer {
    pub response: Response<Body>,
    pub note: Note,
}

/// One request being measured.
pub struct Measurement {
    telemetry: Arc<Telemetry>,
    timer: Timer,
    pub trace: TraceContext,
    method: Method,
    pub scheme: Scheme,
    pub client: IpAddr,
    head: Option<Head>,
    pub scope: Option<Arc<Scope>>,
    pub span: Option<tracing::Span>,
    note: Note,
    status: StatusCode,
    sent_bytes: u64,
    /// Time to the head of an answer that goes on until the client leaves.
    until_head: Option<Duration>,
    recorded: bool,
}

/// The parts of a request that the access log repeats.
pub struct Head {
    pub method: http::Method,
    pub uri: http::Uri,
    pub version: http::Version,
    pub host: Option<http::HeaderValue>,
    pub user_agent: Option<http::HeaderValue>,
}

impl Head {
    pub fn of(parts: http::request::Parts) -> Self {
        let (host, user_agent) = (parts.headers.get(HOST).cloned(), parts.headers.get(USER_AGENT).cloned());
        Self { method: parts.method, uri: parts.uri, version: parts.version, host, user_agent }
    }

    pub fn clone_of(parts: &http::request::Parts) -> Self {
        let (host, user_agent) = (parts.headers.get(HOST).cloned(), parts.headers.get(USER_AGENT).cloned());
        Self { method: parts.method.clone(), uri: parts.uri.clone(), version: parts.version, host, user_agent }
    }
}

/// Addresses that go on with a secret: whoever has the whole of one comes in.
const SECRETS: [&str; 2] = ["/admin/welcome/", "/admin/reset/"];

/// A path as logs and traces may keep it: without the secret that it is.
pub fn shown(path: &str) -> &str {
    SECRETS.into_iter().find(|start| path.starts_with(start)).unwrap_or(path)
}

impl Measurement {
    pub fn start(telemetry: &Arc<Telemetry>, method: &http::Method, trace: TraceContext, client: IpAddr) -> Self {
        let method = Method::of(method);
        telemetry.request_started(method);
        Self {
            telemetry: telemetry.clone(),
            timer: Timer::start(),
            trace,
            method,
            scheme: Scheme::Http,
            client,
            head: None,
            scope: None,
            span: None,
            note: Note::of(Route::Rejected),
            // nginx's number for a client that went away before there was an answer.
            status: StatusCode::from_u16(499).expect("a three-digit number"),
            sent_bytes: 0,
            until_head: None,
            recorded: false,
        }
    }

    /// Keeps what the access log repeats of the request.
    pub fn keep(&mut self, head: Head) {
        self.head = Some(head);
    }

    /// Names the route of a client that leaves before there is an answer.
    pub fn expect(&mut self, route: Route) {
        self.note.route = route;
    }

    /// Takes the answer's status and note; the measurement goes on in its body.
    pub fn answer(mut self, answer: Answer) -> Response<MeasuredBody> {
        self.status = answer.response.status();
        self.note = answer.note;
        self.until_head = self.note.route.is_endless().then(|| self.timer.elapsed());
        answer.response.map(|body| MeasuredBody { body, measurement: self })
    }

    pub fn elapsed(&self) -> Duration {
        self.timer.elapsed()
    }

    fn record(&mut self, failure: Failure) {
        self.recorded = true;
        let finished = Finished {
            method: self.method,
            route: self.note.route,
            scheme: self.scheme,
            status: self.status,
            failure,
            duration: self.until_head.unwrap_or_else(|| self.timer.elapsed()),
            response_bytes: self.sent_bytes,
        };
        self.telemetry.request_finished(&finished);
        if self.note.page != 0 {
            let queries = self.scope.as_ref().map_or(0, |scope| scope.queries());
            self.telemetry.page_answered(self.note.page, &finished, self.note.cache == "hit", queries);
        }
        let repeats = self.scope.as_ref().is_some_and(|scope| scope.enter(|| self.record_scope(scope, &finished)));
        let flight = Flight {
            trace: &self.trace,
            scope: self.scope.as_deref(),
            path: self.head.as_ref().map_or("", |head| shown(head.uri.path())),
            cache: self.note.cache,
            repeats,
        };
        self.telemetry.note_error(&finished, flight.trace, flight.scope);
        self.telemetry.consider(&finished, &flight);
        if let Some(span) = self.span.take() {
            traces::finish_request_span(&span, &finished);
        }
        let Some(head) = &self.head else { return };
        let line = AccessLine {
            trace: self.trace,
            client: self.client,
            method: head.method.as_str(),
            host: head.host.as_ref().map_or(b"", |host| host.as_bytes()),
            path: shown(head.uri.path()).as_bytes(),
            user_agent: head.user_agent.as_ref().map_or(b"", |agent| agent.as_bytes()),
            cache: self.note.cache,
            version: match head.version {
                http::Version::HTTP_2 => "HTTP/2",
                http::Version::HTTP_10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
        };
        self.telemetry.access(&line, &finished, self.scope.as_deref());
    }

    /// Whether a query ran again and again.
    fn record_scope(&self, scope: &Scope, finished: &Finished) -> bool {
        let families = &self.telemetry.families;
        let route = finished.route.as_str();
        families.db_queries_per_request.with_label_values(&[route]).observe(f64::from(scope.queries()));
        let repeated = scope.n_plus_one();
        for query in &repeated {
            families.db_n_plus_one.with_label_values(&[route, query]).inc();
            tracing::warn!(query, route, "one query ran ten times or more in a request (N+1)");
        }
        let mut other = finished.duration;
        for phase in [Phase::Db, Phase::PoolWait, Phase::Cache, Phase::Render] {
            let time = scope.phase(phase);
            other = other.saturating_sub(time);
            families.http_phase_seconds.with_label_values(&[route, phase.as_str()]).inc_by(time.as_secs_f64());
        }
        families.http_phase_seconds.with_label_values(&[route, Phase::Other.as_str()]).inc_by(other.as_secs_f64());
        !repeated.is_empty()
    }
}

impl Drop for Measurement {
    fn drop(&mut self) {
        if !self.recorded {
            self.record(Failure::Aborted);
        }
    }
}

/// A body that completes its request's measurement.
pub struct MeasuredBody {
    body: Body,
    measurement: Measurement,
}

impl MeasuredBody {
    fn finish(&mut self) {
        if !self.measurement.recorded {
            let failure = self.measurement.note.failure;
            self.measurement.record(failure);
        }
    }
}

impl http_body::Body for MeasuredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                this.measurement.sent_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                if this.body.is_end_stream() {
                    this.finish();
                }
            }
            Poll::Ready(None) => this.finish(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for MeasuredBody {
    fn drop(&mut self) {
        // Bodies that never are asked for data: HEAD, 304, and other empty answers.
        let nothing_to_send =
            self.measurement.sent_bytes == 0 && (self.body.is_end_stream() || self.measurement.method == Method::Head);
        if nothing_to_send {
            self.finish();
        }
    }
}
