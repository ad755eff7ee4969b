//! Delivering: what is due is claimed, sent, and tried again later when it was not taken, until it is given up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::event::Event;
use super::queue::{Address, Claimed, Due, Ended};
use super::send::{Answer, Message, Sender};
use super::{Webhooks, sign};
use crate::clock::Micros;
use crate::db::DbError;
use crate::keys::Purpose;
use crate::telemetry::label::{ENDPOINT, OTHER, WebhookOutcome};
use crate::telemetry::scope::Scope;
use crate::telemetry::{Timer, TraceContext};

/// Longest time between two looks: changes are made by other processes too.
const POLL: Duration = Duration::from_secs(1);
/// Deliveries to one webhook at the same time, and to all.
const PER_ENDPOINT: usize = 4;
const AT_ONCE: usize = 32;
/// A claim lasts longer than an attempt by this.
const LEASE_BEYOND: Duration = Duration::from_secs(10);
/// Each wait is so many times the one before, and up to half as much more or less.
const GROWTH: f64 = 3.0;
const LONGEST_BACKOFF: Duration = Duration::from_secs(4 * 3600);
/// Attempts to write down how a delivery ended while the database is away; then its lease ends, and it is sent again.
const END_ATTEMPTS: u32 = 6;
const END_PAUSE: Duration = Duration::from_millis(100);

/// Deliveries under way; each ends with its webhook.
type Running = FuturesUnordered<BoxFuture<'static, i64>>;

