//! What was done to images and documents, in the log of objects: in the transaction of the operation.

use serde_json::Value;

use super::Media;
use crate::content::Actor;
use crate::content::object_log::{self, Subject};
use crate::db::{DbError, Tx};
use crate::telemetry::label::{ObjectEvent, ObjectKind};

/// Something that was done to a file.
#[derive(Clone, Copy)]
pub(super) struct Deed<'d> {
    pub kind: ObjectKind,
    pub event: ObjectEvent,
    pub id: i64,
    /// As it is called after it.
    pub title: &'d str,
}

impl<'d> Deed<'d> {
    pub(super) fn image(event: ObjectEvent, id: i64, title: &'d str) -> Self {
        Self { kind: ObjectKind::Image, event, id, title }
    }

    pub(super) fn document(event: ObjectEvent, id: i64, title: &'d str) -> Self {
        Self { kind: ObjectKind::Document, event, id, title }
    }

    /// What nobody asked for, as what a site comes with, is not noted.
    pub(super) async fn note(self, tx: &mut Tx, by: Option<&Actor>) -> Result<(), DbError> {
        let Some(by) = by else { return Ok(()) };
        let subject = Subject { kind: self.kind, id: self.id, title: self.title, type_name: "", revision: None };
        object_log::append(tx, by, self.event, subject, &Value::Null).await
    }

    /// After the commit.
    pub(super) fn count(self, media: &Media, by: Option<&Actor>) {
        if let Some(by) = by {
            media.content.count_object(self.kind, self.event, by.channel);
        }
    }
}
