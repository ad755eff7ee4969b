//! What there is to say of version 2, for the document of the API: its addresses, and what each type of the site tells.

use serde_json::{Value, json};

use super::model::{LISTED_OF_PAGES, Model};
use crate::api::openapi::field::{Fields, Form};
use crate::api::openapi::operation::{Access, Answer, GET, Operation, Param, Part, Takes, Wire, param};
use crate::api::openapi::schemas::{
    Schemas, any_of, described, flag, id, list, nullable, object, only, sparse, text, time, to, whole,
};
use crate::content::types::Types;

pub(in crate::api) const PART: Part = Part {
    name: "Version 2",
    about: "Reading as Wagtail's API v2: live pages, images, documents and redirects.",
    operations: OPERATIONS,
    schemas,
};

const READ: Operation = Operation { access: Access::Anybody, wire: Wire::Wagtails, ..GET };
const FIND: Operation =
    Operation { status: 302, answer: Answer::Elsewhere, query: &[ID], summary: "Find one by its id", ..READ };
const ID: Param = param("id", Takes::Id, "Its id.");
/// As Wagtail: whatever it says.
const ID_BESIDE_PATH: Param = param("id", Takes::Text, "Its id; not looked at when there is something at `html_path`.");
const HTML_PATH: Param = param("html_path", Takes::Text, "Its address on the site.");
const NAMES: Param = param("fields", Takes::Text, "`*`, `_`, `name`, `-name`, `name(nested)`, with commas.");
const RICH: Param =
    param("rich_text_format", Takes::Words(&["db_html", "html", "db_markdown", "markdown"]), "The form of rich text.");
const LIMIT: Param =
    param("limit", Takes::Count, "How many; never more than `api.v2_limit_max` says, 20 when it says nothing.");
const OFFSET: Param = param("offset", Takes::Count, "Behind how many.");
const ORDER: Param = param("order", Takes::Text, "Up to three fields, `-` for descending, or `random`.");
const SEARCH: Param = param("search", Takes::Text, "Words to search for.");
const OPERATOR: Param = param("search_operator", Takes::Text, "`and` or `or`.");
const LISTED: &[Param] = &[LIMIT, OFFSET, ORDER, SEARCH, OPERATOR, NAMES, RICH];
const PAGES: &[Param] = &[
    LIMIT,
    OFFSET,
    ORDER,
    SEARCH,
    OPERATOR,
    NAMES,
    RICH,
    param("type", Takes::Text, "Names of types, with commas."),
    param("child_of", Takes::Text, "An id, or `root`."),
    param("descendant_of", Takes::Text, "An id, or `root`."),
    param("ancestor_of", Takes::Text, "An id."),
    param("translation_of", Takes::Text, "An id, or `root`."),
    param("locale", Takes::Text, "A language."),
    param("site", Takes::Text, "A host name, perhaps with a port."),
];
const FILTERS: &str = "Any field of the objects narrows the list to its values.";

const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v2/pages/",
        id: "listLivePages",
        summary: "List live pages",
        about: FILTERS,
        query: PAGES,
        answer: Answer::Json("v2.PageList"),
        ..READ
    },
    Operation {
        path: "/api/v2/pages/{id}/",
        id: "readLivePage",
        summary: "Read a live page",
        query: &[NAMES, RICH],
        answer: Answer::Json("v2.Page"),
        ..READ
    },
    Operation { path: "/api/v2/pages/find/", id: "findLivePage", query: &[ID_BESIDE_PATH, HTML_PATH], ..FIND },
    Operation {
        path: "/api/v2/images/",
        id: "listPublicImages",
        summary: "List images",
        about: FILTERS,
        query: LISTED,
        answer: Answer::Json("v2.ImageList"),
        ..READ
    },
    Operation {
        path: "/api/v2/images/{id}/",
        id: "readPublicImage",
        summary: "Read an image",
        query: &[NAMES],
        answer: Answer::Json("v2.Image"),
        ..READ
    },
    Operation { path: "/api/v2/images/find/", id: "findPublicImage", ..FIND },
    Operation {
        path: "/api/v2/documents/",
        id: "listPublicDocuments",
        summary: "List documents",
        about: FILTERS,
        query: LISTED,
        answer: Answer::Json("v2.DocumentList"),
        ..READ
    },
    Operation {
        path: "/api/v2/documents/{id}/",
        id: "readPublicDocument",
        summary: "Read a document",
        query: &[NAMES],
        answer: Answer::Json("v2.Document"),
        ..READ
    },
    Operation { path: "/api/v2/documents/find/", id: "findPublicDocument", ..FIND },
    Operation {
        path: "/api/v2/redirects/",
        id: "listPublicRedirects",
        summary: "List redirects",
        about: FILTERS,
        query: LISTED,
        answer: Answer::Json("v2.RedirectList"),
        ..READ
    },
    Operation {
        path: "/api/v2/redirects/{id}/",
        id: "readPublicRedirect",
        summary: "Read a redirect",
        query: &[NAMES],
        answer: Answer::Json("v2.Redirect"),
        ..READ
    },
    Operation {
        path: "/api/v2/redirects/find/",
        id: "findPublicRedirect",
        query: &[ID_BESIDE_PATH, HTML_PATH],
        ..FIND
    },
];

