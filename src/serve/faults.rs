//! What injected faults do to the process and not to a request: connections held, caches emptied, the clock set wrong.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::db::Held;
use crate::fault::Faults;
use crate::site::PublicSite;
use crate::telemetry::label::{FaultKind, PoolName};

/// Between two looks at what is over.
const LOOK: Duration = Duration::from_millis(200);
/// For one connection that is to be held; others may have them all.
const PATIENCE: Duration = Duration::from_millis(100);

/// Does what faults ask for, until it is dropped; then connections are given back.
pub(super) async fn keep(site: Arc<PublicSite>, faults: Arc<Faults>) {
    let _clock = RightClock;
    let mut held: [Vec<Held>; PoolName::ALL.len()] = Default::default();
    let mut skew_s = 0;
    loop {
        for (held, pool) in held.iter_mut().zip(PoolName::ALL) {
            hold(&site, &faults, held, *pool).await;
        }
        let wanted = faults.skew_s();
        if wanted != skew_s {
            skew_s = wanted;
            clock::set_skew_s(skew_s);
            if skew_s != 0 {
                faults.count(FaultKind::ClockSkew);
            }
        }
        if faults.take_flush() {
            site.flush_pages();
        }
        let _ = tokio::time::timeout(LOOK, faults.changed()).await;
    }
}

/// Takes or gives back connections until as many are held as is wanted.
async fn hold(site: &PublicSite, faults: &Faults, held: &mut Vec<Held>, pool: PoolName) {
    let wanted = faults.held_connections(pool) as usize;
    held.truncate(wanted);
    while held.len() < wanted.min(site.app.db.max_connections(pool) as usize) {
        match tokio::time::timeout(PATIENCE, site.app.db.hold(pool)).await {
            Ok(Ok(connection)) => held.push(connection),
            // Others have it, or the database is away: tried again at the next look.
            Ok(Err(_)) | Err(_) => return,
        }
        faults.count(FaultKind::PoolHold);
    }
}

/// Sets the clock right when the server stops: the process may go on.
struct RightClock;

impl Drop for RightClock {
    fn drop(&mut self) {
        clock::set_skew_s(0);
    }
}
