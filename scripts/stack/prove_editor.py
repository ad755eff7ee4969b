"""Proof: what editors write is not saved."""

import http.client
import json

from causes import Load, on_database

REFUSE = "CREATE TRIGGER broken BEFORE INSERT ON revision BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def session(server):
    """The cookie of a superuser who has just signed in."""
    server.command("user", "create", "grace", "--superuser", "--password-stdin", given="an owl on the roof")
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    connection.request("POST", "/admin/login/", b"username=grace&password=an+owl+on+the+roof", FORM)
    return connection.getresponse().headers["set-cookie"].split(";")[0]


def drafts(lab, servers):
    """Two drafts a second that the table of revisions does not take."""
    server = servers.start("editor")
    lab.watch(server.ops, "editor")
    page = server.seeded()["/about/"]
    with on_database(server) as database:
        newest = database.execute("SELECT latest_revision_id FROM page WHERE id = ?", [page]).fetchone()[0]
    draft = {"base_revision": newest, "automatic": True, "content": {"title": "About", "slug": "about", "fields": {}}}
    headers = {"Cookie": session(server), "Content-Type": "application/json"}
    load = Load(server, [f"/admin/pages/{page}/draft/"], per_s=2, method="POST", body=json.dumps(draft).encode(), headers=headers)

    def work():
        on_database(server, REFUSE).close()
        load.__enter__()

    def repair():
        load.__exit__()
        on_database(server, "DROP TRIGGER broken").close()

    lab.case("the table of revisions takes no row", "VitrineDraftSavesFailing", job="editor").prove(work, repair)


PROOFS = {drafts: ("VitrineDraftSavesFailing",)}
