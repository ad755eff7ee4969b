//! Webhooks and the feed of changes, for the document of the API; and the messages that webhooks send.

use serde_json::{Value, json};

use crate::accounts::Scope;
use crate::api::openapi::operation::{
    Access, Answer, Body, DELETE, GET, Operation, PATCH, POST, Part, Tag, Takes, param,
};
use crate::api::openapi::schemas::{
    Schemas, any_of, described, flag, id, list, needing, nullable, object, only, sparse, text, time, to, whole, words,
};
use crate::content::types::Types;
use crate::webhooks::feed::MAX_EVENTS;
use crate::webhooks::{MAX_NAME, topic};

pub(super) const WEBHOOKS: Part = Part {
    name: "Webhooks",
    about: "Where changes are sent to, what became of each, and sending them again. It takes the permission to manage \
            webhooks: whoever does learns of all that happens.",
    operations: OPERATIONS,
    schemas: webhooks,
};

pub(super) const CHANGES: Part = Part {
    name: "Changes",
    about: "What happened, from where the caller left off. Each sees what they may see the history of.",
    operations: &[Operation {
        path: "/api/v1/changes/",
        id: "listChanges",
        summary: "List what happened, or follow what happens",
        about: "In the order in which it was committed. With `Accept: text/event-stream` it is a stream of server-sent \
                events: it begins with what happens from now on, or behind `Last-Event-ID`; takes no `limit`; and ends \
                after five minutes, so that its reader comes again.",
        query: &[
            param(
                "after",
                Takes::Text,
                "Where to go on: a `cursor` of an answer, or `now`. Without it a list begins with the oldest event.",
            ),
            param("limit", Takes::Number(1, MAX_EVENTS), "How many are looked at; 100 when nothing is said."),
        ],
        answer: Answer::JsonOrEvents("ChangeList"),
        refusals: &[410],
        ..GET
    }],
    schemas: changes,
};

const MANAGES: Access = Access::Scopes(&[Scope::Webhooks]);
const READ: Operation = Operation { access: MANAGES, ..GET };
/// What is sent some time after the answer.
const SEND: Operation = Operation {
    access: MANAGES,
    body: Body::JsonOrNothing("Nothing", ""),
    status: 202,
    answer: Answer::Json("WebhookDelivery"),
    ..POST
};

