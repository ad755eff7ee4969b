//! Coming in: who asks, and what they may do. Every page of the editor but its doors begins here.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answer::see_other;
use super::refusal::Done;
use super::{Admin, by, faces, info, place, visit};
use crate::accounts::{By, GlobalPermission, Grants, SignedIn, Visit};
use crate::admin::texts::{Said, said};
use crate::content::{Actor, FieldRights};
use crate::http::session_cookie as cookie;
use crate::http::stack::RequestInfo;
use crate::site::userbar;
use crate::telemetry::label::Route;

/// What whoever asks gets to see when they are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// A person, who gets pages.
    Html,
    /// A script of ours.
    Json,
}

/// Whoever is signed in, for one request.
pub(super) struct Seat {
    pub session: SignedIn,
    pub grants: Grants,
    pub info: RequestInfo,
    pub visit: Visit,
    pub route: Route,
    pub speaks: Speaks,
    /// Whether the browser gets the bar on pages of the site already.
    has_userbar: bool,
}

impl Seat {
    /// For operations on content.
    pub(super) fn actor(&self) -> Actor {
        let rights = match self.grants.is_superuser() {
            true => FieldRights::All,
            false => FieldRights::Groups(self.grants.groups().into()),
        };
        Actor::editor(self.session.account_id, self.called()).with_rights(rights)
    }

    /// For operations on accounts.
    pub(super) fn by(&self) -> By {
        by(&self.session, self.visit.clone())
    }

    /// The name of a person, else that of the account.
    pub(super) fn called(&self) -> &str {
        if self.session.name.is_empty() { &self.session.username } else { &self.session.name }
    }

    /// The cookie that shows the bar on pages of the site, for somebody who edits pages and does not have it yet.
    pub(super) fn userbar(&self, admin: &Admin) -> Option<HeaderValue> {
        let edits = self.grants.is_superuser() || !self.grants.explored_root().is_empty();
        let wanted = edits && !self.has_userbar;
        let seconds = admin.app.config.accounts.session_max().as_secs();
        wanted.then(|| userbar::mark(&admin.app.keys, self.info.scheme, seconds))
    }

    pub(super) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.session.time_zone).unwrap_or(TimeZone::UTC)
    }

    pub(super) fn face(&self) -> Value {
        faces::face(self.session.account_id, self.called(), &self.session.picture)
    }

    pub(super) fn user(&self) -> Value {
        json!({ "name": self.called(), "username": self.session.username, "face": self.face() })
    }
}

impl Admin {
    /// Lets somebody in who is signed in, and asks the others to. What changes something is taken from our own pages
    /// alone.
    pub(super) fn enter<'a>(
        &'a self,
        request: &Request,
        route: Route,
        speaks: Speaks,
    ) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
        // All that is wanted of the request, so that its body is not held while waiting.
        let info = info(request);
        let refused = if request.method().is_safe() { None } else { self.refuse_foreign(request, &info, route) };
        let token = cookie::token(request.headers(), info.scheme).map(str::to_owned);
        let here = request.uri().path_and_query().map_or(place::HOME, http::uri::PathAndQuery::as_str);
        let here = if request.method().is_safe() { place::within(here) } else { place::HOME };
        let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
        let visit = visit(request, &info);
        let has_userbar = userbar::is_marked(request.headers(), &self.app.keys);
        async move {
            if let Some(refused) = refused {
                return Err(refused);
            }
            let accounts = &self.app.accounts;
            let session = match token {
                Some(token) => accounts.find_session(&token).await,
                None => Ok(None),
            };
            let session = match session {
                Ok(Some(session)) => session,
                Ok(None) if speaks == Speaks::Json => {
                    let text = said("signed-out");
                    return Err(self.problem(StatusCode::UNAUTHORIZED, route, "signed_out", text));
                }
                Ok(None) => return Err(see_other(&format!("/admin/login/?next={next}"), route)),
                Err(error) => return Err(self.failed(route, speaks, &error)),
            };
            let grants = match accounts.load_grants(&session).await {
                Ok(grants) => grants,
                Err(error) => return Err(self.failed(route, speaks, &error.into())),
            };
            Ok(Seat { session, grants, info, visit, route, speaks, has_userbar })
        }
    }

    /// As [`Admin::enter`], for those alone who may do this everywhere.
    pub(super) fn enter_for<'a>(
        &'a self,
        request: &Request,
        route: Route,
        speaks: Speaks,
        needed: GlobalPermission,
    ) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
        let entered = self.enter(request, route, speaks);
        async move {
            let seat = entered.await?;
            match seat.grants.may(needed) {
                true => Ok(seat),
                false => Err(self.forbid(&seat, said("may-not-do-this"))),
            }
        }
    }

    /// What comes of a request: whoever asks comes in, and what they want is done.
    pub(super) async fn answer(
        &self,
        entering: impl Future<Output = Result<Seat, Response>>,
        work: impl AsyncFnOnce(&Seat) -> Done,
    ) -> Response {
        match entering.await {
            Ok(seat) => {
                let done = work(&seat).await;
                self.end(&seat, done)
            }
            Err(answer) => answer,
        }
    }

    /// Refuses what somebody may not do, and counts it.
    pub(super) fn forbid(&self, seat: &Seat, text: Said) -> Response {
        self.app.telemetry.families.permission_denied.with_label_values(&[seat.route.as_str()]).inc();
        self.refuse(seat, StatusCode::FORBIDDEN, "forbidden", text)
    }

    /// What is not there, or not to be known of.
    pub(super) fn missing(&self, seat: &Seat, text: Said) -> Response {
        self.refuse(seat, StatusCode::NOT_FOUND, "not_found", text)
    }

    /// A refusal in the form that whoever asks understands.
    pub(super) fn refuse(&self, seat: &Seat, status: StatusCode, code: &str, text: Said) -> Response {
        match seat.speaks {
            Speaks::Html => self.message(status, seat.route, text),
            Speaks::Json => self.problem(status, seat.route, code, text),
        }
    }
}
