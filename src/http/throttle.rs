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

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}", self.0)
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

/// How a bucket is after somebody asked for a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The time until there is a token again; `None`: one was taken.
    pub refused: Option<Duration>,
    /// Tokens that are left.
    pub left: u32,
    /// The time until it is full again.
    pub full_in: Duration,
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
        self.draw(client, thing).refused.map_or(Ok(()), Err)
    }

    /// As [`Throttle::take`], and tells how much is left.
    pub fn draw(&self, client: Network, thing: i64) -> Level {
        self.draw_at(client, thing, self.clock.elapsed_s())
    }

    /// Whether there is a token, without taking it.
    ///
    /// # Errors
    /// With the time until there is one again.
    pub fn look(&self, client: Network, thing: i64) -> Result<(), Duration> {
        self.look_at(client, thing, self.clock.elapsed_s())
    }

    /// Takes over what a bucket is like elsewhere, as of now.
    pub fn follow(&self, client: Network, thing: i64, level: Level) {
        let now_s = self.clock.elapsed_s();
        let mut buckets = self.buckets.lock();
        if !buckets.contains_key(&(client, thing)) && buckets.len() >= self.max_buckets {
            self.make_room(&mut buckets, now_s);
        }
        let tokens = self.per_minute - level.full_in.as_secs_f64() * self.per_s();
        buckets.insert((client, thing), Bucket { tokens, filled_s: now_s });
    }

    fn per_s(&self) -> f64 {
        self.per_minute / 60.0
    }

    fn tokens(&self, bucket: Bucket, now_s: f64) -> f64 {
        (bucket.tokens + (now_s - bucket.filled_s) * self.per_s()).min(self.per_minute)
    }

    /// The time until a bucket with so many tokens has one.
    fn wait(&self, tokens: f64) -> Option<Duration> {
        (tokens < 1.0).then(|| Duration::from_secs_f64((1.0 - tokens) / self.per_s()))
    }

    fn look_at(&self, client: Network, thing: i64, now_s: f64) -> Result<(), Duration> {
        let known = self.buckets.lock().get(&(client, thing)).copied();
        known.and_then(|bucket| self.wait(self.tokens(bucket, now_s))).map_or(Ok(()), Err)
    }

    fn draw_at(&self, client: Network, thing: i64, now_s: f64) -> Level {
        let mut buckets = self.buckets.lock();
        let known = buckets.get(&(client, thing)).copied();
        if known.is_none() && buckets.len() >= self.max_buckets {
            self.make_room(&mut buckets, now_s);
        }
        let tokens = known.map_or(self.per_minute, |bucket| self.tokens(bucket, now_s));
        let refused = self.wait(tokens);
        let left = if refused.is_none() { tokens - 1.0 } else { tokens };
        buckets.insert((client, thing), Bucket { tokens: left, filled_s: now_s });
        let full_in = Duration::from_secs_f64((self.per_minute - left) / self.per_s());
        Level { refused, left: left as u32, full_in }
    }

    /// Drops what is full again; when that is not enough, the fuller half.
    fn make_room(&self, buckets: &mut HashMap<(Network, i64), Bucket>, now_s: f64) {
        let per_s = self.per_s();
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

    impl Throttle {
        fn take_at(&self, client: Network, thing: i64, now_s: f64) -> Result<(), Duration> {
            self.draw_at(client, thing, now_s).refused.map_or(Ok(()), Err)
        }
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
    fn what_is_left_is_told_and_a_look_takes_nothing() {
        let (throttle, one) = (Throttle::new(3), client("192.0.2.1"));
        for _ in 0..9 {
            assert_eq!(throttle.look_at(one, 7, 0.0), Ok(()));
        }
        let second = Duration::from_secs;
        let level = |left, full_in_s| Level { refused: None, left, full_in: second(full_in_s) };
        assert_eq!(throttle.draw_at(one, 7, 0.0), level(2, 20));
        assert_eq!(throttle.draw_at(one, 7, 0.0), level(1, 40));
        assert_eq!(throttle.draw_at(one, 7, 0.0), level(0, 60));
        let refused = Level { refused: Some(second(20)), left: 0, full_in: second(60) };
        assert_eq!(throttle.draw_at(one, 7, 0.0), refused);
        assert_eq!(throttle.look_at(one, 7, 0.0), Err(second(20)));
        assert_eq!(throttle.look_at(one, 7, 20.0), Ok(()));
        assert_eq!(throttle.draw_at(one, 7, 600.0), level(2, 20), "it is never more than full");
    }

    #[test]
    fn a_bucket_that_follows_another_one_goes_on_from_there() {
        let (throttle, one) = (Throttle::new(3), client("192.0.2.1"));
        let level = |left, full_in_s| Level { refused: None, left, full_in: Duration::from_secs(full_in_s) };
        throttle.follow(one, 7, level(1, 40));
        assert_eq!(throttle.draw(one, 7).left, 0);
        throttle.follow(one, 7, level(0, 60));
        assert!(throttle.look(one, 7).is_err() && throttle.look(one, 8).is_ok());
        throttle.follow(one, 7, level(2, 20));
        assert!(throttle.look(one, 7).is_ok());
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
