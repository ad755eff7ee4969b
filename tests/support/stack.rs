//! The layers of a listener around handlers of a test.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vitrine::http::headers::SecurityHeaders;
use vitrine::http::proxy::TrustedProxies;
use vitrine::http::stack::{Bounds, Connected, Face, From, Limits, Stack};
use vitrine::serve::Reload;
use vitrine::serve::listener::{ConnectionObserver, Ending, Listener, ListenerLimits, Peer};
use vitrine::telemetry::Telemetry;

struct Silent;

impl ConnectionObserver for Silent {
    type Open = ();

    fn opened(&self) {}
    fn ended(&self, (): (), _: Ending) {}
    fn refused(&self) {}
    fn accept_failed(&self, _: &io::Error) {}
    fn certificate_reloaded(&self, _: &Reload) {}
}

/// Serves `face` on a free port while `ask` asks it, with the address that it begins with.
pub async fn serve_while(
    face: impl Face,
    telemetry: &Arc<Telemetry>,
    request_timeout: Duration,
    ask: impl AsyncFnOnce(String),
) {
    let bounds = Bounds { max_body_bytes: 1024, request_timeout, body_timeout: Duration::from_secs(5) };
    let limits = Limits { max_in_flight: 4, usual: bounds, files: bounds };
    let proxies = TrustedProxies::parse(&[] as &[&str]).expect("none");
    let security = SecurityHeaders::new(0, "DENY", "no-referrer").expect("valid");
    let stack = Stack::new(face, telemetry.clone(), proxies, None, security, limits, None);
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", socket.local_addr().expect("an address"));
    let listener = Listener::new(socket, ListenerLimits::default(), None).expect("a listener");
    let stop = CancellationToken::new();
    let make =
        move |peer: Peer| Connected { stack: stack.clone(), from: From { peer: peer.addr, scheme: peer.scheme } };
    let serving = listener.serve(make, Arc::new(Silent), stop.clone(), Duration::from_secs(1));
    let asking = async {
        ask(base).await;
        stop.cancel();
    };
    tokio::join!(serving, asking);
}
