//! Signing out, here or elsewhere.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::SET_COOKIE;

use super::answer::see_other;
use super::entry::{Seat, Speaks};
use super::refusal::Refusal;
use super::{Admin, by, info, visit};
use crate::admin::texts::said;
use crate::http::session_cookie as cookie;
use crate::http::stack::RequestInfo;
use crate::site::userbar;
use crate::telemetry::label::Route;

const LOGIN: &str = "/admin/login/";

fn signed_out(info: &RequestInfo, route: Route) -> Response {
    let mut response = see_other(LOGIN, route);
    response.headers_mut().append(SET_COOKIE, cookie::clear(info.scheme));
    response.headers_mut().append(SET_COOKIE, userbar::unmark(info.scheme));
    response
}

pub(super) async fn log_out(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let route = Route::AdminLogout;
    let (info, visit) = (info(&request), visit(&request, &info(&request)));
    if let Some(refused) = admin.refuse_foreign(&request, &info, route) {
        return refused;
    }
    match admin.signed_in(request.headers(), info.scheme).await {
        Ok(Some(session)) => match admin.app.accounts.log_out(&session, &by(&session, visit)).await {
            Ok(()) => signed_out(&info, route),
            Err(error) => admin.failed(route, Speaks::Html, &error),
        },
        Ok(None) => signed_out(&info, route),
        Err(error) => admin.failed(route, Speaks::Html, &error),
    }
}

/// Ends one of one's own sessions.
pub(super) async fn revoke(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let route = Route::AdminSession;
    let entering = admin.enter(&request, route, Speaks::Html);
    let id: i64 = id.parse().unwrap_or_default();
    let work = async |seat: &Seat| {
        let (accounts, session) = (&admin.app.accounts, &seat.session);
        match accounts.revoke_session(session.account_id, &session.username, id, &seat.by()).await? {
            true if id == session.session_id => Ok(signed_out(&seat.info, route)),
            true => Ok(see_other("/admin/account/#sessions", route)),
            // Also for a session of somebody else.
            false => Err(Refusal::Missing(said("session-gone"))),
        }
    };
    admin.answer(entering, work).await
}
