//! Another name for a group, and deleting one. What opens pages and files to it keeps it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::{NEEDS, ROUTE, URL, find, page, url};
use crate::accounts::AccountError;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, Problem, text};
use crate::admin::refusal::Done;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, words};
use crate::http::form::FormData;
use crate::permit::people;

const NOT_TYPED: Said = said("type-exactly");

pub(super) async fn rename(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| set_name(&admin, seat, &id, form).await).await
}

pub(super) async fn delete(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| remove(&admin, seat, &id, form).await).await
}

async fn set_name(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let name = text(form, "name");
    let of = (&*admin.app.content, &*admin.app.accounts);
    people::refuse_renaming(of, &seat.grants, (group.id, &group.name), name).await?;
    match admin.app.accounts.rename_group(group.id, name, &seat.by()).await {
        Ok(()) => Ok(see_other(&url(group.id), ROUTE)),
        Err(error) => {
            let problem = manage::account_problem(error)?;
            page::show(admin, seat, &group, "", Some((name, &problem))).await
        }
    }
}

async fn remove(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    people::refuse_group_above(&admin.app.accounts, &seat.grants, group.id).await?;
    let word = text(form, "word");
    if word != group.name {
        return page::show(admin, seat, &group, "", Some((word, &Problem::new("word", NOT_TYPED)))).await;
    }
    match admin.app.accounts.delete_group(group.id, &seat.by()).await {
        Ok(()) => Ok(see_other(URL, ROUTE)),
        Err(error @ AccountError::GroupInUse { .. }) => {
            let problem = Problem::new("word", words::account(&error));
            page::show(admin, seat, &group, "", Some((word, &problem))).await
        }
        Err(error) => Err(error.into()),
    }
}
