//! A handler that panics: caught, told to the client without its cause, counted, and survived.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use vitrine::config::Config;
use vitrine::http::measure::Answer;
use vitrine::http::stack::{Face, PageRequest};
use vitrine::telemetry::Telemetry;
use vitrine::telemetry::label::Route;

use crate::support::client::{client, try_send};
use crate::support::stack::serve_while;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_500_without_its_cause_and_the_server_goes_on() {
    let telemetry = Telemetry::start(&Config::default(), Box::new(io::sink())).expect("telemetry starts");
    serve_while(Broken, &telemetry, Duration::from_secs(5), async |base| {
        let client = client();
        let broken = try_send(&client, reqwest::Method::GET, &format!("{base}/panics"), &[]).await.expect("an answer");
        assert_eq!(broken.status, 500);
        assert!(!broken.text().contains("secret"), "{}", broken.text());
        let trace = broken.header("traceresponse").split('-').nth(1).unwrap_or_default().to_owned();
        assert!(broken.text().contains(&trace), "the trace id leads to the cause: {}", broken.text());
        let works = try_send(&client, reqwest::Method::GET, &format!("{base}/works"), &[]).await.expect("an answer");
        assert_eq!(works.status, 200);
    })
    .await;
    let page = telemetry.render();
    assert!(page.contains("vitrine_http_panics_total{http_route=\"/{*path}\"} 1"), "counted");
    assert!(page.contains("error_type=\"panic\""), "measured as a panic");
}
