//! Integration tests, in one binary: the real server, on both databases, through its front doors.

#[path = "../support/mod.rs"]
mod support;

mod cache;
mod pages;
mod sql;
