//! What is looked after beside the jobs: sessions that end, and the search index.

use std::sync::Arc;
use std::time::Duration;

use super::running::until_open;
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
