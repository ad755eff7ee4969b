"""What is looked at: every page that links lead to, and the answers that none leads to, each with the status it must have."""

import dataclasses
import html.parser
import shutil
import sqlite3
import urllib.parse
from contextlib import closing

from processes import Failure, fetch, wait_for
from vitrine import Vitrine

MISSING = "no-such-page/"
# What people might write into a field of that type.
TYPED = {"email": "reader@example.com", "url": "https://example.com/", "number": "7", "date": "2026-08-12",
         "datetime-local": "2026-08-12T19:45", "checkbox": "yes"}


@dataclasses.dataclass
class Target:
    path: str
    status: int = 200
    # Whether search engines may have it.
    indexed: bool = True
    # Whether Lighthouse sees it: one page of each sort is enough.
    lighthouse: bool = False
    # The values of its form to send, by name; the answer to them is looked at. None: nothing is sent.
    sends: dict | None = None
    html: str = ""

    @property
    def name(self):
        return self.path if self.sends is None else f"{self.path} (form sent, {self.status})"

    def for_browser(self):
        return {key: getattr(self, key) for key in ("path", "name", "status", "indexed", "sends")}

    def load(self, vitrine):
        """Asks for the HTML, which must come with the status."""
        asked = {}
        if self.sends is not None:
            sent = Form.of(vitrine.get(self.path)[2].decode(), self.path).values | self.sends
            asked = {"method": "POST", "body": urllib.parse.urlencode(sent).encode()}
        status, headers, body = fetch(vitrine.url + self.path, **asked)
        if status != self.status or headers.get_content_type() != "text/html":
            raise Failure(f"{self.name} answers {status} {headers.get_content_type()}, not {self.status} text/html")
        self.html = body.decode()
        return self


class Form(html.parser.HTMLParser):
    """The form of a page that is sent with POST: its `values` as they stand, and what people could have `typed`."""

    def __init__(self):
        super().__init__()
        self.inside, self.values, self.typed = False, {}, {}

    @classmethod
    def of(cls, text, where):
        form = cls()
        form.feed(text)
        if not form.values:
            raise Failure(f"{where} has no form to send")
        return form

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("method") == "post"
        name, kind = given.get("name"), given.get("type", "text")
        if not self.inside or not name or kind in ("checkbox", "radio") and name in self.typed:
            return
        self.values[name] = given.get("value") or ""
        # Nobody fills in what is hidden, from eyes or from the keyboard.
        if kind != "hidden" and "tabindex" not in given:
            self.typed[name] = given["value"] if kind == "radio" else TYPED.get(kind, "Words")

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


def form_pages(pages):
    return [path for path, text in pages.items() if 'name="vitrine_website"' in text]


def searches(pages):
    """The search pages, one for each language."""
    return [path for path in pages if path.endswith("/search/")]


def unlinked(vitrine, pages):
    """What visitors get by a wrong address, by searching and by sending forms; and what programmers read of the API."""
    known = sorted(vitrine.seeded())[-1]
    words = known.strip("/").rsplit("/", 1)[-1].replace("-", "+")
    targets = [
        Target(f"/search/?q={words}", indexed=False, lighthouse=True),
        Target(f"/search/?q={'long' * 100}", 400, indexed=False),
        Target("/api/docs/", indexed=False),
        Target("/api/docs/problems/", indexed=False),
    ]
    # In every language.
    for path in searches(pages):
        targets += [Target(f"{path}?q=xqzvwkjx", indexed=False),
                    Target(path.removesuffix("search/") + MISSING, 404, indexed=False, lighthouse=path == "/search/")]
    for number, path in enumerate(form_pages(pages)):
        targets += [Target(f"{path}?done", indexed=False),
                    Target(path, 422, indexed=False, lighthouse=number == 0, sends={})]
    loaded = [target.load(vitrine) for target in targets]
    if not any(target.path.endswith(words) and f'href="{known}"' in target.html for target in loaded):
        raise Failure(f"a search for {words} does not find {known}")
    return loaded


def spoilt(stack, binary, site):
    """A server on which visitors may not read two pages, nothing can be found and nothing stored; and its answers."""
    folder = stack.dir / "spoilt-site"
    shutil.copytree(site, folder)
    (folder / "templates" / "search.html").write_text("{{ nothing.of.this }}")
    vitrine = Vitrine(stack, binary, name="spoilt", site__dir=folder, forms__per_minute=10_000)
    seeded = vitrine.seeded()
    forms = form_pages({path: vitrine.get(path)[2].decode() for path in seeded})
    _, for_members, *_, behind_password = [path for path in seeded if path not in forms]
    vitrine.command("privacy", "set", "--password-stdin", seeded[behind_password], given="a password\n")
    vitrine.command("privacy", "set", "--login", seeded[for_members])
    # The server follows within a second.
    wait_for("visitors may not read two pages", lambda: all(vitrine.get(path)[0] == 403 for path in (behind_password, for_members)))
    targets = [
        Target(behind_password, 403, indexed=False, lighthouse=True),
        Target(behind_password, 403, indexed=False, sends={"vitrine_password": "not the password"}),
        Target(for_members, 403, indexed=False),
        Target("/search/", 500, indexed=False, lighthouse=True),
    ]
    for path in forms:
        typed = Form.of(vitrine.get(path)[2].decode(), path).typed
        targets.append(Target(path, 503, indexed=False, lighthouse=path == forms[0], sends=typed))
    with closing(sqlite3.connect(vitrine.data / "vitrine.db")) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON form_submission BEGIN SELECT RAISE(ABORT, 'full'); END")
    return vitrine, [target.load(vitrine) for target in targets]


def linked(vitrine, pages):
    """All that links lead to. For Lighthouse, the longest page of every type, and of every sort of list below one, such as
    /blog/archive/2026/ for years."""
    with closing(sqlite3.connect(vitrine.data / "vitrine.db")) as database:
        types = {str(page_id): of_type for page_id, of_type in database.execute("SELECT id, type FROM page")}
    seeded = {path: types[page_id] for path, page_id in vitrine.seeded().items()}
    longest = {}
    for path, text in pages.items():
        if "?" in path or path in searches(pages):
            continue
        owner = max((known for known in seeded if path.startswith(known)), key=len)
        first, *more = path.removeprefix(owner).split("/")
        kind = (seeded[owner], first, len(more))
        if kind not in longest or len(text) > len(pages[longest[kind]]):
            longest[kind] = path
    return [Target(path, indexed='content="noindex"' not in text, lighthouse=path in longest.values(), html=text)
            for path, text in pages.items()]
