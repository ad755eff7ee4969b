//! Passwords as Argon2id: a few at the same time, off the runtime's threads. All passwords of the server share the turns.

mod django;

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Passwords worked on at the same time: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Why a password was neither hashed nor checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    #[error("too many passwords are being checked")]
    Busy,
    #[error("the password cannot be hashed")]
    Failed,
}

/// The turns.
pub struct Hashing {
    turns: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }
}

impl Hashing {
    async fn turn(&self) -> Result<SemaphorePermit<'_>, HashingError> {
        match tokio::time::timeout(LONGEST_WAIT, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(HashingError::Busy),
        }
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// When there was no turn within five seconds.
    pub async fn hash(&self, password: String) -> Result<String, HashingError> {
        let _turn = self.turn().await?;
        let hashed = tokio::task::spawn_blocking(move || hash(&password)).await;
        hashed.ok().and_then(Result::ok).ok_or(HashingError::Failed)
    }

    /// Whether `given` is the password of `hash`.
    ///
    /// # Errors
    /// When there was no turn within five seconds.
    pub async fn matches(&self, hash: String, given: String) -> Result<bool, HashingError> {
        let _turn = self.turn().await?;
        tokio::task::spawn_blocking(move || matches(&hash, &given)).await.map_err(|_| HashingError::Failed)
    }
}

/// Argon2id with the crate's parameters, those that OWASP recommends (19 MiB, 2 passes): tens of milliseconds.
fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

/// Whether a hash is one that passwords can be compared with.
pub fn is_known(hash: &str) -> bool {
    django::is_known(hash) || PasswordHash::new(django::argon2(hash).unwrap_or(hash)).is_ok()
}

/// Whether a hash is made as new ones are. Others come from another system, and are replaced at the next sign-in.
pub fn is_own(hash: &str) -> bool {
    hash.starts_with("$argon2id$")
}

fn matches(hash: &str, given: &str) -> bool {
    if let Some(is_right) = django::matches(hash, given) {
        return is_right;
    }
    let hash = django::argon2(hash).unwrap_or(hash);
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(given.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_alone() {
        let hashing = Hashing::default();
        let hash = hashing.hash("schooner".into()).await.expect("it is hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(hashing.matches(hash.clone(), "schooner".into()).await, Ok(true));
        for wrong in ["", "Schooner", "schooner "] {
            assert_eq!(hashing.matches(hash.clone(), wrong.into()).await, Ok(false), "{wrong}");
        }
        assert!(!matches("schooner", "schooner"), "plain text is no hash");
    }
}
