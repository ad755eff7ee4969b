"""The few shapes of Grafana's dashboard JSON (schema 39, the classic model) that Vitrine's dashboards are made of.

A dashboard file calls these and prints JSON; Grafana provisions the printed file. In an expression, J stands for the
job and instance matchers that every selector carries, JR adds the route, JQ the query, and R is the rate window.
"""

import json
import re

MATCHERS = {
    "JQ": 'job=~"$job",instance=~"$instance",db_query_summary=~"$query"',
    "JR": 'job=~"$job",instance=~"$instance",http_route=~"$route"',
    "J": 'job=~"$job",instance=~"$instance"',
    "R": "$__rate_interval",
}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Colours mean the same on every panel.
STATUS_COLOURS = {"2..": "green", "3..": "blue", "4..": "orange", "5..": "red"}


def expand(expression):
    """Replaces the letters of MATCHERS where they stand alone inside {} or []."""
    return re.sub(r"(?<=[{\[,])(JQ|JR|J|R)(?=[}\],])", lambda found: MATCHERS[found[1]], expression)


def steps(*bounds):
    """steps("green", 0.8, "red"): green below 0.8, red from there."""
    rows = [{"color": bounds[0], "value": None}]
    for value, colour in zip(bounds[1::2], bounds[2::2]):
        rows.append({"color": colour, "value": value})
    return {"mode": "absolute", "steps": rows}


def panel(kind, title, text, queries, unit, *, width, height, runbook=None, see=None, empty=None, thresholds=None, low=None,
          high=None, decimals=None, none=None, mappings=(), custom=None, options=None, overrides=(), instant=False,
          form="time_series", transformations=()):
    """`queries` is an expression, or a list of (expression, legend).

    `runbook` is an alert's name and `see` another dashboard's uid: what to open next. `empty` is the reason why a healthy
    server may show nothing here, of all queries or of one ({"B": reason}); it becomes part of the description, and what
    `check-observability live` allows. `none` is the text shown when there is no data.
    """
    if isinstance(queries, str):
        queries = [(queries, "")]
    defaults = {"unit": unit, "color": {"mode": "thresholds" if kind in ("stat", "bargauge") else "palette-classic"},
                "mappings": list(mappings), "thresholds": thresholds or steps("green"), "custom": custom or {}}
    for key, value in (("min", low), ("max", high), ("decimals", decimals), ("noValue", none)):
        if value is not None:
            defaults[key] = value
    made = {
        "type": kind, "title": title, "description": described(text, empty), "datasource": DATASOURCE,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        "options": options or {},
        "targets": [target(index, expression, legend, instant, form)
                    for index, (expression, legend) in enumerate(queries)],
        "links": [],
    }
    if transformations:
        made["transformations"] = list(transformations)
    if runbook:
        made["links"].append(link(f"Runbook {runbook}", f"${{runbooks}}/{runbook}", new_tab=True))
    if see:
        made["links"].append(way_to(see))
    return made


def described(text, empty):
    if isinstance(empty, str):
        return f"{text} May be empty: {empty}."
    return " ".join([text, *(f"Query {letter} may be empty: {reason}." for letter, reason in sorted((empty or {}).items()))])


def way_to(uid, title=None):
    """A link to another dashboard that keeps the time and the variables."""
    return link(title or f"Dashboard {uid}", f"/d/{uid}?${{__url_time_range}}&${{__all_variables}}")


def link(title, url, *, new_tab=False):
    return {"title": title, "url": url, "targetBlank": new_tab, "type": "link", "icon": "", "tooltip": "", "tags": [],
            "asDropdown": False, "includeVars": False, "keepTime": False}


def target(index, expression, legend, instant, form):
    made = {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": expand(expression),
            "legendFormat": legend or "__auto", "instant": instant, "range": not instant, "format": form,
            "editorMode": "code"}
    # Dots that lead to the trace of one slow request.
    if "http_server_request_duration_seconds_bucket" in expression and not instant:
        made["exemplar"] = True
    return made


