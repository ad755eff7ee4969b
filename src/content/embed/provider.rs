//! Providers of embedded media: whose address is whose, and what of their answers may be shown.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use url::{Host, Url};

/// Longest address that is looked up.
const MAX_URL_BYTES: usize = 2048;
const MAX_PROVIDERS: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// The key in the table.
    pub key: String,
    pub name: String,
    urls: Vec<String>,
    pub endpoint: Url,
    frames: Vec<String>,
    frame_host: Option<String>,
    pub fixed_height: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    name: Option<String>,
    urls: Vec<String>,
    #[serde(default)]
    endpoint: Option<String>,
    #[serde(default)]
    frames: Vec<String>,
    #[serde(default)]
    frame_host: Option<String>,
    #[serde(default)]
    fixed_height: bool,
}

/// The providers that are known. Others are not asked, whatever they offer.
#[derive(Debug, Clone)]
pub struct Providers(BTreeMap<String, Provider>);

impl Default for Providers {
    /// The table of the product.
    fn default() -> Self {
        static TABLE: LazyLock<Providers> = LazyLock::new(|| {
            Providers(BTreeMap::new()).and(include_str!("providers.toml")).expect("a test loads the table")
        });
        TABLE.clone()
    }
}

impl Providers {
    /// With the entries of a TOML table over these; an entry without addresses takes a provider away.
    ///
    /// # Errors
    /// Every mistake, as one line each.
    pub fn and(mut self, text: &str) -> Result<Self, Vec<String>> {
        let entries: BTreeMap<String, Entry> = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let mut problems = Vec::new();
        for (key, entry) in entries {
            if entry.urls.is_empty() {
                self.0.remove(&key);
                continue;
            }
            match provider(&key, entry) {
                Ok(provider) => drop(self.0.insert(key, provider)),
                Err(problem) => problems.push(format!("{key}.{problem}")),
            }
        }
        if self.0.len() > MAX_PROVIDERS {
            problems.push(format!("there are more than {MAX_PROVIDERS} providers"));
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Whose address this is.
    pub fn find(&self, address: &str) -> Option<&Provider> {
        let (host, rest) = parts(&web_url(address)?)?;
        self.0.values().find(|provider| provider.urls.iter().any(|pattern| fits(pattern, &host, &rest)))
    }
}

/// Shared, as types are.
pub type SharedProviders = Arc<Providers>;

fn provider(key: &str, entry: Entry) -> Result<Provider, String> {
    for pattern in &entry.urls {
        let host = pattern_parts(pattern).map(|(host, _)| host).unwrap_or_default();
        if host.trim_matches('*').trim_matches('.').is_empty() {
            return Err(format!("urls: \"{pattern}\" is no pattern such as https://video.example/watch/*"));
        }
    }
    let endpoint = entry.endpoint.as_deref().ok_or("endpoint: is missing")?;
    let endpoint = web_url(endpoint).ok_or_else(|| format!("endpoint: \"{endpoint}\" is no https address"))?;
    for frame in &entry.frames {
        let is_whole = web_url(frame).is_some_and(|url| url.as_str() == frame) && frame.matches('/').count() >= 3;
        if !is_whole {
            return Err(format!("frames: \"{frame}\" must be the beginning of an address, with its first slash"));
        }
    }
    if let Some(host) = entry.frame_host.as_deref().filter(|host| Host::parse(host).is_err() || host.contains('/')) {
        return Err(format!("frame_host: \"{host}\" is no host name"));
    }
    Ok(Provider {
        key: key.to_owned(),
        name: entry.name.unwrap_or_else(|| key.to_owned()),
        urls: entry.urls,
        endpoint,
        frames: entry.frames,
        frame_host: entry.frame_host,
        fixed_height: entry.fixed_height,
    })
}

impl Provider {
    /// What to ask: the endpoint with the address.
    pub fn question(&self, address: &str) -> Url {
        let mut question = self.endpoint.clone();
        question.query_pairs_mut().append_pair("url", address).append_pair("format", "json");
        question
    }

    /// Whether an answer may send us there: the endpoint's own host, by the same scheme or a better one.
    pub fn may_redirect_to(&self, url: &Url) -> bool {
        let same_host = url.host() == self.endpoint.host() && url.username().is_empty() && url.password().is_none();
        let same_port = url.port_or_known_default() == self.endpoint.port_or_known_default();
        same_host
            && ((same_port && url.scheme() == self.endpoint.scheme())
                || (url.scheme() == "https" && url.port().is_none()))
    }

    /// The address of a player, if it is one of this provider's.
    pub fn frame(&self, source: &str) -> Option<String> {
        let source = source.trim();
        let absolute = if source.starts_with("//") { format!("https:{source}") } else { source.to_owned() };
        let mut url = web_url(&absolute)?;
        if !self.frames.iter().any(|beginning| url.as_str().starts_with(beginning.as_str())) {
            return None;
        }
        if let Some(host) = &self.frame_host {
            url.set_host(Some(host)).ok()?;
        }
        Some(url.into())
    }
}

/// An `http` or `https` address with a host and without credentials.
fn web_url(address: &str) -> Option<Url> {
    if address.len() > MAX_URL_BYTES {
        return None;
    }
    let url = Url::parse(address.trim()).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    (plain && url.host().is_some()).then_some(url)
}

/// Host with its port, and what is behind it.
fn parts(url: &Url) -> Option<(String, String)> {
    let mut host = url.host_str()?.to_owned();
    if let Some(port) = url.port() {
        host.push_str(&format!(":{port}"));
    }
    let mut rest = url.path().to_owned();
    if let Some(query) = url.query() {
        rest.push('?');
        rest.push_str(query);
    }
    Some((host, rest))
}

fn pattern_parts(pattern: &str) -> Option<(&str, &str)> {
    let rest = pattern.strip_prefix("https://").or_else(|| pattern.strip_prefix("http://"))?;
    let slash = rest.find('/')?;
    Some(rest.split_at(slash))
}

/// Host and path are held apart, so that no path poses as a host.
fn fits(pattern: &str, host: &str, rest: &str) -> bool {
    pattern_parts(pattern).is_some_and(|(of_host, of_rest)| glob(of_host, host) && glob(of_rest, rest))
}

/// Whether `text` fits `pattern`, whose `*` stand for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> Option<String> {
        Providers::default().find(address).map(|provider| provider.key.clone())
    }

