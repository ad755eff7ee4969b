//! `/ops/traces`: the kept traces as a list, and one of them as a waterfall with its explanation.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;

use super::Ops;
use super::explain::{explain, time};
use super::html::{Page, Part, escape, table};
use crate::telemetry::label::{KeepReason, Route};
use crate::telemetry::recorder::{self, Trace};
use crate::telemetry::scope::Step;

/// Traces on one list.
const LISTED: usize = 200;
/// Width of a waterfall, in units of its own.
const WIDTH: f64 = 1000.0;
const ROW: usize = 22;

#[derive(serde::Deserialize)]
pub struct Filter {
    #[serde(default)]
    route: String,
    #[serde(default)]
    reason: String,
}

pub async fn list(State(ops): State<Arc<Ops>>, Query(filter): Query<Filter>) -> Response {
    let Some(recorder) = ops.app.telemetry.recorder() else {
        let main =
            "<h1>Traces</h1><p class=\"nothing\">The flight recorder is off: recorder.enabled is false.</p>".to_owned();
        return Page { title: "Traces", part: Part::Traces, main, scripts: &[] }.into_response(StatusCode::OK);
    };
    let all = recorder.list();
    let wanted = |trace: &&Arc<Trace>| {
        (filter.route.is_empty() || trace.route == filter.route)
            && (filter.reason.is_empty() || trace.reason == filter.reason)
    };
    let rows: Vec<Vec<String>> = all.iter().filter(wanted).take(LISTED).map(|trace| row(trace)).collect();
    let columns = ["When", "Why", "Route", "Path", "#Status", "#Time", "#Database", "#Queries", "Trace"];
    let mut main = String::from("<h1>Traces</h1>");
    main += "<p class=\"lead\">Requests that were slow, failed or asked the same query again and again, and a random sample.</p>";
    main += &form(&filter);
    main +=
        &table("traces", &columns, &rows, "No trace like this was kept yet. Slow means longer than recorder.slow_s.");
    Page { title: "Traces", part: Part::Traces, main, scripts: &[] }.into_response(StatusCode::OK)
}

fn form(filter: &Filter) -> String {
    let options = |values: &mut dyn Iterator<Item = &'static str>, chosen: &str| {
        values.fold(String::new(), |mut out, value| {
            let selected = if value == chosen { " selected" } else { "" };
            let text = escape(value);
            let _ = write!(out, "<option value=\"{text}\"{selected}>{text}</option>");
            out
        })
    };
    let reasons = options(&mut KeepReason::ALL.iter().map(|reason| reason.as_str()), &filter.reason);
    let routes = options(&mut Route::ALL.iter().map(|route| route.as_str()), &filter.route);
    format!(
        "<form class=\"filter\" method=\"get\" action=\"/ops/traces\"><label>Why <select name=\"reason\"><option value=\"\">any</option>\
         {reasons}</select></label><label>Route <select name=\"route\"><option value=\"\">any</option>{routes}</select></label>\
         <button>Show</button></form>"
    )
}

/// `2026-11-21T05:09:39Z` as `05:09:39`, with the whole in a title.
fn clock(trace: &Trace) -> String {
    let began = trace.began();
    let short = began.get(11..19).unwrap_or(&began);
    format!("<time datetime=\"{}\" title=\"{}\">{}</time>", escape(&began), escape(&began), escape(short))
}

fn row(trace: &Trace) -> Vec<String> {
    let id = escape(&trace.trace_id);
    let short = id.get(..8).unwrap_or(&id);
    let mark = if trace.status >= 500 { "bad" } else { "ok" };
    vec![
        clock(trace),
        format!("<span class=\"tag {0}\">{0}</span>", escape(&trace.reason)),
        escape(&trace.route),
        escape(&trace.path),
        format!("<span class=\"{mark}\">{}</span>", trace.status),
        time(trace.duration_us),
        time(trace.phase_us("db") + trace.phase_us("pool_wait")),
        trace.queries.to_string(),
        format!("<a href=\"/ops/traces/{id}\"><code>{short}</code></a>"),
    ]
}

