//! What became of one of many, or why it was left: a word and its values, which templates turn into sentences.

use serde_json::{Map, Value, json};

use crate::accounts::AccountError;
use crate::content::EditError;
use crate::media::MediaError;
use crate::permit::Denied;
use crate::word_set;

/// Longest value that is kept, in characters.
const MAX_VALUE: usize = 500;

word_set! {
    Reason {
        // Done
        Published = "published", WasLive = "was_live", Unpublished = "unpublished", WasNotLive = "was_not_live",
        Moved = "moved", Trashed = "trashed", Deleted = "deleted", Collected = "collected", Tagged = "tagged",
        Activated = "activated", WasActive = "was_active", Deactivated = "deactivated", WasInactive = "was_inactive",
        Joined = "joined", WasIn = "was_in", Left = "left", WasNotIn = "was_not_in", SignedOut = "signed_out",
        WasSignedOut = "was_signed_out",
        // Refused for any of them
        AccountClosed = "account_closed", Forgotten = "forgotten", FailedOften = "failed_often", Unsuited = "unsuited",
        Other = "other",
        // Pages
        PageGone = "page_gone", InTrash = "in_trash", NotSeen = "not_seen", MayNotPublish = "may_not_publish",
        MayNotUnpublish = "may_not_unpublish", TargetGone = "target_gone", MayNotMove = "may_not_move",
        MayNotAddThere = "may_not_add_there", MayNotPublishThere = "may_not_publish_there",
        MayNotReorder = "may_not_reorder", MayNotCopy = "may_not_copy", MayNotDelete = "may_not_delete",
        SlugTaken = "slug_taken", SlugIsLanguage = "slug_is_language", SlugReserved = "slug_reserved", AddressTaken = "address_taken",
        TitleMissing = "title_missing", Invalid = "invalid", Placement = "placement", MaxCount = "max_count",
        MaxCountPerParent = "max_count_per_parent", OtherLanguage = "other_language", IntoItself = "into_itself",
        RootIsFixed = "root_is_fixed", TooDeep = "too_deep", ParentFull = "parent_full", IsAlias = "is_alias",
        PointedAt = "pointed_at", Locked = "locked",
        // Files
        FileGone = "file_gone", MayNotChangeFile = "may_not_change_file", CollectionGone = "collection_gone",
        MayNotAddFiles = "may_not_add_files", InUse = "in_use", TooManyTags = "too_many_tags",
        // Snippets
        SnippetGone = "snippet_gone", MayNotManageSnippets = "may_not_manage_snippets", NoDrafts = "no_drafts",
        // Users
        MayNotManage = "may_not_manage", UserGone = "user_gone", Yourself = "yourself", IsSuperuser = "is_superuser",
        LastSuperuser = "last_superuser", GroupGone = "group_gone", MayNotPassOn = "may_not_pass_on",
    }
}

impl Reason {
    /// The values that its sentence needs.
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            Self::SlugTaken | Self::SlugIsLanguage | Self::SlugReserved => &["slug"],
            Self::AddressTaken => &["path"],
            Self::Invalid | Self::Placement | Self::Other => &["what"],
            Self::MaxCount | Self::MaxCountPerParent => &["max", "type"],
            Self::OtherLanguage => &["page", "parent"],
            Self::Locked => &["title", "by", "at"],
            Self::TooDeep | Self::TooManyTags => &["max"],
            Self::PointedAt | Self::InUse | Self::SignedOut => &["count"],
            _ => &[],
        }
    }
}

/// A word with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub reason: Reason,
    pub values: Map<String, Value>,
}

impl Note {
    /// `values`: an object.
    fn with(reason: Reason, values: Value) -> Self {
        let Value::Object(values) = values else { return Self::from(reason) };
        Self { reason, values }
    }

    pub(super) fn counted(reason: Reason, count: u64) -> Self {
        Self::with(reason, json!({ "count": count }))
    }

    fn other(text: &str) -> Self {
        Self::with(Reason::Other, json!({ "what": text }))
    }

    /// As the database keeps it.
    pub(super) fn stored(&self) -> String {
        let short = |value: &Value| match value.as_str() {
            Some(text) => json!(text.chars().take(MAX_VALUE).collect::<String>()),
            None => value.clone(),
        };
        let values: Map<String, Value> = self.values.iter().map(|(name, value)| (name.clone(), short(value))).collect();
        json!({ "reason": self.reason.as_str(), "values": values }).to_string()
    }

    /// `None`: nothing, a sentence of an older server, or a word of a newer one.
    pub fn parse(text: &str) -> Option<Self> {
        let kept: Value = serde_json::from_str(text).ok()?;
        let reason = Reason::parse(kept["reason"].as_str()?)?;
        let values = kept["values"].as_object().cloned().unwrap_or_default();
        reason.values().iter().all(|name| values.contains_key(*name)).then_some(Self { reason, values })
    }
}

impl From<Reason> for Note {
    fn from(reason: Reason) -> Self {
        Self { reason, values: Map::new() }
    }
}

