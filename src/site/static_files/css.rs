//! References in style sheets: `url(../fonts/x.woff2)` and `@import "x.css"` become hashed URLs,
//! so that what a hashed style sheet loads is cached for ever too.

use bytes::Bytes;

use super::{Index, PREFIX, content_hash, hashed_url};

/// A file as it is served.
#[derive(Debug, Clone)]
pub(super) struct Hashed {
    pub(super) bytes: Bytes,
    pub(super) hash: String,
}

/// Rewrites and hashes every file, in the order of their paths. A style sheet's hash covers those
/// of what it refers to; sheets that import each other in a circle keep plain references there.
pub(super) fn resolve(originals: Index<Bytes>) -> Vec<(Box<str>, Hashed)> {
    let mut paths: Vec<Box<str>> = originals.keys().cloned().collect();
    paths.sort_unstable();
    let mut resolver = Resolver { originals, done: Index::default(), open: Vec::new() };
    for path in &paths {
        resolver.finish(path);
    }
    let mut done = resolver.done;
    paths.into_iter().filter_map(|path| done.remove(&path).map(|hashed| (path, hashed))).collect()
}

struct Resolver {
    originals: Index<Bytes>,
    done: Index<Hashed>,
    /// Style sheets being rewritten, to notice circles.
    open: Vec<Box<str>>,
}

/// Deeper chains of `@import` than this stay plain, so that none can exhaust the stack.
const MAX_DEPTH: usize = 32;

impl Resolver {
    /// The hashed URL of `path`; `None` when there is no such file or it is being rewritten.
    fn finish(&mut self, path: &str) -> Option<String> {
        if let Some(hashed) = self.done.get(path) {
            return Some(hashed_url(path, &hashed.hash));
        }
        if self.open.len() >= MAX_DEPTH || self.open.iter().any(|open| &**open == path) {
            return None;
        }
        let mut bytes = self.originals.get(path)?.clone();
        if path.ends_with(".css")
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            self.open.push(path.into());
            let rewritten = rewrite(text, |reference| self.hashed(path, reference));
            self.open.pop();
            if let Some(rewritten) = rewritten {
                bytes = Bytes::from(rewritten);
            }
        }
        let hash = content_hash(&bytes);
        let url = hashed_url(path, &hash);
        self.done.insert(path.into(), Hashed { bytes, hash });
        Some(url)
    }

    fn hashed(&mut self, from: &str, reference: &str) -> Option<String> {
        let name_end = reference.find(['?', '#']).unwrap_or(reference.len());
        let (name, suffix) = reference.split_at(name_end);
        let path = join(from, name)?;
        Some(self.finish(&path)? + suffix)
    }
}

/// The path that `reference` means in the style sheet `from`; `None` for other sites, `data:`
/// and what leaves the folder.
fn join(from: &str, reference: &str) -> Option<String> {
    if let Some(path) = reference.strip_prefix(PREFIX) {
        return Some(path.to_owned());
    }
    if reference.is_empty() || reference.starts_with('/') || reference.contains(':') {
        return None;
    }
    let mut segments: Vec<&str> = from.split('/').collect();
    segments.pop();
    for segment in reference.split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop()?;
            }
            _ => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

/// Replaces the references that `replacement` knows; `None` when there was none. Comments are
/// skipped over.
fn rewrite(text: &str, mut replacement: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut rewritten = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(['/', 'u', 'U', '@']) {
        at += found;
        let rest = &text[at..];
        if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        }
        let Some((start, reference)) = reference_at(rest) else {
            at += 1;
            continue;
        };
        let start = at + start;
        if let Some(new) = replacement(reference) {
            rewritten.push_str(&text[copied..start]);
            rewritten.push_str(&new);
            copied = start + reference.len();
        }
        at = start + reference.len();
    }
    (copied > 0).then(|| rewritten + &text[copied..])
}

/// Offset and text of the reference of a `url(` or `@import` that `rest` begins with.
fn reference_at(rest: &str) -> Option<(usize, &str)> {
    let keyword = |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let (skipped, quoted_only) = match () {
        () if keyword("url(") => (4, false),
        () if keyword("@import") => (7, true),
        () => return None,
    };
    let tail = &rest[skipped..];
    let trimmed = tail.trim_start();
    let start = skipped + tail.len() - trimmed.len();
    if let Some(quote @ ('"' | '\'')) = trimmed.chars().next() {
        let inner = &trimmed[1..];
        return Some((start + 1, &inner[..inner.find(quote)?]));
    }
    if quoted_only {
        return None;
    }
    let inner = &trimmed[..trimmed.find(')')?];
    Some((start, inner.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(text: &str) -> String {
        rewrite(text, |reference| (!reference.starts_with("data:")).then(|| format!("<{reference}>")))
            .unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn references_are_found_with_and_without_quotes() {
        assert_eq!(marked("a{b:url(x.png)}"), "a{b:url(<x.png>)}");
        assert_eq!(marked("a{b:URL( \"x.png\" ) url('y')}"), "a{b:URL( \"<x.png>\" ) url('<y>')}");
        assert_eq!(marked("@import 'a.css'; @import url(b.css);"), "@import '<a.css>'; @import url(<b.css>);");
    }

    #[test]
    fn comments_and_unfinished_references_stay() {
        for text in
            ["/* url(x) */", "url(x", "url('x", "@import", "/* url(x)", "color: unset", "url(data:image/png;base64,AA)"]
        {
            assert_eq!(marked(text), text);
        }
    }

    #[test]
    fn relative_references_are_resolved_within_the_folder() {
        assert_eq!(join("css/site.css", "../fonts/x.woff2").as_deref(), Some("fonts/x.woff2"));
        assert_eq!(join("css/site.css", "./a.png").as_deref(), Some("css/a.png"));
        assert_eq!(join("site.css", "/static/img/a.png").as_deref(), Some("img/a.png"));
        for elsewhere in ["../../x", "https://x/y", "//x/y", "/other/x", "data:,", ""] {
            assert_eq!(join("css/site.css", elsewhere), None, "{elsewhere}");
        }
    }

    proptest! {
        #[test]
        fn no_style_sheet_makes_it_panic(text in "(url\\(|@import|/\\*|\\*/|['\") a-zü/.]){0,12}") {
            let _ = marked(&text);
        }
    }
}
