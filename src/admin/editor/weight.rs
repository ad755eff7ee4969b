//! What the draft of a page weighs for whoever opens it, beside what is live, and what could be better about its content:
//! told before it is published.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Wants, data, on_page};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::{Admin, words};
use crate::content::EditError;
use crate::content::page::Page;
use crate::render::checks::{self, Finding, Rule};
use crate::site::Look;
use crate::site::weight::Weight;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminWeight;
/// Places that each finding names.
const MAX_QUOTES: usize = 3;

/// `{"draft": WEIGHT, "live": WEIGHT, "checks": [{"rule", "message", "count", "quotes"}]}`; null for what cannot be shown,
/// or is not live. The checks are of the draft.
pub(super) async fn of_page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let work = async |_: &Seat, page: Page| {
        let (draft, live) = weigh(&admin, page).await?;
        let (draft, findings) = draft.map_or((None, Vec::new()), |(weight, findings)| (Some(weight), findings));
        let answer = json!({ "draft": draft.map(shown), "live": live.map(shown), "checks": told(&findings) });
        Ok(admin.json(StatusCode::OK, ROUTE, answer))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// A page as it is sent, and what could be better about it.
type Weighed = (Weight, Vec<Finding>);

async fn weigh(admin: &Admin, page: Page) -> Result<(Option<Weighed>, Option<Weight>), EditError> {
    let live = if page.live { weight_of(admin, page.clone()).await } else { None };
    let weight = live.as_ref().map(|(weight, _)| *weight);
    let draft = match data::newest(admin, &page).await? {
        Some(newest) => weight_of(admin, admin.app.content.as_if(page, newest.content)?).await,
        None => live,
    };
    Ok((draft, weight))
}

/// A draft that cannot be drawn has no weight: the preview tells why.
async fn weight_of(admin: &Admin, page: Page) -> Option<Weighed> {
    let preview = admin.site.preview(page, Look::Page).await.ok()??;
    let findings = checks::check(&preview.html);
    Some((admin.site.weigh(preview.html).await, findings))
}

/// Findings by their rules, each with the first places.
fn told(findings: &[Finding]) -> Vec<Value> {
    let of_rule = |rule: &Rule| {
        let found: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == *rule).collect();
        let quotes = found.iter().map(|finding| finding.quote.as_str()).filter(|quote| !quote.is_empty());
        let quotes: Vec<&str> = quotes.take(MAX_QUOTES).collect();
        let told =
            json!({ "rule": rule.as_str(), "message": words::check(*rule), "count": found.len(), "quotes": quotes });
        (!found.is_empty()).then_some(told)
    };
    Rule::ALL.iter().filter_map(of_rule).collect()
}

fn shown(weight: Weight) -> Value {
    json!({
        "bytes": weight.bytes(), "html_bytes": weight.html_bytes, "image_bytes": weight.image_bytes,
        "images": weight.images, "unknown": weight.unknown,
    })
}
