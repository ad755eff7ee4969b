//! Webhooks: what happened, sent to addresses that somebody named, signed, at least once, and that of one object in its
//! order. And the feed of changes, which tells programs of the same events when they ask.
//!
//! The database itself writes an event for each entry of the logs of pages and objects and for each form that was sent,
//! and a delivery of it for each webhook that wants it, in the transaction of the change (migrations 43 and 44). What is
//! committed is delivered, however often a process dies on the way.

mod delivery;
mod endpoint;
pub mod event;
pub mod feed;
mod queue;
mod send;
mod sign;
mod target;
pub mod topic;
mod work;

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::config;
use crate::content::Content;
use crate::db::{Db, DbError, Query};
use crate::keys::Keys;
use crate::telemetry::Telemetry;
pub use delivery::{Asked, Delivery, MAX_REPLAYED, PAGE_SIZE, Replayed, Rest};
pub use endpoint::{Chosen, Endpoint, EndpointChange, MAX_ENDPOINTS, MAX_NAME, Made, NewEndpoint, OLD_SECRET_HOURS};
pub use send::Sender;
pub use target::{TargetRefused, Targets};

/// Every statement of this module, for the test that prepares them on both databases.
pub const QUERIES: &[&[&Query]] = &[delivery::QUERIES, endpoint::QUERIES, feed::QUERIES, queue::QUERIES];

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("there is no webhook {0}")]
    NotFound(i64),
    #[error("there is no delivery {0} of this webhook")]
    DeliveryNotFound(i64),
    #[error("a name has 1 to {MAX_NAME} characters")]
    NameInvalid,
    #[error(transparent)]
    Target(#[from] TargetRefused),
    #[error("there is no event {0:?}")]
    EventUnknown(String),
    #[error("choose at least one event")]
    EventsMissing,
    #[error("it is paused or disabled: what is sent to it waits until it is active")]
    NotActive,
    #[error("there are {MAX_ENDPOINTS} webhooks already")]
    TooMany,
    /// With its version now.
    #[error("somebody changed it meanwhile")]
    Stale(i64),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The webhooks of one installation, as one process sees them.
pub struct Webhooks {
    pub db: Arc<Db>,
    content: Arc<Content>,
    keys: Keys,
    settings: config::Webhooks,
    telemetry: Arc<Telemetry>,
    pub targets: Targets,
    /// Told when somebody wants something to be sent at once.
    wanted: Notify,
    /// Those that have series of their own.
    labelled: Mutex<Vec<i64>>,
}

impl Webhooks {
    pub fn new(content: Arc<Content>, keys: Keys, settings: &config::Webhooks, telemetry: Arc<Telemetry>) -> Arc<Self> {
        let targets = Targets::of(settings);
        let (db, settings) = (content.db.clone(), settings.clone());
        Arc::new(Self {
            db,
            content,
            keys,
            settings,
            telemetry,
            targets,
            wanted: Notify::new(),
            labelled: Mutex::default(),
        })
    }
}
