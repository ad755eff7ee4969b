//! How many pages the lists hold: counted once, and again only after the list changed.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::content::change::Tag;

/// Lists whose totals are remembered; then all are forgotten.
const MAX_LISTS: usize = 4_096;

/// Totals by the tag of their list.
#[derive(Default)]
pub struct Totals(Mutex<Known>);

#[derive(Default)]
struct Known {
    totals: HashMap<Tag, i64>,
    /// Changes so far: what was counted before the latest one may be old.
    changes: u64,
}

impl Totals {
    pub fn find(&self, list: &Tag) -> Option<i64> {
        self.0.lock().totals.get(list).copied()
    }

    /// To be called before counting.
    pub fn begin(&self) -> u64 {
        self.0.lock().changes
    }

    /// Remembers a total, unless something changed since `began`.
    pub fn remember(&self, list: Tag, total: i64, began: u64) {
        let mut known = self.0.lock();
        if known.changes != began {
            return;
        }
        if known.totals.len() >= MAX_LISTS {
            known.totals.clear();
        }
        known.totals.insert(list, total);
    }

    /// Forgets what a change touches. A change of whole subtrees, or of everything, forgets all.
    pub fn purge(&self, tags: &[Tag]) {
        let mut known = self.0.lock();
        known.changes += 1;
        for tag in tags {
            match tag {
                Tag::Children(_) | Tag::List(_) => {
                    known.totals.remove(tag);
                }
                Tag::Page(_)
                | Tag::Summary(_)
                | Tag::Link(_)
                | Tag::Address(_)
                | Tag::Type(_)
                | Tag::Menu
                | Tag::Gone(_) => {}
                Tag::Snippet(_) | Tag::Image(_) | Tag::Document(_) | Tag::Setting(_) | Tag::Embed(_) => {}
                _ => known.totals.clear(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_forgotten_with_its_list() {
        let totals = Totals::default();
        let (one, other) = (Tag::Children(1), Tag::List("1/tags/sea".into()));
        totals.remember(one.clone(), 10, totals.begin());
        totals.remember(other.clone(), 3, totals.begin());
        totals.purge(&[Tag::Page(5), one.clone()]);
        assert_eq!((totals.find(&one), totals.find(&other)), (None, Some(3)));
        let began = totals.begin();
        totals.purge(&[Tag::Page(5)]);
        totals.remember(one.clone(), 11, began);
        assert_eq!(totals.find(&one), None, "it was counted before a change");
        totals.purge(&[Tag::All]);
        assert_eq!(totals.find(&other), None);
    }
}
