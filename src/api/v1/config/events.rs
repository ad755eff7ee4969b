//! Changes of the configuration as events: a front end that listens hears of one within a second, on every node.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response, Sse, sse};
use futures_util::StreamExt as _;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use serde_json::json;
use tokio::sync::watch;

use crate::api::Api;
use crate::api::limits::Key;
use crate::api::v1::places::{Place, Places};
use crate::api::v1::problem::Refusal;
use crate::http::measure::Note;
use crate::http::problem::Problem;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{Rejection, Route};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Streams at the same time, and of one network.
const MAX_STREAMS: usize = 1024;
const MAX_OF_ONE_NETWORK: usize = 64;
/// A comment is sent after so much silence, so that proxies keep the connection and both sides see when it is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between two looks whether the server drains.
const LOOK: Duration = Duration::from_secs(1);
/// After it a browser that lost the stream comes again.
const COME_BACK: Duration = Duration::from_secs(3);
/// After it somebody who found no place may ask again, in seconds.
const RETRY_S: u32 = 30;

/// Who listens, and how they hear that something changed.
pub(super) struct Listening {
    changes: watch::Sender<u64>,
    places: Arc<Places>,
}

impl Listening {
    pub(super) fn new(telemetry: &Arc<Telemetry>) -> Self {
        let places = Places::new(MAX_STREAMS, MAX_OF_ONE_NETWORK);
        let counted = Arc::downgrade(&places);
        telemetry.before_scrape(move |families| {
            let taken = counted.upgrade().map_or(0, |places| places.taken());
            families.frontend_listeners.with_label_values::<&str>(&[]).set(taken as f64);
        });
        Self { changes: watch::Sender::new(0), places }
    }

    /// Says that something changed.
    pub(super) fn tell(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// One front end that listens.
struct Stream {
    api: Arc<Api>,
    host: Arc<str>,
    changes: watch::Receiver<u64>,
    looks: tokio::time::Interval,
    /// The state that it knows.
    known: Option<String>,
    /// Free again when the stream goes.
    _place: Place,
}

pub(super) async fn stream(State(api): State<Arc<Api>>, request: Request) -> Response {
    let info = super::info(&request);
    let Some(place) = api.frontends.listening.places.take(Key::of_network(info.client)) else { return full(&api) };
    let known = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let stream = Stream {
        host: info.host.clone(),
        changes: api.frontends.listening.changes.subscribe(),
        looks: tokio::time::interval(LOOK),
        known,
        _place: place,
        api,
    };
    let events = futures_util::stream::unfold(stream, async |mut stream| {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let alive = sse::KeepAlive::new().interval(HEARTBEAT).text("still here");
    let mut response = Sse::new(events.boxed()).keep_alive(alive).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Note::of(Route::ApiConfigEvents));
    response
}

fn full(api: &Api) -> Response {
    let reason = Rejection::Overload.as_str();
    api.site.app.telemetry.families.http_rejected.with_label_values(&[reason]).inc();
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners", "Too many listen already");
    let detail =
        format!("{MAX_STREAMS} may, and {MAX_OF_ONE_NETWORK} of one network. Ask for the configuration itself.");
    Refusal::from(problem.with_detail(detail).with_retry_after_s(RETRY_S)).answer(Route::ApiConfigEvents)
}

impl Stream {
    /// Waits for the next state; `None` ends the stream.
    async fn next(&mut self) -> Option<sse::Event> {
        let mut changed = true;
        loop {
            if self.api.site.app.draining.load(Relaxed) {
                return None;
            }
            if changed && let Some(event) = self.news() {
                return Some(event);
            }
            changed = tokio::select! {
                seen = self.changes.changed() => seen.map(|()| true).ok()?,
                _ = self.looks.tick() => false,
            };
        }
    }

    /// The state, when it is another one than is known.
    fn news(&mut self) -> Option<sse::Event> {
        self.changes.mark_unchanged();
        let told = self.api.told(&self.host)?;
        if self.known.as_ref() == Some(&told.tag) {
            return None;
        }
        let data = json!({ "etag": told.etag() }).to_string();
        let event = sse::Event::default().event("changed").id(told.tag.as_str()).retry(COME_BACK).data(data);
        self.known = Some(told.tag.clone());
        Some(event)
    }
}
