//! Values that a command reads: a file or standard input, in JSON or TOML.

use std::io::Read as _;

use anyhow::Context as _;
use serde_json::{Map, Value};

/// Longest file of values that a command reads.
const MAX_BYTES: u64 = 8 << 20;

/// The object in `file`, or on standard input for `-`. JSON begins with a brace; anything else is TOML.
pub fn object(file: &str) -> anyhow::Result<Map<String, Value>> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().take(MAX_BYTES + 1).read_to_string(&mut text),
        path => {
            std::fs::File::open(path).with_context(|| path.to_owned())?.take(MAX_BYTES + 1).read_to_string(&mut text)
        }
    };
    read.with_context(|| file.to_owned())?;
    anyhow::ensure!(text.len() as u64 <= MAX_BYTES, "{file}: longer than {MAX_BYTES} bytes");
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).with_context(|| format!("{file}: is not JSON"));
    }
    toml::from_str(&text).with_context(|| format!("{file}: is not TOML"))
}
