//! The second step of signing in: a code of an authenticator app (TOTP, RFC 6238), or one of ten codes on paper.
//! A code works once; five wrong ones end the attempt, and each attempt needs the password again.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use rand::Rng as _;
use totp_rs::{Builder, Totp};

use super::login::Verdict;
use super::session::{SignedIn, Visit, insert as insert_session};
use super::{AccountError, Accounts, By, digest, is_token, later, random_token, user};
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::keys::Purpose;
use crate::telemetry::label::{AuditEvent, AuthMethod, AuthOutcome};
use crate::{queries, record};

/// As an authenticator app names the site.
const ISSUER: &str = "Vitrine";
/// Bytes of a secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Bytes of a recovery code: too many to be guessed from a digest.
const RECOVERY_BYTES: usize = 10;
const RECOVERY_CODES: usize = 10;
/// How long a code may be looked for after the password.
const CHALLENGE: Duration = Duration::from_secs(300);
/// Codes that may be given after one password.
const ATTEMPTS: i64 = 5;

record! { struct Kept { secret: String, confirmed_at: Option<i64>, last_step: i64 } }
record! { struct Challenged { username: String, username_key: String } }

queries! {
    FIND = read "totp.find" "SELECT secret, confirmed_at, last_step FROM totp WHERE account_id = $1";
    BEGIN = write "totp.begin"
        "INSERT INTO totp (account_id, secret) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, last_step = 0 WHERE totp.confirmed_at IS NULL";
    CONFIRM = write "totp.confirm"
        "UPDATE totp SET confirmed_at = $2, last_step = $3 WHERE account_id = $1 AND confirmed_at IS NULL";
    TAKE_STEP = write "totp.take_step"
        "UPDATE totp SET last_step = $2 WHERE account_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2";
    FORGET = write "totp.delete" "DELETE FROM totp WHERE account_id = $1";
    KEEP_CODE = write "recovery_code.insert" "INSERT INTO recovery_code (account_id, digest) VALUES ($1, $2)";
    TAKE_CODE = write "recovery_code.take" "DELETE FROM recovery_code WHERE account_id = $1 AND digest = $2";
    FORGET_CODES = write "recovery_code.delete" "DELETE FROM recovery_code WHERE account_id = $1";
    COUNT_CODES = read "recovery_code.count" "SELECT COUNT(*) FROM recovery_code WHERE account_id = $1";
    CHALLENGE_NEW = write "login_challenge.insert"
        "INSERT INTO login_challenge (digest, account_id, expires_at) VALUES ($1, $2, $3)";
    CHALLENGE_TRY = write "login_challenge.try"
        "UPDATE login_challenge SET attempts = attempts + 1
         WHERE digest = $1 AND expires_at > $2 AND attempts < $3 RETURNING account_id";
    CHALLENGED = read "account.find_challenged"
        "SELECT username, username_key FROM account WHERE id = $1 AND is_active";
    CHALLENGE_END = write "login_challenge.delete" "DELETE FROM login_challenge WHERE account_id = $1";
    CHALLENGE_FORGET = write "login_challenge.delete_expired" "DELETE FROM login_challenge WHERE expires_at <= $1";
}

/// Where the second step of a user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoStep {
    pub is_on: bool,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

/// What an authenticator app needs, once.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// In base32, for typing.
    pub secret: String,
    /// `otpauth://totp/…`, for a QR code.
    pub url: String,
}

impl Accounts {
    /// # Errors
    /// When the database is out of reach.
    pub async fn two_step(&self, account: i64) -> Result<TwoStep, AccountError> {
        let kept: Option<Kept> = self.db.query(&FIND).bind(account).optional().await?;
        let is_on = kept.is_some_and(|kept| kept.confirmed_at.is_some());
        let codes_left = if is_on { self.db.query(&COUNT_CODES).bind(account).one().await? } else { 0 };
        Ok(TwoStep { is_on, codes_left })
    }

