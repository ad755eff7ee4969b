//! Following the log of changes, so that each one is taken out of the CDN: at once, and once more a little later, since what
//! a node made before it heard of the change may reach the CDN after the first purge.
//!
//! What was not taken out twice is taken out again after a restart, so that nothing is missed: purging is harmless.

use std::collections::HashSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::send::{Target, Unsent};
use super::state::State;
use super::word::{EVERYTHING, Purge};
use super::{Cdn, MAX_REQUESTS};
use crate::clock::Micros;
use crate::content::change::{self, Change};
use crate::db::DbError;
use crate::telemetry::Timer;
use crate::telemetry::label::CdnScope;

const POLL: Duration = Duration::from_millis(500);
/// Between two looks whether the process that has the lease is gone.
const LOOK: Duration = Duration::from_secs(2);
const RENEW: Duration = Duration::from_secs(5);
/// A lease lasts longer than a request by this.
const LEASE_BEYOND: Duration = Duration::from_secs(15);
/// Ids are given out before commit: a transaction may show up behind this many later ones.
const LOOK_BACK: i64 = 64;
/// The second time, the same of long ones.
const LATE: i64 = 400;
/// Ids of changes seen that are remembered.
const REMEMBERED: usize = 2048;
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

/// Work that goes on: what it knows beyond what is written down.
struct Held {
    state: State,
    seen: HashSet<i64>,
    renewed: Timer,
    /// What is to be taken out once more, and since when it waits.
    again: Option<Again>,
    /// Failures in a row; none is tried again before the rest of the wait.
    failures: u32,
    rest: Option<(Timer, Duration)>,
}

struct Again {
    since: Timer,
    upto: i64,
    everything: bool,
}

/// Why a turn ended early.
enum Stopped {
    Db(DbError),
    Unsent(Unsent),
    /// Another process has taken over.
    Lost,
}

impl From<DbError> for Stopped {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Unsent> for Stopped {
    fn from(error: Unsent) -> Self {
        Self::Unsent(error)
    }
}

impl Cdn {
    /// Takes out what changes, until `stop`. What is under way then is taken out again by the next process.
    pub async fn work(&self, version: &str, stop: CancellationToken) {
        let lease = i64::from_ne_bytes(rand::random());
        let target = format!("{} {version}", self.sender.place());
        let mut held = None;
        while !stop.is_cancelled() {
            let wait = tokio::select! {
                wait = self.turn(lease, &target, &mut held) => wait,
                () = stop.cancelled() => break,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => break,
            }
        }
        if held.is_some()
            && let Err(error) = self.release(lease).await
        {
            tracing::debug!(%error, "the lease of the CDN ends by itself");
        }
    }

    /// Does what is to be done now; how long to wait for more.
    async fn turn(&self, lease: i64, target: &str, held: &mut Option<Held>) -> Duration {
        if held.as_ref().is_none_or(|held| held.renewed.elapsed() >= RENEW)
            && let Err(error) = self.hold(lease, target, held).await
        {
            tracing::debug!(%error, "the lease of the CDN is looked at again soon");
            *held = None;
            return POLL;
        }
        let Some(working) = held else { return LOOK };
        if working.is_resting() {
            return POLL;
        }
        match self.take_out(lease, working).await {
            Ok(wait) => wait,
            Err(Stopped::Unsent(unsent)) => {
                self.note_failure(lease, working, &unsent).await;
                POLL
            }
            Err(Stopped::Db(error)) => {
                tracing::debug!(%error, "changes are taken out of the CDN soon");
                POLL
            }
            Err(Stopped::Lost) => {
                *held = None;
                LOOK
            }
        }
    }

