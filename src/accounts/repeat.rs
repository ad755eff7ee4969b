//! Answers that are kept for requests which may be sent again: of each caller by the key that they gave, for a day.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{Accounts, earlier};
use crate::clock::Micros;
use crate::db::{Db, DbError};
use crate::{queries, record};

/// How long an answer is kept.
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// Keys of one caller within a day.
const MAX_KEYS: i64 = 10_000;
/// Longest body that is kept, in bytes; of a longer one, where to find it.
const MAX_BODY_BYTES: usize = 256 << 10;
/// Answers deleted by one statement.
const FORGET_BATCH: i64 = 1_000;

record! {
    /// An answer as it was given.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeptAnswer {
        pub status: i64,
        /// Empty for none; so is the location.
        pub etag: String,
        pub location: String,
        pub body: String,
    }
}
record! { struct Known { fingerprint: String, status: i64, etag: String, location: String, body: String } }

/// A key whose request is being done: by whoever has this, and not by those who had it before and were taken for lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunKey {
    owner: String,
    key: String,
    at: Micros,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is the caller's: the request is to be done.
    New(BegunKey),
    /// The first request with it has no answer yet.
    UnderWay,
    Kept(KeptAnswer),
    /// It was another request.
    Other,
    /// The caller has as many keys as they may.
    Full,
}

queries! {
    COUNT = read "repeat.count"
        "SELECT COUNT(*) FROM (SELECT 1 FROM api_answer WHERE owner = $1 ORDER BY owner, request_key LIMIT $2) few";
    /// A key whose time is over, or whose request is lost, is free.
    BEGIN = write "repeat.begin"
        "INSERT INTO api_answer (owner, request_key, fingerprint, begun_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (owner, request_key) DO UPDATE SET fingerprint = excluded.fingerprint, begun_at = excluded.begun_at,
             status = 0, etag = '', location = '', body = ''
         WHERE api_answer.begun_at < $5 OR (api_answer.status = 0 AND api_answer.begun_at < $6)";
    FIND = write "repeat.find"
        "SELECT fingerprint, status, etag, location, body FROM api_answer WHERE owner = $1 AND request_key = $2";
    KEEP_IT = write "repeat.keep"
        "UPDATE api_answer SET status = $3, etag = $4, location = $5, body = $6
         WHERE owner = $1 AND request_key = $2 AND begun_at = $7";
    FREE = write "repeat.free"
        "DELETE FROM api_answer WHERE owner = $1 AND request_key = $2 AND status = 0 AND begun_at = $3";
    FORGET = write "repeat.forget"
        "DELETE FROM api_answer WHERE (owner, request_key) IN
             (SELECT owner, request_key FROM api_answer WHERE begun_at < $1 ORDER BY begun_at LIMIT $2)";
}

/// What tells one request from another.
fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

impl Accounts {
    /// Begins what a caller wants done once. `parts`: all that tells this request from another. `lost_after`: the time after
    /// which one without an answer never gets any, longer than a request may take.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn begin_answer(
        &self,
        owner: &str,
        key: &str,
        parts: &[&[u8]],
        lost_after: Duration,
    ) -> Result<Begun, DbError> {
        let (db, now, fingerprint): (&Db, _, _) = (&self.db, Micros::now(), fingerprint(parts));
        let keys: i64 = db.query(&COUNT).bind(owner).bind(MAX_KEYS).one().await?;
        if keys < MAX_KEYS {
            let call = db.query(&BEGIN).bind(owner).bind(key).bind(&fingerprint).bind(now);
            if call.bind(earlier(now, KEEP)).bind(earlier(now, lost_after)).execute().await? > 0 {
                return Ok(Begun::New(BegunKey { owner: owner.to_owned(), key: key.to_owned(), at: now }));
            }
        }
        let Some(known) = db.query(&FIND).bind(owner).bind(key).optional::<Known>().await? else {
            return Ok(if keys < MAX_KEYS { Begun::UnderWay } else { Begun::Full });
        };
        Ok(match known {
            known if known.fingerprint != fingerprint => Begun::Other,
            Known { status: 0, .. } => Begun::UnderWay,
            Known { status, etag, location, body, .. } => Begun::Kept(KeptAnswer { status, etag, location, body }),
        })
    }

    /// Keeps the answer of a request that was begun. Of one with a long body the place is kept, where it can be read.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn keep_answer(&self, begun: &BegunKey, answer: &KeptAnswer) -> Result<(), DbError> {
        let is_long = answer.body.len() > MAX_BODY_BYTES;
        let (status, body) = if is_long { (303, "") } else { (answer.status, answer.body.as_str()) };
        let db: &Db = &self.db;
        let call = db.query(&KEEP_IT).bind(&begun.owner).bind(&begun.key).bind(status).bind(&answer.etag);
        call.bind(&answer.location).bind(body).bind(begun.at).execute().await.map(drop)
    }

    /// Gives the key back of a request that did nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn free_answer(&self, begun: &BegunKey) -> Result<(), DbError> {
        let db: &Db = &self.db;
        db.query(&FREE).bind(&begun.owner).bind(&begun.key).bind(begun.at).execute().await.map(drop)
    }

    /// Deletes answers whose day is over, a bounded number.
    pub(super) async fn forget_answers(&self) -> Result<u64, DbError> {
        let db: &Db = &self.db;
        db.query(&FORGET).bind(earlier(Micros::now(), KEEP)).bind(FORGET_BATCH).execute().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_requests_have_one_fingerprint() {
        let of = |parts: &[&str]| fingerprint(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>());
        assert_eq!(of(&["POST", "/a", "{}"]), of(&["POST", "/a", "{}"]));
        assert_ne!(of(&["POST", "/a", "{}"]), of(&["POST", "/a{}", ""]));
        assert_ne!(of(&["POST", "/a", "{}"]), of(&["POST", "/a", "{ }"]));
    }
}
