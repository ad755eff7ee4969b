//! API tokens: made, listed and revoked. A token is shown once; the database keeps a keyed digest of it.
//!
//! A token is `vitrine_`, 40 random letters and digits, and 6 that are the CRC-32 of those 40: whoever looks for secrets
//! in texts knows a token without asking anybody. See [`super::token_use`] for what one does.

use std::time::Duration;

use super::{AccountError, Accounts, By, Scopes, later};
use crate::clock::Micros;
use crate::db::{Exec, TxName};
use crate::keys::Purpose;
use crate::telemetry::label::AuditEvent;
use crate::{queries, record};

/// Tokens of one user that work.
pub const MAX_TOKENS: i64 = 50;
/// Tokens on one page of a list.
pub const TOKENS_PAGE_SIZE: i64 = 100;
/// Days that a token lasts when nobody says otherwise.
pub const DEFAULT_DAYS: u32 = 90;
/// Days that one lasts at most, unless it is not to expire.
pub const MAX_DAYS: u32 = 3_650;
/// Longest name of one, in characters.
const MAX_NAME: usize = 100;
const DAY: Duration = Duration::from_secs(86_400);
const PREFIX: &str = "vitrine_";
/// In the order of their values.
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 238 random bits.
const RANDOM_LETTERS: usize = 40;
/// 62 to the sixth is more than two to the 32nd.
const CHECK_LETTERS: usize = 6;
/// Of the random letters, those that a list shows: 24 bits of 238.
const SHOWN_LETTERS: usize = 4;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// As its owner calls it.
    pub name: &'a str,
    pub scopes: Scopes,
    /// `None`: it does not expire.
    pub days: Option<u32>,
}

/// A new token. Nobody sees it again.
pub struct Minted {
    pub id: i64,
    pub token: String,
    pub expires_at: Option<i64>,
}

record! {
    /// A token as its owner sees it.
    #[derive(Clone, Debug)]
    pub struct TokenListed {
        pub id: i64, pub account_id: i64, pub username: String, pub name: String, pub hint: String, scopes: String,
        pub created_at: i64, pub expires_at: Option<i64>, pub last_used_at: Option<i64>, pub last_network: String,
        pub revoked_at: Option<i64>, pub owner_is_active: bool,
    }
}
record! { struct Revoked { name: String, username: String } }

queries! {
    /// Of two that are made at once the second waits, and is counted.
    LOCK = write "token.lock_account" ("SELECT id FROM account WHERE id = $1" for_update);
    COUNT = read "token.count"
        "SELECT COUNT(*) FROM api_token
         WHERE account_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    INSERT = write "token.insert"
        "INSERT INTO api_token (account_id, name, digest, hint, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    LIST_OWN = read "token.list_own"
        "SELECT t.id, t.account_id, a.username, t.name, t.hint, t.scopes, t.created_at, t.expires_at, t.last_used_at,
                t.last_network, t.revoked_at, a.is_active AS owner_is_active
         FROM api_token t JOIN account a ON a.id = t.account_id
         WHERE t.account_id = $1 AND t.id < $2 ORDER BY t.id DESC LIMIT $3";
    LIST = read "token.list"
        "SELECT t.id, t.account_id, a.username, t.name, t.hint, t.scopes, t.created_at, t.expires_at, t.last_used_at,
                t.last_network, t.revoked_at, a.is_active AS owner_is_active
         FROM api_token t JOIN account a ON a.id = t.account_id
         WHERE t.id < $1 ORDER BY t.id DESC LIMIT $2";
    /// $2: of this account alone; 0: of anybody.
    REVOKE = write "token.revoke"
        "UPDATE api_token SET revoked_at = $3 WHERE id = $1 AND ($2 = 0 OR account_id = $2) AND revoked_at IS NULL
         RETURNING name, (SELECT username FROM account WHERE account.id = api_token.account_id) AS username";
}

/// The check letters of a token.
fn check(random: &str) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(random.as_bytes());
    let (mut rest, mut letters) = (crc.sum() as usize, [LETTERS[0]; CHECK_LETTERS]);
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[rest % LETTERS.len()];
        rest /= LETTERS.len();
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

fn mint() -> String {
    let letter = |_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]);
    let random: String = (0..RANDOM_LETTERS).map(letter).collect();
    format!("{PREFIX}{random}{}", check(&random))
}

/// Whether this may be a token: what is mistyped, or cut off, is not looked up.
pub(super) fn is_whole(text: &str) -> bool {
    let Some(letters) = text.strip_prefix(PREFIX).filter(|letters| letters.is_ascii()) else { return false };
    letters.len() == RANDOM_LETTERS + CHECK_LETTERS && check(&letters[..RANDOM_LETTERS]) == letters[RANDOM_LETTERS..]
}

fn check_name(name: &str) -> Result<&str, AccountError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(AccountError::TokenNameInvalid) }
}

