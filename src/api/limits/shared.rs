//! Buckets that all nodes share, in Redis: the generic cell rate algorithm, in one script and one round trip, by the clock
//! of Redis alone. It is the token bucket of [`Throttle`](crate::http::throttle::Throttle), written as one number: the
//! time at which the bucket is full again.

use std::sync::Arc;
use std::time::Duration;

use super::Key;
use crate::http::throttle::Level;
use crate::keys::{Keys, Purpose};
use crate::redis::{Redis, RedisError, Script};
use crate::telemetry::label::RatePolicy;

/// `ARGV[1]`: tokens of a full bucket, and of a minute. All times are microseconds; a bucket that is full is no key.
/// Answers whether one was taken, those left, the time until there is one, and the time until it is full.
const DRAW: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local minute = 60000000
local interval = minute / tonumber(ARGV[1])
local full_at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
local wait = full_at + interval - now - minute
local taken = 0
if wait <= 1 then
  taken = 1
  wait = 0
  full_at = full_at + interval
  redis.call('SET', KEYS[1], string.format('%.1f', full_at), 'PX', math.ceil((full_at - now) / 1000))
end
local left = math.floor((minute - (full_at - now)) / interval + 0.001)
return { taken, math.max(0, left), math.ceil(wait), math.ceil(full_at - now) }
";

pub(super) struct Shared {
    redis: Arc<Redis>,
    draw: Script,
    keys: Keys,
}

impl Shared {
    pub(super) fn new(redis: Arc<Redis>, keys: Keys) -> Self {
        Self { redis, draw: Script::new(DRAW), keys }
    }

    /// Takes one of the bucket of this caller. Who that is cannot be told from its name in Redis, and installations
    /// with different keys have different buckets.
    pub(super) async fn draw(&self, policy: RatePolicy, per_minute: u32, key: Key) -> Result<Level, RedisError> {
        let Key(network, thing) = key;
        let (network, thing) = (network.to_string(), thing.to_string());
        let name = self.keys.sign(Purpose::RateLimit, &[policy.as_str(), &network, &thing]);
        let key = format!("vitrine:limit:{}:{name}", policy.as_str());
        let numbers = self.redis.run(&self.draw, &key, &[&per_minute.to_string()]).await?;
        level(&numbers).ok_or_else(|| RedisError::Refused("it runs another script".to_owned()))
    }
}

fn level(numbers: &[i64]) -> Option<Level> {
    let &[taken, left, wait, full_in] = numbers else { return None };
    let time = |us: i64| u64::try_from(us).ok().map(Duration::from_micros);
    let refused = if taken == 1 { None } else { Some(time(wait)?) };
    Some(Level { refused, left: u32::try_from(left).ok()?, full_in: time(full_in)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_script_are_a_level() {
        let taken = Level { refused: None, left: 2, full_in: Duration::from_secs(20) };
        assert_eq!(level(&[1, 2, 0, 20_000_000]), Some(taken));
        let refused = Some(Duration::from_micros(1_500));
        assert_eq!(level(&[0, 0, 1_500, 60_000_000]).and_then(|level| level.refused), refused);
        for wrong in [&[][..], &[1, 2, 3], &[1, -1, 0, 0], &[0, 0, -1, 0]] {
            assert_eq!(level(wrong), None, "{wrong:?}");
        }
    }
}
