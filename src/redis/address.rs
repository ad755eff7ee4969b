//! Where Redis is, and how it is greeted: `redis://USER:PASSWORD@HOST:PORT/DB`, or `rediss://` with TLS.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use url::Url;

use super::RedisError;

const PORT: u16 = 6379;

pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_encrypted: bool,
    /// Empty: the default one.
    user: String,
    /// Empty: none.
    password: String,
    database: u32,
}

/// `%20` and its like.
fn decoded(text: &str) -> Option<String> {
    // A form's decoder takes a plus for a blank.
    let text = text.replace('+', "%2B");
    let pairs = format!("={text}");
    url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned())
}

impl Address {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let database = url.path().trim_start_matches('/');
        let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']');
        Some(Self {
            host: host.to_owned(),
            port: url.port().unwrap_or(PORT),
            is_encrypted: match url.scheme() {
                "redis" => false,
                "rediss" => true,
                _ => return None,
            },
            user: decoded(url.username())?,
            password: decoded(url.password().unwrap_or_default())?,
            database: if database.is_empty() { 0 } else { database.parse().ok()? },
        })
    }

    /// What a connection begins with.
    pub(super) fn greeting(&self) -> Vec<Vec<String>> {
        let mut commands = Vec::new();
        let mut say = |words: &[&str]| commands.push(words.iter().map(|word| (*word).to_owned()).collect());
        match (self.user.as_str(), self.password.as_str()) {
            (_, "") => {}
            ("", password) => say(&["AUTH", password]),
            (user, password) => say(&["AUTH", user, password]),
        }
        if self.database != 0 {
            say(&["SELECT", &self.database.to_string()]);
        }
        commands
    }

    pub(super) fn server_name(&self) -> io::Result<ServerName<'static>> {
        ServerName::try_from(self.host.clone()).map_err(io::Error::other)
    }
}

/// TLS that believes whom the system believes.
///
/// # Errors
/// When that is nobody.
pub(super) fn trusting_the_system() -> Result<TlsConnector, RedisError> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(RedisError::Certificates("the system has none".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| RedisError::Certificates(error.to_string()))?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_and_how_to_greet() {
        let parse = |text| Address::parse(text).expect("an address");
        let plain = parse("redis://cache");
        assert_eq!((plain.host.as_str(), plain.port, plain.is_encrypted), ("cache", 6379, false));
        assert!(plain.greeting().is_empty());
        let whole = parse("rediss://ann:p%40ss+%2B@[::1]:6380/3");
        assert_eq!((whole.host.as_str(), whole.port, whole.is_encrypted), ("::1", 6380, true));
        assert_eq!(whole.greeting(), [vec!["AUTH", "ann", "p@ss++"], vec!["SELECT", "3"]]);
        assert_eq!(parse("redis://:pw@cache/").greeting(), [["AUTH", "pw"]]);
        for wrong in ["http://cache", "redis://cache/x", "redis:", ""] {
            assert!(Address::parse(wrong).is_none(), "{wrong}");
        }
    }
}
