//! Sending one message: signed, to an address that was looked at, with a limit on time and on what is read of the answer.

use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use reqwest::Response;

use super::Targets;
use crate::config;
use crate::content::embed::{Refused, Resolver};
use crate::outgoing::{self, EXCERPT_TIMEOUT};
use crate::telemetry::label::WebhookOutcome;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

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
        let targets = Targets::of(settings);
        let looked_at = targets.clone();
        let client = outgoing::client()
            .user_agent(concat!("Vitrine/", env!("CARGO_PKG_VERSION"), " (webhooks)"))
            .https_only(!targets.allows_http())
            .dns_resolver(Resolver::of_system(move |address| looked_at.check_address(address)))
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout()))
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
    let mut reason = error.to_string();
    for cause in outgoing::causes(error).skip(1) {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return Answer::none(WebhookOutcome::Refused, refused.to_string());
        }
        reason = cause.to_string();
    }
    Answer::none(WebhookOutcome::ConnectError, outgoing::one_line(&reason))
}

async fn answered(response: Response) -> Answer {
    let status = response.status();
    let wait = outgoing::wait_asked(response.headers());
    let excerpt = outgoing::excerpt(response).await;
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
