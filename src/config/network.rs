//! Networks in CIDR notation, for the proxies that are believed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde_json::Value as Json;

use super::list::List;

/// A network such as `10.0.0.0/8`; a bare address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    /// Leading bits that count.
    prefix: u8,
}

impl Cidr {
    /// True when the address is in the network. IPv4 in its IPv6 form (`::ffff:10.0.0.1`) counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a network such as 10.0.0.0/8, or an address");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(digits) => match digits.parse::<u8>() {
                Ok(prefix) if prefix <= bits && !digits.starts_with('+') => prefix,
                _ => return Err(format!("{text:?}: the prefix is a number from 0 to {bits}")),
            },
        };
        let network = Self { address, prefix };
        match network.first() {
            first if first == address => Ok(network),
            first => Err(format!("{text:?} has bits after its prefix; did you mean {first}/{prefix}?")),
        }
    }
}

impl Cidr {
    /// The network's first address.
    fn first(&self) -> IpAddr {
        let unset = |bits: u32| bits - u32::from(self.prefix);
        match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(unset(32)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(unset(128)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

impl List for Vec<Cidr> {
    const KIND: &'static str = "list of networks";

    fn of(items: Vec<&str>) -> Result<Self, String> {
        items.into_iter().map(str::parse).collect()
    }

    fn show(&self) -> Json {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().into()
    }
}
