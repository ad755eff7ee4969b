//! Web Vitals: how fast pages are for those who read them. Browsers send one small message for a page that they leave,
//! to the site itself; it holds times, the page with its type, and the kind of device. No cookie, and no address is kept.
//!
//! Thresholds and definitions: web.dev/articles/vitals.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde::Deserialize;

use super::PublicSite;
use super::pages;
use crate::http::body::Body;
use crate::http::measure::{Answer, Note};
use crate::http::origin;
use crate::http::stack::RequestInfo;
use crate::http::throttle::Network;
use crate::telemetry::label::{BeaconOutcome, Device, PAGE_TYPE, Route};

/// Where browsers find the script, and where they send to.
pub const SCRIPT: &str = "/-/vitals.js";
pub const BEACON: &str = "/-/vitals";
const SOURCE: &str = include_str!("vitals.js");
/// A message has seven short values.
const MAX_BYTES: usize = 1024;
/// Messages of one client in a minute; a page sends one.
pub const PER_MINUTE: u32 = 60;
/// Longer is no loading of a page.
const MAX_SECONDS: f64 = 600.0;
const MAX_SHIFT: f64 = 100.0;
const DO_NOT_TRACK: HeaderName = HeaderName::from_static("dnt");
const PRIVACY_CONTROL: HeaderName = HeaderName::from_static("sec-gpc");

/// What a browser measured, in seconds; what it could not measure is missing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vitals {
    page_type: String,
    /// The page's id, as its template says it.
    page: Option<i64>,
    device: String,
    lcp: Option<f64>,
    inp: Option<f64>,
    fcp: Option<f64>,
    ttfb: Option<f64>,
    /// A score.
    cls: Option<f64>,
}

impl Vitals {
    fn is_plausible(&self) -> bool {
        let times = [self.lcp, self.inp, self.fcp, self.ttfb];
        times.into_iter().flatten().all(|time| (0.0..=MAX_SECONDS).contains(&time))
            && self.cls.is_none_or(|shift| (0.0..=MAX_SHIFT).contains(&shift))
    }
}

/// The script of a site that measures; the version keeps browsers from using an older one.
pub fn script_url() -> String {
    format!("{SCRIPT}?v={}", env!("CARGO_PKG_VERSION"))
}

/// Answers with the script.
pub fn script(method: &Method) -> Answer {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return pages::plain(
            StatusCode::METHOD_NOT_ALLOWED,
            Route::Vitals,
            (ALLOW, HeaderValue::from_static("GET, HEAD")),
        );
    }
    let mut response = Response::new(Body::full(SOURCE));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=604800"));
    Answer { response, note: Note::of(Route::Vitals) }
}

impl PublicSite {
    /// Takes what a browser measured. The answer is empty whatever becomes of it: nobody reads it.
    pub async fn take_vitals(&self, parts: &Parts, info: &RequestInfo, body: axum::body::Body) -> Answer {
        if parts.method != Method::POST {
            return pages::plain(
                StatusCode::METHOD_NOT_ALLOWED,
                Route::Vitals,
                (ALLOW, HeaderValue::from_static("POST")),
            );
        }
        let outcome = self.record_vitals(parts, info, body).await;
        self.app.telemetry.families.beacons.with_label_values(&[outcome.as_str()]).inc();
        let status = match outcome {
            // Who shares an address with many others did nothing wrong, and their console says nothing of it.
            BeaconOutcome::Accepted | BeaconOutcome::Declined | BeaconOutcome::RateLimited => StatusCode::NO_CONTENT,
            BeaconOutcome::Rejected => StatusCode::BAD_REQUEST,
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        Answer { response, note: Note::of(Route::Vitals) }
    }

    async fn record_vitals(&self, parts: &Parts, info: &RequestInfo, body: axum::body::Body) -> BeaconOutcome {
        if wants_no_trace(&parts.headers) {
            return BeaconOutcome::Declined;
        }
        if self.vitals_throttle.take(Network::of(info.client), 0).is_err() {
            return BeaconOutcome::RateLimited;
        }
        if origin::is_foreign(&parts.headers, &info.host) {
            return BeaconOutcome::Rejected;
        }
        let Ok(bytes) = axum::body::to_bytes(body, MAX_BYTES).await else { return BeaconOutcome::Rejected };
        let Ok(vitals) = serde_json::from_slice::<Vitals>(&bytes) else { return BeaconOutcome::Rejected };
        // Types of the site alone: nobody makes series by sending names.
        let is_known = self.app.content.types().pages().any(|of_type| of_type.name == vitals.page_type);
        if !is_known || !vitals.is_plausible() {
            return BeaconOutcome::Rejected;
        }
        let Some(device) = Device::ALL.iter().find(|device| device.as_str() == vitals.device) else {
            return BeaconOutcome::Rejected;
        };
        let telemetry = &self.app.telemetry;
        let labels = [telemetry.bounded(&PAGE_TYPE, &vitals.page_type), device.as_str()];
        let families = &telemetry.families;
        for (family, value) in [
            (&families.web_vital_lcp, vitals.lcp),
            (&families.web_vital_inp, vitals.inp),
            (&families.web_vital_cls, vitals.cls),
            (&families.web_vital_fcp, vitals.fcp),
            (&families.web_vital_ttfb, vitals.ttfb),
        ] {
            if let Some(value) = value {
                family.with_label_values(&labels).observe(value);
            }
        }
        // A page that was never answered for has no figures: nobody makes rows by sending numbers.
        if let Some(tally) = vitals.page.and_then(|page| telemetry.figures.find(page)) {
            tally.note_vitals(vitals.lcp, vitals.inp, vitals.cls);
        }
        BeaconOutcome::Accepted
    }
}

/// Do Not Track, or Global Privacy Control. The script does not even ask then.
fn wants_no_trace(headers: &HeaderMap) -> bool {
    [DO_NOT_TRACK, PRIVACY_CONTROL].iter().any(|name| headers.get(name).is_some_and(|value| value == "1"))
}
