//! Log events of the product and its libraries: one JSON line each with the request's trace id, or readable text.

use std::fmt;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::json::{JsonLine, key};
use super::label::LogLevel;
use super::traces::Exporter;
use super::{Telemetry, access_log, scope};
use crate::config::{Config, LogFormat};

/// Makes `telemetry` the receiver of this process's log events and, with an exporter, of its spans.
///
/// # Errors
/// When the process has a subscriber already.
pub fn install(config: &Config, telemetry: &Arc<Telemetry>, exporter: Option<&Exporter>) -> anyhow::Result<()> {
    let level = level_filter(config);
    let lines = Lines { telemetry: telemetry.clone(), pretty: config.log.format == LogFormat::Pretty };
    let subscriber =
        tracing_subscriber::registry().with(lines.with_filter(level)).with(exporter.map(|exporter| exporter.layer()));
    tracing::subscriber::set_global_default(subscriber)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {}", panic_text(panic.payload()));
    }));
    Ok(())
}

/// The text of a panic's payload.
pub fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)")
}

/// Libraries speak at warn and above; the product at the configured level.
fn level_filter(config: &Config) -> tracing_subscriber::filter::Targets {
    let own: LevelFilter = config.log.level.as_str().parse().unwrap_or(LevelFilter::INFO);
    tracing_subscriber::filter::Targets::new()
        .with_default(own.min(LevelFilter::WARN))
        .with_target("vitrine", own)
        .with_target(super::traces::TARGET, LevelFilter::OFF)
}

struct Lines {
    telemetry: Arc<Telemetry>,
    pretty: bool,
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            Level::DEBUG | Level::TRACE => LogLevel::Debug,
        };
        self.telemetry.families.log_events.with_label_values(&[level.as_str()]).inc();
        let in_request = scope::with_current(|scope| scope.line(level.as_str(), || without_values(event)));
        if in_request.is_none() && level == LogLevel::Error {
            self.telemetry.errors.note(without_values(event).0, "", "");
        }
        self.telemetry.log.line(|out| if self.pretty { pretty(out, event, level) } else { json(out, event, level) });
    }
}

/// An event as the flight recorder keeps it: numbers, names of the program's own, and the message up to its first
/// colon, behind which there are values.
fn without_values(event: &Event<'_>) -> (String, String) {
    let mut names = Names(String::new(), String::new());
    event.record(&mut names);
    (names.0, names.1)
}

/// Fields whose values are names of the program or of the site's own files.
const NAMES: [&str; 6] = ["query", "route", "template", "reason", "place", "target"];

struct Names(String, String);

impl Names {
    fn push(&mut self, field: &Field, value: impl fmt::Display) {
        use fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = write!(self.1, " {}={value}", field.name());
    }
}

impl Visit for Names {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let message = format!("{value:?}");
            self.0 = message.split(':').next().unwrap_or_default().to_owned();
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if NAMES.contains(&field.name()) {
            self.push(field, value);
        }
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value);
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }
}

fn json(out: &mut Vec<u8>, event: &Event<'_>, level: LogLevel) {
    let mut line = JsonLine::start(out, &access_log::timestamp());
    line.plain(key!("level"), level.as_str());
    event.record(&mut JsonFields(&mut line));
    if let Some(trace) = scope::current_trace() {
        line.plain(key!("trace_id"), trace.trace_id());
    }
    line.plain(key!("target"), event.metadata().target());
    line.finish();
}

struct JsonFields<'l, 'b>(&'l mut JsonLine<'b>);

impl Visit for JsonFields<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.named_text(name(field), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.named_text(name(field), value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.named_raw(name(field), &value.to_string());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.named_raw(name(field), &value.to_string());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for infinities.
        let text = if value.is_finite() { value.to_string() } else { "null".to_owned() };
        self.0.named_raw(name(field), &text);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.named_raw(name(field), if value { "true" } else { "false" });
    }
}

/// Field names are identifiers of this program and its libraries.
fn name(field: &Field) -> &'static str {
    if field.name() == "message" { "msg" } else { field.name() }
}

fn pretty(out: &mut Vec<u8>, event: &Event<'_>, level: LogLevel) {
    struct Text(String, String);
    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            use fmt::Write as _;
            let _ = match field.name() {
                "message" => write!(self.0, "{value:?}"),
                name => write!(self.1, "  {name}={value:?}"),
            };
        }
    }
    let mut text = Text(String::new(), String::new());
    event.record(&mut text);
    let line = format!("{:>5}  {}{}\n", level.as_str(), text.0, text.1);
    out.extend_from_slice(line.as_bytes());
}
