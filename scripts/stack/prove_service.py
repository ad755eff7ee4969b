"""Proofs: instances that end, loop or are not ready, and a database that is away, slow or out of reach of one of them."""

import os
import resource
import time

from causes import Link, Load, idle_connections, lock_table, on_database, wait_until_gone
from peers import Postgres
from processes import HOST, Failure, wait_for
from proving import LONG_PATIENCE_S, SLOW_SCRAPE

# Starts of a crash loop; the alert tells after three.
MOST_STARTS = 20
# Beside those that the server has open by itself.
CONNECTIONS = 60


def age_schema(server):
    """What a backup from before the last migration leaves."""
    on_database(server, "DROP TABLE drill", "DELETE FROM _sqlx_migrations WHERE version = 12").close()


def instances(lab, servers):
    """Three instances of one site. Only here the job is vitrine, as it is where the rules name it."""
    first, second, third = (servers.start(f"instance-{number}", server__idle_timeout_s=600) for number in (1, 2, 3))
    names = {server: lab.watch(server.ops, "vitrine", scrape="1s") for server in (first, second, third)}
    full = lab.case("a low limit of open files, and connections that stay", "VitrineFileDescriptors", instance=names[third])
    how = "one instance on a schema that lacks a migration"
    old = lab.case(how, "VitrineInstanceNotReady", instance=names[second])
    pending = lab.case(how, "VitrineMigrationsPending", job="vitrine")
    down = lab.case("SIGKILL", "VitrineDown", instance=names[third])
    none = lab.case("one instance is gone, the others lack a migration", "VitrineNotReady", job="vitrine")
    opened = []

    def fill_descriptors():
        used = len(os.listdir(f"/proc/{third.program.pid}/fd"))
        limit = used + CONNECTIONS + 5
        resource.prlimit(third.program.pid, resource.RLIMIT_NOFILE, (limit, limit))
        opened.extend(idle_connections(third, CONNECTIONS))

    full.cause(fill_descriptors)
    old.cause(lambda: age_schema(second))
    pending.cause(lambda: None)
    full.arrive().undo(lambda: [connection.close() for connection in opened])
    old.arrive()
    pending.arrive()
    old.undo(lambda: second.command("migrate"))
    pending.undo(lambda: None)
    full.resolve()
    old.resolve()
    pending.resolve()
    down.cause(lambda: third.program.process.kill())
    none.cause(lambda: [age_schema(server) for server in (first, second)])
    down.arrive()
    none.arrive()
    down.undo(lambda: again(servers, third, 0))
    none.undo(lambda: [server.command("migrate") for server in (first, second)])
    none.resolve()
    down.resolve()
    crash_loop(lab, servers, third, names[third])


def again(servers, server, number):
    """Starts it anew on its own ports and data."""
    wait_until_gone(server.program)
    server.program = servers.start(f"instance-3-again-{number}", data=server.data, server__listen=server.url.removeprefix("http://"),
                                   server__ops_listen=server.ops.removeprefix("http://")).program


def crash_loop(lab, servers, server, instance):
    began = f'process_start_time_seconds{{instance="{instance}"}}'

    def loop():
        for number in range(1, MOST_STARTS):
            if lab.told(case.alerts[0], case.began):
                return
            seen = wait_for("the start is seen", lambda: lab.prometheus.value(began))
            server.program.process.kill()
            again(servers, server, number)
            wait_for("the next start is seen", lambda: (lab.prometheus.value(began) or seen) > seen)

    case = lab.case("SIGKILL after each start", "VitrineCrashLooping", instance=instance)
    case.prove(loop, lambda: None)


