//! What is measured and written: the catalogue against a real page, logs, traces.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vitrine::accounts::{By, PagePermission, UserChange};
use vitrine::cli::families;
use vitrine::telemetry::catalogue;
use vitrine::telemetry::label::Channel;

use crate::support::account::SAME_ORIGIN;
use crate::support::client::try_send;
use crate::support::edit::{HOUR, in_an_hour, pass_time, post, standard_page};
use crate::support::{
    Answer, Database, Process, SOON, Server, eventually, eventually_blocking, on_both_databases, site,
};

/// Families that this traffic cannot write, and why.
const ELSEWHERE: [(&str, &str); 18] = [
    ("vitrine_backup_last_success_timestamp_seconds", "needs regular backups: see backup_regular"),
    ("vitrine_backup_duration_seconds", "needs regular backups: see backup_regular"),
    ("vitrine_backup_size_bytes", "needs regular backups: see backup_regular"),
    ("vitrine_drill_last_success_timestamp_seconds", "needs a drill: see drill"),
    ("vitrine_tls_certificate_expiry_timestamp_seconds", "needs TLS"),
    ("vitrine_embed_fetch_duration_seconds", "needs a provider of embedded media: see embeds"),
    ("vitrine_frontend_loads_total", "needs a built front end: see frontend_app"),
    ("vitrine_redis_call_duration_seconds", "needs Redis: see shared_limits"),
    ("vitrine_rate_limit_fallbacks_total", "needs Redis that is away: see shared_limits"),
    ("vitrine_cdn_requests_total", "needs a CDN: see cdn"),
    ("vitrine_cdn_request_duration_seconds", "needs a CDN: see cdn"),
    ("vitrine_cdn_purged_keys_total", "needs a CDN: see cdn"),
    ("vitrine_cdn_oldest_unpurged_age_seconds", "needs a CDN: see cdn"),
    ("vitrine_template_reloads_total", "needs `vitrine dev`: see cli"),
    ("vitrine_template_errors_total", "needs a broken template: see cli"),
    ("vitrine_db_n_plus_one_total", "no page of the default site repeats a query"),
    ("vitrine_metrics_label_overflow_total", "needs more types than a label may name"),
    ("vitrine_cache_operation_duration_seconds", "written by fills; listed only if it has none"),
];

