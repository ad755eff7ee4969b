"""Proofs: background work that nobody does, that gave up, or that does not come back, and pages that are late."""

import datetime
import time

from causes import on_database
from processes import wait_for


def soon(seconds):
    """A time, as the command line takes it."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def jobs(lab, servers):
    """A site whose worker is missing, and one whose jobs cannot succeed."""
    stuck(lab, servers)
    gave_up(lab, servers)


def a_draft(server):
    """The id of a page that is off the site."""
    page = list(server.seeded().values())[-1]
    server.command("page", "unpublish", page)
    return page


def stuck(lab, servers):
    server = servers.start("jobs-web", server__role="web")
    lab.watch(server.ops, "jobs-web")
    page, started = a_draft(server), []

    def work():
        started.append(servers.start("jobs-worker", data=server.data, server__role="worker"))

    case = lab.case("a page is due and only a web process runs", "VitrineJobsStuck", "VitrineScheduledPublishOverdue", job="jobs-web")
    case.prove(lambda: server.command("page", "schedule", page, "--publish-at", soon(2)), work)
    wait_for("the worker has published it", lambda: "nothing is scheduled" in server.command("page", "scheduled"))


def gave_up(lab, servers):
    server = servers.start("jobs-all")
    lab.watch(server.ops, "jobs-all")
    page = a_draft(server)

    def lose_the_draft():
        server.command("page", "schedule", page, "--publish-at", soon(4))
        on_database(server, f"UPDATE page SET publish_revision_id = 0 WHERE id = {page}").close()

    def give_in():
        server.command("page", "schedule", page)
        server.command("job", "discard", "--all")

    case = lab.case("the draft that was chosen is gone when its time comes", "VitrineJobsDead", job="jobs-all")
    case.prove(lose_the_draft, give_in)
    late, now = lab.case("three runs of a task were missed", "VitrineCronOverdue", job="jobs-all", kind="change.prune"), time.time()
    missed = f"UPDATE periodic_task SET succeeded_at = {int((now - 4000) * 1e6)}, next_at = {int((now + 4000) * 1e6)} WHERE task = 'change.prune'"
    late.prove(lambda: on_database(server, missed).close(),
               lambda: on_database(server, "UPDATE periodic_task SET next_at = 0 WHERE task = 'change.prune'").close())


    will_be_refused(lab, server, page)


def will_be_refused(lab, server, page):
    """The look at schedules comes every five minutes: it is called."""

    def look():
        on_database(server, "UPDATE periodic_task SET next_at = 0 WHERE task = 'schedule.check'").close()

    def empty_the_title():
        server.command("page", "schedule", page, "--publish-at", soon(3600))
        on_database(server, f"UPDATE revision SET content = json_set(content, '$.title', '') WHERE page_id = {page}").close()
        look()

    def take_it_back():
        server.command("page", "schedule", page)
        look()

    case = lab.case("what is scheduled lost its title", "VitrineScheduledPublishRefused", job="jobs-all")
    case.prove(empty_the_title, take_it_back)


PROOFS = {jobs: ("VitrineJobsStuck", "VitrineScheduledPublishOverdue", "VitrineJobsDead", "VitrineCronOverdue",
                 "VitrineScheduledPublishRefused")}
