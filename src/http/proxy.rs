//! Who the client is when proxies stand in between: X-Forwarded-* and Forwarded (RFC 7239) are
//! believed from trusted proxies alone.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::header::{FORWARDED, HOST};
use http::{HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// No honest chain is longer; what lies beyond is not looked at.
const MAX_HOPS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }
}

/// The client as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client<'h> {
    pub ip: IpAddr,
    pub scheme: Scheme,
    /// The forwarded host, or else the `Host` header, unchecked; `None` in HTTP/2 without
    /// one, where the URI's authority has it.
    pub host: Option<&'h str>,
}

/// A network in CIDR form. IPv4 is held as IPv4-mapped IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: u128,
    prefix_bits: u8,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("server.trusted_proxies: \"{0}\" is not an address or a network; write 10.0.0.1, 10.0.0.0/8 or fd00::/8")]
pub struct NetworkError(String);

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width: u8 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                bits.parse().ok().filter(|bits| *bits <= width)?
            }
            Some(_) => return None,
            None => width,
        };
        Some(Self { address: as_bits(address), prefix_bits: 128 - width + bits })
    }

    fn contains(self, address: u128) -> bool {
        let ignored = 128 - u32::from(self.prefix_bits);
        // A shift by all 128 bits is ::/0, which contains everything.
        (self.address ^ address).checked_shr(ignored).unwrap_or(0) == 0
    }
}

fn as_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The parsed `server.trusted_proxies`.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<Network>,
}

impl TrustedProxies {
    /// Whether no peer is believed.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// # Errors
    /// Names the first entry that is not an address or a network.
    pub fn parse<T: AsRef<str>>(entries: &[T]) -> Result<Self, NetworkError> {
        let networks = entries
            .iter()
            .map(|entry| Network::parse(entry.as_ref().trim()).ok_or_else(|| NetworkError(entry.as_ref().to_owned())))
            .collect::<Result<_, _>>()?;
        Ok(Self { networks })
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = as_bits(address);
        self.networks.iter().any(|network| network.contains(address))
    }

    /// The client of a request that came from `peer` over `scheme`. Without trusted proxies this neither
    /// allocates nor looks at a forwarding header.
    ///
    /// A proxy that sets one of `Forwarded` and X-Forwarded-For lets the client's own copy of
    /// the other through; so when both are there and name different clients, neither is believed.
    pub fn client<'h>(&self, peer: SocketAddr, scheme: Scheme, headers: &'h HeaderMap) -> Client<'h> {
        let host = headers.get(HOST).and_then(|value| value.to_str().ok());
        let direct = Client { ip: peer.ip().to_canonical(), scheme, host };
        if self.networks.is_empty() || !self.trusts(direct.ip) {
            return direct;
        }
        match (headers.contains_key(FORWARDED), headers.contains_key(X_FORWARDED_FOR)) {
            (true, false) => self.by_forwarded(direct, headers),
            (false, _) => self.by_x_forwarded(direct, headers),
            (true, true) => {
                let forwarded = self.by_forwarded(direct, headers);
                if forwarded.ip == self.by_x_forwarded(direct, headers).ip { forwarded } else { direct }
            }
        }
    }

    fn by_x_forwarded<'h>(&self, direct: Client<'h>, headers: &'h HeaderMap) -> Client<'h> {
        let mut ip = direct.ip;
        // How many proxies wrote after the one that saw the client.
        let mut hops = 0;
        for (index, entry) in from_right(headers, &X_FORWARDED_FOR).take(MAX_HOPS).enumerate() {
            let Some(address) = parse_node(entry) else {
                break;
            };
            ip = address;
            hops = index;
            if !self.trusts(address) {
                break;
            }
        }
        let at_hop = |name: &HeaderName| at_hop(headers, name, hops);
        Client {
            ip,
            scheme: at_hop(&X_FORWARDED_PROTO).and_then(Scheme::parse).unwrap_or(direct.scheme),
            host: at_hop(&X_FORWARDED_HOST).filter(|host| !host.is_empty()).or(direct.host),
        }
    }

    fn by_forwarded<'h>(&self, direct: Client<'h>, headers: &'h HeaderMap) -> Client<'h> {
        let mut client = direct;
        for element in from_right(headers, &FORWARDED).take(MAX_HOPS) {
            let Some(element) = Element::parse(element) else {
                break;
            };
            client.scheme = element.proto.and_then(Scheme::parse).unwrap_or(client.scheme);
            client.host = element.host.filter(|host| !host.is_empty()).or(client.host);
            let Some(address) = element.node.and_then(parse_node) else {
                break;
            };
            client.ip = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

/// One proxy's element of `Forwarded`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Element<'h> {
    node: Option<&'h str>,
    proto: Option<&'h str>,
    host: Option<&'h str>,
}

impl<'h> Element<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let mut element = Self::default();
        for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let value = match value.strip_prefix('"') {
                Some(quoted) => quoted.strip_suffix('"').filter(|inner| !inner.contains(['"', '\\']))?,
                None => value,
            };
            let known = [("for", &mut element.node), ("proto", &mut element.proto), ("host", &mut element.host)];
            if let Some((_, place)) = known.into_iter().find(|(known, _)| name.trim().eq_ignore_ascii_case(known)) {
                *place = Some(value);
            }
        }
        Some(element)
    }
}

/// The entries of a list header, the one that the nearest proxy wrote first. No entry that is
/// believed has a comma inside quotes: nodes, schemes and hosts have none.
fn from_right<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> + use<'h> {
    headers.get_all(name).iter().rev().flat_map(|value| value.to_str().unwrap_or("").rsplit(',')).map(str::trim)
}

/// The entry that the proxy which saw the client wrote; the oldest one when proxies only hand
/// theirs on.
fn at_hop<'h>(headers: &'h HeaderMap, name: &HeaderName, hops: usize) -> Option<&'h str> {
    from_right(headers, name).take(hops + 1).last()
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn parse_node(text: &str) -> Option<IpAddr> {
    let address = if let Some(rest) = text.strip_prefix('[') {
        let (inner, port) = rest.split_once(']')?;
        if !(port.is_empty() || port.starts_with(':')) {
            return None;
        }
        IpAddr::V6(inner.parse::<Ipv6Addr>().ok()?)
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        IpAddr::V4(text.split_once(':')?.0.parse().ok()?)
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests;
