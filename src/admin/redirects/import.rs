//! Redirects from a table that somebody sends: tried or written, with what is refused told by line.

use std::io::Cursor;
use std::sync::Arc;

use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{enter, options, sites};
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::words;
use crate::content::redirect::{
    Defaults, Existing, Format, Import, MAX_BATCH, Mode, NewRedirect, Table, TableRow, Written,
};
use crate::telemetry::Timer;

/// Longest table, in bytes; `server.max_body_bytes` may say less.
const MAX_BYTES: usize = 32 << 20;
/// Longest value of another field, in bytes.
const MAX_TEXT_BYTES: usize = 100;
/// Refused rows that are shown.
const MAX_SHOWN: usize = 1_000;
/// Seconds after which no further batch is begun: an answer is due before the request's deadline.
const ENOUGH_S: f64 = 15.0;
const BROKEN: Said = said("table-broken");

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| show(&admin, seat, &Sent::default(), Value::Null, None).await).await
}

pub(super) async fn take(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| read(&admin, seat, request).await).await
}

/// What the form sends.
#[derive(Default)]
struct Sent {
    table: Vec<u8>,
    site: Option<i64>,
    replace: bool,
    temporary: bool,
    subtree: bool,
    writes: bool,
}

/// What became of the rows.
#[derive(Default)]
struct Outcome {
    added: u64,
    replaced: u64,
    unchanged: u64,
    refused: u64,
    shown: Vec<Value>,
    /// The line of the first row that was not looked at.
    stopped_at: Option<u64>,
}

impl Outcome {
    fn refuse(&mut self, line: u64, (from, to): (&str, &str), reason: Said) {
        self.refused += 1;
        if self.shown.len() < MAX_SHOWN {
            self.shown.push(json!({ "line": line, "from": from, "to": to, "reason": reason }));
        }
    }
}

async fn bytes(mut part: Field<'_>, max: usize) -> Result<Vec<u8>, Refusal> {
    let mut read = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| Refusal::Bad(BROKEN))? {
        if read.len() + chunk.len() > max {
            return Err(Refusal::Bad(BROKEN));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

async fn sent(request: Request) -> Result<Sent, Refusal> {
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|_| Refusal::Bad(said("send-a-form-with-a-table")))?;
    let mut sent = Sent::default();
    while let Some(part) = form.next_field().await.map_err(|_| Refusal::Bad(BROKEN))? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            sent.table = bytes(part, MAX_BYTES).await?;
            continue;
        }
        let value = String::from_utf8(bytes(part, MAX_TEXT_BYTES).await?).map_err(|_| Refusal::Bad(BROKEN))?;
        match name.as_str() {
            "site" if value.is_empty() => {}
            "site" => sent.site = Some(ids::parse(&value).ok_or(Refusal::Missing(said("no-such-site")))?),
            "replace" => sent.replace = true,
            "temporary" => sent.temporary = true,
            "subtree" => sent.subtree = true,
            "do" => sent.writes = value == "write",
            _ => {}
        }
    }
    Ok(sent)
}

async fn show(admin: &Admin, seat: &Seat, sent: &Sent, outcome: Value, error: Option<Said>) -> Done {
    let is_refused = error.is_some();
    let context = json!({
        "sites": options(&sites(admin).await?, sent.site), "outcome": outcome, "error": error,
        "replace": sent.replace, "temporary": sent.temporary, "subtree": sent.subtree,
    });
    let failed = is_refused || outcome_failed(&context["outcome"]);
    let mut response = admin.page(seat, "admin/redirects/import.html", context);
    if failed {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn outcome_failed(outcome: &Value) -> bool {
    outcome["refused"].as_u64().is_some_and(|refused| refused > 0)
}

async fn read(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let mut sent = sent(request).await?;
    if sent.table.is_empty() {
        return show(admin, seat, &sent, Value::Null, Some(said("choose-a-table"))).await;
    }
    let existing = if sent.replace { Existing::Replaced } else { Existing::Refused };
    let mode = if sent.writes { Mode::Write } else { Mode::Try };
    let base_url = &admin.app.config.server.base_url;
    let mut import = admin.app.content.begin_redirects(base_url, existing, mode).await?;
    let defaults = Defaults { site: sent.site, covers_subtree: sent.subtree, is_permanent: !sent.temporary };
    let input = Box::new(Cursor::new(std::mem::take(&mut sent.table)));
    let mut outcome = Outcome::default();
    let mut table = match Table::open(input, &Format::default()) {
        Ok(table) => table,
        Err(error) => return show(admin, seat, &sent, Value::Null, Some(words::table(&error))).await,
    };
    let end = rows(admin, seat, (&mut import, &defaults), &mut table, &mut outcome).await?;
    let Outcome { added, replaced, unchanged, refused, shown, stopped_at } = outcome;
    let hidden = refused - shown.len() as u64;
    let told = json!({
        "written": sent.writes, "added": added, "replaced": replaced, "unchanged": unchanged, "refused": refused,
        "shown": shown, "hidden": hidden, "stopped_at": stopped_at,
    });
    show(admin, seat, &sent, told, end).await
}

/// Goes through the table; the reason when it cannot be read to its end.
async fn rows(
    admin: &Admin,
    seat: &Seat,
    (import, defaults): (&mut Import, &Defaults),
    table: &mut Table,
    outcome: &mut Outcome,
) -> Result<Option<Said>, Refusal> {
    let timer = Timer::start();
    let mut waiting: Vec<(TableEnds, NewRedirect)> = Vec::with_capacity(MAX_BATCH);
    loop {
        match table.read_row(import.sites(), defaults) {
            Ok(Some(TableRow { line, from, to, redirect })) => match redirect {
                Ok(redirect) => waiting.push((TableEnds { line, from, to }, redirect)),
                Err(error) => outcome.refuse(line, (&from, &to), words::table(&error)),
            },
            Ok(None) => {
                write(admin, seat, import, &mut waiting, outcome).await?;
                return Ok(None);
            }
            Err(error) => {
                write(admin, seat, import, &mut waiting, outcome).await?;
                return Ok(Some(words::table(&error)));
            }
        }
        if waiting.len() < MAX_BATCH {
            continue;
        }
        if timer.elapsed_s() > ENOUGH_S {
            outcome.stopped_at = waiting.first().map(|(ends, _)| ends.line);
            return Ok(None);
        }
        write(admin, seat, import, &mut waiting, outcome).await?;
    }
}

/// Which row.
struct TableEnds {
    line: u64,
    from: String,
    to: String,
}

async fn write(
    admin: &Admin,
    seat: &Seat,
    import: &mut Import,
    waiting: &mut Vec<(TableEnds, NewRedirect)>,
    outcome: &mut Outcome,
) -> Result<(), Refusal> {
    if waiting.is_empty() {
        return Ok(());
    }
    let (mut ends, mut batch) = (Vec::with_capacity(waiting.len()), Vec::with_capacity(waiting.len()));
    for (end, redirect) in waiting.drain(..) {
        batch.push((end.line, redirect));
        ends.push(end);
    }
    let results = admin.app.content.import_redirects(import, &batch, seat.actor()).await?;
    for (TableEnds { line, from, to }, result) in ends.iter().zip(results) {
        match result {
            Ok(Written::Added) => outcome.added += 1,
            Ok(Written::Replaced) => outcome.replaced += 1,
            Ok(Written::Unchanged) => outcome.unchanged += 1,
            Err(reason) => outcome.refuse(*line, (from, to), words::redirect(&reason)),
        }
    }
    Ok(())
}
