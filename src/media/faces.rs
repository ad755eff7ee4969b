//! The search for faces in images: a job after each upload, whose find becomes the focal point unless an editor set one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::discard::{self, Which};
use super::image::{self, FocalBy, FocalPoint};
use super::stored_image::{self, Image};
use super::{Key, Media, MediaError};
use crate::content::change::{self, Tag};
use crate::db::{DbError, Tx, TxName};
use crate::jobs::{Failure, Handler, NewJob, Priority, queue};
use crate::telemetry::label::JobKind;

/// For one image: the largest take seconds to decode, and may wait for renditions before them.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Why faces are not looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacesRefused {
    /// An editor said what must stay visible.
    SetByEditor,
    /// The setting `media.feature_detection` is off.
    Off,
}

impl Media {
    /// What the queue does for the library.
    pub fn work(self: &Arc<Self>) -> Handler {
        let media = self.clone();
        let handler = Handler::new(JobKind::ImageFaces, move |run| {
            let media = media.clone();
            async move { media.find_faces(run.number("image")?).await }
        });
        handler.with_timeout(TIMEOUT)
    }

    pub fn detects_faces(&self) -> bool {
        self.settings.feature_detection
    }

    /// Has faces looked for, in the transaction of what wants it. Wake the queue after the commit.
    pub(super) async fn look_for_faces(&self, tx: &mut Tx, id: i64) -> Result<(), DbError> {
        if !self.detects_faces() {
            return stored_image::set_focal_by(tx, id, FocalBy::Nobody).await;
        }
        stored_image::set_focal_by(tx, id, FocalBy::Waiting).await?;
        let job = NewJob::new(JobKind::ImageFaces, json!({ "image": id })).keyed(id.to_string());
        queue::enqueue(tx, &job.with_priority(Priority::Low)).await.map(drop)
    }

    /// Has faces looked for once more; the point that was found before stays until then.
    ///
    /// # Errors
    /// When there is no such image, or the database fails.
    pub async fn look_for_faces_again(&self, id: i64) -> Result<Result<(), FacesRefused>, MediaError> {
        if !self.detects_faces() {
            return Ok(Err(FacesRefused::Off));
        }
        let mut tx = self.db.begin(TxName("image.look_for_faces")).await?;
        let image = stored_image::lock(&mut tx, id).await?.ok_or(MediaError::ImageNotFound(id))?;
        if image.focal_by() == FocalBy::Editor && image.focal().is_some() {
            return Ok(Err(FacesRefused::SetByEditor));
        }
        self.look_for_faces(&mut tx, id).await?;
        tx.commit().await?;
        self.content.jobs.wake();
        Ok(Ok(()))
    }

    /// The job. An image that cannot be looked at has no faces: it fails at each rendition, too, which is told of there.
    async fn find_faces(&self, id: i64) -> Result<(), Failure> {
        let Some(looked_at) = stored_image::find(&*self.db, id).await? else { return Ok(()) };
        if looked_at.focal_by() != FocalBy::Waiting {
            return Ok(());
        }
        let found = match self.detects_faces() {
            true => self.focal_of_faces(&looked_at).await?,
            false => None,
        };
        self.keep_found(&looked_at, found).await
    }

    async fn focal_of_faces(&self, looked_at: &Image) -> Result<Option<FocalPoint>, Failure> {
        let Some((facts, key)) = looked_at.facts().zip(looked_at.file_key.parse::<Key>().ok()) else { return Ok(None) };
        let limits = self.render_limits();
        let seat = self.workers.seat(facts.source.size.pixels()).await;
        let read = self.storage.read(&key, limits.max_bytes).await;
        let Some(bytes) = read.map_err(|error| Failure::Later(error.to_string()))? else { return Ok(None) };
        let work = move || image::suggest_focal_point(&bytes, &limits);
        match self.workers.run(seat, work).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Ok(not_looked_at(looked_at.id, &error)),
            Err(panic) => Ok(not_looked_at(looked_at.id, &panic)),
        }
    }

    /// Unless somebody said meanwhile what must stay visible, or put another file in its place.
    async fn keep_found(&self, looked_at: &Image, found: Option<FocalPoint>) -> Result<(), Failure> {
        let id = looked_at.id;
        let mut tx = self.db.begin(TxName("image.keep_faces")).await?;
        let Some(image) = stored_image::lock(&mut tx, id).await? else { return Ok(()) };
        if image.focal_by() != FocalBy::Waiting || image.digest != looked_at.digest {
            return Ok(());
        }
        let by = match found {
            Some(_) => FocalBy::Faces,
            None if self.detects_faces() => FocalBy::Nothing,
            None => FocalBy::Nobody,
        };
        stored_image::set_focal(&mut tx, id, found, by).await?;
        if found == image.focal() {
            return Ok(tx.commit().await?);
        }
        discard::add_renditions(&mut tx, id, Which::Focal).await?;
        let tags = [Tag::Image(id)];
        let change = change::append(&mut tx, &tags).await?;
        tx.commit().await?;
        self.content.announce_own(change, &tags);
        Ok(())
    }
}

fn not_looked_at(image: i64, error: &dyn std::fmt::Display) -> Option<FocalPoint> {
    tracing::warn!(image, %error, "no faces were looked for in an image that cannot be read");
    None
}
