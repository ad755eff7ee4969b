"""Proofs: content that cannot be searched, shown or published in time, and what the server says of itself."""

import http.server
import itertools
import json
import os
import re
import shutil
import signal
import threading
import time
from pathlib import Path

from causes import Load, Repeated, on_database
from processes import HOST, Failure, children, free_port
from proving import LONG_PATIENCE_S, SLOW_SCRAPE

ROOT = Path(__file__).resolve().parents[2]
# A label of page types has 30 values.
TYPES = 40
# Longer than the 0.25 s of the rule, shorter than a scrape may take.
STALL_S = 0.35


def rename(server, table, name):
    # The rest of the schema is not read: Python's SQLite may be too old for it.
    on_database(server, "PRAGMA legacy_alter_table = ON", f"ALTER TABLE {table} RENAME TO {name}").close()


def content(lab, servers):
    """Media that are gone, a search without its index, a publish that waits."""
    server = servers.start("content", database__acquire_timeout_s=30)
    lab.watch(server.ops, "content")
    media(lab, server)
    case = lab.case("fault pool_hold: the next page is published while no connection is free", "VitrinePublishSlow", job="content")
    case.prove(lambda: publish_late(server), server.heal)
    index = lab.case("the table of the search index is gone", "VitrineSearchFailing", "VitrineQueryErrors", job="content")
    with Load(server, ["/search/?q=clock"], per_s=8, clients=2):
        index.prove(lambda: rename(server, "search_word", "lost"), lambda: rename(server, "lost", "search_word"))


def media(lab, server):
    """The folder of the media library is replaced by a file, while pages ask for pictures that were not made yet."""
    pictures = sorted({url for page in server.seeded() for url in re.findall(r'/media/images/[^"\s,]+', server.get(page)[2].decode())})
    if len(pictures) < 6:
        raise Failure(f"the pages have only {len(pictures)} pictures")
    folder, away = server.data / "media", server.data / "media-away"

    def lose():
        folder.rename(away)
        folder.write_text("no folder")

    def find():
        folder.unlink()
        away.rename(folder)

    with Load(server, pictures, per_s=10, clients=2):
        case = lab.case("the folder of media is gone", "VitrineMediaStorageFailing", "VitrineRenditionFailures", job="content")
        case.prove(lose, find)


def publish_late(server):
    """Published by another process, as editors do; this server sees it when it has a connection again."""
    page_id = list(server.seeded().values())[-1]
    server.break_with(kind="pool_hold", pool="read", seconds=10)
    server.command("page", "publish", page_id)


def index(lab, servers):
    """Another version made the index, and nobody can write the new one."""
    server = servers.start("index")
    lab.watch(server.ops, "index", SLOW_SCRAPE)
    locked = []

    def lock():
        locked.append(on_database(server, "UPDATE search_state SET version = 0", "BEGIN IMMEDIATE"))

    case = lab.case("the index is another version's, and the database is locked", "VitrineSearchIndexStale", job="index")
    case.prove(lock, lambda: locked[0].close(), LONG_PATIENCE_S)


class Collector:
    """An OTLP receiver that takes everything, until it is gone."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.handler, self.port = Handler, free_port()
        self.start()

    def start(self):
        self.server = http.server.ThreadingHTTPServer((HOST, self.port), self.handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def workshop(lab, servers):
    """A server in dev mode, which reads its templates anew; its log goes through a program that can be stopped."""
    folder = lab.stack.dir / "workshop-site"
    shutil.copytree(ROOT / "site", folder)
    write_types(folder)
    collector = Collector()
    # The program that takes the log is the server's only child.
    pipe = ["sh", "-c", 'mkfifo "$0" && { cat "$0" & exec "$@" > "$0"; }', lab.stack.dir / "workshop-log"]
    server = servers.start("workshop", before=pipe, mode="dev", site__dir=folder,
                           telemetry__otlp_endpoint=f"http://{HOST}:{collector.port}")
    lab.watch(server.ops, "workshop")
    template = folder / "templates" / "search.html"
    written = template.read_text()
    with Load(server, ["/search/?q=clock"], per_s=0.7, clients=1), Load(server, ["/"], per_s=10):
        lost = lab.case("the collector of traces is gone", "VitrineSpansLost", job="workshop")
        broken = lab.case("a template divides a word", "VitrineTemplateErrors", job="workshop")
        lost.cause(collector.stop)
        broken.prove(lambda: template.write_text('{{ "word" / 2 }}' + written), lambda: template.write_text(written))
        lost.arrive().undo(collector.start).resolve()
    overflow = types(lab, server)
    logs(lab, server)
    stall(lab, server)
    overflow.resolve()


def write_types(folder):
    """So many types of pages as no site has; what browsers send of the last ones has no label of its own."""
    standard = (folder / "types" / "standard.toml").read_text()
    text = re.sub(r"(?m)^(parent_types|child_types) = .*$", r"\1 = []", standard)
    for number in range(TYPES):
        (folder / "types" / f"extra{number}.toml").write_text(text.replace('"standard.StandardPage"', f'"extra.Extra{number}Page"', 1))


def types(lab, server):
    numbers = itertools.cycle(range(TYPES))

    def send():
        vitals = {"page_type": f"extra.Extra{next(numbers)}Page", "device": "desktop", "lcp": 1.0, "inp": 0.05, "cls": 0, "fcp": 0.4,
                  "ttfb": 0.02}
        server.get("/-/vitals", method="POST", body=json.dumps(vitals).encode())

    case = lab.case("browsers tell of more types of pages than the label has values", "VitrineLabelOverflow", job="workshop",
                    metric="page_type")
    beacons = Repeated(send, 1.1)
    case.cause(beacons.__enter__).arrive().undo(beacons.__exit__)
    return case


def logs(lab, server):
    reader = children(server.program.pid)[0]
    # Each request is a line as long as what it says of its browser.
    with Load(server, ["/"], per_s=200, clients=4, headers={"User-Agent": "n" * 16_000}):
        case = lab.case("the program that takes the log stands still", "VitrineLogLinesDropped", job="workshop")
        case.prove(lambda: os.kill(reader, signal.SIGSTOP), lambda: os.kill(reader, signal.SIGCONT))


def stall(lab, server):
    """The process gets no processor for a third of a second, again and again."""
    def starve():
        os.kill(server.program.pid, signal.SIGSTOP)
        time.sleep(STALL_S)
        os.kill(server.program.pid, signal.SIGCONT)

    starving = Repeated(starve, 0.6)
    case = lab.case(f"SIGSTOP for {STALL_S} s, again and again", "VitrineRuntimeStalled", job="workshop")
    case.prove(starving.__enter__, starving.__exit__)


PROOFS = {
    content: ["VitrineMediaStorageFailing", "VitrineRenditionFailures", "VitrinePublishSlow", "VitrineSearchFailing",
              "VitrineQueryErrors"],
    index: ["VitrineSearchIndexStale"],
    workshop: ["VitrineLabelOverflow", "VitrineSpansLost", "VitrineTemplateErrors", "VitrineLogLinesDropped", "VitrineRuntimeStalled"],
}
