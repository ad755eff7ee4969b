//! Forms as visitors meet them: filled in, refused with what was typed, kept, exported.

use reqwest::Method;
use serde_json::{Value, json};
use vitrine::content::NewPage;
use vitrine::content::form::submission::{self, Period};
use vitrine::content::privacy::Rule;
use vitrine::telemetry::label::Channel;

use crate::support::client::try_send_body;
use crate::support::process::run;
use crate::support::{Answer, Cluster, Database, SOON, Server, eventually, on_both_databases, vitrine};

pub const CONTACT: &str = "/contact/";
pub const LETTER: [(&str, &str); 5] = [
    ("your_name", "Ada Löve"),
    ("your_e_mail_address", "ada@example.org"),
    ("subject", "Something else"),
    ("place", ""),
    ("message", "Is the fog bell for sale?\r\nIt keeps me awake."),
];

/// Sends a form as a browser does from the page itself.
pub async fn send(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    server.send_form(path, fields, &[("sec-fetch-site", "same-origin")]).await
}

pub async fn submissions(server: &Server, page: i64) -> Vec<Value> {
    let found = submission::list(server.db(), page, Period::ALWAYS, None, 100).await.expect("the database answers");
    found.into_iter().map(|submission| Value::Object(submission.answers)).collect()
}

fn outcomes(metrics: &crate::support::Metrics, outcome: &str) -> f64 {
    metrics.sum("vitrine_form_submissions_total", &[("outcome", outcome)])
}

/// A page with one field of each kind.
pub async fn every_kind(server: &Server) -> i64 {
    let block = |kind: &str, label: &str, more: Value| {
        let mut value = json!({ "label": label });
        for (key, given) in more.as_object().expect("an object") {
            value[key] = given.clone();
        }
        json!({ "type": format!("form_{kind}"), "value": value })
    };
    let choices = json!({ "choices": "North\nEast & <West>\nSouth", "required": true });
    let fields = json!([
        block("singleline", "Line", json!({ "required": true, "max_length": 10, "default": "calm" })),
        block("multiline", "Lines", json!({ "help": "As many as you like." })),
        block("email", "Mail", json!({ "required": true })),
        block("number", "Knots", json!({ "min": 0, "max": 12 })),
        block("url", "Link", json!({})),
        block("checkbox", "Agreed", json!({ "required": true })),
        block("checkboxes", "Winds", choices.clone()),
        block("dropdown", "Course", choices.clone()),
        block("multiselect", "Stars", json!({ "choices": "Vega\nDeneb" })),
        block("radio", "Side", choices),
        block("date", "Day", json!({ "required": true })),
        block("datetime", "Hour", json!({})),
        block("hidden", "Source", json!({ "default": "chart" })),
    ]);
    let new = NewPage {
        parent: server.page_id("/").await,
        type_name: "forms.FormPage".into(),
        title: "Everything".into(),
        fields: [("form_fields".to_owned(), fields)].into_iter().collect(),
        ..NewPage::default()
    };
    let id = server.create(new).await.expect("it is created");
    server.publish(id).await.expect("it is published");
    id
}

async fn a_letter_is_kept_and_thanked_for(database: Database) {
    let server = Server::start(database).await;
    let empty = server.get(CONTACT).await;
    assert_eq!((empty.status.as_u16(), server.get(CONTACT).await.cache()), (200, "hit"), "the same for everybody");
    for expected in [
        "<form class=\"form\" method=\"post\" action=\"/contact/\"",
        "<label class=\"form__label\" for=\"field-your_name\">Your name",
        "type=\"email\"",
        "autocomplete=\"email\"",
        "value=\"A new commission\" checked",
        "maxlength=\"5000\" required",
    ] {
        assert!(empty.text().contains(expected), "{expected}");
    }
    let taken = send(&server, CONTACT, &LETTER).await;
    assert_eq!((taken.status.as_u16(), taken.header("location")), (303, "/contact/?done"));
    assert!(taken.queries() <= 4, "{} queries", taken.queries());
    let thanks = server.get("/contact/?done").await;
    assert_eq!(thanks.status, 200);
    assert!(thanks.text().contains("Your letter has arrived") && thanks.text().contains("noindex"));
    assert!(!thanks.text().contains("<form class=\"form\"") && thanks.text().contains("<title>Thank you"));
    assert!(server.get(CONTACT).await.text().contains("<form class=\"form\""), "two pages, two places in the cache");
    let page = server.page_id(CONTACT).await;
    let expected = json!({
        "your_name": "Ada Löve",
        "your_e_mail_address": "ada@example.org",
        "subject": "Something else",
        "place": "",
        "message": "Is the fog bell for sale?\nIt keeps me awake.",
    });
    assert_eq!(submissions(&server, page).await, [expected]);
    assert_eq!(outcomes(&server.metrics().await, "stored"), 1.0);
    send(&server, CONTACT, &LETTER).await;
    assert_eq!(server.rows("form_definition"), 1, "the form did not change");
}

