//! Pages that whoever asks may see; the rules for all else are in [`crate::permit`].

use crate::accounts::Grants;
use crate::admin::refusal::Refusal;
use crate::admin::texts::said;
use crate::content::explore::Listed;
use crate::content::{Content, EditError};
pub(in crate::admin) use crate::permit::page_of;
pub(super) use crate::permit::{
    likely_deletable, may_publish_below, may_take_out, refuse_coming, refuse_copying, refuse_deleting, refuse_leaving,
    refuse_moving,
};

/// A page that whoever asks may see in the tree, not in the trash.
pub(in crate::admin) async fn explored(content: &Content, grants: &Grants, id: i64) -> Result<Listed, Refusal> {
    match crate::permit::explored(content, grants, id).await {
        Err(EditError::InTrash(_)) => Err(Refusal::Missing(said("this-page-is-in-the-trash"))),
        found => Ok(found??),
    }
}
