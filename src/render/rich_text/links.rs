//! What rich text refers to: which pages, documents, images and embeds a text needs (so that a caller loads all of
//! them with one query), and links by path turned into links by id when seed content is loaded.

use std::borrow::Cow;
use std::collections::HashSet;

use super::entity::escape;
use super::scan::{Tag, Token, tokens};

/// A thing that rich text refers to by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    Page,
    Image,
    Document,
}

/// What one tag of the database form refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) enum Reference<'a> {
    Page {
        id: i64,
        fragment: Option<Cow<'a, str>>,
    },
    Document(i64),
    Image {
        id: i64,
        format: Cow<'a, str>,
        alt: Cow<'a, str>,
    },
    Media {
        url: Cow<'a, str>,
    },
    /// A reference without a target, or of a kind that is not known.
    Broken,
}

impl<'a> Reference<'a> {
    /// `None` for a tag that is no reference, such as a link with an address.
    pub fn of(tag: &Tag<'a>) -> Option<Self> {
        let id = || tag.find("id")?.parse().ok().filter(|id| *id > 0);
        let found = if tag.is("a") {
            match tag.find("linktype")?.as_ref() {
                "page" => {
                    id().map(|id| Self::Page { id, fragment: tag.find("fragment").filter(|text| !text.is_empty()) })
                }
                "document" => id().map(Self::Document),
                _ => None,
            }
        } else if tag.is("embed") {
            match tag.find("embedtype").as_deref() {
                Some("image") => id().map(|id| Self::Image {
                    id,
                    format: tag.find("format").unwrap_or_default(),
                    alt: tag.find("alt").unwrap_or_default(),
                }),
                Some("media") => tag.find("url").map(|url| Self::Media { url }),
                _ => None,
            }
        } else {
            return None;
        };
        Some(found.unwrap_or(Self::Broken))
    }
}

/// Whether `html` can hold a reference at all.
pub(super) fn may_refer(html: &str) -> bool {
    html.contains("linktype") || html.contains("<embed")
}

/// What `html` refers to, each once, in order of appearance.
pub fn targets(html: &str) -> Vec<(Target, i64)> {
    let targets = tags(html).filter_map(|reference| match reference {
        Reference::Page { id, .. } => Some((Target::Page, id)),
        Reference::Document(id) => Some((Target::Document, id)),
        Reference::Image { id, .. } => Some((Target::Image, id)),
        Reference::Media { .. } | Reference::Broken => None,
    });
    let mut seen = HashSet::new();
    targets.filter(|target| seen.insert(*target)).collect()
}

/// The addresses that `html` embeds, each once: of `<embed embedtype="media" url="…"/>`.
pub fn embed_urls(html: &str) -> Vec<String> {
    let urls = tags(html).filter_map(|reference| match reference {
        Reference::Media { url } => Some(url.into_owned()),
        _ => None,
    });
    let mut seen = HashSet::new();
    urls.filter(|url| seen.insert(url.clone())).collect()
}

/// The address of the first `<iframe>` in any HTML.
pub fn frame_source(html: &str) -> Option<String> {
    tokens(html).find_map(|token| match token {
        Token::Open(tag) if tag.is("iframe") => tag.find("src").map(Cow::into_owned),
        _ => None,
    })
}

fn tags(html: &str) -> impl Iterator<Item = Reference<'_>> {
    let html = if may_refer(html) { html } else { "" };
    tokens(html).filter_map(|token| match token {
        Token::Open(tag) => Reference::of(&tag),
        _ => None,
    })
}

/// Writes the start tag of a link to a page.
pub(in crate::render) fn push_page_link(id: i64, fragment: Option<&str>, into: &mut String) {
    into.push_str("<a linktype=\"page\" id=\"");
    into.push_str(&id.to_string());
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        into.push_str("\" fragment=\"");
        escape(fragment, into);
    }
    into.push_str("\">");
}

/// Turns `<a linktype="page" path="/about/#team">` into `<a linktype="page" id="3" fragment="team">`.
///
/// Errors: the paths that `find` does not know, all of them.
pub fn resolve_paths<'a>(
    html: &'a str,
    find: &mut dyn FnMut(&str) -> Option<i64>,
) -> Result<Cow<'a, str>, Vec<String>> {
    if !html.contains("linktype") {
        return Ok(Cow::Borrowed(html));
    }
    let mut resolved = String::with_capacity(html.len());
    let mut missing = Vec::new();
    let mut copied = 0;
    let mut scan = tokens(html);
    loop {
        let start = scan.at;
        let Some(token) = scan.next() else { break };
        let Token::Open(tag) = token else { continue };
        if !tag.is("a") || tag.find("linktype").as_deref() != Some("page") {
            continue;
        }
        let Some(target) = tag.find("path") else { continue };
        let (path, fragment) = target.split_once('#').unwrap_or((&target, ""));
        match find(path) {
            Some(id) => {
                resolved.push_str(&html[copied..start]);
                push_page_link(id, Some(fragment), &mut resolved);
                copied = scan.at;
            }
            None => missing.push(path.to_owned()),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(html));
    }
    resolved.push_str(&html[copied..]);
    Ok(Cow::Owned(resolved))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_reference_is_found_once() {
        let html = r#"<embed embedtype="image" id="5" format="left" alt="x"/><a linktype="document" id="9">d</a>
            <embed embedtype="media" url="https://e.com/?a=1&amp;b=2"/><embed embedtype="image" id="5" alt=""/>
            <embed embedtype="media" url="https://e.com/?a=1&amp;b=2"/><embed embedtype="image" id="-1"/><embed/>
            <a id='3' linktype='page' fragment="x">p</a><a linktype="user" id="4">u</a><a linktype="page" id="x">e</a>
            <a href="/x/?linktype=page">f</a>"#;
        assert_eq!(targets(html), [(Target::Image, 5), (Target::Document, 9), (Target::Page, 3)]);
        assert_eq!(embed_urls(html), ["https://e.com/?a=1&b=2"]);
        assert_eq!(targets("<p>none</p>"), []);
    }

    #[test]
    fn paths_become_ids_and_the_rest_stays() {
        let html = r#"<p>see <a linktype="page" path="/about/">us</a> or <a href="/x/">x</a></p>"#;
        let resolved = resolve_paths(html, &mut |path| (path == "/about/").then_some(12));
        assert_eq!(resolved.as_deref(), Ok(r#"<p>see <a linktype="page" id="12">us</a> or <a href="/x/">x</a></p>"#));
        let html = r#"<a linktype="page" path="/about/#team">us</a>"#;
        let resolved = resolve_paths(html, &mut |path| (path == "/about/").then_some(12));
        assert_eq!(resolved.as_deref(), Ok(r#"<a linktype="page" id="12" fragment="team">us</a>"#));
    }

    #[test]
    fn every_unknown_path_is_named() {
        let html = r#"<a linktype="page" path="/a/">a</a><a linktype="page" path="/b/">b</a>"#;
        assert_eq!(resolve_paths(html, &mut |_| None), Err(vec!["/a/".to_owned(), "/b/".to_owned()]));
    }
}
