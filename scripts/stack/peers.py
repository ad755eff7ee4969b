"""The real programs that Vitrine works with: Prometheus, Alertmanager, an OTLP receiver, PostgreSQL and nginx."""

import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import namedtuple
from pathlib import Path

from processes import HOST, Failure, answers, fetch, free_port, program_path

ROOT = Path(__file__).resolve().parents[2]
# The receiver of the OpenTelemetry checks. It has no Debian package.
ROTEL = "rotel==0.0.1a15"
# What /api/v2/ is compared with.
WAGTAIL = ("wagtail==8.0.1", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")


def cache_folder(name):
    """A folder for downloads, outside the repository."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vitrine" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def node_packages(source):
    """A folder outside the repository with the packages of `source`, as its lock file names them; installed when they are not there."""
    lock = (source / "package-lock.json").read_bytes()
    folder = cache_folder(f"{source.name}-{hashlib.sha256(lock).hexdigest()[:12]}")
    if not (folder / "installed").exists():
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, folder)
        done = subprocess.run([program_path("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                              capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise Failure(f"the packages of {source.name} could not be installed: {done.stderr}")
        (folder / "installed").touch()
    return folder


def python_packages(*names):
    """A Python environment outside the repository with these packages of PyPI; installed when they are not there."""
    folder = cache_folder(names[0].replace("==", "-"))
    told = folder / "installed"
    if not told.exists() or told.read_text().split() != list(names):
        for command in ([sys.executable, "-m", "venv", folder], [folder / "bin" / "pip", "install", "-q", *names]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise Failure(f"{' '.join(names)} could not be installed: {done.stderr.strip()}")
        told.write_text("\n".join(names))
    return folder


def wagtail_python():
    """The Python of an environment that has Wagtail, and what serves it on PostgreSQL."""
    return python_packages(*WAGTAIL) / "bin" / "python"


class Pace(namedtuple("Pace", "adapt flags")):
    """`adapt(config)` edits a copy of prometheus/ and alerts/; `flags` are Prometheus' own."""


def quicker(config):
    """Scrapes and evaluations every second; windows as they are shipped."""
    file = config / "prometheus" / "prometheus.yml"
    text, count = re.subn(r"^(\s+(?:scrape|evaluation)_(?:interval|timeout)): .*$", r"\1: 1s", file.read_text(), flags=re.M)
    if count != 3:
        raise Failure(f"{file.name}: expected three global intervals, found {count}")
    file.write_text(text)
    for rules in (config / "prometheus" / "rules").glob("*.yml"):
        rules.write_text(re.sub(r"(?m)^(    interval): \d+s$", r"\1: 5s", rules.read_text()))


QUICK = Pace(quicker, ["--rules.alert.resend-delay=2s"])


class Prometheus:
    """Prometheus and Alertmanager with the project's own files, at another pace, and with the target files replaced."""

    def __init__(self, stack, targets, pace=QUICK, name="prometheus"):
        config = self.config = stack.dir / f"{name}-config"
        for folder in ("prometheus", "alerts"):
            shutil.copytree(ROOT / folder, config / folder)
        port, alerts_port = free_port(), free_port()
        self.url, self.alerts_url = f"http://{HOST}:{port}", f"http://{HOST}:{alerts_port}"
        self.notified = Webhooks()
        pace.adapt(config)
        self.write_receivers(config / "alerts" / "alertmanager.yml")
        self.write_targets("vitrine", *targets)
        self.write_targets("alertmanager", self.alerts_url)
        self.write_targets("prometheus", self.url)
        stack.start(f"{name}-alertmanager", [
            program_path("prometheus-alertmanager"), f"--config.file={config}/alerts/alertmanager.yml",
            f"--storage.path={stack.dir}/{name}-alertmanager-data", f"--web.listen-address={HOST}:{alerts_port}",
            "--cluster.listen-address=",
        ], ready=lambda _: answers(f"{self.alerts_url}/-/ready")())
        self.program = stack.start(name, [
            program_path("prometheus"), f"--config.file={config}/prometheus/prometheus.yml",
            f"--storage.tsdb.path={stack.dir}/{name}-data", f"--web.listen-address={HOST}:{port}", *pace.flags,
        ], ready=lambda _: answers(f"{self.url}/-/ready")())

    def write_targets(self, job, *targets):
        """Replaces what is scraped as `job`: URLs, or (URL, labels)."""
        file = self.config / "prometheus" / "targets" / f"{job}.yml"
        if not file.is_file():
            raise Failure(f"prometheus/targets/{job}.yml is gone: what does prometheus.yml read now?")
        pairs = [target if isinstance(target, tuple) else (target, {}) for target in targets]
        groups = [{"targets": [url.removeprefix("http://")], "labels": labels} for url, labels in pairs]
        # At once, because Prometheus looks as soon as it changes.
        written = file.with_suffix(".new")
        written.write_text(json.dumps(groups))
        written.replace(file)

    def reload(self):
        """Lets Prometheus read its files again."""
        os.kill(self.program.pid, signal.SIGHUP)

    def write_receivers(self, file):
        """The same routes, but what is sent to them stays on this machine."""
        token = file.parent / "token"
        token.write_text("of no use")
        text, count = re.subn(r"https://on-call\.example(?=/)", self.notified.url, file.read_text())
        if count == 0:
            raise Failure(f"{file.name}: the receivers' URLs are not where they were")
        file.write_text(re.sub(r"/run/secrets/\w+", str(token), text))

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        status, _, body = fetch(f"{self.url}/api/v1/{path}?{query}")
        if status != 200:
            raise Failure(f"Prometheus answers {status} to {path}?{query}: {body.decode()}")
        return json.loads(body)["data"]

    def value(self, expression):
        """The first value of an expression, or None without data."""
        result = self.ask("query", query=expression)["result"]
        return float(result[0]["value"][1]) if result else None

    def alerting_rules(self):
        return [rule for group in self.ask("rules", type="alert")["groups"] for rule in group["rules"]]


# What a receiver was told of one alert; `at` is of time.monotonic().
Notice = namedtuple("Notice", "at receiver status labels")


class Webhooks:
    """What Alertmanager sends to its receivers: {(last part of the path, name of the alert)}, and every notice in its order."""

    def __init__(self):
        # Receivers that refuse what they are told, as with a token that is no longer valid.
        received, self.notices, self.refusing = set(), [], set()
        self.received, notices, refusing = received, self.notices, self.refusing

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver = self.path.rsplit("/", 1)[1]
                refused = receiver in refusing
                for alert in [] if refused else body["alerts"]:
                    received.add((receiver, alert["labels"]["alertname"]))
                    notices.append(Notice(time.monotonic(), receiver, alert["status"], alert["labels"]))
                    # As whoever is on call does with the link in a drill.
                    if alert["labels"].get("drill") == "true" and alert["status"] == "firing":
                        fetch(alert["annotations"]["ack_url"], method="POST", body=json.dumps(body).encode())
                self.send_response(401 if refused else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Receiver:
    """rotel, which writes what it receives by OTLP into its log."""

    def __init__(self, stack):
        port = free_port()
        self.url = f"http://{HOST}:{port}"
        self.program = stack.start("otlp receiver", [
            self.install(), "start", "--otlp-grpc-endpoint", f"{HOST}:{free_port()}", "--otlp-http-endpoint", f"{HOST}:{port}",
            "--exporter", "blackhole", "--debug-log", "traces", "--debug-log-verbosity", "detailed",
        ], ready=lambda _: self.listens())

    def listens(self):
        try:
            return fetch(self.url, timeout_s=2)[0] > 0
        except OSError:
            return False

    @staticmethod
    def install():
        """The path of the agent."""
        return next(python_packages(ROTEL).glob("lib/python3*/site-packages/rotel/rotel-agent"))


# Before the server of a new cluster; `$1` is the folder of the programs, `$2` that of the data.
INITDB = '"$1/initdb" -D "$2" -U vitrine --auth=trust --encoding=UTF8 --locale=C --no-sync >&2 && '


class Postgres:
    """A throwaway cluster of its own with an empty database; it can be stopped and started again."""

    def __init__(self, stack, name="postgres"):
        self.stack, self.name = stack, name
        self.bin_dir = Path(program_path("/usr/lib/postgresql/*/bin/initdb", "initdb")).resolve().parent
        self.data, self.port = stack.folder(name) / "data", free_port()
        # initdb makes the cluster, then the server takes the place of the shell: one process to end.
        self.start(INITDB)
        subprocess.run(self.psql("CREATE DATABASE vitrine", database="postgres"), check=True)
        self.url = f"postgres://vitrine@{HOST}:{self.port}/vitrine"

    def psql(self, statement, database="vitrine"):
        """The command that runs a statement."""
        return ["psql", "-qAt", "-h", HOST, "-p", str(self.port), "-U", "vitrine", "-d", database, "-c", statement]

    def for_django(self, name):
        """An empty database by this name, as Django's settings say it."""
        subprocess.run(self.psql(f"CREATE DATABASE {name}"), check=True)
        return {"ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "vitrine", "HOST": HOST, "PORT": self.port}

    def start(self, before=""):
        script = before + 'exec "$1/postgres" -D "$2" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories='

        def ready(_):
            return subprocess.run(self.psql("SELECT 1", "postgres"), capture_output=True, check=False).returncode == 0

        self.program = self.stack.start(self.name, ["sh", "-c", script, "sh", self.bin_dir, self.data, self.port], ready=ready,
                                        timeout_s=60, as_nobody=True)

    def ask(self, statement, database="vitrine"):
        """What a statement prints."""
        done = subprocess.run(self.psql(statement, database), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise Failure(f"{self.name}: {statement}: {done.stderr}")
        return done.stdout.strip()

    def stop(self):
        """At once, as a machine that is switched off: whoever is connected is cut off."""
        os.kill(self.program.pid, signal.SIGQUIT)
        self.program.process.wait(30)
        self.stack.end(self.program)


class Redis:
    """A Redis that keeps nothing; it can be killed and started again."""

    def __init__(self, stack):
        self.stack, self.port = stack, free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self.start()

    def start(self):
        command = [program_path("redis-server"), "--bind", HOST, "--port", self.port, "--save", "", "--appendonly", "no",
                   "--dir", self.stack.dir]
        self.program = self.stack.start("redis", command, ready=lambda _: self.listens())

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def kill(self):
        self.program.process.kill()
        self.stack.end(self.program)


class Switch:
    """Lets a browser's script stop a cluster and start it again: POST /stop, POST /start, answered when it is done."""

    def __init__(self, cluster):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                {"/stop": cluster.stop, "/start": cluster.start}[self.path]()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def postgres(stack, name="postgres"):
    """The URL of an empty database on a throwaway cluster of its own."""
    return Postgres(stack, name).url


def nginx(stack, files):
    """The URL of an nginx that serves {name: (content type, bytes)} as static files, tuned as for production."""
    folder, port = stack.dir / "nginx", free_port()
    (folder / "www").mkdir(parents=True)
    for name, (_, content) in files.items():
        (folder / "www" / name).write_bytes(content)
    types = "".join(f"location = /{name} {{ types {{}} default_type '{kind}'; }}\n" for name, (kind, _) in files.items())
    user = "user nobody nogroup;" if os.getuid() == 0 else ""
    stack.dir.chmod(0o755)
    (folder / "nginx.conf").write_text(f"""{user}
daemon off;
worker_processes auto;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    etag on;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen {HOST}:{port}; root {folder}/www; {types} }}
}}
""")
    url = f"http://{HOST}:{port}"
    first = next(iter(files))
    program = stack.start("nginx", [program_path("nginx", "/usr/sbin/nginx"), "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"],
                          ready=lambda _: answers(f"{url}/{first}")())
    return url, program
