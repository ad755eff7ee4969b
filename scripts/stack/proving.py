"""Cases: a fault that is caused for real, the alerts that have to tell of it, and the end of both."""

import json
import shutil
import threading
import time
import urllib.parse
from collections import namedtuple
from dataclasses import dataclass

from peers import Pace, Prometheus
from processes import HOST, Failure, answers, fetch, free_port, wait_for
from scaled import scale_folder
from vitrine import Vitrine

# Who has to hear of an alert, by its severity. Nobody is told of info: it is looked at in Alertmanager.
RECEIVERS = {"critical": "page", "warning": "ticket", "info": "nobody", "none": "heartbeat"}
SCRAPE = "500ms"
# For what is slow to tell and reads gauges: a scrape that fails begins its wait anew, and may take as long as this.
SLOW_SCRAPE = "2s"
# For the arrival of an alert and of its end: many times what is usual, because machines of CI stall.
PATIENCE_S = 120
# For what waits a minute before it tells.
LONG_PATIENCE_S = 240
# Scrapes of a server before anything is done to it.
SCRAPES_BEFORE = 4

Row = namedtuple("Row", "alert receiver told_s resolved_s how")


@dataclass(frozen=True)
class Alert:
    """One alert with the labels that tell it from those of other faults."""

    name: str
    labels: tuple

    def is_of(self, labels):
        return labels["alertname"] == self.name and all(labels.get(name) == value for name, value in self.labels)

    def __str__(self):
        return f"{self.name}{{{', '.join(f'{name}={value}' for name, value in self.labels)}}}"


class Lab:
    """A Prometheus with scaled rules, its Alertmanager, and the servers that it watches."""

    def __init__(self, stack, binary, name="prometheus", scrape=SCRAPE):
        self.stack, self.binary, self.targets, self.rows, self.lock = stack, binary, [], [], threading.Lock()
        # Labs beside this one, and alerts that this machine does not let us prove: {name: reason}.
        self.others, self.spared = [], {}
        pace = Pace(lambda config: scale_folder(config, scrape), ["--rules.alert.resend-delay=2s"])
        self.prometheus = Prometheus(stack, [], pace, name)
        self.severities = {rule["name"]: rule["labels"]["severity"] for rule in self.wait_for_rules()}

    def wait_for_rules(self):
        def evaluated():
            rules = self.prometheus.alerting_rules()
            return rules and all(rule["health"] != "unknown" for rule in rules) and rules

        rules = wait_for("every alert was evaluated", evaluated)
        if sick := [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] != "ok"]:
            raise Failure("\n".join(sick))
        return rules

    def watch(self, url, job, scrape=SCRAPE):
        """Lets Prometheus scrape a server as part of `job`, and waits until it does."""
        with self.lock:
            self.targets.append((url, {"job": job, "__scrape_interval__": scrape, "__scrape_timeout__": scrape}))
            self.prometheus.write_targets("vitrine", *self.targets)
        instance = url.removeprefix("http://")
        seen = f'count_over_time(up{{job="{job}",instance="{instance}"}}[1m])'
        wait_for(f"Prometheus scrapes {job} {instance}", lambda: (self.prometheus.value(seen) or 0) >= SCRAPES_BEFORE, 60)
        return instance

    def wait_for_value(self, expression, value):
        wait_for(f"{expression} is {value}", lambda: self.prometheus.value(expression) == value, 60)

    def told(self, alert, since):
        """What the receivers were told of an alert since then, drills left out."""
        notices = list(self.prometheus.notified.notices)
        return [notice for notice in notices
                if notice.at >= since and alert.is_of(notice.labels) and notice.labels.get("drill") != "true"]

    def shown(self, alert):
        """The names of the receivers that Alertmanager has for an alert that fires, whether or not they are called."""
        query = urllib.parse.urlencode({"filter": f'alertname="{alert.name}"'})
        _, _, body = fetch(f"{self.prometheus.alerts_url}/api/v2/alerts?{query}")
        return [receiver["name"] for found in json.loads(body) if alert.is_of(found["labels"]) for receiver in found["receivers"]]

    def state(self, alert):
        """inactive, pending or firing, as Prometheus sees it."""
        active = self.prometheus.ask("alerts")["alerts"]
        states = {found["state"] for found in active if alert.is_of(found["labels"])}
        return next((state for state in ("firing", "pending") if state in states), "inactive")

    def seen_of(self, alert):
        """For whoever reads of a failure."""
        notices = [f"{notice.receiver} {notice.status} {notice.labels}" for notice in self.told(alert, 0)][-4:]
        rule = next(rule for rule in self.prometheus.alerting_rules() if rule["name"] == alert.name)
        active = [f"{found['state']} {found['labels']} = {found['value']}" for found in rule["alerts"]][:4]
        return f"{alert}: {self.state(alert)} in Prometheus; told: {notices or 'nothing'}; of this rule: {active or 'nothing'}; " \
               f"health {rule['health']} {rule.get('lastError', '')}"

    def case(self, how, *names, **labels):
        """One fault and the alerts that tell of it."""
        return Case(self, how, [Alert(name, tuple(sorted(labels.items()))) for name in names])

    def wrongly_told(self):
        """Notices that went to another receiver than their severity says."""
        return sorted({f"{notice.labels['alertname']} ({notice.labels['severity']}) was told to {notice.receiver}"
                       for notice in list(self.prometheus.notified.notices)
                       if RECEIVERS[notice.labels["severity"]] != notice.receiver})