async fn what_is_wrong_is_told_at_each_field_and_nothing_typed_is_lost(database: Database) {
    let server = Server::start(database).await;
    let page = every_kind(&server).await;
    let wrong = [
        ("line", "far too long a line"),
        ("lines", "<b>bold</b> & \"quoted\""),
        ("mail", "nobody"),
        ("knots", "13"),
        ("link", "ftp://x"),
        ("winds", "East & <West>"),
        ("winds", "Up"),
        ("course", "Down"),
        ("stars", "Deneb"),
        ("day", "soon"),
        ("hour", "2026-12-31T18:30"),
        ("source", "chart"),
    ];
    let refused = send(&server, "/everything/", &wrong).await;
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (422, "private, no-store"));
    let text = refused.text();
    assert!(text.contains("<title>Error · Everything"), "{text}");
    assert!(text.contains("role=\"alert\" tabindex=\"-1\" autofocus") && text.contains("9 answers need"));
    for (field, message) in [
        ("line", "Use at most 10 characters."),
        ("mail", "Write an e-mail address"),
        ("knots", "The most is 12."),
        ("link", "Write a web address"),
        ("agreed", "Tick this box"),
        ("winds", "Choose one of the answers"),
        ("course", "Choose one of the answers"),
        ("side", "Choose one."),
        ("day", "Write a date as"),
    ] {
        assert!(text.contains(&format!("<a href=\"#field-{field}\">")), "{field} is in the summary");
        assert!(text.contains(&format!("id=\"field-{field}-error\">{message}")), "{field}: {message}");
        assert!(text.contains(&format!("field-{field}-error\" aria-invalid=\"true\"")), "{field} names its error");
    }
    for kept in [
        "value=\"far too long a line\"",
        "&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot;</textarea>",
        "value=\"nobody\"",
        "value=\"13\"",
        "value=\"East &amp; &lt;West&gt;\" checked",
        "<option selected>Deneb</option>",
        "value=\"2026-12-31T18:30\"",
    ] {
        assert!(text.contains(kept), "{kept}");
    }
    assert_eq!(server.rows("form_submission"), 0);
    assert!(server.get("/everything/").await.text().contains("value=\"calm\""), "the cached form is empty");
    let right = [
        ("line", "calm"),
        ("mail", "a@example.org"),
        ("knots", "7.5"),
        ("agreed", "yes"),
        ("winds", "South"),
        ("winds", "North"),
        ("course", "North"),
        ("side", "South"),
        ("day", "2026-12-31"),
        ("source", "chart"),
        ("is_admin", "true"),
    ];
    assert_eq!(send(&server, "/everything/", &right).await.status, 303);
    let expected = json!({
        "line": "calm", "lines": "", "mail": "a@example.org", "knots": "7.5", "link": "", "agreed": true,
        "winds": ["North", "South"], "course": "North", "stars": [], "side": "South", "day": "2026-12-31", "hour": "",
        "source": "chart",
    });
    assert_eq!(submissions(&server, page).await, [expected]);
    let metrics = server.metrics().await;
    assert_eq!((outcomes(&metrics, "invalid"), outcomes(&metrics, "stored")), (1.0, 1.0));
}

async fn programs_and_other_sites_are_turned_away(database: Database) {
    let server = Server::start(database).await;
    let mut filled = LETTER.to_vec();
    filled.push(("vitrine_website", "https://spam.example"));
    let fooled = send(&server, CONTACT, &filled).await;
    assert_eq!((fooled.status.as_u16(), fooled.header("location")), (303, "/contact/?done"), "it learns nothing");
    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
        assert_eq!(server.send_form(CONTACT, &LETTER, &headers).await.status, 403, "{headers:?}");
    }
    let url = format!("{}{CONTACT}", server.site);
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    let body = b"--x\r\ncontent-disposition: form-data; name=\"message\"\r\n\r\nhello\r\n--x--\r\n".to_vec();
    let refused = try_send_body(&server.client, Method::POST, &url, &multipart, body).await.expect("an answer");
    assert_eq!((refused.status.as_u16(), refused.header("accept-post")), (415, "application/x-www-form-urlencoded"));
    assert_eq!(send(&server, "/about/", &LETTER).await.status, 405, "no form there");
    assert_eq!(send(&server, "/no-such-page/", &LETTER).await.status, 405);
    let large = "x".repeat(2 << 20);
    assert_eq!(send(&server, CONTACT, &[("message", &large)]).await.status, 413);
    assert_eq!(server.rows("form_submission"), 0);
    let metrics = server.metrics().await;
    assert_eq!(outcomes(&metrics, "honeypot"), 1.0);
    assert_eq!(metrics.sum("vitrine_http_requests_rejected_total", &[("reason", "csrf")]), 2.0);
}

