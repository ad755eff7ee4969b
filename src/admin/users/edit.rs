//! One user: what is known of them, their groups, their sessions, and what the security log says.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, find, is_self, refuse_above, url};
use crate::accounts::{Entry, EventsAsked, SessionListed, User, UserChange};
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, Problem, text};
use crate::admin::refusal::Done;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, faces::face, reports, time};
use crate::http::form::FormData;
use crate::permit::people::{self, Own};

/// Entries of the log on the page of a user; the rest is in the report.
const SHOWN: usize = 20;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, query: &FormData| {
        let user = find(&admin, &id).await?;
        show(&admin, seat, &user, notice(text(query, "said")), None).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

pub(super) async fn save(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| change(&admin, seat, &id, form).await).await
}

/// What was done, after a form sent somebody here.
fn notice(word: &str) -> Option<Said> {
    Some(match word {
        "added" => said("user-added"),
        "saved" => said("saved"),
        "groups" => said("groups-changed"),
        "link" => said("reset-link-sent"),
        "two-step" => said("second-step-off"),
        "passkeys" => said("passkeys-removed"),
        "picture-removed" => said("picture-removed"),
        "sessions" => said("ended"),
        _ => return None,
    })
}

/// The page; `again`: a form that was refused, and why.
async fn show(
    admin: &Admin,
    seat: &Seat,
    user: &User,
    notice: Option<Said>,
    again: Option<(&FormData, &Problem)>,
) -> Done {
    let accounts = &admin.app.accounts;
    let zone = seat.zone();
    let groups = accounts.list_offered_groups(user.id).await?;
    // From where a superuser signs in, and what they did, is told to those who may change them.
    let may_change = refuse_above(seat, user).is_ok();
    let sessions = if may_change { accounts.list_sessions(user.id).await? } else { Vec::new() };
    let two_step = accounts.two_step(user.id).await?;
    let passkeys = accounts.list_passkeys(user.id).await?;
    let asked = EventsAsked { name: user.username.clone(), ..EventsAsked::default() };
    let events = if may_change { accounts.list_events(&asked).await? } else { Vec::new() };
    let session = |listed: &SessionListed| {
        json!({
            "id": listed.id, "agent": listed.agent, "network": listed.network,
            "is_current": listed.id == seat.session.session_id, "seen": time(listed.last_seen_at, &zone),
        })
    };
    let mut shown = json!({
        "username": user.username, "name": user.name, "email": user.email, "locale": user.locale,
        "time_zone": user.time_zone, "is_active": user.is_active, "is_superuser": user.is_superuser,
    });
    if let Some((form, _)) = again {
        for field in ["name", "email", "locale", "time_zone"] {
            shown[field] = json!(text(form, field));
        }
        shown["is_active"] = json!(form.first("active").is_some());
        shown["is_superuser"] = json!(form.first("superuser").is_some());
    }
    let context = json!({
        "user": shown,
        "called": user.username,
        "id": user.id,
        "face": face(user.id, if user.name.is_empty() { &user.username } else { &user.name }, &user.picture),
        "url": url(user.id),
        "said": notice,
        "is_self": is_self(seat, user),
        "may_change": may_change,
        "may_make_superusers": seat.grants.is_superuser(),
        "groups": groups.iter().map(|group| json!({ "id": group.id, "name": group.name, "is_in": group.is_in }))
            .collect::<Vec<Value>>(),
        "sessions": sessions.iter().map(session).collect::<Vec<Value>>(),
        "two_step": { "is_on": two_step.is_on, "codes_left": two_step.codes_left },
        "passkeys": passkeys.len(),
        "created": time(user.created_at, &zone),
        "seen": user.last_login_at.map(|at| time(at, &zone)),
        "events": events.iter().take(SHOWN).map(|entry: &Entry| reports::event(entry, &zone)).collect::<Vec<Value>>(),
        "more_events": (events.len() > SHOWN && seat.grants.is_superuser())
            .then(|| manage::address("/admin/reports/security/", &[("name", &user.username)])),
        "zones": manage::zones(),
    });
    admin.form_page(seat, "admin/users/edit.html", context, again.map(|(_, problem)| problem))
}

async fn change(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let user = find(admin, id).await?;
    let (is_active, is_superuser) = (form.first("active").is_some(), form.first("superuser").is_some());
    let email = text(form, "email");
    let change = UserChange {
        email: Some(email.to_owned()).filter(|wanted| *wanted != user.email),
        name: Some(text(form, "name").to_owned()),
        locale: Some(text(form, "locale").to_owned()),
        time_zone: Some(text(form, "time_zone").to_owned()),
        is_superuser: Some(is_superuser).filter(|wanted| *wanted != user.is_superuser),
        is_active: Some(is_active).filter(|wanted| *wanted != user.is_active),
        spares_superusers: !seat.grants.is_superuser(),
        ..UserChange::default()
    };
    let of = (&*admin.app.content, &*admin.app.accounts);
    let own = people::judge_change(of, &seat.grants, &user, &change).await?.map(|own| match own {
        Own::Active | Own::Superuser => Problem::new("rights", said("not-from-yourself")),
        Own::Email => Problem::new("email", said("own-address")),
    });
    if let Some(problem) = own {
        return show(admin, seat, &user, None, Some((form, &problem))).await;
    }
    match admin.app.accounts.change_user(&user.username, change, &seat.by()).await {
        Ok(()) => Ok(see_other(&format!("{}?said=saved", url(user.id)), ROUTE)),
        Err(error) => show(admin, seat, &user, None, Some((form, &manage::account_problem(error)?))).await,
    }
}
