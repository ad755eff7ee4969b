//! Which addresses the server connects to when it fetches for a site: public ones, looked at when the connection is
//! made, so that a name cannot mean one thing for the check and another for the connection.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether addresses of this machine and of private networks may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Public,
    /// Also loopback and private networks, as `embeds.allow_private` has it; never those of link-local services.
    Private,
}

#[derive(Debug, thiserror::Error)]
#[error("{0} is no public address")]
pub struct Refused(pub IpAddr);

impl Reach {
    /// # Errors
    /// With the address that must not be connected to.
    pub fn check(self, address: IpAddr) -> Result<(), Refused> {
        let allowed = match address.to_canonical() {
            IpAddr::V4(v4) => is_public_v4(v4) || (self == Self::Private && (v4.is_loopback() || v4.is_private())),
            IpAddr::V6(v6) => is_public_v6(v6) || (self == Self::Private && (v6.is_loopback() || v6.is_unique_local())),
        };
        if allowed { Ok(()) } else { Err(Refused(address)) }
    }
}

/// IANA's registry of special-purpose addresses: <https://www.iana.org/assignments/iana-ipv4-special-registry/>.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240)
}

/// Global unicast (2000::/3) without what stands for other networks.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // IPv4 behind a translator (RFC 6052) is as public as that IPv4 address.
    if [a, b] == [0x64, 0xff9b] && address.segments()[2..6] == [0; 4] {
        let [.., high, low] = address.segments();
        return is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    let documentation = [a, b] == [0x2001, 0xdb8] || (a & 0xfff0 == 0x3ff0);
    // Protocol assignments, Teredo among them, and 6to4: ways to reach another network.
    let tunnel = (a == 0x2001 && b < 0x200) || a == 0x2002;
    a & 0xe000 == 0x2000 && !documentation && !tunnel
}

type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;
type LookUp = Arc<dyn Fn(String) -> Looking + Send + Sync>;
type Check = Arc<dyn Fn(IpAddr) -> Result<(), Refused> + Send + Sync>;

/// Looks names up, and gives only addresses that may be connected to.
#[derive(Clone)]
pub struct Resolver {
    check: Check,
    look_up: LookUp,
}

impl Resolver {
    /// With the system's resolver.
    pub fn of_system(check: impl Fn(IpAddr) -> Result<(), Refused> + Send + Sync + 'static) -> Self {
        Self::new(check, |name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }))
    }

    fn new(
        check: impl Fn(IpAddr) -> Result<(), Refused> + Send + Sync + 'static,
        look_up: impl Fn(String) -> Looking + Send + Sync + 'static,
    ) -> Self {
        Self { check: Arc::new(check), look_up: Arc::new(look_up) }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (check, looking) = (self.check.clone(), (self.look_up)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = looking.await?;
            // A name with one address that is not allowed is not trusted with the others.
            for address in &found {
                check(address.ip())?;
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    fn allowed(reach: Reach, address: &str) -> bool {
        reach.check(address.parse().expect("an address")).is_ok()
    }

    #[test]
    fn public_addresses_are_allowed() {
        for address in ["93.184.215.14", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(allowed(Reach::Public, address), "{address}");
        }
    }

    #[test]
    fn addresses_of_this_machine_its_networks_and_metadata_services_are_refused() {
        for address in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "203.0.113.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "fec0::1",
        ] {
            assert!(!allowed(Reach::Public, address), "{address}");
        }
    }

    #[test]
    fn private_reach_does_not_include_link_local_services() {
        for address in ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd12::1", "::ffff:127.0.0.1", "8.8.8.8"] {
            assert!(allowed(Reach::Private, address), "{address}");
        }
        for address in ["169.254.169.254", "0.0.0.0", "fe80::1", "100.100.100.200", "224.0.0.1"] {
            assert!(!allowed(Reach::Private, address), "{address}");
        }
    }

    fn public(address: IpAddr) -> Result<(), Refused> {
        Reach::Public.check(address)
    }

    async fn resolved(resolver: &Resolver) -> Result<Vec<SocketAddr>, String> {
        let name = "films.example".parse().expect("a name");
        resolver.resolve(name).await.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_is_rebound_to_this_machine_is_refused_when_it_is() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let resolver = Resolver::new(public, move |_| {
            let address = if count.fetch_add(1, Relaxed) == 0 { "93.184.215.14:0" } else { "127.0.0.1:0" };
            Box::pin(async move { Ok(vec![address.parse().expect("an address")]) })
        });
        assert_eq!(resolved(&resolver).await.expect("public").len(), 1);
        assert_eq!(resolved(&resolver).await, Err("127.0.0.1 is no public address".to_owned()));
        assert_eq!(asked.load(Relaxed), 2);
    }

    #[tokio::test]
    async fn one_private_address_among_public_ones_is_enough_to_refuse_a_name() {
        let resolver = Resolver::new(public, |_| {
            Box::pin(async {
                Ok(["93.184.215.14:0", "[::ffff:10.0.0.1]:0"].map(|a| a.parse().expect("an address")).to_vec())
            })
        });
        assert!(resolved(&resolver).await.is_err());
    }
}