/// What was claimed, to be sent now; and how long to wait for what comes next.
struct Look {
    begun: Vec<(i64, BoxFuture<'static, i64>)>,
    wait: Duration,
}

impl Webhooks {
    /// Delivers until `stop`; what is under way then may end within `drain`, or is delivered again by somebody else.
    pub async fn work(self: Arc<Self>, sender: Arc<Sender>, stop: CancellationToken, drain: Duration) {
        let mut running = Running::new();
        let mut busy: HashMap<i64, usize> = HashMap::new();
        let mut turn = 0;
        while !stop.is_cancelled() {
            turn += 1;
            let looking = self.look(&sender, busy.clone(), turn);
            let look = beside(&mut running, &mut busy, looking).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "the webhooks are looked at again soon");
                Look { begun: Vec::new(), wait: POLL }
            });
            for (webhook, attempt) in look.begun {
                *busy.entry(webhook).or_default() += 1;
                running.push(attempt);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wanted.notified() => {}
                () = tokio::time::sleep(look.wait) => {}
                Some(webhook) = running.next() => free(&mut busy, webhook),
            }
        }
        let all_ended = async { while running.next().await.is_some() {} };
        let _ = tokio::time::timeout(drain, all_ended).await;
    }

    /// Claims what is due, as far as there is room for it.
    async fn look(
        self: &Arc<Self>,
        sender: &Arc<Sender>,
        busy: HashMap<i64, usize>,
        turn: usize,
    ) -> Result<Look, DbError> {
        let now = Micros::now();
        let mut next: Option<i64> = None;
        let mut begun: Vec<(i64, BoxFuture<'static, i64>)> = Vec::new();
        for due in in_turn(self.list_due(now).await?, &busy, turn) {
            next = [next, due.later].into_iter().flatten().min();
            let under_way = busy.get(&due.id).copied().unwrap_or_default();
            let all = busy.values().sum::<usize>() + begun.len();
            let room = PER_ENDPOINT.saturating_sub(under_way).min(AT_ONCE.saturating_sub(all));
            if due.is_due && room > 0 {
                begun.extend(self.begin(sender, due.id, room).await?.into_iter().map(|attempt| (due.id, attempt)));
            }
        }
        // What is due and was not claimed waits for an earlier one, whose end is told, or that another process has.
        let wait = next.map_or(POLL, |at| Duration::from_micros((at - now.0).max(1000).unsigned_abs())).min(POLL);
        Ok(Look { begun, wait })
    }

    async fn begin(
        self: &Arc<Self>,
        sender: &Arc<Sender>,
        webhook: i64,
        room: usize,
    ) -> Result<Vec<BoxFuture<'static, i64>>, DbError> {
        let until = after(sender.longest() + LEASE_BEYOND);
        let claimed = self.claim(webhook, room, until).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let Some(address) = self.find_address(webhook).await? else { return Ok(Vec::new()) };
        let address = Arc::new(address);
        let attempts = claimed.into_iter().map(|(claimed, event)| {
            let (webhooks, sender, address) = (self.clone(), sender.clone(), address.clone());
            let scope = Scope::new(TraceContext::accept(None));
            let attempt: BoxFuture<'static, i64> = Box::pin(async move {
                scope.run(webhooks.attempt(&sender, &address, &claimed, &event)).await;
                address.id
            });
            attempt
        });
        Ok(attempts.collect())
    }

    /// How a webhook is called in metrics: the first that are met have a series of their own.
    pub(super) fn label(&self, webhook: i64) -> String {
        let mut known = self.labelled.lock();
        if !known.contains(&webhook) && known.len() + 1 < ENDPOINT.bound() {
            known.push(webhook);
        }
        if known.contains(&webhook) { webhook.to_string() } else { OTHER.to_owned() }
    }

    /// Those that are known by now.
    pub(super) fn labels(&self) -> impl Iterator<Item = String> {
        self.labelled.lock().clone().into_iter().map(|webhook| webhook.to_string())
    }

    fn message(&self, address: &Address, event: &Event) -> Result<Message, String> {
        let (id, body) = (event.message_id(), event.message(&self.content.types()).to_string());
        let now = Micros::now();
        let (at_s, owner) = (now.0.div_euclid(1_000_000), address.id.to_string());
        let both = address.old_secret_until.is_some_and(|until| now.0 < until);
        let sealed = [Some(&address.secret), Some(&address.old_secret).filter(|_| both)];
        let mut signatures = Vec::new();
        for sealed in sealed.into_iter().flatten() {
            let secret = self.keys.open_sealed(Purpose::Webhook, &owner, sealed);
            let signed = secret.and_then(|secret| sign::sign(&secret, &id, at_s, &body));
            signatures.push(signed.ok_or("its secret was sealed with another secret key: give it a new one")?);
        }
        Ok(Message { url: address.url.clone(), id, at_s, signature: signatures.join(" "), body })
    }

    fn conclude(&self, claimed: &Claimed, answer: &Answer, took: Duration) -> (WebhookOutcome, Ended) {
        let now = Micros::now();
        let is_last = claimed.attempts >= i64::from(self.settings.max_attempts) || answer.is_gone();
        let first = self.settings.first_retry();
        let wait = backoff(first, claimed.attempts, rand::random()).max(answer.wait.unwrap_or_default());
        let (outcome, state, next_at) = match answer.outcome {
            WebhookOutcome::Delivered => (WebhookOutcome::Delivered, "delivered", now),
            _ if is_last => (WebhookOutcome::GaveUp, "dead", now),
            other => (other, "open", after(wait)),
        };
        let ended = Ended {
            state,
            next_at,
            took_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
            status: answer.status.into(),
            error: answer.error.clone(),
            excerpt: answer.excerpt.clone(),
        };
        (outcome, ended)
    }

    /// One attempt, from the message to what is written down of it.
    async fn attempt(&self, sender: &Sender, address: &Address, claimed: &Claimed, event: &Event) {
        let timer = Timer::start();
        let answer = match self.message(address, event) {
            Ok(message) => sender.send(message).await,
            Err(error) => Answer::unsent(error),
        };
        let took = timer.elapsed();
        let (outcome, ended) = self.conclude(claimed, &answer, took);
        let (families, label) = (&self.telemetry.families, self.label(address.id));
        families.webhook_deliveries.with_label_values(&[label.as_str(), outcome.as_str()]).inc();
        families.webhook_delivery_duration.with_label_values(&[label.as_str()]).observe(took.as_secs_f64());
        if outcome != WebhookOutcome::Delivered {
            tracing::info!(
                webhook = address.id,
                delivery = claimed.id,
                attempt = claimed.attempts,
                state = ended.state,
                "a webhook was not delivered: {}",
                ended.error
            );
        }
        for round in 0..END_ATTEMPTS {
            match self.note_end(address.id, claimed, &answer, &ended).await {
                Ok(()) => return,
                Err(error) => tracing::debug!(%error, "the end of a delivery is written down again soon"),
            }
            tokio::time::sleep(END_PAUSE * 2_u32.pow(round)).await;
        }
    }

    async fn note_end(&self, webhook: i64, claimed: &Claimed, answer: &Answer, ended: &Ended) -> Result<(), DbError> {
        match answer.outcome {
            WebhookOutcome::Delivered => self.note_success(webhook).await?,
            _ => self.note_failure(webhook, answer.is_gone()).await?,
        }
        self.end(claimed, ended).await.map(drop)
    }
}

