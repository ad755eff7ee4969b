//! The fire drill, through a real Alertmanager with the shipped configuration, to a receiver of ours.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::client::client;
use crate::support::process::{free_port, run};
use crate::support::{Database, SOON, Server, eventually, missing_peer, on_both_databases, vitrine};

const ON_CALL: &str = "https://on-call.example";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a receiver does with a page.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Sends the notification on to the link in the alert.
    SendsOn,
    /// Opens the link.
    OpensLink,
    Sleeps,
}

/// A receiver's notifications: the last part of its path, and the alert.
struct Receiver {
    manner: Manner,
    received: Mutex<Vec<(String, Value)>>,
    client: reqwest::Client,
}

impl Receiver {
    async fn start(manner: Manner) -> (Arc<Self>, String) {
        let receiver = Arc::new(Self { manner, received: Mutex::default(), client: client() });
        let router = Router::new().route("/{*path}", post(Self::take)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    async fn take(State(this): State<Arc<Self>>, uri: axum::http::Uri, Json(body): Json<Value>) -> StatusCode {
        let path = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        for alert in body["alerts"].as_array().expect("a list of alerts") {
            this.received.lock().expect("whole").push((path.clone(), alert.clone()));
            let Some(link) = alert["annotations"]["ack_url"].as_str().filter(|_| alert["status"] == "firing") else {
                continue;
            };
            let answer = match this.manner {
                Manner::SendsOn => this.client.post(link).body(body.to_string()).send().await,
                Manner::OpensLink => this.client.get(link).send().await,
                Manner::Sleeps => continue,
            };
            assert_eq!(answer.expect("the drill listens").status(), 200);
        }
        StatusCode::OK
    }

    fn received(&self) -> Vec<(String, Value)> {
        self.received.lock().expect("whole").clone()
    }
}

/// The real one with the shipped configuration; killed when dropped.
struct Alertmanager {
    child: Child,
    url: String,
    _folder: TempDir,
}

impl Alertmanager {
    /// `None` where it is not installed. What it sends goes to `receiver`.
    async fn start(receiver: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let shipped = std::fs::read_to_string(root().join("alerts/alertmanager.yml")).expect("it is shipped");
        assert!(shipped.contains(ON_CALL) && shipped.contains("/run/secrets/on_call_token"));
        let token = folder.path().join("token");
        std::fs::write(&token, "of no use").expect("room");
        let config = shipped.replace(ON_CALL, receiver);
        let config = config.replace("/run/secrets/on_call_token", &token.display().to_string());
        std::fs::write(folder.path().join("alertmanager.yml"), config).expect("room");
        let url = format!("http://127.0.0.1:{}", free_port());
        let mut command = Command::new("prometheus-alertmanager");
        command.args(["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="]);
        command.arg(format!("--web.listen-address={}", url.trim_start_matches("http://")));
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(child) = command.spawn() else {
            missing_peer("Alertmanager", "Debian: prometheus-alertmanager");
            return None;
        };
        let this = Self { child, url, _folder: folder };
        let ready = async || {
            let answer = client().get(format!("{}/-/ready", this.url)).send().await;
            answer.is_ok_and(|answer| answer.status() == 200)
        };
        eventually("Alertmanager is ready", SOON, ready).await;
        Some(this)
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `vitrine drill` beside `server`: exit status, standard output, standard error.
async fn drill(server: &Server, alertmanager: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = vitrine(server.folder.path());
    let data = server.folder.path().display();
    command.arg("drill").args(arguments).arg("--set").arg(format!("data.dir={data}"));
    command.arg("--set").arg(format!("database.url={}", server.database_url));
    command.arg("--set").arg(format!("drill.alertmanager_url={alertmanager}"));
    tokio::task::spawn_blocking(move || run(&mut command)).await.expect("it ends")
}

/// The critical alerts, as the text of the rules has them.
fn critical() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("alerts")).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let rules =
                text.split("- alert: ").skip(1).filter(|rule| rule.contains("\n          severity: critical\n"));
            found.extend(rules.map(|rule| rule.lines().next().expect("a name").trim().to_owned()));
        }
    }
    found
}

#[test]
fn the_drilled_alerts_are_the_critical_ones_of_the_rules() {
    let drilled = vitrine::drill::critical(None).expect("the binary has them");
    assert_eq!(drilled.iter().cloned().collect::<BTreeSet<_>>(), critical());
    assert_eq!(vitrine::drill::critical(Some(&root().join("alerts"))).expect("readable"), drilled);
    assert!(drilled.len() > 8, "{drilled:?}");
}

