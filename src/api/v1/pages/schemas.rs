//! Pages, their parts and what is done to them, as schemas: one of each page type of the site.

use serde_json::{Value, json};

use crate::api::openapi::content::{add_fields, fields_of};
use crate::api::openapi::field::{Fields, Form};
use crate::api::openapi::schemas::{
    INCLUDED, Schemas, any_object, any_of, described, flag, id, list, needing, nullable, object, only, sparse, text,
    text_to, time, to, told_apart, whole, words,
};
use crate::content::block_edit::MAX_OPERATIONS;
use crate::content::types::{ContentType, Types};

/// Longest title and the like, in characters.
const MAX_TITLE_CHARS: usize = 255;

pub(super) fn add(types: &Types, into: &mut Schemas) {
    add_heads(into);
    let mut drafts = Vec::new();
    let mut live = Vec::new();
    let mut new = Vec::new();
    for of in types.pages() {
        add_fields(types, of, into);
        for (form, found) in [(Form::Draft, &mut drafts), (Form::Live, &mut live)] {
            let name = form.of(&of.name);
            into.add(name.as_str(), page(of, form));
            found.push(to(&name));
        }
        if of.creatable {
            let name = format!("{}.New", of.name);
            into.add(name.as_str(), new_page(of));
            new.push((of.name.clone(), name));
        }
    }
    let changes = types.pages().map(|of| fields_of(of, Form::Given)).collect();
    into.add("PageNew", told_apart("type", &new));
    into.add("PageChange", sparse(&[&head_given(true)[..], &[("fields", nullable(any_of(changes)))]].concat()));
    into.add("PageRead", any_of([&drafts[..], &live[..], &[to("PageSparse")]].concat()));
    into.add("Page", any_of(drafts));
    add_blocks(types, into);
    add_actions(into);
    add_revisions(into);
    add_included(into);
}

/// What pages and snippets refer to, told beside them.
fn add_included(into: &mut Schemas) {
    let by_id = |name: &str| json!({ "type": "object", "additionalProperties": to(name) });
    let ids = || list(id());
    let left = [("pages", ids()), ("snippets", ids()), ("images", ids()), ("documents", ids())];
    let snippets = json!({ "type": "object", "additionalProperties": by_id("Snippet") });
    let told = [
        ("pages", by_id("PageHead")),
        ("snippets", described(snippets, "By their types")),
        ("images", by_id("Image")),
        ("documents", by_id("Document")),
        ("left_out", described(object(&left), "Ids of what is too much for one answer")),
    ];
    let told = needing(sparse(&told), &["pages", "snippets", "images", "documents"]);
    into.add(INCLUDED, described(told, "What `include` names, each once, by its id, as far as the caller sees it"));
}

/// What is known of a page beside its content.
fn meta() -> Vec<(&'static str, Value)> {
    let at = || nullable(time());
    let lock = object(&[("at", at()), ("by", text())]);
    vec![
        ("type", text()),
        ("detail_url", text()),
        ("url", nullable(described(text(), "Where visitors see it"))),
        ("parent", nullable(id())),
        ("locale", text()),
        ("translation_key", text()),
        ("alias_of", nullable(id())),
        ("live", flag()),
        ("has_unpublished_changes", flag()),
        ("restricted", described(flag(), "Not for everybody")),
        ("revision", nullable(id())),
        ("live_revision", nullable(id())),
        ("saved_by", nullable(text())),
        ("saved_at", at()),
        ("first_published_at", at()),
        ("last_published_at", at()),
        ("publish_at", at()),
        ("expire_at", at()),
        ("locked", nullable(lock)),
        ("owner", nullable(id())),
    ]
}

