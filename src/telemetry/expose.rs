//! The /metrics page: the registry and the facade's sink as one text, each family once.

use prometheus::{Encoder as _, TextEncoder};

use super::{Telemetry, Timer, compat};
use crate::config::Compat;

/// Prometheus 3 refuses a page without a content type.
pub const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Telemetry {
    /// Renders all families; takes milliseconds, so call it off the async workers.
    pub fn render(&self) -> String {
        let timer = Timer::start();
        self.process.refresh(&self.families);
        self.refresh();
        let mut page = Vec::with_capacity(64 << 10);
        // Encoding into memory fails only for a family without samples, which gather() leaves out.
        let gathered = self.families.registry.gather();
        let _ = TextEncoder::new().encode(&gathered, &mut page);
        let mut page = String::from_utf8(page).unwrap_or_default();
        if self.compat == Compat::Django {
            page.push_str(&compat::django(&gathered));
        }
        page.push_str(&self.facade.render().replace("\n\n", "\n"));
        let samples = page.lines().filter(|line| !line.starts_with('#')).count();
        self.families.metrics_series.with_label_values::<&str>(&[]).set(samples as f64);
        self.families.metrics_render.with_label_values::<&str>(&[]).observe(timer.elapsed_s());
        page
    }

    /// Brings gauges up to date.
    pub(super) fn refresh(&self) {
        self.hot.publish(&self.families);
        for refresh in self.refreshers.lock().iter() {
            refresh(&self.families);
        }
    }

    /// Waits until the log lines so far are written.
    pub fn flush_logs(&self) {
        self.log.flush(std::time::Duration::from_secs(2));
    }
}