async fn traffic(server: &Server) {
    for path in site::all_paths() {
        server.get(&path).await;
    }
    for path in ["/about/", "/about", "/no-such-page/", "/health", "/api/v1/health/", "/static/css/site.css"] {
        server.get(path).await;
    }
    server.send(Method::POST, "/about/", &[("content-length", "0")]).await;
    server.send(Method::GET, "/about/", &[("host", "evil.test")]).await;
    let stamp = format!("t={}", std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs_f64());
    server.send(Method::GET, "/none/", &[("x-request-start", &stamp)]).await;
    let id = server.create(post(server, "A post").await).await.expect("created");
    server.publish(id).await.expect("published");
    server.change(id, |content| content.title = "A draft".into()).await.expect("saved");
    server.content().unpublish(id, Channel::Admin).await.expect("unpublished");
    server.content().delete_page(id, Channel::Admin).await.expect("deleted");
    let document = vitrine::media::NewFile { name: "notes.txt".into(), ..Default::default() };
    let media = &server.running.site.app.media;
    media.add_document(&b"notes"[..], document).await.expect("the document is taken");
    let image = vitrine::media::NewFile { name: "a.png".into(), ..Default::default() };
    let picture = crate::support::picture::png(40, 30, 1);
    let image = media.add_image(&picture[..], image, None).await.expect("the image is taken");
    let facts = media.image(image).await.expect("there").facts().expect("a PNG");
    let spec = vitrine::media::image::FilterSpec::parse("width-20").expect("a spec");
    let url = vitrine::media::url::of_rendition(&server.running.site.app.keys, &facts, &spec);
    assert_eq!(server.get(&url).await.status, 200);
    server.get("/documents/1/notes.txt").await;
    server.send(Method::GET, "/api/v1/whoami", &[("authorization", "Bearer vitrine_none")]).await;
    media.keep_house().await.expect("counted");
    let home = server.page_id("/").await;
    server.standard_page(home, "Pointer", "<p><a linktype=\"page\" id=\"999999\">nowhere</a></p>").await;
    server.get("/pointer/").await;
    let site = vitrine::content::site::list(server.db(), "").await.expect("listed")[0].id;
    let reverted = server.content().revert_setting(Some(site), "site.SiteSettings", Channel::Admin).await;
    reverted.expect("reverted");
    assert_eq!(crate::forms::send(server, "/contact/", &[]).await.status, 422);
    let contact = server.page_id("/contact/").await;
    let rule = vitrine::content::privacy::Rule::Password("a long enough password".into());
    let restriction = server.restrict(contact, rule).await;
    assert_eq!(server.get("/contact/").await.status, 403);
    assert_eq!(server.give("/contact/", restriction, "a wrong password").await.status, 403);
    assert_eq!(server.get("/search/?q=tides").await.status, 200);
    assert_eq!(crate::vitals::beacon(server, crate::vitals::GOOD, &[]).await, 204);
    let timed = server.create(post(server, "A timed post").await).await.expect("created");
    server.content().schedule(timed, Some(in_an_hour()), None, Channel::Admin).await.expect("scheduled");
    pass_time(&server.database_url, HOUR);
    server.user("grace", false).await;
    for _ in 0..2 {
        server.log_in("grace", "a wrong password").await;
    }
    editing(server, home).await;
    crate::webhooks::traffic(server).await;
    server.ask_ops("/readyz").await;
    server.ask_ops("/livez").await;
}

/// An editor who saves, who is refused, who orders work on many pages, and who forgets a password.
async fn editing(server: &Server, home: i64) {
    let cookie = server.editor("ann", home, &[PagePermission::Edit]).await;
    let draft = json!({ "base_revision": null, "content": { "title": "Home", "slug": "home", "fields": {} } });
    server.send_json(&format!("/admin/pages/{home}/draft/"), &cookie, &draft).await;
    assert_eq!(server.send_json(&format!("/admin/pages/{home}/unpublish/"), &cookie, &json!({})).await.status, 403);
    let bulk = [("action", "publish"), ("ids", &home.to_string())];
    assert_eq!(server.send_form("/admin/pages/bulk/", &bulk, &[SAME_ORIGIN, ("cookie", &cookie)]).await.status, 303);
    let change = UserChange { email: Some("ann@example.org".into()), ..UserChange::default() };
    server.accounts().change_user("ann", change, &By::cli()).await.expect("changed");
    server.send_form("/admin/reset/", &[("name", "ann")], &[SAME_ORIGIN]).await;
}

