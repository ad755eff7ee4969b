//! Changing single blocks of a draft: all changes of one request, or none.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::Value;

use super::write::{base, fields_of, save};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::entry::{Sent, answer};
use crate::api::v1::given::Given;
use crate::api::v1::problem::{Done, Refusal, invalid};
use crate::content::block_edit::{self, BlockOperation, BlockPlace, BlockRefusal, MAX_OPERATIONS};
use crate::content::page::PageContent;
use crate::telemetry::label::Route;
use crate::words::sentence;

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| patch(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (Route::ApiPageBlocks, Some(Scope::WriteContent)), work).await
}

async fn patch(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let (detail, revision) = base(api, caller, id, sent).await?;
    let operations = operations(sent)?;
    let (content, fields) = fields_of(&detail);
    let fields = block_edit::apply(fields, &operations).map_err(|(number, refusal)| refused(number, &refusal))?;
    save(api, caller, (detail.page.id, revision), PageContent { fields, ..content }).await
}

fn refused(number: usize, refusal: &BlockRefusal) -> Refusal {
    let code = match refusal {
        BlockRefusal::BlockNotFound(_) => "block_not_found",
        BlockRefusal::NoField(_) => "no_field_of_blocks",
        BlockRefusal::IntoItself => "into_itself",
        BlockRefusal::IdTaken(_) => "id_taken",
    };
    invalid().at(format!("/operations/{number}"), code, sentence(&refusal.to_string())).into()
}

fn operations(sent: &Sent) -> Result<Vec<BlockOperation>, Refusal> {
    let mut given = sent.given()?;
    let list = given.list("operations");
    let list = given.needed("operations", list).unwrap_or_default();
    if list.len() > MAX_OPERATIONS {
        given.refuse("operations", "too_many_items", format!("There may be {MAX_OPERATIONS}."));
    }
    given.end()?;
    list.into_iter().enumerate().map(|(number, value)| operation(number, value)).collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Add,
    Replace,
    Move,
    Remove,
}

const KINDS: [(&str, Kind); 4] =
    [("add", Kind::Add), ("replace", Kind::Replace), ("move", Kind::Move), ("remove", Kind::Remove)];

fn operation(number: usize, value: Value) -> Result<BlockOperation, Refusal> {
    let base = format!("/operations/{number}");
    let Value::Object(values) = value else {
        return Err(invalid().at(base, "invalid_type", "It must be an object.").into());
    };
    let mut given = Given::of(values, &base);
    let kind = given.word("op", &KINDS);
    let kind = given.needed("op", kind);
    let (id, block) = (given.text("id"), given.text("type"));
    let value = given.value("value");
    let place = place(&mut given, matches!(kind, Some(Kind::Add | Kind::Move)));
    if !matches!(kind, Some(Kind::Add)) {
        given.needed("id", id.clone());
    }
    if matches!(kind, Some(Kind::Add)) {
        given.needed("type", block.clone());
    }
    if matches!(kind, Some(Kind::Add | Kind::Replace)) {
        given.needed("value", value.clone());
    }
    given.end()?;
    let (id_or_none, id) = (id.clone(), id.unwrap_or_default());
    let (value, place) = (value.unwrap_or_default(), place.unwrap_or(BlockPlace::After(String::new())));
    Ok(match kind {
        Some(Kind::Add) => BlockOperation::Add { block: block.unwrap_or_default(), value, id: id_or_none, place },
        Some(Kind::Replace) => BlockOperation::Replace { id, block, value },
        Some(Kind::Move) => BlockOperation::Move { id, place },
        Some(Kind::Remove) | None => BlockOperation::Remove { id },
    })
}

/// `before` or `after` a block, else the end of a `field`: of the page, or of the block that `in` names.
fn place(given: &mut Given, is_needed: bool) -> Option<BlockPlace> {
    let (before, after) = (given.text("before"), given.text("after"));
    let (field, of) = (given.text("field"), given.text("in"));
    let ends = [("first", true), ("last", false)];
    let is_first = given.word("position", &ends).unwrap_or_default();
    match (before, after, field) {
        (Some(id), None, None) => Some(BlockPlace::Before(id)),
        (None, Some(id), None) => Some(BlockPlace::After(id)),
        (None, None, Some(field)) if is_first => Some(BlockPlace::First { of, field }),
        (None, None, Some(field)) => Some(BlockPlace::Last { of, field }),
        (None, None, None) => {
            if is_needed {
                given.refuse("field", "required", "Say where: before or after a block, or in which field.");
            }
            None
        }
        _ => {
            given.refuse("field", "invalid", "Give one of before, after and field.");
            None
        }
    }
}