def database(lab, servers):
    """Two nodes on one PostgreSQL, one of them behind a link that can be cut."""
    cluster = Postgres(lab.stack)
    link = Link(cluster.port)
    settings = {"database__read_connections": 4}
    near = servers.start("node-near", data=lab.stack.dir / "near", database__url=cluster.url, **settings)
    behind = f"postgres://vitrine@{HOST}:{link.port}/vitrine"
    far = servers.start("node-far", data=lab.stack.dir / "far", database__url=behind, **settings)
    lab.watch(near.ops, "database")
    instance = lab.watch(far.ops, "database")
    lab.case("one node's way to PostgreSQL is cut", "VitrineNodeDegraded", instance=instance).prove(link.cut, link.mend)
    lab.case("PostgreSQL is stopped", "VitrineDatabaseDown", job="database").prove(cluster.stop, cluster.start)
    wait_for("the near node has its database", lambda: near.get("/no-such-page/")[0] == 404)
    lock = lock_table(cluster, "page", 0.7)
    with Load(near, ["/no-such-page-*/"], per_s=16, clients=10):
        case = lab.case("a table is locked for 0.7 s at a time, and ten clients want four connections", "VitrineQuerySlow",
                        "VitrinePoolSaturated", job="database")
        case.prove(lock.__enter__, lock.__exit__)


def pool(lab, servers):
    """The time to wait for a connection is as much shorter as the rule's windows are."""
    server = servers.start("pool", database__acquire_timeout_s=0.1)
    lab.watch(server.ops, "pool")
    with Load(server, ["/no-such-page-*/"], per_s=40, clients=10):
        case = lab.case("fault pool_hold: every read connection is held", "VitrinePoolExhausted", job="pool")
        case.prove(lambda: server.break_with(kind="pool_hold", seconds=600), server.heal)


def versions(lab, servers):
    """A drill that is overdue, and two builds side by side."""
    server = servers.start("version-a")
    lab.watch(server.ops, "versions", SLOW_SCRAPE)
    long_ago = (int(time.time()) - 36 * 86_400) * 1_000_000
    overdue = lab.case("the last fire drill was 36 days ago", "VitrineDrillOverdue", job="versions")
    overdue.cause(lambda: on_database(server, f"INSERT INTO drill (id, succeeded_at, alerts) VALUES (1, {long_ago}, 14)").close())
    second_build(lab, servers)
    overdue.arrive(LONG_PATIENCE_S)
    # A real one, which goes through the same Alertmanager.
    overdue.undo(lambda: server.command("drill", "--timeout", "60", "--set", f"drill.alertmanager_url={lab.prometheus.alerts_url}",
                                        timeout_s=90))
    overdue.resolve()


def backups(lab, servers):
    """Regular backups that stay away."""
    server = servers.start("backups", backup__schedule="external")
    lab.watch(server.ops, "backups", SLOW_SCRAPE)
    long_ago = (int(time.time()) - 27 * 3600) * 1_000_000
    case = lab.case("the last verified backup is 27 hours old", "VitrineBackupStale", job="backups")
    case.prove(lambda: on_database(server, f"UPDATE backup SET verified_at = {long_ago}").close(),
               lambda: server.command("backup", "create", "--scheduled", timeout_s=90), LONG_PATIENCE_S)


def second_build(lab, servers):
    """A copy of the binary with another commit written into it."""
    commit = next(iter(lab.prometheus.ask("query", query='vitrine_build_info{job="versions"}')["result"]))["metric"]["commit"].encode()
    text = lab.binary.read_bytes()
    if text.count(commit) == 0:
        raise Failure(f"the binary does not hold its commit {commit}")
    other = lab.stack.dir / "vitrine-other"
    other.write_bytes(text.replace(commit, bytes(reversed(commit))))
    other.chmod(0o755)
    started = []

    def start_other():
        started.append(servers.start("version-b", binary=other))
        lab.watch(started[0].ops, "versions", SLOW_SCRAPE)

    case = lab.case("a binary with another commit runs beside the first", "VitrineMixedVersions", job="versions")
    case.prove(start_other, lambda: lab.stack.end(started[0].program), LONG_PATIENCE_S)


PROOFS = {
    instances: ["VitrineDown", "VitrineNotReady", "VitrineInstanceNotReady", "VitrineMigrationsPending", "VitrineCrashLooping",
                "VitrineFileDescriptors"],
    database: ["VitrineDatabaseDown", "VitrineNodeDegraded", "VitrineQuerySlow", "VitrinePoolSaturated"],
    pool: ["VitrinePoolExhausted"],
    versions: ["VitrineMixedVersions", "VitrineDrillOverdue"],
    backups: ["VitrineBackupStale"],
}
