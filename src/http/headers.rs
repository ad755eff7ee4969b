//! Security headers of every response, and the Content-Security-Policy of pages with its nonce.

use std::fmt;

use bytes::{BufMut as _, BytesMut};
use data_encoding::BASE64URL_NOPAD;
use http::header::{
    CONTENT_SECURITY_POLICY, InvalidHeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use rand::Rng as _;

use super::proxy::Scheme;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()");

const NONCE_BYTES: usize = 16;
/// 128 bits in base64 without padding.
const NONCE_LENGTH: usize = 22;

/// A page's script nonce: 128 random bits in URL-safe base64, which needs no escaping in HTML.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; NONCE_LENGTH]);

impl Nonce {
    pub fn random() -> Self {
        let mut bytes = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        let mut text = [0_u8; NONCE_LENGTH];
        BASE64URL_NOPAD.encode_mut(&bytes, &mut text);
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64 is ASCII")
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecurityHeadersError {
    #[error("security.frame_options = \"{0}\" is unknown; use SAMEORIGIN or DENY")]
    FrameOptions(String),
    #[error(
        "security.referrer_policy = \"{policy}\" is not a header value; use strict-origin-when-cross-origin or another policy of the Referrer-Policy header"
    )]
    ReferrerPolicy { policy: String, source: InvalidHeaderValue },
}

/// The headers, made once.
#[derive(Debug, Clone)]
pub struct SecurityHeaders {
    frame_options: HeaderValue,
    frame_ancestors: &'static str,
    referrer_policy: HeaderValue,
    /// `None` when `security.hsts_s` is 0.
    transport: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// # Errors
    /// Names the key of `[security]` that is wrong.
    pub fn new(hsts_s: u64, frame_options: &str, referrer_policy: &str) -> Result<Self, SecurityHeadersError> {
        let (frame_options, frame_ancestors) = match frame_options.to_ascii_uppercase().as_str() {
            "SAMEORIGIN" => (HeaderValue::from_static("SAMEORIGIN"), "'self'"),
            "DENY" => (HeaderValue::from_static("DENY"), "'none'"),
            _ => return Err(SecurityHeadersError::FrameOptions(frame_options.to_owned())),
        };
        let referrer_policy = HeaderValue::from_str(referrer_policy)
            .map_err(|source| SecurityHeadersError::ReferrerPolicy { policy: referrer_policy.to_owned(), source })?;
        let transport = (hsts_s > 0)
            .then(|| HeaderValue::try_from(format!("max-age={hsts_s}")).expect("digits are a header value"));
        Ok(Self { frame_options, frame_ancestors, referrer_policy, transport })
    }

    /// Adds what every response has. HSTS only on https: over http it means nothing (RFC 6797, 7.2).
    pub fn apply(&self, headers: &mut HeaderMap, scheme: Scheme) {
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(X_FRAME_OPTIONS, self.frame_options.clone());
        headers.insert(REFERRER_POLICY, self.referrer_policy.clone());
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(PERMISSIONS_POLICY, PERMISSIONS);
        if let (Scheme::Https, Some(transport)) = (scheme, &self.transport) {
            headers.insert(STRICT_TRANSPORT_SECURITY, transport.clone());
        }
    }

    /// Adds the policy of a page whose inline scripts carry `nonce`, and which shows players from `frames` (origins).
    pub fn apply_page_policy(&self, headers: &mut HeaderMap, nonce: &Nonce, frames: &[String]) {
        headers.insert(CONTENT_SECURITY_POLICY, self.page_policy(nonce, frames));
    }

    pub fn page_policy(&self, nonce: &Nonce, frames: &[String]) -> HeaderValue {
        const BEFORE: &str = "default-src 'none'; script-src 'self' 'nonce-";
        const AFTER: &str = "'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
            form-action 'self'; base-uri 'none'; frame-ancestors ";
        let mut policy =
            BytesMut::with_capacity(BEFORE.len() + NONCE_LENGTH + AFTER.len() + self.frame_ancestors.len());
        policy.put_slice(BEFORE.as_bytes());
        policy.put_slice(&nonce.0);
        policy.put_slice(AFTER.as_bytes());
        policy.put_slice(self.frame_ancestors.as_bytes());
        for (number, origin) in frames.iter().filter(|origin| is_source(origin)).enumerate() {
            policy.put_slice(if number == 0 { b"; frame-src " } else { b" " });
            policy.put_slice(origin.as_bytes());
        }
        HeaderValue::from_maybe_shared(policy.freeze()).expect("constants, base64 and origins are a header value")
    }
}

/// Nothing that could end the directive that it stands in.
fn is_source(origin: &str) -> bool {
    origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> SecurityHeaders {
        SecurityHeaders::new(31_536_000, "sameorigin", "strict-origin-when-cross-origin").expect("good values")
    }

    #[test]
    fn every_response_gets_the_security_headers() {
        let mut map = HeaderMap::new();
        headers().apply(&mut map, Scheme::Http);
        assert_eq!(map["x-content-type-options"], "nosniff");
        assert_eq!(map["x-frame-options"], "SAMEORIGIN");
        assert_eq!(map["referrer-policy"], "strict-origin-when-cross-origin");
        assert_eq!(map["cross-origin-opener-policy"], "same-origin");
        assert!(map.contains_key("permissions-policy"));
    }

    #[test]
    fn hsts_is_sent_on_https_only_and_not_when_zero() {
        let (mut https, mut http, mut off) = (HeaderMap::new(), HeaderMap::new(), HeaderMap::new());
        headers().apply(&mut https, Scheme::Https);
        headers().apply(&mut http, Scheme::Http);
        SecurityHeaders::new(0, "DENY", "no-referrer").expect("good values").apply(&mut off, Scheme::Https);
        assert_eq!(https["strict-transport-security"], "max-age=31536000");
        assert!(!http.contains_key("strict-transport-security") && !off.contains_key("strict-transport-security"));
    }

    #[test]
    fn the_page_policy_carries_the_nonce() {
        let nonce = Nonce::random();
        let expected = format!(
            "default-src 'none'; script-src 'self' 'nonce-{}'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
            nonce.as_str()
        );
        assert_eq!(headers().page_policy(&nonce, &[]), expected.as_str());
        let frames =
            ["https://player.vimeo.com".to_owned(), "x; script-src *".to_owned(), "https://w.test:8443".to_owned()];
        let expected = expected + "; frame-src https://player.vimeo.com https://w.test:8443";
        assert_eq!(headers().page_policy(&nonce, &frames), expected.as_str());
    }

    #[test]
    fn nonces_are_128_bits_and_differ() {
        let (one, other) = (Nonce::random(), Nonce::random());
        assert_ne!(one, other);
        assert_eq!(BASE64URL_NOPAD.decode(one.as_str().as_bytes()).expect("base64").len(), 16);
    }

    #[test]
    fn unknown_values_are_refused_with_their_key() {
        let frame = SecurityHeaders::new(0, "ALLOW-FROM x", "no-referrer").expect_err("obsolete").to_string();
        assert!(frame.contains("security.frame_options") && frame.contains("ALLOW-FROM x"), "{frame}");
        let referrer = SecurityHeaders::new(0, "DENY", "a\nb").expect_err("two lines").to_string();
        assert!(referrer.contains("security.referrer_policy"), "{referrer}");
    }
}
