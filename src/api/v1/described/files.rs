//! Images and documents, for the document of the API: the two halves of the library are told of alike.

use serde_json::{Value, json};

use crate::accounts::Scope;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, Body, DELETE, FIELDS, GET, LIMIT, Operation, PATCH, POST, PUT, Param, Part, Tag, Takes,
    param,
};
use crate::api::openapi::schemas::{
    Schemas, any_of, described, flag, id, list, needing, nullable, object, only, sparse, text, text_to, time, to,
    whole, words,
};
use crate::content::types::Types;
use crate::media::image::{FocalBy, Format};

pub(super) const IMAGES: Part = Part {
    name: "Images",
    about: "The pictures of the library. Of collections where the caller has no part, nothing is told.",
    operations: &operations(&IMAGE),
    schemas: images,
};

pub(super) const DOCUMENTS: Part = Part {
    name: "Documents",
    about: "The other files of the library. Of collections where the caller has no part, nothing is told.",
    operations: &operations(&DOCUMENT),
    schemas: documents,
};

/// What differs between the halves.
struct Half {
    /// The addresses: of all, of one, of its file, of its uses.
    paths: [&'static str; 4],
    /// Of each operation, in their order.
    ids: [&'static str; 7],
    summaries: [&'static str; 7],
    /// What is said of a file that is a body.
    told: &'static [Param],
    /// Media types of such a body.
    kinds: &'static [&'static str],
    /// Schemas by their names.
    whole: &'static str,
    sparse: &'static str,
    read: &'static str,
    list: &'static str,
    change: &'static str,
    form: &'static str,
    added: &'static str,
    several: &'static str,
    /// The answer when some files of a form were refused.
    in_part: &'static [(u16, &'static str)],
}

const IMAGE: Half = Half {
    paths: ["/api/v1/images/", "/api/v1/images/{id}/", "/api/v1/images/{id}/file/", "/api/v1/images/{id}/usage/"],
    ids: ["listImages", "addImage", "readImage", "changeImage", "deleteImage", "replaceImage", "listImageUses"],
    summaries: [
        "List the images, the newest first",
        "Add an image, or several",
        "Read what is said of an image",
        "Change what is said of an image",
        "Delete an image that nothing uses",
        "Put another picture in the place of an image",
        "List where an image is used",
    ],
    told: &[FILENAME, TITLE, param("description", Takes::Text, "What it shows."), TAGS, COLLECTION, DUPLICATES],
    kinds: &[Format::Jpeg.mime(), Format::Png.mime(), Format::Gif.mime(), Format::WebP.mime(), OPAQUE],
    whole: "Image",
    sparse: "ImageSparse",
    read: "ImageRead",
    list: "ImageList",
    change: "ImageChange",
    form: "ImageForm",
    added: "ImageAdded",
    several: "ImagesAdded",
    in_part: &[(207, "ImagesAdded")],
};

const DOCUMENT: Half = Half {
    paths: [
        "/api/v1/documents/",
        "/api/v1/documents/{id}/",
        "/api/v1/documents/{id}/file/",
        "/api/v1/documents/{id}/usage/",
    ],
    ids: [
        "listDocuments",
        "addDocument",
        "readDocument",
        "changeDocument",
        "deleteDocument",
        "replaceDocument",
        "listDocumentUses",
    ],
    summaries: [
        "List the documents, the newest first",
        "Add a document, or several",
        "Read what is said of a document",
        "Change what is said of a document",
        "Delete a document that nothing uses",
        "Put another file in the place of a document",
        "List where a document is used",
    ],
    told: &[FILENAME, TITLE, TAGS, COLLECTION, DUPLICATES],
    kinds: &["*/*"],
    whole: "Document",
    sparse: "DocumentSparse",
    read: "DocumentRead",
    list: "DocumentList",
    change: "DocumentChange",
    form: "DocumentForm",
    added: "DocumentAdded",
    several: "DocumentsAdded",
    in_part: &[(207, "DocumentsAdded")],
};

