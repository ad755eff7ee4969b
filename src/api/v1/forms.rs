//! `/api/v1/forms/`: what visitors sent with forms: read, taken as a file, deleted. By those who manage forms, of the pages
//! that they see; the log of the page says who took or deleted what.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::answer::Reply;
use super::at;
use super::audit::time;
use super::entry::{self, Sent, answer, known};
use super::problem::{Refusal, bad_request, forbidden, not_found};
use crate::accounts::{GlobalPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::clock::Micros;
use crate::content::EditError;
use crate::content::explore::Listed;
use crate::content::form::export::{Export, Format};
use crate::content::form::submission::{self, Form, FormsAsked, Period, Submission};
use crate::db::DbError;
use crate::http::measure::Note;
use crate::telemetry::label::{PageEvent, Route};

const LIST: Route = Route::ApiForms;
const ALL: Route = Route::ApiSubmissions;
const ONE: Route = Route::ApiSubmission;
const EXPORT: Route = Route::ApiSubmissionExport;
const SCOPE: Scope = Scope::Submissions;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .merge(at(LIST.as_str(), get(forms), (LIST, "GET, HEAD")))
        .merge(at(ALL.as_str(), get(list).delete(delete_all), (ALL, "GET, HEAD, DELETE")))
        .merge(at(ONE.as_str(), axum::routing::delete(delete_one), (ONE, "DELETE")))
        .merge(at(EXPORT.as_str(), get(export), (EXPORT, "GET, HEAD")))
}

fn need(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may(GlobalPermission::Forms) {
        true => Ok(()),
        false => Err(forbidden("You may not see what visitors sent with forms.").into()),
    }
}

/// A page whose submissions the caller may see; of another one, not even that it is there is told.
async fn find(api: &Api, caller: &Caller, id: &str) -> Result<Listed, Refusal> {
    need(caller)?;
    let nothing = || Refusal::from(not_found("There is no such page."));
    let page = match api.site.app.content.listed(entry::id(id)?).await {
        Err(EditError::PageNotFound(_)) => return Err(nothing()),
        found => found?,
    };
    let is_seen = caller.grants().may_see(&page.path);
    if is_seen && page.trashed {
        return Err(EditError::InTrash(page.id).into());
    }
    if is_seen { Ok(page) } else { Err(nothing()) }
}

fn period(sent: &Sent) -> Result<Period, Refusal> {
    let (from, until) = (time(sent, "since")?, time(sent, "until")?);
    Ok(Period { from: from.unwrap_or(Period::ALWAYS.from), until: until.unwrap_or(Period::ALWAYS.until) })
}

async fn forms(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["limit", "after"])?;
        need(&caller)?;
        let (limit, after) = (entry::usual_limit(sent)?, entry::number(sent, "after")?.unwrap_or_default());
        let places = caller.grants().seen_places();
        let asked = FormsAsked { after, places, has_trashed: false, limit: limit + 1 };
        let forms = submission::list_forms(&api.site.app.db, asked).await?;
        Ok(entry::part(sent, limit, forms, |last| last.page_id.to_string(), shown_form))
    };
    answer(&api, &caller, request, (LIST, Some(SCOPE)), work).await
}

fn shown_form(form: &Form) -> Value {
    let at = |rest: &str| format!("/api/v1/forms/{}/{rest}/", form.page_id);
    json!({
        "page": form.page_id, "title": form.title, "submissions": form.submissions,
        "last_submitted_at": Micros(form.last_submitted_at).to_rfc3339(),
        "submissions_url": at("submissions"), "export_url": at("export"),
    })
}

fn shown(found: &Submission) -> Value {
    json!({ "id": found.id, "submitted_at": found.submitted_at.to_rfc3339(), "answers": found.answers })
}

async fn list(State(api): State<Arc<Api>>, Path(page): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["since", "until", "limit", "after"])?;
        let (period, limit) = (period(sent)?, entry::usual_limit(sent)?);
        let before = entry::number(sent, "after")?;
        let page = find(&api, &caller, &page).await?;
        let found = submission::list(&api.site.app.db, page.id, period, before, limit + 1).await?;
        Ok(entry::part(sent, limit, found, |last| last.id.to_string(), shown))
    };
    answer(&api, &caller, request, (ALL, Some(SCOPE)), work).await
}

async fn delete_one(
    State(api): State<Arc<Api>>,
    Path((page, id)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let page = find(&api, &caller, &page).await?;
        api.site.app.content.delete_submission(page.id, entry::id(&id)?, caller.actor()?).await?;
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, (ONE, Some(SCOPE)), work).await
}

/// Those of a period whose end is said: nobody deletes all by forgetting a value.
async fn delete_all(
    State(api): State<Arc<Api>>,
    Path(page): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        known(&sent.query, &["since", "until"])?;
        let period = period(sent)?;
        let page = find(&api, &caller, &page).await?;
        if sent.query.first("until").is_none() {
            return Err(bad_request("Say until when: those are deleted that were sent before.").into());
        }
        let deleted = api.site.app.content.delete_submissions(page.id, period, caller.actor()?).await?;
        Ok(Reply::ok(&json!({ "deleted": deleted })))
    };
    answer(&api, &caller, request, (ALL, Some(SCOPE)), work).await
}

async fn export(State(api): State<Arc<Api>>, Path(page): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["format", "since", "until"])?;
        let format = sent.query.first("format").unwrap_or(Format::Csv.extension());
        let format = Format::parse(format).ok_or_else(|| bad_request("format is csv, xlsx or jsonl."))?;
        let period = period(sent)?;
        let page = find(&api, &caller, &page).await?;
        let app = &api.site.app;
        app.content.note_submissions(page.id, PageEvent::SubmissionsExport, period, &caller.actor()?).await?;
        let mut export = Export::begin(app.db.clone(), page.id, period, format).await?;
        // Before the head is sent, so that a database that is away is an error and no broken file.
        let first = export.next().await?;
        Ok(file(&page.slug, format, first, export))
    };
    entry::answer_stream(&caller, request, (EXPORT, SCOPE), work).await
}

/// A file as it is read, a part at a time.
fn file(name: &str, format: Format, first: Option<Vec<u8>>, export: Export) -> Response {
    let parts = futures_util::stream::unfold((first, Some(export)), |(ready, export)| async move {
        if let Some(ready) = ready {
            return Some((Ok::<_, DbError>(ready), (None, export)));
        }
        let mut export = export?;
        match export.next().await {
            Ok(part) => part.map(|part| (Ok(part), (None, Some(export)))),
            // The connection breaks off: the client sees that the file is not whole.
            Err(error) => {
                tracing::error!(%error, "an export of submissions broke off");
                Some((Err(error), (None, None)))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(parts));
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, disposition);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.extensions_mut().insert(Note::of(EXPORT));
    response
}
