//! `/ops`, `/ops/live` and `/ops/history`: the page, its events one a second, and what its charts begin with.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response, Sse, sse};
use futures_util::StreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::Ops;
use super::html::{Page, Part, answer, escape};
use crate::http::measure::Note;
use crate::telemetry::label::Route;
use crate::telemetry::samples::{Point, Red, Step, is_visitors};

const EVERY: Duration = Duration::from_secs(1);

const CHARTS: [(&str, &str); 6] = [
    ("requests", "Requests per second"),
    ("latency", "Response time"),
    ("cache", "Pages from the cache"),
    ("database", "Database"),
    ("memory", "Memory"),
    ("lag", "Event loop lag"),
];

pub async fn page(State(ops): State<Arc<Ops>>) -> Response {
    let sections = ops.sections();
    let section = |id: &str| sections.iter().find(|(known, _)| *known == id).map_or("", |(_, html)| html.as_str());
    let part = |id: &str, title: &str, note: &str| {
        let html = section(id);
        format!(
            "<section class=\"card\" aria-labelledby=\"h-{id}\"><h2 id=\"h-{id}\">{title} <small>{note}</small></h2>\
             <div data-section=\"{id}\">{html}</div></section>"
        )
    };
    let visited = Route::ALL.iter().filter(|route| is_visitors(**route)).map(|route| escape(route.as_str()));
    let options: String = visited.map(|route| format!("<option>{route}</option>")).collect();
    let charts: String = CHARTS
        .iter()
        .map(|(id, title)| format!("<figure class=\"card\"><figcaption>{title}</figcaption><div class=\"chart\" id=\"chart-{id}\"></div></figure>"))
        .collect();
    let main = format!(
        "<h1 class=\"hidden\">Now</h1><div class=\"top\"><div data-section=\"state\" aria-live=\"polite\">{}</div><div data-section=\"build\">{}</div></div>\
         <div data-section=\"tiles\">{}</div>\
         <form class=\"filter\" id=\"choose\" hidden><fieldset><legend>Charts of</legend>\
         <label><input type=\"radio\" name=\"step\" value=\"1s\" checked> 15 minutes</label>\
         <label><input type=\"radio\" name=\"step\" value=\"1m\"> 24 hours</label></fieldset>\
         <label>Route <select name=\"route\"><option value=\"\">all visitors</option>{options}</select></label>\
         <output id=\"link\">connecting</output></form>\
         <noscript><p class=\"lead\">Without JavaScript this page shows the numbers of its loading: reload it for new ones.</p></noscript>\
         <div class=\"charts\" id=\"charts\" hidden>{charts}</div><div class=\"columns\">{}{}{}{}{}{}{}</div>",
        section("state"),
        section("build"),
        section("tiles"),
        part("errors", "Errors", "since the start"),
        part("routes", "Routes", "last 5 minutes"),
        part("queries", "Queries by time", "last 5 minutes"),
        part("objectives", "Objectives", "1× lasts 30 days"),
        part("changes", "Changes", "newest first"),
        part("jobs", "Jobs", "as of 15 seconds ago"),
        part("pools", "Connections", "now"),
    );
    let scripts = ["uplot.iife.min.js", "ops.js"];
    Page { title: "Vitrine operations", part: Part::Now, main, scripts: &scripts }.into_response(StatusCode::OK)
}

/// One listener; its place is free again when it goes.
struct Listening {
    ops: Arc<Ops>,
    ticks: tokio::time::Interval,
    _place: OwnedSemaphorePermit,
}

pub async fn live(State(ops): State<Arc<Ops>>) -> Response {
    let Ok(place) = ops.places.clone().try_acquire_owned() else {
        let text = "Too many pages listen already: close one, or reload this one for its numbers.\n";
        return answer(StatusCode::TOO_MANY_REQUESTS, "text/plain; charset=utf-8", text);
    };
    let stop = ops.stop.clone();
    let listening = Listening { ops, ticks: tokio::time::interval(EVERY), _place: place };
    let events = futures_util::stream::unfold(listening, |mut listening| async move {
        listening.ticks.tick().await;
        let event = sse::Event::default().data(listening.ops.event().to_string());
        Some((Ok::<_, Infallible>(event), listening))
    });
    let mut response = Sse::new(events.take_until(stop.cancelled_owned()).boxed()).into_response();
    response.headers_mut().insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Note::of(Route::OpsLive));
    response
}

impl Ops {
    fn event(&self) -> Value {
        let sections: serde_json::Map<String, Value> =
            self.sections().into_iter().map(|(id, html)| (id.to_owned(), html.into())).collect();
        let point = self.app.telemetry.samples.last_point();
        let routes: serde_json::Map<String, Value> = point
            .iter()
            .flat_map(|point| point.routes.iter())
            .map(|(at, red)| (Route::ALL[usize::from(*at)].as_str().to_owned(), json!(columns_of(red))))
            .collect();
        json!({ "point": point.map(|point| columns(&point, None)), "routes": routes, "sections": sections })
    }
}

#[derive(serde::Deserialize)]
pub struct Wanted {
    #[serde(default)]
    step: String,
    #[serde(default)]
    route: String,
}

/// `{"columns": [[…], …]}`: one list for each number of a point, in the order of [`columns`].
pub async fn history(State(ops): State<Arc<Ops>>, Query(wanted): Query<Wanted>) -> Response {
    let step = if wanted.step == "1m" { Step::Minute } else { Step::Second };
    let route = Route::ALL.iter().position(|route| route.as_str() == wanted.route);
    let points = ops.app.telemetry.samples.points(step);
    let mut all: Vec<Vec<f64>> = Vec::new();
    for point in &points {
        let numbers = columns(point, route);
        all.resize(numbers.len(), Vec::new());
        all.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
    }
    answer(StatusCode::OK, "application/json", json!({ "columns": all }).to_string())
}

fn columns_of(red: &Red) -> [f64; 4] {
    [red.per_s, red.errors_per_s, red.p50_s, red.p95_s].map(f64::from)
}

/// The numbers of a point, in the order that ops.js knows; of one route when it is given.
fn columns(point: &Point, route: Option<usize>) -> Vec<f64> {
    const QUIET: Red = Red { per_s: 0.0, errors_per_s: 0.0, p50_s: f32::NAN, p95_s: f32::NAN };
    let red = match route {
        None => point.red,
        Some(at) => point.routes.iter().find(|(known, _)| usize::from(*known) == at).map_or(QUIET, |(_, red)| *red),
    };
    let rest = [
        point.hit_ratio,
        point.queries_per_s,
        point.db_s_per_s,
        point.pool_used,
        point.resident_bytes,
        point.lag_p95_s,
        point.cpu,
    ];
    std::iter::once(point.at_s).chain(columns_of(&red)).chain(rest.map(f64::from)).collect()
}
