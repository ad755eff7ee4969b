//! What there is to say of the configuration of front ends, for the document of the API.

use crate::api::openapi::field::{Fields, Form};
use crate::api::openapi::operation::{Access, Answer, GET, Operation, Part, Tag};
use crate::api::openapi::schemas::{Schemas, any_of, list, nullable, object, text};
use crate::content::types::Types;

pub(in crate::api::v1) const PART: Part = Part {
    name: "Configuration",
    about: "What front ends are told at run time, whoever asks.",
    operations: &[
        Operation {
            path: "/api/v1/config/frontend/",
            id: "readConfiguration",
            summary: "Read the public settings of the site",
            access: Access::Anybody,
            answer: Answer::Json("Configuration"),
            etag: Tag::Read,
            ..GET
        },
        Operation {
            path: "/api/v1/config/frontend/events/",
            id: "followConfiguration",
            summary: "Be told when they change",
            about: "Server-sent events, until the client leaves.",
            access: Access::Anybody,
            answer: Answer::Other("text/event-stream"),
            ..GET
        },
    ],
    schemas,
};

fn schemas(types: &Types, into: &mut Schemas) {
    let site =
        object(&[("name", text()), ("base_url", text()), ("language", nullable(text())), ("languages", list(text()))]);
    let fields = Fields { types, form: Form::Draft };
    let public: Vec<_> = types.settings().filter(|of| of.public).collect();
    let told = public.iter().map(|of| {
        let values = of.api_fields().into_iter().map(|field| {
            // One that nobody set is null.
            (field.name.as_str(), any_of(vec![fields.field(field), nullable(text())]))
        });
        (of.template_name(), object(&values.collect::<Vec<_>>()))
    });
    let told: Vec<_> = told.collect();
    let settings = object(&told.iter().map(|(name, schema)| (name.as_str(), schema.clone())).collect::<Vec<_>>());
    into.add("Configuration", object(&[("site", site), ("settings", settings)]));
}
