//! What happens to a page while it is edited, as events: who has it open, who saved, who published, who locked it. On any node: the
//! database is asked once a second. A tab listens while it is looked at, and says what it knows when it comes back.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Response, Sse, sse};
use futures_util::StreamExt as _;
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::{Wants, on_page};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::faces::face;
use crate::admin::pages::locking::{self, Reader};
use crate::admin::texts::said;
use crate::clock::Micros;
use crate::content::page::Page;
use crate::content::presence::{self, Editor, Standing};
use crate::content::{Actor, presence::note};
use crate::db::DbError;
use crate::http::measure::Note;
use crate::telemetry::label::Route;

const EVERY: Duration = Duration::from_secs(1);
/// Turns between two notes that this editor is there.
const NOTE_EVERY: u32 = 10;
/// Longest name of a sitting, in bytes.
const MAX_SITTING_BYTES: usize = 64;

#[derive(Deserialize)]
pub(super) struct Asked {
    sitting: String,
    /// The revision it knows: what came after is told at once.
    since: Option<i64>,
}

impl Asked {
    /// The name of a sitting that may be kept.
    fn sitting(&self) -> Option<&str> {
        Some(self.sitting.as_str()).filter(|name| (1..=MAX_SITTING_BYTES).contains(&name.len()))
    }
}

/// One editor who listens; the place is free again when the stream goes.
struct Listening {
    admin: Arc<Admin>,
    page: i64,
    sitting: String,
    since: Option<i64>,
    who: Actor,
    ticks: tokio::time::Interval,
    turn: u32,
    standing: Option<Standing>,
    editors: Vec<Editor>,
    reader: Reader,
    /// What was told of the lock; none before the first look.
    lock: Option<Value>,
    _place: OwnedSemaphorePermit,
}

pub(super) async fn stream(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminLive, Speaks::Json);
    let work = async |seat: &Seat, page: Page| Ok(listen(admin.clone(), seat, &page, asked));
    on_page(&admin, entering, &id, Wants::Edit, work).await
}

fn listen(admin: Arc<Admin>, seat: &Seat, page: &Page, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.ok().map(|Query(asked)| asked);
    let Some((sitting, since)) = asked.as_ref().and_then(|asked| Some((asked.sitting()?, asked.since))) else {
        return unnamed(&admin, seat);
    };
    let Ok(place) = admin.listeners.clone().try_acquire_owned() else {
        let text = said("too-many-editors-listen");
        return admin.problem(StatusCode::SERVICE_UNAVAILABLE, seat.route, "unavailable", text);
    };
    let listening = Listening {
        page: page.id,
        sitting: sitting.to_owned(),
        since,
        who: seat.actor(),
        ticks: tokio::time::interval(EVERY),
        turn: 0,
        standing: None,
        editors: Vec::new(),
        reader: Reader::of(seat, page),
        lock: None,
        admin,
        _place: place,
    };
    let events = futures_util::stream::unfold(listening, async |mut listening| {
        let events = listening.next().await?;
        Some((futures_util::stream::iter(events.into_iter().map(Ok::<_, Infallible>)), listening))
    });
    let mut response = Sse::new(events.flatten().boxed()).keep_alive(sse::KeepAlive::default()).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.extensions_mut().insert(Note::of(Route::AdminLive));
    response
}

/// Somebody closes the page: the others need not wait until it is quiet.
pub(super) async fn leave(
    State(admin): State<Arc<Admin>>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminLive, Speaks::Json);
    let work = async |seat: &Seat| {
        let Some(sitting) = asked.as_ref().ok().and_then(|Query(asked)| asked.sitting()) else {
            return Ok(unnamed(&admin, seat));
        };
        presence::leave(&admin.app.db, sitting, seat.session.account_id).await?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.extensions_mut().insert(Note::of(Route::AdminLive));
        Ok(response)
    };
    admin.answer(entering, work).await
}

fn unnamed(admin: &Admin, seat: &Seat) -> Response {
    admin.problem(StatusCode::UNPROCESSABLE_ENTITY, seat.route, "invalid", said("say-which-sitting"))
}

impl Listening {
    /// What there is to tell after the next second; `None` ends the stream.
    async fn next(&mut self) -> Option<Vec<sse::Event>> {
        self.ticks.tick().await;
        if self.admin.app.draining.load(Relaxed) {
            return None;
        }
        match self.look().await {
            Ok(told) => told,
            // The next second asks again.
            Err(error) => {
                tracing::debug!(%error, "the state of a page that is edited is unknown");
                Some(Vec::new())
            }
        }
    }

    async fn look(&mut self) -> Result<Option<Vec<sse::Event>>, DbError> {
        let db = self.admin.app.db.clone();
        if self.turn.is_multiple_of(NOTE_EVERY) {
            note(&db, self.page, &self.sitting, &self.who).await?;
        }
        self.turn = self.turn.wrapping_add(1);
        let Some(standing) = presence::standing(&db, self.page).await? else { return Ok(None) };
        let editors = presence::list(&db, self.page).await?;
        let mut events = Vec::new();
        let known = |since| Standing { revision: Some(since), ..Standing::default() };
        let before = self.standing.replace(standing.clone()).or_else(|| self.since.map(known));
        if let Some(before) = before.filter(|before| *before != standing) {
            if before.revision != standing.revision && standing.sitting != self.sitting {
                let saved = json!({
                    "revision": standing.revision, "by": standing.author, "at": Micros(standing.at).to_rfc3339(),
                    "sitting": standing.sitting,
                });
                events.push(sse::Event::default().event("saved").data(saved.to_string()));
            }
            if before.published_at != standing.published_at && standing.live_revision.is_some() {
                let published = json!({
                    "revision": standing.live_revision, "by": standing.author,
                    "at": standing.published_at.map(|at| Micros(at).to_rfc3339()),
                });
                events.push(sse::Event::default().event("published").data(published.to_string()));
            }
        }
        // Told first and at each change: a tab that was away may know of a lock that is none any more.
        let lock = locking::told(&self.admin, self.reader, &standing);
        if self.lock.as_ref() != Some(&lock) {
            events.push(sse::Event::default().event("lock").data(json!({ "lock": lock }).to_string()));
            self.lock = Some(lock);
        }
        if editors != self.editors {
            let is_own = |editor: &Editor| editor.account_id.is_some() && editor.account_id == self.who.account;
            let shown = |editor: &Editor| {
                let face = editor.account_id.map(|id| face(id, &editor.name, &editor.picture));
                json!({ "name": editor.name, "sitting": editor.sitting, "own": is_own(editor), "face": face })
            };
            let there = json!({ "editors": editors.iter().map(shown).collect::<Vec<_>>() });
            events.push(sse::Event::default().event("editors").data(there.to_string()));
            self.editors = editors;
        }
        Ok(Some(events))
    }
}
