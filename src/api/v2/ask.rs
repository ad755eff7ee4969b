//! A request, as the endpoints see it.

use axum::response::Response;
use http::HeaderMap;
use http::header::COOKIE;

use super::Endpoint;
use super::answer::{Layout, Refusal};
use super::object::detail_url;
use super::params::Params;
use super::python;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::read::Opened;
use crate::content::site::Site;

/// In the names of all cookies of this server.
const OWN: &[u8] = b"vitrine_";

/// What is asked, of which site, by whom.
pub struct Asked<'r> {
    pub params: &'r Params,
    /// The one that has the host of the request.
    pub site: Site,
    pub headers: &'r HeaderMap,
    pub caller: &'r Caller,
    pub layout: Layout,
}

impl Asked<'_> {
    /// What is open to whoever asks, beside what is open to everybody.
    pub async fn opened(&self, api: &Api) -> Result<Opened, Refusal> {
        let viewer = self.caller.viewer(api.site.passes(self.headers));
        Ok(Opened::of(&api.site.app.content, &viewer).await?)
    }

    /// Whether there are cookies of this server: a session, or passes.
    pub fn has_cookies(&self) -> bool {
        let cookies = self.headers.get_all(COOKIE).iter();
        cookies.into_iter().any(|value| value.as_bytes().windows(OWN.len()).any(|part| part == OWN))
    }

    /// The number in `id`, where there is one.
    pub fn id(&self) -> Option<i64> {
        self.params.find("id").and_then(python::int).and_then(|id| i64::try_from(id).ok())
    }

    /// To an object, with all parameters but those that it was found by.
    pub fn found(&self, endpoint: Endpoint, id: i64, found_by: &[&str]) -> Response {
        let address = detail_url(&self.site, endpoint, id);
        self.layout.found(&format!("{address}?{}", self.params.without(found_by)))
    }
}