/// The values beside the fields of its type, as they are told.
fn head_told() -> [(&'static str, Value); 5] {
    [
        ("title", text()),
        ("slug", text()),
        ("seo_title", text()),
        ("search_description", text()),
        ("show_in_menus", flag()),
    ]
}

/// As they are given; what may be left out may be null.
fn head_given(is_change: bool) -> [(&'static str, Value); 5] {
    let line = || text_to(MAX_TITLE_CHARS);
    let title = if is_change { nullable(line()) } else { line() };
    [
        ("title", title),
        ("slug", nullable(line())),
        ("seo_title", nullable(line())),
        ("search_description", nullable(text())),
        ("show_in_menus", nullable(flag())),
    ]
}

fn add_heads(into: &mut Schemas) {
    let meta = meta();
    let version = ("version", words(&["draft", "live"]));
    let always: Vec<&str> = meta.iter().map(|(name, _)| *name).collect();
    let told = [&meta[..], &[version]].concat();
    into.add("PageMeta", needing(sparse(&told), &always));
    into.add("PageMeta.Sparse", sparse(&told));
    let head = [("id", id()), ("meta", to("PageMeta")), ("title", text()), ("slug", text())];
    into.add("PageHead", object(&head));
    let included = [("included", to(INCLUDED))];
    let any = [&[("id", id()), ("meta", to("PageMeta.Sparse")), ("fields", any_object())][..], &head_told(), &included]
        .concat();
    into.add("PageSparse", described(sparse(&any), "As much of a page as `fields` asks for"));
    into.add_including_list("PageList", any_of(vec![to("PageHead"), to("PageSparse")]));
    let left = object(&[("id", id()), ("alias_of", id())]);
    let left = described(list(left), "Aliases of pages elsewhere, which stay live");
    into.add("PageUnpublished", object(&[&head[..], &[("left", left)]].concat()));
    into.add("PageRestored", object(&[&head[..], &[("pages", whole())]].concat()));
    let trashed = [("id", id()), ("pages", whole()), ("pointers", whole()), ("restore_url", text())];
    into.add("PageTrashed", object(&trashed));
    let removed = object(&[("path", text()), ("removed", list(text()))]);
    let notes = [
        ("removed", described(list(removed), "What cleaning took out of rich text")),
        ("blockers", described(list(to("FieldProblem")), "Why it could not be published as it is")),
    ];
    into.add("Notes", described(object(&notes), "Of a change, and not of the page"));
}

/// A page of this type: its draft, or what is live.
fn page(of: &ContentType, form: Form) -> Value {
    let version = if form == Form::Live { "live" } else { "draft" };
    let own = json!({
        "type": "object", "required": ["version"],
        "properties": { "type": only(&of.name), "version": only(version) },
    });
    let meta = json!({ "allOf": [to("PageMeta"), own] });
    let always = [&[("id", id()), ("meta", meta), ("fields", fields_of(of, form))][..], &head_told()].concat();
    let names: Vec<&str> = always.iter().map(|(name, _)| *name).collect();
    let (notes, included) = ([("notes", to("Notes"))], [("included", to(INCLUDED))]);
    let notes = if form == Form::Draft { &notes[..] } else { &[] };
    let told = [&always[..], notes, &included].concat();
    described(needing(sparse(&told), &names), if of.description.is_empty() { &of.label } else { &of.description })
}

fn new_page(of: &ContentType) -> Value {
    let own = [("parent", id()), ("type", only(&of.name)), ("fields", nullable(fields_of(of, Form::Given)))];
    let schema = sparse(&[&own[..], &head_given(false)].concat());
    let mut schema = needing(schema, &["parent", "type", "title"]);
    schema["examples"] = json!([{ "parent": 2, "type": of.name, "title": "Kestrels" }]);
    schema
}

/// Changes of single blocks: each block of the site can be added.
fn add_blocks(types: &Types, into: &mut Schemas) {
    let words_or_null = || nullable(text());
    let place = [
        ("before", words_or_null()),
        ("after", words_or_null()),
        ("field", described(words_or_null(), "A field of blocks: of the page, or of the block that `in` names")),
        ("in", words_or_null()),
        ("position", nullable(words(&["first", "last"]))),
    ];
    let fields = Fields { types, form: Form::Given };
    let mut kinds: Vec<Value> = Vec::new();
    for block in types.blocks() {
        let name = format!("BlockAdd.{}", block.name);
        let own = [
            ("op", only("add")),
            ("type", only(&block.name)),
            ("value", fields.block_value(&block.name)),
            ("id", words_or_null()),
        ];
        into.add(name.as_str(), needing(sparse(&[&own[..], &place].concat()), &["op", "type", "value"]));
        kinds.push(to(&name));
    }
    let id = || ("id", text());
    let replace = [("op", only("replace")), id(), ("type", words_or_null()), ("value", json!({}))];
    into.add("BlockReplace", needing(sparse(&[&replace[..], &place].concat()), &["op", "id", "value"]));
    let own = [("op", only("move")), id(), ("type", words_or_null()), ("value", json!({}))];
    into.add("BlockMove", needing(sparse(&[&own[..], &place].concat()), &["op", "id"]));
    let own = [("op", only("remove")), id(), ("type", words_or_null()), ("value", json!({}))];
    into.add("BlockRemove", needing(sparse(&[&own[..], &place].concat()), &["op", "id"]));
    kinds.extend(["BlockReplace", "BlockMove", "BlockRemove"].map(to));
    let mut operations = list(any_of(kinds));
    operations["maxItems"] = MAX_OPERATIONS.into();
    into.add("BlockOperations", object(&[("operations", operations)]));
}

/// What actions take.
fn add_actions(into: &mut Schemas) {
    let number = || nullable(json!({ "type": "integer", "format": "int64" }));
    let place = [
        ("to", described(number(), "The page below which it goes")),
        ("position", described(nullable(words(&["first", "last"])), "Among the pages below `to`")),
        ("before", number()),
        ("after", number()),
    ];
    let slug = || ("slug", nullable(text_to(MAX_TITLE_CHARS)));
    let or_not = |name| (name, nullable(flag()));
    into.add("Nothing", sparse(&[]));
    into.add("Unpublishing", sparse(&[or_not("below")]));
    into.add("Scheduling", sparse(&[("publish_at", nullable(time())), ("expire_at", nullable(time()))]));
    into.add("Reverting", object(&[("revision", id())]));
    let title = ("title", nullable(text_to(MAX_TITLE_CHARS)));
    let copy = [slug(), title, or_not("subtree"), or_not("live"), or_not("alias")];
    into.add("Copying", sparse(&[&place[..], &copy].concat()));
    into.add("Moving", sparse(&place));
    let parents = nullable(words(&["required", "mirrored"]));
    let parents = ("parents", described(parents, "What becomes of pages above that are not in that language yet"));
    let translating = [("locale", text()), or_not("subtree"), or_not("alias"), parents];
    into.add("TranslatingPage", needing(sparse(&translating), &["locale"]));
    let missing = described(list(text()), "Languages that the page is not in");
    into.add("PageTranslations", object(&[("items", list(to("PageHead"))), ("missing", missing)]));
    into.add("Restoring", sparse(&[&place[..], &[slug()]].concat()));
}

fn add_revisions(into: &mut Schemas) {
    let facts = [
        ("detail_url", text()),
        ("created_at", time()),
        ("author", nullable(text())),
        ("automatic", described(flag(), "Saved by the editor by itself")),
        ("reverted_from", nullable(id())),
    ];
    let listed = [&[("id", id())][..], &facts, &[("newest", flag()), ("live", flag())]].concat();
    into.add("RevisionListed", object(&listed));
    into.add_list("RevisionList", to("RevisionListed"));
    let meta = object(&[&[("type", text())][..], &facts].concat());
    let about = "As its type was then, so that it need not fit the type as it is";
    let own = [("id", id()), ("page", id()), ("meta", meta), ("fields", described(any_object(), about))];
    into.add("Revision", object(&[&own[..], &head_told()].concat()));
    let change = words(&["added", "removed", "changed", "moved"]);
    let difference = object(&[("pointer", text()), ("change", change), ("from", json!({})), ("to", json!({}))]);
    let compared = [("from", id()), ("to", id()), ("total", whole()), ("differences", list(difference))];
    into.add("Comparison", object(&compared));
}
