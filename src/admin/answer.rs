//! Answers of the editor's pages: never cached, under a policy that lets nothing in from elsewhere.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER, SET_COOKIE,
};
use serde_json::{Value, json};

use super::entry::{Seat, Speaks};
use super::{Admin, shell};
use crate::accounts::{AccountError, SignedIn};
use crate::admin::texts::{Said, said, tell};
use crate::http::form::{FormData, is_form};
use crate::http::measure::Note;
use crate::http::origin;
use crate::http::session_cookie as cookie;
use crate::http::stack::RequestInfo;
use crate::telemetry::label::{Failure, Rejection, Route, Scheme};
use crate::telemetry::scope;

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
/// Longest form of these pages, in bytes: a password of a thousand letters, each of which may take twelve bytes.
const MAX_FORM_BYTES: usize = 32 << 10;
/// Seconds to wait when the server is at fault.
const RETRY_S: u64 = 5;
/// Of the doors and of messages, where nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
/// Of the page where one signs in, where passkeys work: a script of ours asks the device for one.
pub(super) const DOOR_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
                                      img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Of pages of work: scripts of ours, and the site in a frame.
const WORK_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                           connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                           frame-ancestors 'none'";

/// An answer of one route.
pub(super) fn plain(status: StatusCode, route: Route) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.extensions_mut().insert(Note::of(route));
    response
}

pub(super) fn see_other(location: &str, route: Route) -> Response {
    let mut response = plain(StatusCode::SEE_OTHER, route);
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/admin/"));
    response.headers_mut().insert(LOCATION, location);
    response
}

/// The methods that a route of the editor takes.
fn methods(route: Route) -> Option<&'static str> {
    let known = match route {
        Route::AdminLogout
        | Route::AdminSession
        | Route::AdminDraft
        | Route::AdminPublish
        | Route::AdminSchedule
        | Route::AdminLoginCode
        | Route::AdminLoginPasskey
        | Route::AdminRevert => "POST",
        Route::AdminLogin | Route::AdminWelcome | Route::AdminPreview | Route::AdminUnpublish | Route::AdminLive => {
            "GET, HEAD, POST"
        }
        // Addresses that share a route have methods of their own: the router tells them.
        Route::AdminPages
        | Route::AdminTrash
        | Route::AdminSearch
        | Route::AdminChoose
        | Route::AdminImages
        | Route::AdminDocuments
        | Route::AdminCollections
        | Route::AdminSnippets
        | Route::AdminRecords
        | Route::AdminSettings
        | Route::AdminRedirects
        | Route::AdminTags
        | Route::AdminAccount
        | Route::AdminReset
        | Route::AdminUsers
        | Route::AdminGroups
        | Route::AdminSites
        | Route::AdminLocales
        | Route::AdminPictures
        | Route::AdminJobs
        | Route::AdminTokens
        | Route::AdminWebhooks => return None,
        _ => "GET, HEAD",
    };
    Some(known)
}

/// With the seconds to wait.
pub(super) fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}

impl Admin {
    /// A page of a template.
    pub(super) fn html(&self, status: StatusCode, route: Route, template: &str, mut context: Value) -> Response {
        context["files"] = self.files.urls();
        tell(&self.say, &mut context);
        match self.templates.render_json(template, &context) {
            Ok(text) => {
                let mut response = plain(status, route);
                *response.body_mut() = text.into();
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
                headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
                response
            }
            Err(error) => {
                tracing::error!(%error, "a page of the editor cannot be rendered");
                let mut response = plain(StatusCode::INTERNAL_SERVER_ERROR, route);
                response.extensions_mut().insert(Note { failure: Failure::Template, ..Note::of(route) });
                response
            }
        }
    }

