//! The passkeys of a user (WebAuthn): keys that devices keep for this site, and use after a look at a finger, a face or a
//! PIN. Each is a complete sign-in, so that adding one takes the password. See [`super::passkey_login`] for using one.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{CredentialID, PasskeyRegistration, RegisterPublicKeyCredential};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::ceremony::VALID;
use super::session::SignedIn;
use super::{AccountError, Accounts, By};
use crate::clock::Micros;
use crate::db::{Constraint, DbError, Exec, Tx, TxName};
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome};
use crate::{queries, record};

/// Passkeys of one user.
pub const MAX_PASSKEYS: usize = 20;
/// Longest name of one, in characters.
const MAX_NAME: usize = 100;

/// The site as browsers know it: for whom a passkey is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The host name, without a port.
    pub id: String,
    /// Scheme, host and port of the pages that may ask for it.
    pub origin: Url,
    /// As a device shows it.
    pub name: String,
}

impl Party {
    pub(super) fn webauthn(&self) -> Result<Webauthn, AccountError> {
        let builder = WebauthnBuilder::new(&self.id, &self.origin);
        let built = builder.and_then(|builder| builder.rp_name(&self.name).timeout(VALID).build());
        built.map_err(|_| AccountError::PasskeyRefused)
    }
}

/// What a browser is asked.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Comes back with the answer.
    pub ceremony: String,
    /// For `navigator.credentials`, with bytes in base64url.
    pub options: Value,
}

/// What a browser answers with a new passkey.
pub struct NewPasskey<'a> {
    pub ceremony: &'a str,
    /// As its user calls it.
    pub name: &'a str,
    pub credential: Value,
}

record! {
    /// A passkey as its user sees it.
    #[derive(Clone, Debug)]
    pub struct PasskeyListed {
        pub id: i64, pub name: String, pub party: String, pub created_at: i64, pub last_used_at: Option<i64>,
    }
}
record! { struct Held { credential_id: String, handle: String } }

queries! {
    LIST = read "passkey.list"
        "SELECT id, name, party, created_at, last_used_at FROM passkey WHERE account_id = $1 ORDER BY id LIMIT $2";
    HELD = read "passkey.list_held" "SELECT credential_id, handle FROM passkey WHERE account_id = $1 ORDER BY id LIMIT $2";
    /// Of two that are added at once the second waits, and is counted.
    LOCK = write "passkey.lock_account" ("SELECT id FROM account WHERE id = $1" for_update);
    COUNT = read "passkey.count" "SELECT COUNT(*) FROM passkey WHERE account_id = $1";
    INSERT = write "passkey.insert"
        "INSERT INTO passkey (account_id, credential_id, handle, party, name, credential, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RENAME = write "passkey.rename" "UPDATE passkey SET name = $3 WHERE id = $1 AND account_id = $2";
    REMOVE = write "passkey.delete" "DELETE FROM passkey WHERE id = $1 AND account_id = $2 RETURNING name";
    REMOVE_ALL = write "passkey.delete_all" "DELETE FROM passkey WHERE account_id = $1";
}

/// As a column holds it.
pub(super) fn encode(credential_id: &[u8]) -> String {
    BASE64URL_NOPAD.encode(credential_id)
}

fn check_name(name: &str) -> Result<&str, AccountError> {
    let name = name.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(AccountError::PasskeyNameInvalid) }
}

fn limit() -> i64 {
    i64::try_from(MAX_PASSKEYS).unwrap_or(i64::MAX)
}

