//! Passing requests to the server that develops a front end (Vite and its like), in `vitrine dev` alone: bodies
//! stream in both directions, and WebSockets go through, so that modules are replaced while they are worked on.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body as StreamBody;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, FORWARDED, HOST, HeaderMap, HeaderName,
    HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use url::{Host, Url};

use crate::config::Precedence;
use crate::http::body::Body;
use crate::http::form::is_form;
use crate::http::measure::{Answer, Note};
use crate::http::session_cookie;
use crate::http::stack::RequestInfo;
use crate::render::escaped;
use crate::telemetry::label::{Failure, Route};

/// Connections under way; more are refused.
const MAX_CONNECTIONS: usize = 256;
/// It is on this machine, or next to it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Of one connection alone (RFC 9110, 7.6.1), beside those that `Connection` names.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authorization"),
];
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Of the page that says that it is away: it comes again by itself.
const AWAY_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");

/// A connection that somebody has to keep going: tasks are started by `serve` alone.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Debug, thiserror::Error)]
pub enum DevServerError {
    #[error("expected http://HOST:PORT, such as http://localhost:5173")]
    Address,
    #[error(
        "{0} is neither on this machine nor in a private network: set frontend.proxy_public to pass requests there"
    )]
    Public(IpAddr),
    #[error("nothing answers: {0}")]
    Unreachable(String),
    #[error("{MAX_CONNECTIONS} connections are open to it")]
    Busy,
}

/// The server that develops a front end.
pub struct DevServer {
    /// As people write it.
    url: Url,
    host: String,
    port: u16,
    authority: HeaderValue,
    precedence: Precedence,
    public: bool,
    work: mpsc::Sender<Work>,
    waiting: Mutex<Option<mpsc::Receiver<Work>>>,
}

impl DevServer {
    /// # Errors
    /// When the address is no `http://` one, or one that may not be passed to.
    pub fn open(address: &str, precedence: Precedence, public: bool) -> Result<Self, DevServerError> {
        let url = Url::parse(address).map_err(|_| DevServerError::Address)?;
        let host = match url.host().filter(|_| url.scheme() == "http") {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => check(address.into(), public)?.to_string(),
            Some(Host::Ipv6(address)) => check(address.into(), public)?.to_string(),
            None => return Err(DevServerError::Address),
        };
        let port = url.port_or_known_default().ok_or(DevServerError::Address)?;
        let authority = HeaderValue::try_from(url.authority()).map_err(|_| DevServerError::Address)?;
        let (work, waiting) = mpsc::channel(MAX_CONNECTIONS);
        Ok(Self { url, host, port, authority, precedence, public, work, waiting: Mutex::new(Some(waiting)) })
    }

    /// Whether a request is passed on before a page is looked for.
    pub(in crate::site) fn takes(&self, parts: &Parts) -> bool {
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let is_for_pages = reads || is_form(&parts.method, &parts.headers);
        is_upgrade(&parts.headers) || !is_for_pages || self.is_first(parts.uri.path())
    }

    pub(super) fn is_first(&self, path: &str) -> bool {
        super::is_first(self.precedence, path)
    }

    /// The connections that are to be kept going; once.
    pub(super) fn take_work(&self) -> Option<mpsc::Receiver<Work>> {
        self.waiting.lock().take()
    }

    /// Its answer to a request.
    pub(in crate::site) async fn pass(&self, mut parts: Parts, body: StreamBody, info: &RequestInfo) -> Answer {
        let client = parts.extensions.remove::<OnUpgrade>();
        let wants_html = accepts_html(&parts.headers);
        let asked = self.request(&parts, body, info);
        let passed = async {
            let mut response = self.send(asked).await?;
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                self.join(client, hyper::upgrade::on(&mut response))?;
            }
            Ok(response)
        };
        let response = match passed.await {
            Ok(response) => answered(response),
            Err(error) => return self.away(&error, wants_html),
        };
        Answer { response, note: Note::of(Route::DevProxy) }
    }

    fn request(&self, parts: &Parts, body: StreamBody, info: &RequestInfo) -> Request<StreamBody> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::new(body);
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = Uri::try_from(path).unwrap_or_default();
        let upgrade = upgrade_of(&parts.headers);
        let mut headers = parts.headers.clone();
        remove_hop_by_hop(&mut headers);
        session_cookie::remove(&mut headers);
        headers.remove(FORWARDED);
        headers.insert(HOST, self.authority.clone());
        let given = [
            (FORWARDED_FOR, info.client.to_canonical().to_string()),
            (FORWARDED_HOST, info.host.to_string()),
            (FORWARDED_PROTO, info.scheme.as_str().to_owned()),
        ];
        for (name, value) in given {
            headers.remove(&name);
            headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        }
        keep_upgrade(&mut headers, upgrade);
        *request.headers_mut() = headers;
        request
    }

    async fn connect(&self) -> Result<TcpStream, DevServerError> {
        let unreachable = |error: std::io::Error| DevServerError::Unreachable(error.to_string());
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(unreachable)?;
        let mut last = DevServerError::Unreachable("its name has no address".to_owned());
        // A name may mean both protocols, of which the server listens to one.
        for address in found {
            last = match self.connect_to(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => error,
            };
        }
        Err(last)
    }

    /// Looks at the address that is connected to, so that a name cannot mean another one then.
    async fn connect_to(&self, address: SocketAddr) -> Result<TcpStream, DevServerError> {
        check(address.ip(), self.public)?;
        match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(DevServerError::Unreachable(error.to_string())),
            Err(_) => Err(DevServerError::Unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    async fn send(&self, request: Request<StreamBody>) -> Result<Response<Incoming>, DevServerError> {
        let unreachable = |error: hyper::Error| DevServerError::Unreachable(error.to_string());
        let stream = self.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
        self.keep_going(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "a connection to the development server broke");
            }
        })?;
        sender.send_request(request).await.map_err(unreachable)
    }

    /// Joins both ends of what is no HTTP any more, such as a WebSocket.
    fn join(&self, client: Option<OnUpgrade>, server: OnUpgrade) -> Result<(), DevServerError> {
        let Some(client) = client else {
            return Err(DevServerError::Unreachable("it speaks another protocol, and nobody asked for one".to_owned()));
        };
        self.keep_going(async move {
            let (Ok(client), Ok(server)) = tokio::join!(client, server) else { return };
            let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
            // Whoever hangs up first ends it for both.
            if let Err(error) = tokio::io::copy_bidirectional(&mut client, &mut server).await {
                tracing::debug!(%error, "a connection through to the development server broke");
            }
        })
    }

    fn keep_going(&self, work: impl Future<Output = ()> + Send + 'static) -> Result<(), DevServerError> {
        self.work.try_send(Box::pin(work)).map_err(|_| DevServerError::Busy)
    }

    /// 502, with what to do about it.
    fn away(&self, error: &DevServerError, wants_html: bool) -> Answer {
        tracing::warn!(%error, url = %self.url, "the development server could not be asked");
        let url = self.url.as_str().trim_end_matches('/');
        let (kind, text) = match wants_html {
            true => ("text/html; charset=utf-8", away_page(url, &error.to_string())),
            false => {
                ("text/plain; charset=utf-8", format!("The development server at {url} does not answer: {error}\n"))
            }
        };
        let mut response = Response::new(Body::full(text));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_SECURITY_POLICY, AWAY_POLICY);
        Answer { response, note: Note { failure: Failure::Internal, ..Note::of(Route::DevProxy) } }
    }
}

