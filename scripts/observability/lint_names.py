"""Checks that nothing drifts: every metric, label and value that is read exists, every family is read, and units agree."""

import re

from bundle import ROOT, alerts, dashboards, panels, queries, recordings, runbooks
from catalogue import PLANNED, everything, find, is_counter, labels_of, of_the_binary
from promql import groupings, matchers, selectors

# A word that looks like one of our metrics, in documents.
METRIC = re.compile(r"\b(?:(?:vitrine|http_server|db_client|process|tokio)_[a-z0-9_]+|slo:[a-z0-9_:]+)\b(?:\{[^}`]*\})?")
# Words of that form which are none: two labels, and fields of forms.
NO_METRICS = {"db_client_connection_pool_name", "db_client_connection_state", "vitrine_password", "vitrine_restriction"}
GROWTH = {"rate", "irate", "increase", "resets"}
DOCUMENTS = ("README.md", "docs/OPERATIONS.md", "docs/ARCHITECTURE.md", "docs/CONTENT.md")
# What a panel's unit may be, by what is measured; every other unit of the catalogue is a number of things.
OF_GAUGE = {"s": {"s", "d"}, "By": {"bytes"}, "bool": {"none", "short", "bool_yes_no"}, "1": {"none", "short", "percentunit"}}
OF_RATE = {"s": {"s", "short", "percentunit"}, "By": {"Bps"}}
OF_INCREASE = {"s": {"s"}, "By": {"bytes"}}
OF_DIVISION = {"percentunit", "short", "none", "s", "d"}


def check_expression(expression, known):
    """Findings, and the families that it reads."""
    read, labels = set(), {"le"}
    found = []
    for selector in selectors(expression):
        family = find(selector.metric, known)
        if family is None:
            found.append(f"there is no metric {selector.metric}")
            continue
        read.add(family.name)
        of_metric = labels_of(selector.metric, family)
        labels |= of_metric.keys()
        found += check_matchers(selector, of_metric)
        counter = is_counter(selector.metric, family)
        if counter and (selector.window is None or selector.function not in GROWTH):
            found.append(f"the counter {selector.metric} must be inside rate() or increase()")
        if not counter and selector.function in GROWTH:
            found.append(f"{selector.metric} is a gauge: {selector.function}() of it means nothing")
        if family.kind == "histogram" and selector.metric == family.name:
            found.append(f"{family.name} is a histogram: read its _bucket, _sum or _count")
    if "label_replace" not in expression:
        found += [f"no metric here has the label {label}" for label in groupings(expression) if label not in labels]
    return found, read, labels


def check_matchers(selector, labels):
    for label, operator, value in matchers(selector):
        if label not in labels:
            yield f"{selector.metric} has no label {label}"
            continue
        values = labels[label]
        if values is None or "$" in value:
            continue
        wanted = [value] if operator in ("=", "!=") else value.split("|")
        for one in wanted:
            # In a regular expression every alternative must match something, else it is a name of the past.
            matches = one in values or (operator in ("=~", "!~") and any(re.fullmatch(one.replace("\\\\", "\\"), each) for each in values))
            if one and not matches:
                yield f"{selector.metric}: {label} is never {one!r} (it is one of {sorted(values)})"


def expected_units(expression, known):
    """The units that a panel may give to the expression, or None when it cannot be told."""
    families = [(selector, find(selector.metric, known)) for selector in selectors(expression)]
    if not families or any(family is None for _, family in families):
        return None
    bare = re.sub(r'\{[^}]*\}|"[^"]*"|\[[^\]]*\]', "", expression)
    if "histogram_quantile(" in bare:
        unit = families[0][1].unit
        return OF_GAUGE.get(unit, {"short"})
    if "/" in bare:
        return OF_DIVISION
    if re.match(r"\s*(sort_desc\()?(count|changes)\b", bare):
        return {"short", "none"}
    units = set()
    for selector, family in families:
        if selector.metric.endswith("_count") and family.kind == "histogram":
            units |= {"reqps", "ops", "short"}
        elif selector.function in ("rate", "irate"):
            units |= OF_RATE.get(family.unit, {"reqps", "ops", "cps"})
        elif selector.function == "increase":
            units |= OF_INCREASE.get(family.unit, {"short"}) | ({"s", "bytes"} if selector.metric.endswith("_bucket") else set())
        else:
            units |= OF_GAUGE.get(family.unit, {"short", "none"})
    return units


