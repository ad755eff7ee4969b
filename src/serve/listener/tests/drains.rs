//! What a drain waits for, and what it cuts.

use super::*;

#[tokio::test]
async fn a_drain_waits_for_the_request_in_flight_and_closes_idle_connections() {
    let mut running = start(ListenerLimits::default(), None, MINUTE);
    let mut idle = connect(&running).await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    read_response(&mut idle).await;
    let mut busy = connect(&running).await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    running.entered.notified().await;
    running.shutdown.cancel();
    assert!(at_end(&mut idle).await);
    assert_eq!(next_ending(&mut running).await, Ending::Drained);
    assert!(!running.done.is_finished());
    running.release.notify_one();
    let response = read_response(&mut busy).await;
    assert!(response.to_lowercase().contains("connection: close") && response.ends_with("released"), "{response}");
    assert_eq!(running.done.await.expect("no panic"), Drained { connections_closed: 2, connections_aborted: 0 });
    assert!(TcpStream::connect(running.addr).await.is_err());
}

#[tokio::test]
async fn a_drain_serves_a_connection_that_is_about_to_send_its_first_request() {
    let mut running = start(ListenerLimits::default(), None, MINUTE);
    let mut stream = connect(&running).await;
    running.shutdown.cancel();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert!(read_response(&mut stream).await.starts_with("HTTP/1.1 200"));
    assert_eq!(next_ending(&mut running).await, Ending::Drained);
}

#[tokio::test]
async fn a_drain_aborts_what_hangs_at_its_deadline() {
    let mut running = start(ListenerLimits::default(), None, Duration::from_millis(50));
    let mut hung = connect(&running).await;
    hung.write_all(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    running.entered.notified().await;
    let hung_h2 = tokio::spawn({
        let stream = connect(&running).await;
        async move { get_h2(stream, "/hang").await }
    });
    running.entered.notified().await;
    running.shutdown.cancel();
    assert!(at_end(&mut hung).await);
    assert!(hung_h2.await.expect("no panic").is_err());
    assert_eq!(next_ending(&mut running).await, Ending::Aborted);
    assert_eq!(running.done.await.expect("no panic"), Drained { connections_closed: 0, connections_aborted: 2 });
    assert_eq!(running.observer.open.load(Ordering::SeqCst), 0);
}
