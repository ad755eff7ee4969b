"""The overview: what on-call opens first.

It answers, in this order: is it up, do visitors notice, since when, where. Each panel leads to the dashboard that says why.
Windows: graphs use the rate interval of the zoom; the numbers of the first screen use the windows of the alerts, so that
a number and a page agree.
"""

from grafana import STATUS_COLOURS, bars, heatmap, paint, series, stat, states, steps, table, text_of
from vitrine import FIRST, LATENCY, NO_FAILURE, POOL, REQUESTS, UP, VISITORS, quantiles, route_choice, vitrine_dashboard

AT_A_GLANCE = [
    stat("Firing alerts", "Alerts of severity critical or warning that fire now. Details in the table below.",
         'count(ALERTS{alertstate="firing",severity=~"critical|warning",job=~"$job"}) or vector(0)', "short",
         thresholds=steps("green", 1, "red"), see="vitrine-monitoring"),
    stat("Instances ready", "Share of the scraped instances whose /readyz answers 200. Below 100 %: open the dependencies in the row Database.",
         # up counts the instances that are down too; those report no vitrine_ready.
         "(sum(vitrine_ready{J}) or vector(0)) / count(up{J})", "percentunit",
         thresholds=steps("red", 0.5, "orange", 1, "green"), runbook="VitrineDown", see="vitrine-database"),
    stat("Database", "Readiness check of the database, on the best instance. DOWN pages after a minute.",
         'max(vitrine_dependency_up{J,dependency="database"})', "none", mappings=UP,
         thresholds=steps("red", 1, "green"), runbook="VitrineDatabaseDown", see="vitrine-database"),
    stat("Survival mode", "Nodes that cannot reach the database and serve pages as they were last, from memory and disk. Visitors see pages; editors cannot save.",
         "sum(vitrine_degraded{J})", "short", decimals=0, thresholds=steps("green", 1, "orange"), runbook="VitrineDatabaseDown", see="vitrine-cache"),
    stat("Requests", "Requests a second without probes and scrapes, over the last 5 minutes.", f"sum(rate({REQUESTS}{{J,{VISITORS}}}[5m]))", "reqps", see="vitrine-requests"),
    stat("Error ratio", "Share of 5xx answers over the last 5 minutes. Over 5 % for two minutes pages.",
         # No 5xx series exists until the first failure; that is 0, not "no data".
         f'(sum(rate({REQUESTS}{{J,{VISITORS},http_response_status_code=~"5.."}}[5m])) or vector(0)) / (sum(rate({REQUESTS}{{J,{VISITORS}}}[5m])) > 0)',
         "percentunit", thresholds=steps("green", 0.01, "orange", 0.05, "red"), none="no traffic", runbook="VitrineHighErrorRatio", see="vitrine-requests"),
    stat("p95 latency", "95th percentile of GET requests over the last 5 minutes, all routes. One slow route may hide here: see Slowest routes.",
         f'histogram_quantile(0.95, sum by (le) (rate({LATENCY}{{J,{VISITORS},http_request_method="GET"}}[5m])))', "s",
         thresholds=steps("green", 0.25, "orange", 0.5, "red"), none="no traffic", runbook="VitrineSlowPages", see="vitrine-requests"),
    stat("In flight", "Requests being answered at this moment. A rise without more requests a second means that something waits.",
         "sum(http_server_active_requests{J})", "short", see="vitrine-requests"),
    stat("Errors logged", "Log events of level error over the last 5 minutes. An error in the log means that somebody must act.",
         'sum(increase(vitrine_log_events_total{J,level="error"}[5m]))', "short", decimals=0, thresholds=steps("green", 1, "orange", 50, "red"), runbook="VitrineErrorsLogged", see="vitrine-monitoring"),
    stat("Pool in use", "Used share of the fullest connection pool. Full: requests wait for a connection.",
         f'max(sum by ({POOL}) (db_client_connection_count{{J,db_client_connection_state="used"}}) / sum by ({POOL}) (db_client_connection_max{{J}}))',
         "percentunit", thresholds=steps("green", 0.8, "orange", 1, "red"), runbook="VitrinePoolSaturated", see="vitrine-database"),
    stat("Cache hit ratio", "Share of page cache look-ups answered from the cache over the last 5 minutes.",
         'sum(rate(vitrine_cache_operations_total{J,operation="get",result="hit"}[5m])) / (sum(rate(vitrine_cache_operations_total{J,operation="get"}[5m])) > 0)',
         "percentunit", none="no look-ups", runbook="VitrineCacheHitRatioDrop", see="vitrine-cache"),
    stat("CPU cores", "Processor cores used, all instances, over the last 5 minutes.", "sum(rate(process_cpu_seconds_total{J}[5m]))", "short", decimals=2, see="vitrine-runtime"),
    stat("Memory", "Resident memory of the largest instance.", "max(process_resident_memory_bytes{J})", "bytes", runbook="VitrineMemoryNearLimit", see="vitrine-runtime"),
    stat("Least free storage", "Free share of the fullest volume. Below 5 %, or below 20 % and full within four hours, pages.",
         "min(vitrine_storage_free_bytes{J} / vitrine_storage_size_bytes{J})", "percentunit",
         thresholds=steps("red", 0.05, "orange", 0.2, "green"), runbook="VitrineStorageFillsUp", see="vitrine-runtime"),
    stat("Runtime lag", "How late a 100 ms timer fires, 99th percentile over the last 5 minutes. High: blocking code or no CPU.",
         "histogram_quantile(0.99, sum by (le) (rate(vitrine_event_loop_lag_seconds_bucket{J}[5m])))", "s",
         thresholds=steps("green", 0.05, "orange", 0.25, "red"), runbook="VitrineRuntimeStalled", see="vitrine-runtime"),
    stat("Youngest start", "Time since the last start of any instance. A few minutes during an incident: suspect the deploy, or a crash loop.",
         "min(time() - process_start_time_seconds{J})", "s", trend=False, thresholds=steps("orange", 600, "green"), runbook="VitrineCrashLooping", see="vitrine-runtime"),
    stat("Version", "Running builds. Two at once means that a deploy is under way, or stuck.",
         [("count by (version, commit) (vitrine_build_info{J})", "{{version}} {{commit}}")], "none", trend=False, mode="name", runbook="VitrineMixedVersions", see="vitrine-runtime"),
]

