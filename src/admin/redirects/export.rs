//! All redirects as a table that an import reads, sent as it is read from the database.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::{ROUTE, enter, list, sites};
use crate::admin::Admin;
use crate::admin::answer::plain;
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::redirect::{self, Filter};
use crate::content::site::Site;
use crate::http::form::FormData;

pub(super) async fn table(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request);
    admin.answer(entering, async |_| export(&admin, &query).await).await
}

/// What is still to be sent.
struct Rest {
    admin: Arc<Admin>,
    filter: Filter,
    sites: Vec<Site>,
    /// The last redirect that was; none at the end.
    after: Option<i64>,
}

async fn export(admin: &Arc<Admin>, query: &FormData) -> Done {
    let filter = list::filter(query)?;
    let sites = sites(admin).await?;
    let head =
        lines([redirect::EXPORTED.map(str::to_owned)]).map_err(|_| Refusal::Bad(said("no-table-can-be-made")))?;
    let rest = Rest { admin: admin.clone(), filter, sites, after: Some(0) };
    let parts = futures_util::stream::try_unfold(rest, |rest| async move { rest.next().await });
    let whole = futures_util::StreamExt::chain(futures_util::stream::iter([Ok(head)]), parts);
    let mut response = plain(StatusCode::OK, ROUTE);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"redirects.csv\""));
    *response.body_mut() = Body::from_stream(whole);
    Ok(response)
}

impl Rest {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, std::io::Error> {
        let Some(after) = self.after else { return Ok(None) };
        let found = redirect::list(&self.admin.app.db, &self.filter, after, redirect::MAX_LISTED).await;
        // The table breaks off: a browser says that it did not come whole.
        let found = found.map_err(std::io::Error::other)?;
        self.after = found.last().map(|last| last.id).filter(|_| found.len() as i64 == redirect::MAX_LISTED);
        let text = lines(found.iter().map(|redirect| redirect.cells(&self.sites)))?;
        Ok(Some((text, self)))
    }
}

fn lines(rows: impl IntoIterator<Item = [String; 7]>) -> Result<Bytes, std::io::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in rows {
        out.write_record(row).map_err(std::io::Error::other)?;
    }
    out.into_inner().map(Bytes::from).map_err(|error| std::io::Error::other(error.to_string()))
}
