//! Files that come in: one as a body, or several as a form, each with its own end; and one in the place of another. They go
//! to the library while they arrive.

use std::sync::Arc;

use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::response::Response;
use futures_util::TryStreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use super::part::{self, Told};
use super::{File, Kind, find_for, refused, show, write};
use crate::accounts::{CollectionPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{Sent, answer_file, known};
use crate::api::v1::problem::{Done, Refusal, forbidden, invalid};
use crate::media::{MediaError, NewFile, Replacement};

/// Files of one form.
const MAX_FILES: usize = 50;
/// Parts of one form.
const MAX_PARTS: usize = 300;
const FORM: &str = "multipart/form-data";

pub(super) async fn add(api: Arc<Api>, caller: Caller, request: Request, kind: Kind) -> Response {
    let work = async |sent: &Sent, request: Request| {
        if !caller.grants().may_in_some_collection(CollectionPermission::Add) {
            return Err(forbidden("You may not add files.").into());
        }
        match part::kind_of(&sent.headers) == FORM {
            true => several(&api, &caller, sent, request, kind).await,
            false => single(&api, &caller, sent, request, kind).await,
        }
    };
    answer_file(&api, &caller, request, (kind.routes().all, Scope::Media), work).await
}

async fn store(api: &Api, kind: Kind, source: impl AsyncRead + Send, new: NewFile) -> Result<i64, MediaError> {
    let media = &api.site.app.media;
    match kind {
        Kind::Images => media.add_image(source, new, None).await,
        Kind::Documents => media.add_document(source, new).await,
    }
}

/// A body as it arrives.
fn source(request: Request) -> impl AsyncRead + Send {
    StreamReader::new(Box::pin(request.into_body().into_data_stream().map_err(std::io::Error::other)))
}

async fn created(api: &Api, kind: Kind, id: i64) -> Done {
    let (whole, etag) = show::reloaded(api, kind, id).await?;
    Ok(Reply::created(&whole, kind.address(id)).with_etag(etag))
}

/// The body is the file; the address says the rest.
async fn single(api: &Api, caller: &Caller, sent: &Sent, request: Request, kind: Kind) -> Done {
    known(&sent.query, &["filename", "title", "description", "tags", "collection", "duplicates"])?;
    let mut told = Told::of_query(sent, kind)?;
    let name = part::name(sent, kind, &told.title)?;
    let new = told.file(api, caller, name).await?;
    let id = store(api, kind, source(request), new).await?;
    created(api, kind, id).await
}

/// What became of one file of a form.
type Ended = (String, Result<i64, Refusal>);

/// A form: values are those of the files behind them.
async fn several(api: &Api, caller: &Caller, sent: &Sent, request: Request, kind: Kind) -> Done {
    known(&sent.query, &[])?;
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| part::broken())?;
    let mut told = Told::default();
    let mut ended: Vec<Ended> = Vec::new();
    for _ in 0..MAX_PARTS {
        match take(api, caller, (&mut form, &mut told, &mut ended), kind).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(refusal) if ended.is_empty() => return Err(refusal),
            // What came before is in the library, and told.
            Err(refusal) => {
                ended.push((String::new(), Err(refusal)));
                break;
            }
        }
    }
    if ended.len() > 1 {
        return all_told(api, kind, ended).await;
    }
    match ended.pop() {
        Some((_, Ok(id))) => created(api, kind, id).await,
        Some((_, Err(refusal))) => Err(refusal),
        None => Err(invalid().at("/file", "required", "Send a part by the name file.").into()),
    }
}

