"""What a cluster is asked while it is broken: pages, the API, publications at once and at a time. All of it is kept for the judge."""

import http.client
import json
import random
import secrets
import threading
import time
import traceback
from collections import Counter, namedtuple
from datetime import datetime, timedelta, timezone

from entry import NAME
from processes import Failure

READERS, API_READERS, EDITORS = 4, 1, 2
# Between two requests of a reader, two publications of an editor, two appointments.
READ_PAUSE_S, EDIT_PAUSE_S, APPOINTMENT_PAUSE_S = 0.05, 0.7, 2.5
# How long somebody tries to get a change acknowledged, and a publication may take to be seen before it counts as lost.
PATIENCE_S, UNSEEN_S = 90, 30
# As a reader's browser has it; beyond it the page counts as failed.
READER_S = 20
OWN_PAGES = 3

# An acknowledged publication: which page says what.
Published = namedtuple("Published", "page_id path title")
# An acknowledged appointment; `at` in microseconds since the epoch.
Scheduled = namedtuple("Scheduled", "page_id path title at")


class Client:
    """One connection to nginx, opened again when it is gone."""

    def __init__(self, entry, timeout_s=READER_S):
        self.entry, self.timeout_s, self.connection = entry, timeout_s, None

    def ask(self, path, method="GET", headers=None, body=None):
        """(status, headers, body). A connection that was closed between two requests is opened again, as browsers do."""
        for _ in range(2):
            reused = self.connection is not None
            self.connection = self.connection or self.entry.connection(self.timeout_s)
            try:
                self.connection.request(method, path, body, {"Host": NAME} | (headers or {}))
                answer = self.connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                self.connection = None
                if not (reused and isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError)) and method == "GET"):
                    raise
        raise http.client.RemoteDisconnected("twice")


