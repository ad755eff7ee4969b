//! A receiver of webhooks on this machine, which checks signatures, and behaves or does not.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use parking_lot::Mutex;
use serde_json::Value;
use sha2::Sha256;
use tokio::task::JoinHandle;

/// How messages are answered.
#[derive(Clone, Debug, Default)]
pub enum Manners {
    #[default]
    Good,
    Status(u16),
    /// The first so many attempts at each message.
    FailFirst(usize),
    /// Messages about something of this title.
    FailTitle(String),
    Stall,
    Redirect(String),
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Got {
    pub id: String,
    pub at_s: i64,
    pub signatures: Vec<String>,
    pub text: String,
    pub body: Value,
    pub taken: bool,
}

impl Got {
    /// `page.published Kestrels`
    pub fn told(&self) -> String {
        format!("{} {}", self.body["type"].as_str().unwrap_or("?"), self.body["data"]["title"].as_str().unwrap_or("?"))
    }

    /// Whether one of its signatures is of this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.strip_prefix("whsec_").expect("a secret").as_bytes()).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{}.{}.{}", self.id, self.at_s, self.text).as_bytes());
        let wanted = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
        self.signatures.contains(&wanted)
    }
}

#[derive(Default)]
struct Shared {
    manners: Mutex<Manners>,
    got: Mutex<Vec<Got>>,
    attempts: Mutex<HashMap<String, usize>>,
}

/// Stops when dropped.
pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::new(Shared::default());
        let router = Router::new().route("/{*path}", post(take)).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, shared, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn behave(&self, manners: Manners) {
        *self.shared.manners.lock() = manners;
    }

    /// All that came, the refused too.
    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().clone()
    }

    /// What was taken, in that order: `page.published Kestrels`.
    pub fn taken(&self) -> Vec<String> {
        self.got().iter().filter(|got| got.taken).map(Got::told).collect()
    }

    /// The types of what was taken, by the object that it is about.
    pub fn taken_by_object(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for got in self.got().into_iter().filter(|got| got.taken) {
            let key = format!("{}:{}", got.body["data"]["kind"].as_str().unwrap_or("?"), got.body["data"]["id"]);
            all.entry(key).or_default().push(got.body["type"].as_str().unwrap_or("?").to_owned());
        }
        all
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    let id = header("webhook-id");
    let attempt = {
        let mut attempts = shared.attempts.lock();
        let attempt = attempts.entry(id.clone()).or_default();
        *attempt += 1;
        *attempt
    };
    let manners = shared.manners.lock().clone();
    let status = match &manners {
        Manners::Good | Manners::Stall => 200,
        Manners::Status(status) => *status,
        Manners::FailFirst(times) if attempt <= *times => 500,
        Manners::FailTitle(title) if body["data"]["title"] == title.as_str() => 503,
        Manners::FailFirst(_) | Manners::FailTitle(_) => 204,
        Manners::Redirect(_) => 307,
    };
    let taken = (200..300).contains(&status) && !matches!(manners, Manners::Stall);
    let signatures = header("webhook-signature").split(' ').map(str::to_owned).collect();
    let at_s = header("webhook-timestamp").parse().expect("a time");
    shared.got.lock().push(Got { id, at_s, signatures, text, body, taken });
    if let Manners::Stall = manners {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(status).expect("a status");
    match manners {
        Manners::Redirect(to) => (status, [(header::LOCATION, to)]).into_response(),
        _ => (status, "the receiver says \u{7}something").into_response(),
    }
}
