//! Asking a provider about one address, by oEmbed. Nothing of the answer is believed: texts are cut, and of the HTML
//! only the player's address is taken, if it is one of the provider's.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use url::{Host, Url};

use super::address::{Reach, Refused, Resolver};
use super::provider::Provider;
use crate::render::rich_text::frame_source;
use crate::telemetry::label::EmbedOutcome;

/// For one question with all its redirects.
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Largest answer, unpacked. Real ones have a few KiB.
const MAX_BODY_BYTES: usize = 512 << 10;
const MAX_REDIRECTS: usize = 3;
const MAX_TITLE_CHARS: usize = 300;
const MAX_URL_BYTES: usize = 2048;
/// Largest width or height that is believed, in pixels.
const MAX_PIXELS: i64 = 10_000;
/// The provider's `cache_age` within a day and a month; a week without one.
const CACHE_AGE_S: (i64, i64, i64) = (24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600);

/// What a provider says of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub title: String,
    pub author: String,
    /// Empty: there is no player to show.
    pub frame_url: String,
    pub thumbnail_url: String,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub keep_s: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("refused to connect: {0}")]
    Refused(String),
    #[error("no answer within {} seconds", TIMEOUT.as_secs())]
    Timeout,
    #[error("out of reach: {0}")]
    Unreachable(String),
    #[error("the provider answered {0}")]
    Status(u16),
    /// The provider says that it does not have it, or not for everybody.
    #[error("the provider does not have it, or does not allow it: {0}")]
    Gone(u16),
    #[error("the answer has more than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error("the answer is not what oEmbed asks for: {0}")]
    Malformed(String),
}

impl FetchError {
    pub fn outcome(&self) -> EmbedOutcome {
        match self {
            Self::Refused(_) => EmbedOutcome::Refused,
            Self::Timeout => EmbedOutcome::Timeout,
            Self::Unreachable(_) | Self::Status(_) => EmbedOutcome::Unreachable,
            Self::Gone(_) => EmbedOutcome::Gone,
            Self::TooLarge => EmbedOutcome::TooLarge,
            Self::Malformed(_) => EmbedOutcome::Malformed,
        }
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        // The reason is at the end of the chain; the address in front is known.
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(refused) = cause.downcast_ref::<Refused>() {
                return Self::Refused(refused.to_string());
            }
            reason = cause.to_string();
            source = cause.source();
        }
        Self::Unreachable(reason)
    }
}

/// Asks providers.
pub struct Fetcher {
    client: reqwest::Client,
    reach: Reach,
}

impl Fetcher {
    /// # Errors
    /// When the system has no TLS to offer.
    pub fn new(reach: Reach) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Vitrine/", env!("CARGO_PKG_VERSION"), " (oEmbed)"))
            // A proxy would look names up for us, and connect where we would not.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(reach == Reach::Public)
            .dns_resolver(Resolver::of_system(move |address| reach.check(address)))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { client, reach })
    }

    /// What `provider` says of `address`.
    ///
    /// # Errors
    /// Why there is nothing to show.
    pub async fn fetch(&self, provider: &Provider, address: &str) -> Result<Described, FetchError> {
        let answer = tokio::time::timeout(TIMEOUT, self.ask(provider, address)).await;
        let answer = answer.unwrap_or(Err(FetchError::Timeout))?;
        described(provider, &answer)
    }

    async fn ask(&self, provider: &Provider, address: &str) -> Result<Value, FetchError> {
        let mut url = provider.question(address);
        for _ in 0..=MAX_REDIRECTS {
            self.check(&url)?;
            let response = self.client.get(url.clone()).header("accept", "application/json").send().await?;
            let status = response.status();
            if status.is_redirection() {
                url = next(provider, &url, &response)?;
                continue;
            }
            return match status {
                StatusCode::OK => body(response).await,
                // oEmbed 2.3.4: 404 for what is not there, 401 for what is private.
                StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    Err(FetchError::Gone(status.as_u16()))
                }
                other => Err(FetchError::Status(other.as_u16())),
            };
        }
        Err(FetchError::Refused(format!("more than {MAX_REDIRECTS} redirects")))
    }

    /// An address in figures is not looked up, so the resolver does not see it.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        let refused = |refused: Refused| FetchError::Refused(refused.to_string());
        if url.scheme() != "https" && self.reach == Reach::Public {
            return Err(FetchError::Refused("the endpoint is not https".to_owned()));
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.reach.check(address.into()).map_err(refused),
            Some(Host::Ipv6(address)) => self.reach.check(address.into()).map_err(refused),
            _ => Ok(()),
        }
    }
}

