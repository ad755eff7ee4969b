//! A front end in front of the site's pages: a built single-page app from a folder, or the server that develops one.
//! What the server has addresses of its own for (the editor, the API, files) never gets here.

mod build;
mod dev_server;
mod names;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, VARY};
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::mpsc;

use super::{PublicSite, pages, unmatched};
use crate::config::{Config, Precedence};
use crate::http::body::Body;
use crate::http::measure::{Answer, Note};
use crate::http::proxy::Scheme;
use crate::http::stack::PageRequest;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{Outcome, Route, UnmatchedClass};
use build::{Build, BuildError, Fingerprint, Served};
pub use dev_server::{DevServer, DevServerError, Work};

/// Between two looks whether the folder has another build; in development, and else.
const LOOKS: [Duration; 2] = [Duration::from_millis(300), Duration::from_secs(2)];

/// First parts of addresses that are the server's also where it has nothing: no app answers for a mistyped one.
const OWN: [&str; 3] = ["admin", "api", "-"];

#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    #[error("frontend.dir {0}: {1}")]
    Build(PathBuf, BuildError),
    #[error("frontend.csp is no header value")]
    Policy,
    #[error("frontend.proxy: {0}")]
    DevServer(#[from] DevServerError),
}

/// Where the front end comes from.
pub enum Front {
    Built(Box<Built>),
    Dev(Box<DevServer>),
}

/// A built app.
pub struct Built {
    dir: PathBuf,
    precedence: Precedence,
    /// None: none is sent.
    policy: Option<HeaderValue>,
    build: ArcSwap<Build>,
    telemetry: Arc<Telemetry>,
}

/// When the app is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    BeforePages,
    /// There is no page, and no redirect.
    AfterPages,
}

impl Front {
    /// The front end of the configuration; `None` without one.
    ///
    /// # Errors
    /// When the folder has no app, or the development server may not be asked.
    pub fn open(config: &Config, telemetry: &Arc<Telemetry>) -> Result<Option<Self>, FrontError> {
        let settings = &config.frontend;
        if let Some(url) = settings.proxy() {
            let server = DevServer::open(url, settings.precedence, settings.proxy_public)?;
            return Ok(Some(Self::Dev(Box::new(server))));
        }
        let Some(dir) = settings.folder() else { return Ok(None) };
        let policy = match settings.csp.as_str() {
            "" => None,
            text => Some(HeaderValue::from_str(text).map_err(|_| FrontError::Policy)?),
        };
        let build = Build::load(dir, None).map_err(|error| FrontError::Build(dir.to_owned(), error))?;
        let built = Built {
            dir: dir.to_owned(),
            precedence: settings.precedence,
            policy,
            build: ArcSwap::from_pointee(build),
            telemetry: telemetry.clone(),
        };
        built.count(Outcome::Success);
        Ok(Some(Self::Built(Box::new(built))))
    }
}

/// Whether an address is the server's, whatever a front end has.
pub(super) fn is_own(path: &str) -> bool {
    path.split('/').nth(1).is_some_and(|first| OWN.contains(&first))
}

/// Whether an address is the front end's before any page's.
fn is_first(precedence: Precedence, path: &str) -> bool {
    match precedence {
        Precedence::App => !is_own(path),
        Precedence::Root => path == "/",
        Precedence::Pages => false,
    }
}

impl Built {
    /// The app's answer, or `None` when this is not its turn or it has none.
    fn answer(&self, request: &PageRequest<'_>, turn: Turn) -> Option<Answer> {
        let with_body = match *request.method {
            Method::GET => true,
            Method::HEAD => false,
            _ => return None,
        };
        let path = pages::decode(request.uri.path())?;
        let key = path.strip_prefix('/').filter(|_| !is_own(&path))?;
        let build = self.build.load_full();
        let may_take_pages = turn == Turn::AfterPages || is_first(self.precedence, &path);
        let own = match key {
            "" => may_take_pages.then(|| build.index()),
            _ if key.ends_with('/') => build.file(&format!("{key}index.html")).filter(|_| may_take_pages),
            _ => build.file(key),
        };
        let fallback = || (may_take_pages && is_navigation(request.headers, &path)).then(|| build.index());
        let (served, is_fallback) = match own {
            Some(served) => (served, false),
            None => (fallback()?, true),
        };
        compress_later(&build, served, request.headers);
        let response = served.file.answer(served.caching.clone(), request.headers, with_body);
        let mut response = response.map(Body::from);
        let headers = response.headers_mut();
        if is_fallback {
            headers.append(VARY, HeaderValue::from_static("accept"));
        }
        headers.extend(self.policy.clone().filter(|_| served.is_page).map(|policy| (CONTENT_SECURITY_POLICY, policy)));
        Some(Answer { response, note: Note::of(Route::Frontend) })
    }

    fn count(&self, outcome: Outcome) {
        self.telemetry.families.frontend_loads.with_label_values(&[outcome.as_str()]).inc();
    }

    /// Takes over what is in the folder now; what is there stays when that is no app.
    fn reload(&self) {
        let outcome = match Build::load(&self.dir, Some(self.build.load_full())) {
            Ok(build) => {
                tracing::info!(files = build.count(), "the front end was built anew");
                self.telemetry.note_change("frontend", "the front end was built anew".to_owned());
                self.build.store(Arc::new(build));
                Outcome::Success
            }
            Err(error) => {
                let dir = self.dir.display();
                tracing::warn!(%error, %dir, "the folder of the front end has no app: the one before is served");
                Outcome::Failure
            }
        };
        self.count(outcome);
    }
}

