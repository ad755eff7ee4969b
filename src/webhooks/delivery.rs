//! The log of deliveries: what was sent, what was answered, and what is sent again.

use std::collections::BTreeMap;

use super::event::TEST_KIND;
use super::{WebhookError, Webhooks};
use crate::clock::Micros;
use crate::content::Actor;
use crate::db::{DbError, Exec, TxName};
use crate::telemetry::label::WebhookState;
use crate::{queries, record};

/// Deliveries on one page of the log.
pub const PAGE_SIZE: i64 = 50;
/// Deliveries that one wish sends again.
pub const MAX_REPLAYED: i64 = 1_000;
/// Events that are forgotten in one go, with their deliveries.
const FORGOTTEN_AT_ONCE: i64 = 2_000;
const DAY_US: i64 = 86_400_000_000;

record! {
    /// One event on its way to one webhook, and the last attempt.
    #[derive(Clone, Debug)]
    pub struct Delivery {
        pub id: i64, pub event_id: i64, pub state: String, pub attempts: i64, pub next_at: i64, pub created_at: i64,
        pub tried_at: Option<i64>, pub took_us: i64,
        /// What was answered; 0: nothing.
        pub status: i64,
        /// Why it failed; empty: it did not.
        pub error: String,
        /// Of the answer, the beginning.
        pub excerpt: String,
        pub kind: String, pub action: String, pub object_id: i64, pub title: String, pub event_at: i64,
    }
}

record! { struct Pending { id: i64, state: String, pending: i64, due: Option<i64> } }

/// Which deliveries are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    pub webhook: i64,
    /// `open`, `delivered`, `dead`; empty: all.
    pub state: &'a str,
    /// Older than this one.
    pub before: Option<i64>,
}

record! {
    /// An event: what happened at its time comes behind it when its number is higher.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Rest { pub at: i64, pub id: i64 }
}

/// What is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    pub count: usize,
    /// Behind what the rest of it is to be sent again, when there is more than one wish takes.
    pub rest: Option<Rest>,
}

queries! {
    LIST = read "webhook_delivery.list"
        "SELECT d.id, d.event_id, d.state, d.attempts, d.next_at, d.created_at, d.tried_at, d.took_us, d.status, d.error,
                d.excerpt, e.kind, e.action, e.object_id, e.title, e.at AS event_at
         FROM webhook_delivery d JOIN event e ON e.id = d.event_id
         WHERE d.webhook_id = $1 AND ($2 = '' OR d.state = $2) AND d.id < $3 AND ($4 = 0 OR d.id = $4)
         ORDER BY d.id DESC LIMIT $5";
    REPLAY = write "webhook_delivery.replay"
        "UPDATE webhook_delivery SET state = 'open', attempts = 0, next_at = $3, lease = 0
         WHERE webhook_id = $1 AND id = $2 AND state <> 'open'";
    /// What it was sent, and what it would have been sent had it been there and active. What waits already is not counted.
    REPLAY_RANGE = write "webhook_delivery.replay_range"
        "INSERT INTO webhook_delivery (webhook_id, event_id, object, state, next_at, created_at)
         SELECT w.id, e.id, e.kind || ':' || e.object_id || CASE e.kind WHEN 'setting' THEN ':' || e.type ELSE '' END,
                'open', $4, $4
         FROM webhook w, event e
         WHERE w.id = $1 AND e.at >= $2 AND e.at < $3 AND (e.at > $2 OR e.id > $6) AND e.kind <> 'webhook'
           AND (w.every_event OR EXISTS (SELECT 1 FROM webhook_choice c
                                         WHERE c.webhook_id = w.id AND c.kind = e.kind AND c.action = e.action))
           AND NOT EXISTS (SELECT 1 FROM webhook_delivery d
                           WHERE d.webhook_id = w.id AND d.event_id = e.id AND d.state = 'open')
         ORDER BY e.at, e.id LIMIT $5
         ON CONFLICT (webhook_id, event_id)
         DO UPDATE SET state = 'open', attempts = 0, next_at = excluded.next_at, lease = 0
         WHERE webhook_delivery.state <> 'open' RETURNING event_id";
    LAST = read "event.last_of" ("SELECT at, id FROM event WHERE id " [any "$1"] " ORDER BY at DESC, id DESC LIMIT 1");
    PING_EVENT = write "event.insert_test"
        "INSERT INTO event (at, kind, action, object_id, title, type, place, actor, channel, detail)
         VALUES ($1, 'webhook', 'test', $2, $3, '', '', $4, $5, '') RETURNING id";
    PING = write "webhook_delivery.insert_test"
        "INSERT INTO webhook_delivery (webhook_id, event_id, object, state, next_at, created_at)
         VALUES ($1, $2, $3, 'open', $4, $4) RETURNING id";
    FORGET = write "event.forget"
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at < $1 ORDER BY at LIMIT $2)";
    /// After a dump was read into another cluster its transactions may be ahead of those there: they are over.
    SETTLE = write "event.settle"
        "UPDATE event SET tx = 0 WHERE tx >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)"
        sqlite "UPDATE event SET tx = 0 WHERE tx <> 0";
    /// Of the oldest that waits, when it was to be tried: only that one waits for no other.
    PENDING = read "webhook.pending"
        "SELECT w.id, w.state,
                (SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'open') AS pending,
                (SELECT d.next_at FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'open'
                 ORDER BY d.event_id LIMIT 1) AS due
         FROM webhook w ORDER BY w.id LIMIT $1";
}