BUDGET = [
    bars("Error budget left", "Share of each SLO's error budget of 30 days that is left. Below zero the SLO is missed.",
         [("slo:error_budget_remaining:ratio{job=~\"$job\"}", "{{slo}}")], "percentunit", height=6, low=-1, high=1,
         thresholds=steps("red", 0, "orange", 0.25, "green"), see="vitrine-slo"),
    series("Burn rate", "How many times faster than sustainable each budget burns, over the last hour: 1 uses it up in exactly 30 days. The line is where VitrineErrorBudgetFastBurn pages.",
           [("slo:error_budget_burn:ratio_rate1h{job=~\"$job\"}", "{{slo}}")], "short", height=6, thresholds=steps("transparent", 14.4, "red"),
           runbook="VitrineErrorBudgetFastBurn", see="vitrine-slo"),
    states("Dependencies over time", "Readiness checks: red is down on every instance.",
           [("max by (dependency) (vitrine_dependency_up{J})", "{{dependency}}")], height=6, runbook="VitrineDependencyDown", see="vitrine-database"),
]

RED = [
    series("Requests by status", "Requests a second by status code. Vertical lines are starts of the process and firing alerts.",
           [(f"sum by (http_response_status_code) (rate({REQUESTS}{{JR}}[R]))", "{{http_response_status_code}}")], "reqps",
           stack=True, overrides=paint(*STATUS_COLOURS.items())),
    series("Error ratio by route", "Share of 5xx answers of the five worst routes. The line is where VitrineHighErrorRatio pages for all routes but the probes together.",
           [(f'topk(5, sum by (http_route) (rate({REQUESTS}{{JR,http_response_status_code=~"5.."}}[R])) / (sum by (http_route) (rate({REQUESTS}{{JR}}[R])) > 0))', "{{http_route}}"),
            (f'(sum(rate({REQUESTS}{{JR,{VISITORS},http_response_status_code=~"5.."}}[R])) or vector(0)) / (sum(rate({REQUESTS}{{JR,{VISITORS}}}[R])) > 0)', "all but probes")],
           "percentunit", thresholds=steps("transparent", 0.05, "red"), runbook="VitrineHighErrorRatio",
           empty={"A": NO_FAILURE}),
    series("Latency", "Percentiles of the request duration. The line is where VitrineSlowPages opens a ticket for a route.",
           quantiles("http_server_request_duration_seconds", "JR"), "s", thresholds=steps("transparent", 0.5, "red"),
           runbook="VitrineSlowPages"),
    table("Routes", "Each route over the last 5 minutes, the busiest first: requests a second, share of 5xx, 95th percentile.",
          [(f"sort_desc(sum by (http_route) (rate({REQUESTS}{{JR}}[5m])) > 0)", ""),
           (f'sum by (http_route) (rate({REQUESTS}{{JR,http_response_status_code=~"5.."}}[5m])) / (sum by (http_route) (rate({REQUESTS}{{JR}}[5m])) > 0)', ""),
           (f"histogram_quantile(0.95, sum by (http_route, le) (rate({LATENCY}{{JR}}[5m])))", "")],
          "none", width=8, names={"http_route": "Route", "Value #A": "Requests", "Value #B": "5xx", "Value #C": "p95"},
          units=(("Requests", "reqps"), ("5xx", "percentunit"), ("p95", "s")),
          drill=(("Route", "vitrine-route", "route"),), empty={"B": NO_FAILURE}),
    series("Where the time goes", "Time by phase of the requests that the page cache could not answer, spread over all requests: the numbers of the Server-Timing header.",
           # One denominator for all phases, so that the stack is comparable with the latency beside it.
           [(f"sum by (phase) (rate(vitrine_http_phase_seconds_total{{JR}}[R])) / on () group_left () (sum(rate({REQUESTS}{{JR}}[R])) > 0)", "{{phase}}")],
           "s", stack=True),
    table("Firing now", "Every firing alert with what it is about. Empty is good.",
          'ALERTS{alertstate="firing",severity=~"critical|warning|info",job=~"$job"}', "none", width=8,
          names={"severity": "Severity", "alertname": "Alert", "http_route": "Route", "volume": "Volume", "instance": "Instance"},
          hidden=("Value", "__name__", "alertstate", "job"), empty="nothing fires on a healthy server"),
    series("Slowest routes", "95th percentile by route, the ten slowest.",
           [(f"topk(10, histogram_quantile(0.95, sum by (http_route, le) (rate({LATENCY}{{JR}}[R]))))", "{{http_route}}")], "s",
           thresholds=steps("transparent", 0.5, "red"), runbook="VitrineSlowPages"),
    heatmap("Latency heatmap", "Requests by duration: two bands mean two kinds of request, such as cache hits and misses.",
            f"sum by (le) (increase({LATENCY}{{JR}}[R]))", "s"),
    series("Failures by error type", "Failed requests by error.type, OpenTelemetry's low-cardinality name of the failure.",
           [(f'sum by (error_type) (rate({REQUESTS}{{JR,error_type!=""}}[R]))', "{{error_type}}")], "reqps",
           empty=FIRST),
]

