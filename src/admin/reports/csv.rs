//! Reports as files: read and sent a part at a time, so that a million lines take no more memory than a thousand.

use axum::body::Body;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::ROUTE;
use crate::admin::answer::plain;
use crate::admin::refusal::Done;
use crate::db::DbError;

/// Lines of a table, and what is left behind them.
pub(super) type Part<S> = Result<(String, Option<S>), DbError>;

/// A table with these columns. The first part is read before the head is sent, so that a database that is away is an
/// error and no broken file.
pub(super) async fn table<S, F>(
    name: &'static str,
    columns: &[&str],
    state: S,
    next: impl Fn(S) -> F + Send + 'static,
) -> Done
where
    S: Send + 'static,
    F: Future<Output = Part<S>> + Send + 'static,
{
    let (first, rest) = next(state).await?;
    let first = format!("{}{first}", line(columns.iter().map(|column| (*column).to_owned())));
    let parts = futures_util::stream::unfold((Some(first), rest, next), |(ready, rest, next)| async move {
        match (ready, rest) {
            (Some(part), rest) => Some((Ok::<String, DbError>(part), (None, rest, next))),
            (None, None) => None,
            (None, Some(rest)) => match next(rest).await {
                Ok((part, rest)) => Some((Ok(part), (None, rest, next))),
                // The connection breaks off: the client sees that the file is not whole.
                Err(error) => {
                    tracing::error!(%error, "an export of a report broke off");
                    Some((Err(error), (None, None, next)))
                }
            },
        }
    });
    let mut response = plain(StatusCode::OK, ROUTE);
    *response.body_mut() = Body::from_stream(parts);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\""));
    headers.insert(CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}

/// One line (RFC 4180).
pub(super) fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(&text)).collect();
    format!("{}\r\n", cells.join(","))
}

/// In quotes; what a spreadsheet would take for a formula becomes text (OWASP, CSV injection).
fn cell(text: &str) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_none_is_a_formula() {
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(cell(formula), format!("\"'{formula}\""));
        }
        assert_eq!(cell("2026-11-22T01:00:00Z"), "\"2026-11-22T01:00:00Z\"");
    }
}
