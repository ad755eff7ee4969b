//! A PostgreSQL with a standby: the primary dies, the standby takes its place, and the server goes on by itself.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use serde_json::json;
use vitrine::accounts::{Grant, PagePermission, Scope};

use crate::support::postgres::{execute, number};
use crate::support::program::Program;
use crate::support::{Answer, Cluster, Database, SOON, Server, eventually};

const ALL: [Scope; 3] = [Scope::ReadContent, Scope::WriteContent, Scope::Publish];
const PAUSE: Duration = Duration::from_millis(5);

/// A server whose `database.url` names the standby before the primary, and both of them; `None` without PostgreSQL.
struct Pair {
    server: Server,
    primary: &'static Cluster,
    standby: Cluster,
    database: String,
}

impl Pair {
    async fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let primary: &'static Cluster = Box::leak(Box::new(Cluster::start()?));
        let Server { running, folder, database_url, .. } = Server::with(Database::Postgres(primary), &[]).await;
        running.stop().await;
        let standby = primary.standby()?;
        let (before, after) = (format!("127.0.0.1:{}", primary.port()), format!("127.0.0.1:{}", standby.port()));
        let both = database_url.replace(&before, &format!("{after},{before}")) + "?target_session_attrs=read-write";
        let database = database_url.rsplit_once('/').expect("a database's URL").1.to_owned();
        let server = Server::open(folder, both, settings).await;
        Some(Self { server, primary, standby, database })
    }

    /// A program that may do everything with pages, and a page of its own that is live.
    async fn editor(&self) -> (Program<'_>, i64) {
        let home = self.server.page_id("/").await;
        let grants: Vec<Grant> = PagePermission::ALL.iter().map(|may| Grant::Page(home, *may)).collect();
        let ann = self.server.program("ann", &grants, &ALL).await;
        let page = json!({ "parent": home, "type": "standard.StandardPage", "title": "Kestrels", "slug": "kestrels" });
        let made = ann.post("/api/v1/pages/", &page).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json()["id"].as_i64().expect("an id");
        assert_eq!(ann.post(&format!("/api/v1/pages/{id}/publish/"), &json!({})).await.status, 200);
        (ann, id)
    }

    async fn is_ready(&self) -> bool {
        self.server.ask_ops("/readyz").await.status == 200
    }

    /// Which host `/readyz` says the database is on.
    async fn host(&self) -> String {
        let answer = self.server.ask_ops("/readyz").await.json();
        let checks = answer["checks"].as_array().expect("checks").clone();
        let host = checks.iter().find(|check| check["name"] == "database").map(|check| check["host"].clone());
        host.expect("it is checked").as_str().unwrap_or_default().to_owned()
    }
}