impl Webhooks {
    /// The newest first: at most [`PAGE_SIZE`] and one more, which tells that there are more.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_deliveries(&self, asked: Asked<'_>) -> Result<Vec<Delivery>, DbError> {
        let call = self.db.query(&LIST).bind(asked.webhook).bind(asked.state);
        call.bind(asked.before.unwrap_or(i64::MAX)).bind(0_i64).bind(PAGE_SIZE + 1).list().await
    }

    /// # Errors
    /// When this webhook has none such, or the database is out of reach.
    pub async fn find_delivery(&self, webhook: i64, id: i64) -> Result<Delivery, WebhookError> {
        let call = self.db.query(&LIST).bind(webhook).bind("").bind(i64::MAX).bind(id).bind(1_i64);
        call.optional().await?.filter(|_| id > 0).ok_or(WebhookError::DeliveryNotFound(id))
    }

    /// Sends one again, from the first attempt on; what waits already is left as it is.
    ///
    /// # Errors
    /// When this webhook has none such, or the database is out of reach.
    pub async fn replay(&self, webhook: i64, id: i64) -> Result<Delivery, WebhookError> {
        self.db.query(&REPLAY).bind(webhook).bind(id).bind(Micros::now()).execute().await?;
        self.wanted.notify_one();
        self.find_delivery(webhook, id).await
    }

    /// Sends what happened from `since`, at that very time with numbers above its own, until before `until` again, the oldest
    /// first, at most [`MAX_REPLAYED`] events.
    ///
    /// # Errors
    /// When there is no such webhook, or the database is out of reach.
    pub async fn replay_range(&self, webhook: i64, since: Rest, until: Micros) -> Result<Replayed, WebhookError> {
        self.find(webhook).await?;
        let call = self.db.query(&REPLAY_RANGE).bind(webhook).bind(since.at).bind(until).bind(Micros::now());
        let events: Vec<i64> = call.bind(MAX_REPLAYED).bind(since.id).list().await?;
        self.wanted.notify_one();
        let count = events.len();
        let rest = match count as i64 >= MAX_REPLAYED {
            true => Some(self.db.query(&LAST).bind(events).one().await?),
            false => None,
        };
        Ok(Replayed { count, rest })
    }

    /// Sends a test; the id of its delivery.
    ///
    /// # Errors
    /// When there is no such webhook, when it is not active, or when the database is out of reach.
    pub async fn send_test(&self, webhook: i64, by: &Actor) -> Result<i64, WebhookError> {
        let found = self.find(webhook).await?;
        if !found.is_active() {
            return Err(WebhookError::NotActive);
        }
        let now = Micros::now();
        let mut tx = self.db.begin(TxName("webhook.test")).await?;
        let call = Exec::from(&mut tx).query(&PING_EVENT).bind(now).bind(webhook).bind(&found.name);
        let event: i64 = call.bind(&by.name).bind(by.channel.as_str()).one().await?;
        let object = format!("{TEST_KIND}:{event}");
        let call = Exec::from(&mut tx).query(&PING).bind(webhook).bind(event).bind(object).bind(now);
        let id = call.one().await?;
        tx.commit().await?;
        self.wanted.notify_one();
        Ok(id)
    }

    /// Forgets events that are older than `webhooks.keep_days`, with their deliveries, also those that nobody took.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn forget_old(&self) -> Result<u64, DbError> {
        self.db.query(&SETTLE).execute().await?;
        let before = Micros(Micros::now().0 - i64::from(self.settings.keep_days) * DAY_US);
        let mut all = 0;
        loop {
            let forgotten = self.db.query(&FORGET).bind(before).bind(FORGOTTEN_AT_ONCE).execute().await?;
            all += forgotten;
            if forgotten < FORGOTTEN_AT_ONCE as u64 {
                return Ok(all);
            }
        }
    }

    /// Brings the gauges up to date. Every process does, or nobody would tell that none delivers.
    ///
    /// # Errors
    /// When the database is out of reach; the gauges keep their last values.
    pub async fn refresh_gauges(&self) -> Result<(), DbError> {
        let rows: Vec<Pending> = self.db.query(&PENDING).bind(super::MAX_ENDPOINTS).list().await?;
        let (families, now) = (&self.telemetry.families, Micros::now().0);
        for state in WebhookState::ALL {
            let count = rows.iter().filter(|row| row.state == state.as_str()).count();
            families.webhook_endpoints.with_label_values(&[state.as_str()]).set(count as f64);
        }
        // Of one that was deleted, none.
        let mut pending: BTreeMap<String, f64> = self.labels().map(|label| (label, 0.0)).collect();
        for row in &rows {
            *pending.entry(self.label(row.id)).or_default() += row.pending as f64;
        }
        for (label, pending) in pending {
            families.webhook_pending.with_label_values(&[&label]).set(pending);
        }
        let active = rows.iter().filter(|row| row.state == WebhookState::Active.as_str());
        let late_us = active.filter_map(|row| row.due).map(|due| now - due).max().unwrap_or(0).max(0);
        families.webhook_oldest_due_age.with_label_values::<&str>(&[]).set(late_us as f64 / 1e6);
        Ok(())
    }
}
