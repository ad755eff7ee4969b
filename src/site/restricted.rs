//! Serving what is not for everybody. Who asks is known from signed cookies; `content::privacy` decides; what is shown
//! is made for that visitor alone: never cached, without a validator, not to be indexed.

use std::sync::Arc;

use http::header::{CACHE_CONTROL, COOKIE, ETAG, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE};
use http::{Method, StatusCode};
use serde_json::json;

use super::PublicSite;
use super::cached_page::{CachedPage, Freshness};
use super::fill::{Outcome, PageError, Wanted, untracked};
use super::listing::SubRoute;
use super::view;
use crate::accounts::AccountError;
use crate::clock::Micros;
use crate::content::page::Page;
use crate::content::privacy::{self, Access, Grant, Password, Target, Viewer};
use crate::content::site::Site;
use crate::db::DbError;
use crate::http::encoding::Encoding;
use crate::http::measure::{Answer, Note};
use crate::http::session_cookie;
use crate::http::stack::{PageRequest, RequestInfo};
use crate::http::throttle::{Network, Throttle};
use crate::keys::Purpose;
use crate::render::merge;
use crate::telemetry::Timer;
use crate::telemetry::label::{Failure, PasswordOutcome, Route, Scheme};

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// The rest of the name is the restriction's id.
const COOKIE_PREFIX: &str = "vitrine_pass_";
/// Two weeks, as long as Django keeps a session.
const COOKIE_S: i64 = 14 * 24 * 3600;
/// Passes of one request that are looked at.
const MAX_PASSES: usize = 64;
/// Passwords that one client may try on one restriction in a minute.
const ATTEMPTS_PER_MINUTE: u32 = 10;
const TEMPLATE: &str = "password_required.html";

/// What bounds the guessing of passwords.
pub fn password_throttle() -> Throttle {
    Throttle::new(ATTEMPTS_PER_MINUTE)
}

/// A restricted page that a visitor may see.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'r> {
    pub page: &'r Page,
    pub grant: &'r Grant,
}

/// Why something is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Password { restriction: i64, error: Option<PasswordOutcome> },
    Login,
    Group,
}

impl Refusal {
    /// `None` for those who may see it.
    pub fn of(access: &Access) -> Option<Self> {
        match access {
            Access::Public | Access::Granted(_) => None,
            Access::NeedsPassword(id) => Some(Self::Password { restriction: *id, error: None }),
            Access::NeedsLogin => Some(Self::Login),
            Access::NeedsGroup => Some(Self::Group),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Password { error: Some(PasswordOutcome::Throttled), .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Password { error: Some(PasswordOutcome::Busy), .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        }
    }
}

impl PublicSite {
    /// Who asks: by the session in the cookies, and the passes beside it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn viewer(&self, headers: &HeaderMap, scheme: Scheme) -> Result<Viewer, DbError> {
        let passes = self.passes(headers);
        let Some(token) = session_cookie::token(headers, scheme) else { return Ok(Viewer::Visitor { passes }) };
        let accounts = &self.app.accounts;
        let session = match accounts.find_session(token).await {
            Ok(Some(session)) => session,
            Ok(None) => return Ok(Viewer::Visitor { passes }),
            Err(AccountError::Db(error)) => return Err(error),
            Err(error) => return Err(DbError::Other(error.to_string())),
        };
        if session.is_superuser {
            return Ok(Viewer::Superuser);
        }
        let grants = accounts.load_grants(&session).await?;
        Ok(Viewer::Member { passes, groups: grants.groups().to_vec() })
    }

    /// Proofs of passwords that the visitor gave.
    pub fn passes(&self, headers: &HeaderMap) -> Vec<String> {
        let now_s = Micros::now().0 / 1_000_000;
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let proofs = pairs.filter(|(name, _)| name.starts_with(COOKIE_PREFIX)).take(MAX_PASSES);
        let passes = proofs.filter_map(|(_, proof)| {
            let mut parts = proof.splitn(3, '.');
            let (pass, until, signature) = (parts.next()?, parts.next()?, parts.next()?);
            let holds = until.parse::<i64>().is_ok_and(|until| until > now_s)
                && self.app.keys.verify(Purpose::PagePassword, &[pass, until], signature);
            holds.then(|| pass.to_owned())
        });
        passes.collect()
    }

    /// The live page that is asked for, and the part of its listing. One that is not for everybody is an error, unless
    /// the visitor was admitted to it: whatever is shown comes through here.
    pub(super) async fn find_admitted<'p>(
        &self,
        wanted: Wanted<'p>,
    ) -> Result<Option<(Page, Option<SubRoute<'p>>)>, PageError> {
        if let Some(admitted) = wanted.admitted {
            return Ok(view::with_route(self, wanted.site, wanted.path, admitted.page.clone()));
        }
        match view::find(self, wanted.site, wanted.path).await? {
            Some((page, _)) if page.restricted => Err(PageError::Restricted(Arc::new(page))),
            found => Ok(found),
        }
    }

