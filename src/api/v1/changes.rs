//! `/api/v1/changes/`: what happened, from where the caller left off, as JSON or as a stream of events. Each sees what they
//! may see the history of.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response, Sse, sse};
use axum::routing::get;
use futures_util::StreamExt as _;
use http::StatusCode;
use http::header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use serde_json::{Value, json};

use super::at;
use super::entry::{Sent, answer, known, next};
use super::places::Place;
use super::problem::{Done, Refusal, bad_request};
use crate::accounts::{GlobalPermission, RecordPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::limits::Key;
use crate::api::v1::answer::Reply;
use crate::app::App;
use crate::content::types::Types;
use crate::db::Db;
use crate::http::form::FormData;
use crate::http::measure::Note;
use crate::http::problem::Problem;
use crate::permit::sight;
use crate::telemetry::Timer;
use crate::telemetry::label::{ObjectKind, Route};
use crate::webhooks::event::Event;
use crate::webhooks::feed::{self, Cursor, MAX_EVENTS};

const ROUTE: Route = Route::ApiChanges;
const FORM: &str = "form";
const PAGE: &str = "page";
const RECORD: &str = "record";
const TEST: &str = "webhook";
/// What a token reads with the scope `settings` alone.
const SET_UP: [ObjectKind; 4] = [ObjectKind::Setting, ObjectKind::Redirect, ObjectKind::Site, ObjectKind::Locale];
/// Events of a part when nobody says otherwise.
const USUAL: i64 = 100;
/// Begins with what happens from now on.
const NOW: &str = "now";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Between two looks at what is new.
const EVERY: Duration = Duration::from_secs(1);
/// Without anything to tell, a line after so many looks keeps the connection open and the cursor fresh.
const HEARTBEAT_AFTER: u32 = 15;
/// A stream ends after this, and its reader comes again: with rights as they are then.
const LONGEST: Duration = Duration::from_secs(300);
/// Seconds after which to come again, when there are too many streams.
const RETRY_S: u32 = 30;

pub(super) fn routes() -> Router<Arc<Api>> {
    at("/api/v1/changes/", get(show), (ROUTE, "GET, HEAD"))
}

async fn show(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    if !wants_stream(request.headers()) {
        let work = async |sent: &Sent| part(&api, &caller, sent).await;
        return answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await;
    }
    let (parts, _) = request.into_parts();
    match stream(&api, &caller, &parts).await {
        Ok(response) => response,
        Err(refusal) => refusal.answer(ROUTE),
    }
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/event-stream"))
}

/// What it takes to read it elsewhere: the permission, with a token also the scope. Forms are told of to those who may read
/// what they sent.
fn may_learn(caller: &Caller, event: &Event) -> bool {
    let (grants, scopes) = (caller.grants(), caller.scopes());
    match event.kind.as_str() {
        FORM => {
            let may_read = scopes.has(Scope::Submissions) && grants.may(GlobalPermission::Forms);
            may_read && sight::may_learn(grants, PAGE, &event.place)
        }
        RECORD => grants.may_with_records(RecordPermission::View, &event.type_name),
        // Tests are their webhook's business.
        TEST => false,
        kind => {
            let is_set_up = SET_UP.iter().any(|known| known.as_str() == kind);
            (!is_set_up || scopes.has(Scope::Settings)) && sight::may_learn(grants, kind, &event.place)
        }
    }
}

/// Where somebody goes on: behind an event, at the oldest one that is kept, or now.
async fn begin(db: &Db, text: Option<&str>) -> Result<Cursor, Refusal> {
    match text {
        None => Ok(Cursor::default()),
        Some(NOW) => Ok(feed::newest(db).await?),
        Some(text) => Ok(Cursor::parse(text).ok_or_else(|| bad_request("after is none that the feed gave, or now."))?),
    }
}

fn expired() -> Problem {
    let problem = Problem::new(StatusCode::GONE, "cursor_expired", "The feed does not reach back so far");
    problem.with_detail("Read everything anew, and go on from after=now.")
}

async fn part(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    known(&sent.query, &["after", "limit"])?;
    let limit = match sent.query.first("limit") {
        None => USUAL,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_EVENTS).contains(limit))
            .ok_or_else(|| bad_request(format!("limit is a number from 1 to {MAX_EVENTS}.")))?,
    };
    let db = &api.site.app.db;
    let after = sent.query.first("after");
    let cursor = begin(db, after).await?;
    let events = match after {
        Some(NOW) => Vec::new(),
        _ => feed::list_after(db, cursor, limit).await?.ok_or_else(expired)?,
    };
    let last = events.last().map_or(cursor, Cursor::of).to_string();
    let more = events.len() as i64 == limit;
    let types = api.site.app.content.types();
    let told = events.iter().filter(|event| may_learn(caller, event));
    let items: Vec<Value> = told.map(|event| event.message(&types)).collect();
    Ok(Reply::ok(&json!({ "items": items, "cursor": last, "next": more.then(|| next(sent, &last)) })))
}

