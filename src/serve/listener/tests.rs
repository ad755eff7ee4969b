//! The listener over real sockets: timeouts, caps, protocols and the drain.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use super::*;

/// Sends every ending to the test.
struct Recorder {
    endings: mpsc::UnboundedSender<Ending>,
    open: Arc<AtomicUsize>,
    refused: AtomicUsize,
    reloads: mpsc::UnboundedSender<bool>,
}

struct OpenCount(Arc<AtomicUsize>);

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl ConnectionObserver for Recorder {
    type Open = OpenCount;

    fn opened(&self) -> OpenCount {
        self.open.fetch_add(1, Ordering::SeqCst);
        OpenCount(Arc::clone(&self.open))
    }

    fn ended(&self, open: OpenCount, ending: Ending) {
        drop(open);
        // The test may have seen what it wanted and be gone.
        let _ = self.endings.send(ending);
    }

    fn refused(&self) {
        self.refused.fetch_add(1, Ordering::SeqCst);
    }

    fn accept_failed(&self, _: &io::Error) {}

    fn certificate_reloaded(&self, reload: &Reload) {
        let _ = self.reloads.send(matches!(reload, Reload::Replaced));
    }
}

struct Running {
    addr: SocketAddr,
    observer: Arc<Recorder>,
    endings: mpsc::UnboundedReceiver<Ending>,
    reloads: mpsc::UnboundedReceiver<bool>,
    /// Told when a request to /hang or /wait reached the service.
    entered: Arc<Notify>,
    /// Lets /wait answer.
    release: Arc<Notify>,
    shutdown: CancellationToken,
    done: JoinHandle<Drained>,
}

fn short_limits() -> ListenerLimits {
    ListenerLimits {
        header_timeout: Duration::from_millis(150),
        idle_timeout: Duration::from_millis(200),
        max_connections: 16,
        ..ListenerLimits::default()
    }
}

/// `/` says hello and who asked, `/wait` answers when released, `/hang` never does, `/big` is 4 MiB.
fn start(limits: ListenerLimits, tls: Option<Arc<Tls>>, drain_timeout: Duration) -> Running {
    let socket = super::super::bind::bind("server.listen", "127.0.0.1:0").expect("a free port");
    let listener = Listener::new(socket, limits, tls).expect("a runtime");
    let addr = listener.local_addr().expect("bound");
    let (endings_in, endings) = mpsc::unbounded_channel();
    let (reloads_in, reloads) = mpsc::unbounded_channel();
    let observer = Arc::new(Recorder {
        endings: endings_in,
        open: Arc::default(),
        refused: AtomicUsize::new(0),
        reloads: reloads_in,
    });
    let (entered, release, shutdown) = (Arc::new(Notify::new()), Arc::new(Notify::new()), CancellationToken::new());
    let make = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        move |peer: Peer| {
            let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
            service_fn(move |request: Request<Incoming>| {
                let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
                async move {
                    let body = match request.uri().path() {
                        "/wait" => {
                            entered.notify_one();
                            release.notified().await;
                            Bytes::from_static(b"released")
                        }
                        "/hang" => {
                            entered.notify_one();
                            std::future::pending().await
                        }
                        "/big" => Bytes::from(vec![b'x'; 4 << 20]),
                        _ => Bytes::from(format!("hello {} by {}", peer.addr.ip(), peer.scheme.as_str())),
                    };
                    Ok::<_, Infallible>(Response::new(Full::new(body)))
                }
            })
        }
    };
    let done = tokio::spawn(listener.serve(make, Arc::clone(&observer), shutdown.clone(), drain_timeout));
    Running { addr, observer, endings, reloads, entered, release, shutdown, done }
}

const MINUTE: Duration = Duration::from_secs(60);

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.addr).await.expect("the listener accepts")
}

/// Reads one response with a Content-Length body, or what comes until the end.
async fn read_response<T: tokio::io::AsyncRead + Unpin>(stream: &mut T) -> String {
    let mut text = Vec::new();
    let mut chunk = [0_u8; 1024];
    loop {
        let so_far = String::from_utf8_lossy(&text).to_lowercase();
        if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            if length.and_then(|length| length.parse().ok()) == Some(body.len()) {
                break;
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(read) => text.extend_from_slice(&chunk[..read]),
        }
    }
    String::from_utf8(text).expect("text")
}

