//! Whoever comes with an API token: one look-up by a keyed digest, which also finds what the owner may
//! do, and once a minute a note that the token was used.
//!
//! A digest takes the key of this installation to foresee, so that the time of the look-up tells nothing about tokens.

use std::time::Duration;

use super::stored_grants::{MAX_GRANTS, Stored, granted};
use super::{AccountError, Accounts, Grants, Scopes, earlier, token};
use crate::clock::Micros;
use crate::db::Db;
use crate::keys::Purpose;
use crate::telemetry::label::{AuthMethod, AuthOutcome};
use crate::{queries, record};

/// Between two notes that a token was used, at least.
const USED_EVERY: Duration = Duration::from_secs(60);

record! {
    /// A token that works, and its owner as they are now.
    #[derive(Clone, Debug)]
    pub struct TokenUsed {
        pub token_id: i64, pub token_name: String, digest: String, scopes: String, pub expires_at: Option<i64>,
        last_used_at: Option<i64>, revoked_at: Option<i64>, pub account_id: i64, pub username: String, pub name: String,
        pub email: String, pub is_superuser: bool, is_active: bool,
    }
}

/// Why a token is not taken. Only whoever has it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefused {
    /// Nobody has such a token.
    Unknown,
    Expired,
    Revoked,
    /// Its owner may not sign in any more.
    OwnerDisabled,
}

#[derive(Clone, Debug)]
pub enum TokenVerdict {
    /// With what its owner may do.
    Taken(Box<(TokenUsed, Grants)>),
    Refused(TokenRefused),
}

queries! {
    FIND = read "token.find"
        ("SELECT t.id AS token_id, t.name AS token_name, t.digest, t.scopes, t.expires_at, t.last_used_at, t.revoked_at,
                a.id AS account_id, a.username, a.name, a.email, a.is_superuser, a.is_active, " [granted "IN (SELECT group_id FROM group_member WHERE account_id = a.id)" "$2"]
         " FROM api_token t JOIN account a ON a.id = t.account_id WHERE t.digest = $1");
    /// Of many requests at once the first one notes it.
    NOTE_USED = write "token.note_used"
        "UPDATE api_token SET last_used_at = $2, last_network = $3
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $4)";
}

impl TokenUsed {
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scopes)
    }

    fn refusal(&self, now: Micros) -> Option<(TokenRefused, AuthOutcome)> {
        if self.revoked_at.is_some() {
            return Some((TokenRefused::Revoked, AuthOutcome::BadCredentials));
        }
        if self.expires_at.is_some_and(|at| at <= now.0) {
            return Some((TokenRefused::Expired, AuthOutcome::Expired));
        }
        (!self.is_active).then_some((TokenRefused::OwnerDisabled, AuthOutcome::Disabled))
    }
}

impl Accounts {
    /// Who comes with this token, while it works and its owner may sign in. `network`: where from.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_token(&self, text: &str, network: &str) -> Result<TokenVerdict, AccountError> {
        let unknown = (TokenRefused::Unknown, AuthOutcome::BadCredentials);
        let refuse = |(refused, outcome)| {
            self.count_attempt(AuthMethod::Token, outcome);
            Ok(TokenVerdict::Refused(refused))
        };
        if !token::is_whole(text) {
            return refuse(unknown);
        }
        let db: &Db = &self.db;
        let call = db.query(&FIND).bind(self.keys.digest(Purpose::ApiToken, text)).bind(MAX_GRANTS);
        let found = match call.optional::<(TokenUsed, Stored)>().await {
            Ok(found) => found.filter(|(found, _)| self.keys.is_digest(Purpose::ApiToken, text, &found.digest)),
            Err(error) => {
                self.count_attempt(AuthMethod::Token, AuthOutcome::Error);
                return Err(error.into());
            }
        };
        let Some((used, stored)) = found else { return refuse(unknown) };
        let now = Micros::now();
        if let Some(refusal) = used.refusal(now) {
            return refuse(refusal);
        }
        self.count_attempt(AuthMethod::Token, AuthOutcome::Success);
        let noted_until = earlier(now, USED_EVERY);
        if used.last_used_at.is_none_or(|at| at <= noted_until.0) {
            let call = db.query(&NOTE_USED).bind(used.token_id).bind(now).bind(network).bind(noted_until);
            // Who reads need not wait for a full disk.
            if let Err(error) = call.execute().await {
                tracing::warn!(%error, "it could not be noted that a token was used");
            }
        }
        let grants = Grants::of(used.account_id, used.is_superuser, &stored);
        Ok(TokenVerdict::Taken(Box::new((used, grants))))
    }
}
