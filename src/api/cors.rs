//! Cross-origin requests (the Fetch standard): which pages of other sites may read the API in a browser. Only those that
//! the configuration names; nobody is let in by it who has no token and no session.

use http::Method;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
};

use crate::config::{self, Origins};

/// Seconds that a browser may keep the answer to a preflight.
const MAX_AGE_S: u64 = 600;
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Traceparent",
);
/// What a script may read beside the few headers that it always may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Content-Disposition, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Traceresponse, \
     WWW-Authenticate",
);
/// Any origin, without cookies.
const ANY: &str = "*";

/// Who may read.
pub struct Cors {
    origins: Origins,
    credentials: bool,
}

impl Cors {
    /// The configuration is checked: `*` does not come with credentials.
    pub fn of(settings: &config::Api) -> Self {
        let origins = settings.cors_origins.clone();
        Self { credentials: settings.cors_credentials && !origins.is_any(), origins }
    }

    fn is_listed(&self, headers: &HeaderMap) -> bool {
        headers.get(ORIGIN).is_some_and(|origin| self.origins.have(origin.as_bytes()))
    }

    /// Whether pages of this origin may also send what changes something with a cookie.
    pub fn trusts(&self, headers: &HeaderMap) -> bool {
        self.credentials && self.is_listed(headers)
    }

    /// Whether a browser asks what it may send, before it sends it.
    pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        *method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The headers of an answer to this request.
    pub fn allow(&self, asked: &HeaderMap, answer: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        if !self.origins.is_any() {
            answer.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = asked.get(ORIGIN) else { return };
        if self.origins.is_any() {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(ANY));
        } else if self.is_listed(asked) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        } else {
            return;
        }
        if self.credentials {
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }

    /// The headers of the answer to a preflight; for a page that may not read, none that allows anything.
    pub fn allow_preflight(&self, asked: &HeaderMap, answer: &mut HeaderMap) {
        for name in [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS] {
            answer.append(VARY, HeaderValue::from_static(word(&name)));
        }
        let mut allowed = HeaderMap::new();
        self.allow(asked, &mut allowed);
        let Some(origin) = allowed.remove(ACCESS_CONTROL_ALLOW_ORIGIN) else { return };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if let Some(credentials) = allowed.remove(ACCESS_CONTROL_ALLOW_CREDENTIALS) {
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
        }
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(MAX_AGE_S));
    }
}

fn word(name: &http::HeaderName) -> &'static str {
    match *name {
        ORIGIN => "Origin",
        ACCESS_CONTROL_REQUEST_METHOD => "Access-Control-Request-Method",
        _ => "Access-Control-Request-Headers",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://app.example.org";

    fn cors(origins: &str, credentials: bool) -> Cors {
        let flags = vec![("api.cors_origins".to_owned(), origins.to_owned())];
        let loaded = config::Config::load(config::Sources { flags, ..config::Sources::default() });
        let settings = loaded.expect("the settings are valid").config.api;
        Cors::of(&config::Api { cors_credentials: credentials, ..settings })
    }

    fn allowed(cors: &Cors, origin: &'static str) -> HeaderMap {
        let asked = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
        let mut answer = HeaderMap::new();
        cors.allow(&asked, &mut answer);
        answer
    }

    #[test]
    fn origins_are_compared_whole() {
        let cors = cors(OURS, true);
        let ours = allowed(&cors, OURS);
        assert_eq!(ours[ACCESS_CONTROL_ALLOW_ORIGIN], OURS);
        assert_eq!(ours[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(ours[VARY], "Origin");
        for other in [
            "null",
            "http://app.example.org",
            "https://app.example.org:8443",
            "https://app.example.org.evil.test",
            "https://evil.test/https://app.example.org",
            "https://APP.example.org",
            "*",
        ] {
            let headers = allowed(&cors, other);
            assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{other}");
            assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS), "{other}");
            assert_eq!(headers[VARY], "Origin", "{other}");
        }
    }

    #[test]
    fn any_origin_comes_without_cookies_and_none_without_headers() {
        let any = allowed(&cors("*", true), OURS);
        assert_eq!(any[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!any.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
        assert!(!cors("*", true).trusts(&HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(OURS))])));
        assert!(allowed(&cors("", false), OURS).is_empty());
    }
}
