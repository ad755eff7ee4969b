//! Telemetry: every family, log line and span of the product, written from here and nowhere else.
//!
//! One [`Telemetry`] belongs to one [`App`](crate::app::App) and owns a private registry, so that tests run side by
//! side and assert exact numbers.

mod access_log;
pub mod catalogue;
pub mod changes;
mod compat;
pub mod demo;
pub mod errors;
mod exemplars;
mod expose;
mod families;
pub mod figures;
mod json;
pub mod label;
mod log_sink;
pub mod logs;
pub(crate) mod process;
pub mod recorder;
mod request;
mod runtime;
pub mod samples;
pub mod scope;
mod slo;
pub mod timer;
mod trace_context;
pub mod traces;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};

use crate::config::Config;
pub use access_log::AccessLine;
pub use exemplars::OPENMETRICS;
pub use expose::EXPOSITION;
pub use families::{CATALOGUE, Families};
use label::Label;
pub use request::{Finished, PageViews};
pub use runtime::FACADE;
pub use timer::Timer;
pub use trace_context::TraceContext;

/// The commit that the binary was built of.
pub const COMMIT: &str = match option_env!("BUILD_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// Value that stands for all those beyond a label's bound.
pub const OVERFLOW: &str = "_other";

type Refresh = Box<dyn Fn(&Families) + Send + Sync>;

/// The telemetry of one server.
pub struct Telemetry {
    /// Off only for the benchmark that measures what telemetry costs.
    pub enabled: bool,
    pub server_timing: bool,
    pub families: Families,
    pub(crate) log: log_sink::LogSink,
    access: bool,
    compat: crate::config::Compat,
    hot: request::HotHandles,
    objectives: slo::Objectives,
    recorder: OnceLock<recorder::Recorder>,
    exemplars: exemplars::Exemplars,
    pub samples: samples::Samples,
    pub errors: errors::Errors,
    pub changes: changes::Changes,
    pub figures: figures::PageFigures,
    declared: RwLock<HashSet<(&'static str, Box<str>)>>,
    refreshers: Mutex<Vec<Refresh>>,
    facade: runtime::Facade,
    process: process::Process,
}

impl Telemetry {
    /// Telemetry that writes its log lines to `out`.
    ///
    /// # Errors
    /// When the writer thread cannot be started.
    pub fn start(config: &Config, out: Box<dyn std::io::Write + Send>) -> std::io::Result<Arc<Self>> {
        let families = Families::new();
        let log = log_sink::LogSink::start(out, families.log_dropped.with_label_values::<&str>(&[]))?;
        let telemetry = Self {
            enabled: config.telemetry.enabled,
            server_timing: config.telemetry.server_timing,
            hot: request::HotHandles::new(&families),
            objectives: slo::Objectives::new(&config.slo, &families),
            log,
            recorder: OnceLock::new(),
            exemplars: exemplars::Exemplars::default(),
            samples: samples::Samples::default(),
            errors: errors::Errors::default(),
            changes: changes::Changes::new(),
            figures: figures::PageFigures::default(),
            access: config.log.access,
            compat: config.metrics.compat,
            declared: RwLock::default(),
            refreshers: Mutex::default(),
            facade: runtime::Facade::new(),
            process: process::Process::new(),
            families,
        };
        telemetry.touch_what_alerts_read();
        Ok(Arc::new(telemetry))
    }

    /// Registers work that brings gauges up to date before a scrape; it must be quick and must not block.
    pub fn before_scrape(&self, refresh: impl Fn(&Families) + Send + Sync + 'static) {
        self.refreshers.lock().push(Box::new(refresh));
    }

    /// `value`, or [`OVERFLOW`] when the label already has as many values as it may.
    pub fn bounded<'v>(&self, label: &Label, value: &'v str) -> &'v str {
        let known = |set: &HashSet<(&'static str, Box<str>)>| {
            set.iter().filter(|(name, _)| *name == label.name).any(|(_, seen)| **seen == *value)
        };
        if known(&self.declared.read()) {
            return value;
        }
        let mut declared = self.declared.write();
        if declared.iter().filter(|(name, _)| *name == label.name).count() >= label.bound() {
            self.families.label_overflow.with_label_values(&[label.name]).inc();
            return OVERFLOW;
        }
        declared.insert((label.name, value.into()));
        value
    }

    /// A counter that does not exist yet hides its first event from `increase()`.
    fn touch_what_alerts_read(&self) {
        let families = &self.families;
        for outcome in label::ConnectionOutcome::ALL {
            families.http_connections_total.with_label_values(&[outcome.as_str()]);
        }
        for reason in label::Rejection::ALL {
            families.http_rejected.with_label_values(&[reason.as_str()]);
        }
        for class in label::UnmatchedClass::ALL {
            families.http_unmatched.with_label_values(&[class.as_str()]);
        }
        for surface in label::Surface::ALL {
            families.http_client_aborts.with_label_values(&[surface.as_str()]);
        }
        for level in label::LogLevel::ALL {
            families.log_events.with_label_values(&[level.as_str()]);
        }
        for outcome in label::TransactionOutcome::ALL {
            families.db_transactions.with_label_values(&[outcome.as_str()]);
        }
        for pool in label::PoolName::ALL {
            families.db_connection_timeouts.with_label_values(&[pool.as_str()]);
        }
        for outcome in label::SearchOutcome::ALL {
            families.search_queries.with_label_values(&[outcome.as_str()]);
        }
        for outcome in label::RebuildOutcome::ALL {
            families.search_rebuilds.with_label_values(&[outcome.as_str()]);
        }
        for outcome in label::SpanOutcome::ALL {
            families.trace_spans.with_label_values(&[outcome.as_str()]);
        }
        for outcome in label::RenditionOutcome::ALL {
            for format in label::ImageFormat::ALL {
                families.renditions.with_label_values(&[outcome.as_str(), format.as_str()]);
            }
        }
        for route in label::Route::ALL {
            families.http_panics.with_label_values(&[route.as_str()]);
        }
        for operation in label::StorageOperation::ALL {
            families.storage_operations.with_label_values(&[operation.as_str(), label::StorageOutcome::Error.as_str()]);
        }
        for outcome in label::BeaconOutcome::ALL {
            families.beacons.with_label_values(&[outcome.as_str()]);
        }
        for outcome in label::PasswordOutcome::ALL {
            families.password_attempts.with_label_values(&[outcome.as_str()]);
        }
        for policy in label::RatePolicy::ALL {
            for decision in label::RateDecision::ALL {
                families.rate_decisions.with_label_values(&[policy.as_str(), decision.as_str()]);
            }
        }
        for kind in label::FaultKind::ALL {
            families.faults_active.with_label_values(&[kind.as_str()]);
            families.faults_injected.with_label_values(&[kind.as_str()]);
        }
        for reason in label::KeepReason::ALL {
            families.recorder_traces.with_label_values(&[reason.as_str()]);
        }
        families.recorder_dropped.with_label_values::<&str>(&[]);
        families.publish_propagation.with_label_values::<&str>(&[]);
        families.cache_coalesced.with_label_values(&[label::CacheName::Page.as_str()]);
    }
}
