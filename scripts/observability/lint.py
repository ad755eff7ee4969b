"""The checks that need no server. Usage: lint.py [FILE], where FILE ("-": standard input) lists the metric families.

The rules for dashboards are those of Grafana's dashboard-linter that apply to Prometheus, and a few of our own.
Prints one line a finding and exits with 1 if there is any.
"""

import json
import re
import subprocess
import sys
import tempfile

from bundle import ALERTS, DASHBOARDS, ROOT, RUNBOOKS, alerts, dashboards, panels, queries, substitute
from promql import family, selectors

# Prometheus makes these itself. ALERTS has the labels of the alert, not those of an instance.
FOREIGN = {"up", "ALERTS", "scrape_duration_seconds", "scrape_samples_scraped"}
WITHOUT_INSTANCE = {"ALERTS"}
UNITS = {"none", "short", "s", "d", "bytes", "percentunit", "Bps", "reqps", "ops", "cps", "bool_yes_no"}
# A fixed window must be named in the panel's description, so that nobody reads it as the window of the zoom.
WINDOWS = {"5m": "5 minutes", "1h": "hour", "24h": "24 hours"}
SECTIONS = ("Meaning", "Impact", "Diagnose", "Mitigate", "Verify")
SEVERITIES = {"critical", "warning", "info", "none"}
METRIC = re.compile(r"\b(?:vitrine|http_server|db_client|process|tokio)_[a-z0-9_]+\b")


def check_variables(dashboard):
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    sources = [variable for variable in variables.values() if variable["type"] == "datasource"]
    if [(source["name"], source["label"], source["query"]) for source in sources] != [("datasource", "Data source", "prometheus")]:
        yield 'must have exactly one data source variable: name datasource, label "Data source", type prometheus'
    for name in ("job", "instance"):
        variable = variables.get(name)
        if not variable:
            yield f"variable {name} is missing"
        elif not (variable["type"] == "query" and variable["multi"] and variable["includeAll"] and variable["allValue"] == ".+"):
            yield f"variable {name} must be a query, multi, with All as .+"
    for variable in variables.values():
        if variable["type"] == "query" and (variable["refresh"] != 2 or variable["datasource"]["uid"] != "${datasource}"):
            yield f"variable {variable['name']} must be refreshed on time change, from $datasource"


def check_panel(panel):
    if not panel.get("description", "").endswith((".", "!", "?")):
        yield "needs a description, in sentences"
    if panel.get("datasource", {}).get("uid") != "${datasource}":
        yield "its data source must be ${datasource}"
    if not panel.get("targets"):
        yield "has no query"
    units = [panel["fieldConfig"]["defaults"].get("unit")]
    units += [prop["value"] for override in panel["fieldConfig"]["overrides"] for prop in override["properties"] if prop["id"] == "unit"]
    for unit in units:
        if unit not in UNITS:
            yield f"unit {unit!r} is not in the list of units"
    for target in panel.get("targets", []):
        if target["datasource"]["uid"] != "${datasource}":
            yield "the data source of a query must be ${datasource}"
        for selector in selectors(target["expr"]):
            yield from check_selector(selector, panel["description"])


def check_selector(selector, description):
    for label in ("job",) if selector.metric in WITHOUT_INSTANCE else ("job", "instance"):
        if f'{label}=~"${label}"' not in selector.matchers and 'alertname="Watchdog"' not in selector.matchers:
            yield f'{selector.metric} needs the matcher {label}=~"${label}"'
    if selector.window and not selector.window.startswith("$__"):
        if WINDOWS.get(selector.window, "\0") not in description:
            yield f"{selector.metric}[{selector.window}]: use $__rate_interval, or name the window in the description ({WINDOWS})"


def check_counters(where, expression, families):
    for selector in selectors(expression):
        of_histogram = selector.metric not in families and family(selector.metric, families)
        if selector.window is None and (selector.metric.endswith(("_total", "_bucket")) or of_histogram):
            yield f"{where}: the counter {selector.metric} must be inside rate() or increase()"


def check_dashboards():
    identifiers = set()
    for file, dashboard in dashboards().items():
        titles, numbers = set(), set()
        if dashboard.get("editable") is not False or dashboard.get("schemaVersion") != 39:
            yield f"{file}: must have editable false and schemaVersion 39"
        if dashboard["uid"] in identifiers or dashboard["uid"] != file.removesuffix(".json"):
            yield f"{file}: the uid must be the file's name and unique"
        identifiers.add(dashboard["uid"])
        yield from (f"{file}: {finding}" for finding in check_variables(dashboard))
        for panel in panels(dashboard):
            title = panel.get("title", "")
            if not title or title in titles or panel["id"] in numbers:
                yield f"{file}: panel {panel['id']} {title!r}: title and id must be there and unique"
            titles.add(title)
            numbers.add(panel["id"])
            yield from (f"{file}: panel {title!r}: {finding}" for finding in check_panel(panel))
            for link in panel.get("links", []):
                name = link["url"].rsplit("/", 1)[1]
                if not (RUNBOOKS / f"{name}.md").is_file():
                    yield f"{file}: panel {title!r}: links to the runbook {name}, which does not exist"
        source = DASHBOARDS / f"{file.removeprefix('vitrine-').removesuffix('.json')}.py"
        made = subprocess.run([sys.executable, "-B", source], capture_output=True, text=True, check=False)
        if made.returncode or made.stdout != (DASHBOARDS / file).read_text(encoding="utf-8"):
            yield (f"{file}: differs from what its source makes; run: python3 -B dashboards/{source.name} > dashboards/{file}"
                   f" {made.stderr.strip()}")


