//! Integration tests, in one binary: the real server, on both databases, through its front doors.

#[path = "../support/mod.rs"]
mod support;

mod blocks;
mod budgets;
mod cache;
mod cli;
mod cli_page;
mod content;
mod dev;
mod documents;
mod edge;
mod embeds;
mod faults;
mod hostile;
mod markdown;
mod media;
mod overload;
mod pages;
mod panics;
mod privacy;
mod redirects;
mod references;
mod renditions;
mod rich_text;
mod search;
mod search_page;
mod search_ranking;
mod search_rebuild;
mod settings;
mod sites;
mod snippets;
mod sql;
mod survival;
mod tags;
mod telemetry;
mod translations;
mod tree;
mod tree_alias;
mod tree_copy;
mod tree_model;
mod tree_operation;
mod tree_positions;
mod tree_privacy;
mod tree_trash;
mod uploads;
