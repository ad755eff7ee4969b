//! What the server signs, with keys derived from its secret key: one for each purpose, so that no signature serves two.

use std::io;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::config::Config;
use crate::config::security::ensure_secret_key;

/// Bytes of a signature: 128 bits of HMAC-SHA-256.
const SIGNATURE_BYTES: usize = 16;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// URLs of renditions: only those that a page asked for are made.
    Rendition,
    /// Cookies of visitors who gave the password of a page.
    PagePassword,
    /// The hidden token of a form.
    Form,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Rendition => "rendition",
            Self::PagePassword => "page-password",
            Self::Form => "form",
        }
    }
}

/// Signs and checks; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    secret: Arc<str>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// With `security.secret_key`, or with the key that is kept, or made now, in `data.dir`.
    ///
    /// # Errors
    /// When the data folder cannot be read or written.
    pub fn open(config: &Config) -> io::Result<Self> {
        let configured = &config.security.secret_key;
        let secret = if configured.is_empty() { ensure_secret_key(&config.data.dir)? } else { configured.clone() };
        Ok(Self { secret: secret.expose().into() })
    }

    fn mac(&self, purpose: Purpose, parts: &[&str]) -> Hmac<Sha256> {
        let mut derive = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes keys of any length");
        derive.update(b"vitrine\0");
        derive.update(purpose.name().as_bytes());
        let key = derive.finalize().into_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }

    /// A signature of `parts`, safe in URLs and cookies.
    pub fn sign(&self, purpose: Purpose, parts: &[&str]) -> String {
        let full = self.mac(purpose, parts).finalize().into_bytes();
        BASE64URL_NOPAD.encode(&full[..SIGNATURE_BYTES])
    }

    /// Whether `signature` is that of `parts`; takes the same time for every wrong one.
    pub fn verify(&self, purpose: Purpose, parts: &[&str], signature: &str) -> bool {
        let Ok(given) = BASE64URL_NOPAD.decode(signature.as_bytes()) else { return false };
        given.len() == SIGNATURE_BYTES && self.mac(purpose, parts).verify_truncated_left(&given).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Keys {
        Keys { secret: secret.into() }
    }

    #[test]
    fn a_signature_holds_for_its_parts_its_purpose_and_its_key_alone() {
        let ours = keys("one");
        let signature = ours.sign(Purpose::Rendition, &["ab", "c"]);
        assert!(ours.verify(Purpose::Rendition, &["ab", "c"], &signature));
        assert!(!ours.verify(Purpose::Rendition, &["a", "bc"], &signature));
        assert!(!ours.verify(Purpose::Form, &["ab", "c"], &signature));
        assert!(!keys("two").verify(Purpose::Rendition, &["ab", "c"], &signature));
        for wrong in ["", "AAAA", "not base64!", &signature[..20]] {
            assert!(!ours.verify(Purpose::Rendition, &["ab", "c"], wrong), "{wrong}");
        }
    }
}
