//! Asking providers for what is due, on any of many nodes: who claims a row puts its time off, and the others pass it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Described, Embed, FetchError, Fetcher, want};
use crate::clock::Micros;
use crate::content::change::{self, Tag};
use crate::content::{Content, EditError};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::telemetry::Timer;
use crate::telemetry::label::{EmbedOutcome, EmbedState};
use crate::{queries, record};

/// Between two looks at what is due, when nobody on this node published.
const POLL: Duration = Duration::from_secs(10);
/// Providers asked at the same time.
const BATCH: i64 = 4;
/// A claim that was not carried out, because its node died, is free again after this.
const LEASE_S: i64 = 60;
/// Waits after failed attempts; the last one repeats.
const BACKOFF_S: [i64; 6] = [60, 300, 1_800, 7_200, 43_200, 86_400];
/// What the provider says is not there is asked about again after a week.
const GONE_S: i64 = 7 * 24 * 3600;
/// Longest reason that is kept.
const MAX_ERROR_CHARS: usize = 300;

record! { struct Due { at: Option<i64> } }

queries! {
    NEXT_DUE = read "embed.next_due" "SELECT MIN(next_attempt_at) AS at FROM embed";
    CLAIM = write "embed.claim"
        "UPDATE embed SET next_attempt_at = $2, attempts = attempts + 1
         WHERE digest IN (SELECT digest FROM embed WHERE next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $3
                          FOR UPDATE SKIP LOCKED)
         RETURNING digest, url, provider, state, title, author, frame_url, thumbnail_url, width, height, fetched_at,
                   expires_at, attempts, next_attempt_at, error"
        sqlite
        "UPDATE embed SET next_attempt_at = $2, attempts = attempts + 1
         WHERE digest IN (SELECT digest FROM embed WHERE next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $3)
         RETURNING digest, url, provider, state, title, author, frame_url, thumbnail_url, width, height, fetched_at,
                   expires_at, attempts, next_attempt_at, error";
    CLAIM_ONE = write "embed.claim_one"
        "UPDATE embed SET next_attempt_at = $2, attempts = attempts + 1 WHERE digest = $1
         RETURNING digest, url, provider, state, title, author, frame_url, thumbnail_url, width, height, fetched_at,
                   expires_at, attempts, next_attempt_at, error";
    SET_READY = write "embed.set_ready"
        "UPDATE embed SET state = 'ready', provider = $2, title = $3, author = $4, frame_url = $5, thumbnail_url = $6,
                width = $7, height = $8, fetched_at = $9, expires_at = $10, next_attempt_at = $10, attempts = 0,
                error = ''
         WHERE digest = $1";
    SET_FAILED = write "embed.set_failed"
        "UPDATE embed SET state = $2, next_attempt_at = $3, error = $4 WHERE digest = $1";
}

/// What asking for one address came to.
#[derive(Debug)]
pub enum Asked {
    Ready(Box<Described>),
    Failed(FetchError),
    /// No provider is known for the address.
    Nobody,
}

