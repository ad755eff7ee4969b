//! What there is to say of the operations on pages, for the document of the API.

use super::schemas;
use crate::accounts::Scope;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, Body, FIELDS, GET, INCLUDE, LIMIT, Operation, PATCH, POST, Param, Part, RICH_TEXT, Tag,
    Takes, param,
};

pub(in crate::api::v1) const PART: Part = Part {
    name: "Pages",
    about: "Pages as editors see them, and all that is done to them.",
    operations: OPERATIONS,
    schemas: schemas::add,
};

const PUBLISH: Access = Access::Scopes(&[Scope::Publish]);
/// What is done to one page.
const ACT: Operation = Operation { answer: Answer::Json("PageHead"), refusals: &[423], ..POST };
/// What makes a page visible, or takes it off the site.
const SHOW: Operation = Operation { access: PUBLISH, ..ACT };
const NARROWED: &[Param] = &[
    param("parent", Takes::Id, "Children of this page."),
    param("below", Takes::Id, "Pages anywhere below this one."),
    param("type", Takes::Text, "Pages of this type."),
    param("locale", Takes::Text, "Pages in this language."),
    param("slug", Takes::Text, "Pages with this slug."),
    param(
        "state",
        Takes::Words(&["live", "draft", "changed"]),
        "Live pages; those never published; live ones with changes.",
    ),
    RICH_TEXT,
    FIELDS,
    INCLUDE,
    LIMIT,
    AFTER,
];
const SEEN: &[Param] = &[
    param("version", Takes::Words(&["draft", "live"]), "The newest draft, or what is live."),
    RICH_TEXT,
    FIELDS,
    INCLUDE,
];
const VISIBLE: &str = "What visitors would see at once takes the scope `publish`, too.";

const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/pages/",
        id: "listPages",
        summary: "List pages in the order of the tree",
        query: NARROWED,
        answer: Answer::Json("PageList"),
        refusals: &[409],
        ..GET
    },
    Operation {
        path: "/api/v1/pages/",
        id: "createPage",
        summary: "Make a page, as a draft",
        query: &[RICH_TEXT],
        body: Body::Json("PageNew", ""),
        status: 201,
        answer: Answer::Json("Page"),
        etag: Tag::Read,
        ..POST
    },
    Operation {
        path: "/api/v1/pages/{id}/",
        id: "readPage",
        summary: "Read a page: its newest draft, or what is live",
        query: SEEN,
        answer: Answer::Json("PageRead"),
        etag: Tag::Read,
        ..GET
    },
    Operation {
        path: "/api/v1/pages/{id}/",
        id: "changePage",
        summary: "Change the draft of a page",
        about: "What is not sent stays; a field that is null is as in a new page.",
        query: &[RICH_TEXT],
        body: Body::Json("PageChange", r#"{"title": "Hovering kestrels"}"#),
        answer: Answer::Json("Page"),
        refusals: &[409, 423],
        ..PATCH
    },
    Operation {
        path: "/api/v1/pages/{id}/blocks/",
        id: "changeBlocks",
        summary: "Change single blocks of a draft, all or none",
        body: Body::Json(
            "BlockOperations",
            r#"{"operations": [{"op": "remove", "id": "77aa90c1-0c47-4b2e-9d5e-6e3a0d1f2b3c"}]}"#,
        ),
        answer: Answer::Json("Page"),
        refusals: &[409, 423],
        ..PATCH
    },
    Operation {
        path: "/api/v1/pages/{id}/revisions/",
        id: "listRevisions",
        summary: "List the revisions of a page, the newest first",
        query: &[LIMIT, AFTER],
        answer: Answer::Json("RevisionList"),
        refusals: &[409],
        ..GET
    },
    Operation {
        path: "/api/v1/pages/{id}/revisions/{revision}/",
        id: "readRevision",
        summary: "Read a revision",
        query: &[RICH_TEXT],
        answer: Answer::Json("Revision"),
        etag: Tag::Read,
        refusals: &[409],
        ..GET
    },
    Operation {
        path: "/api/v1/pages/{id}/revisions/{revision}/compare/{new}/",
        id: "compareRevisions",
        summary: "Tell what differs between two revisions",
        answer: Answer::Json("Comparison"),
        refusals: &[409],
        ..GET
    },
    Operation {
        path: "/api/v1/pages/{id}/translations/",
        id: "listTranslations",
        summary: "List the page in each language, and the languages that it is not in",
        answer: Answer::Json("PageTranslations"),
        refusals: &[409],
        ..GET
    },
    Operation {
        path: "/api/v1/pages/{id}/translate/",
        id: "translatePage",
        summary: "Make the page in another language: a draft of its content, or an alias",
        about: VISIBLE,
        body: Body::Json("TranslatingPage", r#"{"locale": "de", "subtree": false}"#),
        status: 201,
        refusals: &[409, 423],
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/publish/",
        id: "publishPage",
        summary: "Make the newest draft live",
        about: "With `If-Match`, only the draft that it names.",
        body: Body::JsonOrNothing("Nothing", ""),
        etag: Tag::MayMatch,
        ..SHOW
    },
    Operation {
        path: "/api/v1/pages/{id}/unpublish/",
        id: "unpublishPage",
        summary: "Take a page off the site",
        body: Body::JsonOrNothing("Unpublishing", r#"{"below": true}"#),
        answer: Answer::Json("PageUnpublished"),
        etag: Tag::MayMatch,
        ..SHOW
    },
    Operation {
        path: "/api/v1/pages/{id}/schedule/",
        id: "schedulePage",
        summary: "Set when a page goes live and expires",
        about: "A time that is not sent, or null, is taken back.",
        body: Body::JsonOrNothing("Scheduling", r#"{"publish_at": "2099-12-24T18:00:00Z"}"#),
        etag: Tag::MayMatch,
        ..SHOW
    },
    Operation {
        path: "/api/v1/pages/{id}/revert/",
        id: "revertPage",
        summary: "Make an old revision the newest draft again",
        body: Body::Json("Reverting", r#"{"revision": 412}"#),
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/lock/",
        id: "lockPage",
        summary: "Keep a page to oneself",
        body: Body::JsonOrNothing("Nothing", ""),
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/unlock/",
        id: "unlockPage",
        summary: "Give a page back",
        body: Body::JsonOrNothing("Nothing", ""),
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/copy/",
        id: "copyPage",
        summary: "Copy a page, perhaps with all below it, or as an alias",
        about: VISIBLE,
        body: Body::JsonOrNothing("Copying", r#"{"to": 2, "slug": "kestrels-2"}"#),
        status: 201,
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/move/",
        id: "movePage",
        summary: "Move a page with all below it",
        about: VISIBLE,
        body: Body::Json("Moving", r#"{"to": 2, "position": "first"}"#),
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/trash/",
        id: "trashPage",
        summary: "Put a page into the trash with all below it",
        about: VISIBLE,
        body: Body::JsonOrNothing("Nothing", ""),
        answer: Answer::Json("PageTrashed"),
        etag: Tag::MayMatch,
        ..ACT
    },
    Operation {
        path: "/api/v1/pages/{id}/restore/",
        id: "restorePage",
        summary: "Bring a page back from the trash",
        about: VISIBLE,
        body: Body::JsonOrNothing("Restoring", "{}"),
        answer: Answer::Json("PageRestored"),
        ..ACT
    },
];
