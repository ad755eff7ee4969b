//! What a refusal of the domain says to an editor. Its own English stays with logs, the command line and the API.

mod accounts;
mod checks;
mod content;
mod events;
mod fields;
mod media;
mod preflight;
mod redirects;
mod sites;
mod webhooks;

use super::texts::{Said, said};
use crate::permit::Denied;
use crate::words::sentence;

pub(super) use accounts::{account, password};
pub(super) use checks::check;
pub(super) use content::{at_field, edit};
pub(super) use events::{event, kind, way};
pub(super) use fields::{mistake, mistakes, problem};
pub(super) use media::media;
pub(super) use preflight::findings;
pub(super) use redirects::{redirect, table};
pub(super) use sites::site;
pub(super) use webhooks::webhook;

/// What has no message is said as it is: it names places in a list, or nobody meets it in the editor.
fn as_it_is(error: &impl std::fmt::Display) -> Said {
    Said::Text(sentence(&error.to_string()))
}

/// Why somebody may not.
pub(super) fn denied(denied: &Denied) -> Said {
    match denied {
        Denied::Exploring => said("may-not-see-page"),
        Denied::Seeing => said("may-not-see-drafts"),
        Denied::Editing => said("may-not-edit-this-page"),
        Denied::Publishing => said("may-not-publish-page"),
        Denied::Restoring => said("may-not-do-this-in-that-place"),
        Denied::Locking => said("may-not-lock-page"),
        Denied::Unlocking => said("may-not-unlock-page"),
        Denied::Leaving => said("may-not-move-page"),
        Denied::Adding => said("may-not-add-pages-there"),
        Denied::PublishingThere => said("may-not-publish-there"),
        Denied::Reordering => said("may-not-reorder"),
        Denied::Copying => said("may-not-copy-page"),
        Denied::Deleting => said("may-not-delete-page"),
        Denied::PassingOn => said("group-above-members"),
        Denied::AboveSuperuser => said("only-a-superuser-may-change-a-superuser"),
        Denied::MakingSuperusers => said("only-a-superuser-makes-superusers"),
        Denied::TakingOver => said("user-above"),
        Denied::GroupAbove => said("group-above-rename"),
        Denied::Giving => said("give-what-you-have"),
        Denied::Db(error) => as_it_is(error),
    }
}

#[cfg(test)]
mod tests;
