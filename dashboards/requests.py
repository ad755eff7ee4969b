"""HTTP and API: every answer by route, status and failure, and what happened before a handler ran."""

from grafana import STATUS_COLOURS, heatmap, paint, series, table, text_of
from vitrine import FIRST, LATENCY, NO_FAILURE, REQUESTS, p95, quantiles, vitrine_dashboard

ROUTES = [
    table("Routes by traffic", "Each route over the last 5 minutes, the busiest first: requests a second, share of 5xx, 95th percentile, queries a request. A click opens the route.",
          [(f"sort_desc(sum by (http_route) (rate({REQUESTS}{{J}}[5m])) > 0)", ""),
           (f'sum by (http_route) (rate({REQUESTS}{{J,http_response_status_code=~"5.."}}[5m])) / (sum by (http_route) (rate({REQUESTS}{{J}}[5m])) > 0)', ""),
           (f"histogram_quantile(0.95, sum by (http_route, le) (rate({LATENCY}{{J}}[5m])))", ""),
           ("sum by (http_route) (rate(vitrine_db_queries_per_request_sum{J}[5m])) / (sum by (http_route) (rate(vitrine_db_queries_per_request_count{J}[5m])) > 0)", "")],
          "none", width=12, names={"http_route": "Route", "Value #A": "Requests", "Value #B": "5xx", "Value #C": "p95", "Value #D": "Queries"},
          units=(("Requests", "reqps"), ("5xx", "percentunit"), ("p95", "s"), ("Queries", "short")),
          drill=(("Route", "vitrine-route", "route"),), empty={"B": NO_FAILURE}),
    series("Requests by route", "Requests a second by route.",
           [(f"sum by (http_route) (rate({REQUESTS}{{J}}[R]))", "{{http_route}}")], "reqps", width=12, stack=True, see="vitrine-route"),
    series("Requests by status code", "Requests a second by status code.",
           [(f"sum by (http_response_status_code) (rate({REQUESTS}{{J}}[R]))", "{{http_response_status_code}}")], "reqps", stack=True,
           overrides=paint(*STATUS_COLOURS.items())),
    series("Worst error ratio", "Share of 5xx answers by route, the ten worst.",
           [(f'topk(10, sum by (http_route) (rate({REQUESTS}{{J,http_response_status_code=~"5.."}}[R])) / (sum by (http_route) (rate({REQUESTS}{{J}}[R])) > 0))', "{{http_route}}")],
           "percentunit", empty=NO_FAILURE, runbook="VitrineHighErrorRatio", see="vitrine-route"),
    series("Failures by route and type", "Failed requests a second by route and error.type, OpenTelemetry's low-cardinality name of the failure.",
           [(f'sum by (http_route, error_type) (rate({REQUESTS}{{J,error_type!=""}}[R]))', "{{http_route}} {{error_type}}")], "reqps",
           empty=FIRST, see="vitrine-route"),
    series("Slowest p95 by route", "95th percentile by route, the ten slowest.",
           [(f"topk(10, histogram_quantile(0.95, sum by (http_route, le) (rate({LATENCY}{{J}}[R]))))", "{{http_route}}")], "s",
           runbook="VitrineSlowPages", see="vitrine-route"),
    series("Latency of everything", "Percentiles of the request duration, all routes. Dots are traces of single requests, where the server exports them.",
           quantiles("http_server_request_duration_seconds", "J"), "s", see="vitrine-route"),
    heatmap("Durations", "Requests by duration: two bands mean two kinds of request, such as cache hits and misses.",
            f"sum by (le) (increase({LATENCY}{{J}}[R]))", "s", see="vitrine-cache"),
    series("Requests by method", "Requests a second by method.",
           [(f"sum by (http_request_method) (rate({REQUESTS}{{J}}[R]))", "{{http_request_method}}")], "reqps", stack=True),
    series("Requests by scheme", "Requests a second by scheme, as the visitor sees it. http on a site that has a certificate: a proxy forgets X-Forwarded-Proto.",
           [(f"sum by (url_scheme) (rate({REQUESTS}{{J}}[R]))", "{{url_scheme}}")], "reqps", stack=True),
    series("Probes", "Requests a second of probes and scrapes, which count in no error ratio.",
           [(f'sum by (http_route, http_response_status_code) (rate({REQUESTS}{{J,http_route=~"/metrics|/livez|/readyz|/health|/api/v1/health/|/-/.*|/ops/.*|/faults"}}[R]))', "{{http_route}} {{http_response_status_code}}")],
           "reqps"),
]

