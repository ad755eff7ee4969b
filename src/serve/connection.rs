//! One connection from its first byte to its last: which protocol it speaks, hyper's settings
//! for it, and the answers that only a connection can give (408, and a close that is read).

use std::convert::Infallible;
use std::error::Error as StdError;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::drain::Seat;
use super::listener::{Ending, ListenerLimits};
use super::wire::Wire;

mod watchdog;

use watchdog::{Head, Watchdog};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// One read of this size takes a whole usual request head.
const FIRST_READ_BYTES: usize = 2048;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const LINGER_TIMEOUT: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 256 * 1024;
const REQUEST_TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Which protocols a client may speak on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// Plain text or TLS without ALPN: HTTP/1.1, or HTTP/2 by its preface.
    Sniff,
    /// ALPN chose h2.
    Http2,
}

/// hyper's protocol settings, made once per listener.
#[derive(Debug)]
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    limits: ListenerLimits,
}

impl Protocols {
    pub(super) fn new(limits: ListenerLimits) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            // hyper's own timeout boxes a timer per request; the watchdog below does the same for less.
            .header_read_timeout(None)
            // A peer that is gone must end its request, not leave it running.
            .half_close(false)
            // `pipeline_flush` stays off: it holds a finished response back while half of the
            // next request is in the buffer, and copies every body. `writev` stays automatic:
            // head and body leave in one system call without a copy. More than 100 header
            // lines is 431; naming the limit would cost an allocation per request.
            .max_header_size(limits.max_header_bytes)
            .max_buf_size((limits.max_header_bytes + 8 * 1024).max(64 * 1024));
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            // No keep-alive pings: they would look like use, and the idle timeout finds dead peers.
            .keep_alive_interval(None)
            .max_concurrent_streams(limits.max_streams)
            .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX));
        Self { http1, http2, limits }
    }
}

/// Serves one connection until it ends.
pub(super) async fn serve<T, S, B>(
    mut stream: T,
    offer: Offer,
    service: S,
    protocols: &Protocols,
    seat: &Seat,
) -> Ending
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut watchdog = Watchdog::new(&protocols.limits, seat);
    let mut first = BytesMut::new();
    let offer = match offer {
        Offer::Http2 => Offer::Http2,
        Offer::Sniff => match sniff(&mut stream, &mut first, &mut watchdog).await {
            Ok(offer) => offer,
            Err(Ending::HeaderTimeout) => return refuse_slow(stream).await,
            Err(ending) => return ending,
        },
    };
    let wire = Wire::new(TokioIo::new(stream), first.freeze(), Arc::clone(&seat.activity));
    let activity = Arc::clone(&seat.activity);
    let counted = service_fn(move |request| {
        let in_flight = activity.enter();
        let response = service.call(request);
        async move {
            let _in_flight = in_flight;
            response.await
        }
    });
    if offer == Offer::Http2 {
        let connection = pin!(protocols.http2.serve_connection(wire, counted));
        return watchdog.drive(connection, Head::Unseen, http2::Connection::graceful_shutdown).await;
    }
    // Upgrades are for what `vitrine dev --proxy` passes on; without a handler that takes one it stays HTTP.
    let mut connection = protocols.http1.serve_connection(wire, counted).with_upgrades();
    let finish = http1::UpgradeableConnection::graceful_shutdown;
    let ending = watchdog.drive(Pin::new(&mut connection), Head::Watched, finish).await;
    let stream = |connection: http1::UpgradeableConnection<Wire<TokioIo<T>>, _>| {
        connection.into_parts().map(|parts| parts.io.into_stream().into_inner())
    };
    match ending {
        Ending::HeaderTimeout if !seat.activity.is_write_blocked() => {
            if let Some(stream) = stream(connection) {
                refuse_slow(stream).await
            } else {
                ending
            }
        }
        Ending::BadRequest | Ending::HeadersTooLarge => {
            if let Some(stream) = stream(connection) {
                linger(stream).await;
            }
            ending
        }
        _ => ending,
    }
}

/// Runs a TLS handshake under the connection's timeouts and the drain.
pub(super) async fn handshake<T>(
    accept: impl Future<Output = io::Result<T>>,
    protocols: &Protocols,
    seat: &Seat,
) -> Result<T, Ending> {
    let bounded = pin!(tokio::time::timeout(HANDSHAKE_TIMEOUT, accept));
    match Watchdog::new(&protocols.limits, seat).attend(bounded).await {
        Ok(Ok(Ok(stream))) => Ok(stream),
        Err(ending @ (Ending::Drained | Ending::Aborted)) => Err(ending),
        Ok(_) | Err(_) => Err(Ending::TlsFailed),
    }
}

/// Reads until the HTTP/2 preface is complete or cannot be one.
async fn sniff<T: AsyncRead + Unpin>(
    stream: &mut T,
    first: &mut BytesMut,
    watchdog: &mut Watchdog<'_>,
) -> Result<Offer, Ending> {
    first.reserve(FIRST_READ_BYTES);
    loop {
        let read = pin!(stream.read_buf(first));
        match watchdog.attend(read).await {
            Err(Ending::HeaderTimeout) if first.is_empty() => return Err(Ending::IdleTimeout),
            Err(ending) => return Err(ending),
            Ok(Ok(0)) => {
                return Err(if first.is_empty() { Ending::Closed } else { Ending::Incomplete });
            }
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(Ending::Io),
        }
        let compared = first.len().min(PREFACE.len());
        if first[..compared] != PREFACE[..compared] {
            return Ok(Offer::Sniff);
        }
        if compared == PREFACE.len() {
            return Ok(Offer::Http2);
        }
    }
}

async fn refuse_slow<T: AsyncRead + AsyncWrite + Unpin>(mut stream: T) -> Ending {
    let answered = tokio::time::timeout(LINGER_TIMEOUT, stream.write_all(REQUEST_TIMEOUT)).await;
    if matches!(answered, Ok(Ok(()))) {
        linger(stream).await;
    }
    Ending::HeaderTimeout
}

/// Takes in what the peer still sends, within bounds: closing over unread bytes makes the
/// kernel reset the connection, and the peer loses the answer.
pub(super) async fn linger<T: AsyncRead + AsyncWrite + Unpin>(mut stream: T) {
    let discard = async {
        // The answer is out; a failed shutdown means that the peer is gone already.
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut scratch = [0_u8; 4096];
        let mut left = LINGER_BYTES;
        while let Ok(read) = stream.read(&mut scratch).await {
            left = left.saturating_sub(read);
            if read == 0 || left == 0 {
                return;
            }
        }
    };
    // Running out of time is the bound, not a failure.
    let _ = tokio::time::timeout(LINGER_TIMEOUT, discard).await;
}
