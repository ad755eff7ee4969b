//! The security log as a chain: each entry carries the SHA-256 of its content and of the entry before it, so that none can
//! be changed, slipped in or taken out by itself without a trace. Whoever may write to the database could write all behind it
//! anew: that is told by the last hash, when it is kept elsewhere.
//!
//! Entries take turns by the row of the chain, which is held until the transaction ends: what is logged is rare, and logged
//! last.

use std::time::Duration;

use serde_json::{Value, json};

use super::audit::Entry;
use super::{Accounts, digest, earlier};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::{queries, record};

/// Entries that are read at once.
const VERIFY_PART: i64 = 1_000;
/// Entries that are deleted at once, and how often in one run; the next run goes on.
const PRUNE_PART: i64 = 1_000;
const PRUNE_ROUNDS: usize = 100;

record! { struct Ends { head: String, pruned: String } }
record! {
    struct Linked {
        id: i64, at: i64, actor: String, event: String, subject: String, detail: String, network: String,
        trace_id: String, previous: String, hash: String,
    }
}
record! { struct Old { id: i64, hash: String } }

queries! {
    LOCK = write "security_chain.lock"
        ("SELECT head FROM security_chain WHERE id = 1" for_update);
    /// One JSON object for each entry, in their order.
    INSERT = write "security_event.insert_all"
        "INSERT INTO security_event (at, actor, event, subject, detail, network, trace_id, previous, hash)
         SELECT at, actor, event, subject, detail, network, trace_id, previous, hash
         FROM json_to_recordset(CAST($1 AS JSON)) AS given (place BIGINT, at BIGINT, actor TEXT, event TEXT, subject TEXT,
              detail TEXT, network TEXT, trace_id TEXT, previous TEXT, hash TEXT) ORDER BY place"
        sqlite
        "INSERT INTO security_event (at, actor, event, subject, detail, network, trace_id, previous, hash)
         SELECT value ->> 'at', value ->> 'actor', value ->> 'event', value ->> 'subject', value ->> 'detail',
                value ->> 'network', value ->> 'trace_id', value ->> 'previous', value ->> 'hash'
         FROM json_each($1) ORDER BY value ->> 'place'";
    SET_HEAD = write "security_chain.set_head" "UPDATE security_chain SET head = $1 WHERE id = 1";
    SET_PRUNED = write "security_chain.set_pruned" "UPDATE security_chain SET pruned = $1 WHERE id = 1";
    ENDS = read "security_chain.find" "SELECT head, pruned FROM security_chain WHERE id = 1";
    AFTER = read "security_event.list_after"
        "SELECT id, at, actor, event, subject, detail, network, trace_id, previous, hash FROM security_event
         WHERE id > $1 ORDER BY id LIMIT $2";
    /// The oldest ones, up to the first that is to be kept: a clock that was wrong must not tear a hole.
    OLD = read "security_event.list_old"
        "SELECT id, hash FROM security_event
         WHERE at < $1 AND id < COALESCE((SELECT MIN(id) FROM security_event WHERE at >= $1), 9223372036854775807)
         ORDER BY id LIMIT $2";
    /// The database refuses to delete what is younger than 30 days.
    PRUNE = write "security_event.prune" "DELETE FROM security_event WHERE id <= $1";
}

/// What a look at the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the chain, and those of before there was one.
    pub chained: u64,
    pub unchained: u64,
    /// The hash of the last entry, to be kept elsewhere.
    pub head: String,
    pub broken: Option<Broken>,
}

/// Where the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {0} was changed: its content is not that of its hash")]
    Changed(i64),
    #[error("entry {0} was not written by Vitrine: it has no hash")]
    Foreign(i64),
    #[error("something before entry {0} was deleted or put in its place")]
    Gap(i64),
    #[error("the last entries were deleted, behind entry {0}")]
    Tail(i64),
}

/// The hash of an entry: of a JSON array, so that no two contents have the same text.
fn hash_of(previous: &str, at: i64, texts: [&str; 6]) -> String {
    digest(&json!([previous, at, texts]).to_string())
}

impl Linked {
    fn hash(&self) -> String {
        let texts = [&self.actor, &self.event, &self.subject, &self.detail, &self.network, &self.trace_id];
        hash_of(&self.previous, self.at, texts.map(String::as_str))
    }
}

