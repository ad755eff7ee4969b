//! The editor in the browser, at `/admin/` of the public listener. Nothing here is cached, and nothing comes from
//! elsewhere.

mod account;
mod answer;
mod bulk;
mod choose;
mod collections;
mod columns;
mod editor;
mod entry;
mod export;
mod faces;
mod files;
mod groups;
mod home;
mod jobs;
mod library;
mod locales;
mod login;
mod manage;
mod pages;
mod passkeys;
mod pictures;
mod place;
mod preferences;
mod privacy;
mod profile;
mod records;
mod redirects;
mod refusal;
mod reports;
mod reset;
mod search;
mod sessions;
mod settings;
mod shell;
mod sites;
mod snippets;
mod tags;
mod texts;
mod tokens;
mod usage;
mod users;
mod webhooks;
mod welcome;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::accounts::{By, SignedIn, Visit};
use crate::app::App;
use crate::clock::Micros;
use crate::http::stack::RequestInfo;
use crate::http::throttle::Throttle;
use crate::render::messages::Say;
use crate::render::{TemplateError, Templates};
use crate::site::PublicSite;
use crate::telemetry::label::Route;
use files::Files;
use texts::said;

/// Pages of the editor that listen to one node at a time.
const MAX_LISTENERS: usize = 1_000;