fn next(provider: &Provider, from: &Url, response: &Response) -> Result<Url, FetchError> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let to = from.join(location).map_err(|_| FetchError::Malformed("a redirect to no address".to_owned()))?;
    if !provider.may_redirect_to(&to) {
        let host: String = to.host_str().unwrap_or_default().chars().take(100).collect();
        return Err(FetchError::Refused(format!("a redirect to {host}")));
    }
    Ok(to)
}

async fn body(mut response: Response) -> Result<Value, FetchError> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/json" | "text/json" | "application/json+oembed") {
        let shown: String = kind.chars().take(60).collect();
        return Err(FetchError::Malformed(format!("it is {shown:?}, not JSON")));
    }
    if response.content_length().is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(FetchError::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(FetchError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|error| FetchError::Malformed(error.to_string()))
}

fn described(provider: &Provider, answer: &Value) -> Result<Described, FetchError> {
    let kind = answer.get("type").and_then(Value::as_str).unwrap_or_default();
    if !matches!(kind, "video" | "rich" | "photo" | "link") {
        return Err(FetchError::Malformed("it has no type that is known".to_owned()));
    }
    let text = |name: &str| line(answer.get(name).and_then(Value::as_str).unwrap_or_default());
    let pixels = |name: &str| {
        let value = answer.get(name)?;
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.filter(|number| (1..=MAX_PIXELS).contains(number))
    };
    let html = answer.get("html").and_then(Value::as_str).unwrap_or_default();
    let frame_url = match kind {
        "video" | "rich" => frame_source(html).and_then(|source| provider.frame(&source)).unwrap_or_default(),
        _ => String::new(),
    };
    let https = |address: &str| address.starts_with("https://") && address.len() <= MAX_URL_BYTES;
    let thumbnail = answer.get("thumbnail_url").and_then(Value::as_str).filter(|address| https(address));
    let (least, usual, most) = CACHE_AGE_S;
    let age = answer.get("cache_age").and_then(|age| age.as_i64().or_else(|| age.as_str()?.parse().ok()));
    Ok(Described {
        title: text("title"),
        author: text("author_name"),
        frame_url,
        thumbnail_url: thumbnail.unwrap_or_default().to_owned(),
        width: pixels("width").filter(|_| !provider.fixed_height),
        height: pixels("height"),
        keep_s: age.map_or(usual, |age| age.clamp(least, most)),
    })
}

/// One line of text, cut.
fn line(text: &str) -> String {
    let blanked = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let cut: String = blanked.take(MAX_TITLE_CHARS).collect();
    cut.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::content::embed::Providers;

    fn says(address: &str, answer: &Value) -> Result<Described, FetchError> {
        let providers = Providers::default();
        described(providers.find(address).expect("a provider"), answer)
    }

    #[test]
    fn a_film_has_its_player_and_nothing_else_of_its_html() {
        let answer = json!({
            "type": "video", "title": "A\u{7} <b>film</b>\nof tides", "author_name": "Somebody", "width": "480", "height": 270,
            "html": "<script>alert(1)</script><IFRAME onload='x()' width=200 src='https://www.youtube.com/embed/abc?feature=oembed&amp;a=1'></iframe>",
            "thumbnail_url": "https://i.ytimg.com/vi/abc/hqdefault.jpg", "cache_age": 1,
        });
        let said = says("https://youtu.be/abc", &answer).expect("an answer");
        assert_eq!(said.title, "A <b>film</b> of tides");
        assert_eq!(said.frame_url, "https://www.youtube-nocookie.com/embed/abc?feature=oembed&a=1");
        assert_eq!((said.width, said.height, said.keep_s), (Some(480), Some(270), 24 * 3600));
    }

    #[test]
    fn a_player_from_elsewhere_is_not_shown() {
        for html in ["<iframe src=\"https://evil.test/\"></iframe>", "<img src=x onerror=alert(1)>", ""] {
            let answer = json!({ "type": "rich", "title": "T", "html": html, "width": 1, "height": 99999 });
            let said = says("https://vimeo.com/1", &answer).expect("an answer");
            assert_eq!((said.frame_url.as_str(), said.height), ("", None), "{html}");
        }
    }

    #[test]
    fn bars_have_a_height_alone() {
        let html = "<iframe src=\"https://w.soundcloud.com/player/?url=x\"></iframe>";
        let said = says(
            "https://soundcloud.com/a/b",
            &json!({ "type": "rich", "width": "100%", "height": 166, "html": html }),
        );
        let said = said.expect("an answer");
        assert_eq!((said.width, said.height), (None, Some(166)));
    }

    #[test]
    fn what_is_no_answer_is_malformed() {
        for answer in [json!(null), json!([]), json!({ "title": "x" }), json!({ "type": "card" })] {
            assert!(matches!(says("https://vimeo.com/1", &answer), Err(FetchError::Malformed(_))), "{answer}");
        }
    }
}
