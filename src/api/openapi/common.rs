//! What all operations share: problems, headers, and why a request is refused.

use serde_json::{Map, Value, json};

use super::operation::{Access, Answer, Body, Operation, Tag, Takes, Verb, Wire};
use super::schemas::{Schemas, any_object, described, list, object, text, time, to, whole};

/// Why a request is refused: the status, the name of its answer, and what it means.
const REFUSALS: [(u16, &str, &str); 14] = [
    (400, "BadRequest", "The request cannot be understood"),
    (401, "Unauthorized", "Neither a token nor a session, or the token is none that is taken"),
    (403, "Forbidden", "The account may not do it, or the token may not be used for it"),
    (404, "NotFound", "There is no such thing, or the caller may not know of it"),
    (409, "Conflict", "What is there does not allow it"),
    (410, "Gone", "What was there is kept no more"),
    (412, "Stale", "Somebody changed it since it was read"),
    (413, "TooLarge", "The body is too large"),
    (415, "WrongMediaType", "The body is of a kind that is not taken"),
    (422, "Invalid", "Some values are not taken: errors names each of them"),
    (423, "Locked", "Somebody else locked it"),
    (428, "IfMatchNeeded", "The change needs an If-Match"),
    (429, "TooMany", "Too many requests"),
    (503, "Unavailable", "The server cannot do it now"),
];
/// With `Retry-After`.
const LATER: [u16; 2] = [429, 503];

pub(super) fn add_schemas(into: &mut Schemas) {
    let at = |about| described(text(), about);
    let mistake = [
        ("pointer", at("Where it is in the body, as a JSON pointer (RFC 6901)")),
        ("code", at("What programs match on")),
        ("detail", at("For a person")),
    ];
    into.add("FieldProblem", object(&mistake));
    let values = json!({
        "type": at("The address of what is written about it"),
        "title": at("The same for each problem of this code"),
        "status": whole(),
        "code": at("What programs match on"),
        "detail": at("What it is this time, for a person"),
        "trace_id": at("Finds the request in the logs"),
        "errors": list(to("FieldProblem")),
        "revision": described(whole(), "Of `stale`: the newest revision"),
        "by": at("Of `stale` and `locked`: who"),
        "at": at("Of `stale` and `locked`: when"),
    });
    let problem = json!({
        "type": "object", "description": "A refusal (RFC 9457)", "properties": values,
        "required": ["type", "title", "status", "code"], "additionalProperties": true,
        "examples": [{
            "type": "/api/docs/problems#invalid", "title": "Some values are not taken",
            "status": 422, "code": "invalid",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "errors": [{ "pointer": "/title", "code": "required", "detail": "It is needed." }],
        }],
    });
    into.add("Problem", problem);
    into.add("v2.Message", described(object(&[("message", text())]), "A refusal of version 2"));
    into.add("v2.Detail", described(object(&[("detail", text())]), "A refusal of version 2, by its framework"));
    into.add("v2.Any", described(any_object(), "As much of something as `fields` asks for"));
}

/// The answers that components hold.
pub(super) fn responses() -> Map<String, Value> {
    let of = |(status, name, about): &(u16, &str, &str)| {
        let mut headers = limits();
        if LATER.contains(status) {
            headers.insert("Retry-After".to_owned(), header("RetryAfter"));
        }
        if *status == 401 {
            headers.insert("WWW-Authenticate".to_owned(), header("Challenge"));
        }
        let content = json!({ "application/problem+json": { "schema": to("Problem") } });
        ((*name).to_owned(), json!({ "description": about, "headers": headers, "content": content }))
    };
    REFUSALS.iter().map(of).collect()
}