/// A body whose type says nothing: its name is needed then.
const OPAQUE: &str = "application/octet-stream";
/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 255;
const ADDING: &str = "The body is the file, and the address says the rest; or a form does, with `file` as often as \
    there are files, and each value before those that it is about. Of several, `items` has how it went with each.";
const MEDIA: Access = Access::Scopes(&[Scope::Media]);
const FILENAME: Param =
    param("filename", Takes::Text, "What the file is called; else its title with the ending of its type.");
const TITLE: Param = param("title", Takes::Text, "Made from the name when nothing is said.");
const TAGS: Param = param("tags", Takes::Text, "With commas between them.");
const COLLECTION: Param =
    param("collection", Takes::Id, "Where it goes; else to the first that the caller may add to.");
const DUPLICATES: Param = param(
    "duplicates",
    Takes::Words(&["refuse", "keep"]),
    "What becomes of a file that is there already; `refuse` when nothing is said.",
);
const NARROWED: &[Param] = &[
    param("collection", Takes::Id, "In this collection, or below it."),
    param("tag", Takes::Text, "With this tag."),
    param("search", Takes::Text, "With these words in their titles."),
    param("usage", Takes::Words(&["used", "unused"]), "Those that something uses, or nothing."),
    param("format", Takes::Text, "Such as png; of documents the ending of the name."),
    param("uploaded_by", Takes::Id, "Added by this user."),
    param("order", Takes::Words(&["newest", "name", "size"]), "The newest first when nothing is said."),
    FIELDS,
    LIMIT,
    AFTER,
];
const FORCED: &[Param] = &[param("force", Takes::Words(&["true", "false"]), "Also when it is used.")];
const NAMED: &[Param] = &[FILENAME];
const WHOLE: &[Param] = &[FIELDS];
const FURTHER: &[Param] = &[AFTER];