/// Refuses what is not near.
fn check(address: IpAddr, public: bool) -> Result<IpAddr, DevServerError> {
    let is_near = match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    };
    if is_near || public { Ok(address) } else { Err(DevServerError::Public(address)) }
}

/// The protocol that a request or an answer changes to.
fn upgrade_of(headers: &HeaderMap) -> Option<HeaderValue> {
    let named = |value: &HeaderValue| {
        let words = value.to_str().unwrap_or_default().split(',');
        words.into_iter().any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
    };
    headers.get(UPGRADE).filter(|_| headers.get_all(CONNECTION).iter().any(named)).cloned()
}

/// Whether a request asks for another protocol.
fn is_upgrade(headers: &HeaderMap) -> bool {
    upgrade_of(headers).is_some()
}

fn keep_upgrade(headers: &mut HeaderMap, upgrade: Option<HeaderValue>) {
    if let Some(protocol) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, protocol);
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

fn answered(response: Response<Incoming>) -> Response<Body> {
    let mut response = response.map(|body| Body::Stream(StreamBody::new(body)));
    let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let upgrade = upgrade_of(response.headers()).filter(|_| switches);
    remove_hop_by_hop(response.headers_mut());
    keep_upgrade(response.headers_mut(), upgrade);
    response
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// Comes again every two seconds, without a script.
fn away_page(url: &str, why: &str) -> String {
    let (url, why) = (escaped(url), escaped(why));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"2\">\
         <title>The development server does not answer</title>\
         <style>body{{font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem;\
         color-scheme:light dark}}</style>\
         <h1>The development server does not answer</h1>\
         <p>Nothing could be fetched from <code>{url}</code>: {why}.</p>\
         <ol><li>Start it in the folder of your front end, such as with <code>npm run dev</code>.</li>\
         <li>See that it listens at <code>{url}</code>, or name another address: \
         <code>vitrine dev --proxy URL</code>.</li></ol>\
         <p>This page comes again by itself. The editor is at <a href=\"/admin/\">/admin/</a>.</p></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_http_servers_are_passed_to() {
        let open = |url: &str, public| DevServer::open(url, Precedence::Root, public).map(|_| ());
        for url in ["http://localhost:5173", "http://127.0.0.1:5173/", "http://[::1]:5173", "http://192.168.1.5:3000"] {
            assert!(open(url, false).is_ok(), "{url}");
        }
        for url in
            ["http://8.8.8.8", "http://169.254.169.254", "http://[2606:2800:220:1::1]", "http://[::ffff:8.8.8.8]"]
        {
            assert!(matches!(open(url, false), Err(DevServerError::Public(_))), "{url}");
            assert!(open(url, true).is_ok(), "{url}");
        }
        for url in ["https://localhost:5173", "localhost:5173", "ftp://localhost", ""] {
            assert!(matches!(open(url, true), Err(DevServerError::Address)), "{url}");
        }
    }

    #[test]
    fn headers_of_one_connection_stay_there() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive, X-Own"),
            ("x-own", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("accept", "*/*"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        assert!(!is_upgrade(&headers));
        remove_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
        keep_upgrade(&mut headers, Some(HeaderValue::from_static("websocket")));
        assert!(is_upgrade(&headers));
    }

    #[test]
    fn what_went_wrong_is_no_markup() {
        assert!(away_page("http://localhost", "<script>").contains("&lt;script&gt;"));
    }
}
