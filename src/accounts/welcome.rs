//! The first superuser: made through a link that the server prints while there is no user. It works once, for an hour.

use std::time::Duration;

use super::session::insert as insert_session;
use super::{AccountError, Accounts, By, NewUser, Visit, digest, is_token, later, random_token};
use crate::clock::Micros;
use crate::db::{Exec, TxName};
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome};
use crate::{queries, record};

const VALID: Duration = Duration::from_secs(3600);
/// Links that are read when one is used: one for each start within an hour.
const MAX_LINKS: usize = 10_000;

record! {
    struct Link { digest: String, expires_at: i64 }
}

queries! {
    INSERT = write "welcome_link.insert" "INSERT INTO welcome_link (digest, expires_at) VALUES ($1, $2)";
    FORGET = write "welcome_link.delete_expired" "DELETE FROM welcome_link WHERE expires_at <= $1";
    FIND = read "welcome_link.find"
        "SELECT digest, expires_at FROM welcome_link
         WHERE digest = $1 AND expires_at > $2 AND NOT EXISTS (SELECT 1 FROM account)";
    /// All of them: whoever uses one at the same time finds none.
    TAKE = write "welcome_link.take" "DELETE FROM welcome_link RETURNING digest, expires_at";
}

impl Accounts {
    /// The token of a new link, while there is no user.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn offer_welcome(&self) -> Result<Option<String>, AccountError> {
        if self.has_users().await? {
            return Ok(None);
        }
        let (token, now) = (random_token(), Micros::now());
        let mut tx = self.db.begin(TxName("welcome.offer")).await?;
        Exec::from(&mut tx).query(&FORGET).bind(now).execute().await?;
        Exec::from(&mut tx).query(&INSERT).bind(digest(&token)).bind(later(now, VALID)).execute().await?;
        let by = By { actor: "server".into(), network: String::new() };
        self.log(&mut tx, AuditEvent::WelcomeOffered, &by, "", "").await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// Whether a link still works.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn is_welcome(&self, token: &str) -> Result<bool, AccountError> {
        if !is_token(token) {
            return Ok(false);
        }
        let found: Option<Link> = self.db.query(&FIND).bind(digest(token)).bind(Micros::now()).optional().await?;
        Ok(found.is_some())
    }

    /// Makes the first superuser, and signs them in; the token of the session. Whatever is wrong with the user leaves
    /// the link as it is.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is written then.
    pub async fn accept_welcome(&self, token: &str, new: NewUser, visit: &Visit) -> Result<String, AccountError> {
        let result = self.try_accept_welcome(token, new, visit).await;
        let outcome = match &result {
            Ok(_) => Some(AuthOutcome::Success),
            Err(AccountError::WelcomeInvalid) => Some(AuthOutcome::BadCredentials),
            Err(AccountError::Db(_)) => Some(AuthOutcome::Error),
            Err(_) => None,
        };
        if let Some(outcome) = outcome {
            self.count_attempt(AuthMethod::Welcome, outcome);
        }
        result
    }

    async fn try_accept_welcome(&self, token: &str, new: NewUser, visit: &Visit) -> Result<String, AccountError> {
        // Before a password is hashed: that is for those who have a link.
        if !self.is_welcome(token).await? {
            return Err(AccountError::WelcomeInvalid);
        }
        let new = NewUser { is_superuser: true, ..new };
        let hash = self.check_new(&new).await?;
        let by = By { actor: new.username.trim().to_owned(), network: visit.network.clone() };
        let mut tx = self.db.begin(TxName("welcome.accept")).await?;
        let links: Vec<Link> = Exec::from(&mut tx).query(&TAKE).list().await?;
        let (ours, now) = (digest(token), Micros::now());
        let holds = links.iter().take(MAX_LINKS).any(|link| link.digest == ours && link.expires_at > now.0);
        if !holds || self.has_users().await? {
            return Err(AccountError::WelcomeInvalid);
        }
        let id = self.insert_user(&mut tx, &new, hash, &by).await?;
        let token = insert_session(&mut tx, id, visit, None, &self.settings).await?;
        self.log(&mut tx, AuditEvent::WelcomeUsed, &by, &by.actor, "").await?;
        tx.commit().await?;
        Ok(token)
    }
}
