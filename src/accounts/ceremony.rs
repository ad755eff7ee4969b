//! What was asked of a browser about a passkey, until it answers: in the database, so that any node takes the answer, and
//! once.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{AccountError, Accounts, digest, is_token, later, random_token};
use crate::clock::Micros;
use crate::db::{Db, DbError};
use crate::queries;

/// How long an answer is waited for: people look for a key, and type a PIN.
pub(super) const VALID: Duration = Duration::from_secs(300);
/// Ceremonies of visitors that wait; beyond it the oldest go. Those of whoever is signed in are counted apart, so that
/// nobody pushes them out.
const MAX_WAITING: i64 = 10_000;
/// Ceremonies of one account that wait; beyond it the oldest go.
const MAX_OF_ACCOUNT: i64 = 10;
/// In the place of an account, for whoever signs in.
const NOBODY: i64 = 0;

queries! {
    INSERT = write "passkey_ceremony.insert"
        "INSERT INTO passkey_ceremony (digest, account_id, state, expires_at) VALUES ($1, $2, $3, $4)";
    TAKE = write "passkey_ceremony.take"
        "DELETE FROM passkey_ceremony WHERE digest = $1 AND expires_at > $2 AND COALESCE(account_id, 0) = $3
         RETURNING state";
    FORGET_OLD = write "passkey_ceremony.delete_expired" "DELETE FROM passkey_ceremony WHERE expires_at <= $1";
    FORGET_MANY = write "passkey_ceremony.delete_many"
        "DELETE FROM passkey_ceremony WHERE account_id IS NULL AND expires_at < (
             SELECT expires_at FROM passkey_ceremony WHERE account_id IS NULL
             ORDER BY expires_at DESC LIMIT 1 OFFSET $1)";
    /// $2: one less than are kept.
    FORGET_OF = write "passkey_ceremony.delete_of_account"
        "DELETE FROM passkey_ceremony WHERE account_id = $1 AND expires_at < (
             SELECT expires_at FROM passkey_ceremony WHERE account_id = $1
             ORDER BY expires_at DESC LIMIT 1 OFFSET $2)";
}

impl Accounts {
    /// Keeps what the answer is checked against; the token that the answer brings.
    pub(super) async fn begin_ceremony(
        &self,
        account: Option<i64>,
        state: &impl Serialize,
    ) -> Result<String, AccountError> {
        let db: &Db = &self.db;
        let token = random_token();
        let state = serde_json::to_string(state).map_err(|_| AccountError::PasskeyRefused)?;
        let call = db.query(&INSERT).bind(digest(&token)).bind(account).bind(state);
        call.bind(later(Micros::now(), VALID)).execute().await?;
        match account {
            Some(account) => db.query(&FORGET_OF).bind(account).bind(MAX_OF_ACCOUNT - 1).execute().await?,
            None => db.query(&FORGET_MANY).bind(MAX_WAITING).execute().await?,
        };
        Ok(token)
    }

    /// What was kept, once.
    pub(super) async fn take_ceremony<S: DeserializeOwned>(
        &self,
        account: Option<i64>,
        token: &str,
    ) -> Result<Option<S>, AccountError> {
        if !is_token(token) {
            return Ok(None);
        }
        let db: &Db = &self.db;
        let call = db.query(&TAKE).bind(digest(token)).bind(Micros::now()).bind(account.unwrap_or(NOBODY));
        let state: Option<String> = call.optional().await?;
        Ok(state.and_then(|state| serde_json::from_str(&state).ok()))
    }

    pub(super) async fn forget_ceremonies(&self) -> Result<(), DbError> {
        let db: &Db = &self.db;
        db.query(&FORGET_OLD).bind(Micros::now()).execute().await.map(|_| ())
    }
}
