//! The cookie of a session, of editors and of members of the site. Over HTTPS its name binds it to this host: no other host can set it, nor plain HTTP read it.

use http::header::{HeaderMap, HeaderValue};

use super::form;
use crate::telemetry::label::Scheme;

const SECURE: &str = "__Host-vitrine_session";
/// Over plain HTTP, as on localhost: browsers refuse the other name there.
const PLAIN: &str = "vitrine_session";

fn name(scheme: Scheme) -> &'static str {
    if scheme == Scheme::Https { SECURE } else { PLAIN }
}

/// The token that a browser sent.
pub fn token(headers: &HeaderMap, scheme: Scheme) -> Option<&str> {
    form::cookie(headers, name(scheme))
}

/// Keeps a token in the browser for at most so long.
pub fn set(token: &str, scheme: Scheme, seconds: u64) -> HeaderValue {
    let secure = if scheme == Scheme::Https { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(scheme));
    HeaderValue::try_from(text).expect("tokens are base64 or empty")
}

pub fn clear(scheme: Scheme) -> HeaderValue {
    set("", scheme, 0)
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn over_https_only_the_name_that_is_bound_to_the_host_counts() {
        assert_eq!(
            set("abc", Scheme::Https, 60),
            "__Host-vitrine_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(set("abc", Scheme::Http, 60), "vitrine_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=b; vitrine_session=planted; __Host-vitrine_session=real"));
        assert_eq!(token(&headers, Scheme::Https), Some("real"));
        assert_eq!(token(&headers, Scheme::Http), Some("planted"));
    }
}
