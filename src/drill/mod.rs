//! The fire drill: every critical alert goes the way of a real one, through the real Alertmanager, and each receiver
//! says that it came. An alert path is only known to work when something came through it.

mod alertmanager;
mod board;
mod desk;
mod record;
mod rules;

use std::net::SocketAddr;
use std::time::Duration;

use crate::clock::{self, Micros};
use crate::config::Secret;
use crate::telemetry::Timer;
use alertmanager::{Alertmanager, Sent};
pub use alertmanager::{AlertmanagerError, Shown};
use board::Board;
pub use board::{Line, Missing, Outcome};
use desk::Desk;
pub use record::{QUERIES, refresh, succeeded};
pub use rules::critical;

/// Between two questions to Alertmanager, whom it notifies of what.
const LOOK: Duration = Duration::from_secs(1);
/// Alerts of a drill that was killed end by themselves so long after it would have given up.
const GRACE: Duration = Duration::from_secs(60);

/// What a drill needs to know.
pub struct Plan {
    /// Names of the alerts that are sent.
    pub alerts: Vec<String>,
    pub alertmanager_url: String,
    pub token: Secret,
    /// Where acknowledgements are waited for.
    pub listen: SocketAddr,
    /// The same as receivers reach it; empty: `http://` and `listen`.
    pub acknowledge_url: String,
    pub timeout: Duration,
}

/// What came of a drill: one line for each alert and receiver.
pub struct Report {
    pub lines: Vec<Line>,
    /// The alerts could not be ended: Alertmanager does so by itself, a minute after the time for acknowledgements.
    pub not_ended: Option<AlertmanagerError>,
}

impl Report {
    /// Whether every receiver of every alert has acknowledged.
    pub fn succeeded(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| matches!(line.outcome, Outcome::Acknowledged(_)))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    #[error("no rule has severity critical: there is nothing to drill")]
    NoAlerts,
    #[error("acknowledgements cannot be waited for at {0} (drill.listen): {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error(transparent)]
    Alertmanager(#[from] AlertmanagerError),
}

/// Sends every alert of the plan and waits until each of its receivers acknowledged it, or the time is over.
/// `acknowledged` is told of each acknowledgement when it comes.
///
/// # Errors
/// When Alertmanager does not take the alerts, or acknowledgements cannot be waited for. What no receiver acknowledged
/// is no error but in the report.
pub async fn run(plan: Plan, mut acknowledged: impl FnMut(&str, &str, Duration)) -> Result<Report, DrillError> {
    if plan.alerts.is_empty() {
        return Err(DrillError::NoAlerts);
    }
    let alertmanager = Alertmanager::new(&plan.alertmanager_url, plan.token)?;
    let desk = Desk::open(plan.listen, &plan.acknowledge_url);
    let desk = desk.await.map_err(|error| DrillError::Listen(plan.listen, error))?;
    let sent: Vec<Sent> = plan.alerts.iter().map(|name| Sent::new(name, &desk.url)).collect();
    let board = Board::new(&sent);
    let began = Micros::now();
    let until = later(began, plan.timeout + GRACE);
    alertmanager.send(&sent, began, until).await?;
    let timer = Timer::start();
    let answers = tokio::time::timeout(plan.timeout, async {
        tokio::select! {
            () = desk.attend(&board, &timer) => {}
            () = wait(&board, &alertmanager, &mut acknowledged) => {}
        }
    });
    // Late or not: the report says which.
    let _ = answers.await;
    let not_ended = alertmanager.send(&sent, began, Micros::now()).await.err();
    Ok(Report { lines: board.lines(), not_ended })
}

/// Until nobody is left to acknowledge.
async fn wait(board: &Board, alertmanager: &Alertmanager, acknowledged: &mut impl FnMut(&str, &str, Duration)) {
    loop {
        // Alertmanager answered a moment ago, and is asked again in another one.
        if let Ok(shown) = alertmanager.shown().await {
            board.learn(&shown);
        }
        for (alert, receiver, after) in board.news() {
            acknowledged(&alert, &receiver, after);
        }
        if board.is_complete() {
            return;
        }
        let _ = tokio::time::timeout(LOOK, board.changed()).await;
    }
}

fn later(time: Micros, by: Duration) -> Micros {
    Micros(time.0 + by.as_micros() as i64)
}

/// Seconds since the epoch, as gauges show times.
fn seconds(time: Micros) -> f64 {
    time.0 as f64 / 1e6
}

/// How long ago `time` was, in seconds.
pub fn age_s(time: Micros) -> f64 {
    clock::unix_seconds() - seconds(time)
}
