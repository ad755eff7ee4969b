//! Making renditions: each once however many ask, a few at a time, with a bounded queue, and never in a page's request.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use super::image::{self, FilterSpec, Format, Quality, RenderError, Size};
use super::known::KnownRenditions;
use super::rendition::{self, Finished, Known, Rendition};
use super::storage::StorageError;
use super::workers::{Panicked, Seat};
use super::{Key, Media, MediaError, NotAKey};
use crate::flight::{self, Flights, Lead, Turn};
use crate::telemetry::label::RenditionOutcome;
use crate::telemetry::{Telemetry, Timer};

/// How long a failure is remembered: a broken image costs one attempt in this time.
const FAILURE_KEPT: Duration = Duration::from_secs(60);
/// Failures that are remembered.
const MAX_FAILURES: usize = 1_000;
/// Turns a request takes when those it waited for hung up.
const MAX_TURNS: usize = 5;

/// Why there is no rendition.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RenditionError {
    #[error("more than {0} requests wait for renditions")]
    Overloaded(usize),
    #[error("the original {0} is not in the storage")]
    NoOriginal(Key),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("a codec panicked: {0}")]
    Panicked(String),
    #[error(transparent)]
    Storage(Arc<StorageError>),
    #[error(transparent)]
    Key(#[from] NotAKey),
    #[error("those who made it gave up, again and again")]
    Abandoned,
}

pub(super) type Made = Result<Rendition, RenditionError>;

/// The renditions of one server.
pub(super) struct Renditions {
    pub(super) known: KnownRenditions,
    flights: Flights<Made>,
    failures: Mutex<HashMap<Key, (Timer, RenditionError)>>,
    waiting: AtomicUsize,
    max_waiting: usize,
    telemetry: Arc<Telemetry>,
}

/// A place in the queue.
struct Place<'r>(&'r Renditions);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
        self.0.publish_waiting();
    }
}

impl Renditions {
    pub(super) fn new(max_waiting: usize, telemetry: Arc<Telemetry>) -> Self {
        Self {
            known: KnownRenditions::new(telemetry.clone()),
            flights: Flights::default(),
            failures: Mutex::default(),
            waiting: AtomicUsize::new(0),
            max_waiting,
            telemetry,
        }
    }

    fn enter(&self) -> Result<Place<'_>, RenditionError> {
        if self.waiting.fetch_add(1, Relaxed) >= self.max_waiting {
            self.waiting.fetch_sub(1, Relaxed);
            return Err(RenditionError::Overloaded(self.max_waiting));
        }
        self.publish_waiting();
        Ok(Place(self))
    }

    fn publish_waiting(&self) {
        let gauge = self.telemetry.families.renditions_waiting.with_label_values::<&str>(&[]);
        gauge.set(self.waiting.load(Relaxed) as f64);
    }

    fn count(&self, outcome: RenditionOutcome, format: Format) {
        self.telemetry.families.renditions.with_label_values(&[outcome.as_str(), format.as_str()]).inc();
    }

    fn recent_failure(&self, key: &Key) -> Option<RenditionError> {
        let mut failures = self.failures.lock();
        let (at, error) = failures.get(key)?;
        if at.elapsed() < FAILURE_KEPT {
            return Some(error.clone());
        }
        failures.remove(key);
        None
    }

    fn remember_failure(&self, key: &Key, error: &RenditionError) {
        if !matches!(error, RenditionError::Render(_) | RenditionError::Panicked(_)) {
            return;
        }
        let mut failures = self.failures.lock();
        failures.retain(|_, (at, _)| at.elapsed() < FAILURE_KEPT);
        if failures.len() < MAX_FAILURES {
            failures.insert(key.clone(), (Timer::start(), error.clone()));
        }
    }
}

/// What a job makes, owned: it goes on when its request is gone.
struct Job {
    media: Arc<Media>,
    known: Arc<Known>,
    spec: FilterSpec,
    version: String,
    key: Key,
    format: Format,
    size: Size,
}

