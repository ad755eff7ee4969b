//! Traces: spans of requests and queries, exported by OTLP over HTTP when an endpoint is configured.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, Sampler, SdkTracerProvider, SpanData, SpanExporter};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Layer;

use super::label::SpanOutcome;
use super::{Telemetry, TraceContext};
use crate::config::Config;

/// Target of every span; nothing else listens to it, so that spans cost nothing without an exporter.
pub const TARGET: &str = "vitrine_trace";

thread_local! { static NEXT_IDS: Cell<Option<(u128, u64)>> = const { Cell::new(None) }; }

/// The OTLP exporter of this process.
pub struct Exporter {
    provider: SdkTracerProvider,
}

impl Exporter {
    /// An exporter to `telemetry.otlp_endpoint`; `None` when that is empty.
    ///
    /// # Errors
    /// When the endpoint is not a URL.
    pub fn start(config: &Config, telemetry: &Arc<Telemetry>) -> anyhow::Result<Option<Self>> {
        let endpoint = config.telemetry.otlp_endpoint.trim_end_matches('/');
        if endpoint.is_empty() || !telemetry.enabled {
            return Ok(None);
        }
        let otlp = OtlpExporter::builder()
            .with_http()
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(Duration::from_secs(5))
            .build()?;
        let resource = opentelemetry_sdk::Resource::builder()
            .with_service_name(config.telemetry.service_name.clone())
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let ratio = Sampler::TraceIdRatioBased(config.telemetry.trace_sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Counting { otlp, telemetry: telemetry.clone() })
            .with_sampler(Sampler::ParentBased(Box::new(ratio)))
            .with_id_generator(RequestIds(RandomIdGenerator::default()))
            .with_resource(resource)
            .build();
        Ok(Some(Self { provider }))
    }

    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'s> tracing_subscriber::registry::LookupSpan<'s>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("vitrine"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(TARGET, tracing::Level::INFO))
    }

    /// Exports what is left; blocks for at most five seconds.
    pub fn shutdown(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(Duration::from_secs(5)) {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

/// The span of one request, with the ids of `context`; disabled when nothing exports spans.
pub fn request_span(context: &TraceContext, method: &'static str, path: &str, scheme: &'static str) -> tracing::Span {
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        http.request.method = method,
        http.route = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
        error.type = tracing::field::Empty,
        url.path = path,
        url.scheme = scheme,
    );
    if span.is_disabled() {
        return span;
    }
    if let Some(parent) = context.parent_id {
        let flags = if context.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let parent =
            SpanContext::new(TraceId::from(context.trace_id), SpanId::from(parent), flags, true, TraceState::default());
        let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
    }
    NEXT_IDS.set(Some((context.trace_id, context.span_id)));
    // Asking for the context starts the span, which takes the ids.
    let _ = span.context();
    NEXT_IDS.set(None);
    span
}

/// Completes the span of a request with what is known at its end.
pub fn finish_request_span(span: &tracing::Span, finished: &super::Finished) {
    if span.is_disabled() {
        return;
    }
    // The span has started, and tracing's fields no longer reach its name and status.
    let context = span.context();
    let started = context.span();
    started.update_name(format!("{} {}", finished.method.as_str(), finished.route.as_str()));
    span.record("http.route", finished.route.as_str());
    // tracing-opentelemetry turns smaller integers into strings.
    span.record("http.response.status_code", i64::from(finished.status.as_u16()));
    if finished.status.is_server_error() {
        started.set_status(opentelemetry::trace::Status::error(""));
        let failure = finished.failure.as_str();
        span.record("error.type", if failure.is_empty() { finished.status.as_str() } else { failure });
    }
}

/// Trace and span ids that are in the log and in the response header already, random ones for inner spans.
#[derive(Debug)]
struct RequestIds(RandomIdGenerator);

impl IdGenerator for RequestIds {
    fn new_trace_id(&self) -> TraceId {
        NEXT_IDS.get().map_or_else(|| self.0.new_trace_id(), |(trace, _)| TraceId::from(trace))
    }

    fn new_span_id(&self) -> SpanId {
        NEXT_IDS.get().map_or_else(|| self.0.new_span_id(), |(_, span)| SpanId::from(span))
    }
}

/// Counts what was exported and what was not.
struct Counting {
    otlp: OtlpExporter,
    telemetry: Arc<Telemetry>,
}

impl fmt::Debug for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.otlp.fmt(f)
    }
}

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let result = self.otlp.export(batch).await;
        let outcome = if result.is_ok() { SpanOutcome::Exported } else { SpanOutcome::Failed };
        self.telemetry.families.trace_spans.with_label_values(&[outcome.as_str()]).inc_by(spans);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &opentelemetry_sdk::Resource) {
        self.otlp.set_resource(resource);
    }
}
