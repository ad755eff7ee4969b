//! An HTTP client that shows answers as they came, and raw bytes over TCP for what no client would send.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(60);

/// An answer with its whole body, not decoded.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// Empty when the header is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("visible ASCII"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// `hit`, `miss`, `stale` or `bypass`.
    pub fn cache(&self) -> &'static str {
        match self.header("cache-status") {
            "Vitrine; hit" => "hit",
            "Vitrine; fwd=miss; stored" => "miss",
            "Vitrine; hit; detail=stale" => "stale",
            "Vitrine; fwd=bypass" => "bypass",
            other => panic!("unknown Cache-Status {other:?}"),
        }
    }

    /// Queries run for this answer, as its Server-Timing says; none for an answer from the cache.
    pub fn queries(&self) -> usize {
        let timing = self.header("server-timing");
        if timing == "cache;desc=\"hit\"" {
            return 0;
        }
        let number = timing.split("desc=\"").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        number.unwrap_or_else(|| panic!("no number of queries in {timing:?}"))
    }
}

/// What [`form_of`] is sent as.
pub const FORM: &str = "multipart/form-data; boundary=limit";

/// A form of several parts: their names, those of their files, and their bytes.
pub fn form_of(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, bytes) in parts {
        let file_name = file_name.map(|file_name| format!("; filename=\"{file_name}\"")).unwrap_or_default();
        let head = format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--limit--\r\n");
    body
}

/// A client that follows nothing, decodes nothing and believes no environment.
pub fn client() -> reqwest::Client {
    // A second call only finds the first one's provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_proxy()
        .timeout(LIMIT)
        .build()
        .expect("the client's settings are valid")
}

/// Sends one request; `None` when the connection broke.
pub async fn try_send(client: &reqwest::Client, method: Method, url: &str, headers: &[(&str, &str)]) -> Option<Answer> {
    try_send_body(client, method, url, headers, Vec::new()).await
}

/// As [`try_send`], with a body unless it is empty.
pub async fn try_send_body(
    client: &reqwest::Client,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Option<Answer> {
    let mut request = client.request(method, url);
    if !body.is_empty() {
        request = request.body(body);
    }
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a header name");
        request = request.header(name, HeaderValue::from_str(value).expect("a header value"));
    }
    let response = request.send().await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.ok()?.to_vec();
    Some(Answer { status, headers, body })
}

/// Sends bytes and reads until the server closes or says nothing more for a while.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    // The server may answer and close before it read everything.
    let _ = stream.write_all(bytes).await;
    read_rest(&mut stream).await
}

/// Reads until the other side closes.
pub async fn read_rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // A reset after the answer is a close too.
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer)).await.expect("the server closes in time");
    answer
}

/// The status of a raw answer; `None` when the connection was closed without one.
pub fn raw_status(answer: &[u8]) -> Option<u16> {
    let head = answer.get(..12)?;
    std::str::from_utf8(head).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
}
