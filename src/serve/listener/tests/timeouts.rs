//! Slow, silent and idle peers.

use super::*;

#[tokio::test]
async fn slow_headers_are_answered_with_408_and_closed() {
    let mut running = start(short_limits(), None, MINUTE);
    let mut stream = connect(&running).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 408"));
    drop(stream);
    assert_eq!(next_ending(&mut running).await, Ending::HeaderTimeout);
}

#[tokio::test]
async fn slow_headers_of_a_second_request_are_closed_too() {
    let limits = ListenerLimits { idle_timeout: MINUTE, ..short_limits() };
    let mut running = start(limits, None, MINUTE);
    let mut stream = connect(&running).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
    stream.write_all(b"GET / HT").await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 408"));
    drop(stream);
    assert_eq!(next_ending(&mut running).await, Ending::HeaderTimeout);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_without_an_answer() {
    let mut running = start(short_limits(), None, MINUTE);
    let mut stream = connect(&running).await;
    assert_eq!(read_response(&mut stream).await, "");
    assert_eq!(next_ending(&mut running).await, Ending::IdleTimeout);
}

#[tokio::test]
async fn an_idle_kept_alive_connection_is_closed() {
    let mut running = start(short_limits(), None, MINUTE);
    let mut stream = connect(&running).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
    assert!(at_end(&mut stream).await);
    assert_eq!(next_ending(&mut running).await, Ending::IdleTimeout);
}

#[tokio::test]
async fn a_request_longer_than_the_idle_timeout_is_not_idle() {
    let limits = ListenerLimits { idle_timeout: Duration::from_millis(20), ..short_limits() };
    let mut running = start(limits, None, MINUTE);
    let mut slow = connect(&running).await;
    slow.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    running.entered.notified().await;
    // Another connection idles out in the meantime: at least that long has passed.
    let mut idle = connect(&running).await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    read_response(&mut idle).await;
    assert!(at_end(&mut idle).await);
    assert_eq!(next_ending(&mut running).await, Ending::IdleTimeout);
    running.release.notify_one();
    assert!(read_response(&mut slow).await.ends_with("released"));
}

#[tokio::test]
async fn a_peer_that_does_not_take_its_response_is_cut() {
    let mut running = start(short_limits(), None, MINUTE);
    let mut stream = connect(&running).await;
    stream.write_all(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert_eq!(next_ending(&mut running).await, Ending::IdleTimeout);
}

#[tokio::test]
async fn an_idle_http2_connection_is_closed() {
    let mut running = start(short_limits(), None, MINUTE);
    let stream = connect(&running).await;
    let (sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("h2");
    let driver = tokio::spawn(connection);
    assert_eq!(next_ending(&mut running).await, Ending::IdleTimeout);
    // Closed by GOAWAY or by the socket; either way the client is done.
    let _ = driver.await;
    drop(sender);
}
