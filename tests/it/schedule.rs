//! Pages that go live, or off the site, at a time that was set before: exactly once, whatever dies meanwhile.

use vitrine::clock::Micros;
use vitrine::content::EditError;
use vitrine::telemetry::label::Channel;

use crate::support::edit::{HOUR, pass_time, standard_page};
use crate::support::process::run;
use crate::support::server::empty_database;
use crate::support::{Database, Process, SOON, Server, client, eventually, on_both_databases, vitrine};

fn in_s(seconds: f64) -> Option<Micros> {
    Some(Micros(Micros::now().0 + (seconds * 1e6) as i64))
}

async fn schedule(server: &Server, id: i64, publish: Option<Micros>, expire: Option<Micros>) -> Result<(), EditError> {
    server.content().schedule(id, publish, expire, Channel::Admin).await
}

async fn draft(server: &Server, title: &str) -> i64 {
    let home = server.page_id("/").await;
    server.create(standard_page(home, title, "<p>Text</p>")).await.expect("the page is created")
}

async fn a_page_goes_live_and_off_the_site_at_its_time(database: Database) {
    let server = Server::start(database).await;
    let id = draft(&server, "Timed").await;
    schedule(&server, id, in_s(3600.0), in_s(7200.0)).await.expect("it is scheduled");
    assert_eq!(server.get("/timed/").await.status, 404);
    pass_time(&server.database_url, HOUR);
    eventually("it is live", SOON, async || server.get("/timed/").await.status == 200).await;
    pass_time(&server.database_url, HOUR);
    eventually("it is off the site", SOON, async || server.get("/timed/").await.status == 404).await;
    let metrics = server.metrics().await;
    for event in ["publish", "expire"] {
        let labels = [("event", event), ("channel", "scheduler")];
        assert_eq!(metrics.sum("vitrine_page_events_total", &labels), 1.0, "{event}");
        assert_eq!(metrics.sum("vitrine_scheduled_publish_lag_seconds_count", &[("event", event)]), 1.0);
    }
    assert_eq!(metrics.sum("vitrine_slo_events_total", &[("slo", "freshness"), ("result", "good")]), 2.0);
    assert!(metrics.sum("vitrine_slo_events_total", &[("slo", "jobs"), ("result", "good")]) >= 2.0);
    assert!(server.content().list_scheduled().await.expect("an answer").is_empty());
    let waiting = async || server.content().jobs.list(Some("waiting")).await.expect("an answer");
    eventually("nothing waits any more", SOON, async || waiting().await.is_empty()).await;
}

async fn the_draft_that_was_chosen_goes_live_and_a_later_one_stays_a_draft(database: Database) {
    let server = Server::start(database).await;
    let id = draft(&server, "Chosen").await;
    schedule(&server, id, in_s(3600.0), None).await.expect("it is scheduled");
    server.change(id, |content| content.title = "Later".into()).await.expect("a draft");
    pass_time(&server.database_url, HOUR);
    eventually("it is live", SOON, async || server.get("/chosen/").await.status == 200).await;
    assert!(server.get("/chosen/").await.text().contains("Chosen"));
    assert!(!server.get("/chosen/").await.text().contains("Later"));
    assert_eq!(server.newest(id).await.title, "Later");
    server.publish(id).await.expect("it is published");
    assert!(server.get("/chosen/").await.text().contains("Later"));
}

