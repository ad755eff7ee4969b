"""One route, chosen above: what it does, how long it takes, and where that time goes."""

from grafana import STATUS_COLOURS, heatmap, paint, series, stat, steps, table, text_of
from vitrine import FIRST, LATENCY, NO_FAILURE, REQUESTS, quantiles, route_choice, vitrine_dashboard

NOW = [
    stat("Rate", "Requests a second to the route over the last 5 minutes.", f"sum(rate({REQUESTS}{{JR}}[5m]))", "reqps", width=4, height=4),
    stat("Share of 5xx", "Share of 5xx answers of the route over the last 5 minutes.",
         f'(sum(rate({REQUESTS}{{JR,http_response_status_code=~"5.."}}[5m])) or vector(0)) / (sum(rate({REQUESTS}{{JR}}[5m])) > 0)',
         "percentunit", width=4, height=4, none="no traffic", thresholds=steps("green", 0.01, "orange", 0.05, "red"), runbook="VitrineHighErrorRatio"),
    stat("p95", "95th percentile of the route over the last 5 minutes. VitrineSlowPages looks at 10 minutes.",
         f"histogram_quantile(0.95, sum by (le) (rate({LATENCY}{{JR}}[5m])))", "s", width=4, height=4, none="no traffic",
         thresholds=steps("green", 0.25, "orange", 0.5, "red"), runbook="VitrineSlowPages"),
    stat("Under 250 ms", "Share of the requests over the last 5 minutes that took at most 250 ms: exact, because it is a bucket bound.",
         f'sum(rate({LATENCY}{{JR,le="0.25"}}[5m])) / (sum(rate({REQUESTS}{{JR}}[5m])) > 0)', "percentunit", width=4, height=4, none="no traffic"),
    stat("Queries a request", "Queries of the average request that reached a handler, over the last 5 minutes. The budget is 4 for a page, 6 for a list.",
         "sum(rate(vitrine_db_queries_per_request_sum{JR}[5m])) / (sum(rate(vitrine_db_queries_per_request_count{JR}[5m])) > 0)", "short",
         width=4, height=4, decimals=1, none="no traffic", thresholds=steps("green", 6, "orange", 20, "red"), see="vitrine-database"),
    stat("Panics in 24 hours", "Handler panics of the route over the last 24 hours. Each is a defect.",
         "sum(increase(vitrine_http_panics_total{JR}[24h])) or vector(0)", "short", width=4, height=4, decimals=0, thresholds=steps("green", 1, "red"),
         runbook="VitrinePanics"),
]

WHY = [
    series("Rate by status", "Requests a second by status code.",
           [(f"sum by (http_response_status_code) (rate({REQUESTS}{{JR}}[R]))", "{{http_response_status_code}}")], "reqps", stack=True,
           overrides=paint(*STATUS_COLOURS.items())),
    series("Duration", "Percentiles of the request duration. Dots are traces of single requests, where the server exports them.",
           quantiles("http_server_request_duration_seconds", "JR"), "s", thresholds=steps("transparent", 0.5, "red"), runbook="VitrineSlowPages"),
    heatmap("Duration heatmap", "Requests by duration: two bands mean two kinds of request, such as cache hits and misses.",
            f"sum by (le) (increase({LATENCY}{{JR}}[R]))", "s", see="vitrine-cache"),
    series("Time by phase", "Where the time of a request goes, spread over all requests of the route: the numbers of the Server-Timing header.",
           # One denominator for all phases, so that the stack is comparable with the duration above.
           [(f"sum by (phase) (rate(vitrine_http_phase_seconds_total{{JR}}[R])) / on () group_left () (sum(rate({REQUESTS}{{JR}}[R])) > 0)", "{{phase}}")],
           "s", stack=True, see="vitrine-database"),
    series("Queries a request, percentiles", "Queries that one request of the route runs.", quantiles("vitrine_db_queries_per_request", "JR"), "short",
           runbook="VitrineNPlusOne", see="vitrine-database"),
    series("Failures by type", "Failed requests a second by error.type.",
           [(f'sum by (error_type) (rate({REQUESTS}{{JR,error_type!=""}}[R]))', "{{error_type}}")], "reqps", empty=FIRST),
    table("Repeated queries", "Requests in which one query ran ten times or more, over the last 24 hours: a loop that should be a list query.",
          "topk(20, sum by (http_route, db_query_summary) (increase(vitrine_db_n_plus_one_total{JR}[24h])) > 0)", "short", width=8,
          names={"http_route": "Route", "db_query_summary": "Query", "Value": "Requests"}, drill=(("Query", "vitrine-database", "query"),),
          empty=FIRST, runbook="VitrineNPlusOne"),
    series("Error ratio by status", "Share of the answers of the route by each 5xx status.",
           [(f'sum by (http_response_status_code) (rate({REQUESTS}{{JR,http_response_status_code=~"5.."}}[R])) / on () group_left () (sum(rate({REQUESTS}{{JR}}[R])) > 0)', "{{http_response_status_code}}")],
           "percentunit", empty=NO_FAILURE, runbook="VitrineHighErrorRatio"),
    series("Rate by instance", "Requests a second by instance. One instance alone in trouble: suspect its machine.",
           [(f"sum by (instance) (rate({REQUESTS}{{JR}}[R]))", "{{instance}}")], "reqps", see="vitrine-runtime"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-route", "One route, or several: rate, errors, duration, and where the time goes.",
    [("Now", False, NOW), ("Why", False, WHY)], see="vitrine-requests", extra=[route_choice()])

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
