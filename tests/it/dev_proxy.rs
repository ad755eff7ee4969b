//! `vitrine dev --proxy`: what no page has comes from the server that develops a front end, also as a WebSocket.

use std::sync::{Arc, Mutex};

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::process::run;
use crate::support::{Database, SOON, Server, on_both_databases, vitrine};

const OPENS: (&str, &str) = ("accept", "text/html,*/*;q=0.8");
/// The example of RFC 6455, 1.3, and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A server that shows what it is asked, echoes what it is sent, and speaks WebSocket as far as saying all of it again.
struct Development {
    url: String,
    /// Heads of requests.
    asked: Arc<Mutex<Vec<String>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Development {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = asked.clone();
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(answer(stream, noted.clone()));
            }
        });
        Self { url, asked, serving }
    }

    fn last(&self) -> String {
        self.asked.lock().expect("nothing panics inside").last().cloned().unwrap_or_default()
    }
}

impl Drop for Development {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).expect("ASCII")
}

async fn answer(mut stream: TcpStream, asked: Arc<Mutex<Vec<String>>>) {
    let head = read_head(&mut stream).await;
    asked.lock().expect("nothing panics inside").push(head.to_ascii_lowercase());
    let first = head.lines().next().unwrap_or_default().to_owned();
    if head.to_ascii_lowercase().contains("upgrade: websocket") {
        let said = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {ACCEPT}\r\nSec-WebSocket-Protocol: vite-hmr\r\n\r\n"
        );
        stream.write_all(said.as_bytes()).await.expect("written");
    } else if first.starts_with("POST") {
        let said = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
        stream.write_all(said.as_bytes()).await.expect("written");
    } else {
        let body = format!("developed: {first}");
        let said = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nKeep-Alive: timeout=5\r\n\
             Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-Vite: yes\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(said.as_bytes()).await.expect("written");
        return;
    }
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut bytes).await {
        if stream.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

async fn with(database: Database, url: &str, more: &[(&str, &str)]) -> Server {
    Server::with(database, &[&[("mode", "dev"), ("frontend.proxy", url)], more].concat()).await
}

async fn what_no_page_has_comes_from_the_development_server(database: Database) {
    let development = Development::start().await;
    let server = with(database, &development.url, &[]).await;
    for path in ["/", "/@vite/client", "/src/main.tsx?t=17", "/users/7"] {
        let answer = server.send(Method::GET, path, &[OPENS]).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, format!("developed: GET {path} HTTP/1.1").as_str()));
        assert_eq!((answer.header("x-vite"), answer.header("x-hop"), answer.header("keep-alive")), ("yes", "", ""));
    }
    let page = server.send(Method::GET, "/about/", &[OPENS]).await;
    assert!(page.text().contains("wordmark"), "a page of the site");
    for (path, status) in [("/admin/", 303), ("/api/v1/whoami", 401), ("/health", 200)] {
        assert_eq!(server.send(Method::GET, path, &[OPENS]).await.status, status, "{path}");
    }
    for path in ["/api/v1/nothing/", "/-/nothing"] {
        assert!(!server.send(Method::GET, path, &[OPENS]).await.text().starts_with("developed"), "{path}");
    }
    let headers = [
        ("cookie", "theme=dark; vitrine_session=secret"),
        ("x-forwarded-for", "192.0.2.99"),
        ("forwarded", "for=192.0.2.99"),
        ("x-own", "kept"),
    ];
    server.send(Method::GET, "/src/a.ts", &headers).await;
    let head = development.last();
    let host = development.url.trim_start_matches("http://");
    for line in [
        format!("host: {host}"),
        "cookie: theme=dark".to_owned(),
        "x-forwarded-for: 127.0.0.1".to_owned(),
        format!("x-forwarded-host: {}", server.site.trim_start_matches("http://")),
        "x-forwarded-proto: http".to_owned(),
        "x-own: kept".to_owned(),
    ] {
        assert!(head.contains(&format!("{line}\r\n")), "{line}: {head}");
    }
    assert!(!head.contains("secret") && !head.contains("192.0.2.99"), "{head}");
    let metrics = server.metrics().await;
    let labels = [("http_route", "/-/dev/proxy"), ("http_response_status_code", "200")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &labels), 5.0);

    let all =
        server.beside(&[("mode", "dev"), ("frontend.proxy", &development.url), ("frontend.precedence", "app")]).await;
    assert!(all.get("/about/").await.text().starts_with("developed"));
    let pages = [("mode", "dev"), ("frontend.proxy", &development.url), ("frontend.precedence", "pages")];
    assert!(server.beside(&pages).await.get("/").await.text().contains("wordmark"));
}