def check_promql():
    """Lets promtool parse every expression of the dashboards, as recording rules in a file of their own."""
    groups = []
    for file, dashboard in dashboards().items():
        for number, query in enumerate(queries(dashboard)):
            rule = {"record": f"panel_{number}", "expr": substitute(query.expression, job="vitrine", rate_interval="1m")}
            groups.append({"name": f"{file}: {query.panel} {query.letter} ({number})", "rules": [rule]})
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as rules:
        json.dump({"groups": groups}, rules)
        rules.flush()
        checked = subprocess.run(["promtool", "check", "rules", "--lint=none", rules.name], capture_output=True, text=True, check=False)
    if checked.returncode:
        yield "PromQL: " + (checked.stdout + checked.stderr).strip()


def check_alerts():
    rules, known = alerts(), {dashboard["uid"] for dashboard in dashboards().values()}
    names = {alert.name for alert in rules}
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ALERTS / "tests").glob("*.yml")))
    if not rules:
        yield "alerts: no rule found"
    for alert in rules:
        where = f"alert {alert.name}"
        severity = re.search(r"severity: (\S+)", alert.text)
        always = severity and severity[1] == "none"
        if not severity or severity[1] not in SEVERITIES:
            yield f"{where}: severity must be one of {sorted(SEVERITIES)}"
        if not always and not re.search(r"(?m)^ +for: \S+", alert.text):
            yield f"{where}: needs `for`"
        for key in ("summary", "description", "runbook_url", "dashboard_url"):
            if not re.search(rf"(?m)^ +{key}: \S", alert.text):
                yield f"{where}: needs the annotation {key}"
        if "$value" not in alert.text:
            yield f"{where}: the description must show $value"
        if not re.search(rf'runbook_url: "https://[^"]+/{alert.name}"', alert.text):
            yield f"{where}: runbook_url must end with /{alert.name}"
        if not (uid := re.search(r'dashboard_url: "/d/([\w-]+)', alert.text)) or uid[1] not in known:
            yield f"{where}: dashboard_url must lead to one of {sorted(known)}"
        # A case is "eval_time, alertname, exp_alerts" in that order, on one line or three.
        cases = re.findall(rf"alertname: {alert.name},?\s+exp_alerts:\s*(\[\])?", tests)
        if "" not in cases or (not always and cases.count("[]") < 2):
            yield f"{where}: alerts/tests needs a case that fires, and two that do not (quiet, and before `for`)"
    for missing in sorted(names - {path.stem for path in RUNBOOKS.glob("*.md")}):
        yield f"alert {missing}: docs/runbooks/{missing}.md is missing"
    for path in sorted(RUNBOOKS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path.stem not in names:
            yield f"{path.relative_to(ROOT)}: there is no alert of this name"
        if not text.startswith(f"# {path.stem}\n"):
            yield f"{path.relative_to(ROOT)}: must begin with its alert's name as heading"
        if tuple(re.findall(r"(?m)^## (.+)$", text)) != SECTIONS:
            yield f"{path.relative_to(ROOT)}: must have the sections {', '.join(SECTIONS)}, in this order"


def check_names(families):
    """Both ways: nothing reads a family that does not exist, and no family exists that nobody reads."""
    readers = [(f"{file}: panel {query.panel!r}", query.expression) for file, dashboard in dashboards().items()
               for query in queries(dashboard)]
    readers += [(f"alert {alert.name}", alert.expression) for alert in alerts()]
    read = set()
    for where, expression in readers:
        yield from check_counters(where, expression, families)
        for selector in selectors(expression):
            if selector.metric in FOREIGN:
                continue
            if (found := family(selector.metric, families)) is None:
                yield f"{where}: there is no metric {selector.metric}"
            read.add(found)
    for path in sorted(RUNBOOKS.glob("*.md")):
        for metric in sorted(set(METRIC.findall(path.read_text(encoding="utf-8")))):
            if family(metric, families) is None:
                yield f"{path.relative_to(ROOT)}: there is no metric {metric}"
    for unread in sorted(families - read):
        yield f"family {unread}: no panel and no alert reads it"


def main():
    findings = [*check_dashboards(), *check_promql(), *check_alerts()]
    families = set()
    if len(sys.argv) > 1:
        listed = sys.stdin.read() if sys.argv[1] == "-" else open(sys.argv[1], encoding="utf-8").read()
        families = set(listed.split())
        if not families:
            findings.append("the list of metric families is empty")
        findings += check_names(families)
    for finding in findings:
        print(finding)
    drawn = sum(1 for dashboard in dashboards().values() for _ in panels(dashboard))
    print(f"{drawn} panels, {len(alerts())} alerts, "
          + (f"{len(families)} metric families" if families else "metric names not checked (no list given)")
          + f": {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