const TEMPLATES: &[(&str, &str)] = &[
    ("admin/layout.html", include_str!("templates/layout.html")),
    ("admin/shell.html", include_str!("templates/shell.html")),
    ("admin/people.html", include_str!("templates/people.html")),
    ("admin/login.html", include_str!("templates/login.html")),
    ("admin/welcome.html", include_str!("templates/welcome.html")),
    ("admin/home.html", include_str!("templates/home.html")),
    ("admin/account.html", include_str!("templates/account.html")),
    ("admin/two_step.html", include_str!("templates/two_step.html")),
    ("admin/recovery_codes.html", include_str!("templates/recovery_codes.html")),
    ("admin/tokens/parts.html", include_str!("templates/tokens/parts.html")),
    ("admin/tokens/own.html", include_str!("templates/tokens/own.html")),
    ("admin/tokens/made.html", include_str!("templates/tokens/made.html")),
    ("admin/tokens/all.html", include_str!("templates/tokens/all.html")),
    ("admin/reset.html", include_str!("templates/reset.html")),
    ("admin/new_password.html", include_str!("templates/new_password.html")),
    ("admin/code.html", include_str!("templates/code.html")),
    ("admin/editor.html", include_str!("templates/editor.html")),
    ("admin/history.html", include_str!("templates/history.html")),
    ("admin/compare.html", include_str!("templates/compare.html")),
    ("admin/message.html", include_str!("templates/message.html")),
    ("admin/library/list.html", include_str!("templates/library/list.html")),
    ("admin/library/edit.html", include_str!("templates/library/edit.html")),
    ("admin/library/delete.html", include_str!("templates/library/delete.html")),
    ("admin/objects/log.html", include_str!("templates/objects/log.html")),
    ("admin/objects/uses.html", include_str!("templates/objects/uses.html")),
    ("admin/snippets/types.html", include_str!("templates/snippets/types.html")),
    ("admin/snippets/list.html", include_str!("templates/snippets/list.html")),
    ("admin/snippets/delete.html", include_str!("templates/snippets/delete.html")),
    ("admin/snippets/history.html", include_str!("templates/snippets/history.html")),
    ("admin/records/index.html", include_str!("templates/records/index.html")),
    ("admin/records/list.html", include_str!("templates/records/list.html")),
    ("admin/records/import.html", include_str!("templates/records/import.html")),
    ("admin/records/show.html", include_str!("templates/records/show.html")),
    ("admin/records/delete.html", include_str!("templates/records/delete.html")),
    ("admin/records/history.html", include_str!("templates/records/history.html")),
    ("admin/settings/list.html", include_str!("templates/settings/list.html")),
    ("admin/settings/history.html", include_str!("templates/settings/history.html")),
    ("admin/redirects/list.html", include_str!("templates/redirects/list.html")),
    ("admin/redirects/edit.html", include_str!("templates/redirects/edit.html")),
    ("admin/redirects/import.html", include_str!("templates/redirects/import.html")),
    ("admin/redirects/table.html", include_str!("templates/redirects/table.html")),
    ("admin/tags/list.html", include_str!("templates/tags/list.html")),
    ("admin/tags/edit.html", include_str!("templates/tags/edit.html")),
    ("admin/pages/parts.html", include_str!("templates/pages/parts.html")),
    ("admin/pages/frame.html", include_str!("templates/pages/frame.html")),
    ("admin/pages/explorer.html", include_str!("templates/pages/explorer.html")),
    ("admin/pages/nothing.html", include_str!("templates/pages/nothing.html")),
    ("admin/pages/add.html", include_str!("templates/pages/add.html")),
    ("admin/pages/new.html", include_str!("templates/pages/new.html")),
    ("admin/pages/parents.html", include_str!("templates/pages/parents.html")),
    ("admin/pages/title.html", include_str!("templates/pages/title.html")),
    ("admin/pages/move.html", include_str!("templates/pages/move.html")),
    ("admin/pages/alias.html", include_str!("templates/pages/alias.html")),
    ("admin/pages/translate.html", include_str!("templates/pages/translate.html")),
    ("admin/pages/unpublish.html", include_str!("templates/pages/unpublish.html")),
    ("admin/pages/copy.html", include_str!("templates/pages/copy.html")),
    ("admin/pages/delete.html", include_str!("templates/pages/delete.html")),
    ("admin/pages/restore.html", include_str!("templates/pages/restore.html")),
    ("admin/pages/trash.html", include_str!("templates/pages/trash.html")),
    ("admin/pages/lock.html", include_str!("templates/pages/lock.html")),
    ("admin/pages/locked.html", include_str!("templates/pages/locked.html")),
    ("admin/pages/privacy.html", include_str!("templates/pages/privacy.html")),
    ("admin/privacy/parts.html", include_str!("templates/privacy/parts.html")),
    ("admin/collections/list.html", include_str!("templates/collections/list.html")),
    ("admin/collections/edit.html", include_str!("templates/collections/edit.html")),
    ("admin/collections/privacy.html", include_str!("templates/collections/privacy.html")),
    ("admin/bulk/words.html", include_str!("templates/bulk/words.html")),
    ("admin/bulk/list.html", include_str!("templates/bulk/list.html")),
    ("admin/bulk/show.html", include_str!("templates/bulk/show.html")),
    ("admin/bulk/sure.html", include_str!("templates/bulk/sure.html")),
    ("admin/jobs/list.html", include_str!("templates/jobs/list.html")),
    ("admin/jobs/sure.html", include_str!("templates/jobs/sure.html")),
    ("admin/search.html", include_str!("templates/search.html")),
    ("admin/manage.html", include_str!("templates/manage.html")),
    ("admin/users/list.html", include_str!("templates/users/list.html")),
    ("admin/users/add.html", include_str!("templates/users/add.html")),
    ("admin/users/edit.html", include_str!("templates/users/edit.html")),
    ("admin/groups/list.html", include_str!("templates/groups/list.html")),
    ("admin/groups/page.html", include_str!("templates/groups/page.html")),
    ("admin/groups/on_page.html", include_str!("templates/groups/on_page.html")),
    ("admin/groups/on_collection.html", include_str!("templates/groups/on_collection.html")),
    ("admin/sites/list.html", include_str!("templates/sites/list.html")),
    ("admin/sites/edit.html", include_str!("templates/sites/edit.html")),
    ("admin/sites/locales.html", include_str!("templates/sites/locales.html")),
    ("admin/webhooks/list.html", include_str!("templates/webhooks/list.html")),
    ("admin/webhooks/edit.html", include_str!("templates/webhooks/edit.html")),
    ("admin/webhooks/secret.html", include_str!("templates/webhooks/secret.html")),
    ("admin/webhooks/deliveries.html", include_str!("templates/webhooks/deliveries.html")),
    ("admin/webhooks/parts.html", include_str!("templates/webhooks/parts.html")),
    ("admin/reports/history.html", include_str!("templates/reports/history.html")),
    ("admin/reports/between.html", include_str!("templates/reports/between.html")),
    ("admin/reports/aging.html", include_str!("templates/reports/aging.html")),
    ("admin/reports/types.html", include_str!("templates/reports/types.html")),
    ("admin/reports/searches.html", include_str!("templates/reports/searches.html")),
    ("admin/reports/security.html", include_str!("templates/reports/security.html")),
];