/// Takes the next part of a form; whether there was one.
async fn take(
    api: &Api,
    caller: &Caller,
    (form, told, ended): (&mut Multipart, &mut Told, &mut Vec<Ended>),
    kind: Kind,
) -> Result<bool, Refusal> {
    let Some(part) = form.next_field().await.map_err(|_| part::broken())? else { return Ok(false) };
    let name = part.name().unwrap_or_default().to_owned();
    if name != "file" {
        let text = part::text(part).await?;
        told.take(kind, &name, &text)?;
        return Ok(true);
    }
    let shown = part.file_name().unwrap_or_default().to_owned();
    let end = match ended.len() < MAX_FILES {
        true => one(api, caller, (part, told), kind).await,
        false => Err(invalid().at("/file", "too_many_items", format!("{MAX_FILES} files go at once.")).into()),
    };
    ended.push((shown, end));
    Ok(true)
}

async fn one(api: &Api, caller: &Caller, (part, told): (Field<'_>, &mut Told), kind: Kind) -> Result<i64, Refusal> {
    let new = told.file(api, caller, part::name_of(&part)?).await?;
    Ok(store(api, kind, StreamReader::new(part.map_err(std::io::Error::other)), new).await?)
}

/// How it went with each of several files, in their order.
async fn all_told(api: &Api, kind: Kind, ended: Vec<Ended>) -> Done {
    let is_whole = ended.iter().all(|(_, end)| end.is_ok());
    let mut items: Vec<Value> = Vec::with_capacity(ended.len());
    for (name, end) in ended {
        items.push(match end {
            Ok(id) => {
                let (whole, _) = show::reloaded(api, kind, id).await?;
                json!({ "filename": name, "status": StatusCode::CREATED.as_u16(), "file": whole })
            }
            Err(refusal) => {
                let problem = refused::told(refusal);
                json!({ "filename": name, "status": problem["status"], "problem": problem })
            }
        });
    }
    let status = if is_whole { StatusCode::CREATED } else { StatusCode::MULTI_STATUS };
    Ok(Reply::of(status, &json!({ "items": items })))
}

pub(super) async fn replace(api: Arc<Api>, caller: Caller, request: Request, (kind, id): (Kind, String)) -> Response {
    let work = async |sent: &Sent, request: Request| put(&api, &caller, sent, request, (kind, &id)).await;
    answer_file(&api, &caller, request, (kind.routes().file, Scope::Media), work).await
}

/// The address, the title and the tags stay; what is there is another file.
async fn put(api: &Api, caller: &Caller, sent: &Sent, request: Request, (kind, id): (Kind, &str)) -> Done {
    known(&sent.query, &["filename"])?;
    let file = find_for(api, caller, (kind, id), CollectionPermission::Change).await?;
    let base = write::base(sent, &file)?;
    if part::kind_of(&sent.headers) != FORM {
        let name = part::name(sent, kind, stem(&file))?;
        return replaced(api, caller, (kind, &file), (&name, base), source(request)).await;
    }
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| part::broken())?;
    let part = form.next_field().await.map_err(|_| part::broken())?.filter(|part| part.name() == Some("file"));
    let part = part.ok_or_else(|| invalid().at("/file", "required", "Send one part by the name file."))?;
    let name = part::name_of(&part)?;
    let source = StreamReader::new(part.map_err(std::io::Error::other));
    replaced(api, caller, (kind, &file), (&name, base), source).await
}

/// What a file is called, without the ending.
fn stem(file: &File) -> &str {
    let name = match file {
        File::Image(image) => &image.file_name,
        File::Document(document) => &document.file_name,
    };
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

async fn replaced(
    api: &Api,
    caller: &Caller,
    (kind, file): (Kind, &File),
    (name, base): (&str, Option<i64>),
    source: impl AsyncRead + Send,
) -> Done {
    let (media, by, new) = (&api.site.app.media, caller.actor()?, Replacement { name, base });
    match kind {
        Kind::Images => media.replace_image(file.id(), source, new, by).await?,
        Kind::Documents => media.replace_document(file.id(), source, new, by).await?,
    }
    let (whole, etag) = show::reloaded(api, kind, file.id()).await?;
    Ok(Reply::ok(&whole).with_etag(etag))
}
