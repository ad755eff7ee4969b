//! Faults on purpose, so that alerts, runbooks and people can be tried: answers that fail or come late, panics, held
//! connections, emptied caches, a clock that is wrong.
//!
//! There is no [`Faults`] unless the setting `faults.enabled` is on, which is refused on an operations listener that other
//! machines reach. Each fault ends by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::telemetry::label::{FaultKind, PoolName, Route};
use crate::telemetry::{Telemetry, Timer};

/// Faults at the same time.
pub const MAX_FAULTS: usize = 16;
/// How long a fault lasts unless it says otherwise, in seconds.
const USUAL_SECONDS: u64 = 60;
const MAX_SECONDS: u64 = 3600;
const MAX_DELAY_MS: u64 = 60_000;
const MAX_CONNECTIONS: u32 = 1000;
/// In seconds: a year.
const MAX_SKEW_S: i64 = 366 * 86_400;

/// Why a fault is not injected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    #[error("{0}")]
    Invalid(String),
    #[error("{MAX_FAULTS} faults are there already: clear them first")]
    TooMany,
}

/// What is asked for, as JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    kind: String,
    /// As the label `http_route` has it; without it, every route.
    route: Option<String>,
    probability: Option<f64>,
    status: Option<u16>,
    delay_ms: Option<u64>,
    pool: Option<String>,
    connections: Option<u32>,
    skew_s: Option<i64>,
    seconds: Option<u64>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    Status(u16),
    Delay(Duration),
    Panic,
    PoolHold(PoolName, u32),
    CacheFlush,
    /// In seconds, to the future.
    ClockSkew(i64),
}

/// A fault that is in force.
struct Fault {
    effect: Effect,
    /// None: every route.
    route: Option<Route>,
    probability: f64,
    began: Timer,
    lasts: Duration,
}

/// A fault as `GET /faults` tells it.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// Status code, milliseconds, connections or seconds; nothing for what needs no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    ends_in_s: u64,
}

/// What one request meets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strike {
    pub delay: Option<Duration>,
    pub panic: bool,
    pub status: Option<u16>,
}

/// The faults of one server.
pub struct Faults {
    telemetry: Arc<Telemetry>,
    list: Mutex<Vec<Fault>>,
    /// Whether the list has one.
    any: AtomicBool,
    flush: AtomicBool,
    changed: Notify,
}

impl Faults {
    pub fn new(telemetry: Arc<Telemetry>) -> Arc<Self> {
        Arc::new(Self {
            telemetry,
            list: Mutex::default(),
            any: AtomicBool::new(false),
            flush: AtomicBool::new(false),
            changed: Notify::new(),
        })
    }

    /// Whether a request may meet a fault.
    pub fn any(&self) -> bool {
        self.any.load(Relaxed)
    }

    /// Injects a fault.
    ///
    /// # Errors
    /// For what is no fault, and for one too many.
    pub fn inject(&self, wanted: &Wanted) -> Result<Told, Refused> {
        let fault = Fault::of(wanted).map_err(Refused::Invalid)?;
        let told = fault.told();
        let full = self.with_list(|list| {
            let full = list.len() >= MAX_FAULTS;
            if !full {
                list.push(fault);
            }
            full
        });
        if full {
            return Err(Refused::TooMany);
        }
        tracing::warn!(
            kind = told.kind,
            route = told.route,
            seconds = told.ends_in_s,
            "a fault is injected on purpose"
        );
        self.changed.notify_one();
        Ok(told)
    }

    pub fn list(&self) -> Vec<Told> {
        self.with_list(|list| list.iter().map(Fault::told).collect())
    }

    /// Ends all; how many there were.
    pub fn clear(&self) -> usize {
        let cleared = self.with_list(|list| std::mem::take(list).len());
        tracing::warn!(cleared, "injected faults are cleared");
        self.changed.notify_one();
        cleared
    }

