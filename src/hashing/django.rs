//! Passwords as Django stores them: the name of a way in front, and what that way needs, with dollar signs between. Argon2 is
//! a PHC string behind its name.

use std::num::NonZeroU32;

use data_encoding::{BASE64, HEXLOWER};
use ring::pbkdf2;
use sha2::{Digest as _, Sha256};

/// More rounds than any Django asks for; with them a check takes seconds.
const MAX_ROUNDS: u32 = 10_000_000;
/// Memory that scrypt may take; Django's setting takes a quarter of it.
const MAX_SCRYPT_BYTES: u64 = 64 << 20;
/// Times that it may take it, one after the other; Django's setting has five.
const MAX_SCRYPT_PARALLELISM: u32 = 16;
/// Django's is 12; each one more takes twice as long: seconds.
const MAX_BCRYPT_COST: u32 = 16;
/// Longest output of scrypt, in bytes; Django's has 64.
const MAX_SCRYPT_OUTPUT: usize = 128;
const ARGON2: &str = "argon2$";

/// The PHC string in Django's form of Argon2.
pub(super) fn argon2(hash: &str) -> Option<&str> {
    // Django writes `argon2$argon2id$…` where PHC has `$argon2id$…`.
    hash.strip_prefix(ARGON2).map(|_| &hash[ARGON2.len() - 1..])
}

/// A hash of another way than Argon2.
enum Stored<'h> {
    /// `pbkdf2_sha256$rounds$salt$digest`
    Pbkdf2 { rounds: NonZeroU32, salt: &'h str, digest: Vec<u8> },
    /// `scrypt$n$salt$r$p$digest`
    Scrypt { params: scrypt::Params, salt: &'h str, digest: Vec<u8> },
    /// `bcrypt$` and what bcrypt itself writes.
    Bcrypt { hash: &'h str },
    /// `bcrypt_sha256$` and bcrypt's hash of the password's digest in hex: bcrypt takes 72 bytes and no more.
    BcryptSha256 { hash: &'h str },
}

fn parse(hash: &str) -> Option<Stored<'_>> {
    let (way, rest) = hash.split_once('$')?;
    match way {
        "pbkdf2_sha256" => {
            let mut parts = rest.splitn(3, '$');
            let rounds = parts.next()?.parse().ok().filter(|rounds| *rounds <= MAX_ROUNDS)?;
            let (salt, digest) = (parts.next()?, parts.next()?);
            let digest = BASE64.decode(digest.as_bytes()).ok()?;
            Some(Stored::Pbkdf2 { rounds: NonZeroU32::new(rounds)?, salt, digest })
        }
        "scrypt" => {
            let parts: Vec<&str> = rest.splitn(5, '$').collect();
            let [n, salt, r, p, digest] = parts[..] else { return None };
            let (n, r, p) = (n.parse::<u64>().ok()?, r.parse::<u32>().ok()?, p.parse::<u32>().ok()?);
            let bytes = n.checked_mul(u64::from(r))?.checked_mul(128)?;
            if !n.is_power_of_two() || bytes > MAX_SCRYPT_BYTES || p > MAX_SCRYPT_PARALLELISM {
                return None;
            }
            let params = scrypt::Params::new(u8::try_from(n.ilog2()).ok()?, r, p).ok()?;
            let digest = BASE64.decode(digest.as_bytes()).ok()?;
            let fits = (1..=MAX_SCRYPT_OUTPUT).contains(&digest.len());
            fits.then_some(Stored::Scrypt { params, salt, digest })
        }
        "bcrypt" => is_bcrypt(rest).then_some(Stored::Bcrypt { hash: rest }),
        "bcrypt_sha256" => is_bcrypt(rest).then_some(Stored::BcryptSha256 { hash: rest }),
        _ => None,
    }
}

fn is_bcrypt(hash: &str) -> bool {
    hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() <= MAX_BCRYPT_COST)
}

/// Whether a hash is one that passwords can be compared with here.
pub(super) fn is_known(hash: &str) -> bool {
    parse(hash).is_some()
}

/// Whether `given` is the password, as slow as the hash wants it to be; `None`: the hash is of no way that is known here.
pub(super) fn matches(hash: &str, given: &str) -> Option<bool> {
    Some(match parse(hash)? {
        Stored::Pbkdf2 { rounds, salt, digest } => {
            pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), given.as_bytes(), &digest).is_ok()
        }
        Stored::Scrypt { params, salt, digest } => {
            let mut made = vec![0; digest.len()];
            scrypt::scrypt(given.as_bytes(), salt.as_bytes(), &params, &mut made).is_ok() && is_same(&made, &digest)
        }
        Stored::Bcrypt { hash } => bcrypt::verify(given, hash).unwrap_or(false),
        Stored::BcryptSha256 { hash } => {
            let digest = HEXLOWER.encode(&Sha256::digest(given.as_bytes()));
            bcrypt::verify(digest, hash).unwrap_or(false)
        }
    })
}

/// As long for any two of one length.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0_u8, |differing, (a, b)| differing | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of Django 5.2, with few rounds: the password is "a loaf of rye".
    const HASHES: [&str; 4] = [
        "pbkdf2_sha256$1000$saltada$BHgIwO4E2d4/u5B3CvEhHu5/K5uwieHeH0pOgQ3ArN8=",
        "scrypt$1024$saltada$8$1$WvObc583MTcH3X3KiOYwrMb/eayzpDaeAkZdi8qjh4tMoodWalZUjl2aD/WK3Dyzy/Vvy8xTNysrV5FHRkes7w==",
        "bcrypt$$2b$04$saltsaltsaltsaltsaltsu/o2fjNOJuxA38YCnByjalcHvY1.aelq",
        "bcrypt_sha256$$2b$04$saltsaltsaltsaltsaltsuPg4bz9d7Mgz4UWvxy9hbVT5gFIkAYvy",
    ];

    #[test]
    fn a_password_of_django_is_recognised() {
        for hash in HASHES {
            assert!(is_known(hash), "{hash}");
            assert_eq!(matches(hash, "a loaf of rye"), Some(true), "{hash}");
            for wrong in ["a loaf of Rye", "", "a loaf of rye "] {
                assert_eq!(matches(hash, wrong), Some(false), "{hash} {wrong:?}");
            }
        }
        assert_eq!(
            argon2("argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"),
            Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA")
        );
    }

    #[test]
    fn hashes_that_are_none_or_would_take_minutes_are_not_known() {
        let odd = [
            "",
            "!",
            "md5$salt$hash",
            "pbkdf2_sha256$0$salt$AAAA",
            "pbkdf2_sha256$99999999$salt$AAAA",
            "scrypt$1048576$salt$8$1$AAAA",
            "scrypt$18446744073709551615$salt$8$1$AAAA",
            "scrypt$1000$salt$8$1$AAAA",
            "scrypt$1024$salt$0$1$AAAA",
            "scrypt$1024$salt$8$17$AAAA",
            "scrypt$1024$salt$8$1$",
            "bcrypt$$2b$31$saltsaltsaltsaltsaltsu/o2fjNOJuxA38YCnByjalcHvY1.aelq",
            "bcrypt$plain",
            "bcrypt_sha256$",
        ];
        for hash in odd {
            assert!(!is_known(hash) && matches(hash, "").is_none(), "{hash}");
        }
    }
}