pub async fn one(State(ops): State<Arc<Ops>>, Path(id): Path<String>) -> Response {
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = if is_id { load(&ops, id.clone()).await } else { Vec::new() };
    let (status, main) = if found.is_empty() {
        let text = "<h1>No such trace</h1><p class=\"lead\">It was not kept, or newer ones took its place.</p>\
                    <p><a href=\"/ops/traces\">All traces</a></p>";
        (StatusCode::NOT_FOUND, text.to_owned())
    } else {
        (StatusCode::OK, found.iter().map(show).collect())
    };
    Page { title: "Trace", part: Part::Traces, main, scripts: &[] }.into_response(status)
}

/// From memory, or from the disk when newer ones took its place there.
async fn load(ops: &Ops, id: String) -> Vec<Trace> {
    let Some(recorder) = ops.app.telemetry.recorder() else { return Vec::new() };
    let held: Vec<Trace> =
        recorder.list().iter().filter(|trace| trace.trace_id == id).map(|trace| Trace::clone(trace)).collect();
    if !held.is_empty() {
        return held;
    }
    let folder = recorder.folder().to_owned();
    tokio::task::spawn_blocking(move || recorder::find(&folder, &id)).await.unwrap_or_default()
}

fn show(trace: &Trace) -> String {
    let mut out = format!(
        "<article class=\"trace\"><h1>{} {} <span class=\"tag {reason}\">{reason}</span></h1><p class=\"lead\"><code>{}</code></p><ul class=\"told\">",
        escape(&trace.method),
        escape(if trace.path.is_empty() { &trace.route } else { trace.path.as_str() }),
        escape(&trace.trace_id),
        reason = escape(&trace.reason),
    );
    for sentence in explain(trace) {
        let _ = write!(out, "<li>{}</li>", escape(sentence));
    }
    out.push_str("</ul><h2>Where the time went</h2>");
    out += &waterfall(trace);
    let steps: Vec<Vec<String>> = trace.story.steps.iter().map(step_row).collect();
    out += &table(
        "steps",
        &["What", "Name", "#From", "#Took", "#Rows", "Failure"],
        &steps,
        "No query and no template ran.",
    );
    if trace.story.steps_left_out > 0 {
        let _ = write!(out, "<p class=\"nothing\">{} more steps are not shown.</p>", trace.story.steps_left_out);
    }
    out.push_str("<h2>Log lines</h2>");
    let lines: Vec<Vec<String>> = trace
        .story
        .lines
        .iter()
        .map(|line| {
            vec![time(line.at_us.into()), escape(&line.level), escape(format_args!("{}{}", line.text, line.fields))]
        })
        .collect();
    out += &table("lines", &["#At", "Level", "Text, without values"], &lines, "None.");
    out + "</article>"
}

fn step_row(step: &Step) -> Vec<String> {
    vec![
        step.kind.as_str().to_owned(),
        format!("<code>{}</code>", escape(&step.name)),
        time(step.start_us.into()),
        time(step.took_us.into()),
        if step.rows > 0 { step.rows.to_string() } else { String::new() },
        escape(&step.failure),
    ]
}

/// The steps as bars over the duration of the request. The table below it says the same in words.
fn waterfall(trace: &Trace) -> String {
    let total = trace.duration_us.max(1) as f64;
    let rows = trace.story.steps.len() + 1;
    let mut out = format!(
        "<svg class=\"waterfall\" role=\"img\" aria-label=\"Steps over time; the table below has the same numbers\" \
         viewBox=\"0 0 {WIDTH} {}\" preserveAspectRatio=\"none\" height=\"{}\">",
        rows * ROW,
        rows * ROW
    );
    let mut bar = |at: usize, class: &str, start_us: f64, took_us: f64| {
        let x = (start_us / total * WIDTH).min(WIDTH);
        let width = (took_us / total * WIDTH).clamp(2.0, (WIDTH - x).max(2.0));
        let y = at * ROW + 3;
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" rx=\"3\"/>",
            ROW - 6
        );
    };
    bar(0, "whole", 0.0, total);
    for (at, step) in trace.story.steps.iter().enumerate() {
        let class = if step.failure.is_empty() { step.kind.as_str() } else { "failed" };
        bar(at + 1, class, step.start_us.into(), step.took_us.into());
    }
    out + "</svg>"
}
