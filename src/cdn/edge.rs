//! What answers tell the CDN, which takes it off before visitors see them.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::word::carried;
use crate::config::{self, CdnProvider};
use crate::content::change::Tag;

const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const SURROGATE_CONTROL: HeaderName = HeaderName::from_static("surrogate-control");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// RFC 9213.
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");
const XKEY: HeaderName = HeaderName::from_static("xkey");
/// Longest list of words. Varnish takes lines of 8 kB, with the name; the others twice as much.
const MAX_BYTES: usize = 8000;

/// Takes off what is meant for the CDN, so that it does not keep the answer.
pub fn withhold(headers: &mut HeaderMap) {
    for name in [&SURROGATE_KEY, &SURROGATE_CONTROL, &CACHE_TAG, &CDN_CACHE_CONTROL, &XKEY] {
        headers.remove(name);
    }
}

/// How answers speak to one provider.
pub struct Edge {
    words: HeaderName,
    separator: &'static str,
    control: HeaderName,
    keep: HeaderValue,
    leave: HeaderValue,
    /// Whether answers to one address are kept apart by what `Vary` names.
    minds_vary: bool,
}

impl Edge {
    /// `None` without a provider.
    pub(super) fn of(settings: &config::Cdn) -> Option<Self> {
        let (words, separator, control, leave) = match settings.provider {
            CdnProvider::None => return None,
            CdnProvider::Fastly => (SURROGATE_KEY, " ", SURROGATE_CONTROL, "max-age=0"),
            CdnProvider::Cloudflare => (CACHE_TAG, ",", CDN_CACHE_CONTROL, "no-store"),
            CdnProvider::Varnish => (XKEY, " ", SURROGATE_CONTROL, "max-age=0"),
        };
        let keep = format!("max-age={}", settings.max_age_s);
        Some(Self {
            words,
            separator,
            control,
            keep: HeaderValue::from_str(&keep).expect("a number is visible ASCII"),
            leave: HeaderValue::from_static(leave),
            minds_vary: settings.provider != CdnProvider::Cloudflare,
        })
    }

    /// Of a page that was made of `tags`, the same for all who ask for it. One of too many parts is not to be kept, since it
    /// could not be taken out.
    pub fn keep(&self, tags: &[Tag]) -> HeaderMap {
        let words = carried(tags).join(self.separator);
        match HeaderValue::try_from(words) {
            Ok(words) if words.len() <= MAX_BYTES => {
                HeaderMap::from_iter([(self.words.clone(), words), (self.control.clone(), self.keep.clone())])
            }
            _ => self.leave(),
        }
    }

    /// Of a page that the CDN has to ask for each time.
    pub fn leave(&self) -> HeaderMap {
        HeaderMap::from_iter([(self.control.clone(), self.leave.clone())])
    }

    /// As [`Edge::keep`], for one of several forms of a page at its address.
    pub fn keep_form(&self, tags: &[Tag]) -> HeaderMap {
        if self.minds_vary { self.keep(tags) } else { self.leave() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn edge(provider: CdnProvider) -> Edge {
        let settings = config::Cdn { provider, max_age_s: 60, ..Config::default().cdn };
        Edge::of(&settings).expect("a provider")
    }

    fn shown(headers: &HeaderMap) -> Vec<String> {
        let mut shown: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII"))).collect();
        shown.sort();
        shown
    }

    #[test]
    fn each_provider_reads_its_own_headers() {
        let tags = [Tag::Page(7), Tag::Menu];
        let of = |provider| shown(&edge(provider).keep(&tags));
        let fastly = ["surrogate-control: max-age=60", "surrogate-key: vitrine p7 menu"];
        assert_eq!(of(CdnProvider::Fastly), fastly);
        assert_eq!(of(CdnProvider::Cloudflare), ["cache-tag: vitrine,p7,menu", "cdn-cache-control: max-age=60"]);
        assert_eq!(of(CdnProvider::Varnish), ["surrogate-control: max-age=60", "xkey: vitrine p7 menu"]);
        assert!(Edge::of(&Config::default().cdn).is_none());
    }

    #[test]
    fn what_cannot_be_taken_out_or_told_apart_is_not_kept() {
        let many: Vec<Tag> = (0..2000).map(|at| Tag::Page(1_000_000 + at)).collect();
        assert_eq!(shown(&edge(CdnProvider::Varnish).keep(&many)), ["surrogate-control: max-age=0"]);
        assert_eq!(shown(&edge(CdnProvider::Cloudflare).keep_form(&[])), ["cdn-cache-control: no-store"]);
        assert!(edge(CdnProvider::Fastly).keep_form(&[]).contains_key(SURROGATE_KEY));
        for provider in [CdnProvider::Fastly, CdnProvider::Cloudflare, CdnProvider::Varnish] {
            let mut headers = edge(provider).keep(&[Tag::Menu]);
            withhold(&mut headers);
            assert!(headers.is_empty(), "{provider}");
        }
    }
}
