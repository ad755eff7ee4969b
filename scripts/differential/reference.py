"""A real Wagtail with the content of a Vitrine: models of its content types, and the rows of its SQLite database, with their ids.

  python reference.py load         makes the tables and copies the rows
  python reference.py write N      makes N pages, each a draft that is then published, and prints how many a second
  gunicorn reference:application   serves /api/v2/

The environment variable TRIAL says of what, as JSON: `site` (folder), `from` (the SQLite file), `media` (folder), `database`
(as in Django's DATABASES).
"""

import json
import os
import sqlite3
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
TRIAL = json.loads(os.environ["TRIAL"])
SITE = Path(TRIAL["site"])

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from labels import definitions, make_apps  # noqa: E402


class WithoutMigrations(dict):
    """The tables of all applications are made from their models, in a second."""

    def __contains__(self, _):
        return True

    def __getitem__(self, _):
        return None


LANGUAGES = [("en", "English"), ("de", "Deutsch")]
settings.configure(
    SECRET_KEY="a trial", DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="urls", USE_TZ=True, TIME_ZONE="UTC",
    DATABASES={"default": TRIAL["database"]}, MIGRATION_MODULES=WithoutMigrations(),
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", MEDIA_ROOT=TRIAL["media"], MEDIA_URL="/media/", STATIC_URL="/static/",
    WAGTAIL_SITE_NAME="Trial", WAGTAILADMIN_BASE_URL="http://localhost", WAGTAIL_I18N_ENABLED=True,
    LANGUAGES=LANGUAGES, WAGTAIL_CONTENT_LANGUAGES=LANGUAGES,
    INSTALLED_APPS=[
        *make_apps(SITE), "wagtail.contrib.redirects", "wagtail.users", "wagtail.documents", "wagtail.images",
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

from django.apps import apps  # noqa: E402
from django.conf.urls.i18n import i18n_patterns  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import include, path  # noqa: E402
from models import make_models  # noqa: E402
from wagtail.api.v2.router import WagtailAPIRouter  # noqa: E402
from wagtail.api.v2.views import PagesAPIViewSet  # noqa: E402
from wagtail.contrib.redirects.api import RedirectsAPIViewSet  # noqa: E402
from wagtail.contrib.redirects.models import Redirect  # noqa: E402
from wagtail.documents.api.v2.views import DocumentsAPIViewSet  # noqa: E402
from wagtail.documents.models import Document  # noqa: E402
from wagtail.images.api.v2.views import ImagesAPIViewSet  # noqa: E402
from wagtail.images.models import Image  # noqa: E402
from wagtail.models import Collection, Locale, Page, PageViewRestriction, Site  # noqa: E402

MADE = make_models(SITE)
TYPES, _ = definitions(SITE)


def urls():
    router = WagtailAPIRouter("wagtailapi")
    for name, viewset in [("pages", PagesAPIViewSet), ("images", ImagesAPIViewSet), ("documents", DocumentsAPIViewSet),
                          ("redirects", RedirectsAPIViewSet)]:
        router.register_endpoint(name, viewset)
    module = ModuleType("urls")
    module.urlpatterns = [
        path("api/v2/", router.urls),
        path("documents/", include("wagtail.documents.urls")),
        *i18n_patterns(path("", include("wagtail.urls")), prefix_default_language=False),
    ]
    sys.modules["urls"] = module


urls()
application = get_wsgi_application()


def moment(micros):
    return None if micros is None else datetime.fromtimestamp(micros // 1_000_000, timezone.utc).replace(
        microsecond=micros % 1_000_000)


def rows(database, query):
    database.row_factory = sqlite3.Row
    return database.execute(query).fetchall()


def as_wagtail_stores(value):
    """The alternative text of an image in a block has another name there."""
    if isinstance(value, dict):
        renamed = {"alt": "alt_text"} if set(value) == {"image", "alt", "decorative"} else {}
        return {renamed.get(name, name): as_wagtail_stores(inner) for name, inner in value.items()}
    return [as_wagtail_stores(inner) for inner in value] if isinstance(value, list) else value


def set_fields(instance, name, data):
    """Plain fields now; the rest is returned, for when the row is there."""
    later = {}
    for entry in TYPES[name]["fields"]:
        kind, value = entry["kind"], data.get(entry["name"])
        if kind == "static" or value is None:
            continue
        if kind in ("tags", "snippets"):
            later[entry["name"]] = value
        elif kind in ("page", "snippet", "image", "document"):
            setattr(instance, f"{entry['name']}_id", value)
        elif kind == "stream":
            setattr(instance, entry["name"], json.dumps(as_wagtail_stores(value)))
        else:
            setattr(instance, entry["name"], value)
    return later


@transaction.atomic
def copy(database):
    """All content with its ids; what refers to what is checked at the end."""
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
            show_in_menus=bool(row["show_in_menus"]), alias_of_id=row["alias_of"],
            first_published_at=moment(row["first_published_at"]), content_type=ContentType.objects.get_for_model(model),
            locale=locales[row["locale"]], translation_key=row["translation_key"],
        )
        later = set_fields(made, row["type"], json.loads(row["data"])) if row["type"] in MADE else {}
        # The tree is copied as it is: nothing is to be worked out anew.
        made.save_base()
        if later:
            behind.append((model, row["id"], later))
    for model, page, later in behind:
        made = model.objects.get(id=page)
        for name, value in later.items():
            if value and isinstance(value[0], str):
                getattr(made, name).set(value)
            elif value:
                setattr(made, name, value)
        made.save(clean=False)
    for row in rows(database, "SELECT * FROM site ORDER BY id"):
        Site.objects.create(id=row["id"], hostname=row["hostname"], port=row["port"], site_name=row["name"],
                            root_page_id=row["root_page_id"], is_default_site=bool(row["is_default"]))
    for row in rows(database, "SELECT * FROM view_restriction WHERE page_id IS NOT NULL"):
        PageViewRestriction.objects.create(page_id=row["page_id"], restriction_type=row["kind"])
    for row in rows(database, "SELECT * FROM redirect ORDER BY id"):
        Redirect.objects.create(id=row["id"], old_path=row["old_path"], redirect_link=row["target_url"],
                                redirect_page_id=row["target_page_id"], is_permanent=bool(row["is_permanent"]))


def load():
    call_command("migrate", run_syncdb=True, verbosity=0)
    copy(sqlite3.connect(f"file:{TRIAL['from']}?mode=ro", uri=True))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def write(count):
    """Pages that are made as drafts and then published, one after the other, without HTTP and its forms: pages a second."""
    parent = Page.objects.get(depth=2, locale__language_code="en").specific
    began = time.monotonic()
    for number in range(count):
        page = MADE["standard.StandardPage"](title=f"Written {number}", live=False, standfirst="Two lines.")
        parent.add_child(instance=page)
        page.save_revision().publish()
    return count / (time.monotonic() - began)


if __name__ == "__main__":
    if sys.argv[1] == "load":
        load()
    else:
        print(write(int(sys.argv[2])))
