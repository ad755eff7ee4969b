//! Sending one message: signed, to an address that was looked at, with a limit on time and on what is read of the answer.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::Response;

use super::Targets;
use crate::config;
use crate::content::embed::{Refused, Resolver};
use crate::telemetry::label::WebhookOutcome;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that is not used for so long is closed: the next one is looked up again.
const IDLE: Duration = Duration::from_secs(30);
/// Of the answer, what is kept.
const MAX_EXCERPT_BYTES: usize = 1024;
const MAX_EXCERPT_CHARS: usize = 300;
/// For what comes behind the head of an answer, which has told all that counts.
const EXCERPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait that a receiver may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A message on its way out.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub url: String,
    pub id: String,
    pub at_s: i64,
    /// `v1,…`, and that of the old secret while it signs too.
    pub signature: String,
    pub body: String,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub outcome: WebhookOutcome,
    /// 0: there was no answer.
    pub status: u16,
    pub excerpt: String,
    /// Empty when it was delivered.
    pub error: String,
    /// As the receiver asks for.
    pub wait: Option<Duration>,
}

impl Answer {
    fn none(outcome: WebhookOutcome, error: String) -> Self {
        Self { outcome, status: 0, excerpt: String::new(), error, wait: None }
    }

    /// A message that could not be signed.
    pub fn unsent(error: String) -> Self {
        Self::none(WebhookOutcome::Refused, error)
    }

    /// Its receiver wants no more of them.
    pub fn is_gone(&self) -> bool {
        self.status == 410
    }
}

/// Sends messages.
pub struct Sender {
    client: reqwest::Client,
    targets: Targets,
    timeout: Duration,
}

impl Sender {
    /// # Errors
    /// When the system has no TLS to offer.
    pub fn new(settings: &config::Webhooks) -> Result<Arc<Self>, reqwest::Error> {
        // A second call only finds the provider of TLS that is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let targets = Targets::of(settings);
        let looked_at = targets.clone();
        let client = reqwest::Client::builder()
            .user_agent(concat!("Vitrine/", env!("CARGO_PKG_VERSION"), " (webhooks)"))
            // A proxy would look names up for us, and connect where we would not.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(!targets.allows_http())
            .dns_resolver(Resolver::of_system(move |address| looked_at.check_address(address)))
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout()))
            .pool_idle_timeout(IDLE)
            .no_gzip()
            .build()?;
        Ok(Arc::new(Self { client, targets, timeout: settings.timeout() }))
    }

    /// Longest time of one attempt.
    pub(super) fn longest(&self) -> Duration {
        self.timeout + EXCERPT_TIMEOUT
    }

    pub(super) async fn send(&self, message: Message) -> Answer {
        // The rules may have changed since the address was written down.
        if let Err(refused) = self.targets.parse(&message.url) {
            return Answer::none(WebhookOutcome::Refused, refused.to_string());
        }
        let request = self
            .client
            .post(&message.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.at_s.to_string())
            .header("webhook-signature", &message.signature)
            .body(message.body);
        match tokio::time::timeout(self.timeout, request.send()).await {
            Err(_) => {
                let error = format!("no answer within {} s", self.timeout.as_secs_f64());
                Answer::none(WebhookOutcome::Timeout, error)
            }
            // Its text would name the address, which may hold a token.
            Ok(Err(error)) => failed(&error.without_url()),
            Ok(Ok(response)) => answered(response).await,
        }
    }
}

fn failed(error: &reqwest::Error) -> Answer {
    if error.is_timeout() {
        return Answer::none(WebhookOutcome::Timeout, "the connection took too long".to_owned());
    }
    // The reason is at the end of the chain; the address in front is known.
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return Answer::none(WebhookOutcome::Refused, refused.to_string());
        }
        reason = cause.to_string();
        source = cause.source();
    }
    Answer::none(WebhookOutcome::ConnectError, shown(&reason))
}

async fn answered(response: Response) -> Answer {
    let status = response.status();
    let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let wait = wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    let excerpt = tokio::time::timeout(EXCERPT_TIMEOUT, beginning(response)).await.unwrap_or_default();
    let outcome = match status.as_u16() {
        200..300 => WebhookOutcome::Delivered,
        500.. => WebhookOutcome::ServerError,
        _ => WebhookOutcome::ClientError,
    };
    let error = match outcome {
        WebhookOutcome::Delivered => String::new(),
        _ if status.is_redirection() => format!("it answered {}: redirects are not followed", status.as_u16()),
        _ => format!("it answered {}", status.as_u16()),
    };
    Answer { outcome, status: status.as_u16(), excerpt, error, wait }
}

/// The first letters of a body, whatever it is.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_EXCERPT_BYTES - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() >= MAX_EXCERPT_BYTES {
            break;
        }
    }
    shown(&String::from_utf8_lossy(&bytes))
}

/// One line, cut.
fn shown(text: &str) -> String {
    let blanked = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    blanked.take(MAX_EXCERPT_CHARS).collect::<String>().trim().to_owned()
}
