//! Signing in with a password. A name that nobody has is answered like a wrong password, as late and as often.

use super::lockout::Turn;
use super::session::{Visit, insert};
use super::{AccountError, Accounts, By, digest, user};
use crate::clock::Micros;
use crate::db::TxName;
use crate::hashing::HashingError;
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome};
use crate::{queries, record};

/// In the security log: a password that somebody gave who is signed in.
const CONFIRM: &str = "confirm";

/// What somebody gave to sign in.
pub struct Attempt<'a> {
    pub username: &'a str,
    pub password: &'a str,
    pub visit: &'a Visit,
    /// The token that the browser had: its session ends.
    pub replaces: Option<&'a str>,
}

/// What is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With the token of the new session.
    In(String),
    /// The password was right; with the token of a challenge that a code answers.
    NeedsCode(String),
    /// The name, the password, the code, or the account is not good.
    Wrong,
    /// There is no such challenge, or it is over: begin again with the password.
    Expired,
    Locked {
        until: Micros,
    },
    /// Too many passwords are being checked.
    Busy,
}

record! {
    struct Known { id: i64, username: String, password_hash: String, is_active: bool }
}

queries! {
    FIND = read "account.find_to_sign_in"
        "SELECT id, username, password_hash, is_active FROM account WHERE username_key = $1";
}

impl Accounts {
    /// Checks a password, and begins a session when it is right.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn log_in(&self, attempt: &Attempt<'_>) -> Result<Verdict, AccountError> {
        let result = self.try_log_in(attempt).await;
        let outcome = match &result {
            Ok((_, outcome)) => *outcome,
            Err(AccountError::Hashing(HashingError::Busy)) => AuthOutcome::Busy,
            Err(_) => AuthOutcome::Error,
        };
        self.count_attempt(AuthMethod::Password, outcome);
        match result {
            Err(AccountError::Hashing(HashingError::Busy)) => Ok(Verdict::Busy),
            other => other.map(|(verdict, _)| verdict),
        }
    }

    async fn try_log_in(&self, attempt: &Attempt<'_>) -> Result<(Verdict, AuthOutcome), AccountError> {
        let key = user::key(attempt.username);
        let visitor = By { actor: String::new(), network: attempt.visit.network.clone() };
        let turn = self.count_try(&key).await?;
        let known: Option<Known> = self.db.query(&FIND).bind(&key).optional().await?;
        // What was typed as a name may be a password: names that nobody has stay out of the log.
        let subject = known.as_ref().map_or("", |known| &known.username);
        if let Turn::Locked { until, first } = turn {
            if first {
                self.telemetry.families.auth_lockouts.with_label_values::<&str>(&[]).inc();
                self.log(&*self.db, AuditEvent::LockedOut, &visitor, subject, "").await?;
            }
            return Ok((Verdict::Locked { until }, AuthOutcome::Locked));
        }
        let hash = known.as_ref().map(|known| known.password_hash.clone());
        let right = self.is_password(hash, attempt.password).await?;
        let Some(known) = known.as_ref().filter(|known| right && known.is_active) else {
            let detail = if right { "inactive" } else { "" };
            self.log(&*self.db, AuditEvent::LoginFailed, &visitor, subject, detail).await?;
            let outcome = if right { AuthOutcome::Disabled } else { AuthOutcome::BadCredentials };
            return Ok((Verdict::Wrong, outcome));
        };
        self.upgrade_password(known.id, &known.password_hash, attempt.password).await?;
        if let Some(challenge) = self.challenge(known.id).await? {
            return Ok((Verdict::NeedsCode(challenge), AuthOutcome::Success));
        }
        let mut tx = self.db.begin(TxName("account.log_in")).await?;
        self.forget_tries(&mut tx, &key).await?;
        let replaced = attempt.replaces.map(digest);
        let token = insert(&mut tx, known.id, attempt.visit, replaced.as_deref(), &self.settings).await?;
        user::note_login(&mut tx, known.id).await?;
        let by = By { actor: known.username.clone(), ..visitor };
        self.log(&mut tx, AuditEvent::Login, &by, &known.username, &attempt.visit.agent).await?;
        tx.commit().await?;
        Ok((Verdict::In(token), AuthOutcome::Success))
    }

    /// Whether this is the password of whoever is signed in, before they change what guards the account. Counted apart
    /// from signing in: with somebody's open session the password is not guessed, and they are not locked out.
    ///
    /// # Errors
    /// [`AccountError::PasswordLocked`] after too many wrong ones; when the database is out of reach, or too many
    /// passwords are being checked.
    pub async fn is_password_of(&self, username: &str, password: &str, by: &By) -> Result<bool, AccountError> {
        let key = user::key(username);
        // A name is counted in lower case: none that is typed to sign in is this.
        let counted = format!("CONFIRM {key}");
        if let Turn::Locked { until, first } = self.count_try(&counted).await? {
            if first {
                self.telemetry.families.auth_lockouts.with_label_values::<&str>(&[]).inc();
                self.log(&*self.db, AuditEvent::LockedOut, by, username, CONFIRM).await?;
            }
            let wait_s = until.0.saturating_sub(Micros::now().0).max(0).unsigned_abs() / 1_000_000 + 1;
            return Err(AccountError::PasswordLocked { wait_s });
        }
        let known: Option<Known> = self.db.query(&FIND).bind(&key).optional().await?;
        let hash = known.filter(|known| known.is_active).map(|known| known.password_hash);
        let is_right = self.is_password(hash, password).await?;
        match is_right {
            true => self.forget_tries(&*self.db, &counted).await?,
            false => self.log(&*self.db, AuditEvent::LoginFailed, by, username, CONFIRM).await?,
        }
        Ok(is_right)
    }
}
