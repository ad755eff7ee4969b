"""Checks the alerts with what belongs to them, both ways: runbook, dashboard, test, and the routes of Alertmanager."""

import re

from bundle import ALERTS, alerts, dashboards, panels, runbooks

SECTIONS = ("Meaning", "Impact", "Diagnose", "Mitigate", "Verify")
SEVERITIES = {"critical", "warning", "info", "none"}
UNITS = {"s": "second", "m": "minute", "h": "hour"}


def severity_of(alert):
    found = re.search(r"severity: (\S+)", alert.text)
    return found[1] if found else ""


def lasting(alert):
    """`for`, as a runbook says it: "at once", "after 5 minutes"; empty without one."""
    found = re.search(r"(?m)^ +for: (\d+)([smh])$", alert.text)
    if not found:
        return ""
    return "at once" if found[1] == "0" else f"after {found[1]} {UNITS[found[2]]}{'' if found[1] == '1' else 's'}"


def check_alert(alert, boards, tests):
    severity = severity_of(alert)
    always = severity == "none"
    if severity not in SEVERITIES:
        yield f"severity must be one of {sorted(SEVERITIES)}"
    if not always and not lasting(alert):
        yield "needs `for`, 0m when it must not wait"
    for key in ("summary", "description", "runbook_url", "dashboard_url"):
        if not re.search(rf"(?m)^ +{key}: \S", alert.text):
            yield f"needs the annotation {key}"
    if "$value" not in alert.text:
        yield "the description must show $value"
    if re.search(r"(?m)^ +summary: .*\{\{", alert.text):
        yield "the summary must be a sentence without values: it is what alerts are grouped by"
    if not re.search(rf'runbook_url: "https://[^"]+/{alert.name}"', alert.text):
        yield f"runbook_url must end with /{alert.name}"
    link = re.search(r'dashboard_url: "/d/([\w-]+)(?:\?([^"]*))?"', alert.text)
    if not link or f"{link[1]}.json" not in boards:
        yield f"dashboard_url must lead to one of {sorted(board['uid'] for board in boards.values())}"
    else:
        variables = {variable["name"] for variable in boards[f"{link[1]}.json"]["templating"]["list"]}
        for name in re.findall(r"var-(\w+)=", link[2] or ""):
            if name not in variables:
                yield f"dashboard_url sets the variable {name}, which {link[1]} has not"
    # A case is "eval_time, alertname, exp_alerts" in that order, on one line or three.
    cases = re.findall(rf"alertname: {alert.name},?\s+exp_alerts:\s*(\[\])?", tests)
    if "" not in cases or (not always and cases.count("[]") < 2):
        yield "alerts/tests needs a case that fires, and two that do not (quiet, and before `for`)"


def check_runbook(name, text, alert, titles):
    if not text.startswith(f"# {name}\n"):
        yield "must begin with its alert's name as heading"
    if tuple(re.findall(r"(?m)^## (.+)$", text)) != SECTIONS:
        yield f"must have the sections {', '.join(SECTIONS)}, in this order"
    beginning = f"{severity_of(alert)}: always" if severity_of(alert) == "none" else f"{severity_of(alert)}, {lasting(alert)}."
    if not text.split("\n")[2].startswith(beginning):
        yield f"its third line must begin with {beginning!r}, as the rule says"
    if len(text.partition("## Verify")[2].strip()) < 20:
        yield "must say how to verify that it is over"
    for listed in re.findall(r'[Pp]anels? ((?:"[^"]+"(?:, | and |, and | or |; then )?)+)', text):
        for title in re.findall(r'"([^"]+)"', listed):
            if " ".join(title.split()) not in titles:
                yield f"names the panel {title!r}, which no dashboard has"
    for link in re.findall(r"\]\((\w+)\.md", text):
        if link not in runbooks():
            yield f"links to {link}.md, which is not there"


def findings():
    rules, books, boards = {alert.name: alert for alert in alerts()}, runbooks(), dashboards()
    titles = {panel["title"] for board in boards.values() for panel in panels(board)}
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ALERTS / "tests").glob("*.yml")))
    if not rules or len(rules) != len(alerts()):
        yield "alerts: no rule found, or a name twice"
    for name, alert in rules.items():
        yield from (f"{alert.file}: {name}: {finding}" for finding in check_alert(alert, boards, tests))
        if name not in books:
            yield f"{alert.file}: docs/runbooks/{name}.md is missing"
    for name, text in books.items():
        if name not in rules:
            yield f"docs/runbooks/{name}.md: there is no alert of this name"
        else:
            yield from (f"docs/runbooks/{name}.md: {finding}" for finding in check_runbook(name, text, rules[name], titles))
    routes = (ALERTS / "alertmanager.yml").read_text(encoding="utf-8")
    for listed in re.findall(r'alertname(?:=|=~)"([^"]+)"', routes):
        for name in listed.split("|"):
            if name not in rules:
                yield f"alertmanager.yml names the alert {name}, which does not exist"
    for name in re.findall(r"alertname: (\w+)", tests):
        if name not in rules:
            yield f"alerts/tests names the alert {name}, which does not exist"
