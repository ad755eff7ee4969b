"""Proof: a cache in front that takes no purge."""

import http.server
import threading

from processes import HOST
from prove_jobs import a_draft


class Cache(http.server.ThreadingHTTPServer):
    """Answers purges with 503 until it is well."""

    def __init__(self):
        super().__init__((HOST, 0), Answer)
        self.is_well = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://{HOST}:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_PURGE(self):
        self.send_response(200 if self.server.is_well else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing: the proofs say what counts."""


def purges(lab, servers):
    """A Varnish that answers 503 to what changes."""
    cache = Cache()
    cache.is_well = True
    server = servers.start("cdn", cdn__provider="varnish", cdn__urls=cache.url, cdn__again_s="0.5")
    lab.watch(server.ops, "cdn")

    def break_it():
        cache.is_well = False
        a_draft(server)

    failing = lab.case("a cache in front answers 503 to purges", "VitrineCdnPurgesFailing", job="cdn")
    failing.prove(break_it, lambda: setattr(cache, "is_well", True))


PROOFS = {purges: ["VitrineCdnPurgesFailing"]}
