//! How much one caller may ask for: a token bucket for each policy and caller, on this node, or with Redis on all of them
//! together. What is spent is told with every answer (draft-ietf-httpapi-ratelimit-headers).

mod shared;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::caller::Identity;
use crate::app::App;
use crate::http::throttle::{Level, Network, Throttle};
use crate::telemetry::Telemetry;
use crate::telemetry::label::{RateDecision, RatePolicy};
use shared::Shared;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The time that all limits are for.
const WINDOW_S: u32 = 60;

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(Network, i64);

impl Key {
    /// Of whoever asks from there.
    pub(super) fn of_network(client: IpAddr) -> Self {
        Self(Network::of(client), 0)
    }

    /// Whatever somebody does, in a browser or with any of their tokens.
    pub(super) fn of_account(id: i64) -> Self {
        Self(Network::ALL, -id)
    }

    /// A token has its own limits, whatever else its owner does; nobody shares theirs with their network.
    fn of(identity: &Identity, client: IpAddr) -> Self {
        match identity {
            Identity::Nobody => Self::of_network(client),
            Identity::Session(of) => Self::of_account(of.account_id),
            Identity::Token(of) => Self(Network::ALL, of.token_id),
        }
    }
}

/// One limit; without a throttle there is none.
struct Limit {
    per_minute: u32,
    throttle: Option<Throttle>,
}

impl Limit {
    /// 0: none.
    fn of(per_minute: u32) -> Self {
        Self { per_minute, throttle: (per_minute > 0).then(|| Throttle::new(per_minute)) }
    }
}

/// What a request took of a limit.
pub struct Taken {
    policy: RatePolicy,
    per_minute: u32,
    level: Level,
}

impl Taken {
    /// The time until another one is let in; `None`: this one is.
    pub fn refused(&self) -> Option<Duration> {
        self.level.refused
    }

    /// Tells the caller.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let policy = self.policy.as_str();
        let quota = format!("\"{policy}\";q={};w={WINDOW_S}", self.per_minute);
        let left = format!("\"{policy}\";r={};t={}", self.level.left, self.level.full_in.as_secs_f64().ceil() as u64);
        for (name, text) in [(RATE_LIMIT_POLICY, quota), (RATE_LIMIT, left)] {
            headers.insert(name, HeaderValue::try_from(text).expect("words and numbers"));
        }
    }
}

/// All limits of the API.
pub struct Limits {
    public: Limit,
    read: Limit,
    write: Limit,
    upload: Limit,
    wrong_tokens: Throttle,
    wrong_per_minute: u32,
    /// None: each node counts for itself.
    shared: Option<Shared>,
    telemetry: Arc<Telemetry>,
}

impl Limits {
    pub fn new(app: &App) -> Self {
        let settings = &app.config.api;
        Self {
            public: Limit::of(settings.public_per_minute),
            read: Limit::of(settings.read_per_minute),
            write: Limit::of(settings.write_per_minute),
            upload: Limit::of(settings.upload_per_minute),
            wrong_tokens: Throttle::new(settings.wrong_tokens_per_minute),
            wrong_per_minute: settings.wrong_tokens_per_minute,
            shared: app.redis.clone().map(|redis| Shared::new(redis, app.keys.clone())),
            telemetry: app.telemetry.clone(),
        }
    }

    fn count(&self, policy: RatePolicy, refused: Option<Duration>) {
        let decision = if refused.is_some() { RateDecision::Deny } else { RateDecision::Allow };
        self.telemetry.families.rate_decisions.with_label_values(&[policy.as_str(), decision.as_str()]).inc();
    }

