//! A new user: with a password that is typed here, or one that they choose themselves by a mailed link.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::{NEEDS, ROUTE, url};
use crate::accounts::NewUser;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, Problem, text};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::http::form::FormData;
use crate::permit::Denied;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat, &FormData::parse(b""), None)).await
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| create(&admin, seat, form).await).await
}

fn show(admin: &Admin, seat: &Seat, form: &FormData, problem: Option<&Problem>) -> Done {
    let context = json!({
        "username": text(form, "username"),
        "name": text(form, "name"),
        "email": text(form, "email"),
        "is_typed": text(form, "by") == "typed",
        "is_superuser": form.first("superuser").is_some(),
        "may_make_superusers": seat.grants.is_superuser(),
        "min_password_length": admin.app.config.accounts.min_password_length,
    });
    admin.form_page(seat, "admin/users/add.html", context, problem)
}

async fn create(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let is_superuser = form.first("superuser").is_some();
    if is_superuser && !seat.grants.is_superuser() {
        return Err(Denied::MakingSuperusers.into());
    }
    let mut new = NewUser {
        username: text(form, "username").to_owned(),
        email: text(form, "email").to_owned(),
        name: text(form, "name").to_owned(),
        password: String::new(),
        is_superuser,
    };
    let accounts = &admin.app.accounts;
    let made = match text(form, "by") {
        "typed" => {
            new.password = form.first("password").unwrap_or_default().to_owned();
            accounts.create_user(new, &seat.by()).await
        }
        "link" if new.email.is_empty() => {
            let problem = Problem::new("email", said("link-needs-address"));
            return show(admin, seat, form, Some(&problem));
        }
        "link" => accounts.invite_user(new, &[], &seat.by()).await,
        _ => return Err(Refusal::Bad(said("say-how-password-is-set"))),
    };
    match made {
        Ok(id) => {
            admin.app.content.jobs.wake();
            Ok(see_other(&format!("{}?said=added", url(id)), ROUTE))
        }
        Err(error) => show(admin, seat, form, Some(&manage::account_problem(error)?)),
    }
}
