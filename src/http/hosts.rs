//! Which `Host` a request may name: Django's ALLOWED_HOSTS, so that a forged host never
//! reaches a link, a redirect or a cache key.

/// The parsed `server.allowed_hosts`.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts {
    any: bool,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Exact(Box<str>),
    /// Stored with its leading dot.
    Domain(Box<str>),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "server.allowed_hosts: \"{0}\" is not a host; write example.com, .example.com (with subdomains), an IP address, [::1] or *, without scheme, port or path"
)]
pub struct HostPatternError(String);

impl AllowedHosts {
    /// # Errors
    /// Names the first entry that is not a host.
    pub fn parse<T: AsRef<str>>(entries: &[T]) -> Result<Self, HostPatternError> {
        let mut allowed = Self::default();
        for entry in entries {
            let text = entry.as_ref().trim();
            if text == "*" {
                allowed.any = true;
                continue;
            }
            let refused = || HostPatternError(text.to_owned());
            let lower = text.to_ascii_lowercase();
            // A bare IPv6 address is what people write; `Host` has it in brackets.
            let lower = if lower.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{lower}]") } else { lower };
            let (name, domain) = match lower.strip_prefix('.') {
                Some(rest) => (rest, true),
                None => (lower.as_str(), false),
            };
            let host = split_host(name).filter(|host| *host == name).ok_or_else(refused)?;
            allowed.patterns.push(if domain {
                Pattern::Domain(lower.as_str().into())
            } else {
                Pattern::Exact(host.into())
            });
        }
        Ok(allowed)
    }

    /// Whether a `Host` header (port and trailing dot ignored) is allowed. Malformed ones are not,
    /// not even by `*`.
    pub fn allows(&self, host: &str) -> bool {
        let Some(name) = split_host(host) else {
            return false;
        };
        self.any || self.patterns.iter().any(|pattern| pattern.matches(name))
    }
}

impl Pattern {
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => name.eq_ignore_ascii_case(exact),
            Self::Domain(dotted) => {
                name.eq_ignore_ascii_case(&dotted[1..])
                    || name
                        .len()
                        .checked_sub(dotted.len())
                        .is_some_and(|at| at > 0 && name.as_bytes()[at..].eq_ignore_ascii_case(dotted.as_bytes()))
            }
        }
    }
}

/// The name of a well-formed `host[:port]`, without the port and one trailing dot; IPv6 keeps
/// its brackets.
pub fn split_host(host: &str) -> Option<&str> {
    let (name, port) = if host.starts_with('[') {
        let end = host.find(']')?;
        let (name, rest) = host.split_at(end + 1);
        name[1..end].parse::<std::net::Ipv6Addr>().ok()?;
        (name, rest)
    } else {
        let name = match host.find(':') {
            Some(colon) => &host[..colon],
            None => host,
        };
        (name, &host[name.len()..])
    };
    if !port.is_empty() {
        let digits = port.strip_prefix(':')?;
        if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    if name.starts_with('[') {
        return Some(name);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    // Django refuses underscores; service names in containers have them, and they do no harm.
    let well_formed = !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| !label.is_empty())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    well_formed.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allowed(entries: &[&str]) -> AllowedHosts {
        AllowedHosts::parse(entries).expect("hosts")
    }

    #[test]
    fn case_port_and_trailing_dot_are_ignored() {
        let hosts = allowed(&["Example.com"]);
        for host in ["example.com", "EXAMPLE.COM", "example.com:8000", "example.com.", "example.com.:443"] {
            assert!(hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn other_hosts_and_subdomains_of_a_plain_entry_are_refused() {
        let hosts = allowed(&["example.com"]);
        for host in ["www.example.com", "example.org", "notexample.com", "example.com.evil.org", ""] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn a_leading_dot_allows_the_domain_and_its_subdomains() {
        let hosts = allowed(&[".example.com"]);
        assert!(hosts.allows("example.com") && hosts.allows("a.b.Example.com:80"));
        assert!(!hosts.allows("notexample.com") && !hosts.allows(".example.com"));
    }

    #[test]
    fn a_star_allows_every_well_formed_host_only() {
        let hosts = allowed(&["*"]);
        assert!(hosts.allows("anything.test") && hosts.allows("[2001:db8::1]:8000") && hosts.allows("10.0.0.1"));
        for host in [
            "a b", "a/b", "user@a", "a:80:80", "a:x", "a:", "[::1", "[nope]", "[::1]x", "a..b", "ä.de", "a\\b", "a,b",
            "",
        ] {
            assert!(!hosts.allows(host), "{host}");
        }
    }

    #[test]
    fn ipv6_is_written_with_or_without_brackets() {
        for entry in ["[::1]", "::1"] {
            assert!(allowed(&[entry]).allows("[::1]:8000"), "{entry}");
        }
    }

    #[test]
    fn nothing_is_allowed_without_entries() {
        assert!(!AllowedHosts::default().allows("localhost"));
    }

    #[test]
    fn an_entry_with_a_scheme_port_or_path_is_refused_by_name() {
        for entry in ["https://example.com", "example.com:80", "example.com/", "", ".", "*.example.com"] {
            let error = AllowedHosts::parse(&[entry]).expect_err(entry).to_string();
            assert!(error.contains(&format!("\"{entry}\"")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_host_makes_it_panic(host in "\\PC{0,40}") {
            let _ = allowed(&[".example.com", "[::1]"]).allows(&host);
            let _ = AllowedHosts::parse(&[host]);
        }
    }
}
