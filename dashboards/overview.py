"""The overview: what on-call opens first. After a change: python3 -B dashboards/overview.py > dashboards/vitrine-overview.json

The first screen answers, in this order: is it up, do visitors notice, since when, where. The collapsed rows below say why.
Windows: graphs use the rate interval of the zoom; the numbers of the first screen use the windows of the alerts, so that
a number and a page agree.
"""

from grafana import (STATUS_COLOURS, annotation, bars, choice, dashboard, heatmap, paint, rows, series, stat, states, steps,
                     table, text_of, variables)

RUNBOOKS = "https://vitrine.example/runbooks"
REQUESTS = "http_server_request_duration_seconds_count"
LATENCY = "http_server_request_duration_seconds_bucket"
QUERY = "db_client_operation_duration_seconds"
POOL = "db_client_connection_pool_name"
# As in alerts/vitrine.yml: probes and scrapes are no visitors.
VISITORS = 'http_route!~"/metrics|/livez|/readyz|/health|/api/v1/health/"'
UP = [{"type": "value", "options": {"0": {"text": "DOWN", "index": 0}, "1": {"text": "up", "index": 1}}}]


def quantiles(metric, matchers, window="R", by=""):
    """p50, p95 and p99 of a histogram."""
    return [(f"histogram_quantile({share}, sum by ({by}le) (rate({metric}_bucket{{{matchers}}}[{window}])))", name)
            for share, name in ((0.99, "p99"), (0.95, "p95"), (0.5, "p50"))]


def p95(metric, by, window="R"):
    """The 95th percentile by one label, the worst ten."""
    return [(f"topk(10, histogram_quantile(0.95, sum by ({by}, le) (rate({metric}_bucket{{J}}[{window}]))))",
             f"{{{{{by}}}}}")]


