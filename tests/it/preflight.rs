//! What is scheduled is looked at before its time: what would refuse it is told to whoever set the schedule, once.

use std::path::Path;

use serde_json::{Value, json};
use vitrine::accounts::{By, PagePermission, UserChange};
use vitrine::clock::Micros;
use vitrine::content::preflight::{Findings, Note};
use vitrine::content::{Actor, EditError};
use vitrine::db::TxName;
use vitrine::jobs::{NewJob, queue};
use vitrine::telemetry::label::{Channel, JobKind};

use crate::support::edit::{HOUR, in_an_hour, pass_time, post, standard_page};
use crate::support::{Database, SOON, Server, eventually, on_both_databases};

const MODERATOR: &[PagePermission] = &[PagePermission::Add, PagePermission::Edit, PagePermission::Publish];

/// What the look finds of the newest draft, as sentences.
async fn refusals(server: &Server, id: i64) -> Vec<String> {
    found(server, id).await.refusals.iter().map(ToString::to_string).collect()
}

async fn found(server: &Server, id: i64) -> Findings {
    let page = vitrine::content::page::find(server.db(), id).await.expect("the database answers").expect("a page");
    server.content().preflight(id, page.latest_revision_id.unwrap_or_default()).await.expect("looked at")
}

/// Has the job look now, and waits until all is done, mails too.
async fn look(server: &Server) {
    let mut tx = server.db_shared().begin(TxName("test.look")).await.expect("begun");
    let job = NewJob::new(JobKind::ScheduleCheck, json!({})).keyed("periodic");
    queue::enqueue(&mut tx, &job).await.expect("enqueued");
    tx.commit().await.expect("committed");
    server.content().jobs.wake();
    let open = "job WHERE kind IN ('schedule.check', 'schedule.warn')";
    eventually("the look is over", SOON, async || server.rows(open) == 0).await;
}

/// The mails of a server's folder, their lines whole.
pub fn mails(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("mail")) else { return Vec::new() };
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.expect("readable").path()).expect("text").replace("=\r\n", "").replace("=3D", "=")
    };
    let mut mails: Vec<(std::path::PathBuf, String)> = entries
        .map(|entry| {
            let path = entry.as_ref().expect("readable").path();
            (path, read(entry))
        })
        .collect();
    mails.sort();
    mails.into_iter().map(|(_, mail)| mail).collect()
}

/// Sets the schedule as the form does; the findings.
async fn schedule(server: &Server, id: i64, cookie: &str) -> Value {
    let times = json!({ "publish_at": in_an_hour().to_rfc3339(), "expire_at": null });
    let answer = server.send_json(&format!("/admin/pages/{id}/schedule/"), cookie, &times).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["findings"].clone()
}

/// Somebody with an address who may publish all; a cookie.
async fn moderator(server: &Server, name: &str) -> String {
    let home = server.page_id("/").await;
    let cookie = server.editor(name, home, MODERATOR).await;
    let change = UserChange { email: Some(format!("{name}@example.org")), ..UserChange::default() };
    server.accounts().change_user(name, change, &By::cli()).await.expect("changed");
    cookie
}

/// A draft that was saved with another slug than it was made with.
async fn with_slug(server: &Server, title: &str, slug: &str) -> i64 {
    let home = server.page_id("/").await;
    let id = server.create(standard_page(home, title, "<p>Text</p>")).await.expect("created");
    server.change(id, |content| content.slug = slug.into()).await.expect("a draft");
    id
}

async fn the_look_finds_what_publishing_refuses_and_nothing_else(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    server.standard_page(home, "Taken", "<p>Text</p>").await;
    let empty = server.create(post(&server, "Without an intro").await).await.expect("created");
    server.change(empty, |content| content.fields["intro"] = "".into()).await.expect("a draft may lack it");
    let trashed = server.create(standard_page(home, "Trashed", "<p>Text</p>")).await.expect("created");
    server.content().trash_page(trashed, Channel::Admin).await.expect("trashed");
    for id in [
        empty,
        trashed,
        with_slug(&server, "One", "taken").await,
        with_slug(&server, "Two", "admin").await,
        with_slug(&server, "Three", "de").await,
    ] {
        let told = refusals(&server, id).await;
        let refused = server.publish(id).await.expect_err("it is refused").to_string();
        assert_eq!(told, [refused], "page {id}");
    }
    for id in [with_slug(&server, "Four", "free").await, server.page_id("/about/").await] {
        let before = server.rows("page_event");
        assert!(found(&server, id).await.is_empty(), "page {id}: {:?}", found(&server, id).await);
        assert_eq!(server.rows("page_event"), before, "a look changes nothing");
        server.publish(id).await.expect("nothing was found, and it is published");
    }
    let none = server.content().preflight(home, 0).await.expect("looked at").refusals;
    assert!(matches!(none.as_slice(), [EditError::RevisionNotFound { revision: 0, .. }]), "{none:?}");
    let gone = server.content().preflight(999_999, 1).await.expect("looked at").refusals;
    assert!(matches!(gone.as_slice(), [EditError::PageNotFound(999_999)]), "{gone:?}");
}

