//! What kind of request matched nothing: scanners are told apart from broken links, without a label per path.

use crate::telemetry::label::UnmatchedClass;

/// What automated scanners ask for, and this product never serves.
const SCANNED: [&str; 14] = [
    ".php",
    "/wp-",
    "/.env",
    "/.git",
    "/cgi-bin",
    "/.aws",
    ".asp",
    ".jsp",
    "/phpmyadmin",
    "/actuator",
    "/vendor/",
    "..",
    "%2e%2e",
    "/.svn",
];
const ASSETS: [&str; 12] =
    [".css", ".js", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".woff2", ".txt"];

pub fn classify(path: &str) -> UnmatchedClass {
    let path = path.to_ascii_lowercase();
    if SCANNED.iter().any(|sign| path.contains(sign)) {
        UnmatchedClass::Scanner
    } else if ASSETS.iter().any(|extension| path.ends_with(extension)) {
        UnmatchedClass::Asset
    } else {
        UnmatchedClass::Other
    }
}
