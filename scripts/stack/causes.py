"""What breaks things for real: visitors, a link that is cut, locks, certificates, a small disk."""

import http.client
import os
import socket
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

from processes import HOST, Failure, program_path, wait_for


class Load:
    """Visitors that ask for `paths` in turn, `per_s` times a second altogether, until it is left."""

    def __init__(self, server, paths, per_s, clients=4, method="GET", body=None, headers=None):
        self.server, self.paths, self.per_s, self.clients = server, paths, per_s, clients
        self.request, self.stop, self.statuses = (method, body, headers or {}), threading.Event(), {}
        self.threads = [threading.Thread(target=self.visit, args=(number,), daemon=True) for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(30)

    def visit(self, number):
        method, body, headers = self.request
        connection, due, count = None, time.monotonic(), number
        while not self.stop.wait(max(0, due - time.monotonic())):
            # Who is late does not catch up.
            due = max(due, time.monotonic() - 1) + self.clients / self.per_s
            path = self.paths[count % len(self.paths)]
            count += 1
            try:
                connection = connection or http.client.HTTPConnection(*self.server.address, timeout=60)
                connection.request(method, path.replace("*", str(count * self.clients + number)), body, headers)
                answer = connection.getresponse()
                answer.read()
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            except (OSError, http.client.HTTPException):
                connection, due = None, due + 0.1


class Repeated:
    """Does something every `pause_s` until it is left, whether or not somebody answers."""

    def __init__(self, work, pause_s):
        self.work, self.pause_s, self.stop = work, pause_s, threading.Event()
        self.thread = threading.Thread(target=self.repeat, daemon=True)

    def repeat(self):
        while not self.stop.wait(self.pause_s):
            try:
                self.work()
            except (OSError, http.client.HTTPException):
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(60)


class Link:
    """A forwarder in front of a TCP port, that can be cut: one machine's way to the database."""

    def __init__(self, port):
        self.behind, self.pairs, self.is_cut, self.lock = port, [], False, threading.Lock()
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                if self.is_cut:
                    raise OSError("cut")
                server = socket.create_connection((HOST, self.behind), timeout=10)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs.append((client, server))
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self.forward, args=(source, target), daemon=True).start()

    @staticmethod
    def forward(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.is_cut = True
        with self.lock:
            for end in (end for pair in self.pairs for end in pair):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.pairs = []

    def mend(self):
        self.is_cut = False


class Certificate:
    """A key and a certificate for localhost, which can be renewed for another number of days."""

    def __init__(self, folder, days):
        folder.mkdir()
        self.key, self.file = folder / "key.pem", folder / "certificate.pem"
        self.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key)
        self.renew(days)

    def renew(self, days):
        new = self.file.with_suffix(".new")
        self.run("req", "-x509", "-new", "-key", self.key, "-days", days, "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=DNS:localhost", "-out", new)
        new.replace(self.file)

    @staticmethod
    def run(*arguments):
        done = subprocess.run([program_path("openssl"), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise Failure(f"openssl {arguments[0]}: {done.stderr}")


class SmallDisk:
    """A volume of its own for one server, in a mount namespace that ends with it: nothing is left on the machine."""

    def __init__(self, folder, seed, size_mib):
        folder.mkdir()
        self.folder = folder
        # Whoever is not root becomes it in a namespace of his own.
        namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--user", "--map-root-user"]
        script = 'mount -t tmpfs -o size="$1"m tmpfs "$2" && cp -a "$3/." "$2" && shift 3 && exec "$@"'
        self.before = [*namespace, "sh", "-c", script, "sh", str(size_mib), str(folder), str(seed)]

    def is_possible(self):
        return subprocess.run([*self.before[:-7], "sh", "-c", 'mount -t tmpfs tmpfs "$0"', self.folder], capture_output=True,
                              check=False, timeout=30).returncode == 0

    def leave_free(self, program, share):
        """Fills the volume, or makes room, until this share is free."""
        inside = Path(f"/proc/{program.pid}/root{self.folder}")
        volume = os.statvfs(inside)
        size = volume.f_blocks * volume.f_frsize
        filler = inside / "filler"
        there = filler.stat().st_size if filler.exists() else 0
        wanted = there + volume.f_bavail * volume.f_frsize - int(size * share)
        with filler.open("ab") as file:
            file.truncate(min(there, max(wanted, 0)))
            if wanted > there:
                os.posix_fallocate(file.fileno(), there, wanted - there)


def idle_connections(server, count):
    """Connections that have asked once and then stay open."""
    opened = []

    def one_more():
        connection = http.client.HTTPConnection(*server.address, timeout=10)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        answer.read()
        # Refused when all places are taken for a moment.
        if answer.status == 200:
            opened.append(connection)
        else:
            connection.close()
        return len(opened) == count

    wait_for(f"{count} connections are open", one_more)
    return opened


def lock_table(database, table, seconds):
    """Somebody who locks a table of PostgreSQL for a while, again and again."""
    command = database.psql(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({seconds}); COMMIT")
    return Repeated(lambda: subprocess.run(command, capture_output=True, timeout=60, check=False), 0)


def on_database(server, *statements):
    """The connection that ran these on the SQLite database of a server."""
    database = sqlite3.connect(server.data / "vitrine.db", timeout=30, isolation_level=None)
    for statement in statements:
        database.execute(statement)
    return database


def wait_until_gone(program):
    wait_for(f"{program.name} is gone", lambda: program.process.poll() is not None)
