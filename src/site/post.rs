//! A form sent to a page's own URL: the password of what is restricted there, or a form of the page.

use std::sync::Arc;

use http::StatusCode;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, LOCATION};
use http::request::Parts;

use super::PublicSite;
use super::fill::PageError;
use super::pages;
use crate::http::body::Body;
use crate::http::form::{FormData, is_form};
use crate::http::measure::{Answer, Note};
use crate::http::origin;
use crate::http::problem::Problem;
use crate::http::stack::{PageRequest, RequestInfo};
use crate::telemetry::label::{Rejection, Route};

/// Longest form, in bytes; `server.max_body_bytes` may say less.
const MAX_FORM_BYTES: usize = 1 << 20;
/// The hidden field of the password form: which restriction it is for.
const RESTRICTION: &str = "vitrine_restriction";
const PASSWORD: &str = "vitrine_password";

impl PublicSite {
    /// Answers a POST.
    pub async fn accept(self: &Arc<Self>, parts: &Parts, info: &RequestInfo, body: axum::body::Body) -> Answer {
        let (method, uri, headers) = (&parts.method, &parts.uri, &parts.headers);
        let request = PageRequest { method, uri, host: &info.host, scheme: info.scheme, headers };
        let sites = self.sites.load_full();
        let Some(site) = sites.find(&info.host) else { return self.failed(&request, Route::Page, &PageError::NoSite) };
        let target = pages::Target::of(&request);
        let wanted = target.as_ref().map(|target| {
            let site = sites.find_for(&info.host, &target.path).unwrap_or(site);
            target.wanted(site)
        });
        if !is_form(&parts.method, &parts.headers) {
            return match wanted {
                Some(wanted) if parts.headers.contains_key(CONTENT_TYPE) => {
                    self.refuse_form_encoding(wanted, &request).await
                }
                _ => method_not_allowed(),
            };
        }
        if origin::is_foreign(&parts.headers, &info.host) {
            self.app.telemetry.families.http_rejected.with_label_values(&[Rejection::Csrf.as_str()]).inc();
            let problem = Problem::new(StatusCode::FORBIDDEN, "csrf", "This form was sent from another site");
            return told(problem.with_detail("Open the page and send the form from there."));
        }
        let limit = MAX_FORM_BYTES.min(self.app.config.server.max_body_bytes);
        let Ok(bytes) = axum::body::to_bytes(body, limit).await else {
            self.app.telemetry.families.http_rejected.with_label_values(&[Rejection::BodyTooLarge.as_str()]).inc();
            let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The form is too large");
            return told(problem.with_detail(format!("At most {limit} bytes are taken, within the time for a body.")));
        };
        let form = FormData::parse(&bytes);
        let site = wanted.as_ref().map_or(site, |wanted| wanted.site);
        if let Some(restriction) = form.first(RESTRICTION).and_then(|id| id.parse().ok()) {
            let given = form.first(PASSWORD).unwrap_or_default().to_owned();
            return self.take_password(restriction, given, site, &request, info).await;
        }
        match wanted {
            Some(wanted) => self.take_form(wanted, &form, &request, info).await,
            None => method_not_allowed(),
        }
    }
}

pub(super) fn method_not_allowed() -> Answer {
    pages::plain(StatusCode::METHOD_NOT_ALLOWED, Route::Page, (ALLOW, HeaderValue::from_static("GET, HEAD")))
}

/// After a form was taken: the browser asks for the same URL again.
pub(super) fn see_other(uri: &http::Uri) -> Answer {
    // Two slashes at the start would name another host.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    let location = uri.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    let location = HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static("/"));
    pages::plain(StatusCode::SEE_OTHER, Route::Page, (LOCATION, location))
}

fn told(problem: Problem) -> Answer {
    Answer { response: problem.into_text().map(Body::from), note: Note::of(Route::Page) }
}