EDGE = [
    series("In flight by method", "Requests being answered, by method.", [("sum by (http_request_method) (http_server_active_requests{J})", "{{http_request_method}}")], "short", stack=True),
    series("Open connections", "TCP connections held open by clients. Close to server.max_connections, new ones are refused.",
           [("sum by (instance) (vitrine_http_connections{J})", "{{instance}}")], "short"),
    series("Connections by outcome", "New connections a second: accepted, refused at the limit, failed in TLS, given up while sending headers.",
           [("sum by (outcome) (rate(vitrine_http_connections_total{J}[R]))", "{{outcome}}")], "cps"),
    series("Redirects", "Visitors sent to another address: by a redirect that somebody wrote (manual) or that a moved page left (automatic), for a missing slash, or by language.",
           [("sum by (kind) (rate(vitrine_redirects_total{J}[R]))", "{{kind}}")], "reqps", stack=True),
    series("Redirect hits in memory", "Redirects whose hits wait to be written, every 10 s. One that only grows: the database refuses them, and the log says why.",
           [("sum by (instance) (vitrine_redirect_hits_pending{J})", "{{instance}}")], "short"),
    series("Front ends that listen", "Streams of front ends that hear of changes of their configuration, at most 1024 on a node.",
           [("sum by (instance) (vitrine_frontend_listeners{J})", "{{instance}}")], "short"),
    series("Builds of the front end", "Builds of the app in frontend.dir that were taken over, over the last hour. failure: the folder had no app, and the one before is served.",
           [("sum by (outcome) (increase(vitrine_frontend_loads_total{J}[1h]))", "{{outcome}}")], "short", bars=True,
           overrides=paint(("failure", "red")), empty="only with frontend.dir"),
    series("Client aborts", "Clients that hung up before the answer was complete, each second. A rise often means slow pages.",
           [("sum by (surface) (rate(vitrine_http_client_aborts_total{J}[R]))", "{{surface}}")], "reqps"),
    series("Panics", "Handler panics that became a 500, by route, over the last 5 minutes. Each one is a defect: the log has its backtrace.",
           [("sum by (http_route) (increase(vitrine_http_panics_total{J}[5m]))", "{{http_route}}")], "short", bars=True,
           empty=FIRST),
    series("Faults on purpose", "Faults that are injected by kind, and what they broke over the last 5 minutes. Always 0 in production.",
           [("sum by (kind) (vitrine_faults_active{J})", "{{kind}} in force"),
            ("sum by (kind) (increase(vitrine_faults_injected_total{J}[5m]))", "{{kind}} injected")], "short",
           runbook="VitrineFaultInjectionActive"),
    series("Time in the proxy queue", "Time between X-Request-Start, set by the proxy, and the handler. Empty without a proxy that sends it.",
           quantiles("vitrine_http_proxy_queue_seconds", "J"), "s", empty="only a proxy sends X-Request-Start"),
    series("Request body size", "95th percentile of the request bodies by surface.", p95("http_server_request_body_size_bytes", "surface"), "bytes",
           empty="no request has had a body"),
    series("Response body size", "95th percentile of the response bodies on the wire by surface.", p95("http_server_response_body_size_bytes", "surface"), "bytes"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-requests", "Rate, errors and duration of every route, and what happens between the socket and the handler.",
    [("Routes", False, ROUTES), ("Edge: before and after the handler", False, EDGE)], see="vitrine-route")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
