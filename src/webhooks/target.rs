//! Where webhooks may be sent to: HTTPS at public addresses, and what the configuration lets in beside them. Names are
//! looked up when the connection is made, and the address that was looked at is the one that is connected to.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::config;
use crate::config::Cidr;
use crate::content::embed::{Reach, Refused};

/// Longest address, in bytes.
const MAX_URL_BYTES: usize = 2000;

/// Why an address is none for webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    #[error("it is no address such as https://example.org/hook")]
    NoUrl,
    #[error("it has to be https")]
    NotHttps,
    #[error("it must not hold a user name or a password")]
    Credentials,
    #[error("it must not have a fragment")]
    Fragment,
    #[error("it is in a network that the server does not send to")]
    Network,
}

/// The rules of one installation; cheap to clone.
#[derive(Clone, Debug)]
pub struct Targets {
    allow_http: bool,
    /// Which are sent to though they are not public.
    networks: Arc<[Cidr]>,
}

impl Targets {
    pub(super) fn of(settings: &config::Webhooks) -> Self {
        Self { allow_http: settings.allow_http, networks: settings.allow_networks.as_slice().into() }
    }

    /// # Errors
    /// With the address that must not be connected to.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Refused> {
        match self.networks.iter().any(|network| network.contains(address)) {
            true => Ok(()),
            false => Reach::Public.check(address),
        }
    }

    /// The address as it is kept. Names are not looked up here: what one means is asked at each connection.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(&self, text: &str) -> Result<Url, TargetRefused> {
        let url = Url::parse(text.trim()).map_err(|_| TargetRefused::NoUrl)?;
        if text.len() > MAX_URL_BYTES || !matches!(url.scheme(), "http" | "https") {
            return Err(TargetRefused::NoUrl);
        }
        if url.scheme() == "http" && !self.allow_http {
            return Err(TargetRefused::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetRefused::Credentials);
        }
        if url.fragment().is_some() {
            return Err(TargetRefused::Fragment);
        }
        let fixed: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(TargetRefused::NoUrl),
        };
        match fixed.is_none_or(|address| self.check_address(address).is_ok()) {
            true => Ok(url),
            false => Err(TargetRefused::Network),
        }
    }

    pub(super) fn allows_http(&self) -> bool {
        self.allow_http
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(allow_http: bool, networks: &[&str]) -> Targets {
        let networks: Vec<Cidr> = networks.iter().map(|network| network.parse().expect("a network")).collect();
        Targets { allow_http, networks: networks.into() }
    }

    #[test]
    fn only_public_addresses_are_sent_to() {
        let usual = targets(false, &[]);
        for good in ["https://example.org/hook?a=b", "https://93.184.215.14/", "https://[2606:2800:220:1::1]:8443/x"] {
            assert!(usual.parse(good).is_ok(), "{good}");
        }
        for (wrong, why) in [
            ("", TargetRefused::NoUrl),
            ("example.org", TargetRefused::NoUrl),
            ("ftp://example.org/", TargetRefused::NoUrl),
            ("file:///etc/passwd", TargetRefused::NoUrl),
            ("http://example.org/", TargetRefused::NotHttps),
            ("https://a:b@example.org/", TargetRefused::Credentials),
            ("https://example.org/#x", TargetRefused::Fragment),
            ("https://127.0.0.1/", TargetRefused::Network),
            ("https://2130706433/", TargetRefused::Network),
            ("https://0x7f.1/", TargetRefused::Network),
            ("https://169.254.169.254/latest/meta-data/", TargetRefused::Network),
            ("https://[::1]/", TargetRefused::Network),
            ("https://[::ffff:10.0.0.1]/", TargetRefused::Network),
            ("https://[fd00:ec2::254]/", TargetRefused::Network),
        ] {
            assert_eq!(usual.parse(wrong), Err(why), "{wrong}");
        }
    }

    #[test]
    fn the_configuration_lets_networks_in_and_nothing_beside_them() {
        let intranet = targets(true, &["10.1.0.0/16"]);
        assert!(intranet.parse("http://10.1.2.3:8080/hook").is_ok());
        assert_eq!(intranet.parse("http://10.2.2.3/"), Err(TargetRefused::Network));
        assert_eq!(intranet.parse("http://169.254.169.254/"), Err(TargetRefused::Network));
        assert!(intranet.check_address("::ffff:10.1.2.3".parse().expect("an address")).is_ok());
        assert!(intranet.check_address("127.0.0.1".parse().expect("an address")).is_err());
    }
}
