"""Where this server answers otherwise than Wagtail, and why. docs/API.md tells the same."""

import itertools
import json
import re


class Rule:
    """`where`: the targets; `level`: makes both answers equal in what the rule is about; `on`: the one database of which it is
    true; `is_chance`: there, it may be met or not."""

    def __init__(self, reason, where, level, when=None, on=None, is_chance=False):
        self.reason, self.where, self.level, self.when = reason, re.compile(where), level, when
        self.on, self.is_chance = on, is_chance

    def applies(self, method, target, ours, theirs):
        return self.where.search(f"{method} {target}") and (self.when is None or self.when(ours, theirs))

    def levelled(self, ours, theirs):
        return self.level(dict(ours), dict(theirs))


def leave_out(*names):
    def level(ours, theirs):
        for name in names:
            ours[name] = theirs[name] = None
        return ours, theirs
    return level


def walk(value, change):
    if isinstance(value, dict):
        return change({key: walk(inner, change) for key, inner in value.items()})
    return change([walk(inner, change) for inner in value]) if isinstance(value, list) else value


def in_bodies(change, both=True):
    def level(ours, theirs):
        for answer in (ours, theirs) if both else (theirs,):
            try:
                answer["body"] = json.dumps(walk(json.loads(answer["body"]), change))
            except ValueError:
                pass
        return ours, theirs
    return level


def without_items(value):
    """The items of a list block as they are told, in place of how they are stored."""
    is_stored = isinstance(value, list) and value and all(isinstance(item, dict) and item.get("type") == "item" for item in value)
    return [item["value"] for item in value] if is_stored else value


def without_download(value):
    if isinstance(value, dict) and "download_url" in value and value.get("type") == "wagtailimages.Image":
        value["download_url"] = "…"
    return value


def sorted_references(value):
    """Several snippets of one field, by id."""
    is_list = isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item and "type" in item.get("meta", {})
                                                        and "." in item["meta"]["type"] for item in value)
    return sorted(value, key=lambda item: item["id"]) if is_list and "detail_url" not in value[0]["meta"] else value


OTHER = "http://other.test"


def without_addresses(ours, theirs):
    """Without the addresses of pages: what else the answers say must be equal."""
    address = re.compile(r'("(?:html_url|location)": |href=\\|\]\()"?[^"\\)]*')
    for answer in (ours, theirs):
        answer["body"] = address.sub(r"\1", answer["body"])
    return ours, theirs


def without_last_lines(value):
    if isinstance(value, dict):
        return {name: inner.rstrip("\n") if isinstance(inner, str) else inner for name, inner in value.items()}
    return value


def sorted_table(value):
    return dict(sorted(value.items())) if isinstance(value, dict) and "table_caption" in value else value


def sorted_equals(value):
    """Pages of one title that stand beside each other, by id."""
    is_pages = isinstance(value, list) and value and all(isinstance(item, dict) and {"id", "title"} <= item.keys() for item in value)
    groups = itertools.groupby(value, key=lambda item: item["title"]) if is_pages else ()
    return [item for _, group in groups for item in sorted(group, key=lambda item: item["id"])] if is_pages else value


ACCEPTED = [
    Rule("a request that Wagtail fails at is the client's mistake", r".", leave_out("status", "body", "Content-Type", "Allow", "Vary"),
         lambda ours, theirs: theirs["status"] == 500 and ours["status"] in (200, 400, 404)),
    Rule("addresses that are none show the site's own page", r".", leave_out("body", "Content-Type", "Allow", "Vary"),
         lambda ours, theirs: ours["status"] == theirs["status"] == 404 and "html" in (ours["Content-Type"] or "")),
    Rule("nothing but JSON is rendered", r"^OPTIONS ", leave_out("body")),
    Rule("originals of images are not public: signed addresses", r".", in_bodies(without_download)),
    Rule("a list by itself has no field of Django's: it is told as a list in a stream is", r".", in_bodies(without_items)),
    Rule("several snippets stand in the order that the editor gave them", r".", in_bodies(sorted_references)),
    Rule("several values have no order", r"order=-?(tags|labels|kinds)\b", leave_out("status", "body"),
         lambda ours, theirs: ours["status"] == 400),
    Rule("rich text has no order", r"order=-?words\b", leave_out("status", "body"), lambda ours, theirs: ours["status"] == 400),
    Rule("pages that are equal in what they are ordered by stand in the order of the tree", r"order=-?title", in_bodies(sorted_equals),
         on="postgresql", is_chance=True),
    Rule("tables keep the order of their values' names, which jsonb sorts", r".", in_bodies(sorted_table), on="postgresql"),
    # What comes behind leaves no JSON.
    Rule("a page of two sites has its address on the one that is asked, not on the inner one", r".", without_addresses,
         lambda ours, theirs: OTHER in (theirs["body"] or "")),
    Rule("Markdown ends with its last line", r"rich_text_format=(db_)?markdown", in_bodies(without_last_lines)),
]


def accepted(engine):
    """What is accepted of a Wagtail with this engine of Django's."""
    return [rule for rule in ACCEPTED if rule.on is None or engine.endswith(rule.on)]
