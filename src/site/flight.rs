//! One fill per page at a time: whoever asks meanwhile waits for it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::fill::Filled;

type Outcome = Option<Filled>;

/// The fills under way, by key. Bounded by the number of requests in flight.
#[derive(Default)]
pub struct Flights {
    open: Mutex<HashMap<Arc<str>, watch::Receiver<Outcome>>>,
}

/// What a request does about a page that has to be made.
pub enum Turn<'f> {
    /// It makes it.
    Lead(Lead<'f>),
    /// It waits for the one who does.
    Wait(watch::Receiver<Outcome>),
}

/// The one who fills; dropped without landing (its client hung up), the others take a new turn.
pub struct Lead<'f> {
    flights: &'f Flights,
    key: Arc<str>,
    sender: watch::Sender<Outcome>,
}

impl Flights {
    pub fn join(&self, key: &str) -> Turn<'_> {
        let mut open = self.open.lock();
        if let Some(receiver) = open.get(key) {
            return Turn::Wait(receiver.clone());
        }
        let (sender, receiver) = watch::channel(None);
        let key: Arc<str> = key.into();
        open.insert(key.clone(), receiver);
        Turn::Lead(Lead { flights: self, key, sender })
    }
}

impl Lead<'_> {
    pub fn land(self, filled: Filled) {
        // Removed first, so that nobody joins a flight that has landed.
        self.flights.open.lock().remove(&self.key);
        self.sender.send_replace(Some(filled));
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut open = self.flights.open.lock();
        let mine = open.get(&self.key).is_some_and(|receiver| receiver.same_channel(&self.sender.subscribe()));
        if mine {
            open.remove(&self.key);
        }
    }
}

/// The outcome of another request's fill; `None` when it was abandoned.
pub async fn wait(mut receiver: watch::Receiver<Outcome>) -> Option<Filled> {
    receiver.wait_for(Option::is_some).await.ok()?.clone()
}
