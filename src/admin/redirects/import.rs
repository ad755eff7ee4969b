//! Redirects from a table that somebody sends, as separated values or as a workbook. It is kept until its columns are chosen.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::{ROUTE, TABLE, enter};
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, time, words};
use crate::content::redirect::{self, TableError};

/// Longest table, in bytes; `server.max_body_bytes` may say less.
const MAX_BYTES: usize = 32 << 20;
/// Longest name of a file that is kept, in characters.
const MAX_NAME: usize = 100;
const BROKEN: Said = said("table-broken");

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| show(&admin, seat, None).await).await
}

pub(super) async fn take(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| keep(&admin, seat, request).await).await
}

/// The file of a form: what it is called, and what is in it.
async fn sent(request: Request) -> Result<(String, Vec<u8>), Refusal> {
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|_| Refusal::Bad(said("send-a-form-with-a-table")))?;
    while let Some(part) = form.next_field().await.map_err(|_| Refusal::Bad(BROKEN))? {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or_default();
            let name = name.chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect();
            return Ok((name, manage::bytes(part, MAX_BYTES, BROKEN).await?));
        }
    }
    Ok((String::new(), Vec::new()))
}

async fn show(admin: &Admin, seat: &Seat, error: Option<Said>) -> Done {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let kept = redirect::find_sent(&admin.app.db, seat.session.account_id).await?;
    let kept = kept.map(|kept| json!({ "name": kept.name, "at": time(kept.created_at, &seat.zone()) }));
    let mut response =
        admin.page(seat, "admin/redirects/import.html", json!({ "error": error, "kept": kept, "url": TABLE }));
    *response.status_mut() = status;
    Ok(response)
}

async fn keep(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let (name, bytes) = sent(request).await?;
    if bytes.is_empty() {
        return show(admin, seat, Some(said("choose-a-table"))).await;
    }
    // A workbook is unpacked: that takes a thread for a while.
    let read = tokio::task::spawn_blocking(move || redirect::text_of(&bytes)).await;
    let text = match read.unwrap_or_else(|_| Err(TableError::Io(std::io::ErrorKind::InvalidData.into()))) {
        Ok(text) if !text.trim().is_empty() => text,
        Ok(_) => return show(admin, seat, Some(said("choose-a-table"))).await,
        Err(error) => return show(admin, seat, Some(words::table(&error))).await,
    };
    redirect::keep_sent(&admin.app.db, seat.session.account_id, &name, text).await?;
    Ok(see_other(TABLE, ROUTE))
}
