//! Who has to acknowledge what in a drill, and who did.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::alertmanager::{Sent, Shown};

/// Acknowledgements that are kept of one alert: each receiver needs one.
const MAX_ACKNOWLEDGEMENTS: usize = 32;

/// What became of one alert at one receiver.
#[derive(Clone, Debug)]
pub struct Line {
    pub alert: String,
    /// Empty when Alertmanager named none.
    pub receiver: String,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// So long after it was sent.
    Acknowledged(Duration),
    Missing(Missing),
}

/// What is known about an alert that nobody acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Alertmanager took it, and does not show it.
    NotShown,
    /// By these silences.
    Silenced(Vec<String>),
    Inhibited,
    /// Acknowledged without a name, where several receivers have to.
    Unnamed,
    Silence,
}

struct Alert {
    name: String,
    nonce: String,
    shown: Option<Shown>,
    /// Who acknowledged it, as far as they said, and when; and whether it was told.
    acknowledgements: Vec<(Option<String>, Duration)>,
    told: Vec<String>,
}

pub(super) struct Board {
    alerts: Mutex<Vec<Alert>>,
    changed: Notify,
}

impl Board {
    pub fn new(sent: &[Sent]) -> Self {
        let alert = |sent: &Sent| Alert {
            name: sent.name.clone(),
            nonce: sent.nonce.clone(),
            shown: None,
            acknowledgements: Vec::new(),
            told: Vec::new(),
        };
        Self { alerts: Mutex::new(sent.iter().map(alert).collect()), changed: Notify::new() }
    }

    /// Notes an acknowledgement; the alert's name, or `None` when no alert has this nonce.
    pub fn acknowledge(&self, nonce: &str, receiver: Option<&str>, after: Duration) -> Option<String> {
        let mut alerts = self.alerts.lock();
        let alert = alerts.iter_mut().find(|alert| alert.nonce == nonce)?;
        if alert.acknowledgements.len() < MAX_ACKNOWLEDGEMENTS {
            alert.acknowledgements.push((receiver.map(str::to_owned), after));
        }
        self.changed.notify_one();
        Some(alert.name.clone())
    }

    /// Takes over whom Alertmanager notifies.
    pub fn learn(&self, shown: &[Shown]) {
        for alert in self.alerts.lock().iter_mut() {
            if let Some(of_this) = shown.iter().find(|shown| shown.nonce == alert.nonce) {
                alert.shown = Some(of_this.clone());
            }
        }
    }

    /// Alert, receiver and time of each acknowledgement that was not told yet.
    pub fn news(&self) -> Vec<(String, String, Duration)> {
        let mut news = Vec::new();
        for alert in self.alerts.lock().iter_mut() {
            for line in alert.lines() {
                if let Outcome::Acknowledged(after) = line.outcome
                    && !alert.told.contains(&line.receiver)
                {
                    alert.told.push(line.receiver.clone());
                    news.push((line.alert, line.receiver, after));
                }
            }
        }
        news
    }

    pub fn is_complete(&self) -> bool {
        let acknowledged = |line: &Line| matches!(line.outcome, Outcome::Acknowledged(_));
        self.alerts.lock().iter().all(|alert| alert.lines().iter().all(acknowledged))
    }

    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    pub fn lines(&self) -> Vec<Line> {
        self.alerts.lock().iter().flat_map(Alert::lines).collect()
    }
}

impl Alert {
    /// One for each receiver, one without any when none is known.
    fn lines(&self) -> Vec<Line> {
        let line = |receiver: &str, outcome| Line { alert: self.name.clone(), receiver: receiver.to_owned(), outcome };
        let Some(shown) = self.shown.as_ref().filter(|shown| !shown.receivers.is_empty()) else {
            return vec![line("", Outcome::Missing(Missing::NotShown))];
        };
        let lines = shown.receivers.iter().map(|receiver| line(receiver, self.outcome(shown, receiver)));
        lines.collect()
    }

    fn outcome(&self, shown: &Shown, receiver: &str) -> Outcome {
        let alone = shown.receivers.len() == 1;
        // A name that Alertmanager does not know, such as that of a person, is as good as none.
        let is_known = |name: &str| shown.receivers.iter().any(|known| known == name);
        let by = |name: &Option<String>| match name.as_deref().filter(|name| is_known(name)) {
            Some(name) => name == receiver,
            None => alone,
        };
        if let Some((_, after)) = self.acknowledgements.iter().find(|(name, _)| by(name)) {
            return Outcome::Acknowledged(*after);
        }
        Outcome::Missing(if !shown.silenced_by.is_empty() {
            Missing::Silenced(shown.silenced_by.clone())
        } else if !shown.inhibited_by.is_empty() {
            Missing::Inhibited
        } else if self.acknowledgements.iter().any(|(name, _)| !name.as_deref().is_some_and(is_known)) {
            Missing::Unnamed
        } else {
            Missing::Silence
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    fn board(receivers: &[&str]) -> (Board, String) {
        let sent = [Sent::new("Broken", "http://desk")];
        let nonce = sent[0].nonce.clone();
        let board = Board::new(&sent);
        let receivers = receivers.iter().map(|name| (*name).to_owned()).collect();
        board.learn(&[Shown { nonce: nonce.clone(), receivers, silenced_by: Vec::new(), inhibited_by: Vec::new() }]);
        (board, nonce)
    }

    #[test]
    fn the_only_receiver_needs_no_name() {
        let (board, nonce) = board(&["on-call"]);
        assert!(!board.is_complete());
        assert_eq!(board.acknowledge("another nonce", None, SOON), None);
        assert_eq!(board.acknowledge(&nonce, Some("Ada's telephone"), SOON).as_deref(), Some("Broken"));
        assert!(board.is_complete());
        assert_eq!(board.news(), [("Broken".to_owned(), "on-call".to_owned(), SOON)]);
        assert_eq!(board.news(), [], "told once");
    }

    #[test]
    fn each_of_several_receivers_must_say_who_it_is() {
        let (board, nonce) = board(&["on-call", "manager"]);
        board.acknowledge(&nonce, None, SOON);
        assert!(board.lines().iter().all(|line| line.outcome == Outcome::Missing(Missing::Unnamed)));
        board.acknowledge(&nonce, Some("manager"), SOON);
        assert!(!board.is_complete());
        board.acknowledge(&nonce, Some("on-call"), SOON);
        assert!(board.is_complete());
    }

    #[test]
    fn what_alertmanager_does_not_show_is_missing_whoever_acknowledges_it() {
        let sent = [Sent::new("Broken", "http://desk")];
        let board = Board::new(&sent);
        board.acknowledge(&sent[0].nonce, None, SOON);
        assert_eq!(board.lines()[0].outcome, Outcome::Missing(Missing::NotShown));
    }
}