    /// A new secret, which counts once a code of it was given.
    ///
    /// # Errors
    /// [`AccountError::TwoStepOn`] when there is one that counts, and when the database is out of reach.
    pub async fn begin_two_step(&self, of: &SignedIn) -> Result<Enrolment, AccountError> {
        let mut bytes = [0_u8; SECRET_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        let secret = BASE32_NOPAD.encode(&bytes);
        let sealed = self.keys.seal(Purpose::SecondStep, &of.account_id.to_string(), &secret);
        if self.db.query(&BEGIN).bind(of.account_id).bind(sealed).execute().await? == 0 {
            return Err(AccountError::TwoStepOn);
        }
        let label: String = url::form_urlencoded::byte_serialize(of.username.as_bytes()).collect();
        let url = format!("otpauth://totp/{ISSUER}:{label}?secret={secret}&issuer={ISSUER}");
        Ok(Enrolment { secret, url })
    }

    /// Turns the second step on, with the first code of the app; the recovery codes, which are shown this once.
    ///
    /// # Errors
    /// [`AccountError::CodeWrong`], and when the database is out of reach.
    pub async fn confirm_two_step(&self, of: &SignedIn, code: &str, by: &By) -> Result<Vec<String>, AccountError> {
        let mut tx = self.db.begin(TxName("two_step.confirm")).await?;
        let kept: Option<Kept> = Exec::from(&mut tx).query(&FIND).bind(of.account_id).optional().await?;
        let kept = kept.filter(|kept| kept.confirmed_at.is_none()).ok_or(AccountError::CodeWrong)?;
        let step = self.matching_step(of.account_id, &kept, code).ok_or(AccountError::CodeWrong)?;
        let call = Exec::from(&mut tx).query(&CONFIRM).bind(of.account_id).bind(Micros::now()).bind(step);
        if call.execute().await? == 0 {
            return Err(AccountError::CodeWrong);
        }
        let codes = new_codes(&mut tx, of.account_id).await?;
        self.log(&mut tx, AuditEvent::TwoStepOn, by, &of.username, "").await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// New recovery codes; those of before work no longer.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn renew_recovery_codes(&self, of: &SignedIn, by: &By) -> Result<Vec<String>, AccountError> {
        let mut tx = self.db.begin(TxName("two_step.renew")).await?;
        let codes = new_codes(&mut tx, of.account_id).await?;
        self.log(&mut tx, AuditEvent::RecoveryRenewed, by, &of.username, "").await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Turns the second step off: by the user, or by somebody who helps them; whether it was on.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn end_two_step(&self, account: i64, username: &str, by: &By) -> Result<bool, AccountError> {
        let mut tx = self.db.begin(TxName("two_step.end")).await?;
        let was_on = Exec::from(&mut tx).query(&FORGET).bind(account).execute().await? > 0;
        Exec::from(&mut tx).query(&FORGET_CODES).bind(account).execute().await?;
        Exec::from(&mut tx).query(&CHALLENGE_END).bind(account).execute().await?;
        if was_on {
            self.log(&mut tx, AuditEvent::TwoStepOff, by, username, "").await?;
        }
        tx.commit().await?;
        Ok(was_on)
    }

    /// After the right password: the token of a challenge, when there is a second step.
    pub(super) async fn challenge(&self, account: i64) -> Result<Option<String>, DbError> {
        let kept: Option<Kept> = self.db.query(&FIND).bind(account).optional().await?;
        if kept.is_none_or(|kept| kept.confirmed_at.is_none()) {
            return Ok(None);
        }
        let token = random_token();
        let expires = later(Micros::now(), CHALLENGE);
        self.db.query(&CHALLENGE_NEW).bind(digest(&token)).bind(account).bind(expires).execute().await?;
        Ok(Some(token))
    }

    /// The second step: checks a code, and begins the session when it is right.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn answer_challenge(&self, token: &str, code: &str, visit: &Visit) -> Result<Verdict, AccountError> {
        let result = self.try_answer(token, code, visit).await;
        let outcome = match &result {
            Ok(Verdict::In(_)) => AuthOutcome::Success,
            Ok(Verdict::Wrong) => AuthOutcome::BadCredentials,
            Ok(_) => AuthOutcome::Expired,
            Err(_) => AuthOutcome::Error,
        };
        self.count_attempt(AuthMethod::Code, outcome);
        result
    }

    async fn try_answer(&self, token: &str, code: &str, visit: &Visit) -> Result<Verdict, AccountError> {
        if !is_token(token) {
            return Ok(Verdict::Expired);
        }
        let call = self.db.query(&CHALLENGE_TRY).bind(digest(token)).bind(Micros::now()).bind(ATTEMPTS);
        let Some(account) = call.optional::<i64>().await? else { return Ok(Verdict::Expired) };
        let known: Option<Challenged> = self.db.query(&CHALLENGED).bind(account).optional().await?;
        let Some(known) = known else { return Ok(Verdict::Expired) };
        let by = By { actor: known.username.clone(), network: visit.network.clone() };
        let mut tx = self.db.begin(TxName("account.answer_challenge")).await?;
        if !self.take(&mut tx, account, code).await? {
            drop(tx);
            let visitor = By { actor: String::new(), ..by };
            self.log(&*self.db, AuditEvent::LoginFailed, &visitor, &known.username, "code").await?;
            return Ok(Verdict::Wrong);
        }
        Exec::from(&mut tx).query(&CHALLENGE_END).bind(account).execute().await?;
        self.forget_tries(&mut tx, &known.username_key).await?;
        let token = insert_session(&mut tx, account, visit, None, &self.settings).await?;
        user::note_login(&mut tx, account).await?;
        self.log(&mut tx, AuditEvent::Login, &by, &known.username, &visit.agent).await?;
        tx.commit().await?;
        Ok(Verdict::In(token))
    }

    /// Whether a code is right, and was not used before.
    async fn take(&self, tx: &mut Tx, account: i64, code: &str) -> Result<bool, DbError> {
        let code: String = code.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
        if code.len() == 6 {
            let kept: Option<Kept> = Exec::from(&mut *tx).query(&FIND).bind(account).optional().await?;
            let step = kept.and_then(|kept| self.matching_step(account, &kept, &code));
            let Some(step) = step else { return Ok(false) };
            return Ok(Exec::from(tx).query(&TAKE_STEP).bind(account).bind(step).execute().await? > 0);
        }
        let call = Exec::from(tx).query(&TAKE_CODE).bind(account).bind(digest(&code.to_ascii_uppercase()));
        Ok(call.execute().await? > 0)
    }

    /// The step of 30 seconds that a code belongs to: the current one, or a neighbour. `None` for a wrong or used code.
    fn matching_step(&self, account: i64, kept: &Kept, code: &str) -> Option<i64> {
        let secret = self.keys.open_sealed(Purpose::SecondStep, &account.to_string(), &kept.secret)?;
        let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
        let totp: Totp = Builder::new().with_secret(secret).with_skew(1).build().ok()?;
        let now_s = Micros::now().0 / 1_000_000;
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let matched = totp.check(&code, now_s.unsigned_abs())?;
        let step = i64::try_from(matched).ok()?;
        (step > kept.last_step).then_some(step)
    }

    pub(super) async fn forget_challenges(&self) -> Result<(), DbError> {
        let db: &Db = &self.db;
        db.query(&CHALLENGE_FORGET).bind(Micros::now()).execute().await.map(|_| ())
    }
}

async fn new_codes(tx: &mut Tx, account: i64) -> Result<Vec<String>, DbError> {
    Exec::from(&mut *tx).query(&FORGET_CODES).bind(account).execute().await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0_u8; RECOVERY_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        let code = BASE32_NOPAD.encode(&bytes);
        Exec::from(&mut *tx).query(&KEEP_CODE).bind(account).bind(digest(&code)).execute().await?;
        let parts: Vec<&str> = (0..code.len()).step_by(4).map(|at| &code[at..at + 4]).collect();
        codes.push(parts.join("-"));
    }
    Ok(codes)
}
