//! Rows of a file that somebody sends: tried, or added; what is refused is told by its line. Longer files are for
//! `vitrine collection import`.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Of, URL, enter, list_url, may, open};
use crate::accounts::RecordPermission;
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::words::problem;
use crate::content::EditError;
use crate::content::records::{Format, Reader};

/// Longest file, in bytes; `server.max_body_bytes` may say less.
const MAX_BYTES: usize = 8 << 20;
/// Rows of one file.
const MAX_ROWS: u64 = 20_000;
/// Rows that are written at once.
const PART: usize = 500;
/// Refusals that the page shows.
const MAX_SHOWN: usize = 200;
const BROKEN: Said = said("file-of-rows-broken");

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(path): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        show(&admin, seat, open(&types, seat, &path, RecordPermission::Add)?, None, None)
    };
    admin.answer(entering, work).await
}

pub(super) async fn take(State(admin): State<Arc<Admin>>, Path(path): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of = open(&types, seat, &path, RecordPermission::Add)?;
        let sent = Sent::read(request).await?;
        match read(&admin, seat, of, sent).await? {
            Ok(outcome) => show(&admin, seat, of, Some(outcome), None),
            Err(error) => show(&admin, seat, of, None, Some(error)),
        }
    };
    admin.answer(entering, work).await
}

/// What a form sends.
#[derive(Default)]
struct Sent {
    name: String,
    bytes: Vec<u8>,
    writes: bool,
}

impl Sent {
    async fn read(request: Request) -> Result<Self, Refusal> {
        let broken = || Refusal::Bad(BROKEN);
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
        let mut sent = Self::default();
        while let Some(part) = form.next_field().await.map_err(|_| broken())? {
            match part.name() {
                Some("file") => {
                    sent.name = part.file_name().unwrap_or_default().to_owned();
                    sent.bytes = manage::bytes(part, MAX_BYTES, BROKEN).await?;
                }
                Some("do") => sent.writes = manage::bytes(part, MAX_BYTES, BROKEN).await? == b"write",
                _ => {}
            }
        }
        Ok(sent)
    }
}

/// What became, or would become, of the rows of a file.
#[derive(Default)]
struct Outcome {
    writes: bool,
    added: u64,
    refused: u64,
    shown: Vec<Value>,
    /// Why the rest was not read.
    ended: Option<Said>,
    /// The first line of the rows that were written last, or that could not be.
    line: u64,
    is_broken_off: bool,
}

impl Outcome {
    fn refuse(&mut self, line: u64, field: &str, reason: Said) {
        if self.shown.len() < MAX_SHOWN {
            self.shown.push(json!({ "line": line, "field": field, "reason": reason }));
        }
    }

    /// What was added stays.
    fn break_off(&mut self, error: &EditError) {
        if let EditError::Db(error) = error {
            tracing::error!(%error, rows = self.added, "an import of rows broke off");
        }
        self.ended = Some(said("rows-broke-off").with("line", self.line));
        self.is_broken_off = true;
    }
}

/// Rows that wait to be written, each with its line.
type Waiting = Vec<(u64, Map<String, Value>)>;

async fn write(
    admin: &Admin,
    seat: &Seat,
    of: Of<'_>,
    waiting: Waiting,
    outcome: &mut Outcome,
) -> Result<(), EditError> {
    let (lines, rows): (Vec<u64>, Vec<Map<String, Value>>) = waiting.into_iter().unzip();
    outcome.line = lines.first().copied().unwrap_or_default();
    let (content, name, by) = (&admin.app.content, &of.0.name, seat.actor());
    let done = if outcome.writes {
        content.add_records(name, rows, &by).await?
    } else {
        content.try_records(name, rows, &by)?
    };
    outcome.added += done.rows;
    for (at, errors) in done.refused {
        outcome.refused += 1;
        for error in errors {
            outcome.refuse(lines.get(at).copied().unwrap_or_default(), &error.path, problem(&error));
        }
    }
    Ok(())
}

/// Adds the rows of the file, or tries to; why nothing of it can be read, else.
async fn read(admin: &Admin, seat: &Seat, of: Of<'_>, sent: Sent) -> Result<Result<Outcome, Said>, Refusal> {
    let ending = sent.name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let Some(format) = Format::parse(&ending) else { return Ok(Err(said("choose-a-file-of-rows"))) };
    let mut reader = match Reader::open(Box::new(std::io::Cursor::new(sent.bytes)), format, of.0) {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(said("file-of-rows-unreadable").with("why", error.to_string()))),
    };
    let mut outcome = Outcome { writes: sent.writes, ..Outcome::default() };
    let ended = read_rows(admin, seat, of, &mut reader, &mut outcome).await;
    if outcome.writes && outcome.added > 0 {
        let noted = admin.app.content.note_records(&of.0.name, outcome.added, &seat.actor()).await;
        if let Err(error) = noted {
            tracing::error!(%error, rows = outcome.added, "rows were added, and the log does not tell");
        }
        if let Err(error) = ended {
            outcome.break_off(&error);
        }
        return Ok(Ok(outcome));
    }
    ended.map(|()| Ok(outcome)).map_err(Refusal::from)
}

async fn read_rows(
    admin: &Admin,
    seat: &Seat,
    of: Of<'_>,
    reader: &mut Reader,
    outcome: &mut Outcome,
) -> Result<(), EditError> {
    let (mut waiting, mut rows) = (Waiting::new(), 0);
    loop {
        match reader.next_row() {
            Ok(None) => break,
            Ok(Some(_)) if rows == MAX_ROWS => {
                outcome.ended = Some(said("file-of-rows-too-long").with("most", MAX_ROWS));
                break;
            }
            Ok(Some((line, Ok(values)))) => waiting.push((line, values)),
            Ok(Some((line, Err(why)))) => {
                outcome.refused += 1;
                outcome.refuse(line, "", Said::Text(why));
            }
            Err(error) => {
                outcome.ended = Some(said("file-of-rows-unreadable").with("why", error.to_string()));
                break;
            }
        }
        rows += 1;
        if waiting.len() == PART {
            write(admin, seat, of, std::mem::take(&mut waiting), outcome).await?;
        }
    }
    write(admin, seat, of, waiting, outcome).await
}

fn show(admin: &Admin, seat: &Seat, of: Of<'_>, outcome: Option<Outcome>, error: Option<Said>) -> Done {
    let status = match (&error, &outcome) {
        (Some(_), _) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, Some(outcome)) if outcome.is_broken_off => StatusCode::SERVICE_UNAVAILABLE,
        (None, _) => StatusCode::OK,
    };
    let told = outcome.map(|outcome| {
        json!({
            "writes": outcome.writes, "added": outcome.added, "refused": outcome.refused, "shown": outcome.shown,
            "ended": outcome.ended,
        })
    });
    let mut crumbs = vec![json!({ "title": said("place-records"), "url": URL })];
    if may(seat, of.0, RecordPermission::View) {
        crumbs.push(json!({ "title": of.0.label, "url": list_url(of.1) }));
    }
    let fields: Vec<&str> = of.0.fields.iter().map(|field| field.name.as_str()).collect();
    let context = json!({
        "label": of.0.label, "crumbs": crumbs,
        "url": format!("{}import/", list_url(of.1)), "fields": fields, "outcome": told, "error": error,
        "most": MAX_ROWS,
    });
    let mut response = admin.page(seat, "admin/records/import.html", context);
    *response.status_mut() = status;
    Ok(response)
}
