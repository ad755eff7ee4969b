"""The types of a site, and a Django application for each of their labels; without Wagtail, which wants settings first."""

import importlib.machinery
import sys
import tomllib
import types as python_types

from django.apps import AppConfig


def definitions(site):
    """(types by name, blocks by name) of a site folder."""
    found, library = {}, {}
    for file in sorted((site / "types").glob("*.toml")):
        table = tomllib.loads(file.read_text())
        if file.name == "blocks.toml":
            library = table
        else:
            found[table["name"]] = table
    return found, library


def make_apps(site):
    """Modules, one for each app label, ready for INSTALLED_APPS; their models are made by `make_models`."""
    labels = sorted({name.split(".")[0] for name, table in definitions(site)[0].items() if table["kind"] != "settings"})
    for label in labels:
        module = python_types.ModuleType(f"made_{label}")
        module.__path__ = []
        module.__file__ = __file__
        module.Config = type("Config", (AppConfig,), {
            "name": f"made_{label}", "label": label, "path": str(site / "types"), "__module__": module.__name__,
            "default_auto_field": "django.db.models.AutoField",
        })
        sys.modules[module.__name__] = module
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None, is_package=True)
        models_module = python_types.ModuleType(f"made_{label}.models")
        models_module.__spec__ = importlib.machinery.ModuleSpec(models_module.__name__, None)
        sys.modules[models_module.__name__] = models_module
        module.models = models_module
    return [f"made_{label}.Config" for label in labels]