impl From<&Denied> for Note {
    fn from(denied: &Denied) -> Self {
        match denied {
            Denied::Leaving => Reason::MayNotMove.into(),
            Denied::Adding => Reason::MayNotAddThere.into(),
            Denied::PublishingThere => Reason::MayNotPublishThere.into(),
            Denied::Reordering => Reason::MayNotReorder.into(),
            Denied::Copying => Reason::MayNotCopy.into(),
            Denied::Deleting => Reason::MayNotDelete.into(),
            Denied::PassingOn => Reason::MayNotPassOn.into(),
            Denied::Exploring | Denied::Seeing => Reason::NotSeen.into(),
            Denied::Publishing => Reason::MayNotPublish.into(),
            Denied::AboveSuperuser => Reason::IsSuperuser.into(),
            denied @ (Denied::Editing | Denied::Restoring | Denied::Locking | Denied::Unlocking | Denied::Db(_)) => {
                Self::other(&denied.to_string())
            }
            denied @ (Denied::MakingSuperusers | Denied::TakingOver | Denied::GroupAbove | Denied::Giving) => {
                Self::other(&denied.to_string())
            }
        }
    }
}

impl From<&EditError> for Note {
    fn from(error: &EditError) -> Self {
        match error {
            EditError::PageNotFound(_) => Reason::PageGone.into(),
            EditError::SlugTaken(slug) => Self::with(Reason::SlugTaken, json!({ "slug": slug })),
            EditError::SlugIsLanguage(slug) => Self::with(Reason::SlugIsLanguage, json!({ "slug": slug })),
            EditError::SlugReserved(slug) => Self::with(Reason::SlugReserved, json!({ "slug": slug })),
            EditError::AddressTaken { url_path, .. } => Self::with(Reason::AddressTaken, json!({ "path": url_path })),
            EditError::TitleMissing => Reason::TitleMissing.into(),
            EditError::Invalid(_) => Self::with(Reason::Invalid, json!({ "what": error.to_string() })),
            EditError::Placement(why) => Self::with(Reason::Placement, json!({ "what": why.to_string() })),
            EditError::MaxCount { type_name, max } => {
                Self::with(Reason::MaxCount, json!({ "type": type_name, "max": max }))
            }
            EditError::MaxCountPerParent { type_name, max, .. } => {
                Self::with(Reason::MaxCountPerParent, json!({ "type": type_name, "max": max }))
            }
            EditError::OtherLanguage { page, parent } => {
                Self::with(Reason::OtherLanguage, json!({ "page": page, "parent": parent }))
            }
            EditError::MoveIntoItself => Reason::IntoItself.into(),
            EditError::RootIsFixed => Reason::RootIsFixed.into(),
            EditError::TooDeep(max) => Self::with(Reason::TooDeep, json!({ "max": max })),
            EditError::ParentFull(_) => Reason::ParentFull.into(),
            EditError::InTrash(_) => Reason::InTrash.into(),
            EditError::IsAlias { .. } => Reason::IsAlias.into(),
            EditError::Locked { title, by, at, .. } => {
                Self::with(Reason::Locked, json!({ "title": title, "by": by, "at": at }))
            }
            EditError::PointedAt(pointers) => {
                let count = pointers.first().map_or(0, |first| first.total);
                Self::with(Reason::PointedAt, json!({ "count": count }))
            }
            EditError::SnippetNotFound(_) => Reason::SnippetGone.into(),
            EditError::NoDrafts(_) => Reason::NoDrafts.into(),
            EditError::InUse(uses) => {
                let count = uses.first().map_or(0, |first| first.total);
                Self::with(Reason::InUse, json!({ "count": count }))
            }
            other => Self::other(&other.to_string()),
        }
    }
}

impl From<&MediaError> for Note {
    fn from(error: &MediaError) -> Self {
        match error {
            MediaError::ImageNotFound(_) | MediaError::DocumentNotFound(_) => Reason::FileGone.into(),
            MediaError::CollectionNotFound(_) => Reason::CollectionGone.into(),
            MediaError::InUse(uses) => {
                let count = uses.first().map_or(0, |first| first.total);
                Self::with(Reason::InUse, json!({ "count": count }))
            }
            MediaError::TooManyTags(max) => Self::with(Reason::TooManyTags, json!({ "max": max })),
            other => Self::other(&other.to_string()),
        }
    }
}

impl From<&AccountError> for Note {
    fn from(error: &AccountError) -> Self {
        match error {
            AccountError::UserNotFound(_) => Reason::UserGone.into(),
            AccountError::GroupNotFound(_) => Reason::GroupGone.into(),
            AccountError::IsSuperuser(_) => Reason::IsSuperuser.into(),
            AccountError::LastSuperuser(_) => Reason::LastSuperuser.into(),
            other => Self::other(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_sentences_of_older_servers_are_none() {
        let note = Note::from(&EditError::SlugTaken("x\"y".into()));
        assert_eq!(Note::parse(&note.stored()), Some(note));
        let long = Note::other(&"ü".repeat(2 * MAX_VALUE));
        let kept = Note::parse(&long.stored()).expect("it is whole");
        assert_eq!(kept.values["what"].as_str().map(|text| text.chars().count()), Some(MAX_VALUE));
        let lacking = r#"{"reason":"slug_taken","values":{}}"#;
        for text in ["", "Live.", "12", "{}", lacking, r#"{"reason":"of_another_year"}"#] {
            assert_eq!(Note::parse(text), None, "{text}");
        }
    }
}
