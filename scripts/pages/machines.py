"""What a site tells machines: sitemaps, feeds, robots.txt and llms.txt, against their schemas and against the pages."""

import json
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.robotparser
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from processes import Failure, program_path
from targets import searches
from vitrine import path_of

SCHEMAS = Path(__file__).resolve().parent / "schemas"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# Of a feed: its schema, and where a parsed one has its own address and those of its entries.
FEEDS = {
    "application/rss+xml": ("rss.rnc", lambda feed: (feed.find(f".//{ATOM}link[@rel='self']").get("href"),
                                                     [link.text for link in feed.iterfind(".//item/link")])),
    "application/atom+xml": ("atom.rnc", lambda feed: (feed.find(f"{ATOM}link[@rel='self']").get("href"),
                                                       [link.get("href") for link in feed.iterfind(f"{ATOM}entry/{ATOM}link")])),
    "application/feed+json": ("json-feed.json", lambda feed: (feed["feed_url"], [item["url"] for item in feed["items"]])),
}
ROBOTS_FIELDS = {"user-agent", "allow", "disallow", "sitemap"}
# Of what a checker says; the rest is mostly the same again.
LINES_TOLD = 20
# Links to more feeds than these have no end.
MOST_FEEDS = 300


class Machines:
    """Checks on one server, whose crawl found `pages`: {path: HTML}. `modules`: the folder of the node packages.
    `feeds_wanted`: whether a site without feeds is a mistake."""

    def __init__(self, vitrine, modules, pages, feeds_wanted):
        self.vitrine, self.modules, self.pages, self.feeds_wanted = vitrine, modules, pages, feeds_wanted
        self.folder = Path(tempfile.mkdtemp(dir=vitrine.data))

    def check(self):
        sitemaps, listed = self.sitemaps()
        feeds, entries = self.feeds()
        self.robots(listed)
        self.llms()
        print(f"  machines: {sitemaps} sitemaps of {len(listed)} pages and {feeds} feeds of {entries} entries follow their "
              "schemas and lead to pages, robots.txt and llms.txt too", flush=True)

    def get(self, path, kind):
        status, headers, body = self.vitrine.get(path)
        if status != 200 or headers.get_content_type() != kind:
            raise Failure(f"{path} answers {status} {headers.get_content_type()}, not 200 {kind}")
        return body

    def path(self, url, where):
        """The path of a URL of this site, whatever the host name."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Failure(f"{where} has {url!r}, which is no absolute URL")
        return path_of(parts)

    def pages_at(self, urls, where):
        """Their paths, all of them pages that visitors can reach."""
        paths = [self.path(url, where) for url in urls]
        unknown = [path for path in paths if path not in self.pages]
        if unknown:
            raise Failure(f"{where} names what no link leads to: {', '.join(unknown)}")
        return paths

    def store(self, path, body):
        file = self.folder / re.sub(r"[^A-Za-z0-9.-]+", "_", path.strip("/"))
        file.write_bytes(body)
        return file

    def run(self, what, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode:
            said = [line.replace(f"{self.folder}/", "") for line in (done.stderr + done.stdout).splitlines()]
            raise Failure("\n".join([f"{what} (schemas: scripts/pages/schemas; the files are named after their paths):",
                                     *said[:LINES_TOLD], f"{len(said)} lines in all"]))

    def sitemaps(self):
        index = self.get("/sitemap.xml", "application/xml")
        files, urls = [self.store("/sitemap.xml", index)], []
        for found in ElementTree.fromstring(index).iter(f"{SITEMAP}loc"):
            path = self.path(found.text, "/sitemap.xml")
            body = self.get(path, "application/xml")
            files.append(self.store(path, body))
            urls += [loc.text for loc in ElementTree.fromstring(body).iter(f"{SITEMAP}loc")]
        # Ours includes the one of sitemaps.org by its name.
        for source in (SCHEMAS / "sitemaps.xsd", self.modules / "node_modules" / "sitemap" / "schema" / "sitemap.xsd"):
            shutil.copy(source, self.folder)
        self.run("a sitemap breaks the schema", program_path("xmllint"), "--noout", "--nonet", "--schema",
                 self.folder / "sitemaps.xsd", *files)
        listed = self.pages_at(urls, "the sitemap")
        missing = self.vitrine.seeded().keys() - set(listed)
        if missing:
            raise Failure(f"the sitemap lacks {', '.join(sorted(missing))}")
        return len(files), listed

    def feeds(self):
        """Of every page that names feeds in its head."""
        pattern = re.compile(r'<link rel="alternate" type="([^"]+)" title="[^"]+" href="([^"]+)"')
        links = {self.path(url, path): kind for path, text in self.pages.items() for kind, url in pattern.findall(text)}
        links = {path: kind for path, kind in links.items() if kind in FEEDS}
        absent = set(FEEDS) - set(links.values()) if links or self.feeds_wanted else []
        if absent or len(links) > MOST_FEEDS:
            raise Failure(f"the heads of the pages link to {len(links)} feeds of at most {MOST_FEEDS}, and to none of {absent}: "
                          "is the block `feeds` of the templates as it was?")
        count = 0
        for kind, (schema, read) in FEEDS.items():
            bodies = {path: self.get(path, kind) for path, of in links.items() if of == kind}
            if not bodies:
                continue
            files = [self.store(path, body) for path, body in bodies.items()]
            if kind == "application/feed+json":
                script = SCHEMAS.parents[1] / "browser" / "json-schema.mjs"
                self.run("a feed breaks JSON Feed", program_path("node"), script, self.modules, SCHEMAS / schema, *files)
            else:
                # Jing, as it is inside the HTML checker.
                jar = self.modules / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
                self.run("a feed breaks its grammar", program_path("java"), "-cp", jar,
                         "nu.validator.vendor.thaiopensource.relaxng.util.Driver", "-c", SCHEMAS / schema, *files)
            for path, body in bodies.items():
                own, entries = read(json.loads(body) if schema.endswith(".json") else ElementTree.fromstring(body))
                if self.path(own, path) != path or not entries:
                    raise Failure(f"{path} says that it is {own}, and has {len(entries)} entries")
                count += len(self.pages_at(entries, path))
        return len(links), count

    def robots(self, listed):
        lines = self.get("/robots.txt", "text/plain").decode().splitlines()
        for line in lines:
            field, colon, _ = line.partition(":")
            if line.strip() and not line.startswith("#") and (not colon or field.lower() not in ROBOTS_FIELDS):
                raise Failure(f"robots.txt: crawlers do not understand {line!r}")
        rules = urllib.robotparser.RobotFileParser()
        rules.parse(lines)
        if [self.path(url, "robots.txt") for url in rules.site_maps() or []] != ["/sitemap.xml"]:
            raise Failure(f"robots.txt names the sitemaps {rules.site_maps()}")
        kept_out = [path for path in listed if not rules.can_fetch("*", path)]
        let_in = [path for path in searches(self.pages) if rules.can_fetch("*", f"{path}?q=sea")]
        if kept_out or let_in:
            raise Failure(f"robots.txt keeps crawlers from {kept_out} of the sitemap, and lets them into {let_in}")

    def llms(self):
        """After llmstxt.org: a title, a quotation, text, then sections that are lists of links."""
        text = self.get("/llms.txt", "text/plain").decode()
        opening, *sections = re.split(r"^## .+$", text, flags=re.MULTILINE)
        if not re.match(r"# \S.*\n\n(> \S.*\n\n)?", opening) or opening.count("\n# ") or not sections:
            raise Failure(f"llms.txt must open with a title, and a quotation if any, before its sections:\n{opening}")
        lines = [line for section in sections for line in section.splitlines() if line]
        links = [re.fullmatch(r"- \[.+\]\(([^)\s]+)\)(: \S.*)?", line) for line in lines]
        wrong = [line for line, link in zip(lines, links) if not link]
        if wrong or not lines:
            raise Failure(f"llms.txt has lines in its sections that are no links: {wrong}")
        first = self.pages_at([link[1] for link in links], "llms.txt")[0]
        _, headers, _ = self.vitrine.get(first, headers={"Accept": "text/markdown"})
        if headers.get_content_type() != "text/markdown":
            raise Failure(f"{first} is not there as Markdown, which llms.txt promises")
