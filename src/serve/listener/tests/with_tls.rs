//! The listener with TLS: ALPN, plain text on a TLS port, and new certificate files while it runs.

use std::path::Path;

use rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::super::tls::{TlsError, TlsFiles};
use super::*;

/// Writes a new self-signed pair and gives its certificate.
fn write_pair(files: &TlsFiles) -> CertificateDer<'static> {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    replace(&files.key, &pair.signing_key.serialize_pem());
    replace(&files.certificate, &pair.cert.pem());
    pair.cert.der().clone()
}

fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path)).expect("a writable directory");
}

fn files_in(directory: &Path) -> TlsFiles {
    TlsFiles { certificate: directory.join("tls.crt"), key: directory.join("tls.key") }
}

async fn connect_tls(
    running: &Running,
    trusted: &CertificateDer<'static>,
    alpn: &[u8],
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, connect(running).await).await
}

fn start_tls(directory: &Path) -> (Running, TlsFiles, CertificateDer<'static>, Arc<Tls>) {
    let files = files_in(directory);
    let certificate = write_pair(&files);
    let tls = Tls::load(files.clone()).expect("a good pair").checked_every(Duration::from_millis(10));
    let tls = Arc::new(tls);
    (start(ListenerLimits::default(), Some(Arc::clone(&tls)), MINUTE), files, certificate, tls)
}

#[tokio::test]
async fn alpn_chooses_http1_or_http2() {
    let directory = tempfile::tempdir().expect("a directory");
    let (running, _, certificate, tls) = start_tls(directory.path());
    let mut http1 = connect_tls(&running, &certificate, b"http/1.1").await.expect("a handshake");
    http1.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert!(read_response(&mut http1).await.ends_with("by https"));
    let http2 = connect_tls(&running, &certificate, b"h2").await.expect("a handshake");
    assert_eq!(get_h2(http2, "/").await.expect("served"), "hello 127.0.0.1 by https");
    // rcgen's default: the year 4096.
    assert!(tls.not_after_unix_s() > 4_000_000_000);
}

#[tokio::test]
async fn plain_text_on_a_tls_port_is_a_failed_handshake() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut running, ..) = start_tls(directory.path());
    let mut stream = connect(&running).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    assert!(!read_response(&mut stream).await.contains("HTTP/1.1 200"));
    assert_eq!(next_ending(&mut running).await, Ending::TlsFailed);
}

#[tokio::test]
async fn a_drain_does_not_wait_for_a_hung_handshake() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut running, ..) = start_tls(directory.path());
    let mut stream = connect(&running).await;
    stream.write_all(b"\x16\x03\x01").await.expect("sent");
    running.shutdown.cancel();
    assert_eq!(next_ending(&mut running).await, Ending::Drained);
    assert_eq!(running.done.await.expect("no panic"), Drained { connections_closed: 1, connections_aborted: 0 });
}

#[tokio::test]
async fn a_new_pair_is_taken_and_a_broken_one_leaves_the_old() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut running, files, first, _) = start_tls(directory.path());
    connect_tls(&running, &first, b"h2").await.expect("the first pair");

    replace(&files.certificate, "-----BEGIN CERTIFICATE-----\nbroken\n");
    assert!(!running.reloads.recv().await.expect("the listener runs"));
    connect_tls(&running, &first, b"h2").await.expect("still the first pair");

    let second = write_pair(&files);
    while !running.reloads.recv().await.expect("the listener runs") {}
    connect_tls(&running, &second, b"h2").await.expect("the second pair");
    assert!(connect_tls(&running, &first, b"h2").await.is_err());
}

#[test]
fn a_key_of_another_certificate_is_refused_with_both_files_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let files = files_in(directory.path());
    write_pair(&files);
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    replace(&files.key, &other.signing_key.serialize_pem());
    let error = Tls::load(files).expect_err("not a pair");
    assert!(matches!(error, TlsError::Pair { .. }), "{error}");
    assert!(error.to_string().contains("tls.crt") && error.to_string().contains("tls.key"));
}

#[test]
fn a_missing_or_empty_certificate_file_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let files = files_in(directory.path());
    let error = Tls::load(files.clone()).expect_err("no file");
    assert!(matches!(error, TlsError::Unreadable { .. }) && error.to_string().contains("tls.crt"), "{error}");
    replace(&files.certificate, "");
    assert!(matches!(Tls::load(files), Err(TlsError::NoCertificate { .. })));
}
