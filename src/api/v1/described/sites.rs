//! Sites and languages, for the document of the API.

use crate::accounts::Scope;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, Body, DELETE, GET, LIMIT, Operation, PATCH, POST, Part, Tag,
};
use crate::api::openapi::schemas::{Schemas, flag, id, list, needing, nullable, object, sparse, text, to, whole};
use crate::content::types::Types;

pub(super) const PART: Part = Part {
    name: "Sites and languages",
    about: "Where pages are shown, and in which languages.",
    operations: OPERATIONS,
    schemas,
};

const SETTINGS: Access = Access::Scopes(&[Scope::Settings]);
const READ: Operation = Operation { access: SETTINGS, etag: Tag::Read, ..GET };
const LIST: Operation = Operation { access: SETTINGS, query: &[LIMIT, AFTER], ..GET };
const MAKE: Operation = Operation { access: SETTINGS, status: 201, etag: Tag::Read, ..POST };
const CHANGE: Operation = Operation { access: SETTINGS, refusals: &[409], ..PATCH };
const REMOVE: Operation = Operation { access: SETTINGS, refusals: &[409], ..DELETE };

const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/sites/",
        id: "listSites",
        summary: "List the sites",
        answer: Answer::Json("SiteList"),
        ..LIST
    },
    Operation {
        path: "/api/v1/sites/",
        id: "createSite",
        summary: "Add a site",
        body: Body::Json("SiteNew", r#"{"hostname": "news.example.org", "root_page": 90}"#),
        answer: Answer::Json("Site"),
        ..MAKE
    },
    Operation {
        path: "/api/v1/sites/{id}/",
        id: "readSite",
        summary: "Read a site",
        answer: Answer::Json("Site"),
        ..READ
    },
    Operation {
        path: "/api/v1/sites/{id}/",
        id: "changeSite",
        summary: "Change a site",
        body: Body::Json("SiteChange", r#"{"name": "News"}"#),
        answer: Answer::Json("Site"),
        ..CHANGE
    },
    Operation { path: "/api/v1/sites/{id}/", id: "deleteSite", summary: "Remove a site; its pages stay", ..REMOVE },
    Operation {
        path: "/api/v1/locales/",
        id: "listLocales",
        summary: "List the languages",
        answer: Answer::Json("LocaleList"),
        ..LIST
    },
    Operation {
        path: "/api/v1/locales/",
        id: "createLocale",
        summary: "Add a language",
        body: Body::Json("LocaleNew", r#"{"code": "fr"}"#),
        answer: Answer::Json("Locale"),
        ..MAKE
    },
    Operation {
        path: "/api/v1/locales/{code}/",
        id: "readLocale",
        summary: "Read of a language",
        answer: Answer::Json("Locale"),
        ..READ
    },
    Operation {
        path: "/api/v1/locales/{code}/",
        id: "changeLocale",
        summary: "Make a language the default one",
        body: Body::Json("LocaleChange", r#"{"is_default": true}"#),
        answer: Answer::Json("Locale"),
        ..CHANGE
    },
    Operation { path: "/api/v1/locales/{code}/", id: "deleteLocale", summary: "Remove a language", ..REMOVE },
];

fn schemas(_: &Types, into: &mut Schemas) {
    let language = object(&[("code", text()), ("name", text()), ("prefix", text()), ("root_page", id())]);
    let site = object(&[
        ("id", id()),
        ("detail_url", text()),
        ("hostname", text()),
        ("port", whole()),
        ("name", text()),
        ("base_url", text()),
        ("is_default", flag()),
        ("root_page", id()),
        ("languages", list(language)),
    ]);
    into.add("Site", site);
    into.add_list("SiteList", to("Site"));
    let port = ("port", nullable(whole()));
    let name = ("name", nullable(text()));
    let new = [("hostname", text()), port.clone(), name.clone(), ("root_page", whole())];
    into.add("SiteNew", needing(sparse(&new), &["hostname", "root_page"]));
    let change = [
        ("hostname", nullable(text())),
        port,
        name.clone(),
        ("root_page", nullable(whole())),
        ("is_default", nullable(flag())),
    ];
    into.add("SiteChange", sparse(&change));
    let locale = object(&[
        ("code", text()),
        ("name", text()),
        ("is_default", flag()),
        ("pages", whole()),
        ("detail_url", text()),
    ]);
    into.add("Locale", locale);
    into.add_list("LocaleList", to("Locale"));
    into.add("LocaleNew", needing(sparse(&[("code", text()), name]), &["code"]));
    into.add("LocaleChange", object(&[("is_default", flag())]));
}
