//! A server on this machine that keeps every request as it came, and answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
    pub at: std::time::Instant,
}

impl Request {
    /// Empty when the header is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("visible ASCII"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// Status, headers and body.
pub type Reply = (u16, Vec<(&'static str, &'static str)>, &'static str);

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    replies: Mutex<VecDeque<Reply>>,
}

/// Stops when dropped.
pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(keep).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, shared, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().clone()
    }

    /// The next request is answered so, before all that come after it with 200.
    pub fn reply(&self, reply: Reply) {
        self.shared.replies.lock().push_back(reply);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, &'static str) {
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    let (method, path) = (method.to_string(), uri.to_string());
    shared.requests.lock().push(Request { method, path, headers, body, at: std::time::Instant::now() });
    let (status, headers, body) = shared.replies.lock().pop_front().unwrap_or((200, Vec::new(), "{\"success\":true}"));
    let headers =
        headers.into_iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("visible ASCII")));
    (StatusCode::from_u16(status).expect("a status"), headers.collect(), body)
}
