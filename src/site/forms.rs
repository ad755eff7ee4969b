//! Forms on the public site. The page with the empty form is cached, the same for everybody, so it can hold no token;
//! who sent a form is judged by the browser's word, a honeypot and a limit for each client. Whatever goes wrong, what was
//! typed comes back.

use std::sync::Arc;

use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use serde_json::{Value, json};

use super::PublicSite;
use super::cached_page::Representation;
use super::fill::{PageError, Wanted, untracked};
use super::post::method_not_allowed;
use super::restricted::{Admitted, Refusal, for_one_visitor};
use super::{pages, view};
use crate::content::form::{Definition, Field, Kind, Problem};
use crate::content::page::{self, Page};
use crate::content::privacy::{self, Access, Grant, Target};
use crate::db::DbError;
use crate::http::encoding::Encoding;
use crate::http::form::FormData;
use crate::http::measure::Answer;
use crate::http::stack::{PageRequest, RequestInfo};
use crate::http::throttle::Network;
use crate::telemetry::label::{Failure, FormOutcome, Route, Scheme};

/// A field that people do not see and programs fill in.
const HONEYPOT: &str = "vitrine_website";
/// The query of the page that thanks.
pub const DONE: &str = "done";
/// What a site with forms shows when one cannot be kept.
pub const UNAVAILABLE: &str = "form_unavailable.html";
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const RETRY: HeaderValue = HeaderValue::from_static("5");

/// How a form is shown.
#[derive(Clone, Copy, Debug, Default)]
pub enum FormView<'r> {
    #[default]
    Blank,
    /// Thanks for what was sent.
    Done,
    /// What was typed, and why it was not taken.
    Again(&'r Sent<'r>),
}

#[derive(Debug)]
pub struct Sent<'r> {
    form: &'r FormData,
    problems: Vec<Problem>,
    throttled: bool,
}

/// A form that may be sent, and whoever sends it may see it.
struct Found {
    page: Page,
    grant: Grant,
    definition: Definition,
}

enum Missing {
    NoForm,
    Refused(Refusal),
    Failed(PageError),
}

impl From<DbError> for Missing {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl PublicSite {
    /// Answers for a form that was sent to a page's own URL.
    pub(super) async fn take_form(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        form: &FormData,
        request: &PageRequest<'_>,
        info: &RequestInfo,
    ) -> Answer {
        if self.is_cut_off() {
            return self.form_unavailable(None, form, request);
        }
        let found = match self.find_form(wanted, request.headers, request.scheme).await {
            Ok(found) => found,
            Err(Missing::NoForm) => return method_not_allowed(),
            Err(Missing::Refused(refusal)) => return self.refuse_visitor(refusal, wanted.site, request).await,
            Err(Missing::Failed(error)) if error.is_outage() => return self.form_unavailable(None, form, request),
            Err(Missing::Failed(error)) => return self.failed(request, Route::Page, &error),
        };
        let Found { page, definition, .. } = &found;
        if form.first(HONEYPOT).is_some_and(|filled| !filled.is_empty()) {
            self.count_form(FormOutcome::Honeypot);
            return self.thank(wanted, definition, request).await;
        }
        // An alias shows the form of its source, and collects for it.
        let owner = page.alias_of.unwrap_or(page.id);
        if let Err(wait) = self.form_throttle.take(Network::of(info.client), owner) {
            self.count_form(FormOutcome::Throttled);
            let sent = Sent { form, problems: Vec::new(), throttled: true };
            let mut answer = self.form_again(wanted, &found, &sent, request).await;
            let wait = HeaderValue::from(wait.as_secs().max(1));
            answer.response.headers_mut().insert(RETRY_AFTER, wait);
            return answer;
        }
        let answers = match definition.judge(form.pairs()) {
            Ok(answers) => answers,
            Err(problems) => {
                self.count_form(FormOutcome::Invalid);
                let sent = Sent { form, problems, throttled: false };
                return self.form_again(wanted, &found, &sent, request).await;
            }
        };
        match self.app.content.submit_form(owner, definition, &answers).await {
            Ok(_) => {
                self.count_form(FormOutcome::Stored);
                self.thank(wanted, definition, request).await
            }
            Err(error) => {
                tracing::error!(%error, page = page.id, "a form could not be kept");
                self.form_unavailable(Some(definition), form, request)
            }
        }
    }

