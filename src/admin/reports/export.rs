//! The history as a file: read and sent a thousand entries at a time, so that a million take no more memory.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::history::asked;
use super::{NEEDS, ROUTE};
use crate::admin::Admin;
use crate::admin::answer::plain;
use crate::admin::refusal::Done;
use crate::clock::Micros;
use crate::content::audit::{self, Asked, BATCH, Entry};
use crate::db::DbError;
use crate::http::form::FormData;

const COLUMNS: [&str; 9] = ["at", "event", "actor", "channel", "page", "title", "type", "revision", "trace"];

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |_, query| begin(&admin, query).await).await
}

/// An export under way.
struct Rest {
    admin: Arc<Admin>,
    asked: Asked,
}

impl Rest {
    /// The next part, and what is left behind it.
    async fn next(mut self) -> Result<(String, Option<Self>), DbError> {
        let entries = audit::list_batch(&self.admin.app.db, &self.asked).await?;
        let is_last = (entries.len() as i64) < BATCH;
        self.asked.before = entries.last().map(|last| last.id);
        Ok((entries.iter().map(line).collect(), (!is_last).then_some(self)))
    }
}

/// The first part is read before the head is sent, so that a database that is away is an error and no broken file.
async fn begin(admin: &Arc<Admin>, query: &FormData) -> Done {
    let rest = Rest { admin: admin.clone(), asked: asked(query)? };
    let (first, rest) = rest.next().await?;
    let first = format!("{}{first}", record(COLUMNS.map(str::to_owned)));
    let parts = futures_util::stream::unfold((Some(first), rest), |(ready, rest)| async move {
        match (ready, rest) {
            (Some(part), rest) => Some((Ok::<String, DbError>(part), (None, rest))),
            (None, None) => None,
            (None, Some(rest)) => match rest.next().await {
                Ok((part, rest)) => Some((Ok(part), (None, rest))),
                // The connection breaks off: the client sees that the file is not whole.
                Err(error) => {
                    tracing::error!(%error, "an export of the history broke off");
                    Some((Err(error), (None, None)))
                }
            },
        }
    });
    let mut response = plain(StatusCode::OK, ROUTE);
    *response.body_mut() = Body::from_stream(parts);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"history.csv\""));
    Ok(response)
}

fn line(entry: &Entry) -> String {
    record([
        Micros(entry.at).to_rfc3339(),
        entry.event.clone(),
        entry.actor.clone(),
        entry.channel.clone(),
        entry.page_id.to_string(),
        entry.title.clone(),
        entry.type_name.clone(),
        entry.revision_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.trace_id.clone(),
    ])
}

/// One line (RFC 4180).
fn record(cells: [String; COLUMNS.len()]) -> String {
    format!("{}\r\n", cells.map(cell).join(","))
}

/// In quotes; what a spreadsheet would take for a formula becomes text (OWASP, CSV injection).
fn cell(text: String) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_none_is_a_formula() {
        assert_eq!(cell("a \"b\", c".into()), "\"a \"\"b\"\", c\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(cell(formula.into()), format!("\"'{formula}\""));
        }
        assert_eq!(cell("2026-11-22T01:00:00Z".into()), "\"2026-11-22T01:00:00Z\"");
    }
}