AT_A_GLANCE = [
    stat("Firing alerts", "Alerts of severity critical or warning that fire now. Details in the table below.",
         'count(ALERTS{alertstate="firing",severity=~"critical|warning",job=~"$job"}) or vector(0)', "short",
         thresholds=steps("green", 1, "red")),
    stat("Instances ready", "Share of the scraped instances whose /readyz answers 200. Below 100 %: open the dependencies in the row Database.",
         # up counts the instances that are down too; those report no vitrine_ready.
         "(sum(vitrine_ready{J}) or vector(0)) / count(up{J})", "percentunit",
         thresholds=steps("red", 0.5, "orange", 1, "green"), runbook="VitrineDown"),
    stat("Database", "Readiness check of the database, on the best instance. DOWN pages after a minute.",
         'max(vitrine_dependency_up{J,dependency="database"})', "none", mappings=UP,
         thresholds=steps("red", 1, "green"), runbook="VitrineDatabaseDown"),
    stat("Survival mode", "Nodes that cannot reach the database and serve pages as they were last, from memory and disk. Visitors see pages; editors cannot save.",
         "sum(vitrine_degraded{J})", "short", decimals=0, thresholds=steps("green", 1, "orange"), runbook="VitrineDatabaseDown"),
    stat("Requests", "Requests a second without probes and scrapes, over the last 5 minutes.", f"sum(rate({REQUESTS}{{J,{VISITORS}}}[5m]))", "reqps"),
    stat("Error ratio", "Share of 5xx answers over the last 5 minutes. Over 5 % for two minutes pages.",
         # No 5xx series exists until the first failure; that is 0, not "no data".
         f'(sum(rate({REQUESTS}{{J,{VISITORS},http_response_status_code=~"5.."}}[5m])) or vector(0)) / (sum(rate({REQUESTS}{{J,{VISITORS}}}[5m])) > 0)',
         "percentunit", thresholds=steps("green", 0.01, "orange", 0.05, "red"), none="no traffic", runbook="VitrineHighErrorRatio"),
    stat("p95 latency", "95th percentile of GET requests over the last 5 minutes, all routes. One slow route may hide here: see Slowest routes.",
         f'histogram_quantile(0.95, sum by (le) (rate({LATENCY}{{J,{VISITORS},http_request_method="GET"}}[5m])))', "s",
         thresholds=steps("green", 0.25, "orange", 0.5, "red"), none="no traffic", runbook="VitrineSlowPages"),
    stat("In flight", "Requests being answered at this moment. A rise without more requests a second means that something waits.",
         "sum(http_server_active_requests{J})", "short"),
    stat("Errors logged", "Log events of level error over the last 5 minutes. An error in the log means that somebody must act.",
         'sum(increase(vitrine_log_events_total{J,level="error"}[5m]))', "short", decimals=0, thresholds=steps("green", 1, "orange", 50, "red")),
    stat("Pool in use", "Used share of the fullest connection pool. Full: requests wait for a connection.",
         f'max(sum by ({POOL}) (db_client_connection_count{{J,db_client_connection_state="used"}}) / sum by ({POOL}) (db_client_connection_max{{J}}))',
         "percentunit", thresholds=steps("green", 0.8, "orange", 1, "red")),
    stat("Cache hit ratio", "Share of page cache look-ups answered from the cache over the last 5 minutes.",
         'sum(rate(vitrine_cache_operations_total{J,operation="get",result="hit"}[5m])) / (sum(rate(vitrine_cache_operations_total{J,operation="get"}[5m])) > 0)',
         "percentunit", none="no look-ups"),
    stat("CPU cores", "Processor cores used, all instances, over the last 5 minutes.", "sum(rate(process_cpu_seconds_total{J}[5m]))", "short", decimals=2),
    stat("Memory", "Resident memory of the largest instance.", "max(process_resident_memory_bytes{J})", "bytes"),
    stat("Least free storage", "Free share of the fullest volume. Below 5 %, or below 20 % and full within four hours, pages.",
         "min(vitrine_storage_free_bytes{J} / vitrine_storage_size_bytes{J})", "percentunit",
         thresholds=steps("red", 0.05, "orange", 0.2, "green"), runbook="VitrineStorageFillsUp"),
    stat("Runtime lag", "How late a 100 ms timer fires, 99th percentile over the last 5 minutes. High: blocking code or no CPU.",
         "histogram_quantile(0.99, sum by (le) (rate(vitrine_event_loop_lag_seconds_bucket{J}[5m])))", "s",
         thresholds=steps("green", 0.05, "orange", 0.25, "red")),
    stat("Youngest start", "Time since the last start of any instance. A few minutes during an incident: suspect the deploy, or a crash loop.",
         "min(time() - process_start_time_seconds{J})", "s", trend=False, thresholds=steps("orange", 600, "green")),
    stat("Version", "Running builds. Two at once means that a deploy is under way, or stuck.",
         [("count by (version, commit) (vitrine_build_info{J})", "{{version}} {{commit}}")], "none", trend=False, mode="name"),
]

