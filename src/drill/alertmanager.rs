//! Alertmanager's API v2, as far as a drill needs it.

use std::error::Error as _;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Micros;
use crate::config::Secret;

/// For one question.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read: a few hundred alerts have a few hundred KiB.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// Of an answer that refuses, shown to people.
const MAX_REASON_CHARS: usize = 300;

#[derive(Debug, thiserror::Error)]
pub enum AlertmanagerError {
    #[error("Alertmanager at {0} cannot be asked: {1}")]
    Unreachable(String, String),
    #[error("Alertmanager at {0} answers {1}: {2}")]
    Refused(String, u16, String),
    #[error("Alertmanager at {0} says what cannot be read: {1}")]
    Malformed(String, String),
}

/// One alert of a drill.
pub(super) struct Sent {
    pub name: String,
    /// What its receiver sends back.
    pub nonce: String,
    acknowledge_url: String,
}

impl Sent {
    pub fn new(name: &str, desk: &str) -> Self {
        let nonce = format!("{:032x}", rand::random::<u128>());
        Self { name: name.to_owned(), acknowledge_url: format!("{desk}/{nonce}"), nonce }
    }

    fn to_json(&self, began: Micros, ends: Micros) -> Value {
        json!({
            "labels": {
                "alertname": self.name,
                "severity": "critical",
                "drill": "true",
                "nonce": self.nonce,
                // Its own for each: rules of inhibition, which ask for the same job, concern no drill, and no drill
                // inhibits a real alert.
                "job": format!("drill of {}", self.name),
            },
            "annotations": {
                "summary": format!("DRILL, nothing is broken: {}", self.name),
                "description": format!(
                    "This is a fire drill of the alert {}. Acknowledge it by opening {}", self.name, self.acknowledge_url
                ),
                "ack_url": self.acknowledge_url,
            },
            "startsAt": began.to_rfc3339(),
            "endsAt": ends.to_rfc3339(),
            "generatorURL": self.acknowledge_url,
        })
    }
}

/// An alert of a drill as Alertmanager knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub nonce: String,
    pub receivers: Vec<String>,
    /// Ids of silences.
    pub silenced_by: Vec<String>,
    /// Fingerprints of alerts.
    pub inhibited_by: Vec<String>,
}

#[derive(Deserialize)]
struct GettableAlert {
    labels: Labels,
    receivers: Vec<Receiver>,
    status: Status,
}

#[derive(Deserialize)]
struct Labels {
    #[serde(default)]
    nonce: String,
}

#[derive(Deserialize)]
struct Receiver {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    silenced_by: Vec<String>,
    #[serde(default)]
    inhibited_by: Vec<String>,
}

pub(super) struct Alertmanager {
    client: reqwest::Client,
    /// Without a slash at the end.
    url: String,
    token: Secret,
}

impl Alertmanager {
    pub fn new(url: &str, token: Secret) -> Result<Self, AlertmanagerError> {
        let url = url.trim_end_matches('/').to_owned();
        let client = reqwest::Client::builder()
            .user_agent(concat!("Vitrine/", env!("CARGO_PKG_VERSION"), " (drill)"))
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        match client {
            Ok(client) if !url.is_empty() => Ok(Self { client, url, token }),
            Ok(_) => Err(AlertmanagerError::Unreachable("?".to_owned(), "drill.alertmanager_url is empty".to_owned())),
            Err(error) => Err(AlertmanagerError::Unreachable(url, error.to_string())),
        }
    }

    /// Fires the alerts until `ends`; a time that has come ends them.
    pub async fn send(&self, sent: &[Sent], began: Micros, ends: Micros) -> Result<(), AlertmanagerError> {
        let alerts: Vec<Value> = sent.iter().map(|alert| alert.to_json(began, ends)).collect();
        self.ask(self.client.post(format!("{}/api/v2/alerts", self.url)).json(&alerts)).await?;
        Ok(())
    }

    /// Every alert of any drill.
    pub async fn shown(&self) -> Result<Vec<Shown>, AlertmanagerError> {
        // `drill="true"`, encoded.
        let question = self.client.get(format!("{}/api/v2/alerts?filter=drill%3D%22true%22", self.url));
        let answer = self.ask(question).await?;
        let alerts: Vec<GettableAlert> = serde_json::from_slice(&answer)
            .map_err(|error| AlertmanagerError::Malformed(self.url.clone(), error.to_string()))?;
        let shown = |alert: GettableAlert| Shown {
            nonce: alert.labels.nonce,
            receivers: alert.receivers.into_iter().map(|receiver| receiver.name).collect(),
            silenced_by: alert.status.silenced_by,
            inhibited_by: alert.status.inhibited_by,
        };
        Ok(alerts.into_iter().map(shown).collect())
    }

    async fn ask(&self, question: reqwest::RequestBuilder) -> Result<Vec<u8>, AlertmanagerError> {
        let question = if self.token.is_empty() { question } else { question.bearer_auth(self.token.expose()) };
        let unreachable = |error: reqwest::Error| AlertmanagerError::Unreachable(self.url.clone(), reason(&error));
        let mut answer = question.send().await.map_err(unreachable)?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let message = format!("more than {MAX_ANSWER_BYTES} bytes");
                return Err(AlertmanagerError::Malformed(self.url.clone(), message));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body);
        }
        let said: String = String::from_utf8_lossy(&body).trim().chars().take(MAX_REASON_CHARS).collect();
        Err(AlertmanagerError::Refused(self.url.clone(), status.as_u16(), said))
    }
}

/// The end of the chain: what is before it only repeats the address.
fn reason(error: &reqwest::Error) -> String {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason = cause.to_string();
        source = cause.source();
    }
    reason
}
