//! Pages as they would be: shown to their editors alone, never cached, counted as nobody's view.

use http::HeaderMap;
use http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::cached_page::Representation;
use super::fill::{PageError, Wanted};
use super::forms::FormView;
use super::{PublicSite, view};
use crate::content::page::{self, Page};
use crate::content::types::{ContentType, SENT};
use crate::http::headers::Nonce;

/// What of a page is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Look {
    #[default]
    Page,
    /// What visitors see who sent its form.
    Sent,
    /// The page in another template.
    In(String),
}

impl Look {
    /// A look by its name, which is empty for the page itself; `None` when this type has no such look.
    pub fn find(of_type: &ContentType, name: &str) -> Option<Self> {
        match name {
            "" => Some(Self::Page),
            SENT if of_type.form.is_some() => Some(Self::Sent),
            _ => {
                let mode = of_type.preview_modes.iter().find(|mode| mode.name == name)?;
                Some(Self::In(mode.template.clone()))
            }
        }
    }
}

const FRAME_OPTIONS: HeaderName = HeaderName::from_static("x-frame-options");

/// A page in the making.
pub struct Preview {
    pub html: String,
    pub headers: HeaderMap,
}

impl PublicSite {
    /// The address of a page, `None` when no site shows its place in the tree.
    pub fn address_of(&self, page: &Page) -> Option<String> {
        self.sites.load().of_page(page).map(|site| site.public_path(&page.url_path).into_owned())
    }

    /// The site that shows the place of a page in the tree.
    pub fn site_of(&self, page: &Page) -> Option<crate::content::site::Site> {
        self.sites.load().of_page(page).cloned()
    }

    /// What visitors would see of a page; `None` when no site shows its place in the tree.
    ///
    /// # Errors
    /// When the database or a template fails.
    pub async fn preview(&self, page: Page, look: Look) -> Result<Option<Preview>, PageError> {
        self.preview_with(page, look, None).await
    }

    /// The home page of a site, or of the default one, with these values of a type of settings; `None` when there is no
    /// such site.
    ///
    /// # Errors
    /// When the database or a template fails.
    pub async fn preview_settings(
        &self,
        site: Option<i64>,
        type_name: &str,
        values: &Map<String, Value>,
    ) -> Result<Option<Preview>, PageError> {
        let sites = self.sites();
        let known = sites.iter().find(|known| site.map_or(known.is_default, |site| known.id == site));
        let Some(home) = known.map(|known| known.root_page_id) else { return Ok(None) };
        let Some(page) = page::find(&*self.app.db, home).await? else { return Ok(None) };
        self.preview_with(page, Look::Page, Some((type_name, values))).await
    }

    async fn preview_with(
        &self,
        page: Page,
        look: Look,
        trial: Option<(&str, &Map<String, Value>)>,
    ) -> Result<Option<Preview>, PageError> {
        let sites = self.sites.load_full();
        let Some(site) = sites.of_page(&page) else { return Ok(None) };
        let path = site.public_path(&page.url_path).into_owned();
        let representation = Representation::Html;
        let form = if look == Look::Sent { FormView::Done } else { FormView::Blank };
        let wanted = Wanted { site, path: &path, number: 1, representation, admitted: None, form, trial };
        let Some(view) = view::of_page(self, wanted, page, None).await? else { return Ok(None) };
        let nonce = Nonce::random();
        let template = if let Look::In(template) = look { template } else { view.template };
        let html = self.theme.load().templates.render(&template, self.with_globals(view.context, &nonce))?;
        let mut headers = self.page_headers(&nonce, &view.frames);
        // It is shown beside its form, wherever the site itself may be framed.
        headers.insert(FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        if let Some(policy) = headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok()) {
            let kept = policy.split(';').filter(|part| !part.trim_start().starts_with("frame-ancestors"));
            let framed = kept.chain([" frame-ancestors 'self'"]).collect::<Vec<_>>().join(";");
            if let Ok(policy) = HeaderValue::from_str(&framed) {
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
        }
        Ok(Some(Preview { html, headers }))
    }
}