RED = [
    series("Requests by status", "Requests a second by status code. Vertical lines are starts of the process and firing alerts.",
           [(f"sum by (http_response_status_code) (rate({REQUESTS}{{JR}}[R]))", "{{http_response_status_code}}")], "reqps",
           stack=True, overrides=paint(*STATUS_COLOURS.items())),
    series("Error ratio by route", "Share of 5xx answers of the five worst routes. The line is where VitrineHighErrorRatio pages for all routes but the probes together.",
           [(f'topk(5, sum by (http_route) (rate({REQUESTS}{{JR,http_response_status_code=~"5.."}}[R])) / (sum by (http_route) (rate({REQUESTS}{{JR}}[R])) > 0))', "{{http_route}}"),
            (f'(sum(rate({REQUESTS}{{JR,{VISITORS},http_response_status_code=~"5.."}}[R])) or vector(0)) / (sum(rate({REQUESTS}{{JR,{VISITORS}}}[R])) > 0)', "all but probes")],
           "percentunit", thresholds=steps("transparent", 0.05, "red"), runbook="VitrineHighErrorRatio"),
    series("Latency", "Percentiles of the request duration. The line is where VitrineSlowPages opens a ticket for a route.",
           quantiles("http_server_request_duration_seconds", "JR"), "s", thresholds=steps("transparent", 0.5, "red"),
           runbook="VitrineSlowPages"),
    table("Routes", "Each route over the last 5 minutes, the busiest first: requests a second, share of 5xx, 95th percentile.",
          [(f"sort_desc(sum by (http_route) (rate({REQUESTS}{{JR}}[5m])) > 0)", ""),
           (f'sum by (http_route) (rate({REQUESTS}{{JR,http_response_status_code=~"5.."}}[5m])) / (sum by (http_route) (rate({REQUESTS}{{JR}}[5m])) > 0)', ""),
           (f"histogram_quantile(0.95, sum by (http_route, le) (rate({LATENCY}{{JR}}[5m])))", "")],
          "none", width=8, names={"http_route": "Route", "Value #A": "Requests", "Value #B": "5xx", "Value #C": "p95"},
          units=(("Requests", "reqps"), ("5xx", "percentunit"), ("p95", "s"))),
    series("Where the time goes", "Time by phase of the requests that the page cache could not answer, spread over all requests: the numbers of the Server-Timing header.",
           # One denominator for all phases, so that the stack is comparable with the latency beside it.
           [(f"sum by (phase) (rate(vitrine_http_phase_seconds_total{{JR}}[R])) / on () group_left () (sum(rate({REQUESTS}{{JR}}[R])) > 0)", "{{phase}}")],
           "s", stack=True),
    table("Firing now", "Every firing alert with what it is about. Empty is good.",
          'ALERTS{alertstate="firing",severity=~"critical|warning|info",job=~"$job"}', "none", width=8,
          names={"severity": "Severity", "alertname": "Alert", "http_route": "Route", "volume": "Volume", "instance": "Instance"},
          hidden=("Value", "__name__", "alertstate", "job")),
    series("Slowest routes", "95th percentile by route, the ten slowest.",
           [(f"topk(10, histogram_quantile(0.95, sum by (http_route, le) (rate({LATENCY}{{JR}}[R]))))", "{{http_route}}")], "s",
           thresholds=steps("transparent", 0.5, "red"), runbook="VitrineSlowPages"),
    heatmap("Latency heatmap", "Requests by duration: two bands mean two kinds of request, such as cache hits and misses.",
            f"sum by (le) (increase({LATENCY}{{JR}}[R]))", "s"),
    series("Failures by error type", "Failed requests by error.type, OpenTelemetry's low-cardinality name of the failure.",
           [(f'sum by (error_type) (rate({REQUESTS}{{JR,error_type!=""}}[R]))', "{{error_type}}")], "reqps"),
]

EDGE = [
    series("In flight by method", "Requests being answered, by method.", [("sum by (http_request_method) (http_server_active_requests{J})", "{{http_request_method}}")], "short", stack=True),
    series("Open connections", "TCP connections held open by clients. Close to server.max_connections, new ones are refused.",
           [("sum by (instance) (vitrine_http_connections{J})", "{{instance}}")], "short"),
    series("Connections by outcome", "New connections a second: accepted, refused at the limit, failed in TLS, given up while sending headers.",
           [("sum by (outcome) (rate(vitrine_http_connections_total{J}[R]))", "{{outcome}}")], "cps"),
    series("Rejected requests", "Requests refused before a handler ran. overload: raise capacity; bad_host: server.allowed_hosts or a scanner.",
           [("sum by (reason) (rate(vitrine_http_requests_rejected_total{J}[R]))", "{{reason}}")], "reqps", stack=True),
    series("Unmatched requests", "Requests that no route matched. Scanners are noise; assets mean broken links in a template.",
           [("sum by (class) (rate(vitrine_http_unmatched_requests_total{J}[R]))", "{{class}}")], "reqps", stack=True),
    series("Redirects", "Visitors sent to another address: by a redirect that somebody wrote (manual) or that a moved page left (automatic), for a missing slash, or by language.",
           [("sum by (kind) (rate(vitrine_redirects_total{J}[R]))", "{{kind}}")], "reqps", stack=True),
    series("Redirect hits in memory", "Redirects whose hits wait to be written, every 10 s. One that only grows: the database refuses them, and the log says why.",
           [("sum by (instance) (vitrine_redirect_hits_pending{J})", "{{instance}}")], "short"),
    series("Client aborts", "Clients that hung up before the answer was complete, each second. A rise often means slow pages.",
           [("sum by (surface) (rate(vitrine_http_client_aborts_total{J}[R]))", "{{surface}}")], "reqps"),
    series("Panics", "Handler panics that became a 500, by route, over the last 5 minutes. Each one is a defect: the log has its backtrace.",
           [("sum by (http_route) (increase(vitrine_http_panics_total{J}[5m]))", "{{http_route}}")], "short", bars=True),
    series("Time in the proxy queue", "Time between X-Request-Start, set by the proxy, and the handler. Empty without a proxy that sends it.",
           quantiles("vitrine_http_proxy_queue_seconds", "J"), "s"),
    series("Request body size", "95th percentile of the request bodies by surface.", p95("http_server_request_body_size_bytes", "surface"), "bytes"),
    series("Response body size", "95th percentile of the response bodies on the wire by surface.", p95("http_server_response_body_size_bytes", "surface"), "bytes"),
    stat("Certificate days left", "Days until the served certificate expires. Empty when TLS ends at a proxy.",
         [("(min by (host) (vitrine_tls_certificate_expiry_timestamp_seconds{J}) - time()) / 86400", "{{host}}")], "d", width=8, height=8,
         trend=False, decimals=0, mode="value_and_name", none="no TLS here", thresholds=steps("red", 2, "orange", 14, "green")),
]