    /// The answer to a form in an encoding that is not taken: 415 where there is a form.
    pub(super) async fn refuse_form_encoding(&self, wanted: Wanted<'_>, request: &PageRequest<'_>) -> Answer {
        match self.find_form(wanted, request.headers, request.scheme).await {
            Ok(_) => {
                let taken = HeaderValue::from_static("application/x-www-form-urlencoded");
                pages::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, Route::Page, (ACCEPT_POST, taken))
            }
            Err(_) => method_not_allowed(),
        }
    }

    async fn find_form(&self, wanted: Wanted<'_>, headers: &HeaderMap, scheme: Scheme) -> Result<Found, Missing> {
        let found = view::find(self, wanted.site, wanted.path).await.map_err(Missing::Failed)?;
        let Some((page, None)) = found else { return Err(Missing::NoForm) };
        let mut grant = Grant::NONE;
        if page.restricted {
            let viewer = self.viewer(headers, scheme).await?;
            let access = privacy::check(&self.app.content, Target::Page(page.id), &viewer).await?;
            if let Some(refusal) = Refusal::of(&access) {
                return Err(Missing::Refused(refusal));
            }
            if let Access::Granted(given) = access {
                grant = given;
            }
        }
        let types = self.app.content.types();
        let definition = types.find(&page.type_name).and_then(|of_type| Definition::of(of_type, &page.fields));
        let definition = definition.ok_or(Missing::NoForm)?;
        Ok(Found { page, grant, definition })
    }

    /// To the page that the form names, or back to its own with thanks.
    async fn thank(&self, wanted: Wanted<'_>, definition: &Definition, request: &PageRequest<'_>) -> Answer {
        let landing = match definition.landing_page {
            Some(id) => page::find(&*self.app.db, id).await.ok().flatten().filter(|page| page.live),
            None => None,
        };
        let location = match landing {
            Some(page) => pages::encoded(&wanted.site.public_path(&page.url_path)),
            // Two slashes at the start would name another host.
            None => format!("/{}?{DONE}", request.uri.path().trim_start_matches('/')),
        };
        let location = HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static("/"));
        pages::plain(StatusCode::SEE_OTHER, Route::Page, (LOCATION, location))
    }

    /// The page with the form as it was sent, and what is wrong with it.
    async fn form_again(
        &self,
        wanted: Wanted<'_>,
        found: &Found,
        sent: &Sent<'_>,
        request: &PageRequest<'_>,
    ) -> Answer {
        let admitted = Some(Admitted { page: &found.page, grant: &found.grant });
        let wanted = Wanted { admitted, form: FormView::Again(sent), representation: Representation::Html, ..wanted };
        let status = if sent.throttled { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
        match self.make(wanted, status).await {
            Ok(Some(page)) => for_one_visitor(&page, Encoding::Identity),
            Ok(None) => method_not_allowed(),
            Err(error) if error.is_outage() => self.form_unavailable(Some(&found.definition), sent.form, request),
            Err(error) => self.failed(request, Route::Page, &error),
        }
    }

    /// 503 without the database: what was typed, to be sent again.
    fn form_unavailable(&self, definition: Option<&Definition>, form: &FormData, request: &PageRequest<'_>) -> Answer {
        self.count_form(FormOutcome::Unavailable);
        let label = |name: &str| {
            let known = definition.and_then(|form| form.fields.iter().find(|field| field.name == name));
            known.map_or_else(|| name.replace('_', " "), |field| field.label.clone())
        };
        let kept = form.pairs().iter().filter(|(name, _)| name != HONEYPOT);
        let kept: Vec<Value> =
            kept.map(|(name, value)| json!({ "name": name, "label": label(name), "value": value })).collect();
        let mut context = self.without_database(request.host, request.uri.path());
        context["kept"] = json!(kept);
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let mut answer = match self.render_alone(UNAVAILABLE, status, untracked(context), Vec::new, &[]) {
            Ok(page) => for_one_visitor(&page, Encoding::Identity),
            Err(error) => return self.failed(request, Route::Page, &error),
        };
        answer.response.headers_mut().insert(RETRY_AFTER, RETRY);
        answer.note.failure = Failure::Database;
        answer
    }

    fn count_form(&self, outcome: FormOutcome) {
        self.app.telemetry.families.form_submissions.with_label_values(&[outcome.as_str()]).inc();
    }
}