def stat(title, text, queries, unit, *, width=3, height=3, trend=True, mode="value", **more):
    """One big number. `trend` draws its history behind it."""
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "graphMode": "area" if trend else "none", "colorMode": "background" if more.get("thresholds") else "value",
               "textMode": mode, "justifyMode": "center", "orientation": "auto", "wideLayout": True,
               "showPercentChange": False}
    return panel("stat", title, text, queries, unit, width=width, height=height, options=options,
                 instant=not trend, **more)


def series(title, text, queries, unit, *, width=8, height=8, stack=False, bars=False, low=0, **more):
    """Lines over time. Thresholds are drawn as lines, at the value where an alert fires."""
    custom = {"drawStyle": "bars" if bars else "line", "lineWidth": 1, "fillOpacity": 60 if bars else 25 if stack else 8,
              "showPoints": "never", "spanNulls": False, "axisSoftMin": 0, "lineInterpolation": "linear",
              "stacking": {"mode": "normal" if stack else "none", "group": "A"},
              "thresholdsStyle": {"mode": "line" if more.get("thresholds") else "off"}}
    options = {"legend": {"displayMode": "table", "placement": "bottom", "showLegend": True,
                          "calcs": ["lastNotNull", "max"]},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, text, queries, unit, width=width, height=height, low=low, custom=custom,
                 options=options, **more)


def bars(title, text, queries, unit, *, low=0, **more):
    """The longest first, one bar a label value, now."""
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "displayMode": "basic",
               "orientation": "horizontal", "showUnfilled": True, "valueMode": "color", "namePlacement": "auto",
               "sizing": "auto", "minVizHeight": 16, "minVizWidth": 8, "maxVizHeight": 24}
    return panel("bargauge", title, text, queries, unit, width=more.pop("width", 8), height=more.pop("height", 8),
                 options=options, instant=True, low=low, **more)


def states(title, text, queries, *, width=8, height=5, **more):
    """Up or down over time, one band a label value."""
    options = {"mergeValues": True, "showValue": "never", "alignValue": "left", "rowHeight": 0.8,
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
               "tooltip": {"mode": "single", "sort": "none"}}
    made = panel("state-timeline", title, text, queries, "bool_yes_no", width=width, height=height, options=options,
                 custom={"fillOpacity": 80, "lineWidth": 0}, thresholds=steps("red", 1, "green"), **more)
    made["fieldConfig"]["defaults"]["color"] = {"mode": "thresholds"}
    return made


def heatmap(title, text, expression, unit, *, width=8, height=8, **more):
    """Counts by histogram bucket over time."""
    options = {"calculate": False, "cellGap": 1, "cellValues": {"unit": "short"}, "yAxis": {"unit": unit},
               "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64, "scale": "exponential", "exponent": 0.5,
                         "fill": "dark-orange", "reverse": False},
               "exemplars": {"color": "rgba(255,0,255,0.7)"}, "filterValues": {"le": 1e-9},
               "legend": {"show": True}, "rowsFrame": {"layout": "auto"},
               "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False}}
    return panel("heatmap", title, text, [(expression, "{{le}}")], unit, width=width, height=height, options=options,
                 form="heatmap", **more)