DATABASE = [
    states("Dependencies", "Readiness checks over time: red is down on every instance.",
           [("max by (dependency) (vitrine_dependency_up{J})", "{{dependency}}")], runbook="VitrineDatabaseDown", height=8),
    series("Readiness check duration", "Duration of the last readiness check. A rise announces the failure.",
           [("max by (dependency) (vitrine_dependency_check_duration_seconds{J})", "{{dependency}}")], "s"),
    series("Queries by operation", "Queries a second by operation.",
           [(f"sum by (db_operation_name) (rate({QUERY}_count{{J}}[R]))", "{{db_operation_name}}")], "ops", stack=True),
    bars("Most time spent", "Database seconds per second by query over the last 5 minutes: what to make faster first.",
         [(f"topk(15, sum by (db_query_summary) (rate({QUERY}_sum{{J}}[5m])) > 0)", "{{db_query_summary}}")], "s"),
    series("Slowest queries", "95th percentile by query, the ten slowest.", p95(QUERY, "db_query_summary"), "s"),
    series("Query errors", "Failed or cancelled queries a second by error type.",
           [(f'sum by (error_type) (rate({QUERY}_count{{J,error_type!=""}}[R]))', "{{error_type}}")], "ops"),
    series("Queries per request", "95th percentile of the queries that one request runs, by route.", p95("vitrine_db_queries_per_request", "http_route"), "short"),
    table("N+1 suspects", "Requests in which one query ran too often, over the last 24 hours: each row is a loop that should be a list query.",
          "topk(20, sum by (http_route, db_query_summary) (increase(vitrine_db_n_plus_one_total{J}[24h])) > 0)", "short", width=8,
          names={"http_route": "Route", "db_query_summary": "Query", "Value": "Requests"}),
    series("Slow queries", "Queries above database.slow_query_s over the last 5 minutes. The log has each with its trace id.",
           [("sum by (db_query_summary) (increase(vitrine_db_slow_queries_total{J}[5m]))", "{{db_query_summary}}")], "short", bars=True),
    series("Rows returned", "95th percentile of the rows a query returns. A list without a limit shows here.", p95("db_client_response_returned_rows", "db_query_summary"), "short"),
    series("Pool connections", "Connections by pool and state, and the most that the pool may open.",
           [(f"sum by ({POOL}, db_client_connection_state) (db_client_connection_count{{J}})", "{{db_client_connection_pool_name}} {{db_client_connection_state}}"),
            (f"sum by ({POOL}) (db_client_connection_max{{J}})", "{{db_client_connection_pool_name}} max")], "short"),
    series("Waiting for a connection", "Tasks in the queue for a connection, and waits given up over the last 5 minutes. Either above zero: the pool is too small, or something holds connections.",
           [(f"sum by ({POOL}) (db_client_connection_pending_requests{{J}})", "{{db_client_connection_pool_name}} waiting"),
            (f"sum by ({POOL}) (increase(db_client_connection_timeouts_total{{J}}[5m]))", "{{db_client_connection_pool_name}} timeouts")], "short"),
    series("Wait for a connection", "How long a query waits for its connection.", quantiles("db_client_connection_wait_time_seconds", "J"), "s"),
    series("Connection use", "95th percentile of the time a connection is borrowed, by pool. Long: a transaction does more than SQL.", p95("db_client_connection_use_time_seconds", POOL), "s"),
    series("Opening a connection", "95th percentile of the time to open a connection, by pool. Empty while no new one is needed.", p95("db_client_connection_create_time_seconds", POOL), "s"),
    series("Transactions", "Transactions a second by outcome. Retries are conflicts that were won in the end.",
           [("sum by (outcome) (rate(vitrine_db_transactions_total{J}[R]))", "{{outcome}}")], "ops"),
    series("Database size", "Size of the application database.", [("max(vitrine_db_size_bytes{J})", "size")], "bytes"),
    stat("Migrations pending", "Migrations that the binary knows and the database lacks. Above zero: migrate, or roll the binary back.",
         "max(vitrine_db_migrations_pending{J})", "short", width=4, height=8, thresholds=steps("green", 1, "red"), trend=False),
    stat("Migrations applied", "Migrations applied to the database.", "max(vitrine_db_migrations_applied{J})", "short", width=4, height=8, trend=False),
]

