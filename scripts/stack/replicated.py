"""PostgreSQL with a standby that streams, and what an operator does when the primary dies."""

import os
import shutil
import signal
import subprocess
import time

from peers import Postgres
from processes import HOST, NOBODY, Failure, children, free_port, wait_for

# The standby begins as a copy of the server at port `$4`, and follows it.
COPY = '"$1/pg_basebackup" -D "$2" -R -X stream -c fast -d "host=127.0.0.1 port=$4 user=vitrine application_name=standby" >&2 && '


class Standby(Postgres):
    """A copy of another server, on a port of its own, which takes no writes before it is promoted."""

    def __init__(self, stack, name, of, port=None):
        self.stack, self.name, self.bin_dir = stack, name, of.bin_dir
        self.data, self.port = stack.folder(name) / "data", port or free_port()
        self.start(COPY.replace("$4", str(of.port)))

    def promote(self):
        command = [self.bin_dir / "pg_ctl", "promote", "-w", "-D", self.data]
        as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []
        done = subprocess.run([*as_nobody, *map(str, command)], capture_output=True, text=True, timeout=60, cwd="/", check=False)
        if done.returncode:
            raise Failure(f"pg_ctl promote: {done.stdout}{done.stderr}")


class Replicated:
    """A primary and its standby. A commit is acknowledged when both have it, so that a fail-over loses none."""

    def __init__(self, stack):
        self.stack, self.made = stack, 1
        self.primary = Postgres(stack, "postgres-1")
        self.ports = [self.primary.port, free_port()]
        self.url = f"postgres://vitrine@{HOST}:{self.ports[0]},{HOST}:{self.ports[1]}/vitrine?target_session_attrs=read-write"
        self.add_standby()

    def add_standby(self):
        """Makes another standby on the port that is free, and lets the primary wait for it from then on."""
        self.made += 1
        port = next(port for port in self.ports if port != self.primary.port)
        self.standby = Standby(self.stack, f"postgres-{self.made}", self.primary, port)
        wait_for("the standby streams", lambda: self.primary.ask("SELECT COUNT(*) FROM pg_stat_replication WHERE state = 'streaming'")
                 == "1")
        self.set_synchronous("standby")
        wait_for("commits wait for the standby", lambda: self.primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync")

    def set_synchronous(self, name):
        self.primary.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self.primary.ask("SELECT pg_reload_conf()")

    def kill_primary(self):
        """As when its machine loses power: no process of it says good-bye."""
        program = self.primary.program
        for pid in [program.pid, *children(program.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # It went with another one.
        program.process.wait(30)
        self.stack.end(program)

    def fail_over(self, noticed_after_s):
        """The primary dies; `noticed_after_s` later the standby takes its place. How many seconds nothing took writes."""
        began = time.monotonic()
        self.kill_primary()
        time.sleep(noticed_after_s)
        self.standby.promote()
        seconds, lost = time.monotonic() - began, self.primary
        self.primary = self.standby
        shutil.rmtree(lost.data.parent)
        self.add_standby()
        return seconds
