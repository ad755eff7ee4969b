//! The access log: one JSON line a request, with its trace id and what it cost.

use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Duration;

use super::json::{JsonLine, key};
use super::label::Phase;
use super::scope::Scope;
use super::{Finished, Telemetry, TraceContext};

/// What a line tells beside the measurements.
pub struct AccessLine<'r> {
    pub trace: TraceContext,
    pub client: IpAddr,
    pub method: &'r str,
    pub host: &'r [u8],
    /// The path without its query: queries may hold secrets.
    pub path: &'r [u8],
    pub user_agent: &'r [u8],
    /// `hit`, `miss`, `stale`, or empty when no page cache was asked.
    pub cache: &'static str,
    pub version: &'static str,
}

thread_local! {
    static SECOND: RefCell<(i64, [u8; 19])> = const { RefCell::new((i64::MIN, [0; 19])) };
}

impl Telemetry {
    /// Writes the line of one finished request, unless access logging is off.
    pub fn access(&self, line: &AccessLine<'_>, finished: &Finished, scope: Option<&Scope>) {
        if !self.enabled || !self.access {
            return;
        }
        self.log.line(|buffer| {
            let mut json = JsonLine::start(buffer, &timestamp());
            json.plain(key!("level"), "info");
            json.plain(key!("msg"), "request");
            json.plain(key!("trace_id"), line.trace.trace_id());
            json.text(key!("method"), line.method);
            json.text(key!("host"), line.host);
            json.text(key!("path"), line.path);
            json.plain(key!("route"), finished.route.as_str());
            json.raw(key!("status"), finished.status.as_str());
            json.milliseconds(key!("duration_ms"), finished.duration);
            json.integer(key!("bytes"), finished.response_bytes as i64);
            if !line.cache.is_empty() {
                json.plain(key!("cache"), line.cache);
            }
            let failure = finished.failure.as_str();
            if !failure.is_empty() {
                json.plain(key!("error"), failure);
            }
            if let Some(scope) = scope.filter(|scope| scope.queries() > 0) {
                json.integer(key!("queries"), i64::from(scope.queries()));
                json.integer(key!("rows"), scope.rows() as i64);
                json.milliseconds(key!("db_ms"), scope.phase(Phase::Db));
                json.milliseconds(key!("pool_ms"), scope.phase(Phase::PoolWait));
            }
            if let Some(render) = scope.map(|scope| scope.phase(Phase::Render)).filter(|time| *time > Duration::ZERO) {
                json.milliseconds(key!("render_ms"), render);
            }
            json.address(key!("client"), line.client);
            json.plain(key!("protocol"), line.version);
            json.text(key!("user_agent"), line.user_agent);
            json.finish();
        });
        self.hot.info_lines.inc();
    }
}

/// `2026-11-21T05:09:39.123456Z`; the part up to the seconds is formatted once a second and thread.
pub(super) fn timestamp() -> [u8; 27] {
    let micros = crate::clock::Micros::now().0;
    let second = micros.div_euclid(1_000_000);
    let mut stamp = *b"0000-00-00T00:00:00.000000Z";
    SECOND.with_borrow_mut(|(known, text)| {
        if *known != second {
            let full = crate::clock::Micros(micros).to_rfc3339();
            if full.len() >= 19 {
                text.copy_from_slice(&full.as_bytes()[..19]);
            }
            *known = second;
        }
        stamp[..19].copy_from_slice(text);
    });
    let mut rest = micros.rem_euclid(1_000_000);
    for digit in stamp[20..26].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    stamp
}
