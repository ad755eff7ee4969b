//! Users who come from another system with the passwords that they have there: as hashes, which the first sign-in replaces.

use super::user::{check_email, check_username, key};
use super::{AccountError, Accounts, By};
use crate::db::{Constraint, DbError, Exec, Tx};
use crate::hashing;
use crate::queries;
use crate::telemetry::label::AuditEvent;

/// What no password matches.
const NO_PASSWORD: &str = "!";

/// A user with all that is taken over.
#[derive(Clone, Default)]
pub struct ArrivedUser {
    pub username: String,
    pub email: String,
    pub name: String,
    /// As the other system stores it; one that cannot be checked here matches nothing.
    pub password_hash: String,
    pub is_active: bool,
    pub is_superuser: bool,
    pub created_at: i64,
    pub last_login_at: Option<i64>,
}

queries! {
    INSERT = write "account.insert_arrived"
        "INSERT INTO account (username, username_key, email, name, password_hash, is_active, is_superuser, created_at,
                              password_changed_at, last_login_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) RETURNING id";
}

impl ArrivedUser {
    /// Whether whoever knows the password can sign in with it.
    pub fn has_password(&self) -> bool {
        hashing::is_known(&self.password_hash)
    }
}

impl Accounts {
    /// Adds a user in a transaction; the id.
    ///
    /// # Errors
    /// What [`AccountError`] says; the transaction is of no more use then.
    pub async fn arrive(&self, tx: &mut Tx, user: &ArrivedUser, by: &By) -> Result<i64, AccountError> {
        check_username(&user.username)?;
        check_email(&user.email)?;
        let hash = if user.has_password() { &user.password_hash } else { NO_PASSWORD };
        let call = Exec::from(&mut *tx).query(&INSERT).bind(&user.username).bind(key(&user.username));
        let call = call.bind(&user.email).bind(&user.name).bind(hash).bind(user.is_active).bind(user.is_superuser);
        let id = call.bind(user.created_at).bind(user.last_login_at).one().await.map_err(|error| match error {
            DbError::Constraint(Constraint::Unique, _) => AccountError::UsernameTaken(user.username.clone()),
            other => other.into(),
        })?;
        let kind = if user.is_superuser { "superuser" } else { "" };
        self.log(tx, AuditEvent::UserCreated, by, &user.username, kind).await?;
        Ok(id)
    }
}
