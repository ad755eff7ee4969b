//! What the pages of management share: who may come in, how a form that was refused is shown again.

use axum::extract::Request;
use axum::extract::multipart::Field;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::Admin;
use super::entry::{Seat, Speaks};
use super::pages::{ids, query_of};
use super::refusal::{Done, Refusal};
use super::words;
use crate::accounts::{AccountError, GlobalPermission};
use crate::admin::texts::{Said, said};
use crate::content::SiteError;
use crate::http::form::FormData;
use crate::telemetry::label::Route;

/// Longest text that is looked for, in characters.
const MAX_QUERY: usize = 200;

/// What a form says is wrong with one of its fields.
pub(super) struct Problem {
    pub field: &'static str,
    pub text: Said,
}

impl Problem {
    pub(super) fn new(field: &'static str, text: Said) -> Self {
        Self { field, text }
    }
}

impl Admin {
    /// A page of management, for whoever has the permission for it; with the values of the address.
    pub(super) async fn manage_page(
        &self,
        request: Request,
        route: Route,
        needs: GlobalPermission,
        work: impl AsyncFnOnce(&Seat, &FormData) -> Done,
    ) -> Response {
        let query = query_of(&request);
        let entering = self.enter(&request, route, Speaks::Html);
        drop(request);
        let work = async |seat: &Seat| {
            refuse_manager(seat, needs)?;
            work(seat, &query).await
        };
        self.answer(entering, work).await
    }

    /// What a form of management changes, for whoever has the permission for it.
    pub(super) async fn manage_form(
        &self,
        request: Request,
        route: Route,
        needs: GlobalPermission,
        work: impl AsyncFnOnce(&Seat, &FormData) -> Done,
    ) -> Response {
        let entering = self.enter(&request, route, Speaks::Html);
        let work = async |seat: &Seat| {
            refuse_manager(seat, needs)?;
            let form = self.read_form(seat, request).await?;
            work(seat, &form).await
        };
        self.answer(entering, work).await
    }

    /// A page of a form: as it was sent, when something is wrong with it.
    pub(super) fn form_page(&self, seat: &Seat, template: &str, mut context: Value, problem: Option<&Problem>) -> Done {
        let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        context["errors"] = problem.map_or_else(|| json!({}), |problem| json!({ problem.field: problem.text }));
        let mut response = self.page(seat, template, context);
        *response.status_mut() = status;
        Ok(response)
    }
}

fn refuse_manager(seat: &Seat, needs: GlobalPermission) -> Result<(), Refusal> {
    match seat.grants.may(needs) {
        true => Ok(()),
        false => Err(Refusal::Forbidden(said("may-not-manage-this"))),
    }
}

/// The id in an address or a form.
pub(super) fn id(text: &str, missing: Said) -> Result<i64, Refusal> {
    ids::parse(text).ok_or(Refusal::Missing(missing))
}

/// A value of a form, without the space around it.
pub(super) fn text<'f>(form: &'f FormData, name: &str) -> &'f str {
    form.first(name).unwrap_or_default().trim()
}

/// What is looked for, within its limit.
pub(super) fn search(query: &FormData) -> Result<&str, Refusal> {
    let found = text(query, "q");
    match found.chars().count() > MAX_QUERY || found.contains('\0') {
        true => Err(Refusal::Bad(said("search-too-long"))),
        false => Ok(found),
    }
}

/// Where a part of a list begins, within its limit.
pub(super) fn after(query: &FormData) -> Result<&str, Refusal> {
    let found = query.first("after").unwrap_or_default();
    match found.chars().count() > MAX_QUERY || found.contains('\0') {
        true => Err(Refusal::Bad(said("no-such-part"))),
        false => Ok(found),
    }
}

/// An address with those values that are not empty.
pub(super) fn address(path: &str, values: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    format!("{path}?{}", query.finish()).trim_end_matches('?').to_owned()
}

/// What is wrong with a form about an account; what no form can mend passes.
pub(super) fn account_problem(error: AccountError) -> Result<Problem, Refusal> {
    let field = match &error {
        AccountError::Db(_) | AccountError::Hashing(_) => return Err(error.into()),
        AccountError::UserNotFound(_) => return Err(Refusal::Missing(said("no-such-user"))),
        AccountError::GroupNotFound(_) => return Err(Refusal::Missing(said("no-such-group"))),
        AccountError::PageNotFound(_) => return Err(Refusal::Missing(said("no-such-page"))),
        AccountError::CollectionNotFound(_) => return Err(Refusal::Missing(said("no-such-collection"))),
        AccountError::UsernameInvalid | AccountError::UsernameTaken(_) => "username",
        AccountError::EmailInvalid | AccountError::TooLong { field: "email", .. } => "email",
        AccountError::TimeZoneInvalid(_) => "time_zone",
        AccountError::LocaleInvalid => "locale",
        AccountError::Password(_) => "password",
        AccountError::LastSuperuser(_) | AccountError::IsSuperuser(_) => "rights",
        _ => "name",
    };
    Ok(Problem::new(field, words::account(&error)))
}

/// What is wrong with a form about sites or languages; what no form can mend passes.
pub(super) fn site_problem(error: SiteError) -> Result<Problem, Refusal> {
    let field = match &error {
        SiteError::SiteNotFound(_) => return Err(Refusal::Missing(said("no-such-site"))),
        SiteError::LocaleNotFound(_) => return Err(Refusal::Missing(said("no-such-language"))),
        SiteError::HostInvalid(_) | SiteError::AddressTaken(..) => "hostname",
        SiteError::PortInvalid(_) => "port",
        SiteError::PageNotFound(_) | SiteError::RootUnfit(_) => "root",
        SiteError::LocaleInvalid(_) | SiteError::LocaleTaken(_) => "code",
        SiteError::NameInvalid { .. } => "name",
        _ => "whole",
    };
    match error {
        SiteError::Db(error) => Err(error.into()),
        other => Ok(Problem::new(field, words::site(&other))),
    }
}

/// A part of a form, within its limit; `broken`: what is said of one that is longer, or breaks off.
pub(super) async fn bytes(mut part: Field<'_>, max_bytes: usize, broken: Said) -> Result<Vec<u8>, Refusal> {
    let mut read = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| Refusal::Bad(broken.clone()))? {
        if read.len() + chunk.len() > max_bytes {
            return Err(Refusal::Bad(broken));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// The names of all time zones.
pub(super) fn zones() -> Vec<String> {
    jiff::tz::db().available().map(|name| name.to_string()).collect()
}
