//! The table that somebody sent: its first rows, which column is which, what would become of its rows, and writing them: all
//! that may be written, or nothing.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::choice::Choice;
use super::outcome::{Ends, Outcome};
use super::{IMPORT, ROUTE, TABLE, enter, options, sites};
use crate::admin::Admin;
use crate::admin::answer::{plain, see_other};
use crate::admin::entry::Seat;
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::words;
use crate::content::redirect::{
    self, Existing, Import, MAX_BATCH, Mode, NewRedirect, Preview, SentTable, Table, TableError, TableRow,
};
use crate::http::form::FormData;
use crate::telemetry::Timer;

/// Rows of a table that are shown before its columns are chosen.
const PREVIEWED: usize = 6;
/// Rows of one import: they are in memory, and in one transaction.
const MAX_ROWS: usize = 100_000;
/// Seconds after which no further batch is begun: an answer is due before the request's deadline.
const ENOUGH_S: f64 = 15.0;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request);
    let work = async |seat: &Seat| match redirect::find_sent(&admin.app.db, seat.session.account_id).await? {
        Some(sent) => show(&admin, seat, &sent, &query, Shown::default()).await,
        None => Ok(see_other(IMPORT, ROUTE)),
    };
    admin.answer(entering, work).await
}

pub(super) async fn act(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| run(&admin, seat, request).await).await
}

/// What is said beside the form.
#[derive(Default)]
struct Shown {
    outcome: Value,
    error: Option<Said>,
    /// The table is gone: all of it is written.
    is_over: bool,
}

async fn show(admin: &Admin, seat: &Seat, sent: &SentTable, form: &FormData, shown: Shown) -> Done {
    let mut error = shown.error;
    let choice = Choice::of(form).unwrap_or_else(|why| {
        error = Some(why);
        Choice::default()
    });
    let preview = match Preview::of(&sent.content, choice.separator, PREVIEWED) {
        Ok(preview) => preview,
        Err(why) => {
            error = Some(words::table(&why));
            Preview { separator: b',', rows: Vec::new(), guessed: [None; 6] }
        }
    };
    let is_refused = error.is_some() || shown.outcome["refused"].as_u64().is_some_and(|refused| refused > 0);
    let context = json!({
        "name": sent.name, "url": TABLE, "again": IMPORT, "columns": choice.columns(&preview),
        "rows": preview.rows, "width": preview.columns(), "separator": choice.separator_word(preview.separator),
        "is_bare": choice.is_bare, "replace": choice.replace, "temporary": choice.temporary, "subtree": choice.subtree,
        "sites": options(&sites(admin).await?, choice.site), "outcome": shown.outcome, "error": error,
        "is_over": shown.is_over,
    });
    let mut response = admin.page(seat, "admin/redirects/table.html", context);
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn run(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let (writes, reports) = match form.first("do") {
        Some("write") => (true, false),
        Some("try") => (false, false),
        Some("report") => (false, true),
        _ => return Err(Refusal::Bad(said("try-or-write-a-table"))),
    };
    let account = seat.session.account_id;
    let sent = redirect::find_sent(&admin.app.db, account).await?;
    let sent = sent.ok_or(Refusal::Missing(said("table-gone")))?;
    let failed = |error: Said| Shown { error: Some(error), ..Shown::default() };
    let choice = match Choice::of(&form) {
        Ok(choice) => choice,
        Err(why) => return show(admin, seat, &sent, &form, failed(why)).await,
    };
    let existing = if choice.replace { Existing::Replaced } else { Existing::Refused };
    let mode = if writes { Mode::Write } else { Mode::Try };
    let base_url = &admin.app.config.server.base_url;
    let mut import = admin.app.content.begin_redirects(base_url, existing, mode).await?;
    let mut outcome = Outcome::default();
    let rows = match read(&sent, &choice, &import, &mut outcome) {
        Ok(rows) => rows,
        Err(why) => return show(admin, seat, &sent, &form, failed(words::table(&why))).await,
    };
    if !judge(admin, seat, (&mut import, mode), rows, &mut outcome).await? {
        return show(admin, seat, &sent, &form, failed(said("import-took-too-long"))).await;
    }
    if reports {
        return Ok(report(admin, &outcome));
    }
    // What was refused is looked at with the same table.
    let is_over = writes && outcome.refused.is_empty();
    if is_over {
        redirect::forget_sent(&admin.app.db, account).await?;
    }
    show(admin, seat, &sent, &form, Shown { outcome: outcome.told(mode), error: None, is_over }).await
}

type Rows = (Vec<Ends>, Vec<(u64, NewRedirect)>);

/// The rows that say a redirect.
fn read(sent: &SentTable, choice: &Choice, import: &Import, outcome: &mut Outcome) -> Result<Rows, TableError> {
    let input = Box::new(std::io::Cursor::new(sent.content.clone().into_bytes()));
    let mut table = Table::open(input, &choice.format(Preview::of(&sent.content, choice.separator, 1)?.guessed))?;
    let (mut ends, mut rows) = (Vec::new(), Vec::new());
    while let Some(TableRow { line, from, to, redirect }) = table.read_row(import.sites(), &choice.defaults())? {
        match redirect {
            Ok(_) if rows.len() >= MAX_ROWS => return Err(TableError::TooManyRows(MAX_ROWS as u64)),
            Ok(redirect) => {
                ends.push(Ends { line, from, to });
                rows.push((line, redirect));
            }
            Err(error) => outcome.refuse(Ends { line, from, to }, words::table(&error)),
        }
    }
    Ok((ends, rows))
}

/// Tries or writes them; `false`: it took too long, and nothing was written.
async fn judge(
    admin: &Admin,
    seat: &Seat,
    (import, mode): (&mut Import, Mode),
    (ends, rows): Rows,
    outcome: &mut Outcome,
) -> Result<bool, Refusal> {
    let (content, timer) = (&admin.app.content, Timer::start());
    let results = match mode {
        Mode::Write => {
            let written = content.import_whole(import, &rows, || timer.elapsed_s() > ENOUGH_S, seat.actor()).await?;
            let Some(results) = written else { return Ok(false) };
            results
        }
        // Nothing is locked for longer than a batch takes.
        Mode::Try => {
            let mut results = Vec::with_capacity(rows.len());
            for batch in rows.chunks(MAX_BATCH) {
                if timer.elapsed_s() > ENOUGH_S {
                    return Ok(false);
                }
                results.append(&mut content.import_redirects(import, batch, seat.actor()).await?);
            }
            results
        }
    };
    for (ends, result) in ends.into_iter().zip(results) {
        match result {
            Ok(written) => outcome.count(written),
            Err(reason) => outcome.refuse(ends, words::redirect(&reason)),
        }
    }
    Ok(true)
}

/// Every row that is refused, as a table.
fn report(admin: &Admin, outcome: &Outcome) -> Response {
    let mut response = plain(StatusCode::OK, ROUTE);
    *response.body_mut() = Body::from(outcome.report(&|said| admin.say(said)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"refused-redirects.csv\""));
    response
}
