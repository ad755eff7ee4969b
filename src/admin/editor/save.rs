//! Saving a draft, publishing, taking off the site, scheduling.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Wants, on_page};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::Done;
use crate::admin::texts::said;
use crate::admin::{Admin, words};
use crate::clock::Micros;
use crate::content::page::{self, Page, PageContent};
use crate::content::{Draft, EditError, presence, schedule};
use crate::telemetry::label::{DraftOutcome, Route, SaveMode};

/// Longest draft, in bytes: two thousand blocks of a thousand words each are longer than any page.
const MAX_DRAFT_BYTES: usize = 8 << 20;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    base_revision: Option<i64>,
    #[serde(default)]
    sitting: String,
    #[serde(default)]
    automatic: bool,
    content: PageContent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    revision: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    publish_at: Option<String>,
    expire_at: Option<String>,
    /// The times stay; they are those of whoever asks from now on.
    #[serde(default)]
    take_over: bool,
}

/// The JSON of a request; else the answer that says what is wrong with it.
pub(in crate::admin) async fn body<T: DeserializeOwned>(
    admin: &Admin,
    seat: &Seat,
    request: Request,
) -> Result<T, Response> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let text = said("only-json");
        return Err(admin.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, seat.route, "wrong_media_type", text));
    }
    let Ok(bytes) = axum::body::to_bytes(request.into_body(), MAX_DRAFT_BYTES).await else {
        let text = said("page-too-large");
        return Err(admin.problem(StatusCode::PAYLOAD_TOO_LARGE, seat.route, "too_large", text));
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        let text = said("not-what-the-form-sends").with("why", error.to_string());
        admin.problem(StatusCode::UNPROCESSABLE_ENTITY, seat.route, "invalid", text)
    })
}

pub(super) async fn draft(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, Route::AdminDraft, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        let sent: Sent = body(&admin, seat, request).await?;
        let mode = if sent.automatic { SaveMode::Automatic } else { SaveMode::Manual };
        let draft = Draft {
            content: sent.content,
            // A page without a revision is edited for the first time.
            base: sent.base_revision.or(Some(0)).filter(|_| page.latest_revision_id.is_some()),
            sitting: sent.sitting,
            automatic: sent.automatic,
        };
        let saved = admin.app.content.save_edited(page.id, draft, seat.actor()).await;
        let outcome = match &saved {
            Ok(_) => DraftOutcome::Saved,
            Err(EditError::Conflict { .. }) => DraftOutcome::Conflict,
            Err(EditError::Db(_)) => DraftOutcome::Failed,
            Err(_) => DraftOutcome::Invalid,
        };
        admin.app.telemetry.families.draft_saves.with_label_values(&[mode.as_str(), outcome.as_str()]).inc();
        let saved = saved?;
        let answer = json!({
            "revision": saved.revision,
            "saved_at": saved.at.to_rfc3339(),
            "removals": saved.removals,
            "blockers": words::mistakes(&saved.blockers),
        });
        Ok(admin.json(StatusCode::OK, seat.route, answer))
    };
    on_page(&admin, entering, &id, Wants::Edit, work).await
}

pub(super) async fn publish(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, Route::AdminPublish, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        let chosen: Chosen = body(&admin, seat, request).await?;
        admin.app.content.publish_revision(page.id, chosen.revision, seat.actor()).await?;
        let now = Micros::now().to_rfc3339();
        let url = match page::find(&*admin.app.db, page.id).await {
            Ok(Some(page)) => admin.site.address_of(&page),
            _ => admin.site.address_of(&page),
        };
        let answer = json!({ "revision": chosen.revision, "published_at": now, "url": url });
        Ok(admin.json(StatusCode::OK, seat.route, answer))
    };
    on_page(&admin, entering, &id, Wants::Publish, work).await
}

pub(in crate::admin) async fn unpublish(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminUnpublish, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        admin.app.content.unpublish(page.id, seat.actor()).await?;
        Ok(admin.json(StatusCode::OK, seat.route, json!({})))
    };
    on_page(&admin, entering, &id, Wants::Publish, work).await
}

pub(super) async fn schedule(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, Route::AdminSchedule, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        let times: Times = body(&admin, seat, request).await?;
        if times.take_over {
            admin.app.content.take_over_schedule(page.id, seat.actor()).await?;
            return scheduled(&admin, seat, page.id).await;
        }
        let (publish_at, expire_at) = match (time(&times.publish_at), time(&times.expire_at)) {
            (Ok(publish_at), Ok(expire_at)) => (publish_at, expire_at),
            (publish_at, _) => {
                let path = if publish_at.is_err() { "publish_at" } else { "expire_at" };
                let message = said("no-such-time");
                let problem = json!({
                    "error": "invalid", "message": message,
                    "errors": [{ "path": path, "code": "invalid_datetime", "message": message }],
                });
                return Ok(admin.json(StatusCode::UNPROCESSABLE_ENTITY, seat.route, problem));
            }
        };
        admin.app.content.schedule(page.id, publish_at, expire_at, seat.actor()).await?;
        scheduled(&admin, seat, page.id).await
    };
    on_page(&admin, entering, &id, Wants::Publish, work).await
}

/// What is planned from now on, and what stands in its way.
async fn scheduled(admin: &Admin, seat: &Seat, page: i64) -> Done {
    let findings = words::findings(&admin.app.look_after_scheduling(page).await?);
    let plan = schedule::find(&*admin.app.db, page).await?;
    let shown = |at: Option<i64>| at.map(|at| Micros(at).to_rfc3339());
    let (publish_at, expire_at) = plan.map_or((None, None), |plan| (shown(plan.publish_at), shown(plan.expire_at)));
    let answer = json!({ "publish_at": publish_at, "expire_at": expire_at, "findings": findings });
    Ok(admin.json(StatusCode::OK, seat.route, answer))
}

fn time(text: &Option<String>) -> Result<Option<Micros>, ()> {
    match text.as_deref().filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse::<Timestamp>().map(|at| Some(Micros(at.as_microsecond()))).map_err(|_| ()),
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    revision: i64,
}

/// Whether visitors get the revision: this node asked itself as they would.
pub(super) async fn published(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminPublished, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        let Ok(Query(asked)) = asked else {
            let text = said("say-which-revision");
            return Ok(admin.problem(StatusCode::UNPROCESSABLE_ENTITY, seat.route, "invalid", text));
        };
        let standing = presence::standing(&admin.app.db, page.id).await?;
        let is_live = standing.is_some_and(|standing| standing.live_revision == Some(asked.revision));
        let proofs = admin.site.recent_proofs();
        let proof = proofs.iter().rev().find(|proof| proof.page_id == page.id).filter(|_| is_live);
        let answer = json!({ "live": proof.is_some() && is_live, "after_s": proof.map(|proof| proof.seconds) });
        Ok(admin.json(StatusCode::OK, seat.route, answer))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}
