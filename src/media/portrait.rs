//! Pictures of people: taken in by the rules of the library, made square and small, and kept elsewhere.

use tokio::io::AsyncRead;

use super::image::{self, FilterSpec, Quality};
use super::upload::accepted_name;
use super::{Media, MediaError};
use crate::telemetry::label::{MediaKind, UploadOutcome};

/// The middle of the picture, sharp on dense screens where it is 96 wide. Coded anew: nothing else of the file stays.
const SPEC: &str = "fill-192x192|format-webp";

impl Media {
    /// A square WebP picture of at most 192 pixels a side, without metadata; of an animation the first frame.
    ///
    /// # Errors
    /// What [`MediaError`] says of a file that the library would not take.
    pub async fn portrait(&self, source: impl AsyncRead + Send, name: &str) -> Result<Vec<u8>, MediaError> {
        let result = self.make_portrait(source, name).await;
        self.count_upload(MediaKind::Image, UploadOutcome::Stored, result.as_ref().err());
        result
    }

    async fn make_portrait(&self, source: impl AsyncRead + Send, name: &str) -> Result<Vec<u8>, MediaError> {
        let name = accepted_name(name, &self.settings.image_extensions)?;
        let (info, bytes) = self.read_checked(source, &name).await?;
        let seat = self.workers.seat(info.size.pixels()).await;
        let limits = self.image_limits();
        let make = move || {
            let spec = FilterSpec::parse(SPEC).expect("a filter of ours");
            image::render(&bytes, &spec, None, &Quality::default(), &limits)
        };
        Ok(self.workers.run(seat, make).await.map_err(MediaError::from)??.bytes)
    }
}