CACHE_AND_TEMPLATES = [
    series("Hit ratio", "Share of look-ups answered from each cache. A drop after a deploy: keys changed; after a bulk publish: expected.",
           [('sum by (cache) (rate(vitrine_cache_operations_total{J,operation="get",result="hit"}[R])) / (sum by (cache) (rate(vitrine_cache_operations_total{J,operation="get"}[R])) > 0)', "{{cache}}")],
           "percentunit", high=1),
    series("Operations by result", "Cache operations a second.",
           [("sum by (cache, operation, result) (rate(vitrine_cache_operations_total{J}[R]))", "{{cache}} {{operation}} {{result}}")], "ops"),
    series("Operation duration", "95th percentile by operation. Hits are not timed: they take well under a microsecond.", p95("vitrine_cache_operation_duration_seconds", "operation"), "s"),
    series("Fill level", "Bytes held, as a share of the configured limit. Full is normal: then eviction by size begins.",
           [("sum by (cache) (vitrine_cache_size_bytes{J}) / (sum by (cache) (vitrine_cache_max_bytes{J}) > 0)", "{{cache}}")], "percentunit", high=1),
    series("Entries", "Entries held by each cache.", [("sum by (cache) (vitrine_cache_entries{J})", "{{cache}}")], "short"),
    series("Evictions", "Evicted entries a second. By size, steadily: the cache is too small for the site.",
           [("sum by (cache, reason) (rate(vitrine_cache_evictions_total{J}[R]))", "{{cache}} {{reason}}")], "ops"),
    series("Coalesced fills", "Requests that waited for another request's fill instead of rendering the same page again.",
           [("sum by (cache) (rate(vitrine_cache_coalesced_requests_total{J}[R]))", "{{cache}}")], "ops"),
    series("Render time", "95th percentile by template, the ten slowest.", p95("vitrine_template_render_duration_seconds", "template"), "s"),
    series("Template errors", "Template errors over the last 5 minutes, by template and kind. Each is a broken page or block.",
           [("sum by (template, kind) (increase(vitrine_template_errors_total{J}[5m]))", "{{template}} {{kind}}")], "short", bars=True),
    series("Template reloads", "Template reloads over the last 5 minutes by outcome. Only `vitrine dev` reloads.",
           [("sum by (outcome) (increase(vitrine_template_reloads_total{J}[5m]))", "{{outcome}}")], "short", bars=True),
]

