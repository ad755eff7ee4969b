//! The collections, and the rows of one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::asked::{self, Asked};
use super::{Of, called, door, enter, list_url, may, open, open_to, url};
use crate::accounts::RecordPermission;
use crate::admin::answer::retry_after;
use crate::admin::columns::Names;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::{query_of, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, words};
use crate::content::EditError;
use crate::content::records::{Counted, Format, Part};
use crate::content::types::Field;
use crate::http::form::FormData;

/// Seconds until an index that is being made is asked for again.
const RETRY_S: u64 = 10;

pub(super) async fn index(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show_all(&admin, seat)).await
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(path): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &path, &query).await).await
}

fn show_all(admin: &Admin, seat: &Seat) -> Done {
    let types = admin.app.content.types();
    let shown: Vec<Value> = open_to(&types, seat)
        .map(|of| json!({ "label": of.0.label, "description": of.0.description, "url": door(seat, of) }))
        .collect();
    if shown.is_empty() && !seat.grants.is_superuser() {
        return Err(Refusal::Forbidden(said("may-not-do-this-with-rows")));
    }
    Ok(admin.page(seat, "admin/records/index.html", json!({ "collections": shown })))
}

/// The rows; or why there are none to be shown now.
async fn load(admin: &Admin, asked: &Asked<'_>) -> Result<(Option<Part>, Option<Said>), Refusal> {
    if asked.has_problems() {
        return Ok((None, None));
    }
    match admin.app.content.list_records(&asked.listing()).await {
        Ok(part) => Ok((Some(part), None)),
        Err(error @ EditError::IndexUnready(_)) => Ok((None, Some(words::edit(&error)))),
        Err(error) => Err(error.into()),
    }
}

fn counted(counted: Counted) -> Said {
    match counted.is_exact {
        true => said("rows-counted").with("count", counted.total),
        false => said("rows-more-than").with("count", counted.total),
    }
}

/// The columns beside what rows are called by.
fn columns<'t>(seat: &Seat, (of_type, options): Of<'t>) -> Vec<&'t Field> {
    let rights = seat.actor().rights;
    let named = options.title.as_deref();
    of_type.columns().filter(|field| rights.allow(field) && named != Some(field.name.as_str())).collect()
}

async fn show(admin: &Admin, seat: &Seat, path: &str, query: &FormData) -> Done {
    let types = admin.app.content.types();
    let of = open(&types, seat, path, RecordPermission::View)?;
    let (of_type, options) = of;
    let asked = Asked::of(query, of, &seat.zone())?;
    let (part, notice) = load(admin, &asked).await?;
    let part = part.unwrap_or_else(|| Part { rows: Vec::new(), next: None, counted: None });
    let (columns, zone) = (columns(seat, of), seat.zone());
    let names = Names::load(admin, of_type, part.rows.iter().map(|row| &row.values)).await?;
    let rows: Vec<Value> = part
        .rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "url": url(options, row.id), "name": called(seat, of, row),
                "cells": columns.iter().map(|field| names.cell(field, &row.values)).collect::<Vec<_>>(),
                "updated": row::when(row.updated_at, &zone),
            })
        })
        .collect();
    let column = |field: &&Field| json!({ "label": field.label, "by": asked.heading(&field.name) });
    let name = options.title.as_deref().unwrap_or("id");
    let title = options.title.as_deref().map_or_else(|| said("row-number"), |name| asked::label(of_type, name));
    let exports = [Format::Csv, Format::JsonLines].map(|format| asked.url(&format!("export.{}", format.ending())));
    let context = json!({
        "type": { "label": of_type.label, "description": of_type.description },
        "url": list_url(options), "rows": rows, "notice": notice, "is_wrong": asked.has_problems(), "q": asked.search,
        "total": part.counted.map(counted), "columns": columns.iter().map(column).collect::<Vec<_>>(),
        "title": { "label": title, "by": asked.heading(name) },
        "changed": { "label": asked::label(of_type, "updated_at"), "by": asked.heading("updated_at") },
        "is_searched": !options.search.is_empty(), "problem": asked.problem("q"), "controls": asked.controls(),
        "kept": asked.kept().iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
        "sort": asked.sort(), "has_filters": asked.has_filters(), "is_narrowed": asked.is_narrowed(),
        "is_first": asked.is_first(), "next": part.next.map(|next| asked.part(next)), "whole": asked.url(""),
        "exports": exports, "may_add": may(seat, of_type, RecordPermission::Add),
    });
    let is_unready = !context["notice"].is_null();
    let mut response = admin.page(seat, "admin/records/list.html", context);
    if asked.has_problems() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    if is_unready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response = retry_after(response, RETRY_S);
    }
    Ok(response)
}