    /// Takes or keeps the lease.
    async fn hold(&self, lease: i64, target: &str, held: &mut Option<Held>) -> Result<(), DbError> {
        let time = self.sender.timeout() + LEASE_BEYOND;
        let Some(found) = self.claim(lease, time).await? else {
            *held = None;
            return Ok(());
        };
        let mut now = match held.take() {
            Some(held) => held,
            None => {
                let known = found.settled - LOOK_BACK;
                self.begin(found, known).await?
            }
        };
        now.renewed = Timer::start();
        if now.state.target != target || now.state.is_lost() {
            tracing::info!("all pages are taken out of the CDN: it is a new one, or changes may have been missed");
            let latest = self.latest().await?;
            now.begin_anew(latest);
            now = self.begin(State { target: target.to_owned(), ..now.state }, latest).await?;
        }
        if self.keep(lease, &now.state).await? {
            *held = Some(now);
        }
        Ok(())
    }

    /// Goes on where another process has left it, with changes up to `known` taken out. What that one has seen come late is
    /// not told: the last ones before it are new, unless everything goes in any case.
    async fn begin(&self, found: State, known: i64) -> Result<Held, DbError> {
        let mut held = Held::new(found);
        let before = change::list_after(&self.db, (known - LATE).max(0)).await?;
        held.seen.extend(before.iter().map(|change| change.id).filter(|id| *id <= known));
        Ok(held)
    }

    async fn take_out(&self, lease: i64, held: &mut Held) -> Result<Duration, Stopped> {
        if held.state.everything && held.again.as_ref().is_none_or(|again| !again.everything) {
            self.send_everything().await?;
            held.again = Some(Again { since: Timer::start(), upto: held.state.sent, everything: true });
            self.note_success(lease, held).await?;
        }
        let changes = change::list_after(&self.db, (held.state.sent - LOOK_BACK).max(0)).await?;
        let unseen: Vec<Change> = changes.into_iter().filter(|change| !held.seen.contains(&change.id)).collect();
        if !unseen.is_empty() {
            let sent = self.send(lease, held, &purge_of(&unseen)).await?;
            held.see(&unseen);
            if sent == CdnScope::Everything {
                // That covers all before it, and is due once more.
                held.begin_anew(held.state.sent);
                held.again = Some(Again { since: Timer::start(), upto: held.state.sent, everything: true });
            }
            self.note_success(lease, held).await?;
            return Ok(Duration::ZERO);
        }
        if held.again.as_ref().is_some_and(|again| again.since.elapsed() >= self.again) {
            self.take_out_again(lease, held).await?;
        }
        if held.again.is_none() && held.state.sent > held.state.settled {
            held.again = Some(Again { since: Timer::start(), upto: held.state.sent, everything: false });
        }
        held.state.reached_at = Micros::now().0;
        Ok(POLL)
    }

    /// The second time, for what came from a node that had not heard of the change; also for changes that were committed
    /// late, behind others.
    async fn take_out_again(&self, lease: i64, held: &mut Held) -> Result<(), Stopped> {
        let Some(again) = &held.again else { return Ok(()) };
        let (upto, mut everything, mut from) = (again.upto, again.everything, held.state.settled - LATE);
        let known = held.state.settled;
        while !everything {
            let mut changes = change::list_after(&self.db, from.max(0)).await?;
            changes.retain(|change| change.id <= upto);
            let Some(last) = changes.last() else { break };
            from = last.id;
            changes.retain(|change| change.id > known || !held.seen.contains(&change.id));
            everything = self.send(lease, held, &purge_of(&changes)).await? == CdnScope::Everything;
            held.see(&changes);
        }
        if again_is_everything(held) {
            self.send_everything().await?;
        }
        held.state.everything = false;
        held.state.settled = upto;
        held.again = None;
        self.note_success(lease, held).await
    }

    /// Sends a purge, as what it names or as everything when that would be too many requests; which of both.
    async fn send(&self, lease: i64, held: &mut Held, purge: &Purge) -> Result<CdnScope, Stopped> {
        let batches = self.sender.batches(purge.words.iter().map(String::as_str));
        if purge.everything || batches.len() > MAX_REQUESTS {
            self.send_everything().await?;
            return Ok(CdnScope::Everything);
        }
        for words in &batches {
            if held.renewed.elapsed() >= RENEW {
                let time = self.sender.timeout() + LEASE_BEYOND;
                self.claim(lease, time).await?.ok_or(Stopped::Lost)?;
                held.renewed = Timer::start();
            }
            self.send_words(words).await?;
        }
        Ok(CdnScope::Keys)
    }

