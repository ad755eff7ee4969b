"""What Vitrine's dashboards have in common: names of families, queries that recur, variables, annotations and links.

One file beside this one makes one dashboard, and all of them are written by: python3 -B dashboards/generate.py
"""

from grafana import annotation, choice, dashboard, rows, variables, way_to

# Where docs/runbooks is published: the same address as in alerts/.
RUNBOOKS = "https://vitrine.example/runbooks"

REQUESTS = "http_server_request_duration_seconds_count"
LATENCY = "http_server_request_duration_seconds_bucket"
QUERY = "db_client_operation_duration_seconds"
POOL = "db_client_connection_pool_name"
# As in alerts/vitrine-visitors.yml: probes and scrapes are no visitors.
VISITORS = 'http_route!~"/metrics|/livez|/readyz|/health|/api/v1/health/|/-/.*|/ops/.*|/faults"'
UP = [{"type": "value", "options": {"0": {"text": "DOWN", "index": 0}, "1": {"text": "up", "index": 1}}}]

# Why a healthy server may show nothing: the reasons that recur.
NO_FAILURE = "no 5xx series exists before the first failure"
FIRST = "the series appears with the first one"

# Every dashboard, in the order in which an incident is looked into: (uid, title).
ALL = (
    ("vitrine-overview", "Overview"),
    ("vitrine-slo", "SLOs and budgets"),
    ("vitrine-visitors", "Visitors"),
    ("vitrine-requests", "HTTP and API"),
    ("vitrine-route", "One route"),
    ("vitrine-database", "Database"),
    ("vitrine-cache", "Cache and templates"),
    ("vitrine-content", "Content"),
    ("vitrine-media", "Media and search"),
    ("vitrine-jobs", "Jobs and schedule"),
    ("vitrine-security", "Security and edge"),
    ("vitrine-runtime", "Runtime"),
    ("vitrine-monitoring", "Monitoring itself"),
)


def quantiles(metric, matchers, window="R", by=""):
    """p50, p95 and p99 of a histogram."""
    return [(f"histogram_quantile({share}, sum by ({by}le) (rate({metric}_bucket{{{matchers}}}[{window}])))", name)
            for share, name in ((0.99, "p99"), (0.95, "p95"), (0.5, "p50"))]


def p95(metric, by, window="R", matchers="J"):
    """The 95th percentile by one label, the worst ten."""
    return [(f"topk(10, histogram_quantile(0.95, sum by ({by}, le) (rate({metric}_bucket{{{matchers}}}[{window}]))))",
             f"{{{{{by}}}}}")]


def route_choice():
    return choice("route", "Route", f'label_values({REQUESTS}{{job=~"$job",instance=~"$instance"}}, http_route)')


def annotations():
    """What changed, on every graph: starts with their version, publishes, and pages."""
    return [
        # The value is the time of the start, in milliseconds, whatever the zoom.
        annotation("Starts and deploys",
                   "1000 * process_start_time_seconds{J} * on (job, instance) group_left (version, commit) vitrine_build_info{J}",
                   "Started {{version}} {{commit}}", "blue", at_value=True),
        # A publish by a command is counted by the command's own process: servers know it by the first fresh page.
        annotation("Publishes",
                   "(sum(increase(vitrine_publish_propagation_seconds_count{J}[R])) or vector(0))"
                   ' + (sum(increase(vitrine_page_events_total{J,event="publish"}[R])) or vector(0)) > 0',
                   "Published", "purple"),
        annotation("Pages to on-call", 'ALERTS{alertstate="firing",severity="critical",job=~"$job"}', "{{alertname}}", "red"),
    ]


def vitrine_dashboard(uid, text, groups, *, see, extra=()):
    """A dashboard of Vitrine. Panels without a link of their own lead to the dashboard `see`."""
    titles = dict(ALL)
    for _, _, members in groups:
        for member in members:
            if not member["links"]:
                member["links"].append(way_to(see, titles[see]))
            for link in member["links"]:
                link["title"] = titles.get(link["title"].removeprefix("Dashboard "), link["title"])
    links = [{"title": "Vitrine", "type": "dashboards", "icon": "external link", "url": "", "targetBlank": False, "asDropdown": True,
              "includeVars": True, "keepTime": True, "tags": ["vitrine"], "tooltip": "The other dashboards"},
             {"title": "Runbooks", "type": "link", "icon": "doc", "url": "${runbooks}", "targetBlank": True, "asDropdown": False,
              "includeVars": False, "keepTime": False, "tags": [], "tooltip": "What to do for each alert"}]
    return dashboard(uid, f"Vitrine: {titles[uid]}", text,
                     ["vitrine"], variables(RUNBOOKS) + list(extra), annotations(), links, rows(*groups))
