//! Sizes against Wagtail's own.
