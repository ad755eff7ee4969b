"""The Wagtail side of scripts/api-differential: copies the content, asks both, compares."""

import json
import re
import sqlite3
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

sys.dont_write_bytecode = True
ROOT, FOLDER, PORT = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
sys.path.insert(0, str(ROOT / "scripts" / "differential"))

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from labels import definitions, make_apps  # noqa: E402

settings.configure(
    SECRET_KEY="a trial", DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="urls", USE_TZ=True, TIME_ZONE="UTC",
    WAGTAIL_SITE_NAME="Trial", WAGTAILADMIN_BASE_URL="http://localhost", WAGTAIL_I18N_ENABLED=True,
    LANGUAGES=[("en", "English"), ("de", "Deutsch")], WAGTAIL_CONTENT_LANGUAGES=[("en", "English"), ("de", "Deutsch")],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "wagtail.db")}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", MEDIA_ROOT=str(FOLDER / "wagtail-media"), MEDIA_URL="/media/",
    STATIC_URL="/static/",
    INSTALLED_APPS=[
        *make_apps(ROOT), "wagtail.contrib.redirects", "wagtail.users", "wagtail.documents", "wagtail.images",
        "wagtail.search", "wagtail.admin", "wagtail", "wagtail.api.v2", "modelcluster", "taggit", "rest_framework",
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)
django.setup()

from accepted import ACCEPTED  # noqa: E402
from models import make_models  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from requests_made import requests  # noqa: E402
from taggit.models import Tag  # noqa: E402
from wagtail.api.v2.router import WagtailAPIRouter  # noqa: E402
from wagtail.api.v2.views import PagesAPIViewSet  # noqa: E402
from wagtail.contrib.redirects.api import RedirectsAPIViewSet  # noqa: E402
from wagtail.contrib.redirects.models import Redirect  # noqa: E402
from wagtail.documents.api.v2.views import DocumentsAPIViewSet  # noqa: E402
from wagtail.documents.models import Document  # noqa: E402
from wagtail.images.api.v2.views import ImagesAPIViewSet  # noqa: E402
from wagtail.images.models import Image  # noqa: E402
from wagtail.models import Collection, Locale, Page, Site  # noqa: E402

MADE = make_models(ROOT)
TYPES, _ = definitions(ROOT)


def urls():
    import types

    router = WagtailAPIRouter("wagtailapi")
    for name, viewset in [("pages", PagesAPIViewSet), ("images", ImagesAPIViewSet), ("documents", DocumentsAPIViewSet),
                          ("redirects", RedirectsAPIViewSet)]:
        router.register_endpoint(name, viewset)
    module = types.ModuleType("urls")
    module.urlpatterns = [
        path("api/v2/", router.urls),
        path("documents/", include("wagtail.documents.urls")),
        path("", include("wagtail.urls")),
    ]
    sys.modules["urls"] = module


def moment(micros):
    return None if micros is None else datetime.fromtimestamp(micros // 1_000_000, timezone.utc).replace(
        microsecond=micros % 1_000_000)


def rows(database, query):
    database.row_factory = sqlite3.Row
    return database.execute(query).fetchall()


def set_fields(instance, name, data):
    """Plain fields now; the rest is returned, for when the row is there."""
    later = {}
    for entry in TYPES[name]["fields"]:
        kind, value = entry["kind"], data.get(entry["name"])
        if kind == "static" or (value is None and kind not in ("boolean",)):
            continue
        if kind in ("tags", "snippets"):
            later[entry["name"]] = value
        elif kind in ("page", "snippet", "image", "document"):
            setattr(instance, f"{entry['name']}_id", value)
        elif kind == "stream":
            setattr(instance, entry["name"], json.dumps(value))
        else:
            setattr(instance, entry["name"], value)
    return later


