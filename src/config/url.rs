//! Just enough of URLs (RFC 3986) to check, build and redact the few that are settings.
//! Messages never quote a URL that may hold a password.

use std::fmt::Write as _;
use std::net::Ipv6Addr;
use std::path::Path;

use super::host::is_name;
use super::hosts::DatabaseHosts;
use super::secret::SecretUrl;

/// `scheme://user@host:port/rest`
pub(super) struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    /// Path, query and fragment, each with its first character.
    pub(super) rest: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, String> {
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err("a URL cannot hold blanks or control characters".to_owned());
    }
    let (scheme, after) = text.split_once("://").ok_or_else(|| "a URL begins with a scheme and ://".to_owned())?;
    let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = match place.find(']') {
        Some(end) => place.split_at(end + 1),
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Err("the port is not a number from 1 to 65535 (special characters in a password \
                    are written as %XX)"
            .to_owned());
    }
    if user.is_some_and(|user| user.contains('@') || !is_percent_encoded(user)) {
        return Err("special characters in a user name or password are written as %XX".to_owned());
    }
    Ok(Parts { scheme, user, host, rest })
}

/// Every `%` is followed by two hexadecimal digits.
fn is_percent_encoded(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit()))
}

fn is_host(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    is_name(host) || v6.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

pub(super) fn web_url<'a>(text: &'a str, example: &str) -> Result<Parts<'a>, String> {
    let parts = split(text).map_err(|message| format!("{message}; expected {example}"))?;
    if !matches!(parts.scheme, "http" | "https") || !is_host(parts.host) {
        return Err(format!("expected {example}"));
    }
    if parts.user.is_some() {
        return Err("a user name or password is not accepted here".to_owned());
    }
    Ok(parts)
}

/// `https://example.com`, without a path.
pub(crate) fn site_origin(text: &str) -> Result<(), String> {
    if text.is_empty() || web_url(text, "a URL such as https://example.com")?.rest.is_empty() {
        return Ok(());
    }
    Err("give scheme, host and port only, without a slash at the end".to_owned())
}

/// `http://127.0.0.1:4318`, with or without a path.
pub(crate) fn collector_url(text: &str) -> Result<(), String> {
    if !text.is_empty() {
        web_url(text, "a URL such as http://127.0.0.1:4318")?;
    }
    Ok(())
}

/// `http://localhost:5173`, without a path.
pub(crate) fn dev_server_url(text: &str) -> Result<(), String> {
    let example = "a URL such as http://localhost:5173";
    if text.is_empty() {
        return Ok(());
    }
    let parts = web_url(text, example)?;
    if parts.scheme == "http" && matches!(parts.rest, "" | "/") { Ok(()) } else { Err(format!("expected {example}")) }
}

/// `http://127.0.0.1:9093`, with or without a path.
pub(crate) fn alertmanager_url(text: &str) -> Result<(), String> {
    web_url(text, "a URL such as http://127.0.0.1:9093").map(|_| ())
}

/// `https://vitrine.example/drill`, with or without a path.
pub(crate) fn acknowledge_url(text: &str) -> Result<(), String> {
    if !text.is_empty() {
        web_url(text, "a URL such as https://vitrine.example/drill")?;
    }
    Ok(())
}

/// `http://10.0.0.5:6081`, with or without a path.
pub(crate) fn server_url(text: &str) -> Result<(), String> {
    let parts = web_url(text, "a URL such as http://10.0.0.5:6081")?;
    if parts.rest.contains(['?', '#']) { Err("a query or a fragment is not accepted here".to_owned()) } else { Ok(()) }
}

/// A part of a path, as providers name what is theirs; may be empty.
pub(crate) fn provider_id(text: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(format!("expected letters and digits alone, found {text:?}"))
}

/// `sqlite:PATH`, or PostgreSQL with hosts or a `host=` parameter.
pub(crate) fn database_url(url: &SecretUrl) -> Result<(), String> {
    let text = url.expose();
    if text.is_empty() {
        return Ok(());
    }
    if let Some(path) = text.strip_prefix("sqlite:") {
        return if path.trim_start_matches('/').is_empty() || path.starts_with('?') {
            Err("the path of the SQLite file is missing".to_owned())
        } else {
            Ok(())
        };
    }
    DatabaseHosts::parse(url)?.urls.iter().try_for_each(|url| postgres_url(url.expose()))
}

fn postgres_url(text: &str) -> Result<(), String> {
    const EXPECTED: &str = "expected sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME";
    let parts = split(text).map_err(|message| format!("{message}; {EXPECTED}"))?;
    if !matches!(parts.scheme, "postgres" | "postgresql") {
        return Err(EXPECTED.to_owned());
    }
    let (path, query) = parts.rest.split_once('?').unwrap_or((parts.rest, ""));
    if path.contains('@') {
        return Err("special characters in a user name or password are written as %XX".to_owned());
    }
    let socket = parts.host.starts_with("%2F") || parts.host.starts_with("%2f");
    let elsewhere = parts.host.is_empty() && query.split('&').any(|pair| pair.starts_with("host="));
    if socket || elsewhere || is_host(parts.host) {
        return Ok(());
    }
    Err(format!("the host is missing or wrong; {EXPECTED}"))
}

/// `redis://` or, with TLS, `rediss://`.
pub(crate) fn redis_url(url: &SecretUrl) -> Result<(), String> {
    const EXPECTED: &str = "expected redis://USER:PASSWORD@HOST:PORT/DB or rediss://…";
    if url.is_empty() {
        return Ok(());
    }
    let parts = split(url.expose()).map_err(|message| format!("{message}; {EXPECTED}"))?;
    if matches!(parts.scheme, "redis" | "rediss") && is_host(parts.host) {
        return Ok(());
    }
    Err(EXPECTED.to_owned())
}

/// The URL without its password: between the first colon and the last `@` of everything behind the
/// scheme (too much rather than too little), and in parameters that are named like one.
pub(crate) fn redact(url: &str) -> String {
    let Some((scheme, after)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (user, place) = match after.rsplit_once('@') {
        None => (String::new(), after),
        Some((user, place)) => match user.split_once(':') {
            Some((name, _)) => (format!("{name}:[redacted]@"), place),
            None => (format!("{user}@"), place),
        },
    };
    format!("{scheme}://{user}{}", redact_parameters(place))
}

fn redact_parameters(place: &str) -> String {
    let Some((path, query)) = place.split_once('?') else {
        return place.to_owned();
    };
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => {
                format!("{name}=[redacted]")
            }
            _ => pair.to_owned(),
        })
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Encodes all but RFC 3986's unreserved characters.
pub(crate) fn percent_encode(text: &str) -> String {
    encode_except(text, b"-._~")
}

/// `sqlite:PATH`; only what the driver would read as a parameter is encoded.
pub(crate) fn sqlite_file(path: &Path) -> SecretUrl {
    let path = path.to_string_lossy();
    let mut encoded = String::with_capacity(path.len());
    for letter in path.chars() {
        match letter {
            '%' | '?' | '#' => write!(encoded, "%{:02X}", u32::from(letter)).expect("writing to a String cannot fail"),
            _ => encoded.push(letter),
        }
    }
    SecretUrl::new(format!("sqlite:{encoded}"))
}

fn encode_except(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    encoded
}