async fn one_client_sends_so_many_forms_a_minute(database: Database) {
    let server = Server::with(database, &[("forms.per_minute", "3")]).await;
    for _ in 0..3 {
        assert_eq!(send(&server, CONTACT, &LETTER).await.status, 303);
    }
    let held_up = send(&server, CONTACT, &LETTER).await;
    assert_eq!(held_up.status, 429);
    let wait: u64 = held_up.header("retry-after").parse().expect("seconds");
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(held_up.text().contains("It keeps me awake.") && held_up.text().contains("a lot of forms"));
    assert_eq!(server.rows("form_submission"), 3);
    every_kind(&server).await;
    assert_eq!(send(&server, "/everything/", &LETTER).await.status, 422, "another form has a limit of its own");
    assert_eq!(outcomes(&server.metrics().await, "throttled"), 1.0);
}

async fn a_form_may_lead_to_another_page(database: Database) {
    let server = Server::start(database).await;
    let (contact, about) = (server.page_id(CONTACT).await, server.page_id("/about/").await);
    server.republish(contact, |content| drop(content.fields.insert("landing_page".into(), json!(about)))).await;
    let taken = send(&server, CONTACT, &LETTER).await;
    assert_eq!((taken.status.as_u16(), taken.header("location")), (303, "/about/"));
    server.content().unpublish(about, Channel::Admin).await.expect("it is unpublished");
    assert_eq!(send(&server, CONTACT, &LETTER).await.header("location"), "/contact/?done", "that page is gone");
}

async fn a_restricted_form_takes_letters_from_those_let_in_alone(database: Database) {
    let server = Server::start(database).await;
    let restriction = server.restrict(server.page_id(CONTACT).await, Rule::Password("hail".into())).await.to_string();
    assert_eq!(send(&server, CONTACT, &LETTER).await.status, 403);
    let fields = [("vitrine_restriction", restriction.as_str()), ("vitrine_password", "hail")];
    let let_in = send(&server, CONTACT, &fields).await;
    let cookie = let_in.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let headers = [("sec-fetch-site", "same-origin"), ("cookie", cookie.as_str())];
    let wrong = server.send_form(CONTACT, &LETTER[..2], &headers).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("x-robots-tag")), (422, "noindex"));
    assert_eq!(server.send_form(CONTACT, &LETTER, &headers).await.status, 303);
    assert_eq!(server.rows("form_submission"), 1);
    assert_eq!(server.get("/contact/?done").await.status, 403);
}

async fn an_alias_collects_for_its_source(database: Database) {
    let server = Server::start(database).await;
    let (contact, about) = (server.page_id(CONTACT).await, server.page_id("/about/").await);
    let url = format!("database.url={}", server.database_url);
    let made = run(vitrine(server.folder.path())
        .args(["page", "alias", &contact.to_string(), &about.to_string()])
        .args(["--set", &url]));
    assert_eq!(made.0, Some(0), "{made:?}");
    assert_eq!(send(&server, "/about/contact/", &LETTER).await.status, 303);
    assert_eq!(submissions(&server, contact).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_written_while_the_database_is_away_comes_back_to_be_sent_again() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let server = Server::with(Database::Postgres(cluster), &[("database.acquire_timeout_s", "0.5")]).await;
    assert_eq!(server.get(CONTACT).await.status, 200);
    let contact = server.page_id(CONTACT).await;
    cluster.stop();
    for _ in 0..2 {
        let kept = send(&server, CONTACT, &LETTER).await;
        assert_eq!((kept.status.as_u16(), kept.header("retry-after")), (503, "5"));
        assert_eq!(kept.header("cache-control"), "private, no-store");
        for (name, value) in LETTER {
            let value = value.replace("\r\n", "\n");
            let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
            assert!(kept.text().replace("\r\n", "\n").contains(&field), "{field}");
        }
        assert!(kept.text().contains("Send it again") && !kept.text().contains("vitrine_website"));
    }
    cluster.start_again();
    let sent = async || send(&server, CONTACT, &LETTER).await.status == 303;
    eventually("it is taken", SOON, sent).await;
    assert_eq!(submissions(&server, contact).await.len(), 1);
    assert!(outcomes(&server.metrics().await, "unavailable") >= 2.0);
}

on_both_databases!(
    a_letter_is_kept_and_thanked_for,
    what_is_wrong_is_told_at_each_field_and_nothing_typed_is_lost,
    programs_and_other_sites_are_turned_away,
    one_client_sends_so_many_forms_a_minute,
    a_form_may_lead_to_another_page,
    a_restricted_form_takes_letters_from_those_let_in_alone,
    an_alias_collects_for_its_source,
);
