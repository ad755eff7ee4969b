//! Old addresses in the one form that they are stored and looked for in: Wagtail's `Redirect.normalise_path`, with
//! percent-encoding undone where that is safe.

use std::borrow::Cow;

/// Longest old address, in bytes: PostgreSQL's indexes hold 2,704.
pub const MAX_BYTES: usize = 2_000;
/// Levels above an address that are looked at for a redirect of a whole subtree.
const MAX_LEVELS: usize = 64;

/// No slash at the end, parameters and parts of the query in order, scheme and host left out; case is kept.
/// `None` for what is no address: empty, too long, or with a control character.
pub fn normalise(text: &str) -> Option<String> {
    let text = text.trim_matches(|edge: char| edge.is_ascii_whitespace());
    if text.is_empty() || text.contains(char::is_control) {
        return None;
    }
    let text = text.split('#').next().unwrap_or_default();
    let (path, query) = text.split_once('?').map_or((text, ""), |(path, query)| (path, query));
    let (path, parameters) = split_parameters(behind_host(path));
    let mut address = String::with_capacity(text.len() + 1);
    address.push('/');
    address.push_str(&decode(path.trim_start_matches('/')));
    while address.len() > 1 && address.ends_with('/') {
        address.pop();
    }
    for (sign, list, separator) in [(';', parameters, ';'), ('?', query, '&')] {
        let list = list.replace(' ', "%20");
        let mut parts: Vec<&str> = list.split(separator).collect();
        parts.sort_unstable();
        let parts = parts.join(separator.encode_utf8(&mut [0; 4]));
        if !parts.is_empty() {
            address.push(sign);
            address.push_str(&parts);
        }
    }
    (address.len() <= MAX_BYTES && !address.contains(char::is_control)).then_some(address)
}

/// `https://example.com/a` -> `/a`.
fn behind_host(path: &str) -> &str {
    let scheme = |scheme: &str| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    let absolute = path.split_once("://").filter(|(before, _)| scheme(before)).map(|(_, after)| after);
    let after = absolute.or_else(|| path.strip_prefix("//"));
    after.map_or(path, |after| after.find('/').map_or("/", |slash| &after[slash..]))
}

/// Parameters are those of the last segment: `/a;v=1`.
fn split_parameters(path: &str) -> (&str, &str) {
    let last = path.rfind('/').map_or(0, |slash| slash + 1);
    path[last..].find(';').map_or((path, ""), |at| (&path[..last + at], &path[last + at + 1..]))
}

/// Undoes percent-encoding where nothing else would be meant then: spaces and separators stay encoded, and so does
/// what is not UTF-8.
fn decode(path: &str) -> Cow<'_, str> {
    if !path.contains(['%', ' ', ';']) {
        return Cow::Borrowed(path);
    }
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|digits| *byte == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(b' ' | b'/' | b'?' | b'#' | b'%' | b';' | 0..=0x1f | 0x7f) => {
                out.push(b'%');
                out.extend(after[..2].to_ascii_uppercase());
                rest = &after[2..];
            }
            Some(decoded) => {
                out.push(decoded);
                rest = &after[2..];
            }
            None if matches!(byte, b' ' | b';') => {
                out.extend(format!("%{byte:02X}").into_bytes());
                rest = after;
            }
            _ => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    Cow::Owned(String::from_utf8(out).unwrap_or_else(|_| path.replace(' ', "%20").replace(';', "%3B")))
}

/// What a redirect may be stored under for an address: with its query, without, and every level above.
#[derive(Debug, PartialEq, Eq)]
pub struct Candidates {
    /// With query and parameters.
    pub full: String,
    /// Without.
    pub path: String,
    pub above: Vec<String>,
}

