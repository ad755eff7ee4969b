//! `/api/openapi.json`: the API described for programs (OpenAPI 3.1), by the tables beside its routes and by the types
//! of the site; and `/api/docs/`, which tells people the same.

mod common;
pub mod content;
mod document;
pub mod field;
mod html;
pub mod operation;
mod problems;
pub mod rows;
pub mod schemas;
mod written;

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use serde_json::Value;

use super::caller::Caller;
use super::v1;
use super::{Api, v2};
use crate::content::types::Types;
use crate::telemetry::label::Route;
use operation::{Access, Answer, GET, Operation, Part, Tag};
use schemas::any_object;
use written::Written;

const PART: Part = Part {
    name: "About the API",
    about: "What this is made of: for programs, and for people.",
    operations: &[
        Operation {
            path: "/api/openapi.json",
            id: "describe",
            summary: "Describe the API",
            about: "Whoever is signed in also reads of fields that only some may set.",
            answer: Answer::Json("OpenApi"),
            ..OPEN
        },
        Operation { path: "/api/docs/", id: "readDocs", summary: "Read about the operations", ..OPEN },
        Operation { path: "/api/docs/problems/", id: "readProblems", summary: "Read what refusals mean", ..OPEN },
        Operation {
            path: "/api/docs/page.css",
            id: "readStyle",
            summary: "Read the style sheet of these pages",
            answer: Answer::Other("text/css"),
            ..OPEN
        },
    ],
    schemas: |_, into| into.add("OpenApi", any_object()),
};

const OPEN: Operation =
    Operation { access: Access::Anybody, answer: Answer::Other("text/html"), etag: Tag::Read, ..GET };

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Fields that only some may set are not for everybody to know of.
    Anybody,
    SignedIn,
}

/// Every part of the API, in the order of the document.
pub(super) fn parts() -> Vec<&'static Part> {
    [&PART].into_iter().chain(v1::parts()).chain([&v2::PART]).collect()
}

/// The document for the types of a site.
pub fn document(types: &Types, reader: Reader) -> Value {
    match reader {
        Reader::SignedIn => document::of(types, &parts()),
        Reader::Anybody => document::of(&types.without_guarded(), &parts()),
    }
}

/// What is sent to one kind of reader.
struct Told {
    document: Written,
    page: Written,
}

/// What is sent of one set of types, made when it is first asked for.
struct Made {
    types: Arc<Types>,
    anybody: Told,
    signed_in: Told,
}

/// The documents of the types that there are now.
#[derive(Default)]
pub(super) struct Documents(RwLock<Option<Arc<Made>>>);

impl Documents {
    fn of(&self, types: &Arc<Types>) -> Arc<Made> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(made) = known.filter(|made| Arc::ptr_eq(&made.types, types)) {
            return made;
        }
        let told = |reader| {
            let document = document(types, reader);
            let page = Written::of("text/html; charset=utf-8", &html::operations(&document));
            Told { document: Written::of("application/json", &document.to_string()), page }
        };
        let made = Made { types: types.clone(), anybody: told(Reader::Anybody), signed_in: told(Reader::SignedIn) };
        let made = Arc::new(made);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        made
    }
}

/// A file of the binary.
#[derive(Clone, Copy)]
enum File {
    Problems,
    Style,
}

impl File {
    fn written(self) -> &'static Written {
        static PROBLEMS: LazyLock<Written> =
            LazyLock::new(|| Written::of("text/html; charset=utf-8", &html::problems()));
        static STYLE: LazyLock<Written> =
            LazyLock::new(|| Written::of("text/css; charset=utf-8", include_str!("page.css")));
        match self {
            Self::Problems => &PROBLEMS,
            Self::Style => &STYLE,
        }
    }
}

pub(super) fn routes() -> Router<Arc<Api>> {
    let of =
        |methods: MethodRouter<Arc<Api>>, route| methods.fallback(async move || v1::wrong_method(route, "GET, HEAD"));
    let file = |file: File| get(async move |request: Request| file.written().send(request.headers(), Route::ApiDocs));
    let docs = |methods| of(methods, Route::ApiDocs);
    Router::new()
        .route("/api/openapi.json", of(get(describe), Route::ApiDescription))
        .route("/api/docs/", docs(get(page)))
        .route("/api/docs", docs(get(page)))
        .route("/api/docs/problems/", docs(file(File::Problems)))
        .route("/api/docs/problems", docs(file(File::Problems)))
        .route("/api/docs/page.css", docs(file(File::Style)))
}

fn told<'m>(made: &'m Made, caller: &Caller) -> &'m Told {
    if caller.account().is_some() { &made.signed_in } else { &made.anybody }
}

async fn describe(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let made = api.documents.of(&api.site.app.content.types());
    told(&made, &caller).document.send(request.headers(), Route::ApiDescription)
}

async fn page(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let made = api.documents.of(&api.site.app.content.types());
    told(&made, &caller).page.send(request.headers(), Route::ApiDocs)
}