CONTENT = [
    stat("Pages by state", "Pages by state, refreshed every minute.",
         # Every instance counts the same database, hence max before sum.
         [("sum by (state) (max by (state, page_type) (vitrine_pages{J}))", "{{state}}")], "short", width=8, height=8, mode="value_and_name", trend=False),
    series("Editorial events", "What editors, the API and the scheduler did over the last hour.",
           [("sum by (event, channel) (increase(vitrine_page_events_total{J}[1h]))", "{{event}} {{channel}}")], "short", bars=True, stack=True),
    series("Publish to visible", "From the commit of a publish to the first fresh page that a node serves of it, over the last hour. Each node proves each publish by itself; other nodes than the publishing one hear of it within half a second.",
           quantiles("vitrine_publish_propagation_seconds", "J", "1h"), "s"),
    series("Publish duration", "95th percentile from the request to the commit and the purge of the cache, by channel, over the last hour.",
           p95("vitrine_publish_duration_seconds", "channel", "1h"), "s"),
    series("Revisions", "Revisions created over the last hour by page type.",
           [("sum by (page_type) (increase(vitrine_revisions_created_total{J}[1h]))", "{{page_type}}")], "short", bars=True, stack=True),
    series("Embeds", "Embedded addresses by state. failed: pages show a link; `vitrine embed list` says why.",
           [("sum by (state) (max by (state) (vitrine_embeds{J}))", "{{state}}")], "short", stack=True),
    series("Embed fetches", "Questions to providers of embedded media over the last hour, by outcome. No page waits for them. refused: an answer tried to send the server elsewhere.",
           [("sum by (outcome) (increase(vitrine_embed_fetch_duration_seconds_count{J}[1h]))", "{{outcome}}")], "short", bars=True, stack=True),
    series("Embed fetch duration", "95th percentile of the questions to providers by outcome, over the last hour. They are given up after 5 s.",
           p95("vitrine_embed_fetch_duration_seconds", "outcome", "1h"), "s"),
    series("Changes beside pages", "Changes of snippets, settings and tags over the last hour.",
           [("sum by (object, event) (increase(vitrine_object_events_total{J}[1h]))", "{{object}} {{event}}")], "short", bars=True, stack=True),
    series("Missing references", "References to what is not there or not live, met by renders over the last hour; `vitrine references missing` names them.",
           [("sum by (kind) (increase(vitrine_missing_references_total{J}[1h]))", "{{kind}}")], "short", bars=True, stack=True),
    series("Page views by type", "HTML pages a second read by people.",
           [('sum by (page_type) (rate(vitrine_page_views_total{J,audience="human"}[R]))', "{{page_type}}")], "reqps", stack=True),
    series("Page views by audience", "HTML pages a second read by people, bots and signed-in editors.",
           [("sum by (audience) (rate(vitrine_page_views_total{J}[R]))", "{{audience}}")], "reqps", stack=True),
]

MEDIA = [
    series("Renditions", "Requests a second for renditions that were not known to be stored, by what became of them. made is the first view of an image; anything but made, stored and coalesced is a missing image.",
           [("sum by (outcome) (rate(vitrine_renditions_total{J}[R]))", "{{outcome}}")], "ops", stack=True, runbook="VitrineRenditionFailures",
           overrides=paint(("refused", "red"), ("panic", "red"), ("storage", "red"), ("overload", "orange"))),
    series("Time to make a rendition", "95th percentile by format, over the last hour. AVIF takes ten times as long as WebP.", p95("vitrine_rendition_duration_seconds", "format", "1h"), "s"),
    series("Waiting for renditions", "Requests that wait for a rendition, and renditions being made. The first at media.rendition_queue: new ones are refused.",
           [("sum(vitrine_renditions_waiting{J})", "waiting"), ("sum(vitrine_renditions_in_progress{J})", "being made")], "short",
           runbook="VitrineRenditionFailures"),
    series("Wait for a worker", "How long a rendition waits for one of media.rendition_workers.", quantiles("vitrine_rendition_queue_seconds", "J"), "s"),
    series("Uploads", "Files given to the media library over the last hour, by what became of them. Refusals name their reason.",
           [("sum by (kind, outcome) (increase(vitrine_media_uploads_total{J}[1h]))", "{{kind}} {{outcome}}")], "short", bars=True, stack=True),
    series("Storage operations", "Operations of the media storage a second. Errors: the folder is not writable, or its volume is gone.",
           [("sum by (operation, outcome) (rate(vitrine_media_storage_operations_total{J}[R]))", "{{operation}} {{outcome}}")], "ops",
           overrides=paint(("error", "red"))),
    series("Storage duration", "95th percentile of the operations of the media storage.", p95("vitrine_media_storage_operation_duration_seconds", "operation"), "s"),
    series("Storage throughput", "Bytes a second into and out of the media storage.",
           [("sum by (direction) (rate(vitrine_media_storage_io_bytes_total{J}[R]))", "{{direction}}")], "Bps"),
    series("Library size", "Bytes of the media library by kind, as its rows say. Renditions can be made again: vitrine media renditions purge.",
           # Every instance counts the same database, hence max.
           [("max by (kind) (vitrine_media_size_bytes{J})", "{{kind}}")], "bytes", stack=True),
    series("Library files", "Files of the media library by kind.", [("max by (kind) (vitrine_media_files{J})", "{{kind}}")], "short"),
]