    /// Answers for a page that is not for everybody: made for this visitor, or refused without its title.
    pub(super) async fn answer_restricted(
        &self,
        page: &Page,
        wanted: Wanted<'_>,
        request: &PageRequest<'_>,
        encoding: Encoding,
    ) -> Answer {
        let viewer = match self.viewer(request.headers, request.scheme).await {
            Ok(viewer) => viewer,
            Err(error) => return self.failed(request, Route::Page, &error.into()),
        };
        let access = match privacy::check(&self.app.content, Target::Page(page.id), &viewer).await {
            Ok(access) => access,
            Err(error) => return self.failed(request, Route::Page, &error.into()),
        };
        if let Some(refusal) = Refusal::of(&access) {
            return self.refuse_visitor(refusal, wanted.site, request).await;
        }
        let grant = if let Access::Granted(grant) = access { grant } else { Grant::NONE };
        let admitted = Wanted { admitted: Some(Admitted { page, grant: &grant }), ..wanted };
        match self.fill(admitted).await {
            Ok(Outcome::Page(page)) => self.respond_privately(page, request, encoding).await,
            Ok(Outcome::NotFound(page)) => self.not_found_answer(&page, request, Encoding::Identity),
            // The tree changed in between: what is there now asks again.
            Ok(Outcome::Restricted(_) | Outcome::Redirect(_)) => {
                self.refuse_visitor(Refusal::Login, wanted.site, request).await
            }
            Err(error) => self.failed(request, Route::Page, &error),
        }
    }

    async fn respond_privately(&self, page: Arc<CachedPage>, request: &PageRequest<'_>, encoding: Encoding) -> Answer {
        prepare(&page, encoding).await;
        let answer = for_one_visitor(&page, encoding);
        if let Some(views) = page.views.as_ref().filter(|_| *request.method == Method::GET) {
            views.count(request.headers.get(http::header::USER_AGENT).map(HeaderValue::as_bytes));
        }
        answer
    }

