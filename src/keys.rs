//! What the server signs and seals, with keys derived from its secret key: one for each purpose, so that no signature serves two.

use std::io;
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
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
    /// Secrets of second steps, which the database keeps sealed.
    SecondStep,
    /// Cookies of those who get the bar of editors on pages of the site.
    Userbar,
    /// Tokens of the API, of which the database keeps digests.
    ApiToken,
    /// Names of callers in Redis, where nobody is to read who they are.
    RateLimit,
    /// Secrets of webhooks, which the database keeps sealed.
    Webhook,
    /// Whether a restored installation has the key that its database was made with.
    Backup,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Rendition => "rendition",
            Self::PagePassword => "page-password",
            Self::Form => "form",
            Self::SecondStep => "second-step",
            Self::Userbar => "userbar",
            Self::ApiToken => "api-token",
            Self::RateLimit => "rate-limit",
            Self::Webhook => "webhook",
            Self::Backup => "backup",
        }
    }
}

/// Signs, seals and checks; cheap to clone.
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

    /// 256 bits for one purpose.
    fn derive(&self, purpose: Purpose) -> [u8; 32] {
        let mut derive = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes keys of any length");
        derive.update(b"vitrine\0");
        derive.update(purpose.name().as_bytes());
        derive.finalize().into_bytes().into()
    }

    fn mac(&self, purpose: Purpose, parts: &[&str]) -> Hmac<Sha256> {
        let key = self.derive(purpose);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }

    fn sealing(&self, purpose: Purpose) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.derive(purpose)).expect("the key has the length it takes");
        LessSafeKey::new(key)
    }

    /// `text` so that only [`Keys::open_sealed`] for the same purpose and `owner` reads it.
    pub fn seal(&self, purpose: Purpose, owner: &str, text: &str) -> String {
        let mut nonce = [0_u8; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let mut sealed = text.as_bytes().to_vec();
        let key = self.sealing(purpose);
        let done = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner), &mut sealed);
        done.expect("a short text can be sealed");
        BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat())
    }

    /// `None` for what was sealed with another key, for another owner, or was changed.
    pub fn open_sealed(&self, purpose: Purpose, owner: &str, sealed: &str) -> Option<String> {
        let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let text = self.sealing(purpose).open_in_place(nonce, Aad::from(owner), &mut rest).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// A signature of `parts`, safe in URLs and cookies.
    pub fn sign(&self, purpose: Purpose, parts: &[&str]) -> String {
        let full = self.mac(purpose, parts).finalize().into_bytes();
        BASE64URL_NOPAD.encode(&full[..SIGNATURE_BYTES])
    }

    /// What the database keeps of a secret, in hexadecimal: all 256 bits of HMAC-SHA-256.
    pub fn digest(&self, purpose: Purpose, secret: &str) -> String {
        HEXLOWER.encode(&self.mac(purpose, &[secret]).finalize().into_bytes())
    }

    /// Whether `digest` is that of `secret`; takes the same time for every wrong one.
    pub fn is_digest(&self, purpose: Purpose, secret: &str, digest: &str) -> bool {
        let given = HEXLOWER.decode(digest.as_bytes()).unwrap_or_default();
        self.mac(purpose, &[secret]).verify_slice(&given).is_ok()
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

    #[test]
    fn a_digest_is_that_of_its_secret_its_purpose_and_its_key_alone() {
        let ours = keys("one");
        let digest = ours.digest(Purpose::ApiToken, "secret");
        assert_eq!(digest.len(), 64);
        assert!(ours.is_digest(Purpose::ApiToken, "secret", &digest));
        assert!(!ours.is_digest(Purpose::ApiToken, "secreT", &digest));
        assert!(!ours.is_digest(Purpose::Form, "secret", &digest));
        assert!(!keys("two").is_digest(Purpose::ApiToken, "secret", &digest));
        for wrong in ["", "no hex", &digest[..32]] {
            assert!(!ours.is_digest(Purpose::ApiToken, "secret", wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let (keys, others) = (Keys { secret: "one".into() }, Keys { secret: "other".into() });
        let sealed = keys.seal(Purpose::SecondStep, "7", "JBSWY3DP");
        assert_eq!(keys.open_sealed(Purpose::SecondStep, "7", &sealed).as_deref(), Some("JBSWY3DP"));
        assert_ne!(sealed, keys.seal(Purpose::SecondStep, "7", "JBSWY3DP"), "never twice the same");
        assert_eq!(keys.open_sealed(Purpose::SecondStep, "8", &sealed), None);
        assert_eq!(keys.open_sealed(Purpose::Form, "7", &sealed), None);
        assert_eq!(others.open_sealed(Purpose::SecondStep, "7", &sealed), None);
        for broken in ["", "x", "AAAA", &sealed[1..], &format!("A{}", &sealed[1..])] {
            assert_eq!(keys.open_sealed(Purpose::SecondStep, "7", broken), None, "{broken}");
        }
    }
}