PRIVACY_AND_FORMS = [
    series("Restricted pages asked for", "Questions a second whether a viewer may see something restricted, by answer. Public pages are not asked about.",
           [("sum by (target, outcome) (rate(vitrine_privacy_checks_total{J}[R]))", "{{target}} {{outcome}}")], "ops", stack=True),
    series("Passwords for pages", "Passwords given for restricted pages over the last 5 minutes, by outcome. Many that are wrong or throttled: somebody guesses.",
           [("sum by (outcome) (increase(vitrine_page_password_attempts_total{J}[5m]))", "{{outcome}}")], "short", bars=True, stack=True,
           runbook="VitrinePagePasswordsGuessed"),
    series("Forms", "Forms that visitors sent over the last hour, by what became of them. Unavailable: the database was away, and what was typed came back.",
           [("sum by (outcome) (increase(vitrine_form_submissions_total{J}[1h]))", "{{outcome}}")], "short", bars=True, stack=True,
           overrides=paint(("unavailable", "red"))),
    series("Submissions deleted by age", "Submissions deleted over the last hour because they were older than forms.keep_days.",
           [("sum(increase(vitrine_form_submissions_purged_total{J}[1h]))", "deleted")], "short", bars=True),
    series("Checking a password", "Time to check one password, the wait for a turn included. Each takes tens of milliseconds and 19 MiB by design.",
           quantiles("vitrine_page_password_check_duration_seconds", "J"), "s"),
]

SEARCH = [
    series("Searches", "Searches a second by how they ended. Empty: nothing was found, see vitrine search misses. Rejected: too long, or too many at once.",
           [("sum by (outcome) (rate(vitrine_search_queries_total{J}[R]))", "{{outcome}}")], "ops", stack=True, overrides=paint(("error", "red"))),
    series("Share of searches in vain", "Share of the searches over the last hour that found nothing: words that visitors use and the site does not.",
           [('sum(increase(vitrine_search_queries_total{J,outcome="empty"}[1h])) / (sum(increase(vitrine_search_queries_total{J}[1h])) > 0)', "in vain")],
           "percentunit"),
    series("Search duration", "95th percentile of searches in the index by how they ended. The bar is 100 ms at 100,000 pages.",
           p95("vitrine_search_duration_seconds", "outcome"), "s", thresholds=steps("transparent", 0.1, "red")),
    series("Indexed", "Entries of the search index by kind.",
           # Every instance counts the same database, hence max.
           [("max by (kind) (vitrine_search_entries{J})", "{{kind}}")], "short"),
    series("Rebuilds", "Rebuilds of the search index over the last hour by outcome. Refused: another one was under way. Those of the command are not counted here.",
           [("sum by (outcome) (increase(vitrine_search_rebuilds_total{J}[1h]))", "{{outcome}}")], "short", bars=True),
    series("Index out of date", "1 while the index is not what this version makes of the content. Servers rebuild it by themselves; for long: read their warnings.",
           [("max(vitrine_search_index_stale{J})", "out of date")], "none"),
]

RUNTIME = [
    series("CPU", "Processor cores used by instance.", [("sum by (instance) (rate(process_cpu_seconds_total{J}[R]))", "{{instance}}")], "short"),
    series("Memory by kind", "Resident and virtual memory, and the limit of the control group when there is one.",
           [("process_resident_memory_bytes{J}", "{{instance}} resident"), ("vitrine_memory_limit_bytes{J} > 0", "{{instance}} limit"),
            ("process_virtual_memory_bytes{J}", "{{instance}} virtual")], "bytes"),
    series("Storage free", "Free share of each volume. Lines: where VitrineStorageFillsUp begins to look at the trend, and where it fires anyway.",
           [("vitrine_storage_free_bytes{J} / vitrine_storage_size_bytes{J}", "{{instance}} {{volume}}")], "percentunit", high=1,
           thresholds=steps("red", 0.05, "orange", 0.2, "transparent"), runbook="VitrineStorageFillsUp"),
    series("File descriptors", "Open descriptors as a share of the limit.", [("process_open_fds{J} / process_max_fds{J}", "{{instance}}")], "percentunit"),
    series("Threads", "Operating system threads and the runtime's workers among them.",
           [("process_threads{J}", "{{instance}} threads"), ("tokio_workers{J}", "{{instance}} workers")], "short"),
    series("Worker utilisation", "Busy share of the runtime's workers. Near 1: the CPU is the limit.",
           [("sum by (instance) (rate(tokio_worker_busy_seconds_total{J}[R])) / sum by (instance) (tokio_workers{J})", "{{instance}}")], "percentunit"),
    series("Runtime lag by instance", "How late a 100 ms timer fires: blocking code on the runtime, or no CPU.", p95("vitrine_event_loop_lag_seconds", "instance"), "s"),
    series("Live tasks", "Tasks alive on the runtime. A steady climb is a leak.", [("tokio_alive_tasks{J}", "{{instance}}")], "short"),
    series("Global queue", "Tasks that wait for a worker. Above zero for long: the runtime is saturated.", [("tokio_global_queue_depth{J}", "{{instance}}")], "short"),
]

