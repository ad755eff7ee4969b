//! Limits of the API over Redis: several nodes count together, and each by itself while Redis is away.

use std::process::{Child, Command, Stdio};

use reqwest::Method;
use tempfile::TempDir;
use vitrine::accounts::Scope;

use crate::support::process::free_port;
use crate::support::{
    Answer, Database, Metrics, Process, SOON, Server, eventually, eventually_blocking, missing_peer, on_both_databases,
};

const WHOAMI: &str = "/api/v1/whoami";
const PASSWORD: &str = "a pass/word+";

/// A Redis of its own; killed when dropped.
struct Redis {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Redis {
    /// `None` where there is none to start.
    fn start() -> Option<Self> {
        let is_there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !is_there {
            missing_peer("redis-server", "install redis-server");
            return None;
        }
        let mut redis =
            Self { child: None, port: free_port(), folder: tempfile::tempdir().expect("a temporary folder") };
        redis.start_again();
        Some(redis)
    }

    fn start_again(&mut self) {
        let port = self.port.to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--requirepass", PASSWORD, "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        self.child = Some(child);
        let answers = || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        eventually_blocking("Redis listens", SOON, answers);
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it runs");
            child.wait().expect("it ends");
        }
    }

    fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}/2", PASSWORD.replace(' ', "%20").replace('/', "%2F"), self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// As many as `limits` calls each, in turn: how many were let in.
async fn let_in(nodes: [&Server; 2], token: &str, calls: usize) -> usize {
    let mut allowed = 0;
    for at in 0..calls {
        let answer = nodes[at % 2].call(Method::GET, WHOAMI, token).await;
        match answer.status.as_u16() {
            200 => allowed += 1,
            429 => is_told(&answer),
            other => panic!("{other}"),
        }
    }
    allowed
}

fn is_told(refused: &Answer) {
    assert_eq!(refused.header("ratelimit-policy"), "\"read\";q=3;w=60");
    assert!(refused.header("ratelimit").starts_with("\"read\";r=0;t="), "{}", refused.header("ratelimit"));
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=21).contains(&wait), "{wait}");
}

fn fallbacks(metrics: &Metrics) -> f64 {
    metrics.sum("vitrine_rate_limit_fallbacks_total", &[("policy", "read")])
}

async fn nodes_count_together_and_each_by_itself_while_redis_is_away(database: Database) {
    let Some(mut redis) = Redis::start() else { return };
    let url = redis.url();
    let settings = [
        ("api.read_per_minute", "3"),
        ("api.wrong_tokens_per_minute", "4"),
        ("redis.url", url.as_str()),
        ("redis.timeout_s", "2"),
    ];
    let one = Server::with(database, &settings).await;
    let two = one.beside(&settings).await;
    one.user("grace", false).await;
    let token = async || one.token("grace", &[Scope::ReadContent]).await.1;

    let (first, other) = (token().await, token().await);
    assert_eq!(let_in([&one, &two], &first, 8).await, 3, "the sum is limited");
    assert_eq!(let_in([&two, &two], &other, 5).await, 3, "another token has its own");
    let told = one.call(Method::GET, WHOAMI, &token().await).await;
    assert_eq!(told.header("ratelimit").split(";t=").next(), Some("\"read\";r=2"));
    let metrics = one.metrics().await;
    assert_eq!(fallbacks(&metrics), 0.0);
    assert!(metrics.sum("vitrine_redis_call_duration_seconds_count", &[("outcome", "ok")]) >= 3.0);

    redis.kill();
    let away = token().await;
    assert_eq!(let_in([&one, &two], &away, 10).await, 6, "each node counts by itself, and nobody waits");
    assert_eq!(let_in([&one, &two], &first, 4).await, 0, "who was over the limit stays there");
    let metrics = one.metrics().await;
    assert!(fallbacks(&metrics) >= 3.0, "{}", fallbacks(&metrics));
    assert!(metrics.sum("vitrine_redis_call_duration_seconds_count", &[("outcome", "unreachable")]) >= 1.0);

    redis.start_again();
    let shared = async || {
        let before = fallbacks(&one.metrics().await) + fallbacks(&two.metrics().await);
        let token = token().await;
        let_in([&one, &two], &token, 2).await;
        fallbacks(&one.metrics().await) + fallbacks(&two.metrics().await) == before
    };
    eventually("both nodes ask Redis again", SOON, shared).await;
    assert_eq!(let_in([&one, &two], &token().await, 8).await, 3, "the sum is limited again");
}

async fn wrong_tokens_are_counted_together_too(database: Database) {
    let Some(redis) = Redis::start() else { return };
    let url = redis.url();
    let settings = [("api.wrong_tokens_per_minute", "4"), ("redis.url", url.as_str()), ("redis.timeout_s", "2")];
    let one = Server::with(database, &settings).await;
    let two = one.beside(&settings).await;
    let statuses = async |server: &Server, count: usize| {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(server.call(Method::GET, WHOAMI, "vitrine_wrong").await.status.as_u16());
        }
        all
    };
    assert_eq!(statuses(&one, 4).await, [401; 4]);
    assert_eq!(statuses(&two, 3).await, [401, 429, 429], "the other node learns it from the first");
    assert_eq!(statuses(&one, 1).await, [429]);
}

/// Two real processes over one Redis, which then goes; what it adds to a request is printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_count_together() {
    let Some(mut redis) = Redis::start() else { return };
    let url = redis.url();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = [("api.public_per_minute", "40"), ("redis.url", url.as_str()), ("redis.timeout_s", "2")];
    let one = Process::start(folder.path(), &settings, &["serve"], &[]);
    let two = Process::start(folder.path(), &settings, &["serve"], &[]);
    let client = crate::support::client::client();
    let (mut allowed, begun) = (0_u64, std::time::Instant::now());
    for at in 0..60 {
        let url = format!("{}/api/v1/config/frontend/", if at % 2 == 0 { &one.site } else { &two.site });
        let answer = crate::support::client::try_send(&client, Method::GET, &url, &[]).await.expect("an answer");
        allowed += u64::from(answer.status == 200);
    }
    let came_back = begun.elapsed().as_secs() * 40 / 60 + 1;
    assert!((40..=40 + came_back).contains(&allowed), "{allowed}: the minute's worth, and what came back meanwhile");
    let page = crate::support::client::try_send(&client, Method::GET, &format!("{}/metrics", one.ops), &[]).await;
    let metrics = Metrics::parse(page.expect("an answer").text());
    let sum = |end: &str| metrics.sum(&format!("vitrine_redis_call_duration_seconds_{end}"), &[("outcome", "ok")]);
    eprintln!("a call to Redis took {:.0} µs on average of {}", sum("sum") / sum("count") * 1e6, sum("count"));
    assert!(sum("count") >= 20.0);

    redis.kill();
    let said = |text: &str| one.stdout.all().iter().filter(|line| line.contains(text)).count();
    let ask =
        async || crate::support::client::try_send(&client, Method::GET, &format!("{}{WHOAMI}", one.site), &[]).await;
    let away = async || ask().await.is_some() && said("Redis cannot be asked") == 1;
    eventually("the log says that it is away", SOON, away).await;
    redis.start_again();
    let back = async || ask().await.is_some() && said("Redis is back") == 1;
    eventually("the log says that it is back", SOON, back).await;
    assert_eq!(said("Redis cannot be asked"), 1, "once");
    assert_eq!(said(PASSWORD) + said("a%20pass"), 0, "no log has its password");
}

on_both_databases!(nodes_count_together_and_each_by_itself_while_redis_is_away, wrong_tokens_are_counted_together_too);
