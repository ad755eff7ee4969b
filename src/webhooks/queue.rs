//! Claiming deliveries under a lease, and writing down what became of them.

use super::event::Event;
use super::{MAX_ENDPOINTS, Webhooks};
use crate::clock::Micros;
use crate::content::Actor;
use crate::content::object_log::{self, Subject};
use crate::db::{DbError, Exec, TxName};
use crate::jobs::{NewJob, queue};
use crate::telemetry::label::{Channel, JobKind, ObjectEvent, ObjectKind};
use crate::{queries, record};

const DAY_US: i64 = 86_400_000_000;

record! {
    /// A delivery that this process holds.
    #[derive(Clone, Debug)]
    pub(super) struct Claimed { pub id: i64, pub event_id: i64, pub attempts: i64, pub lease: i64 }
}

record! {
    /// A webhook that is sent to.
    pub(super) struct Due {
        pub id: i64, pub is_due: bool,
        /// When the next one is due that is not yet.
        pub later: Option<i64>,
    }
}

record! {
    /// Where a webhook goes, and what it is signed with.
    #[derive(Clone, Debug)]
    pub(super) struct Address {
        pub id: i64, pub url: String, pub secret: String, pub old_secret: String, pub old_secret_until: Option<i64>,
    }
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub state: &'static str,
    pub next_at: Micros,
    pub took_us: i64,
    pub status: i64,
    pub error: String,
    pub excerpt: String,
}

queries! {
    DUE = read "webhook.due"
        "SELECT w.id,
                EXISTS (SELECT 1 FROM webhook_delivery d
                        WHERE d.webhook_id = w.id AND d.state = 'open' AND d.next_at <= $1) AS is_due,
                (SELECT MIN(d.next_at) FROM webhook_delivery d
                 WHERE d.webhook_id = w.id AND d.state = 'open' AND d.next_at > $1) AS later
         FROM webhook w WHERE w.state = 'active' ORDER BY w.id LIMIT $2";
    /// Not what waits for an earlier event of the same object. One whose worker is gone is claimed when its lease is over.
    CLAIM = write "webhook_delivery.claim"
        "UPDATE webhook_delivery SET attempts = attempts + 1, lease = $1, next_at = $2, tried_at = $3
         WHERE id IN (SELECT d.id FROM webhook_delivery d
                      WHERE d.webhook_id = $4 AND d.state = 'open' AND d.next_at <= $3
                        AND NOT EXISTS (SELECT 1 FROM webhook_delivery earlier
                                        WHERE earlier.webhook_id = d.webhook_id AND earlier.object = d.object
                                          AND earlier.event_id < d.event_id AND earlier.state = 'open')
                      ORDER BY d.event_id LIMIT $5 FOR UPDATE SKIP LOCKED)
         RETURNING id, event_id, attempts, lease"
        sqlite
        "UPDATE webhook_delivery SET attempts = attempts + 1, lease = $1, next_at = $2, tried_at = $3
         WHERE id IN (SELECT d.id FROM webhook_delivery d
                      WHERE d.webhook_id = $4 AND d.state = 'open' AND d.next_at <= $3
                        AND NOT EXISTS (SELECT 1 FROM webhook_delivery earlier
                                        WHERE earlier.webhook_id = d.webhook_id AND earlier.object = d.object
                                          AND earlier.event_id < d.event_id AND earlier.state = 'open')
                      ORDER BY d.event_id LIMIT $5)
         RETURNING id, event_id, attempts, lease";
    EVENTS = read "event.list_by_ids"
        "SELECT id, tx, at, kind, action, object_id, title, type AS type_name, revision_id, place, actor, channel, detail
         FROM event WHERE id = ANY($1)"
        sqlite
        "SELECT id, tx, at, kind, action, object_id, title, type AS type_name, revision_id, place, actor, channel, detail
         FROM event WHERE id IN (SELECT value FROM json_each($1))";
    ADDRESS = read "webhook.address" "SELECT id, url, secret, old_secret, old_secret_until FROM webhook WHERE id = $1";
    END = write "webhook_delivery.end"
        "UPDATE webhook_delivery SET state = $3, next_at = $4, took_us = $5, status = $6, error = $7, excerpt = $8, lease = 0
         WHERE id = $1 AND lease = $2 AND state = 'open'";
    RECOVERED = write "webhook.recovered" "UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
    FAILING = write "webhook.failing"
        "UPDATE webhook SET failing_since = COALESCE(failing_since, $2) WHERE id = $1 RETURNING failing_since";
    DISABLE = write "webhook.disable"
        "UPDATE webhook SET state = 'disabled', why = $2, updated_at = $3
         WHERE id = $1 AND state = 'active' RETURNING name";
}

