//! Webhooks: each change is sent, signed, at least once and that of one object in its order, also to receivers that fail,
//! and past servers that die.

use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use vitrine::accounts::{By, Scope, UserChange};
use vitrine::clock::Micros;
use vitrine::content::Actor;
use vitrine::telemetry::label::Channel;
use vitrine::webhooks::{Chosen, NewEndpoint};

use crate::support::postgres::{execute, number};
use crate::support::program::Program;
use crate::support::receiver::{Manners, Receiver};
use crate::support::{Database, Process, SOON, Server, eventually, on_both_databases};

/// A receiver on this machine is sent to, and soon again.
pub const SETTINGS: [(&str, &str); 4] = [
    ("webhooks.allow_http", "true"),
    ("webhooks.allow_networks", "127.0.0.1"),
    ("webhooks.first_retry_s", "0.02"),
    ("webhooks.max_attempts", "4"),
];

const SCOPES: [Scope; 4] = [Scope::Webhooks, Scope::ReadContent, Scope::WriteContent, Scope::Publish];

/// A new webhook, and its secret.
pub async fn made(program: &Program<'_>, url: &str, events: &[&str]) -> (i64, String) {
    let body = json!({ "name": "Front end", "url": url, "events": events });
    let answer = program.post("/api/v1/webhooks/", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    (made["id"].as_i64().expect("an id"), made["secret"].as_str().expect("a secret").to_owned())
}

/// A test to where nothing is sent to.
pub async fn traffic(server: &Server) {
    let (webhooks, by) = (&server.running.site.app.webhooks, Actor::from(Channel::Cli));
    let new = NewEndpoint { name: "Own", url: "https://localhost:9/", events: Chosen::Every, account: None };
    let made = webhooks.create(new, &by).await.expect("made");
    webhooks.send_test(made.id, &by).await.expect("wanted");
}

fn at(id: i64, rest: &str) -> String {
    format!("/api/v1/webhooks/{id}/{rest}")
}

async fn deliveries(program: &Program<'_>, id: i64, state: &str) -> Vec<Value> {
    let wanted = if state.is_empty() { String::new() } else { format!("?state={state}") };
    let answer = program.get(&at(id, &format!("deliveries/{wanted}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().expect("a list").clone()
}

async fn has_taken(receiver: &Receiver, count: usize) {
    let what = format!("{count} messages are taken");
    eventually(&what, SOON, async || receiver.taken().len() >= count).await;
}

async fn each_change_is_sent_and_signed(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let (id, secret) = made(&root, &receiver.url(), &["*"]).await;
    let page = server.standard_page(server.page_id("/").await, "Kestrels", "<p>x</p>").await;
    server.content().trash_page(page, Channel::Cli).await.expect("trashed");
    has_taken(&receiver, 3).await;
    let got = receiver.got();
    let told: Vec<String> = got.iter().map(|got| got.told()).collect();
    assert_eq!(told, ["page.created Kestrels", "page.published Kestrels", "page.trashed Kestrels"]);
    let first = &got[0];
    assert!(first.is_signed_with(&secret) && (Micros::now().0 / 1_000_000 - first.at_s).abs() < 60);
    let data = &first.body["data"];
    assert_eq!(
        (&data["kind"], &data["id"], &data["type"]),
        (&json!("page"), &json!(page), &json!("standard.StandardPage"))
    );
    assert_eq!((&data["channel"], &data["url"]), (&json!("admin"), &json!(format!("/api/v1/pages/{page}/"))));
    assert_eq!((&first.body["id"], first.signatures.len()), (&json!(first.id), 1));
    eventually("all are written down", SOON, async || deliveries(&root, id, "delivered").await.len() == 3).await;
    let delivered = deliveries(&root, id, "").await;
    assert_eq!(
        (&delivered[0]["event"]["type"], &delivered[0]["attempts"], &delivered[0]["status"], &delivered[0]["error"]),
        (&json!("page.trashed"), &json!(1), &json!(200), &Value::Null)
    );
    assert_eq!(delivered[0]["response"], "the receiver says  something");
    let one = root.get(&at(id, &format!("deliveries/{}/", delivered[0]["id"]))).await;
    assert_eq!(one.json(), delivered[0]);
    let metrics = server.metrics().await;
    let labels = [("endpoint", id.to_string()), ("outcome", "delivered".to_owned())];
    let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(metrics.sum("vitrine_webhook_deliveries_total", &labels), 3.0);
    assert_eq!(metrics.sum("vitrine_webhook_delivery_duration_seconds_count", &labels[..1]), 3.0);
}

async fn only_what_was_chosen_is_sent_and_nothing_that_was_rolled_back(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let (id, _) = made(&root, &receiver.url(), &["page.published", "image.uploaded"]).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrels", "<p>x</p>").await;
    // Of a type that does not belong there: refused, in the middle of its transaction or before it.
    assert!(
        server
            .create(vitrine::content::NewPage { parent: page, ..crate::support::edit::post(&server, "No").await })
            .await
            .is_err()
    );
    server.standard_page(home, "Merlins", "<p>x</p>").await;
    has_taken(&receiver, 2).await;
    let taken: Vec<String> = receiver.taken();
    assert!(taken.contains(&"page.published Kestrels".to_owned()) && taken.len() == 2, "{taken:?}");
    assert_eq!(deliveries(&root, id, "").await.len(), 2);
}

async fn the_order_of_an_object_holds_while_its_receiver_fails(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    made(&root, &receiver.url(), &["*"]).await;
    receiver.behave(Manners::FailFirst(2));
    let home = server.page_id("/").await;
    let mut pages = Vec::new();
    for name in ["Kestrels", "Merlins", "Hobbies"] {
        let page = server.standard_page(home, name, "<p>x</p>").await;
        server.republish(page, |content| content.seo_title = "Other".to_owned()).await;
        server.content().unpublish(page, Channel::Cli).await.expect("unpublished");
        pages.push(page);
    }
    has_taken(&receiver, 15).await;
    let by_object = receiver.taken_by_object();
    let in_order = ["page.created", "page.published", "page.updated", "page.published", "page.unpublished"];
    for page in &pages {
        assert_eq!(by_object[&format!("page:{page}")], in_order, "page {page}");
    }
    assert_eq!(receiver.got().len(), 45, "each the third time");
}

async fn one_that_is_not_taken_holds_up_its_object_alone_and_not_for_ever(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let (id, _) = made(&root, &receiver.url(), &["page.published", "page.unpublished"]).await;
    receiver.behave(Manners::FailTitle("Kestrels".to_owned()));
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrels", "<p>x</p>").await;
    server.standard_page(home, "Merlins", "<p>x</p>").await;
    server.content().unpublish(page, Channel::Cli).await.expect("unpublished");
    eventually("both are given up", SOON, async || deliveries(&root, id, "dead").await.len() == 2).await;
    assert_eq!(receiver.taken(), ["page.published Merlins"]);
    let dead = deliveries(&root, id, "dead").await;
    assert_eq!((&dead[1]["attempts"], &dead[1]["error"]), (&json!(4), &json!("it answered 503")));
    let told: Vec<String> =
        receiver.got().iter().map(|got| got.told()).filter(|told| told.ends_with("Kestrels")).collect();
    let (published, unpublished) = told.split_at(4);
    assert!(published.iter().all(|told| told.starts_with("page.published")), "the later one waits: {told:?}");
    assert!(unpublished.iter().all(|told| told.starts_with("page.unpublished")), "{told:?}");
    // What was given up is sent again when somebody asks.
    receiver.behave(Manners::Good);
    let replay = root.post(&at(id, &format!("deliveries/{}/replay/", dead[1]["id"])), &json!({})).await;
    assert_eq!((replay.status.as_u16(), &replay.json()["state"]), (202, &json!("open")));
    has_taken(&receiver, 2).await;
    assert_eq!(receiver.taken()[1], "page.published Kestrels");
    eventually("it is delivered", SOON, async || deliveries(&root, id, "delivered").await.len() == 2).await;
}

async fn what_is_committed_is_delivered_though_servers_are_killed(database: Database) {
    let (server, receiver) =
        (Server::with(database, &[&SETTINGS[..], &[("server.role", "web")]].concat()).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let (id, secret) = made(&root, &receiver.url(), &["page.created", "page.published", "page.trashed"]).await;
    let home = server.page_id("/").await;
    let page = server.standard_page(home, "Kestrels", "<p>x</p>").await;
    assert_eq!((receiver.got().len(), deliveries(&root, id, "open").await.len()), (0, 2), "nobody delivers yet");
    receiver.behave(Manners::Stall);
    let data = server.folder.path().display().to_string();
    let url = server.database_url.clone();
    let worker = [
        &SETTINGS[..2],
        &[("server.role", "worker"), ("data.dir", &data), ("database.url", &url), ("webhooks.timeout_s", "60")],
    ]
    .concat();
    let process = Process::spawn(server.folder.path(), &worker, &[], &[]);
    eventually("a worker is about to deliver", SOON, async || !receiver.got().is_empty()).await;
    process.signal(Signal::KILL);
    drop(process);
    server.content().trash_page(page, Channel::Cli).await.expect("trashed");
    assert_eq!((receiver.taken().len(), deliveries(&root, id, "open").await.len()), (0, 3));
    // Nobody waits for the lease of the dead in a test.
    execute(&url, "UPDATE webhook_delivery SET next_at = 0").expect("written");
    receiver.behave(Manners::Good);
    let other = server.beside(&SETTINGS).await;
    has_taken(&receiver, 3).await;
    assert_eq!(receiver.taken(), ["page.created Kestrels", "page.published Kestrels", "page.trashed Kestrels"]);
    let got = receiver.got();
    assert_eq!(got[0].id, got[1].id, "the same message again");
    assert!(got.iter().all(|got| got.is_signed_with(&secret)));
    other.running.stop().await;
}

/// A delivery that is given up, where so many were before.
async fn given_up(root: &Program<'_>, id: i64, before: usize) -> Value {
    assert_eq!(root.post(&at(id, "test/"), &json!({})).await.status, 202);
    eventually("it is given up", SOON, async || deliveries(root, id, "dead").await.len() == before + 1).await;
    let dead = deliveries(root, id, "dead").await.remove(0);
    assert_eq!(dead["event"]["type"], "webhook.test");
    dead
}

async fn a_receiver_that_stalls_is_given_up(database: Database) {
    let settings = [&SETTINGS[..3], &[("webhooks.max_attempts", "1"), ("webhooks.timeout_s", "0.5")]].concat();
    let (server, receiver) = (Server::with(database, &settings).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let (id, _) = made(&root, &receiver.url(), &["page.published"]).await;
    receiver.behave(Manners::Stall);
    let dead = given_up(&root, id, 0).await;
    assert_eq!((&dead["error"], &dead["status"]), (&json!("no answer within 0.5 s"), &Value::Null));
}

async fn receivers_that_redirect_refuse_or_are_gone_are_told_apart(database: Database) {
    let settings = [&SETTINGS[..3], &[("webhooks.max_attempts", "1")]].concat();
    let (server, receiver) = (Server::with(database, &settings).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let (id, _) = made(&root, &receiver.url(), &["page.published"]).await;
    let metadata = "http://169.254.169.254/latest/meta-data/".to_owned();
    let cases = [
        (Manners::Redirect(metadata), "it answered 307: redirects are not followed", 307),
        (Manners::Status(400), "it answered 400", 400),
        (Manners::Status(410), "it answered 410", 410),
    ];
    for (at_case, (manners, error, status)) in cases.into_iter().enumerate() {
        receiver.behave(manners);
        let dead = given_up(&root, id, at_case).await;
        assert_eq!((&dead["error"], &dead["status"]), (&json!(error), &json!(status)));
    }
    let shown = root.get(&at(id, "")).await.json();
    assert_eq!((&shown["state"], &shown["why"]), (&json!("disabled"), &json!("its receiver answered 410 Gone")));
    server.standard_page(server.page_id("/").await, "Kestrels", "<p>x</p>").await;
    assert_eq!(deliveries(&root, id, "").await.len(), 3, "a disabled one is sent nothing");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_webhook_deliveries_total", &[("outcome", "gave_up")]), 3.0);
}

async fn addresses_inside_are_refused_when_they_are_given_and_when_they_are_connected_to(database: Database) {
    let server = Server::with(database, &[("webhooks.max_attempts", "1"), ("webhooks.first_retry_s", "0.02")]).await;
    let root = server.root_program(&SCOPES).await;
    for url in [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://169.254.169.254/",
        "https://[::ffff:10.0.0.1]/",
        "https://u:p@example.org/",
    ] {
        let body = json!({ "name": "x", "url": url, "events": ["*"] });
        let answer = root.post("/api/v1/webhooks/", &body).await;
        assert_eq!(crate::support::program::mistakes(&answer), ["/url invalid_url"], "{url}");
    }
    // A name is looked up when it is connected to.
    let (id, _) = made(&root, "https://localhost:9/", &["*"]).await;
    root.post(&at(id, "test/"), &json!({})).await;
    eventually("it is given up", SOON, async || deliveries(&root, id, "dead").await.len() == 1).await;
    let dead = &deliveries(&root, id, "dead").await[0];
    assert!(dead["error"].as_str().is_some_and(|error| error.ends_with("is no public address")), "{dead}");
    assert_eq!(root.ask(Method::DELETE, &at(id, ""), &[], None).await.status, 204);
    assert_eq!((server.rows("webhook"), server.rows("webhook_delivery")), (0, 0));
}

async fn a_webhook_that_takes_nothing_for_days_is_disabled_with_a_mail(database: Database) {
    let (server, receiver) = (Server::with(database, &SETTINGS).await, Receiver::start().await);
    let root = server.root_program(&SCOPES).await;
    let change = UserChange { email: Some("root@example.org".into()), ..UserChange::default() };
    server.accounts().change_user("root", change, &By::cli()).await.expect("changed");
    let (id, _) = made(&root, &receiver.url(), &["page.published"]).await;
    receiver.behave(Manners::Status(500));
    let days = Micros::now().0 - 6 * 86_400_000_000;
    execute(&server.database_url, &format!("UPDATE webhook SET failing_since = {days}")).expect("written");
    server.standard_page(server.page_id("/").await, "Kestrels", "<p>x</p>").await;
    eventually("it is disabled", SOON, async || root.get(&at(id, "")).await.json()["state"] == "disabled").await;
    let mails = server.folder.path().join("mail");
    eventually("its maker is told", SOON, async || {
        std::fs::read_dir(&mails).is_ok_and(|mut mails| mails.next().is_some())
    })
    .await;
    receiver.behave(Manners::Good);
    let on = root.patch(&at(id, ""), "*", &json!({ "state": "active" })).await.json();
    assert_eq!((&on["state"], &on["why"], &on["failing_since"]), (&json!("active"), &Value::Null, &Value::Null));
    has_taken(&receiver, 1).await;
    assert_eq!(number(&server.database_url, "SELECT COUNT(*) FROM object_event WHERE kind = 'webhook'"), 3);
}

on_both_databases!(
    each_change_is_sent_and_signed,
    only_what_was_chosen_is_sent_and_nothing_that_was_rolled_back,
    the_order_of_an_object_holds_while_its_receiver_fails,
    one_that_is_not_taken_holds_up_its_object_alone_and_not_for_ever,
    what_is_committed_is_delivered_though_servers_are_killed,
    a_receiver_that_stalls_is_given_up,
    receivers_that_redirect_refuse_or_are_gone_are_told_apart,
    addresses_inside_are_refused_when_they_are_given_and_when_they_are_connected_to,
    a_webhook_that_takes_nothing_for_days_is_disabled_with_a_mail,
);
