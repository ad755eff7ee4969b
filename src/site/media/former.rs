//! Addresses that files had where they come from: whoever may see the file is led to it, whoever may not learns nothing.

use std::sync::Arc;

use http::{HeaderValue, Method, Response, StatusCode};

use super::{FileRequest, Refusal, lead};
use crate::http::body::Body;
use crate::http::measure::{Answer, Note};
use crate::media::former::Former;
use crate::media::url;
use crate::site::{PublicSite, pages};
use crate::telemetry::label::Route;

/// The address is left for good. What it leads to is signed, and changes with the file: it is asked for again after a day.
const MOVED: HeaderValue = HeaderValue::from_static("public, max-age=86400");

impl PublicSite {
    /// Answers for `/media/…` when a file had this address where it comes from.
    pub async fn former_file(self: &Arc<Self>, request: &FileRequest<'_>) -> Option<Answer> {
        if !matches!(*request.method, Method::GET | Method::HEAD) {
            return None;
        }
        match self.find_former(request, url::MEDIA).await {
            Ok((response, route)) => Some(Answer { response, note: Note::of(route) }),
            Err(Refusal::NotFound) => None,
            Err(refusal) => Some(self.refuse_file(refusal, request, Route::Document).await),
        }
    }

    /// The way to the file that had the address of a request, behind `prefix`, and the route that it leads to.
    pub(super) async fn find_former(
        &self,
        request: &FileRequest<'_>,
        prefix: &str,
    ) -> Result<(Response<Body>, Route), Refusal> {
        let below = prefix.strip_prefix(url::MEDIA).unwrap_or_default();
        let path = pages::decode(request.path).ok_or(Refusal::NotFound)?;
        let found = self.app.media.find_former(&format!("{below}{path}")).await?.ok_or(Refusal::NotFound)?;
        let (restricted, collection) = match &found {
            Former::Rendition(image, _) => (image.restricted, image.collection_id),
            Former::Document(document) => (document.restricted, document.collection_id),
        };
        let caching = self.permit(restricted, collection, MOVED, (request.headers, request.scheme)).await?;
        let (location, route) = match found {
            Former::Rendition(image, spec) => {
                let facts = image.facts().ok_or(Refusal::NotFound)?;
                (url::of_rendition(&self.app.keys, &facts, &spec), Route::Rendition)
            }
            Former::Document(document) => (document.url(), Route::Document),
        };
        Ok((lead(StatusCode::MOVED_PERMANENTLY, &location, caching), route))
    }
}