/// Does `work` while deliveries go on: they may hold what it waits for, such as the only connection that writes.
async fn beside<T>(running: &mut Running, busy: &mut HashMap<i64, usize>, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            Some(webhook) = running.next() => free(busy, webhook),
        }
    }
}

/// Those with the fewest deliveries under way come first, so that slow ones leave room for all others; of those with as many,
/// another one each time.
fn in_turn(mut due: Vec<Due>, busy: &HashMap<i64, usize>, turn: usize) -> Vec<Due> {
    if !due.is_empty() {
        let first = turn % due.len();
        due.rotate_left(first);
    }
    due.sort_by_key(|due| busy.get(&due.id).copied().unwrap_or_default());
    due
}

/// A place of this webhook.
fn free(busy: &mut HashMap<i64, usize>, webhook: i64) {
    if let Some(under_way) = busy.get_mut(&webhook) {
        *under_way -= 1;
    }
    busy.retain(|_, under_way| *under_way > 0);
}

/// `chance` from 0 to 1: half of the wait to one and a half of it.
fn backoff(first: Duration, attempts: i64, chance: f64) -> Duration {
    let steps = i32::try_from(attempts - 1).unwrap_or(0).clamp(0, 16);
    let wait = (first.as_secs_f64() * GROWTH.powi(steps)).min(LONGEST_BACKOFF.as_secs_f64());
    Duration::from_secs_f64(wait * (0.5 + chance))
}

fn after(time: Duration) -> Micros {
    Micros(Micros::now().0.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_the_fewest_under_way_comes_first_and_all_others_in_turn() {
        let busy = HashMap::from([(1, PER_ENDPOINT), (2, PER_ENDPOINT), (4, 1)]);
        let order = |turn| {
            let due = (1..=5).map(|id| Due { id, is_due: true, later: None }).collect();
            in_turn(due, &busy, turn).iter().map(|due| due.id).collect::<Vec<_>>()
        };
        assert_eq!(order(0), [3, 5, 4, 1, 2]);
        assert_eq!(order(4), [5, 3, 4, 1, 2]);
        assert_eq!(order(6), [3, 5, 4, 2, 1]);
        assert!(in_turn(Vec::new(), &busy, 3).is_empty());
    }

    #[test]
    fn waits_grow_up_to_four_hours_and_differ() {
        let seconds = |attempts| backoff(Duration::from_secs(5), attempts, 0.5).as_secs();
        assert_eq!([1, 2, 3, 5].map(seconds), [5, 15, 45, 405]);
        assert_eq!(seconds(60), 4 * 3600);
        let first = Duration::from_secs(4);
        assert_eq!((backoff(first, 1, 0.0).as_secs(), backoff(first, 1, 1.0).as_secs()), (2, 6));
    }
}
