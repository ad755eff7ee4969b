//! Every metric family, in one table. A family that is not here cannot be written.

use prometheus::{CounterVec, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

use super::catalogue::{
    BYTES, COUNT, DB, FAST, Family, HTTP, Kind, ROWS, VITAL_INTERACTION, VITAL_LOAD, VITAL_SHIFT, WORK,
};
use super::label::*;

macro_rules! handle {
    (counter) => {
        IntCounterVec
    };
    (seconds) => {
        CounterVec
    };
    (gauge) => {
        GaugeVec
    };
    (histogram $buckets:ident) => {
        HistogramVec
    };
}
macro_rules! kind {
    (counter) => {
        Kind::Counter
    };
    (seconds) => {
        Kind::SecondsCounter
    };
    (gauge) => {
        Kind::Gauge
    };
    (histogram $buckets:ident) => {
        Kind::Histogram($buckets)
    };
}
macro_rules! build {
    (counter, $name:literal, $help:expr, $labels:expr) => {
        IntCounterVec::new(Opts::new($name, $help), $labels)
    };
    (seconds, $name:literal, $help:expr, $labels:expr) => {
        CounterVec::new(Opts::new($name, $help), $labels)
    };
    (gauge, $name:literal, $help:expr, $labels:expr) => {
        GaugeVec::new(Opts::new($name, $help), $labels)
    };
    (histogram $buckets:ident, $name:literal, $help:expr, $labels:expr) => {
        HistogramVec::new(HistogramOpts::new($name, $help).buckets($buckets.to_vec()), $labels)
    };
}

macro_rules! families {
    ($( $group:literal { $( $field:ident: [$($kind:tt)+] $name:literal $unit:literal [$($label:expr),*] $help:literal; )+ } )+) => {
        /// The handles of all families, bound to one private registry.
        pub struct Families {
            pub(crate) registry: Registry,
            $($( #[doc = $help] pub(crate) $field: handle!($($kind)+), )+)+
        }

        /// The catalogue: every family with type, unit, labels and meaning.
        pub const CATALOGUE: &[Family] = &[
            $($( Family { group: $group, name: $name, kind: kind!($($kind)+), unit: $unit, labels: &[$($label),*], help: $help }, )+)+

        ];

        impl Families {
            /// All families, registered.
            ///
            /// # Panics
            /// When the table above declares a name twice or an invalid one; every test would see it.
            pub(crate) fn new() -> Self {
                let registry = Registry::new();
                $($(
                    let labels: &[Label] = &[$($label),*];
                    let names: Vec<&str> = labels.iter().map(|label| label.name).collect();
                    let $field = build!($($kind)+, $name, $help, &names).expect("the catalogue's row is valid");
                    registry.register(Box::new($field.clone())).expect("the catalogue names each family once");
                )+)+
                Self { registry, $($( $field, )+)+ }
            }
        }
    };
}

families! {
    "HTTP server" {
        http_request_duration: [histogram HTTP] "http_server_request_duration_seconds" "s"
            [Method::LABEL, Route::LABEL, STATUS, Scheme::LABEL, Failure::LABEL]
            "Duration of HTTP server requests, to the last byte handed to the connection (OTel http.server.request.duration).";
        http_active_requests: [gauge] "http_server_active_requests" "requests" [Method::LABEL] "Requests in flight.";
        http_request_body_size: [histogram BYTES] "http_server_request_body_size_bytes" "By" [Surface::LABEL]
            "Request body size as announced by Content-Length.";
        http_response_body_size: [histogram BYTES] "http_server_response_body_size_bytes" "By" [Surface::LABEL]
            "Response body size on the wire.";
        http_rejected: [counter] "vitrine_http_requests_rejected_total" "requests" [Rejection::LABEL]
            "Requests refused before the handler ran.";
        http_panics: [counter] "vitrine_http_panics_total" "panics" [Route::LABEL]
            "Handler panics caught and turned into 500.";
        http_client_aborts: [counter] "vitrine_http_client_aborts_total" "requests" [Surface::LABEL]
            "Requests whose client hung up before the response was complete.";
        http_unmatched: [counter] "vitrine_http_unmatched_requests_total" "requests" [UnmatchedClass::LABEL]
            "Requests that matched no page, file or route; never labelled with the path.";
        http_phase_seconds: [seconds] "vitrine_http_phase_seconds_total" "s" [Route::LABEL, Phase::LABEL]
            "Time spent per phase of uncached requests, the same numbers as Server-Timing.";
        http_proxy_queue: [histogram HTTP] "vitrine_http_proxy_queue_seconds" "s" []
            "Time between X-Request-Start, set by a trusted proxy, and the handler.";
        http_connections: [gauge] "vitrine_http_connections" "connections" [] "Open client connections.";
        http_connections_total: [counter] "vitrine_http_connections_total" "connections" [ConnectionOutcome::LABEL]
            "Client connections by outcome.";
    }
    "Database" {
        db_operation_duration: [histogram DB] "db_client_operation_duration_seconds" "s"
            [DbSystem::LABEL, QUERY, DbOperation::LABEL, DbFailure::LABEL]
            "Duration of database operations without the wait for a connection (OTel db.client.operation.duration).";
        db_returned_rows: [histogram ROWS] "db_client_response_returned_rows" "rows" [QUERY] "Rows returned by a read.";
        db_connection_count: [gauge] "db_client_connection_count" "connections" [PoolName::LABEL, PoolState::LABEL]
            "Pool connections by state.";
        db_connection_max: [gauge] "db_client_connection_max" "connections" [PoolName::LABEL] "Maximum open connections.";
        db_connection_pending: [gauge] "db_client_connection_pending_requests" "requests" [PoolName::LABEL]
            "Tasks waiting for a connection.";
        db_connection_timeouts: [counter] "db_client_connection_timeouts_total" "timeouts" [PoolName::LABEL]
            "Waits for a connection that ended in a timeout, or were given up after a second or more.";
        db_connection_create: [histogram DB] "db_client_connection_create_time_seconds" "s" [PoolName::LABEL]
            "Time to open and set up a new connection, seen by the request that had to wait for it.";
        db_connection_wait: [histogram DB] "db_client_connection_wait_time_seconds" "s" [PoolName::LABEL]
            "Time to obtain a connection from the pool.";
        db_connection_use: [histogram DB] "db_client_connection_use_time_seconds" "s" [PoolName::LABEL]
            "Time a connection was borrowed.";
        db_queries_per_request: [histogram COUNT] "vitrine_db_queries_per_request" "queries" [Route::LABEL]
            "Queries executed per request that reached a handler.";
        db_n_plus_one: [counter] "vitrine_db_n_plus_one_total" "requests" [Route::LABEL, QUERY]
            "Requests in which one query ran ten times or more.";
        db_slow_queries: [counter] "vitrine_db_slow_queries_total" "queries" [QUERY]
            "Queries slower than database.slow_query_s; each leaves a warning with its trace id.";
        db_transactions: [counter] "vitrine_db_transactions_total" "transactions" [TransactionOutcome::LABEL]
            "Transactions by outcome.";
        db_migrations_pending: [gauge] "vitrine_db_migrations_pending" "migrations" []
            "Migrations known to the binary but not applied.";
        db_migrations_applied: [gauge] "vitrine_db_migrations_applied" "migrations" [] "Migrations applied.";
        db_size: [gauge] "vitrine_db_size_bytes" "By" [] "Size of the application database.";
        db_created: [gauge] "vitrine_db_created_timestamp_seconds" "s" [] "When the first migration was applied to the database.";
    }
    "Dependencies" {
        dependency_up: [gauge] "vitrine_dependency_up" "bool" [Dependency::LABEL] "1 when the last readiness check passed.";
        dependency_check_duration: [gauge] "vitrine_dependency_check_duration_seconds" "s" [Dependency::LABEL]
            "Duration of the last readiness check.";
    }
    "Redis" {
        redis_call_duration: [histogram FAST] "vitrine_redis_call_duration_seconds" "s" [RedisOutcome::LABEL]
            "Duration of calls to Redis, by outcome; refused: it answered with an error.";
    }
    "Cache" {
        degraded: [gauge] "vitrine_degraded" "bool" []
            "1 while the database is out of reach and pages are served as they were last.";
        cache_operations: [counter] "vitrine_cache_operations_total" "operations"
            [CacheName::LABEL, CacheOperation::LABEL, CacheResult::LABEL] "Cache operations by result.";
        cache_operation_duration: [histogram FAST] "vitrine_cache_operation_duration_seconds" "s"
            [CacheName::LABEL, CacheOperation::LABEL] "Duration of cache operations other than hits, which take well under a microsecond.";
        cache_entries: [gauge] "vitrine_cache_entries" "entries" [CacheName::LABEL] "Entries held.";
        cache_size: [gauge] "vitrine_cache_size_bytes" "By" [CacheName::LABEL] "Bytes held.";
        cache_max: [gauge] "vitrine_cache_max_bytes" "By" [CacheName::LABEL] "Configured byte limit.";
        cache_evictions: [counter] "vitrine_cache_evictions_total" "entries" [CacheName::LABEL, Eviction::LABEL]
            "Evicted entries.";
        cache_coalesced: [counter] "vitrine_cache_coalesced_requests_total" "requests" [CacheName::LABEL]
            "Requests that waited for another request's fill (stampede protection).";
    }
    "Front ends" {
        frontend_listeners: [gauge] "vitrine_frontend_listeners" "streams" []
            "Front ends that listen for changes of their configuration; at most 1024.";
        frontend_loads: [counter] "vitrine_frontend_loads_total" "loads" [Outcome::LABEL]
            "Builds of the front end in frontend.dir that were taken over; failure: the folder had no app, and the one before is served.";
    }
    "Redirects" {
        redirects: [counter] "vitrine_redirects_total" "requests" [RedirectKind::LABEL]
            "Visitors sent to another address, by why.";
        redirect_hits_pending: [gauge] "vitrine_redirect_hits_pending" "redirects" []
            "Redirects whose hits are counted in memory and not yet in the database.";
    }
    "Templates" {
        template_render_duration: [histogram FAST] "vitrine_template_render_duration_seconds" "s" [TEMPLATE]
            "Template render duration.";
        template_errors: [counter] "vitrine_template_errors_total" "errors" [TEMPLATE, TemplateFailure::LABEL]
            "Template errors.";
        template_reloads: [counter] "vitrine_template_reloads_total" "reloads" [Outcome::LABEL]
            "Reloads of the site folder in `vitrine dev`.";
    }
    "Content" {
        pages: [gauge] "vitrine_pages" "pages" [PageState::LABEL, PAGE_TYPE]
            "Pages by state, refreshed every 60 s by a query, not at scrape.";
        page_events: [counter] "vitrine_page_events_total" "events" [PageEvent::LABEL, PAGE_TYPE, Channel::LABEL]
            "Editorial events.";
        object_events: [counter] "vitrine_object_events_total" "events"
            [ObjectKind::LABEL, ObjectEvent::LABEL, Channel::LABEL]
            "Changes of snippets, settings, tags, redirects, sites and languages.";
        missing_references: [counter] "vitrine_missing_references_total" "references" [ReferenceTarget::LABEL]
            "References to what is not there or not live, met while a page was rendered: they show nothing.";
        publish_duration: [histogram HTTP] "vitrine_publish_duration_seconds" "s" [Channel::LABEL]
            "Publish, from the request to commit and cache invalidation.";
        publish_propagation: [histogram HTTP] "vitrine_publish_propagation_seconds" "s" []
            "From the commit of a publish to the first fresh page that this node serves of it.";
        draft_saves: [counter] "vitrine_draft_saves_total" "saves" [SaveMode::LABEL, DraftOutcome::LABEL]
            "Drafts that the editor in the browser sent to be saved.";
        revisions_created: [counter] "vitrine_revisions_created_total" "revisions" [PAGE_TYPE] "Revisions created.";
        embeds: [gauge] "vitrine_embeds" "embeds" [EmbedState::LABEL]
            "Embedded addresses by state, refreshed every 60 s by a query, not at scrape.";
        embed_fetch_duration: [histogram HTTP] "vitrine_embed_fetch_duration_seconds" "s" [EmbedOutcome::LABEL]
            "Questions to providers of embedded media, by outcome; no page waits for them.";
        privacy_checks: [counter] "vitrine_privacy_checks_total" "checks" [PrivacyTarget::LABEL, PrivacyOutcome::LABEL]
            "Questions whether a viewer may see something restricted, by answer.";
        form_submissions: [counter] "vitrine_form_submissions_total" "forms" [FormOutcome::LABEL]
            "Forms that visitors sent, by what became of them.";
        form_purged: [counter] "vitrine_form_submissions_purged_total" "submissions" []
            "Submissions deleted because they were older than forms.keep_days.";
        password_attempts: [counter] "vitrine_page_password_attempts_total" "attempts" [PasswordOutcome::LABEL]
            "Passwords given for restricted pages.";
        password_check_duration: [histogram HTTP] "vitrine_page_password_check_duration_seconds" "s" []
            "Time to check one password with Argon2id, the wait for a turn included.";
        page_views: [counter] "vitrine_page_views_total" "views" [PAGE_TYPE, Audience::LABEL] "HTML page views.";
        page_figures: [gauge] "vitrine_page_figures_pages" "pages" []
            "Pages whose figures this process keeps for editors; beyond 20,000 a page is not counted by itself.";
    }
    "Jobs" {
        jobs: [gauge] "vitrine_jobs" "jobs" [JobQueue::LABEL, JobState::LABEL]
            "Jobs by state, refreshed every 15 s by a query, not at scrape; the same on every node.";
        job_oldest_ready_age: [gauge] "vitrine_job_oldest_ready_age_seconds" "s" [JobQueue::LABEL]
            "Age of the oldest job that is due and not begun; 0 when there is none.";
        job_executions: [counter] "vitrine_job_executions_total" "attempts" [JobKind::LABEL, JobOutcome::LABEL]
            "Attempts at jobs, by how they ended.";
        job_duration: [histogram WORK] "vitrine_job_duration_seconds" "s" [JobKind::LABEL] "Time of one attempt at a job.";
        job_queue_delay: [histogram WORK] "vitrine_job_queue_delay_seconds" "s" [JobQueue::LABEL]
            "From the time a job is due to its start.";
        job_workers: [gauge] "vitrine_job_workers" "workers" [WorkerState::LABEL]
            "Places of this process for jobs, by whether one runs there.";
        periodic_last_success: [gauge] "vitrine_cron_last_success_timestamp_seconds" "s" [JobKind::LABEL]
            "Unix time of the last success of each periodic task; of its beginning, when it never succeeded.";
        periodic_interval: [gauge] "vitrine_cron_interval_seconds" "s" [JobKind::LABEL]
            "Longest time between two runs of each periodic task, so that one alert covers all.";
        bulk_items: [counter] "vitrine_bulk_items_total" "items" [BulkAction::LABEL, BulkOutcome::LABEL]
            "Pages, files and users that were worked on many at once, by what became of each.";
        scheduled_publish_lag: [histogram WORK] "vitrine_scheduled_publish_lag_seconds" "s" [PageEvent::LABEL]
            "From the time that a page was scheduled for to its publication or expiry.";
        scheduled_publish_overdue: [gauge] "vitrine_scheduled_publish_overdue" "pages" []
            "Pages whose scheduled publication or expiry is more than 10 s late; the same on every node.";
        scheduled_publish_refused: [gauge] "vitrine_scheduled_publish_refused" "pages" []
            "Pages that are to go live and would be refused, as of the last look: every 5 min, 24 h ahead; the same on every node.";
    }
    "Media" {
        renditions: [counter] "vitrine_renditions_total" "renditions" [RenditionOutcome::LABEL, ImageFormat::LABEL]
            "Requests for a rendition that was not known to be stored, by what became of them.";
        rendition_duration: [histogram WORK] "vitrine_rendition_duration_seconds" "s" [ImageFormat::LABEL]
            "Time to make and store one rendition, without the wait for a worker.";
        rendition_wait: [histogram WORK] "vitrine_rendition_queue_seconds" "s" []
            "Time that a rendition waited for a worker.";
        renditions_waiting: [gauge] "vitrine_renditions_waiting" "requests" []
            "Requests that wait for a rendition to be made; at most media.rendition_queue.";
        renditions_in_progress: [gauge] "vitrine_renditions_in_progress" "renditions" []
            "Renditions being made; at most media.rendition_workers.";
        storage_operations: [counter] "vitrine_media_storage_operations_total" "operations"
            [StorageOperation::LABEL, StorageOutcome::LABEL] "Operations of the media storage.";
        storage_duration: [histogram DB] "vitrine_media_storage_operation_duration_seconds" "s" [StorageOperation::LABEL]
            "Duration of operations of the media storage; of a read, to its first bytes.";
        storage_io: [counter] "vitrine_media_storage_io_bytes_total" "By" [StorageDirection::LABEL]
            "Bytes written to and read from the media storage.";
        uploads: [counter] "vitrine_media_uploads_total" "files" [MediaKind::LABEL, UploadOutcome::LABEL]
            "Files given to the media library, by what became of them.";
        media_files: [gauge] "vitrine_media_files" "files" [MediaKind::LABEL]
            "Files of the media library, refreshed every 60 s by a query.";
        media_bytes: [gauge] "vitrine_media_size_bytes" "By" [MediaKind::LABEL]
            "Bytes of the media library, refreshed every 60 s by a query.";
    }
    "Webhooks" {
        webhook_deliveries: [counter] "vitrine_webhook_deliveries_total" "attempts" [ENDPOINT, WebhookOutcome::LABEL]
            "Attempts to deliver an event to a webhook; gave_up: the last one of a delivery.";
        webhook_delivery_duration: [histogram HTTP] "vitrine_webhook_delivery_duration_seconds" "s" [ENDPOINT]
            "Time of one attempt to deliver an event, until the receiver has answered.";
        webhook_pending: [gauge] "vitrine_webhook_pending" "deliveries" [ENDPOINT]
            "Deliveries that wait, for their turn or for another attempt.";
        webhook_oldest_due_age: [gauge] "vitrine_webhook_oldest_due_age_seconds" "s" []
            "How long the oldest delivery of an active webhook is overdue; 0 when none is.";
        webhook_endpoints: [gauge] "vitrine_webhook_endpoints" "webhooks" [WebhookState::LABEL] "Webhooks, by their state.";
    }
    "CDN" {
        cdn_requests: [counter] "vitrine_cdn_requests_total" "requests" [CdnName::LABEL, CdnOutcome::LABEL]
            "Requests to the CDN in front to take pages out, by what it said.";
        cdn_request_duration: [histogram HTTP] "vitrine_cdn_request_duration_seconds" "s" [CdnName::LABEL]
            "Time of one request to the CDN, until it has answered.";
        cdn_purged_keys: [counter] "vitrine_cdn_purged_keys_total" "keys" [CdnName::LABEL, CdnScope::LABEL]
            "Keys that were taken out of the CDN; everything: the one of all pages. Each is taken out twice.";
        cdn_oldest_age: [gauge] "vitrine_cdn_oldest_unpurged_age_seconds" "s" []
            "How long the oldest change waits to be taken out of the CDN; 0 when none does, refreshed every 15 s.";
    }
    "Accounts" {
        auth_attempts: [counter] "vitrine_auth_attempts_total" "attempts" [AuthMethod::LABEL, AuthOutcome::LABEL]
            "Attempts to prove who one is: a password, the cookie of a session, a token of the API, or the link for the first superuser.";
        auth_lockouts: [counter] "vitrine_auth_lockouts_total" "lockouts" []
            "Names that were locked after accounts.lock_after wrong passwords.";
        auth_sessions: [gauge] "vitrine_auth_sessions" "sessions" []
            "Sessions that have not ended, on all nodes, refreshed every 60 s by a query.";
        auth_password_hash: [histogram HTTP] "vitrine_auth_password_hash_duration_seconds" "s" []
            "Time to check one password of an account with Argon2id, the wait for a turn included.";
        rate_decisions: [counter] "vitrine_rate_limit_decisions_total" "requests" [RatePolicy::LABEL, RateDecision::LABEL]
            "Requests to the API that a limit was asked about; auth: wrong tokens, and those that were not looked at after too many.";
        rate_fallbacks: [counter] "vitrine_rate_limit_fallbacks_total" "requests" [RatePolicy::LABEL]
            "Requests whose limit this node counted by itself, as Redis could not be asked.";
        audit_events: [counter] "vitrine_audit_events_total" "events" [AuditEvent::LABEL]
            "Events written to the security log.";
        mail_duration: [histogram WORK] "vitrine_mail_send_duration_seconds" "s" [MailOutcome::LABEL]
            "Time to send one mail; written: into the folder of data.dir, where no mail server is set.";
        permission_denied: [counter] "vitrine_permission_denied_total" "refusals" [Route::LABEL]
            "Requests of users who are signed in and may not do what they asked for.";
    }
    "Search" {
        search_queries: [counter] "vitrine_search_queries_total" "queries" [SearchOutcome::LABEL]
            "Searches by how they ended; empty: nothing was found, rejected: too long, or too many at once.";
        search_duration: [histogram HTTP] "vitrine_search_duration_seconds" "s" [SearchOutcome::LABEL]
            "Duration of a search in the index, without the page around its results.";
        search_entries: [gauge] "vitrine_search_entries" "entries" [SearchKind::LABEL]
            "Entries of the search index by kind, refreshed every 60 s.";
        search_rebuilds: [counter] "vitrine_search_rebuilds_total" "rebuilds" [RebuildOutcome::LABEL]
            "Rebuilds of the search index by this process; refused: another one was under way.";
        search_stale: [gauge] "vitrine_search_index_stale" "bool" []
            "1 while the search index is not what this version makes of the content: a rebuild is due, or was cut short.";
    }
    "Visitors" {
        web_vital_lcp: [histogram VITAL_LOAD] "vitrine_web_vital_lcp_seconds" "s" [PAGE_TYPE, Device::LABEL]
            "Largest Contentful Paint in visitors' browsers: good up to 2.5 s, poor above 4 s.";
        web_vital_inp: [histogram VITAL_INTERACTION] "vitrine_web_vital_inp_seconds" "s" [PAGE_TYPE, Device::LABEL]
            "Interaction to Next Paint: good up to 0.2 s, poor above 0.5 s.";
        web_vital_cls: [histogram VITAL_SHIFT] "vitrine_web_vital_cls" "1" [PAGE_TYPE, Device::LABEL]
            "Cumulative Layout Shift, a score: good up to 0.1, poor above 0.25.";
        web_vital_fcp: [histogram VITAL_LOAD] "vitrine_web_vital_fcp_seconds" "s" [PAGE_TYPE, Device::LABEL]
            "First Contentful Paint: good up to 1.8 s, poor above 3 s.";
        web_vital_ttfb: [histogram VITAL_LOAD] "vitrine_web_vital_ttfb_seconds" "s" [PAGE_TYPE, Device::LABEL]
            "Time To First Byte, redirects and the network included: good up to 0.8 s, poor above 1.8 s.";
        beacons: [counter] "vitrine_rum_beacons_total" "messages" [BeaconOutcome::LABEL]
            "Messages of browsers about the speed of a page.";
    }
    "SLO" {
        slo_events: [counter] "vitrine_slo_events_total" "events" [SLO, SloResult::LABEL]
            "Events of each service level objective, judged with the exact threshold of the configuration.";
        slo_objective: [gauge] "vitrine_slo_objective_ratio" "1" [SLO] "Share of good events that is promised, over 30 days.";
        slo_min_bad_events: [gauge] "vitrine_slo_min_bad_events" "events" [SLO]
            "So many bad events it takes in an alert's longer window before anybody is told.";
    }
    "Runtime" {
        cpu_seconds: [seconds] "process_cpu_seconds_total" "s" [] "CPU time, fractional.";
        resident_memory: [gauge] "process_resident_memory_bytes" "By" [] "Resident memory.";
        virtual_memory: [gauge] "process_virtual_memory_bytes" "By" [] "Virtual memory.";
        open_fds: [gauge] "process_open_fds" "fds" [] "Open file descriptors.";
        max_fds: [gauge] "process_max_fds" "fds" [] "Limit of open file descriptors.";
        threads: [gauge] "process_threads" "threads" [] "Operating system threads.";
        start_time: [gauge] "process_start_time_seconds" "s" [] "Start time since the epoch.";
        worker_busy: [seconds] "tokio_worker_busy_seconds_total" "s" [WORKER] "Busy time per runtime worker.";
        event_loop_lag: [histogram FAST] "vitrine_event_loop_lag_seconds" "s" []
            "Lateness of a 100 ms timer: blocking code on the runtime.";
        memory_limit: [gauge] "vitrine_memory_limit_bytes" "By" [] "cgroup memory limit, 0 when there is none.";
        storage_free: [gauge] "vitrine_storage_free_bytes" "By" [Volume::LABEL] "Free bytes of the volume.";
        storage_size: [gauge] "vitrine_storage_size_bytes" "By" [Volume::LABEL] "Size of the volume.";
        build_info: [gauge] "vitrine_build_info" "1" [VERSION, COMMIT, RUSTC] "Build, always 1.";
        ready: [gauge] "vitrine_ready" "bool" [] "1 when /readyz answers 200.";
        backup_last_success: [gauge] "vitrine_backup_last_success_timestamp_seconds" "s" []
            "Unix time of the last verified backup; until there is one, when backup.schedule was set.";
        backup_duration: [gauge] "vitrine_backup_duration_seconds" "s" [] "Time that the last verified backup took.";
        backup_size: [gauge] "vitrine_backup_size_bytes" "By" [] "Bytes of database and media in the last verified backup.";
        certificate_expiry: [gauge] "vitrine_tls_certificate_expiry_timestamp_seconds" "s" [HOST]
            "Not-after of the served certificate.";
    }
    "Telemetry" {
        log_events: [counter] "vitrine_log_events_total" "events" [LogLevel::LABEL] "Log events, access lines included as info.";
        log_dropped: [counter] "vitrine_log_lines_dropped_total" "lines" []
            "Log lines dropped because the output did not keep up.";
        trace_spans: [counter] "vitrine_trace_spans_total" "spans" [SpanOutcome::LABEL] "Spans handed to the exporter.";
        recorder_traces: [counter] "vitrine_recorder_traces_total" "traces" [KeepReason::LABEL]
            "Traces that the flight recorder kept, by why; `vitrine why` and /ops/traces show them.";
        recorder_dropped: [counter] "vitrine_recorder_dropped_total" "traces" []
            "Traces worth keeping that were not: too many in a second, or the disk did not take them.";
        recorder_size: [gauge] "vitrine_recorder_size_bytes" "By" [] "Bytes of the flight recorder on disk.";
        metrics_series: [gauge] "vitrine_metrics_series" "series" [] "Samples on the last /metrics page.";
        label_overflow: [counter] "vitrine_metrics_label_overflow_total" "values" [METRIC]
            "Label values folded into _other because the bound was reached.";
        drill_last_success: [gauge] "vitrine_drill_last_success_timestamp_seconds" "s" []
            "When every receiver last acknowledged a fire drill of every critical alert.";
        faults_active: [gauge] "vitrine_faults_active" "faults" [FaultKind::LABEL]
            "Faults that are injected on purpose now, by kind.";
        faults_injected: [counter] "vitrine_faults_injected_total" "faults" [FaultKind::LABEL]
            "Requests that were broken, connections held, caches flushed and clocks set wrong, on purpose.";
        metrics_render: [histogram FAST] "vitrine_metrics_render_duration_seconds" "s" [] "Time to render /metrics.";
    }
}
