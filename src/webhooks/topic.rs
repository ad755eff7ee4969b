//! What webhooks can be sent, by the names that receivers see: `page.published`, `image.uploaded`. The logs have words of
//! their own, which are not receivers' business.

use std::fmt::{self, Display, Formatter};

use crate::telemetry::label::{ObjectEvent, ObjectKind, PageEvent};

const PAGE: &str = "page";
/// What a visitor sent.
const FORM: &str = "form";
const SUBMIT: &str = "submit";

/// The words of the logs, and what receivers are told instead.
const WORDS: &[(&str, &str)] = &[
    ("create", "created"),
    ("update", "updated"),
    ("publish", "published"),
    ("unpublish", "unpublished"),
    ("move", "moved"),
    ("delete", "deleted"),
    ("revert", "reverted"),
    ("translate", "translated"),
    ("reorder", "reordered"),
    ("copy", "copied"),
    ("alias", "aliased"),
    ("convert_alias", "alias_converted"),
    ("trash", "trashed"),
    ("restore", "restored"),
    ("schedule", "scheduled"),
    ("expire", "expired"),
    ("view_restriction.create", "restricted"),
    ("view_restriction.edit", "restriction_changed"),
    ("view_restriction.delete", "restriction_removed"),
    ("lock", "locked"),
    ("unlock", "unlocked"),
    ("schedule.held", "schedule_held"),
    ("rename", "renamed"),
    ("merge", "merged"),
    ("upload", "uploaded"),
    ("replace", "replaced"),
    ("submissions.export", "submissions_exported"),
    ("submissions.delete", "submissions_deleted"),
    (SUBMIT, "submitted"),
];

/// What is done to things that are no pages.
const OBJECTS: &[(ObjectKind, &[ObjectEvent])] = &[
    (ObjectKind::Image, FILE),
    (ObjectKind::Document, FILE),
    (
        ObjectKind::Snippet,
        &[
            ObjectEvent::Create,
            ObjectEvent::Update,
            ObjectEvent::Publish,
            ObjectEvent::Unpublish,
            ObjectEvent::Revert,
            ObjectEvent::Delete,
        ],
    ),
    (ObjectKind::Setting, &[ObjectEvent::Update, ObjectEvent::Revert]),
    (ObjectKind::Redirect, WRITTEN),
    (ObjectKind::Tag, &[ObjectEvent::Rename, ObjectEvent::Merge, ObjectEvent::Delete]),
    (
        ObjectKind::Collection,
        &[
            ObjectEvent::Create,
            ObjectEvent::Rename,
            ObjectEvent::Move,
            ObjectEvent::Delete,
            ObjectEvent::RestrictionCreate,
            ObjectEvent::RestrictionEdit,
            ObjectEvent::RestrictionDelete,
        ],
    ),
    (ObjectKind::Site, WRITTEN),
    (ObjectKind::Locale, WRITTEN),
    (ObjectKind::Record, WRITTEN),
];
const FILE: &[ObjectEvent] = &[ObjectEvent::Upload, ObjectEvent::Update, ObjectEvent::Replace, ObjectEvent::Delete];
const WRITTEN: &[ObjectEvent] = &[ObjectEvent::Create, ObjectEvent::Update, ObjectEvent::Delete];

/// One kind of event, in the words of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    pub kind: &'static str,
    pub action: &'static str,
}

impl Display for Topic {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&name(self.kind, self.action))
    }
}

/// What receivers are told that happened.
pub fn name(kind: &str, action: &str) -> String {
    let told = WORDS.iter().find(|(word, _)| *word == action).map_or(action, |(_, told)| told);
    format!("{kind}.{told}")
}

/// All that can be chosen, in the order in which it is offered.
pub fn all() -> impl Iterator<Item = Topic> {
    let pages = PageEvent::ALL.iter().map(|event| Topic { kind: PAGE, action: event.as_str() });
    let objects = OBJECTS
        .iter()
        .flat_map(|(kind, events)| events.iter().map(|event| Topic { kind: kind.as_str(), action: event.as_str() }));
    pages.chain(objects).chain([Topic { kind: FORM, action: SUBMIT }])
}

/// By the name that receivers see.
pub fn parse(text: &str) -> Option<Topic> {
    all().find(|topic| topic.to_string() == text)
}

/// As the database has it: `page:publish`.
pub(super) fn stored(topic: Topic) -> String {
    format!("{}:{}", topic.kind, topic.action)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_has_a_name_of_its_own_that_is_read_again() {
        let names: Vec<String> = all().map(|topic| topic.to_string()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for topic in all() {
            assert_eq!(parse(&topic.to_string()), Some(topic));
            assert!(WORDS.iter().any(|(word, _)| *word == topic.action), "{topic} has a word");
        }
        for known in ["page.published", "page.trashed", "image.uploaded", "form.submitted", "redirect.created"] {
            assert!(names.iter().any(|name| name == known), "{known}");
        }
        assert_eq!(parse("page.publish"), None);
        assert_eq!(name("table", "paint"), "table.paint", "of a later version");
    }
}
