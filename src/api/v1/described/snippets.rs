//! Snippets, for the document of the API: one schema of each type of the site.

use serde_json::{Value, json};

use crate::accounts::Scope;
use crate::api::openapi::content::{add_fields, fields_of};
use crate::api::openapi::field::Form;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, Body, DELETE, FIELDS, GET, INCLUDE, LIMIT, Operation, PATCH, POST, Part, RICH_TEXT, Tag,
    Takes, needed, param,
};
use crate::api::openapi::schemas::{
    INCLUDED, Schemas, any_object, any_of, described, flag, id, needing, nullable, object, only, sparse, text, text_to,
    time, to, told_apart,
};
use crate::content::types::{ContentType, Types};

pub(super) const PART: Part = Part {
    name: "Snippets",
    about: "What pages share, such as authors and categories.",
    operations: OPERATIONS,
    schemas,
};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 255;
const VISIBLE: &str = "Of a type without drafts, and of what is live, it takes the scope `publish`, too.";
const ACT: Operation = Operation {
    answer: Answer::Json("Snippet"),
    etag: Tag::MayMatch,
    access: Access::Scopes(&[Scope::Publish]),
    ..POST
};

const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/snippets/",
        id: "listSnippets",
        summary: "List the snippets of a type",
        query: &[
            needed(
                "type",
                Takes::Text,
                "Snippets of this type. Its fields of choices and references narrow the list, too.",
            ),
            param("search", Takes::Text, "With these words in their names."),
            param("locale", Takes::Text, "In this language."),
            param("state", Takes::Text, "In this state, as the editor's list has them."),
            param("order", Takes::Text, "As the editor's list."),
            RICH_TEXT,
            FIELDS,
            INCLUDE,
            LIMIT,
            AFTER,
        ],
        answer: Answer::Json("SnippetList"),
        ..GET
    },
    Operation {
        path: "/api/v1/snippets/",
        id: "createSnippet",
        summary: "Make a snippet",
        about: VISIBLE,
        query: &[RICH_TEXT],
        body: Body::Json("SnippetNew", ""),
        status: 201,
        answer: Answer::Json("Snippet"),
        etag: Tag::Read,
        ..POST
    },
    Operation {
        path: "/api/v1/snippets/{id}/",
        id: "readSnippet",
        summary: "Read the newest draft of a snippet",
        query: &[RICH_TEXT, FIELDS, INCLUDE],
        answer: Answer::Json("SnippetRead"),
        etag: Tag::Read,
        ..GET
    },
    Operation {
        path: "/api/v1/snippets/{id}/",
        id: "changeSnippet",
        summary: "Change a snippet",
        about: VISIBLE,
        query: &[RICH_TEXT],
        body: Body::Json("SnippetChange", r#"{"name": "Field notes"}"#),
        answer: Answer::Json("Snippet"),
        refusals: &[409],
        ..PATCH
    },
    Operation {
        path: "/api/v1/snippets/{id}/",
        id: "deleteSnippet",
        summary: "Delete a snippet that nothing uses",
        about: VISIBLE,
        query: &[param("anyway", Takes::Words(&["true", "false"]), "Also when it is used.")],
        refusals: &[409],
        ..DELETE
    },
    Operation {
        path: "/api/v1/snippets/{id}/revisions/",
        id: "listSnippetRevisions",
        summary: "List the revisions of a snippet, the newest first",
        query: &[LIMIT, AFTER],
        answer: Answer::Json("SnippetRevisionList"),
        ..GET
    },
    Operation {
        path: "/api/v1/snippets/{id}/revisions/{revision}/",
        id: "readSnippetRevision",
        summary: "Read a revision of a snippet",
        query: &[RICH_TEXT],
        answer: Answer::Json("SnippetRevision"),
        etag: Tag::Read,
        ..GET
    },
    Operation {
        path: "/api/v1/snippets/{id}/publish/",
        id: "publishSnippet",
        summary: "Make the newest draft live",
        body: Body::JsonOrNothing("Nothing", ""),
        ..ACT
    },
    Operation {
        path: "/api/v1/snippets/{id}/unpublish/",
        id: "unpublishSnippet",
        summary: "Take a snippet off the site",
        body: Body::JsonOrNothing("Nothing", ""),
        ..ACT
    },
    Operation {
        path: "/api/v1/snippets/{id}/revert/",
        id: "revertSnippet",
        summary: "Make an old revision the newest draft again",
        about: VISIBLE,
        body: Body::Json("Reverting", r#"{"revision": 12}"#),
        access: Access::Scopes(&[Scope::WriteContent]),
        ..ACT
    },
];

fn meta() -> Vec<(&'static str, Value)> {
    vec![
        ("type", text()),
        ("detail_url", text()),
        ("live", flag()),
        ("has_unpublished_changes", flag()),
        ("locale", nullable(text())),
        ("translation_key", nullable(text())),
        ("revision", nullable(id())),
        ("updated_at", time()),
    ]
}

fn schemas(types: &Types, into: &mut Schemas) {
    into.add("SnippetMeta", object(&meta()));
    let head = [("id", id()), ("meta", to("SnippetMeta")), ("name", text()), ("slug", text())];
    into.add("SnippetHead", object(&head));
    let any = [("id", id()), ("meta", sparse(&meta())), ("name", text()), ("slug", text()), ("fields", any_object())];
    into.add("SnippetSparse", described(sparse(&any), "As much of a snippet as `fields` asks for"));
    into.add_including_list("SnippetList", any_of(vec![to("SnippetHead"), to("SnippetSparse")]));
    let revision = [
        ("id", id()),
        ("detail_url", text()),
        ("at", time()),
        ("channel", text()),
        ("newest", flag()),
        ("name", text()),
    ];
    into.add("SnippetRevisionListed", object(&revision));
    into.add_list("SnippetRevisionList", to("SnippetRevisionListed"));
    let whole = [&revision[..], &[("slug", text()), ("fields", any_object())]].concat();
    into.add("SnippetRevision", any_of(vec![object(&whole), any_object()]));
    let (mut told, mut new, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for of in types.snippets() {
        add_fields(types, of, into);
        into.add(of.name.as_str(), one(of));
        told.push(to(&of.name));
        let name = format!("{}.New", of.name);
        into.add(name.as_str(), new_one(of));
        new.push((of.name.clone(), name));
        changes.push(fields_of(of, Form::Given));
    }
    let change = [
        ("name", nullable(text_to(MAX_NAME_CHARS))),
        ("slug", nullable(text())),
        ("fields", nullable(any_of(changes))),
    ];
    into.add("SnippetChange", sparse(&change));
    into.add("SnippetNew", told_apart("type", &new));
    into.add("SnippetRead", any_of([&told[..], &[to("SnippetSparse")]].concat()));
    into.add("Snippet", any_of(told));
}

fn one(of: &ContentType) -> Value {
    let own = json!({ "type": "object", "properties": { "type": only(&of.name) } });
    let meta = json!({ "allOf": [to("SnippetMeta"), own] });
    let told =
        [("id", id()), ("meta", meta), ("name", text()), ("slug", text()), ("fields", fields_of(of, Form::Draft))];
    let mut told = object(&told);
    // Of a change, and not of what is read.
    told["properties"]["notes"] = to("Notes");
    told["properties"]["included"] = to(INCLUDED);
    described(told, if of.description.is_empty() { &of.label } else { &of.description })
}

fn new_one(of: &ContentType) -> Value {
    let given = [
        ("type", only(&of.name)),
        ("name", text_to(MAX_NAME_CHARS)),
        ("slug", nullable(text())),
        ("fields", nullable(fields_of(of, Form::Given))),
        ("locale", nullable(text())),
        ("translation_of", nullable(json!({ "type": "integer", "format": "int64" }))),
    ];
    needing(sparse(&given), &["type", "name"])
}
