//! What is said of a file that comes in: in the address beside the bytes, or in the parts of a form before it.

use axum::extract::multipart::Field;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};

use super::Kind;
use super::write::refuse_adding;
use crate::accounts::CollectionPermission;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::entry::Sent;
use crate::api::v1::problem::{Refusal, bad_request, forbidden, invalid};
use crate::http::problem::Problem;
use crate::media::image::Format;
use crate::media::{Duplicates, MediaError, NewFile};

/// Longest value beside a file, in bytes.
const MAX_TEXT_BYTES: usize = 4 << 10;
/// Endings of documents whose sender tells no name, by their types.
const ENDINGS: [(&str, &str); 8] = [
    ("application/pdf", "pdf"),
    ("text/plain", "txt"),
    ("text/csv", "csv"),
    ("application/zip", "zip"),
    ("application/rtf", "rtf"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
];

/// What a request said until now.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub title: String,
    description: String,
    collection: Option<i64>,
    tags: Vec<String>,
    keeps_duplicates: bool,
}

impl Told {
    /// Of the address of a file that is a body.
    pub(super) fn of_query(sent: &Sent, kind: Kind) -> Result<Self, Refusal> {
        let mut told = Self::default();
        for (name, text) in sent.query.pairs().iter().filter(|(name, _)| name != "filename") {
            told.take(kind, name, text)?;
        }
        Ok(told)
    }

    /// One value by its name.
    pub(super) fn take(&mut self, kind: Kind, name: &str, text: &str) -> Result<(), Refusal> {
        let text = text.trim();
        match name {
            "title" => self.title = text.to_owned(),
            "description" if kind == Kind::Images => self.description = text.to_owned(),
            "tags" => {
                self.tags = text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
            }
            "collection" => {
                let id = text.parse().ok().filter(|id| *id > 0);
                let detail = "It must be the number of a collection.";
                self.collection = Some(id.ok_or_else(|| invalid().at("/collection", "invalid_type", detail))?);
            }
            "duplicates" => {
                self.keeps_duplicates = match text {
                    "keep" => true,
                    "refuse" => false,
                    _ => {
                        let detail = "It must be one of: refuse, keep.";
                        return Err(invalid().at("/duplicates", "invalid_choice", detail).into());
                    }
                };
            }
            _ => {
                return Err(
                    bad_request("Of a file title, description, tags, collection and duplicates are told.").into()
                );
            }
        }
        Ok(())
    }

    /// The file as the library takes it. Title and description are those of one file, the rest is that of all that follow.
    pub(super) async fn file(&mut self, api: &Api, caller: &Caller, name: String) -> Result<NewFile, Refusal> {
        let grants = caller.grants();
        let open = super::seen(api, grants).await?;
        let collection = match self.collection {
            Some(id) => {
                refuse_adding(caller, &open, id)?;
                id
            }
            // The first that files may be added to: for most, the one that holds all others.
            None => {
                let first =
                    open.iter().find(|known| grants.may_in_collection(CollectionPermission::Add, &known.path, None));
                first.ok_or_else(|| forbidden("You may not add files."))?.id
            }
        };
        let duplicates = match self.keeps_duplicates {
            true => Duplicates::Keep,
            false => Duplicates::RefuseWithin(open.into_iter().map(|known| known.path).collect()),
        };
        Ok(NewFile {
            name,
            title: std::mem::take(&mut self.title),
            description: std::mem::take(&mut self.description),
            collection: Some(collection),
            tags: self.tags.clone(),
            duplicates,
            by: Some(caller.actor()?),
            uuid: None,
            id: None,
        })
    }
}

/// The text of a part of a form.
pub(super) async fn text(mut part: Field<'_>) -> Result<String, Refusal> {
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| broken())? {
        if text.len() + chunk.len() > MAX_TEXT_BYTES {
            return Err(bad_request(format!("A value beside a file has at most {MAX_TEXT_BYTES} bytes.")).into());
        }
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).map_err(|_| bad_request("A value beside a file is not UTF-8.").into())
}

/// A form that ends in the middle.
pub(super) fn broken() -> Refusal {
    bad_request("The form did not arrive whole.").into()
}

/// The type of a body, without its parameters.
pub(super) fn kind_of(headers: &HeaderMap) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What a file that is a body is called: as its address says, or `stem` with the ending that its type has.
///
/// # Errors
/// When the type is not that of a file, or says nothing of the ending.
pub(super) fn name(sent: &Sent, kind: Kind, stem: &str) -> Result<String, Refusal> {
    let said = kind_of(&sent.headers);
    let refused = |detail: &'static str| {
        let title = "A file of this type is not taken";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media_type", title).with_detail(detail)
    };
    let is_opaque = said == "application/octet-stream";
    let known = match kind {
        Kind::Images => Format::ALL.iter().find(|format| format.mime() == said).map(|format| format.extension()),
        Kind::Documents => ENDINGS.iter().find(|(known, _)| *known == said).map(|(_, ending)| *ending),
    };
    let is_none = said.is_empty() || matches!(said.as_str(), "application/json" | "application/x-www-form-urlencoded");
    if is_none || (kind == Kind::Images && known.is_none() && !is_opaque) {
        return Err(refused("Send the file as it is, with its own Content-Type, or as multipart/form-data.").into());
    }
    if let Some(name) = sent.query.first("filename") {
        return Ok(name.to_owned());
    }
    let ending = known.ok_or_else(|| refused("What it is called cannot be told from its type: say ?filename=."))?;
    let plain: String = stem.chars().map(|c| if matches!(c, '/' | '\\') || c.is_control() { ' ' } else { c }).collect();
    let plain = plain.trim();
    Ok(format!("{}.{ending}", if plain.is_empty() { "file" } else { plain }))
}

/// What a file is called in a form.
pub(super) fn name_of(part: &Field<'_>) -> Result<String, Refusal> {
    let name = part.file_name().unwrap_or_default().to_owned();
    if name.is_empty() { Err(MediaError::NameInvalid.into()) } else { Ok(name) }
}
