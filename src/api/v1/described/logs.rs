//! The search, what visitors sent with forms, and the logs, for the document of the API.

use crate::accounts::Scope;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, DELETE, GET, LIMIT, Operation, Param, Part, Tag, Takes, needed, param,
};
use crate::api::openapi::schemas::{
    Schemas, any_object, described, flag, id, list, needing, nullable, object, sparse, text, time, to, whole, words,
};
use crate::content::form::export::Format;
use crate::content::history::Kind;
use crate::content::types::Types;
use crate::telemetry::label::AuditEvent;

pub(super) const SEARCH: Part = Part {
    name: "Search",
    about: "What the search of the editor finds.",
    operations: &[Operation {
        path: "/api/v1/search/",
        id: "findAnything",
        summary: "Find pages, images, documents and snippets by their words",
        about: "Of each the best few that the caller may see; drafts too.",
        query: &[
            needed("q", Takes::Text, "The words."),
            param("kind", Takes::Words(&KINDS), "These alone."),
            param("limit", Takes::Number(1, 49), "How many of each at most; 5 when nothing is said."),
        ],
        answer: Answer::Json("Found"),
        ..GET
    }],
    schemas: search,
};

pub(super) const FORMS: Part = Part {
    name: "Forms",
    about: "What visitors sent with forms, for whoever manages them.",
    operations: &[
        Operation {
            path: "/api/v1/forms/",
            id: "listForms",
            summary: "List the pages that something was sent from",
            access: SUBMISSIONS,
            query: &[LIMIT, AFTER],
            answer: Answer::Json("FormList"),
            ..GET
        },
        Operation {
            path: "/api/v1/forms/{page}/submissions/",
            id: "listSubmissions",
            summary: "List what was sent, the newest first",
            access: SUBMISSIONS,
            query: &[SINCE, UNTIL, LIMIT, AFTER],
            answer: Answer::Json("SubmissionList"),
            refusals: &[409],
            ..GET
        },
        Operation {
            path: "/api/v1/forms/{page}/submissions/",
            id: "deleteSubmissions",
            summary: "Delete what was sent before a time, for good",
            access: SUBMISSIONS,
            query: &[SINCE, needed("until", Takes::Time, "Those sent before then.")],
            status: 200,
            answer: Answer::Json("SubmissionsDeleted"),
            etag: Tag::None,
            refusals: &[409],
            ..DELETE
        },
        Operation {
            path: "/api/v1/forms/{page}/submissions/{id}/",
            id: "deleteSubmission",
            summary: "Delete one of what was sent, for good",
            access: SUBMISSIONS,
            etag: Tag::None,
            refusals: &[409],
            ..DELETE
        },
        Operation {
            path: "/api/v1/forms/{page}/export/",
            id: "exportSubmissions",
            summary: "Take what was sent as a file, the oldest first",
            access: SUBMISSIONS,
            query: &[
                param("format", Takes::Words(&["csv", "xlsx", "jsonl"]), "`csv` when nothing is said."),
                SINCE,
                UNTIL,
            ],
            answer: Answer::OneOf(EXPORTED),
            refusals: &[409],
            ..GET
        },
    ],
    schemas: forms,
};

pub(super) const LOGS: Part = Part {
    name: "Logs",
    about: "What was done, by whom, and when.",
    operations: &[
        Operation {
            path: "/api/v1/audit/",
            id: "listEvents",
            summary: "List what was done, the newest first",
            about: "Fifty at a time; `next` leads on also from a part with few entries. Beside `object` there are \
                `kind` and `after` alone.",
            access: AUDIT,
            query: &[
                param("user", Takes::Id, "By this user."),
                param("channel", Takes::Text, "By this way, such as `admin` or `api`."),
                param("event", Takes::Text, "What was done, such as `publish`."),
                param("kind", Takes::Text, "To this kind of thing, such as `page` or `image`."),
                param("object", Takes::Id, "To this thing, of the kind that `kind` names."),
                param("search", Takes::Text, "With these words in the title."),
                SINCE,
                UNTIL,
                AFTER,
            ],
            answer: Answer::Json("LogEntryList"),
            ..GET
        },
        Operation {
            path: "/api/v1/audit/security/",
            id: "listSecurityEvents",
            summary: "Read the security log, the newest first",
            about: "For superusers.",
            access: AUDIT,
            query: &[
                param("name", Takes::Text, "Who did it, or had it done to them."),
                param("event", Takes::Text, "What happened, such as `token_created`."),
                AFTER,
            ],
            answer: Answer::Json("SecurityEventList"),
            ..GET
        },
    ],
    schemas: logs,
};