/// What templates see as `form`.
pub fn context(definition: &Definition, shown: FormView<'_>) -> Value {
    let sent = if let FormView::Again(sent) = shown { Some(sent) } else { None };
    let problems = sent.map(|sent| &sent.problems[..]).unwrap_or_default();
    let label = |name: &str| definition.fields.iter().find(|field| field.name == name).map(|field| &field.label);
    let errors: Vec<Value> = problems
        .iter()
        .map(|problem| {
            json!({
                "id": id_of(&problem.name),
                "name": problem.name,
                "label": label(&problem.name),
                "code": problem.code.as_str(),
                "message": problem.message,
            })
        })
        .collect();
    json!({
        "done": matches!(shown, FormView::Done),
        "throttled": sent.is_some_and(|sent| sent.throttled),
        "honeypot": HONEYPOT,
        "errors": errors,
        "fields": definition.fields.iter().map(|field| field_context(field, sent)).collect::<Vec<_>>(),
    })
}

fn id_of(name: &str) -> String {
    format!("field-{name}")
}

fn field_context(field: &Field, sent: Option<&Sent<'_>>) -> Value {
    let values: Vec<String> = match sent {
        Some(sent) => sent.form.all(&field.name).map(str::to_owned).collect(),
        None => field.default.clone(),
    };
    let problem = sent.and_then(|sent| sent.problems.iter().find(|problem| problem.name == field.name));
    let id = id_of(&field.name);
    let choices: Vec<Value> = field
        .choices
        .iter()
        .enumerate()
        .map(|(at, choice)| json!({ "value": choice, "id": format!("{id}-{at}"), "selected": values.contains(choice) }))
        .collect();
    let help_id = format!("{id}-help");
    let error_id = format!("{id}-error");
    let described: Vec<&str> =
        [(!field.help.is_empty()).then_some(help_id.as_str()), problem.is_some().then_some(error_id.as_str())]
            .into_iter()
            .flatten()
            .collect();
    json!({
        "kind": field.kind.as_str(),
        "input_type": input_type(field.kind),
        "id": id,
        "name": field.name,
        "label": field.label,
        "help": field.help,
        "help_id": help_id,
        "required": field.required,
        "value": values.first(),
        "checked": values.first().is_some_and(|value| !value.is_empty()),
        "choices": choices,
        "max_length": field.max_length,
        "min": field.min,
        "max": field.max,
        "error": problem.map(|problem| json!({ "code": problem.code.as_str(), "message": problem.message })),
        "error_id": error_id,
        "described_by": described.join(" "),
    })
}

fn input_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "email",
        Kind::Number => "number",
        Kind::Url => "url",
        Kind::Date => "date",
        Kind::DateTime => "datetime-local",
        Kind::Hidden => "hidden",
        Kind::Checkbox | Kind::Checkboxes => "checkbox",
        Kind::Radio => "radio",
        Kind::SingleLine | Kind::MultiLine | Kind::Dropdown | Kind::MultiSelect => "text",
    }
}
