//! Whether a form was sent from a page of this site. Cached pages are the same for everybody and can hold no token, so
//! the browser's own word is taken: Sec-Fetch-Site, or Origin where that is not sent.

use http::header::{HeaderMap, HeaderName, ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a browser says that another site sent this. `host`: the host that the request names, with its port.
///
/// Without either header no browser sent it, or none that keeps cookies from other sites: nothing can be forged then.
pub fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    !origin.is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_browsers_word_decides() {
        let foreign = |pairs: &[(HeaderName, &'static str)]| {
            let headers: HeaderMap =
                pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
            is_foreign(&headers, "site.test:8000")
        };
        assert!(!foreign(&[]));
        assert!(!foreign(&[(SEC_FETCH_SITE, "same-origin")]));
        assert!(!foreign(&[(SEC_FETCH_SITE, "none")]));
        assert!(!foreign(&[(ORIGIN, "http://site.test:8000")]));
        assert!(!foreign(&[(ORIGIN, "https://SITE.test:8000")]));
        for site in ["cross-site", "same-site", ""] {
            assert!(foreign(&[(SEC_FETCH_SITE, site), (ORIGIN, "http://site.test:8000")]), "{site}");
        }
        for origin in
            ["null", "http://site.test", "http://evil.test", "http://site.test:8000.evil.test", "site.test:8000"]
        {
            assert!(foreign(&[(ORIGIN, origin)]), "{origin}");
        }
    }
}
