//! Work that several wait for is done once: whoever asks for the same thing meanwhile gets the same outcome.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

type Open<T> = Mutex<HashMap<Arc<str>, watch::Receiver<Option<T>>>>;

/// The work under way, by key. Bounded by the number of those who ask.
pub struct Flights<T> {
    open: Arc<Open<T>>,
}

/// What somebody does about the thing that has to be made.
pub enum Turn<T> {
    /// Makes it.
    Lead(Lead<T>),
    /// Waits for the one who does.
    Wait(watch::Receiver<Option<T>>),
}

/// The one who makes it; dropped without landing (its client hung up), the others take a new turn.
pub struct Lead<T> {
    open: Arc<Open<T>>,
    key: Arc<str>,
    sender: watch::Sender<Option<T>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { open: Arc::default() }
    }
}

impl<T> Flights<T> {
    pub fn join(&self, key: &str) -> Turn<T> {
        let mut open = self.open.lock();
        if let Some(receiver) = open.get(key) {
            return Turn::Wait(receiver.clone());
        }
        let (sender, receiver) = watch::channel(None);
        let key: Arc<str> = key.into();
        open.insert(key.clone(), receiver);
        Turn::Lead(Lead { open: self.open.clone(), key, sender })
    }
}

impl<T> Lead<T> {
    pub fn land(self, outcome: T) {
        // Removed first, so that nobody joins a flight that has landed.
        self.open.lock().remove(&self.key);
        self.sender.send_replace(Some(outcome));
    }
}

impl<T> Drop for Lead<T> {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        let mine = open.get(&self.key).is_some_and(|receiver| receiver.same_channel(&self.sender.subscribe()));
        if mine {
            open.remove(&self.key);
        }
    }
}

/// The outcome of another one's work; `None` when it was abandoned.
pub async fn wait<T: Clone>(mut receiver: watch::Receiver<Option<T>>) -> Option<T> {
    receiver.wait_for(Option::is_some).await.ok()?.clone()
}