    /// The page that asks for a password, or to sign in: the same for every page, existing or not, that is refused.
    pub async fn refuse_visitor(&self, refusal: Refusal, on: &Site, request: &PageRequest<'_>) -> Answer {
        let view = match view::of_not_found(self, on).await {
            Ok(view) => view,
            Err(error) => return self.failed(request, Route::Page, &error),
        };
        let (kind, restriction, error) = match refusal {
            Refusal::Password { restriction, error } => ("password", restriction, error),
            Refusal::Login => ("login", 0, None),
            Refusal::Group => ("groups", 0, None),
        };
        let here = request.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
        let asked = json!({ "refusal": {
            "kind": kind,
            "restriction": restriction,
            "error": error.map(PasswordOutcome::as_str),
            "login_url": format!("/admin/login/?next={next}"),
        }});
        let context = merge(view.context, untracked(asked));
        let mut answer = match self.render_alone(TEMPLATE, refusal.status(), context, Vec::new, &[]) {
            Ok(page) => for_one_visitor(&page, Encoding::Identity),
            Err(error) => return self.failed(request, Route::Page, &error),
        };
        if refusal.status() != StatusCode::FORBIDDEN {
            answer.response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        if answer.response.status().is_server_error() {
            answer.note.failure = Failure::Overload;
        }
        answer
    }

    /// Checks a password that a visitor gave, and lets them in with a cookie for the URL that they asked for.
    pub(super) async fn take_password(
        &self,
        restriction: i64,
        given: String,
        site: &Site,
        request: &PageRequest<'_>,
        info: &RequestInfo,
    ) -> Answer {
        let (outcome, pass) = match self.check_password(restriction, given, info).await {
            Ok(checked) => checked,
            Err(error) => return self.failed(request, Route::Page, &error),
        };
        self.app.telemetry.families.password_attempts.with_label_values(&[outcome.as_str()]).inc();
        let Some(pass) = pass else {
            let refusal = Refusal::Password { restriction, error: Some(outcome) };
            return self.refuse_visitor(refusal, site, request).await;
        };
        let until = (Micros::now().0 / 1_000_000 + COOKIE_S).to_string();
        let signature = self.app.keys.sign(Purpose::PagePassword, &[&pass, &until]);
        let secure = if info.scheme == Scheme::Https { "; Secure" } else { "" };
        let cookie = format!(
            "{COOKIE_PREFIX}{restriction}={pass}.{until}.{signature}; Path=/; Max-Age={COOKIE_S}; HttpOnly; SameSite=Lax{secure}"
        );
        let mut answer = super::post::see_other(request.uri);
        make_private(answer.response.headers_mut());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            answer.response.headers_mut().insert(SET_COOKIE, cookie);
        }
        answer
    }

    /// The pass, when the password is right.
    async fn check_password(
        &self,
        restriction: i64,
        given: String,
        info: &RequestInfo,
    ) -> Result<(PasswordOutcome, Option<String>), PageError> {
        if self.password_throttle.take(Network::of(info.client), restriction).is_err() {
            return Ok((PasswordOutcome::Throttled, None));
        }
        let Some(password) = Password::find(&self.app.db, restriction).await? else {
            return Ok((PasswordOutcome::Wrong, None));
        };
        let timer = Timer::start();
        let checked = password.is(&self.app.hashing, given).await;
        let duration = &self.app.telemetry.families.password_check_duration;
        duration.with_label_values::<&str>(&[]).observe(timer.elapsed_s());
        Ok(match checked {
            Ok(true) => (PasswordOutcome::Right, Some(password.pass)),
            Ok(false) => (PasswordOutcome::Wrong, None),
            Err(_) => (PasswordOutcome::Busy, None),
        })
    }
}

/// Makes an encoding ready off the runtime's threads.
pub(super) async fn prepare(page: &Arc<CachedPage>, encoding: Encoding) {
    if !page.is_ready(encoding) {
        let worker = page.clone();
        // A failed join means a panic while compressing: the plain bytes are good too.
        let _ = tokio::task::spawn_blocking(move || worker.prepare(encoding)).await;
    }
}

/// A page of one's own.
pub(super) fn for_one_visitor(page: &CachedPage, encoding: Encoding) -> Answer {
    // Without the request's validators: it is never compared with somebody else's.
    let mut response = page.respond(&HeaderMap::new(), encoding, Freshness::Bypass);
    make_private(response.headers_mut());
    Answer { response, note: Note::of(Route::Page) }
}

/// For one visitor alone: nobody keeps it, nobody compares it, nobody indexes it.
fn make_private(headers: &mut HeaderMap) {
    headers.remove(ETAG);
    headers.insert(CACHE_CONTROL, PRIVATE);
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
}
