"""Django models of a site's content types, so that Wagtail has what the site has."""

from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from taggit.models import TaggedItemBase
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.models import Page

from labels import definitions

TEXTS = {"char", "text", "email", "url", "regex", "choice", "raw_html", "block_quote", "embed"}


def block(field, library):
    """A block of one field or of one entry of the library."""
    kind = field["kind"]
    if kind == "struct":
        fields = field.get("fields") or library[field["block"]]["fields"]
        return blocks.StructBlock([(inner["name"], block(inner, library)) for inner in fields])
    if kind == "list":
        return blocks.ListBlock(block(library[field["block"]], library))
    if kind == "stream":
        return blocks.StreamBlock([(name, block(library[name], library)) for name in field["blocks"]])
    if kind == "typed_table":
        return TypedTableBlock([(name, block(library[name], library)) for name in field["blocks"]])
    simple = {
        "rich_text": blocks.RichTextBlock,
        "integer": blocks.IntegerBlock,
        "float": blocks.FloatBlock,
        "boolean": blocks.BooleanBlock,
        "page": blocks.PageChooserBlock,
        "image": ImageChooserBlock,
        "image_block": ImageBlock,
        "document": DocumentChooserBlock,
        "table": TableBlock,
        "snippet": blocks.IntegerBlock,
        "date": blocks.CharBlock,
    }
    if kind in ("snippets", "multiple_choice", "tags"):
        return blocks.ListBlock(blocks.CharBlock() if kind != "snippets" else blocks.IntegerBlock())
    return simple.get(kind, blocks.CharBlock)(required=False)


def field(table, of, library, app, model):
    kind = table["kind"]
    if kind in TEXTS:
        return models.TextField(blank=True, default="")
    if kind == "rich_text":
        return RichTextField(blank=True, default="")
    if kind == "integer":
        return models.BigIntegerField(null=True, blank=True)
    if kind == "float":
        return models.FloatField(null=True, blank=True)
    if kind == "decimal":
        return models.DecimalField(null=True, blank=True, max_digits=table["max_digits"], decimal_places=table["decimal_places"])
    if kind == "boolean":
        return models.BooleanField(default=False)
    if kind == "time":
        return models.TimeField(null=True, blank=True)
    if kind == "date":
        return models.DateField(null=True, blank=True)
    if kind == "datetime":
        return models.DateTimeField(null=True, blank=True)
    if kind == "stream":
        return StreamField(block(table, library), blank=True)
    if kind == "tags":
        return ClusterTaggableManager(through=f"{app}.{model}Tag", blank=True)
    lone = {"on_delete": models.SET_NULL, "null": True, "blank": True, "related_name": "+"}
    if kind == "page":
        names = table.get("of", [])
        return models.ForeignKey(names[0] if len(names) == 1 else "wagtailcore.Page", **lone)
    if kind == "snippet":
        return models.ForeignKey(table["of"], **lone)
    if kind == "snippets":
        return ParentalManyToManyField(table["of"], blank=True, related_name="+")
    if kind == "image":
        return models.ForeignKey("wagtailimages.Image", **lone)
    if kind == "document":
        return models.ForeignKey("wagtaildocs.Document", **lone)
    # A struct or a list by itself has no field of Django's.
    return models.JSONField(null=True, blank=True)


def make_models(site):
    found, library = definitions(site)
    made = {}
    order = sorted(found, key=lambda name: found[name]["kind"] != "snippet")
    for name in order:
        table = found[name]
        if table["kind"] == "settings":
            continue
        app, model = name.split(".")
        fields = [entry for entry in table["fields"] if entry["kind"] != "static"]
        inner = {"__module__": f"made_{app}.models", "Meta": type("Meta", (), {"app_label": app})}
        if any(entry["kind"] == "tags" for entry in fields):
            key = ParentalKey(name, related_name="tagged_items", on_delete=models.CASCADE)
            type(f"{model}Tag", (TaggedItemBase,), {**inner, "content_object": key})
        body = {entry["name"]: field(entry, table, library, app, model) for entry in fields}
        names = [entry["name"] for entry in fields]
        if table["kind"] == "page":
            made[name] = type(model, (Page,), {**inner, **body, "api_fields": names})
        else:
            own = {"name": models.TextField(), "slug": models.TextField()}
            made[name] = type(model, (models.Model,), {**inner, **own, **body, "api_fields": ["name", "slug", *names]})
    return made
