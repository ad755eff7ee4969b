//! Saying to a CDN what has to go, in the form that each one asks for.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, HOST, HeaderValue};
use http::{Method, StatusCode};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use url::Url;

use crate::config::{self, CdnProvider, Secret};
use crate::outgoing;
use crate::telemetry::label::{CdnName, CdnOutcome};
use crate::telemetry::{Families, Timer};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const FASTLY: &str = "https://api.fastly.com";
const CLOUDFLARE: &str = "https://api.cloudflare.com/client/v4";
/// Bytes of words in one request to Varnish, which takes lines of 8 kB.
const MAX_LINE_BYTES: usize = 4000;

/// What has to go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'t> {
    /// At most [`Sender::batch`].
    Words(&'t [&'t str]),
    Address(&'t Url),
}

/// Why it is still there.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unsent {
    pub error: String,
    /// As the CDN asks for.
    pub wait: Option<Duration>,
}

/// Sends to one CDN.
pub(super) struct Sender {
    client: Client,
    provider: CdnName,
    /// All of them are told.
    urls: Vec<String>,
    id: String,
    token: Secret,
    timeout: Duration,
}

impl Sender {
    /// `None` without a provider.
    ///
    /// # Errors
    /// When the system has no TLS to offer.
    pub fn open(settings: &config::Cdn) -> Result<Option<Self>, reqwest::Error> {
        let (provider, api, id) = match settings.provider {
            CdnProvider::None => return Ok(None),
            CdnProvider::Fastly => (CdnName::Fastly, FASTLY, &settings.service),
            CdnProvider::Cloudflare => (CdnName::Cloudflare, CLOUDFLARE, &settings.zone),
            CdnProvider::Varnish => (CdnName::Varnish, "", &settings.service),
        };
        let client = outgoing::client()
            .user_agent(concat!("Vitrine/", env!("CARGO_PKG_VERSION"), " (cdn)"))
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout()))
            .build()?;
        let mut urls: Vec<String> = settings.urls.iter().map(str::to_owned).collect();
        if urls.is_empty() {
            urls.push(api.to_owned());
        }
        let (token, timeout) = (settings.token.clone(), settings.timeout());
        Ok(Some(Self { client, provider, urls, id: id.clone(), token, timeout }))
    }

    pub fn provider(&self) -> CdnName {
        self.provider
    }

    /// Longest time of one request.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Which CDN it is, as far as pages that were kept by another one are gone from it.
    pub fn place(&self) -> String {
        format!("{} {} {}", self.provider.as_str(), self.id, self.urls.join(" "))
    }

    /// Words of one request.
    pub fn batch(&self) -> usize {
        match self.provider {
            CdnName::Fastly | CdnName::Varnish => 256,
            CdnName::Cloudflare => 30,
        }
    }

    /// Splits words into what requests take.
    pub fn batches<'w>(&self, words: impl Iterator<Item = &'w str>) -> Vec<Vec<&'w str>> {
        let mut batches: Vec<Vec<&str>> = Vec::new();
        let mut bytes = 0;
        for word in words {
            match batches.last_mut() {
                Some(batch) if batch.len() < self.batch() && bytes + word.len() < MAX_LINE_BYTES => batch.push(word),
                _ => {
                    batches.push(vec![word]);
                    bytes = 0;
                }
            }
            bytes += word.len() + 1;
        }
        batches
    }

    /// Takes it out, on every server.
    ///
    /// # Errors
    /// With the first server that did not take it; others may have.
    pub async fn send(&self, target: Target<'_>, families: &Families) -> Result<(), Unsent> {
        for url in &self.urls {
            let timer = Timer::start();
            let asked = tokio::time::timeout(self.timeout, self.request(url, target).send()).await;
            let (outcome, result) = match asked {
                Err(_) => {
                    let error = format!("no answer within {} s", self.timeout.as_secs_f64());
                    (CdnOutcome::Timeout, Err(Unsent { error, wait: None }))
                }
                Ok(Err(error)) => failed(&error.without_url()),
                Ok(Ok(response)) => self.judge(response).await,
            };
            let provider = self.provider.as_str();
            families.cdn_requests.with_label_values(&[provider, outcome.as_str()]).inc();
            families.cdn_request_duration.with_label_values(&[provider]).observe(timer.elapsed_s());
            result.map_err(|unsent| Unsent { error: format!("{provider} at {url}: {}", unsent.error), ..unsent })?;
        }
        Ok(())
    }

    fn request(&self, base: &str, target: Target<'_>) -> RequestBuilder {
        let id = &self.id;
        match (self.provider, target) {
            (CdnName::Fastly, Target::Words(words)) => {
                let request = self.client.post(format!("{base}/service/{id}/purge"));
                self.fastly(request).json(&json!({ "surrogate_keys": words }))
            }
            (CdnName::Fastly, Target::Address(url)) => {
                let place = &url[url::Position::BeforeHost..url::Position::AfterQuery];
                self.fastly(self.client.post(format!("{base}/purge/{place}")))
            }
            (CdnName::Cloudflare, target) => {
                let body = match target {
                    Target::Words(words) => json!({ "tags": words }),
                    Target::Address(url) => json!({ "files": [url.as_str()] }),
                };
                self.client.post(format!("{base}/zones/{id}/purge_cache")).bearer_auth(self.token.expose()).json(&body)
            }
            (CdnName::Varnish, Target::Words(words)) => {
                self.varnish(base.to_owned() + "/").header("xkey-purge", words.join(" "))
            }
            (CdnName::Varnish, Target::Address(url)) => {
                let place = &url[url::Position::BeforePath..url::Position::AfterQuery];
                let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
                self.varnish(format!("{base}{place}")).header(HOST, host)
            }
        }
    }

    fn fastly(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("fastly-key", secret(self.token.expose())).header(ACCEPT, "application/json")
    }

    fn varnish(&self, url: String) -> RequestBuilder {
        let purge = Method::from_bytes(b"PURGE").expect("letters are a method");
        let request = self.client.request(purge, url);
        match self.token.is_empty() {
            true => request,
            false => request.header(AUTHORIZATION, secret(&format!("Bearer {}", self.token.expose()))),
        }
    }

    async fn judge(&self, response: Response) -> (CdnOutcome, Result<(), Unsent>) {
        let (status, wait) = (response.status(), outgoing::wait_asked(response.headers()));
        let mut body = outgoing::excerpt(response).await;
        if !self.token.is_empty() {
            body = body.replace(self.token.expose().trim(), "[redacted]");
        }
        // Cloudflare says no with 200 too.
        let says_no = self.provider == CdnName::Cloudflare
            && serde_json::from_str::<Value>(&body).is_ok_and(|answer| answer["success"] == false);
        let outcome = match status {
            StatusCode::TOO_MANY_REQUESTS => CdnOutcome::Throttled,
            status if status.is_success() && !says_no => return (CdnOutcome::Purged, Ok(())),
            status if status.is_server_error() => CdnOutcome::ServerError,
            _ => CdnOutcome::Refused,
        };
        (outcome, Err(Unsent { error: format!("it answered {}: {body}", status.as_u16()), wait }))
    }
}