/// Makes the copy that the client would rather have, once; this answer does not wait for it.
fn compress_later(build: &Arc<Build>, served: &Served, headers: &HeaderMap) {
    if let Some(encoding) = served.file.begin(headers) {
        let (build, key) = (build.clone(), served.key.clone());
        drop(tokio::task::spawn_blocking(move || {
            if let Some(served) = build.file(&key) {
                served.file.prepare(encoding);
            }
        }));
    }
}

/// Whether a browser wants a page, and not a part of one. What has an extension is a part, and scanners want neither.
fn is_navigation(headers: &HeaderMap, path: &str) -> bool {
    let wants_html =
        headers.get_all(ACCEPT).iter().any(|value| value.as_bytes().windows(9).any(|word| word == b"text/html"));
    let last = path.rsplit('/').next().unwrap_or_default();
    wants_html && !last.contains('.') && unmatched::classify(path) != UnmatchedClass::Scanner
}

impl PublicSite {
    /// The app's answer before pages are looked for; it takes no waiting, and has its headers.
    pub(super) fn front_at_once(&self, request: &PageRequest<'_>) -> Option<Answer> {
        let Some(Front::Built(built)) = &self.front else { return None };
        let mut answer = built.answer(request, Turn::BeforePages)?;
        self.security.apply(answer.response.headers_mut(), Scheme::Http);
        Some(answer)
    }

    /// Whether pages are not asked, as the front end has the address: kept pages are not to answer for it.
    pub(super) fn front_is_first(&self, path: &str) -> bool {
        match &self.front {
            Some(Front::Built(built)) => is_first(built.precedence, path),
            Some(Front::Dev(server)) => server.is_first(path),
            None => false,
        }
    }

    /// The app's answer where there is no page.
    pub(super) fn front_instead(&self, request: &PageRequest<'_>) -> Option<Answer> {
        let Some(Front::Built(built)) = &self.front else { return None };
        built.answer(request, Turn::AfterPages)
    }

    /// The answer where the app has every address, and nothing for this one.
    pub(super) fn front_has_nothing(&self, request: &PageRequest<'_>) -> Option<Answer> {
        let reads = matches!(*request.method, Method::GET | Method::HEAD);
        let all = matches!(&self.front, Some(Front::Built(built)) if built.precedence == Precedence::App);
        if !all || !reads || is_own(request.uri.path()) {
            return None;
        }
        let class = unmatched::classify(request.uri.path());
        self.app.telemetry.families.http_unmatched.with_label_values(&[class.as_str()]).inc();
        let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(pages::plain(StatusCode::NOT_FOUND, Route::Unmatched, no_store))
    }

    /// The server that develops the front end.
    pub(super) fn dev_server(&self) -> Option<&DevServer> {
        match &self.front {
            Some(Front::Dev(server)) => Some(server),
            _ => None,
        }
    }

    /// Connections to it that are to be kept going; once.
    pub fn dev_server_work(&self) -> Option<mpsc::Receiver<Work>> {
        self.dev_server()?.take_work()
    }

    /// Whether there is a folder to watch.
    pub fn has_built_front(&self) -> bool {
        matches!(self.front, Some(Front::Built(_)))
    }

    /// Follows the folder of a built app; never ends while there is one. A build is taken over when it has not changed
    /// between two looks.
    pub async fn watch_front(self: Arc<Self>) {
        let Some(Front::Built(built)) = &self.front else { return };
        let every = LOOKS[usize::from(!self.app.config.is_dev())];
        let (mut known, mut seen) = (built.build.load().fingerprint().clone(), Fingerprint::default());
        loop {
            tokio::time::sleep(every).await;
            let now = look(&built.dir).await;
            let is_still = now == std::mem::replace(&mut seen, now.clone());
            if now == known || !is_still {
                continue;
            }
            known = now;
            let site = self.clone();
            let loaded = tokio::task::spawn_blocking(move || {
                if let Some(Front::Built(built)) = &site.front {
                    built.reload();
                }
            });
            if loaded.await.is_err() {
                tracing::error!("the folder of the front end could not be read");
            }
        }
    }
}

async fn look(dir: &Path) -> Fingerprint {
    let dir = dir.to_owned();
    tokio::task::spawn_blocking(move || Fingerprint::of(&dir)).await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_navigation_wants_html_and_has_no_extension() {
        let accepts = |value| HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]);
        let browser = accepts("text/html,application/xhtml+xml,*/*;q=0.8");
        for path in ["/", "/users/7", "/users/7/", "/v1.2/notes"] {
            assert!(is_navigation(&browser, path), "{path}");
        }
        for path in ["/main.js", "/a/b.css", "/.env", "/wp-login", "/x.php"] {
            assert!(!is_navigation(&browser, path), "{path}");
        }
        assert!(!is_navigation(&accepts("*/*"), "/users/7") && !is_navigation(&HeaderMap::new(), "/users/7"));
    }

    #[test]
    fn the_precedence_says_who_has_an_address_first() {
        let first = |path| [Precedence::App, Precedence::Root, Precedence::Pages].map(|whose| is_first(whose, path));
        assert_eq!((first("/"), first("/about/")), ([true, true, false], [true, false, false]));
        assert_eq!(
            (first("/admin/nothing"), first("/api"), first("/admins")),
            ([false; 3], [false; 3], first("/about/"))
        );
    }
}