def check_units(panel, known):
    """For a table, the unit of the column that the query fills."""
    default = panel["fieldConfig"]["defaults"]["unit"]
    columns = {override["matcher"]["options"]: prop["value"] for override in panel["fieldConfig"]["overrides"]
               for prop in override["properties"] if prop["id"] == "unit"}
    renamed = {}
    for step in panel.get("transformations", []):
        renamed |= step["options"].get("renameByName", {})
    for target in panel["targets"]:
        unit = columns.get(renamed.get(f"Value #{target['refId']}", renamed.get("Value", "")), default)
        expected = expected_units(target["expr"], known)
        if expected and unit not in expected:
            yield f"query {target['refId']} is measured in {' or '.join(sorted(expected))}, and shown in {unit}"


def check_panels(known):
    """Findings of all dashboards, and the families that they read."""
    found, read = [], set()
    for file, dashboard in dashboards().items():
        for query in queries(dashboard):
            wrong, families, _ = check_expression(query.expression, known)
            found += [f"{file}: {query.panel!r}: {finding}" for finding in wrong]
            read |= families
        for panel in panels(dashboard):
            found += [f"{file}: panel {panel['title']!r}: {finding}" for finding in check_units(panel, known)]
            for target in panel["targets"]:
                _, _, labels = check_expression(target["expr"], known)
                for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                    if label not in labels:
                        found.append(f"{file}: panel {panel['title']!r}: no metric has the label {label} of the legend")
        for variable in dashboard["templating"]["list"]:
            if query := re.fullmatch(r"label_values\((.+), (\w+)\)", variable.get("definition", "")):
                for selector in selectors(query[1]):
                    family = find(selector.metric, known)
                    if family is None or query[2] not in labels_of(selector.metric, family):
                        found.append(f"{file}: variable {variable['name']}: {selector.metric} has no label {query[2]}")
    return found, read


def check_rules(known):
    found, read = [], set()
    for rule in [*alerts(), *recordings()]:
        wrong, families, labels = check_expression(rule.expression, known)
        found += [f"{rule.file}: {rule.name}: {finding}" for finding in wrong]
        read |= families
        for label in sorted(set(re.findall(r"\$labels\.(\w+)", rule.text)) - labels):
            found.append(f"{rule.file}: {rule.name}: no metric here has the label {label} that its text shows")
    return found, read


def check_documents(known):
    """Metrics and labels in runbooks and documents; a document may also name a family's labels in braces."""
    texts = {f"docs/runbooks/{name}.md": text for name, text in runbooks().items()}
    texts |= {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
    for where, text in texts.items():
        for word in sorted({found[0] for found in METRIC.finditer(text)} - NO_METRICS):
            for selector in selectors(word):
                family = find(selector.metric, known)
                if family is None:
                    yield f"{where}: there is no metric {selector.metric}"
                else:
                    yield from (f"{where}: {finding}" for finding in check_matchers(selector, labels_of(selector.metric, family)))


def findings():
    known = everything()
    of_panels, read_by_panels = check_panels(known)
    of_rules, read_by_rules = check_rules(known)
    yield from of_panels
    yield from of_rules
    yield from check_documents(known)
    for unread in sorted(known.keys() - read_by_panels - read_by_rules - {"ALERTS"}):
        yield f"{unread}: no panel and no rule reads it"
    for name in sorted(PLANNED.keys() & of_the_binary().keys()):
        yield f"scripts/observability/catalogue.py: {name} is in the binary now: delete it from PLANNED"
