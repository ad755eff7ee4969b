//! The last errors, grouped by what they say and where: what /ops shows of an incident without a log search.

use parking_lot::Mutex;

use super::scope::Scope;
use super::{Finished, Telemetry, TraceContext};
use crate::clock::Micros;

/// Different errors that are remembered; beyond them, the one that was seen least recently goes.
const MAX_GROUPS: usize = 64;
const MAX_CLASS_CHARACTERS: usize = 120;

/// Errors that are alike.
#[derive(Clone, Debug)]
pub struct ErrorGroup {
    /// The message of the program, without values.
    pub class: String,
    /// Empty outside of a request.
    pub route: &'static str,
    pub count: u64,
    pub first: Micros,
    pub last: Micros,
    /// Of the last one; empty outside of a request.
    pub trace_id: String,
}

#[derive(Default)]
pub struct Errors(Mutex<Vec<ErrorGroup>>);

impl Errors {
    pub(super) fn note(&self, class: String, route: &'static str, trace_id: &str) {
        let class: String = class.chars().take(MAX_CLASS_CHARACTERS).collect();
        let now = Micros::now();
        let mut groups = self.0.lock();
        if let Some(known) = groups.iter_mut().find(|group| group.class == class && group.route == route) {
            known.count += 1;
            known.last = now;
            trace_id.clone_into(&mut known.trace_id);
            return;
        }
        if groups.len() == MAX_GROUPS
            && let Some(oldest) = (0..groups.len()).min_by_key(|at| groups[*at].last)
        {
            groups.swap_remove(oldest);
        }
        groups.push(ErrorGroup { class, route, count: 1, first: now, last: now, trace_id: trace_id.to_owned() });
    }

    /// What was seen, the most recent first.
    pub fn list(&self) -> Vec<ErrorGroup> {
        let mut groups = self.0.lock().clone();
        groups.sort_by_key(|group| std::cmp::Reverse(group.last));
        groups
    }
}

impl Telemetry {
    /// Notes a request that the server failed.
    pub(crate) fn note_error(&self, of: &Finished, trace: &TraceContext, scope: Option<&Scope>) {
        if !self.enabled || !of.status.is_server_error() {
            return;
        }
        let class = scope.and_then(Scope::first_error).unwrap_or_else(|| match of.failure.as_str() {
            "" => format!("answered with {}", of.status.as_u16()),
            failure => format!("{failure}, answered with {}", of.status.as_u16()),
        });
        self.errors.note(class, of.route.as_str(), trace.trace_id());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_errors_are_one_group_and_the_oldest_goes() {
        let errors = Errors::default();
        errors.note("a page failed".into(), "/{*path}", "1");
        errors.note("a page failed".into(), "/{*path}", "2");
        errors.note("a page failed".into(), "/search/", "3");
        let listed = errors.list();
        assert_eq!(listed.len(), 2);
        let page = listed.iter().find(|group| group.route == "/{*path}").expect("there");
        assert_eq!((page.count, page.trace_id.as_str()), (2, "2"));
        (0..MAX_GROUPS).for_each(|number| errors.note(format!("error {number}"), "", ""));
        assert_eq!(errors.list().len(), MAX_GROUPS);
        assert!(errors.list().iter().all(|group| group.class != "a page failed"), "seen least recently");
    }
}