impl Candidates {
    /// `address`: normalised.
    pub fn of(address: &str) -> Self {
        let end = address.find('?').unwrap_or(address.len());
        let path = split_parameters(&address[..end]).0;
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let mut above: Vec<String> = path.match_indices('/').skip(1).map(|(at, _)| path[..at].to_owned()).collect();
        above.truncate(MAX_LEVELS);
        if path != "/" {
            above.push("/".to_owned());
        }
        Self { full: address.to_owned(), path: path.to_owned(), above }
    }

    pub fn all(&self) -> Vec<String> {
        let mut all = self.above.clone();
        all.extend([self.path.clone(), self.full.clone()]);
        all.dedup();
        all
    }
}

/// What `path` has below `above`, without a slash at the beginning: `/a/b/c` below `/a` is `b/c`.
pub fn below<'p>(above: &str, path: &'p str) -> &'p str {
    path.strip_prefix(above).map_or("", |rest| rest.trim_start_matches('/'))
}

/// An address with a place below it: in front of its query and fragment.
pub fn extend(url: &str, below: &str) -> String {
    if below.is_empty() {
        return url.to_owned();
    }
    let (path, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    format!("{}/{below}{rest}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_normalised_as_in_wagtail() {
        // From Wagtail's own tests of normalise_path, and a few more.
        for (given, expected) in [
            (
                "/Hello/world.html;fizz=three;buzz=five?foo=Bar&Baz=quux2",
                "/Hello/world.html;buzz=five;fizz=three?Baz=quux2&foo=Bar",
            ),
            (
                "/Hello/world.html;buzz=five;fizz=three?Baz=quux2&foo=Bar",
                "/Hello/world.html;buzz=five;fizz=three?Baz=quux2&foo=Bar",
            ),
            (
                "http://mywebsite.com:8000/Hello/world.html;fizz=three;buzz=five?foo=Bar&Baz=quux2",
                "/Hello/world.html;buzz=five;fizz=three?Baz=quux2&foo=Bar",
            ),
            ("Hello/world.html", "/Hello/world.html"),
            ("/Hello/world.html/#cool", "/Hello/world.html"),
            ("  /about/  ", "/about"),
            ("/", "/"),
            ("//old.test", "/"),
            ("/?b=2&a=1", "/?a=1&b=2"),
            ("/gr%C3%BC%C3%9Fe/%2F/", "/grüße/%2F"),
            ("/a%20b /", "/a%20b%20"),
            ("/a//", "/a"),
            ("/go/http://b.test/c", "/go/http://b.test/c"),
            ("/%ff", "/%ff"),
        ] {
            assert_eq!(normalise(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for given in ["", "   ", "/a\nb", "/\0", &format!("/{}", "a".repeat(MAX_BYTES))] {
            assert_eq!(normalise(given), None, "{given:?}");
        }
    }

    #[test]
    fn every_level_above_is_looked_at() {
        let found = Candidates::of("/a/b/c;v=1?x=2");
        assert_eq!(found.path, "/a/b/c");
        assert_eq!(found.all(), ["/a", "/a/b", "/", "/a/b/c", "/a/b/c;v=1?x=2"]);
        assert_eq!(Candidates::of("/").all(), ["/"]);
        assert_eq!(below("/a", "/a/b/c"), "b/c");
        assert_eq!(below("/", "/b"), "b");
    }

    #[test]
    fn what_lies_below_goes_before_the_query() {
        assert_eq!(extend("https://new.test", "a/b"), "https://new.test/a/b");
        assert_eq!(extend("/new/?x=1#y", "a"), "/new/a?x=1#y");
        assert_eq!(extend("/new/", ""), "/new/");
    }

    proptest! {
        #[test]
        fn what_is_normalised_stays_as_it_is(text in "[a/%;?&#= 2fé0E:-]{0,20}|\\PC{0,60}") {
            if let Some(once) = normalise(&text) {
                prop_assert!(once.starts_with('/'));
                prop_assert_eq!(normalise(&once), Some(once.clone()), "{:?}", text);
                Candidates::of(&once);
            }
        }
    }
}