const AUDIT: Access = Access::Scopes(&[Scope::Audit]);
const SUBMISSIONS: Access = Access::Scopes(&[Scope::Submissions]);
/// What a search finds, in the order of its answer.
const KINDS: [&str; 4] = ["page", "image", "document", "snippet"];
/// Media types of what was sent as a file.
const EXPORTED: &[&str] = &[Format::Csv.media_type(), Format::Xlsx.media_type(), Format::JsonLines.media_type()];
const SINCE: Param = param("since", Takes::Time, "From then on.");
const UNTIL: Param = param("until", Takes::Time, "Before then.");

fn search(_: &Types, into: &mut Schemas) {
    let item = sparse(&[
        ("id", id()),
        ("type", text()),
        ("title", text()),
        ("detail_url", text()),
        ("path", described(text(), "Of pages")),
        ("live", described(flag(), "Of pages")),
        ("width", described(whole(), "Of images, in pixels")),
        ("height", described(whole(), "Of images, in pixels")),
        ("filename", described(text(), "Of documents")),
    ]);
    into.add("FoundItem", needing(item, &["id", "type", "title", "detail_url"]));
    let more = described(flag(), "There are others");
    let group = object(&[("kind", words(&KINDS)), ("items", list(to("FoundItem"))), ("has_more", more)]);
    into.add("Found", object(&[("groups", list(group))]));
}

fn forms(_: &Types, into: &mut Schemas) {
    let form = [
        ("page", id()),
        ("title", text()),
        ("submissions", described(whole(), "How many")),
        ("last_submitted_at", time()),
        ("submissions_url", text()),
        ("export_url", text()),
    ];
    into.add("FormListed", object(&form));
    into.add_list("FormList", to("FormListed"));
    let answers = described(any_object(), "By the names of the fields");
    into.add("Submission", object(&[("id", id()), ("submitted_at", time()), ("answers", answers)]));
    into.add_list("SubmissionList", to("Submission"));
    into.add("SubmissionsDeleted", object(&[("deleted", described(whole(), "How many"))]));
}

fn logs(_: &Types, into: &mut Schemas) {
    let kinds: Vec<&str> = Kind::all().map(|kind| kind.as_str()).collect();
    let events: Vec<&str> = AuditEvent::ALL.iter().map(|event| event.as_str()).collect();
    let thing = object(&[
        ("kind", words(&kinds)),
        ("id", nullable(id())),
        ("type", nullable(text())),
        ("title", text()),
        ("is_there", described(flag(), "Still, and not in the trash")),
    ]);
    let event = [
        ("id", text()),
        ("at", time()),
        ("event", text()),
        ("actor", nullable(text())),
        ("user", nullable(id())),
        ("channel", text()),
        ("object", thing),
        ("revision", nullable(id())),
        ("trace_id", nullable(text())),
    ];
    into.add("LogEntry", object(&event));
    into.add_list("LogEntryList", to("LogEntry"));
    let event = [
        ("id", id()),
        ("at", time()),
        ("event", words(&events)),
        ("actor", nullable(text())),
        ("subject", nullable(text())),
        ("detail", nullable(text())),
        ("network", described(nullable(text()), "From where")),
        ("trace_id", nullable(text())),
    ];
    into.add("SecurityEvent", object(&event));
    into.add_list("SecurityEventList", to("SecurityEvent"));
}
