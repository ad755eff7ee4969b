"""Starts programs on free ports of 127.0.0.1, waits until they are ready, and ends them by their id."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
NOBODY = 65534
# Between two looks at a condition.
LOOK_S = 0.05
# No look takes longer; if one does, this process stood still, which is nobody's fault.
LONGEST_LOOK_S = 15


class Failure(Exception):
    """Something that was checked does not hold; the text is for people."""


def ports():
    """Ports that the kernel gives to nobody by itself, in an order of their own: what is free stays free until it is used."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    own = list(range(10_000, first_given)) if first_given > 20_000 else list(range(61_000, 65_536))
    random.shuffle(own)
    yield from own


PORTS, PORTS_LOCK = ports(), threading.Lock()


def free_port():
    """One that no other call of this process gave."""
    with PORTS_LOCK:
        for port in PORTS:
            with socket.socket() as probe:
                try:
                    probe.bind((HOST, port))
                except OSError:
                    continue
                return port
    raise Failure("no port is free")


def wait_for(what, condition, timeout_s=30):
    """Looks until `condition()` is true, and returns what it returned."""
    left, last = timeout_s, time.monotonic()
    while True:
        found = condition()
        if found:
            return found
        now = time.monotonic()
        left, last = left - min(now - last, LONGEST_LOOK_S), now
        if left < 0:
            raise Failure(f"not within {timeout_s} s: {what}")
        time.sleep(LOOK_S)


def fetch(url, headers=None, method="GET", timeout_s=10, body=None):
    """(status, headers, body); statuses of any class are answers, not errors. Proxies of the environment are ignored."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
    request = urllib.request.Request(url, headers=headers or {}, method=method, data=body)
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def answers(url):
    """A condition for wait_for: `url` answers 200."""
    def look():
        try:
            return fetch(url, timeout_s=2)[0] == 200
        except OSError:
            return False
    return look


class Program:
    """A running program whose output goes to a file."""

    def __init__(self, name, process, log):
        self.name, self.process, self.log = name, process, log

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        return self.log.read_text(errors="replace")

    def rss_bytes(self):
        """Resident memory of the program and its children."""
        total = 0
        for pid in [self.pid, *children(self.pid)]:
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) * 1024
        return total

    def end(self, timeout_s=15):
        """SIGTERM, then SIGKILL for one that does not listen."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Stack:
    """A temporary folder and the programs that work in it. On leaving, ends all of them and removes the folder."""

    def __init__(self):
        self.programs = []

    def __enter__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="vitrine-stack."))
        # SIGTERM must end the programs too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, kind, *_):
        if kind is not None and not issubclass(kind, SystemExit):
            for program in self.programs:
                lines = program.output().splitlines()[-8:]
                print(f"── the last lines of {program.name} ──", *lines, sep="\n", file=sys.stderr)
        for program in reversed(self.programs):
            program.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def folder(self, name):
        """A folder that other users may write to: PostgreSQL does not run as root."""
        folder = self.dir / name
        folder.mkdir()
        self.dir.chmod(0o755)
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        return folder

    def start(self, name, command, ready=None, env=None, timeout_s=30, as_nobody=False):
        """Starts `command` and waits until `ready(program)` is true."""
        arguments = [str(part) for part in command]
        # Should this script be killed, the kernel ends the program.
        guard = ["setpriv", "--pdeathsig", "KILL"]
        if as_nobody and os.getuid() == 0:
            guard += [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        log = self.dir / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen([*guard, "--", *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       env=environment(env), cwd=self.dir, start_new_session=True)
        program = Program(name, process, log)
        self.programs.append(program)

        def look():
            if process.poll() is not None:
                last = "\n".join(program.output().splitlines()[-4:])
                raise Failure(f"{name} ended with {process.returncode} before it was ready:\n{last}")
            return ready is None or ready(program)

        wait_for(f"{name} is ready", look, timeout_s)
        return program

    def end(self, program):
        self.programs.remove(program)
        return program.end()


def environment(extra=None):
    """Nothing of the caller's environment that could configure a program."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | (extra or {})


def program_path(*patterns):
    """The first program found by these names or patterns of paths."""
    for pattern in patterns:
        if "/" not in pattern and (found := shutil.which(pattern)):
            return found
        if "/" in pattern and (found := sorted(Path("/").glob(pattern.lstrip("/")))):
            return str(found[-1])
    raise Failure(f"not installed: {patterns[0]} (scripts/setup installs it)")
