//! Why something about accounts is refused.

use super::PasswordProblem;
use crate::db::DbError;
use crate::hashing::HashingError;

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("a user name has 1 to 150 letters, digits and @ . + - _")]
    UsernameInvalid,
    #[error("there is a user {0:?} already")]
    UsernameTaken(String),
    #[error("there is no user {0:?}")]
    UserNotFound(String),
    #[error("an e-mail address has one @ and no spaces")]
    EmailInvalid,
    #[error("{field}: at most {max} characters")]
    TooLong { field: &'static str, max: usize },
    #[error("there is no time zone {0:?}")]
    TimeZoneInvalid(String),
    #[error("a language is a code such as en or pt-br")]
    LocaleInvalid,
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    #[error("{0:?} is the last superuser who can sign in")]
    LastSuperuser(String),
    #[error("{0} is a superuser by now: only a superuser may change a superuser")]
    IsSuperuser(String),
    #[error("a group's name has 1 to 150 characters")]
    GroupNameInvalid,
    #[error("there is a group {0:?} already")]
    GroupTaken(String),
    #[error("there is no group {0:?}")]
    GroupNotFound(String),
    #[error("{name:?} may see what others may not, and stays while this is so: {}", places.join(", "))]
    GroupInUse { name: String, places: Vec<String> },
    #[error("there is no page {0}")]
    PageNotFound(i64),
    #[error("there is no collection {0}")]
    CollectionNotFound(i64),
    #[error("there is no site {0}")]
    SiteNotFound(i64),
    #[error("there were too many wrong passwords: please try again in {} min", wait_s.div_ceil(60))]
    PasswordLocked { wait_s: u64 },
    #[error("signing in takes a second step already")]
    TwoStepOn,
    #[error("the code is not right, or was used before")]
    CodeWrong,
    #[error("a passkey's name has 1 to 100 characters")]
    PasskeyNameInvalid,
    #[error("there are {0} passkeys already: remove one before")]
    PasskeysFull(usize),
    #[error("this passkey is known already")]
    PasskeyTaken,
    #[error("that took too long, or was sent twice: please begin again")]
    CeremonyOver,
    #[error("this passkey cannot be taken here")]
    PasskeyRefused,
    #[error("a token's name has 1 to 100 characters")]
    TokenNameInvalid,
    #[error("a token has at least one scope")]
    TokenScopesMissing,
    #[error("a token lasts 1 to {0} days")]
    TokenLifetimeInvalid(u32),
    #[error("there are {0} tokens that work already: revoke one before")]
    TokensFull(i64),
    #[error("there is no token {0} that works")]
    TokenNotFound(i64),
    #[error("the link was used, or is older than an hour")]
    ResetInvalid,
    #[error("the link was used, has expired or was never made")]
    WelcomeInvalid,
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Db(#[from] DbError),
}