    /// What is said, for what is compared or looked for as text.
    pub(super) fn say(&self, said: Said) -> String {
        let mut text = Value::from(said);
        tell(&self.say, &mut text);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// A page with the navigation, for somebody who is signed in.
    pub(super) fn page(&self, seat: &Seat, template: &str, mut context: Value) -> Response {
        context["shell"] = shell::context(self, seat);
        let mut response = self.html(StatusCode::OK, seat.route, template, context);
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORK_POLICY));
        headers.extend(seat.userbar(self).map(|cookie| (SET_COOKIE, cookie)));
        response
    }

    /// An answer to a script of ours.
    pub(super) fn json(&self, status: StatusCode, route: Route, mut value: Value) -> Response {
        let mut response = plain(status, route);
        tell(&self.say, &mut value);
        *response.body_mut() = value.to_string().into();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// A refusal to a script of ours, with a code that it knows and a sentence for the editor.
    pub(super) fn problem(&self, status: StatusCode, route: Route, code: &str, text: Said) -> Response {
        let mut problem = json!({ "error": code, "message": text });
        let trace = scope::current_trace();
        if let Some(trace) = trace.as_ref().filter(|_| status.is_server_error()) {
            problem["trace_id"] = json!(trace.trace_id());
        }
        self.json(status, route, problem)
    }

    /// A page with one sentence.
    pub(super) fn message(&self, status: StatusCode, route: Route, text: Said) -> Response {
        let trace = scope::current_trace();
        let trace_id = trace.as_ref().filter(|_| status.is_server_error()).map(|trace| trace.trace_id());
        let title = said("status").with("status", status.as_u16());
        let context = json!({ "title": title, "text": text, "trace_id": trace_id });
        let mut response = self.html(status, route, "admin/message.html", context);
        if status == StatusCode::METHOD_NOT_ALLOWED
            && let Some(known) = methods(route)
        {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(known));
        }
        response
    }

    /// When the server, not the user, is at fault.
    pub(super) fn failed(&self, route: Route, speaks: Speaks, error: &AccountError) -> Response {
        tracing::error!(%error, "a request to the editor failed");
        let (failure, text) = match error {
            AccountError::Hashing(_) => (Failure::Overload, said("server-busy")),
            _ => (Failure::Database, said("server-failed")),
        };
        let answer = match speaks {
            Speaks::Html => self.message(StatusCode::SERVICE_UNAVAILABLE, route, text),
            Speaks::Json => self.problem(StatusCode::SERVICE_UNAVAILABLE, route, "unavailable", text),
        };
        let mut response = retry_after(answer, RETRY_S);
        response.extensions_mut().insert(Note { failure, ..Note::of(route) });
        response
    }

    /// Whoever is signed in.
    pub(super) async fn signed_in(
        &self,
        headers: &HeaderMap,
        scheme: Scheme,
    ) -> Result<Option<SignedIn>, AccountError> {
        match cookie::token(headers, scheme) {
            Some(token) => self.app.accounts.find_session(token).await,
            None => Ok(None),
        }
    }

    /// The form of a request that changes something; an answer instead when it is none. Ask
    /// [`Admin::refuse_foreign`] before.
    pub(super) async fn form(&self, request: Request, route: Route) -> Result<FormData, Response> {
        if !is_form(request.method(), request.headers()) {
            let text = said("only-a-form");
            return Err(self.message(StatusCode::UNSUPPORTED_MEDIA_TYPE, route, text));
        }
        let Ok(bytes) = axum::body::to_bytes(request.into_body(), MAX_FORM_BYTES).await else {
            return Err(self.message(StatusCode::PAYLOAD_TOO_LARGE, route, said("form-too-large")));
        };
        Ok(FormData::parse(&bytes))
    }

    /// The refusal of what another site made a browser send.
    pub(super) fn refuse_foreign(&self, request: &Request, info: &RequestInfo, route: Route) -> Option<Response> {
        if !origin::is_foreign(request.headers(), &info.host) {
            return None;
        }
        self.app.telemetry.families.http_rejected.with_label_values(&[Rejection::Csrf.as_str()]).inc();
        let text = said("form-of-another-site");
        Some(self.message(StatusCode::FORBIDDEN, route, text))
    }
}
