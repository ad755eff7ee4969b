//! Accounts: who signs in, what they may do, and the log of all that changed it.

mod arrival;
mod audit;
mod ceremony;
mod chain;
mod error;
mod grant_change;
mod group;
mod group_change;
mod invite;
mod lockout;
mod login;
mod managed;
mod member;
mod passkey;
mod passkey_login;
mod password;
mod permission;
mod picture;
mod preferences;
mod repeat;
mod reset;
mod roster;
mod scope;
mod session;
mod standing;
mod stored_grants;
mod token;
mod token_use;
mod two_step;
mod user;
mod welcome;

use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};

use crate::clock::Micros;
use crate::config;
use crate::db::{Db, DbError, Query};
use crate::hashing::Hashing;
use crate::keys::Keys;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{AuthMethod, AuthOutcome};
pub use arrival::ArrivedUser;
pub use audit::{Asked as EventsAsked, By, Entry, PAGE_SIZE as EVENTS_PAGE_SIZE};
pub use chain::{Broken, Verified};
pub use error::AccountError;
pub use group::{Grant, GroupListed, TypeName};
pub use login::{Attempt, Verdict};
pub use managed::{GrantManaged, GroupManaged, UserManaged, UsersAsked};
pub use passkey::{Begun, MAX_PASSKEYS, NewPasskey, Party, PasskeyListed};
pub use passkey_login::PasskeyAttempt;
pub use password::{MAX_LENGTH as MAX_PASSWORD_LENGTH, PasswordProblem};
pub use permission::{
    CollectionPermission, GlobalPermission, Grants, PageOf, PagePermission, RecordPermission, Subtree,
};
pub use picture::Person;
pub use preferences::{Gallery, Mails, Preferences, Shelf};
pub use repeat::{Begun as BegunAnswer, BegunKey, KeptAnswer};
pub use reset::{Holder, Passkeys};
pub use roster::{GroupCounted, GroupNamed, Member, Offered, PlaceGrant, RecordGrant, UserListed, UserNamed};
pub use scope::{Scope, Scopes};
pub use session::{SessionListed, SignedIn, Visit};
pub use standing::Standing;
pub use token::{DEFAULT_DAYS, MAX_DAYS, MAX_TOKENS, Minted, NewToken, TOKENS_PAGE_SIZE, TokenListed};
pub use token_use::{TokenRefused, TokenUsed, TokenVerdict};
pub use two_step::{Enrolment, TwoStep};
pub use user::{NewUser, User, UserChange};

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// The same in base64 without padding.
const TOKEN_LENGTH: usize = 43;

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[
    arrival::QUERIES,
    audit::QUERIES,
    chain::QUERIES,
    ceremony::QUERIES,
    grant_change::QUERIES,
    group::QUERIES,
    group_change::QUERIES,
    lockout::QUERIES,
    login::QUERIES,
    managed::QUERIES,
    member::QUERIES,
    passkey::QUERIES,
    passkey_login::QUERIES,
    password::QUERIES,
    picture::QUERIES,
    preferences::QUERIES,
    repeat::QUERIES,
    reset::QUERIES,
    roster::QUERIES,
    session::QUERIES,
    standing::QUERIES,
    stored_grants::QUERIES,
    token::QUERIES,
    token_use::QUERIES,
    two_step::QUERIES,
    user::QUERIES,
    welcome::QUERIES,
];

/// The accounts of one installation.
pub struct Accounts {
    db: Arc<Db>,
    hashing: Arc<Hashing>,
    keys: Keys,
    settings: config::Accounts,
    telemetry: Arc<Telemetry>,
}

impl Accounts {
    pub fn new(
        db: Arc<Db>,
        hashing: Arc<Hashing>,
        keys: Keys,
        settings: &config::Accounts,
        telemetry: Arc<Telemetry>,
    ) -> Arc<Self> {
        Arc::new(Self { db, hashing, keys, settings: settings.clone(), telemetry })
    }

    /// Counts an attempt to prove who one is.
    pub fn count_attempt(&self, method: AuthMethod, outcome: AuthOutcome) {
        self.telemetry.families.auth_attempts.with_label_values(&[method.as_str(), outcome.as_str()]).inc();
    }

    /// Deletes what has ended, and brings `vitrine_auth_sessions` up to date.
    ///
    /// # Errors
    /// When the database is out of reach; the gauge keeps its last value.
    pub async fn keep_house(&self) -> Result<(), DbError> {
        self.forget_failures().await?;
        self.forget_sessions().await?;
        self.forget_challenges().await?;
        self.forget_ceremonies().await?;
        self.forget_resets().await?;
        self.forget_answers().await?;
        let sessions = self.count_sessions().await?;
        self.telemetry.families.auth_sessions.with_label_values::<&str>(&[]).set(sessions as f64);
        Ok(())
    }
}

/// 256 random bits, safe in URLs and cookies.
fn random_token() -> String {
    let mut bytes = [0_u8; TOKEN_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}

/// What the database keeps of a secret. A token has too many bits to be guessed from it.
fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Nothing else is looked up.
fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok()
}

fn later(at: Micros, by: Duration) -> Micros {
    Micros(at.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

fn earlier(at: Micros, by: Duration) -> Micros {
    Micros(at.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}