    /// What an answer of `route` meets. Counted.
    pub fn strike(&self, route: Route) -> Strike {
        let mut strike = Strike::default();
        let met: Vec<Effect> = self.with_list(|list| {
            let met = list.iter().filter(|fault| fault.meets(route));
            met.map(|fault| fault.effect).collect()
        });
        for effect in met {
            match effect {
                Effect::Delay(delay) => strike.delay = Some(strike.delay.unwrap_or_default() + delay),
                Effect::Panic => strike.panic = true,
                Effect::Status(status) => strike.status = Some(status),
                Effect::CacheFlush => {
                    self.flush.store(true, Relaxed);
                    self.changed.notify_one();
                }
                Effect::PoolHold(..) | Effect::ClockSkew(_) => continue,
            }
            self.count(effect.kind());
        }
        strike
    }

    /// Whether somebody has asked since to empty the caches.
    pub fn take_flush(&self) -> bool {
        self.flush.swap(false, Relaxed)
    }

    /// Connections of a pool that are to be held now.
    pub fn held_connections(&self, pool: PoolName) -> u32 {
        let held = |fault: &Fault| match fault.effect {
            Effect::PoolHold(of, connections) if of == pool => connections,
            _ => 0,
        };
        self.with_list(|list| list.iter().map(held).sum())
    }

    /// Seconds by which the clock is to be wrong now.
    pub fn skew_s(&self) -> i64 {
        let skew = |fault: &Fault| if let Effect::ClockSkew(skew) = fault.effect { skew } else { 0 };
        self.with_list(|list| list.iter().map(skew).sum())
    }

    pub fn count(&self, kind: FaultKind) {
        self.telemetry.families.faults_injected.with_label_values(&[kind.as_str()]).inc();
    }

    /// Until a fault is injected, cleared, or wants something done.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Forgets what is over, lends the list, and tells how many are in force.
    fn with_list<T>(&self, work: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        let mut list = self.list.lock();
        list.retain(|fault| fault.began.elapsed() < fault.lasts);
        let result = work(&mut list);
        self.any.store(!list.is_empty(), Relaxed);
        for kind in FaultKind::ALL {
            let active = list.iter().filter(|fault| fault.effect.kind() == *kind).count();
            self.telemetry.families.faults_active.with_label_values(&[kind.as_str()]).set(active as f64);
        }
        result
    }
}

impl Effect {
    pub fn kind(self) -> FaultKind {
        match self {
            Self::Status(_) => FaultKind::Status,
            Self::Delay(_) => FaultKind::Delay,
            Self::Panic => FaultKind::Panic,
            Self::PoolHold(..) => FaultKind::PoolHold,
            Self::CacheFlush => FaultKind::CacheFlush,
            Self::ClockSkew(_) => FaultKind::ClockSkew,
        }
    }

    fn amount(self) -> Option<i64> {
        match self {
            Self::Status(status) => Some(status.into()),
            Self::Delay(delay) => Some(delay.as_millis() as i64),
            Self::PoolHold(_, connections) => Some(connections.into()),
            Self::ClockSkew(skew) => Some(skew),
            Self::Panic | Self::CacheFlush => None,
        }
    }

    /// Whether it happens to requests, and not to the process.
    fn is_of_requests(self) -> bool {
        !matches!(self, Self::PoolHold(..) | Self::ClockSkew(_))
    }
}

