//! What was done, by the words of the logs.

use crate::admin::texts::{Said, said};

/// An event of the history of pages and other things, or of the security log.
pub(in crate::admin) fn event(name: &str) -> Said {
    said("event").with("event", name.replace('.', "_"))
}

/// By which way something was done.
pub(in crate::admin) fn way(channel: &str) -> Said {
    said("way").with("channel", channel)
}

/// What something is, as the log of objects names it; or a page.
pub(in crate::admin) fn kind(name: &str) -> Said {
    said("object-kind").with("kind", name)
}