/// Adds entries behind the last one.
pub(super) async fn append(tx: &mut Tx, entries: &[Entry]) -> Result<(), DbError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut head: String = Exec::from(&mut *tx).query(&LOCK).one().await?;
    let mut rows = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        let Entry { at, actor, event, subject, detail, network, trace_id, .. } = entry;
        let hash = hash_of(&head, *at, [actor, event, subject, detail, network, trace_id]);
        rows.push(json!({
            "place": place, "at": at, "actor": actor, "event": event, "subject": subject, "detail": detail,
            "network": network, "trace_id": trace_id, "previous": head, "hash": hash,
        }));
        head = hash;
    }
    Exec::from(&mut *tx).query(&INSERT).bind(Value::Array(rows).to_string()).execute().await?;
    Exec::from(tx).query(&SET_HEAD).bind(head).execute().await.map(|_| ())
}

/// A walk along the log, the oldest entry first.
struct Walk {
    found: Verified,
    /// The hash that the next entry must name.
    expected: String,
    last: i64,
}

impl Walk {
    fn step(&mut self, entry: &Linked) -> Result<(), Broken> {
        self.last = entry.id;
        if entry.hash.is_empty() && entry.previous.is_empty() && self.found.chained == 0 && self.expected.is_empty() {
            self.found.unchained += 1;
            return Ok(());
        }
        if entry.hash.is_empty() {
            return Err(Broken::Foreign(entry.id));
        }
        if entry.hash != entry.hash() {
            return Err(Broken::Changed(entry.id));
        }
        if entry.previous != self.expected {
            return Err(Broken::Gap(entry.id));
        }
        self.found.chained += 1;
        self.expected.clone_from(&entry.hash);
        Ok(())
    }
}

impl Accounts {
    /// Walks along the whole log, up to its first mistake.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn verify_log(&self) -> Result<Verified, DbError> {
        let db: &Db = &self.db;
        loop {
            let ends: Ends = db.query(&ENDS).one().await?;
            let pruned = ends.pruned.clone();
            let found = self.walk_log(ends).await?;
            // Old entries may have gone under its feet.
            if found.broken.is_none() || db.query(&ENDS).one::<Ends>().await?.pruned == pruned {
                return Ok(found);
            }
        }
    }

    /// What comes meanwhile is not asked for: the walk ends at the head, or behind it.
    async fn walk_log(&self, Ends { head, pruned }: Ends) -> Result<Verified, DbError> {
        let db: &Db = &self.db;
        let found = Verified { chained: 0, unchained: 0, head: head.clone(), broken: None };
        let mut walk = Walk { found, expected: pruned, last: i64::MIN };
        let mut has_head = walk.expected == head;
        loop {
            let part: Vec<Linked> = db.query(&AFTER).bind(walk.last).bind(VERIFY_PART).list().await?;
            for entry in &part {
                if let Err(broken) = walk.step(entry) {
                    walk.found.broken = Some(broken);
                    return Ok(walk.found);
                }
                has_head |= walk.expected == head;
            }
            if (part.len() as i64) < VERIFY_PART {
                break;
            }
        }
        if !has_head {
            walk.found.broken = Some(Broken::Tail(walk.last.max(0)));
        }
        Ok(walk.found)
    }

    /// Deletes entries that are older than they are kept; how many. The chain begins behind them then.
    ///
    /// # Errors
    /// When the database is out of reach; what was deleted until then stays deleted.
    pub async fn prune_log(&self) -> Result<u64, DbError> {
        let days = u64::from(self.settings.log_days);
        let mut deleted = 0;
        if days == 0 {
            return Ok(deleted);
        }
        let until = earlier(Micros::now(), Duration::from_secs(days * 24 * 3600));
        for _ in 0..PRUNE_ROUNDS {
            let part = self.prune_part(until).await?;
            deleted += part;
            if part < PRUNE_PART as u64 {
                break;
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, days, "deleted old entries of the security log");
        }
        Ok(deleted)
    }

    /// In parts, so that no transaction is long.
    async fn prune_part(&self, until: Micros) -> Result<u64, DbError> {
        let mut tx = self.db.begin(TxName("security_event.prune")).await?;
        Exec::from(&mut tx).query(&LOCK).one::<String>().await?;
        let old: Vec<Old> = Exec::from(&mut tx).query(&OLD).bind(until).bind(PRUNE_PART).list().await?;
        let Some(last) = old.last() else { return Ok(0) };
        let deleted = Exec::from(&mut tx).query(&PRUNE).bind(last.id).execute().await?;
        if !last.hash.is_empty() {
            Exec::from(&mut tx).query(&SET_PRUNED).bind(&last.hash).execute().await?;
        }
        tx.commit().await?;
        Ok(deleted)
    }
}
