//! A listener that the service manager passes on (LISTEN_FDS) had visitors before this server, and keeps those who come
//! while it starts: they wait in the kernel's queue for a page instead of hearing 503.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::site::PublicSite;

/// Visitors who waited so long hear 503, and why there is nothing for them: the database is away.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(5);

/// Waits until there are pages to serve, but not for ever. False for a server that is told to stop before: whoever waits is left
/// to the next one.
pub(super) async fn until_loaded(site: &PublicSite, stop: &CancellationToken) -> bool {
    let loaded = async {
        while !site.is_open() {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        () = loaded => true,
        () = tokio::time::sleep(PATIENCE) => true,
        () = stop.cancelled() => false,
    }
}
