//! What callers may do about webhooks and the feed of changes. There is no such webhook: who may is told so.

use reqwest::Method;
use serde_json::json;
use vitrine::accounts::Scope;

use crate::api_rows::{Asks, Row};

const FEED: &str = "/api/v1/changes/";

pub(super) fn rows() -> Vec<Row> {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let asked = [
        (&get, "/api/v1/webhooks/"),
        (&post, "/api/v1/webhooks/"),
        (&get, "/api/v1/webhooks/events/"),
        (&get, "/api/v1/webhooks/{id}/"),
        (&patch, "/api/v1/webhooks/{id}/"),
        (&delete, "/api/v1/webhooks/{id}/"),
        (&post, "/api/v1/webhooks/{id}/secret/"),
        (&post, "/api/v1/webhooks/{id}/test/"),
        (&post, "/api/v1/webhooks/{id}/replay/"),
        (&get, "/api/v1/webhooks/{id}/deliveries/"),
        (&get, "/api/v1/webhooks/{id}/deliveries/{delivery}/"),
        (&post, "/api/v1/webhooks/{id}/deliveries/{delivery}/replay/"),
    ];
    let row = |(method, path): (&Method, &'static str)| Row {
        method: method.clone(),
        path,
        at: path.replace("{id}", "999999").replace("{delivery}", "999999"),
        body: json!({}),
        asks: Asks::Global(Scope::Webhooks),
        status: 0,
    };
    let feed = Row {
        method: Method::GET,
        path: FEED,
        at: FEED.to_owned(),
        body: json!({}),
        asks: Asks::Scope(Scope::ReadContent),
        status: 200,
    };
    asked.into_iter().map(row).chain([feed]).collect()
}
