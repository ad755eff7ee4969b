//! A device that keeps passkeys, as far as the server sees one: it makes keys on P-256, and signs what a browser tells it.

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const KEY_INCLUDED: u8 = 0x40;

/// One passkey, and the browser that it is in. What is public can be wrong on purpose.
pub struct Authenticator {
    key: EcdsaKeyPair,
    pub credential_id: Vec<u8>,
    /// As the server named the user, in base64url.
    pub handle: String,
    pub counter: u32,
    /// What the browser says it shows.
    pub origin: String,
    pub party: String,
    /// Whether it looked at a finger, a face or a PIN.
    pub verifies: bool,
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl Authenticator {
    pub fn new(origin: &str, party: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).expect("a key");
        let credential_id = Sha256::digest(key.public_key().as_ref()).to_vec();
        let (origin, party) = (origin.to_owned(), party.to_owned());
        Self { key, credential_id, handle: String::new(), counter: 0, origin, party, verifies: true }
    }

    /// Answers `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> Value {
        let asked = &options["publicKey"];
        self.handle = asked["user"]["id"].as_str().expect("a handle").to_owned();
        let client = self.client_data("webauthn.create", &asked["challenge"]);
        let mut object = vec![0xa3];
        object.extend_from_slice(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
        let mut data = self.data(KEY_INCLUDED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&(self.credential_id.len() as u16).to_be_bytes());
        data.extend_from_slice(&self.credential_id);
        let public = self.key.public_key().as_ref();
        data.extend_from_slice(b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20");
        data.extend_from_slice(&public[1..33]);
        data.extend_from_slice(b"\x22\x58\x20");
        data.extend_from_slice(&public[33..65]);
        object.extend_from_slice(&(data.len() as u16).to_be_bytes());
        object.extend_from_slice(&data);
        let id = encode(&self.credential_id);
        let response = json!({ "clientDataJSON": encode(&client), "attestationObject": encode(&object) });
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
    }

    /// Answers `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client = self.client_data("webauthn.get", &options["publicKey"]["challenge"]);
        let data = self.data(0);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signed");
        let id = encode(&self.credential_id);
        let response = json!({
            "clientDataJSON": encode(&client), "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()), "userHandle": self.handle,
        });
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let data = json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.party.as_bytes()).to_vec();
        data.push(USER_PRESENT | verified | more);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }
}
