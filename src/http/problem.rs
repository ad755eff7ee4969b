//! Error answers: RFC 9457 problem+json for APIs and plain text for everything else, both with
//! the trace id that finds the cause. Only client text goes in; causes go to the log.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Map, Value};

/// Where the documentation tells of each problem, by its code; relative to the server.
const DOCS: &str = "/api/docs/problems#";

/// One problem, told to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    /// What programs match on: stable, snake_case.
    pub code: &'static str,
    /// The same for every occurrence of `code`.
    pub title: &'static str,
    /// This occurrence, for a person.
    pub detail: Option<Cow<'static, str>>,
    pub trace_id: Option<String>,
    pub retry_after_s: Option<u32>,
    pub errors: Vec<FieldProblem>,
    /// Facts of this code alone, such as the revision that somebody else saved.
    pub members: Map<String, Value>,
}

/// A problem with one value of the request body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// RFC 6901 JSON pointer, such as `/fields/intro`.
    pub pointer: String,
    /// What programs match on: stable, snake_case.
    pub code: String,
    pub detail: String,
}

#[derive(Serialize)]
struct Wire<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        let (errors, members) = (Vec::new(), Map::new());
        Self { status, code, title, detail: None, trace_id: None, retry_after_s: None, errors, members }
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn with_trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.trace_id = Some(trace_id.into());
        self
    }

    #[must_use]
    pub fn with_retry_after_s(mut self, retry_after_s: u32) -> Self {
        self.retry_after_s = Some(retry_after_s);
        self
    }

    /// A fact of this code.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// What is wrong with one value of the body.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        self.errors.push(FieldProblem { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() });
        self
    }

    /// `application/problem+json`.
    pub fn into_json(self) -> Response<Full<Bytes>> {
        let wire = Wire {
            r#type: format!("{DOCS}{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.as_deref(),
            trace_id: self.trace_id.as_deref(),
            errors: &self.errors,
            members: &self.members,
        };
        let body = serde_json::to_vec(&wire).expect("strings and numbers always serialize");
        self.answer("application/problem+json", body)
    }

    /// `text/plain`, for the edge and for clients that did not ask for JSON.
    pub fn into_text(self) -> Response<Full<Bytes>> {
        let mut body = format!("{} {}\n", self.status.as_u16(), self.title);
        if let Some(detail) = &self.detail {
            body.push_str(detail);
            body.push('\n');
        }
        if let Some(trace_id) = &self.trace_id {
            body.push_str("trace ");
            body.push_str(trace_id);
            body.push('\n');
        }
        self.answer("text/plain; charset=utf-8", body.into_bytes())
    }

    fn answer(&self, content_type: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
        let length = body.len();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry_after_s) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    fn overloaded() -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too many requests in flight")
            .with_detail("Try \"again\" soon.")
            .with_trace_id("4bf92f35")
            .with_retry_after_s(1)
    }

    async fn body(response: Response<Full<Bytes>>) -> Bytes {
        response.into_body().collect().await.expect("bytes do not fail").to_bytes()
    }

    #[tokio::test]
    async fn json_has_the_members_of_rfc_9457_and_the_trace() {
        let response = overloaded().into_json();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(
            body(response).await,
            r#"{"type":"/api/docs/problems#overloaded","title":"Too many requests in flight","status":503,"code":"overloaded","detail":"Try \"again\" soon.","trace_id":"4bf92f35"}"#
        );
    }

    #[tokio::test]
    async fn field_problems_are_listed_with_their_pointers() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid value")
            .at("/fields/intro", "required", "is required")
            .with("revision", 7);
        let text = body(problem.into_json()).await;
        let json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        assert_eq!(json["errors"][0]["pointer"], "/fields/intro");
        assert_eq!(json["errors"][0]["code"], "required");
        assert_eq!(json["revision"], 7);
        assert!(json.get("detail").is_none());
    }

    #[tokio::test]
    async fn text_is_a_few_plain_lines() {
        let response = overloaded().into_text();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(body(response).await, "503 Too many requests in flight\nTry \"again\" soon.\ntrace 4bf92f35\n");
    }
}