async fn a_schedule_is_changed_taken_back_and_ended_by_hand(database: Database) {
    let server = Server::with(database, &[("server.role", "web")]).await;
    let (moved, taken_back, by_hand, trashed) = (
        draft(&server, "Moved").await,
        draft(&server, "Taken back").await,
        draft(&server, "By hand").await,
        draft(&server, "Trashed").await,
    );
    for id in [moved, taken_back, by_hand, trashed] {
        schedule(&server, id, in_s(3600.0), None).await.expect("it is scheduled");
    }
    let sooner = in_s(1800.0);
    schedule(&server, moved, sooner, None).await.expect("it is moved");
    schedule(&server, taken_back, None, None).await.expect("it is taken back");
    server.publish(by_hand).await.expect("it is published");
    server.content().trash_page(trashed, Channel::Admin).await.expect("it is trashed");
    let scheduled = server.content().list_scheduled().await.expect("an answer");
    assert_eq!(
        scheduled.iter().map(|page| (page.id, page.publish_at)).collect::<Vec<_>>(),
        [(moved, sooner.map(|at| at.0))]
    );
    let content = server.content().clone();
    let (handlers, _) = server.running.site.app.work();
    let stop = tokio_util::sync::CancellationToken::new();
    let work = content.jobs.clone().work(handlers, Vec::new(), stop.clone(), std::time::Duration::from_secs(5));
    let worker = tokio::spawn(work);
    pass_time(&server.database_url, HOUR / 2);
    eventually("it is live", SOON, async || server.get("/moved/").await.status == 200).await;
    let jobs = "job WHERE kind = 'page.publish'";
    eventually("those of what was ended by hand are left", SOON, async || server.rows(jobs) == 2).await;
    pass_time(&server.database_url, HOUR / 2);
    eventually("they find nothing to do", SOON, async || server.rows(jobs) == 0).await;
    stop.cancel();
    worker.await.expect("the worker ends");
    for path in ["/taken-back/", "/trashed/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    assert_eq!(content.jobs.list(Some("dead")).await.expect("an answer").len(), 0);
}

async fn what_could_not_be_published_is_refused_at_once(database: Database) {
    let server = Server::start(database).await;
    let id = draft(&server, "Refused").await;
    let says = async |publish, expire| schedule(&server, id, publish, expire).await.expect_err("refused").to_string();
    assert!(
        says(in_s(-5.0), None).await.starts_with("publish_at: ")
            && says(in_s(-5.0), None).await.ends_with("is over already")
    );
    assert!(says(in_s(60.0), in_s(30.0)).await.starts_with("expire_at: "));
    assert_eq!(says(None, in_s(30.0)).await, format!("expire_at: page {id} is not live, and is not scheduled to be"));
    assert_eq!(
        schedule(&server, 9_999, in_s(5.0), None).await.expect_err("refused").to_string(),
        "there is no page 9999"
    );
    let post = server.page_id("/blog/soundings/").await;
    server.change(post, |content| content.fields["intro"] = "".into()).await.expect("a draft may lack it");
    let refused = schedule(&server, post, in_s(60.0), None).await.expect_err("refused").to_string();
    assert!(refused.contains("intro"), "{refused}");
    assert!(server.content().list_scheduled().await.expect("an answer").is_empty());
}

async fn a_worker_that_is_killed_loses_nothing_and_doubles_nothing(database: Database) {
    let data = std::sync::Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let url = empty_database(database, &data);
    let settings: Vec<(&str, &str)> = vec![
        ("data.dir", "data"),
        ("database.url", &url),
        ("security.secret_key", "0123456789abcdef0123456789abcdef0123456789abcdef"),
    ];
    let folder = data.path();
    let web = Process::start(folder, &[&settings[..], &[("server.role", "web")]].concat(), &[], &[]);
    let command = |arguments: &[&str]| {
        let mut command = vitrine(folder);
        command.args(arguments);
        for (key, value) in &settings {
            command.args(["--set", &format!("{key}={value}")]);
        }
        let (code, said, error) = run(&mut command);
        assert_eq!(code, Some(0), "{arguments:?}: {error}");
        said
    };
    let start_worker = || Process::start(folder, &settings, &["serve", "--role", "worker"], &[]);
    let worker = start_worker();
    assert_eq!(worker.site, "", "a worker has no public listener");
    let tree = command(&["tree", "show", "--json"]);
    let tree: serde_json::Value = serde_json::from_str(&tree).expect("JSON");
    let pages: Vec<(String, String)> = tree
        .as_array()
        .expect("a list")
        .iter()
        .filter(|node| node["url_path"].as_str().is_some_and(|path| path.starts_with("/home/blog/") && path.len() > 11))
        .map(|node| (node["id"].to_string(), node["url_path"].as_str().unwrap_or_default().replacen("/home", "", 1)))
        .take(5)
        .collect();
    assert_eq!(pages.len(), 5);
    let at = in_s(3600.0).expect("a time").to_rfc3339();
    for (id, _) in &pages {
        command(&["page", "unpublish", id]);
        command(&["page", "schedule", id, "--publish-at", &at]);
    }
    // SIGKILL: it can give nothing back.
    drop(worker);
    let client = client::client();
    let status = async |path: &str| {
        let url = format!("{}{path}", web.site);
        client::try_send(&client, reqwest::Method::GET, &url, &[]).await.map_or(0, |answer| answer.status.as_u16())
    };
    for (_, path) in &pages {
        eventually("it is off the site", SOON, async || status(path).await == 404).await;
    }
    pass_time(&url, HOUR);
    let _again = start_worker();
    for (_, path) in &pages {
        eventually(&format!("{path} is live"), SOON, async || status(path).await == 200).await;
    }
    assert_eq!(command(&["page", "scheduled"]).trim(), "nothing is scheduled");
    assert_eq!(command(&["job", "list", "dead"]).trim(), "there are no such jobs");
}

on_both_databases!(
    a_page_goes_live_and_off_the_site_at_its_time,
    the_draft_that_was_chosen_goes_live_and_a_later_one_stays_a_draft,
    a_schedule_is_changed_taken_back_and_ended_by_hand,
    what_could_not_be_published_is_refused_at_once,
    a_worker_that_is_killed_loses_nothing_and_doubles_nothing,
);
