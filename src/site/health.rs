//! `/health` and `/api/v1/health/`: the answers that load balancers of the replaced systems expect, told truly.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::json;

use super::PublicSite;
use crate::http::body::Body;
use crate::http::measure::{Answer, Note};
use crate::telemetry::label::Route;

impl PublicSite {
    /// 200 while pages can be served, which a lost database alone does not prevent; 405 for anything but GET and HEAD.
    pub fn health(&self, method: &Method, route: Route) -> Answer {
        let (status, body) = if !matches!(*method, Method::GET | Method::HEAD) {
            (StatusCode::METHOD_NOT_ALLOWED, json!({ "detail": format!("Method {method} is not allowed.") }))
        } else {
            let serving = !self.sites.load().is_empty();
            let status = if serving { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let word = match (serving, self.is_cut_off()) {
                (true, false) => "healthy",
                (true, true) => "degraded",
                (false, _) => "starting",
            };
            let service = &self.app.config.telemetry.service_name;
            (status, json!({ "status": word, "service": service, "version": env!("CARGO_PKG_VERSION") }))
        };
        let mut response = Response::new(Body::full(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        Answer { response, note: Note::of(route) }
    }
}