impl Accounts {
    /// The passkeys of a user, the oldest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn list_passkeys(&self, account: i64) -> Result<Vec<PasskeyListed>, AccountError> {
        Ok(self.db.query(&LIST).bind(account).bind(limit()).list().await?)
    }

    /// What a browser is asked for, to make a passkey of somebody who gave their password.
    ///
    /// # Errors
    /// [`AccountError::PasskeysFull`], and when the database is out of reach.
    pub async fn begin_passkey(&self, of: &SignedIn, party: &Party) -> Result<Begun, AccountError> {
        let held: Vec<Held> = self.db.query(&HELD).bind(of.account_id).bind(limit()).list().await?;
        if held.len() >= MAX_PASSKEYS {
            return Err(AccountError::PasskeysFull(MAX_PASSKEYS));
        }
        let known = held.first().and_then(|held| held.handle.parse().ok());
        let handle = known.unwrap_or_else(Uuid::new_v4);
        let there: Vec<CredentialID> =
            held.iter().filter_map(|held| BASE64URL_NOPAD.decode(held.credential_id.as_bytes()).ok()).collect();
        let called = if of.name.is_empty() { &of.username } else { &of.name };
        let webauthn = party.webauthn()?;
        let begun = webauthn.start_passkey_registration(handle, &of.username, called, Some(there));
        let (asked, state) = begun.map_err(|_| AccountError::PasskeyRefused)?;
        let mut options = serde_json::to_value(asked).map_err(|_| AccountError::PasskeyRefused)?;
        // The library leaves it to the device; a key that the device cannot find by itself signs nobody in here.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = "required".into();
        selection["requireResidentKey"] = true.into();
        let ceremony = self.begin_ceremony(Some(of.account_id), &(handle, state)).await?;
        Ok(Begun { ceremony, options })
    }

    /// Keeps a passkey that a browser made.
    ///
    /// # Errors
    /// What [`AccountError`] says; nothing is written then.
    pub async fn add_passkey(
        &self,
        of: &SignedIn,
        party: &Party,
        new: NewPasskey<'_>,
        by: &By,
    ) -> Result<(), AccountError> {
        let result = self.try_add_passkey(of, party, new, by).await;
        let outcome = match &result {
            Ok(()) => Some(AuthOutcome::Success),
            Err(AccountError::CeremonyOver) => Some(AuthOutcome::Expired),
            Err(AccountError::PasskeyRefused | AccountError::PasskeyTaken) => Some(AuthOutcome::BadCredentials),
            Err(AccountError::Db(_)) => Some(AuthOutcome::Error),
            Err(_) => None,
        };
        if let Some(outcome) = outcome {
            self.count_attempt(AuthMethod::PasskeyAdd, outcome);
        }
        result
    }

    async fn try_add_passkey(
        &self,
        of: &SignedIn,
        party: &Party,
        new: NewPasskey<'_>,
        by: &By,
    ) -> Result<(), AccountError> {
        let name = check_name(new.name)?;
        let begun = self.take_ceremony::<(Uuid, PasskeyRegistration)>(Some(of.account_id), new.ceremony).await?;
        let (handle, state) = begun.ok_or(AccountError::CeremonyOver)?;
        let made: RegisterPublicKeyCredential =
            serde_json::from_value(new.credential).map_err(|_| AccountError::PasskeyRefused)?;
        let passkey = party.webauthn()?.finish_passkey_registration(&made, &state).map_err(|error| {
            tracing::info!(%error, "a new passkey was refused");
            AccountError::PasskeyRefused
        })?;
        let credential = serde_json::to_string(&passkey).map_err(|_| AccountError::PasskeyRefused)?;
        let mut tx = self.db.begin(TxName("passkey.add")).await?;
        Exec::from(&mut tx).query(&LOCK).bind(of.account_id).optional::<i64>().await?;
        if Exec::from(&mut tx).query(&COUNT).bind(of.account_id).one::<i64>().await? >= limit() {
            return Err(AccountError::PasskeysFull(MAX_PASSKEYS));
        }
        let call = Exec::from(&mut tx).query(&INSERT).bind(of.account_id).bind(encode(passkey.cred_id()));
        let call = call.bind(handle.to_string()).bind(&party.id).bind(name).bind(credential).bind(Micros::now());
        call.execute().await.map_err(|error| match error {
            DbError::Constraint(Constraint::Unique, _) => AccountError::PasskeyTaken,
            other => other.into(),
        })?;
        self.log(&mut tx, AuditEvent::PasskeyAdded, by, &of.username, name).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Calls a passkey something else; whether there is one.
    ///
    /// # Errors
    /// [`AccountError::PasskeyNameInvalid`], and when the database is out of reach.
    pub async fn rename_passkey(&self, account: i64, passkey: i64, name: &str) -> Result<bool, AccountError> {
        let name = check_name(name)?;
        Ok(self.db.query(&RENAME).bind(passkey).bind(account).bind(name).execute().await? > 0)
    }

    /// Takes a passkey away; whether there was one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn remove_passkey(
        &self,
        account: i64,
        username: &str,
        passkey: i64,
        by: &By,
    ) -> Result<bool, AccountError> {
        let mut tx = self.db.begin(TxName("passkey.remove")).await?;
        let removed: Option<String> = Exec::from(&mut tx).query(&REMOVE).bind(passkey).bind(account).optional().await?;
        let Some(name) = removed else { return Ok(false) };
        self.log(&mut tx, AuditEvent::PasskeyRemoved, by, username, &name).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes all passkeys of a user away: by somebody who helps them; how many there were.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn remove_passkeys(&self, account: i64, username: &str, by: &By) -> Result<u64, AccountError> {
        let mut tx = self.db.begin(TxName("passkey.remove_all")).await?;
        let removed = self.remove_all_passkeys(&mut tx, account, username, by).await?;
        tx.commit().await?;
        Ok(removed)
    }

    pub(super) async fn remove_all_passkeys(
        &self,
        tx: &mut Tx,
        account: i64,
        username: &str,
        by: &By,
    ) -> Result<u64, DbError> {
        let removed = Exec::from(&mut *tx).query(&REMOVE_ALL).bind(account).execute().await?;
        if removed > 0 {
            self.log(tx, AuditEvent::PasskeyRemoved, by, username, "all").await?;
        }
        Ok(removed)
    }
}
