//! Making a page: look it up, gather what its template shows, render, and finish it for the cache.

use std::sync::Arc;

use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::cached_page::{CachedPage, PageParts, Representation};
use super::forms::FormView;
use super::languages;
use super::markdown;
use super::restricted::Admitted;
use super::view::{self, View};
use super::{Problem, PublicSite};
use crate::content::change::Tag;
use crate::content::page::Page;
use crate::content::privacy::Grant;
use crate::content::site::Site;
use crate::db::DbError;
use crate::http::headers::Nonce;
use crate::http::proxy::Scheme;
use crate::http::stack::{SERVER_TIMING, TRACERESPONSE};
use crate::render::{Reads, TemplateError, TemplateValue, template_value};
use crate::telemetry::label::Failure;

/// What a fill came to; shared by everybody who waited for it.
pub type Filled = Result<Outcome, Arc<PageError>>;

#[derive(Clone)]
pub enum Outcome {
    Page(Arc<CachedPage>),
    NotFound(Arc<CachedPage>),
    /// The page is not for everybody: whoever waited asks for themselves.
    Restricted(Arc<Page>),
    /// The page is at this path: the asked one plus a slash.
    Redirect(String),
}

#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("page {page} has the type {type_name}, which the site does not declare")]
    TypeUnknown { page: i64, type_name: String },
    #[error("page {} is not for everybody", .0.id)]
    Restricted(Arc<Page>),
    #[error("no site is set up: the database holds none")]
    NoSite,
    #[error("the site folder has mistakes: {}", .0.join("; "))]
    Folder(Arc<Vec<Problem>>),
}

impl PageError {
    pub fn failure(&self) -> Failure {
        match self {
            Self::Db(_) => Failure::Database,
            Self::Template(_) | Self::Folder(_) => Failure::Template,
            Self::TypeUnknown { .. } | Self::NoSite | Self::Restricted(_) => Failure::Internal,
        }
    }

    pub fn is_outage(&self) -> bool {
        // Without a site the server has just started, and its database is not open yet.
        matches!(self, Self::NoSite) || matches!(self, Self::Db(error) if error.is_outage())
    }
}

/// A page that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'r> {
    pub site: &'r Site,
    /// Decoded, beginning with a slash.
    pub path: &'r str,
    /// Page of a listing, from 1.
    pub number: u32,
    pub representation: Representation,
    /// Set for a visitor who may see this page: it is made for them alone.
    pub admitted: Option<Admitted<'r>>,
    /// Of a page that is a form.
    pub form: FormView<'r>,
    /// Settings as they would be: their type, and all its values.
    pub trial: Option<(&'r str, &'r Map<String, Value>)>,
}

impl<'r> Wanted<'r> {
    /// What lists may show beside what everybody sees.
    pub fn grant(&self) -> &'r Grant {
        static NONE: Grant = Grant::NONE;
        self.admitted.map_or(&NONE, |admitted| admitted.grant)
    }
}

impl PublicSite {
    /// Makes the page, or says that there is none.
    ///
    /// # Errors
    /// When the database or a template fails.
    pub async fn fill(&self, wanted: Wanted<'_>) -> Result<Outcome, PageError> {
        if !wanted.path.ends_with('/') {
            if let Some(document) = self.fill_document(wanted).await? {
                return Ok(document);
            }
            return self.find_with_slash(wanted).await;
        }
        let view = match self.find_view(wanted).await {
            Err(PageError::Restricted(page)) => return Ok(Outcome::Restricted(page)),
            found => found?,
        };
        match view {
            Some(view) => Ok(Outcome::Page(self.finish(view, wanted, StatusCode::OK)?)),
            None => Ok(Outcome::NotFound(self.not_found(wanted.site).await?)),
        }
    }

    /// A feed or a text beside the pages.
    pub(super) async fn fill_document(&self, wanted: Wanted<'_>) -> Result<Option<Outcome>, PageError> {
        match self.fill_text(wanted).await? {
            None => self.fill_feed(wanted).await,
            text => Ok(text),
        }
    }

