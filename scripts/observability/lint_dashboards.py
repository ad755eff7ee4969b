"""Checks the dashboards: the rules of Grafana's dashboard-linter that apply to Prometheus, and a few of our own.

Where a rule of that linter has an exception here, it is one of these, each with its reason:
- ALERTS has no label instance; Watchdog has neither, because it speaks for Prometheus;
- slo:… are recorded for a job, over its instances;
- prometheus_… and alertmanager_… come from those two jobs, whatever $job is.
"""

import json
import re
import subprocess
import sys
import tempfile

from bundle import DASHBOARDS, RUNBOOKS, dashboards, panels, queries, substitute
from catalogue import PEERS
from promql import matchers, selectors

UNITS = {"none", "short", "s", "d", "bytes", "percentunit", "Bps", "reqps", "ops", "cps", "bool_yes_no"}
# A fixed window must be named in the panel's description, so that nobody reads it as the window of the zoom.
WINDOWS = {"5m": "5 minutes", "1h": "hour", "24h": "24 hours"}
DRILL = re.compile(r"/d/([\w-]+)(?:\?(.*))?$")


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
    used = set(re.findall(r"\$(?:\{)?([a-z]\w*)", json.dumps([dashboard["panels"], dashboard["templating"]])))
    for name in sorted(used - variables.keys()):
        yield f"there is no variable ${name}"


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
        wanted = "http_server_request_duration_seconds_bucket" in target["expr"] and target["range"]
        if wanted != target.get("exemplar", False):
            yield "exemplars must be on for the latency of requests, and only there"
        for selector in selectors(target["expr"]):
            yield from check_selector(selector, panel["description"])


def check_selector(selector, description):
    found = matchers(selector)
    if selector.metric in PEERS:
        wanted = [("job", "=", selector.metric.split("_")[0])]
    elif ("alertname", "=", "Watchdog") in found:
        wanted = []
    elif selector.metric == "ALERTS" or ":" in selector.metric:
        wanted = [("job", "=~", "$job")]
    else:
        wanted = [("job", "=~", "$job"), ("instance", "=~", "$instance")]
    for label, operator, value in wanted:
        if (label, operator, value) not in found:
            yield f'{selector.metric} needs the matcher {label}{operator}"{value}"'
    if selector.window and not selector.window.startswith("$__"):
        if WINDOWS.get(selector.window, "\0") not in description:
            yield f"{selector.metric}[{selector.window}]: use $__rate_interval, or name the window in the description ({WINDOWS})"


def check_links(panel, boards):
    """Every panel leads on: to a runbook, or to a dashboard that has the variables which the link sets."""
    links = [link["url"] for link in panel.get("links", [])]
    if not links:
        yield "needs a link to a runbook or to another dashboard"
    for override in panel["fieldConfig"]["overrides"]:
        links += [link["url"] for prop in override["properties"] if prop["id"] == "links" for link in prop["value"]]
    for url in links:
        if url.startswith("${runbooks}/"):
            name = url.rsplit("/", 1)[1]
            if not (RUNBOOKS / f"{name}.md").is_file():
                yield f"links to the runbook {name}, which does not exist"
        elif not (found := DRILL.match(url)) or f"{found[1]}.json" not in boards:
            yield f"links to {url}, which is no runbook and no dashboard"
        else:
            names = {variable["name"] for variable in boards[f"{found[1]}.json"]["templating"]["list"]}
            for name in re.findall(r"var-(\w+)=", found[2] or ""):
                if name not in names:
                    yield f"links to {found[1]} with the variable {name}, which it has not"


def check_dashboards():
    boards = dashboards()
    for file, dashboard in boards.items():
        titles, numbers = set(), set()
        if dashboard.get("editable") is not False or dashboard.get("schemaVersion") != 39:
            yield f"{file}: must have editable false and schemaVersion 39"
        if dashboard["uid"] != file.removesuffix(".json"):
            yield f"{file}: the uid must be the file's name"
        yield from (f"{file}: {finding}" for finding in check_variables(dashboard))
        for panel in panels(dashboard):
            title = panel.get("title", "")
            if not title or title in titles or panel["id"] in numbers:
                yield f"{file}: panel {panel['id']} {title!r}: title and id must be there and unique"
            titles.add(title)
            numbers.add(panel["id"])
            yield from (f"{file}: panel {title!r}: {finding}" for finding in check_panel(panel))
            yield from (f"{file}: panel {title!r}: {finding}" for finding in check_links(panel, boards))
        if not any(annotation["name"] == "Starts and deploys" for annotation in dashboard["annotations"]["list"]):
            yield f"{file}: must show starts and deploys"


def check_generated():
    made = subprocess.run([sys.executable, "-B", DASHBOARDS / "generate.py", "--check"], capture_output=True, text=True, check=False)
    if made.returncode:
        yield f"dashboards: {(made.stdout + made.stderr).strip()}\n  write them with: python3 -B dashboards/generate.py"


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


def findings():
    yield from check_generated()
    yield from check_dashboards()
    yield from check_promql()