impl Media {
    /// An image with one of its renditions; `None` when there is no such image.
    ///
    /// # Errors
    /// When the database fails and the answer is not known from before.
    pub async fn find_rendition(
        &self,
        image_id: i64,
        spec: &FilterSpec,
        version: &str,
    ) -> Result<Option<Arc<Known>>, MediaError> {
        let text = spec.to_string();
        if let Some(known) = self.renditions.known.find(image_id, &text, version) {
            return Ok(Some(known));
        }
        let began = self.renditions.known.begin();
        let Some(known) = rendition::find(&self.db, image_id, spec, version).await? else { return Ok(None) };
        let known = Arc::new(known);
        if known.rendition.is_some() {
            self.renditions.known.keep(began, image_id, &text, version, known.clone());
        }
        Ok(Some(known))
    }

    /// A rendition's file is not in the storage: its row goes, so that it is made again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_rendition(&self, image_id: i64, gone: &Rendition) -> Result<(), MediaError> {
        tracing::warn!(key = %gone.key, "the file of a rendition is gone; it is made again");
        rendition::delete_by_key(&self.db, &gone.key).await?;
        self.renditions.known.forget_image(image_id);
        Ok(())
    }

    /// Makes the rendition of the file and focal point that the image has now, unless it is in storage already.
    ///
    /// # Errors
    /// What [`RenditionError`] says.
    pub async fn make_rendition(self: &Arc<Self>, known: Arc<Known>, spec: &FilterSpec) -> Made {
        let output = known.facts.output(spec);
        let version = known.facts.version(spec);
        let key = rendition::key(known.facts.id, spec, &version, output.format)?;
        let job = Job {
            media: self.clone(),
            known,
            spec: spec.clone(),
            version,
            key,
            format: output.format,
            size: Size::new(output.width, output.height),
        };
        let (outcome, made) = self.make(job).await;
        if let Some(outcome) = outcome {
            self.renditions.count(outcome, output.format);
        }
        made
    }

    /// The outcome is counted here, except for a job's own, which counts itself.
    async fn make(self: &Arc<Self>, job: Job) -> (Option<RenditionOutcome>, Made) {
        let renditions = &self.renditions;
        let _place = match renditions.enter() {
            Ok(place) => place,
            Err(error) => return (Some(RenditionOutcome::Overload), Err(error)),
        };
        let mut job = Some(job);
        for _ in 0..MAX_TURNS {
            let Some(key) = job.as_ref().map(|job| job.key.clone()) else { break };
            if let Some(error) = renditions.recent_failure(&key) {
                return (Some(RenditionOutcome::FailedBefore), Err(error));
            }
            match renditions.flights.join(key.as_str()) {
                Turn::Wait(receiver) => {
                    if let Some(made) = flight::wait(receiver).await {
                        return (Some(RenditionOutcome::Coalesced), made);
                    }
                }
                Turn::Lead(lead) => {
                    let Some(job) = job.take() else { break };
                    return self.lead(job, lead).await;
                }
            }
        }
        (Some(RenditionOutcome::Overload), Err(RenditionError::Abandoned))
    }

    async fn lead(self: &Arc<Self>, job: Job, lead: Lead<Made>) -> (Option<RenditionOutcome>, Made) {
        let waited = Timer::start();
        let seat = self.workers.seat(job.known.facts.source.size.pixels()).await;
        let families = &self.telemetry.families;
        families.rendition_wait.with_label_values::<&str>(&[]).observe(waited.elapsed_s());
        let runtime = tokio::runtime::Handle::current();
        let work = move || {
            // On a blocking thread to the end, so that a client that hangs up wastes nothing: others get the outcome.
            let made = runtime.block_on(job.run());
            lead.land(made.clone());
            made
        };
        let made = self.run_job(seat, work).await;
        (None, made)
    }

    async fn run_job(&self, seat: Seat, work: impl FnOnce() -> Made + Send + 'static) -> Made {
        self.workers.run(seat, work).await.unwrap_or_else(|Panicked(text)| Err(RenditionError::Panicked(text)))
    }
}

