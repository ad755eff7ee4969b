//! A handler that panics: caught, told to the client without its cause, counted, and survived.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio_util::sync::CancellationToken;
use vitrine::config::Config;
use vitrine::http::headers::SecurityHeaders;
use vitrine::http::measure::Answer;
use vitrine::http::proxy::TrustedProxies;
use vitrine::http::stack::{Connected, Face, From, Limits, PageRequest, Stack};
use vitrine::serve::listener::{ConnectionObserver, Ending, Listener, ListenerLimits, Peer};
use vitrine::telemetry::Telemetry;
use vitrine::telemetry::label::Route;

use crate::support::client::{client, try_send};

struct Broken;

impl Face for Broken {
    fn answer_at_once(&self, _: &PageRequest<'_>) -> Option<Answer> {
        None
    }

    fn router(&self) -> Router {
        Router::new().route("/panics", get(panics)).route("/works", get(|| async { "ok" }))
    }

    fn route_of(&self, _: &str) -> Route {
        Route::Page
    }
}

async fn panics() -> String {
    let nothing: [u8; 0] = [];
    let first = nothing.iter().copied().next();
    first.expect("the secret cause").to_string()
}

struct Silent;

impl ConnectionObserver for Silent {
    type Open = ();

    fn opened(&self) {}
    fn ended(&self, (): (), _: Ending) {}
    fn refused(&self) {}
    fn accept_failed(&self, _: &io::Error) {}
    fn certificate_reloaded(&self, _: &vitrine::serve::Reload) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_500_without_its_cause_and_the_server_goes_on() {
    let telemetry = Telemetry::start(&Config::default(), Box::new(io::sink())).expect("telemetry starts");
    let limits = Limits {
        max_body_bytes: 1024,
        max_in_flight: 4,
        request_timeout: Duration::from_secs(5),
        body_timeout: Duration::from_secs(5),
    };
    let proxies = TrustedProxies::parse(&[] as &[&str]).expect("none");
    let security = SecurityHeaders::new(0, "DENY", "no-referrer").expect("valid");
    let stack = Stack::new(Broken, telemetry.clone(), proxies, None, security, limits, None);
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", socket.local_addr().expect("an address"));
    let listener = Listener::new(socket, ListenerLimits::default(), None).expect("a listener");
    let stop = CancellationToken::new();
    let make =
        move |peer: Peer| Connected { stack: stack.clone(), from: From { peer: peer.addr, scheme: peer.scheme } };
    let serving = listener.serve(make, Arc::new(Silent), stop.clone(), Duration::from_secs(1));
    let asking = async {
        let client = client();
        let broken = try_send(&client, reqwest::Method::GET, &format!("{base}/panics"), &[]).await.expect("an answer");
        assert_eq!(broken.status, 500);
        assert!(!broken.text().contains("secret"), "{}", broken.text());
        let trace = broken.header("traceresponse").split('-').nth(1).unwrap_or_default().to_owned();
        assert!(broken.text().contains(&trace), "the trace id leads to the cause: {}", broken.text());
        let works = try_send(&client, reqwest::Method::GET, &format!("{base}/works"), &[]).await.expect("an answer");
        assert_eq!(works.status, 200);
        stop.cancel();
    };
    tokio::join!(serving, asking);
    let page = telemetry.render();
    assert!(page.contains("vitrine_http_panics_total{http_route=\"/{*path}\"} 1"), "counted");
    assert!(page.contains("error_type=\"panic\""), "measured as a panic");
}