/// Saves and publishes a page with this title; whether both were acknowledged. What is refused is told to wait.
async fn publish(ann: &Program<'_>, id: i64, title: &str) -> bool {
    let acknowledged = |answer: &Answer| {
        let told = answer.status == 503 && !answer.header("retry-after").is_empty();
        assert!(answer.status == 200 || told, "{}: {}", answer.status, answer.text());
        answer.status == 200
    };
    let saved = ann.patch(&format!("/api/v1/pages/{id}/"), "*", &json!({ "title": title })).await;
    acknowledged(&saved) && acknowledged(&ann.post(&format!("/api/v1/pages/{id}/publish/"), &json!({})).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_go_on_after_a_fail_over_nothing_acknowledged_is_lost_and_pages_stay() {
    let Some(pair) = Pair::start(&[("database.acquire_timeout_s", "1")]).await else { return };
    let (ann, id) = pair.editor().await;
    assert_eq!(pair.host().await, format!("127.0.0.1:{}", pair.primary.port()), "the standby is first, and not used");
    for path in ["/about/", "/kestrels/"] {
        assert_eq!(pair.server.get(path).await.status, 200, "{path}");
    }
    let (ending, kept) = (Cell::new(false), RefCell::new(Vec::new()));
    let writes = async {
        for edition in 0.. {
            let title = format!("Kestrels {edition}");
            if publish(&ann, id, &title).await {
                kept.borrow_mut().push(title);
            }
            if ending.get() {
                break;
            }
        }
    };
    let reads = async {
        while !ending.get() {
            for path in ["/about/", "/kestrels/"] {
                let answer = pair.server.get(path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let fault = async {
        eventually("it writes", SOON, async || kept.borrow().len() > 3).await;
        pair.primary.crash();
        eventually("readiness says so", SOON, async || !pair.is_ready().await).await;
        pair.standby.promote();
        let before = kept.borrow().len();
        eventually("it writes again", SOON, async || kept.borrow().len() > before + 3).await;
        ending.set(true);
    };
    tokio::join!(writes, reads, fault);
    eventually("it is ready again", SOON, async || pair.is_ready().await).await;
    assert_eq!(pair.host().await, format!("127.0.0.1:{}", pair.standby.port()));
    let url = pair.standby.url(&pair.database);
    for title in kept.borrow().iter() {
        let text =
            format!("SELECT COUNT(*) FROM page_event WHERE page_id = {id} AND event = 'publish' AND title = '{title}'");
        assert_eq!(number(&url, &text), 1, "{title} was acknowledged");
    }
    let last = kept.borrow().last().cloned().expect("some");
    eventually("visitors see the last", SOON, async || pair.server.get("/kestrels/").await.text().contains(&last))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_no_host_takes_writes_each_is_named_with_its_reason_and_writes_are_told_to_wait() {
    let Some(pair) = Pair::start(&[("database.acquire_timeout_s", "0.5")]).await else { return };
    let (ann, id) = pair.editor().await;
    assert_eq!(pair.server.get("/about/").await.status, 200);
    pair.primary.crash();
    eventually("readiness says so", SOON, async || !pair.is_ready().await).await;
    let named = async || {
        let answer = pair.server.ask_ops("/readyz").await;
        let (primary, standby) = (pair.primary.port(), pair.standby.port());
        answer.text().contains(&format!("127.0.0.1:{primary}: "))
            && answer.text().contains(&format!("127.0.0.1:{standby}: takes no writes, as a standby"))
    };
    eventually("it says what is wrong with each host", SOON, named).await;
    assert!(!publish(&ann, id, "Nowhere to go").await);
    assert_eq!(pair.server.get("/about/").await.status, 200, "published pages stay");
    pair.primary.start_again();
    eventually("the same primary is used again", SOON, async || pair.is_ready().await).await;
    eventually("it is written to", SOON, async || publish(&ann, id, "Back again").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_became_read_only_is_left_with_all_its_connections() {
    let Some(pair) = Pair::start(&[]).await else { return };
    let (ann, id) = pair.editor().await;
    assert!(publish(&ann, id, "On the first").await);
    // Nobody waits for the standby any more: it goes its own way.
    let url = pair.primary.url("postgres");
    execute(&url, "ALTER SYSTEM RESET synchronous_standby_names").expect("set");
    execute(&url, "SELECT pg_reload_conf()").expect("read again");
    pair.standby.promote();
    assert!(publish(&ann, id, "Still on the first").await, "a host that takes writes is not left for another one");
    execute(&url, "ALTER SYSTEM SET default_transaction_read_only = on").expect("set");
    execute(&url, "SELECT pg_reload_conf()").expect("read again");
    eventually("writes go to the other one", SOON, async || publish(&ann, id, "On the second").await).await;
    let titles = |cluster: &Cluster, title: &str| {
        let text = format!("SELECT COUNT(*) FROM page_event WHERE event = 'publish' AND title = '{title}'");
        number(&cluster.url(&pair.database), &text)
    };
    assert_eq!((titles(pair.primary, "On the second"), titles(&pair.standby, "On the second")), (0, 1));
    assert_eq!(pair.host().await, format!("127.0.0.1:{}", pair.standby.port()));
}
