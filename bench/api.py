"""The API beside a real Wagtail (gunicorn, PostgreSQL): lists and details of /api/v2/, lists of /api/v1/, and writing."""

import http.client
import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from measure import Case
from peers import Postgres, wagtail_python
from processes import HOST, Failure, environment, fetch, free_port
from results import Bar
from vitrine import Vitrine, site_with

ROOT = Path(__file__).resolve().parent.parent
TRIAL = ROOT / "scripts" / "differential"
sys.path.append(str(TRIAL))

from fixture import Maker  # noqa: E402

PAGE = "/blog/glass-that-isnt-there/"
LIST = "/api/v2/pages/?limit=20"
# Of the collection that bench/readings.toml is.
ROWS, SENSORS = 1_000_000, 500
READINGS = "/api/v1/readings/?limit=20&sensor=S42"
MANY = 32
# Of Wagtail's rate.
WANTED = 50
NO_LIMIT = {"api__read_per_minute": "0", "api__write_per_minute": "0"}


class Wagtail:
    """Serves what the source has, from a database of the cluster."""

    def __init__(self, stack, source, cluster):
        database = {**cluster.for_django("wagtail"), "CONN_MAX_AGE": None}
        self.python = wagtail_python()
        self.trial = {"PYTHONDONTWRITEBYTECODE": "1", "TRIAL": json.dumps({"site": str(ROOT / "site"), "from": str(source.data / "vitrine.db"),
                                           "media": str(stack.dir), "database": database})}
        self.run("load")
        self.url, workers = f"http://{HOST}:{free_port()}", 2 * os.cpu_count() + 1
        command = [self.python.parent / "gunicorn", "--chdir", TRIAL, "--bind", self.url.removeprefix("http://"), "--workers", workers,
                   "--threads", 8, "--worker-class", "gthread", "--keep-alive", 60, "--access-logfile", "-", "reference:application"]
        self.program = stack.start("wagtail", command, ready=lambda _: self.answers(), env=self.trial, timeout_s=60)

    def answers(self):
        try:
            return fetch(self.url + LIST)[0] == 200
        except OSError:
            return False

    def run(self, *arguments):
        done = subprocess.run([self.python, TRIAL / "reference.py", *map(str, arguments)], env=environment(self.trial), text=True,
                              capture_output=True, timeout=300, check=False)
        if done.returncode:
            raise Failure(f"Wagtail: {done.stderr}")
        return done.stdout


class Servers:
    def __init__(self, stack, binary):
        cluster = Postgres(stack, "postgres-api")
        subprocess.run(cluster.psql("CREATE DATABASE anew"), check=True)
        source = Vitrine(stack, binary, "api-source")
        ids = source.seeded()
        stack.end(source.program)
        self.wagtail = Wagtail(stack, source, cluster)
        site = site_with(stack.dir / "api-site", "bench/readings.toml")
        self.vitrine = Vitrine(stack, binary, "api", database__url=cluster.url, site__dir=site, **NO_LIMIT)
        anew = Vitrine(stack, binary, "api-anew", database__url="/anew".join(cluster.url.rsplit("/vitrine", 1)), cache__enabled="false", **NO_LIMIT)
        self.maker = Maker(self.vitrine)
        fill(self.vitrine, stack.dir / "readings.csv")
        subprocess.run(cluster.psql("ANALYZE"), check=True)
        bearer = {"Authorization": f"Bearer {self.maker.token}"}

        def case(name, server, path, headers=None):
            return Case(name, server.program, server.url + path, MANY, headers=headers or {})

        detail = lambda server: f"/api/v2/pages/{server.seeded()[PAGE]}/"  # noqa: E731
        self.cases = {
            "list": case("v2, list of 20 pages", self.vitrine, LIST),
            "list anew": case("v2, list of 20 pages, cache off", anew, LIST),
            "list of wagtail": case("Wagtail: the same list", self.wagtail, LIST),
            "detail": case("v2, one page", self.vitrine, detail(self.vitrine)),
            "detail anew": case("v2, one page, cache off", anew, detail(anew)),
            "detail of wagtail": case("Wagtail: the same page", self.wagtail, f"/api/v2/pages/{ids[PAGE]}/"),
            "v1 list": case("v1, list of 20 pages, with a token", self.vitrine, "/api/v1/pages/?limit=20", bearer),
            "rows": case(f"v1, list of {ROWS:,} rows with a filter", self.vitrine, READINGS, bearer),
            "rows narrowed": case(f"v1, list of {ROWS:,} rows with two", self.vitrine, f"{READINGS}&value__gte=90", bearer),
        }

    def write(self, seconds):
        """Pages a second that one client makes as drafts and then publishes, one after the other: here, and in Wagtail."""
        count = max(10, int(seconds * 10))
        return writes(self.vitrine, self.maker.token, seconds), float(self.wagtail.run("write", count))


def fill(vitrine, file):
    """Brings the rows in, as `vitrine collection import` does."""
    began = datetime(2026, 1, 1)
    with file.open("w") as rows:
        rows.write("sensor,taken,value\n")
        for number in range(ROWS):
            taken = began + timedelta(seconds=7 * number)
            rows.write(f"S{number % SENSORS},{taken.isoformat()}Z,{number * 7919 % 10_000 / 100:.2f}\n")
    vitrine.command("collection", "import", "bench.Reading", file, timeout_s=1800)
    file.unlink()


def writes(vitrine, token, seconds):
    home = int(vitrine.seeded()["/"])
    client = http.client.HTTPConnection(*vitrine.address, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(path, value):
        client.request("POST", f"/api/v1/pages/{path}", json.dumps(value), headers)
        answer = client.getresponse()
        body = answer.read()
        if answer.status not in (200, 201):
            raise Failure(f"writing: {answer.status} {body.decode()}")
        return json.loads(body)

    count, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        new = {"parent": home, "type": "standard.StandardPage", "title": f"Written {count}", "fields": {"standfirst": "Two lines."}}
        send(f"{send('', new)['id']}/publish/", {})
        count += 1
    return count / (time.monotonic() - began)


def judge(cases, written):
    bars = []
    for what in ("list", "detail"):
        ratio = cases[what].median("rate") / cases[f"{what} of wagtail"].median("rate")
        bars.append(Bar(f"v2 {what} beside Wagtail", f"at least {WANTED} times its rate", f"{ratio:,.0f} times", ratio >= WANTED))
        queries = cases[f"{what} anew"].queries
        bars.append(Bar(f"v2 {what}: queries", "at most 4", queries, queries != "-" and int(queries) <= 4))
    for what in ("rows", "rows narrowed"):
        queries = cases[what].queries
        bars.append(Bar(f"{cases[what].name}: queries", "at most 4", queries, queries != "-" and int(queries) <= 4))
    ours, theirs = written
    bars.append(Bar("pages made and published, one after the other", "more than Wagtail", f"{ours:,.0f}/s, Wagtail {theirs:,.0f}/s",
                    ours > theirs))
    return bars
