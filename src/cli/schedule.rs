//! `vitrine page schedule`, `unschedule` and `scheduled`: pages that go live, or off the site, at a time.

use anyhow::Context as _;
use jiff::{Timestamp, Zoned};
use serde_json::json;

use crate::app::App;
use crate::clock::Micros;
use crate::content::Scheduled;
use crate::content::preflight::Findings;
use crate::telemetry::label::Channel;

/// `2026-12-01T09:00:00Z`, `2026-12-01T09:00:00+01:00` or `2026-12-01T09:00[Europe/Berlin]`.
pub fn time(text: &str) -> Result<Micros, String> {
    let instant = text.parse::<Timestamp>().or_else(|_| text.parse::<Zoned>().map(|zoned| zoned.timestamp()));
    let wanted = "a time with its zone, such as 2026-12-01T09:00:00Z or 2026-12-01T09:00[Europe/Berlin]";
    instant.map(|at| Micros(at.as_microsecond())).map_err(|_| format!("expected {wanted}"))
}

pub async fn set(app: &App, id: i64, publish_at: Option<Micros>, expire_at: Option<Micros>) -> anyhow::Result<()> {
    app.content.schedule(id, publish_at, expire_at, Channel::Cli).await?;
    if let Some(at) = publish_at {
        println!("the newest draft of page {id} goes live at {}", at.to_rfc3339());
    }
    if let Some(at) = expire_at {
        println!("page {id} goes off the site at {}", at.to_rfc3339());
    }
    if publish_at.is_none() && expire_at.is_none() {
        println!("page {id} has no schedule any more");
    }
    let Findings { refusals, notes } = app.look_after_scheduling(id).await?;
    for refusal in refusals {
        println!("warning: as it is, it would be refused: {refusal}");
    }
    for note in notes {
        println!("note: {note}");
    }
    Ok(())
}

pub async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let scheduled = app.content.list_scheduled().await.context("the schedule cannot be read")?;
    let mut found: Vec<Findings> = Vec::new();
    for page in &scheduled {
        found.push(app.look_at_schedule(page.id).await?.unwrap_or_default());
    }
    let texts = |findings: &Findings| {
        let refusals: Vec<String> = findings.refusals.iter().map(ToString::to_string).collect();
        (refusals, findings.notes.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let time = |at: Option<i64>| at.map(|at| Micros(at).to_rfc3339());
    if as_json {
        let page = |(page, findings): (&Scheduled, &Findings)| {
            let (refusals, notes) = texts(findings);
            json!({ "id": page.id, "title": page.title, "url_path": page.url_path, "publish_at": time(page.publish_at),
                    "expire_at": time(page.expire_at), "refusals": refusals, "notes": notes })
        };
        println!("{:#}", json!(scheduled.iter().zip(&found).map(page).collect::<Vec<_>>()));
        return Ok(());
    }
    for (page, findings) in scheduled.iter().zip(&found) {
        let (publish, expire) = (time(page.publish_at), time(page.expire_at));
        let or_none = |time: Option<String>| time.unwrap_or_else(|| "-".to_owned());
        println!("{:>6}  live {:<20}  off {:<20}  {}", page.id, or_none(publish), or_none(expire), page.url_path);
        let (refusals, notes) = texts(findings);
        refusals.iter().for_each(|refusal| println!("        would be refused: {refusal}"));
        notes.iter().for_each(|note| println!("        {note}"));
    }
    if scheduled.is_empty() {
        println!("nothing is scheduled");
    }
    Ok(())
}