impl TokenListed {
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scopes)
    }

    /// Whether the API takes it.
    pub fn works(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && !self.is_expired(now) && self.owner_is_active
    }

    pub fn is_expired(&self, now: Micros) -> bool {
        self.expires_at.is_some_and(|at| at <= now.0)
    }
}

impl Accounts {
    /// Makes a token of a user.
    ///
    /// # Errors
    /// What [`AccountError`] says of tokens; nothing is written then.
    pub async fn create_token(
        &self,
        (account, username): (i64, &str),
        new: &NewToken<'_>,
        by: &By,
    ) -> Result<Minted, AccountError> {
        let name = check_name(new.name)?;
        if new.scopes.is_empty() {
            return Err(AccountError::TokenScopesMissing);
        }
        if new.days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            return Err(AccountError::TokenLifetimeInvalid(MAX_DAYS));
        }
        let (token, now) = (mint(), Micros::now());
        let expires_at = new.days.map(|days| later(now, DAY * days).0);
        let mut tx = self.db.begin(TxName("token.create")).await?;
        let known: Option<i64> = Exec::from(&mut tx).query(&LOCK).bind(account).optional().await?;
        known.ok_or_else(|| AccountError::UserNotFound(username.to_owned()))?;
        let working: i64 = Exec::from(&mut tx).query(&COUNT).bind(account).bind(now).one().await?;
        if working >= MAX_TOKENS {
            return Err(AccountError::TokensFull(MAX_TOKENS));
        }
        let call = Exec::from(&mut tx).query(&INSERT).bind(account).bind(name);
        let call = call.bind(self.keys.digest(Purpose::ApiToken, &token)).bind(&token[..PREFIX.len() + SHOWN_LETTERS]);
        let id = call.bind(new.scopes.to_string()).bind(now).bind(expires_at).one().await?;
        let until = expires_at.map_or("never expires".to_owned(), |at| format!("until {}", Micros(at).to_rfc3339()));
        let detail = format!("{name}: {}, {until}", new.scopes);
        self.log(&mut tx, AuditEvent::TokenCreated, by, username, &detail).await?;
        tx.commit().await?;
        Ok(Minted { id, token, expires_at })
    }

    /// The tokens of a user, the newest first, also those that work no longer: at most [`TOKENS_PAGE_SIZE`] and one
    /// more, which tells that there are more. `before`: those older than this one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_tokens_of(&self, account: i64, before: Option<i64>) -> Result<Vec<TokenListed>, AccountError> {
        let call = self.db.query(&LIST_OWN).bind(account).bind(before.unwrap_or(i64::MAX));
        Ok(call.bind(TOKENS_PAGE_SIZE + 1).list().await?)
    }

    /// As [`Accounts::list_tokens_of`], of all users.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_tokens(&self, before: Option<i64>) -> Result<Vec<TokenListed>, AccountError> {
        Ok(self.db.query(&LIST).bind(before.unwrap_or(i64::MAX)).bind(TOKENS_PAGE_SIZE + 1).list().await?)
    }

    /// Ends a token at once; its row stays. `of`: the user it has to be of; `None` is anybody.
    ///
    /// # Errors
    /// [`AccountError::TokenNotFound`], also for one that is revoked already; when the database is out of reach.
    pub async fn revoke_token(&self, token: i64, of: Option<i64>, by: &By) -> Result<(), AccountError> {
        let mut tx = self.db.begin(TxName("token.revoke")).await?;
        let call = Exec::from(&mut tx).query(&REVOKE).bind(token).bind(of.unwrap_or_default()).bind(Micros::now());
        let revoked: Option<Revoked> = call.optional().await?;
        let Some(Revoked { name, username }) = revoked else { return Err(AccountError::TokenNotFound(token)) };
        self.log(&mut tx, AuditEvent::TokenRevoked, by, &username, &name).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_without_asking_anybody() {
        let token = mint();
        assert_eq!(token.len(), PREFIX.len() + RANDOM_LETTERS + CHECK_LETTERS);
        assert!(is_whole(&token), "{token}");
        assert_ne!(token, mint());
        assert_eq!(check("123456789"), "3jZRME", "the check value of CRC-32, cbf43926, in base 62");
        // docs/API.md has the same example.
        assert!(is_whole(&format!("vitrine_{}2kaqcA", "0".repeat(RANDOM_LETTERS))));
        let changed = |at: usize| {
            let mut letters: Vec<char> = token.chars().collect();
            letters[at] = if letters[at] == 'a' { 'b' } else { 'a' };
            letters.into_iter().collect::<String>()
        };
        for at in [8, 20, 47, 48, 53] {
            assert!(!is_whole(&changed(at)), "letter {at}");
        }
        for wrong in
            ["", "vitrine_", &token[1..], &token[..53], &format!("{token}a"), &token.replace("vitrine_", "wagtail_")]
        {
            assert!(!is_whole(wrong), "{wrong}");
        }
        assert!(!is_whole(&format!("vitrine_{}", "é".repeat(23))));
    }
}
