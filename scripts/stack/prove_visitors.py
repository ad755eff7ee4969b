"""Proofs: what visitors feel, the budgets of promises, and what the edge of the server meets."""

import json
import re

from causes import Certificate, Load, Repeated, SmallDisk, idle_connections
from processes import HOST, wait_for
from proving import LONG_PATIENCE_S, SLOW_SCRAPE

PAGE = "/{*path}"
# Longer than any proof.
LONG_S = 900
PLACES = 8


def errors(lab, servers):
    """Failed answers, then a few panics among many good answers."""
    server = servers.start("errors")
    lab.watch(server.ops, "errors")
    with Load(server, ["/"], per_s=30) as load:
        wait_for("visitors get pages", lambda: load.statuses.get(200, 0) > 30)
        active = lab.case("a fault is injected", "VitrineFaultInjectionActive", job="errors", kind="status")
        failing = lab.case("fault status: half of the pages answer 500", "VitrineHighErrorRatio", job="errors")
        active.cause(lambda: None)
        failing.cause(lambda: server.break_with(kind="status", status=500, route=PAGE, probability=0.5, seconds=LONG_S)).arrive()
        active.arrive()
        failing.undo(server.heal)
        active.undo(lambda: None)
        failing.resolve()
        active.resolve()
        how = "fault panic: a search in two seconds panics"
        panics = lab.case(how, "VitrinePanics", job="errors", http_route="/search/")
        logged = lab.case(how, "VitrineErrorsLogged", job="errors")
        with Load(server, ["/search/?q=clock"], per_s=0.5, clients=1):
            logged.cause(lambda: None)
            panics.cause(lambda: server.break_with(kind="panic", route="/search/", seconds=LONG_S)).arrive()
            logged.arrive()
            panics.undo(server.heal)
            logged.undo(lambda: None)
            panics.resolve()
            logged.resolve()


def overload(lab, servers):
    """Requests that take longer than they may, few enough among many good answers that no other alert holds the ticket back."""
    server = servers.start("overload", server__request_timeout_s=2)
    lab.watch(server.ops, "overload")
    with Load(server, ["/"], per_s=30), Load(server, ["/search/?q=clock"], per_s=0.6, clients=2):
        case = lab.case("fault delay: searches take longer than server.request_timeout_s", "VitrineOverloaded", job="overload")
        case.prove(lambda: server.break_with(kind="delay", delay_ms=20_000, route="/search/", seconds=LONG_S), server.heal)


def burn(lab, servers, name, alerts, probability, per_s, how):
    """Pages that are too late for the promise, and not so late that another alert tells of them."""
    server = servers.start(name)
    lab.watch(server.ops, name)
    load = Load(server, ["/"], per_s=per_s, clients=8)
    with load:
        wait_for("visitors get pages", lambda: load.statuses.get(200, 0) > 3 * per_s)
        case = lab.case(how, *alerts, job=name, slo="latency")
        case.cause(lambda: server.break_with(kind="delay", delay_ms=300, route=PAGE, probability=probability, seconds=LONG_S))
        case.arrive(300)
        case.undo(server.heal)
        # Good answers wash the bad ones out of windows that are longer than this proof.
        load.per_s = 400
        case.resolve(LONG_PATIENCE_S)


def fast_burn(lab, servers):
    burn(lab, servers, "fast-burn", ["VitrineErrorBudgetFastBurn", "VitrineErrorBudgetSpent"], 0.4, 20,
         "fault delay: 40 % of the pages are late for the promise")


def middle_burn(lab, servers):
    burn(lab, servers, "burn", ["VitrineErrorBudgetBurn"], 0.1, 30, "fault delay: 10 % of the pages are late for the promise")


def slow_burn(lab, servers):
    burn(lab, servers, "slow-burn", ["VitrineErrorBudgetSlowBurn"], 0.045, 30, "fault delay: 4.5 % of the pages are late for the promise")


def drain(lab, servers):
    burn(lab, servers, "drain", ["VitrineErrorBudgetDrain"], 0.022, 30, "fault delay: 2.2 % of the pages are late for the promise")


def refused(lab, servers):
    """Connections that stay take all places."""
    server = servers.start("refused", server__max_connections=PLACES, server__idle_timeout_s=600)
    lab.watch(server.ops, "refused")
    opened = []

    with Repeated(lambda: server.get("/health"), 0.2):
        case = lab.case("clients hold server.max_connections", "VitrineConnectionsRefused", job="refused")
        case.prove(lambda: opened.extend(idle_connections(server, PLACES)), lambda: [connection.close() for connection in opened])


def certificates(lab, servers):
    """A real certificate, renewed for ever shorter times and then for long."""
    certificate = Certificate(lab.stack.dir / "tls", 90)
    server = servers.start("tls", tls__certificate_file=certificate.file, tls__key_file=certificate.key)
    lab.watch(server.ops, "tls", SLOW_SCRAPE)
    lab.case("a certificate for ten days", "VitrineCertificateExpires", job="tls").prove(
        lambda: certificate.renew(10), lambda: certificate.renew(90), LONG_PATIENCE_S)
    lab.case("a certificate for one day", "VitrineCertificateExpiresNow", job="tls").prove(
        lambda: certificate.renew(1), lambda: certificate.renew(90))


