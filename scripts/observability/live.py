"""Evaluates every panel and every alert on a running Prometheus that scrapes a running Vitrine. Usage: live.py URL.

A panel can parse and still show nothing, or fail only when there is data. So each must return at least one number.
Environment: JOB (default vitrine) and RATE_INTERVAL (default 1m; at least four scrapes).
"""

import json
import math
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

from bundle import alerts, dashboards, queries, substitute
from promql import comparisons_as_bool

# Panels that are empty on a healthy or idle server, each with the reason. They must still evaluate without an error.
# "Title B" excuses only the second query of a panel.
MAY_BE_EMPTY = {
    "annotation Firing alerts": "nothing critical fires on a healthy server",
    "Firing now": "nothing fires on a healthy server",
    "Error ratio by route A": "no 5xx series exists before the first failure",
    "Routes B": "no 5xx series exists before the first failure",
    "Failures by error type": "the series appears with the first failed request",
    "Panics": "labelled by route: the series appears with the first panic",
    "Client aborts": "the series appears with the first client that hangs up",
    "Unmatched requests": "the series appears with the first request that no route matches",
    "Rejected requests": "the series appears with the first refused request",
    "Time in the proxy queue": "only a proxy sends X-Request-Start",
    "Request body size": "a quantile of nothing while no request has a body",
    "Certificate days left": "only with [tls]",
    "Most time spent": "no query ran in the window",
    "Query errors": "the series appears with the first failed query",
    "N+1 suspects": "the series appears with the first repeated query",
    "Slow queries": "labelled by query: the series appears with the first slow one",
    "Opening a connection": "a quantile of nothing while no new connection is opened",
    "Memory by kind B": "only with a limit on the control group",
    "Evictions": "the series appears with the first eviction",
    "Template errors": "labelled by template: the series appears with the first error",
    "Template reloads": "only in vitrine dev",
    "Editorial events": "labelled by page type: the series appears with the first event",
    "Publish duration": "a quantile of nothing while nobody publishes",
    "Revisions": "labelled by page type: the series appears with the first revision",
    "Label overflow": "the series appears with the first overflow",
    "Spans": "only with telemetry.otlp_endpoint",
    "Embed fetches": "the default site embeds nothing from elsewhere",
    "Embed fetch duration": "the default site embeds nothing from elsewhere",
    "Missing references": "labelled by kind: the series appears with the first one that is missing",
    "Time to make a rendition": "labelled by format: the series appears with the first rendition",
    "Waiting for renditions": "the series appears with the first rendition",
    "Wait for a worker": "a quantile of nothing while no rendition is made",
    "Restricted pages asked for": "the default site restricts no page",
    "Passwords for pages": "the default site restricts no page",
    "Checking a password": "the default site restricts no page",
    "Share of searches in vain": "a share of nothing while nobody searches",
    "Search duration": "labelled by outcome: the series appears with the first search",
    "Forms": "labelled by outcome: the series appears with the first submission",
    "Submissions deleted by age": "the series appears with the first deletion",
}
# Alerts whose operands may have no data, with the reason.
MAY_LACK_DATA = {
    "VitrineHighErrorRatio": "no 5xx series exists before the first failure",
    "VitrinePagePasswordsGuessed": "the default site restricts no page",
}


class Prometheus:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def ask(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}", data, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error).get("error", error.reason)) from error
        except OSError as error:
            sys.exit(f"no Prometheus answers at {self.url}: {error}")

    def numbers(self, expression):
        """How many numbers the expression returns now. NaN is the quantile or the ratio of nothing."""
        data = self.ask("query", query=expression)
        samples = [data["result"]] if data["resultType"] == "scalar" else [series["value"] for series in data["result"]]
        return sum(1 for _, value in samples if not math.isnan(float(value)))


def evaluate(prometheus, where, expression, excuse):
    """(finding or None, whether there was data)."""
    try:
        found = prometheus.numbers(expression)
    except ValueError as error:
        return f"{where}: {error}\n    {expression}", False
    if found == 0 and excuse is None:
        return f"{where}: no data\n    {expression}", False
    if found == 0:
        print(f"empty, allowed: {where} ({excuse})")
    return None, found > 0


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    prometheus = Prometheus(sys.argv[1])
    choice = {"job": os.environ.get("JOB", "vitrine"), "rate_interval": os.environ.get("RATE_INTERVAL", "1m")}
    findings, with_data, total, titles = [], 0, 0, set()

    def take(result):
        nonlocal with_data, total
        total += 1
        with_data += result[1]
        if result[0]:
            findings.append(result[0])

    for file, dashboard in dashboards().items():
        for query in queries(dashboard):
            lettered = f"{query.panel} {query.letter}".strip()
            titles |= {query.panel, lettered}
            excuse = MAY_BE_EMPTY.get(query.panel, MAY_BE_EMPTY.get(lettered))
            take(evaluate(prometheus, f"{file}: {lettered}", substitute(query.expression, **choice), excuse))
    loaded = {rule["name"]: rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]}
    for alert in alerts():
        rule = loaded.get(alert.name)
        if rule is None:
            findings.append(f"alert {alert.name}: this Prometheus has not loaded it")
        elif rule["health"] != "ok":
            findings.append(f"alert {alert.name}: health is {rule['health']}: {rule.get('lastError', '')}")
        take(evaluate(prometheus, f"alert {alert.name}", comparisons_as_bool(alert.expression), MAY_LACK_DATA.get(alert.name)))
    findings += [f"MAY_BE_EMPTY names {title!r}, which is no panel" for title in sorted(MAY_BE_EMPTY.keys() - titles)]
    findings += [f"MAY_LACK_DATA names {name!r}, which is no alert" for name in sorted(MAY_LACK_DATA.keys() - {a.name for a in alerts()})]
    for finding in findings:
        print(finding)
    print(f"{total} expressions evaluated, {with_data} with data: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
