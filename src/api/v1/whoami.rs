//! `/api/v1/whoami`: who calls, and what they may use the API for. The first request of every program.

use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use crate::accounts::{GlobalPermission, Scope};
use crate::api::caller::{Account, Caller, Identity};
use crate::api::denied::Denied;
use crate::api::openapi::operation::{Access, Answer, GET, Operation, Part};
use crate::api::openapi::schemas::{self, Schemas, flag, list, nullable, object, text, time, words};
use crate::clock::Micros;
use crate::content::types::Types;
use crate::http::measure::Note;
use crate::telemetry::label::Route;

pub async fn show(caller: Caller) -> Response {
    let mut response = match facts(&caller) {
        Ok(facts) => {
            let mut response = Response::new(facts.to_string().into());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            response
        }
        Err(denied) => denied.answer(),
    };
    response.extensions_mut().insert(Note::of(Route::ApiWhoami));
    response
}

fn facts(caller: &Caller) -> Result<Value, Denied> {
    let Account { id, username, name, email, is_superuser } = caller.account_or_denied()?;
    let grants = caller.grants();
    let time = |at: i64| Micros(at).to_rfc3339();
    let token = match caller.identity() {
        Identity::Token(of) => {
            json!({ "id": of.token_id, "name": of.token_name, "expires_at": of.expires_at.map(time) })
        }
        _ => Value::Null,
    };
    let permissions = GlobalPermission::ALL.iter().filter(|known| grants.may(**known)).map(|known| known.as_str());
    Ok(json!({
        "user": {
            "id": id, "username": username, "name": name, "email": email, "is_superuser": is_superuser,
            "groups": grants.groups(), "permissions": permissions.collect::<Vec<_>>(),
        },
        "authentication": if token.is_null() { "session" } else { "token" },
        "token": token,
        "scopes": caller.scopes().iter().map(Scope::as_str).collect::<Vec<_>>(),
    }))
}

pub(super) const PART: Part = Part {
    name: "Who calls",
    about: "The first request of every program.",
    operations: &[Operation {
        path: "/api/v1/whoami/",
        id: "whoami",
        summary: "Tell who calls, and what they may do",
        access: Access::Scopes(&[]),
        answer: Answer::Json("Whoami"),
        ..GET
    }],
    schemas,
};

fn schemas(_: &Types, into: &mut Schemas) {
    let user = object(&[
        ("id", schemas::id()),
        ("username", text()),
        ("name", text()),
        ("email", text()),
        ("is_superuser", flag()),
        ("groups", list(text())),
        ("permissions", list(text())),
    ]);
    let token = object(&[("id", schemas::id()), ("name", text()), ("expires_at", nullable(time()))]);
    let whoami = object(&[
        ("user", user),
        ("authentication", words(&["session", "token"])),
        ("token", nullable(token)),
        ("scopes", list(words(&Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>()))),
    ]);
    into.add("Whoami", whoami);
}