SATURATION = [
    series("CPU by instance", "Processor cores used by instance.", [("sum by (instance) (rate(process_cpu_seconds_total{J}[R]))", "{{instance}}")],
           "short", width=6, height=6, see="vitrine-runtime"),
    series("Pool in use over time", "Used share of each connection pool. At 100 % requests wait for a connection.",
           [(f'sum by ({POOL}) (db_client_connection_count{{J,db_client_connection_state="used"}}) / sum by ({POOL}) (db_client_connection_max{{J}})', "{{db_client_connection_pool_name}}")],
           "percentunit", width=6, height=6, high=1, runbook="VitrinePoolSaturated", see="vitrine-database"),
    series("Runtime lag over time", "How late a 100 ms timer fires, 99th percentile: blocking code, or no CPU.",
           [("histogram_quantile(0.99, sum by (instance, le) (rate(vitrine_event_loop_lag_seconds_bucket{J}[R])))", "{{instance}}")],
           "s", width=6, height=6, runbook="VitrineRuntimeStalled", see="vitrine-runtime"),
    series("What the site is used for", "Pages read by people, searches and images made, each second.",
           [('sum(rate(vitrine_page_views_total{J,audience="human"}[R]))', "pages read"),
            ("sum(rate(vitrine_search_queries_total{J}[R]))", "searches"), ("sum(rate(vitrine_renditions_total{J}[R]))", "renditions")],
           "ops", width=6, height=6, empty={"A": "nobody has read a page yet"}, see="vitrine-content"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-overview", "Is it up, do visitors notice, since when, where. Start here; every panel leads to the one that says why.",
    [("At a glance", False, AT_A_GLANCE), ("Budgets and dependencies", False, BUDGET), ("RED: rate, errors, duration", False, RED),
     ("Saturation and use", False, SATURATION)],
    see="vitrine-requests", extra=[route_choice()])

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