async fn every_family_of_the_catalogue_is_on_the_page_and_no_other(database: Database) {
    let settings = [("server.trusted_proxies", "127.0.0.1"), ("database.slow_query_s", "0"), ("forms.keep_days", "1")];
    let settings = [&settings[..], &[("accounts.lock_after", "1")]].concat();
    let server = Server::with(database, &settings).await;
    traffic(&server).await;
    let declared: BTreeMap<&str, &str> = families().iter().map(|family| (family.name, family.kind.as_str())).collect();
    let missing = async || {
        let metrics = server.metrics().await;
        let shown: BTreeSet<String> = metrics.families().iter().map(|name| (*name).to_owned()).collect();
        let excused = |name: &str| ELSEWHERE.iter().any(|(known, _)| *known == name);
        declared.keys().filter(|name| !shown.contains(**name) && !excused(name)).copied().collect::<Vec<_>>()
    };
    // The runtime's own gauges come every few seconds.
    let begun = std::time::Instant::now();
    while !missing().await.is_empty() && begun.elapsed() < SOON {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(missing().await, Vec::<&str>::new(), "declared, and not on the page");
    let metrics = server.metrics().await;
    for (name, kind) in &metrics.types {
        assert_eq!(declared.get(name.as_str()), Some(&kind.as_str()), "{name} is not in the catalogue as a {kind}");
    }
    let (types, helps): (BTreeSet<_>, BTreeSet<_>) =
        (metrics.types.iter().map(|(name, _)| name).collect(), metrics.helps.iter().collect());
    assert_eq!(types.len(), metrics.types.len(), "a TYPE is there twice");
    assert_eq!(types, helps, "each family has its HELP");
    metrics.families();
}

async fn labels_have_no_values_beyond_their_sets(database: Database) {
    let server = Server::with(database, &[("database.slow_query_s", "0")]).await;
    traffic(&server).await;
    let metrics = server.metrics().await;
    for family in families() {
        let (name, series) = match family.kind {
            catalogue::Kind::Histogram(_) => (format!("{}_count", family.name), 1),
            _ => (family.name.to_owned(), 1),
        };
        let most: usize = family.labels.iter().map(vitrine::telemetry::label::Label::bound).product::<usize>() * series;
        assert!(metrics.count(&name, &[]) <= most, "{name} has more than {most} series");
        for label in family.labels {
            for value in metrics.label_values(&name, label.name) {
                let known = match label.values {
                    vitrine::telemetry::label::Values::Closed(values) => values.contains(&value),
                    vitrine::telemetry::label::Values::Declared(_) => !value.contains('/') || label.name == "template",
                };
                assert!(known, "{name}: {}={value}", label.name);
            }
        }
    }
    let series = metrics.series().len() as f64;
    assert!((server.metrics().await.sum("vitrine_metrics_series", &[]) - series).abs() < 50.0);
}

async fn each_request_leaves_one_line_with_its_trace(database: Database) {
    let server = Server::start(database).await;
    let secret = "s3cret-t0ken";
    let agent = "Mozilla/5.0 \"quoted\" \\ back";
    let path = format!("/about/?token={secret}");
    let sent = [("user-agent", agent), ("authorization", secret), ("cookie", secret)];
    let answers = [
        server.send(Method::GET, &path, &sent).await,
        server.send(Method::GET, &path, &sent).await,
        server.send(Method::HEAD, "/about", &sent).await,
        server.send(Method::GET, "/no-such-page/", &sent).await,
        server.send(Method::GET, "/", &[("host", "evil.test")]).await,
    ];
    let lines = server.log_lines();
    assert_eq!(lines.iter().filter(|line| line["msg"] == "request").count(), answers.len());
    let line_of = |answer: &Answer| {
        let trace = answer.header("traceresponse").split('-').nth(1).expect("a trace id").to_owned();
        lines.iter().find(|line| line["trace_id"] == *trace).unwrap_or_else(|| panic!("no line with {trace}"))
    };
    let lines: Vec<_> = answers.iter().map(line_of).collect();
    for (line, answer) in lines.iter().zip(&answers) {
        assert_eq!(line["status"], answer.status.as_u16());
        assert_eq!(line["bytes"], answer.body.len());
        assert_eq!(line["level"], "info");
        assert_eq!(line["client"], "127.0.0.1");
        assert!(line["duration_ms"].as_f64().is_some_and(|time| time > 0.0 && time < 60_000.0));
        assert!(line["ts"].as_str().is_some_and(|time| time.len() == 27 && time.ends_with('Z')), "{line}");
        assert!(!line.to_string().contains(secret), "{line}");
    }
    assert_eq!((&lines[0]["path"], &lines[0]["cache"]), (&"/about/".into(), &"miss".into()));
    assert_eq!(lines[0]["user_agent"], agent);
    assert_eq!(lines[0]["queries"], answers[0].queries());
    assert!(answers[0].queries() > 0);
    assert_eq!((&lines[1]["cache"], lines[1].get("queries")), (&"hit".into(), None));
    assert_eq!((&lines[2]["method"], &lines[2]["status"]), (&"HEAD".into(), &301.into()));
    assert_eq!(lines[3]["route"], "_unmatched");
    assert_eq!(lines[4]["route"], "_rejected");
}

async fn an_incoming_trace_is_continued(database: Database) {
    let server = Server::start(database).await;
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    for path in ["/about/", "/about/", "/no-such-page/", "/health"] {
        let sent = format!("00-{trace}-{parent}-01");
        let answer = server.send(Method::GET, path, &[("traceparent", &sent)]).await;
        let parts: Vec<_> = answer.header("traceresponse").split('-').collect();
        assert_eq!((parts[0], parts[1], parts[3]), ("00", trace, "01"), "{path}");
        assert!(parts[2] != parent && parts[2].len() == 16, "{path} has its own span");
    }
    assert_eq!(server.log_lines().iter().filter(|line| line["trace_id"] == trace).count(), 4);
    for invalid in ["00-00000000000000000000000000000000-00f067aa0ba902b7-01", "rubbish", ""] {
        let answer = server.send(Method::GET, "/about/", &[("traceparent", invalid)]).await;
        let own = answer.header("traceresponse").split('-').nth(1).expect("a trace id").to_owned();
        assert!(own.len() == 32 && own != trace && own.bytes().any(|digit| digit != b'0'), "{invalid}");
    }
}

async fn numbers_are_exact(database: Database) {
    // Workers have transactions of their own.
    let server = Server::with(database, &[("server.role", "web")]).await;
    for _ in 0..7 {
        server.get("/about/").await;
    }
    server.send(Method::HEAD, "/about/", &[]).await;
    let human = [("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")];
    server.send(Method::GET, "/about/", &human).await;
    let metrics = server.metrics().await;
    let page = [("http_route", "/{*path}"), ("http_response_status_code", "200"), ("http_request_method", "GET")];
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &page), 8.0);
    let read = |result| [("cache", "page"), ("operation", "get"), ("result", result)];
    assert_eq!(metrics.sum("vitrine_cache_operations_total", &read("miss")), 1.0);
    assert_eq!(metrics.sum("vitrine_cache_operations_total", &read("hit")), 8.0);
    let views = |audience| [("page_type", "standard.StandardPage"), ("audience", audience)];
    assert_eq!(metrics.sum("vitrine_page_views_total", &views("human")), 1.0);
    assert_eq!(metrics.sum("vitrine_page_views_total", &views("bot")), 7.0);
    let by_url =
        [("db_query_summary", "page.find_live_by_url"), ("db_system_name", database.system()), ("error_type", "")];
    assert_eq!(metrics.sum("db_client_operation_duration_seconds_count", &by_url), 1.0);
    assert_eq!(metrics.sum("http_server_active_requests", &[]), 1.0, "the scrape itself");
    assert_eq!(metrics.sum("vitrine_cache_entries", &[("cache", "page")]), 1.0);
    let home = server.page_id("/").await;
    let id = server.create(standard_page(home, "Counted", "<p>One.</p>")).await.expect("created");
    server.publish(id).await.expect("published");
    let metrics = server.metrics().await;
    for event in ["create", "publish"] {
        let labels = [("event", event), ("page_type", "standard.StandardPage"), ("channel", "admin")];
        assert_eq!(metrics.sum("vitrine_page_events_total", &labels), 1.0, "{event}");
    }
    assert_eq!(metrics.sum("vitrine_revisions_created_total", &[]), 1.0);
    assert_eq!(metrics.sum("vitrine_publish_duration_seconds_count", &[("channel", "admin")]), 1.0);
    assert_eq!(metrics.sum("vitrine_db_transactions_total", &[("outcome", "commit")]), 2.0);
    let refused = server.create(standard_page(home, " ", "<p>One.</p>")).await;
    assert!(refused.is_err());
}

