//! Connections to the server that develops a front end, kept going until one of both sides ends them.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::site::Work;

/// Never ends while somebody may still bring one; how many there are is bounded where they come from, and here.
pub(super) async fn keep(mut waiting: mpsc::Receiver<Work>) {
    const MAX_RUNNING: usize = 512;
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            work = waiting.recv(), if running.len() < MAX_RUNNING => match work {
                Some(work) => drop(running.spawn(work)),
                None => return,
            },
            Some(ended) = running.join_next() => if let Err(error) = ended {
                tracing::error!(%error, "a connection to the development server ended badly");
            },
        }
    }
}
