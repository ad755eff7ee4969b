"""The two sites that bench/scale compares, and what is measured of them."""

import html
import http.client
import random
import re
import statistics
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from measure import Case, wrk, wrk_of_list
from processes import Failure, environment
from vitrine import Vitrine

PAIRS, PAIR_S = 9, 2
SAMPLE = 400
QUERIES_OF_A_KIND = 40
LOAD_S = 20
LISTING = "/blog/"
# The longest that a command may take, in seconds.
PATIENCE_S = 1800


@dataclass
class Measured:
    seed_s: float
    build: dict = field(default_factory=dict)
    page_ratio: float = 0
    page_ms: float = 0
    last_page: int = 0
    listing_ms: tuple = ()
    searches: int = 0
    search_p95_ms: float = 0
    search_kinds: dict = field(default_factory=dict)
    sitemap_s: float = 0
    sitemap_urls: int = 0
    sitemap_growth: int = 0
    peak_rss: int = 0
    moved: int = 0
    move_s: float = 0


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Sites:
    """A small site and a large one, each on a database of its own."""

    def __init__(self, stack, binary, database_url, say):
        self.stack, self.binary, self.database_url, self.say = stack, binary, database_url, say
        self.settings, self.addresses, self.dice = {}, {}, random.Random(1)

    def seed(self, name, pages):
        """Seconds that `vitrine seed` takes."""
        settings = {"data": self.stack.dir / f"{name}-data"}
        if url := self.database_url(name):
            settings["database__url"] = url
        self.settings[name] = settings
        took, _ = self.command(name, "seed", "--pages", str(pages))
        self.say(f"{pages} pages in {took:.1f} s")
        return took

    def command(self, name, *arguments):
        flags = {key.replace("__", "."): value for key, value in self.settings[name].items() if key != "data"}
        flags["data.dir"] = self.settings[name]["data"]
        flags = [part for key, value in flags.items() for part in ("--set", f"{key}={value}")]
        began = time.monotonic()
        done = subprocess.run([self.binary, *arguments, *flags], capture_output=True, text=True, timeout=PATIENCE_S,
                              env=environment(), check=False)
        if done.returncode:
            raise Failure(f"vitrine {' '.join(arguments)}: {done.stderr}")
        return time.monotonic() - began, done.stdout

    def serve(self, name, label, **settings):
        server = Vitrine(self.stack, self.binary, f"{name}-{label}", **self.settings[name], **settings)
        if name not in self.addresses:
            self.addresses[name] = list(sitemap(server))
        return server

    def sample(self, name):
        known = self.addresses[name]
        return self.dice.sample(known, min(SAMPLE, len(known)))

    def measure_pages(self, found):
        servers = {name: self.serve(name, "uncached", cache__enabled="false") for name in ("small", "large")}
        samples = {name: self.sample(name) for name in servers}
        cases = {name: Case(name, server.program, server.url, 1) for name, server in servers.items()}
        for name, case in cases.items():
            wrk_of_list(case, samples[name], PAIR_S)
        ratios, times = [], []
        for number in range(PAIRS):
            order = ("small", "large") if number % 2 else ("large", "small")
            p50 = {name: wrk_of_list(cases[name], samples[name], PAIR_S).p50_ms for name in order}
            ratios.append(p50["large"] / p50["small"])
            times.append(p50["large"])
        found.page_ratio, found.page_ms = statistics.median(ratios), statistics.median(times)
        self.say(f"page p50 {found.page_ms:.2f} ms, ratios {', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))}")
        self.stack.end(servers["small"].program)
        self.uncached = servers["large"]

    def measure_listing(self, found):
        found.last_page = 1000
        server = self.uncached
        if server.get(f"{LISTING}?page={found.last_page}")[0] != 200:
            found.last_page = max(int(number) for number in re.findall(r"\?page=(\d+)", server.get(LISTING)[2].decode()))
        pages = {number: Case(f"page {number}", server.program, f"{server.url}{LISTING}?page={number}", 1)
                 for number in (1, found.last_page)}
        times = {number: [] for number in pages}
        for _ in range(PAIRS):
            for number, case in pages.items():
                times[number].append(wrk(case, PAIR_S).p50_ms)
        found.listing_ms = tuple(statistics.median(each) for each in times.values())
        self.say(f"index: {found.listing_ms[0]:.2f} ms, page {found.last_page}: {found.listing_ms[1]:.2f} ms")
        self.stack.end(server.program)

    def measure_search(self, found):
        self.cached = self.serve("large", "serving")
        times = {kind: [time_of(self.cached, query) for query in queries] for kind, queries in self.queries().items()}
        everything = [each for kind in times.values() for each in kind]
        found.searches, found.search_p95_ms = len(everything), percentile(everything, 0.95)
        found.search_kinds = {kind: (percentile(each, 0.5), percentile(each, 0.95)) for kind, each in times.items()}
        for kind, (p50, p95) in found.search_kinds.items():
            self.say(f"search, {kind}: p50 {p50:.1f} ms, p95 {p95:.1f} ms")

    def queries(self):
        """Queries of every kind that visitors type, from words that the site has."""
        words, titles = set(), []
        for path in self.sample("large")[:60]:
            text = self.cached.get(path)[2].decode()
            titles.append(html.unescape(re.sub("<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)[1])).split())
            words |= set(re.findall(r"\b[a-z]{4,12}\b", re.sub("<[^>]+>", " ", text[text.index("<main"):])))
        words, dice = sorted(words), self.dice
        long_words = [word for word in words if len(word) > 6]

        def misspelt():
            word = dice.choice(long_words)
            at = dice.randrange(1, len(word) - 2)
            return word[:at] + word[at + 1] + word[at] + word[at + 2:]

        kinds = {
            "one word": lambda: dice.choice(words),
            "two words": lambda: " ".join(dice.sample(words, 2)),
            "the beginning of a word": lambda: dice.choice(long_words)[:4],
            "a title": lambda: " ".join(dice.choice(titles)[:8]),
            "in quotes": lambda: f'"{" ".join(dice.choice(titles)[:2])}"',
            "one without another": lambda: f"{dice.choice(words)} -{dice.choice(words)}",
            "misspelt": misspelt,
            "nonsense": lambda: "".join(dice.choice("bcdfgklmnprstvwxz") for _ in range(9)),
        }
        return {kind: list({make() for _ in range(QUERIES_OF_A_KIND)}) for kind, make in kinds.items()}

    def measure_sitemap(self, found):
        before = self.cached.program.rss_bytes()
        with Peak(self.cached.program) as peak:
            began = time.monotonic()
            found.sitemap_urls = sum(1 for _ in sitemap(self.cached))
            found.sitemap_s = time.monotonic() - began
        found.sitemap_growth = max(0, peak.bytes - before)
        self.say(f"sitemap of {found.sitemap_urls} addresses in {found.sitemap_s:.2f} s")

    def measure_move(self, found):
        """The subtree that `vitrine seed` makes below a section of the site, which is 15 % of all pages."""
        self.stack.end(self.cached.program)
        pages = re.findall(r"^\s*(\d+)\s+(/\S*)", self.command("large", "tree", "show")[1], re.MULTILINE)
        below = {}
        for _, path in pages:
            parts = path.strip("/").split("/")
            for depth in range(2, len(parts)):
                parent = "/".join(parts[:depth])
                below[parent] = below.get(parent, 0) + 1
        listing = next(path.strip("/") for _, path in pages if path.endswith(LISTING))
        ids = {path.strip("/"): number for number, path in pages}
        root = max((path for path in below if not f"{listing}/".startswith(f"{path}/")), key=lambda path: below[path])
        target = next(path for path in ids if path.count("/") == 1 and path not in (root, listing))
        found.moved = below[root] + 1
        found.move_s, _ = self.command("large", "page", "move", ids[root], ids[target])
        self.say(f"moved /{root}/ with {found.moved} pages in {found.move_s:.2f} s")


def time_of(server, query):
    """Milliseconds of one search over HTTP."""
    began = time.monotonic()
    status = server.get(f"/search/?q={urllib.parse.quote(query)}")[0]
    if status != 200:
        raise Failure(f"the search for {query!r} answers {status}")
    return (time.monotonic() - began) * 1e3


def sitemap(server):
    """All paths in all files of the sitemap."""
    for entry in locations(server, "/sitemap.xml"):
        yield from locations(server, entry)


def locations(server, path):
    connection = http.client.HTTPConnection(*server.address, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise Failure(f"{path} answers {answer.status}")
    rest = b""
    while chunk := answer.read1(1 << 16):
        *found, rest = (rest + chunk).split(b"</loc>")
        for each in found:
            yield urllib.parse.urlsplit(html.unescape(each.rsplit(b"<loc>", 1)[1].decode())).path
    connection.close()


class Peak:
    """The highest resident memory of a program, looked at every 20 ms."""

    def __init__(self, program):
        self.program, self.bytes, self.ended = program, program.rss_bytes(), threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.ended.wait(0.02):
            self.bytes = max(self.bytes, self.program.rss_bytes())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def under_load(sites, found):
    """Visitors of random pages, of the search and of the sitemap, all at once."""
    server, ended, failures = sites.cached, threading.Event(), []
    queries = [query for kind in sites.queries().values() for query in kind]

    def repeat(work):
        while not ended.is_set():
            try:
                work()
            except (Failure, OSError) as failure:
                failures.append(str(failure))
                return

    def search():
        time_of(server, sites.dice.choice(queries))

    others = [threading.Thread(target=repeat, args=(work,)) for work in (search, lambda: list(sitemap(server)))]
    with Peak(server.program) as peak:
        for thread in others:
            thread.start()
        run = wrk_of_list(Case("load", server.program, server.url, 32), sites.dice.sample(
            sites.addresses["large"], min(20_000, len(sites.addresses["large"]))), LOAD_S)
        ended.set()
        for thread in others:
            thread.join()
    if failures:
        raise Failure(f"under load: {failures[0]}")
    found.peak_rss = peak.bytes
    sites.say(f"{run.rate:,.0f} requests/s under load, RSS up to {peak.bytes / 1e6:.0f} MB")
