//! The two listeners: free, or held by a server that is well; and the certificate.

use std::net::SocketAddr;

use serde_json::Value;

use super::report::Report;
use crate::cli::healthcheck;
use crate::clock;
use crate::config::{Config, Role};
use crate::serve::{Tls, TlsFiles, bind};

const SECONDS_OF_A_DAY: i64 = 86_400;
/// Renewal is late: it is due at a third of 90 days.
const RENEW_DAYS: i64 = 21;

/// What `/readyz` of a running server says; none when there is none.
pub fn examine(config: &Config, report: &mut Report) -> Option<Value> {
    let server = &config.server;
    let running = healthcheck::ask(server.ops_listen, "/readyz")
        .ok()
        .and_then(|(_, body)| serde_json::from_str::<Value>(&body).ok())
        .filter(|answer| answer["ready"].is_boolean() && answer["checks"].is_array());
    if let Some(answer) = &running {
        report.ok("ports", format!("the server that runs holds {} and {}", server.listen, server.ops_listen));
        tell(answer, report);
        return running;
    }
    if server.role != Role::Worker {
        port("server.listen", server.listen, report);
    }
    port("server.ops_listen", server.ops_listen, report);
    None
}

fn port(key: &'static str, address: SocketAddr, report: &mut Report) {
    match bind(key, &address.to_string()) {
        Ok(_) => report.ok("ports", format!("{key} = {address} is free")),
        Err(error) => report.problem("ports", error.to_string(), "see what holds it: ss -ltnp"),
    }
}

fn tell(answer: &Value, report: &mut Report) {
    let version = answer["version"].as_str().unwrap_or_default();
    let failing = answer["checks"].as_array().into_iter().flatten().filter(|check| check["ok"] == false);
    for check in failing {
        let text = format!("the server that runs is not ready: {}: {}", shown(&check["name"]), shown(&check["error"]));
        report.problem("server", text, "docs/runbooks/VitrineNotReady.md");
    }
    if answer["draining"] == true {
        report.warning("server", "the server that runs is draining", "it was told to stop");
    }
    if version == env!("CARGO_PKG_VERSION") {
        report.ok("server", format!("version {version} runs, ready: {}", answer["ready"]));
    } else {
        let text = format!("version {version} runs, this command is {}", env!("CARGO_PKG_VERSION"));
        report.warning("server", text, "restart the server: systemctl restart vitrine");
    }
}

fn shown(value: &Value) -> &str {
    value.as_str().unwrap_or("unknown")
}

/// Whether the certificate can be used, and for how long.
pub fn tls(config: &Config, report: &mut Report) {
    let Some((certificate, key)) = config.tls.files() else {
        return report.note(
            "tls",
            "no [tls]: the server speaks plain HTTP",
            "have a proxy in front of it that ends TLS",
        );
    };
    let renew = "renew it, and write both files anew: the server takes them without a restart";
    match Tls::load(TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() }) {
        Err(error) => report.problem("tls", error.to_string(), "write certificate and key anew, in PEM form"),
        Ok(tls) => {
            let days = (tls.not_after_unix_s() - clock::now().as_second()).div_euclid(SECONDS_OF_A_DAY);
            let text = format!("{} is valid for {days} days", certificate.display());
            match days {
                ..0 => report.problem("tls", format!("{} has expired", certificate.display()), renew),
                0..RENEW_DAYS => report.warning("tls", text, renew),
                _ => report.ok("tls", text),
            }
        }
    }
}
