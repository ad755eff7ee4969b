//! The document: what the parts of the API declare, put together.

use serde_json::{Map, Value, json};

use super::operation::{Access, Answer, Body, Operation, Part, Tag, Verb, Wire};
use super::schemas::{Schemas, to};
use super::{common, content, rows};
use crate::accounts::Scope;
use crate::api::v1;
use crate::content::types::Types;

const ABOUT: &str = "Version 1 does for programs what the editor does for people, by the same operations and with \
    the same permissions. Version 2 reads as Wagtail's API v2 does, byte for byte.\n\nA program sends a token: \
    `Authorization: Bearer vitrine_…`. `GET /api/v1/whoami/` says whose it is and what it may be used for.";

/// All of it, for whoever may know of these types.
pub(super) fn of(types: &Types, parts: &[&Part]) -> Value {
    let mut schemas = Schemas::default();
    common::add_schemas(&mut schemas);
    content::add(types, &mut schemas);
    let mut paths: Map<String, Value> = Map::new();
    for part in parts {
        (part.schemas)(types, &mut schemas);
        for operation in part.operations {
            let describe = |operation: &Operation| described(operation, part.name, &schemas);
            let told = match rows::is_template(operation) {
                true => rows::each(types, operation, describe),
                false => vec![(operation.path.to_owned(), describe(operation))],
            };
            for (path, told) in told {
                paths.entry(path).or_insert_with(|| json!({}))[operation.method.as_str()] = told;
            }
        }
    }
    let is_told =
        |part: &&&Part| types.collections().next().is_some() || !part.operations.iter().all(rows::is_template);
    let tags: Vec<Value> =
        parts.iter().filter(is_told).map(|part| json!({ "name": part.name, "description": part.about })).collect();
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vitrine", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": { "name": "See the project's licence", "url": "/api/docs/" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "webhooks": v1::messages(),
        "components": {
            "schemas": schemas.into_values(),
            "responses": common::responses(),
            "headers": common::headers(),
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "vitrine_…",
                    "description": format!("An API token. Its scopes: {}.", scopes.join(", ")),
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-vitrine_session",
                    "description": "Of somebody who is signed in, from a page of this site. It has all scopes.",
                },
            },
        },
    })
}

fn described(operation: &Operation, part: &str, schemas: &Schemas) -> Value {
    let about = match operation.access {
        Access::Scopes(scopes) if !scopes.is_empty() => {
            let names: Vec<String> = scopes.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
            format!("{}\n\nScope: {}.", operation.about, names.join(", "))
        }
        _ => operation.about.to_owned(),
    };
    let mut told = json!({
        "operationId": operation.id, "tags": [part], "summary": operation.summary, "description": about.trim(),
        "security": security(operation.access), "responses": answers(operation),
    });
    let parameters = common::parameters(operation);
    if !parameters.is_empty() {
        told["parameters"] = parameters.into();
    }
    if let Some(mut body) = body(operation.body, schemas) {
        if operation.method == Verb::Patch {
            // Without one nothing is changed.
            body["required"] = false.into();
        }
        told["requestBody"] = body;
    }
    told
}

fn security(access: Access) -> Value {
    match access {
        Access::Anybody => json!([{}, { "token": [] }, { "session": [] }]),
        Access::Scopes(scopes) => {
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            json!([{ "token": scopes }, { "session": [] }])
        }
    }
}

fn body(body: Body, schemas: &Schemas) -> Option<Value> {
    let of = |kind: &str, schema: Value| json!({ kind: { "schema": schema } });
    Some(match body {
        Body::Nothing => return None,
        Body::Json(name, example) | Body::JsonOrNothing(name, example) => {
            let mut content = of("application/json", to(name));
            let given = serde_json::from_str::<Value>(example).ok();
            if let Some(example) = given.or_else(|| schemas.example(name).cloned()) {
                content["application/json"]["example"] = example;
            }
            json!({ "required": matches!(body, Body::Json(..)), "content": content })
        }
        Body::File(kinds, form) => {
            let mut content = of("multipart/form-data", to(form));
            for kind in kinds {
                content[*kind] = json!({ "schema": { "contentMediaType": kind } });
            }
            json!({ "required": true, "content": content })
        }
    })
}

fn answers(operation: &Operation) -> Value {
    let mut done = json!({ "description": "Done", "headers": common::of_answer(operation) });
    match operation.answer {
        Answer::Nothing | Answer::Elsewhere => {}
        Answer::Other(kind) => done["content"] = texts(&[kind]),
        Answer::OneOf(kinds) => done["content"] = texts(kinds),
        Answer::Json(name) => done["content"] = json!({ "application/json": { "schema": to(name) } }),
        Answer::JsonOrEvents(name) => {
            done["content"] = json!({
                "application/json": { "schema": to(name) }, "text/event-stream": { "schema": { "type": "string" } },
            });
        }
    }
    let mut answers = Map::new();
    answers.insert(operation.status.to_string(), done);
    for (status, name) in operation.also {
        let content = json!({ "application/json": { "schema": to(name) } });
        let done = json!({ "description": "Done in part", "headers": common::limits(), "content": content });
        answers.insert(status.to_string(), done);
    }
    if operation.etag == Tag::Read && operation.method == Verb::Get {
        let known = json!({ "description": "Nothing is new", "headers": common::of_answer(operation) });
        answers.insert("304".to_owned(), known);
    }
    match operation.wire {
        Wire::Ours => {
            for (status, name) in common::refusals(operation) {
                answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
            }
        }
        Wire::Wagtails => answers.extend(wagtails()),
    }
    answers.into()
}

/// What is no JSON, in each of these media types.
fn texts(kinds: &[&str]) -> Value {
    let of = |kind: &&str| ((*kind).to_owned(), json!({ "schema": { "type": "string" } }));
    kinds.iter().map(of).collect::<Map<String, Value>>().into()
}

/// How version 2 refuses. What is no number is no address of it: the site answers then.
fn wagtails() -> Map<String, Value> {
    let of = |about: &str, name: &str| {
        let content = json!({ "application/json": { "schema": to(name) } });
        json!({ "description": about, "content": content })
    };
    let mut missing = of("There is no such thing", "v2.Message");
    missing["content"]["text/html"] = json!({ "schema": { "type": "string" } });
    let problem = |name: &str| json!({ "$ref": format!("#/components/responses/{name}") });
    let all = [
        ("400", of("A parameter is wrong", "v2.Message")),
        ("401", problem("Unauthorized")),
        ("404", missing),
        ("406", of("No form of JSON is accepted", "v2.Detail")),
        ("429", problem("TooMany")),
        ("503", problem("Unavailable")),
    ];
    all.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect()
}