class Case:
    """`cause`, `arrive`, `undo`, `resolve`, in this order; `prove` does all four."""

    def __init__(self, lab, how, alerts):
        self.lab, self.how, self.alerts, self.arrived = lab, how, alerts, {}
        if unknown := {alert.name for alert in alerts} - lab.severities.keys():
            raise Failure(f"there is no alert {', '.join(unknown)}")

    def receiver(self, alert):
        return RECEIVERS[self.lab.severities[alert.name]]

    def cause(self, work):
        """Nothing may fire before; then `work` breaks something."""
        for alert in self.alerts:
            last = self.lab.told(alert, 0)[-1:]
            if self.lab.state(alert) == "firing" or (last and last[0].status == "firing"):
                raise Failure(f"fires before its cause ({self.how}): {self.lab.seen_of(alert)}")
        self.began = time.monotonic()
        work()
        return self

    def arrive(self, within_s=PATIENCE_S):
        """Every alert must reach its receiver."""
        for alert in self.alerts:
            self.arrived[alert] = self.wait(alert, "firing", self.began, within_s)
        return self

    def undo(self, work):
        self.ended = time.monotonic()
        work()
        return self

    def resolve(self, within_s=PATIENCE_S):
        """Every receiver must hear that it is over."""
        for alert in self.alerts:
            resolved = self.wait(alert, "resolved", self.ended, within_s)
            self.lab.rows.append(Row(alert.name, self.receiver(alert), self.arrived[alert] - self.began, resolved - self.ended, self.how))
        return self

    def prove(self, cause, undo, within_s=PATIENCE_S):
        return self.cause(cause).arrive(within_s).undo(undo).resolve(within_s)

    def wait(self, alert, status, since, within_s):
        """When its receiver was told."""
        receiver = self.receiver(alert)

        def told():
            if receiver == "nobody":
                shown = self.lab.shown(alert)
                return time.monotonic() if (shown == [receiver] if status == "firing" else not shown) else None
            return next((notice.at for notice in self.lab.told(alert, since)
                         if notice.receiver == receiver and notice.status == status), None)

        try:
            return wait_for(f"{receiver} is told that {alert} is {status}", told, within_s)
        except Failure as failure:
            raise Failure(f"{failure}. Cause: {self.how}. {self.lab.seen_of(alert)}") from None


class Servers:
    """Copies of one seeded server, on SQLite, each with its own data."""

    def __init__(self, stack, binary):
        self.stack, self.binary, self.seed = stack, binary, stack.dir / "seed"
        first = Vitrine(stack, binary, name="seed", data=self.seed)
        wait_for("the site is seeded", answers(f"{first.url}/"))
        if stack.end(first.program) != 0:
            raise Failure("the server that seeded did not end well")

    def start(self, name, data=None, before=(), binary=None, **settings):
        """A server that answers, with faults allowed. Without `data` it gets a copy of the seed, and ports that stay."""
        if data is None:
            data = self.stack.dir / f"{name}-data"
            shutil.copytree(self.seed, data)
        settings = {"server__listen": f"{HOST}:{free_port()}", "server__ops_listen": f"{HOST}:{free_port()}"} | settings
        server = Vitrine(self.stack, binary or self.binary, name=name, env={"VITRINE_FAULTS": "1"}, before=before, data=data, **settings)
        if "tls__key_file" not in settings and settings.get("server__role") != "worker":
            wait_for(f"{name} answers", answers(f"{server.url}/"))
        return server


def table(rows):
    """The rows in columns."""
    head = Row("alert", "receiver", "told after", "resolved after", "caused by")
    cells = [head] + [row._replace(told_s=f"{row.told_s:.1f} s", resolved_s=f"{row.resolved_s:.1f} s") for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row[:4], widths)), row.how]) for row in cells]
