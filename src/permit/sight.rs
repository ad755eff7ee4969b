//! What somebody may read of the history: what was done to what they may see, and nothing of anything else.

use crate::accounts::{CollectionPermission, GlobalPermission, Grants};
use crate::content::history::{Entry, Kind, Sight};
use crate::content::tree::ROOT_PATH;
use crate::telemetry::label::ObjectKind;

/// The permission that opens all things of a kind; `None`: for superusers alone.
fn needed(kind: ObjectKind) -> Option<GlobalPermission> {
    match kind {
        ObjectKind::Snippet | ObjectKind::Tag => Some(GlobalPermission::Snippets),
        ObjectKind::Setting => Some(GlobalPermission::Settings),
        ObjectKind::Redirect => Some(GlobalPermission::Redirects),
        ObjectKind::Site => Some(GlobalPermission::Sites),
        ObjectKind::Locale => Some(GlobalPermission::Locales),
        ObjectKind::Collection => Some(GlobalPermission::Collections),
        ObjectKind::Webhook => Some(GlobalPermission::Webhooks),
        ObjectKind::Image | ObjectKind::Document | ObjectKind::Job | ObjectKind::Record => None,
    }
}

fn may_see_files(grants: &Grants, path: &str) -> bool {
    CollectionPermission::ALL.iter().any(|permission| grants.may_in_collection(*permission, path, None))
}

/// Whether something of the kind may be theirs to see.
fn may_see_some(grants: &Grants, kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::Image | ObjectKind::Document => {
            CollectionPermission::ALL.iter().any(|permission| grants.may_in_some_collection(*permission))
        }
        kind => grants.is_superuser() || needed(kind).is_some_and(|permission| grants.may(permission)),
    }
}

/// What of the history somebody may read.
pub fn of(grants: &Grants) -> Sight {
    let root = (!grants.may_see(ROOT_PATH)).then(|| grants.explored_root().to_owned());
    let kinds = ObjectKind::ALL.iter().copied().filter(|kind| may_see_some(grants, *kind)).collect();
    // As the security log.
    Sight { root, kinds, accounts: grants.is_superuser() }
}

/// Whether somebody may read an entry.
pub fn may_see(grants: &Grants, entry: &Entry) -> bool {
    may_learn(grants, &entry.kind, &entry.path)
}

/// Whether somebody may know what was done to something of this kind at this place. What is gone, or in the trash, has no
/// place any more: it is told to those who see all places.
pub fn may_learn(grants: &Grants, kind: &str, path: &str) -> bool {
    let path = if path.starts_with(ROOT_PATH) { path } else { ROOT_PATH };
    match Kind::all().find(|known| known.as_str() == kind) {
        Some(Kind::Page) => grants.may_see(path),
        Some(Kind::Object(ObjectKind::Image | ObjectKind::Document)) => may_see_files(grants, path),
        Some(Kind::Object(kind)) => may_see_some(grants, kind),
        Some(Kind::User | Kind::Group) | None => grants.is_superuser(),
    }
}
