//! Refusals of the accounts.

use crate::accounts::{AccountError, MAX_PASSWORD_LENGTH, PasswordProblem};
use crate::admin::texts::{Said, said};

pub(in crate::admin) fn account(error: &AccountError) -> Said {
    match error {
        AccountError::UsernameInvalid => said("username-invalid"),
        AccountError::UsernameTaken(name) => said("username-taken").with("name", name.as_str()),
        AccountError::UserNotFound(name) => said("user-not-found").with("name", name.as_str()),
        AccountError::EmailInvalid => said("email-invalid"),
        AccountError::TooLong { field, max } => said("value-too-long").with("field", *field).with("max", *max),
        AccountError::TimeZoneInvalid(name) => said("time-zone-invalid").with("name", name.as_str()),
        AccountError::LocaleInvalid => said("user-locale-invalid"),
        AccountError::Password(problem) => password(*problem),
        AccountError::LastSuperuser(name) => said("last-superuser").with("name", name.as_str()),
        AccountError::IsSuperuser(name) => said("is-superuser").with("name", name.as_str()),
        AccountError::GroupNameInvalid => said("group-name-invalid"),
        AccountError::GroupTaken(name) => said("group-taken").with("name", name.as_str()),
        AccountError::GroupNotFound(name) => said("group-not-found").with("name", name.as_str()),
        AccountError::GroupInUse { name, places } => {
            said("group-in-use").with("name", name.as_str()).with("places", places.join(", "))
        }
        AccountError::PageNotFound(id) => said("page-not-found").with("id", *id),
        AccountError::CollectionNotFound(id) => said("collection-not-found").with("id", *id),
        AccountError::SiteNotFound(id) => said("site-not-found").with("id", *id),
        AccountError::PasswordLocked { wait_s } => said("password-locked").with("minutes", wait_s.div_ceil(60)),
        AccountError::TwoStepOn => said("two-step-on"),
        AccountError::CodeWrong => said("wrong-code"),
        AccountError::PasskeyNameInvalid => said("passkey-name-invalid"),
        AccountError::PasskeysFull(count) => said("passkeys-full").with("count", *count),
        AccountError::PasskeyTaken => said("passkey-taken"),
        AccountError::CeremonyOver => said("ceremony-over"),
        AccountError::PasskeyRefused => said("passkey-refused"),
        AccountError::TokenNameInvalid => said("token-name-invalid"),
        AccountError::TokenScopesMissing => said("token-scopes-missing"),
        AccountError::TokenLifetimeInvalid(max) => said("token-lifetime-invalid").with("max", *max),
        AccountError::TokensFull(count) => said("tokens-full").with("count", *count),
        AccountError::TokenNotFound(_) => said("no-such-token"),
        AccountError::ResetInvalid => said("reset-invalid"),
        AccountError::WelcomeInvalid => said("welcome-invalid"),
        AccountError::Hashing(_) => said("server-busy"),
        AccountError::Db(_) => said("server-failed"),
    }
}

pub(in crate::admin) fn password(problem: PasswordProblem) -> Said {
    match problem {
        PasswordProblem::TooShort(min) => said("password-too-short").with("min", min),
        PasswordProblem::TooLong => said("password-too-long").with("max", MAX_PASSWORD_LENGTH),
        PasswordProblem::TooCommon => said("password-too-common"),
        PasswordProblem::HoldsName => said("password-holds-name"),
    }
}