impl Webhooks {
    /// The active webhooks, and whether something is due for them.
    pub(super) async fn list_due(&self, now: Micros) -> Result<Vec<Due>, DbError> {
        self.db.query(&DUE).bind(now).bind(MAX_ENDPOINTS).list().await
    }

    /// Takes up to `most` deliveries that are due, each with its event.
    pub(super) async fn claim(
        &self,
        webhook: i64,
        most: usize,
        until: Micros,
    ) -> Result<Vec<(Claimed, Event)>, DbError> {
        let lease = i64::from_ne_bytes(rand::random());
        let call = self.db.query(&CLAIM).bind(lease).bind(until).bind(Micros::now()).bind(webhook);
        let claimed: Vec<Claimed> = call.bind(most as i64).list().await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = claimed.iter().map(|claimed| claimed.event_id).collect();
        let mut events: Vec<Event> = self.db.query(&EVENTS).bind(ids).list().await?;
        let with_event = claimed.into_iter().filter_map(|claimed| {
            let at = events.iter().position(|event| event.id == claimed.event_id)?;
            Some((claimed, events.swap_remove(at)))
        });
        Ok(with_event.collect())
    }

    pub(super) async fn find_address(&self, webhook: i64) -> Result<Option<Address>, DbError> {
        self.db.query(&ADDRESS).bind(webhook).optional().await
    }

    /// Writes down what became of a claim; whether it still was one.
    pub(super) async fn end(&self, claimed: &Claimed, ended: &Ended) -> Result<bool, DbError> {
        let call = self.db.query(&END).bind(claimed.id).bind(claimed.lease).bind(ended.state).bind(ended.next_at);
        let call = call.bind(ended.took_us).bind(ended.status).bind(&ended.error).bind(&ended.excerpt);
        Ok(call.execute().await? > 0)
    }

    /// Notes that the webhook takes what it is sent.
    pub(super) async fn note_success(&self, webhook: i64) -> Result<(), DbError> {
        self.db.query(&RECOVERED).bind(webhook).execute().await.map(drop)
    }

    /// Notes that it does not, and disables it when it has not for too long, or when its receiver asks for it: with a mail
    /// to whoever made it.
    pub(super) async fn note_failure(&self, webhook: i64, is_gone: bool) -> Result<(), DbError> {
        let now = Micros::now();
        let Some(failing_since) = self.db.query(&FAILING).bind(webhook).bind(now).optional::<i64>().await? else {
            return Ok(());
        };
        let days = i64::from(self.settings.disable_days);
        let is_hopeless = days > 0 && failing_since <= now.0 - days * DAY_US;
        let why = match is_gone {
            true => "its receiver answered 410 Gone".to_owned(),
            false if is_hopeless => format!("nothing was taken for {days} days"),
            false => return Ok(()),
        };
        let mut tx = self.db.begin(TxName("webhook.disable")).await?;
        let call = Exec::from(&mut tx).query(&DISABLE).bind(webhook).bind(&why).bind(now);
        let Some(name) = call.optional::<String>().await? else { return Ok(()) };
        let by = Actor::from(Channel::Scheduler);
        let subject = Subject { kind: ObjectKind::Webhook, id: webhook, title: &name, type_name: "", revision: None };
        let told = serde_json::json!({ "state": "disabled", "why": why });
        object_log::append(&mut tx, &by, ObjectEvent::Update, subject, &told).await?;
        let notice = NewJob::new(JobKind::WebhookNotice, serde_json::json!({ "webhook": webhook }));
        queue::enqueue(&mut tx, &notice.keyed(webhook.to_string())).await?;
        tx.commit().await?;
        self.content.jobs.wake();
        self.content.count_object(ObjectKind::Webhook, ObjectEvent::Update, by.channel);
        tracing::warn!(webhook, %why, "a webhook was disabled");
        Ok(())
    }
}
