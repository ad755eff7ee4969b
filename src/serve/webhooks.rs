//! Delivering webhooks, once there are tables to read, until the server stops.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::running::{StartError, until_open};
use crate::config::Config;
use crate::site::PublicSite;
use crate::webhooks::Sender;

/// Who sends.
pub(super) fn sender(config: &Config) -> Result<Arc<Sender>, StartError> {
    Sender::new(&config.webhooks).map_err(|error| StartError::Config(format!("webhooks: {error}")))
}

pub(super) async fn deliver(site: Arc<PublicSite>, sender: Arc<Sender>, stop: CancellationToken) {
    tokio::select! {
        () = until_open(&site) => {}
        () = stop.cancelled() => return,
    }
    let drain = site.app.config.server.drain_timeout();
    site.app.webhooks.clone().work(sender, stop, drain).await;
}