pub(super) fn headers() -> Value {
    let of = |about: &str, schema: Value| json!({ "description": about, "schema": schema });
    json!({
        "ETag": of("A strong validator of this representation.", text()),
        "Location": of("Where it is.", text()),
        "RateLimit": of("What is left: `\"read\";r=1187;t=1`. Not where there is no limit.", text()),
        "RateLimitPolicy": of("What there is: `\"read\";q=1200;w=60`.", text()),
        "RetryAfter": of("Seconds to wait.", whole()),
        "Challenge": of("As RFC 6750 has it.", text()),
        "Replayed": of("`true`: the request was answered before.", text()),
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// What all answers tell of limits.
pub(super) fn limits() -> Map<String, Value> {
    let pairs = [("RateLimit", "RateLimit"), ("RateLimit-Policy", "RateLimitPolicy")];
    pairs.into_iter().map(|(name, of)| (name.to_owned(), header(of))).collect()
}

/// The headers of an answer that is no refusal.
pub(super) fn of_answer(operation: &Operation) -> Map<String, Value> {
    let mut headers = limits();
    if matches!(operation.etag, Tag::Read | Tag::MustMatch) && operation.method != Verb::Delete {
        headers.insert("ETag".to_owned(), header("ETag"));
    }
    if matches!(operation.status, 201 | 302) {
        headers.insert("Location".to_owned(), header("Location"));
    }
    if operation.method == Verb::Post && operation.wire == Wire::Ours {
        headers.insert("Idempotent-Replayed".to_owned(), header("Replayed"));
    }
    headers
}

/// The statuses with which an operation refuses.
pub(super) fn refusals(operation: &Operation) -> Vec<(u16, &'static str)> {
    let mut statuses = vec![400, 401, 403, 429, 503];
    statuses.extend_from_slice(operation.refusals);
    if operation.path.contains('{') || !operation.query.is_empty() {
        statuses.push(404);
    }
    if !matches!(operation.body, Body::Nothing) || operation.method != Verb::Get {
        statuses.extend([413, 415, 422]);
    }
    if operation.method == Verb::Post && matches!(operation.access, Access::Scopes(_)) {
        statuses.push(409);
    }
    match operation.etag {
        Tag::MustMatch => statuses.extend([412, 428]),
        Tag::MayMatch => statuses.push(412),
        Tag::None | Tag::Read => {}
    }
    let known = REFUSALS.iter().filter(|(status, ..)| statuses.contains(status));
    known.map(|(status, name, _)| (*status, *name)).collect()
}

/// What may come with headers.
pub(super) fn header_parameters(operation: &Operation) -> Vec<Value> {
    let of = |name: &str, about: &str, is_needed: bool, example: &str| {
        json!({
            "name": name, "in": "header", "required": is_needed, "description": about,
            "schema": { "type": "string" }, "example": example,
        })
    };
    let mut headers = Vec::new();
    if operation.etag == Tag::Read && operation.method == Verb::Get {
        headers.push(of("If-None-Match", "ETags that are known: 304 when it is one of them.", false, "\"412-5d0c\""));
    }
    if matches!(operation.answer, Answer::JsonOrEvents(_)) {
        let about = "The id of the last event that a stream told: it goes on behind that one.";
        headers.push(of("Last-Event-ID", about, false, "0-4711"));
    }
    if matches!(operation.etag, Tag::MayMatch | Tag::MustMatch) {
        let about = "The ETag of what is changed, or `*` for whatever is there.";
        headers.push(of("If-Match", about, operation.etag == Tag::MustMatch, "*"));
    }
    if operation.method == Verb::Post && operation.wire == Wire::Ours {
        let about = "The request is done once, however often it is sent with this key within a day.";
        let mut key = of("Idempotency-Key", about, false, "6f1d8a");
        key["schema"] = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
        headers.push(key);
    }
    headers
}

/// The values of the path and of the query.
pub(super) fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let of_path = in_path.map(|name| {
        let is_id = matches!(name, "id" | "revision" | "new" | "delivery") || name.ends_with("_id");
        let schema = if is_id { super::schemas::id() } else { json!({ "type": "string", "minLength": 1 }) };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let of_query = operation.query.iter().map(|param| {
        json!({
            "name": param.name, "in": "query", "required": param.is_needed, "description": param.about,
            "schema": taken(param.takes),
        })
    });
    of_path.chain(of_query).chain(header_parameters(operation)).collect()
}

fn taken(takes: Takes) -> Value {
    match takes {
        Takes::Text => text(),
        Takes::Id => super::schemas::id(),
        Takes::Time => time(),
        Takes::Count => json!({ "type": "integer", "minimum": 0 }),
        Takes::Number(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Takes::Words(known) => super::schemas::words(known),
    }
}
