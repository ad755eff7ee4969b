//! A server whose `/metrics` has many series, for `bench/run`: the real one, told of requests with every combination of
//! labels until the page has as many samples as asked for. Usage: series SAMPLES DATA_DIR.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::StatusCode;
use vitrine::config::Config;
use vitrine::telemetry::label::{Failure, Method, Route, Scheme};
use vitrine::telemetry::{Finished, Telemetry};

const STATUSES: [StatusCode; 3] = [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::SERVICE_UNAVAILABLE];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let samples: usize = arguments.next().context("usage: series SAMPLES DATA_DIR")?.parse()?;
    let mut config = Config::default();
    config.data.dir = arguments.next().context("usage: series SAMPLES DATA_DIR")?.into();
    config.server.listen = "127.0.0.1:0".parse()?;
    config.server.ops_listen = "127.0.0.1:0".parse()?;
    vitrine::config::security::ensure_secret_key(&config.data.dir)?;
    let telemetry = Telemetry::start(&config, Box::new(std::io::stdout()))?;
    let running = vitrine::serve::start(config, telemetry.clone()).await?;
    running.opened().await;
    anyhow::ensure!(fill(&telemetry, samples), "the labels of requests do not make {samples} samples");
    println!(
        r#"{{"msg":"ready","site":"{}","ops":"{}"}}"#,
        running.site_address.expect("a public listener"),
        running.ops_address
    );
    std::future::pending().await
}

/// Records requests until `/metrics` has `samples` samples; whether it came to that.
fn fill(telemetry: &Arc<Telemetry>, samples: usize) -> bool {
    for status in STATUSES {
        for failure in Failure::ALL {
            for scheme in Scheme::ALL {
                for method in Method::ALL {
                    if count(&telemetry.render()) >= samples {
                        return true;
                    }
                    for route in Route::ALL {
                        telemetry.request_started(*method);
                        telemetry.request_finished(&Finished {
                            method: *method,
                            route: *route,
                            scheme: *scheme,
                            status,
                            failure: *failure,
                            duration: Duration::from_micros(250),
                            response_bytes: 10_000,
                        });
                    }
                }
            }
        }
    }
    false
}

fn count(page: &str) -> usize {
    page.lines().filter(|line| !line.starts_with('#')).count()
}
