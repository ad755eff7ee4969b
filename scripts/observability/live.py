"""Evaluates every panel and every alert on a running Prometheus that scrapes a running Vitrine. Usage: live.py URL.

A panel can parse and still show nothing, or fail only when there is data. So each must return at least one number.
Environment: JOB (default vitrine) and RATE_INTERVAL (default 1m; at least four scrapes).
"""

import json
import math
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

from bundle import alerts, dashboards, panels, queries, recordings, substitute
from catalogue import is_planned
from promql import comparisons_as_bool

# A panel says in its description why it may be empty, of all its queries or of one. It must still evaluate without an error.
EXCUSE = re.compile(r"(?:Query ([A-Z]) may|May) be empty: ([^.]+)\.")
ANNOTATIONS = {
    "annotation Pages to on-call": "nothing critical fires on a healthy server",
    "annotation Publishes": "nobody has published yet",
}
PLANNED = "its families are agreed on, and not in the binary yet"
# Alerts whose operands may have no data, with the reason.
MAY_LACK_DATA = {
    "VitrineHighErrorRatio": "no 5xx series exists before the first failure",
    "VitrineTemplateErrors": "labelled by template: the series appears with the first error",
    "VitrineNPlusOne": "the series appears with the first repeated query",
    "VitrineQueryErrors": "the series appears with the first failed query",
    "VitrineMediaStorageFailing": "the series appears with the first failed operation",
    "VitrinePagePasswordsGuessed": "the series appears with the first password",
    "VitrineLoginBruteForce": "the series appears with the first attempt to sign in",
    "VitrineTokensRefused": "the series appears with the first token",
    "VitrineRateLimitsLocal": "the series appears with the first limit that Redis did not answer for",
    "VitrineBackupStale": "only with backup.schedule",
    "VitrineCdnPurgesFailing": "only with cdn.provider",
    "VitrineWebhookFailing": "the series appears with the first delivery",
    "VitrineLoginBroken": "the series appears with the first attempt that fails",
    "VitrineDraftSavesFailing": "the series appears with the first draft that an editor sends",
    "VitrineCertificateExpires": "only with [tls]",
    "VitrineCertificateExpiresNow": "only with [tls]",
    "VitrineMemoryNearLimit": "only with a limit on the control group",
    "VitrinePublishSlow": "the quantile of nothing while nobody publishes",
    "VitrineLabelOverflow": "the series appears with the first overflow",
    "VitrineInstanceNotReady": "both sides are comparisons that hold only when an instance is not ready",
    "VitrinePoolSaturated": "too few queries in the window",
    "VitrineQuerySlow": "too few queries in the window",
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


def excuses(dashboard):
    """{(title, letter): reason} of the panels that may be empty; the letter is empty when the reason is for all queries."""
    found = dict(((title, ""), reason) for title, reason in ANNOTATIONS.items())
    for panel in panels(dashboard):
        for letter, reason in EXCUSE.findall(panel["description"]):
            found[panel["title"], letter] = reason
    return found


class Tally:
    """What was evaluated, and what was found wrong."""

    def __init__(self, prometheus):
        self.prometheus, self.findings, self.total, self.with_data = prometheus, [], 0, 0

    def take(self, where, expression, excuse):
        if excuse is None and is_planned(expression):
            excuse = PLANNED
        finding, has_data = evaluate(self.prometheus, where, expression, excuse)
        self.total += 1
        self.with_data += has_data
        if finding:
            self.findings.append(finding)


def check_rules(tally):
    """Every rule is loaded and healthy, and its operands have data."""
    loaded = {rule["name"]: rule for group in tally.prometheus.ask("rules")["groups"] for rule in group["rules"]}
    for rule in [*alerts(), *recordings()]:
        health = loaded.get(rule.name)
        if health is None:
            tally.findings.append(f"{rule.file}: {rule.name}: this Prometheus has not loaded it")
        elif health["health"] != "ok":
            tally.findings.append(f"{rule.file}: {rule.name}: health is {health['health']}: {health.get('lastError', '')}")
        tally.take(f"{rule.file}: {rule.name}", comparisons_as_bool(rule.expression), MAY_LACK_DATA.get(rule.name))
    tally.findings += [f"MAY_LACK_DATA names {name!r}, which is no alert" for name in sorted(MAY_LACK_DATA.keys() - {a.name for a in alerts()})]


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    tally = Tally(Prometheus(sys.argv[1]))
    choice = {"job": os.environ.get("JOB", "vitrine"), "rate_interval": os.environ.get("RATE_INTERVAL", "1m")}
    for file, dashboard in dashboards().items():
        excused = excuses(dashboard)
        for query in queries(dashboard):
            excuse = excused.get((query.panel, ""), excused.get((query.panel, query.letter)))
            tally.take(f"{file}: {query.panel} {query.letter}".strip(), substitute(query.expression, **choice), excuse)
    check_rules(tally)
    for finding in tally.findings:
        print(finding)
    print(f"{tally.total} expressions evaluated, {tally.with_data} with data: {len(tally.findings)} findings")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
