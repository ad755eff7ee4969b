//! Collections, for the document of the API. What is said here of all of them is told of each, by [`rows`]: `{collection}`
//! stands for its path and its name, and `rows.` for its schemas.
//!
//! [`rows`]: crate::api::openapi::rows

use crate::api::openapi::operation::{
    AFTER, Answer, Body, DELETE, FIELDS, GET, LIMIT, Operation, PATCH, POST, PUT, Part, Tag, Takes, param,
};
use crate::api::openapi::rows;

pub(super) const PART: Part = Part {
    name: "Collections",
    about: "The rows of the types of kind `collection`, of which each has addresses of its own.",
    operations: OPERATIONS,
    schemas: rows::add,
};

const ALL: &str = "/api/v1/{collection}/";
const ONE: &str = "/api/v1/{collection}/{id}/";
const LISTED: &str = "A part may have fewer rows than its limit: the list is at its end when `next` is null.";

const OPERATIONS: &[Operation] = &[
    Operation {
        path: ALL,
        id: "listRows",
        summary: "List the rows of {collection}",
        about: LISTED,
        query: &[
            FIELDS,
            LIMIT,
            AFTER,
            param("count", Takes::Words(&["bounded", "exact"]), "Tell how many there are: up to 10,000, or all."),
        ],
        answer: Answer::Json("rows.List"),
        ..GET
    },
    Operation {
        path: ALL,
        id: "addRow",
        summary: "Add a row to {collection}",
        body: Body::Json("rows.New", ""),
        status: 201,
        answer: Answer::Json("rows.Row"),
        etag: Tag::Read,
        ..POST
    },
    Operation {
        path: ONE,
        id: "readRow",
        summary: "Read a row of {collection}",
        query: &[FIELDS],
        answer: Answer::Json("rows.Read"),
        etag: Tag::Read,
        ..GET
    },
    Operation {
        path: ONE,
        id: "changeRow",
        summary: "Change some values of a row of {collection}",
        about: "What is not sent stays; what is null is as in a new row.",
        body: Body::Json("rows.Change", ""),
        answer: Answer::Json("rows.Row"),
        ..PATCH
    },
    Operation {
        path: ONE,
        id: "replaceRow",
        summary: "Change all values of a row of {collection}",
        body: Body::Json("rows.New", ""),
        answer: Answer::Json("rows.Row"),
        ..PUT
    },
    Operation {
        path: ONE,
        id: "deleteRow",
        summary: "Delete a row of {collection}, for good",
        etag: Tag::MustMatch,
        ..DELETE
    },
    Operation {
        path: "/api/v1/{collection}/export/",
        id: "exportRows",
        summary: "Read all rows of {collection} as a file",
        about: "Sent while it is read. Cells of a table that a spreadsheet would take for formulas have a ' in front.",
        query: &[param("format", Takes::Words(&["jsonl", "csv"]), "JSON lines when nothing is said.")],
        answer: Answer::OneOf(&["application/jsonl", "text/csv"]),
        ..GET
    },
];