async fn at_end<T: tokio::io::AsyncRead + Unpin>(stream: &mut T) -> bool {
    matches!(stream.read(&mut [0_u8; 1]).await, Ok(0) | Err(_))
}

async fn next_ending(running: &mut Running) -> Ending {
    running.endings.recv().await.expect("the listener runs")
}

#[tokio::test]
async fn the_peer_reaches_the_service_and_connections_are_kept_alive() {
    let running = start(ListenerLimits::default(), None, MINUTE);
    let mut stream = connect(&running).await;
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
        let response = read_response(&mut stream).await;
        assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("hello 127.0.0.1 by http"), "{response}");
    }
    assert_eq!(running.observer.open.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_head_in_pieces_is_served() {
    let running = start(ListenerLimits::default(), None, MINUTE);
    let mut stream = connect(&running).await;
    stream.set_nodelay(true).expect("a socket");
    for piece in ["P", "R", "OPFIND / HT", "TP/1.1\r\nHo", "st: a\r\n", "\r\n"] {
        stream.write_all(piece.as_bytes()).await.expect("sent");
        tokio::task::yield_now().await;
    }
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn too_many_header_bytes_are_431_and_the_peer_gets_to_read_it() {
    let mut running = start(ListenerLimits::default(), None, MINUTE);
    let mut stream = connect(&running).await;
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Big: {}\r\n\r\n", "x".repeat(100_000));
    stream.write_all(head.as_bytes()).await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 431"));
    drop(stream);
    assert_eq!(next_ending(&mut running).await, Ending::HeadersTooLarge);
}

#[tokio::test]
async fn too_many_header_lines_are_431() {
    let mut running = start(ListenerLimits::default(), None, MINUTE);
    let mut stream = connect(&running).await;
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(101));
    stream.write_all(head.as_bytes()).await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 431"));
    drop(stream);
    assert_eq!(next_ending(&mut running).await, Ending::HeadersTooLarge);
}

#[tokio::test]
async fn what_is_not_http_is_400() {
    let mut running = start(ListenerLimits::default(), None, MINUTE);
    let mut stream = connect(&running).await;
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n").await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 400"));
    drop(stream);
    assert_eq!(next_ending(&mut running).await, Ending::BadRequest);
}

#[tokio::test]
async fn beyond_the_cap_connections_get_503_until_one_closes() {
    let limits = ListenerLimits { max_connections: 1, ..ListenerLimits::default() };
    let mut running = start(limits, None, MINUTE);
    let mut first = connect(&running).await;
    first.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    read_response(&mut first).await;
    let mut second = connect(&running).await;
    second.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    let refused = read_response(&mut second).await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After: 1\r\nConnection: close"),
        "{refused}"
    );
    assert!(at_end(&mut second).await);
    assert_eq!(running.observer.refused.load(Ordering::SeqCst), 1);
    drop(first);
    assert_eq!(next_ending(&mut running).await, Ending::Closed);
    let mut third = connect(&running).await;
    third.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert!(read_response(&mut third).await.starts_with("HTTP/1.1 200"));
}

async fn get_h2<T>(stream: T, path: &str) -> hyper::Result<Bytes>
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let request = Request::get(format!("http://a{path}")).body(Empty::<Bytes>::new()).expect("a request");
    let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
    drop(sender);
    // The server may close first in a drain; the answer is what counts.
    let _ = driver.await;
    Ok(body)
}

#[tokio::test]
async fn http2_by_prior_knowledge_is_served() {
    let mut running = start(ListenerLimits::default(), None, MINUTE);
    let stream = connect(&running).await;
    assert_eq!(get_h2(stream, "/").await.expect("served"), "hello 127.0.0.1 by http");
    assert_eq!(next_ending(&mut running).await, Ending::Closed);
}

mod drains;
mod timeouts;
mod with_tls;