async fn what_visitors_would_miss_is_noted_and_refuses_nothing(database: Database) {
    let server = Server::start(database).await;
    let home = server.page_id("/").await;
    let above = server.create(standard_page(home, "Above", "<p>Text</p>")).await.expect("created");
    let hidden = server.create(standard_page(home, "Hidden", "<p>Text</p>")).await.expect("created");
    let link = |id: i64| format!("<a linktype=\"page\" id=\"{id}\">there</a>");
    let html = format!("<p>{} {}</p>", link(hidden), link(999_999));
    let id = server.create(standard_page(above, "Below", &html)).await.expect("created");
    let mut notes = found(&server, id).await.notes;
    assert_eq!(notes.remove(0), Note::ParentNotLive { id: above, title: "Above".into() });
    let missing = |note: &Note| match note {
        Note::Missing { path, id, hidden, .. } => (path.clone(), *id, *hidden),
        other => panic!("{other:?}"),
    };
    let path = "body[0].value".to_owned();
    assert_eq!(
        notes.iter().map(missing).collect::<Vec<_>>(),
        [(path.clone(), hidden, true), (path.clone(), 999_999, false)]
    );
    // What goes live before it is there in time.
    let at = |hours: i64| Some(Micros(Micros::now().0 + hours * 3_600_000_000));
    server.content().schedule(id, at(2), None, Channel::Admin).await.expect("scheduled");
    for earlier in [above, hidden] {
        server.content().schedule(earlier, at(1), None, Channel::Admin).await.expect("scheduled");
    }
    let notes = found(&server, id).await.notes;
    assert_eq!(notes.iter().map(missing).collect::<Vec<_>>(), [(path, 999_999, false)]);
    server.publish(id).await.expect("it is published nevertheless");
}

async fn whoever_set_the_schedule_is_told_once_and_again_when_it_comes_back(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "10000")]).await;
    let cookie = moderator(&server, "ann").await;
    let id = with_slug(&server, "Planned", "wanted").await;
    assert_eq!(schedule(&server, id, &cookie).await, json!([]));
    let folder = server.folder.path().to_owned();
    let refused = async |server: &Server| {
        server.content().refresh_overdue().await.expect("counted");
        server.metrics().await.sum("vitrine_scheduled_publish_refused", &[])
    };
    look(&server).await;
    assert_eq!((mails(&folder).len(), refused(&server).await), (0, 0.0), "nothing stands in the way");
    let desk = async || server.get_as("/admin/", &cookie).await.text().contains("Would not go live");
    assert!(!desk().await);
    let home = server.page_id("/").await;
    let other = server.standard_page(home, "Wanted", "<p>Text</p>").await;
    for _ in 0..2 {
        look(&server).await;
        assert_eq!((mails(&folder).len(), refused(&server).await), (1, 1.0), "told once");
    }
    let mail = mails(&folder).remove(0);
    for part in ["To: ann@example.org", "Subject: Will not go live: Planned", "\"wanted\" is taken already"] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert!(mail.contains(&format!("http://site.test/admin/pages/{id}/edit/")), "{mail}");
    assert!(desk().await);
    let data = server.get_as(&format!("/admin/pages/{id}/edit/"), &cookie).await;
    assert!(data.text().contains("is taken already"), "the editor says it too");
    server.content().delete_page(other, Channel::Admin).await.expect("the slug is free again");
    look(&server).await;
    assert_eq!((mails(&folder).len(), refused(&server).await), (1, 0.0), "mended");
    assert!(!desk().await);
    server.standard_page(home, "Wanted", "<p>Text</p>").await;
    look(&server).await;
    assert_eq!((mails(&folder).len(), refused(&server).await), (2, 1.0), "it came back");
    server.content().schedule(id, None, None, Channel::Admin).await.expect("taken back");
    assert_eq!(refused(&server).await, 0.0);
    look(&server).await;
    assert_eq!(server.rows("page_schedule"), 0, "what was found of it is forgotten");
}

async fn what_the_form_shows_is_not_mailed(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "10000")]).await;
    let cookie = moderator(&server, "ann").await;
    let home = server.page_id("/").await;
    server.standard_page(home, "Wanted", "<p>Text</p>").await;
    let id = with_slug(&server, "Planned", "wanted").await;
    let findings = schedule(&server, id, &cookie).await;
    assert_eq!((&findings[0]["path"], &findings[0]["code"]), (&json!("slug"), &json!("invalid")), "{findings}");
    assert_eq!(findings[0]["message"], "\"wanted\" is taken already");
    look(&server).await;
    assert_eq!(mails(server.folder.path()).len(), 0);
    let stranger = server.editor("eve", home, &[PagePermission::Edit]).await;
    let times = json!({ "publish_at": in_an_hour().to_rfc3339(), "expire_at": null });
    let answer = server.send_json(&format!("/admin/pages/{id}/schedule/"), &stranger, &times).await;
    assert_eq!(answer.status, 403);
}