async fn every_critical_alert_reaches_its_receiver_and_the_server_knows_when(database: Database) {
    let (receiver, url) = Receiver::start(Manner::SendsOn).await;
    let Some(alertmanager) = Alertmanager::start(&url).await else { return };
    let server = Server::start(database).await;
    let (code, table, progress) = drill(&server, &alertmanager.url, &[]).await;
    assert_eq!(code, Some(0), "{table}{progress}");
    let received = receiver.received();
    for (path, alert) in &received {
        assert_eq!((path.as_str(), &alert["labels"]["drill"]), ("page", &json!("true")), "{alert}");
        assert_eq!(alert["labels"]["severity"], "critical");
        assert!(alert["annotations"]["summary"].as_str().is_some_and(|text| text.starts_with("DRILL")), "{alert}");
    }
    let names = received.iter().filter_map(|(_, alert)| alert["labels"]["alertname"].as_str().map(str::to_owned));
    assert_eq!(names.collect::<BTreeSet<_>>(), critical());
    for name in critical() {
        let line =
            table.lines().find(|line| line.split(' ').next() == Some(&name)).unwrap_or_else(|| panic!("{table}"));
        let parts: Vec<_> = line.split_whitespace().collect();
        assert!(parts[1] == "on-call" && parts[2].parse::<f64>().is_ok_and(|time| time < 60.0), "{line}");
        assert!(progress.contains(&format!("{name} acknowledged by on-call after ")), "{progress}");
    }
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs_f64();
    let known = async || {
        let at = server.metrics().await.sum("vitrine_drill_last_success_timestamp_seconds", &[]);
        (now - 120.0..now + 1.0).contains(&at)
    };
    eventually("the server knows of the drill", SOON, known).await;
    let created = server.metrics().await.sum("vitrine_db_created_timestamp_seconds", &[]);
    assert!((now - 86_400.0..now + 1.0).contains(&created), "{created}");
}

async fn a_receiver_that_sleeps_fails_the_drill(database: Database) {
    let (receiver, url) = Receiver::start(Manner::Sleeps).await;
    let Some(alertmanager) = Alertmanager::start(&url).await else { return };
    let server = Server::start(database).await;
    let (code, table, _) = drill(&server, &alertmanager.url, &["--timeout", "4"]).await;
    assert_eq!(code, Some(1), "{table}");
    assert!(table.contains("missing") && table.contains("The receiver on-call has not acknowledged it."), "{table}");
    assert!(!receiver.received().is_empty(), "it came, and nobody said so");
    vitrine::drill::refresh(server.db(), &server.telemetry).await.expect("read");
    assert_eq!(server.metrics().await.count("vitrine_drill_last_success_timestamp_seconds", &[]), 0);
}

async fn a_drill_of_one_alert_does_not_count(database: Database) {
    let (receiver, url) = Receiver::start(Manner::OpensLink).await;
    let Some(alertmanager) = Alertmanager::start(&url).await else { return };
    let server = Server::start(database).await;
    let (code, table, said) = drill(&server, &alertmanager.url, &["--only", "VitrineDown"]).await;
    assert_eq!(code, Some(0), "{table}{said}");
    assert_eq!(receiver.received().len(), 1);
    vitrine::drill::refresh(server.db(), &server.telemetry).await.expect("read");
    assert_eq!(server.metrics().await.count("vitrine_drill_last_success_timestamp_seconds", &[]), 0);
    let (code, _, said) = drill(&server, &alertmanager.url, &["--only", "VitrineDwon"]).await;
    assert!(code == Some(1) && said.contains("VitrineDwon is no critical alert"), "{said}");
}

async fn a_silence_is_found_and_told(database: Database) {
    let (_, url) = Receiver::start(Manner::SendsOn).await;
    let Some(alertmanager) = Alertmanager::start(&url).await else { return };
    let server = Server::start(database).await;
    let now = jiff::Timestamp::now();
    let silence = json!({
        "matchers": [{ "name": "alertname", "value": "VitrineDown", "isRegex": false }],
        "startsAt": now.to_string(), "endsAt": (now + jiff::SignedDuration::from_hours(1)).to_string(),
        "createdBy": "test", "comment": "forgotten",
    });
    let url = format!("{}/api/v2/silences", alertmanager.url);
    let answer = client().post(url).json(&silence).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let id = answer.json::<Value>().await.expect("JSON")["silenceID"].as_str().expect("an id").to_owned();
    let (code, table, _) = drill(&server, &alertmanager.url, &["--timeout", "15"]).await;
    assert_eq!(code, Some(1), "{table}");
    assert!(table.contains(&format!("amtool silence expire {id}")), "{table}");
    assert!(table.contains(&format!("1 of {} were not acknowledged", critical().len())), "{table}");
}

async fn an_alertmanager_that_is_away_or_refuses_is_named(database: Database) {
    let server = Server::start(database).await;
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let (code, _, said) = drill(&server, &nobody, &["--timeout", "4"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("Alertmanager at {nobody} cannot be asked")), "{said}");
    let guarded = Router::new().fallback(any(async |headers: HeaderMap| {
        let known = headers.get("authorization").is_some_and(|value| value == "Bearer the right token");
        (if known { StatusCode::NOT_ACCEPTABLE } else { StatusCode::UNAUTHORIZED }, "guarded")
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, guarded).await });
    let (code, _, said) = drill(&server, &url, &[]).await;
    assert!(code == Some(1) && said.contains("answers 401: guarded"), "{said}");
    let (code, _, said) = drill(&server, &url, &["--set", "drill.token=the right token"]).await;
    assert!(code == Some(1) && said.contains("answers 406"), "{said}");
}

on_both_databases!(
    every_critical_alert_reaches_its_receiver_and_the_server_knows_when,
    a_receiver_that_sleeps_fails_the_drill,
    a_drill_of_one_alert_does_not_count,
    a_silence_is_found_and_told,
    an_alertmanager_that_is_away_or_refuses_is_named,
);
