//! Shared passwords: kept as Argon2id, checked off the runtime's threads.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use data_encoding::HEXLOWER;
use rand::Rng as _;

use crate::db::{Db, DbError};
use crate::{queries, record};

/// Longest password that is looked at, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 256;
const PASS_BYTES: usize = 16;

record! {
    /// The password of a restriction.
    pub struct Password {
        /// Argon2id, as a PHC string.
        hash: String,
        /// What a cookie proves: that whoever has it gave this password.
        pub pass: String,
    }
}

queries! {
    FIND = read "privacy.find_password"
        "SELECT password_hash AS hash, pass FROM view_restriction WHERE id = $1 AND kind = 'password'";
}

impl Password {
    /// The password of a restriction; `None` when there is no such restriction, or another kind.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find(db: &Db, restriction: i64) -> Result<Option<Self>, DbError> {
        db.query(&FIND).bind(restriction).optional().await
    }

    /// Whether `given` is the password. Takes tens of milliseconds and 19 MiB: for a blocking thread.
    pub fn is(&self, given: &str) -> bool {
        if given.len() > MAX_PASSWORD_BYTES {
            return false;
        }
        let Ok(hash) = PasswordHash::new(&self.hash) else { return false };
        Argon2::default().verify_password(given.as_bytes(), &hash).is_ok()
    }
}

/// Argon2id with the crate's parameters, those that OWASP recommends (19 MiB, 2 passes). For a blocking thread.
pub(super) fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

/// 128 random bits.
pub(super) fn random_pass() -> String {
    let mut bytes = [0_u8; PASS_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    HEXLOWER.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_argon2id_alone() {
        let hash = hash("schooner").expect("it is hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let password = Password { hash, pass: random_pass() };
        assert!(password.is("schooner"));
        for wrong in ["", "Schooner", "schooner ", &"x".repeat(MAX_PASSWORD_BYTES + 1)] {
            assert!(!password.is(wrong), "{wrong}");
        }
        assert!(!Password { hash: "schooner".into(), pass: String::new() }.is("schooner"), "plain text is no hash");
    }
}
