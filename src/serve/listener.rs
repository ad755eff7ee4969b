//! The HTTP listener: accepts, caps and hands connections to `connection`, with TLS when it is
//! configured, and drains them at the end. Telemetry is fed through `ConnectionObserver`.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::http::proxy::Scheme;

use super::connection::{self, Offer, Protocols};
use super::drain::{Drained, Register, Seat};
use super::tls::{Reload, Tls};

/// How many refused connections may linger so that they get to read their 503.
const MAX_LINGERING_REFUSALS: usize = 64;
/// After an accept error that will not go away by itself, such as too many open files.
const ACCEPT_PAUSE_FIRST: Duration = Duration::from_millis(10);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);
const OVERLOADED: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Bounds of every connection of a listener.
#[derive(Debug, Clone)]
pub struct ListenerLimits {
    /// For a whole request head, from its first byte (of a new connection: from accept).
    pub header_timeout: Duration,
    /// For a connection with no request in flight on which no byte moves.
    pub idle_timeout: Duration,
    /// Request line and headers together.
    pub max_header_bytes: usize,
    pub max_connections: usize,
    /// Concurrent HTTP/2 streams per connection.
    pub max_streams: u32,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            max_header_bytes: 32 * 1024,
            max_connections: 8192,
            max_streams: 128,
        }
    }
}

/// Who is at the other end of a connection (a proxy, perhaps), and whether it came by TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    pub addr: SocketAddr,
    pub scheme: Scheme,
}

/// How a connection ended: a closed set, fit for a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Either side closed it between requests.
    Closed,
    HeaderTimeout,
    IdleTimeout,
    /// Not HTTP: answered with 400.
    BadRequest,
    /// More header bytes or lines than allowed: answered with 431.
    HeadersTooLarge,
    /// The peer hung up in the middle of a message.
    Incomplete,
    /// The socket or the HTTP/2 session failed.
    Io,
    TlsFailed,
    /// Finished because of a drain.
    Drained,
    /// Cut at the drain's deadline.
    Aborted,
}

impl Ending {
    pub const ALL: [Self; 10] = [
        Self::Closed,
        Self::HeaderTimeout,
        Self::IdleTimeout,
        Self::BadRequest,
        Self::HeadersTooLarge,
        Self::Incomplete,
        Self::Io,
        Self::TlsFailed,
        Self::Drained,
        Self::Aborted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HeaderTimeout => "header_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::BadRequest => "bad_request",
            Self::HeadersTooLarge => "headers_too_large",
            Self::Incomplete => "incomplete",
            Self::Io => "io",
            Self::TlsFailed => "tls_failed",
            Self::Drained => "drained",
            Self::Aborted => "aborted",
        }
    }
}

/// What a listener tells about its connections.
pub trait ConnectionObserver: Send + Sync + 'static {
    /// Held while a connection is open (a gauge and a timer, say); dropped even if its task panics.
    type Open: Send + 'static;

    fn opened(&self) -> Self::Open;
    fn ended(&self, open: Self::Open, ending: Ending);
    /// Turned away at the connection cap.
    fn refused(&self);
    /// `accept` failed in a way that needs a pause: file descriptors or memory ran out.
    fn accept_failed(&self, error: &io::Error);
    /// New certificate files were taken, or were broken and the old ones stay. Never `Unchanged`.
    fn certificate_reloaded(&self, reload: &Reload);
}

/// A bound listener, ready to serve.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    limits: ListenerLimits,
    tls: Option<Arc<Tls>>,
}

