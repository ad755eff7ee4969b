"""Proofs: Prometheus and Alertmanager themselves.

A second Prometheus with an Alertmanager of its own is broken here; it stands for the one of a usual installation. It tells
of its own troubles as long as it can; that it has no Alertmanager is told by the first one, which watches it.
"""

from proving import Lab

# Fails when it is evaluated, because more than one series of `up` is on the right.
FAILING = "groups:\n  - name: failing\n    rules:\n      - record: failing:up\n        expr: up * on () group_left () up\n"


def monitoring(lab, servers):
    server = servers.start("watched")
    second = Lab(lab.stack, lab.binary, name="second")
    # Without a target in the job vitrine it would rightly page all the time.
    second.watch(server.ops, "vitrine", scrape="1s")
    told = second.prometheus.notified
    case = second.case("the receiver of the heartbeat refuses its token; the pager still takes it", "AlertmanagerNotificationsFailing",
                       job="alertmanager")
    case.prove(lambda: told.refusing.add("heartbeat"), lambda: told.refusing.discard("heartbeat"))
    rules = second.prometheus.config / "prometheus" / "rules" / "failing.yml"
    config = second.prometheus.config / "prometheus" / "prometheus.yml"
    shipped = config.read_text()

    def change(file, text):
        if text:
            file.write_text(text)
        else:
            file.unlink()
        second.prometheus.reload()

    failing = second.case("a rule that matches many to many", "PrometheusRuleFailures", job="prometheus")
    failing.prove(lambda: change(rules, FAILING), lambda: change(rules, ""))
    broken = second.case("prometheus.yml with a mistake is reloaded", "MonitoringConfigBroken", job="prometheus")
    broken.prove(lambda: change(config, f"{shipped}\nmistake: true\n"), lambda: change(config, shipped))

    lab.prometheus.write_targets("prometheus", lab.prometheus.url, second.prometheus.url)
    watched = 'prometheus_notifications_alertmanagers_discovered{job="prometheus",instance="%s"}'
    lab.wait_for_value(watched % second.prometheus.url.removeprefix("http://"), 1)
    gone = lab.case("the second Prometheus has no Alertmanager; told by the first, which watches it",
                    "PrometheusNotConnectedToAlertmanager", job="prometheus")
    gone.prove(lambda: second.prometheus.write_targets("alertmanager"),
               lambda: second.prometheus.write_targets("alertmanager", second.prometheus.alerts_url))
    with lab.lock:
        lab.rows += second.rows
    lab.others.append(second)


PROOFS = {
    monitoring: ["PrometheusRuleFailures", "PrometheusNotConnectedToAlertmanager", "AlertmanagerNotificationsFailing",
                 "MonitoringConfigBroken"],
}
