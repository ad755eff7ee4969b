//! Redirects and settings, for the document of the API.

use serde_json::Value;

use crate::accounts::Scope;
use crate::api::openapi::content::{add_fields, fields_of};
use crate::api::openapi::field::Form;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, Body, DELETE, GET, LIMIT, Operation, PATCH, POST, Part, RICH_TEXT, Tag, Takes, param,
};
use crate::api::openapi::schemas::{
    Schemas, any_of, flag, id, needing, nullable, object, only, sparse, text, time, to, whole,
};
use crate::content::types::Types;

pub(super) const REDIRECTS: Part = Part {
    name: "Redirects",
    about: "Old addresses, and where they lead.",
    operations: &[
        Operation {
            path: "/api/v1/redirects/",
            id: "listRedirects",
            summary: "List the redirects",
            access: SETTINGS,
            query: &[
                param("search", Takes::Text, "In their addresses."),
                param("site", Takes::Id, "Those of this site."),
                param("automatic", Takes::Words(&["true", "false"]), "Those that moved pages left, or the others."),
                LIMIT,
                AFTER,
            ],
            answer: Answer::Json("RedirectList"),
            ..GET
        },
        Operation {
            path: "/api/v1/redirects/",
            id: "createRedirect",
            summary: "Make a redirect",
            access: SETTINGS,
            body: Body::Json("RedirectNew", r#"{"from": "/old/", "to": "https://example.org/new/"}"#),
            status: 201,
            answer: Answer::Json("Redirect"),
            etag: Tag::Read,
            ..POST
        },
        Operation {
            path: "/api/v1/redirects/{id}/",
            id: "readRedirect",
            summary: "Read a redirect",
            access: SETTINGS,
            answer: Answer::Json("Redirect"),
            etag: Tag::Read,
            ..GET
        },
        Operation {
            path: "/api/v1/redirects/{id}/",
            id: "changeRedirect",
            summary: "Change a redirect",
            access: SETTINGS,
            body: Body::Json("RedirectChange", r#"{"is_permanent": false}"#),
            answer: Answer::Json("Redirect"),
            refusals: &[409],
            ..PATCH
        },
        Operation {
            path: "/api/v1/redirects/{id}/",
            id: "deleteRedirect",
            summary: "Delete a redirect",
            access: SETTINGS,
            ..DELETE
        },
    ],
    schemas: redirects,
};

pub(super) const SETTINGS_PART: Part = Part {
    name: "Settings",
    about: "What is set of a site, by its types of settings. `site` is a number, or `all`.",
    operations: &[
        Operation {
            path: "/api/v1/settings/",
            id: "listSettings",
            summary: "List the settings",
            access: SETTINGS,
            query: &[
                param("type", Takes::Text, "Those of this type."),
                param("site", Takes::Id, "Those of this site."),
                LIMIT,
                AFTER,
            ],
            answer: Answer::Json("SettingList"),
            ..GET
        },
        Operation {
            path: "/api/v1/settings/{type}/{site}/",
            id: "readSetting",
            summary: "Read settings",
            access: SETTINGS,
            query: &[RICH_TEXT],
            answer: Answer::Json("Setting"),
            etag: Tag::Read,
            ..GET
        },
        Operation {
            path: "/api/v1/settings/{type}/{site}/",
            id: "changeSetting",
            summary: "Change settings",
            about: "What is not sent stays; a field that is null is as nobody set it.",
            access: SETTINGS,
            query: &[RICH_TEXT],
            body: Body::Json("SettingChange", ""),
            answer: Answer::Json("Setting"),
            ..PATCH
        },
        Operation {
            path: "/api/v1/settings/{type}/{site}/",
            id: "revertSetting",
            summary: "Take settings back to what nobody set",
            access: SETTINGS,
            ..DELETE
        },
    ],
    schemas: settings,
};

const SETTINGS: Access = Access::Scopes(&[Scope::Settings]);

fn redirects(_: &Types, into: &mut Schemas) {
    let meta = object(&[
        ("detail_url", text()),
        ("automatic", flag()),
        ("page_url_path", nullable(text())),
        ("hits", whole()),
        ("last_hit_at", nullable(time())),
    ]);
    let told = [
        ("id", id()),
        ("meta", meta),
        ("from", text()),
        ("site", nullable(id())),
        ("to", nullable(text())),
        ("page", nullable(id())),
        ("route", nullable(text())),
        ("covers_subtree", flag()),
        ("is_permanent", flag()),
    ];
    into.add("Redirect", object(&told));
    into.add_list("RedirectList", to("Redirect"));
    let given = |from: Value| {
        sparse(&[
            ("from", from),
            ("site", nullable(whole())),
            ("to", nullable(text())),
            ("page", nullable(whole())),
            ("route", nullable(text())),
            ("covers_subtree", nullable(flag())),
            ("is_permanent", nullable(flag())),
        ])
    };
    into.add("RedirectNew", needing(given(text()), &["from"]));
    into.add("RedirectChange", given(nullable(text())));
}

fn settings(types: &Types, into: &mut Schemas) {
    let listed = [
        ("type", text()),
        ("label", text()),
        ("description", text()),
        ("site", nullable(id())),
        ("is_set", flag()),
        ("detail_url", text()),
    ];
    into.add("SettingListed", object(&listed));
    into.add_list("SettingList", to("SettingListed"));
    let (mut told, mut changes) = (Vec::new(), Vec::new());
    for of in types.settings() {
        add_fields(types, of, into);
        let meta = object(&[
            ("type", only(&of.name)),
            ("site", nullable(id())),
            ("detail_url", text()),
            ("is_set", flag()),
            ("updated_at", nullable(time())),
        ]);
        into.add(of.name.as_str(), object(&[("meta", meta), ("fields", fields_of(of, Form::Draft))]));
        told.push(to(&of.name));
        changes.push(fields_of(of, Form::Given));
    }
    into.add("Setting", any_of(told));
    into.add("SettingChange", object(&[("fields", any_of(changes))]));
}