/// What the pages of the editor share.
pub struct Admin {
    app: Arc<App>,
    templates: Templates,
    /// The messages of the templates, for what handlers say.
    say: Say,
    files: Files,
    site: Arc<PublicSite>,
    /// Editors that may listen to what happens to their pages, on this node.
    listeners: Arc<Semaphore>,
    /// Attempts to sign in, by client.
    throttle: Throttle,
    /// Passkeys that are asked for at the door, by all clients together.
    begun: Throttle,
}

/// The pages below `/admin`.
///
/// # Errors
/// For a template that does not compile: a mistake of the binary.
pub fn router(site: Arc<PublicSite>) -> Result<Router, Vec<TemplateError>> {
    let app = site.app.clone();
    let say = texts::say();
    let templates = Templates::of_binary(TEMPLATES, vec![(String::new(), say.clone())], app.telemetry.clone())?;
    let throttle = Throttle::new(app.config.accounts.attempts_per_minute);
    let files = Files::new();
    site.show_userbar(files.script("userbar"));
    let (listeners, begun) = (Arc::new(Semaphore::new(MAX_LISTENERS)), Throttle::new(passkeys::BEGUN_BY_ALL));
    let admin = Arc::new(Admin { app, templates, say, files, site, listeners, throttle, begun });
    Ok(Router::new()
        .route("/admin", only(get(home::page), Route::Admin))
        .route("/admin/", only(get(home::page), Route::Admin))
        .route("/admin/login/", only(get(login::page).post(login::submit), Route::AdminLogin))
        .route("/admin/login/code/", only(post(login::submit_code), Route::AdminLoginCode))
        .route("/admin/logout/", only(post(sessions::log_out), Route::AdminLogout))
        .route("/admin/welcome/{token}", only(get(welcome::page).post(welcome::submit), Route::AdminWelcome))
        .route("/admin/sessions/{id}/revoke/", only(post(sessions::revoke), Route::AdminSession))
        .route("/admin/static/{name}", only(get(files::file), Route::AdminStatic))
        .merge(account::routes())
        .merge(passkeys::routes())
        .merge(tokens::routes())
        .merge(reset::routes())
        .merge(editor::routes())
        .merge(pages::routes())
        .merge(choose::routes())
        .merge(library::routes())
        .merge(collections::routes())
        .merge(snippets::routes())
        .merge(records::routes())
        .merge(settings::routes())
        .merge(redirects::routes())
        .merge(tags::routes())
        .merge(preferences::routes())
        .merge(profile::routes())
        .merge(pictures::routes())
        .merge(users::routes())
        .merge(groups::routes())
        .merge(sites::routes())
        .merge(locales::routes())
        .merge(reports::routes())
        .merge(bulk::routes())
        .merge(jobs::routes())
        .merge(webhooks::routes())
        .merge(search::routes())
        // The listener bounds bodies, by what a route takes; axum's own bound is smaller than most pictures.
        .layer(DefaultBodyLimit::disable())
        .with_state(admin))
}

/// The methods of a route; any other is told so.
fn only(methods: MethodRouter<Arc<Admin>>, route: Route) -> MethodRouter<Arc<Admin>> {
    methods.fallback(async move |State(admin): State<Arc<Admin>>| -> Response {
        admin.message(StatusCode::METHOD_NOT_ALLOWED, route, said("wrong-method"))
    })
}

/// For programs, and as a person reads it in their time zone.
fn time(at: i64, zone: &TimeZone) -> Value {
    let shown =
        Timestamp::from_microsecond(at).map(|at| at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M %Z").to_string());
    json!({ "iso": Micros(at).to_rfc3339(), "shown": shown.unwrap_or_default() })
}

/// Where a request comes from. The stack puts it on every request.
fn info(request: &Request) -> RequestInfo {
    request.extensions().get::<RequestInfo>().cloned().expect("http::stack adds it before the router")
}

fn visit(request: &Request, info: &RequestInfo) -> Visit {
    let agent = request.headers().get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Visit::of(agent.unwrap_or_default(), info.client)
}

fn by(session: &SignedIn, visit: Visit) -> By {
    By { actor: session.username.clone(), network: visit.network }
}