TELEMETRY = [
    series("Log events", "Log events a second by level.", [("sum by (level) (rate(vitrine_log_events_total{J}[R]))", "{{level}}")], "ops",
           overrides=paint(("error", "red"), ("warn", "orange"))),
    series("Log lines dropped", "Lines dropped over the last 5 minutes because nobody read the output fast enough.",
           [("sum by (instance) (increase(vitrine_log_lines_dropped_total{J}[5m]))", "{{instance}}")], "short", bars=True),
    series("Spans", "Spans a second handed to the exporter, by outcome. Dropped or failed: the collector is down or too slow.",
           [("sum by (outcome) (rate(vitrine_trace_spans_total{J}[R]))", "{{outcome}}")], "ops"),
    series("Series", "Series on the last metrics page. The budget is 8 000.", [("vitrine_metrics_series{J}", "{{instance}}")], "short",
           thresholds=steps("transparent", 8000, "red")),
    series("Label overflow", "Label values folded into _other over the last hour: a bound is too small, or a label is wrong.",
           [("sum by (metric) (increase(vitrine_metrics_label_overflow_total{J}[1h]))", "{{metric}}")], "short", bars=True),
    series("Rendering the metrics page", "Time to render the metrics page.", quantiles("vitrine_metrics_render_duration_seconds", "J"), "s"),
    series("Scrapes", "Duration of a scrape as Prometheus sees it. Over 10 s it counts as down.", [("scrape_duration_seconds{J}", "{{instance}}")], "s"),
    series("Answered scrapes", "1 while Prometheus gets the metrics page.", [("up{J}", "{{instance}}")], "none", runbook="VitrineDown"),
    series("Alert path", "Watchdog fires as long as Prometheus evaluates rules. It carries no job: it speaks for Prometheus itself.",
           [('sum(ALERTS{alertname="Watchdog",alertstate="firing"})', "Watchdog")], "none", runbook="Watchdog"),
]

OVERVIEW = dashboard(
    "vitrine-overview", "Vitrine: overview",
    "Is it up, do visitors notice, since when, where. Start here; the collapsed rows say why.",
    ["vitrine"],
    variables(RUNBOOKS) + [choice("route", "Route", f'label_values({REQUESTS}{{job=~"$job",instance=~"$instance"}}, http_route)')],
    [annotation("Starts and deploys", "process_start_time_seconds{J} * 1000", "Started", "blue", at_value=True),
     annotation("Firing alerts", 'ALERTS{alertstate="firing",severity="critical",job=~"$job"}', "{{alertname}}", "red")],
    [{"title": "Runbooks", "type": "link", "icon": "doc", "url": "${runbooks}", "targetBlank": True, "asDropdown": False,
      "includeVars": False, "keepTime": False, "tags": [], "tooltip": "What to do for each alert"}],
    rows(("At a glance", False, AT_A_GLANCE), ("RED: rate, errors, duration", False, RED), ("Edge", True, EDGE),
         ("Database", True, DATABASE), ("Cache and templates", True, CACHE_AND_TEMPLATES), ("Content", True, CONTENT), ("Media", True, MEDIA),
         ("Privacy and forms", True, PRIVACY_AND_FORMS),
         ("Search", True, SEARCH),
         ("Runtime", True, RUNTIME), ("Telemetry itself", True, TELEMETRY)))

if __name__ == "__main__":
    print(text_of(OVERVIEW), end="")