    async fn find_with_slash(&self, wanted: Wanted<'_>) -> Result<Outcome, PageError> {
        let path = format!("{}/", wanted.path);
        let slashed = Wanted { path: &path, ..wanted };
        let exists = self.app.config.server.append_slash
            && match self.find_view(slashed).await {
                Err(PageError::Restricted(_)) => true,
                found => found?.is_some(),
            };
        if exists { Ok(Outcome::Redirect(path)) } else { Ok(Outcome::NotFound(self.not_found(wanted.site).await?)) }
    }

    async fn find_view(&self, wanted: Wanted<'_>) -> Result<Option<View>, PageError> {
        let gather = async {
            match self.find_admitted(wanted).await? {
                Some((page, route)) => view::of_page(self, wanted, page, route).await,
                None => Ok(None),
            }
        };
        self.app.db.with_one_connection(gather).await
    }

    /// Makes a page that is answered with another status; `None` when there is none.
    pub(super) async fn make(
        &self,
        wanted: Wanted<'_>,
        status: StatusCode,
    ) -> Result<Option<Arc<CachedPage>>, PageError> {
        let view = self.find_view(wanted).await?;
        view.map(|view| self.finish(view, wanted, status)).transpose()
    }

    fn finish(&self, view: View, wanted: Wanted<'_>, status: StatusCode) -> Result<Arc<CachedPage>, PageError> {
        let representation = wanted.representation;
        let nonce = Nonce::random();
        let theme = self.theme.load();
        let context = self.with_globals(view.context, &nonce);
        let html = match representation {
            Representation::Markdown => {
                let types = self.app.content.types();
                markdown::render(&theme.templates, &view.template, types.find(&view.type_name), context)?
            }
            _ if self.app.config.is_dev() => {
                theme.templates.render(&view.template, context)? + &super::dev::reload_script(nonce.as_str())
            }
            _ => theme.templates.render(&view.template, context)?,
        };
        // Its template may show none of them.
        let mut frames = view.frames;
        frames.retain(|origin| representation == Representation::Html && html.contains(&format!(" src=\"{origin}/")));
        let views = self.app.telemetry.page_views(&view.type_name, view.page_id);
        let tags = view.reads.with(view.always);
        Ok(CachedPage::finish(PageParts {
            status,
            representation,
            html,
            page_id: view.page_id,
            edge: if status == StatusCode::OK { self.edge(wanted, &tags) } else { HeaderMap::new() },
            tags,
            nonce: nonce.as_str().to_owned(),
            headers: self.page_headers(&nonce, &frames),
            views: Some(views),
        }))
    }

    /// The 404 page of a site in a language: the same for every path, so that it is made once.
    pub(super) async fn not_found(&self, site: &Site) -> Result<Arc<CachedPage>, PageError> {
        let key = format!("{}\0404\0{}", site.id, site.language().code);
        if let super::page_cache::Found::Fresh(page) = self.pages.find(&key) {
            return Ok(page);
        }
        let began = self.pages.begin_fill();
        let view = view::of_not_found(self, site).await?;
        let tags = || view.reads.with(view.always);
        let page = self.render_alone("404.html", StatusCode::NOT_FOUND, view.context, tags, &[])?;
        if self.app.config.cache.enabled {
            self.pages.insert(&key, page.clone(), began);
        }
        Ok(page)
    }

    /// A page that stands nowhere in the tree; its tags are known when it is rendered.
    pub(super) fn render_alone(
        &self,
        template: &str,
        status: StatusCode,
        context: TemplateValue,
        tags: impl FnOnce() -> Vec<Tag>,
        frames: &[String],
    ) -> Result<Arc<CachedPage>, PageError> {
        let nonce = Nonce::random();
        let html = self.theme.load().templates.render(template, self.with_globals(context, &nonce))?;
        Ok(CachedPage::finish(PageParts {
            status,
            representation: Representation::Html,
            html,
            page_id: 0,
            tags: tags(),
            nonce: nonce.as_str().to_owned(),
            headers: self.page_headers(&nonce, frames),
            edge: HeaderMap::new(),
            views: None,
        }))
    }

