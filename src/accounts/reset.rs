//! A forgotten password: a link by mail, which works once, for an hour. Whoever asks is told the same, whether or not there
//! is such a user.

use std::time::Duration;

use serde_json::json;

use super::{AccountError, Accounts, By, digest, is_token, later, random_token, session, user};
use crate::clock::Micros;
use crate::db::{DbError, Exec, Tx, TxName};
use crate::jobs::{NewJob, queue};
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome, JobKind};
use crate::{queries, record};

const VALID: Duration = Duration::from_secs(3600);
/// Links of one user that work at the same time, of those that visitors ask for: whoever asks for more changes nothing.
const MAX_LINKS: i64 = 3;
/// Users with one address, who each get a link.
const MAX_USERS: i64 = 5;

record! { struct Known { id: i64, username: String, links: i64 } }
record! {
    /// Whose password a link sets.
    #[derive(Clone, Debug)]
    pub struct Holder { pub username: String, pub passkeys: i64 }
}

/// What becomes of the passkeys of somebody who sets a new password by a link. Whoever knew the old one could add one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passkeys {
    Kept,
    Removed,
}

record! {
    /// Whom a mail with a link goes to.
    #[derive(Clone, Debug)]
    pub struct Addressee { pub id: i64, pub username: String, pub email: String }
}

queries! {
    FIND = read "account.list_to_reset"
        "SELECT id, username,
                (SELECT COUNT(*) FROM password_reset r WHERE r.account_id = account.id AND r.expires_at > $4) AS links
         FROM account WHERE is_active AND email <> '' AND (username_key = $1 OR email = $2) ORDER BY id LIMIT $3";
    ADDRESSEE = read "account.find_addressee"
        "SELECT id, username, email FROM account WHERE id = $1 AND is_active AND email <> ''";
    INSERT = write "password_reset.insert"
        "INSERT INTO password_reset (digest, account_id, expires_at) VALUES ($1, $2, $3)";
    HOLDER = read "password_reset.find"
        "SELECT a.username, (SELECT COUNT(*) FROM passkey p WHERE p.account_id = a.id) AS passkeys
         FROM password_reset r JOIN account a ON a.id = r.account_id
         WHERE r.digest = $1 AND r.expires_at > $2 AND a.is_active";
    TAKE = write "password_reset.take" "DELETE FROM password_reset WHERE digest = $1 AND expires_at > $2 RETURNING account_id";
    FORGET = write "password_reset.delete" "DELETE FROM password_reset WHERE account_id = $1";
    FORGET_OLD = write "password_reset.delete_expired" "DELETE FROM password_reset WHERE expires_at <= $1";
}

/// Ends all links of a user.
pub(super) async fn forget_of(tx: &mut Tx, account: i64) -> Result<(), DbError> {
    Exec::from(tx).query(&FORGET).bind(account).execute().await.map(|_| ())
}

impl Accounts {
    /// Has a link sent to whoever has this name or address, by a job: one that waits is not doubled, and nobody is mailed
    /// without end because others ask.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn ask_for_reset(&self, name_or_email: &str, by: &By) -> Result<(), AccountError> {
        let given = name_or_email.trim();
        let call = self.db.query(&FIND).bind(user::key(given)).bind(given).bind(MAX_USERS).bind(Micros::now());
        let mut known: Vec<Known> = call.list().await?;
        if by.actor.is_empty() {
            let asked = known.len();
            known.retain(|user| user.links < MAX_LINKS);
            (known.len()..asked).for_each(|_| self.count_attempt(AuthMethod::Reset, AuthOutcome::Throttled));
        }
        let mut tx = self.db.begin(TxName("password_reset.ask")).await?;
        if known.is_empty() {
            // As long as for a name that somebody has, who is not mailed too often: the job finds nobody.
            queue::enqueue(&mut tx, &NewJob::new(JobKind::PasswordReset, json!({ "account": 0 })).keyed("0")).await?;
        }
        for user in &known {
            let job = NewJob::new(JobKind::PasswordReset, json!({ "account": user.id })).keyed(user.id.to_string());
            queue::enqueue(&mut tx, &job).await?;
            self.log(&mut tx, AuditEvent::ResetAsked, by, &user.username, "").await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A new link for a user: to whom it goes, and its token. `None` for a user who is gone by now.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn make_reset(&self, account: i64) -> Result<Option<(Addressee, String)>, DbError> {
        let found: Option<Addressee> = self.db.query(&ADDRESSEE).bind(account).optional().await?;
        let Some(to) = found else { return Ok(None) };
        let token = random_token();
        let call = self.db.query(&INSERT).bind(digest(&token)).bind(account);
        call.bind(later(Micros::now(), VALID)).execute().await?;
        Ok(Some((to, token)))
    }

    /// The user whose password a link sets; `None` when it works no longer.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_reset(&self, token: &str) -> Result<Option<Holder>, AccountError> {
        if !is_token(token) {
            return Ok(None);
        }
        Ok(self.db.query(&HOLDER).bind(digest(token)).bind(Micros::now()).optional().await?)
    }

    /// Sets the password that a link is for, and ends all sessions and all links of the user. A password that is
    /// refused leaves the link as it is.
    ///
    /// # Errors
    /// [`AccountError::ResetInvalid`], and what else [`AccountError`] says; nothing is changed then.
    pub async fn accept_reset(
        &self,
        token: &str,
        password: &str,
        passkeys: Passkeys,
        network: &str,
    ) -> Result<(), AccountError> {
        // Before a password is hashed: that is for those who have a link.
        let holder = self.find_reset(token).await?.ok_or(AccountError::ResetInvalid)?;
        let user = self.user(&holder.username).await?;
        let hash = self.hash_chosen(password, &[&user.username, &user.email, &user.name]).await?;
        let by = By { actor: holder.username, network: network.to_owned() };
        let mut tx = self.db.begin(TxName("password_reset.accept")).await?;
        let call = Exec::from(&mut tx).query(&TAKE).bind(digest(token)).bind(Micros::now());
        if call.optional::<i64>().await? != Some(user.id) {
            return Err(AccountError::ResetInvalid);
        }
        user::set_hash(&mut tx, user.id, hash).await?;
        forget_of(&mut tx, user.id).await?;
        session::end_all(&mut tx, user.id, None).await?;
        if passkeys == Passkeys::Removed {
            self.remove_all_passkeys(&mut tx, user.id, &user.username, &by).await?;
        }
        self.log(&mut tx, AuditEvent::PasswordChanged, &by, &user.username, "by mail").await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn forget_resets(&self) -> Result<(), DbError> {
        self.db.query(&FORGET_OLD).bind(Micros::now()).execute().await.map(|_| ())
    }
}