/// Reads until so much came.
async fn read(stream: &mut TcpStream, until: &str) -> String {
    let mut text = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&text).contains(until) {
            text.push(stream.read_u8().await.expect("it goes on"));
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("in time");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_goes_through_and_bodies_stream_in_both_directions() {
    let development = Development::start().await;
    let server = with(Database::Sqlite, &development.url, &[]).await;
    let mut socket = TcpStream::connect(server.address()).await.expect("accepted");
    let asks = format!(
        "GET /about/?token=x HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Protocol: vite-hmr\r\n\r\n"
    );
    socket.write_all(asks.as_bytes()).await.expect("written");
    let head = read(&mut socket, "\r\n\r\n").await.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 ") && head.contains("upgrade: websocket\r\n"), "{head}");
    assert!(head.contains(&format!("sec-websocket-accept: {}\r\n", ACCEPT.to_ascii_lowercase())), "{head}");
    let asked = development.last();
    assert!(asked.contains("sec-websocket-protocol: vite-hmr") && asked.contains("connection: upgrade\r\n"), "{asked}");
    // A frame of RFC 6455 with the text "Hello", masked, and whatever else.
    let frames = [&b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"[..], &[0xAB; 5000]];
    for frame in frames {
        socket.write_all(frame).await.expect("written");
        let mut back = vec![0; frame.len()];
        tokio::time::timeout(SOON, socket.read_exact(&mut back)).await.expect("in time").expect("it comes back");
        assert_eq!(back, frame);
    }
    drop(socket);

    let mut posting = TcpStream::connect(server.address()).await.expect("accepted");
    let head = "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    posting.write_all(head.as_bytes()).await.expect("written");
    posting.write_all(b"5\r\nfirst\r\n").await.expect("written");
    let begun = read(&mut posting, "first").await;
    assert!(begun.starts_with("HTTP/1.1 200 OK"), "the answer begins before the question ends: {begun}");
    posting.write_all(b"6\r\nsecond\r\n0\r\n\r\n").await.expect("written");
    read(&mut posting, "second").await;
    let cut = server.running.stop().await;
    assert!(cut <= 1, "what goes through holds nobody up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_development_server_that_is_away_is_a_page_that_says_what_to_do() {
    let development = Development::start().await;
    let url = development.url.clone();
    drop(development);
    let server = with(Database::Sqlite, &url, &[]).await;
    let page = server.send(Method::GET, "/", &[OPENS]).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (502, "text/html; charset=utf-8"));
    for told in [url.as_str(), "npm run dev", "vitrine dev --proxy URL", "href=\"/admin/\"", "http-equiv=\"refresh\""] {
        assert!(page.text().contains(told), "{told}: {}", page.text());
    }
    let script = server.get("/src/main.tsx").await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (502, "text/plain; charset=utf-8"));
    assert_eq!(server.get("/about/").await.status, 200, "the site goes on");
}

#[test]
fn it_is_for_development_and_for_what_is_near() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = |arguments: &[&str]| {
        let (code, _, said) = run(vitrine(folder.path()).args(arguments));
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        said
    };
    let said = refused(&["serve", "--set", "frontend.proxy=http://localhost:5173"]);
    assert!(said.contains("vitrine dev alone"), "{said}");
    let said = refused(&["dev", "--proxy", "http://8.8.8.8:5173"]);
    assert!(said.contains("8.8.8.8 is neither on this machine nor in a private network"), "{said}");
    let said = refused(&["dev", "--proxy", "https://localhost:5173"]);
    assert!(said.contains("http://localhost:5173"), "{said}");
    let said = refused(&["dev", "--proxy", "http://localhost:5173", "--set", "frontend.dir=dist"]);
    assert!(said.contains("set one of both"), "{said}");
}

on_both_databases!(what_no_page_has_comes_from_the_development_server);