def table(title, text, queries, unit, *, names, hidden=(), units=(), drill=(), width=12, height=8, **more):
    """`names` renames the labels and values to column titles; `units` gives a column title its unit.

    `drill` makes the cells of a column links: (column title, uid, variable that takes the cell's value).
    """
    overrides = [{"matcher": {"id": "byName", "options": name}, "properties": [{"id": "unit", "value": value}]}
                 for name, value in units]
    for name, uid, variable in drill:
        url = f"/d/{uid}?var-{variable}=${{__value.raw:percentencode}}&${{job:queryparam}}&${{instance:queryparam}}&${{__url_time_range}}"
        overrides.append({"matcher": {"id": "byName", "options": name}, "properties": [
            {"id": "links", "value": [{"title": f"Open {uid}", "url": url, "targetBlank": False}]}]})
    transformations = [{"id": "merge", "options": {}},
                       {"id": "organize", "options": {"excludeByName": {name: True for name in ("Time", *hidden)},
                                                      "indexByName": {name: at for at, name in enumerate(names)},
                                                      "renameByName": dict(names)}}]
    options = {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": []}}
    return panel("table", title, text, queries, unit, width=width, height=height, options=options, instant=True,
                 form="table", overrides=overrides, transformations=transformations,
                 custom={"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True}, **more)


def paint(*rules):
    """paint(("5..", "red")): a fixed colour for the series whose name matches."""
    return [{"matcher": {"id": "byRegexp", "options": f"/^{name}$/"},
             "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]}
            for name, colour in rules]


def choice(name, label, query):
    """A variable filled from label values: several at once, or all."""
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "query": {"query": query, "refId": name},
            "definition": query, "refresh": 2, "sort": 1, "multi": True, "includeAll": True, "allValue": ".+", "hide": 0,
            "regex": "", "skipUrlSync": False, "options": [], "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def variables(runbooks):
    """The variables that every dashboard has, in Grafana's order of dependence."""
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1, "hide": 0,
         "regex": "", "multi": False, "includeAll": False, "skipUrlSync": False, "options": [],
         "current": {"selected": False, "text": "default", "value": "default"}},
        choice("job", "Job", "label_values(vitrine_build_info, job)"),
        choice("instance", "Instance", 'label_values(vitrine_build_info{job=~"$job"}, instance)'),
        # The one place that says where docs/runbooks is published.
        {"name": "runbooks", "label": "Runbooks", "type": "constant", "query": runbooks, "hide": 2, "skipUrlSync": True,
         "options": [], "current": {"selected": False, "text": runbooks, "value": runbooks}},
    ]


def annotation(name, expression, title, colour, *, at_value=False):
    return {"name": name, "datasource": DATASOURCE, "enable": True, "hide": False, "iconColor": colour,
            "expr": expand(expression), "titleFormat": title, "textFormat": "{{instance}}", "step": "15s",
            "useValueForTime": "on" if at_value else ""}


def rows(*groups):
    """Numbers and places the panels of (title, collapsed, panels), from the left, wrapping at 24 columns.

    A collapsed row holds its panels inside itself, an open one is followed by them.
    """
    placed, identifier, top = [], 0, 0
    for title, collapsed, members in groups:
        identifier += 1
        row = {"id": identifier, "type": "row", "title": title, "collapsed": collapsed, "panels": [],
               "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}}
        placed.append(row)
        left, line, tallest = 0, top + 1, 0
        for member in members:
            identifier += 1
            size = member["gridPos"]
            if left + size["w"] > 24:
                left, line, tallest = 0, line + tallest, 0
            member = {"id": identifier, **member, "gridPos": {"x": left, "y": line, **size}}
            left, tallest = left + size["w"], max(tallest, size["h"])
            (row["panels"] if collapsed else placed).append(member)
        top = top + 1 if collapsed else line + tallest
    return placed


def dashboard(uid, title, text, tags, templating, annotations, links, panels):
    return {"uid": uid, "title": title, "description": text, "tags": tags, "schemaVersion": 39, "version": 1,
            "editable": False, "graphTooltip": 1, "refresh": "30s", "timezone": "browser", "fiscalYearStartMonth": 0,
            "liveNow": False, "time": {"from": "now-1h", "to": "now"}, "timepicker": {}, "weekStart": "",
            "templating": {"list": templating}, "annotations": {"list": annotations}, "links": links, "panels": panels}


def text_of(value):
    """JSON with every object that fits on one line on one line, so that a change reads as a change."""
    return lay_out(value, 0) + "\n"


def lay_out(value, depth):
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + 2 * depth <= 120 or not isinstance(value, (dict, list)):
        return flat
    margin = "  " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{margin}{json.dumps(key)}: {lay_out(member, depth + 1)}" for key, member in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + "  " * depth + "}"
    return "[\n" + ",\n".join(margin + lay_out(member, depth + 1) for member in value) + "\n" + "  " * depth + "]"
