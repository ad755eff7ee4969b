//! The cookie of a session, of editors and of members of the site. Over HTTPS its name binds it to this host: no other host can set it, nor plain HTTP read it.

use http::header::{COOKIE, HeaderMap, HeaderValue};

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

/// Takes it out of a request that goes to another server.
pub fn remove(headers: &mut HeaderMap) {
    let is_ours = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default().trim();
        name == SECURE || name == PLAIN
    };
    let kept: Vec<String> = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter(|pair| !is_ours(pair))
        .map(|pair| pair.trim().to_owned())
        .collect();
    headers.remove(COOKIE);
    if !kept.is_empty() {
        headers.extend(HeaderValue::try_from(kept.join("; ")).ok().map(|value| (COOKIE, value)));
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn another_server_gets_the_other_cookies_alone() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("theme=dark; vitrine_session=abc"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-vitrine_session=def; x=1"));
        remove(&mut headers);
        assert_eq!(headers[COOKIE], "theme=dark; x=1");
        let mut alone = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("vitrine_session=abc"))]);
        remove(&mut alone);
        assert!(alone.is_empty());
    }
}