def copy(database):
    Site.objects.all().delete()
    Page.objects.all().delete()
    Locale.objects.all().delete()
    locales = {}
    for row in rows(database, "SELECT code FROM locale ORDER BY position"):
        locales[row["code"]] = Locale.objects.create(language_code=row["code"])
    root = Collection.objects.first() or Collection.add_root(name="Root")
    for model, table in ((Image, "image"), (Document, "document")):
        for row in rows(database, f"SELECT * FROM {table} ORDER BY id"):
            extra = {"width": row["width"], "height": row["height"]} if table == "image" else {}
            made = model(id=row["id"], title=row["title"], file=f"{table}s/{row['file_name']}", collection=root, **extra)
            model.objects.bulk_create([made])
            tags = rows(database, f"SELECT name FROM {table}_tag t JOIN tag ON tag.id = t.tag_id"
                                  f" WHERE t.{table}_id = {row['id']}")
            model.objects.get(id=row["id"]).tags.add(*[tag["name"] for tag in tags])
    for row in rows(database, "SELECT * FROM snippet ORDER BY id"):
        made = MADE[row["type"]](id=row["id"], name=row["name"], slug=row["slug"])
        set_fields(made, row["type"], json.loads(row["data"]))
        made.save()
    behind = []
    for row in rows(database, "SELECT * FROM page WHERE NOT trashed ORDER BY path"):
        model = MADE.get(row["type"], Page)
        children = rows(database, f"SELECT COUNT(*) AS n FROM page WHERE parent_id = {row['id']} AND NOT trashed")
        made = model(
            id=row["id"], path=row["path"], depth=row["depth"], numchild=children[0]["n"], title=row["title"],
            draft_title=row["draft_title"], slug=row["slug"], url_path=row["url_path"], live=bool(row["live"]),
            seo_title=row["seo_title"], search_description=row["search_description"],
            show_in_menus=bool(row["show_in_menus"]), first_published_at=moment(row["first_published_at"]),
            locale=locales[row["locale"]], translation_key=row["uuid"] if len(row["translation_key"]) != 36
            else row["translation_key"],
        )
        later = set_fields(made, row["type"], json.loads(row["data"])) if row["type"] in MADE else {}
        held = {name: getattr(made, name) for name in page_keys(row["type"])}
        for name in held:
            setattr(made, name, None)
        made.save(clean=False) if model is not Page else made.save(clean=False)
        behind.append((model, row["id"], later, held))
    for model, page, later, held in behind:
        made = model.objects.get(id=page)
        for name, value in held.items():
            setattr(made, name, value)
        for name, value in later.items():
            if value and isinstance(value[0], str):
                getattr(made, name).set(value)
            elif value:
                setattr(made, name, value)
        made.save(clean=False)
    for row in rows(database, "SELECT * FROM site ORDER BY id"):
        Site.objects.create(id=row["id"], hostname=row["hostname"], port=row["port"], site_name=row["name"],
                            root_page_id=row["root_page_id"], is_default_site=bool(row["is_default"]))
    for row in rows(database, "SELECT * FROM redirect ORDER BY id"):
        Redirect.objects.create(id=row["id"], old_path=row["old_path"], redirect_link=row["target_url"],
                                redirect_page_id=row["target_page_id"], is_permanent=bool(row["is_permanent"]))


def page_keys(name):
    fields = TYPES[name]["fields"] if name in TYPES else []
    return [f"{entry['name']}_id" for entry in fields if entry["kind"] == "page"]


class Plain(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask_vitrine(method, target, headers):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{target}", method=method,
                                     headers={"Host": f"localhost:{PORT}", **headers})
    try:
        answer = urllib.request.build_opener(Plain).open(request)
    except urllib.error.HTTPError as error:
        answer = error
    return told(answer.status, answer.headers.get, answer.read().decode())


def ask_wagtail(method, target, headers):
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    client = Client(raise_request_exception=False, HTTP_HOST=f"localhost:{PORT}", **given)
    answer = client.generic(method, target)
    return told(answer.status_code, answer.headers.get, answer.content.decode())


def told(status, header, body):
    kept = {name: header(name) for name in ("Content-Type", "Allow", "Vary", "Location")}
    return {"status": status, **kept, "body": body}


def differences(ours, theirs):
    return [name for name in ours if ours[name] != theirs[name]]


def main():
    urls()
    call_command("migrate", run_syncdb=True, verbosity=0)
    connection.disable_constraint_checking()
    database = sqlite3.connect(f"file:{FOLDER / 'vitrine.db'}?mode=ro", uri=True)
    copy(database)
    met, failed, equal = {}, [], 0
    for method, target, headers in requests(database):
        ours, theirs = ask_vitrine(method, target, headers), ask_wagtail(method, target, headers)
        for rule in ACCEPTED:
            if not differences(ours, theirs):
                break
            if rule.applies(method, target, ours, theirs):
                before = differences(ours, theirs)
                ours, theirs = rule.levelled(ours, theirs)
                if differences(ours, theirs) != before:
                    met.setdefault(rule.reason, []).append(target)
        left = differences(ours, theirs)
        if left:
            failed.append((method, target, left, ours, theirs))
        else:
            equal += 1
    print(f"{equal} requests are answered alike")
    for reason, targets in met.items():
        print(f"  {len(targets):4} differ, accepted: {reason}")
    for method, target, left, ours, theirs in failed:
        print(f"DIFFERENT {method} {target}: {', '.join(left)}")
        for name in left:
            print(f"  ours:   {first_difference(ours[name], theirs[name])}\n  theirs: {first_difference(theirs[name], ours[name])}")
    return 1 if failed else 0


def first_difference(one, other):
    one, other = str(one), str(other)
    at = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return re.sub(r"\s+", " ", one[max(0, at - 120):at + 120])


if __name__ == "__main__":
    sys.exit(main())
