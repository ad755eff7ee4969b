//! Many pages that go live at their moments, with two workers: each once, and nearly all within two seconds.

use std::collections::HashMap;
use std::time::Duration;

use vitrine::clock::Micros;
use vitrine::content::audit::{self, Asked};
use vitrine::telemetry::label::{Channel, PageEvent};

use crate::support::edit::{in_an_hour, pass_time, standard_page};
use crate::support::{Database, SOON, Server, eventually, is_long, on_both_databases};

/// The most that the 99th percentile may be late.
const LATEST_US: i64 = 2_000_000;

async fn many_pages_go_live_once_and_in_time(database: Database) {
    // Between two, no less than a loaded machine takes to publish a page: lateness is asked for, not throughput.
    let (count, apart_us) = if is_long() { (300, 100_000) } else { (60, 250_000) };
    let server = Server::start(database).await;
    let other = server.beside(&[]).await;
    let section = server.page_id("/about/").await;
    let mut pages = Vec::new();
    for number in 0..count {
        let page = standard_page(section, &format!("Timed {number}"), "<p>Text</p>");
        pages.push(server.create(page).await.expect("created"));
    }
    let mut due: HashMap<i64, i64> = HashMap::new();
    let begin = in_an_hour().0;
    for (number, id) in pages.iter().enumerate() {
        // In another order than they were made.
        let at = Micros(begin + (number as i64 * 37 % count as i64) * apart_us);
        server.content().schedule(*id, Some(at), None, Channel::Admin).await.expect("scheduled");
        due.insert(*id, at.0);
    }
    // However long that took, the first one is near now, and none is over.
    let earlier = begin - (Micros::now().0 + 2_000_000);
    pass_time(&server.database_url, Duration::from_micros(earlier.unsigned_abs()));
    due.values_mut().for_each(|at| *at -= earlier);
    let waiting = "job WHERE kind = 'page.publish'";
    eventually("all were carried out", SOON * 4, async || server.rows(waiting) == 0).await;
    let mut late: Vec<i64> = Vec::new();
    for id in &pages {
        let asked = Asked { page: *id, event: Some(PageEvent::Publish), ..Asked::default() };
        let log = audit::list(server.db(), &asked).await.expect("listed");
        for entry in log.iter().filter(|entry| entry.channel == "scheduler") {
            let at = due.remove(id).unwrap_or_else(|| panic!("page {id} went live twice"));
            late.push(entry.at - at);
        }
    }
    assert_eq!((late.len(), due.len()), (count, 0), "each went live");
    late.sort_unstable();
    assert!(late[0] >= 0, "none before its time: {} us", late[0]);
    let p99 = late[count * 99 / 100 - 1];
    assert!(
        !is_long() || p99 < LATEST_US,
        "99 of 100 within two seconds, not {p99} us; the last {} us",
        late[count - 1]
    );
    let (one, two) = (server.metrics().await, other.metrics().await);
    let both = |name: &str, labels: &[(&str, &str)]| one.sum(name, labels) + two.sum(name, labels);
    let measured = both("vitrine_scheduled_publish_lag_seconds_count", &[("event", "publish")]);
    assert_eq!(measured, count as f64, "each is measured once");
}

on_both_databases!(many_pages_go_live_once_and_in_time);
