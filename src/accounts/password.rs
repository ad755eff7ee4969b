//! Which passwords are taken.

use unicode_normalization::UnicodeNormalization as _;

use super::{AccountError, Accounts};
use crate::hashing;
use crate::queries;
use crate::telemetry::Timer;
use crate::telemetry::label::Phase;
use crate::telemetry::scope;

/// Longest password, in characters.
pub const MAX_LENGTH: usize = 1_000;
/// The same in bytes: nothing longer is hashed.
const MAX_BYTES: usize = 4 * MAX_LENGTH;
/// Parts of a name that are shorter say nothing.
const MIN_NAME: usize = 4;
/// Common passwords, and words that long passwords are made of, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");
/// What a password is compared with when nobody has the name: it takes as long as any, and nothing matches it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

queries! {
    /// Unless somebody set another one meanwhile.
    UPGRADE = write "account.upgrade_password"
        "UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
}

/// What is wrong with a password that somebody chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    #[error("the password has fewer than {0} characters")]
    TooShort(usize),
    #[error("the password has more than {MAX_LENGTH} characters")]
    TooLong,
    #[error("the password is among those that are tried first")]
    TooCommon,
    #[error("the password holds the user's name")]
    HoldsName,
}

/// One spelling of what different keyboards send.
pub(super) fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// Whether a password may be chosen; `names`: what others know of the user.
fn check(password: &str, names: &[&str], min_length: usize) -> Result<(), PasswordProblem> {
    let length = password.chars().count();
    if length < min_length {
        return Err(PasswordProblem::TooShort(min_length));
    }
    if length > MAX_LENGTH {
        return Err(PasswordProblem::TooLong);
    }
    let lower = password.to_lowercase();
    let parts = names.iter().flat_map(|name| name.split(['@', ' '])).map(str::to_lowercase);
    if parts.filter(|part| part.chars().count() >= MIN_NAME).any(|part| lower.contains(&part)) {
        return Err(PasswordProblem::HoldsName);
    }
    // Digits and signs around a common word are tried too.
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let is_common = |word: &str| COMMON.lines().any(|common| common == word);
    if is_common(&lower) || is_common(core) || is_repetition(&lower) || is_common(unit(core)) {
        return Err(PasswordProblem::TooCommon);
    }
    Ok(())
}

/// The shortest text that `text` repeats as a whole.
fn unit(text: &str) -> &str {
    let cuts = text.char_indices().map(|(at, _)| at).skip(1).take_while(|at| at * 2 <= text.len());
    let repeats = |at: &usize| text.len().is_multiple_of(*at) && text[..*at].repeat(text.len() / at) == text;
    cuts.into_iter().find(repeats).map_or(text, |at| &text[..at])
}

/// `aaaaaaaaaaaa`, `abababababab`, `123412341234`.
fn is_repetition(text: &str) -> bool {
    unit(text).chars().count() <= 4
}

impl Accounts {
    /// The hash of a password that somebody chose.
    pub(super) async fn hash_chosen(&self, password: &str, names: &[&str]) -> Result<String, AccountError> {
        let password = normal(password);
        check(&password, names, self.settings.min_password_length)?;
        Ok(self.hashing.hash(password).await?)
    }

    /// Whether `given` is the password of `hash`; as long for a user who is not there.
    pub(super) async fn is_password(&self, hash: Option<String>, given: &str) -> Result<bool, AccountError> {
        if given.len() > MAX_BYTES {
            return Ok(false);
        }
        // A hash that nothing can be compared with takes as long as any.
        let hash = hash.filter(|hash| hashing::is_known(hash));
        let known = hash.is_some();
        let timer = Timer::start();
        let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
        // Other systems take a password as it was typed.
        let given = if hashing::is_own(&hash) { normal(given) } else { given.to_owned() };
        let checked = self.hashing.matches(hash, given).await;
        let elapsed = timer.elapsed();
        self.telemetry.families.auth_password_hash.with_label_values::<&str>(&[]).observe(elapsed.as_secs_f64());
        scope::with_current(|scope| scope.add(Phase::Auth, elapsed));
        Ok(checked? && known)
    }
}

impl Accounts {
    /// Hashes a password as new ones are, when another system had hashed it: whoever signs in with it brings it along.
    pub(super) async fn upgrade_password(&self, account: i64, hash: &str, given: &str) -> Result<(), AccountError> {
        if hashing::is_own(hash) {
            return Ok(());
        }
        let upgraded = self.hashing.hash(normal(given)).await?;
        self.db.query(&UPGRADE).bind(account).bind(hash).bind(upgraded).execute().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::Hashing;

    #[test]
    fn short_long_common_and_telling_passwords_are_refused() {
        let names = ["grace", "grace.hopper@navy.test", "Grace Hopper"];
        let refused = |password: &str| check(password, &names, 12).err();
        assert_eq!(refused("eleven char"), Some(PasswordProblem::TooShort(12)));
        assert_eq!(refused(&"ab1".repeat(400)), Some(PasswordProblem::TooLong));
        for common in [
            "passwordpassword",
            "Password1234!",
            "123456789012",
            "aaaaaaaaaaaaaa",
            "qwertyuiop12",
            "abcabcabcabc",
            "administrator",
            "correcthorsebatterystaple",
            "iloveyouiloveyou",
        ] {
            assert_eq!(refused(common), Some(PasswordProblem::TooCommon), "{common}");
        }
        for telling in ["my name is Grace", "GRACE.HOPPER rocks", "the-hopper-family"] {
            assert_eq!(refused(telling), Some(PasswordProblem::HoldsName), "{telling}");
        }
        for good in ["an owl on the roof", "Fünf Möwen & ein Boot", "kJ8#mq2!zT0x", "海の見える丘の上の灯台で待つ"]
        {
            assert_eq!(refused(good), None, "{good}");
        }
    }

    #[tokio::test]
    async fn nobodys_password_costs_as_much_as_any_and_is_never_right() {
        let hash = Hashing::default().hash("an owl on the roof".into()).await.expect("it is hashed");
        let cost = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(cost(NOBODYS), cost(&hash));
        assert_eq!(Hashing::default().matches(NOBODYS.into(), String::new()).await, Ok(false));
    }
}
