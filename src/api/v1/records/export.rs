//! All of a list as a file: `/api/v1/NAME/export/?format=csv` with the filters and the order of lists. Read and sent a part
//! at a time, so that a million rows take no more memory than a thousand.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::list;
use super::open;
use super::show::rights;
use crate::accounts::RecordPermission;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::problem::{Refusal, bad_request};
use crate::content::records::{self, Asked, Count, Cursor, Filter, Format};
use crate::content::types::{RecordOrder, Types};
use crate::content::{EditError, FieldRights};
use crate::http::form::FormData;
use crate::http::measure::Note;
use crate::telemetry::label::Route;

/// Rows that are read at once.
const PART: i64 = 500;
/// What lists take, and a file, which is all of one, does not.
const OF_PARTS: [&str; 4] = ["fields", "limit", "after", "count"];

/// What is not read yet.
struct Rest {
    api: Arc<Api>,
    types: Arc<Types>,
    type_name: String,
    rights: FieldRights,
    format: Format,
    filters: Vec<Filter>,
    order: RecordOrder,
    after: Option<Cursor>,
}

impl Rest {
    /// The next lines, and what is behind them.
    async fn read(mut self) -> Result<(Vec<u8>, Option<Self>), EditError> {
        let asked = Asked {
            type_name: &self.type_name,
            filters: self.filters.clone(),
            order: self.order.clone(),
            after: self.after.take(),
            limit: PART,
            count: Count::None,
        };
        let part = self.api.site.app.content.list_records(&asked).await?;
        let mut lines = Vec::new();
        if let Some(of_type) = self.types.find(&self.type_name) {
            for row in &part.rows {
                lines.append(&mut records::line(self.format, of_type, &self.rights, row));
            }
        }
        self.after = part.next;
        let rest = self.after.is_some().then_some(self);
        Ok((lines, rest))
    }
}

pub(super) async fn file(
    State(api): State<Arc<Api>>,
    Path(path): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let query = FormData::parse(request.uri().query().unwrap_or_default().as_bytes());
    match begin(&api, &caller, &path, &query).await {
        Ok(response) => response,
        Err(refusal) => refusal.answer(Route::ApiRecordExport),
    }
}

/// The first part is read before the head is sent, so that a database that is away is an error and no broken file.
async fn begin(api: &Arc<Api>, caller: &Caller, path: &str, query: &FormData) -> Result<Response, Refusal> {
    let types = api.site.app.content.types();
    let (of_type, options) = open(&types, caller, (path, RecordPermission::View))?;
    let format = query.first("format").map_or(Some(Format::JsonLines), Format::parse);
    let format = format.ok_or_else(|| bad_request("format is jsonl or csv."))?;
    if let Some(name) = OF_PARTS.iter().find(|name| query.first(name).is_some()) {
        return Err(bad_request(format!("A file is all of a list: it takes no {name}.")).into());
    }
    let asked = list::asked((of_type, options), query, &["format"])?;
    let rights = rights(caller);
    let mut ready = records::head(format, of_type, &rights);
    let rest = Rest {
        api: api.clone(),
        types: types.clone(),
        type_name: of_type.name.clone(),
        rights,
        format,
        filters: asked.filters,
        order: asked.order,
        after: None,
    };
    let (mut lines, rest) = rest.read().await?;
    ready.append(&mut lines);
    let parts = futures_util::stream::unfold((Some(ready), rest), |(ready, rest)| async move {
        if let Some(ready) = ready {
            return Some((Ok::<_, EditError>(ready), (None, rest)));
        }
        match rest?.read().await {
            Ok((lines, rest)) => Some((Ok(lines), (None, rest))),
            // The connection breaks off: the client sees that the file is not whole.
            Err(error) => {
                tracing::error!(%error, "an export of rows broke off");
                Some((Err(error), (None, None)))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(parts));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let name = format!("attachment; filename=\"{path}.{}\"", format.ending());
    let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, name);
    response.extensions_mut().insert(Note::of(Route::ApiRecordExport));
    Ok(response)
}
