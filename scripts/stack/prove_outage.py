"""A database outage with everything as it is shipped: scrapes, windows, routes. From the fault to the pager, and back."""

import time

from peers import Pace, Postgres, Prometheus
from processes import Failure, answers, wait_for
from vitrine import Vitrine

ALERT = "VitrineDatabaseDown"
# From the fault to the receiver.
BAR_S = 90
# group_interval is five minutes: a notice of the end may have to wait for it.
RESOLVED_S = 480


def prove(stack, binary, say):
    cluster = Postgres(stack)
    server = Vitrine(stack, binary, database__url=cluster.url)
    wait_for("the site answers", answers(f"{server.url}/"))
    prometheus = Prometheus(stack, [server.ops], Pace(lambda config: None, []))
    wait_for("Prometheus knows that the database answers",
             lambda: prometheus.value('vitrine_dependency_up{dependency="database"}') == 1, 60)

    def notice(status, since):
        return lambda: next((notice for notice in list(prometheus.notified.notices) if notice.at >= since and notice.status == status
                             and notice.labels["alertname"] == ALERT), None)

    if early := notice("firing", 0)():
        raise Failure(f"{ALERT} was told before the outage: {early}")
    stopped = time.monotonic()
    cluster.stop()
    told = wait_for(f"somebody is told of {ALERT}", notice("firing", stopped), 2 * BAR_S)
    seconds = told.at - stopped
    say(f"  {ALERT}: {told.receiver} was told {seconds:.1f} s after PostgreSQL was stopped (at most {BAR_S} s)")
    started = time.monotonic()
    cluster.start()
    resolved = wait_for(f"somebody is told that {ALERT} is over", notice("resolved", started), RESOLVED_S)
    say(f"  {ALERT}: {resolved.receiver} was told that it is over {resolved.at - started:.1f} s after PostgreSQL was started")
    if (told.receiver, resolved.receiver) != ("page", "page"):
        raise Failure(f"{ALERT} goes to {told.receiver} and {resolved.receiver}, not to page")
    if seconds > BAR_S:
        raise Failure(f"{ALERT} reached its receiver after {seconds:.1f} s, later than {BAR_S} s")