fn schemas(types: &Types, into: &mut Schemas) {
    add_references(into);
    let mut pages: Vec<Value> = Vec::new();
    for of in types.pages() {
        let name = Form::Wagtails.of(&of.name);
        let told = model(types, Model::Page(Some(of)), Some(&of.name));
        into.add(name.as_str(), described(told, &of.label));
        pages.push(to(&name));
    }
    let any = to("v2.Any");
    into.add("v2.Page", any_of([&pages[..], std::slice::from_ref(&any)].concat()));
    into.add("v2.PageListed", listed(types, Model::Page(None)));
    for (name, one) in [("Image", Model::Image), ("Document", Model::Document), ("Redirect", Model::Redirect)] {
        into.add(format!("v2.{name}Told"), model(types, one, None));
        into.add(format!("v2.{name}"), any_of(vec![to(&format!("v2.{name}Told")), any.clone()]));
        into.add(format!("v2.{name}Listed"), listed(types, one));
    }
    for name in ["Page", "Image", "Document", "Redirect"] {
        let items = list(any_of(vec![to(&format!("v2.{name}Listed")), any.clone()]));
        let meta = object(&[("total_count", whole())]);
        into.add(format!("v2.{name}List"), object(&[("meta", meta), ("items", items)]));
    }
}

/// Everything that a model shows in detail. `locale` is there where there are several.
fn model(types: &Types, of: Model<'_>, type_name: Option<&str>) -> Value {
    told(types, of, type_name, |name| name != "locale")
}

/// What it shows in lists.
fn listed(types: &Types, of: Model<'_>) -> Value {
    told(types, of, None, |name| match of {
        Model::Page(_) => LISTED_OF_PAGES.contains(&name),
        Model::Image | Model::Document => !matches!(name, "width" | "height"),
        _ => true,
    })
}

fn told(types: &Types, of: Model<'_>, type_name: Option<&str>, is_needed: impl Fn(&str) -> bool) -> Value {
    let fields = Fields { types, form: Form::Wagtails };
    let entries = of.entries();
    let schema = |name: &str, is_meta: bool| match (name, is_meta) {
        ("type", true) => type_name.map_or_else(text, only),
        (name, _) => plain(name),
    };
    let values = |is_meta: bool| -> Vec<(&str, Value)> {
        let own = entries.iter().filter(|entry| entry.is_meta == is_meta);
        own.map(|entry| match entry.field {
            Some(field) => (entry.name, fields.told(field)),
            None => (entry.name, schema(entry.name, is_meta)),
        })
        .collect()
    };
    let needed = |values: &[(&str, Value)]| -> Vec<String> {
        values.iter().map(|(name, _)| (*name).to_owned()).filter(|name| is_needed(name)).collect()
    };
    let (meta, body) = (values(true), values(false));
    let mut inner = sparse(&meta);
    inner["required"] = needed(&meta).into();
    let mut names = needed(&body);
    names.push("meta".to_owned());
    let mut schema = sparse(&[&body[..], &[("meta", inner)]].concat());
    schema["required"] = names.into();
    schema
}

/// A value that is no field of a type.
fn plain(name: &str) -> Value {
    match name {
        "id" => id(),
        "show_in_menus" => flag(),
        "first_published_at" => nullable(time()),
        "parent" | "alias_of" => nullable(to("v2.PageBrief")),
        "width" | "height" => whole(),
        "tags" => list(text()),
        "download_url" | "location" => nullable(text()),
        _ => text(),
    }
}

fn add_references(into: &mut Schemas) {
    let meta = object(&[("type", text()), ("detail_url", text()), ("html_url", text())]);
    into.add("v2.PageBrief", object(&[("id", id()), ("meta", meta), ("title", text())]));
    // Nested fields that are asked for come beside.
    let open = |meta: Value, names: &[&str]| {
        let title = if names.contains(&"title") { text() } else { json!({}) };
        json!({
            "type": "object", "properties": { "id": id(), "meta": meta, "title": title }, "additionalProperties": true,
        })
    };
    let meta = |names: &[&str]| {
        let values: Vec<(&str, Value)> = names.iter().map(|name| (*name, plain(name))).collect();
        let mut schema = sparse(&values);
        schema["additionalProperties"] = true.into();
        schema
    };
    into.add("v2.PageReference", open(meta(&["type", "detail_url"]), &["title"]));
    into.add("v2.FileReference", open(meta(&["type", "detail_url", "download_url"]), &["title"]));
    into.add("v2.SnippetReference", open(meta(&["type"]), &[]));
}
