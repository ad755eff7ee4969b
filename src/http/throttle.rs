//! How often one client may do one thing: token buckets in memory, bounded in number.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;

use crate::telemetry::Timer;

/// Buckets held. Beyond it the fullest go: those who did least.
const MAX_BUCKETS: usize = 20_000;

/// A client as far as limits tell them apart: an IPv4 address, or the /64 network that one IPv6 client has to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(u128);

impl Network {
    /// All clients together.
    pub const ALL: Self = Self(0);

    pub fn of(client: IpAddr) -> Self {
        match client.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_ipv6_mapped().to_bits()),
            IpAddr::V6(v6) => Self(v6.to_bits() >> 64 << 64),
        }
    }
}

/// One limit, for each client and thing.
pub struct Throttle {
    /// At once, and again every minute.
    per_minute: f64,
    max_buckets: usize,
    clock: Timer,
    buckets: Mutex<HashMap<(Network, i64), Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled_s: f64,
}

impl Throttle {
    /// `per_minute`: at least 1.
    pub fn new(per_minute: u32) -> Self {
        Self::with_buckets(per_minute, MAX_BUCKETS)
    }

    fn with_buckets(per_minute: u32, max_buckets: usize) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        Self { per_minute, max_buckets, clock: Timer::start(), buckets: Mutex::default() }
    }

    /// Takes one token.
    ///
    /// # Errors
    /// With the time until there is one again.
    pub fn take(&self, client: Network, thing: i64) -> Result<(), Duration> {
        self.take_at(client, thing, self.clock.elapsed_s())
    }

    fn take_at(&self, client: Network, thing: i64, now_s: f64) -> Result<(), Duration> {
        let per_s = self.per_minute / 60.0;
        let mut buckets = self.buckets.lock();
        let known = buckets.get(&(client, thing)).copied();
        if known.is_none() && buckets.len() >= self.max_buckets {
            self.make_room(&mut buckets, now_s);
        }
        let full = Bucket { tokens: self.per_minute, filled_s: now_s };
        let bucket = known.unwrap_or(full);
        let tokens = (bucket.tokens + (now_s - bucket.filled_s) * per_s).min(self.per_minute);
        let taken = tokens >= 1.0;
        let left = if taken { tokens - 1.0 } else { tokens };
        buckets.insert((client, thing), Bucket { tokens: left, filled_s: now_s });
        if taken { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - tokens) / per_s)) }
    }

    /// Drops what is full again; when that is not enough, the fuller half.
    fn make_room(&self, buckets: &mut HashMap<(Network, i64), Bucket>, now_s: f64) {
        let per_s = self.per_minute / 60.0;
        let tokens = |bucket: &Bucket| bucket.tokens + (now_s - bucket.filled_s) * per_s;
        buckets.retain(|_, bucket| tokens(bucket) < self.per_minute);
        if buckets.len() < self.max_buckets {
            return;
        }
        let mut levels: Vec<f64> = buckets.values().map(tokens).collect();
        let middle = levels.len() / 2;
        let (_, median, _) = levels.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        buckets.retain(|_, bucket| tokens(bucket) < median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Network {
        Network::of(text.parse().expect("an address"))
    }

    #[test]
    fn a_client_has_so_many_at_once_and_so_many_a_minute() {
        let throttle = Throttle::new(3);
        let (one, other) = (client("192.0.2.1"), client("192.0.2.2"));
        for _ in 0..3 {
            assert_eq!(throttle.take_at(one, 7, 0.0), Ok(()));
        }
        assert_eq!(throttle.take_at(one, 7, 0.0), Err(Duration::from_secs(20)));
        assert_eq!(throttle.take_at(one, 8, 0.0), Ok(()), "another thing");
        assert_eq!(throttle.take_at(other, 7, 0.0), Ok(()), "another client");
        assert_eq!(throttle.take_at(one, 7, 20.0), Ok(()));
        assert!(throttle.take_at(one, 7, 21.0).is_err());
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:1"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    }

    #[test]
    fn buckets_are_bounded_and_those_who_did_most_are_remembered() {
        let throttle = Throttle::with_buckets(2, 100);
        let hammering = client("192.0.2.1");
        for _ in 0..3 {
            let _ = throttle.take_at(hammering, 1, 0.0);
        }
        for thing in 0..1_000 {
            assert_eq!(throttle.take_at(client("192.0.2.2"), thing, 0.0), Ok(()));
            assert!(throttle.buckets.lock().len() <= 100);
        }
        assert!(throttle.take_at(hammering, 1, 0.0).is_err());
    }
}
