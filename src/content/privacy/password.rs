//! Shared passwords: kept as Argon2id.

use data_encoding::HEXLOWER;
use rand::Rng as _;

use crate::db::{Db, DbError};
use crate::hashing::{Hashing, HashingError};
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

    /// Whether `given` is the password.
    ///
    /// # Errors
    /// When there was no turn to check it.
    pub async fn is(&self, hashing: &Hashing, given: String) -> Result<bool, HashingError> {
        if given.len() > MAX_PASSWORD_BYTES {
            return Ok(false);
        }
        hashing.matches(self.hash.clone(), given).await
    }
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

    #[tokio::test]
    async fn a_password_of_any_length_is_refused_before_it_is_hashed() {
        let hashing = Hashing::default();
        let hash = hashing.hash("schooner".into()).await.expect("it is hashed");
        let password = Password { hash, pass: random_pass() };
        assert_eq!(password.is(&hashing, "schooner".into()).await, Ok(true));
        assert_eq!(password.is(&hashing, "x".repeat(MAX_PASSWORD_BYTES + 1)).await, Ok(false));
    }
}