async fn a_slow_query_leaves_a_warning_with_its_name_and_trace(database: Database) {
    let seeded = Server::start(database).await;
    let settings =
        [("database.url", seeded.database_url.as_str()), ("data.dir", "data"), ("database.slow_query_s", "0")];
    let server = Process::start(seeded.folder.path(), &settings, &[], &[]);
    let sent = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    let url = format!("{}/about/", server.site);
    try_send(&seeded.client, Method::GET, &url, &sent).await.expect("an answer");
    eventually_blocking("the warning is written", SOON, || {
        server.stdout.all().iter().any(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            line["level"] == "warn"
                && line["msg"] == "slow query"
                && line["query"] == "page.find_live_by_url"
                && line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
                && line["seconds"].to_string().trim_matches('"').parse::<f64>().is_ok()
        })
    });
}

async fn without_telemetry_pages_are_served_and_nothing_is_written(database: Database) {
    let server = Server::with(database, &[("telemetry.enabled", "false")]).await;
    let answer = server.get("/about/").await;
    assert_eq!((answer.status.as_u16(), answer.header("traceresponse"), answer.header("server-timing")), (200, "", ""));
    assert_eq!(server.get("/about/").await.cache(), "hit");
    assert!(server.log_lines().is_empty());
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("http_server_request_duration_seconds_count", &[]), 0.0);
}

