//! Pages for those who edit them: the same as for everybody, with the script of a bar at their end. A signed mark in a cookie
//! tells them from visitors, who neither wait for a session to be looked up nor ever get such a page from a cache.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use http::{Method, StatusCode};

use super::PublicSite;
use crate::clock::Micros;
use crate::http::body::Body;
use crate::http::form;
use crate::http::measure::Answer;
use crate::http::stack::PageRequest;
use crate::keys::{Keys, Purpose};
use crate::telemetry::label::Scheme;

const COOKIE: &str = "vitrine_userbar";

/// A cookie that asks for the bar, for so many seconds. It opens nothing: what the bar shows is asked of the session.
pub fn mark(keys: &Keys, scheme: Scheme, seconds: u64) -> HeaderValue {
    let until = Micros::now().0 / 1_000_000 + i64::try_from(seconds).unwrap_or(i64::MAX / 2_000_000);
    let signature = keys.sign(Purpose::Userbar, &[&until.to_string()]);
    cookie(&format!("{until}.{signature}"), scheme, seconds)
}

/// No bar any more.
pub fn unmark(scheme: Scheme) -> HeaderValue {
    cookie("", scheme, 0)
}

fn cookie(value: &str, scheme: Scheme, seconds: u64) -> HeaderValue {
    let secure = if scheme == Scheme::Https { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).expect("digits and base64")
}

/// Whether a browser has a mark of ours that still holds.
pub fn is_marked(headers: &HeaderMap, keys: &Keys) -> bool {
    let Some((until, signature)) = form::cookie(headers, COOKIE).and_then(|value| value.split_once('.')) else {
        return false;
    };
    let holds = until.parse::<i64>().is_ok_and(|until| until > Micros::now().0 / 1_000_000);
    holds && keys.verify(Purpose::Userbar, &[until], signature)
}

impl PublicSite {
    /// Puts a script at the end of pages for editors, from now on.
    pub fn show_userbar(&self, script: String) {
        self.userbar.store(Some(Arc::new(script)));
    }

    /// Whether whoever asks gets the bar.
    pub fn has_userbar(&self, request: &PageRequest<'_>) -> bool {
        is_marked(request.headers, &self.app.keys) && self.userbar.load().is_some()
    }

    /// As [`PublicSite::answer`], with the bar: made for one person, and no view of the page.
    pub(super) async fn answer_for_editor(self: &Arc<Self>, request: &PageRequest<'_>) -> Answer {
        let mut headers = request.headers.clone();
        headers.remove(ACCEPT_ENCODING);
        headers.remove(IF_NONE_MATCH);
        // Only what is asked for with GET is a view; the body comes with either.
        let quiet = PageRequest { method: &Method::HEAD, headers: &headers, ..*request };
        let mut answer = self.answer(&quiet).await;
        if let Some(script) = &*self.userbar.load()
            && answer.note.page != 0
            && answer.response.status() == StatusCode::OK
        {
            add_script(&mut answer, script);
        }
        answer
    }
}

fn add_script(answer: &mut Answer, script: &str) {
    let headers = answer.response.headers_mut();
    if !headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        return;
    }
    headers.remove(ETAG);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let Body::Full(Some(body)) = answer.response.body() else { return };
    let tag = format!("<script type=\"module\" src=\"{script}\" data-vitrine-page=\"{}\"></script>", answer.note.page);
    let at = last_of(body, b"</body>").unwrap_or(body.len());
    let html = [&body[..at], tag.as_bytes(), &body[at..]].concat();
    *answer.response.body_mut() = Body::full(Bytes::from(html));
    // The figures of a page are those of its visitors.
    answer.note.page = 0;
}

fn last_of(body: &[u8], wanted: &[u8]) -> Option<usize> {
    body.windows(wanted.len()).rposition(|part| part == wanted)
}
