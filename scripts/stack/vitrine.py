"""A Vitrine with a temporary data folder on free ports, and all the pages that can be reached on it."""

import html.parser
import json
import os
import re
import shutil
import subprocess
import urllib.parse
from pathlib import Path

from processes import HOST, Failure, environment, fetch

# A collection, as one may be on any site.
COLLECTION = "tests/fixtures/collection/transactions.toml"
# A site that grows without end in a crawl has a fault; the default one has about 40 addresses.
MOST_PAGES = 500


def release_binary(given=None):
    """The path of the release binary, which must exist."""
    root = Path(__file__).resolve().parents[2]
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    binary = Path(given) if given else root / target / "release" / "vitrine"
    if not binary.is_file():
        raise Failure(f"there is no {binary}: run cargo build --release first")
    return binary.resolve()


def path_of(parts):
    """The path and query of a split URL, as browsers send them: without umlauts."""
    asked = parts.path + (f"?{parts.query}" if parts.query else "")
    return urllib.parse.quote(asked, safe="/?#[]@!$&'()*+,;=:%~-._")


def site_with(folder, *types):
    """A copy of the default site in `folder`, with these type files of the repository beside its own."""
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root / "site", folder)
    for name in types:
        shutil.copy(root / name, folder / "types")
    return folder


def flags(data, settings):
    """Configuration keys, as `Vitrine` takes them, as parts of a command."""
    values = {"data.dir": data, "server.listen": f"{HOST}:0", "server.ops_listen": f"{HOST}:0"}
    values |= {key.replace("__", "."): value for key, value in settings.items()}
    return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


def command(binary, arguments, settings, given="", timeout_s=30):
    """What `vitrine` prints. `given`: its standard input."""
    done = subprocess.run([binary, *arguments, *settings], capture_output=True, text=True, timeout=timeout_s, env=environment(),
                          input=given)
    if done.returncode:
        raise Failure(f"vitrine {' '.join(map(str, arguments))} failed: {done.stderr}")
    return done.stdout


class Vitrine:
    """One running server. `settings` are configuration keys, as for --set; `before` is a command that starts the one behind it."""

    def __init__(self, stack, binary, name="vitrine", env=None, before=(), **settings):
        self.data = settings.pop("data", stack.dir / f"{name}-data")
        self.binary, self.settings = binary, flags(self.data, settings)
        self.program = stack.start(name, [*before, binary, *self.settings], ready=self.is_ready, env=env)

    def is_ready(self, program):
        for line in program.output().splitlines():
            if '"msg":"ready"' in line:
                ready = json.loads(line)
                # A worker has no site.
                self.url, self.ops = f"http://{ready.get('site')}", f"http://{ready['ops']}"
                return True
        return False

    @property
    def address(self):
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        return host, int(port)

    def get(self, path, **options):
        return fetch(self.url + path, **options)

    def break_with(self, **fault):
        """Injects a fault; it needs VITRINE_FAULTS=1."""
        status, _, body = fetch(f"{self.ops}/faults", {"Content-Type": "application/json"}, "POST", body=json.dumps(fault).encode())
        if status != 201:
            raise Failure(f"the fault {fault} is answered with {status}: {body.decode()}")

    def heal(self):
        """Ends all injected faults."""
        fetch(f"{self.ops}/faults", method="DELETE")

    def command(self, *arguments, **options):
        """What another `vitrine` process prints, on the same database; see `command`."""
        return command(self.binary, arguments, self.settings, **options)

    def seeded(self):
        """{path: id} of the pages, from `vitrine tree show`: `home` stands in front of English ones, `home-de` of German."""
        lines = re.findall(r"^\s*(\d+)\s+/home(-[a-z-]+)?(/\S*)", self.command("tree", "show"), re.MULTILINE)
        return {language.replace("-", "/", 1) + path: page_id for page_id, language, path in lines}

    def crawl(self):
        """{path: HTML} of every page that can be reached from the home page; a broken link is a Failure."""
        pages, waiting = {}, [("/", "the home page")]
        while waiting:
            path, where = waiting.pop(0)
            if path in pages:
                continue
            status, headers, body = self.get(path)
            if status != 200:
                raise Failure(f"{path} answers {status}; linked from {where}")
            if not headers.get_content_type() == "text/html":
                continue
            if len(pages) == MOST_PAGES:
                raise Failure(f"more than {MOST_PAGES} pages can be reached: is there a loop of links?")
            pages[path] = body.decode()
            waiting += [(link, path) for link in self.links(path, pages[path])]
        hidden = self.seeded().keys() - pages.keys()
        if hidden:
            raise Failure(f"no link leads to these pages: {', '.join(sorted(hidden))}")
        return pages

    def links(self, path, text):
        reader = Links()
        reader.feed(text)
        for href in reader.found:
            target = urllib.parse.urlsplit(urllib.parse.urljoin(self.url + path, href))
            if f"{target.scheme}://{target.netloc}" == self.url:
                yield path_of(target)


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag == "a" and (href := dict(attributes).get("href")):
            self.found.append(href)
