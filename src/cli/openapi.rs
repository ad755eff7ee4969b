//! `vitrine openapi`: the description of the API, for generators of clients.

use std::process::ExitCode;

use super::{print_text, types};
use crate::api::openapi::{self, Reader};
use crate::config::Loaded;

/// Prints all of it, with the fields that only some may set.
pub fn run(loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let document = openapi::document(&types(&loaded.config)?, Reader::SignedIn);
    print_text(&format!("{document:#}\n"))
}
