//! Taking what changes out of the CDN, once there are tables to read, until the server stops.

use std::io;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::running::until_open;
use crate::cdn::Cdn;
use crate::site::{PublicSite, SiteFolder};
use crate::telemetry::COMMIT;

/// What pages are made of beside the content: this program and the files of the site.
pub(super) fn version(folder: &SiteFolder) -> io::Result<String> {
    let mut digest = Sha256::new();
    for file in folder.files("")? {
        digest.update(file.path.as_bytes());
        digest.update(Sha256::digest(&file.bytes));
    }
    Ok(format!("{COMMIT} {}", data_encoding::HEXLOWER.encode(&digest.finalize()[..8])))
}

pub(super) async fn follow(site: Arc<PublicSite>, cdn: Arc<Cdn>, version: String, stop: CancellationToken) {
    tokio::select! {
        () = until_open(&site) => {}
        () = stop.cancelled() => return,
    }
    cdn.work(&version, stop).await;
}
