//! Asking providers about what pages embed, once there are tables to read.

use std::sync::Arc;

use super::running::{StartError, until_open};
use crate::config::Config;
use crate::content::embed::{Fetcher, Reach};
use crate::site::PublicSite;

/// Who asks.
pub(super) fn fetcher(config: &Config) -> Result<Fetcher, StartError> {
    // A second call only finds the provider of TLS that is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let reach = if config.embeds.allow_private { Reach::Private } else { Reach::Public };
    Fetcher::new(reach).map_err(|error| StartError::Config(format!("embeds: {error}")))
}

pub(super) async fn keep(site: Arc<PublicSite>, fetcher: Fetcher) {
    until_open(&site).await;
    site.app.content.clone().keep_embeds(fetcher).await;
}