def storage(lab, servers):
    """A volume of 256 MiB that fills up, gets a little room, and then enough."""
    disk = SmallDisk(lab.stack.dir / "disk", servers.seed, 256)
    if not disk.is_possible():
        reason = "nobody but root may mount a volume on this machine, not even in a namespace"
        lab.spared |= dict.fromkeys(PROOFS[storage], reason)
        return
    server = servers.start("storage", data=disk.folder, before=disk.before, database__url=f"sqlite:{disk.folder}/vitrine.db")
    instance = lab.watch(server.ops, "storage", SLOW_SCRAPE)
    volume = {"instance": instance, "volume": "database"}
    full = lab.case("a volume is filled to 3 % free", "VitrineStorageFillsUp", **volume)
    not_ready = lab.case("less than 64 MiB are free", "VitrineDependencyDown", instance=instance, dependency="storage")
    low = lab.case("8 % stay free, after the trend to zero is over", "VitrineStorageLow", **volume)
    not_ready.cause(lambda: None)
    low.cause(lambda: None)
    full.cause(lambda: disk.leave_free(server.program, 0.03)).arrive()
    not_ready.arrive()
    full.undo(lambda: disk.leave_free(server.program, 0.08))
    # While the trend is seen, it says more than the ticket, which is held back.
    full.resolve(LONG_PATIENCE_S)
    low.arrive()
    low.undo(lambda: disk.leave_free(server.program, 0.7))
    not_ready.undo(lambda: None)
    low.resolve()
    not_ready.resolve()


def visitors(lab, servers):
    """Slow pages, slow browsers, a guessed password, and a cache that is emptied; none of them holds another back."""
    server = servers.start("visitors", server__trusted_proxies=f"{HOST}/32")
    lab.watch(server.ops, "visitors")
    pages = server.seeded()
    restricted, restricted_id = list(pages.items())[-1]
    server.command("privacy", "set", restricted_id, "--password-stdin", given="a door that opens")
    wait_for(f"{restricted} is closed", lambda: server.get(restricted)[0] == 403)
    with Load(server, ["/"], per_s=15, clients=12) as load:
        browsers = lab.case("beacons of browsers that waited five seconds", "VitrineVisitorsSeeSlowPages", job="visitors", device="mobile")
        beacons = Beacons(server)
        browsers.cause(beacons.repeated.__enter__)
        guess(lab, server, restricted)
        slow = lab.case("fault delay: pages come after 0.6 s", "VitrineSlowPages", job="visitors", http_route=PAGE)
        slow.prove(lambda: server.break_with(kind="delay", delay_ms=600, route=PAGE, seconds=LONG_S), server.heal)
        browsers.arrive()
        browsers.undo(beacons.repeated.__exit__)
        hits = load.statuses[200]
        wait_for("the cache answers as usual", lambda: load.statuses[200] > hits + 200, 60)
        flushed = lab.case("fault cache_flush: every request empties the cache", "VitrineCacheHitRatioDrop", job="visitors")
        flushed.prove(lambda: server.break_with(kind="cache_flush", seconds=LONG_S), server.heal)
        browsers.resolve()


class Beacons:
    """Browsers that say how long they waited, each from a network of its own: a network may send sixty a minute."""

    def __init__(self, server):
        self.server, self.sent = server, 0
        self.repeated = Repeated(self.send, 0.1)

    def send(self):
        vitals = {"page_type": "blog.BlogPage", "device": "mobile", "lcp": 5.0, "inp": 0.05, "cls": 0, "fcp": 0.4, "ttfb": 0.02}
        self.sent += 1
        headers = {"X-Forwarded-For": f"10.{self.sent // 250}.{self.sent % 250}.1"}
        self.server.get("/-/vitals", method="POST", body=json.dumps(vitals).encode(), headers=headers)


def guess(lab, server, restricted):
    _, _, page = server.get(restricted)
    asked = re.search(rb'name="vitrine_restriction" value="(\d+)"', page)
    form = f"vitrine_restriction={asked[1].decode()}&vitrine_password=guessed".encode()
    guesses = Load(server, [restricted], per_s=40, method="POST", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    case = lab.case("forty guesses a second", "VitrinePagePasswordsGuessed", job="visitors")
    case.prove(guesses.__enter__, guesses.__exit__)


PROOFS = {
    errors: ["VitrineHighErrorRatio", "VitrineFaultInjectionActive", "VitrinePanics", "VitrineErrorsLogged"],
    overload: ["VitrineOverloaded"],
    fast_burn: ["VitrineErrorBudgetFastBurn", "VitrineErrorBudgetSpent"],
    middle_burn: ["VitrineErrorBudgetBurn"],
    slow_burn: ["VitrineErrorBudgetSlowBurn"],
    drain: ["VitrineErrorBudgetDrain"],
    refused: ["VitrineConnectionsRefused"],
    certificates: ["VitrineCertificateExpires", "VitrineCertificateExpiresNow"],
    storage: ["VitrineStorageFillsUp", "VitrineStorageLow", "VitrineDependencyDown"],
    visitors: ["VitrineSlowPages", "VitrineVisitorsSeeSlowPages", "VitrinePagePasswordsGuessed", "VitrineCacheHitRatioDrop"],
}