    /// Takes one of a bucket: of the one that all nodes share, where there is one and Redis answers. What it said is
    /// remembered here, so that whoever is over it is refused without another question, and so that this node goes on from
    /// there by itself.
    async fn draw(&self, policy: RatePolicy, throttle: &Throttle, per_minute: u32, key: Key) -> Level {
        let Key(network, thing) = key;
        let Some(shared) = &self.shared else { return throttle.draw(network, thing) };
        if throttle.look(network, thing).is_err() {
            return throttle.draw(network, thing);
        }
        match shared.draw(policy, per_minute, key).await {
            Ok(level) => {
                throttle.follow(network, thing, level);
                level
            }
            // Redis says once that it is away, in the log.
            Err(_) => {
                self.telemetry.families.rate_fallbacks.with_label_values(&[policy.as_str()]).inc();
                throttle.draw(network, thing)
            }
        }
    }

    /// Takes one request of a caller; `None` where there is no limit.
    pub async fn take(
        &self,
        method: &Method,
        headers: &HeaderMap,
        identity: &Identity,
        client: IpAddr,
    ) -> Option<Taken> {
        let policy = policy(method, headers, identity);
        let limit = match policy {
            RatePolicy::Public => &self.public,
            RatePolicy::Read => &self.read,
            RatePolicy::Upload => &self.upload,
            RatePolicy::Write | RatePolicy::Auth => &self.write,
        };
        let throttle = limit.throttle.as_ref()?;
        let level = self.draw(policy, throttle, limit.per_minute, Key::of(identity, client)).await;
        self.count(policy, level.refused);
        Some(Taken { policy, per_minute: limit.per_minute, level })
    }

    /// Whether another token is looked at that comes from there. Nodes share what was wrong, and a look costs no question:
    /// a node learns that there was too much elsewhere from the next wrong one.
    ///
    /// # Errors
    /// With the time until one is, after too many wrong ones.
    pub fn look_at_token(&self, client: IpAddr) -> Result<(), Duration> {
        let looked = self.wrong_tokens.look(Network::of(client), 0);
        if let Err(wait) = looked {
            self.count(RatePolicy::Auth, Some(wait));
        }
        looked
    }

    /// Counts a token that was wrong.
    pub async fn note_wrong_token(&self, client: IpAddr) {
        self.count(RatePolicy::Auth, None);
        // It is refused anyway; the next one hears of it.
        let key = Key::of_network(client);
        self.draw(RatePolicy::Auth, &self.wrong_tokens, self.wrong_per_minute, key).await;
    }
}

fn policy(method: &Method, headers: &HeaderMap, identity: &Identity) -> RatePolicy {
    match (method.is_safe(), identity) {
        (true, Identity::Nobody) => RatePolicy::Public,
        (true, _) => RatePolicy::Read,
        (false, _) if sends_file(headers) => RatePolicy::Upload,
        (false, _) => RatePolicy::Write,
    }
}

/// Whether the body is a file, or a form with one.
fn sends_file(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.trim_start().to_ascii_lowercase();
    ["multipart/", "image/", "application/octet-stream", "application/pdf"].iter().any(|start| kind.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_does_and_who_sends_it_chooses_its_limit() {
        let headers = |kind| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let of = |method: &Method, kind| policy(method, &headers(kind), &Identity::Nobody);
        assert_eq!(of(&Method::GET, "multipart/form-data"), RatePolicy::Public);
        assert_eq!(of(&Method::POST, "application/json"), RatePolicy::Write);
        assert_eq!(of(&Method::DELETE, ""), RatePolicy::Write);
        assert_eq!(of(&Method::POST, "Multipart/Form-Data; boundary=x"), RatePolicy::Upload);
        assert_eq!(of(&Method::PUT, "image/png"), RatePolicy::Upload);
    }

    #[test]
    fn the_headers_tell_quota_and_rest() {
        let level = Level { refused: None, left: 7, full_in: Duration::from_millis(1_200) };
        let mut headers = HeaderMap::new();
        Taken { policy: RatePolicy::Read, per_minute: 120, level }.tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"read\";q=120;w=60");
        assert_eq!(headers["ratelimit"], "\"read\";r=7;t=2");
    }
}