    #[test]
    fn addresses_are_told_apart() {
        for (address, expected) in [
            ("https://www.youtube.com/watch?v=abc&t=3", Some("youtube")),
            ("http://www.youtube.com/watch?v=abc", Some("youtube")),
            ("https://youtu.be/abc", Some("youtube")),
            ("https://vimeo.com/76979871", Some("vimeo")),
            ("https://soundcloud.com/a/b", Some("soundcloud")),
            ("https://codepen.io/somebody/pen/xyz", Some("codepen")),
            ("https://www.youtube.com/about", None),
            ("https://evil.test/https://www.youtube.com/watch?v=abc", None),
            ("https://www.youtube.com.evil.test/watch?v=abc", None),
            ("https://www.youtube.com:8443/watch?v=abc", None),
            ("https://user@www.youtube.com/watch?v=abc", None),
            ("https://vimeo.com@evil.test/1", None),
            ("ftp://vimeo.com/1", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(key(address).as_deref(), expected, "{address}");
        }
        assert_eq!(key(&format!("https://vimeo.com/{}", "1".repeat(3_000))), None);
    }

    #[test]
    fn only_players_of_the_provider_are_shown() {
        let providers = Providers::default();
        let youtube = providers.find("https://youtu.be/abc").expect("known");
        let player = youtube.frame("https://www.youtube.com/embed/abc?feature=oembed");
        assert_eq!(player.as_deref(), Some("https://www.youtube-nocookie.com/embed/abc?feature=oembed"));
        let vimeo = providers.find("https://vimeo.com/1").expect("known");
        assert_eq!(vimeo.frame("//player.vimeo.com/video/1").as_deref(), Some("https://player.vimeo.com/video/1"));
        for other in [
            "https://evil.test/embed/abc",
            "https://player.vimeo.com.evil.test/video/1",
            "https://player.vimeo.com@evil.test/video/",
            "http://player.vimeo.com/video/1",
            "https://player.vimeo.com/other/1",
            "https://player.vimeo.com/video/../../other",
            "javascript:alert(1)",
            "data:text/html,x",
            "",
        ] {
            assert_eq!(vimeo.frame(other), None, "{other}");
        }
    }

    #[test]
    fn answers_may_send_us_to_the_same_host_alone() {
        let providers = Providers::default();
        let vimeo = providers.find("https://vimeo.com/1").expect("known");
        let may = |url: &str| vimeo.may_redirect_to(&Url::parse(url).expect("an address"));
        assert!(may("https://vimeo.com/api/oembed.json?x"));
        for other in [
            "http://vimeo.com/api/",
            "https://vimeo.com:8443/",
            "https://a@vimeo.com/",
            "https://169.254.169.254/",
            "https://www.vimeo.com/",
        ] {
            assert!(!may(other), "{other}");
        }
    }

    #[test]
    fn a_site_adds_replaces_and_removes_providers() {
        let own = r#"
            [vimeo]
            urls = []
            [own]
            name = "Our films"
            urls = ["https://*.films.example/*"]
            endpoint = "https://films.example/oembed"
            frames = ["https://player.films.example/"]
        "#;
        let providers = Providers::default().and(own).expect("right");
        assert!(providers.find("https://vimeo.com/1").is_none());
        assert_eq!(providers.find("https://www.films.example/1").map(|found| found.name.as_str()), Some("Our films"));
        assert!(providers.find("https://films.example/1").is_none());
    }

    #[test]
    fn mistakes_are_told_all_at_once() {
        let wrong = r#"
            [a]
            urls = ["*"]
            [b]
            urls = ["https://b.example/*"]
            endpoint = "b.example"
            [c]
            urls = ["https://c.example/*"]
            endpoint = "https://c.example/"
            frames = ["https://c.example"]
        "#;
        let problems = Providers::default().and(wrong).expect_err("three mistakes");
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(Providers::default().and("[a]\nurl = 1").is_err());
    }

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, expected) in [
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/b", false),
            ("/*/pen/*", "/x/pen/y", true),
            ("/*/pen/*", "/pen/y", false),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("*.b", "a.b", true),
            ("/a*a", "/a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
