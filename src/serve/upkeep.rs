//! What is looked after beside the jobs: sessions that end, the search index, and at the start the bucket of the media.

use std::sync::Arc;
use std::time::Duration;

use super::running::until_open;
use crate::config::MediaPlace;
use crate::site::PublicSite;

/// Between two looks at the search index.
const SEARCH_INTERVAL: Duration = Duration::from_secs(60);
/// Between two looks at sessions that have ended.
const ACCOUNTS_INTERVAL: Duration = Duration::from_secs(60);

/// Ends sessions, and counts those that go on.
pub(super) async fn keep_accounts(site: Arc<PublicSite>) {
    until_open(&site).await;
    loop {
        if let Err(error) = site.app.accounts.keep_house().await {
            tracing::warn!(%error, "the accounts could not be looked after, trying again");
        }
        tokio::time::sleep(ACCOUNTS_INTERVAL).await;
    }
}

/// Says at once when the bucket of the media library cannot be used: pages are served without it.
pub(super) async fn try_storage(site: Arc<PublicSite>) {
    if site.app.config.media.storage == MediaPlace::S3
        && let Err(error) = site.app.media.storage.try_out().await
    {
        tracing::error!(%error, "images and documents cannot be served or added; vitrine doctor says more");
    }
}

/// Keeps the search index in order, beside what is asked of it.
pub(super) async fn keep_search(site: Arc<PublicSite>) {
    until_open(&site).await;
    loop {
        if let Err(error) = site.app.content.keep_search().await {
            tracing::warn!(%error, "the search index could not be looked after, trying again");
        }
        tokio::time::sleep(SEARCH_INTERVAL).await;
    }
}
