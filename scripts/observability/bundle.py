"""Reads what is checked: the panels of the dashboards, the rules, and the runbooks."""

import json
import re
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = ROOT / "dashboards"
ALERTS = ROOT / "alerts"
RULES = ROOT / "prometheus" / "rules"
RUNBOOKS = ROOT / "docs" / "runbooks"

# `text` is the whole rule as it is written.
Rule = namedtuple("Rule", "file name expression text")
Query = namedtuple("Query", "panel letter expression")


def dashboards():
    """Each dashboard by its file name."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels(dashboard):
    """Its panels, those inside collapsed rows too, without the rows."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def queries(dashboard):
    """Every query that the dashboard sends. The letter is empty when the panel has only one."""
    for panel in panels(dashboard):
        targets = panel.get("targets", [])
        for target in targets:
            yield Query(panel["title"], target["refId"] if len(targets) > 1 else "", target["expr"])
    for annotation in dashboard["annotations"]["list"]:
        yield Query(f"annotation {annotation['name']}", "", annotation["expr"])


def rules(kind, folder, pattern):
    """Rules, read by their layout in this project (one key a line, expr last on its line or a block).

    promtool has the last word on the syntax; this only needs name, expression and text, without a YAML library.
    """
    found = []
    for path in sorted(folder.glob(pattern)):
        for block in re.split(rf"(?m)^\s*- {kind}:", path.read_text(encoding="utf-8"))[1:]:
            name = block.split("\n", 1)[0].strip()
            rule = re.search(r"(?m)^( +)expr: (?:\|\n((?:\1 +.*\n|\s*\n)+)|(.+)(?:\n|\Z))", block)
            found.append(Rule(path.name, name, (rule[2] or rule[3]) if rule else "", block))
    return found


def alerts():
    return rules("alert", ALERTS, "vitrine-*.yml")


def recordings():
    return rules("record", RULES, "*.yml")


def runbooks():
    """{name of the alert: text}."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(RUNBOOKS.glob("*.md"))}


def substitute(expression, *, job, rate_interval):
    """What Grafana does with the variables, with "All" chosen."""
    values = {"$job": job, "$instance": ".+", "$route": ".+", "$query": ".+", "$slo": ".+", "$__rate_interval": rate_interval,
              "$__range": "1h", "$__interval": "15s"}
    for name in sorted(values, key=len, reverse=True):
        expression = expression.replace(name, values[name])
    return expression
