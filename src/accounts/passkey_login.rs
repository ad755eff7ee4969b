//! Signing in with a passkey. It is complete: the device looked at a finger, a face or a PIN, and no code is asked for.
//! Nobody can guess at a signature; what is refused is counted for the passkey, not for the name, so that whoever guesses
//! at a password does not lock out somebody who needs none.

use serde_json::Value;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError};

use super::lockout::Turn;
use super::login::Verdict;
use super::passkey::{Begun, Party, encode};
use super::session::{Visit, insert as insert_session};
use super::{AccountError, Accounts, By, digest, user};
use crate::clock::Micros;
use crate::db::{Db, Exec, TxName};
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome};
use crate::{queries, record};

/// What a browser answers to sign in.
pub struct PasskeyAttempt<'a> {
    pub ceremony: &'a str,
    pub credential: Value,
    pub visit: &'a Visit,
    /// The token that the browser had: its session ends.
    pub replaces: Option<&'a str>,
}

record! {
    struct Known {
        id: i64, account_id: i64, handle: String, party: String, credential: String, username: String, is_active: bool,
    }
}

queries! {
    FIND = read "passkey.find_to_sign_in"
        "SELECT p.id, p.account_id, p.handle, p.party, p.credential, a.username, a.is_active
         FROM passkey p JOIN account a ON a.id = p.account_id WHERE p.credential_id = $1";
    /// $3: as it was when the answer was checked. Of two answers with one count the second finds another one.
    NOTE_USED = write "passkey.note_used"
        "UPDATE passkey SET credential = $2, last_used_at = $4 WHERE id = $1 AND credential = $3";
}

/// Why an answer is not good, as the security log says it.
struct Refused(&'static str);

/// The passkey as it is after this use.
fn check(
    party: &Party,
    known: &Known,
    state: DiscoverableAuthentication,
    answer: &PublicKeyCredential,
) -> Result<String, Refused> {
    let other = || Refused("passkey");
    let webauthn = party.webauthn().map_err(|_| other())?;
    let (handle, _) = webauthn.identify_discoverable_authentication(answer).map_err(|_| other())?;
    if handle.to_string() != known.handle || party.id != known.party {
        return Err(other());
    }
    let mut passkey: Passkey = serde_json::from_str(&known.credential).map_err(|_| other())?;
    let used =
        webauthn.finish_discoverable_authentication_v2(answer, state, &passkey).map_err(|error| match error {
            // Somebody may have a copy of the key.
            WebauthnError::CredentialPossibleCompromise => Refused("passkey counter"),
            _ => other(),
        })?;
    passkey.update_credential(&used);
    serde_json::to_string(&passkey).map_err(|_| other())
}

impl Accounts {
    /// What a browser is asked for, to sign in with any passkey that it has for this site.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn begin_passkey_login(&self, party: &Party) -> Result<Begun, AccountError> {
        let begun = party.webauthn()?.start_discoverable_authentication();
        let (asked, state) = begun.map_err(|_| AccountError::PasskeyRefused)?;
        let options = serde_json::to_value(asked).map_err(|_| AccountError::PasskeyRefused)?;
        let ceremony = self.begin_ceremony(None, &state).await?;
        Ok(Begun { ceremony, options })
    }

    /// Checks an answer, and begins a session when it is good.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn log_in_with_passkey(
        &self,
        party: &Party,
        attempt: PasskeyAttempt<'_>,
    ) -> Result<Verdict, AccountError> {
        let result = self.try_passkey(party, attempt).await;
        let outcome = result.as_ref().map_or(AuthOutcome::Error, |(_, outcome)| *outcome);
        self.count_attempt(AuthMethod::Passkey, outcome);
        result.map(|(verdict, _)| verdict)
    }

    async fn try_passkey(
        &self,
        party: &Party,
        attempt: PasskeyAttempt<'_>,
    ) -> Result<(Verdict, AuthOutcome), AccountError> {
        let db: &Db = &self.db;
        let visitor = By { actor: String::new(), network: attempt.visit.network.clone() };
        let state = self.take_ceremony::<DiscoverableAuthentication>(None, attempt.ceremony).await?;
        let Some(state) = state else { return Ok((Verdict::Expired, AuthOutcome::Expired)) };
        let Ok(answer) = serde_json::from_value::<PublicKeyCredential>(attempt.credential) else {
            return Ok((Verdict::Wrong, AuthOutcome::BadCredentials));
        };
        let credential_id = encode(answer.get_credential_id());
        let known: Option<Known> = db.query(&FIND).bind(&credential_id).optional().await?;
        let Some(known) = known else {
            self.log(db, AuditEvent::LoginFailed, &visitor, "", "passkey unknown").await?;
            return Ok((Verdict::Wrong, AuthOutcome::BadCredentials));
        };
        // No name has a space in it.
        let counted = format!("passkey {credential_id}");
        if let Turn::Locked { until, first } = self.count_try(&counted).await? {
            if first {
                self.telemetry.families.auth_lockouts.with_label_values::<&str>(&[]).inc();
                self.log(db, AuditEvent::LockedOut, &visitor, &known.username, "passkey").await?;
            }
            return Ok((Verdict::Locked { until }, AuthOutcome::Locked));
        }
        let checked = check(party, &known, state, &answer);
        let used = match checked {
            Ok(used) if known.is_active => used,
            Ok(_) => {
                self.log(db, AuditEvent::LoginFailed, &visitor, &known.username, "passkey inactive").await?;
                return Ok((Verdict::Wrong, AuthOutcome::Disabled));
            }
            Err(Refused(why)) => {
                self.log(db, AuditEvent::LoginFailed, &visitor, &known.username, why).await?;
                return Ok((Verdict::Wrong, AuthOutcome::BadCredentials));
            }
        };
        let mut tx = self.db.begin(TxName("account.log_in_with_passkey")).await?;
        let call = Exec::from(&mut tx).query(&NOTE_USED).bind(known.id).bind(used).bind(&known.credential);
        if call.bind(Micros::now()).execute().await? == 0 {
            return Ok((Verdict::Expired, AuthOutcome::Expired));
        }
        self.forget_tries(&mut tx, &counted).await?;
        let replaced = attempt.replaces.map(digest);
        let token =
            insert_session(&mut tx, known.account_id, attempt.visit, replaced.as_deref(), &self.settings).await?;
        user::note_login(&mut tx, known.account_id).await?;
        let by = By { actor: known.username.clone(), ..visitor };
        let detail = format!("{}, passkey", attempt.visit.agent);
        self.log(&mut tx, AuditEvent::Login, &by, &known.username, &detail).await?;
        tx.commit().await?;
        Ok((Verdict::In(token), AuthOutcome::Success))
    }
}
