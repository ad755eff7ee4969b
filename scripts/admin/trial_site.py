"""A site folder to try the editor on: the default site, and types of its own: one with a field of every kind, one whose stream takes
as many blocks as a page may hold, and a collection."""

import json
import shutil
from pathlib import Path

COLLECTION = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "collection" / "transactions.toml"

EVERY_KIND = """
name = "trial.EveryKindPage"
kind = "page"
label = "Every kind"
template = "trial.html"
parent_types = ["home.HomePage"]
child_types = []
fields = [
  { name = "a_char", kind = "char", max_length = 40, required = true, form_attrs = { placeholder = "A line" } },
  { name = "a_text", kind = "text", help = "Some lines." },
  { name = "a_block_quote", kind = "block_quote" },
  { name = "an_email", kind = "email" },
  { name = "a_url", kind = "url" },
  { name = "a_regex", kind = "regex", pattern = "^[a-z]+$", error_message = "Small letters only." },
  { name = "an_integer", kind = "integer", min = 0 },
  { name = "a_float", kind = "float" },
  { name = "a_decimal", kind = "decimal", max_digits = 6, decimal_places = 2 },
  { name = "a_boolean", kind = "boolean" },
  { name = "a_date", kind = "date" },
  { name = "a_time", kind = "time" },
  { name = "a_datetime", kind = "datetime" },
  { name = "a_choice", kind = "choice", choices = [{ value = "a" }, { value = "b" }] },
  { name = "a_multiple_choice", kind = "multiple_choice", choices = [{ value = "a" }, { value = "b" }, { value = "c" }] },
  { name = "a_rich_text", kind = "rich_text", features = ["h2", "h3", "bold", "italic", "ol", "ul", "hr", "link", "document-link", "image", "embed", "code", "superscript", "subscript", "strikethrough", "blockquote"], max_length = 2000 },
  { name = "a_raw_html", kind = "raw_html" },
  { name = "a_static", kind = "static", text = "A note for the editor." },
  { name = "a_stream", kind = "stream", blocks = ["heading", "paragraph", "callout", "table", "two_columns"], max_items = 12 },
  { name = "a_struct", kind = "struct", block = "trial_struct" },
  { name = "a_list", kind = "list", block = "heading", max_items = 5 },
  { name = "a_page", kind = "page" },
  { name = "a_snippet", kind = "snippet", of = "blog.Author" },
  { name = "some_snippets", kind = "snippets", of = "blog.Category", max_items = 3 },
  { name = "an_image", kind = "image" },
  { name = "a_document", kind = "document" },
  { name = "an_image_block", kind = "image_block" },
  { name = "an_embed", kind = "embed" },
  { name = "a_table", kind = "table" },
  { name = "a_typed_table", kind = "typed_table", blocks = ["cell_text", "cell_number", "cell_date"] },
  { name = "some_tags", kind = "tags", max_items = 5 },
]
"""

LONG = """
name = "trial.LongPage"
kind = "page"
label = "Long"
template = "trial.html"
parent_types = ["home.HomePage"]
child_types = []
fields = [{ name = "body", kind = "stream", blocks = ["heading", "paragraph", "callout", "pull_quote"] }]
"""

BLOCKS = """
[trial_struct]
kind = "struct"
fields = [
  { name = "first", kind = "char" },
  { name = "second", kind = "integer" },
  { name = "tone", kind = "choice", default = "calm", choices = [{ value = "calm" }, { value = "loud" }] },
]
groups = [{ label = "Settings", fields = ["tone"], collapsed = true }]
"""

TEMPLATE = """{% extends "base.html" %}
{% block main %}
<h1>{{ page.title }}</h1>
<p class="trial">{{ page.a_char }}</p>
{{ page.a_raw_html|default("")|safe }}
{{ page.body|blocks }}
{% endblock %}
"""

# Not as TipTap would write it: keys, older tags, an entity, an order of attributes of its own.
RICH = (
    '<h2 data-block-key="k1">A <strong>strong</strong> start</h2><p data-block-key="k2">With <b>bold</b>, <i>italic</i>, '
    '<a linktype="page" id="2" fragment="team">a page</a>, <a href="mailto:ann@example.com">mail</a> &amp; more.</p>'
    '<ul><li data-block-key="k3">one</li><li data-block-key="k4">two<ul><li>deep</li></ul></li></ul><hr/>'
    '<blockquote data-block-key="k5">said</blockquote>'
)
LONG_BLOCKS = 500


def trial_site(vitrine_new, folder):
    """Writes the site; `vitrine_new(folder)` writes the default one."""
    vitrine_new(folder)
    home = folder / "types" / "home.toml"
    home.write_text(home.read_text().replace(
        'child_types = ["standard.StandardPage"', 'child_types = ["trial.EveryKindPage", "trial.LongPage", "standard.StandardPage"', 1))
    (folder / "types" / "trial_every_kind.toml").write_text(EVERY_KIND)
    (folder / "types" / "trial_long.toml").write_text(LONG)
    shutil.copy(COLLECTION, folder / "types")
    with (folder / "types" / "blocks.toml").open("a") as library:
        library.write(BLOCKS)
    (folder / "templates" / "trial.html").write_text(TEMPLATE)
    pages = folder / "seed" / "pages"
    (pages / "every-kind.toml").write_text(
        f'type = "trial.EveryKindPage"\ntitle = "Every kind"\n[fields]\na_char = "first"\na_rich_text = {json.dumps(RICH)}\n')
    blocks = "".join(
        f'[[fields.body]]\ntype = "heading"\nvalue = "Heading {at}"\n' if at % 2 else
        f'[[fields.body]]\ntype = "paragraph"\nvalue = "<p>Paragraph {at} with <b>words</b> enough to be read.</p>"\n'
        for at in range(LONG_BLOCKS))
    (pages / "long.toml").write_text(f'type = "trial.LongPage"\ntitle = "Long"\n[fields]\n{blocks}')