async fn spans_reach_a_collector(database: Database) {
    let seeded = Server::start(database).await;
    let collector = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", collector.local_addr().expect("bound"));
    let (sender, mut received) = tokio::sync::mpsc::channel::<Vec<u8>>(64);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = collector.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                while let Some(body) = read_post(&mut stream).await {
                    if sender.send(body).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let settings = [
        ("database.url", seeded.database_url.as_str()),
        ("data.dir", "data"),
        ("telemetry.otlp_endpoint", endpoint.as_str()),
        ("telemetry.service_name", "shop-window"),
    ];
    let mut server = Process::start(seeded.folder.path(), &settings, &[], &[]);
    let sent = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    let url = format!("{}/blog/soundings/", server.site);
    try_send(&seeded.client, Method::GET, &url, &sent).await.expect("an answer");
    server.signal(rustix::process::Signal::TERM);
    assert!(server.wait(Duration::from_secs(20)).success());
    let mut bodies = Vec::new();
    while let Ok(body) = received.try_recv() {
        bodies.extend(body);
    }
    let holds = |bytes: &[u8]| bodies.windows(bytes.len()).any(|part| part == bytes);
    let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
    assert!(holds(&trace), "the trace was exported");
    assert!(holds(&0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()), "below the caller's span");
    for name in ["page.find_live_by_url", "snippet.list", "shop-window"] {
        assert!(holds(name.as_bytes()), "{name}");
    }
}

/// One POST with a length; answers it as a collector does.
async fn read_post(stream: &mut tokio::net::TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        let mut part = [0; 8192];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces "), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        break (end + 4, length.expect("a length"));
    };
    let mut body = bytes.split_off(head);
    while body.len() < length {
        let mut part = [0; 8192];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&part[..read]);
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await.ok()?;
    Some(body)
}

async fn the_census_counts_pages_by_state(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    server.create(standard_page(home, "A draft", "<p>One.</p>")).await.expect("created");
    server.content().refresh_census().await.expect("counted");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_pages", &[("state", "draft")]), 1.0);
    assert_eq!(metrics.sum("vitrine_pages", &[("state", "live")]), site::page_paths().len() as f64);
    let written = async || server.metrics().await.sum("vitrine_db_size_bytes", &[]) > 10_000.0;
    eventually("the size of the database is known", SOON, written).await;
}

on_both_databases!(
    every_family_of_the_catalogue_is_on_the_page_and_no_other,
    labels_have_no_values_beyond_their_sets,
    each_request_leaves_one_line_with_its_trace,
    an_incoming_trace_is_continued,
    numbers_are_exact,
    a_slow_query_leaves_a_warning_with_its_name_and_trace,
    without_telemetry_pages_are_served_and_nothing_is_written,
    spans_reach_a_collector,
    the_census_counts_pages_by_state,
);
