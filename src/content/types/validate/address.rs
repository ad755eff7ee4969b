//! Whether a text can be an e-mail address or a web address. Sensible, not RFC-complete: what is refused
//! would not work for a reader who clicks it.

const MAX_EMAIL_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

pub(in crate::content) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_atom = |character: char| character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character);
    let local_fits = !local.is_empty()
        && local.len() <= MAX_LOCAL_BYTES
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    text.len() <= MAX_EMAIL_BYTES && local_fits && domain.contains('.') && is_host_name(domain)
}

/// An absolute `http` or `https` address with a host.
pub(in crate::content) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return false;
    }
    if text.chars().any(|character| character.is_whitespace() || character.is_control() || "<>\"\\".contains(character))
    {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(literal) = host_and_port.strip_prefix('[') {
        return literal.split_once(']').is_some_and(|(address, port)| {
            address.parse::<std::net::Ipv6Addr>().is_ok()
                && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        });
    }
    match host_and_port.split_once(':') {
        Some((host, port)) => is_host_name(host) && is_port(port),
        None => is_host_name(host_and_port),
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn is_host_name(host: &str) -> bool {
    host.strip_suffix('.').unwrap_or(host).split('.').all(|label| {
        !label.is_empty()
            && label.len() <= MAX_LABEL_BYTES
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_work_are_accepted() {
        for email in ["a@example.com", "a.b+c@sub.example.co.uk", "maren@værft.no"] {
            assert!(is_email(email), "{email}");
        }
        for url in [
            "https://example.com",
            "HTTP://example.com:8080/a?b=c#d",
            "https://user@münchen.de/",
            "http://localhost/",
            "https://[::1]:8000/",
        ] {
            assert!(is_url(url), "{url}");
        }
    }

    #[test]
    fn addresses_that_cannot_work_are_refused() {
        for email in [
            "",
            "a",
            "@example.com",
            "a@",
            "a@b",
            "a b@example.com",
            "a..b@example.com",
            "a@example..com",
            "a@-x.com",
            "a@x.com\n",
        ] {
            assert!(!is_email(email), "{email}");
        }
        for url in [
            "",
            "example.com",
            "//example.com",
            "javascript://x",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://a b",
            "https://x:99999/",
            "https://[::g]/",
            "https://x/\"onclick",
        ] {
            assert!(!is_url(url), "{url}");
        }
    }
}
