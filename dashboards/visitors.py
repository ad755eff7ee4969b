"""Visitors: how fast pages are in the browsers of those who read them (Web Vitals)."""

from grafana import series, stat, steps, text_of
from vitrine import vitrine_dashboard

NONE_YET = "no browser has sent anything: vitals.enabled, visitors with JavaScript"
LAST_HOUR = "p75 over the last hour: three of four visits were at least as good."


def p75(vital, by, window):
    return f"histogram_quantile(0.75, sum by ({by}le) (rate(vitrine_web_vital_{vital}_bucket{{J}}[{window}])))"


def core(title, vital, text, unit, good, poor, **more):
    return stat(title, f"{text} {LAST_HOUR}", [(p75(vital, "device, ", "1h"), "{{device}}")], unit, width=8, height=6, trend=False,
                mode="value_and_name", thresholds=steps("green", good, "orange", poor, "red"), empty=NONE_YET, see="vitrine-cache", **more)


def good_share(title, vital, bound, text):
    """The bound is one of a bucket, so the share is exact."""
    return series(title, text,
                  [(f'sum by (page_type) (rate(vitrine_web_vital_{vital}_bucket{{J,le="{bound}"}}[1h]))'
                    f" / (sum by (page_type) (rate(vitrine_web_vital_{vital}_count{{J}}[1h])) > 0)", "{{page_type}}")],
                  "percentunit", high=1, empty=NONE_YET)


CORE = [
    core("Largest paint", "lcp_seconds", "LCP: until the largest text or picture is there. Good up to 2.5 s, poor above 4 s.", "s", 2.5, 4,
         runbook="VitrineVisitorsSeeSlowPages"),
    core("Response to input", "inp_seconds", "INP: until something moves after a click, tap or key. Good up to 0.2 s, poor above 0.5 s.", "s", 0.2, 0.5),
    core("Layout shift", "cls", "CLS: how much of the page jumped. Good up to 0.1, poor above 0.25.", "none", 0.1, 0.25),
]

BY_TYPE = [
    good_share("Visits with a good largest paint", "lcp_seconds", "2.5", "Share of visits with an LCP of at most 2.5 s, by page type, over the last hour."),
    good_share("Visits with a good response", "inp_seconds", "0.2", "Share of visits with an INP of at most 0.2 s, by page type, over the last hour."),
    good_share("Visits without a jump", "cls", "0.1", "Share of visits with a CLS of at most 0.1, by page type, over the last hour."),
    series("Largest paint by page type", "LCP p75 by page type over the last hour: large pictures, late fonts.",
           [(p75("lcp_seconds", "page_type, ", "1h"), "{{page_type}}")], "s", empty=NONE_YET),
    series("First paint by page type", "FCP p75 by page type over the last hour. Good up to 1.8 s.",
           [(p75("fcp_seconds", "page_type, ", "1h"), "{{page_type}}")], "s", empty=NONE_YET),
    series("First byte against the server's time", "TTFB p75 in browsers, redirects and the network included (good up to 0.8 s), and p75 of the server alone. Over the last hour. Far apart: the network, a proxy, or TLS.",
           [(p75("ttfb_seconds", "", "1h"), "in browsers"),
            ('histogram_quantile(0.75, sum by (le) (rate(http_server_request_duration_seconds_bucket{J,http_route="/{*path}",http_request_method="GET"}[1h])))', "in the server")],
           "s", empty={"A": NONE_YET}, see="vitrine-requests"),
    series("Messages of browsers", "Messages a second by what became of them. declined: visitors who ask not to be measured. rejected or rate_limited: programs.",
           [("sum by (outcome) (rate(vitrine_rum_beacons_total{J}[R]))", "{{outcome}}")], "cps", stack=True, see="vitrine-security"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-visitors", "How fast pages are for those who read them, as their browsers measure it.",
    [("Core Web Vitals", False, CORE), ("By page type", False, BY_TYPE)], see="vitrine-cache")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
