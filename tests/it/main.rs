//! Integration tests, in one binary: the real server, on both databases, through its front doors.

#[path = "../support/mod.rs"]
mod support;

mod cache;
mod content;
mod edge;
mod hostile;
mod overload;
mod pages;
mod sql;
mod telemetry;
mod tree;