/// Nothing that prints headers prints it. One that cannot be sent is refused by the CDN, which says so.
fn secret(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text.trim()).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn failed(error: &reqwest::Error) -> (CdnOutcome, Result<(), Unsent>) {
    if error.is_timeout() {
        return (CdnOutcome::Timeout, Err(Unsent { error: "the connection took too long".to_owned(), wait: None }));
    }
    let reason = outgoing::causes(error).last().map_or_else(String::new, ToString::to_string);
    (CdnOutcome::ConnectError, Err(Unsent { error: outgoing::one_line(&reason), wait: None }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn sender(provider: CdnProvider) -> Sender {
        let settings = config::Cdn { provider, ..Config::default().cdn };
        Sender::open(&settings).expect("TLS").expect("a provider")
    }

    #[test]
    fn a_request_has_as_many_words_as_its_provider_takes() {
        let words: Vec<String> = (0..600).map(|id| format!("p{id}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let counts =
            |provider| sender(provider).batches(words.iter().copied()).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counts(CdnProvider::Fastly), [256, 256, 88]);
        assert_eq!(counts(CdnProvider::Cloudflare), [30; 20]);
        let long = ["translations:0123456789abcdef0123456789abcdef"; 100];
        let lines = sender(CdnProvider::Varnish).batches(long.into_iter());
        assert!(lines.len() == 2 && lines.iter().all(|words| words.join(" ").len() <= MAX_LINE_BYTES));
        assert_eq!(lines.concat(), long);
    }
}