class Mixed:
    """The clients, on threads of their own, until `join`."""

    def __init__(self, cluster):
        self.cluster, self.stop, self.lock = cluster, threading.Event(), threading.Lock()
        self.statuses, self.durations, self.failed_reads, self.wrong = Counter(), [], [], []
        self.published, self.scheduled, self.seen_after = [], [], []
        first = cluster.nodes[0].vitrine
        first.command("user", "create", "grace", "--superuser", "--password-stdin", given="an owl on the roof\n")
        scopes = [part for scope in ("read:content", "write:content", "publish") for part in ("--scope", scope)]
        self.token = first.command("token", "create", "grace", "--name", "cluster", *scopes).split()[-1]
        pages = first.seeded()
        self.home, self.paths = pages["/"], list(pages)
        works = [*[self.read] * READERS, *[self.read_api] * API_READERS, *[self.edit] * EDITORS, self.appoint]
        self.threads = [threading.Thread(target=self.repeat, args=item, daemon=True) for item in enumerate(works)]
        for thread in self.threads:
            thread.start()

    def join(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(PATIENCE_S + UNSEEN_S)

    def repeat(self, number, work):
        client, numbers, own = Client(self.cluster.entry), random.Random(number), []
        while not self.stop.is_set():
            try:
                work(client, numbers, own)
            except Failure as failure:
                self.wrong.append(str(failure))
            except Exception:
                self.wrong.append(traceback.format_exc())

    def count(self, kind, status):
        with self.lock:
            self.statuses[kind, status] += 1

    def read(self, client, numbers, _):
        path, began = numbers.choice(self.paths), time.monotonic()
        try:
            status = client.ask(path)[0]
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        seconds = time.monotonic() - began
        self.count("page", status)
        self.durations.append(seconds)
        if status != 200:
            self.failed_reads.append(f"{path}: {status} after {seconds:.1f} s, at {datetime.now():%H:%M:%S}")
        self.stop.wait(READ_PAUSE_S)

    def read_api(self, client, numbers, _):
        path = numbers.choice(["/api/v2/pages/", f"/api/v1/pages/{self.home}/", "/api/v1/pages/?limit=5"])
        try:
            status = client.ask(path, headers={"Authorization": f"Bearer {self.token}"} if "v1" in path else None)[0]
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        self.count("API read", status)
        self.stop.wait(READ_PAUSE_S * 4)

    def call(self, client, kind, path, method="GET", body=None, **headers):
        """(status, headers, JSON) of the API; without an answer (0, {}, {}). A refusal for now says how long to wait."""
        wanted = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            status, got, answer = client.ask(f"/api/v1{path}", method, wanted, body and json.dumps(body))
        except (OSError, http.client.HTTPException) as error:
            self.count(kind, type(error).__name__)
            return 0, {}, {}
        self.count(kind, status)
        if status == 503 and not got.get("Retry-After"):
            raise Failure(f"{method} {path}: 503 without Retry-After")
        return status, got, json.loads(answer or b"{}")

    def until(self, what, work):
        """Tries until `work()` is acknowledged, and returns what it returned; also beyond the end of the load."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            if done := work():
                return done
            time.sleep(0.3)
        raise Failure(f"not acknowledged within {PATIENCE_S} s: {what}")

    def once(self, client, kind, path, body):
        """The answer to a POST that is sent until it is acknowledged, and done once."""
        key = [secrets.token_hex(8)]

        def send():
            status, _, answer = self.call(client, kind, path, "POST", body, Idempotency_Key=key[0])
            if status == 409:
                # Its node died in the middle, and the key with it: whoever sends it again must look, or not mind.
                key[0] = secrets.token_hex(8)
            if 400 <= status < 500 and status not in (409, 412, 429):
                raise Failure(f"POST {path}: {status} {answer}")
            return answer if status in (200, 201) else None

        return self.until(f"POST {path}", send)

    def new_page(self, client, title, slug):
        body = [{"type": "paragraph", "value": {"format": "markdown", "content": "Written while something broke."}}]
        page = {"parent": int(self.home), "type": "standard.StandardPage", "title": title, "slug": slug, "fields": {"body": body}}

        key = [slug]

        def make():
            status, _, answer = self.call(client, "create", "/pages/", "POST", page, Idempotency_Key=key[0])
            if status in (409, 422):
                # Its node died in the middle, and the key with it, or it was made and the answer was lost.
                key[0] = secrets.token_hex(8)
                found = self.call(client, "create", f"/pages/?slug={slug}")[2].get("items", [])
                return found[0]["id"] if found else None
            return answer["id"] if status == 201 else None

        return self.until(f"the page {slug}", make), f"/{slug}/"

    def save(self, client, page_id, title):
        def attempt():
            status, headers, draft = self.call(client, "save", f"/pages/{page_id}/")
            if status != 200 or draft["title"] == title:
                return status == 200
            return self.call(client, "save", f"/pages/{page_id}/", "PATCH", {"title": title}, If_Match=headers["ETag"])[0] == 200

        self.until(f"page {page_id} is saved", attempt)

    def edit(self, client, numbers, own):
        """Saves and publishes one of its pages, and looks when every node shows it."""
        if len(own) < OWN_PAGES:
            page_id, path = self.new_page(client, "New", f"edited-{secrets.token_hex(4)}")
            own.append([page_id, path, 0])
            page = own[-1]
        else:
            page = numbers.choice(own)
        page[2] += 1
        page_id, path, edition = page
        title = f"Edition {edition} of {path.strip('/')}"
        self.save(client, page_id, title)
        self.once(client, "publish", f"/pages/{page_id}/publish/", {})
        acknowledged = time.monotonic()
        self.published.append(Published(page_id, path, title))
        if edition == 1:
            self.paths.append(path)
        self.see(path, title, acknowledged)
        self.stop.wait(EDIT_PAUSE_S)

    def see(self, path, title, since):
        """Measures when each node with which nothing is wrong shows the title."""
        waiting = dict(self.cluster.well())
        while waiting:
            well = dict(self.cluster.well())
            for node, faults in list(waiting.items()):
                if well.get(node) != faults:
                    del waiting[node]
                    continue
                try:
                    status, _, body = node.get(path)
                except OSError:
                    continue
                if status == 200 and title in body.decode():
                    self.seen_after.append(time.monotonic() - since)
                    del waiting[node]
            if time.monotonic() - since > UNSEEN_S:
                raise Failure(f"{title} is not seen on {', '.join(node.name for node in waiting)} after {UNSEEN_S} s")
            time.sleep(0.05)

    def appoint(self, client, numbers, _):
        """A page that goes live in some seconds, by itself."""
        slug = f"due-{secrets.token_hex(4)}"
        title = f"Due {slug}"
        page_id, path = self.new_page(client, title, slug)
        at = datetime.now(timezone.utc) + timedelta(seconds=numbers.uniform(3, 12))
        self.once(client, "schedule", f"/pages/{page_id}/schedule/", {"publish_at": at.isoformat(timespec="milliseconds")})
        self.scheduled.append(Scheduled(page_id, path, title, int(at.timestamp() * 1e6)))
        self.stop.wait(APPOINTMENT_PAUSE_S)