const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/webhooks/",
        id: "listWebhooks",
        summary: "List the webhooks",
        answer: Answer::Json("WebhookList"),
        ..READ
    },
    Operation {
        path: "/api/v1/webhooks/",
        id: "createWebhook",
        summary: "Make a webhook",
        about: "The answer has its secret, this once: one that is given again for its `Idempotency-Key` has none.",
        access: MANAGES,
        body: Body::Json(
            "WebhookNew",
            r#"{"name": "Front end", "url": "https://hooks.example.org/vitrine", "events": ["page.published"]}"#,
        ),
        status: 201,
        answer: Answer::Json("WebhookWithSecret"),
        etag: Tag::Read,
        ..POST
    },
    Operation {
        path: "/api/v1/webhooks/events/",
        id: "listWebhookEvents",
        summary: "List the events that can be chosen",
        answer: Answer::Json("WebhookEventList"),
        ..READ
    },
    Operation {
        path: "/api/v1/webhooks/{id}/",
        id: "readWebhook",
        summary: "Read a webhook",
        answer: Answer::Json("Webhook"),
        etag: Tag::Read,
        ..READ
    },
    Operation {
        path: "/api/v1/webhooks/{id}/",
        id: "changeWebhook",
        summary: "Change a webhook, pause it, or let it go on",
        about: "What happens while it is paused or disabled is not sent later by itself.",
        access: MANAGES,
        body: Body::Json("WebhookChange", r#"{"state": "paused"}"#),
        answer: Answer::Json("Webhook"),
        ..PATCH
    },
    Operation {
        path: "/api/v1/webhooks/{id}/",
        id: "deleteWebhook",
        summary: "Delete a webhook",
        access: MANAGES,
        ..DELETE
    },
    Operation {
        path: "/api/v1/webhooks/{id}/secret/",
        id: "rotateWebhookSecret",
        summary: "Give a webhook a new secret",
        about: "The answer has it, this once. The old one signs, too, until `old_secret_until`.",
        access: MANAGES,
        body: Body::JsonOrNothing("Nothing", ""),
        answer: Answer::Json("WebhookWithSecret"),
        etag: Tag::Read,
        ..POST
    },
    Operation {
        path: "/api/v1/webhooks/{id}/test/",
        id: "testWebhook",
        summary: "Send a test, `webhook.test`",
        ..SEND
    },
    Operation {
        path: "/api/v1/webhooks/{id}/replay/",
        id: "replayEvents",
        summary: "Send again what happened in a time, also what was not sent",
        about: "1,000 at most, without what waits already: `is_whole` says whether that was all, and `rest` has the \
                `since` and the `after` with which to go on. What is sent to a webhook that is not active waits until it is.",
        body: Body::Json("WebhookReplay", r#"{"since": "2026-11-22T19:00:00Z"}"#),
        answer: Answer::Json("WebhookReplayed"),
        ..SEND
    },
    Operation {
        path: "/api/v1/webhooks/{id}/deliveries/",
        id: "listDeliveries",
        summary: "List what was sent, the newest first, 50 at a time",
        query: &[
            param("state", Takes::Words(&["open", "delivered", "dead"]), "What waits, was taken, or was given up."),
            param("after", Takes::Id, "Where the list goes on: of the `next` of the part before."),
        ],
        answer: Answer::Json("WebhookDeliveryList"),
        ..READ
    },
    Operation {
        path: "/api/v1/webhooks/{id}/deliveries/{delivery}/",
        id: "readDelivery",
        summary: "Read what became of a message",
        answer: Answer::Json("WebhookDelivery"),
        ..READ
    },
    Operation {
        path: "/api/v1/webhooks/{id}/deliveries/{delivery}/replay/",
        id: "replayDelivery",
        summary: "Send a message again",
        ..SEND
    },
];

fn webhooks(_: &Types, into: &mut Schemas) {
    let names: Vec<String> = topic::all().map(|topic| topic.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    into.add("WebhookEventName", words(&names));
    into.add_list("WebhookEventList", to("WebhookEventName"));
    let told = webhook();
    into.add("Webhook", object(&told));
    into.add_list("WebhookList", to("Webhook"));
    let secret = described(nullable(text()), "`whsec_` and base64; null in an answer that is given again");
    into.add("WebhookWithSecret", object(&[&told[..], &[("secret", secret)]].concat()));
    let every = json!({ "type": "array", "items": only("*"), "minItems": 1, "maxItems": 1 });
    let some = json!({ "type": "array", "items": to("WebhookEventName"), "minItems": 1 });
    into.add(
        "WebhookEvents",
        described(any_of(vec![some, every]), "Names, or `*` for all, those of later versions too"),
    );
    let name = || json!({ "type": "string", "minLength": 1, "maxLength": MAX_NAME });
    let new = [("name", name()), ("url", text()), ("events", to("WebhookEvents"))];
    into.add("WebhookNew", object(&new));
    let change = [
        ("name", nullable(name())),
        ("url", nullable(text())),
        ("events", nullable(to("WebhookEvents"))),
        ("state", nullable(words(&["active", "paused"]))),
    ];
    into.add("WebhookChange", sparse(&change));
    let after = described(nullable(id()), "Of the events at the time `since`, those with higher numbers: of a `rest`");
    let until = described(nullable(time()), "Now, when nothing is said");
    let range = [("since", time()), ("after", after), ("until", until)];
    into.add("WebhookReplay", needing(sparse(&range), &["since"]));
    let rest =
        described(nullable(object(&[("since", time()), ("after", id())])), "What is left, when that was not all");
    let replayed = [("replayed", whole()), ("is_whole", flag()), ("rest", rest)];
    into.add("WebhookReplayed", object(&replayed));
    into.add("WebhookDelivery", delivery());
    into.add_list("WebhookDeliveryList", to("WebhookDelivery"));
}

fn webhook() -> Vec<(&'static str, Value)> {
    vec![
        ("id", id()),
        ("name", text()),
        ("url", text()),
        ("events", described(list(text()), "Names, or `*` alone")),
        ("state", words(&["active", "paused", "disabled"])),
        ("why", described(nullable(text()), "Why the server disabled it")),
        ("failing_since", nullable(time())),
        ("old_secret_until", nullable(time())),
        ("waiting", whole()),
        ("dead", whole()),
        ("created_at", time()),
        ("updated_at", time()),
        ("deliveries_url", text()),
    ]
}

fn delivery() -> Value {
    let event = object(&[
        ("id", text()),
        ("type", text()),
        ("timestamp", time()),
        ("object", described(whole(), "The number of what it happened to")),
        ("title", text()),
    ]);
    object(&[
        ("id", id()),
        ("state", words(&["open", "delivered", "dead"])),
        ("event", event),
        ("attempts", whole()),
        ("tried_at", nullable(time())),
        ("next_at", nullable(time())),
        ("status", described(nullable(whole()), "What was answered last; null: nothing was")),
        ("duration_ms", nullable(whole())),
        ("error", nullable(text())),
        ("response", described(nullable(text()), "The beginning of the answer")),
        ("created_at", time()),
    ])
}

fn changes(_: &Types, into: &mut Schemas) {
    let data = object(&[
        ("kind", text()),
        ("id", whole()),
        ("title", described(text(), "As it was then")),
        ("type", nullable(text())),
        ("revision", nullable(id())),
        ("url", described(nullable(text()), "Where the API has it, of what has an address there")),
        ("actor", nullable(text())),
        ("channel", nullable(text())),
        ("detail", described(json!({}), "What the log notes of it, such as the places of a move")),
    ]);
    let event = [("id", text()), ("type", text()), ("timestamp", time()), ("data", data)];
    let about = "What happened, to what; the content is read at `url`, as it is then.";
    into.add("Event", described(object(&event), about));
    let next = described(nullable(text()), "The address of the part behind this one; null: there is none yet.");
    into.add("ChangeList", object(&[("items", list(to("Event"))), ("cursor", text()), ("next", next)]));
}

/// What receivers are sent: the `webhooks` of the document.
pub(in crate::api) fn messages() -> Value {
    let header = |name: &str, about: &str, example: &str| {
        json!({
            "name": name, "in": "header", "required": true, "description": about, "schema": text(), "example": example,
        })
    };
    let headers = [
        header("webhook-id", "The id of the event: a message may come twice.", "evt_4711"),
        header("webhook-timestamp", "Seconds since 1970: refuse what is five minutes off.", "1795374000"),
        header(
            "webhook-signature",
            "`v1,` and the base64 of the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`; while there are two \
             secrets, one of each, apart by a space.",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ];
    let answers = json!({
        "2XX": { "description": "It is taken" },
        "410": { "description": "The webhook is disabled" },
        "default": { "description": "It is sent again later" },
    });
    json!({ "event": { "post": {
        "operationId": "receiveEvent",
        "tags": [WEBHOOKS.name],
        "summary": "Be told what happened",
        "description": "As Standard Webhooks proposes it, at least once, and in order for each object.",
        "security": [],
        "parameters": headers,
        "requestBody": { "required": true, "content": { "application/json": { "schema": to("Event") } } },
        "responses": answers,
    } } })
}