const fn operations(of: &Half) -> [Operation; 7] {
    let [all, one, file, usage] = of.paths;
    let [list, add, read, change, delete, replace, uses] = of.ids;
    let said = of.summaries;
    [
        Operation { path: all, id: list, summary: said[0], query: NARROWED, answer: Answer::Json(of.list), ..GET },
        Operation {
            path: all,
            id: add,
            summary: said[1],
            about: ADDING,
            access: MEDIA,
            query: of.told,
            body: Body::File(of.kinds, of.form),
            status: 201,
            answer: Answer::Json(of.added),
            also: of.in_part,
            etag: Tag::Read,
            ..POST
        },
        Operation {
            path: one,
            id: read,
            summary: said[2],
            query: WHOLE,
            answer: Answer::Json(of.read),
            etag: Tag::Read,
            ..GET
        },
        Operation {
            path: one,
            id: change,
            summary: said[3],
            about: "What is not sent stays; tags are all of them.",
            access: MEDIA,
            body: Body::Json(of.change, r#"{"title": "Red kite", "tags": ["birds"]}"#),
            answer: Answer::Json(of.whole),
            ..PATCH
        },
        Operation { path: one, id: delete, summary: said[4], access: MEDIA, query: FORCED, refusals: &[409], ..DELETE },
        Operation {
            path: file,
            id: replace,
            summary: said[5],
            about: "Its address, its title and its tags stay.",
            access: MEDIA,
            query: NAMED,
            body: Body::File(of.kinds, "FileForm"),
            answer: Answer::Json(of.whole),
            refusals: &[409],
            ..PUT
        },
        Operation {
            path: usage,
            id: uses,
            summary: said[6],
            about: "A hundred at a time.",
            query: FURTHER,
            answer: Answer::Json("FileUseList"),
            ..GET
        },
    ]
}

fn images(_: &Types, into: &mut Schemas) {
    let by: Vec<&str> = FocalBy::ALL.iter().map(|by| by.as_str()).collect();
    let focal = [("x", whole()), ("y", whole()), ("width", whole()), ("height", whole()), ("by", words(&by))];
    let own = [
        ("description", described(text(), "What it shows")),
        ("format", text()),
        ("width", whole()),
        ("height", whole()),
        ("focal_point", nullable(described(object(&focal), "In pixels"))),
    ];
    let side = || json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let point =
        [("x", side()), ("y", side()), ("width", nullable(side())), ("height", nullable(side())), ("by", json!({}))];
    let point = needing(sparse(&point), &["x", "y"]);
    let change = [("description", nullable(text_to(MAX_TITLE_CHARS))), ("focal_point", nullable(point))];
    let address = nullable(described(text(), "Where the file is"));
    add(into, &IMAGE, ("images.Image", address), &own);
    add_given(into, &IMAGE, &[("description", text_to(MAX_TITLE_CHARS))], &change);
}

fn documents(_: &Types, into: &mut Schemas) {
    add(into, &DOCUMENT, ("documents.Document", described(text(), "Where the file is")), &[]);
    add_given(into, &DOCUMENT, &[], &[]);
}

/// A file as it is told: whole, as much of it as is asked for, and where it is used.
fn add(into: &mut Schemas, of: &Half, (kind, address): (&str, Value), own: &[(&str, Value)]) {
    let meta = [
        ("type", only(kind)),
        ("detail_url", text()),
        ("usage_url", text()),
        ("download_url", address),
        ("restricted", described(flag(), "Not for everybody")),
        ("uploaded_by", nullable(id())),
        ("created_at", time()),
        ("updated_at", time()),
    ];
    let told = |meta: Value| {
        let head = [
            ("id", id()),
            ("meta", meta),
            ("title", text()),
            ("filename", text()),
            ("size_bytes", whole()),
            ("sha256", text()),
            ("tags", list(text())),
            ("collection", id()),
        ];
        [&head[..], own].concat()
    };
    into.add(of.whole, object(&told(object(&meta))));
    into.add(of.sparse, described(sparse(&told(sparse(&meta))), "As much of a file as `fields` asks for"));
    into.add(of.read, any_of(vec![to(of.whole), to(of.sparse)]));
    into.add_list(of.list, to(of.read));
    let place = [
        ("kind", words(&["page", "snippet", "setting", "content"])),
        ("id", nullable(id())),
        ("type", text()),
        ("title", text()),
        ("path", described(text(), "Where it is in there")),
        ("live", flag()),
        ("trashed", flag()),
    ];
    into.add("FileUse", object(&place));
    let next = nullable(described(text(), "The address of the part behind this one; null: there is none."));
    into.add("FileUseList", object(&[("items", list(to("FileUse"))), ("total", whole()), ("next", next)]));
}

/// What is sent of a file, in a form or as a change; and how it went with each of a form.
fn add_given(into: &mut Schemas, of: &Half, in_form: &[(&str, Value)], in_change: &[(&str, Value)]) {
    let bytes = || json!({ "type": "string", "contentMediaType": OPAQUE });
    let form = [
        ("title", text_to(MAX_TITLE_CHARS)),
        ("tags", described(text(), "With commas between them")),
        ("collection", id()),
        ("duplicates", words(&["refuse", "keep"])),
        ("file", list(bytes())),
    ];
    into.add(of.form, needing(sparse(&[&form[..], in_form].concat()), &["file"]));
    into.add("FileForm", object(&[("file", bytes())]));
    let change = [
        ("title", nullable(text_to(MAX_TITLE_CHARS))),
        ("tags", nullable(list(text()))),
        ("collection", nullable(whole())),
    ];
    into.add(of.change, sparse(&[&change[..], in_change].concat()));
    let mut problem = object(&[
        ("status", whole()),
        ("code", text()),
        ("title", text()),
        ("detail", nullable(text())),
        ("errors", list(to("FieldProblem"))),
    ]);
    problem["additionalProperties"] = true.into();
    into.add("FileProblem", described(problem, "Why one of several files was refused"));
    let end = |name: &str, value: Value| object(&[("filename", text()), ("status", whole()), (name, value)]);
    let ends = any_of(vec![end("file", to(of.whole)), end("problem", to("FileProblem"))]);
    into.add(of.several, object(&[("items", list(ends))]));
    into.add(of.added, any_of(vec![to(of.whole), to(of.several)]));
}
