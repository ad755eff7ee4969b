//! Host names and patterns: what a browser may send as `Host`, and where mail goes.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value as Json;

use super::list::List;

impl List for Vec<String> {
    const KIND: &'static str = "list of hosts";

    fn of(items: Vec<&str>) -> Result<Self, String> {
        items.into_iter().map(host_pattern).collect()
    }

    fn show(&self) -> Json {
        self.clone().into()
    }
}

/// With no host every request would be refused.
pub(crate) fn some_hosts(hosts: &[String]) -> Result<(), String> {
    if hosts.is_empty() {
        return Err("no host is allowed: name at least one, or \"*\" for any".to_owned());
    }
    Ok(())
}

/// `Name <local@host>`, or the address alone.
pub(crate) fn sender(text: &str) -> Result<(), String> {
    let address = text.rsplit_once('<').map_or(text, |(_, rest)| rest.strip_suffix('>').unwrap_or_default()).trim();
    let plain = !address.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    match address.split_once('@') {
        Some((local, host)) if plain && !local.is_empty() && !host.is_empty() && !host.contains('@') => Ok(()),
        _ => Err("must be an address such as Vitrine <cms@example.org>".to_owned()),
    }
}

/// A mail server's name: empty, a host name, or an IP address.
pub(crate) fn host_name(host: &str) -> Result<(), String> {
    if host.is_empty() || is_name(host) || host.parse::<Ipv6Addr>().is_ok() {
        return Ok(());
    }
    Err(format!("{host:?} is not a host name (give it without scheme and port)"))
}

/// `*`, `.example.com`, `example.com`, `192.0.2.1` or `[2001:db8::1]`, in lower case.
fn host_pattern(text: &str) -> Result<String, String> {
    let host = text.to_ascii_lowercase();
    let name = host.strip_prefix('.').unwrap_or(&host);
    if host == "*" || is_name(name) || is_bracketed_v6(name) && name == host {
        return Ok(host);
    }
    let hint = if let Some(domain) = host.strip_prefix("*.").filter(|domain| is_name(domain)) {
        format!("; for its subdomains write \".{domain}\"")
    } else if host.parse::<Ipv6Addr>().is_ok() {
        format!("; write \"[{host}]\"")
    } else if host.contains("://") || host.contains('/') {
        "; give it without scheme and path".to_owned()
    } else if host.rsplit_once(':').is_some_and(|(name, _)| is_name(name) || is_bracketed_v6(name)) {
        "; give it without port".to_owned()
    } else if !host.is_ascii() {
        "; write an international name in its xn-- form".to_owned()
    } else {
        String::new()
    };
    Err(format!("{text:?} is not a host{hint}"))
}

fn is_bracketed_v6(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// RFC 1123 labels, with the underscore that container networks use; or an IPv4 address.
pub(crate) fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let looks_like_v4 = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if looks_like_v4 {
        return text.parse::<Ipv4Addr>().is_ok();
    }
    text.len() <= 253 && text.split('.').all(label)
}