impl Job {
    /// Makes and stores it, or finds it in the storage; counts, remembers and logs what became of it.
    async fn run(&self) -> Made {
        let media = &self.media;
        let families = &media.telemetry.families;
        let in_progress = families.renditions_in_progress.with_label_values::<&str>(&[]);
        in_progress.inc();
        let timer = Timer::start();
        let result = self.make().await;
        in_progress.dec();
        let outcome = match &result {
            Ok((outcome, _)) => *outcome,
            Err(RenditionError::Panicked(_) | RenditionError::Render(RenderError::Panicked { .. })) => {
                RenditionOutcome::Panic
            }
            Err(RenditionError::Render(_)) => RenditionOutcome::Refused,
            Err(_) => RenditionOutcome::Storage,
        };
        media.renditions.count(outcome, self.format);
        if outcome == RenditionOutcome::Made {
            families.rendition_duration.with_label_values(&[self.format.as_str()]).observe(timer.elapsed_s());
        }
        if let Err(error) = &result {
            let (image, spec) = (self.known.facts.id, self.spec.to_string());
            tracing::error!(image, spec, %error, "a rendition could not be made");
            media.renditions.remember_failure(&self.key, error);
        }
        result.map(|(_, rendition)| rendition)
    }

    async fn make(&self) -> Result<(RenditionOutcome, Rendition), RenditionError> {
        let media = &self.media;
        let stored = media.storage.size(&self.key).await.map_err(storage)?;
        let (outcome, size_bytes) = match stored {
            // Its row was lost, or never written.
            Some(size_bytes) => (RenditionOutcome::Stored, size_bytes),
            None => (RenditionOutcome::Made, self.render().await?),
        };
        let rendition = Rendition { key: self.key.clone(), format: self.format, size_bytes };
        let finished = Finished {
            image_id: self.known.facts.id,
            spec: &self.spec,
            version: &self.version,
            rendition: &rendition,
            size: self.size,
        };
        if let Err(error) = rendition::insert(&media.db, finished).await {
            // The file can be served all the same; the next request finds it in the storage.
            tracing::warn!(%error, key = %self.key, "the row of a rendition could not be written");
        }
        Ok((outcome, rendition))
    }

    /// Renders and stores; the number of bytes.
    async fn render(&self) -> Result<u64, RenditionError> {
        let media = &self.media;
        let original: Key = self.known.file_key.parse()?;
        let limits = media.render_limits();
        let bytes = media.storage.read(&original, limits.max_bytes).await.map_err(storage)?;
        let bytes = bytes.ok_or(RenditionError::NoOriginal(original))?;
        let encoded = image::render(&bytes, &self.spec, self.known.facts.focal, &media.quality(), &limits)?;
        drop(bytes);
        let size_bytes = encoded.bytes.len() as u64;
        media.storage.put(&self.key, encoded.bytes).await.map_err(storage)?;
        Ok(size_bytes)
    }
}

impl Media {
    fn quality(&self) -> Quality {
        // The settings bound them to 100.
        let of = |setting: u16| setting.min(100) as u8;
        let settings = &self.settings;
        Quality {
            jpeg: of(settings.jpeg_quality),
            webp: of(settings.webp_quality),
            avif: of(settings.avif_quality),
            avif_speed: of(settings.avif_speed),
        }
    }

    /// An original that was taken under larger limits than today's is still shown.
    pub(super) fn render_limits(&self) -> image::Limits {
        let defaults = image::Limits::default();
        let today = self.image_limits();
        image::Limits {
            max_bytes: today.max_bytes.max(MAX_ORIGINAL_BYTES),
            max_pixels: today.max_pixels.max(defaults.max_pixels),
            ..defaults
        }
    }
}

/// Largest original that is read for a rendition.
const MAX_ORIGINAL_BYTES: u64 = 256 << 20;

fn storage(error: StorageError) -> RenditionError {
    RenditionError::Storage(Arc::new(error))
}
