//! Places for streams that go on: so many in all, and so many for one caller.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::api::limits::Key;

pub(in crate::api) struct Places {
    max: usize,
    max_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_key: HashMap<Key, usize>,
}

/// A place that is free again when this goes.
pub(super) struct Place {
    places: Arc<Places>,
    key: Key,
}

impl Places {
    pub(in crate::api) fn new(max: usize, max_of_one: usize) -> Arc<Self> {
        Arc::new(Self { max, max_of_one, taken: Mutex::default() })
    }

    /// `None` when there is none left.
    pub(super) fn take(self: &Arc<Self>, key: Key) -> Option<Place> {
        let mut taken = self.taken.lock();
        let of_one = taken.by_key.get(&key).copied().unwrap_or(0);
        if taken.all >= self.max || of_one >= self.max_of_one {
            return None;
        }
        taken.all += 1;
        taken.by_key.insert(key, of_one + 1);
        Some(Place { places: self.clone(), key })
    }

    pub(super) fn taken(&self) -> usize {
        self.taken.lock().all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        taken.all -= 1;
        if let Some(count) = taken.by_key.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.by_key.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_for_each_caller_and_come_back() {
        let network = |text: &str| Key::of_network(text.parse().expect("an address"));
        let places = Places::new(3, 2);
        let mut first = vec![places.take(network("192.0.2.1")), places.take(network("192.0.2.1"))];
        assert!(places.take(network("192.0.2.1")).is_none() && first.iter().all(Option::is_some));
        let other = places.take(network("192.0.2.2"));
        assert!(other.is_some() && places.take(network("192.0.2.3")).is_none());
        first.pop();
        assert!(places.take(network("192.0.2.1")).is_some());
        drop((first, other));
        assert_eq!((places.taken(), places.taken.lock().by_key.len()), (0, 0));
    }
}
