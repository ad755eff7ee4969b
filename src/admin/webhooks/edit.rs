//! One webhook: made, changed, switched on and off, given another secret, deleted.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, URL, address, find, shown};
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{Problem, text};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, usage, words};
use crate::content::object_log::Of;
use crate::http::form::FormData;
use crate::telemetry::label::ObjectKind;
use crate::webhooks::topic::{self, Topic};
use crate::webhooks::{Chosen, Endpoint, EndpointChange, MAX_NAME, NewEndpoint, OLD_SECRET_HOURS, WebhookError};

pub(super) async fn blank(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat, None, None, None).await).await
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        show(&admin, seat, Some(&known), None, None).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

/// What is wrong with a form; what no form can mend passes.
fn problem(error: WebhookError) -> Result<Problem, Refusal> {
    let field = match &error {
        WebhookError::NameInvalid => "name",
        WebhookError::Target(_) => "url",
        WebhookError::EventsMissing => "events",
        WebhookError::TooMany => "whole",
        _ => return Err(error.into()),
    };
    Ok(Problem::new(field, words::webhook(&error)))
}

fn chosen(form: &FormData) -> Result<Chosen, WebhookError> {
    match text(form, "which") {
        "all" => Ok(Chosen::Every),
        _ => Chosen::of(form.all("events")),
    }
}

/// What can be chosen, by what it is about, as boxes to tick.
fn groups(known: Option<&Endpoint>, form: Option<&FormData>) -> Vec<Value> {
    let stored: Vec<Topic> = known.filter(|known| !known.every_event).map(Endpoint::topics).unwrap_or_default();
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    for topic in topic::all() {
        let name = topic.to_string();
        let is_chosen =
            form.map_or_else(|| stored.contains(&topic), |form| form.all("events").any(|word| word == name));
        let shown = json!({ "name": name, "is_given": is_chosen });
        match groups.last_mut().filter(|(kind, _)| *kind == topic.kind) {
            Some((_, topics)) => topics.push(shown),
            None => groups.push((topic.kind, vec![shown])),
        }
    }
    groups.into_iter().map(|(kind, topics)| json!({ "label": words::kind(kind), "topics": topics })).collect()
}

async fn show(
    admin: &Admin,
    seat: &Seat,
    known: Option<&Endpoint>,
    form: Option<&FormData>,
    problem: Option<&Problem>,
) -> Done {
    let typed = |field: &str, stored: Option<&String>| {
        form.map_or_else(|| stored.cloned().unwrap_or_default(), |form| text(form, field).to_owned())
    };
    let events = match known {
        Some(known) => usage::log(admin, seat, Of { kind: ObjectKind::Webhook, id: known.id, type_name: "" }).await?,
        None => Vec::new(),
    };
    let every = form.map_or(known.is_some_and(|known| known.every_event), |form| text(form, "which") == "all");
    let context = json!({
        "webhook": known.map(|known| shown(known, seat)),
        "url": known.map_or_else(|| format!("{URL}add/"), |known| address(known.id, "")),
        "all": URL,
        "name": typed("name", known.map(|known| &known.name)),
        "target": typed("url", known.map(|known| &known.url)),
        "every": every,
        "groups": groups(known, form),
        "max_name": MAX_NAME,
        "hours": OLD_SECRET_HOURS,
        "events": events,
    });
    admin.form_page(seat, "admin/webhooks/edit.html", context, problem)
}

/// The secret, this once.
async fn tell(admin: &Admin, seat: &Seat, id: i64, secret: &str) -> Done {
    let known = admin.app.webhooks.find(id).await?;
    let context = json!({ "webhook": shown(&known, seat), "secret": secret, "all": URL });
    Ok(admin.page(seat, "admin/webhooks/secret.html", context))
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let account = Some(seat.session.account_id);
        let made = match chosen(form) {
            Ok(events) => {
                let new = NewEndpoint { name: text(form, "name"), url: text(form, "url"), events, account };
                admin.app.webhooks.create(new, &seat.actor()).await
            }
            Err(error) => Err(error),
        };
        match made {
            Ok(made) => tell(&admin, seat, made.id, &made.secret).await,
            Err(error) => show(&admin, seat, None, Some(form), Some(&problem(error)?)).await,
        }
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

pub(super) async fn save(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let known = find(&admin, &id).await?;
        let done = match chosen(form) {
            Ok(events) => {
                let change = EndpointChange {
                    name: Some(text(form, "name").to_owned()),
                    url: Some(text(form, "url").to_owned()),
                    events: Some(events),
                    is_active: None,
                };
                admin.app.webhooks.change(known.id, change, None, &seat.actor()).await
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(see_other(URL, ROUTE)),
            Err(error) => show(&admin, seat, Some(&known), Some(form), Some(&problem(error)?)).await,
        }
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

/// On, or off.
pub(super) async fn switch(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let known = find(&admin, &id).await?;
        let is_active = match text(form, "to") {
            "on" => true,
            "off" => false,
            _ => return Err(Refusal::Bad(said("not-what-is-sent-here"))),
        };
        let change = EndpointChange { is_active: Some(is_active), ..EndpointChange::default() };
        admin.app.webhooks.change(known.id, change, None, &seat.actor()).await?;
        Ok(see_other(&address(known.id, ""), ROUTE))
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

pub(super) async fn rotate(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        let secret = admin.app.webhooks.rotate_secret(known.id, &seat.actor()).await?;
        tell(&admin, seat, known.id, &secret).await
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

pub(super) async fn delete(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        admin.app.webhooks.delete(known.id, None, &seat.actor()).await?;
        Ok(see_other(URL, ROUTE))
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}
