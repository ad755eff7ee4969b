//! `vitrine page schedule`, `unschedule` and `scheduled`: pages that go live, or off the site, at a time.

use anyhow::Context as _;
use jiff::{Timestamp, Zoned};
use serde_json::json;

use crate::clock::Micros;
use crate::content::{Content, Scheduled};
use crate::telemetry::label::Channel;

/// `2026-12-01T09:00:00Z`, `2026-12-01T09:00:00+01:00` or `2026-12-01T09:00[Europe/Berlin]`.
pub fn time(text: &str) -> Result<Micros, String> {
    let instant = text.parse::<Timestamp>().or_else(|_| text.parse::<Zoned>().map(|zoned| zoned.timestamp()));
    let wanted = "a time with its zone, such as 2026-12-01T09:00:00Z or 2026-12-01T09:00[Europe/Berlin]";
    instant.map(|at| Micros(at.as_microsecond())).map_err(|_| format!("expected {wanted}"))
}

pub async fn set(
    content: &Content,
    id: i64,
    publish_at: Option<Micros>,
    expire_at: Option<Micros>,
) -> anyhow::Result<()> {
    content.schedule(id, publish_at, expire_at, Channel::Cli).await?;
    if let Some(at) = publish_at {
        println!("the newest draft of page {id} goes live at {}", at.to_rfc3339());
    }
    if let Some(at) = expire_at {
        println!("page {id} goes off the site at {}", at.to_rfc3339());
    }
    if publish_at.is_none() && expire_at.is_none() {
        println!("page {id} has no schedule any more");
    }
    Ok(())
}

pub async fn list(content: &Content, as_json: bool) -> anyhow::Result<()> {
    let scheduled = content.list_scheduled().await.context("the schedule cannot be read")?;
    let time = |at: Option<i64>| at.map(|at| Micros(at).to_rfc3339());
    if as_json {
        let page = |page: &Scheduled| {
            json!({ "id": page.id, "title": page.title, "url_path": page.url_path, "publish_at": time(page.publish_at),
                    "expire_at": time(page.expire_at) })
        };
        println!("{:#}", json!(scheduled.iter().map(page).collect::<Vec<_>>()));
        return Ok(());
    }
    for page in &scheduled {
        let (publish, expire) = (time(page.publish_at), time(page.expire_at));
        let or_none = |time: Option<String>| time.unwrap_or_else(|| "-".to_owned());
        println!("{:>6}  live {:<20}  off {:<20}  {}", page.id, or_none(publish), or_none(expire), page.url_path);
    }
    if scheduled.is_empty() {
        println!("nothing is scheduled");
    }
    Ok(())
}
