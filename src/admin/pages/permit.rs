//! Pages that whoever asks may see; the rules for all else are in [`crate::permit`].

use crate::accounts::Grants;
use crate::admin::refusal::Refusal;
use crate::admin::texts::said;
use crate::content::Content;
use crate::content::explore::Listed;
pub(in crate::admin) use crate::permit::page_of;
pub(super) use crate::permit::{
    likely_deletable, may_publish_below, refuse_coming, refuse_copying, refuse_deleting, refuse_leaving, refuse_moving,
};

/// A page that whoever asks may see in the tree, not in the trash.
pub(in crate::admin) async fn explored(content: &Content, grants: &Grants, id: i64) -> Result<Listed, Refusal> {
    let row = content.listed(id).await?;
    if row.trashed {
        return Err(Refusal::Missing(said("this-page-is-in-the-trash")));
    }
    match grants.may_explore(&row.path) {
        true => Ok(row),
        false => Err(Refusal::Forbidden(said("may-not-see-page"))),
    }
}