impl Fault {
    fn of(wanted: &Wanted) -> Result<Self, String> {
        let effect = wanted.effect()?;
        if !effect.is_of_requests() && (wanted.route.is_some() || wanted.probability.is_some()) {
            let kind = effect.kind().as_str();
            return Err(format!("{kind} happens to the whole process: it has no route and no probability"));
        }
        let route = wanted.route.as_deref().map(route_of).transpose()?;
        let probability = wanted.probability.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&probability) {
            return Err(format!("probability is from 0 to 1, found {probability}"));
        }
        let seconds = within("seconds", wanted.seconds.unwrap_or(USUAL_SECONDS), 1, MAX_SECONDS)?;
        Ok(Self { effect, route, probability, began: Timer::start(), lasts: Duration::from_secs(seconds) })
    }

    fn meets(&self, route: Route) -> bool {
        self.effect.is_of_requests()
            && self.route.is_none_or(|wanted| wanted == route)
            && (self.probability >= 1.0 || rand::random::<f64>() < self.probability)
    }

    fn told(&self) -> Told {
        let of_requests = self.effect.is_of_requests();
        Told {
            kind: self.effect.kind().as_str(),
            route: self.route.map(Route::as_str),
            probability: of_requests.then_some(self.probability),
            amount: self.effect.amount(),
            ends_in_s: self.lasts.saturating_sub(self.began.elapsed()).as_secs_f64().ceil() as u64,
        }
    }
}

impl Wanted {
    fn effect(&self) -> Result<Effect, String> {
        let kind = FaultKind::ALL.iter().find(|kind| kind.as_str() == self.kind).ok_or_else(|| {
            let kinds: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("kind is one of {}, found {:?}", kinds.join(", "), self.kind)
        })?;
        self.refuse_strays(*kind)?;
        Ok(match kind {
            FaultKind::Status => Effect::Status(within("status", self.status.unwrap_or(500), 400, 599)?),
            FaultKind::Delay => {
                let delay_ms = self.delay_ms.ok_or("delay needs delay_ms")?;
                Effect::Delay(Duration::from_millis(within("delay_ms", delay_ms, 1, MAX_DELAY_MS)?))
            }
            FaultKind::Panic => Effect::Panic,
            FaultKind::CacheFlush => Effect::CacheFlush,
            FaultKind::PoolHold => {
                let name = self.pool.as_deref().unwrap_or(PoolName::Read.as_str());
                let pool = PoolName::ALL.iter().find(|pool| pool.as_str() == name);
                let pool = *pool.ok_or_else(|| format!("pool is read or write, found {name:?}"))?;
                let connections = self.connections.unwrap_or(MAX_CONNECTIONS);
                Effect::PoolHold(pool, within("connections", connections, 1, MAX_CONNECTIONS)?)
            }
            FaultKind::ClockSkew => {
                let skew_s = self.skew_s.ok_or("clock_skew needs skew_s")?;
                Effect::ClockSkew(within("skew_s", skew_s, -MAX_SKEW_S, MAX_SKEW_S)?)
            }
        })
    }

    /// A number that the kind does not read was meant for something.
    fn refuse_strays(&self, kind: FaultKind) -> Result<(), String> {
        let given = [
            ("status", self.status.is_some(), FaultKind::Status),
            ("delay_ms", self.delay_ms.is_some(), FaultKind::Delay),
            ("pool", self.pool.is_some(), FaultKind::PoolHold),
            ("connections", self.connections.is_some(), FaultKind::PoolHold),
            ("skew_s", self.skew_s.is_some(), FaultKind::ClockSkew),
        ];
        match given.iter().find(|(_, is_given, of)| *is_given && *of != kind) {
            Some((name, _, of)) => Err(format!("{name} belongs to {}, not to {}", of.as_str(), kind.as_str())),
            None => Ok(()),
        }
    }
}

/// A route of the public listener: the operations listener stays whole, or nobody could clear a fault.
fn route_of(name: &str) -> Result<Route, String> {
    let ours = |route: &&Route| {
        !matches!(route, Route::Metrics | Route::Livez | Route::Readyz | Route::Faults | Route::Rejected)
    };
    let routes = || Route::ALL.iter().filter(ours);
    routes().find(|route| route.as_str() == name).copied().ok_or_else(|| {
        let names: Vec<_> = routes().map(|route| route.as_str()).collect();
        format!("route is one of {}, found {name:?}", names.join(" "))
    })
}

fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, least: T, most: T) -> Result<T, String> {
    if value < least || value > most {
        return Err(format!("{name} is from {least} to {most}, found {value}"));
    }
    Ok(value)
}
