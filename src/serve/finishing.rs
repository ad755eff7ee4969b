//! Does what requests asked for to its end, also for those who are gone.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::http::finish::Work;

/// Pieces of work at the same time; the others wait.
const MAX_RUNNING: usize = 256;
/// What is under way when the last connection has ended may go on for so long.
const DRAIN: Duration = Duration::from_secs(2);

/// The task that does it.
pub(super) struct Finishing {
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Finishing {
    pub(super) fn start(waiting: mpsc::Receiver<Work>) -> Self {
        let (stop, mut task) = (CancellationToken::new(), JoinSet::new());
        task.spawn(keep(waiting, stop.clone()));
        Self { stop, task }
    }

    /// Waits for what is under way, within bounds. What was not begun is not begun any more.
    pub(super) async fn end(mut self) {
        self.stop.cancel();
        while self.task.join_next().await.is_some() {}
    }
}

async fn keep(mut waiting: mpsc::Receiver<Work>, stop: CancellationToken) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            work = waiting.recv(), if running.len() < MAX_RUNNING => match work {
                Some(work) => drop(running.spawn(work)),
                None => break,
            },
            Some(_) = running.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    drop(waiting);
    let all_ended = async { while running.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(DRAIN, all_ended).await;
}