    /// The page that is shown when something broke; plain text when even that breaks.
    pub fn error_page(
        &self,
        (host, path): (&str, &str),
        status: StatusCode,
        trace_id: &str,
        error: Option<&PageError>,
    ) -> Arc<CachedPage> {
        let nonce = Nonce::random();
        let detail = error.filter(|_| self.app.config.is_dev()).and_then(|error| match error {
            PageError::Template(error) => Some(super::dev::explain(&self.folder, error)),
            PageError::Folder(problems) => Some(super::dev::explain_folder(problems)),
            _ => None,
        });
        let mut context = self.without_database(host, path);
        context["trace_id"] = trace_id.into();
        context["status"] = status.as_u16().into();
        let context = untracked(context);
        let html = match detail {
            Some(html) => html.replace("{nonce}", nonce.as_str()),
            None => {
                let rendered = self.theme.load().templates.render("500.html", self.with_globals(context, &nonce));
                rendered.unwrap_or_else(|error| {
                    tracing::error!(%error, "the error page failed");
                    format!("<!doctype html><title>Error</title><p>Something went wrong. Trace {trace_id}.</p>")
                })
            }
        };
        CachedPage::finish(PageParts {
            status,
            representation: Representation::Html,
            html,
            page_id: 0,
            tags: vec![Tag::All],
            nonce: nonce.as_str().to_owned(),
            headers: self.page_headers(&nonce, &[]),
            edge: HeaderMap::new(),
            views: None,
        })
    }

    /// What templates see of the site when nothing can be asked.
    pub(super) fn without_database(&self, host: &str, path: &str) -> serde_json::Value {
        let sites = self.sites.load();
        match sites.find_for(host, path) {
            Some(site) => serde_json::json!({
                "site": { "name": site.name, "url": site.public_path(&site.root_url_path) },
                "locale": languages::context(site),
            }),
            None => serde_json::json!({
                "site": { "name": "Vitrine", "url": "/" },
                "locale": { "code": "en", "name": "English", "direction": "ltr" },
            }),
        }
    }

    /// What a CDN is told of a page, which it keeps when everybody gets the same.
    pub(super) fn edge(&self, wanted: Wanted<'_>, tags: &[Tag]) -> HeaderMap {
        let Some(cdn) = &self.app.cdn else { return HeaderMap::new() };
        if wanted.admitted.is_some() || wanted.trial.is_some() || !matches!(wanted.form, FormView::Blank) {
            return HeaderMap::new();
        }
        match wanted.representation {
            Representation::Markdown => cdn.edge.keep_form(tags),
            _ => cdn.edge.keep(tags),
        }
    }

    /// Headers of what is no page: nothing in it may run.
    pub(super) fn document_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(20);
        self.security.apply(&mut headers, Scheme::Http);
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
        self.keep_places(&mut headers);
        headers
    }

    pub(super) fn page_headers(&self, nonce: &Nonce, frames: &[String]) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(20);
        self.security.apply(&mut headers, Scheme::Http);
        self.security.apply_page_policy(&mut headers, nonce, frames);
        self.keep_places(&mut headers);
        headers
    }

    /// Keeps the places of headers whose values every answer has by itself.
    fn keep_places(&self, headers: &mut HeaderMap) {
        if self.app.telemetry.enabled {
            headers.insert(TRACERESPONSE, HeaderValue::from_static(""));
            if self.app.telemetry.server_timing {
                headers.insert(SERVER_TIMING, HeaderValue::from_static("cache;desc=\"hit\""));
            }
        }
    }

    /// Adds what every template sees.
    pub(super) fn with_globals(&self, context: TemplateValue, nonce: &Nonce) -> TemplateValue {
        let globals = untracked(serde_json::json!({
            "csp_nonce": nonce.as_str(),
            "now_year": crate::clock::now().to_zoned(jiff::tz::TimeZone::UTC).year(),
            "version": env!("CARGO_PKG_VERSION"),
            "dev": self.app.config.is_dev(),
            "vitals": self.app.config.vitals.enabled.then(super::vitals::script_url),
        }));
        crate::render::merge(globals, context)
    }
}

pub(super) fn untracked(value: serde_json::Value) -> TemplateValue {
    template_value(value, &Reads::of(0))
}
