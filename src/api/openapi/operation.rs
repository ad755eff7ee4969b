//! What there is to say of one operation of the API. Each part of the API has a table of these beside its routes.

use crate::accounts::Scope;
use crate::content::types::Types;

use super::schemas::Schemas;

/// A group of operations: those of one thing.
pub(in crate::api) struct Part {
    pub name: &'static str,
    pub about: &'static str,
    pub operations: &'static [Operation],
    /// What its operations take and answer; `Types` are those that the reader may know of.
    pub schemas: fn(&Types, &mut Schemas),
}

/// What is done by one method of one address.
#[derive(Clone, Copy)]
pub(in crate::api) struct Operation {
    pub method: Verb,
    /// As the router has it, with a slash at its end.
    pub path: &'static str,
    /// What generated clients call it; of all operations only this one.
    pub id: &'static str,
    pub summary: &'static str,
    /// Beside the summary; may be empty.
    pub about: &'static str,
    pub access: Access,
    pub query: &'static [Param],
    pub body: Body,
    pub status: u16,
    pub answer: Answer,
    /// Other statuses of what was done, with the schemas of their answers.
    pub also: &'static [(u16, &'static str)],
    pub etag: Tag,
    /// Beside those that operations of its kind have.
    pub refusals: &'static [u16],
    pub wire: Wire,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::api) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// Who may ask.
#[derive(Clone, Copy)]
pub(in crate::api) enum Access {
    /// Anybody, by the rules of the site; tokens and sessions may see more.
    Anybody,
    /// Who is signed in, or a token with these scopes.
    Scopes(&'static [Scope]),
}

/// A value of the query.
#[derive(Clone, Copy)]
pub(in crate::api) struct Param {
    pub name: &'static str,
    pub about: &'static str,
    pub takes: Takes,
    /// Whether nothing is answered without it.
    pub is_needed: bool,
}

/// What a parameter takes.
#[derive(Clone, Copy)]
pub(in crate::api) enum Takes {
    Text,
    Id,
    /// None or more.
    Count,
    /// From, to.
    Number(i64, i64),
    /// RFC 3339 with a zone.
    Time,
    Words(&'static [&'static str]),
}

#[derive(Clone, Copy)]
pub(in crate::api) enum Body {
    Nothing,
    /// A schema by its name, and an example in JSON; an empty example is made from the schema's own.
    Json(&'static str, &'static str),
    /// A body that may be left out.
    JsonOrNothing(&'static str, &'static str),
    /// A file of one of these media types as it is, or a form (multipart/form-data) by the name of its schema.
    File(&'static [&'static str], &'static str),
}

#[derive(Clone, Copy)]
pub(in crate::api) enum Answer {
    Nothing,
    Json(&'static str),
    /// JSON, or server-sent events for who accepts those.
    JsonOrEvents(&'static str),
    /// Another media type: text, a file, events.
    Other(&'static str),
    /// One of these media types.
    OneOf(&'static [&'static str]),
    /// A redirect.
    Elsewhere,
}

/// How versions of a thing matter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Tag {
    None,
    /// The answer has an ETag, and `If-None-Match` is heeded.
    Read,
    /// `If-Match` may be sent.
    MayMatch,
    /// `If-Match` is needed.
    MustMatch,
}

/// The form of refusals, and of what surrounds an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Wire {
    /// problem+json.
    Ours,
    /// Wagtail's.
    Wagtails,
}

/// A read by somebody with rights; what a table says of an operation replaces what is here.
pub(in crate::api) const GET: Operation = Operation {
    method: Verb::Get,
    path: "",
    id: "",
    summary: "",
    about: "",
    access: Access::Scopes(&[Scope::ReadContent]),
    query: &[],
    body: Body::Nothing,
    status: 200,
    answer: Answer::Nothing,
    also: &[],
    etag: Tag::None,
    refusals: &[],
    wire: Wire::Ours,
};

/// An action, or something new.
pub(in crate::api) const POST: Operation =
    Operation { method: Verb::Post, access: Access::Scopes(&[Scope::WriteContent]), ..GET };

/// Something else in the place of what the caller has seen.
pub(in crate::api) const PUT: Operation = Operation { method: Verb::Put, ..PATCH };

/// A change of what the caller has seen.
pub(in crate::api) const PATCH: Operation = Operation { method: Verb::Patch, etag: Tag::MustMatch, ..POST };

/// Something goes; an `If-Match` may say which.
pub(in crate::api) const DELETE: Operation =
    Operation { method: Verb::Delete, status: 204, etag: Tag::MayMatch, ..POST };

/// `name` and `about` of a value of the query.
pub(in crate::api) const fn param(name: &'static str, takes: Takes, about: &'static str) -> Param {
    Param { name, about, takes, is_needed: false }
}

/// One without which nothing is answered.
pub(in crate::api) const fn needed(name: &'static str, takes: Takes, about: &'static str) -> Param {
    Param { is_needed: true, ..param(name, takes, about) }
}

/// What lists take: how many, and behind which.
pub(in crate::api) const LIMIT: Param =
    param("limit", Takes::Number(1, 100), "How many at most; 20 when nothing is said.");
pub(in crate::api) const AFTER: Param =
    param("after", Takes::Text, "Where the list goes on: of the `next` of the part before.");
/// The form of rich text: what is told in it, and of what is sent which it is in.
pub(in crate::api) const RICH_TEXT: Param = param(
    "rich_text",
    Takes::Words(&["db_html", "db_markdown", "html", "markdown"]),
    "The form of rich text; `db_html`, as it is stored, when nothing is said.",
);
/// What is told beside pages and snippets.
pub(in crate::api) const INCLUDE: Param = param(
    "include",
    Takes::Text,
    "Names such as `parent,fields.author,fields.author.fields.bio` of what is told beside, or `*` for all that fields hold.",
);
/// As much of something as is asked for.
pub(in crate::api) const FIELDS: Param =
    param("fields", Takes::Text, "Names such as `id,title,meta.url,fields.body`, or `*` for everything.");
