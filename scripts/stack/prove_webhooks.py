"""Proofs: a receiver of webhooks that fails, and deliveries that nobody tries."""

import http.server
import json
import threading
import urllib.request

from causes import Load
from processes import HOST
from prove_jobs import a_draft

MAKER = "grace"
JSON = {"Content-Type": "application/json"}


class Receiver(http.server.ThreadingHTTPServer):
    """Answers 500 until it is well."""

    def __init__(self):
        super().__init__((HOST, 0), Answer)
        self.is_well = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://{HOST}:{self.server_port}/hook"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204 if self.server.is_well else 500)
        self.end_headers()

    def log_message(self, *_):
        """Nothing: the proofs say what counts."""


def webhook(server, url):
    """A webhook for everything; with the headers of a program that may test it."""
    server.command("user", "create", MAKER, "--email", "grace@example.org", "--superuser", "--password-stdin", given="an owl on the roof\n")
    token = server.command("token", "create", MAKER, "--name", "proof", "--scope", "webhooks").strip()
    headers = JSON | {"Authorization": f"Bearer {token}"}
    body = json.dumps({"name": "proof", "url": url, "events": ["*"]}).encode()
    host, port = server.address
    request = urllib.request.Request(f"http://{host}:{port}/api/v1/webhooks/", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["id"], headers


def webhooks(lab, servers):
    """A receiver that answers 500 to one test a second; then a server that only serves pages, and a worker that comes late."""
    settings = {"webhooks__allow_http": "true", "webhooks__allow_networks": HOST}
    receiver = Receiver()
    server = servers.start("webhooks", **settings)
    lab.watch(server.ops, "webhooks")
    number, headers = webhook(server, receiver.url)
    tests = f"/api/v1/webhooks/{number}/test/"
    with Load(server, [tests], per_s=2, clients=1, method="POST", body=b"{}", headers=headers):
        failing = lab.case("a receiver answers 500", "VitrineWebhookFailing", job="webhooks")
        failing.prove(lambda: None, lambda: setattr(receiver, "is_well", True))
    stuck(lab, servers, receiver, settings)


def stuck(lab, servers, receiver, settings):
    server = servers.start("webhooks-web", server__role="web", **settings)
    lab.watch(server.ops, "webhooks-web")
    webhook(server, receiver.url)
    started = []

    def work():
        started.append(servers.start("webhooks-worker", data=server.data, server__role="worker", **settings))

    lab.case("a page changed and only a web process runs", "VitrineWebhooksStuck", job="webhooks-web").prove(lambda: a_draft(server), work)


PROOFS = {webhooks: ["VitrineWebhookFailing", "VitrineWebhooksStuck"]}
