//! Passwords as Django stores them: `pbkdf2_sha256$iterations$salt$hash`, and Argon2 with its own name in front.

use std::num::NonZeroU32;

use data_encoding::BASE64;
use ring::pbkdf2;

/// More rounds than any Django asks for; with them a check takes seconds.
const MAX_ROUNDS: u32 = 10_000_000;
const ARGON2: &str = "argon2$";

/// The PHC string in Django's form of Argon2.
pub(super) fn argon2(hash: &str) -> Option<&str> {
    // Django writes `argon2$argon2id$…` where PHC has `$argon2id$…`.
    hash.strip_prefix(ARGON2).map(|_| &hash[ARGON2.len() - 1..])
}

struct Pbkdf2<'h> {
    rounds: NonZeroU32,
    salt: &'h str,
    digest: Vec<u8>,
}

fn parse(hash: &str) -> Option<Pbkdf2<'_>> {
    let mut parts = hash.strip_prefix("pbkdf2_sha256$")?.splitn(3, '$');
    let rounds = parts.next()?.parse().ok().filter(|rounds| *rounds <= MAX_ROUNDS)?;
    let (salt, digest) = (parts.next()?, parts.next()?);
    Some(Pbkdf2 { rounds: NonZeroU32::new(rounds)?, salt, digest: BASE64.decode(digest.as_bytes()).ok()? })
}

pub(super) fn is_pbkdf2(hash: &str) -> bool {
    parse(hash).is_some()
}

/// Whether `given` is the password; as slow as the hash wants it to be.
pub(super) fn matches(hash: &str, given: &str) -> bool {
    let Some(Pbkdf2 { rounds, salt, digest }) = parse(hash) else { return false };
    pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), given.as_bytes(), &digest).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of Django 5.2: `PBKDF2PasswordHasher().encode("a loaf of rye", "saltada", 1000)`.
    const HASH: &str = "pbkdf2_sha256$1000$saltada$BHgIwO4E2d4/u5B3CvEhHu5/K5uwieHeH0pOgQ3ArN8=";

    #[test]
    fn a_password_of_django_is_recognised() {
        assert!(is_pbkdf2(HASH) && matches(HASH, "a loaf of rye"));
        assert!(!matches(HASH, "a loaf of Rye") && !matches(HASH, ""));
        for odd in ["", "!", "pbkdf2_sha256$0$salt$AAAA", "pbkdf2_sha256$99999999$salt$AAAA", "md5$salt$hash"] {
            assert!(!is_pbkdf2(odd) && !matches(odd, ""), "{odd}");
        }
        assert_eq!(
            argon2("argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"),
            Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA")
        );
    }
}
