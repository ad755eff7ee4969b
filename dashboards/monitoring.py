"""Monitoring itself: what the server tells, whether Prometheus hears it, and whether an alert would arrive.

The second half reads Prometheus and Alertmanager themselves (jobs prometheus and alertmanager of prometheus/prometheus.yml).
"""

from grafana import paint, series, stat, steps, text_of
from vitrine import FIRST, quantiles, vitrine_dashboard

TELEMETRY = [
    series("Log events", "Log events a second by level.", [("sum by (level) (rate(vitrine_log_events_total{J}[R]))", "{{level}}")], "ops",
           overrides=paint(("error", "red"), ("warn", "orange"))),
    series("Log lines dropped", "Lines dropped over the last 5 minutes because nobody read the output fast enough.",
           [("sum by (instance) (increase(vitrine_log_lines_dropped_total{J}[5m]))", "{{instance}}")], "short", bars=True),
    series("Spans", "Spans a second handed to the exporter, by outcome. Dropped or failed: the collector is down or too slow.",
           [("sum by (outcome) (rate(vitrine_trace_spans_total{J}[R]))", "{{outcome}}")], "ops"),
    series("Traces kept", "Traces a second that the flight recorder kept, by why: /ops/traces on the operations listener lists them, vitrine why explains one.",
           [("sum by (reason) (rate(vitrine_recorder_traces_total{J}[R]))", "{{reason}}")], "ops", overrides=paint(("failed", "red"), ("slow", "orange"))),
    series("Traces not kept", "Traces over the last 5 minutes that were worth keeping and were not: more than ten a second for one reason, or a full disk.",
           [("sum by (instance) (increase(vitrine_recorder_dropped_total{J}[5m]))", "{{instance}}")], "short", bars=True),
    series("Flight recorder on disk", "Bytes of kept traces. At recorder.max_bytes the oldest go.", [("vitrine_recorder_size_bytes{J}", "{{instance}}")], "bytes"),
    series("Series", "Series on the last metrics page. The budget is 8 000.", [("vitrine_metrics_series{J}", "{{instance}}")], "short",
           thresholds=steps("transparent", 8000, "red")),
    series("Label overflow", "Label values folded into _other over the last hour: a bound is too small, or a label is wrong.",
           [("sum by (metric) (increase(vitrine_metrics_label_overflow_total{J}[1h]))", "{{metric}}")], "short", bars=True,
           empty=FIRST),
    series("Rendering the metrics page", "Time to render the metrics page.", quantiles("vitrine_metrics_render_duration_seconds", "J"), "s"),
    series("Scrapes", "Duration of a scrape as Prometheus sees it. Over 10 s it counts as down.", [("scrape_duration_seconds{J}", "{{instance}}")], "s"),
    series("Answered scrapes", "1 while Prometheus gets the metrics page.", [("up{J}", "{{instance}}")], "none", runbook="VitrineDown"),
    series("Alert path", "Watchdog fires as long as Prometheus evaluates rules. It carries no job: it speaks for Prometheus itself.",
           [('sum(ALERTS{alertname="Watchdog",alertstate="firing"})', "Watchdog")], "none", runbook="Watchdog"),
    stat("Series now", "Samples that Prometheus took at the last scrape of each instance. VitrineScrapeTooBig tells above 20 000.",
         [("scrape_samples_scraped{J}", "{{instance}}")], "short", width=8, height=8, mode="value_and_name", trend=False,
         thresholds=steps("green", 8000, "orange", 20000, "red"), runbook="VitrineScrapeTooBig"),
]

STACK = [
    series("Rule evaluations that failed", "Rules that Prometheus could not evaluate, over the last 5 minutes: alerts may be blind.",
           [('sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total{job="prometheus"}[5m]))', "{{rule_group}}")], "short", bars=True,
           runbook="PrometheusRuleFailures"),
    series("Time to evaluate the rules", "How long the last evaluation of each group of rules took. Longer than its interval: evaluations are skipped.",
           [('max by (rule_group) (prometheus_rule_group_last_duration_seconds{job="prometheus"})', "{{rule_group}}")], "s",
           runbook="PrometheusRuleFailures"),
    series("Alertmanagers known", "Alertmanagers that Prometheus sends to. None: no page can leave.",
           [('min(prometheus_notifications_alertmanagers_discovered{job="prometheus"})', "alertmanagers")], "short",
           runbook="PrometheusNotConnectedToAlertmanager"),
    series("Alerts that did not reach Alertmanager", "Alerts that Prometheus could not hand over, over the last 5 minutes.",
           [('sum by (alertmanager) (increase(prometheus_notifications_errors_total{job="prometheus"}[5m]))', "{{alertmanager}}")], "short", bars=True,
           runbook="PrometheusNotConnectedToAlertmanager"),
    series("Notifications", "Notifications a second that Alertmanager sent, by kind of receiver.",
           [('sum by (integration) (rate(alertmanager_notifications_total{job="alertmanager"}[R]))', "{{integration}}")], "ops",
           runbook="AlertmanagerNotificationsFailing"),
    series("Notifications that failed", "Notifications a second that no receiver took.",
           [('sum by (integration) (rate(alertmanager_notifications_failed_total{job="alertmanager"}[R]))', "{{integration}}")], "ops",
           runbook="AlertmanagerNotificationsFailing"),
    series("Alerts held by Alertmanager", "Alerts that Alertmanager knows, by state: suppressed ones are silenced or inhibited.",
           [('sum by (state) (alertmanager_alerts{job="alertmanager"})', "{{state}}")], "short", runbook="Watchdog"),
    series("Configuration read", "1 while the last reading of the configuration succeeded. 0: what runs is older than the files.",
           [('min(prometheus_config_last_reload_successful{job="prometheus"})', "Prometheus"),
            ('min(alertmanager_config_last_reload_successful{job="alertmanager"})', "Alertmanager")], "none", runbook="MonitoringConfigBroken"),
    stat("Last fire drill", "Time since every receiver last acknowledged a drill of every critical alert. Overdue after 35 days.",
         [("time() - max(vitrine_drill_last_success_timestamp_seconds{J})", "")], "s", width=8, height=8, trend=False,
         thresholds=steps("green", 28 * 86400, "orange", 35 * 86400, "red"), runbook="VitrineDrillOverdue",
         empty="no drill has succeeded yet"),
    series("Series in Prometheus", "Series that Prometheus holds in memory, of all jobs.",
           [('max(prometheus_tsdb_head_series{job="prometheus"})', "series")], "short"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-monitoring", "Whether what the other dashboards show can be believed, and whether an alert would arrive.",
    [("What Vitrine tells", False, TELEMETRY), ("Prometheus and Alertmanager", False, STACK)], see="vitrine-runtime")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