impl Listener {
    /// # Errors
    /// When the socket cannot be made non-blocking or registered with the runtime.
    pub fn new(socket: std::net::TcpListener, limits: ListenerLimits, tls: Option<Arc<Tls>>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket: TcpListener::from_std(socket)?, limits, tls })
    }

    /// # Errors
    /// When the kernel does not tell the socket's address.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Accepts until `shutdown`, then drains: connections finish what they do and close; those
    /// still open after `drain_timeout` are cut. A streaming response must write at least once
    /// per idle timeout.
    pub async fn serve<M, S, B, O>(
        self,
        make: M,
        observer: Arc<O>,
        shutdown: CancellationToken,
        drain_timeout: Duration,
    ) -> Drained
    where
        M: Fn(Peer) -> S + Send + Sync + 'static,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
        O: ConnectionObserver,
    {
        let register = Register::new();
        let hub = Hub {
            make,
            observer,
            max_connections: self.limits.max_connections,
            protocols: Arc::new(Protocols::new(self.limits)),
            register: Arc::clone(&register),
            refusals: Arc::new(Semaphore::new(MAX_LINGERING_REFUSALS)),
            tls: self.tls,
        };
        if let Some(tls) = &hub.tls {
            tokio::spawn(watch_certificate(Arc::clone(tls), Arc::clone(&hub.observer), shutdown.clone()));
        }
        let mut pause = ACCEPT_PAUSE_FIRST;
        let mut cancelled = std::pin::pin!(shutdown.cancelled());
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut cancelled => break,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, addr)) => {
                    pause = ACCEPT_PAUSE_FIRST;
                    hub.take(stream, addr);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    hub.observer.accept_failed(&error);
                    tokio::select! {
                        () = &mut cancelled => break,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
                }
            }
        }
        // Connections that the kernel has completed already are owed an answer. It is asked itself: the runtime may not
        // have heard of them yet.
        if let Ok(socket) = self.socket.into_std() {
            for _ in 0..super::bind::BACKLOG {
                match socket.accept() {
                    Ok((stream, addr)) => {
                        if stream.set_nonblocking(true).is_ok()
                            && let Ok(stream) = TcpStream::from_std(stream)
                        {
                            hub.take(stream, addr);
                        }
                    }
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(_) => break,
                }
            }
        }
        register.drain(drain_timeout).await
    }
}

/// What every accepted connection needs.
struct Hub<M, O> {
    make: M,
    observer: Arc<O>,
    protocols: Arc<Protocols>,
    register: Arc<Register>,
    refusals: Arc<Semaphore>,
    max_connections: usize,
    tls: Option<Arc<Tls>>,
}

impl<M, O: ConnectionObserver> Hub<M, O> {
    fn take<S, B>(&self, stream: TcpStream, addr: SocketAddr)
    where
        M: Fn(Peer) -> S,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let Some(seat) = self.register.admit(self.max_connections) else {
            self.observer.refused();
            self.refuse(stream);
            return;
        };
        // Without it a response in two writes waits for the peer's delayed ACK; a socket that
        // refuses the option still works.
        let _ = stream.set_nodelay(true);
        let service = (self.make)(Peer { addr, scheme: if self.tls.is_some() { Scheme::Https } else { Scheme::Http } });
        let observer = Arc::clone(&self.observer);
        let protocols = Arc::clone(&self.protocols);
        let tls = self.tls.clone();
        let open = observer.opened();
        tokio::spawn(async move {
            let ending = match tls {
                None => connection::serve(stream, Offer::Sniff, service, &protocols, &seat).await,
                Some(tls) => serve_tls(stream, &tls, service, &protocols, &seat).await,
            };
            observer.ended(open, ending);
        });
    }

    /// Says 503 to a plain connection; a TLS one is only closed, a handshake would cost more
    /// than the request that is refused.
    fn refuse(&self, stream: TcpStream) {
        if self.tls.is_some() {
            return;
        }
        let Ok(mut stream) = stream.into_std() else {
            return;
        };
        // A new socket's send buffer is empty, so this does not block; a peer that is gone
        // needs no answer. What it sent is taken in so that closing does not reset.
        if stream.write_all(OVERLOADED).is_err() {
            return;
        }
        let _ = stream.read(&mut [0_u8; 4096]);
        if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned()
            && let Ok(stream) = TcpStream::from_std(stream)
        {
            tokio::spawn(async move {
                connection::linger(stream).await;
                drop(permit);
            });
        }
    }
}

async fn serve_tls<S, B>(stream: TcpStream, tls: &Tls, service: S, protocols: &Protocols, seat: &Seat) -> Ending
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let stream = match connection::handshake(tls.acceptor().accept(stream), protocols, seat).await {
        Ok(stream) => stream,
        Err(ending) => return ending,
    };
    let offer = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Offer::Http2,
        _ => Offer::Sniff,
    };
    connection::serve(stream, offer, service, protocols, seat).await
}

async fn watch_certificate<O: ConnectionObserver>(tls: Arc<Tls>, observer: Arc<O>, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(tls.check_every());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let tls = Arc::clone(&tls);
        // A cancelled check means that the runtime is going down.
        let Ok(reload) = tokio::task::spawn_blocking(move || tls.reload_if_changed()).await else {
            return;
        };
        if !matches!(reload, Reload::Unchanged) {
            observer.certificate_reloaded(&reload);
        }
    }
}

/// Errors of the connection that was about to be accepted, not of the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests;
