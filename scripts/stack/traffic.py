"""A mix of well-behaved, mistaken and rude clients, for a while. What they should be answered is checked."""

import json
import random
import re
import socket
import struct
import threading
import time
import urllib.parse

from processes import Failure, wait_for

# Between two actions of the editor; most others hardly pause.
EDITOR_PAUSE_S = 1.5
# A client may try ten passwords a minute.
GUEST_PAUSE_S = 7
WRITER_PAUSE_S = 12
FORM = "/contact/"
PASSWORD = "a door that opens"


class Traffic:
    """Clients on threads of their own. `join` ends them and fails when one got a wrong answer."""

    def __init__(self, vitrine, pages, stylesheet):
        # The last page gets a password; all others are read and published.
        self.restricted, restricted_id = list(pages.items())[-1]
        pages = {path: page_id for path, page_id in pages.items() if path != self.restricted}
        self.vitrine, self.pages, self.paths, self.stylesheet = vitrine, pages, list(pages), stylesheet
        vitrine.command("privacy", "set", restricted_id, "--password-stdin", given=PASSWORD)
        wait_for(f"{self.restricted} is closed", lambda: vitrine.get(self.restricted)[0] == 403)
        self.stop, self.counts, self.wrong = threading.Event(), {}, []
        clients = {"visitor": self.visitor, "mistaken client": self.mistaken, "rude client": self.rude, "slow client": self.slow,
                   "editor": self.editor, "searcher": self.searcher, "guest": self.guest, "writer": self.writer}
        self.threads = [threading.Thread(target=self.repeat, args=item, daemon=True) for item in clients.items()]
        for thread in self.threads:
            thread.start()

    def repeat(self, name, client):
        random_numbers = random.Random(name)
        while not self.stop.is_set():
            try:
                client(random_numbers)
            except (OSError, Failure) as error:
                self.wrong.append(f"{name}: {error!r}")
            self.stop.wait(0.02)

    def join(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(30)
        if self.wrong:
            raise Failure(f"{len(self.wrong)} wrong answers, the first: {self.wrong[0]}")

    def expect(self, kind, status, path, **options):
        got, headers, _ = self.vitrine.get(path, **options)
        if got != status:
            raise Failure(f"{options.get('method', 'GET')} {path} answers {got}, not {status}")
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return headers

    def visitor(self, numbers):
        headers = self.expect("page", 200, numbers.choice(self.paths))
        self.revalidate(numbers.choice(self.paths))
        self.expect("HEAD", 200, numbers.choice(self.paths), method="HEAD")
        self.expect("static file", 200, self.stylesheet)
        self.expect("health", 200, "/health")
        if headers.get("X-Powered-By"):
            raise Failure("a page says what it is made with")

    def revalidate(self, path):
        """304, unless the editor has published the page since."""
        known = self.expect("page", 200, path)["ETag"]
        status, headers, _ = self.vitrine.get(path, headers={"If-None-Match": known})
        if status != 304 and not (status == 200 and headers["ETag"] != known):
            raise Failure(f"a revalidation of {path} with {known} answers {status} with {headers['ETag']}")
        self.counts["revalidation"] = self.counts.get("revalidation", 0) + 1

    def mistaken(self, numbers):
        self.expect("not found", 404, f"/no-such-page-{numbers.randrange(10**9)}/")
        self.expect("missing slash", 301, "/about")
        self.expect("wrong host", 400, "/", headers={"Host": f"host-{numbers.randrange(10**9)}.example"})
        self.expect("wrong method", 405, self.paths[0], method="DELETE")

    def editor(self, numbers):
        """Publishes a page from another process; visitors must not be shown the cached one for long."""
        path, page_id = numbers.choice(list(self.pages.items()))
        # The policy names the nonce, which is another one with every render; the same content keeps its ETag.
        policy = "Content-Security-Policy"
        before = self.expect("page", 200, path)[policy]
        self.vitrine.command("page", "publish", page_id)
        wait_for(f"{path} is made anew after its publication", lambda: self.expect("page", 200, path)[policy] != before)
        self.counts["publish"] = self.counts.get("publish", 0) + 1
        self.stop.wait(EDITOR_PAUSE_S)

    def searcher(self, numbers):
        """Finds something, or nothing."""
        self.expect("search", 200, f"/search/?q={numbers.choice(['clock', 'sundial', 'harbor', 'klockk', 'zyxwvuts'])}")

    def writer(self, numbers):
        """Says how fast the page was, and sends its form, whole or with a field missing."""
        status, _, page = self.vitrine.get(FORM)
        names = re.findall(rb'<(?:input|textarea)[^>]* name="(\w+)"', page)
        if status != 200 or len(names) < 4:
            raise Failure(f"{FORM} answers {status} with the fields {names}")
        known = {"subject": "Something else", "vitrine_website": ""}
        fields = {name.decode(): known.get(name.decode(), "ada@example.com" if b"mail" in name else "Ada") for name in names}
        vitals = {"page_type": "forms.FormPage", "device": numbers.choice(["mobile", "desktop"]), "lcp": 0.8, "inp": 0.05, "cls": 0,
                  "fcp": 0.4, "ttfb": 0.02}
        self.expect("vitals", 204, "/-/vitals", method="POST", body=json.dumps(vitals).encode())
        wanted = numbers.choice([303, 422])
        if wanted == 422:
            fields["message"] = ""
        self.expect("form", wanted, FORM, method="POST", body=urllib.parse.urlencode(fields).encode(),
                    headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.stop.wait(WRITER_PAUSE_S)

    def guest(self, numbers):
        """Opens the restricted page, and gives its password or a wrong one."""
        status, _, page = self.vitrine.get(self.restricted)
        asked = re.search(rb'name="vitrine_restriction" value="(\d+)"', page)
        if status != 403 or not asked:
            raise Failure(f"{self.restricted} answers {status}, and asks for no password")
        given, wanted = numbers.choice([(PASSWORD, 303), ("guessed", 403)])
        form = urllib.parse.urlencode({"vitrine_restriction": asked[1].decode(), "vitrine_password": given}).encode()
        self.expect("password", wanted, self.restricted, method="POST", body=form,
                    headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.stop.wait(GUEST_PAUSE_S)

    def rude(self, numbers):
        """Asks for a page and resets the connection instead of reading."""
        with socket.create_connection(self.vitrine.address, timeout=10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(f"GET {numbers.choice(self.paths)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.counts["aborted"] = self.counts.get("aborted", 0) + 1

    def slow(self, _):
        """Sends one byte of its header now and then; the server must not wait for ever."""
        began = time.monotonic()
        with socket.create_connection(self.vitrine.address, timeout=10) as connection:
            try:
                for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"s" * 1000:
                    connection.sendall(bytes([byte]))
                    if self.stop.wait(0.1):
                        return
            except OSError:
                self.counts["slow, cut off"] = self.counts.get("slow, cut off", 0) + 1
                return
        raise Failure(f"a request header may take {time.monotonic() - began:.0f} s")