    pub(super) async fn send_words(&self, words: &[&str]) -> Result<(), Unsent> {
        self.sender.send(Target::Words(words), &self.telemetry.families).await?;
        self.count(CdnScope::Keys, words.len());
        Ok(())
    }

    pub(super) async fn send_everything(&self) -> Result<(), Unsent> {
        self.sender.send(Target::Words(&[EVERYTHING]), &self.telemetry.families).await?;
        self.count(CdnScope::Everything, 1);
        Ok(())
    }

    fn count(&self, scope: CdnScope, keys: usize) {
        let labels = [self.sender.provider().as_str(), scope.as_str()];
        self.telemetry.families.cdn_purged_keys.with_label_values(&labels).inc_by(keys as u64);
    }

    async fn note_success(&self, lease: i64, held: &mut Held) -> Result<(), Stopped> {
        if held.state.failing_since.take().is_some() {
            tracing::info!("the CDN takes purges again");
        }
        held.state.error.clear();
        (held.failures, held.rest) = (0, None);
        if self.keep(lease, &held.state).await? { Ok(()) } else { Err(Stopped::Lost) }
    }

    async fn note_failure(&self, lease: i64, held: &mut Held, unsent: &Unsent) {
        let wait = backoff(held.failures, rand::random()).max(unsent.wait.unwrap_or_default());
        held.failures += 1;
        held.rest = Some((Timer::start(), wait));
        if held.state.failing_since.is_none() {
            held.state.failing_since = Some(Micros::now().0);
            tracing::warn!("the CDN keeps pages that have changed, and is asked again: {unsent}");
        }
        held.state.error.clone_from(&unsent.error);
        if let Err(error) = self.keep(lease, &held.state).await {
            tracing::debug!(%error, "the failure of the CDN is written down with the next one");
        }
    }
}

impl Held {
    /// As another process left it: what was not taken out twice is new.
    fn new(found: State) -> Self {
        let state = State { sent: found.settled, ..found };
        Self { state, seen: HashSet::new(), renewed: Timer::start(), again: None, failures: 0, rest: None }
    }

    /// All pages have to go; changes count from here.
    fn begin_anew(&mut self, latest: i64) {
        self.state = State {
            everything: true,
            sent: latest,
            settled: latest,
            reached_at: Micros::now().0,
            ..std::mem::take(&mut self.state)
        };
    }

    fn is_resting(&self) -> bool {
        self.rest.as_ref().is_some_and(|(since, wait)| since.elapsed() < *wait)
    }

    fn see(&mut self, changes: &[Change]) {
        self.seen.extend(changes.iter().map(|change| change.id));
        self.state.sent = changes.iter().map(|change| change.id).fold(self.state.sent, i64::max);
        if self.seen.len() > REMEMBERED {
            let oldest = self.state.settled.min(self.state.sent - LATE) - LATE;
            self.seen.retain(|id| *id > oldest);
        }
    }
}

fn again_is_everything(held: &Held) -> bool {
    held.again.as_ref().is_some_and(|again| again.everything)
}

fn purge_of(changes: &[Change]) -> Purge {
    let mut purge = Purge::default();
    changes.iter().for_each(|change| purge.add(&change.tags()));
    purge
}

/// `chance` from 0 to 1: half of the wait to one and a half of it.
fn backoff(failures: u32, chance: f64) -> Duration {
    let wait = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(LONGEST_BACKOFF);
    wait.mul_f64(0.5 + chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_five_minutes_and_differ() {
        assert_eq!([0, 1, 3, 60].map(|failures| backoff(failures, 0.5).as_secs()), [1, 2, 8, 300]);
        assert_eq!([0.0, 1.0].map(|chance| backoff(2, chance).as_secs()), [2, 6]);
    }

    #[test]
    fn what_was_taken_out_once_alone_is_taken_out_again_by_the_next_process() {
        let state = State { sent: 90, settled: 40, ..State::default() };
        assert_eq!(Held::new(state).state.sent, 40);
    }
}