async fn whoever_left_is_named_and_learns_nothing(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "10000")]).await;
    let cookie = moderator(&server, "ann").await;
    let root = server.user("root", true).await;
    assert!(root > 0);
    let id = with_slug(&server, "Planned", "wanted").await;
    schedule(&server, id, &cookie).await;
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    server.accounts().change_user("ann", change, &By::cli()).await.expect("deactivated");
    look(&server).await;
    assert_eq!(mails(server.folder.path()).len(), 0, "whoever left gets no mail");
    let root = server.session_of("root").await;
    let shown = server.get_as(&format!("/admin/pages/{id}/edit/"), &root).await;
    assert!(shown.text().contains("ann, who set the schedule, was not allowed to publish"), "{}", shown.text());
    assert!(server.get_as("/admin/", &root).await.text().contains("Would not go live"));
    server.content().refresh_overdue().await.expect("counted");
    assert_eq!(server.metrics().await.sum("vitrine_scheduled_publish_refused", &[]), 1.0);
}

async fn what_the_scheduler_may_not_publish_any_more_waits_for_somebody_who_may(database: Database) {
    let server = Server::with(database, &[("accounts.attempts_per_minute", "10000")]).await;
    let (ann, ben) = (moderator(&server, "ann").await, moderator(&server, "ben").await);
    let home = server.page_id("/").await;
    let by_ben = Actor::editor(server.accounts().user("ben").await.expect("found").id, "ben");
    let id =
        server.content().create_page(standard_page(home, "Planned", "<p>Text</p>"), by_ben).await.expect("created");
    let times = json!({ "publish_at": in_an_hour().to_rfc3339(), "expire_at": null });
    let path = format!("/admin/pages/{id}/schedule/");
    assert_eq!(server.send_json(&path, &ann, &times).await.status, 200);
    let (accounts, by) = (server.accounts(), By::cli());
    let user = accounts.user("ann").await.expect("found");
    accounts.remove_member("ann", &user, &by).await.expect("she may nothing any more");
    pass_time(&server.database_url, HOUR);
    let held = || server.rows("page_schedule WHERE held_at IS NOT NULL") == 1;
    eventually("it is held back", SOON, async || held()).await;
    let open = "job WHERE kind IN ('page.publish', 'schedule.warn')";
    eventually("all is told", SOON, async || server.rows(open) == 0).await;
    assert_eq!(server.get("/planned/").await.status, 404, "the page stays as it is");
    assert!(!server.page(id).await.live);
    // A look before its time may have told it already; ann may not see the page any more.
    let mails = mails(server.folder.path());
    assert!(mails.iter().all(|mail| mail.contains("To: ben@example.org")), "{mails:?}");
    let held_back: Vec<_> = mails.iter().filter(|mail| mail.contains("Subject: Did not go live: Planned")).collect();
    assert!(held_back.len() == 1 && held_back[0].contains("ann, who set the schedule"), "{mails:?}");
    let history = server.get_as(&format!("/admin/pages/{id}/history/"), &ben).await;
    assert!(history.text().contains("schedule held"), "{}", history.text());
    assert_eq!(
        server.content().jobs.list(Some("dead")).await.expect("listed").len(),
        0,
        "nobody retries it by mistake"
    );
    server.content().refresh_overdue().await.expect("counted");
    let metrics = server.metrics().await;
    assert_eq!(metrics.sum("vitrine_scheduled_publish_refused", &[]), 1.0);
    assert_eq!(metrics.sum("vitrine_scheduled_publish_overdue", &[]), 0.0, "it is not late: it was refused");
    assert_eq!(metrics.sum("vitrine_page_events_total", &[("event", "schedule.held")]), 1.0);
    // Not even when the right comes back: nobody expects it by then.
    accounts.add_member("ann", &user, &by).await.expect("she may again");
    look(&server).await;
    assert!(!server.page(id).await.live && held());
    let edit = server.get_as(&format!("/admin/pages/{id}/edit/"), &ben).await;
    assert!(edit.text().contains("scheduler_may_not"), "the form offers to take it over: {}", edit.text());
    let take = json!({ "take_over": true });
    let stranger = server.editor("eve", home, &[PagePermission::Edit]).await;
    assert_eq!(server.send_json(&path, &stranger, &take).await.status, 403);
    let root = server.user("root", true).await;
    assert!(root > 0);
    let taken = server.send_json(&path, &server.session_of("root").await, &take).await;
    assert_eq!((taken.status.as_u16(), &taken.json()["findings"]), (200, &json!([])), "{}", taken.text());
    eventually("it is live", SOON, async || server.get("/planned/").await.status == 200).await;
    let again = server.send_json(&path, &ben, &take).await;
    assert_eq!(again.status, 422, "{}", again.text());
}

on_both_databases!(
    the_look_finds_what_publishing_refuses_and_nothing_else,
    what_visitors_would_miss_is_noted_and_refuses_nothing,
    whoever_set_the_schedule_is_told_once_and_again_when_it_comes_back,
    what_the_form_shows_is_not_mailed,
    whoever_left_is_named_and_learns_nothing,
    what_the_scheduler_may_not_publish_any_more_waits_for_somebody_who_may,
);
