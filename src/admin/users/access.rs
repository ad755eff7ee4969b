//! What lets a user in: groups, sessions, the link for a new password, the second step.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::{NEEDS, ROUTE, find, is_self, refuse_above, refuse_taking_over, url};
use crate::accounts::User;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{groups, manage};
use crate::http::form::FormData;

pub(super) async fn set_groups(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| change_groups(&admin, seat, &id, form).await).await
}

pub(super) async fn send_link(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, _| mail(&admin, seat, &id).await).await
}

pub(super) async fn end_two_step(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, _| take_two_step(&admin, seat, &id).await).await
}

pub(super) async fn remove_passkeys(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, _| take_passkeys(&admin, seat, &id).await).await
}

pub(super) async fn end_sessions(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, _| revoke(&admin, seat, &id, None).await).await
}

pub(super) async fn end_session(
    State(admin): State<Arc<Admin>>,
    Path((id, session)): Path<(String, String)>,
    request: Request,
) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, _| revoke(&admin, seat, &id, Some(&session)).await).await
}

fn back(user: &User, said: &str) -> Response {
    see_other(&format!("{}?said={said}", url(user.id)), ROUTE)
}

/// Puts the user into the groups that are ticked, and takes them out of the others that were shown. A group gives what
/// it has: whoever puts somebody in must have that, too.
async fn change_groups(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let user = find(admin, id).await?;
    refuse_above(seat, &user)?;
    let parse = |name: &str| -> Result<Vec<i64>, Refusal> {
        form.all(name).map(|text| ids::parse(text).ok_or(Refusal::Missing(said("no-such-group")))).collect()
    };
    let (wanted, shown) = (parse("groups")?, parse("shown")?);
    let accounts = &admin.app.accounts;
    let offered = accounts.list_offered_groups(user.id).await?;
    if wanted.iter().any(|id| !offered.iter().any(|group| group.id == *id)) {
        return Err(Refusal::Missing(said("no-such-group")));
    }
    let joined: Vec<_> = offered.iter().filter(|group| !group.is_in && wanted.contains(&group.id)).collect();
    let is_left = |id: &i64| shown.contains(id) && !wanted.contains(id);
    let left: Vec<_> = offered.iter().filter(|group| group.is_in && is_left(&group.id)).collect();
    for group in joined.iter().chain(&left) {
        groups::refuse_passing_on(admin, seat, group.id, &group.name).await?;
    }
    for group in joined {
        accounts.add_member_to(group.id, &user, &seat.by()).await?;
    }
    for group in left {
        accounts.remove_member_from(group.id, &user, &seat.by()).await?;
    }
    Ok(back(&user, "groups"))
}

/// The link goes to the address that is known: whoever asks for it learns nothing.
async fn mail(admin: &Admin, seat: &Seat, id: &str) -> Done {
    let user = find(admin, id).await?;
    if user.email.is_empty() || !user.is_active {
        return Err(Refusal::Bad(said("link-needs-active-user")));
    }
    admin.app.accounts.ask_for_reset(&user.username, &seat.by()).await?;
    admin.app.content.jobs.wake();
    Ok(back(&user, "link"))
}

async fn take_two_step(admin: &Admin, seat: &Seat, id: &str) -> Done {
    let user = find(admin, id).await?;
    if is_self(seat, &user) {
        return Err(Refusal::Forbidden(said("own-second-step")));
    }
    refuse_taking_over(admin, seat, &user).await?;
    admin.app.accounts.end_two_step(user.id, &user.username, &seat.by()).await?;
    Ok(back(&user, "two-step"))
}

async fn take_passkeys(admin: &Admin, seat: &Seat, id: &str) -> Done {
    let user = find(admin, id).await?;
    if is_self(seat, &user) {
        return Err(Refusal::Forbidden(said("own-passkeys")));
    }
    refuse_taking_over(admin, seat, &user).await?;
    admin.app.accounts.remove_passkeys(user.id, &user.username, &seat.by()).await?;
    Ok(back(&user, "passkeys"))
}

/// Ends one session, or all of them.
async fn revoke(admin: &Admin, seat: &Seat, id: &str, session: Option<&str>) -> Done {
    let user = find(admin, id).await?;
    refuse_above(seat, &user)?;
    let accounts = &admin.app.accounts;
    match session {
        Some(session) => {
            let session = manage::id(session, said("no-such-session"))?;
            if !accounts.revoke_session(user.id, &user.username, session, &seat.by()).await? {
                return Err(Refusal::Missing(said("session-gone")));
            }
        }
        None => {
            accounts.revoke_sessions(user.id, &user.username, &seat.by()).await?;
        }
    }
    Ok(back(&user, "sessions"))
}
