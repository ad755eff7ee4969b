//! Vitrine: a CMS and REST API server that measures each request and each query by construction.
//!
//! # The map, in reading order
//! - [`config`]: defaults < `vitrine.toml` < environment < flags, with the origin of every value.
//! - [`telemetry`]: every metric family in one table, logs, traces; nothing else writes any.
//! - [`words`]: closed sets of words. [`keys`]: what the server signs. [`hashing`]: passwords. [`flight`]: work that several wait for is done once.
//! - [`db`]: named queries and transactions on SQLite and PostgreSQL.
//! - [`render`]: templates and rich text.
//! - [`jobs`]: work in the background, from a durable queue.
//! - [`content`]: types, the page tree, drafts and revisions, snippets, tags.
//! - [`media`]: images and documents, from upload to rendition.
//! - [`accounts`]: who signs in, what they may do, and the log of it.
//! - [`backup`]: the database and the files, kept elsewhere and brought back.
//! - [`drill`]: every critical alert, sent for practice. [`fault`]: failures on purpose, for practice too.
//! - [`bundle`]: rules and dashboards, checked against the families.
//! - [`outgoing`]: asking other servers, with limits. [`cdn`]: what changed is taken out of the cache in front.
//! - [`redis`]: what nodes share beside the database. [`mail`]: mail that goes out. [`permit`]: rights that take
//!   accounts and content to tell.
//! - [`webhooks`]: what happens, told to programs.
//! - [`bulk`]: work on many pages or files at once. [`import`]: moving in from other systems.
//! - [`transfer`]: a whole site as readable files, and back.
//! - [`app`]: what every part shares. [`http`]: the layers of a request.
//! - [`site`]: the public site. [`api`]: the API for programs. [`admin`]: the editor in the browser. [`ops`]: the
//!   operations pages.
//! - [`serve`]: listeners, signals, drain. [`cli`]: the commands.
//!
//! # A request
//! `serve::listener` accepts → `http::stack` measures, checks host and limits → `site::pages` answers from the page
//! cache, or renders once for all who wait → `http::measure` records it with the last byte.
//!
//! # Invariants
//! - No SQL runs without a name, and none outside [`db`]'s measured calls.
//! - No answer leaves, and no client hangs up, unmeasured: `http::stack` is outermost.
//! - Labels come from closed sets; a path or a user's input never becomes one.
//! - A page is served stale only when a new one cannot be made, and never after it was taken off the site.
//! - Imports point down the list above; `tests/tidy.rs` checks it.

pub mod accounts;
pub mod admin;
pub mod api;
pub mod app;
pub mod backup;
pub mod bulk;
pub mod bundle;
pub mod cdn;
pub mod cli;
pub mod clock;
pub mod config;
pub mod content;
pub mod db;
pub mod drill;
pub mod fault;
pub mod flight;
pub mod hashing;
pub mod http;
pub mod import;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod media;
pub mod ops;
pub mod outgoing;
pub mod permit;
pub mod redis;
pub mod render;
pub mod serve;
pub mod site;
pub mod telemetry;
pub mod transfer;
pub mod webhooks;
pub mod words;
