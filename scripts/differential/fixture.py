"""What the trial has beside the default site: a type with every kind of field, and pages, tags, redirects, restrictions and
sites that lists are narrowed by. Made as programs and operators make it: by /api/v1/ and the commands."""

import json
import shutil
import sqlite3

from processes import Failure

WHOLE = {
    "code": "A-1", "about": "Grüße \"hier\"\nund dort", "mail": "ann@example.org", "link": "https://example.org/?a=b&c",
    "size": "l", "amount": 7, "share": 1.5, "price": "12.50", "flag": True, "day": "2026-01-31", "hour": "09:30:00",
    "moment": "2026-01-31T09:30:00Z", "words": "<p>Words with <b>weight</b> &amp; <i>lean</i>.</p>",
    "labels": ["tides", "glass", "Ärmel"],
}


def site_folder(root, folder):
    """A copy of the default site that has the type, too."""
    site = folder / "site"
    shutil.copytree(root / "site", site)
    shutil.copy(root / "scripts" / "differential" / "trial_page.toml", site / "types" / "trial_page.toml")
    for name in ("home", "standard"):
        file = site / "types" / f"{name}.toml"
        file.write_text(file.read_text().replace("child_types = [", 'child_types = ["trial.TrialPage", ', 1))
    return site


class Maker:
    """Who makes it, on a running server: scripts/stack/vitrine.py."""

    def __init__(self, vitrine):
        self.vitrine, self.run = vitrine, vitrine.command
        self.run("user", "create", "joan", "--superuser", "--password-stdin", given="an owl on the roof\n")
        scopes = [part for scope in ("read:content", "write:content", "publish") for part in ("--scope", scope)]
        self.token = self.run("token", "create", "joan", "--name", "trial", *scopes).split()[-1]

    def send(self, path, value):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        status, _, body = self.vitrine.get(f"/api/v1/{path}", headers=headers, method="POST", body=json.dumps(value).encode())
        if status not in (200, 201):
            raise Failure(f"{path}: {status} {body.decode()}")
        return json.loads(body)

    def page(self, parent, title, of="trial.TrialPage", live=True, **values):
        page = self.send("pages/", {"parent": parent, "type": of, "title": title, **values})["id"]
        if live:
            self.send(f"pages/{page}/publish/", {})
        return page


def make(maker, file):
    """All of it, into the database in `file`, which the server has open."""
    database = sqlite3.connect(file, timeout=30, isolation_level=None)
    one = lambda query: database.execute(query).fetchone()[0]  # noqa: E731
    many = lambda query: [row[0] for row in database.execute(query)]  # noqa: E731
    home, about = one("SELECT root_page_id FROM site"), one("SELECT id FROM page WHERE url_path LIKE '%/about/'")
    posts, categories = many("SELECT id FROM page WHERE type = 'blog.BlogPage' ORDER BY id"), many(
        "SELECT id FROM snippet WHERE type = 'blog.Category' ORDER BY id")
    author = one("SELECT id FROM snippet WHERE type = 'blog.Author'")
    image, document = one("SELECT MIN(id) FROM image"), one("SELECT MIN(id) FROM document")
    words = f'<p>See <a linktype="page" id="{about}">about</a> and <a href="https://example.org/">there</a>.</p>'
    first = maker.page(home, "Trial one", show_in_menus=True, seo_title="One", search_description="The first of them", fields={
        **WHOLE, "picture": image, "paper": document, "kin": about, "post": posts[0], "writer": author,
        "kinds": sorted(categories)[:2]})
    maker.page(home, "Trial two", fields={**WHOLE, "code": "b-2", "amount": -3, "share": 2.0, "price": "3.00", "flag": False,
                                          "day": "2025-12-01", "hour": "23:15:30", "size": "s", "words": words, "kin": first,
                                          "moment": "2025-12-01T10:07:24.995892Z", "labels": ["glass"], "kinds": categories[:1]})
    bare = maker.page(home, "trial three", fields={})
    maker.page(bare, "Below three", fields={"amount": 7, "kin": bare, "words": "<h2>Kopf</h2><ul><li>a</li><li>b</li></ul>"})
    maker.page(home, "A draft", live=False, fields={"amount": 7})
    hidden = maker.page(about, "For members", "standard.StandardPage")
    maker.page(hidden, "Below what is for members", "standard.StandardPage")
    maker.run("privacy", "set", str(hidden), "--login")
    maker.send(f"pages/{first}/copy/", {"to": bare, "alias": True})
    maker.run("redirect", "add", "/old", "--page", str(about))
    maker.run("redirect", "add", "/Älter/Ort", "--to", "https://example.org/new?x=1", "--temporary")
    maker.run("redirect", "add", "/legacy", "--to", "/blog/")
    maker.run("site", "add", "other.test", "--root", str(about), "--port", "80", "--name", "Other")
    maker.run("site", "add", "other.test", "--root", str(bare), "--port", "8080", "--name", "Other still")
    tags = many("SELECT id FROM tag ORDER BY id LIMIT 3")
    for kind in ("image", "document"):
        for at, thing in enumerate(many(f"SELECT id FROM {kind} ORDER BY id LIMIT 2")):
            database.executemany(f"INSERT OR IGNORE INTO {kind}_tag VALUES (?, ?)", [(thing, tag) for tag in tags[at:]])