impl Content {
    /// Asks for what is due, for as long as it is polled.
    pub async fn keep_embeds(self: Arc<Self>, fetcher: Fetcher) {
        loop {
            match self.fetch_due_embeds(&fetcher).await {
                // There may be more.
                Ok(asked) if asked >= BATCH as usize => continue,
                Ok(_) => {}
                // The follower of the log says when the database is away.
                Err(error) => tracing::debug!(%error, "embeds are looked at again soon"),
            }
            tokio::select! {
                () = self.embeds_wanted.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Asks for a batch of what is due; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn fetch_due_embeds(&self, fetcher: &Fetcher) -> Result<usize, DbError> {
        let now = Micros::now();
        let due: Due = self.db.query(&NEXT_DUE).one().await?;
        if due.at.is_none_or(|at| at > now.0) {
            return Ok(0);
        }
        let claimed: Vec<Embed> = self.db.query(&CLAIM).bind(now).bind(in_s(now, LEASE_S)).bind(BATCH).list().await?;
        let asked = join_all(claimed.iter().map(|embed| self.ask_for(fetcher, embed))).await;
        asked.into_iter().map(|asked| asked.map(drop)).collect::<Result<Vec<()>, DbError>>()?;
        Ok(claimed.len())
    }

    /// Asks for one address now, whether or not it is due; it is recorded if it was not.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn fetch_embed(&self, fetcher: &Fetcher, url: &str) -> Result<Asked, DbError> {
        let mut tx = self.db.begin(TxName("embed.fetch")).await?;
        want(&mut tx, &self.types(), &[url.to_owned()]).await?;
        let until = in_s(Micros::now(), LEASE_S);
        let claimed: Option<Embed> =
            Exec::from(&mut tx).query(&CLAIM_ONE).bind(super::digest(url)).bind(until).optional().await?;
        tx.commit().await?;
        match claimed {
            Some(embed) => self.ask_for(fetcher, &embed).await,
            None => Ok(Asked::Nobody),
        }
    }

    /// Forgets what providers said of one address, or of all: pages show links until it is fetched again.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn purge_embeds(&self, url: Option<&str>) -> Result<u64, EditError> {
        let mut tx = self.db.begin(TxName("embed.purge")).await?;
        let purged = super::purge(&mut tx, url).await?;
        let tags = match url {
            Some(url) => vec![Tag::Embed(super::digest(url))],
            // There may be many, and no page knows of all.
            None => vec![Tag::All],
        };
        if purged > 0 {
            self.announce_with(tx, &tags).await?;
            self.embeds_wanted.notify_one();
        }
        Ok(purged)
    }

    async fn ask_for(&self, fetcher: &Fetcher, embed: &Embed) -> Result<Asked, DbError> {
        let types = self.types();
        let Some(provider) = types.embeds.find(&embed.url) else {
            self.record_failure(embed, "no provider is known for the address", BACKOFF_S[BACKOFF_S.len() - 1]).await?;
            return Ok(Asked::Nobody);
        };
        let timer = Timer::start();
        let asked = fetcher.fetch(provider, &embed.url).await;
        let outcome = asked.as_ref().map_or_else(FetchError::outcome, |_| EmbedOutcome::Ready);
        let duration = self.telemetry.families.embed_fetch_duration.with_label_values(&[outcome.as_str()]);
        duration.observe(timer.elapsed_s());
        match asked {
            Ok(described) => {
                self.record_answer(embed, &provider.name, &described).await?;
                Ok(Asked::Ready(Box::new(described)))
            }
            Err(error) => {
                tracing::info!(provider = provider.key, url = embed.url, attempt = embed.attempts, "embed: {error}");
                match error {
                    FetchError::Gone(_) => self.record_gone(embed, &error.to_string()).await?,
                    _ => {
                        let attempt = usize::try_from(embed.attempts - 1).unwrap_or(0).min(BACKOFF_S.len() - 1);
                        self.record_failure(embed, &error.to_string(), BACKOFF_S[attempt]).await?;
                    }
                }
                Ok(Asked::Failed(error))
            }
        }
    }

    async fn record_answer(&self, embed: &Embed, provider: &str, said: &Described) -> Result<(), DbError> {
        let now = Micros::now();
        let mut tx = self.db.begin(TxName("embed.ready")).await?;
        Exec::from(&mut tx)
            .query(&SET_READY)
            .bind(&embed.digest)
            .bind(provider)
            .bind(&said.title)
            .bind(&said.author)
            .bind(&said.frame_url)
            .bind(&said.thumbnail_url)
            .bind(said.width)
            .bind(said.height)
            .bind(now)
            .bind(in_s(now, said.keep_s))
            .execute()
            .await?;
        let shown = (&embed.title, &embed.frame_url, embed.width, embed.height, embed.provider.as_str());
        let same = shown == (&said.title, &said.frame_url, said.width, said.height, provider);
        if same && embed.state == EmbedState::Ready.as_str() {
            return tx.commit().await;
        }
        self.announce_with(tx, &[embed.tag()]).await
    }

    /// The provider is away, or answers nonsense: what it said before stays.
    async fn record_failure(&self, embed: &Embed, reason: &str, wait_s: i64) -> Result<(), DbError> {
        let stays = if embed.state == EmbedState::Ready.as_str() { EmbedState::Ready } else { EmbedState::Failed };
        let call = self.db.query(&SET_FAILED).bind(&embed.digest).bind(stays.as_str());
        call.bind(in_s(Micros::now(), wait_s)).bind(cut(reason)).execute().await.map(drop)
    }

    /// The provider says that it is not there any more: its player would be empty.
    async fn record_gone(&self, embed: &Embed, reason: &str) -> Result<(), DbError> {
        let mut tx = self.db.begin(TxName("embed.gone")).await?;
        let call = Exec::from(&mut tx).query(&SET_FAILED).bind(&embed.digest).bind(EmbedState::Failed.as_str());
        call.bind(in_s(Micros::now(), GONE_S)).bind(cut(reason)).execute().await?;
        if embed.state != EmbedState::Ready.as_str() {
            return tx.commit().await;
        }
        self.announce_with(tx, &[embed.tag()]).await
    }

    /// Commits with a line in the log of changes, and tells this node's caches.
    async fn announce_with(&self, mut tx: Tx, tags: &[Tag]) -> Result<(), DbError> {
        let change = change::append(&mut tx, tags).await?;
        tx.commit().await?;
        self.announce_own(change, tags);
        Ok(())
    }
}

fn in_s(now: Micros, seconds: i64) -> Micros {
    Micros(now.0 + seconds * 1_000_000)
}

fn cut(reason: &str) -> String {
    reason.chars().take(MAX_ERROR_CHARS).collect()
}