/// One reader; its place is free again when it goes.
struct Reader {
    app: Arc<App>,
    caller: Caller,
    cursor: Cursor,
    ticks: tokio::time::Interval,
    since: Timer,
    quiet: u32,
    _place: Place,
}

type Sending = Vec<Result<sse::Event, Infallible>>;

async fn stream(api: &Api, caller: &Caller, request: &Parts) -> Result<Response, Refusal> {
    let account = caller.need(Scope::ReadContent)?.id;
    let query = FormData::parse(request.uri.query().unwrap_or_default().as_bytes());
    known(&query, &["after"])?;
    let place = api.change_streams.take(Key::of_account(account)).ok_or_else(|| {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", "Too many streams are open");
        problem.with_retry_after_s(RETRY_S)
    })?;
    let app = api.site.app.clone();
    let header = request.headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let cursor = begin(&app.db, Some(header.or(query.first("after")).unwrap_or(NOW))).await?;
    feed::list_after(&app.db, cursor, 1).await?.ok_or_else(expired)?;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let reader = Reader { app, caller: caller.clone(), cursor, ticks, since: Timer::start(), quiet: 0, _place: place };
    let parts = futures_util::stream::unfold(reader, async |mut reader| {
        if reader.since.elapsed() >= LONGEST || reader.app.draining.load(Relaxed) {
            return None;
        }
        reader.ticks.tick().await;
        let sending = reader.look().await?;
        Some((futures_util::stream::iter(sending), reader))
    });
    let mut response = Sse::new(parts.flatten().boxed()).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.extensions_mut().insert(Note::of(ROUTE));
    Ok(response)
}

impl Reader {
    /// What is new; a database that is away is asked again. `None` when events were forgotten before they were told.
    async fn look(&mut self) -> Option<Sending> {
        let before = self.cursor;
        let events =
            feed::list_after(&self.app.db, self.cursor, MAX_EVENTS).await.unwrap_or_else(|_| Some(Vec::new()))?;
        self.cursor = events.last().map_or(self.cursor, Cursor::of);
        let types = self.app.content.types();
        let told = events.iter().filter(|event| may_learn(&self.caller, event));
        let mut sending: Sending = told.map(|event| Ok(shown(event, &types))).collect();
        self.quiet = if sending.is_empty() { self.quiet + 1 } else { 0 };
        // Also of events that others alone may see, so that nobody has to read over them again.
        if sending.is_empty() && (self.quiet >= HEARTBEAT_AFTER || (self.cursor != before && self.quiet > 1)) {
            self.quiet = 0;
            sending.push(Ok(sse::Event::default().id(self.cursor.to_string()).comment("")));
        }
        Some(sending)
    }
}

fn shown(event: &Event, types: &Types) -> sse::Event {
    let line = sse::Event::default().id(Cursor::of(event).to_string()).event(event.topic());
    line.data(event.message(types).to_string())
}
