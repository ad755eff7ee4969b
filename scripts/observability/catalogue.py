"""What may be read: the families of docs/METRICS.md, which the binary prints, what the recording rules make of them, and the few
metrics of Prometheus and Alertmanager themselves."""

import re
from collections import namedtuple

from bundle import ROOT, recordings
from promql import groupings, selectors

# labels is {name: set of values, or None when they are declared by the binary or the site}.
Family = namedtuple("Family", "name kind unit labels")

TARGET = {"job": None, "instance": None}
ROW = re.compile(r"^\| `([a-z_0-9]+)` \| (counter|gauge|histogram) \| (\S+) \| (.*?) \| .* \|$")
LABEL = re.compile(r"`(\w+)`(?:: ((?:(?!, `).)*)| \(<= \d+\))")

# Families that are agreed on and not in the binary yet: {name: (kind, unit, labels)}. Panels and rules that read them have no
# data until then. A row whose family is in docs/METRICS.md is a finding: delete it.
PLANNED = {}
# What Prometheus makes of every scrape, and what it and Alertmanager say of themselves; the latter need no $job.
SCRAPE = {"up": "bool", "scrape_duration_seconds": "s", "scrape_samples_scraped": "samples"}
PEERS = {
    "prometheus_rule_evaluation_failures_total": ("counter", "evaluations", {"rule_group": None}),
    "prometheus_rule_group_last_duration_seconds": ("gauge", "s", {"rule_group": None}),
    "prometheus_notifications_alertmanagers_discovered": ("gauge", "alertmanagers", {}),
    "prometheus_notifications_errors_total": ("counter", "alerts", {"alertmanager": None}),
    "prometheus_config_last_reload_successful": ("gauge", "bool", {}),
    "prometheus_tsdb_head_series": ("gauge", "series", {}),
    "alertmanager_notifications_total": ("counter", "notifications", {"integration": None}),
    "alertmanager_notifications_failed_total": ("counter", "notifications", {"integration": None}),
    "alertmanager_alerts": ("gauge", "alerts", {"state": {"active", "suppressed", "unprocessed"}}),
    "alertmanager_config_last_reload_successful": ("gauge", "bool", {}),
}
# ALERTS has the labels of the alert.
ALERT_LABELS = {"alertname": None, "alertstate": {"firing", "pending"}, "severity": {"critical", "warning", "info", "none"}}


def of_the_binary():
    """The families of docs/METRICS.md, by name."""
    found = {}
    for line in (ROOT / "docs" / "METRICS.md").read_text(encoding="utf-8").splitlines():
        if row := ROW.match(line):
            labels = {name: {value.strip('"') for value in values.split()} if values else None for name, values in LABEL.findall(row[4])}
            found[row[1]] = Family(row[1], row[2], row[3], labels)
    return found


def everything():
    """All that an expression may name."""
    known = of_the_binary()
    for source in (PLANNED, PEERS):
        for name, (kind, unit, labels) in source.items():
            known.setdefault(name, Family(name, kind, unit, labels))
    for name, unit in SCRAPE.items():
        known[name] = Family(name, "gauge", unit, {})
    known["ALERTS"] = Family("ALERTS", "gauge", "1", ALERT_LABELS)
    for rule in recordings():
        # by (job, slo) (…), or what it divides by.
        labels = {label: None for label in groupings(rule.expression)}
        for selector in selectors(rule.expression):
            if (found := find(selector.metric, known)) is not None and ":" in found.name:
                labels |= found.labels
        known[rule.name] = Family(rule.name, "gauge", "1", labels)
    return known


def find(metric, known):
    """The family that a sample's name belongs to, or None: x_bucket, x_sum and x_count are samples of the histogram x."""
    if metric in known:
        return known[metric]
    family = known.get(re.sub(r"_(bucket|sum|count)$", "", metric))
    return family if family and family.kind == "histogram" else None


def is_counter(metric, family):
    return family.kind == "counter" or (family.kind == "histogram" and metric != family.name)


def labels_of(metric, family):
    return family.labels | TARGET | ({"le": None} if metric.endswith("_bucket") else {})


def is_planned(expression):
    """Whether the expression waits for families that no binary has yet."""
    missing = PLANNED.keys() - of_the_binary().keys()
    recorded = {rule.name for rule in recordings() if any(name in rule.expression for name in missing)}
    recorded |= {rule.name for rule in recordings() if any(selector.metric in recorded for selector in selectors(rule.expression))}
    recorded |= {rule.name for rule in recordings() if any(selector.metric in recorded for selector in selectors(rule.expression))}
    return any(selector.metric in missing | recorded for selector in selectors(expression))
