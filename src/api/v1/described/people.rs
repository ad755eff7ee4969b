//! Users and groups, for the document of the API.

use crate::accounts::Scope;
use crate::api::openapi::operation::{
    AFTER, Access, Answer, Body, DELETE, GET, LIMIT, Operation, PATCH, POST, Part, Tag, Takes, param,
};
use crate::api::openapi::schemas::{
    Schemas, described, flag, id, list, needing, nullable, object, sparse, text, time, to, whole,
};
use crate::content::types::Types;

pub(super) const PART: Part = Part {
    name: "Users and groups",
    about: "Who signs in, and what they may do. Nobody gives what they have not.",
    operations: OPERATIONS,
    schemas,
};

const USERS: Access = Access::Scopes(&[Scope::Users]);
const SEARCH: crate::api::openapi::operation::Param = param("search", Takes::Text, "In their names.");
const READ: Operation = Operation { access: USERS, etag: Tag::Read, ..GET };
const LIST: Operation = Operation { access: USERS, ..GET };
const MAKE: Operation = Operation { access: USERS, status: 201, etag: Tag::Read, ..POST };
const CHANGE: Operation = Operation { access: USERS, refusals: &[409], ..PATCH };

const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/users/",
        id: "listUsers",
        summary: "List the users",
        query: &[
            SEARCH,
            param("active", Takes::Words(&["true", "false"]), "Those whose account is open, or closed."),
            param("group", Takes::Id, "Those in this group."),
            LIMIT,
            AFTER,
        ],
        answer: Answer::Json("UserList"),
        ..LIST
    },
    Operation {
        path: "/api/v1/users/",
        id: "inviteUser",
        summary: "Invite somebody by mail",
        body: Body::Json("UserNew", r#"{"username": "ada", "email": "ada@example.org"}"#),
        answer: Answer::Json("User"),
        ..MAKE
    },
    Operation {
        path: "/api/v1/users/{id}/",
        id: "readUser",
        summary: "Read of a user",
        answer: Answer::Json("User"),
        ..READ
    },
    Operation {
        path: "/api/v1/users/{id}/",
        id: "changeUser",
        summary: "Change a user, and in which groups they are",
        body: Body::Json("UserChange", r#"{"is_active": false}"#),
        answer: Answer::Json("User"),
        ..CHANGE
    },
    Operation {
        path: "/api/v1/groups/",
        id: "listGroups",
        summary: "List the groups",
        query: &[SEARCH, LIMIT, AFTER],
        answer: Answer::Json("GroupList"),
        ..LIST
    },
    Operation {
        path: "/api/v1/groups/",
        id: "createGroup",
        summary: "Make a group",
        body: Body::Json("GroupName", r#"{"name": "Writers"}"#),
        answer: Answer::Json("Group"),
        ..MAKE
    },
    Operation {
        path: "/api/v1/groups/{id}/",
        id: "readGroup",
        summary: "Read of a group",
        answer: Answer::Json("Group"),
        ..READ
    },
    Operation {
        path: "/api/v1/groups/{id}/",
        id: "renameGroup",
        summary: "Rename a group",
        body: Body::Json("GroupName", r#"{"name": "Editors of news"}"#),
        answer: Answer::Json("Group"),
        ..CHANGE
    },
    Operation {
        path: "/api/v1/groups/{id}/",
        id: "deleteGroup",
        summary: "Delete a group",
        access: USERS,
        refusals: &[409],
        ..DELETE
    },
    Operation {
        path: "/api/v1/groups/{id}/grants/",
        id: "listGrants",
        summary: "List what a group may do, and where",
        answer: Answer::Json("GrantList"),
        ..LIST
    },
    Operation {
        path: "/api/v1/groups/{id}/grants/",
        id: "changeGrants",
        summary: "Give permissions to a group, and take them",
        access: USERS,
        body: Body::Json("GrantChange", r#"{"give": [{"permission": "publish", "page": 2}]}"#),
        answer: Answer::Json("GrantList"),
        ..POST
    },
    Operation {
        path: "/api/v1/groups/{id}/members/",
        id: "listMembers",
        summary: "List who is in a group",
        query: &[LIMIT, AFTER],
        answer: Answer::Json("MemberList"),
        ..LIST
    },
    Operation {
        path: "/api/v1/groups/{id}/members/",
        id: "changeMembers",
        summary: "Put users into a group, and take them out",
        access: USERS,
        body: Body::Json("MemberChange", r#"{"add": ["ada"]}"#),
        answer: Answer::Json("Group"),
        etag: Tag::Read,
        ..POST
    },
];

fn schemas(_: &Types, into: &mut Schemas) {
    let meta = object(&[
        ("detail_url", text()),
        ("has_two_step", flag()),
        ("created_at", time()),
        ("last_login_at", nullable(time())),
    ]);
    let user = [
        ("id", id()),
        ("meta", meta),
        ("username", text()),
        ("email", text()),
        ("name", text()),
        ("locale", nullable(text())),
        ("time_zone", nullable(text())),
        ("is_active", flag()),
        ("is_superuser", flag()),
        ("groups", list(object(&[("id", id()), ("name", text())]))),
    ];
    into.add("User", object(&user));
    into.add_list("UserList", to("User"));
    let groups = || ("groups", nullable(list(whole())));
    let or_null = |name| (name, nullable(text()));
    let superuser = ("is_superuser", nullable(flag()));
    let new = [("username", text()), ("email", text()), or_null("name"), superuser.clone(), groups()];
    into.add("UserNew", needing(sparse(&new), &["username", "email"]));
    let change = [
        or_null("email"),
        or_null("name"),
        or_null("locale"),
        or_null("time_zone"),
        superuser,
        ("is_active", nullable(flag())),
        groups(),
    ];
    into.add("UserChange", sparse(&change));
    let meta = object(&[
        ("detail_url", text()),
        ("grants_url", text()),
        ("members_url", text()),
        ("grants", whole()),
        ("members", whole()),
    ]);
    into.add("Group", object(&[("id", id()), ("meta", meta), ("name", text())]));
    into.add_list("GroupList", to("Group"));
    into.add("GroupName", object(&[("name", text())]));
    let place = || nullable(whole());
    let rows = nullable(described(text(), "The name of a type of kind `collection`"));
    let places = [("page", place()), ("collection", place()), ("site", place()), ("rows", rows)];
    let told = [&[("permission", text()), ("place", text())][..], &places].concat();
    into.add("Grant", needing(sparse(&told), &["permission"]));
    into.add_list("GrantList", to("Grant"));
    let given = needing(sparse(&[&[("permission", text())][..], &places].concat()), &["permission"]);
    into.add("Grant.Given", given);
    let grants = || nullable(list(to("Grant.Given")));
    into.add("GrantChange", sparse(&[("give", grants()), ("take", grants())]));
    let member = [("id", id()), ("username", text()), ("name", text()), ("is_active", flag())];
    into.add_list("MemberList", object(&member));
    let names = || nullable(list(text()));
    into.add("MemberChange", sparse(&[("add", names()), ("remove", names())]));
}
