"""Jobs and schedule: whether work in the background is done, in time, and whether pages go live when they should."""

from grafana import paint, series, stat, steps, text_of
from vitrine import FIRST, p95, quantiles, vitrine_dashboard

QUIET = "a quiet site has jobs only every quarter of an hour"

QUEUE = [
    stat("Jobs that gave up", "Jobs that failed for good and wait for somebody: vitrine job list dead says why.",
         [('max(sum by (job, instance) (vitrine_jobs{J,state="dead"}))', "dead")], "short", width=6, height=5, trend=False, decimals=0,
         thresholds=steps("green", 1, "red"), runbook="VitrineJobsDead"),
    stat("Oldest that is due", "How long the oldest job that is due has waited. Seconds are usual, minutes are not.",
         [("max(vitrine_job_oldest_ready_age_seconds{J})", "oldest")], "s", width=6, height=5, trend=False,
         thresholds=steps("green", 60, "orange", 900, "red"), runbook="VitrineJobsStuck"),
    stat("Pages that are overdue", "Pages whose scheduled publication or expiry is more than 10 seconds late.",
         [("max(vitrine_scheduled_publish_overdue{J})", "pages")], "short", width=6, height=5, trend=False, decimals=0,
         thresholds=steps("green", 1, "red"), runbook="VitrineScheduledPublishOverdue"),
    stat("Workers", "Places for jobs on all nodes, by whether one runs there. None: every process has server.role = web.",
         [("sum by (state) (vitrine_job_workers{J})", "{{state}}")], "short", width=6, height=5, trend=False, decimals=0,
         mode="value_and_name"),
    series("Jobs by state", "Jobs in each queue that are not done. Scheduled ones wait for their time; ready ones for a worker.",
           [("max by (queue, state) (vitrine_jobs{J}) > 0", "{{queue}} {{state}}")], "short", stack=True, overrides=paint(("publish dead", "red")),
           empty="nothing waits on a quiet site"),
    series("Age of the oldest job", "Age of the oldest job that is due and not begun, by queue.",
           [("max by (queue) (vitrine_job_oldest_ready_age_seconds{J})", "{{queue}}")], "s", runbook="VitrineJobsStuck"),
    series("Attempts", "Attempts at jobs a second, by kind and how they ended. Lost: a worker was too slow to keep its lease.",
           [("sum by (kind, outcome) (rate(vitrine_job_executions_total{J}[R]))", "{{kind}} {{outcome}}")], "ops", stack=True),
    series("Work on many at once", "Pages and files over the last hour that editors worked on many at once, by what was done and how it went. failed: the server gave one up after five attempts.",
           [("sum by (action, outcome) (increase(vitrine_bulk_items_total{J}[1h]))", "{{action}} {{outcome}}")], "short", bars=True, stack=True, empty=FIRST),
    series("Wait for a worker", "From the time a job is due to its start, by queue. The objective jobs promises a minute.",
           [("histogram_quantile(0.95, sum by (queue, le) (rate(vitrine_job_queue_delay_seconds_bucket{J}[R])))", "{{queue}} p95")], "s", empty=QUIET),
    series("Time of an attempt", "How long attempts take, by kind: the worst ten.",
           [("topk(10, histogram_quantile(0.95, sum by (kind, le) (rate(vitrine_job_duration_seconds_bucket{J}[R]))))", "{{kind}} p95")], "s", empty=QUIET),
]

MAIL = [
    series("Mails", "Mails over the last hour, by outcome. written: no mail server is set, and they are in the folder mail of data.dir.",
           [("sum by (outcome) (increase(vitrine_mail_send_duration_seconds_count{J}[1h]))", "{{outcome}}")], "short", bars=True, stack=True,
           overrides=paint(("failed", "red")), empty=FIRST),
    series("Time of a mail", "95th percentile of the time a mail takes to be sent, by outcome, over the last hour. A server that does not answer is given up after 20 s.",
           p95("vitrine_mail_send_duration_seconds", "outcome", "1h"), "s", empty=FIRST),
]

WEBHOOKS = [
    stat("Oldest delivery that is due", "How long the oldest delivery of an active webhook is overdue. Seconds are usual.",
         [("max(vitrine_webhook_oldest_due_age_seconds{J})", "oldest")], "s", width=6, height=8, trend=False,
         thresholds=steps("green", 60, "orange", 900, "red"), runbook="VitrineWebhooksStuck"),
    stat("Webhooks", "Webhooks, by their state. Disabled: nothing was taken for days, and whoever made it was mailed.",
         [("max by (state) (vitrine_webhook_endpoints{J})", "{{state}}")], "short", width=6, height=8, trend=False, decimals=0,
         mode="value_and_name"),
    series("Deliveries", "Attempts to deliver a second, by outcome. gave_up: the last attempt failed too, and the delivery is kept for somebody to look at.",
           [("sum by (outcome) (rate(vitrine_webhook_deliveries_total{J}[R]))", "{{outcome}}")], "ops", stack=True,
           overrides=paint(("gave_up", "red"), ("delivered", "green")), runbook="VitrineWebhookFailing", empty=FIRST),
    series("Deliveries that are taken", "Share of the attempts that a webhook takes, by its number.",
           [("sum by (endpoint) (rate(vitrine_webhook_deliveries_total{J,outcome=\"delivered\"}[R])) / (sum by (endpoint) (rate(vitrine_webhook_deliveries_total{J}[R])) > 0)",
             "{{endpoint}}")], "percentunit", runbook="VitrineWebhookFailing", empty=FIRST),
    series("Time of a delivery", "95th percentile of the time until a receiver has answered, by the number of the webhook.",
           p95("vitrine_webhook_delivery_duration_seconds", "endpoint"), "s", empty=FIRST),
    series("Deliveries that wait", "For their turn, or for another attempt, by the number of the webhook.",
           [("max by (endpoint) (vitrine_webhook_pending{J})", "{{endpoint}}")], "short", empty=FIRST),
]

SCHEDULE = [
    series("How late pages are", "From the time a page was scheduled for to its publication or expiry. The objective freshness promises a minute.",
           quantiles("vitrine_scheduled_publish_lag_seconds", "J"), "s", empty=FIRST),
    stat("Will not go live", "Pages that are to go live within a day and would be refused as they are: vitrine page scheduled says why.",
         [("max(vitrine_scheduled_publish_refused{J})", "pages")], "short", width=6, height=8, decimals=0,
         thresholds=steps("green", 1, "orange"), runbook="VitrineScheduledPublishRefused"),
    series("Periodic tasks", "Time since each task last succeeded, as a share of its interval. Above 3 an alert tells.",
           [("(time() - max by (kind) (vitrine_cron_last_success_timestamp_seconds{J})) / max by (kind) (vitrine_cron_interval_seconds{J})",
             "{{kind}}")], "short", runbook="VitrineCronOverdue"),
]

DASHBOARD = vitrine_dashboard(
    "vitrine-jobs", "Whether work in the background is done, in time, and whether pages go live when they should.",
    [("Queue", False, QUEUE), ("Schedule", False, SCHEDULE), ("Webhooks", False, WEBHOOKS), ("Mail", False, MAIL)], see="vitrine-content")

if __name__ == "__main__":
    print(text_of(DASHBOARD), end="")
