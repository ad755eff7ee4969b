//! Where acknowledgements arrive while a drill waits: somebody opens the link of an alert, or a receiver sends on what
//! Alertmanager sent to it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;

use super::board::Board;
use crate::telemetry::Timer;

/// Connections at the same time; more wait.
const MAX_CONNECTIONS: usize = 32;
/// For one connection with its request.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest notification that is read.
const MAX_BODY_BYTES: usize = 1 << 20;
/// After a connection that could not be accepted, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Desk {
    listener: TcpListener,
    /// As receivers reach it, without a slash at the end.
    pub url: String,
}

/// What Alertmanager sends to a webhook, as far as it concerns us.
#[derive(Default, Deserialize)]
struct Notification {
    #[serde(default)]
    receiver: Option<String>,
    #[serde(default)]
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(default)]
    labels: Labels,
}

#[derive(Default, Deserialize)]
struct Labels {
    #[serde(default)]
    nonce: String,
}

impl Desk {
    pub async fn open(listen: SocketAddr, url: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let url = match url.trim_end_matches('/') {
            "" => format!("http://{}", listener.local_addr()?),
            url => url.to_owned(),
        };
        Ok(Self { listener, url })
    }

    /// Takes acknowledgements until it is dropped.
    pub async fn attend(&self, board: &Board, since: &Timer) {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if open.len() < MAX_CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        let service = service_fn(move |request| answer(request, board, since));
                        let connection = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
                        open.push(tokio::time::timeout(PATIENCE, connection));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "an acknowledgement could not be accepted");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                Some(_) = open.next(), if !open.is_empty() => {}
            }
        }
    }
}

async fn answer(request: Request<Incoming>, board: &Board, since: &Timer) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::GET && parts.method != Method::POST {
        return Ok(text(StatusCode::METHOD_NOT_ALLOWED, "GET or POST, please.\n".to_owned()));
    }
    let nonce = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    let named = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "receiver");
    let named = named.map(|(_, value)| value.into_owned());
    // A receiver may send on the whole notification, or nothing.
    let notification: Notification = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => serde_json::from_slice(&body.to_bytes()).unwrap_or_default(),
        Err(_) => return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, format!("At most {MAX_BODY_BYTES} bytes.\n"))),
    };
    let receiver = named.as_deref().or(notification.receiver.as_deref());
    let nonces = std::iter::once(nonce).chain(notification.alerts.iter().map(|alert| alert.labels.nonce.as_str()));
    let mut alerts: Vec<String> =
        nonces.filter_map(|nonce| board.acknowledge(nonce, receiver, since.elapsed())).collect();
    alerts.dedup();
    Ok(if alerts.is_empty() {
        text(StatusCode::NOT_FOUND, "No alert of this drill is meant. An older drill is over.\n".to_owned())
    } else {
        text(StatusCode::OK, format!("Acknowledged: {}. It was a drill; nothing is to be done.\n", alerts.join(", ")))
    })
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
