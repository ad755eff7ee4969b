//! Work in the background that gave up, for superusers: why, and what becomes of it. Each decision is in the log.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::answer::see_other;
use super::entry::{Seat, Speaks};
use super::manage::{self, text};
use super::pages::{ids, query_of, row};
use super::refusal::{Done, Refusal};
use super::{Admin, only};
use crate::admin::texts::said;
use crate::http::form::FormData;
use crate::jobs::dead::{Count, Dead, PAGE_SIZE};
use crate::telemetry::label::{JobKind, JobQueue, Route};

const ROUTE: Route = Route::AdminJobs;
const URL: &str = "/admin/jobs/";
const DECIDE: &str = "/admin/jobs/decide/";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new().route("/admin/jobs/", only(get(list), ROUTE)).route("/admin/jobs/decide/", only(post(decide), ROUTE))
}

async fn list(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &query).await).await
}

async fn decide(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        refuse(seat)?;
        let form = admin.read_form(seat, request).await?;
        act(&admin, seat, &form).await
    };
    admin.answer(entering, work).await
}

fn refuse(seat: &Seat) -> Result<(), Refusal> {
    match seat.grants.is_superuser() {
        true => Ok(()),
        false => Err(Refusal::Forbidden(said("only-superusers-look-after-jobs"))),
    }
}

fn kind(values: &FormData) -> Result<Option<JobKind>, Refusal> {
    match text(values, "kind") {
        "" => Ok(None),
        name => JobKind::parse(name).map(Some).ok_or(Refusal::Bad(said("no-such-kind-of-job"))),
    }
}

/// The list of one kind, or of all.
fn address(kind: Option<JobKind>, more: (&str, &str)) -> String {
    manage::address(URL, &[("kind", kind.map_or("", JobKind::as_str)), more])
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    refuse(seat)?;
    let kind = kind(query)?;
    let before = match text(query, "before") {
        "" => None,
        text => Some(ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
    };
    let jobs = &admin.app.content.jobs;
    let mut dead = jobs.list_dead(kind, before).await?;
    let counts = jobs.list_counts().await?;
    let more = dead.len() as i64 > PAGE_SIZE;
    dead.truncate(PAGE_SIZE as usize);
    let zone = seat.zone();
    let shown = |job: &Dead| {
        json!({
            "id": job.id, "kind": job.kind, "queue": job.queue, "attempts": job.attempts, "error": job.error,
            "created": row::when(job.created_at, &zone), "tried": row::when(job.run_at, &zone), "trace_id": job.trace_id,
        })
    };
    let next = dead.last().filter(|_| more).map(|last| address(kind, ("before", &last.id.to_string())));
    let notice = ["retried", "discarded"].into_iter().find(|name| query.first(name).is_some());
    let context = json!({
        "rows": dead.iter().map(shown).collect::<Vec<Value>>(),
        "queues": JobQueue::ALL.iter().map(|queue| counted(*queue, &counts)).collect::<Vec<Value>>(),
        "kinds": kinds(&counts, kind),
        "url": URL,
        "decide": DECIDE,
        "kind": kind.map_or("", JobKind::as_str),
        "is_first": before.is_none(),
        "whole": address(kind, ("", "")),
        "next": next,
        "notice": notice.and_then(|name| Some((name, text(query, name).parse::<u64>().ok()?))).map(|(name, number)| {
            match name {
                "retried" => said("jobs-are-tried-again").with("number", number),
                _ => said("jobs-are-discarded").with("number", number),
            }
        }),
    });
    Ok(admin.page(seat, "admin/jobs/list.html", context))
}

fn counted(queue: JobQueue, counts: &[Count]) -> Value {
    let sum = |state: &str| -> i64 {
        counts
            .iter()
            .filter(|count| count.queue == queue.as_str() && count.state == state)
            .map(|count| count.jobs)
            .sum()
    };
    json!({ "name": queue.as_str(), "waiting": sum("waiting"), "running": sum("running"), "dead": sum("dead") })
}

/// The kinds of which some are dead, and the chosen one.
fn kinds(counts: &[Count], chosen: Option<JobKind>) -> Vec<Value> {
    let dead = |kind: JobKind| -> i64 {
        counts.iter().filter(|count| count.kind == kind.as_str() && count.state == "dead").map(|count| count.jobs).sum()
    };
    let offered = JobKind::ALL.iter().filter(|kind| dead(**kind) > 0 || chosen == Some(**kind));
    offered.map(|kind| json!({ "name": kind.as_str(), "jobs": dead(*kind), "chosen": chosen == Some(*kind) })).collect()
}

async fn act(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let chosen = ids::list(form).ok_or(Refusal::Bad(said("choose-jobs-at-most-500")))?;
    let (kind, content) = (kind(form)?, &admin.app.content);
    let (name, number) = match text(form, "action") {
        "retry" => ("retried", content.retry_dead_jobs(chosen, seat.actor()).await?),
        "discard" if form.first("sure").is_some() => {
            ("discarded", content.discard_dead_jobs(chosen, seat.actor()).await?)
        }
        "discard" => {
            let (total, kind) = (chosen.len(), kind.map_or("", JobKind::as_str));
            let back = manage::address(URL, &[("kind", kind)]);
            let ids = ids::pack(chosen);
            let context = json!({ "total": total, "ids": ids, "kind": kind, "decide": DECIDE, "back": back });
            return Ok(admin.page(seat, "admin/jobs/sure.html", context));
        }
        _ => return Err(Refusal::Bad(said("choose-what-to-do-with-jobs"))),
    };
    Ok(see_other(&address(kind, (name, &number.to_string())), ROUTE))
}
